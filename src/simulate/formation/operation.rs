//! What a stack goes through: forward, back, and the clean-up behind. In: a release. Out: statuses and jobs. Must not know
//! change sets, nor what is done to one resource.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html>

use std::collections::BTreeSet;
use std::rc::Rc;

use fastrand::Rng;

use crate::cloud::Moment;

use super::job::{Job, Stage, Task, Verb};
use super::names::uuid;
use super::release::Release;
use super::site::{Means, Site};
use super::stack::{Held, Stack};

/// What is aimed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    Create,
    Update,
    Delete,
}

/// Where it is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Forward,
    Back,
    /// What is replaced, removed or was made in vain is deleted.
    Sweep,
}

/// An operation on a stack.
pub(super) struct Operation {
    /// What is aimed at.
    pub aim: Aim,
    /// The change set that is executed.
    pub set: Option<String>,
    pub(super) token: Option<String>,
    pub(super) release: Rc<Release>,
    pub(super) phase: Phase,
    pub(super) went_back: bool,
    /// The resources as they were.
    pub(super) before: Vec<Held>,
    /// What is deleted in the end, or only forgotten.
    pub(super) discarded: Vec<(Held, bool)>,
    pub(super) jobs: Vec<Job>,
}

impl Operation {
    /// Makes a stack what a release says. The status of the stack says so at once.
    pub fn begin(
        stack: &mut Stack,
        aim: Aim,
        release: Rc<Release>,
        set: &str,
        token: Option<&str>,
        now: Moment,
        chance: &mut Rng,
    ) -> Operation {
        let jobs = release.order.iter().map(|turn| {
            let resource = &release.template.resources[turn.index];
            Job::new(resource, turn.needs.clone(), Task::Bring)
        });
        let operation = Operation {
            aim,
            set: Some(set.to_string()),
            token: token.map(str::to_string),
            jobs: jobs.collect(),
            release,
            phase: Phase::Forward,
            went_back: false,
            before: stack.held.clone(),
            discarded: Vec::new(),
        };
        let status = match aim {
            Aim::Create => {
                stack.release = Rc::clone(&operation.release);
                "CREATE_IN_PROGRESS"
            }
            _ => "UPDATE_IN_PROGRESS",
        };
        stack.updated = now;
        stack.turn(status, Some("User Initiated"), token, uuid(chance), now);
        operation
    }

    /// Deletes a stack.
    pub fn delete(
        stack: &mut Stack,
        token: Option<&str>,
        retained: &[String],
        now: Moment,
        chance: &mut Rng,
    ) -> Operation {
        let held = stack.held.iter().filter(|held| !held.is_gone());
        let stays =
            |held: &Held| retained.contains(&held.resource.logical) || held.resource.retains("DeletionPolicy", false);
        let discarded = held.map(|held| (held.clone(), stays(held)));
        let mut operation = Operation {
            aim: Aim::Delete,
            set: None,
            token: token.map(str::to_string),
            release: Rc::clone(&stack.release),
            phase: Phase::Sweep,
            went_back: false,
            before: Vec::new(),
            discarded: discarded.collect(),
            jobs: Vec::new(),
        };
        operation.jobs = operation.removals();
        stack.updated = now;
        stack.turn("DELETE_IN_PROGRESS", Some("User Initiated"), token, uuid(chance), now);
        operation
    }

    /// Whether an update could still be cancelled.
    pub fn is_cancellable(&self) -> bool {
        self.aim == Aim::Update && self.phase == Phase::Forward
    }

    /// Stops what goes on, with a token of its own, and goes back when it is an update.
    pub fn cancel(&mut self, stack: &mut Stack, token: Option<&str>, now: Moment, chance: &mut Rng) {
        self.stop(stack, now);
        if let Some(token) = token {
            self.token = Some(token.to_string());
        }
        if self.aim == Aim::Update {
            self.go_back(stack, "User Initiated", now, chance);
        }
    }

    /// Lets a step be done; says whether the operation is over.
    pub fn step(&mut self, stack: &mut Stack, means: &mut Means) -> bool {
        let mut open = self.open();
        let mut site = Site {
            stack,
            release: &self.release,
            token: self.token.as_deref(),
            means,
        };
        for job in &mut self.jobs {
            let is_free = !job.needs.iter().any(|need| open.contains(need));
            if !is_free && job.active().is_none() {
                continue;
            }
            let old = match job.active() {
                Some(Verb::Replace) => site.stack.held(&job.logical).cloned(),
                _ => None,
            };
            job.advance(&mut site);
            // A new one took the place of the old one, which goes in the end.
            if let (Some(old), Some(new)) = (old, site.stack.held(&job.logical))
                && old.physical != new.physical
            {
                let keep = new.resource.retains("UpdateReplacePolicy", false);
                self.discarded.push((old, keep));
            }
            if job.stage == Stage::Done {
                open.remove(&job.logical);
            }
        }
        let open = self.open();
        let has_failed = self.jobs.iter().any(|job| matches!(job.stage, Stage::Failed(_)));
        let is_active = self.jobs.iter().any(|job| job.active().is_some());
        match self.phase {
            Phase::Forward if has_failed => {
                self.stop(stack, means.now);
                let reason = self.blame();
                if means.pauses {
                    self.pause(stack, &reason, means);
                    return true;
                }
                self.go_back(stack, &reason, means.now, means.chance);
                false
            }
            _ if open.is_empty() => self.next(stack, means),
            // Nothing can go on: what failed is in the way.
            _ if has_failed && !is_active && !self.can_go_on(&open) => {
                self.end_badly(stack, means);
                true
            }
            _ => false,
        }
    }

    /// The logical IDs of the jobs that are not over.
    fn open(&self) -> BTreeSet<String> {
        let is_open = |job: &&Job| match job.stage {
            Stage::Done => false,
            // What cannot be deleted behind an update is forgotten.
            Stage::Failed(Verb::Delete) => self.aim != Aim::Update,
            _ => true,
        };
        let open = self.jobs.iter().filter(is_open);
        open.map(|job| job.logical.clone()).collect()
    }

    /// Whether anything that waits is free to begin.
    fn can_go_on(&self, open: &BTreeSet<String>) -> bool {
        let mut waiting = self.jobs.iter().filter(|job| job.stage == Stage::Waiting);
        waiting.any(|job| !job.needs.iter().any(|need| open.contains(need)))
    }

    /// Stops all that goes on.
    pub(super) fn stop(&mut self, stack: &mut Stack, now: Moment) {
        for job in &mut self.jobs {
            job.cancel(stack, self.token.as_deref(), now);
        }
    }
}
