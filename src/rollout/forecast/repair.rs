//! The smallest changes with which a service converges, each checked by the same proofs. In: a [`Ground`], counts. Out:
//! repairs. Must not know where a spec is written.

use crate::catalog::{self, Instance};
use crate::library::types::MemorySize;
use crate::rollout::bounds::{least_surge, most_healthy};
use crate::rollout::check::port_to_ecs;
use crate::spec::Spec;

use super::declared::{Ground, Member, WhatIf};
use super::proof::{Crowd, prove};
use super::system::{Course, Mark, Measure, System};
use super::words::copies;

/// A change that makes a service converge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repair {
    /// Its `surge`, in percent.
    Surge(i64),
    /// Its `healthy`, in percent.
    Healthy(i64),
    /// ECS chooses its port on the instance.
    DynamicPort {
        /// Whether it has the instance's network now.
        host_network: bool,
    },
    /// Copies may share an instance.
    Shared,
    /// So many instances.
    Instances(i64),
    /// Another type.
    Type(&'static str),
    /// So much memory for a copy, in MiB.
    Memory(i64),
    /// So many CPU units for a copy.
    Cpu(i64),
    /// So many copies, at most.
    Count(i64),
    /// The `boot` of its probe, in seconds.
    Boot(i64),
}

impl Repair {
    /// As an order, for a person.
    pub fn words(&self) -> String {
        match self {
            Repair::Surge(percent) => format!("write `surge: {percent}%`"),
            Repair::Healthy(percent) => format!("write `healthy: {percent}%`"),
            Repair::DynamicPort { host_network } => port_to_ecs(*host_network).to_string(),
            Repair::Shared => "write `distinct: false`".to_string(),
            Repair::Instances(count) => format!("allow {count} instances"),
            Repair::Type(name) => format!("take `{name}`"),
            Repair::Memory(size) => format!("ask for {} a copy", MemorySize::<0>(*size).show()),
            Repair::Cpu(units) => format!("ask for {units} CPU units a copy"),
            Repair::Count(count) => format!("run {} at most", copies(*count)),
            Repair::Boot(seconds) => format!("give `probe` a `boot` of {seconds}s, as long as that of `health`"),
        }
    }
}

/// Up to how many services each change is tried.
const SERVICES: usize = 300;
/// How many repairs are told.
const TOLD: usize = 4;

/// Where repairs are looked for.
#[derive(Clone, Copy)]
pub struct Trouble<'a> {
    /// The spec, for other types.
    pub spec: &'a Spec,
    /// The cluster.
    pub index: usize,
    /// What is asked in place of what is declared.
    pub what_if: &'a WhatIf,
    /// What is declared.
    pub ground: &'a Ground,
    /// Whether each service has the most copies, or the fewest.
    pub scaled: bool,
}

impl Trouble<'_> {
    fn count(self, member: &Member) -> i64 {
        if self.scaled {
            member.most
        } else {
            member.least.max(member.most.min(1))
        }
    }

    fn system(self, ground: &Ground, instances: i64) -> System {
        ground.system(instances, |member| self.count(member))
    }

    /// The repairs for a service, the least first; each makes it converge, and nothing else worse.
    pub fn repairs(self, at: usize) -> Vec<Repair> {
        let ground = self.ground;
        if ground.members.len() > SERVICES {
            return Vec::new();
        }
        let now = self.system(ground, ground.instances);
        let before = proved(&now);
        let holds = |system: &System| {
            let after = proved(system);
            after[at] && before.iter().zip(&after).all(|(before, after)| !before || *after)
        };
        let desired = self.count(&ground.members[at]);
        let mut found = Vec::new();
        let mut attempt = |repair: Repair, system: System| {
            if holds(&system) {
                found.push(repair);
            }
        };
        let member = &ground.members[at];
        let changed = |change: &dyn Fn(&mut System)| {
            let mut system = now.clone();
            change(&mut system);
            system
        };
        if let Some(port) = member
            .port
            .and_then(|port| now.marks.iter().position(|mark| *mark == Mark::Port(port)))
        {
            let system = changed(&|system| {
                system.services[at].old.marks.retain(|mark| *mark != port);
                system.services[at].new.marks.retain(|mark| *mark != port);
            });
            let host_network = member.host_network;
            attempt(Repair::DynamicPort { host_network }, system);
        }
        if member.distinct {
            let system = changed(&|system| {
                let alone = Mark::Alone(member.name.clone());
                let alone = system.marks.iter().position(|mark| *mark == alone);
                system.services[at].old.marks.retain(|mark| Some(*mark) != alone);
                system.services[at].new.marks.retain(|mark| Some(*mark) != alone);
            });
            attempt(Repair::Shared, system);
        }
        if desired > 0 && member.percents.is_stuck(desired) {
            let surge = least_surge(desired);
            attempt(
                Repair::Surge(surge),
                changed(&|system| system.services[at].percents.surge = surge),
            );
        }
        if desired > 1 && member.percents.lower(desired) >= desired {
            let healthy = most_healthy(desired);
            attempt(
                Repair::Healthy(healthy),
                changed(&|system| system.services[at].percents.healthy = healthy),
            );
        }
        if let Some(instances) = fewest(ground.instances, |instances| holds(&self.system(ground, instances))) {
            found.push(Repair::Instances(instances));
        }
        found.extend(self.other_type(&holds));
        let smaller = |measure| smaller(at, &now, measure, &holds);
        found.extend(smaller(Measure::Memory).map(Repair::Memory));
        found.extend(smaller(Measure::Cpu).map(Repair::Cpu));
        found.extend(self.fewer(at, &now, &holds));
        found.truncate(TOLD);
        found
    }

    /// The next larger type of the same family with which it converges.
    fn other_type(self, holds: &impl Fn(&System) -> bool) -> Option<Repair> {
        let [own] = &self.ground.types[..] else { return None };
        let (family, _) = own.name.split_once('.')?;
        let others = catalog::instance_names().filter(|name| name.split_once('.').is_some_and(|(of, _)| of == family));
        let mut others: Vec<Instance> = others.filter_map(catalog::instance).collect();
        others.retain(|other| other.memory > own.memory && !other.name.contains("metal"));
        others.sort_by_key(|other| other.memory);
        let fitting = others.into_iter().take(4).find(|kind| {
            let ground = self.ground.with_type(self.spec, self.index, kind, self.what_if);
            ground.is_some_and(|ground| holds(&self.system(&ground, ground.instances)))
        });
        fitting.map(|kind| Repair::Type(kind.name))
    }

    /// The most copies below those it has with which it converges: of a range those above the fewest, of a number not less
    /// than half of it.
    fn fewer(self, at: usize, now: &System, holds: &impl Fn(&System) -> bool) -> Option<Repair> {
        let member = &self.ground.members[at];
        let desired = now.services[at].desired;
        let least = match member.least < member.most {
            true if self.scaled => member.least.max(1),
            true => return None,
            false => (desired + 1) / 2,
        };
        let with = |count: i64| {
            let mut system = now.clone();
            system.services[at].desired = count;
            holds(&system)
        };
        most_below(least, desired, with).map(Repair::Count)
    }
}

/// The most of a measure below its own with which a service converges; not less than half of it.
fn smaller(at: usize, now: &System, measure: Measure, holds: &impl Fn(&System) -> bool) -> Option<i64> {
    let own = now.services[at].new.amounts[measure.at()];
    most_below(own / 2, own, |size| {
        let mut system = now.clone();
        let service = &mut system.services[at];
        service.old.amounts[measure.at()] = size;
        service.new.amounts[measure.at()] = size;
        holds(&system)
    })
}

/// The most from `least` on and below `own` for which something holds that holds for less, too.
fn most_below(least: i64, own: i64, holds: impl Fn(i64) -> bool) -> Option<i64> {
    if least < 1 || least >= own || !holds(least) {
        return None;
    }
    let (mut fits, mut large) = (least, own);
    while large - fits > 1 {
        let middle = fits + (large - fits) / 2;
        if holds(middle) { fits = middle } else { large = middle }
    }
    Some(fits)
}

/// The fewest instances beyond those there are with which something holds that more never spoil.
fn fewest(now: i64, holds: impl Fn(i64) -> bool) -> Option<i64> {
    least_that(now + 1, now * 4 + 16, holds)
}

/// The least number between two for which something holds that holds for all above it, too.
pub fn least_that(least: i64, most: i64, holds: impl Fn(i64) -> bool) -> Option<i64> {
    if !holds(most) {
        return None;
    }
    let (mut low, mut high) = (least, most);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) { high = middle } else { low = middle + 1 }
    }
    Some(high)
}

fn proved(system: &System) -> Vec<bool> {
    let alone = System {
        standing: Vec::new(),
        ..system.clone()
    };
    prove(&alone, Course::Rollout, Crowd::Settled)
        .iter()
        .map(Option::is_some)
        .collect()
}
