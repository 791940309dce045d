//! Evidence, looked at where something moves: tasks, their logs, targets, instances. In: a service. Out: events. What may not be
//! seen takes nothing from a verdict.

use std::collections::BTreeSet;

use crate::cloud::capacity::TargetHealth;
use crate::cloud::ecs::{Container, Task, TaskFilter, last_part};
use crate::cloud::{Cloud, Error};
use crate::deploy::Run;
use crate::deploy::event::What;
use crate::deploy::watch::cause::LOG_LINES;

use super::services::parts;

impl<C: Cloud> Run<'_, C> {
    /// Looks at the tasks of a service, those too that have stopped.
    pub(super) async fn look_at_tasks(&mut self, cluster: &str, arn: &str, name: &str) -> Result<(), Error> {
        for filter in [
            TaskFilter::Running(name.to_string()),
            TaskFilter::Stopped(name.to_string()),
        ] {
            let tasks = self
                .ask_aside(async |cloud: &C| cloud.tasks(cluster, &filter).await)
                .await?;
            for task in tasks {
                if self.observer.tasks.get(&task.arn) == Some(&task) {
                    continue;
                }
                self.observer.tasks.insert(task.arn.clone(), task.clone());
                // What stopped before we began is of no concern.
                if task.stopped.is_some_and(|stopped| stopped < self.observer.began) {
                    continue;
                }
                self.read_log(arn, &task).await;
                self.note(What::Task {
                    service: Some(arn.to_string()),
                    task,
                });
            }
        }
        Ok(())
    }

    /// Keeps the last lines of the container that ended a task: the task is forgotten within the hour. Of one service, one
    /// log a look is enough.
    pub(in crate::deploy) async fn read_log(&mut self, owner: &str, task: &Task) {
        let failed = |container: &&Container| container.exit_code.is_some_and(|code| code != 0);
        let planned = task.stop_code.as_deref() == Some("ServiceSchedulerInitiated");
        let reason = task.stopped_reason.as_deref().unwrap_or_default();
        let unhealthy = reason.contains("health checks") && task.stopped.is_some();
        let mut container = task.containers.iter().find(failed).filter(|_| !planned);
        if unhealthy {
            container = container.or(task.containers.first());
        }
        let Some(container) = container else { return };
        let looks = self.observer.looks;
        if self.observer.logged.contains(&task.arn) || self.observer.logged_in.get(owner) == Some(&looks) {
            return;
        }
        let Some((group, stream)) = self.log_of(task, &container.name) else {
            return;
        };
        self.observer.logged_in.insert(owner.to_string(), looks);
        // A log that cannot be read takes nothing from the cause, and nothing waits for it.
        let lines = self
            .cloud
            .log_tail(&group, &stream, LOG_LINES)
            .await
            .unwrap_or_default();
        if !lines.is_empty() {
            self.observer.logged.insert(task.arn.clone());
            let event = What::Log {
                task: task.arn.clone(),
                container: container.name.clone(),
                lines,
            };
            self.emit(event);
        }
    }

    /// The log group and stream of a container: the group is named after the family, the stream
    /// `prefix/container/task`
    /// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html>).
    pub(in crate::deploy) fn log_of(&self, task: &Task, container: &str) -> Option<(String, String)> {
        let family = last_part(&task.task_definition).split(':').next()?;
        let (group, prefix) = self.logs.get(&(family.to_string(), container.to_string()))?;
        Some((group.clone(), format!("{prefix}/{container}/{}", task.id())))
    }

    /// Looks at the targets of a service.
    pub(super) async fn look_at_targets(&mut self, arn: &str) -> Result<(), Error> {
        let Some(service) = self.view.service(arn) else {
            return Ok(());
        };
        let stack = service.service.stack.clone();
        let groups = service.service.target_groups.clone();
        for logical in groups {
            let Some(group) = self.physical.get(&(stack.clone(), logical)).cloned() else {
                continue;
            };
            let found = self
                .ask_aside(async |cloud: &C| cloud.target_health(&group).await)
                .await?;
            let before = self
                .observer
                .targets
                .insert(group.clone(), found.clone())
                .unwrap_or_default();
            let fresh = found.iter().filter(|health| !before.contains(health)).cloned();
            let is_there = |gone: &TargetHealth| {
                let mut all = found.iter();
                all.any(|health| health.target == gone.target && health.port == gone.port)
            };
            // What the answer leaves out is registered no more; asked for by name it would be said so.
            let gone = before
                .iter()
                .filter(|health| !is_there(health))
                .map(|health| TargetHealth {
                    state: "unused".to_string(),
                    reason: Some("Target.NotRegistered".to_string()),
                    about: None,
                    ..health.clone()
                });
            let told: Vec<TargetHealth> = fresh.chain(gone).collect();
            for health in told {
                self.note(What::Target {
                    service: arn.to_string(),
                    group: group.clone(),
                    health,
                });
            }
        }
        Ok(())
    }

    /// Looks at the instances of the clusters in which services are.
    pub(in crate::deploy) async fn look_at_instances(&mut self) -> Result<(), Error> {
        let services = self.view.services.iter();
        let clusters = services.filter_map(|service| parts(service.arn.as_deref()?));
        let mut clusters: BTreeSet<String> = clusters.map(|(cluster, _)| cluster).collect();
        clusters.extend(self.clusters.iter().cloned());
        for cluster in clusters {
            let instances = self
                .ask_aside(async |cloud: &C| cloud.container_instances(&cluster).await)
                .await?;
            if self.observer.instances.get(&cluster) == Some(&instances) {
                continue;
            }
            self.observer.instances.insert(cluster.clone(), instances.clone());
            self.note(What::Instances { cluster, instances });
        }
        Ok(())
    }
}
