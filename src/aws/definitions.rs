//! ECS: task definitions.

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::{self, LogDriver, NetworkMode, TransportProtocol};

use crate::cloud::capacity::Port;
use crate::cloud::definition::{ContainerDefinition, TaskDefinition};
use crate::cloud::{Answer, Error};

use super::refusal::refused;
use super::words::{text, word};

/// `DescribeTaskDefinition`.
pub(super) async fn task_definition(client: &Client, arn: &str) -> Answer<TaskDefinition> {
    let operation = "DescribeTaskDefinition";
    let answer = client.describe_task_definition().task_definition(arn).send().await;
    let answer = answer.map_err(|error| refused(operation, error))?;
    let found = answer
        .task_definition
        .ok_or_else(|| Error::new(operation, "ResourceNotFoundException", format!("there is no {arn}")))?;
    let mode = found.network_mode.clone();
    let containers = found.container_definitions.into_iter().flatten();
    let roles = [found.task_role_arn, found.execution_role_arn];
    Ok(TaskDefinition {
        arn: text(found.task_definition_arn),
        cpu: found.cpu.and_then(|cpu| cpu.parse().ok()),
        memory: found.memory.and_then(|memory| memory.parse().ok()),
        containers: containers.map(|one| container(one, mode.as_ref())).collect(),
        roles: roles.into_iter().flatten().collect(),
        // What is not said is `bridge`, on Linux.
        network: word(found.network_mode).unwrap_or_else(|| "bridge".to_string()),
    })
}

fn container(found: types::ContainerDefinition, mode: Option<&NetworkMode>) -> ContainerDefinition {
    let mappings = found.port_mappings.into_iter().flatten();
    let ports = mappings.filter_map(|mapping| {
        let number = match mode {
            Some(NetworkMode::Awsvpc) => None,
            Some(NetworkMode::Host) => mapping.host_port.filter(|port| *port != 0).or(mapping.container_port),
            _ => mapping.host_port,
        };
        Some(Port {
            number: i64::from(number.filter(|number| *number != 0)?),
            udp: mapping.protocol == Some(TransportProtocol::Udp),
        })
    });
    let logs = found
        .log_configuration
        .filter(|logs| logs.log_driver == LogDriver::Awslogs)
        .and_then(|logs| logs.options?.remove("awslogs-group"));
    let environment = found.environment.into_iter().flatten();
    ContainerDefinition {
        name: text(found.name),
        image: text(found.image),
        cpu: i64::from(found.cpu),
        memory: found.memory.map(i64::from),
        reserve: found.memory_reservation.map(i64::from),
        ports: ports.collect(),
        secrets: found.secrets.into_iter().flatten().map(|one| one.value_from).collect(),
        log_group: logs,
        environment: environment.map(|one| (text(one.name), text(one.value))).collect(),
    }
}
