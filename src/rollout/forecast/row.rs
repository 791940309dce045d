//! A service in a forecast: what is said of it. In: a `Ground`, the judgements of all services. Out: [`Row`]s. Must not
//! print.

use std::sync::Arc;

use crate::rollout::bounds::{least_surge, most_healthy};
use crate::spec::Spec;

use super::clock::Range;
use super::declared::{Member, WhatIf};
use super::judge::Verdict;
use super::mend::Way;
use super::outlook::{Outlook, fewest};
use super::proof::{Crowd, prove};
use super::refute::{Moment, at_best, crowded, refute};
use super::repair::Repair;
use super::system::{Course, Side, System};

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
    /// The same for each number of copies that was looked at.
    pub pace: Vec<(i64, Range)>,
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
    /// Whether a deployment is refused for it.
    pub refused: bool,
    /// What would help, the least first.
    pub ways: Vec<Way>,
}

impl Row {
    /// Whether it converges with any number of its copies.
    pub fn converges(&self) -> bool {
        !self.killed && self.at_least == Verdict::Converges && self.at_most == Verdict::Converges
    }
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
            row.refused = row.killed || (row.at_least != Verdict::Converges && member.rests_stuck());
            if row.at_least != Verdict::Converges {
                let repairs = [
                    Repair::Surge(least_surge(row.least)),
                    Repair::Healthy(most_healthy(row.least)),
                ];
                row.ways.extend(repairs.map(Way::from));
            }
            row
        })
        .collect()
}

pub(super) fn rows(outlook: &Outlook) -> Vec<Row> {
    let ground = &outlook.ground;
    let full = |system: &System| prove(&super::outlook::alone(system.clone()), Course::Rollout, Crowd::Full);
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
        row.refused = row.killed || matches!(&row.at_least, Verdict::Cannot(one) if outlook.is_counted(one));
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
        pace: Vec::new(),
        seconds: None,
        failure: member.clock.failure(most, member.percents),
        starts: Starts::AtOnce,
        copies: None,
        fargate,
        killed: member.clock.is_killed_at_start(),
        refused: false,
        ways: member
            .clock
            .boot_wanted()
            .map(Repair::Boot)
            .map(Way::from)
            .into_iter()
            .collect(),
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
        if !self.pace.contains(&(count, waves)) {
            self.pace.push((count, waves));
        }
        self.waves = Some(self.waves.map_or(waves, |known| known.with(waves)));
        self.seconds = Some(self.seconds.map_or(seconds, |known| known.with(seconds)));
    }
}
