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
