//! A task and what is known of it. Must not know services.

use std::rc::Rc;
use std::sync::Arc;

use crate::cloud::Moment;
use crate::cloud::ecs;
use crate::rollout::health::{self, Health};
use crate::rollout::stage::Stage;

use super::capacity::Capacity;
use super::conduct::Conduct;
use super::definition::Definition;

/// Where a task is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It waits for an instance with room.
    Nowhere,
    /// On an instance, by its number.
    Machine(u64),
    /// On Fargate.
    Fargate,
}

/// Why a task ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub code: &'static str,
    pub reason: String,
    pub cause: Cause,
}

/// Whose doing the end of a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// It never started.
    NotStarted,
    /// It ended by itself.
    Died,
    /// Somebody stopped it.
    Ordered,
    /// What it ran on went away.
    Lost,
}

/// A task.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub number: u64,
    pub id: String,
    pub arn: String,
    pub cluster: String,
    pub group: Arc<str>,
    pub started_by: String,
    pub definition: Rc<Definition>,
    /// The ARN of its service and the number of its deployment.
    pub owner: Option<(String, u64)>,
    pub capacity: Capacity,
    pub place: Place,
    pub machine_arn: Option<String>,
    pub zone: Option<Arc<str>>,
    /// Where it is reached: its own address, or its instance.
    pub address: Option<String>,
    /// The host port of each container port.
    pub mapped: Vec<(i64, i64)>,
    pub stage: Stage,
    /// When the present stage ends, where time ends it.
    pub due: Moment,
    pub wanted: bool,
    pub created: Moment,
    pub started: Option<Moment>,
    pub stopping: Option<Moment>,
    pub stopped: Option<Moment>,
    pub containers: Vec<State>,
    pub end: Option<End>,
    pub conduct: Conduct,
    /// The command that it was started with, in place of its definition's.
    pub command: Option<Vec<String>>,
    /// Whether it has counted as healthy.
    pub was_healthy: bool,
    /// Whether a check has given it up.
    pub failing: bool,
}

/// A container of a task.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub last: &'static str,
    pub exit: Option<i64>,
    pub reason: Option<String>,
    pub health: Health,
    /// Failures of its check in a row.
    pub failures: i64,
    pub next_check: Moment,
}

impl Task {
    /// Whether it counts toward the most copies at once.
    pub fn is_alive(&self) -> bool {
        self.wanted && self.stage.counts_toward_upper()
    }

    /// Whether it is RUNNING.
    pub fn runs(&self) -> bool {
        self.stage == Stage::Running
    }

    /// For how long it has been RUNNING, in seconds.
    pub fn running_seconds(&self, now: Moment) -> i64 {
        self.started.map_or(0, |started| now.seconds_since(started))
    }

    /// Whether its process answers.
    pub fn is_ready(&self, now: Moment) -> bool {
        self.runs() && self.running_seconds(now) >= self.conduct.ready
    }

    /// Its health by the checks of its essential containers.
    pub fn health(&self) -> Health {
        let parts = self.definition.containers.iter().zip(&self.containers);
        let essential = parts.filter(|(part, _)| part.essential && !part.ends);
        let healths: Vec<Health> = essential.map(|(_, state)| state.health).collect();
        health::of_task(&healths)
    }

    /// The machine it is on.
    pub fn machine(&self) -> Option<u64> {
        match self.place {
            Place::Machine(number) => Some(number),
            Place::Nowhere | Place::Fargate => None,
        }
    }

    /// Whether it waits for an instance with room.
    pub fn waits(&self) -> bool {
        self.wanted && self.place == Place::Nowhere && self.stage == Stage::Provisioning
    }

    /// Where it is reached, at each of its ports.
    fn addresses(&self) -> Vec<(String, i64)> {
        let Some(address) = &self.address else {
            return Vec::new();
        };
        let ports: Vec<i64> = match self.mapped.is_empty() {
            false => self.mapped.iter().map(|(_, host)| *host).collect(),
            true => {
                let ports = self.definition.containers.iter().flat_map(|part| &part.ports);
                ports.map(|port| port.container).collect()
            }
        };
        ports.into_iter().map(|port| (address.clone(), port)).collect()
    }

    /// As `DescribeTasks` shows it.
    pub fn shown(&self) -> ecs::Task {
        let container = |(part, state): (&super::definition::Part, &State)| ecs::Container {
            name: part.name.clone(),
            last_status: state.last.to_string(),
            exit_code: state.exit,
            reason: state.reason.clone(),
            health: health_word(state.health).to_string(),
        };
        ecs::Task {
            arn: self.arn.clone(),
            group: self.group.to_string(),
            task_definition: self.definition.arn.clone(),
            started_by: self.started_by.clone(),
            last_status: stage_word(self.stage).to_string(),
            desired_status: if self.wanted { "RUNNING" } else { "STOPPED" }.to_string(),
            health: health_word(self.health()).to_string(),
            instance: self.machine_arn.clone(),
            zone: self.zone.as_ref().map(|zone| zone.to_string()),
            addresses: self.addresses(),
            stop_code: self.end.as_ref().map(|end| end.code.to_string()),
            stopped_reason: self.end.as_ref().map(|end| end.reason.clone()),
            containers: self
                .definition
                .containers
                .iter()
                .zip(&self.containers)
                .map(container)
                .collect(),
            created: self.created,
            started: self.started,
            stopping: self.stopping,
            stopped: self.stopped,
        }
    }
}

fn health_word(health: Health) -> &'static str {
    match health {
        Health::Healthy => "HEALTHY",
        Health::Unhealthy => "UNHEALTHY",
        Health::Unknown => "UNKNOWN",
    }
}

fn stage_word(stage: Stage) -> &'static str {
    match stage {
        Stage::Provisioning => "PROVISIONING",
        Stage::Pending => "PENDING",
        Stage::Activating => "ACTIVATING",
        Stage::Running => "RUNNING",
        Stage::Deactivating => "DEACTIVATING",
        Stage::Stopping => "STOPPING",
        Stage::Deprovisioning => "DEPROVISIONING",
        Stage::Stopped => "STOPPED",
    }
}
