//! Deployments of a service: how one begins, takes the place of another, goes back. In: a revision. Out: deployments and their
//! records. Must not know tasks one by one.

use std::rc::Rc;

use crate::cloud::Moment;
use crate::cloud::ecs::{BreakerState, ServiceDeployment};
use crate::cloud::{Answer, Error};
use crate::rollout::breaker::{Breaker, Threshold};

use super::definition::Definition;
use super::service::{Pause, Service};
use super::{Account, Progress, messages};

/// A deployment.
#[derive(Clone, Debug)]
pub(super) struct Rollout {
    pub id: u64,
    pub definition: Rc<Definition>,
    /// How many tasks of it there shall be, of one that is not the newest.
    pub desired: i64,
    pub breaker: Breaker,
    pub failed: i64,
    pub state: Rolling,
    pub reason: String,
    pub created: Moment,
    /// The ARN of the service deployment it belongs to.
    pub record: String,
    /// Whether it takes the service back to what it was.
    pub back: bool,
    /// Whether it starts nothing any more.
    pub halted: bool,
}

/// The state of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rolling {
    InProgress,
    Completed,
    Failed,
}

impl Rolling {
    pub fn word(self) -> &'static str {
        match self {
            Rolling::InProgress => "IN_PROGRESS",
            Rolling::Completed => "COMPLETED",
            Rolling::Failed => "FAILED",
        }
    }
}

impl Service {
    /// A deployment by its number.
    pub fn rollout(&mut self, id: u64) -> Option<&mut Rollout> {
        self.rollouts.iter_mut().find(|rollout| rollout.id == id)
    }

    /// A service deployment by its ARN.
    pub fn record(&mut self, arn: &str) -> Option<&mut ServiceDeployment> {
        self.records.iter_mut().find(|record| record.arn == arn)
    }

    /// Writes into the record what the breaker of a deployment has counted.
    pub fn note_breaker(&mut self, id: u64, status: &str) {
        let (Some(rules), desired) = (self.rules, self.desired) else {
            return;
        };
        let Some(rollout) = self.rollout(id) else { return };
        let state = BreakerState {
            status: status.to_string(),
            failures: rollout.breaker.failures(),
            threshold: rules.threshold.failures(desired),
        };
        let arn = rollout.record.clone();
        if let Some(record) = self.record(&arn) {
            record.breaker = Some(state);
        }
    }

    /// Ends the newest deployment as failed, and goes back to the last one that was completed; whether there is one.
    pub fn go_back(&mut self, why: &str, because: &str, now: Moment) -> bool {
        let Some(first) = self.rollouts.first_mut() else {
            return false;
        };
        let arn = first.record.clone();
        let target = self.completed.clone().filter(|(id, _)| *id != first.id);
        first.state = Rolling::Failed;
        first.reason = why.to_string();
        first.halted = true;
        let Some((id, definition)) = target else {
            return false;
        };
        first.desired = 0;
        let at = self.rollouts.iter().position(|rollout| rollout.id == id);
        let known = at.map(|at| self.rollouts.remove(at));
        let mut back = known.unwrap_or_else(|| Rollout {
            id,
            definition,
            desired: 0,
            breaker: Breaker::new(Threshold::DEFAULT, true),
            failed: 0,
            state: Rolling::InProgress,
            reason: String::new(),
            created: now,
            record: arn.clone(),
            back: true,
            halted: false,
        });
        for other in &mut self.rollouts {
            other.desired = 0;
        }
        back.state = Rolling::InProgress;
        back.reason = format!("ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/{id}.");
        back.record = arn.clone();
        back.back = true;
        self.rollouts.insert(0, back);
        self.pause = Pause::default();
        self.settled = None;
        self.steady = None;
        if let Some(record) = self.record(&arn) {
            record.status = "ROLLBACK_IN_PROGRESS".to_string();
            record.rollback = Some(because.to_string());
        }
        self.say(messages::rolling_back(id), now);
        true
    }
}

impl Account {
    /// Begins a deployment. The one before it, if it was under way, is over.
    pub(super) fn begin_rollout(&mut self, arn: &str, definition: Rc<Definition>, now: Moment) {
        let id = self.rng.u64(1_000_000_000_000_000_000..=9_223_372_036_854_775_807);
        let tail: String = self.hex(21);
        let service = &self.services[arn];
        let rest = format!("service-deployment/{}/{}/{tail}", service.cluster, service.name);
        let record = self.arn("ecs", &rest);
        let alive: Vec<(u64, i64)> = self.alive_by_rollout(arn);
        let service = self.services.get_mut(arn).expect("it was just there");
        let rules = service.rules;
        for (at, older) in service.rollouts.iter_mut().enumerate() {
            let runs = alive
                .iter()
                .find(|(id, _)| *id == older.id)
                .map_or(0, |(_, count)| *count);
            // What never got all its tasks is not topped up behind the new one.
            older.desired = match at == 0 && older.state == Rolling::Completed {
                true => service.desired,
                false => runs,
            };
            older.halted = older.state != Rolling::Completed;
        }
        for record in &mut service.records {
            if record.finished.is_none() {
                record.status = "STOPPED".to_string();
                record.reason = Some("Service deployment stopped because a newer one was started.".to_string());
                record.finished = Some(now);
            }
        }
        let (threshold, reset) = rules.map_or((Threshold::DEFAULT, true), |rules| (rules.threshold, rules.reset));
        service.records.insert(
            0,
            ServiceDeployment {
                arn: record.clone(),
                status: "IN_PROGRESS".to_string(),
                task_definition: definition.arn.clone(),
                created: now,
                ..ServiceDeployment::default()
            },
        );
        service.rollouts.insert(
            0,
            Rollout {
                id,
                definition,
                desired: 0,
                breaker: Breaker::new(threshold, reset),
                failed: 0,
                state: Rolling::InProgress,
                reason: format!("ECS deployment ecs-svc/{id} in progress."),
                created: now,
                record,
                back: false,
                halted: false,
            },
        );
        // A new deployment ends the pauses of the old one.
        service.pause = Pause::default();
        service.settled = None;
        service.steady = None;
        service.outcome = Progress::UnderWay;
        service.next = now;
        service.note_breaker(id, "MONITORING");
    }

    fn alive_by_rollout(&self, arn: &str) -> Vec<(u64, i64)> {
        let mut found: Vec<(u64, i64)> = Vec::new();
        for task in self.tasks.values().filter(|task| task.is_alive()) {
            let Some((_, id)) = task.owner.as_ref().filter(|(owner, _)| owner == arn) else {
                continue;
            };
            match found.iter_mut().find(|(known, _)| known == id) {
                Some((_, count)) => *count += 1,
                None => found.push((*id, 1)),
            }
        }
        found
    }

    /// `StopServiceDeployment` with a rollback.
    pub fn stop_service_deployment(&mut self, deployment: &str, now: Moment) -> Answer<()> {
        let refuse = |code: &str, message: &str| Err(Error::new("StopServiceDeployment", code, message));
        let mut services = self.services.values_mut();
        let found = services.find(|service| service.records.iter().any(|record| record.arn == deployment));
        let Some(service) = found else {
            return refuse("ServiceDeploymentNotFoundException", "Service deployment not found.");
        };
        let current = service
            .rollouts
            .first()
            .is_some_and(|first| first.record == deployment && first.state == Rolling::InProgress && !first.back);
        if !current {
            return refuse("ConflictException", "The service deployment is not in progress.");
        }
        service.next = now;
        let by_hand = "Service deployment was stopped by StopServiceDeployment.";
        if !service.go_back(by_hand, by_hand, now) {
            let status = "No rollback candidate was found to run the rollback.";
            if let Some(record) = service.record(deployment) {
                record.status = "ROLLBACK_FAILED".to_string();
                record.reason = Some(status.to_string());
                record.finished = Some(now);
            }
            service.outcome = Progress::Failed(messages::stopped_by_hand(&service.token));
        }
        Ok(())
    }
}
