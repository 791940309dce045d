//! The circuit breaker of a rollout: what counts as a failure, and after how many it trips.
//!
//! Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html>.

/// After how many failures a rollout has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threshold {
    /// A number.
    Count(i64),
    /// A share of the copies in percent, but no fewer than 3 and no more than 200.
    BoundedPercent(i64),
    /// A share of the copies in percent.
    UnboundedPercent(i64),
}

impl Threshold {
    /// What holds where nothing is said.
    pub const DEFAULT: Threshold = Threshold::BoundedPercent(50);

    /// The failures after which it trips, at the desired count of this moment: a scale-out during the rollout moves it.
    pub fn failures(self, desired: i64) -> i64 {
        let share = |percent: i64| (percent * desired + 99) / 100;
        match self {
            Threshold::Count(count) => count,
            Threshold::BoundedPercent(percent) => share(percent).clamp(3, 200),
            Threshold::UnboundedPercent(percent) => share(percent),
        }
    }

    /// The least time in seconds until it trips when each attempt fails after `attempt` seconds and one follows another. With
    /// a rollout that CloudFormation waits for, it must be less than [`crate::rollout::limits::STACK_SECONDS`].
    pub fn trips_after(self, desired: i64, attempt: i64) -> i64 {
        self.failures(desired) * attempt
    }
}

/// What happens to a copy of the new revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Incident {
    /// It could not be placed, or stopped before it was RUNNING.
    NotStarted,
    /// It is RUNNING.
    Running,
    /// A check of a container or a target group failed, and it was stopped.
    FailedHealth,
    /// It counts as healthy.
    Healthy,
    /// It was RUNNING and ended by itself, before any check had said something: the breaker does not see it
    /// (<https://github.com/aws/containers-roadmap/issues/1206>).
    Died,
}

/// The breaker of one rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breaker {
    threshold: Threshold,
    reset: bool,
    failures: i64,
    started: bool,
}

impl Breaker {
    /// The breaker of a rollout that begins. With `reset` a healthy copy sets the count back to nothing
    /// (`resetOnHealthyTask`), so that only failures in a row count.
    pub fn new(threshold: Threshold, reset: bool) -> Breaker {
        Breaker {
            threshold,
            reset,
            failures: 0,
            started: false,
        }
    }

    /// Counts what happened. Failing checks count only once a first copy has been RUNNING: that is the second stage.
    pub fn see(&mut self, incident: Incident) {
        match incident {
            Incident::NotStarted => self.failures += 1,
            Incident::FailedHealth if self.started => self.failures += 1,
            Incident::FailedHealth | Incident::Died => {}
            Incident::Running => self.started = true,
            Incident::Healthy if self.reset => self.failures = 0,
            Incident::Healthy => {}
        }
    }

    /// The failures that count.
    pub fn failures(self) -> i64 {
        self.failures
    }

    /// Whether the rollout has failed, at the desired count of this moment.
    pub fn has_tripped(self, desired: i64) -> bool {
        self.failures >= self.threshold.failures(desired)
    }
}
