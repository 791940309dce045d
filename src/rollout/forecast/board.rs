//! Tasks on instances, one by one, and the moves that ECS may make: what a witness is played on. In: a [`System`], moves.
//! Out: whether a move is allowed, what follows. Must not know why a move is made.

use std::collections::BTreeMap;

use super::system::{Amounts, Course, Shape, Side, System};

/// A move, or a copy of today at its place before the first one. Instances are counted from 0, group after group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// A copy of today is there.
    Stands {
        /// The service.
        service: usize,
        /// The instance.
        host: usize,
    },
    /// A new copy starts.
    Starts {
        /// The service.
        service: usize,
        /// The instance.
        host: usize,
    },
    /// An old copy stops.
    Stops {
        /// The service.
        service: usize,
        /// The instance.
        host: usize,
    },
}

/// What an instance runs: of each service, old or new copies, how many.
pub type Key = Vec<(usize, bool, i64)>;

/// A copy of a service: which, and whether it is a new one.
type Copy = (usize, bool);

/// The tasks on the instances. Starts and stops take no time: what delays adds is no state without moves.
#[derive(Clone, Debug)]
pub struct Board<'a> {
    system: &'a System,
    side: Side,
    /// The group of each instance.
    groups: Vec<usize>,
    used: Vec<Amounts>,
    tasks: Vec<BTreeMap<Copy, i64>>,
    old: Vec<i64>,
    new: Vec<i64>,
}

impl<'a> Board<'a> {
    /// Empty instances with the capacity of one side.
    pub fn new(system: &'a System, side: Side) -> Board<'a> {
        let groups: Vec<usize> = system
            .groups
            .iter()
            .enumerate()
            .flat_map(|(at, group)| (0..group.count).map(move |_| at))
            .collect();
        Board {
            system,
            side,
            used: vec![[0; 4]; groups.len()],
            tasks: vec![BTreeMap::new(); groups.len()],
            old: vec![0; system.services.len()],
            new: vec![0; system.services.len()],
            groups,
        }
    }

    /// How many instances there are.
    pub fn hosts(&self) -> usize {
        self.groups.len()
    }

    /// The group of an instance.
    pub fn group(&self, host: usize) -> usize {
        self.groups[host]
    }

    /// How many old copies of a service there are, and how many new ones.
    pub fn copies(&self, service: usize) -> (i64, i64) {
        (self.old[service], self.new[service])
    }

    /// How many old copies of a service an instance runs.
    pub fn old_on(&self, service: usize, host: usize) -> i64 {
        self.tasks[host].get(&(service, false)).copied().unwrap_or(0)
    }

    /// What is free of each measure.
    pub fn free(&self, host: usize) -> Amounts {
        let has = self.system.groups[self.groups[host]].has(self.side);
        let mut free = *has;
        for (free, used) in free.iter_mut().zip(self.used[host]) {
            *free -= used;
        }
        free
    }

    /// What runs on an instance, as a key: equal ones are the same to every service.
    pub fn key(&self, host: usize) -> Key {
        let tasks = self.tasks[host].iter();
        tasks.map(|((service, new), count)| (*service, *new, *count)).collect()
    }

    /// Whether a task fits.
    pub fn fits(&self, shape: &Shape, host: usize) -> bool {
        let enough = self
            .free(host)
            .iter()
            .zip(shape.amounts)
            .all(|(free, size)| size <= *free || size == 0);
        if !enough || shape.marks.is_empty() {
            return enough;
        }
        let group = &self.system.groups[self.groups[host]];
        let taken = shape.marks.iter().any(|mark| group.taken.contains(mark));
        !taken && !self.tasks[host].keys().any(|copy| self.shape(*copy).clashes(shape))
    }

    /// Whether a service may start a new copy, but for room.
    pub fn may_start(&self, service: usize) -> bool {
        let one = &self.system.services[service];
        self.new[service] < one.desired && self.old[service] + self.new[service] < one.upper()
    }

    /// Whether a service may stop an old copy.
    pub fn may_stop(&self, service: usize) -> bool {
        let one = &self.system.services[service];
        self.old[service] > 0 && self.old[service] + self.new[service] > one.lower()
    }

    /// Whether a service has all new copies and no old ones.
    pub fn is_done(&self, service: usize) -> bool {
        self.old[service] == 0 && self.new[service] == self.system.services[service].desired
    }

    /// The moves that are allowed, of each service on each instance; of instances that are alike only the first.
    pub fn moves(&self) -> Vec<Move> {
        let mut firsts: Vec<usize> = Vec::new();
        let mut keys = std::collections::BTreeSet::new();
        for host in 0..self.hosts() {
            if keys.insert((self.groups[host], self.key(host))) {
                firsts.push(host);
            }
        }
        let mut moves = Vec::new();
        for (service, one) in self.system.services.iter().enumerate() {
            if self.may_start(service) {
                let fitting = firsts.iter().filter(|host| self.fits(&one.new, **host));
                moves.extend(fitting.map(|host| Move::Starts { service, host: *host }));
            }
            if self.may_stop(service) {
                let running = firsts.iter().filter(|host| self.old_on(service, **host) > 0);
                moves.extend(running.map(|host| Move::Stops { service, host: *host }));
            }
        }
        moves
    }

    /// Whether no move is allowed and something is not done.
    pub fn is_dead(&self) -> bool {
        let mut services = 0..self.system.services.len();
        services.any(|service| !self.is_done(service)) && self.moves().is_empty()
    }

    /// Makes a move; it is allowed.
    pub fn make(&mut self, step: Move) {
        match step {
            Move::Stands { service, host } => self.change(service, host, false, 1),
            Move::Starts { service, host } => self.change(service, host, true, 1),
            Move::Stops { service, host } => self.change(service, host, false, -1),
        }
    }

    /// Takes a move back.
    pub fn take_back(&mut self, step: Move) {
        match step {
            Move::Stands { service, host } => self.change(service, host, false, -1),
            Move::Starts { service, host } => self.change(service, host, true, -1),
            Move::Stops { service, host } => self.change(service, host, false, 1),
        }
    }

    fn change(&mut self, service: usize, host: usize, new: bool, by: i64) {
        let amounts = self.shape((service, new)).amounts;
        for (used, amount) in self.used[host].iter_mut().zip(amounts) {
            *used += by * amount;
        }
        let copies = if new { &mut self.new } else { &mut self.old };
        copies[service] += by;
        let count = self.tasks[host].entry((service, new)).or_default();
        *count += by;
        if *count == 0 {
            self.tasks[host].remove(&(service, new));
        }
    }

    fn shape(&self, (service, new): Copy) -> &'a Shape {
        let one = &self.system.services[service];
        if new { &one.new } else { &one.old }
    }
}

/// Plays a run on empty instances; `None` when one of its moves is not allowed.
pub fn replay<'a>(system: &'a System, side: Side, course: Course, run: &[Move]) -> Option<Board<'a>> {
    let mut board = Board::new(system, side);
    let mut begun = false;
    for step in run {
        let allowed = match *step {
            Move::Stands { service, host } => {
                let one = &system.services[service];
                let more = board.copies(service).0 < one.desired;
                course == Course::Rollout && !begun && more && board.fits(&one.old, host)
            }
            Move::Starts { service, host } => {
                board.may_start(service) && board.fits(&system.services[service].new, host)
            }
            Move::Stops { service, host } => board.may_stop(service) && board.old_on(service, host) > 0,
        };
        let is_steady =
            |board: &Board| (0..system.services.len()).all(|at| board.copies(at).0 == system.services[at].desired);
        if !matches!(step, Move::Stands { .. }) && !begun {
            if course == Course::Rollout && !is_steady(&board) {
                return None;
            }
            begun = true;
        }
        if !allowed {
            return None;
        }
        board.make(*step);
    }
    Some(board)
}
