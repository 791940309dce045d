//! Proofs that a rollout cannot end: moments that every run to its end must pass, and why the tasks of such a moment have
//! no room. In: a [`System`] and which bound of its capacity. Out: the violated inequality. Must not search.
//!
//! The moments: all old copies are there; all new copies are there; the first new copy of a service beside the copies that
//! must stay; the first new copy of all; the last one. Each is packed by inequalities only: the sum of a measure, one task an
//! instance for what there is one of, how many tasks at least as large as some size an instance takes.

use std::collections::BTreeMap;

use super::steps::Steps;
use super::system::{Course, Measure, Shape, Side, System};

/// When tasks have no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before the rollout: all copies of today.
    Today,
    /// After it: all new copies.
    Goal,
    /// When the service starts its first new copy.
    First(usize),
    /// When any service starts the very first one, whichever that is.
    AnyFirst,
    /// When any service starts the very last one, whichever that is.
    AnyLast,
    /// Never anything moves: its percents allow no start and no stop.
    Never(usize),
}

/// What is short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Limit {
    /// The sum of a measure.
    Sum(Measure),
    /// What an instance has one of, by its place in [`System::marks`].
    Mark(usize),
    /// The number of tasks of at least this shape.
    Count(Shape),
    /// No inequality: every run was tried, and none ends.
    Tried,
    /// The rounded percents: how many must stay healthy, how many there may be.
    Percents {
        /// The fewest healthy ones.
        lower: i64,
        /// The most at once.
        upper: i64,
    },
}

/// A violated inequality: `needed <= there` would have to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refutation {
    /// When.
    pub moment: Moment,
    /// What is short.
    pub limit: Limit,
    /// How much of it is needed at that moment.
    pub needed: i64,
    /// How much of it all instances have.
    pub there: i64,
    /// The services whose tasks it counts.
    pub who: Vec<usize>,
}

/// Up to how many services each pair of them is looked at, in each moment.
const FEW: usize = 24;

/// Why the course cannot end on that side of the capacity; empty when no inequality is violated. The plainest first.
pub fn refute(system: &System, course: Course, side: Side) -> Vec<Refutation> {
    let all = || 0..system.services.len();
    let mut found = Vec::new();
    if course == Course::Rollout {
        for (at, service) in system.services.iter().enumerate().filter(|(_, one)| one.is_stuck()) {
            found.push(Refutation {
                moment: Moment::Never(at),
                limit: Limit::Percents {
                    lower: service.lower(),
                    upper: service.upper(),
                },
                needed: service.desired + 1,
                there: service.upper(),
                who: vec![at],
            });
        }
    }
    let shelf = Shelf::new(system, side);
    let goal: Vec<Item> = all()
        .map(|at| Item::of(system, at, system.services[at].desired, true))
        .collect();
    // A service that has no room by itself is named alone.
    for item in &goal {
        found.extend(shelf.overfull(std::slice::from_ref(item), Moment::Goal));
    }
    if found.is_empty() {
        found.extend(shelf.overfull(&goal, Moment::Goal));
    }
    if course == Course::Fill {
        return found;
    }
    let today: Vec<Item> = all()
        .map(|at| Item::of(system, at, system.services[at].desired, false))
        .collect();
    found.extend(shelf.overfull(&today, Moment::Today));
    let stay: Vec<Item> = all()
        .map(|at| {
            let service = &system.services[at];
            Item {
                at,
                count: service.lower(),
                shape: service.old.least(&service.new),
            }
        })
        .collect();
    let totals = shelf.totals(&stay);
    for (at, service) in system.services.iter().enumerate().filter(|(_, one)| one.desired > 0) {
        if found.iter().any(|one| one.who == [at]) {
            continue;
        }
        let own = [
            Item::of(system, at, service.lower(), false),
            Item::of(system, at, 1, true),
        ];
        let alone = shelf.overfull(&own, Moment::First(at));
        if alone.is_some() {
            found.extend(alone);
        } else if system.services.len() <= FEW {
            let mut items: Vec<Item> = stay.iter().filter(|item| item.at != at).cloned().collect();
            items.extend(own);
            found.extend(shelf.overfull(&items, Moment::First(at)));
        } else {
            found.extend(shelf.over(&totals, &stay[at], &own, Moment::First(at)));
        }
    }
    if found.is_empty() && system.services.len() <= FEW {
        let older: Vec<Item> = all()
            .map(|at| Item::of(system, at, system.services[at].lower(), false))
            .collect();
        found.extend(any(system, &shelf, &older, Moment::AnyFirst, |at| {
            Some(Item::of(system, at, 1, true))
        }));
        let last = |at: usize| {
            let service = &system.services[at];
            (service.lower() >= service.desired).then(|| Item::of(system, at, 1, false))
        };
        found.extend(any(system, &shelf, &goal, Moment::AnyLast, last));
    }
    found
}

/// How many copies of a service there can be at once, on the best day and were it alone.
pub fn at_best(system: &System, at: usize) -> i64 {
    let service = &system.services[at];
    let shelf = Shelf {
        system,
        side: Side::Most,
        sums: [0; 4],
        free: Vec::new(),
    };
    shelf.slots(&service.old.least(&service.new))
}

/// Whether starts of a service surely find no room for a while: what its percents allow at once has none even on the best day.
pub fn crowded(system: &System, at: usize) -> bool {
    let service = &system.services[at];
    let more = (service.upper() - service.desired).min(service.desired);
    let mut items: Vec<Item> = vec![
        Item::of(system, at, service.desired, false),
        Item::of(system, at, more, true),
    ];
    for (other, one) in system.services.iter().enumerate().filter(|(other, _)| *other != at) {
        items.push(Item {
            at: other,
            count: one.lower(),
            shape: one.old.least(&one.new),
        });
    }
    Shelf::new(system, Side::Most)
        .overfull(&items, Moment::First(at))
        .is_some()
}

/// Whether tasks have no room together with one more of whichever service: then the refutation of one of them.
fn any(
    system: &System,
    shelf: &Shelf,
    items: &[Item],
    moment: Moment,
    more: impl Fn(usize) -> Option<Item>,
) -> Option<Refutation> {
    let mut first = None;
    for at in (0..system.services.len()).filter(|at| system.services[*at].desired > 0) {
        let mut with = items.to_vec();
        with.extend(more(at));
        let refutation = shelf.overfull(&with, moment)?;
        first.get_or_insert(refutation);
    }
    first
}

/// Tasks of one service.
#[derive(Clone, Debug)]
struct Item {
    at: usize,
    count: i64,
    shape: Shape,
}

impl Item {
    fn of(system: &System, at: usize, count: i64, new: bool) -> Item {
        let service = &system.services[at];
        let shape = if new { &service.new } else { &service.old };
        Item {
            at,
            count,
            shape: shape.clone(),
        }
    }
}

/// What all instances have together.
struct Shelf<'a> {
    system: &'a System,
    side: Side,
    /// Of each measure, counting on each instance only what tasks can come to.
    sums: [i64; 4],
    /// On how many instances each mark is free.
    free: Vec<i64>,
}

impl<'a> Shelf<'a> {
    fn new(system: &'a System, side: Side) -> Shelf<'a> {
        let sums = Measure::ALL.map(|measure| {
            let at = measure.at();
            let sizes: Vec<i64> = system
                .services
                .iter()
                .flat_map(|one| [one.old.amounts[at], one.new.amounts[at]])
                .collect();
            let tops = system.groups.iter().map(|group| {
                let steps = Steps::new(sizes.iter().copied(), group.has(side)[at]);
                group.count * steps.top()
            });
            tops.sum()
        });
        let free = (0..system.marks.len()).map(|mark| {
            let groups = system.groups.iter().filter(|group| !group.taken.contains(&mark));
            groups.map(|group| group.count).sum()
        });
        Shelf {
            system,
            side,
            sums,
            free: free.collect(),
        }
    }

    /// How many tasks of a shape all instances take.
    fn slots(&self, shape: &Shape) -> i64 {
        let groups = self.system.groups.iter().map(|group| {
            if shape.marks.iter().any(|mark| group.taken.contains(mark)) {
                return 0;
            }
            let has = group.has(self.side);
            let parts = Measure::ALL.iter().map(|measure| {
                let (has, size) = (has[measure.at()], shape.amounts[measure.at()]);
                has.max(0).checked_div(size).unwrap_or(i64::MAX)
            });
            let one = if shape.marks.is_empty() { i64::MAX } else { 1 };
            group.count.saturating_mul(parts.min().unwrap_or(i64::MAX).min(one))
        });
        groups.fold(0, i64::saturating_add)
    }

    /// The sum of each measure, over tasks.
    fn totals(&self, items: &[Item]) -> [i64; 4] {
        Measure::ALL.map(|measure| {
            items
                .iter()
                .map(|item| item.count * item.shape.amounts[measure.at()])
                .sum()
        })
    }

    /// Why the tasks have no room; `None` when no inequality says so.
    fn overfull(&self, items: &[Item], moment: Moment) -> Option<Refutation> {
        let who = |counts: &dyn Fn(&Item) -> bool| {
            let counted = items.iter().filter(|item| item.count > 0 && counts(item));
            let mut who: Vec<usize> = counted.map(|item| item.at).collect();
            who.sort_unstable();
            who.dedup();
            who
        };
        let mut wanted: BTreeMap<usize, i64> = BTreeMap::new();
        for item in items {
            for mark in &item.shape.marks {
                *wanted.entry(*mark).or_default() += item.count;
            }
        }
        for (mark, needed) in wanted {
            if needed > self.free[mark] {
                return Some(Refutation {
                    moment,
                    limit: Limit::Mark(mark),
                    needed,
                    there: self.free[mark],
                    who: who(&|item| item.shape.marks.contains(&mark)),
                });
            }
        }
        if let Some(item) = items.first()
            && items
                .iter()
                .all(|other| other.at == item.at && other.shape == item.shape)
        {
            // How many copies have room says more than a sum.
            let needed = items.iter().map(|item| item.count).sum();
            let parts = Measure::ALL.iter().map(|measure| item.shape.only(*measure));
            let mut shapes = parts.chain([item.shape.clone()]);
            if let Some(shape) = shapes.find(|shape| needed > self.slots(shape)) {
                return Some(Refutation {
                    moment,
                    needed,
                    there: self.slots(&shape),
                    limit: Limit::Count(shape),
                    who: vec![item.at],
                });
            }
        }
        let totals = self.totals(items);
        for measure in Measure::ALL {
            let (needed, there) = (totals[measure.at()], self.sums[measure.at()]);
            if needed > there {
                return Some(Refutation {
                    moment,
                    limit: Limit::Sum(measure),
                    needed,
                    there,
                    who: who(&|item| item.shape.amounts[measure.at()] > 0),
                });
            }
        }
        for shape in self.candidates(items) {
            let large = |item: &Item| item.shape.covers(&shape);
            let needed = items.iter().filter(|item| large(item)).map(|item| item.count).sum();
            let there = self.slots(&shape);
            if needed > there {
                let who = who(&large);
                return Some(Refutation {
                    moment,
                    limit: Limit::Count(shape),
                    needed,
                    there,
                    who,
                });
            }
        }
        None
    }

    /// Shapes by which tasks are counted: each task's own, where there are few each measure alone and what two share, too.
    fn candidates(&self, items: &[Item]) -> Vec<Shape> {
        let mut shapes: Vec<Shape> = Vec::new();
        let mut add = |shape: Shape| {
            if !shapes.contains(&shape) {
                shapes.push(shape);
            }
        };
        let some = || items.iter().filter(|item| item.count > 0);
        if items.len() > 2 * FEW {
            // All of one service are counted elsewhere; more would cost more than it finds.
            return shapes;
        }
        some().for_each(|item| add(item.shape.clone()));
        for item in some() {
            for measure in Measure::ALL
                .iter()
                .filter(|measure| item.shape.amounts[measure.at()] > 0)
            {
                add(item.shape.only(*measure));
            }
            some().for_each(|other| add(item.shape.least(&other.shape)));
        }
        shapes
    }

    /// Why a service's tasks have no room beside what all others keep, by the sums alone.
    fn over(&self, totals: &[i64; 4], kept: &Item, own: &[Item], moment: Moment) -> Option<Refutation> {
        let mine = self.totals(own);
        Measure::ALL.into_iter().find_map(|measure| {
            let at = measure.at();
            let needed = totals[at] - kept.count * kept.shape.amounts[at] + mine[at];
            (needed > self.sums[at]).then(|| Refutation {
                moment,
                limit: Limit::Sum(measure),
                needed,
                there: self.sums[at],
                who: (0..self.system.services.len()).collect(),
            })
        })
    }
}
