//! How a capacity provider with managed scaling sizes its Auto Scaling group. In: instances needed and present. Out: the
//! metric, and how many instances there shall be. Must not know tasks.
//!
//! Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-auto-scaling.html>.

/// Managed scaling of a capacity provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scaling {
    /// The percentage of instances that shall be used, 1 to 100.
    pub target: i64,
    /// The fewest instances that are added at once.
    pub least_step: i64,
    /// The most instances that are added at once.
    pub most_step: i64,
    /// The most instances.
    pub most: i64,
    /// For how long an instance warms up, in seconds; until then no more are added.
    pub warm_up: i64,
}

/// How many minutes in a row the metric must be low before instances go.
pub const SCALE_IN_MINUTES: i64 = 15;

/// `CapacityProviderReservation` in percent: instances needed of instances present. With none present it is 100 when none
/// is needed, else 200. It is not rounded: one instance too few among hundreds is above a target of 100.
pub fn reservation(needed: i64, present: i64) -> f64 {
    match (needed, present) {
        (0, 0) => 100.0,
        (_, 0) => 200.0,
        _ => (needed * 100) as f64 / present as f64,
    }
}

/// Tasks of one shape that wait for an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// How many.
    pub tasks: i64,
    /// How many of them fit on an instance of the smallest type of the group.
    pub on_smallest: i64,
    /// How many of them fit on an instance of the largest type of the group.
    pub on_largest: i64,
}

/// How many instances are needed: those that run more than daemons, and those for what waits. What does not fit the smallest
/// type is left out, so that no instance is ever added for it.
pub fn needed(used: i64, waiting: &[Waiting]) -> i64 {
    let fitting = waiting.iter().filter(|group| group.on_smallest > 0);
    used + fitting
        .map(|group| (group.tasks + group.on_largest - 1) / group.on_largest)
        .sum::<i64>()
}

impl Scaling {
    /// How many instances there shall be after a scale-out; `present` when there is none. From nothing it is always two at
    /// least, because the metric says 200.
    pub fn grown(&self, needed: i64, present: i64) -> i64 {
        if reservation(needed, present) <= self.target as f64 {
            return present;
        }
        let wanted = match present {
            0 => 2,
            _ => (needed * 100 + self.target - 1) / self.target,
        };
        let step = (wanted - present).max(self.least_step).min(self.most_step);
        (present + step).min(self.most.max(present))
    }

    /// How many instances there shall be after a scale-in: what is needed, and half of what there is at least. Only
    /// instances without tasks, but daemons, go.
    pub fn shrunk(&self, needed: i64, present: i64) -> i64 {
        let wanted = (needed * 100 + self.target - 1) / self.target;
        wanted.max((present + 1) / 2).min(present)
    }
}

/// How long an instance takes, from when a task waits for it until the task can be placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lag {
    /// Until the metric shows it and the alarm has fired, in seconds.
    pub metric: i64,
    /// Until the instance runs, in seconds.
    pub launch: i64,
    /// Until its agent has registered it, in seconds.
    pub register: i64,
}

impl Lag {
    /// The seconds of `steps` scale-outs after each other, one or more: each after the first waits for the warm-up of the
    /// one before.
    pub fn takes(self, steps: i64, warm_up: i64) -> i64 {
        let once = self.metric + self.launch + self.register;
        once + (steps - 1) * once.max(warm_up)
    }
}
