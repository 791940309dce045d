//! CloudFormation. In: change sets. Out: stacks whose resources an account has. Must not know what a resource is.
//!
//! A template becomes a [`release::Release`], compared with a [`stack::Stack`] it becomes a change set, and an executed one
//! an [`operation::Operation`], which has a [`job::Job`] for each resource. `docs/simulation.md` has the rules.

mod actions;
mod attributes;
mod capabilities;
mod changes;
mod coerce;
mod conditions;
mod course;
mod differences;
mod drift;
mod durations;
mod encode;
mod findings;
mod intrinsics;
mod job;
mod names;
mod operation;
mod order;
mod parameters;
mod recovery;
mod references;
mod release;
mod requests;
mod sets;
mod site;
mod stack;
mod substitute;
mod template;

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;

use crate::catalog::Catalog;
use crate::cloud::Moment;
use crate::cloud::formation::{Finding, Status};

use super::Settings;
use super::account::Account;
use names::Place;
use sets::Set;
use site::Means;
use stack::Stack;

/// CloudFormation in a region of an account.
pub(super) struct Formation {
    place: Place,
    catalog: Catalog,
    chance: Rng,
    now: Moment,
    stacks: Vec<Stack>,
    sets: Vec<Set>,
    /// The logical IDs of what can be neither set back nor deleted.
    held: BTreeSet<String>,
    /// Whether what fails stops where it is.
    pauses: bool,
    /// What is found in the change sets of each stack.
    findings: BTreeMap<String, Vec<Finding>>,
}

impl Formation {
    /// Without any stack.
    pub fn new(settings: &Settings) -> Formation {
        Formation {
            place: Place {
                region: settings.region.clone(),
                account: settings.account.clone(),
            },
            catalog: Catalog::new(),
            // A chance of its own, so that what the account draws moves nothing here.
            chance: Rng::with_seed(settings.seed).fork(),
            now: Moment::default(),
            stacks: Vec::new(),
            sets: Vec::new(),
            held: BTreeSet::new(),
            pauses: false,
            findings: BTreeMap::new(),
        }
    }

    /// Holds what has one of these logical IDs.
    pub fn hold(&mut self, logical: &[&str]) {
        self.held = logical.iter().map(|logical| logical.to_string()).collect();
    }

    /// Whether what fails stops where it is.
    pub fn pause_on_failure(&mut self, pauses: bool) {
        self.pauses = pauses;
    }

    /// Lets everything happen that is due.
    pub fn step(&mut self, now: Moment, account: &mut Account) {
        self.now = now;
        for set in &mut self.sets {
            set.ripen(now);
        }
        for stack in &mut self.stacks {
            let Some(mut operation) = stack.operation.take() else {
                continue;
            };
            let mut means = Means {
                account,
                catalog: &self.catalog,
                chance: &mut self.chance,
                place: &self.place,
                held: &self.held,
                pauses: self.pauses,
                now,
            };
            if !operation.step(stack, &mut means) {
                stack.operation = Some(operation);
                continue;
            }
            let executed = self.sets.iter_mut().find(|set| Some(&set.id) == operation.set.as_ref());
            if let Some(set) = executed {
                let is_good = stack.status.is_complete();
                set.execution = Status::new(if is_good { "EXECUTE_COMPLETE" } else { "EXECUTE_FAILED" });
            }
            if operation.can_be_taken_up(&stack.status) {
                stack.stuck = Some(operation);
            }
        }
    }
}
