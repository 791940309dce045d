//! What strikes instances: lost, silent, reclaimed, full. In: faults that are due. Out: instances changed. Must not know how
//! services recover.

use std::sync::Arc;

use crate::cloud::Moment;
use crate::rollout::host::{Demand, Placed};
use crate::simulate::fault::Kind;

use super::Account;
use super::capacity::Capacity;
use super::messages;
use super::task::{Cause, End, Task};

/// To what tasks belong that are not the project's.
pub(super) const OUTSIDE: &str = "outside";

/// For how long an agent is silent, in seconds.
const SILENT_SECONDS: i64 = 10 * 60;

/// Between the notice and the end of Spot capacity, in seconds
/// (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html>).
const NOTICE_SECONDS: i64 = 120;

impl Account {
    /// Lets the faults of instances strike that are due. One that finds nothing yet waits until there is something.
    pub(super) fn strike(&mut self, now: Moment) {
        for (at, kind, place) in self.faults.due(now) {
            if self.strikes(kind, place.as_deref(), now) {
                self.faults.acted(at);
            }
        }
    }

    fn strikes(&mut self, kind: Kind, place: Option<&str>, now: Moment) -> bool {
        if kind == Kind::NoCapacity {
            return self.fill();
        }
        let Some(number) = self.victim(place) else {
            return self.strikes_fargate(kind, place, now);
        };
        match kind {
            Kind::InstanceLost => self.terminate(number, "TerminationNotice", now),
            Kind::ZoneLost => {
                let zone = self.machines[&number].host.zone.clone();
                self.lose_zone(zone, now);
            }
            Kind::AgentDisconnected => {
                let machine = self.machines.get_mut(&number).expect("a victim is there");
                machine.silent = Some(now.plus_seconds(SILENT_SECONDS));
            }
            Kind::SpotReclaimed => {
                self.drain(number, Some(NOTICE_SECONDS), now);
                self.machines.get_mut(&number).expect("a victim is there").reclaimed = true;
            }
            _ => return false,
        }
        true
    }

    /// An instance: one that runs tasks, of the place where one is told.
    fn victim(&mut self, place: Option<&str>) -> Option<u64> {
        let hosts = |task: &&Task| task.wanted && place.is_none_or(|place| task.definition.is_of(place));
        let mut on: Vec<u64> = self.tasks.values().filter(hosts).filter_map(Task::machine).collect();
        on.sort_unstable();
        on.dedup();
        on.retain(|number| self.machines.get(number).is_some_and(|machine| machine.is_active()));
        if on.is_empty() && place.is_none() {
            let active = self.machines.values().filter(|machine| machine.is_active());
            on.extend(active.map(|machine| machine.number));
        }
        (!on.is_empty()).then(|| on[self.rng.usize(0..on.len())])
    }

    fn lose_zone(&mut self, zone: Arc<str>, now: Moment) {
        let there = self.machines.values().filter(|machine| machine.host.zone == zone);
        let machines: Vec<u64> = there.map(|machine| machine.number).collect();
        for number in machines {
            self.terminate(number, "TerminationNotice", now);
        }
        let in_it = self.tasks.values().filter(|task| task.zone.as_ref() == Some(&zone));
        let tasks: Vec<u64> = in_it.map(|task| task.number).collect();
        let end = End {
            code: "InfrastructureHealth",
            reason: format!("Task stopped because the infrastructure of availability zone {zone} failed."),
            cause: Cause::Lost,
        };
        for number in tasks {
            self.lose(number, end.clone(), now);
        }
        self.lost_zones.insert(zone);
    }

    /// What can strike a task that runs on Fargate.
    fn strikes_fargate(&mut self, kind: Kind, place: Option<&str>, now: Moment) -> bool {
        let spot = kind == Kind::SpotReclaimed;
        let able = |task: &&Task| {
            let here = place.is_none_or(|place| task.definition.is_of(place));
            let fits = match task.capacity {
                Capacity::Fargate { spot: is_spot } => !spot || is_spot,
                _ => false,
            };
            here && fits && task.runs() && task.wanted
        };
        let found = self.tasks.values().find(able);
        let Some((number, zone)) = found.map(|task| (task.number, task.zone.clone())) else {
            return false;
        };
        match (kind, zone) {
            (Kind::ZoneLost, Some(zone)) => self.lose_zone(zone, now),
            (Kind::SpotReclaimed, _) => {
                let end = End {
                    code: "SpotInterruption",
                    reason: messages::SPOT_INTERRUPTED.to_string(),
                    cause: Cause::Lost,
                };
                self.order(number, end, now);
            }
            _ => return false,
        }
        true
    }

    /// Fills all free room with tasks that are not the project's.
    fn fill(&mut self) -> bool {
        let active = self.machines.values_mut().filter(|machine| machine.is_active());
        let mut filled = false;
        for machine in active {
            let free = machine.host.free();
            machine.host.tasks.push(Placed {
                group: OUTSIDE.into(),
                demand: Demand {
                    reservation: free,
                    ..Demand::default()
                },
            });
            filled = true;
        }
        filled
    }
}
