//! Proofs that a service ends its rollout, whatever runs first and wherever tasks land. In: a [`System`]. Out: for each
//! service whether it is done in every state without moves. Must not search.
//!
//! In such a state an unfinished service has no more than L copies, or lacks one without any old ones, and no instance takes
//! its next task. An instance refuses it only when others take `has − size + 1` or more of some measure (or its port). So
//! each task there blocks at most the share `taken / (has − size + 1)` of one instance, the most of all measures and at most
//! one; when the shares of all tasks that can be there come to less than the number of instances, one instance is free. Shares
//! of several kinds of instances are compared by weights, of which any choice is sound (weak duality).

use super::sieve::{self, Look, Sieve};
use super::steps::Steps;
use super::system::{Amounts, Course, Group, Measure, Service, Shape, Side, System};

/// One whole instance, as shares are counted: they are rounded up, so that no rounding proves too much.
pub const WHOLE: i64 = 1 << 40;
/// The largest weight.
const HEAVY: i64 = 1 << 16;
/// Up to how many services each kind of instances is looked at alone.
const ALONE: usize = 1000;
/// How many pairs of services are looked at before later rounds are left out.
const PAIRS: usize = 60_000_000;

/// Why a service ends: how many instances all others can block for its next task, of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spare {
    /// How many instances can be blocked at once, at most, where instances are of one kind.
    pub blocked: i64,
    /// How many instances could take it, were they empty.
    pub instances: i64,
    /// How many copies of it there is room for at once, when the rest is as crowded as was asked.
    pub copies: i64,
}

/// How many copies are counted of each service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crowd {
    /// What there is in a state without moves.
    Settled,
    /// All that can hold room at any moment: new ones, old ones, those that stop.
    Full,
}

/// What is looked at, and when.
#[derive(Clone, Copy)]
struct Sight {
    course: Course,
    crowd: Crowd,
}

impl Sight {
    /// The most that copies of a service block: `fresh` new ones at most, each a share of `new`, and old ones of `old`.
    fn taken(self, service: &Service, fresh: i64, new: i128, old: i128, ended: bool) -> i128 {
        let (desired, lower) = (i128::from(service.desired), i128::from(service.lower()));
        let done = i128::from(fresh) * new;
        match (self.course, self.crowd) {
            (Course::Fill, _) => done,
            (Course::Rollout, Crowd::Full) => done + desired * old,
            // Some old one is left, and no more copies than must stay.
            (Course::Rollout, Crowd::Settled) if lower > 0 && !ended => done.max(old + (lower - 1) * new.max(old)),
            (Course::Rollout, Crowd::Settled) => done,
        }
    }
}

/// The proofs: for each service, why it ends, or nothing.
pub fn prove(system: &System, course: Course, crowd: Crowd) -> Vec<Option<Spare>> {
    let ledger = Ledger::new(system);
    let mut done: Vec<Option<Spare>> = vec![None; system.services.len()];
    let changes = course == Course::Rollout && system.services.iter().any(|one| one.old != one.new);
    let rounds = match changes {
        true => (PAIRS / (system.services.len().pow(2) + 1)).clamp(1, system.services.len().max(1)),
        // Knowing that another has ended says more only where its size changes.
        false => 1,
    };
    for _ in 0..rounds {
        let ended: Vec<bool> = done.iter().map(Option::is_some).collect();
        for at in 0..done.len() {
            if !ended[at] {
                done[at] = ledger.ends(at, Sight { course, crowd }, &ended);
            }
        }
        if done.iter().map(Option::is_some).eq(ended) {
            break;
        }
    }
    done
}

/// A quick look was too close to tell.
struct Closer;

/// A system with what is the same for all its services.
struct Ledger<'a> {
    system: &'a System,
    /// For large systems.
    sieve: Option<Sieve>,
    /// For each group and measure, the sums that tasks come to.
    steps: Vec<Vec<Steps>>,
}

/// What blocks an instance of one group for one task: that much of a measure, or nothing of it can.
type Needs = [Option<i64>; 4];

impl<'a> Ledger<'a> {
    fn new(system: &'a System) -> Ledger<'a> {
        let steps = |group: &Amounts| {
            let measures = Measure::ALL.iter();
            let each = measures.map(|measure| {
                let services = system.services.iter();
                let sizes = services.flat_map(|one| [one.old.amounts[measure.at()], one.new.amounts[measure.at()]]);
                let standing = system.standing.iter().map(|one| one.shape.amounts[measure.at()]);
                Steps::new(sizes.chain(standing), group[measure.at()])
            });
            each.collect()
        };
        Ledger {
            system,
            sieve: Sieve::new(system),
            steps: system
                .groups
                .iter()
                .map(|group| steps(group.has(Side::Least)))
                .collect(),
        }
    }

    /// What blocks an instance of each group for one more task; `None` for a group that never takes it.
    fn needs(&self, shape: &Shape) -> Vec<Option<Needs>> {
        let groups = self.system.groups.iter().zip(&self.steps);
        let of = groups.map(|(group, steps)| {
            let mut needs = [None; 4];
            if group.count == 0 || shape.marks.iter().any(|mark| group.taken.contains(mark)) {
                return None;
            }
            for measure in Measure::ALL {
                let (has, size) = (group.least[measure.at()], shape.amounts[measure.at()]);
                if size > has {
                    return None;
                }
                if size > 0 {
                    needs[measure.at()] = steps[measure.at()].up(has - size + 1);
                }
            }
            Some(needs)
        });
        of.collect()
    }

    fn ends(&self, at: usize, sight: Sight, ended: &[bool]) -> Option<Spare> {
        let own = &self.system.services[at];
        let needs = self.needs(&own.new);
        let fitting = |(group, need): (&Group, &Option<Needs>)| need.map_or(0, |_| group.count);
        let instances: i64 = self.system.groups.iter().zip(&needs).map(fitting).sum();
        if own.desired == 0 {
            return Some(Spare {
                blocked: 0,
                instances,
                copies: 0,
            });
        }
        if own.fenced || (sight.course == Course::Rollout && own.is_stuck()) {
            return None;
        }
        let weights = self.weights(&needs);
        weights.iter().find_map(|weights| {
            if let Some(sieve) = &self.sieve
                && let Ok(found) = self.look(sieve, at, sight, &needs, weights, instances)
            {
                return found;
            }
            let blocking = Blocking {
                needs: &needs,
                weights,
                shape: &own.new,
            };
            self.ends_by(at, sight, ended, &blocking, instances)
        })
    }

    /// What a quick look says: that it ends, that these weights prove nothing, or that a closer look is needed.
    fn look(
        &self,
        sieve: &Sieve,
        at: usize,
        sight: Sight,
        needs: &[Option<Needs>],
        weights: &[i64],
        instances: i64,
    ) -> Result<Option<Spare>, Closer> {
        let inverted = |need: Option<i64>| need.map_or(0.0, |need| 1.0 / need as f64);
        let seen = needs.iter().zip(weights).filter(|(_, weight)| **weight > 0);
        let seen: Vec<sieve::Sight> = seen
            .filter_map(|(needs, weight)| Some(((*needs)?.map(inverted), *weight as f64)))
            .collect();
        let groups = self.system.groups.iter().zip(weights);
        let there: i64 = groups.map(|(group, weight)| group.count * weight).sum();
        let full = sight.crowd == Crowd::Full;
        match sieve.look(self.system, at, sight.course, full, &seen, there as f64) {
            Look::Ends { blocked, copies } => Ok(Some(Spare {
                blocked: (blocked * instances as f64 / there as f64) as i64,
                instances,
                copies,
            })),
            Look::Open => Ok(None),
            Look::Close => Err(Closer),
        }
    }

    /// Whether the shares by these weights come to less than there is.
    fn ends_by(&self, at: usize, sight: Sight, ended: &[bool], blocking: &Blocking, instances: i64) -> Option<Spare> {
        let groups = self.system.groups.iter().zip(blocking.weights);
        let there: i128 = groups
            .map(|(group, weight)| i128::from(group.count) * i128::from(*weight) * i128::from(WHOLE))
            .sum();
        let standing = self.system.standing.iter();
        let mut others: i128 = standing
            .map(|one| i128::from(one.count) * i128::from(blocking.share(&one.shape)))
            .sum();
        let (mut own, mut each) = (0, 0);
        for (other, service) in self.system.services.iter().enumerate() {
            let new = i128::from(blocking.share(&service.new));
            let old = match service.old == service.new {
                true => new,
                false => i128::from(blocking.share(&service.old)),
            };
            if other == at {
                each = new.max(old);
                own = sight.taken(service, service.desired - 1, new, old, false);
            } else {
                others += sight.taken(service, service.desired, new, old, ended[other]);
            }
            if others + own >= there {
                return None;
            }
        }
        // One more task fits as long as what is there comes to less than all.
        let room = there - 1 - others;
        let copies = if each == 0 {
            i128::from(i64::MAX)
        } else {
            room / each + 1
        };
        let whole = (there / i128::from(instances)).max(1);
        Some(Spare {
            blocked: ((others + own) / whole) as i64,
            instances,
            copies: copies.min(i128::from(i64::MAX)) as i64,
        })
    }

    /// Weights of the groups to try: all the same, by what blocks them in each measure, each group alone. A group that never
    /// takes the task has none.
    fn weights(&self, needs: &[Option<Needs>]) -> Vec<Vec<i64>> {
        let able: Vec<bool> = needs.iter().map(Option::is_some).collect();
        let even: Vec<i64> = able.iter().map(|able| i64::from(*able)).collect();
        let count: i64 = even.iter().sum();
        let mut all = match count {
            0 => return Vec::new(),
            _ => vec![even],
        };
        if count == 1 {
            return all;
        }
        for measure in Measure::ALL {
            let need = |needs: &Option<Needs>| needs.and_then(|needs| needs[measure.at()]).unwrap_or(0);
            let most = needs.iter().map(need).max().unwrap_or(0);
            if most > 0 {
                let weight = |needs| need(needs) * HEAVY / most;
                all.push(needs.iter().map(weight).collect());
            }
        }
        for alone in (0..able.len()).filter(|at| able[*at] && self.system.services.len() <= ALONE) {
            all.push((0..able.len()).map(|at| i64::from(at == alone)).collect());
        }
        all
    }
}

/// What blocks the next task of one service, with weights for the groups.
struct Blocking<'a> {
    needs: &'a [Option<Needs>],
    weights: &'a [i64],
    shape: &'a Shape,
}

impl Blocking<'_> {
    /// The share of an instance that a task blocks, at most, in [`WHOLE`] times the weight.
    fn share(&self, task: &Shape) -> i64 {
        let clashes = !task.marks.is_empty() && self.shape.clashes(task);
        let groups = self.needs.iter().zip(self.weights);
        let shares = groups.filter_map(|(needs, weight)| {
            let share = match clashes {
                true => WHOLE,
                false => share(needs.as_ref()?, &task.amounts),
            };
            Some(share * weight)
        });
        shares.max().unwrap_or(0)
    }
}

fn share(needs: &Needs, amounts: &Amounts) -> i64 {
    let mut most = 0;
    for (need, amount) in needs.iter().zip(amounts) {
        let Some(need) = *need else { continue };
        if *amount >= need {
            return WHOLE;
        }
        // Rounded up; sizes are below 2^23 of any measure but memory, whose own bound keeps this within an i128.
        let part = (i128::from(*amount) * i128::from(WHOLE) + i128::from(need) - 1) / i128::from(need);
        most = most.max(part as i64);
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::bounds::Percents;

    /// A large system of a number: services of many sizes on instances of two kinds, about as many as fit.
    fn large(number: i64) -> System {
        let mut seed = number;
        let mut draw = |most: i64| {
            seed = (seed * 1_103_515_245 + 12_345) % (1 << 31);
            (seed >> 8) % most
        };
        let group = |count: i64, memory: i64| Group {
            name: "any".into(),
            count,
            least: [4096, memory, 20, 0],
            most: [4096, memory, 20, 0],
            taken: Vec::new(),
        };
        let groups = vec![group(20 + draw(20), 8000), group(10 + draw(10), 16_000)];
        let services = (0..50).map(|at| {
            let shape = |draw: &mut dyn FnMut(i64) -> i64| Shape {
                amounts: [draw(400), 1 + draw(5000), draw(2), 0],
                marks: if at % 9 == 0 { vec![at / 18] } else { Vec::new() },
            };
            let old = shape(&mut draw);
            let new = if draw(3) == 0 { shape(&mut draw) } else { old.clone() };
            Service {
                name: "one".into(),
                desired: draw(4),
                percents: Percents {
                    healthy: [100, 100, 50][draw(3) as usize],
                    surge: 200,
                },
                old,
                new,
                fenced: false,
            }
        });
        System {
            services: services.collect(),
            groups,
            ..System::default()
        }
    }

    #[test]
    fn a_quick_look_never_says_another_thing_than_a_close_one() {
        let (mut ends, mut open) = (0, 0);
        for number in 0..24 {
            let system = large(number);
            let quick = Ledger::new(&system);
            let exact = Ledger {
                sieve: None,
                ..Ledger::new(&system)
            };
            assert!(quick.sieve.is_some());
            let ended = vec![false; system.services.len()];
            for course in [Course::Fill, Course::Rollout] {
                for crowd in [Crowd::Settled, Crowd::Full] {
                    for at in 0..system.services.len() {
                        let sight = Sight { course, crowd };
                        let (quick, exact) = (quick.ends(at, sight, &ended), exact.ends(at, sight, &ended));
                        assert_eq!(quick.is_some(), exact.is_some(), "{number} {at} {course:?} {crowd:?}");
                        let copies = |spare: Option<Spare>| spare.map(|spare| spare.copies);
                        assert!(copies(quick) <= copies(exact), "{quick:?} {exact:?}");
                        match exact {
                            Some(_) => ends += 1,
                            None => open += 1,
                        }
                    }
                }
            }
        }
        assert!(ends > 300 && open > 300, "{ends} {open}");
    }
}
