//! The forecast of a cluster: each service at its fewest and at its most copies, what happens when instances go, how long it
//! takes, what would help. In: a [`Spec`], what-ifs. Out: an [`Outlook`]. Must not print.

use std::sync::Arc;

use crate::rollout::bounds::{least_surge, most_healthy};
use crate::spec::Spec;

use super::clock::Range;
use super::declared::{Ground, Member, WhatIf};
use super::judge::{Judgement, Verdict, Way, judge};
use super::proof::{Crowd, prove};
use super::refute::{Moment, at_best, crowded, refute};
use super::repair::{Repair, Trouble, least_that};
use super::system::{Course, Measure, Side, System};

/// Up to how many services it is asked of each whether its starts surely wait.
const SERVICES: usize = 300;

/// Whether starts find room at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Starts {
    /// Each does, however long old copies take to go.
    AtOnce,
    /// Some may wait: ECS reports a placement failure, and may count it.
    MayWait,
    /// Some will wait.
    Wait,
}

/// A service in a forecast.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its name.
    pub name: Arc<str>,
    /// Its app.
    pub app: Arc<str>,
    /// The fewest copies that were judged, one at least where there are any.
    pub least: i64,
    /// The most copies.
    pub most: i64,
    /// The verdict with the fewest copies of all services.
    pub at_least: Verdict,
    /// The verdict with the most copies of all services.
    pub at_most: Verdict,
    /// Up to how many copies its percents let nothing move.
    pub stuck_to: Option<i64>,
    /// In how many waves copies are replaced.
    pub waves: Option<Range>,
    /// How long a rollout takes, in seconds.
    pub seconds: Option<Range>,
    /// How long until a rollout that fails is declared so, in seconds.
    pub failure: Option<Range>,
    /// Whether starts find room at once.
    pub starts: Starts,
    /// How many copies there is surely room for at once.
    pub copies: Option<i64>,
    /// Whether it is on Fargate.
    pub fargate: bool,
    /// Whether its probe kills the container before the app answers.
    pub killed: bool,
    /// What would help, the least first.
    pub repairs: Vec<Repair>,
}

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

/// The forecast of services on Fargate: there is room for all that their percents allow.
pub fn on_fargate(spec: &Spec, index: usize, what_if: &WhatIf) -> Vec<Row> {
    let members = super::declared::on_fargate(spec, index, what_if);
    members
        .iter()
        .map(|member| {
            let mut row = row(member, true);
            let lone = |desired: i64| System {
                services: vec![member.service(desired)],
                ..System::default()
            };
            let verdict = |desired: i64| {
                let stuck = refute(&lone(desired), Course::Rollout, Side::Most);
                let stuck = stuck.into_iter().find(|one| matches!(one.moment, Moment::Never(_)));
                stuck.map_or(Verdict::Converges, Verdict::Cannot)
            };
            row.at_least = verdict(row.least);
            row.at_most = verdict(row.most);
            let slots = Range {
                least: i64::MAX,
                most: i64::MAX,
            };
            for count in [row.least, row.most] {
                row.time(member, count, slots);
            }
            if row.at_least != Verdict::Converges {
                row.repairs = vec![
                    Repair::Surge(least_surge(row.least)),
                    Repair::Healthy(most_healthy(row.least)),
                ];
            }
            row
        })
        .collect()
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
        outlook.rows = rows(&outlook, spec, index, what_if);
        Some(outlook)
    }

    /// Whether a deployment of the fewest copies is refused: it cannot converge.
    pub fn is_refused(&self) -> bool {
        let cannot = |verdict: &Verdict| matches!(verdict, Verdict::Cannot(_));
        cannot(&self.at_least.joint) || self.rows.iter().any(|row| row.killed || cannot(&row.at_least))
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
fn fewest(member: &Member) -> i64 {
    member.least.max(member.most.min(1))
}

fn alone(system: System) -> System {
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

fn rows(outlook: &Outlook, spec: &Spec, index: usize, what_if: &WhatIf) -> Vec<Row> {
    let ground = &outlook.ground;
    let full = |system: &System| prove(&alone(system.clone()), Course::Rollout, Crowd::Full);
    let large = full(&outlook.large);
    let small = match outlook.small == outlook.large {
        true => large.clone(),
        false => full(&outlook.small),
    };
    let ends = outlook.at_most.joint == Verdict::Converges;
    let mut rows: Vec<Row> = Vec::new();
    for (at, member) in ground.members.iter().enumerate() {
        let (least, most) = (&outlook.at_least, &outlook.at_most);
        let at_once = if ends { &large } else { &small };
        let system = if ends { &outlook.large } else { &outlook.small };
        let mut row = row(member, false);
        row.at_least = least.each[at].clone();
        row.at_most = most.each[at].clone();
        row.starts = match at_once[at] {
            Some(_) => Starts::AtOnce,
            None if ground.members.len() <= SERVICES && crowded(system, at) => Starts::Wait,
            None => Starts::MayWait,
        };
        let judged = if ends { most } else { least };
        row.copies = judged.spare[at].map(|spare| spare.copies);
        let best = at_best(&outlook.large, at);
        for (count, full, spare) in [
            (row.least, small[at], least.spare[at]),
            (row.most, large[at], most.spare[at]),
        ] {
            if let Some(spare) = full.or(spare) {
                let slots = Range {
                    least: spare.copies,
                    most: best,
                };
                row.time(member, count, slots);
            }
        }
        let scaled = row.at_least == Verdict::Converges;
        if row.at_most != Verdict::Converges || !scaled {
            let trouble = Trouble {
                spec,
                index,
                what_if,
                ground,
                scaled,
            };
            row.repairs = trouble.repairs(at);
        }
        rows.push(row);
    }
    // Who has no room of its own in the thick of it goes after the others, in the worst case.
    let is_free = |row: &Row| row.starts == Starts::AtOnce;
    let last = |rows: &[Row], free: bool| {
        let some = rows.iter().filter(move |row| is_free(row) == free);
        some.filter_map(|row| row.seconds.map(|range| range.most))
            .collect::<Vec<i64>>()
    };
    let free = last(&rows, true).into_iter().max().unwrap_or(0);
    let queue: i64 = last(&rows, false).into_iter().sum();
    for row in rows.iter_mut().filter(|row| !is_free(row)) {
        if let Some(seconds) = &mut row.seconds {
            seconds.most = free + queue;
        }
    }
    rows
}

fn row(member: &Member, fargate: bool) -> Row {
    let (least, most) = (fewest(member), member.most);
    let stuck = (least.max(1)..=most).take_while(|count| member.percents.is_stuck(*count));
    Row {
        name: Arc::clone(&member.name),
        app: Arc::clone(&member.app),
        least,
        most,
        at_least: Verdict::Converges,
        at_most: Verdict::Converges,
        stuck_to: stuck.last(),
        waves: None,
        seconds: None,
        failure: member.clock.failure(most, member.percents),
        starts: Starts::AtOnce,
        copies: None,
        fargate,
        killed: member.clock.is_killed_at_start(),
        repairs: Vec::new(),
    }
}

impl Row {
    /// Widens its time by that of a rollout of `count` copies.
    fn time(&mut self, member: &Member, count: i64, slots: Range) {
        if count == 0 {
            return;
        }
        let Some((waves, seconds)) = member.clock.rollout(count, member.percents, slots) else {
            return;
        };
        self.waves = Some(self.waves.map_or(waves, |known| known.with(waves)));
        self.seconds = Some(self.seconds.map_or(seconds, |known| known.with(seconds)));
    }
}
