//! Auto Scaling: groups and their instances.

use aws_sdk_autoscaling::Client;

use crate::cloud::capacity::{Member, ScalingGroup};
use crate::cloud::{Answer, Error};

use super::refusal::refused;
use super::words::text;

/// `DescribeAutoScalingGroups` of one. AWS leaves out what is not there.
pub(super) async fn scaling_group(client: &Client, name: &str) -> Answer<ScalingGroup> {
    let request = client.describe_auto_scaling_groups().auto_scaling_group_names(name);
    let answer = request.send().await;
    let answer = answer.map_err(|error| refused("DescribeAutoScalingGroups", error))?;
    let Some(found) = answer.auto_scaling_groups.into_iter().flatten().next() else {
        let message = format!("there is no Auto Scaling group {name}");
        return Err(Error::new("DescribeAutoScalingGroups", "ResourceNotFound", message));
    };
    let number = |number: Option<i32>| i64::from(number.unwrap_or_default());
    let members = found.instances.into_iter().flatten().map(|one| Member {
        ec2: text(one.instance_id),
        state: one
            .lifecycle_state
            .map_or(String::new(), |state| state.as_str().to_string()),
        protected: one.protected_from_scale_in.unwrap_or_default(),
    });
    Ok(ScalingGroup {
        name: text(found.auto_scaling_group_name),
        least: number(found.min_size),
        most: number(found.max_size),
        desired: number(found.desired_capacity),
        members: members.collect(),
    })
}

/// `UpdateAutoScalingGroup`.
pub(super) async fn empty_scaling_group(client: &Client, name: &str) -> Answer<()> {
    let request = client
        .update_auto_scaling_group()
        .auto_scaling_group_name(name)
        .min_size(0)
        .max_size(0)
        .desired_capacity(0)
        .new_instances_protected_from_scale_in(false);
    let answer = request.send().await;
    answer
        .map(|_| ())
        .map_err(|error| refused("UpdateAutoScalingGroup", error))
}

/// `SetInstanceProtection`.
pub(super) async fn unprotect_instances(client: &Client, group: &str, instances: &[String]) -> Answer<()> {
    let request = client
        .set_instance_protection()
        .auto_scaling_group_name(group)
        .set_instance_ids(Some(instances.to_vec()))
        .protected_from_scale_in(false);
    let answer = request.send().await;
    answer
        .map(|_| ())
        .map_err(|error| refused("SetInstanceProtection", error))
}
