//! Looks for a run into a state without moves: first by filling instances so that one service finds none, then by trying
//! moves one after another, up to a bound. In: a [`System`], the services that are not proved. Out: a run, or that all runs were
//! tried. Must not prove.

use std::collections::BTreeSet;

use super::board::{Board, Key, Move};
use super::system::{Course, Measure, Side, System};

/// How many states are looked at.
const STATES: usize = 20_000;
/// With how many instances and copies trying moves can end.
const SMALL: (usize, i64) = (12, 80);
/// For how many services instances are filled.
const VICTIMS: usize = 2;
/// How many copies times services are looked at to fill instances, at most.
const CHOICES: i64 = 1_000_000;

/// What a search has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// A run into a state without moves.
    pub stall: Option<Vec<Move>>,
    /// Whether some run ends well.
    pub good: bool,
    /// Whether all runs were tried, of this side of the capacity.
    pub whole: bool,
}

/// Searches; `open` are the services of which it is not proved that they end.
pub fn search(system: &System, course: Course, side: Side, open: &[usize]) -> Found {
    let copies: i64 = system.services.iter().map(|one| one.desired).sum();
    let small = system.instances() as usize <= SMALL.0 && copies <= SMALL.1;
    if !small {
        if copies * system.services.len() as i64 > CHOICES {
            return Found::default();
        }
        let runs = open.iter().take(VICTIMS);
        let mut runs = runs.filter_map(|victim| block(system, course, side, *victim));
        return Found {
            stall: runs.next(),
            ..Found::default()
        };
    }
    let mut trial = Trial {
        system,
        open,
        board: Board::new(system, side),
        seen: BTreeSet::new(),
        path: Vec::new(),
        found: Found {
            whole: true,
            ..Found::default()
        },
    };
    match course {
        Course::Fill => trial.play(),
        Course::Rollout => trial.place(0),
    }
    let mut found = trial.found;
    if found.stall.is_none() && !found.whole {
        let mut runs = open.iter().filter_map(|victim| block(system, course, side, *victim));
        found.stall = runs.next();
    }
    found
}

/// Tries moves, those first that leave the least room for what is not proved.
struct Trial<'a> {
    system: &'a System,
    open: &'a [usize],
    board: Board<'a>,
    seen: BTreeSet<Key>,
    path: Vec<Move>,
    found: Found,
}

impl Trial<'_> {
    /// Whether nothing more can be learned.
    fn is_over(&self) -> bool {
        !self.found.whole || (self.found.stall.is_some() && self.found.good)
    }

    /// Whether a state is new. Instances that are alike are the same in any order.
    fn enter(&mut self, phase: usize) -> bool {
        let mut hosts: Vec<(usize, Key)> = (0..self.board.hosts())
            .map(|host| (self.board.group(host), self.board.key(host)))
            .collect();
        hosts.sort_unstable();
        let mut key = vec![(phase, false, 0)];
        for (group, tasks) in hosts {
            key.push((usize::MAX, false, group as i64));
            key.extend(tasks);
        }
        if self.seen.len() >= STATES {
            self.found.whole = false;
            return false;
        }
        self.seen.insert(key)
    }

    /// Places the copies of today, from a service on.
    fn place(&mut self, service: usize) {
        if self.is_over() || !self.enter(service + 1) {
            return;
        }
        let Some(one) = self.system.services.get(service) else {
            return self.play();
        };
        if self.board.copies(service).0 == one.desired {
            return self.place(service + 1);
        }
        let mut hosts: Vec<usize> = (0..self.board.hosts())
            .filter(|host| self.board.fits(&one.old, *host))
            .collect();
        let mut known = BTreeSet::new();
        hosts.retain(|host| known.insert((self.board.group(*host), self.board.key(*host))));
        // Spread out, small tasks spoil the most room for large ones.
        hosts.sort_by_key(|host| std::cmp::Reverse(self.board.free(*host)[1]));
        for host in hosts {
            self.go(Move::Stands { service, host }, |trial| trial.place(service));
        }
    }

    fn play(&mut self) {
        if self.is_over() || !self.enter(0) {
            return;
        }
        let mut moves = self.board.moves();
        if moves.is_empty() {
            let mut services = 0..self.system.services.len();
            if services.all(|service| self.board.is_done(service)) {
                self.found.good = true;
            } else {
                self.found.stall.get_or_insert_with(|| self.path.clone());
            }
            return;
        }
        let (open, board, stalled) = (self.open, &self.board, self.found.stall.is_some());
        moves.sort_by_key(|step| match *step {
            Move::Stops { service, .. } | Move::Stands { service, .. } => (open.contains(&service) != stalled, 0),
            Move::Starts { service, host } => (open.contains(&service) != stalled, -board.free(host)[1]),
        });
        for step in moves {
            self.go(step, Trial::play);
        }
    }

    fn go(&mut self, step: Move, then: impl FnOnce(&mut Self)) {
        if self.is_over() {
            return;
        }
        self.board.make(step);
        self.path.push(step);
        then(self);
        self.path.pop();
        self.board.take_back(step);
    }
}

/// Fills the instances so that none takes the next task of one service, and lets all others run to their end around it.
fn block(system: &System, course: Course, side: Side, victim: usize) -> Option<Vec<Move>> {
    let own = &system.services[victim];
    let rollout = course == Course::Rollout;
    if own.desired == 0 || (rollout && own.lower() < own.desired) {
        return None;
    }
    let mut board = Board::new(system, side);
    let mut run = Vec::new();
    let mut left: Vec<i64> = system.services.iter().map(|one| one.desired).collect();
    if !rollout {
        left[victim] -= 1;
    }
    let shape = |at: usize| match rollout {
        true => &system.services[at].old,
        false => &system.services[at].new,
    };
    let stands = |service, host| match rollout {
        true => Move::Stands { service, host },
        false => Move::Starts { service, host },
    };
    let mut sizes: Vec<usize> = (0..system.services.len()).collect();
    sizes.sort_by_key(|at| shape(*at).amounts[1]);
    for host in 0..board.hosts() {
        while board.fits(&own.new, host) {
            let free = board.free(host);
            let fitting = || {
                sizes
                    .iter()
                    .copied()
                    .filter(|at| left[*at] > 0 && board.fits(shape(*at), host))
            };
            // The smallest that closes the instance, else the largest that goes in.
            let closes = |at: &usize| {
                let taken = shape(*at);
                let short = |measure: &Measure| {
                    let wanted = own.new.amounts[measure.at()];
                    wanted > 0 && free[measure.at()] - taken.amounts[measure.at()] < wanted
                };
                taken.clashes(&own.new) || Measure::ALL.iter().any(short)
            };
            let chosen = fitting().find(closes).or_else(|| fitting().next_back())?;
            left[chosen] -= 1;
            let step = stands(chosen, host);
            board.make(step);
            run.push(step);
        }
    }
    // The rest goes wherever it fits.
    for at in sizes.iter().rev().copied() {
        while left[at] > 0 {
            let Some(host) = (0..board.hosts()).find(|host| board.fits(shape(at), *host)) else {
                if rollout {
                    return None;
                }
                break;
            };
            left[at] -= 1;
            let step = stands(at, host);
            board.make(step);
            run.push(step);
        }
    }
    if rollout {
        finish(system, victim, &mut board, &mut run);
    }
    board.is_dead().then_some(run)
}

/// Replaces the copies of all others, each in its own place where that can be.
fn finish(system: &System, victim: usize, board: &mut Board, run: &mut Vec<Move>) {
    let mut step = |board: &mut Board, step| {
        board.make(step);
        run.push(step);
    };
    loop {
        let mut moved = false;
        for service in (0..system.services.len()).filter(|at| *at != victim) {
            let new = &system.services[service].new;
            while board.may_start(service) {
                let mut hosts: Vec<usize> = (0..board.hosts()).filter(|host| board.fits(new, *host)).collect();
                hosts.sort_by_key(|host| board.old_on(service, *host) == 0);
                let Some(host) = hosts.first().copied() else { break };
                step(board, Move::Starts { service, host });
                moved = true;
                if board.may_stop(service) && board.old_on(service, host) > 0 {
                    step(board, Move::Stops { service, host });
                }
            }
            while board.may_stop(service) {
                let mut hosts = (0..board.hosts()).filter(|host| board.old_on(service, *host) > 0);
                let host = hosts.next().expect("an old copy is somewhere");
                step(board, Move::Stops { service, host });
                moved = true;
            }
        }
        if !moved {
            return;
        }
    }
}
