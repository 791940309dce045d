//! Tasks that run once: started, followed to their end, their exit code judged. In: a task of the plan. Out: how it ended.

use crate::cloud::Cloud;
use crate::cloud::ecs::{OneOff, Task as Running, last_part};
use crate::plan::Task;

use super::event::What;
use super::observe::INSTANCES_EVERY;
use super::{Ended, Run, causes, release};

/// How often a task is started that never runs, through no fault of its own.
const ATTEMPTS: i64 = 3;

impl<C: Cloud> Run<'_, C> {
    /// Runs a task to its end, and again after a failure as often as it may be.
    pub(super) async fn once(&mut self, task: &Task) -> Ended {
        let release = self.contents.get(&task.stack).cloned().unwrap_or_default();
        let mut record = match self.read_record(&task.cluster, &task.app).await {
            Ok(record) => record,
            Err(error) => return Ended::of(error),
        };
        if record.is_done(&task.name, &release) {
            return Ended::Done(Some("ended well before, for the same release".to_string()));
        }
        let mut attempt = 0;
        loop {
            let token = release::token(task, &release, record.next(&task.name));
            let ended = match self.attempt(task, token).await {
                Ok(ended) => ended,
                // It may run on, and is found again by its token.
                Err(ended) => return ended,
            };
            attempt += 1;
            let well = matches!(ended, Ended::Done(_));
            if let Err(error) = self.write_record(task, &mut record, &release, well).await {
                return Ended::of(error);
            }
            match ended {
                Ended::Failed(_) if attempt <= task.retries && !self.is_late() => {}
                // What never ran can do no harm twice.
                Ended::Failed(_) if attempt < ATTEMPTS && self.never_ran() && !self.is_late() => {}
                _ => return ended,
            }
        }
    }

    /// Runs a task, or finds the run of this token again. The end of the run, or why that is not known.
    async fn attempt(&mut self, task: &Task, token: String) -> Result<Ended, Ended> {
        let physical = |id: &str| self.physical.get(&(task.stack.clone(), id.to_string())).cloned();
        let Some(task_definition) = physical(&task.task_definition) else {
            return Err(Ended::Failed(format!(
                "stack {} has no {}",
                task.stack, task.task_definition
            )));
        };
        let group = task.network.as_ref().and_then(|(_, group)| physical(group));
        let provider = match (&task.provider, task.fargate) {
            (Some(name), _) => match self.value(name).await {
                Ok(provider) => Some(provider),
                Err(reason) => return Err(Ended::Failed(reason)),
            },
            (None, Some(true)) => Some("FARGATE_SPOT".to_string()),
            (None, Some(false)) => Some("FARGATE".to_string()),
            (None, None) => None,
        };
        let network = match (&task.network, group) {
            (Some((subnets, _)), Some(group)) => match self.value(subnets).await {
                Ok(subnets) => Some((subnets.split(',').map(str::to_string).collect(), vec![group])),
                Err(reason) => return Err(Ended::Failed(reason)),
            },
            _ => None,
        };
        let wish = OneOff {
            cluster: task.cluster.clone(),
            token,
            task_definition,
            provider,
            network,
            started_by: "loadline".to_string(),
        };
        let arn = loop {
            match self.ask(async |cloud: &C| cloud.run_task(&wish).await).await {
                Ok(Ok(arn)) => break arn,
                Ok(Err(reason)) if self.is_late() => {
                    return Err(Ended::Failed(format!("no place for it: {reason}")));
                }
                // There is no room yet; capacity may be on its way.
                Ok(Err(reason)) => {
                    let stage = self.stage;
                    self.emit(What::Unplaced { stage, reason });
                    self.rest().await;
                }
                Err(error) => return Err(Ended::of(error)),
            }
        };
        self.follow(task, &arn).await
    }

    /// Whether the last task was stopped by the place it was on before it ran.
    fn never_ran(&self) -> bool {
        let Some(task) = &self.view.once else { return false };
        let ran = task.containers.iter().any(|container| container.exit_code.is_some());
        let found = causes::of_task(task);
        !ran && found.is_some_and(|found| found.is_infrastructure || found.is_passing)
    }

    /// Follows a task to its end.
    async fn follow(&mut self, task: &Task, arn: &str) -> Result<Ended, Ended> {
        let one = [arn.to_string()];
        let mut seen: Option<Running> = None;
        loop {
            let found = self
                .ask(async |cloud: &C| cloud.describe_tasks(&task.cluster, &one).await)
                .await;
            self.observer.looks += 1;
            if self.observer.looks % INSTANCES_EVERY == 1
                && let Err(error) = self.look_at_instances().await
            {
                return Err(Ended::of(error));
            }
            let now = match found {
                Ok(found) => found.into_iter().next(),
                Err(error) => return Err(Ended::of(error)),
            };
            let Some(now) = now else {
                return Ok(Ended::Failed(
                    "it ended more than an hour ago, and ECS no longer knows how".to_string(),
                ));
            };
            if seen.as_ref() != Some(&now) {
                self.read_log(arn, &now).await;
                let event = What::Task {
                    service: None,
                    task: now.clone(),
                };
                self.emit(event);
            } else {
                self.emit(What::Quiet);
            }
            if now.stopped.is_some() {
                return Ok(verdict(&now));
            }
            // Waiting for room is no running.
            let ran = now.started.map_or(0, |started| self.cloud.now().seconds_since(started));
            seen = Some(now);
            if ran >= task.timeout {
                let reason = format!("it took longer than {} s", task.timeout);
                let stop = async |cloud: &C| cloud.stop_task(&task.cluster, arn, &reason).await;
                let stopped = self.ask(stop).await;
                return match stopped {
                    Ok(()) => Ok(Ended::Failed(format!("{reason}, and was stopped"))),
                    Err(error) => Err(Ended::Failed(format!("{reason}, and could not be stopped: {error}"))),
                };
            }
            if self.is_late() {
                return Err(Ended::Deadline);
            }
            self.rest().await;
        }
    }

    /// A value that a stack published.
    async fn value(&mut self, name: &str) -> Result<String, String> {
        let found = self.ask(async |cloud: &C| cloud.parameter(name).await).await;
        found
            .map(|parameter| parameter.value)
            .map_err(|error| error.to_string())
    }
}

/// How a task that has stopped ended: well when all its containers that ran exited with 0.
fn verdict(task: &Running) -> Ended {
    let codes: Vec<i64> = task
        .containers
        .iter()
        .filter_map(|container| container.exit_code)
        .collect();
    match codes.iter().find(|code| **code != 0) {
        None if !codes.is_empty() => {
            let took = task.stopped.zip(task.started).map(|(end, begin)| end.since(begin));
            let took = took.map(crate::cloud::span_of_time).unwrap_or_default();
            Ended::Done(Some(format!("ended with 0 after {took}")))
        }
        Some(code) => Ended::Failed(format!("ended with {code}")),
        None => {
            let reason = task.stopped_reason.clone().unwrap_or_default();
            Ended::Failed(format!("task {} did not run: {reason}", last_part(&task.arn)))
        }
    }
}
