//! The truth about small systems: every run of them, from every placement. It shares no code with the analysis: a state is
//! one number, tasks are digits in it, and runs are followed in breadth.

#![allow(
    clippy::disallowed_types,
    reason = "nothing here depends on the order of a set, and a tree of them is slow"
)]

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

/// A task: CPU, memory, whether it wants the port, whether it wants to be the only copy of its service on an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    pub cpu: u32,
    pub memory: u32,
    pub port: bool,
    pub alone: bool,
}

/// A service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    pub desired: u32,
    /// How many copies there are when a rollout begins.
    pub today: u32,
    /// Whether its copies of today stay where they are, and nothing more of it comes.
    pub stays: bool,
    /// The percents as written.
    pub min: u32,
    pub max: u32,
    pub old: Task,
    pub new: Task,
}

/// A small system: at most four instances and three services of at most seven tasks, by what fits into a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Small {
    /// CPU and memory of each instance; alike ones stand side by side.
    pub hosts: Vec<(u32, u32)>,
    /// How much more memory each may have.
    pub more: u32,
    pub services: Vec<Service>,
    /// Whether all copies are replaced, or only come.
    pub rollout: bool,
}

/// What all runs together are like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Truth {
    /// Whether the copies of today have a placement.
    pub begins: bool,
    /// Whether some run ends well.
    pub ends: bool,
    /// Which services are unfinished in some state without moves, a bit each.
    pub stuck: u8,
    /// How many states there are.
    pub states: usize,
}

/// A fast hash of a number that is a state.
#[derive(Default)]
pub struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..part.len()].copy_from_slice(part);
            self.0 = (self.0 ^ u64::from_le_bytes(word)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            self.0 ^= self.0 >> 29;
        }
    }
}

type Seen = HashSet<u128, BuildHasherDefault<Mix>>;

/// Bits of an instance in a state: three for each kind of task, of which there are six.
const HOST: u32 = 18;

fn digit(state: u128, host: usize, kind: usize) -> u32 {
    (state >> (host as u32 * HOST + kind as u32 * 3)) as u32 & 7
}

fn unit(host: usize, kind: usize) -> u128 {
    1 << (host as u32 * HOST + kind as u32 * 3)
}

impl Small {
    fn task(&self, kind: usize) -> Task {
        let service = self.services[kind / 2];
        if kind.is_multiple_of(2) {
            service.old
        } else {
            service.new
        }
    }

    fn kinds(&self) -> usize {
        self.services.len() * 2
    }

    fn count(&self, state: u128, kind: usize) -> u32 {
        (0..self.hosts.len()).map(|host| digit(state, host, kind)).sum()
    }

    fn lower(&self, at: usize) -> u32 {
        let service = self.services[at];
        (service.desired * service.min).div_ceil(100)
    }

    fn upper(&self, at: usize) -> u32 {
        let service = self.services[at];
        service.desired * service.max / 100
    }

    /// Whether one more task goes onto an instance that has `more` memory than the least.
    fn takes(&self, state: u128, host: usize, kind: usize, more: u32) -> bool {
        let wanted = self.task(kind);
        let (mut cpu, mut memory) = (wanted.cpu, wanted.memory);
        for other in 0..self.kinds() {
            let count = digit(state, host, other);
            if count == 0 {
                continue;
            }
            let task = self.task(other);
            cpu += count * task.cpu;
            memory += count * task.memory;
            if task.port && wanted.port || task.alone && wanted.alone && other / 2 == kind / 2 {
                return false;
            }
        }
        cpu <= self.hosts[host].0 && memory <= self.hosts[host].1 + more && digit(state, host, kind) < 7
    }

    /// The same state with alike instances in order.
    fn in_order(&self, state: u128) -> u128 {
        let mask = (1u128 << HOST) - 1;
        let mut parts: Vec<u128> = (0..self.hosts.len())
            .map(|host| state >> (host as u32 * HOST) & mask)
            .collect();
        let mut from = 0;
        while from < parts.len() {
            let alike = self.hosts[from..]
                .iter()
                .take_while(|host| **host == self.hosts[from])
                .count();
            parts[from..from + alike].sort_unstable();
            from += alike;
        }
        parts.iter().rev().fold(0, |state, part| state << HOST | part)
    }

    fn is_done(&self, state: u128, at: usize) -> bool {
        if self.services[at].stays {
            return true;
        }
        self.count(state, at * 2) == 0 && self.count(state, at * 2 + 1) == self.services[at].desired
    }

    /// The states that one move leads to.
    fn next(&self, state: u128, more: u32, into: &mut Vec<u128>) {
        into.clear();
        for at in (0..self.services.len()).filter(|at| !self.services[*at].stays) {
            let (old, new) = (self.count(state, at * 2), self.count(state, at * 2 + 1));
            for host in 0..self.hosts.len() {
                let may_start = new < self.services[at].desired && old + new < self.upper(at);
                if may_start && self.takes(state, host, at * 2 + 1, more) {
                    into.push(state + unit(host, at * 2 + 1));
                }
                if old + new > self.lower(at) && digit(state, host, at * 2) > 0 {
                    into.push(state - unit(host, at * 2));
                }
            }
        }
    }

    /// Every placement of the copies of today.
    fn beginnings(&self, more: u32, most: usize) -> Option<Vec<u128>> {
        let mut states = vec![0];
        if !self.rollout {
            return Some(states);
        }
        for at in 0..self.services.len() {
            for _ in 0..self.services[at].today {
                let mut next = Seen::default();
                for state in &states {
                    for host in 0..self.hosts.len() {
                        if self.takes(*state, host, at * 2, more) {
                            next.insert(self.in_order(state + unit(host, at * 2)));
                        }
                    }
                }
                if next.len() > most {
                    return None;
                }
                states = next.into_iter().collect();
            }
        }
        Some(states)
    }

    /// Follows every run; `None` when there are more states than `most`.
    pub fn explore(&self, more: u32, most: usize) -> Option<Truth> {
        let mut truth = Truth::default();
        let mut front = self.beginnings(more, most)?;
        truth.begins = !front.is_empty();
        let mut seen: Seen = front.iter().copied().collect();
        let mut moves = Vec::new();
        while let Some(state) = front.pop() {
            self.next(state, more, &mut moves);
            if moves.is_empty() {
                let stuck = (0..self.services.len()).filter(|at| !self.is_done(state, *at));
                let stuck = stuck.fold(0, |stuck, at| stuck | 1 << at);
                truth.ends |= stuck == 0;
                truth.stuck |= stuck;
            }
            for state in &moves {
                let state = self.in_order(*state);
                if seen.insert(state) {
                    front.push(state);
                }
            }
            if seen.len() > most {
                return None;
            }
        }
        truth.states = seen.len();
        Some(truth)
    }

    /// Whether a run is one, on the least capacity, and ends in a state without moves that is no good end. A step is a kind of
    /// task, an instance, and whether it comes or goes; the copies of today come first.
    pub fn stalls(&self, run: &[(usize, usize, bool)]) -> bool {
        let mut state = 0;
        let placed = run
            .iter()
            .take_while(|(kind, _, comes)| kind % 2 == 0 && *comes)
            .count();
        let (today, moves) = run.split_at(if self.rollout { placed } else { 0 });
        for (kind, host, _) in today.iter().copied() {
            if !self.takes(state, host, kind, 0) {
                return false;
            }
            state += unit(host, kind);
        }
        let is_steady = |at: usize| self.count(state, at * 2) == self.services[at].desired;
        if self.rollout && !(0..self.services.len()).all(is_steady) {
            return false;
        }
        let mut next = Vec::new();
        for (kind, host, comes) in moves.iter().copied() {
            self.next(state, 0, &mut next);
            let wanted = match comes {
                true => state + unit(host, kind),
                false => state - unit(host, kind),
            };
            if !next.contains(&wanted) {
                return false;
            }
            state = wanted;
        }
        self.next(state, 0, &mut next);
        next.is_empty() && (0..self.services.len()).any(|at| !self.is_done(state, at))
    }
}
