//! Where tasks are: of which service or task they are a run, on which instance, in which zone. In: tasks and instances. Out:
//! [`Whereabouts`].

use std::collections::BTreeMap;

use crate::cloud::capacity::Instance;
use crate::cloud::ecs::{Task, TaskFilter, last_part};
use crate::cloud::{Answer, Cloud};

use super::ask::Asker;

/// All tasks of a cluster that run or have stopped within the hour, and the instances.
#[derive(Clone, Debug, Default)]
pub(super) struct Whereabouts {
    pub running: Vec<Task>,
    pub stopped: Vec<Task>,
    /// By the ARN of the container instance.
    pub instances: BTreeMap<String, Instance>,
}

impl Whereabouts {
    /// Looks, in four requests for a hundred tasks of each kind.
    pub async fn look<C: Cloud>(asker: &Asker<'_, C>, cluster: &str) -> Answer<Whereabouts> {
        let of = async |filter: TaskFilter| asker.aside(async |cloud: &C| cloud.tasks(cluster, &filter).await).await;
        let running = of(TaskFilter::AllRunning).await?;
        let stopped = of(TaskFilter::AllStopped).await?;
        let instances = asker
            .aside(async |cloud: &C| cloud.container_instances(cluster).await)
            .await?;
        Ok(Whereabouts {
            running,
            stopped,
            instances: instances.into_iter().map(|one| (one.arn.clone(), one)).collect(),
        })
    }

    /// The task of this ID.
    pub fn task(&self, id: &str) -> Option<&Task> {
        let mut all = self.running.iter().chain(&self.stopped);
        all.find(|task| task.id() == id)
    }

    /// The instance that a task is on.
    pub fn instance(&self, task: &Task) -> Option<&Instance> {
        self.instances.get(task.instance.as_deref()?)
    }

    /// The zone that a task is in.
    pub fn zone(&self, task: &Task) -> Option<String> {
        let on = self.instance(task).map(|instance| instance.zone.clone());
        task.zone.clone().or(on)
    }
}

/// The family of a task's definition.
pub(super) fn family(task_definition: &str) -> &str {
    let revision = last_part(task_definition);
    revision.split(':').next().unwrap_or(revision)
}
