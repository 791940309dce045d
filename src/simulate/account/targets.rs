//! Target groups: their checks, and what they say of targets. In: tasks that register, time. Out: health. Must not know
//! services.

use serde_json::Value;

use crate::cloud::capacity::TargetHealth;
use crate::cloud::{Answer, Error, Moment};
use crate::rollout::health::{Health, TargetCheck};
use crate::simulate::fault::Kind;

use super::Account;
use super::read;
use super::task::Task;

/// A target group.
#[derive(Clone, Debug)]
pub(super) struct TargetGroup {
    pub arn: String,
    pub check: TargetCheck,
    /// Seconds that requests under way may take.
    pub delay: i64,
    /// Whether a check is a request of HTTP.
    pub http: bool,
    pub targets: Vec<Target>,
}

/// A target.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub id: String,
    pub port: i64,
    pub task: u64,
    pub state: State,
    /// Why it is not healthy: AWS's code and text.
    pub why: (&'static str, &'static str),
    next: Moment,
    passes: i64,
    failures: i64,
}

/// What a target group says of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Initial,
    Healthy,
    Unhealthy,
    /// Until this moment.
    Draining(Moment),
}

/// What a check finds.
enum Answered {
    Yes,
    Refused,
    Error,
}

impl TargetGroup {
    pub fn read(properties: &Value, arn: String) -> TargetGroup {
        let attributes = read::list(properties, "TargetGroupAttributes").iter();
        let mut delays =
            attributes.filter(|one| read::text(one, "Key") == Some("deregistration_delay.timeout_seconds"));
        let protocol = read::text(properties, "HealthCheckProtocol").or(read::text(properties, "Protocol"));
        TargetGroup {
            arn,
            check: TargetCheck {
                interval: read::number(properties, "HealthCheckIntervalSeconds").unwrap_or(30),
                healthy: read::number(properties, "HealthyThresholdCount").unwrap_or(5),
                unhealthy: read::number(properties, "UnhealthyThresholdCount").unwrap_or(2),
            },
            delay: delays.find_map(|one| read::number(one, "Value")).unwrap_or(300),
            http: protocol.is_none_or(|protocol| protocol.starts_with("HTTP")),
            targets: Vec::new(),
        }
    }

    /// What it says of a task.
    pub fn health(&self, task: u64) -> Health {
        match self.target(task).map(|target| target.state) {
            Some(State::Healthy) => Health::Healthy,
            Some(State::Unhealthy) => Health::Unhealthy,
            Some(State::Initial | State::Draining(_)) | None => Health::Unknown,
        }
    }

    /// The target that is a task.
    pub fn target(&self, task: u64) -> Option<&Target> {
        self.targets.iter().find(|target| target.task == task)
    }
}

impl Target {
    fn see(&mut self, answered: Answered, check: TargetCheck, http: bool) {
        match answered {
            Answered::Yes => {
                self.passes += 1;
                self.failures = 0;
                let wanted = match self.state {
                    State::Initial => TargetCheck::FIRST_ANSWERS,
                    _ => check.healthy,
                };
                if self.passes >= wanted {
                    self.state = State::Healthy;
                    self.why = ("", "");
                }
            }
            Answered::Refused | Answered::Error => {
                self.failures += 1;
                self.passes = 0;
                if self.failures >= check.unhealthy {
                    self.state = State::Unhealthy;
                    self.why = match answered {
                        Answered::Error if http => (
                            "Target.ResponseCodeMismatch",
                            "Health checks failed with these codes: [500]",
                        ),
                        _ => ("Target.FailedHealthChecks", "Health checks failed"),
                    };
                }
            }
        }
    }
}

impl Account {
    /// Registers a task with a target group.
    pub(super) fn register_target(&mut self, task: &Task, group: &str, port: i64, now: Moment) {
        let host = task.mapped.iter().find(|(container, _)| *container == port);
        let port = host.map_or(port, |(_, host)| *host);
        let machine = task.machine().and_then(|number| self.machines.get(&number));
        let id = task.address.clone().or(machine.map(|machine| machine.ec2.clone()));
        let Some(interval) = self.target_groups.get(group).map(|group| group.check.interval) else {
            return;
        };
        let first = self.between(1, interval);
        let group = self.target_groups.get_mut(group).expect("it was just there");
        group.targets.push(Target {
            id: id.unwrap_or_default(),
            port,
            task: task.number,
            state: State::Initial,
            why: ("Elb.InitialHealthChecking", "Initial health checks in progress"),
            next: now.plus_seconds(first),
            passes: 0,
            failures: 0,
        });
    }

    /// Takes a task out of its target groups; how many seconds that takes at most, and from which groups it went.
    pub(super) fn deregister(&mut self, task: u64, now: Moment) -> (i64, Vec<String>) {
        let mut longest = 0;
        let mut left = Vec::new();
        for group in self.target_groups.values_mut() {
            let (delay, arn) = (group.delay, &group.arn);
            for target in group.targets.iter_mut().filter(|target| target.task == task) {
                if !matches!(target.state, State::Draining(_)) {
                    target.state = State::Draining(now.plus_seconds(delay));
                    target.why = (
                        "Target.DeregistrationInProgress",
                        "Target deregistration is in progress",
                    );
                    longest = longest.max(delay);
                    left.push(arn.clone());
                }
            }
        }
        (longest, left)
    }

    /// Lets load balancers ask, and forget those that have drained.
    pub(super) fn check_targets(&mut self, now: Moment) {
        for group in self.target_groups.values_mut() {
            let (check, http) = (group.check, group.http);
            group
                .targets
                .retain(|target| !matches!(target.state, State::Draining(until) if until <= now));
            for target in &mut group.targets {
                if matches!(target.state, State::Draining(_)) || target.next > now {
                    continue;
                }
                target.next = now.plus_seconds(check.interval);
                let answered = match self.tasks.get(&target.task) {
                    Some(task) if task.is_ready(now) => {
                        let fails = self.faults.holds(Kind::Unhealthy, &task.definition, now, |_| true);
                        if fails { Answered::Error } else { Answered::Yes }
                    }
                    _ => Answered::Refused,
                };
                target.see(answered, check, http);
            }
        }
    }

    /// `DescribeTargetHealth`.
    pub fn target_health(&mut self, target_group: &str) -> Answer<Vec<TargetHealth>> {
        let Some(group) = self.target_groups.get(target_group) else {
            let message = format!("Target groups '{target_group}' not found");
            return Err(Error::new("DescribeTargetHealth", "TargetGroupNotFound", message));
        };
        let shown = |target: &Target| {
            let (reason, about) = target.why;
            let text = |text: &str| (!text.is_empty()).then(|| text.to_string());
            TargetHealth {
                target: target.id.clone(),
                port: target.port,
                state: match target.state {
                    State::Initial => "initial",
                    State::Healthy => "healthy",
                    State::Unhealthy => "unhealthy",
                    State::Draining(_) => "draining",
                }
                .to_string(),
                reason: text(reason),
                about: text(about),
            }
        };
        Ok(group.targets.iter().map(shown).collect())
    }
}
