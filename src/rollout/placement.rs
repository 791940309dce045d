//! On which instance a task starts, and which one stops. In: instances, a task, a service's wishes. Out: the instances that
//! are equally good; who simulates draws among them. Must not know percents.
//!
//! Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement.html>: what has no room is left out,
//! then what constraints forbid, then each strategy in turn keeps the best.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use super::host::{Demand, Host, Lack};
use super::zones;

/// By what instances are preferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// The zone with the fewest copies.
    SpreadZones,
    /// The instance with the fewest copies.
    SpreadInstances,
    /// The instance with the least free CPU.
    PackCpu,
    /// The instance with the least free memory.
    PackMemory,
    /// None before another.
    Random,
}

/// What holds where nothing is said: zones first, then instances (same source as [`zones::emptiest`]).
pub const DEFAULT: &[Strategy] = &[Strategy::SpreadZones, Strategy::SpreadInstances];

/// What a service wishes of the place of its tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wishes<'a> {
    /// The service or the group of tasks.
    pub group: &'a str,
    /// Whether each copy needs an instance of its own (`distinctInstance`): a copy of another service does not matter.
    pub distinct: bool,
    /// The strategies, in order.
    pub strategies: &'a [Strategy],
}

/// What an instance lacks for a task of this group.
pub fn lack(host: &Host, demand: &Demand, wishes: Wishes) -> Option<Lack> {
    let lonely = wishes.distinct && host.copies(wishes.group) > 0;
    host.lack(demand).or_else(|| lonely.then_some(Lack::Distinct))
}

/// The instances, by their index, on any of which the task may start; none when it fits nowhere.
pub fn start<H: Borrow<Host>>(hosts: &[H], demand: &Demand, wishes: Wishes) -> Vec<usize> {
    let host = |at: usize| -> &Host { hosts[at].borrow() };
    let all = 0..hosts.len();
    let mut left: Vec<usize> = all.filter(|at| lack(host(*at), demand, wishes).is_none()).collect();
    for strategy in wishes.strategies {
        match strategy {
            Strategy::SpreadZones => {
                // A zone whose instances are all full is passed over: spreading is an effort, not a condition.
                let copies = by_zone(hosts, &left, wishes.group);
                let best = zones::emptiest(&copies);
                left.retain(|at| best.contains(&&*host(*at).zone));
            }
            Strategy::SpreadInstances => keep_least(&mut left, |at| host(at).copies(wishes.group)),
            Strategy::PackCpu => keep_least(&mut left, |at| host(at).free().cpu),
            Strategy::PackMemory => keep_least(&mut left, |at| host(at).free().memory),
            Strategy::Random => {}
        }
    }
    left
}

/// The instances, by their index, on any of which a copy of the group may stop: what start prefers, the other way round.
pub fn stop<H: Borrow<Host>>(hosts: &[H], wishes: Wishes) -> Vec<usize> {
    let host = |at: usize| -> &Host { hosts[at].borrow() };
    let all = 0..hosts.len();
    let mut left: Vec<usize> = all.filter(|at| host(*at).copies(wishes.group) > 0).collect();
    for strategy in wishes.strategies {
        match strategy {
            Strategy::SpreadZones => {
                let copies = by_zone(hosts, &left, wishes.group);
                let worst = zones::fullest(&copies);
                left.retain(|at| worst.contains(&&*host(*at).zone));
            }
            Strategy::SpreadInstances => keep_least(&mut left, |at| -host(at).copies(wishes.group)),
            // Where most is free: the fullest instance is kept.
            Strategy::PackCpu => keep_least(&mut left, |at| -host(at).free().cpu),
            Strategy::PackMemory => keep_least(&mut left, |at| -host(at).free().memory),
            Strategy::Random => {}
        }
    }
    left
}

/// The copies in each zone of some instances. Copies on the zone's other instances count too.
fn by_zone<'a, H: Borrow<Host>>(hosts: &'a [H], some: &[usize], group: &str) -> BTreeMap<&'a str, i64> {
    let copies = |zone: &str| {
        let within = hosts
            .iter()
            .map(Borrow::borrow)
            .filter(|host: &&Host| &*host.zone == zone);
        within.map(|host| host.copies(group)).sum()
    };
    let zones = some.iter().map(|at| &*hosts[*at].borrow().zone);
    zones.map(|zone| (zone, copies(zone))).collect()
}

fn keep_least(left: &mut Vec<usize>, cost: impl Fn(usize) -> i64) {
    let least = left.iter().map(|at| cost(*at)).min();
    left.retain(|at| Some(cost(*at)) == least);
}
