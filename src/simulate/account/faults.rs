//! The faults at work. In: what was injected, and when. Out: whether one holds for a task; which have found nothing. Must not
//! know how tasks and instances are changed by them.

use crate::cloud::Moment;
use crate::simulate::fault::{Fault, Kind};

use super::definition::Definition;
use super::task::Task;

/// For how long requests are throttled, in seconds.
const THROTTLED_SECONDS: i64 = 5 * 60;

/// For how long a disk is full, in seconds: then the agent's cleanup has freed it.
const FULL_SECONDS: i64 = 60;

/// How many pulls fail on a full disk before the agent's cleanup frees it.
const FULL_PULLS: u8 = 2;

/// All faults that were injected.
#[derive(Default)]
pub(super) struct Faults {
    injected: Vec<Injected>,
    /// Whether the request before this one was refused.
    refused: bool,
    disk: Option<Disk>,
}

/// A fault that was injected.
struct Injected {
    fault: Fault,
    since: Moment,
    begins: Moment,
    acted: bool,
}

/// The disk that is full.
struct Disk {
    machine: u64,
    until: Moment,
    pulls: u8,
}

impl Injected {
    fn has_begun(&self, kind: Kind, now: Moment) -> bool {
        self.fault.kind == kind && self.begins <= now
    }

    fn is_about(&self, definition: &Definition) -> bool {
        self.fault.place.as_ref().is_none_or(|place| definition.is_of(place))
    }
}

impl Faults {
    pub fn add(&mut self, faults: &[Fault], now: Moment) {
        let injected = faults.iter().map(|fault| Injected {
            fault: fault.clone(),
            since: now,
            begins: now.plus_seconds(fault.at),
            acted: false,
        });
        self.injected.extend(injected);
    }

    pub fn idle(&self) -> Vec<Fault> {
        let idle = self.injected.iter().filter(|injected| !injected.acted);
        idle.map(|injected| injected.fault.clone()).collect()
    }

    /// Whether this request is refused: every second one is.
    pub fn throttles(&mut self, now: Moment) -> bool {
        let mut holds = false;
        for injected in &mut self.injected {
            let ends = injected.begins.plus_seconds(THROTTLED_SECONDS);
            if injected.has_begun(Kind::Throttled, now) && now < ends {
                injected.acted = true;
                holds = true;
            }
        }
        self.refused = holds && !self.refused;
        self.refused
    }

    /// Whether a fault holds for a task of this definition: of a revision that is newer than the fault, and of a kind on which
    /// the fault can act.
    pub fn holds(
        &mut self,
        kind: Kind,
        definition: &Definition,
        now: Moment,
        able: impl Fn(&Definition) -> bool,
    ) -> bool {
        let mut holds = false;
        for injected in &mut self.injected {
            // A migration runs again and again; what else starts is struck as it is new.
            let is_new = kind == Kind::MigrationFails || definition.registered >= injected.since;
            if injected.has_begun(kind, now) && is_new && injected.is_about(definition) && able(definition) {
                injected.acted = true;
                holds = true;
            }
        }
        holds
    }

    /// Whether a pull fails on an instance because its disk is full. The first instance that pulls for a service has the full
    /// disk: nobody would start a task again that runs once, unless that very one is meant.
    pub fn disk_is_full(&mut self, machine: u64, task: &Task, now: Moment) -> bool {
        let mut meant = task.owner.is_some();
        for injected in &mut self.injected {
            if !injected.has_begun(Kind::DiskFull, now) || !injected.is_about(&task.definition) {
                continue;
            }
            meant = meant || injected.fault.place.is_some();
            if !injected.acted && meant {
                injected.acted = true;
                self.disk = Some(Disk {
                    machine,
                    until: now.plus_seconds(FULL_SECONDS),
                    pulls: FULL_PULLS,
                });
                break;
            }
        }
        match &mut self.disk {
            Some(disk) if meant && disk.machine == machine && now < disk.until && disk.pulls > 0 => {
                disk.pulls -= 1;
                true
            }
            _ => false,
        }
    }

    /// Whether EC2 launches nothing.
    pub fn starve(&self, now: Moment) -> bool {
        self.injected
            .iter()
            .any(|injected| injected.has_begun(Kind::NoCapacity, now))
    }

    /// A fault of instances that has begun and not acted yet, with its place.
    pub fn due(&self, now: Moment) -> Vec<(usize, Kind, Option<String>)> {
        let due = self.injected.iter().enumerate().filter(|(_, injected)| {
            let begun = injected.begins <= now && !injected.acted;
            // Where only one service finds no room, no instance is filled.
            let aimed = injected.fault.kind == Kind::NoCapacity && injected.fault.place.is_some();
            begun && injected.fault.kind.strikes_instances() && !aimed
        });
        due.map(|(at, injected)| (at, injected.fault.kind, injected.fault.place.clone()))
            .collect()
    }

    /// Notes that a fault has acted.
    pub fn acted(&mut self, at: usize) {
        self.injected[at].acted = true;
    }
}
