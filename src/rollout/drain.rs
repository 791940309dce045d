//! What happens to the tasks of an instance that is being emptied. Must not know why it is.
//!
//! Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-instance-draining.html>.

use super::stage::Stage;

/// What keeps a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// A service.
    Service,
    /// A daemon.
    Daemon,
    /// Nothing: it was started once.
    Nobody,
}

/// What becomes of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It stops at once.
    Stops,
    /// Another takes its place, between the bounds of its service.
    Replaced,
    /// It runs until the instance goes.
    Last,
    /// Nothing: the instance waits for its end, until the hook's time is over.
    Untouched,
}

/// How long an instance waits for its tasks before it is terminated, in seconds: the heartbeat of the lifecycle hook
/// that managed draining installs
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-instance-draining.html>).
pub const HOOK_SECONDS: i64 = 60 * 60;

/// What becomes of a task on an instance that is set to DRAINING.
pub fn fate(keeper: Keeper, stage: Stage) -> Fate {
    match keeper {
        Keeper::Nobody => Fate::Untouched,
        Keeper::Daemon => Fate::Last,
        Keeper::Service if stage < Stage::Running => Fate::Stops,
        Keeper::Service => Fate::Replaced,
    }
}

/// How often a copy can be moved while `instances` are replaced in batches: each time it may land on another old one
/// (<https://github.com/aws/containers-roadmap/issues/2478>). Once, if all new instances come first.
pub fn most_moves(instances: i64, batch: i64) -> i64 {
    (instances + batch - 1) / batch
}
