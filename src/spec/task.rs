//! Tasks: what runs to its end, before or after a deployment, by the clock, or by hand.

use crate::library::types::{Integer, Schedule, Seconds, choice};

use super::block::block;
use super::container::Workload;

block! {
    /// Something that runs to its end.
    pub struct Task "task" {
        flatten workload: Workload,
        /// When it runs; with a schedule, by that.
        run: Option<Run> = null,
        /// When it runs, as `cron(…)` or `rate(…)`.
        schedule: Option<Schedule> = null,
        /// What happens when the one before still runs.
        overlap: Overlap = "skip",
        /// How long it may run.
        timeout: Seconds<1, 604_800> = "30m",
        /// How often it is run again after a failure.
        retries: Integer<0, 100> = 0,
    }
}

choice! {
    /// When a task runs.
    pub enum Run {
        /// In each deployment, before services change; when it fails, they do not.
        BeforeDeploy = "before-deploy",
        /// In each deployment, after services have changed.
        AfterDeploy = "after-deploy",
        /// By its schedule.
        Schedule = "schedule",
        /// When somebody starts it.
        Manual = "manual",
    }
}

choice! {
    /// What happens when the run before is still under way.
    pub enum Overlap {
        /// The new one is left out.
        Skip = "skip",
        /// Both run.
        Allow = "allow",
    }
}
