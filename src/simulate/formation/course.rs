//! How an operation goes on from phase to phase, and how it ends. In: jobs that are over. Out: the next jobs, the stack's status.
//! Must not know how a job works.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html>

use std::collections::BTreeSet;
use std::rc::Rc;

use fastrand::Rng;

use crate::cloud::Moment;

use super::job::{Job, Stage, Task, Verb};
use super::names::uuid;
use super::operation::{Aim, Operation, Phase};
use super::site::Means;
use super::stack::Stack;

/// How often CloudFormation tries to delete what an update leaves behind.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html>
const SWEEPS: u8 = 3;

impl Operation {
    /// What comes after a phase that went well.
    pub(super) fn next(&mut self, stack: &mut Stack, means: &mut Means) -> bool {
        let token = self.token.clone();
        let token = token.as_deref();
        let turn = |stack: &mut Stack, status: &str, reason: Option<&str>, means: &mut Means| {
            stack.turn(status, reason, token, uuid(means.chance), means.now);
        };
        match (self.phase, self.aim) {
            (Phase::Forward, Aim::Create) => turn(stack, "CREATE_COMPLETE", None, means),
            (Phase::Forward, _) => {
                turn(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", None, means);
                stack.release = Rc::clone(&self.release);
                let removed = stack
                    .held
                    .iter()
                    .filter(|held| self.release.resource(&held.resource.logical).is_none());
                let removed = removed.map(|held| (held.clone(), held.resource.retains("DeletionPolicy", false)));
                self.discarded.extend(removed);
                self.sweep();
                return false;
            }
            (Phase::Back, Aim::Create) => turn(stack, "ROLLBACK_COMPLETE", None, means),
            (Phase::Back, _) => {
                turn(stack, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", None, means);
                self.sweep();
                return false;
            }
            (Phase::Sweep, Aim::Delete) => turn(stack, "DELETE_COMPLETE", None, means),
            (Phase::Sweep, _) => {
                stack.held.retain(|held| !held.is_gone());
                let has_leaked = self.jobs.iter().any(|job| matches!(job.stage, Stage::Failed(_)));
                if has_leaked {
                    let leaked: BTreeSet<&str> = self.jobs.iter().map(|job| job.logical.as_str()).collect();
                    stack.held.retain(|held| {
                        held.status.as_str() != "DELETE_FAILED" || !leaked.contains(held.resource.logical.as_str())
                    });
                }
                let (status, word) = match self.went_back {
                    true => ("UPDATE_ROLLBACK_COMPLETE", "Rollback"),
                    false => ("UPDATE_COMPLETE", "Update"),
                };
                let reason = format!("{word} successful. One or more resources could not be deleted.");
                turn(stack, status, has_leaked.then_some(reason.as_str()), means);
            }
        }
        true
    }

    /// What is when nothing can go on.
    pub(super) fn end_badly(&mut self, stack: &mut Stack, means: &mut Means) {
        let reason = self.blame();
        let status = match (self.phase, self.aim) {
            (Phase::Back, Aim::Update) => "UPDATE_ROLLBACK_FAILED",
            (Phase::Back, _) => "ROLLBACK_FAILED",
            _ => "DELETE_FAILED",
        };
        stack.turn(
            status,
            Some(&reason),
            self.token.as_deref(),
            uuid(means.chance),
            means.now,
        );
    }

    /// Which resources failed, in AWS's words.
    pub(super) fn blame(&self) -> String {
        let mut text = String::new();
        let groups: [(&str, &[Verb]); 3] = [
            ("create", &[Verb::Create]),
            ("update", &[Verb::Replace, Verb::Update, Verb::Note]),
            ("delete", &[Verb::Delete]),
        ];
        for (word, verbs) in groups {
            let failed: Vec<&str> = self
                .jobs
                .iter()
                .filter(|job| match &job.stage {
                    Stage::Failed(verb) | Stage::Cancelled(verb) => verbs.contains(verb),
                    _ => false,
                })
                .map(|job| job.logical.as_str())
                .collect();
            if !failed.is_empty() {
                text += &format!("The following resource(s) failed to {word}: [{}]. ", failed.join(", "));
            }
        }
        if self.aim == Aim::Create && self.phase == Phase::Forward {
            text += "Rollback requested by user.";
        }
        text
    }

    /// Turns back: a stack that was being made loses all it has, another one becomes what it was.
    pub(super) fn go_back(&mut self, stack: &mut Stack, reason: &str, now: Moment, chance: &mut Rng) {
        let status = match self.aim {
            Aim::Create => "ROLLBACK_IN_PROGRESS",
            _ => "UPDATE_ROLLBACK_IN_PROGRESS",
        };
        stack.turn(status, Some(reason), self.token.as_deref(), uuid(chance), now);
        self.phase = Phase::Back;
        self.went_back = true;
        self.discarded.clear();
        if self.aim == Aim::Create {
            let held = stack.held.iter();
            let discarded = held.map(|held| (held.clone(), held.resource.retains("DeletionPolicy", true)));
            self.discarded = discarded.collect();
            self.jobs = self.removals();
            return;
        }
        let touched: Vec<Job> = std::mem::take(&mut self.jobs);
        for job in touched.iter().filter(|job| job.is_touched) {
            let before = self.before.iter().find(|held| held.resource.logical == job.logical);
            let Some(now_held) = stack.held(&job.logical).cloned() else {
                continue;
            };
            match before {
                None => {
                    let keep = now_held.resource.retains("DeletionPolicy", true);
                    self.discarded.push((now_held, keep));
                }
                Some(before) => {
                    let task = Task::Restore(Box::new(before.clone()));
                    self.jobs.push(Job::new(&before.resource, before.needs.clone(), task));
                    if before.physical != now_held.physical {
                        self.discarded.push((now_held, false));
                    }
                }
            }
        }
    }

    fn sweep(&mut self) {
        self.phase = Phase::Sweep;
        self.jobs = self.removals();
    }

    /// The jobs that delete what is discarded: each behind those that needed it, the newest first.
    pub(super) fn removals(&self) -> Vec<Job> {
        let each = self.discarded.iter().rev();
        let jobs = each.map(|(held, keep)| {
            let logical = &held.resource.logical;
            let dependents = self.discarded.iter().filter(|(other, _)| other.needs.contains(logical));
            let dependents = dependents.map(|(other, _)| other.resource.logical.clone());
            let task = Task::Remove {
                held: Box::new(held.clone()),
                keep: *keep,
            };
            let tries = if self.aim == Aim::Update { SWEEPS } else { 1 };
            Job::new(&held.resource, dependents.collect(), task).tried(tries)
        });
        jobs.collect()
    }
}
