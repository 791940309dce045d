//! The verdict: proofs first, then a search. In: a [`System`] and its course. Out: one verdict for all together and one for
//! each service. Must not know specs.

use std::cmp::Reverse;

use super::board::{Board, Move, replay};
use super::proof::{Crowd, Spare, prove};
use super::refute::{Limit, Moment, Refutation, refute};
use super::search::search;
use super::system::{Course, Side, System};

/// What can be said of a course, before it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every run ends, wherever tasks land and however much memory the instances register between the bounds.
    Converges,
    /// Some run ends in a state without moves.
    MayStall(Stall),
    /// No run ends, even on the best day.
    Cannot(Refutation),
    /// None of these was found.
    Unproven(Doubt),
}

/// How a run stalls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stall {
    /// By these moves, on the least capacity.
    Run(Vec<Move>),
    /// When the instances register the least memory that they may.
    Image(Refutation),
}

/// Why nothing is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// An expression says which instances it may use; it is not evaluated here.
    Fenced,
    /// The system is too large to try every run.
    Large,
}

/// How a verdict was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By inequalities alone.
    Inequality,
    /// By a search.
    Search,
}

/// The verdicts of one course.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Of all services together.
    pub joint: Verdict,
    /// Of each service.
    pub each: Vec<Verdict>,
    /// Why each ends, where that is proved.
    pub spare: Vec<Option<Spare>>,
    /// How the joint verdict was found.
    pub way: Way,
    /// What violates an inequality, the plainest first.
    pub refutations: Vec<Refutation>,
}

/// Judges a course. Tasks that something starts end by themselves and delay only: they are left out here.
pub fn judge(system: &System, course: Course) -> Judgement {
    let alone;
    let system = match system.standing.is_empty() {
        true => system,
        false => {
            alone = System {
                standing: Vec::new(),
                ..system.clone()
            };
            &alone
        }
    };
    let spare = prove(system, course, Crowd::Settled);
    let proved = spare.iter().all(Option::is_some);
    let same = system.services.iter().all(|one| one.old == one.new);
    let refutations = match proved && (same || course == Course::Fill) {
        // A proof leaves nothing to refute.
        true => Vec::new(),
        false => refute(system, course, Side::Most),
    };
    let mut each: Vec<Verdict> = spare
        .iter()
        .enumerate()
        .map(|(at, spare)| {
            if spare.is_some() {
                return Verdict::Converges;
            }
            let own = refutations.iter().find(|one| one.who.contains(&at));
            match own {
                Some(refutation) => Verdict::Cannot(refutation.clone()),
                None if system.services[at].fenced => Verdict::Unproven(Doubt::Fenced),
                None => Verdict::Unproven(Doubt::Large),
            }
        })
        .collect();
    let done = |joint, each, way| Judgement {
        joint,
        each,
        spare: spare.clone(),
        way,
        refutations: refutations.clone(),
    };
    if let Some(first) = refutations.first() {
        return done(Verdict::Cannot(first.clone()), each, Way::Inequality);
    }
    let varies = system.groups.iter().any(|group| group.least != group.most);
    if proved {
        let stands = course == Course::Fill || same || has_placement(system);
        if stands {
            return done(Verdict::Converges, each, Way::Inequality);
        }
    } else if varies {
        let worst = refute(system, course, Side::Least);
        for (at, verdict) in each
            .iter_mut()
            .enumerate()
            .filter(|(_, one)| matches!(one, Verdict::Unproven(_)))
        {
            if let Some(one) = worst.iter().find(|one| one.who.contains(&at)) {
                *verdict = Verdict::MayStall(Stall::Image(one.clone()));
            }
        }
        if let Some(first) = worst.first() {
            let open: Vec<usize> = (0..each.len()).filter(|at| spare[*at].is_none()).collect();
            return match is_hopeless(system, course, &open) {
                true => {
                    let tried = tried(&open);
                    for at in open {
                        each[at] = Verdict::Cannot(tried.clone());
                    }
                    done(Verdict::Cannot(tried), each, Way::Search)
                }
                false => done(Verdict::MayStall(Stall::Image(first.clone())), each, Way::Inequality),
            };
        }
    }
    if system.services.iter().any(|one| one.fenced) {
        // Where its copies may go is not known, so that no run can be told.
        return done(Verdict::Unproven(Doubt::Fenced), each, Way::Search);
    }
    let open: Vec<usize> = (0..each.len()).filter(|at| spare[*at].is_none()).collect();
    let found = search(system, course, Side::Least, &open);
    let hopeless = found.whole && !found.good;
    if hopeless && (!varies || is_hopeless(system, course, &open)) {
        let tried = tried(&open);
        for at in open {
            each[at] = Verdict::Cannot(tried.clone());
        }
        return done(Verdict::Cannot(tried), each, Way::Search);
    }
    if let Some(run) = found.stall {
        let stall = Verdict::MayStall(Stall::Run(run.clone()));
        for at in unfinished(system, course, &run) {
            if matches!(each[at], Verdict::Unproven(_)) {
                each[at] = stall.clone();
            }
        }
        return done(stall, each, Way::Search);
    }
    if found.whole && found.good && !varies {
        let all = vec![Verdict::Converges; each.len()];
        return done(Verdict::Converges, all, Way::Search);
    }
    done(Verdict::Unproven(Doubt::Large), each, Way::Search)
}

/// What is said when every run was tried and none ends.
fn tried(open: &[usize]) -> Refutation {
    Refutation {
        moment: Moment::Goal,
        limit: Limit::Tried,
        needed: 1,
        there: 0,
        who: open.to_vec(),
    }
}

/// Whether no run ends even on the best day.
fn is_hopeless(system: &System, course: Course, open: &[usize]) -> bool {
    let best = search(system, course, Side::Most, open);
    best.whole && !best.good
}

/// The services that are not done after a run.
fn unfinished(system: &System, course: Course, run: &[Move]) -> Vec<usize> {
    let board = replay(system, Side::Least, course, run).expect("each move of a witness is allowed");
    (0..system.services.len()).filter(|at| !board.is_done(*at)).collect()
}

/// Whether the copies of today have a placement on the least capacity: found by placing the largest first.
fn has_placement(system: &System) -> bool {
    let mut board = Board::new(system, Side::Least);
    let mut order: Vec<usize> = (0..system.services.len()).collect();
    order.sort_by_key(|at| Reverse(system.services[*at].old.amounts[1]));
    order.into_iter().all(|service| {
        // An instance that refused a copy refuses the next one, too.
        let mut first = 0;
        (0..system.services[service].desired).all(|_| {
            let mut hosts = first..board.hosts();
            let host = hosts.find(|host| board.fits(&system.services[service].old, *host));
            first = host.unwrap_or(first);
            if let Some(host) = host {
                board.make(Move::Stands { service, host });
            }
            host.is_some()
        })
    })
}
