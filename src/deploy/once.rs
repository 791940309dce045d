//! Tasks that run once: started, followed to their end, their exit code judged. In: a task of the plan. Out: how it ended.

use crate::cloud::Cloud;
use crate::cloud::ecs::{Container, OneOff, Task as Running, last_part};
use crate::plan::Task;

use super::event::What;
use super::observe::INSTANCES_EVERY;
use super::watch::cause::ONCE_LINES;
use super::{Ended, Run, causes, release};

/// How often a task is started that never runs, through no fault of its own.
const ATTEMPTS: i64 = 3;

/// How often it is looked for the log of a task that has ended: its last lines may come after its end.
const LOOKS_FOR_LOG: usize = 2;

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
        let wish = self.one_off(task, token).await?;
        let arn = self.place(&wish).await?;
        self.follow(task, &arn).await
    }

    /// What a task is asked for with: the revision, the network and the capacity that its stack has.
    pub(super) async fn one_off(&mut self, task: &Task, token: String) -> Result<OneOff, Ended> {
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
        Ok(OneOff {
            cluster: task.cluster.clone(),
            token,
            task_definition,
            provider,
            network,
            started_by: "loadline".to_string(),
            command: None,
        })
    }

    /// Starts a task, as soon as there is room for it. Its ARN.
    pub(super) async fn place(&mut self, wish: &OneOff) -> Result<String, Ended> {
        loop {
            match self.ask(async |cloud: &C| cloud.run_task(wish).await).await {
                Ok(Ok(arn)) => return Ok(arn),
                Ok(Err(reason)) if self.is_late() || self.why_end().is_some() => {
                    return Err(Ended::Failed(format!("no place for it: {reason}")));
                }
                Ok(Err(_)) if self.is_called_back() => return Err(Ended::CalledBack),
                // There is no room yet; capacity may be on its way.
                Ok(Err(reason)) => {
                    let stage = self.stage;
                    self.emit(What::Unplaced { stage, reason });
                    self.rest().await;
                }
                Err(error) => return Err(Ended::of(error)),
            }
        }
    }

    /// Whether the last task was stopped by the place it was on before it ran.
    fn never_ran(&self) -> bool {
        let Some(task) = &self.view.once else { return false };
        let ran = task.containers.iter().any(|container| container.exit_code.is_some());
        let found = causes::of_task(task);
        !ran && found.is_some_and(|found| found.is_infrastructure || found.is_passing)
    }

    /// Follows a task to its end.
    pub(super) async fn follow(&mut self, task: &Task, arn: &str) -> Result<Ended, Ended> {
        let one = [arn.to_string()];
        let mut seen: Option<Running> = None;
        let mut stopped_for: Option<String> = None;
        let mut is_log_kept = false;
        let mut is_stopped = false;
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
            self.stream(task, &now).await;
            if !is_log_kept {
                is_log_kept = self.keep_log(task, &now).await;
            }
            if seen.as_ref() != Some(&now) {
                let event = What::Task {
                    service: None,
                    task: now.clone(),
                };
                self.emit(event);
            } else {
                self.emit(What::Quiet);
            }
            if now.stopped.is_some() {
                return Ok(match stopped_for {
                    Some(reason) => Ended::Failed(format!("{reason}, and was stopped")),
                    None => match verdict(&now) {
                        Ended::Failed(_) if is_stopped => Ended::CalledBack,
                        ended => ended,
                    },
                });
            }
            let reason = self.why_stop(task, &now).filter(|_| stopped_for.is_none());
            seen = Some(now);
            if let Some(reason) = reason {
                let stop = async |cloud: &C| cloud.stop_task(&task.cluster, arn, &reason).await;
                if let Err(error) = self.ask(stop).await {
                    return Err(Ended::Failed(format!("{reason}, and could not be stopped: {error}")));
                }
                stopped_for = Some(reason);
                if let Some(hand) = &mut self.by_hand {
                    hand.is_cut = true;
                }
            }
            if self.is_called_back() && !is_stopped {
                // Its end is waited for: the next run must not meet this one.
                is_stopped = true;
                let reason = "called back by whoever deploys";
                let stop = async |cloud: &C| cloud.stop_task(&task.cluster, arn, reason).await;
                self.ask(stop).await.map_err(Ended::of)?;
            }
            if self.is_late() {
                return Err(Ended::Deadline);
            }
            self.rest().await;
        }
    }

    /// Why a task that runs shall be stopped.
    fn why_stop(&self, task: &Task, now: &Running) -> Option<String> {
        // Waiting for room is no running.
        let ran = now.started.map_or(0, |started| self.cloud.now().seconds_since(started));
        let timeout = task.timeout;
        self.why_end()
            .or_else(|| (ran >= timeout).then(|| format!("it took longer than {timeout} s")))
    }

    /// Keeps the last lines of a task that ends: of the container that failed, or of the one that does the work. Whether they
    /// are kept now.
    async fn keep_log(&mut self, task: &Task, now: &Running) -> bool {
        let has_failed = |one: &&Container| one.exit_code.is_some_and(|code| code != 0);
        let failed = now.containers.iter().find(has_failed);
        let main = now.containers.iter().find(|one| one.name == task.name);
        let has_ended = |one: &&Container| one.exit_code.is_some() && now.stopped.is_some();
        let Some(container) = failed.or(main.filter(has_ended)) else {
            return false;
        };
        let Some((group, stream)) = self.log_of(now, &container.name) else {
            return false;
        };
        let mut looks = if now.stopped.is_some() { LOOKS_FOR_LOG } else { 1 };
        loop {
            // A log that cannot be read takes nothing from the end, and nothing waits for it.
            let lines = self
                .cloud
                .log_tail(&group, &stream, ONCE_LINES)
                .await
                .unwrap_or_default();
            looks -= 1;
            if !lines.is_empty() {
                let event = What::Log {
                    task: now.arn.clone(),
                    container: container.name.clone(),
                    lines,
                };
                self.emit(event);
                return true;
            }
            if looks == 0 {
                return false;
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
