//! A quick look at whether a service ends, in floating point with room for its errors: most services of a large cluster are
//! settled by it, and only the close ones are reckoned exactly. In: a [`System`]. Out: yes, no, or look closer. Must not decide
//! what is close.

use super::system::{Course, Measure, Shape, System};

/// Smaller systems are reckoned exactly at once.
const MANY: usize = 48;
/// What sums of so many floating-point numbers are wrong by, at most, of 1.
const SLACK: f64 = 1e-9;

/// What is known after a quick look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Look {
    /// It ends: so many instances are blocked at most, and there is room for so many copies.
    Ends {
        /// The instances that can be blocked, of those that weigh.
        blocked: f64,
        /// The copies.
        copies: i64,
    },
    /// These weights prove nothing.
    Open,
    /// It is too close.
    Close,
}

/// Instances of one kind, as one service sees them: what of each measure blocks one, inverted, and their weight.
pub type Sight = ([f64; 4], f64);

/// The sizes of all services, side by side.
#[derive(Debug)]
pub struct Sieve {
    new: [Vec<f64>; 4],
    most: [Vec<f64>; 4],
    desired: Vec<f64>,
    changed: bool,
    standing: Vec<([f64; 4], f64)>,
    /// The services that want each mark.
    wanting: Vec<Vec<usize>>,
}

impl Sieve {
    /// A sieve for a large system; `None` for a small one.
    pub fn new(system: &System) -> Option<Sieve> {
        if system.services.len() < MANY {
            return None;
        }
        let sizes = |shape: &dyn Fn(usize, usize) -> i64| {
            Measure::ALL.map(|measure| {
                let services = 0..system.services.len();
                services.map(|at| shape(at, measure.at()) as f64).collect::<Vec<f64>>()
            })
        };
        let marks = system
            .services
            .iter()
            .flat_map(|one| one.old.marks.iter().chain(&one.new.marks));
        let mut wanting = vec![Vec::new(); marks.max().map_or(0, |last| last + 1)];
        for (at, service) in system.services.iter().enumerate() {
            let mut marks = service.old.marks.clone();
            marks.extend(&service.new.marks);
            marks.sort_unstable();
            marks.dedup();
            for mark in marks {
                wanting[mark].push(at);
            }
        }
        let service = |at: usize| &system.services[at];
        Some(Sieve {
            new: sizes(&|at, measure| service(at).new.amounts[measure]),
            most: sizes(&|at, measure| service(at).new.amounts[measure].max(service(at).old.amounts[measure])),
            desired: system.services.iter().map(|one| one.desired as f64).collect(),
            changed: system.services.iter().any(|one| one.old != one.new),
            standing: system
                .standing
                .iter()
                .map(|one| (one.shape.amounts.map(|amount| amount as f64), one.count as f64))
                .collect(),
            wanting,
        })
    }

    /// Looks at one service. `there` is the weight of all instances; with `full` all old copies hold room, too.
    pub fn look(&self, system: &System, at: usize, course: Course, full: bool, sights: &[Sight], there: f64) -> Look {
        let own = &system.services[at];
        let doubled = full && course == Course::Rollout;
        let factor = if doubled { 2.0 } else { 1.0 };
        let widest = sights.iter().map(|(_, weight)| *weight).fold(0.0, f64::max);
        let standing: f64 = self
            .standing
            .iter()
            .map(|(amounts, count)| count * share(amounts, sights))
            .sum();
        let clashing = self.clashing(at, &own.new) * factor * widest;
        let sum = self.sum(&self.most, sights);
        let alone = share(&self.size(&self.most, at), sights);
        // Copies that want what there is one of keep each other out.
        let each = if own.new.marks.is_empty() { alone } else { widest };
        // Its next copy is not there yet, unless all old ones are.
        let spared = course == Course::Fill || doubled || own.lower() < own.desired;
        let counted = self.desired[at] * factor - f64::from(spared);
        let others = (sum - self.desired[at] * alone) * factor + standing + clashing;
        let total = others.max(0.0) + counted * each;
        if total < there * (1.0 - SLACK) {
            let copies = match each > 0.0 {
                true => (((there * (1.0 - SLACK) - others) / each).floor() + 1.0).min(1e18) as i64,
                false => i64::MAX,
            };
            return Look::Ends { blocked: total, copies };
        }
        let fewest = match self.changed {
            true => self.sum(&self.new, sights),
            false => sum,
        };
        let next = share(&self.size(&self.new, at), sights);
        if fewest - next > there * (1.0 + SLACK) {
            return Look::Open;
        }
        Look::Close
    }

    /// How many copies of others want what this one wants of which there is one.
    fn clashing(&self, at: usize, shape: &Shape) -> f64 {
        let others = shape.marks.iter().flat_map(|mark| &self.wanting[*mark]);
        let others = others.filter(|other| **other != at);
        others.map(|other| self.desired[*other]).sum()
    }

    fn size(&self, sizes: &[Vec<f64>; 4], at: usize) -> [f64; 4] {
        [sizes[0][at], sizes[1][at], sizes[2][at], sizes[3][at]]
    }

    fn sum(&self, sizes: &[Vec<f64>; 4], sights: &[Sight]) -> f64 {
        let mut sum = 0.0;
        for at in 0..self.desired.len() {
            sum += self.desired[at] * share(&self.size(sizes, at), sights);
        }
        sum
    }
}

/// The share of an instance that a task blocks, at most, times the weight.
fn share(size: &[f64; 4], sights: &[Sight]) -> f64 {
    let mut most = 0.0_f64;
    for (inverted, weight) in sights {
        let mut share = 0.0_f64;
        for measure in 0..4 {
            share = share.max(size[measure] * inverted[measure]);
        }
        most = most.max(share.min(1.0) * weight);
    }
    most
}
