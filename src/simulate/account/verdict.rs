//! How deployments end. In: what happened to tasks. Out: breakers, pauses, completed and failed deployments. Must not know how a
//! task is placed.

use crate::cloud::Moment;
use crate::rollout::breaker::Incident;
use crate::rollout::health::Health;
use crate::rollout::limits;

use super::rollouts::Rolling;
use super::service::SILENCE_SECONDS;
use super::task::{Cause, Task};
use super::{Account, Progress, messages};

/// For how long a deployment must be as it shall be until ECS calls it completed, in seconds, where anything checks its tasks.
const HELD_SECONDS: i64 = 20;

/// Within how many seconds of RUNNING a death counts in a service that nothing checks.
const EARLY_SECONDS: i64 = 10;

/// The first pause after a failed start, in seconds; each further one is twice as long.
const FIRST_PAUSE_SECONDS: i64 = 15;

/// After how many failed attempts in a row ECS says so.
const IMPAIRED_ATTEMPTS: u32 = 3;

const TRIPPED: &str = "ECS deployment circuit breaker: tasks failed to start.";
const ROLLED_BACK: &str = "Service deployment rolled back because the circuit breaker threshold was exceeded.";
const NO_CANDIDATE: &str = "No rollback candidate was found to run the rollback.";
const STOPPED: &str = "Service deployment stopped because the circuit breaker threshold was exceeded.";

impl Account {
    /// Notes which tasks are healthy now, and which a check has given up.
    pub(super) fn judge(&mut self, arn: &str, now: Moment) {
        for one in self.seen(arn, now) {
            let task = &self.tasks[&one.number];
            if one.healthy && !task.was_healthy {
                self.tasks.get_mut(&one.number).expect("it was just there").was_healthy = true;
                self.incident(arn, one.rollout, Incident::Healthy);
            }
            let service = &self.services[arn];
            let task = &self.tasks[&one.number];
            let in_grace = task
                .started
                .is_none_or(|started| now < started.plus_seconds(service.grace));
            if !task.runs() || task.failing || in_grace {
                continue;
            }
            let message = match self.unhealthy_target(arn, task) {
                Some(message) => message,
                None if task.health() == Health::Unhealthy => messages::unhealthy_containers(&task.id),
                None => continue,
            };
            self.tasks.get_mut(&one.number).expect("it was just there").failing = true;
            let service = self.service(arn);
            service.unhealthy += 1;
            service.steady = None;
            service.settled = None;
            service.say(message, now);
            self.incident(arn, one.rollout, Incident::FailedHealth);
        }
    }

    /// What ECS says of a task that one of its target groups finds unhealthy.
    fn unhealthy_target(&self, arn: &str, task: &Task) -> Option<String> {
        let service = &self.services[arn];
        let groups = service
            .attached
            .iter()
            .filter_map(|one| self.target_groups.get(&one.group));
        let mut unhealthy = groups.filter(|group| group.health(task.number) == Health::Unhealthy);
        let group = unhealthy.next()?;
        let target = group.target(task.number)?;
        let instance = target.id.starts_with("i-").then_some(&*target.id);
        Some(messages::unhealthy_target(
            instance,
            target.port,
            &group.arn,
            target.why.1,
        ))
    }

    /// Counts what happened to a task of a deployment.
    fn incident(&mut self, arn: &str, id: u64, incident: Incident) {
        let service = self.service(arn);
        let is_first = service.rollouts.first().is_some_and(|first| first.id == id);
        let Some(rollout) = service.rollout(id) else { return };
        if !is_first || rollout.state != Rolling::InProgress {
            return;
        }
        match incident {
            Incident::NotStarted | Incident::FailedHealth => rollout.failed += 1,
            Incident::Healthy => rollout.failed = 0,
            Incident::Running | Incident::Died => {}
        }
        rollout.breaker.see(incident);
        if !rollout.back {
            service.note_breaker(id, "MONITORING");
        }
    }

    /// Notes that a task runs: the pauses are over.
    pub(super) fn running(&mut self, task: &Task) {
        let Some((arn, id)) = task.owner.clone() else { return };
        let pause = &mut self.service(&arn).pause;
        pause.attempts = 0;
        pause.until = pause.since;
        self.incident(&arn, id, Incident::Running);
    }

    /// Registers a task with the target groups of its service.
    pub(super) fn register_targets(&mut self, task: &Task, now: Moment) {
        let Some((arn, _)) = task.owner.clone() else { return };
        for one in self.service(&arn).attached.clone() {
            self.register_target(task, &one.group, one.port, now);
            *self.service(&arn).registered.entry(one.group).or_default() += 1;
        }
    }

    /// Tells which targets came and went since the last look.
    pub(super) fn tell_targets(&mut self, arn: &str, now: Moment) {
        let service = self.service(arn);
        for (group, count) in std::mem::take(&mut service.registered) {
            service.say(messages::targets("registered", count, &group), now);
        }
        let left = std::mem::take(&mut service.left);
        let most = left.values().copied().max();
        for (group, count) in left {
            service.say(messages::targets("deregistered", count, &group), now);
        }
        if let Some(count) = most {
            service.say(messages::draining(count), now);
        }
    }

    /// Notes that a task did not start: the next attempt waits, longer each time.
    pub(super) fn not_started(&mut self, arn: &str, id: u64, created: Moment, now: Moment) {
        let service = self.service(arn);
        let pause = &mut service.pause;
        // Tasks that were started together fail together: one attempt.
        if created >= pause.since {
            let seconds = FIRST_PAUSE_SECONDS << pause.attempts.min(6);
            pause.attempts += 1;
            pause.since = now;
            pause.until = now.plus_seconds(seconds.min(limits::LONGEST_PAUSE_SECONDS));
        }
        if pause.attempts >= IMPAIRED_ATTEMPTS {
            service.say_once(&messages::impaired(), now);
        }
        self.incident(arn, id, Incident::NotStarted);
    }

    /// Notes that a task is STOPPED.
    pub(super) fn ended(&mut self, task: &Task, now: Moment) {
        let (Some((arn, id)), Some(end)) = (task.owner.clone(), task.end.clone()) else {
            return;
        };
        let service = self.service(&arn);
        service.settled = None;
        match end.cause {
            Cause::NotStarted => {
                service.say_once(&messages::unable(&end.reason), now);
                self.not_started(&arn, id, task.created, now);
            }
            Cause::Died => {
                let checked = !service.attached.is_empty() || task.definition.has_check();
                let counts = match checked {
                    true => !task.was_healthy,
                    false => task.running_seconds(task.stopping.unwrap_or(now)) < EARLY_SECONDS,
                };
                let incident = if counts { Incident::FailedHealth } else { Incident::Died };
                self.incident(&arn, id, incident);
            }
            Cause::Ordered | Cause::Lost => {}
        }
    }

    /// Ends a deployment whose breaker trips: back, or nothing more.
    pub(super) fn trip(&mut self, arn: &str, now: Moment) {
        let service = self.service(arn);
        let (Some(rules), desired) = (service.rules, service.desired) else {
            return;
        };
        let Some(first) = service
            .rollouts
            .first()
            .filter(|first| first.state == Rolling::InProgress && !first.back && first.breaker.has_tripped(desired))
        else {
            return;
        };
        let (id, record) = (first.id, first.record.clone());
        service.note_breaker(id, "TRIGGERED");
        service.say(messages::failed(id), now);
        if rules.rollback && service.go_back(TRIPPED, ROLLED_BACK, now) {
            return;
        }
        let first = &mut service.rollouts[0];
        first.state = Rolling::Failed;
        first.reason = TRIPPED.to_string();
        first.halted = true;
        let (status, reason) = match rules.rollback {
            true => ("ROLLBACK_FAILED", NO_CANDIDATE),
            false => ("STOPPED", STOPPED),
        };
        if let Some(record) = service.record(&record) {
            record.status = status.to_string();
            record.reason = Some(reason.to_string());
            record.rollback = rules.rollback.then(|| ROLLED_BACK.to_string());
            record.finished = Some(now);
        }
        service.outcome = Progress::Failed(messages::breaker(&service.token));
    }

    /// The token that CloudFormation gives an operation on a resource.
    pub(super) fn token(&mut self) -> String {
        let parts = [8, 4, 4, 4, 12].map(|length| self.hex(length));
        parts.join("-")
    }

    /// Calls a deployment completed and a service steady once all is as it shall be.
    pub(super) fn settle(&mut self, arn: &str, now: Moment) {
        let seen = self.seen(arn, now);
        let desired = match self.services[arn].daemon {
            true => self.daemon_desired(arn),
            false => self.services[arn].desired,
        };
        let service = self.service(arn);
        let Some(first) = service.rollouts.first() else { return };
        let (id, state) = (first.id, first.state);
        let checked = !service.attached.is_empty() || first.definition.has_check();
        service
            .rollouts
            .retain(|rollout| rollout.id == id || seen.iter().any(|one| one.rollout == rollout.id));
        let good = seen
            .iter()
            .filter(|one| one.rollout == id && one.healthy && one.is_good())
            .count() as i64;
        let alive = seen.iter().filter(|one| one.alive).count() as i64;
        let old = seen.iter().filter(|one| one.rollout != id).count();
        if good != desired || alive != desired || old > 0 {
            service.settled = None;
            service.steady = None;
            return;
        }
        let since = *service.settled.get_or_insert(now);
        let held = if checked && desired > 0 { HELD_SECONDS } else { 0 };
        if state == Rolling::InProgress {
            if now.seconds_since(since) < held {
                return;
            }
            service.complete(now);
        }
        let service = self.service(arn);
        if service
            .steady
            .is_none_or(|last| now.seconds_since(last) >= SILENCE_SECONDS)
        {
            service.steady = Some(now);
            service.say(messages::STEADY, now);
        }
        if service.outcome == Progress::UnderWay {
            service.outcome = match state {
                Rolling::Failed => Progress::Failed(messages::breaker(&service.token)),
                Rolling::InProgress | Rolling::Completed => Progress::Done,
            };
        }
    }

    /// How far a service is, as CloudFormation sees it, which gives up by itself.
    pub(super) fn service_progress(&self, arn: &str) -> Progress {
        let Some(service) = self.services.get(arn) else {
            return Progress::Done;
        };
        match service.status {
            "INACTIVE" => Progress::Done,
            "DRAINING" => Progress::UnderWay,
            _ => service.outcome.clone(),
        }
    }
}

impl super::service::Service {
    /// Its newest deployment is completed.
    fn complete(&mut self, now: Moment) {
        let Some(first) = self.rollouts.first_mut() else { return };
        let (id, back, record) = (first.id, first.back, first.record.clone());
        first.state = Rolling::Completed;
        first.back = false;
        first.failed = 0;
        first.reason = format!("ECS deployment ecs-svc/{id} completed.");
        self.completed = Some((id, first.definition.clone()));
        let (status, reason) = match back {
            true => ("ROLLBACK_SUCCESSFUL", Some(ROLLED_BACK)),
            false => ("SUCCESSFUL", None),
        };
        if let Some(record) = self.record(&record) {
            record.status = status.to_string();
            record.reason = reason.map(str::to_string);
            record.finished = Some(now);
        }
        if back {
            self.outcome = Progress::Failed(messages::breaker(&self.token));
        } else {
            self.note_breaker(id, "MONITORING_COMPLETE");
            self.outcome = Progress::Done;
        }
        self.say(messages::completed(id), now);
    }
}
