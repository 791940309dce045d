//! What the replacement of all instances does to each service, before it begins. In: what is declared, and what is there: how
//! many instances and copies, how much memory they registered. Out: a [`Roll`]. Must not print.
//!
//! An instance that is replaced is drained first: the copies on it move between the percents of their service, as in a rollout
//! (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-instance-draining.html>).

use std::sync::Arc;

use crate::rollout::drain::{self, HOOK_SECONDS};

use super::clock::Range;
use super::declared::{Ground, Member};
use super::proof::{Crowd, prove};
use super::refute::refute;
use super::system::{Course, Measure, Side, System};

/// From the launch of an instance until it has registered, in seconds. Assumed.
pub const BOOT: Range = Range { least: 60, most: 240 };

/// The replacement of all instances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roll {
    /// How many instances are replaced.
    pub instances: i64,
    /// How many at once.
    pub at_once: i64,
    /// How many are in service at the worst moment.
    pub fewest: i64,
    /// In how many batches.
    pub batches: i64,
    /// How often a copy can move at most: each time it may land on an old instance.
    pub moves: i64,
    /// How long it takes, in seconds.
    pub seconds: Range,
    /// The services.
    pub rows: Vec<Moved>,
    /// Tasks that no service owns: each may hold its instance for so many seconds.
    pub standing: Vec<(Arc<str>, i64)>,
}

/// A service whose copies move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Its name.
    pub name: Arc<str>,
    /// Its app.
    pub app: Arc<str>,
    /// How many copies it has.
    pub copies: i64,
    /// How they move.
    pub manner: Manner,
    /// Whether they find room at the worst moment.
    pub room: Room,
    /// Whether there is surely room only because today's image registers more memory than is promised of the next one.
    pub drifts: bool,
}

/// How the copies of a service move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// A new one serves before an old one stops.
    StartsFirst,
    /// An old one stops before a new one starts: so many stay healthy, at the worst moment.
    StopsFirst(i64),
    /// Its percents let none move: its instance waits an hour, then ends with all that is on it.
    Stuck,
}

/// Whether the copies of a service find room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Wherever tasks land.
    Surely,
    /// That hangs on where they land.
    Perhaps,
    /// Not even on the best day.
    No,
}

impl Roll {
    /// The roll of a cluster with so many instances, the copies that `count` says, and the memory that instances have
    /// registered beyond what is promised, in MiB.
    pub fn of(ground: &Ground, instances: i64, count: impl Fn(&Member) -> i64, beyond: i64) -> Roll {
        let refresh = ground.refresh;
        let (at_once, fewest) = (refresh.replaced_at_once(instances), refresh.fewest(instances));
        let batches = (instances + at_once - 1).checked_div(at_once).unwrap_or(0);
        let system = System {
            standing: Vec::new(),
            ..ground.system(fewest, &count)
        };
        let mut today = system.clone();
        for group in &mut today.groups {
            group.least[Measure::Memory.at()] += beyond.max(0);
        }
        let proved = prove(&system, Course::Fill, Crowd::Settled);
        let now = prove(&today, Course::Fill, Crowd::Settled);
        let short: Vec<usize> = refute(&system, Course::Fill, Side::Most)
            .into_iter()
            .flat_map(|one| one.who)
            .collect();
        let rows: Vec<Moved> = ground
            .members
            .iter()
            .enumerate()
            .map(|(at, member)| Moved {
                name: Arc::clone(&member.name),
                app: Arc::clone(&member.app),
                copies: count(member),
                manner: manner(member, count(member)),
                room: match proved[at] {
                    Some(_) => Room::Surely,
                    None if short.contains(&at) => Room::No,
                    None => Room::Perhaps,
                },
                drifts: proved[at].is_none() && now[at].is_some(),
            })
            .collect();
        let standing = ground.standing.iter();
        let standing: Vec<(Arc<str>, i64)> = standing
            .map(|one| (Arc::clone(&one.name), one.seconds.min(HOOK_SECONDS)))
            .collect();
        let emptied = emptied(ground, &rows, instances, at_once, &standing);
        let batch = Range {
            least: BOOT.least + ground.warm_up + emptied.least,
            most: BOOT.most + ground.warm_up + emptied.most,
        };
        Roll {
            instances,
            at_once,
            fewest,
            batches,
            moves: drain::most_moves(instances, at_once.max(1)),
            seconds: Range {
                least: batches * batch.least,
                most: batches * batch.most,
            },
            rows,
            standing,
        }
    }

    /// Whether nothing is worth a warning.
    pub fn is_smooth(&self) -> bool {
        self.rows.iter().all(Moved::is_smooth)
    }
}

impl Moved {
    /// Whether it serves all the time with all its copies.
    pub fn is_smooth(&self) -> bool {
        self.copies == 0 || (self.manner == Manner::StartsFirst && self.room == Room::Surely)
    }
}

fn manner(member: &Member, copies: i64) -> Manner {
    let percents = member.percents;
    match copies > 0 {
        true if percents.is_stuck(copies) => Manner::Stuck,
        true if percents.may_start_first(copies) == 0 => Manner::StopsFirst(percents.lower(copies)),
        _ => Manner::StartsFirst,
    }
}

/// How long the instances of a batch take to be empty.
fn emptied(ground: &Ground, rows: &[Moved], instances: i64, at_once: i64, standing: &[(Arc<str>, i64)]) -> Range {
    let mut all = Range::default();
    for (member, row) in ground.members.iter().zip(rows).filter(|(_, row)| row.copies > 0) {
        let (start, stop) = (member.clock.start(), member.clock.stop());
        let percents = member.percents;
        let least = start.least + stop.least;
        // All copies may be on the instances of one batch, and none of them may move by itself.
        let there = (row.copies * at_once + instances - 1)
            .checked_div(instances)
            .unwrap_or(0);
        let step = percents.may_start_first(row.copies) + percents.may_stop_first(row.copies);
        let most = match step {
            0 => HOOK_SECONDS,
            _ => (there.max(1) + step - 1) / step * (start.most + stop.most),
        };
        all.least = all.least.max(least);
        all.most = all.most.max(most);
    }
    let held = standing.iter().map(|(_, seconds)| *seconds).max().unwrap_or(0);
    Range {
        least: all.least.min(HOOK_SECONDS),
        most: all.most.max(held).min(HOOK_SECONDS),
    }
}
