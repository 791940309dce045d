//! CloudWatch Logs: the end of a stream.

use aws_sdk_cloudwatchlogs::Client;

use crate::cloud::outside::LogLine;
use crate::cloud::{Answer, Moment};

use super::refusal::refused;
use super::words::text;

/// `GetLogEvents` from the end. One answer may hold less than was asked for, and even nothing, while there is more
/// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html>).
pub(super) async fn log_tail(client: &Client, group: &str, stream: &str, most: usize) -> Answer<Vec<LogLine>> {
    let limit = i32::try_from(most.clamp(1, 10_000)).unwrap_or(10_000);
    let mut lines: Vec<LogLine> = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let request = client
            .get_log_events()
            .log_group_name(group)
            .log_stream_name(stream)
            .start_from_head(false)
            .limit(limit)
            .set_next_token(token.clone());
        let answer = request.send().await;
        let answer = answer.map_err(|error| refused("GetLogEvents", error))?;
        let events = answer.events.unwrap_or_default();
        let mut page: Vec<LogLine> = events
            .into_iter()
            .map(|event| LogLine {
                at: Moment(event.timestamp.unwrap_or_default()),
                text: text(event.message),
            })
            .collect();
        page.append(&mut lines);
        lines = page;
        let back = answer.next_backward_token;
        // At the beginning of the stream the token stays the same.
        if lines.len() >= most || back.is_none() || back == token {
            let surplus = lines.len().saturating_sub(most);
            return Ok(lines.split_off(surplus));
        }
        token = back;
    }
}
