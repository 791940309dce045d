//! How a service and a whole deployment end. A verdict is bound to an identity, never to "stable": after a rollback a service is
//! stable too.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How the step of a service ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// The asked revision serves.
    Serving {
        /// How long it took, in seconds.
        seconds: i64,
        /// In how many waves tasks were started; nothing where none was.
        waves: usize,
    },
    /// It was changed without a rollout, or not at all.
    Settled,
    /// It went back to the revision before.
    RolledBack,
    /// It failed, and there is nothing to go back to.
    Failed,
    /// A newer deployment took its place.
    Superseded {
        /// The revision of that one.
        by: String,
    },
}

/// How a deployment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// All is as asked.
    Done,
    /// It went back to what was before.
    RolledBack,
    /// It failed, or is paused.
    Failed,
    /// Nobody waited longer; it still runs.
    Deadline,
    /// Another operation holds a stack.
    Locked,
    /// It waits for an image, or for a person.
    Waits,
    /// The plan no longer holds: more would be done than was reviewed, or something has moved.
    Stale,
    /// A newer deployment took its place.
    Superseded,
    /// The user stopped watching.
    Interrupted,
    /// It has begun, and was left alone as wished.
    Detached,
}

impl Outcome {
    /// The exit code of it.
    pub fn exit_code(self) -> u8 {
        match self {
            Outcome::Done | Outcome::Detached => 0,
            Outcome::RolledBack => 3,
            Outcome::Failed => 4,
            Outcome::Deadline => 5,
            Outcome::Locked => 6,
            Outcome::Waits => 7,
            Outcome::Stale => 8,
            Outcome::Superseded => 9,
            Outcome::Interrupted => 130,
        }
    }

    /// Whether it is as whoever deployed wanted it.
    pub fn is_good(self) -> bool {
        self.exit_code() == 0
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Outcome::Done => "done",
            Outcome::RolledBack => "rolled back",
            Outcome::Failed => "failed",
            Outcome::Deadline => "not over: the deadline has passed, and it still runs",
            Outcome::Locked => "not begun: another operation is under way",
            Outcome::Waits => "waits for somebody to act",
            Outcome::Stale => "not done: the plan no longer holds",
            Outcome::Superseded => "superseded by a newer deployment",
            Outcome::Interrupted => "no longer watched; it still runs",
            Outcome::Detached => "begun, and not watched: `loadline watch` tells how it goes",
        }
    }
}

/// After how long a deployment that is not over is left alone: CloudFormation itself would wait for hours.
pub const DEADLINE: Duration = Duration::from_secs(60 * 60);
