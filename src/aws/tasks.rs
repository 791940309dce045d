//! ECS: tasks, where they are reached, and tasks that run once.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::{
    self, AssignPublicIp, AwsVpcConfiguration, CapacityProviderStrategyItem, ContainerOverride, DesiredStatus,
    NetworkConfiguration, PropagateTags, TaskOverride,
};

use crate::cloud::Answer;
use crate::cloud::ecs::{Container, OneOff, Task, TaskFilter};

use super::instances;
use super::refusal::refused;
use super::words::{moment, text, word};

/// `DescribeTasks` takes a hundred at most
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html>).
const TASKS: usize = 100;

/// The ports of containers by the ARN of the task definition; they never change.
#[derive(Debug, Default)]
pub(super) struct Known(RefCell<BTreeMap<String, Vec<i64>>>);

/// `ListTasks`, all pages.
pub(super) async fn list_tasks(client: &Client, cluster: &str, filter: &TaskFilter) -> Answer<Vec<String>> {
    let (service, status) = match filter {
        TaskFilter::Running(service) => (Some(service), DesiredStatus::Running),
        TaskFilter::Stopped(service) => (Some(service), DesiredStatus::Stopped),
        TaskFilter::AllRunning => (None, DesiredStatus::Running),
        TaskFilter::AllStopped => (None, DesiredStatus::Stopped),
    };
    let mut arns = Vec::new();
    let mut next = None;
    loop {
        let request = client
            .list_tasks()
            .cluster(cluster)
            .set_service_name(service.cloned())
            .desired_status(status.clone())
            .set_next_token(next);
        let answer = request.send().await;
        let answer = answer.map_err(|error| refused("ListTasks", error))?;
        arns.extend(answer.task_arns.into_iter().flatten());
        next = answer.next_token;
        if next.is_none() {
            return Ok(arns);
        }
    }
}

/// `DescribeTasks`; the missing are left out.
pub(super) async fn describe_tasks(client: &Client, cluster: &str, arns: &[String]) -> Answer<Vec<types::Task>> {
    let mut found = Vec::new();
    for arns in arns.chunks(TASKS) {
        let request = client.describe_tasks().cluster(cluster);
        let answer = request.set_tasks(Some(arns.to_vec())).send().await;
        let answer = answer.map_err(|error| refused("DescribeTasks", error))?;
        found.extend(answer.tasks.into_iter().flatten());
    }
    Ok(found)
}

/// A task as we see it.
pub(super) fn task(found: types::Task, addresses: Vec<(String, i64)>) -> Task {
    let containers = found.containers.into_iter().flatten().map(|container| Container {
        name: text(container.name),
        last_status: text(container.last_status),
        exit_code: container.exit_code.map(i64::from),
        reason: container.reason,
        health: word(container.health_status).unwrap_or_default(),
    });
    Task {
        arn: text(found.task_arn),
        group: text(found.group),
        task_definition: text(found.task_definition_arn),
        started_by: text(found.started_by),
        last_status: text(found.last_status),
        desired_status: text(found.desired_status),
        health: word(found.health_status).unwrap_or_default(),
        instance: found.container_instance_arn,
        zone: found.availability_zone,
        addresses,
        stop_code: word(found.stop_code),
        stopped_reason: found.stopped_reason,
        containers: containers.collect(),
        created: moment(found.created_at).unwrap_or_default(),
        started: moment(found.started_at),
        stopping: moment(found.stopping_at),
        stopped: moment(found.stopped_at),
    }
}

/// Where a task is reached: as targets are registered, by its own address and the ports of its containers, or by its
/// instance and the ports there.
pub(super) async fn addresses(
    client: &Client,
    instances: &instances::Known,
    definitions: &Known,
    cluster: &str,
    task: &types::Task,
) -> Vec<(String, i64)> {
    if let Some(own) = own_address(task) {
        let definition = task.task_definition_arn().unwrap_or_default();
        let ports = definitions.ports(client, definition).await;
        return ports.into_iter().map(|port| (own.to_string(), port)).collect();
    }
    let bindings = task
        .containers()
        .iter()
        .flat_map(|container| container.network_bindings());
    // A port is bound once for IPv4 and once for IPv6.
    let ports: BTreeSet<i64> = bindings
        .filter_map(|binding| binding.host_port)
        .map(i64::from)
        .collect();
    let Some(instance) = task.container_instance_arn().filter(|_| !ports.is_empty()) else {
        return Vec::new();
    };
    match instances.ec2(client, cluster, instance).await {
        Some(ec2) => ports.into_iter().map(|port| (ec2.clone(), port)).collect(),
        None => Vec::new(),
    }
}

/// The address of a task's own network interface. A task that has stopped has lost it, but its attachment still names it.
fn own_address(task: &types::Task) -> Option<&str> {
    let interfaces = task
        .attachments()
        .iter()
        .filter(|one| one.r#type() == Some("ElasticNetworkInterface"));
    let details = interfaces.flat_map(|interface| interface.details());
    let mut named = details.filter(|detail| detail.name() == Some("privateIPv4Address"));
    named.next()?.value()
}

impl Known {
    /// The ports of the containers of a task definition. One that may not be looked at has none.
    async fn ports(&self, client: &Client, definition: &str) -> Vec<i64> {
        if let Some(known) = self.0.borrow().get(definition) {
            return known.clone();
        }
        let answer = client
            .describe_task_definition()
            .task_definition(definition)
            .send()
            .await;
        let Some(found) = answer.ok().and_then(|answer| answer.task_definition) else {
            return Vec::new();
        };
        let mappings = found
            .container_definitions()
            .iter()
            .flat_map(|container| container.port_mappings());
        let ports: BTreeSet<i64> = mappings
            .filter_map(|mapping| mapping.container_port)
            .map(i64::from)
            .collect();
        let ports: Vec<i64> = ports.into_iter().collect();
        self.0.borrow_mut().insert(definition.to_string(), ports.clone());
        ports
    }
}

/// `RunTask` of one task.
pub(super) async fn run_task(client: &Client, wish: &OneOff) -> Answer<Result<String, String>> {
    let mut request = client
        .run_task()
        .cluster(&wish.cluster)
        .task_definition(&wish.task_definition)
        .count(1)
        .client_token(&wish.token)
        .started_by(&wish.started_by)
        .propagate_tags(PropagateTags::TaskDefinition);
    if let Some(provider) = &wish.provider {
        let item = CapacityProviderStrategyItem::builder()
            .capacity_provider(provider)
            .weight(1);
        request = request.capacity_provider_strategy(item.build().expect("it names its provider"));
    }
    if let Some((subnets, groups)) = &wish.network {
        let network = AwsVpcConfiguration::builder()
            .set_subnets(Some(subnets.clone()))
            .set_security_groups(Some(groups.clone()))
            .assign_public_ip(AssignPublicIp::Disabled);
        let network = network.build().expect("it has subnets");
        request = request.network_configuration(NetworkConfiguration::builder().awsvpc_configuration(network).build());
    }
    if let Some((container, command)) = &wish.command {
        let container = ContainerOverride::builder().name(container);
        let container = container.set_command(Some(command.clone())).build();
        request = request.overrides(TaskOverride::builder().container_overrides(container).build());
    }
    let answer = request.send().await;
    let answer = answer.map_err(|error| refused("RunTask", error))?;
    let started = answer.tasks.into_iter().flatten().find_map(|task| task.task_arn);
    let reasons = answer.failures.into_iter().flatten().map(|failure| {
        let detail = failure.detail.map(|detail| format!(": {detail}"));
        text(failure.reason) + &text(detail)
    });
    Ok(started.ok_or_else(|| reasons.collect::<Vec<_>>().join(", ")))
}

/// `StopTask`.
pub(super) async fn stop_task(client: &Client, cluster: &str, task: &str, reason: &str) -> Answer<()> {
    let answer = client
        .stop_task()
        .cluster(cluster)
        .task(task)
        .reason(reason)
        .send()
        .await;
    answer.map(|_| ()).map_err(|error| refused("StopTask", error))
}
