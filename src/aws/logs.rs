//! CloudWatch Logs: the end of a stream, and what is found in a group.

use aws_sdk_cloudwatchlogs::Client;

use crate::cloud::outside::{FoundLine, LogLine, LogSearch};
use crate::cloud::{Answer, Moment, Page};

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

/// `DeleteLogGroup`.
pub(super) async fn delete_log_group(client: &Client, name: &str) -> Answer<()> {
    let answer = client.delete_log_group().log_group_name(name).send().await;
    answer.map(|_| ()).map_err(|error| refused("DeleteLogGroup", error))
}

/// `FilterLogEvents`, one page. A text in quotes is a pattern that finds just this text
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html>); one that cannot stand in quotes
/// is looked for by the caller.
pub(super) async fn filter_log_events(
    client: &Client,
    search: &LogSearch,
    page: Option<&str>,
) -> Answer<Page<FoundLine>> {
    let is_plain = |letter: char| !letter.is_control() && letter != '"' && letter != '\\';
    let pattern =
        (!search.text.is_empty() && search.text.chars().all(is_plain)).then(|| format!("\"{}\"", search.text));
    let request = client
        .filter_log_events()
        .log_group_name(&search.group)
        .set_log_stream_name_prefix((!search.prefix.is_empty()).then(|| search.prefix.clone()))
        .start_time(search.from.0.max(0))
        .set_filter_pattern(pattern)
        .set_next_token(page.map(str::to_string));
    let answer = request.send().await;
    let answer = answer.map_err(|error| refused("FilterLogEvents", error))?;
    let items = answer.events.into_iter().flatten().map(|event| FoundLine {
        id: text(event.event_id),
        stream: text(event.log_stream_name),
        line: LogLine {
            at: Moment(event.timestamp.unwrap_or_default()),
            text: text(event.message),
        },
    });
    Ok(Page {
        items: items.collect(),
        next: answer.next_token,
    })
}
