//! What the scheduler starts. In: what is missing of a service, its upper bound. Out: tasks with a place, waiting for one, or
//! failures. Must not know how a task lives.

use crate::cloud::Moment;
use crate::rollout::limits;
use crate::simulate::fault::Kind;

use super::Account;
use super::capacity::Capacity;
use super::ending::Wanted;
use super::messages::{self, Reason};
use super::placing::Closest;
use super::scheduler::LOOK_SECONDS;
use super::task::Task;

impl Account {
    /// Starts what is missing, within the upper bound.
    pub(super) fn start_copies(&mut self, arn: &str, now: Moment) {
        let seen = self.seen(arn, now);
        let service = &self.services[arn];
        let alive = seen.iter().filter(|one| one.alive).count() as i64;
        let most_now = limits::STARTS_A_MINUTE * LOOK_SECONDS / 60;
        let mut room = (service.percents.upper(service.desired) - alive).min(most_now);
        let mut wants: Vec<(u64, i64)> = Vec::new();
        // A copy of the old revision that died is replaced by one of the same revision.
        for (at, rollout) in service.rollouts.iter().enumerate().rev() {
            let good = seen
                .iter()
                .filter(|one| one.rollout == rollout.id && one.is_good())
                .count() as i64;
            let desired = if at == 0 { service.desired } else { rollout.desired };
            if !rollout.halted && now >= service.pause.until {
                wants.push((rollout.id, desired - good));
            }
        }
        let mut started = Vec::new();
        'all: for (id, missing) in wants {
            for _ in 0..missing.min(room).max(0) {
                match self.start_copy(arn, id, None, now) {
                    Some(task) => started.push(task),
                    None => break 'all,
                }
                room -= 1;
            }
        }
        self.tell_started(arn, &started, now);
    }

    /// Tells which tasks were started.
    pub(super) fn tell_started(&mut self, arn: &str, started: &[String], now: Moment) {
        if !started.is_empty() {
            let service = self.service(arn);
            service.steady = None;
            service.settled = None;
            let unhealthy = std::mem::take(&mut service.unhealthy).min(started.len());
            service.say(messages::started(started, unhealthy), now);
        }
    }

    /// Starts one task; on one instance only where one is told. Tells its ID.
    pub(super) fn start_copy(&mut self, arn: &str, id: u64, only: Option<u64>, now: Moment) -> Option<String> {
        let service = &self.services[arn];
        let rollout = service.rollouts.iter().find(|rollout| rollout.id == id)?;
        let capacity = match only {
            Some(_) => Capacity::Instances,
            None => self.capacity_of(service),
        };
        let (tests, subnets) = (self.tests_of(service), service.subnets.clone());
        let wanted = Wanted {
            cluster: service.cluster.clone(),
            group: service.group.clone(),
            started_by: format!("ecs-svc/{id}"),
            definition: rollout.definition.clone(),
            owner: Some((arn.to_string(), id)),
            capacity: capacity.clone(),
        };
        let definition = wanted.definition.clone();
        let mut task = self.new_task(wanted, now);
        if let Capacity::Fargate { .. } = capacity {
            if self.faults.holds(Kind::NoCapacity, &definition, now, |_| true) {
                self.unplaced(arn, id, &messages::unable(messages::NO_FARGATE), now);
                return None;
            }
            self.start_on_fargate(&mut task, &subnets, now);
        } else {
            let found = match only {
                Some(number) => self.room_on(&task, number),
                None => self.find_room(&task, now),
            };
            match found {
                Ok(machine) => self.seat(&mut task, machine, tests, now),
                Err(_) if only.is_none() && self.may_wait(&task.cluster, &capacity) => {
                    let (least, most) = limits::PROVISIONING_SECONDS;
                    task.due = now.plus_seconds(self.between(least, most));
                }
                Err(closest) => {
                    let closest = closest.as_ref().map(|(arn, reason)| {
                        let short = arn.rsplit('/').next().unwrap_or(arn);
                        (short, *reason)
                    });
                    let message = match (closest, &capacity) {
                        (None, Capacity::Provider(_)) => messages::provider_is_empty(),
                        (closest, _) => messages::unplaced(closest),
                    };
                    self.unplaced(arn, id, &message, now);
                    return None;
                }
            }
        }
        let name = task.id.clone();
        self.put_back(task);
        Some(name)
    }

    /// Whether one more task of a cluster may wait for an instance.
    pub(super) fn may_wait(&self, cluster: &str, capacity: &Capacity) -> bool {
        let waiting = self
            .tasks
            .values()
            .filter(|task| task.cluster == cluster && task.waits())
            .count() as i64;
        self.waits_for_room(capacity) && waiting < limits::PROVISIONING_TASKS
    }

    /// A task that could not be placed. While copies of the same service are stopping, their room comes free, and ECS's failure
    /// is not counted.
    fn unplaced(&mut self, arn: &str, id: u64, message: &str, now: Moment) {
        let of_it = |task: &&Task| task.owner.as_ref().is_some_and(|(owner, _)| owner == arn);
        let frees = self
            .tasks
            .values()
            .filter(of_it)
            .any(|task| !task.wanted && task.stage.holds_room());
        let service = self.service(arn);
        service.steady = None;
        service.say_once(message, now);
        if !frees {
            self.not_started(arn, id, now, now);
        }
    }

    /// Whether a task has room on one instance.
    fn room_on(&self, task: &Task, number: u64) -> Result<u64, Closest> {
        let machine = &self.machines[&number];
        match machine.host.lack(&task.definition.demand) {
            None => Ok(number),
            Some(lack) => Err(Some((machine.arn.clone(), Reason::Lacks(lack)))),
        }
    }
}
