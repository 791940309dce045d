//! Takes stuck stacks on their way, one after the other, and watches each to its end. In: what shall be called. Out: events, and
//! an outcome: done is what is free again. Must not know how it was decided.

use crate::cloud::formation::Stack;
use crate::cloud::{Cloud, Error};
use crate::plan::{Origin, Plan, StackWork};

use super::digest::digest;
use super::event::{Aim, Event, Outline, StageOutline, VERSION, What};
use super::helm::Helm;
use super::preflight::{OWN, tidy_token};
use super::watch::{Said, View};
use super::{Ended, Options, Run, Sink};

/// What is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// `ContinueUpdateRollback`, without these resources.
    Continue {
        /// Their logical IDs.
        skipped: Vec<String>,
    },
    /// `RollbackStack`.
    RollBack,
    /// `DeleteStack`; these resources stay.
    Delete {
        /// Their logical IDs.
        retained: Vec<String>,
    },
}

impl Call {
    /// AWS's name for it.
    pub fn operation(&self) -> &'static str {
        match self {
            Call::Continue { .. } => "ContinueUpdateRollback",
            Call::RollBack => "RollbackStack",
            Call::Delete { .. } => "DeleteStack",
        }
    }
}

/// A stack, and what is called for it.
#[derive(Clone, Debug)]
pub struct Rescue {
    /// The stack.
    pub stack: String,
    /// The ECS cluster whose lease is taken meanwhile, where it is known.
    pub cluster: Option<String>,
    /// Where its resources come from.
    pub origins: Vec<Origin>,
    /// The call.
    pub call: Call,
}

/// Calls, and watches. Returns what is known at the end; its outcome is there.
pub async fn run<C: Cloud>(rescues: &[Rescue], cloud: &C, options: Options, sink: &mut Sink<'_>) -> View {
    let mut forward = |view: &View, event: &Event, said: &[Said]| sink(view, event, said);
    let helm = Helm::default();
    let mut run = Run::new(&Plan::default(), cloud, options, &helm, &mut forward);
    run.clusters = rescues.iter().filter_map(|one| one.cluster.clone()).collect();
    run.emit(What::Began(outline(rescues)));
    if run.take_leases().await {
        for (at, rescue) in rescues.iter().enumerate() {
            run.stage = at;
            if run.has_lost_its_lease() {
                break;
            }
            run.emit(What::StageBegan { stage: at });
            let ended = match run.rescue(rescue).await {
                Ok(ended) => ended,
                Err(error) => Ended::of(error),
            };
            if !run.conclude_stage(ended) {
                break;
            }
        }
    }
    run.release_leases().await;
    run.emit(What::Ended);
    run.view
}

fn outline(rescues: &[Rescue]) -> Outline {
    let stages = rescues.iter().map(|one| StageOutline {
        name: one.stack.clone(),
        stack: Some(one.stack.clone()),
        origins: one.origins.clone(),
        ..StageOutline::default()
    });
    Outline {
        version: VERSION,
        stages: stages.collect(),
        services: Vec::new(),
        aim: Aim::Recovery,
    }
}

impl<C: Cloud> Run<'_, C> {
    async fn rescue(&mut self, rescue: &Rescue) -> Result<Ended, Error> {
        let stack = &rescue.stack;
        let there = self.ask(async |cloud: &C| cloud.describe_stack(stack).await).await?;
        let Call::Delete { retained } = &rescue.call else {
            return self.call(&there, &rescue.call).await;
        };
        // Resources can be retained only once a deletion has failed.
        let is_second = retained.is_empty() || there.status.as_str() == "DELETE_FAILED";
        if is_second {
            return self.call(&there, &rescue.call).await;
        }
        let ended = self.call(&there, &Call::Delete { retained: Vec::new() }).await?;
        let is_stuck = self
            .observer
            .end
            .as_ref()
            .is_some_and(|(status, _)| status.as_str() == "DELETE_FAILED");
        match is_stuck {
            true => self.call(&there, &rescue.call).await,
            false => Ok(ended),
        }
    }

    /// Makes a call, and watches what comes of it.
    async fn call(&mut self, there: &Stack, call: &Call) -> Result<Ended, Error> {
        let stack = &there.name;
        let events = self
            .ask(async |cloud: &C| cloud.describe_stack_events(&there.id, None).await)
            .await?;
        // What was told last is another thing after each attempt, and the same after an answer that was lost.
        let newest = events.items.first().map(|event| event.id.clone()).unwrap_or_default();
        let word = digest([there.id.as_str(), newest.as_str(), call.operation()]);
        let token = format!("{OWN}recover-{word}");
        self.observer.begin_after(stack, &there.id, &newest, self.cloud.now());
        self.emit(What::Recovered {
            stack: stack.clone(),
            call: call.operation().to_string(),
        });
        match call {
            Call::Continue { skipped } => {
                let request = async |cloud: &C| cloud.continue_update_rollback(stack, &token, skipped).await;
                self.ask(request).await?;
            }
            Call::RollBack => {
                let request = async |cloud: &C| cloud.rollback_stack(stack, &token).await;
                self.ask(request).await?;
            }
            Call::Delete { retained } => {
                let token = tidy_token(&token);
                let request = async |cloud: &C| cloud.delete_stack(stack, &token, retained).await;
                self.ask(request).await?;
            }
        }
        let work = StackWork::watched_alone(stack);
        loop {
            self.rest().await;
            self.observe(&work).await?;
            if let Some((status, reason)) = self.observer.end.clone() {
                return Ok(match (status.as_str().ends_with("_COMPLETE"), reason) {
                    (true, _) => Ended::Done(Some(freed(status.as_str()))),
                    (false, Some(reason)) => Ended::Failed(format!("{}: {reason}", status.as_str())),
                    (false, None) => Ended::Failed(status.0),
                });
            }
            if self.is_late() {
                return Ok(Ended::Deadline);
            }
        }
    }
}

/// What a stack is now, and what can be done with it.
fn freed(status: &str) -> String {
    let next = match status {
        "ROLLBACK_COMPLETE" => {
            "it never came up, and can only be deleted: `loadline recover` does that, or `apply --recreate`"
        }
        "DELETE_COMPLETE" => "it is gone",
        _ => "it takes changes again",
    };
    format!("{status}: {next}")
}
