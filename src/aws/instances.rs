//! ECS: the instances of a cluster.

use std::cell::RefCell;
use std::collections::BTreeMap;

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::{ContainerInstance, Resource};

use crate::cloud::Answer;
use crate::cloud::capacity::{Instance, Port};

use super::refusal::refused;
use super::words::text;

/// `DescribeContainerInstances` takes a hundred at most
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeContainerInstances.html>).
const AT_ONCE: usize = 100;

/// The IDs of EC2 by the ARN of the container instance; they never change.
#[derive(Debug, Default)]
pub(super) struct Known(RefCell<BTreeMap<String, String>>);

impl Known {
    /// The ID of the EC2 instance. An instance that may not be looked at, or is gone, has none.
    pub async fn ec2(&self, client: &Client, cluster: &str, arn: &str) -> Option<String> {
        let known = self.0.borrow().get(arn).cloned();
        if known.is_some() {
            return known;
        }
        let found = describe(client, cluster, &[arn.to_string()]).await.ok()?;
        self.learn(&found);
        self.0.borrow().get(arn).cloned()
    }

    fn learn(&self, instances: &[ContainerInstance]) {
        let mut known = self.0.borrow_mut();
        for instance in instances {
            if let (Some(arn), Some(ec2)) = (&instance.container_instance_arn, &instance.ec2_instance_id) {
                known.insert(arn.clone(), ec2.clone());
            }
        }
    }
}

/// `ListContainerInstances` and `DescribeContainerInstances`.
pub(super) async fn container_instances(client: &Client, known: &Known, cluster: &str) -> Answer<Vec<Instance>> {
    let mut arns: Vec<String> = Vec::new();
    let mut next = None;
    loop {
        let request = client.list_container_instances().cluster(cluster).set_next_token(next);
        let answer = request.send().await;
        let answer = answer.map_err(|error| refused("ListContainerInstances", error))?;
        arns.extend(answer.container_instance_arns.into_iter().flatten());
        next = answer.next_token;
        if next.is_none() {
            break;
        }
    }
    let mut found = Vec::new();
    for arns in arns.chunks(AT_ONCE) {
        found.extend(describe(client, cluster, arns).await?);
    }
    known.learn(&found);
    let mut instances: Vec<Instance> = found.into_iter().map(instance).collect();
    instances.sort_by(|one, other| one.arn.cmp(&other.arn));
    Ok(instances)
}

async fn describe(client: &Client, cluster: &str, arns: &[String]) -> Answer<Vec<ContainerInstance>> {
    let request = client.describe_container_instances().cluster(cluster);
    let answer = request.set_container_instances(Some(arns.to_vec())).send().await;
    let answer = answer.map_err(|error| refused("DescribeContainerInstances", error))?;
    Ok(answer.container_instances.unwrap_or_default())
}

fn instance(found: ContainerInstance) -> Instance {
    let attribute = |name: &str| {
        let attributes = found.attributes.iter().flatten();
        let mut values = attributes
            .filter(|one| one.name() == name)
            .filter_map(|one| one.value());
        values.next().unwrap_or_default().to_string()
    };
    let amount = |resources: &Option<Vec<Resource>>, name: &str| {
        let mut named = resources.iter().flatten().filter(|one| one.name() == Some(name));
        named.next().map_or(0, |one| i64::from(one.integer_value))
    };
    // Of ports, what remains lists those that are held, by the agent and by tasks
    // (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerInstance.html>).
    let held = |name: &str, udp: bool| {
        let resources = found.remaining_resources.iter().flatten();
        let named = resources.filter(|one| one.name() == Some(name));
        let numbers = named.flat_map(|one| one.string_set_value().to_vec());
        let ports = numbers.filter_map(|number| number.parse().ok());
        ports.map(|number| Port { number, udp }).collect::<Vec<Port>>()
    };
    let mut ports = held("PORTS", false);
    ports.extend(held("PORTS_UDP", true));
    ports.sort_unstable();
    Instance {
        kind: attribute("ecs.instance-type"),
        zone: attribute("ecs.availability-zone"),
        cpu: amount(&found.registered_resources, "CPU"),
        memory: amount(&found.registered_resources, "MEMORY"),
        free_cpu: amount(&found.remaining_resources, "CPU"),
        free_memory: amount(&found.remaining_resources, "MEMORY"),
        connected: found.agent_connected,
        ports,
        tasks: i64::from(found.running_tasks_count + found.pending_tasks_count),
        arn: text(found.container_instance_arn),
        ec2: text(found.ec2_instance_id),
        status: text(found.status),
    }
}
