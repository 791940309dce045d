//! What stands beside stacks and tasks: log lines, alarms, parameters, objects.

use serde::{Deserialize, Serialize};

use super::Moment;

/// A line of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// When it was written.
    pub at: Moment,
    /// Its text.
    pub text: String,
}

/// Which lines of a log group are asked for. All bounds are inclusive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogSearch {
    /// The log group.
    pub group: String,
    /// How the names of the streams begin; all streams when empty.
    pub prefix: String,
    /// Not what was written before.
    pub from: Moment,
    /// Only lines that hold this text; all of them when empty.
    pub text: String,
}

/// A line that was found in a log group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundLine {
    /// Its identity: the same line has the same one in every answer.
    pub id: String,
    /// The stream it is in.
    pub stream: String,
    /// The line.
    pub line: LogLine,
}

/// An alarm of CloudWatch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub state: String,
    /// Why.
    pub reason: String,
}

/// A parameter of Systems Manager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Its version, from 1.
    pub version: i64,
}

/// Where an object of S3 is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Object {
    /// The name of the bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
}
