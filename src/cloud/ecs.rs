//! The nouns of ECS: services, their deployments and events, tasks and their containers. Words of AWS stay open text.

use serde::{Deserialize, Serialize};

use super::Moment;

/// A service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// `ACTIVE`, `DRAINING` or `INACTIVE`.
    pub status: String,
    /// How many tasks there shall be.
    pub desired: i64,
    /// How many run.
    pub running: i64,
    /// How many are on their way.
    pub pending: i64,
    /// The revision that shall run, an ARN.
    pub task_definition: String,
    /// Its deployments: the newest, and those that still have tasks.
    pub deployments: Vec<Deployment>,
    /// The ARN of the service deployment that is under way.
    pub current_deployment: Option<String>,
    /// The hundred newest events, newest first.
    pub events: Vec<ServiceEvent>,
}

/// A deployment as `DescribeServices` shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    /// `ecs-svc/…`.
    pub id: String,
    /// `PRIMARY`, `ACTIVE` or `INACTIVE`.
    pub status: String,
    /// Its revision.
    pub task_definition: String,
    /// How many tasks of it there shall be.
    pub desired: i64,
    /// How many run.
    pub running: i64,
    /// How many are on their way.
    pub pending: i64,
    /// How many failed in a row.
    pub failed: i64,
    /// `IN_PROGRESS`, `COMPLETED` or `FAILED`; absent where ECS does not judge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it began.
    pub created: Moment,
}

/// A line that the scheduler wrote about a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceEvent {
    /// Its identity.
    pub id: String,
    /// When.
    pub at: Moment,
    /// AWS's text.
    pub message: String,
}

/// A service deployment: the object whose end is the verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceDeployment {
    /// Its ARN.
    pub arn: String,
    /// `PENDING`, `IN_PROGRESS`, `SUCCESSFUL`, `STOPPED`, `ROLLBACK_IN_PROGRESS` and so on.
    pub status: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The revision it brings in, as the ARN of its task definition.
    pub task_definition: String,
    /// Where it is, of a deployment in stages: `BAKE_TIME` and so on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// The circuit breaker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breaker: Option<BreakerState>,
    /// The alarms that stopped it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alarms: Vec<String>,
    /// Why it went back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<String>,
    /// What it does, or waits for, between its stages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<Hook>,
    /// When it was asked for.
    pub created: Moment,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<Moment>,
}

/// A hook of a deployment in stages: a function that is called, or a pause until somebody lets it go on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    /// Its ID, as `ContinueServiceDeployment` wants it.
    pub id: String,
    /// `AWAITING_ACTION`, `IN_PROGRESS`, `SUCCEEDED`, `FAILED` or `TIMED_OUT`.
    pub status: String,
    /// Until when it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Moment>,
    /// What happens then: `ROLLBACK` or `CONTINUE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<String>,
}

/// What the circuit breaker of a deployment has counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakerState {
    /// `DISABLED`, `MONITORING`, `MONITORING_COMPLETE` or `TRIGGERED`.
    pub status: String,
    /// The failures that count.
    pub failures: i64,
    /// After how many it trips.
    pub threshold: i64,
}

/// Which tasks are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskFilter {
    /// Those of a service that run or are on their way.
    Running(String),
    /// Those of a service that have stopped within the last hour.
    Stopped(String),
    /// All of the cluster that run or are on their way.
    AllRunning,
    /// All of the cluster that have stopped within the last hour.
    AllStopped,
}

/// A task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its ARN.
    pub arn: String,
    /// `service:web` or `family:migrate`.
    pub group: String,
    /// Its revision, an ARN.
    pub task_definition: String,
    /// The deployment it belongs to, `ecs-svc/…`, or who started it.
    pub started_by: String,
    /// `PROVISIONING`, `PENDING`, `RUNNING`, `STOPPED` and so on.
    pub last_status: String,
    /// `RUNNING` or `STOPPED`.
    pub desired_status: String,
    /// `HEALTHY`, `UNHEALTHY` or `UNKNOWN`, by the checks of its containers.
    pub health: String,
    /// The instance it is on, an ARN; `None` on Fargate and while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// Its availability zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Where it is reached: the EC2 instance or its own address, and each port there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<(String, i64)>,
    /// `EssentialContainerExited` and so on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_code: Option<String>,
    /// AWS's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_reason: Option<String>,
    /// Its containers.
    pub containers: Vec<Container>,
    /// When it was asked for.
    pub created: Moment,
    /// When its containers ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Moment>,
    /// When it began to stop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopping: Option<Moment>,
    /// When it had stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Moment>,
}

impl Task {
    /// The last part of its ARN.
    pub fn id(&self) -> &str {
        last_part(&self.arn)
    }
}

/// The last part of an ARN: `arn:aws:ecs:…:task/production/0a1b` is `0a1b`.
pub fn last_part(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// A container of a task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// `PENDING`, `RUNNING` or `STOPPED`.
    pub last_status: String,
    /// With what it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    /// Why it did not run, or ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `HEALTHY`, `UNHEALTHY` or `UNKNOWN`.
    pub health: String,
}

/// What `RunTask` is asked for with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OneOff {
    /// The cluster.
    pub cluster: String,
    /// The revision, an ARN.
    pub task_definition: String,
    /// The token that makes the request safe to repeat.
    pub token: String,
    /// The name of the capacity provider; `None` for the cluster's default.
    pub provider: Option<String>,
    /// Subnets and security groups, of network mode `awsvpc`.
    pub network: Option<(Vec<String>, Vec<String>)>,
    /// Who starts it, shown as `startedBy`.
    pub started_by: String,
    /// The container whose command is another this time, and the command; `None` for what the revision says.
    pub command: Option<(String, Vec<String>)>,
}
