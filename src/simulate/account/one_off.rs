//! `RunTask`: tasks that run once. In: requests. Out: tasks, or why there is no room. Must not know services.

use crate::cloud::ecs::OneOff;
use crate::cloud::{Answer, Error, Moment};
use crate::rollout::limits;
use crate::simulate::fault::Kind;

use super::Account;
use super::capacity::Capacity;
use super::conduct::Tests;
use super::ending::Wanted;
use super::messages;
use super::names::cluster_name;

impl Account {
    /// Runs one task. The same token gives the same task.
    pub fn run_task(&mut self, wish: &OneOff, now: Moment) -> Answer<Result<String, String>> {
        if let Some(arn) = self.tokens.get(&wish.token).filter(|_| !wish.token.is_empty()) {
            return Ok(Ok(arn.clone()));
        }
        let cluster = cluster_name(&wish.cluster).to_string();
        if !self.clusters.contains_key(&cluster) {
            return Err(Error::new("RunTask", "ClusterNotFoundException", "Cluster not found."));
        }
        let missing = || Error::new("RunTask", "ClientException", "TaskDefinition not found.");
        let definition = self.find_definition(&wish.task_definition).ok_or_else(missing)?;
        if let Some((container, _)) = &wish.command
            && !definition.containers.iter().any(|part| part.name == *container)
        {
            let text = format!("Override for container named {container} is not a container in the TaskDefinition.");
            return Err(Error::new("RunTask", "InvalidParameterException", text));
        }
        let capacity = self.capacity(&cluster, None, wish.provider.as_deref());
        let mut task = self.new_task(
            Wanted {
                group: format!("family:{}", definition.family).into(),
                started_by: wish.started_by.clone(),
                definition: definition.clone(),
                owner: None,
                capacity: capacity.clone(),
                cluster: cluster.clone(),
            },
            now,
        );
        task.command = wish.command.as_ref().map(|(_, command)| command.clone());
        if let Capacity::Fargate { .. } = capacity {
            if self.faults.holds(Kind::NoCapacity, &definition, now, |_| true) {
                return Ok(Err(messages::NO_FARGATE.to_string()));
            }
            let subnets = wish.network.as_ref().map_or(&[][..], |(subnets, _)| subnets).to_vec();
            self.start_on_fargate(&mut task, &subnets, now);
        } else {
            match self.find_room(&task, now) {
                Ok(machine) => self.seat(&mut task, machine, Tests::default(), now),
                Err(_) if self.may_wait(&cluster, &capacity) => {
                    let (least, most) = limits::PROVISIONING_SECONDS;
                    task.due = now.plus_seconds(self.between(least, most));
                }
                Err(Some((_, reason))) => return Ok(Err(reason.code().to_string())),
                Err(None) => {
                    let text = "No Container Instances were found in your cluster.";
                    return Err(Error::new("RunTask", "InvalidParameterException", text));
                }
            }
        }
        let arn = task.arn.clone();
        self.tokens.insert(wish.token.clone(), arn.clone());
        self.put_back(task);
        Ok(Ok(arn))
    }
}
