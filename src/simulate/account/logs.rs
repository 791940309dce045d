//! Logs. In: lines that containers write. Out: the last of them. Must not know tasks.

use std::collections::BTreeMap;

use crate::cloud::outside::LogLine;
use crate::cloud::{Answer, Error, Moment};

use super::Account;
use super::task::Task;

/// How many lines of a stream are kept.
const KEPT: usize = 200;

/// The streams, by group and name.
#[derive(Default)]
pub(super) struct Logs {
    streams: BTreeMap<(String, String), Vec<LogLine>>,
}

impl Logs {
    fn write(&mut self, group: &str, stream: String, line: LogLine) {
        let lines = self.streams.entry((group.to_string(), stream)).or_default();
        lines.push(line);
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

    /// The last lines of a stream.
    pub fn log_tail(&mut self, group: &str, stream: &str, most: usize) -> Answer<Vec<LogLine>> {
        let lines = self.logs.streams.get(&(group.to_string(), stream.to_string()));
        let missing = || {
            Error::new(
                "GetLogEvents",
                "ResourceNotFoundException",
                "The specified log stream does not exist.",
            )
        };
        let lines = lines.ok_or_else(missing)?;
        Ok(lines[lines.len().saturating_sub(most)..].to_vec())
    }
}
