//! ECS: services and their deployments.

use std::cell::RefCell;
use std::collections::BTreeMap;

use aws_sdk_ecs::Client;
use aws_sdk_ecs::primitives::DateTime;
use aws_sdk_ecs::types::{self, CreatedAt, StopServiceDeploymentStopType};

use crate::cloud::ecs::{BreakerState, Deployment, Hook, Service, ServiceDeployment, ServiceEvent};
use crate::cloud::{Answer, Moment};

use super::refusal::refused;
use super::words::{moment, text, word};

/// `DescribeServices` takes ten at most
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html>).
const SERVICES: usize = 10;

/// `DescribeServiceDeployments` and `DescribeServiceRevisions` take twenty at most
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceDeployments.html>).
const DEPLOYMENTS: usize = 20;

/// The task definitions by the ARN of the service revision; they never change.
#[derive(Debug, Default)]
pub(super) struct Known(RefCell<BTreeMap<String, String>>);

/// `DescribeServices`.
pub(super) async fn describe_services(client: &Client, cluster: &str, services: &[String]) -> Answer<Vec<Service>> {
    let mut found = Vec::new();
    for names in services.chunks(SERVICES) {
        let request = client.describe_services().cluster(cluster);
        let answer = request.set_services(Some(names.to_vec())).send().await;
        let answer = answer.map_err(|error| refused("DescribeServices", error))?;
        found.extend(answer.services.into_iter().flatten().map(service));
    }
    Ok(found)
}

fn service(found: types::Service) -> Service {
    let events = found.events.into_iter().flatten().map(|event| ServiceEvent {
        id: text(event.id),
        at: moment(event.created_at).unwrap_or_default(),
        message: text(event.message),
    });
    Service {
        name: text(found.service_name),
        arn: text(found.service_arn),
        status: text(found.status),
        desired: i64::from(found.desired_count),
        running: i64::from(found.running_count),
        pending: i64::from(found.pending_count),
        task_definition: text(found.task_definition),
        deployments: found.deployments.into_iter().flatten().map(deployment).collect(),
        current_deployment: found.current_service_deployment,
        events: events.collect(),
    }
}

fn deployment(found: types::Deployment) -> Deployment {
    Deployment {
        id: text(found.id),
        status: text(found.status),
        task_definition: text(found.task_definition),
        desired: i64::from(found.desired_count),
        running: i64::from(found.running_count),
        pending: i64::from(found.pending_count),
        failed: i64::from(found.failed_tasks),
        rollout: word(found.rollout_state),
        reason: found.rollout_state_reason,
        created: moment(found.created_at).unwrap_or_default(),
    }
}

/// `ListServiceDeployments`, all pages.
pub(super) async fn list_service_deployments(
    client: &Client,
    cluster: &str,
    service: &str,
    since: Moment,
) -> Answer<Vec<String>> {
    let after = CreatedAt::builder().after(DateTime::from_millis(since.0)).build();
    let mut found = Vec::new();
    let mut next = None;
    loop {
        let request = client
            .list_service_deployments()
            .cluster(cluster)
            .service(service)
            .created_at(after.clone())
            .set_next_token(next);
        let answer = request.send().await;
        let answer = answer.map_err(|error| refused("ListServiceDeployments", error))?;
        found.extend(answer.service_deployments.into_iter().flatten());
        next = answer.next_token;
        if next.is_none() {
            break;
        }
    }
    found.sort_by_key(|one| std::cmp::Reverse(moment(one.created_at)));
    Ok(found.into_iter().filter_map(|one| one.service_deployment_arn).collect())
}

/// `DescribeServiceDeployments`, with the task definitions that `DescribeServiceRevisions` has.
pub(super) async fn describe_service_deployments(
    client: &Client,
    known: &Known,
    deployments: &[String],
) -> Answer<Vec<ServiceDeployment>> {
    let mut found = Vec::new();
    for arns in deployments.chunks(DEPLOYMENTS) {
        let request = client.describe_service_deployments();
        let answer = request.set_service_deployment_arns(Some(arns.to_vec())).send().await;
        let answer = answer.map_err(|error| refused("DescribeServiceDeployments", error))?;
        found.extend(answer.service_deployments.unwrap_or_default());
    }
    known.learn(client, &found).await?;
    Ok(found.into_iter().map(|one| service_deployment(one, known)).collect())
}

impl Known {
    async fn learn(&self, client: &Client, deployments: &[types::ServiceDeployment]) -> Answer<()> {
        let revisions = deployments.iter().filter_map(revision);
        let new: Vec<String> = revisions
            .filter(|arn| !self.0.borrow().contains_key(*arn))
            .map(str::to_string)
            .collect();
        for arns in new.chunks(DEPLOYMENTS) {
            let request = client.describe_service_revisions();
            let answer = request.set_service_revision_arns(Some(arns.to_vec())).send().await;
            let answer = answer.map_err(|error| refused("DescribeServiceRevisions", error))?;
            let pairs = answer.service_revisions.into_iter().flatten();
            let pairs = pairs.filter_map(|one| Some((one.service_revision_arn?, one.task_definition?)));
            self.0.borrow_mut().extend(pairs);
        }
        Ok(())
    }
}

fn revision(deployment: &types::ServiceDeployment) -> Option<&str> {
    deployment.target_service_revision()?.arn()
}

fn service_deployment(found: types::ServiceDeployment, known: &Known) -> ServiceDeployment {
    let task_definition = revision(&found).and_then(|arn| known.0.borrow().get(arn).cloned());
    let breaker = found.deployment_circuit_breaker.map(|breaker| BreakerState {
        status: word(breaker.status).unwrap_or_default(),
        failures: i64::from(breaker.failure_count),
        threshold: i64::from(breaker.threshold),
    });
    let alarms = found.alarms.and_then(|alarms| alarms.triggered_alarm_names);
    let status = word(found.status).unwrap_or_default();
    // A deployment that is stopped goes back to what was before, and that takes its time.
    let stopped = found.stopped_at.filter(|_| status == "STOPPED");
    let hooks = found.lifecycle_hook_details.into_iter().flatten().map(|hook| Hook {
        id: text(hook.hook_id),
        status: word(hook.status).unwrap_or_default(),
        expires: moment(hook.expires_at),
        then: word(hook.timeout_action),
    });
    ServiceDeployment {
        hooks: hooks.collect(),
        arn: text(found.service_deployment_arn),
        status,
        reason: found.status_reason,
        task_definition: text(task_definition),
        stage: word(found.lifecycle_stage),
        breaker,
        alarms: alarms.unwrap_or_default(),
        rollback: found.rollback.and_then(|rollback| rollback.reason),
        created: moment(found.created_at).unwrap_or_default(),
        finished: moment(found.finished_at.or(stopped)),
    }
}

/// `StopServiceDeployment`, back to what was before.
pub(super) async fn stop_service_deployment(client: &Client, deployment: &str) -> Answer<()> {
    let request = client
        .stop_service_deployment()
        .service_deployment_arn(deployment)
        .stop_type(StopServiceDeploymentStopType::Rollback);
    let answer = request.send().await;
    answer
        .map(|_| ())
        .map_err(|error| refused("StopServiceDeployment", error))
}
