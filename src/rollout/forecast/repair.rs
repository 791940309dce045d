//! The smallest changes with which a service converges, each checked by the same proofs. In: a [`Ground`], counts. Out:
//! repairs. Must not know where a spec is written.

use crate::catalog::{self, Instance};
use crate::library::types::MemorySize;
use crate::rollout::bounds::{least_surge, most_healthy};
use crate::rollout::check::port_to_ecs;
use crate::spec::Spec;

use super::declared::{Ground, Member, WhatIf};
use super::proof::{Crowd, prove};
use super::system::{Course, Mark, Measure, Service, System};
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
        let holds = |system: &System| is_better(&before, at, system);
        let member = &ground.members[at];
        let bench = Bench {
            now: &now,
            at,
            member,
            afresh: true,
        };
        let mut found = bench.of_itself(&holds);
        if let Some(instances) = fewest(ground.instances, |instances| holds(&self.system(ground, instances))) {
            found.push(Repair::Instances(instances));
        }
        found.extend(self.other_type(&holds));
        found.extend(bench.smaller(Measure::Memory, &holds).map(Repair::Memory));
        found.extend(bench.smaller(Measure::Cpu, &holds).map(Repair::Cpu));
        found.extend(bench.fewer(self.scaled, &holds).map(Repair::Count));
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
}

/// A service whose own words are changed, one at a time.
struct Bench<'a> {
    now: &'a System,
    at: usize,
    member: &'a Member,
    /// Whether its copies of today have what is changed, too: nothing is deployed yet.
    afresh: bool,
}

impl Bench<'_> {
    fn with(&self, change: impl FnOnce(&mut Service)) -> System {
        let mut system = self.now.clone();
        change(&mut system.services[self.at]);
        system
    }

    /// Without something of which an instance has one.
    fn free(&self, mark: &Mark) -> Option<System> {
        let mark = self.now.marks.iter().position(|one| one == mark)?;
        Some(self.with(|service| {
            service.new.marks.retain(|one| *one != mark);
            if self.afresh {
                service.old.marks.retain(|one| *one != mark);
            }
        }))
    }

    /// The changes of its ports, its place and its percents with which it converges.
    fn of_itself(&self, holds: &impl Fn(&System) -> bool) -> Vec<Repair> {
        let member = self.member;
        let service = &self.now.services[self.at];
        let (desired, percents) = (service.desired, service.percents);
        let mut found = Vec::new();
        let mut attempt = |repair: Repair, system: Option<System>| {
            if system.is_some_and(|system| holds(&system)) {
                found.push(repair);
            }
        };
        if let Some(port) = member.port {
            let host_network = member.host_network;
            attempt(Repair::DynamicPort { host_network }, self.free(&Mark::Port(port)));
        }
        if member.distinct {
            attempt(Repair::Shared, self.free(&Mark::Alone(member.name.clone())));
        }
        if percents.is_stuck(desired) {
            let surge = least_surge(desired);
            let system = self.with(|service| service.percents.surge = surge);
            attempt(Repair::Surge(surge), Some(system));
        }
        if desired > 1 && percents.lower(desired) >= desired {
            let healthy = most_healthy(desired);
            let system = self.with(|service| service.percents.healthy = healthy);
            attempt(Repair::Healthy(healthy), Some(system));
        }
        found
    }

    /// The most of a measure below its own with which it converges; not less than half of it.
    fn smaller(&self, measure: Measure, holds: &impl Fn(&System) -> bool) -> Option<i64> {
        let at = measure.at();
        let own = self.now.services[self.at].new.amounts[at];
        most_below(own / 2, own, |size| {
            holds(&self.with(|service| {
                service.new.amounts[at] = size;
                if self.afresh {
                    service.old.amounts[at] = size;
                }
            }))
        })
    }

    /// The most copies below those it has with which it converges: of a range those above the fewest, of a number not less
    /// than half of it.
    fn fewer(&self, scaled: bool, holds: &impl Fn(&System) -> bool) -> Option<i64> {
        let desired = self.now.services[self.at].desired;
        let least = match self.member.least < self.member.most {
            true if scaled => self.member.least.max(1),
            true => return None,
            false => (desired + 1) / 2,
        };
        most_below(least, desired, |count| {
            holds(&self.with(|service| service.desired = count))
        })
    }
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

/// The repairs for a service that is rolled out on what is there, the least first. `grown` gives the same system with so many
/// instances; there are `instances` now.
pub fn on_what_is_there(
    now: &System,
    at: usize,
    member: &Member,
    instances: i64,
    grown: &impl Fn(i64) -> System,
) -> Vec<Repair> {
    if now.services.len() > SERVICES {
        return Vec::new();
    }
    let before = proved(now);
    let holds = |system: &System| is_better(&before, at, system);
    let bench = Bench {
        now,
        at,
        member,
        afresh: false,
    };
    let mut found = bench.of_itself(&holds);
    found.extend(fewest(instances, |count| holds(&grown(count))).map(Repair::Instances));
    found.extend(bench.smaller(Measure::Memory, &holds).map(Repair::Memory));
    found.extend(bench.smaller(Measure::Cpu, &holds).map(Repair::Cpu));
    found.truncate(TOLD);
    found
}

/// Whether a service is proved to end, and each that was before still is.
fn is_better(before: &[bool], at: usize, system: &System) -> bool {
    let after = proved(system);
    after[at] && before.iter().zip(&after).all(|(before, after)| !before || *after)
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
