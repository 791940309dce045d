//! The watcher: a pure fold of what is seen into what is known, what is said, and a verdict.
//!
//! In: a [`View`] and an [`Event`]. Out: the next view, and [`Said`] sentences. The same events give the same sentences, so a
//! recording replays. Must not know the cloud or the terminal.

pub mod cause;
mod evidence;
mod fold;
mod judge;
mod progress;
mod rollout;
mod said;
mod service;
mod stack;
mod standing;
mod verdict;

use std::collections::BTreeMap;

use crate::cloud::Moment;
use crate::cloud::capacity::Instance;
use crate::cloud::ecs::Task;
use crate::cloud::formation::Status;
use crate::cloud::outside::LogLine;
use crate::template::Place;

use super::event::{Aim, Event, Outline};
use cause::Causes;

pub(super) use evidence::STANDS;
pub use fold::fold;
pub use said::{Level, Said};
pub use service::{ServiceView, Step};
pub use verdict::{DEADLINE, Outcome, Verdict};

/// How far a stage is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum StageState {
    /// It has not begun.
    #[default]
    Waits,
    /// It began then.
    Begun(Moment),
    /// It ended as it should.
    Done(Moment),
    /// It failed.
    Failed(Moment),
}

/// A stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackView {
    /// Its status.
    pub status: Status,
    /// How many changes are made.
    pub changes: usize,
    /// Resources that are not what they shall be yet: logical ID, with status and reason.
    pub open: BTreeMap<String, (Status, Option<String>)>,
    /// How many resources are as they shall be.
    pub done: usize,
    /// Whether it goes back.
    pub going_back: bool,
    /// Whether it is deleted because its making was called back.
    pub undone: bool,
    /// What could not be deleted: logical and physical ID, with the reason.
    pub leftovers: BTreeMap<(String, String), String>,
}

/// All that is known of a deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// What shall be done.
    pub outline: Outline,
    /// When it began.
    pub began: Moment,
    /// When the last event was seen.
    pub now: Moment,
    /// The stages, as in the outline.
    pub stages: Vec<StageState>,
    /// The stacks, by name.
    pub stacks: BTreeMap<String, StackView>,
    /// The services, as in the outline.
    pub services: Vec<ServiceView>,
    /// The instances of each cluster.
    pub instances: BTreeMap<String, Vec<Instance>>,
    /// The instances that were ever seen, by ARN.
    pub known_instances: BTreeMap<String, Instance>,
    /// The task of the current stage, of one that runs a task.
    pub once: Option<Task>,
    /// What goes wrong.
    pub causes: Causes,
    /// The last lines of containers that ended, by task.
    logs: BTreeMap<String, (String, Vec<LogLine>)>,
    /// Which service has an ARN.
    arns: BTreeMap<String, usize>,
    /// When something was last said.
    told: Moment,
    /// When something was last said that is more than a sign of life.
    changed: Moment,
    /// How it ended, once it has.
    pub outcome: Option<Outcome>,
    /// Whether the deadline has passed.
    deadline: bool,
    /// Whether the user stopped watching.
    interrupted: bool,
    /// Whether it was left alone once all had begun.
    detached: bool,
    /// What a stage that is not of the deployment's own doing waits for.
    blocked: Option<Outcome>,
}

impl View {
    /// The service with this ARN.
    pub fn service(&self, arn: &str) -> Option<&ServiceView> {
        self.at(arn).map(|at| &self.services[at])
    }

    /// Where the service with this ARN is.
    fn at(&self, arn: &str) -> Option<usize> {
        self.arns.get(arn).copied().filter(|at| *at < self.services.len())
    }

    /// The ARN of a service is known. One that is replaced is known by both of its ARNs.
    fn know(&mut self, at: usize, arn: Option<String>) {
        if let Some(arn) = &arn {
            self.arns.insert(arn.clone(), at);
        }
        self.services[at].arn = arn;
    }

    /// The stage that goes on.
    pub fn current_stage(&self) -> Option<usize> {
        let goes_on = |state: &StageState| matches!(state, StageState::Begun(_) | StageState::Failed(_));
        self.stages.iter().position(goes_on)
    }

    /// The last lines of the task of the current stage.
    fn log_of_once(&self) -> Vec<LogLine> {
        let log = self.once.as_ref().and_then(|task| self.logs.get(&task.arn));
        log.map(|(_, lines)| lines.clone()).unwrap_or_default()
    }

    fn stage_name(&self, stage: usize) -> &str {
        let stage = self.outline.stages.get(stage);
        stage.map(|stage| stage.name.as_str()).unwrap_or_default()
    }

    /// Where the services of a stack are.
    fn indices_of(&self, stack: &str) -> Vec<usize> {
        let all = self.services.iter().enumerate();
        let own = all.filter(|(_, view)| view.service.stack == stack);
        own.map(|(at, _)| at).collect()
    }

    /// The services of a stack.
    pub fn services_of<'a>(&'a self, stack: &'a str) -> impl Iterator<Item = &'a ServiceView> {
        self.services.iter().filter(move |view| view.service.stack == stack)
    }

    /// Where a resource of a stack comes from: "service `web`", and its line.
    pub fn origin(&self, stack: &str, logical: &str) -> Option<(&str, &Place)> {
        let stage = self
            .outline
            .stages
            .iter()
            .find(|stage| stage.stack.as_deref() == Some(stack))?;
        let origin = stage.origins.iter().find(|origin| origin.logical == logical)?;
        Some((&origin.owner, &origin.place))
    }

    /// How the deployment ends if nothing more happens. What failed says more than what was superseded, and both say more
    /// than that time ran out.
    fn conclude(&self) -> Outcome {
        if self.interrupted {
            return Outcome::Interrupted;
        }
        if let Some(blocked) = self.blocked {
            return blocked;
        }
        let is_done = self.stages.iter().all(|state| matches!(state, StageState::Done(_)));
        if self.outline.aim == Aim::Recovery {
            return match is_done {
                true => Outcome::Done,
                false if self.deadline => Outcome::Deadline,
                false => Outcome::Failed,
            };
        }
        let is_back = |stack: &str| {
            let known = self.stacks.get(stack);
            known.is_some_and(|stack| match stack.status.as_str() {
                "UPDATE_ROLLBACK_COMPLETE" => true,
                "DELETE_COMPLETE" => stack.undone,
                _ => false,
            })
        };
        let any = |wanted: &dyn Fn(&ServiceView, &Verdict) -> bool| {
            let mut services = self.services.iter();
            services.any(|service| service.verdict.as_ref().is_some_and(|verdict| wanted(service, verdict)))
        };
        if any(&|service, verdict| *verdict == Verdict::Failed && !is_back(&service.service.stack)) {
            return Outcome::Failed;
        }
        let mut failed = self.stages.iter().zip(&self.outline.stages);
        let failed = failed.find(|(state, _)| matches!(state, StageState::Failed(_)));
        let failed = failed.map(|(_, stage)| stage.stack.as_deref().is_some_and(is_back));
        let went_back = failed == Some(true) || self.stacks.keys().any(|stack| is_back(stack));
        if went_back || any(&|_, verdict| *verdict == Verdict::RolledBack) {
            return Outcome::RolledBack;
        }
        if any(&|_, verdict| matches!(verdict, Verdict::Superseded { .. })) {
            return Outcome::Superseded;
        }
        if failed.is_some() {
            return Outcome::Failed;
        }
        if self.deadline {
            return match self.services.iter().any(ServiceView::is_paused) {
                true => Outcome::Waits,
                false => Outcome::Deadline,
            };
        }
        // A stack that is complete says nothing of its services: that each serves must have been seen.
        let is_open = |service: &ServiceView| service.touched && service.verdict.is_none();
        match is_done && !self.services.iter().any(is_open) {
            true if self.detached => Outcome::Detached,
            true => Outcome::Done,
            false => Outcome::Failed,
        }
    }
}

/// Folds a whole recording.
pub fn replay(events: &[Event]) -> (View, Vec<Said>) {
    let mut view = View::default();
    let said = events.iter().flat_map(|event| fold(&mut view, event)).collect();
    (view, said)
}
