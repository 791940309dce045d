//! AWS's own wording of events and reasons. In: names and numbers. Out: text. Must not know what happens.
//!
//! Sources: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html>,
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html>, the agent's
//! `errormessages` package (<https://github.com/aws/amazon-ecs-agent>), and reports of users.

use crate::rollout::host::Lack;

/// What a container says that was killed for its memory.
pub(super) const OUT_OF_MEMORY: &str = "OutOfMemoryError: Container killed due to memory usage";

/// What a task says of which an essential container ended.
pub(super) const ESSENTIAL_EXITED: &str = "Essential container in task exited";

/// What libpq says without a database.
pub(super) const DATABASE_DOWN: &[&str] = &[
    "could not connect to server: Connection refused",
    "Is the server running on host \"db.internal\" and accepting TCP/IP connections on port 5432?",
];

/// What a process says that cannot start.
pub(super) const CRASHES: &[&str] = &["fatal: uncaught exception at start: configuration is incomplete"];

/// What a process says that ends in the midst of its work.
pub(super) const CRASHES_LATER: &[&str] = &["working off the queue", "fatal: uncaught exception: broken pipe"];

/// What a migration says that fails.
pub(super) const MIGRATION_FAILS: &[&str] = &[
    "== 20251124101500 AddIndexToOrders: migrating ==================================",
    "ERROR: migration 20251124101500 failed: column \"customer_id\" of relation \"orders\" does not exist",
];

const GUIDE: &str = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.";

/// B2.
pub(super) fn image_missing(image: &str) -> String {
    format!(
        "CannotPullContainerError: The task can\u{2019}t pull the image. Check whether the image exists. pull image manifest has been \
         retried 1 time(s): failed to resolve ref {image}: {image}: not found"
    )
}

/// B1.
pub(super) fn registry_auth(image: &str) -> String {
    format!(
        "CannotPullContainerError: The task can\u{2019}t pull the image. Check that the role has the permissions to pull images from \
         the registry. pull image manifest has been retried 1 time(s): failed to resolve ref {image}: unexpected status from \
         HEAD request: 403 Forbidden"
    )
}

/// B8.
pub(super) fn disk_full(image: &str) -> String {
    let layer = "/var/lib/docker/tmp/GetImageBlob2718281828";
    format!("CannotPullContainerError: failed to pull image {image}: write {layer}: no space left on device")
}

/// B13.
pub(super) fn secret_missing(from: &str) -> String {
    let (store, error) = match from.contains(":secretsmanager:") {
        true => (
            "unable to retrieve secret from asm",
            "ResourceNotFoundException: Secrets Manager can't find the specified secret.",
        ),
        false => (
            "unable to retrieve secrets from ssm",
            "ResourceNotFoundException: invalid parameters",
        ),
    };
    format!(
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: {store}: \
         service call has been retried 1 time(s): failed to fetch secret {from} from secrets manager or parameter store: {error}"
    )
}

/// B32.
pub(super) fn failed_targets(group: &str) -> String {
    format!("Task failed ELB health checks in (target-group {group})")
}

/// B33.
pub(super) const FAILED_CONTAINERS: &str = "Task failed container health checks";

/// B34.
pub(super) fn scaling_activity(deployment: u64) -> String {
    format!("Scaling activity initiated by (deployment ecs-svc/{deployment})")
}

/// B35, of an instance.
pub(super) fn host_terminated(instance: &str) -> String {
    format!("Host EC2 (instance {instance}) terminated.")
}

/// B35, of Fargate.
pub(super) const SPOT_INTERRUPTED: &str = "Your Spot Task was interrupted.";

/// A3, and A4 where tasks take the place of unhealthy ones.
pub(super) fn started(ids: &[String], unhealthy: usize) -> String {
    let replaced = match unhealthy {
        0 => String::new(),
        count => format!(" Amazon ECS replaced {count} tasks due to an unhealthy status."),
    };
    format!("has started {} tasks: {}.{replaced}", ids.len(), tasks(ids))
}

/// A5.
pub(super) fn stopped(ids: &[String], word: &str) -> String {
    format!("has stopped {} {word} tasks: {}.", ids.len(), tasks(ids))
}

fn tasks(ids: &[String]) -> String {
    let written: Vec<String> = ids.iter().map(|id| format!("(task {id})")).collect();
    written.join(" ")
}

/// A6 and A7.
pub(super) fn targets(word: &str, count: usize, group: &str) -> String {
    format!("{word} {count} targets in (target-group {group})")
}

/// A8.
pub(super) fn draining(count: usize) -> String {
    format!("has begun draining connections on {count} tasks.")
}

/// A1.
pub(super) const STEADY: &str = "has reached a steady state.";

/// A2.
pub(super) fn completed(deployment: u64) -> String {
    format!("(deployment ecs-svc/{deployment}) deployment completed.")
}

/// A9.
pub(super) fn failed(deployment: u64) -> String {
    format!("(deployment ecs-svc/{deployment}) deployment failed: tasks failed to start.")
}

/// A11.
pub(super) fn rolling_back(deployment: u64) -> String {
    format!("rolling back to deployment ecs-svc/{deployment}.")
}

/// A12.
pub(super) fn impaired() -> String {
    format!("is unable to consistently start tasks successfully. {GUIDE}")
}

/// A14 to A17, A19 and A21.
pub(super) fn unplaced(closest: Option<(&str, Reason)>) -> String {
    let no_room = "was unable to place a task because no container instance met all of its requirements.";
    let Some((instance, reason)) = closest else {
        return format!("{no_room} Reason: No Container Instances were found in your cluster. {GUIDE}");
    };
    let what = match reason {
        Reason::Lacks(Lack::Cpu) => "has insufficient CPU units available.".to_string(),
        Reason::Lacks(Lack::Memory) => "has insufficient memory available.".to_string(),
        Reason::Lacks(Lack::Ports) => "is already using a port required by your task.".to_string(),
        Reason::Lacks(Lack::Distinct) => "doesn't meet placement constraint distinctInstance.".to_string(),
        Reason::Lacks(lack @ (Lack::Gpu | Lack::Interfaces)) => format!("encountered error \"{}\".", lack.reason()),
        Reason::Silent => "encountered error \"AGENT\".".to_string(),
    };
    format!("{no_room} The closest matching (container-instance {instance}) {what} {GUIDE}")
}

/// Why an instance takes no task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    /// It lacks something.
    Lacks(Lack),
    /// Its agent is not connected.
    Silent,
}

impl Reason {
    /// As `RunTask` and stopped tasks say it.
    pub fn code(self) -> &'static str {
        match self {
            Reason::Lacks(Lack::Distinct) => "distinctInstance placement constraint unsatisfied.",
            Reason::Lacks(lack) => lack.reason(),
            Reason::Silent => "AGENT",
        }
    }
}

/// A30.
pub(super) fn provider_is_empty() -> String {
    format!("was unable to place a task. Reason: No Container Instances were found in your capacity provider. {GUIDE}")
}

/// What a task says that waited for capacity in vain and had no instance at all.
pub(super) const EMPTY_CAPACITY: &str = "EMPTY CAPACITY";

/// A23.
pub(super) const NO_FARGATE: &str =
    "Capacity is unavailable at this time. Please try again later or in a different availability zone";

/// A23 and A28: that a task was not placed, or did not start.
pub(super) fn unable(reason: &str) -> String {
    let reason = reason.trim_end_matches('.');
    format!("was unable to place a task. Reason: {reason}. {GUIDE}")
}

/// A34.
pub(super) const STUCK: &str = "was unable to stop or start tasks during a deployment because of the service deployment \
     configuration. Update the minimumHealthyPercent or maximumPercent value and try again.";

/// A36 to A38.
pub(super) fn unhealthy_target(instance: Option<&str>, port: i64, group: &str, why: &str) -> String {
    let instance = instance.map_or(String::new(), |instance| format!("(instance {instance}) "));
    format!("{instance}(port {port}) is unhealthy in (target-group {group}) due to (reason {why})")
}

/// A41.
pub(super) fn unhealthy_containers(task: &str) -> String {
    format!("(task {task}) failed container health checks.")
}

/// What CloudFormation says of a service whose breaker tripped.
pub(super) fn breaker(token: &str) -> String {
    format!(
        "Resource handler returned message: \"Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'.\" \
         (RequestToken: {token}, HandlerErrorCode: GeneralServiceException)"
    )
}

/// What CloudFormation says of a service whose deployment somebody stopped.
pub(super) fn stopped_by_hand(token: &str) -> String {
    format!(
        "Resource handler returned message: \"Error occurred during operation 'ECS Deployment was stopped'.\" (RequestToken: \
         {token}, HandlerErrorCode: GeneralServiceException)"
    )
}

/// What a task says that somebody stopped without a reason.
pub(super) const BY_USER: &str = "Task stopped by user";
