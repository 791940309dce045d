//! Elastic Load Balancing: the health of targets.

use aws_sdk_elasticloadbalancingv2::Client;

use crate::cloud::Answer;
use crate::cloud::capacity::TargetHealth;

use super::refusal::refused;
use super::words::{text, word};

/// `DescribeTargetHealth`, which has no pages.
pub(super) async fn target_health(client: &Client, target_group: &str) -> Answer<Vec<TargetHealth>> {
    let answer = client
        .describe_target_health()
        .target_group_arn(target_group)
        .send()
        .await;
    let answer = answer.map_err(|error| refused("DescribeTargetHealth", error))?;
    let found = answer
        .target_health_descriptions
        .into_iter()
        .flatten()
        .map(|described| {
            let target = described.target;
            let port = target.as_ref().and_then(|target| target.port);
            let health = described.target_health;
            TargetHealth {
                target: text(target.and_then(|target| target.id)),
                port: i64::from(port.unwrap_or_default()),
                state: word(health.as_ref().and_then(|health| health.state.as_ref())).unwrap_or_default(),
                reason: word(health.as_ref().and_then(|health| health.reason.as_ref())),
                about: health.and_then(|health| health.description),
            }
        });
    Ok(found.collect())
}
