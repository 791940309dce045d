//! Logs. In: lines that containers write. Out: the last of a stream, and what is found in a group. Must not know tasks.

use std::collections::BTreeMap;

use crate::cloud::outside::{FoundLine, LogLine, LogSearch};
use crate::cloud::{Answer, Error, Moment, Page};

use super::Account;
use super::task::Task;

/// How many lines of a stream are kept.
const KEPT: usize = 200;

/// How many lines a page of what is found has.
const PAGE: usize = 100;

/// A line, and its number among all lines.
struct Written {
    number: u64,
    line: LogLine,
}

/// The streams, by group and name.
#[derive(Default)]
pub(super) struct Logs {
    streams: BTreeMap<(String, String), Vec<Written>>,
    written: u64,
}

impl Logs {
    fn write(&mut self, group: &str, stream: String, line: LogLine) {
        self.written += 1;
        let number = self.written;
        let lines = self.streams.entry((group.to_string(), stream)).or_default();
        lines.push(Written { number, line });
        if lines.len() > KEPT {
            lines.remove(0);
        }
    }
}

impl Account {
    /// Writes a line as a container of a task.
    pub(super) fn log(&mut self, task: &Task, container: usize, text: impl Into<String>, now: Moment) {
        let Some(part) = task.definition.containers.get(container) else {
            return;
        };
        let Some((group, prefix)) = &part.log else { return };
        let line = LogLine {
            at: now,
            text: text.into(),
        };
        self.logs
            .write(group, format!("{prefix}/{}/{}", part.name, task.id), line);
    }

    /// Writes a line into a stream.
    pub fn write_log(&mut self, group: &str, stream: &str, line: LogLine) {
        self.logs.write(group, stream.to_string(), line);
    }

    /// The last lines of a stream.
    pub fn log_tail(&mut self, group: &str, stream: &str, most: usize) -> Answer<Vec<LogLine>> {
        let lines = self.logs.streams.get(&(group.to_string(), stream.to_string()));
        let lines = lines.ok_or_else(|| missing("GetLogEvents", "The specified log stream does not exist."))?;
        let last = &lines[lines.len().saturating_sub(most)..];
        Ok(last.iter().map(|written| written.line.clone()).collect())
    }

    /// `FilterLogEvents`. The token of a page is the time and the number of the last line before it.
    pub fn filter_log_events(&self, search: &LogSearch, page: Option<&str>) -> Answer<Page<FoundLine>> {
        let of_group = self
            .logs
            .streams
            .iter()
            .filter(|((group, _), _)| *group == search.group);
        let made = ("AWS::Logs::LogGroup".to_string(), search.group.clone());
        if !self.attributes.contains_key(&made) && of_group.clone().next().is_none() {
            let text = "The specified log group does not exist.";
            return Err(missing("FilterLogEvents", text));
        }
        let after = page.and_then(|page| {
            let (at, number) = page.split_once('-')?;
            Some((at.parse::<i64>().ok()?, number.parse::<u64>().ok()?))
        });
        let streams = of_group.filter(|((_, stream), _)| stream.starts_with(&search.prefix));
        let lines = streams.flat_map(|((_, stream), lines)| lines.iter().map(move |written| (stream, written)));
        let mut found: Vec<_> = lines
            .filter(|(_, written)| written.line.at >= search.from && written.line.text.contains(&search.text))
            .map(|(stream, written)| ((written.line.at.0, written.number), stream, &written.line))
            .filter(|(place, ..)| after.is_none_or(|after| *place > after))
            .collect();
        found.sort_by_key(|(place, ..)| *place);
        let next = found
            .get(PAGE - 1)
            .filter(|_| found.len() > PAGE)
            .map(|((at, number), ..)| format!("{at}-{number}"));
        let items = found
            .into_iter()
            .take(PAGE)
            .map(|((_, number), stream, line)| FoundLine {
                id: number.to_string(),
                stream: stream.clone(),
                line: line.clone(),
            });
        Ok(Page {
            items: items.collect(),
            next,
        })
    }
}

fn missing(operation: &str, text: &str) -> Error {
    Error::new(operation, "ResourceNotFoundException", text)
}
