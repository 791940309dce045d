//! What is seen of a deployment, one fact an event. A recording is these, a line of JSON each, and the watcher is a fold over
//! them: whatever a view shows comes from here.
//!
//! In: answers of the cloud. Out: [`Event`]s. Must not know what they mean.

use serde::{Deserialize, Serialize};

use crate::cloud::Moment;
use crate::cloud::capacity::{Instance, TargetHealth};
use crate::cloud::ecs::{Deployment, ServiceDeployment, Task};
use crate::cloud::formation::{Change, Status};
use crate::cloud::outside::LogLine;
use crate::plan::{Origin, Service};
use crate::template::Place;

use super::watch::Outcome;

/// The version of a recording's shape.
pub const VERSION: u32 = 1;

/// A fact, and when it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When it was seen.
    pub at: Moment,
    /// What was seen.
    #[serde(flatten)]
    pub what: What,
}

/// A fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum What {
    /// A deployment begins: what shall be done.
    Began(Outline),
    /// A stage begins.
    StageBegan {
        /// Its place in the outline.
        stage: usize,
    },
    /// A stage ended as it should.
    StageDone {
        /// Its place in the outline.
        stage: usize,
        /// What came of it, where that is worth a word: a digest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// A stage cannot be carried out.
    StageFailed {
        /// Its place in the outline.
        stage: usize,
        /// Why, in AWS's words where AWS said so.
        reason: String,
    },
    /// The deployment waits for somebody or something that is not of its own doing.
    Blocked {
        /// How it ends because of that.
        outcome: Outcome,
    },
    /// What a change set of a stack would do; nothing when there is nothing to do.
    Planned {
        /// The stack.
        stack: String,
        /// Its changes.
        changes: Vec<Change>,
        /// When it began to be carried out, where an earlier run did that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Moment>,
    },
    /// A stack has another status.
    Stack {
        /// The stack.
        stack: String,
        /// The status.
        status: Status,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// A resource of a stack has another status.
    Resource {
        /// The stack.
        stack: String,
        /// Its logical ID.
        logical: String,
        /// Its physical ID, once there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        physical: Option<String>,
        /// Its type.
        kind: String,
        /// The status.
        status: Status,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// When that was.
        happened: Moment,
    },
    /// The numbers of a service, or one of its deployments, changed.
    Service {
        /// The ARN.
        service: String,
        /// The counts and deployments.
        #[serde(flatten)]
        counts: Counts,
    },
    /// A service deployment changed.
    Deployment {
        /// The service's ARN.
        service: String,
        /// The deployment.
        deployment: ServiceDeployment,
    },
    /// The scheduler wrote a line about a service.
    Message {
        /// The service's ARN.
        service: String,
        /// When it was written.
        written: Moment,
        /// AWS's text.
        text: String,
    },
    /// A task was seen for the first time, or changed.
    Task {
        /// The service's ARN; `None` for a task that runs once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        service: Option<String>,
        /// The task.
        task: Task,
    },
    /// A target of a service has another health.
    Target {
        /// The service's ARN.
        service: String,
        /// The target group, an ARN.
        group: String,
        /// Its health.
        health: TargetHealth,
    },
    /// The last lines of a container that ended.
    Log {
        /// The task, an ARN.
        task: String,
        /// The container.
        container: String,
        /// Its last lines.
        lines: Vec<LogLine>,
    },
    /// What a container of a task that somebody asked for has written.
    Output {
        /// The task, an ARN.
        task: String,
        /// The container.
        container: String,
        /// The lines, as they came.
        lines: Vec<LogLine>,
    },
    /// There is no room yet for a task that runs once.
    Unplaced {
        /// Its stage's place in the outline.
        stage: usize,
        /// AWS's text.
        reason: String,
    },
    /// Instances are told to go, before what they belong to is deleted.
    Leaving {
        /// Its stage's place in the outline.
        stage: usize,
        /// How many are still there.
        count: usize,
    },
    /// The instances of a cluster changed.
    Instances {
        /// The cluster.
        cluster: String,
        /// All of them.
        instances: Vec<Instance>,
    },
    /// A request was refused and is asked again later.
    Slowed {
        /// The operation.
        operation: String,
        /// AWS's code.
        code: String,
    },
    /// A rollout whose new tasks keep ending was stopped, so that it goes back.
    Braked {
        /// The service's ARN.
        service: String,
        /// How many new tasks had ended.
        ended: i64,
        /// AWS's refusal, if it was not stopped.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refusal: Option<String>,
    },
    /// Whoever deploys wanted what is under way to go back.
    TurnedBack {
        /// The stack.
        stack: String,
        /// What was called for it, such as `CancelUpdateStack`.
        call: String,
        /// Why it does not go back, if it does not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refusal: Option<String>,
    },
    /// What was begun is left alone, as it was wished from the beginning.
    Detached {
        /// The stack that is not watched.
        stack: String,
    },
    /// An operation that is watched was begun by somebody else, or is long over.
    Attached {
        /// The stack.
        stack: String,
        /// What it does, as far as that is known.
        changes: Vec<Change>,
        /// Whether that is all.
        whole: bool,
        /// When it began.
        since: Moment,
        /// Whether it is over.
        over: bool,
        /// The token or the change set that it was begun with, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<String>,
    },
    /// A call that takes a stuck stack on its way.
    Recovered {
        /// The stack.
        stack: String,
        /// The call, such as `ContinueUpdateRollback`.
        call: String,
    },
    /// Time passed and nothing changed.
    Quiet,
    /// Nobody waits longer.
    Deadline,
    /// The user asked to stop watching.
    Interrupted,
    /// The deployment is over, or no longer watched.
    Ended,
}

/// What shall be done: the head of a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    /// The version of the recording's shape.
    pub version: u32,
    /// The stages, in order.
    pub stages: Vec<StageOutline>,
    /// The services.
    pub services: Vec<Service>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Aim::is_deployment")]
    pub aim: Aim,
}

/// What is done for: by that its end is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aim {
    /// Something new shall serve.
    #[default]
    Deployment,
    /// A stuck stack shall be free again, and that it goes back is what is wanted.
    Recovery,
}

impl Aim {
    /// Whether it is the usual.
    fn is_deployment(&self) -> bool {
        *self == Aim::Deployment
    }
}

/// A stage, for the reader.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageOutline {
    /// What it is called.
    pub name: String,
    /// What it is.
    pub kind: StageKind,
    /// The stack, of a stage that deploys one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<String>,
    /// Where its task or image stands in the spec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Where the resources of its stack come from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<Origin>,
    /// Whether services change only after it: a task before the deployment.
    #[serde(default)]
    pub before: bool,
}

/// What a stage is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StageKind {
    /// A stack is deployed.
    #[default]
    Stack,
    /// An image is looked up.
    Image,
    /// A task runs to its end.
    Task,
    /// Something is deleted.
    Removal,
}

/// The numbers of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// How many tasks there shall be.
    pub desired: i64,
    /// How many run.
    pub running: i64,
    /// How many are on their way.
    pub pending: i64,
    /// Its deployments.
    pub deployments: Vec<Deployment>,
}
