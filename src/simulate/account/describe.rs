//! What ECS answers about services and tasks. In: names. Out: the nouns of [`crate::cloud::ecs`].

use crate::cloud::definition::TaskDefinition;
use crate::cloud::ecs::{Deployment, Service as Shown, ServiceDeployment, Task as ShownTask, TaskFilter};
use crate::cloud::{Answer, Error, Moment};

use super::Account;
use super::messages;
use super::names::cluster_name;
use super::service::Service;
use super::task::{Cause, End, Task};

impl Account {
    fn cluster_is_there(&self, operation: &str, cluster: &str) -> Answer<()> {
        match self.clusters.contains_key(cluster_name(cluster)) {
            true => Ok(()),
            false => Err(Error::new(operation, "ClusterNotFoundException", "Cluster not found.")),
        }
    }

    fn service_named(&self, cluster: &str, name: &str) -> Option<&Service> {
        let cluster = cluster_name(cluster);
        let mut within = self.services.values().filter(|service| service.cluster == cluster);
        within.find(|service| service.name == name || service.arn == name)
    }

    /// `DescribeServices`.
    pub fn services(&mut self, cluster: &str, names: &[String]) -> Answer<Vec<Shown>> {
        self.cluster_is_there("DescribeServices", cluster)?;
        let found = names.iter().filter_map(|name| self.service_named(cluster, name));
        Ok(found.map(|service| self.show(service)).collect())
    }

    fn show(&self, service: &Service) -> Shown {
        let counts = |id: Option<u64>| {
            let mine = self.tasks.values().filter(|task| {
                let owner = task.owner.as_ref();
                owner.is_some_and(|(arn, of)| *arn == service.arn && id.is_none_or(|id| id == *of))
            });
            let (mut running, mut pending) = (0, 0);
            for task in mine.filter(|task| task.is_alive()) {
                match task.runs() {
                    true => running += 1,
                    false => pending += 1,
                }
            }
            (running, pending)
        };
        let deployments = service.rollouts.iter().enumerate().map(|(at, rollout)| {
            let (running, pending) = counts(Some(rollout.id));
            Deployment {
                id: format!("ecs-svc/{}", rollout.id),
                status: if at == 0 { "PRIMARY" } else { "ACTIVE" }.to_string(),
                task_definition: rollout.definition.arn.clone(),
                desired: if at == 0 { service.desired } else { rollout.desired },
                running,
                pending,
                failed: rollout.failed,
                rollout: Some(rollout.state.word().to_string()),
                reason: Some(rollout.reason.clone()),
                created: rollout.created,
            }
        });
        let (running, pending) = counts(None);
        let current = service.records.first().filter(|record| record.finished.is_none());
        Shown {
            name: service.name.clone(),
            arn: service.arn.clone(),
            status: service.status.to_string(),
            desired: service.desired,
            running,
            pending,
            task_definition: service
                .rollouts
                .first()
                .map_or(String::new(), |first| first.definition.arn.clone()),
            deployments: deployments.collect(),
            current_deployment: current.map(|record| record.arn.clone()),
            events: service.events.iter().cloned().collect(),
        }
    }

    /// `ListServiceDeployments`.
    pub fn service_deployments(&mut self, cluster: &str, service: &str, since: Moment) -> Answer<Vec<String>> {
        let operation = "ListServiceDeployments";
        self.cluster_is_there(operation, cluster)?;
        let missing = || Error::new(operation, "ServiceNotFoundException", "Service not found.");
        let service = self.service_named(cluster, service).ok_or_else(missing)?;
        let new = service.records.iter().filter(|record| record.created >= since);
        Ok(new.map(|record| record.arn.clone()).collect())
    }

    /// `DescribeServiceDeployments`.
    pub fn describe_service_deployments(&mut self, arns: &[String]) -> Answer<Vec<ServiceDeployment>> {
        let records = self.services.values().flat_map(|service| &service.records);
        let all: Vec<&ServiceDeployment> = records.collect();
        let find = |arn: &String| all.iter().find(|record| record.arn == *arn);
        Ok(arns.iter().filter_map(find).map(|record| (*record).clone()).collect())
    }

    /// `ListTasks` and `DescribeTasks`. Tasks that are on their way out are listed among the stopped, as AWS does.
    pub fn tasks(&mut self, cluster: &str, filter: &TaskFilter, _now: Moment) -> Answer<Vec<ShownTask>> {
        self.cluster_is_there("ListTasks", cluster)?;
        let (TaskFilter::Running(name) | TaskFilter::Stopped(name)) = filter else {
            let running = *filter == TaskFilter::AllRunning;
            let all = self.tasks.values().chain(self.stopped.values());
            let within = all.filter(|task| task.cluster == cluster_name(cluster) && task.wanted == running);
            return Ok(within.map(Task::shown).collect());
        };
        let Some(arn) = self.service_named(cluster, name).map(|service| service.arn.clone()) else {
            return Err(Error::new(
                "ListTasks",
                "ServiceNotFoundException",
                "Service not found.",
            ));
        };
        let running = matches!(filter, TaskFilter::Running(_));
        let mine = |task: &&Task| {
            let owned = task.owner.as_ref().is_some_and(|(owner, _)| *owner == arn);
            owned && task.wanted == running
        };
        let all = self.tasks.values().chain(self.stopped.values());
        Ok(all.filter(mine).map(Task::shown).collect())
    }

    /// `DescribeTasks`.
    pub fn tasks_by_arn(&mut self, cluster: &str, arns: &[String], _now: Moment) -> Answer<Vec<ShownTask>> {
        self.cluster_is_there("DescribeTasks", cluster)?;
        let all = self.tasks.values().chain(self.stopped.values());
        let asked = all.filter(|task| arns.iter().any(|arn| *arn == task.arn || *arn == task.id));
        Ok(asked.map(Task::shown).collect())
    }

    /// `DescribeTaskDefinition`, by its ARN.
    pub fn task_definition(&self, arn: &str) -> Answer<TaskDefinition> {
        let found = self.definitions.get(arn);
        found.map(|found| found.shown.clone()).ok_or_else(|| {
            let text = "Unable to describe task definition.";
            Error::new("DescribeTaskDefinition", "ClientException", text)
        })
    }

    /// `StopTask`.
    pub fn stop_task(&mut self, cluster: &str, task: &str, reason: &str, now: Moment) -> Answer<()> {
        self.cluster_is_there("StopTask", cluster)?;
        let is_it = |one: &&Task| one.arn == task || one.id == task;
        if let Some(number) = self.tasks.values().find(is_it).map(|task| task.number) {
            let end = End {
                code: "UserInitiated",
                reason: match reason {
                    "" => messages::BY_USER.to_string(),
                    reason => reason.to_string(),
                },
                cause: Cause::Ordered,
            };
            self.order(number, end, now);
            return Ok(());
        }
        match self.stopped.values().any(|one| is_it(&one)) {
            true => Ok(()),
            false => Err(Error::new(
                "StopTask",
                "InvalidParameterException",
                "The referenced task was not found.",
            )),
        }
    }
}
