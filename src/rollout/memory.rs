//! How much memory an instance registers with ECS: never its nominal memory, and never known to the MiB before it runs.
//! In: an instance type. Out: bounds in MiB. Must not know tasks.

use crate::catalog::Instance;

/// What an instance registers, in MiB, when its kernel reports `total` bytes (`MemTotal`) and `reserve` MiB are kept from
/// tasks: read once, when the agent starts (developer guide of ECS, "Reserving Amazon ECS Linux container instance memory").
pub fn registered(total: i64, reserve: i64) -> i64 {
    total / (1024 * 1024) - reserve
}

/// Memory that tasks may have, in MiB: between two bounds, because it differs between machine images of one type
/// (<https://github.com/aws/amazon-ecs-ami/issues/597>: 4 MiB less after an update).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registered {
    /// What is surely there.
    pub least: i64,
    /// What can at best be there.
    pub most: i64,
}

/// Whether something fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// Not on the best day.
    Never,
    /// That depends on the machine image.
    Perhaps,
    /// On every image that was ever measured.
    Surely,
}

impl Registered {
    /// What an instance type registers of which `reserve` MiB are kept from tasks (`ECS_RESERVED_MEMORY`).
    pub fn of(instance: &Instance, reserve: i64) -> Registered {
        Registered {
            least: instance.registered as i64 - reserve,
            most: instance.registered_at_most() as i64 - reserve,
        }
    }

    /// What is known exactly.
    pub fn exactly(memory: i64) -> Registered {
        Registered {
            least: memory,
            most: memory,
        }
    }

    /// What others leave that take `memory` MiB.
    pub fn less(self, memory: i64) -> Registered {
        Registered {
            least: self.least - memory,
            most: self.most - memory,
        }
    }

    /// Whether `memory` MiB fit.
    pub fn fit(self, memory: i64) -> Fit {
        match memory {
            memory if memory <= self.least => Fit::Surely,
            memory if memory <= self.most => Fit::Perhaps,
            _ => Fit::Never,
        }
    }

    /// How many tasks of `task` MiB, one or more, fit beside each other: surely, and at best.
    pub fn slots(self, task: i64) -> (i64, i64) {
        (self.least.max(0) / task, self.most.max(0) / task)
    }
}
