//! A run, state by state, for who wants to follow it. In: a [`System`], a run. Out: [`Frame`]s, each move checked against the
//! rules. Must not search.

use super::board::{Board, Key, Move};
use super::system::{Amounts, Course, Side, System};

/// The instances after a move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The move; `None` for the beginning.
    pub step: Option<Move>,
    /// What each instance runs.
    pub hosts: Vec<Key>,
    /// What is free on each.
    pub free: Vec<Amounts>,
}

/// The states of a run, the first with all copies of today; `None` when one of its moves is not allowed.
pub fn frames(system: &System, side: Side, course: Course, run: &[Move]) -> Option<Vec<Frame>> {
    super::board::replay(system, side, course, run)?;
    let mut board = Board::new(system, side);
    let frame = |board: &Board, step| Frame {
        step,
        hosts: (0..board.hosts()).map(|host| board.key(host)).collect(),
        free: (0..board.hosts()).map(|host| board.free(host)).collect(),
    };
    let begun = run
        .iter()
        .take_while(|step| matches!(step, Move::Stands { .. }))
        .count();
    for step in &run[..begun] {
        board.make(*step);
    }
    let mut frames = vec![frame(&board, None)];
    for step in &run[begun..] {
        board.make(*step);
        frames.push(frame(&board, Some(*step)));
    }
    Some(frames)
}

impl Move {
    /// Where it is made.
    pub fn host(self) -> usize {
        match self {
            Move::Stands { host, .. } | Move::Starts { host, .. } | Move::Stops { host, .. } => host,
        }
    }

    /// As a sentence without a full stop.
    pub fn words(self, system: &System) -> String {
        let name = |service: usize| &system.services[service].name;
        match self {
            Move::Stands { service, host } => format!("a copy of `{}` runs on instance {}", name(service), host + 1),
            Move::Starts { service, host } => {
                format!("a new copy of `{}` starts on instance {}", name(service), host + 1)
            }
            Move::Stops { service, host } => {
                format!("an old copy of `{}` stops on instance {}", name(service), host + 1)
            }
        }
    }
}
