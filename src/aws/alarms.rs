//! CloudWatch: alarms.

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types::AlarmType;

use crate::cloud::Answer;
use crate::cloud::outside::Alarm;

use super::refusal::refused;
use super::words::{text, word};

/// `DescribeAlarms` takes a hundred names at most
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html>).
const NAMES: usize = 100;

/// `DescribeAlarms`, of both kinds: composite ones are left out unless they are asked for.
pub(super) async fn alarms(client: &Client, names: &[String]) -> Answer<Vec<Alarm>> {
    let mut found = Vec::new();
    for names in names.chunks(NAMES) {
        let mut next = None;
        loop {
            let request = client
                .describe_alarms()
                .set_alarm_names(Some(names.to_vec()))
                .alarm_types(AlarmType::MetricAlarm)
                .alarm_types(AlarmType::CompositeAlarm)
                .set_next_token(next);
            let answer = request.send().await;
            let answer = answer.map_err(|error| refused("DescribeAlarms", error))?;
            found.extend(answer.metric_alarms.into_iter().flatten().map(|alarm| Alarm {
                name: text(alarm.alarm_name),
                state: word(alarm.state_value).unwrap_or_default(),
                reason: text(alarm.state_reason),
            }));
            found.extend(answer.composite_alarms.into_iter().flatten().map(|alarm| Alarm {
                name: text(alarm.alarm_name),
                state: word(alarm.state_value).unwrap_or_default(),
                reason: text(alarm.state_reason),
            }));
            next = answer.next_token;
            if next.is_none() {
                break;
            }
        }
    }
    Ok(found)
}
