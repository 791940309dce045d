//! Secrets Manager: whether a secret is there. No value is ever asked for.

use aws_sdk_secretsmanager::Client;

use crate::cloud::{Answer, ErrorKind};

use super::refusal::refused;

/// `DescribeSecret`. One that waits for its deletion gives no value any more.
pub(super) async fn has_secret(client: &Client, secret: &str) -> Answer<bool> {
    let answer = client.describe_secret().secret_id(secret).send().await;
    match answer {
        Ok(answer) => Ok(answer.deleted_date.is_none()),
        Err(error) => match refused("DescribeSecret", error) {
            error if error.kind() == ErrorKind::Missing => Ok(false),
            error => Err(error),
        },
    }
}
