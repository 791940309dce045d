//! The forecast of a cluster: each service at its fewest and at its most copies, what happens when instances go, how long it
//! takes, what would help. In: a [`Spec`], what-ifs. Out: an [`Outlook`]. Must not print.

use std::sync::Arc;

use crate::spec::Spec;

use super::clock::Range;
use super::declared::{Ground, Member, WhatIf};
use super::judge::{Judgement, Verdict, Way, judge};
use super::proof::{Crowd, prove};
use super::refute::{Moment, Refutation, refute};
use super::repair::{Repair, Trouble, least_that};
use super::row::{Row, rows};
use super::system::{Course, Measure, Side, System};

/// Whether all copies find room on what is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Survival {
    /// With the most copies of all.
    AtMost,
    /// With the fewest copies of all, not surely with the most.
    AtLeast,
    /// Not surely.
    Perhaps,
    /// Some do not, even on the best day.
    No,
}

/// What happens to the instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// How many instances are there meanwhile.
    pub left: i64,
    /// Whether all copies find room.
    pub survival: Survival,
}

/// The forecast of a cluster.
#[derive(Clone, Debug)]
pub struct Outlook {
    /// What is declared.
    pub ground: Ground,
    /// The system with the fewest copies.
    pub small: System,
    /// The system with the most copies.
    pub large: System,
    /// Of all services together, with the fewest copies.
    pub at_least: Judgement,
    /// Of all services together, with the most copies.
    pub at_most: Judgement,
    /// The services.
    pub rows: Vec<Row>,
    /// When nothing runs yet: a first deployment.
    pub first: Event,
    /// While instances are replaced.
    pub roll: Event,
    /// When one instance is lost.
    pub instance: Event,
    /// When a zone is lost.
    pub zone: Event,
    /// Tasks for whose end a rollout may have to wait, and for how long, in seconds.
    pub waits: Vec<(Arc<str>, i64)>,
    /// What all copies take of what there surely is, in percent, by measure: with the fewest and the most copies.
    pub load: Vec<(Measure, Range)>,
    /// The share of the way from the fewest to the most copies that all can surely go, in percent.
    pub reach: i64,
}

impl Outlook {
    /// The forecast of a cluster; `None` without instances, or where something about them is faulty.
    pub fn of(spec: &Spec, index: usize, what_if: &WhatIf) -> Option<Outlook> {
        let ground = Ground::of(spec, index, what_if)?;
        let instances = ground.instances;
        let small = ground.system(instances, fewest);
        let large = ground.system(instances, |member| member.most);
        let at_least = judge(&small, Course::Rollout);
        let at_most = if small == large {
            at_least.clone()
        } else {
            judge(&large, Course::Rollout)
        };
        let reach = reach(&ground, &at_least, &at_most);
        // What fits on fewer instances fits on more, and what can be rolled out can come first.
        let zone = event(&ground, ground.after_a_zone(instances), None);
        let proved = at_most.joint == Verdict::Converges && at_most.way == Way::Inequality;
        let sure = match proved {
            true => Some(instances),
            false => None,
        };
        let sure = match zone.survival {
            Survival::AtMost => Some(zone.left),
            _ => sure,
        };
        let mut outlook = Outlook {
            rows: Vec::new(),
            first: event(&ground, instances, sure),
            roll: event(&ground, ground.refresh.fewest(instances), sure),
            instance: event(&ground, instances - 1, sure),
            zone,
            waits: waits(&large, &at_most),
            load: load(&small, &large),
            small,
            large,
            at_least,
            at_most,
            ground,
            reach,
        };
        outlook.rows = rows(&outlook);
        Some(outlook)
    }

    /// What would help a service, the least first: for the fewest copies where those are in trouble, else for the most.
    pub fn repairs(&self, at: usize, spec: &Spec, index: usize, what_if: &WhatIf) -> Vec<Repair> {
        let row = &self.rows[at];
        let scaled = row.at_least == Verdict::Converges;
        if scaled && row.at_most == Verdict::Converges {
            return Vec::new();
        }
        let trouble = Trouble {
            spec,
            index,
            what_if,
            ground: &self.ground,
            scaled,
        };
        trouble.repairs(at)
    }

    /// Whether a deployment of the fewest copies is refused: it cannot converge, at numbers of copies at which services rest.
    pub fn is_refused(&self) -> bool {
        let judged = &self.at_least;
        let joint = match &judged.joint {
            Verdict::Cannot(one) => self.is_counted(one) || judged.refutations.iter().any(|one| self.is_counted(one)),
            _ => false,
        };
        joint || self.rows.iter().any(|row| row.refused)
    }

    /// Whether a deployment is refused for this: not where percents stick at a number that a service only passes through.
    pub(super) fn is_counted(&self, refutation: &Refutation) -> bool {
        match refutation.moment {
            Moment::Never(at) => self.ground.members[at].rests_stuck(),
            _ => true,
        }
    }

    /// The fewest instances of the declared type with which all converges and survives a zone: with the fewest copies, with
    /// the most.
    pub fn minimum(&self) -> (Option<i64>, Option<i64>) {
        let ground = &self.ground;
        let fits = |instances: i64, count: &dyn Fn(&Member) -> i64| {
            let system = alone(ground.system(instances, count));
            let less = alone(ground.system(ground.after_a_zone(instances), count));
            is_proved(&system, Course::Rollout) && is_proved(&less, Course::Fill)
        };
        let least = |count: &dyn Fn(&Member) -> i64| least_that(1, 5000, |instances| fits(instances, count));
        (least(&fewest), least(&|member| member.most))
    }
}

/// The fewest copies worth judging.
pub fn fewest(member: &Member) -> i64 {
    member.least.max(member.most.min(1))
}

pub(super) fn alone(system: System) -> System {
    System {
        standing: Vec::new(),
        ..system
    }
}

fn is_proved(system: &System, course: Course) -> bool {
    prove(system, course, Crowd::Settled).iter().all(Option::is_some)
}

/// What happens on `left` instances, where all is known to find room on `sure` ones.
fn event(ground: &Ground, left: i64, sure: Option<i64>) -> Event {
    if sure.is_some_and(|sure| left >= sure) {
        return Event {
            left,
            survival: Survival::AtMost,
        };
    }
    let system = |most: bool| alone(ground.system(left, |member| if most { member.most } else { fewest(member) }));
    let (small, large) = (system(false), system(true));
    let survival = if is_proved(&large, Course::Fill) {
        Survival::AtMost
    } else if is_proved(&small, Course::Fill) {
        Survival::AtLeast
    } else if refute(&small, Course::Fill, Side::Most).is_empty() {
        Survival::Perhaps
    } else {
        Survival::No
    };
    Event { left, survival }
}

/// The tasks that may hold the room that a rollout needs, where it converges without them.
fn waits(system: &System, judgement: &Judgement) -> Vec<(Arc<str>, i64)> {
    if system.standing.is_empty() || judgement.joint != Verdict::Converges || is_proved(system, Course::Rollout) {
        return Vec::new();
    }
    system
        .standing
        .iter()
        .map(|one| (Arc::clone(&one.name), one.seconds))
        .collect()
}

fn load(small: &System, large: &System) -> Vec<(Measure, Range)> {
    let percent = |system: &System, measure: Measure| {
        let at = measure.at();
        let there: i64 = system.groups.iter().map(|group| group.count * group.least[at]).sum();
        let taken: i64 = system
            .services
            .iter()
            .map(|one| one.desired * one.new.amounts[at])
            .sum();
        (taken * 100 + there - 1).checked_div(there).unwrap_or(0)
    };
    let used = Measure::ALL.into_iter().filter(|measure| {
        let mut services = large.services.iter();
        services.any(|one| one.new.amounts[measure.at()] > 0)
    });
    used.map(|measure| {
        let range = Range {
            least: percent(small, measure),
            most: percent(large, measure),
        };
        (measure, range)
    })
    .collect()
}

/// How far all services can surely scale out together, in percent of the way.
fn reach(ground: &Ground, at_least: &Judgement, at_most: &Judgement) -> i64 {
    if at_most.joint == Verdict::Converges {
        return 100;
    }
    if at_least.joint != Verdict::Converges {
        return 0;
    }
    let fails = |percent: i64| !is_proved(&alone(part_way(ground, percent)), Course::Rollout);
    least_that(0, 100, fails).map_or(100, |first| (first - 1).max(0))
}

/// How many copies a member has so far on the way to the most.
pub fn copies_at(member: &Member, percent: i64) -> i64 {
    let least = fewest(member);
    least + (member.most - least) * percent / 100
}

fn part_way(ground: &Ground, percent: i64) -> System {
    ground.system(ground.instances, |member| copies_at(member, percent))
}
