//! What the watcher says: one sentence a change, for every view alike. Must not know how it is drawn.

use serde::Serialize;

use crate::cloud::Moment;
use crate::cloud::outside::LogLine;

use super::cause::Cause;

/// How much a sentence matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Nothing changed; a sign of life.
    Quiet,
    /// Something went on as it should.
    Step,
    /// Something ended as it should.
    Good,
    /// Something is not as it should be, and may still come right.
    Warning,
    /// Something failed.
    Bad,
}

/// A sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    /// When it became true.
    pub at: Moment,
    /// How much it matters.
    pub level: Level,
    /// What it is about: a service's name, a stack, a stage; empty for the whole.
    pub subject: String,
    /// The sentence: lowercase, no full stop.
    pub text: String,
    /// The cause it tells of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// The last lines of the log of a task that runs once and ended well.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<LogLine>,
}
