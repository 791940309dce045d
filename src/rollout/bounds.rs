//! How many copies of a service run during a rollout. In: percents and a desired count. Out: bounds, and which percents
//! would move. Must not know capacity.

use serde::{Deserialize, Serialize};

/// The percentages of a rollout:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Percents {
    /// How many of the copies stay healthy, in percent.
    pub healthy: i64,
    /// How many copies there may be at once, in percent.
    pub surge: i64,
}

impl Percents {
    /// The fewest healthy copies of `desired`: rounded up.
    pub fn lower(self, desired: i64) -> i64 {
        (desired * self.healthy + 99) / 100
    }

    /// The most copies that are RUNNING or PENDING at once, of `desired`: rounded down.
    pub fn upper(self, desired: i64) -> i64 {
        desired * self.surge / 100
    }

    /// How many old copies may stop before a new one has started.
    pub fn may_stop_first(self, desired: i64) -> i64 {
        (desired - self.lower(desired)).max(0)
    }

    /// How many new copies may start before an old one has stopped.
    pub fn may_start_first(self, desired: i64) -> i64 {
        (self.upper(desired) - desired).max(0)
    }

    /// Whether no copy may start and none may stop, so that neither a rollout nor the drain of an instance ever moves
    /// (developer guide of ECS, "Amazon ECS service event messages": "unable to stop or start tasks").
    pub fn is_stuck(self, desired: i64) -> bool {
        desired > 0 && self.may_start_first(desired) == 0 && self.may_stop_first(desired) == 0
    }

    /// Whether ECS takes them for a daemon: one copy an instance and never two, so that one must be allowed to stop
    /// (`maximumPercent` of the same page; the rollout of a daemon with 100 percent healthy has no move).
    pub fn suits_daemon(self) -> bool {
        self.surge == 100 && (0..100).contains(&self.healthy)
    }
}

/// The least surge with which `desired` copies, one or more, can be replaced one at a time.
pub fn least_surge(desired: i64) -> i64 {
    (100 * (desired + 1) + desired - 1) / desired
}

/// The most healthy percent with which one of `desired` copies, one or more, may stop.
pub fn most_healthy(desired: i64) -> i64 {
    100 * (desired - 1) / desired
}
