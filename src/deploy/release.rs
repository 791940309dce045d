//! The release record: which tasks have run for what, so that each runs once, and what has served. In: tasks and the content they
//! are of. Out: a parameter of Systems Manager. Must not know how a task is run.
//!
//! Runs of a task are numbered. The number, with the content, makes the token that RunTask is asked with, so that a run whose
//! answer was lost is found again and not repeated; it moves on only when the end of a run has been written down.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cloud::{Cloud, Error, ErrorKind};
use crate::plan::Task;

use super::Run;
use super::digest::digest;
use super::releases::Releases;

/// The version of the record's shape.
const VERSION: u32 = 1;

/// What is written down of an app on a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    version: u32,
    /// By the name of the task.
    #[serde(default)]
    tasks: BTreeMap<String, Entry>,
    /// What has served.
    #[serde(flatten)]
    pub releases: Releases,
}

/// How many bytes a parameter may have.
/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html>
const MOST: usize = 4096;

/// The last run of a task that is over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    /// The content that it ran for.
    release: String,
    /// Its number, from 1.
    run: u64,
    /// Whether it ended well.
    well: bool,
}

impl Record {
    /// The record that a text is. What cannot be read was written by a newer loadline, or by hand: nothing is known then.
    pub fn read(text: &str) -> Record {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// The text of it. What does not fit is forgotten, the oldest release first.
    fn text(&mut self) -> String {
        self.version = VERSION;
        loop {
            let text = serde_json::to_string(self).expect("a record is plain JSON");
            if text.len() <= MOST || !self.releases.forget() {
                return text;
            }
        }
    }

    /// Whether a task has ended well for this content.
    pub fn is_done(&self, task: &str, release: &str) -> bool {
        let entry = self.tasks.get(task);
        entry.is_some_and(|entry| entry.well && entry.release == release)
    }

    /// The number of the run that is next, or under way.
    pub fn next(&self, task: &str) -> u64 {
        self.tasks.get(task).map_or(0, |entry| entry.run) + 1
    }

    /// The task that ended badly since an earlier state of the record.
    pub fn failed_since(&self, before: &Record) -> Option<&str> {
        let mut tasks = self.tasks.iter();
        let failed = tasks.find(|(name, entry)| !entry.well && before.tasks.get(*name) != Some(*entry));
        failed.map(|(name, _)| name.as_str())
    }

    /// Takes the end of the run that was next.
    fn end(&mut self, task: &str, release: &str, well: bool) {
        let entry = Entry {
            release: release.to_string(),
            run: self.next(task),
            well,
        };
        self.tasks.insert(task.to_string(), entry);
    }
}

/// The parameter in which the record of an app is.
pub fn parameter(cluster: &str, app: &str) -> String {
    format!("/loadline/{cluster}/apps/{app}/release")
}

/// The last run of a task that is over, by the text of a record: its number, and whether it ended well.
pub fn last_run(record: &str, task: &str) -> Option<(u64, bool)> {
    let record: Record = serde_json::from_str(record).ok()?;
    let entry = record.tasks.get(task)?;
    Some((entry.run, entry.well))
}

/// The token of a run of a task.
pub(super) fn token(task: &Task, release: &str, run: u64) -> String {
    let number = run.to_string();
    let of = [&task.cluster, &task.app, &task.name, release, &number];
    format!("loadline-{}", digest(of))
}

impl<C: Cloud> Run<'_, C> {
    /// Reads the record of an app on a cluster.
    pub(super) async fn read_record(&mut self, cluster: &str, app: &str) -> Result<Record, Error> {
        let name = parameter(cluster, app);
        let found = self.ask(async |cloud: &C| cloud.parameter(&name).await).await;
        match found {
            Ok(found) => Ok(Record::read(&found.value)),
            Err(error) if error.kind() == ErrorKind::Missing => Ok(Record::default()),
            Err(error) => Err(error),
        }
    }

    /// Writes down how a run of a task ended.
    pub(super) async fn write_record(
        &mut self,
        task: &Task,
        record: &mut Record,
        release: &str,
        well: bool,
    ) -> Result<(), Error> {
        record.end(&task.name, release, well);
        self.put_record(&task.cluster, &task.app, record).await
    }

    /// Writes the record of an app on a cluster.
    pub(super) async fn put_record(&mut self, cluster: &str, app: &str, record: &mut Record) -> Result<(), Error> {
        let (name, text) = (parameter(cluster, app), record.text());
        self.ask(async |cloud: &C| cloud.put_parameter(&name, &text, true).await)
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_next_until_its_end_is_written_down() {
        let mut record = Record::default();
        assert_eq!(record.next("migrate"), 1);
        record.end("migrate", "a", false);
        assert_eq!((record.next("migrate"), record.is_done("migrate", "a")), (2, false));
        record.end("migrate", "a", true);
        assert!(record.is_done("migrate", "a") && !record.is_done("migrate", "b"));
        record.end("migrate", "b", true);
        assert_eq!(record.next("migrate"), 4, "going back to `a` is another run");
    }
}
