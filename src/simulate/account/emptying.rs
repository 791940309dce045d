//! Groups and clusters on their way out. In: requests to empty and to delete. Out: instances that go. Must not know stacks.

use crate::cloud::capacity::{Member, ScalingGroup};
use crate::cloud::{Answer, Error, Moment};

use super::Account;
use super::machine::{Machine, Phase};
use super::names::cluster_name;

impl Account {
    /// `DescribeAutoScalingGroups` of one.
    pub fn scaling_group(&self, name: &str) -> Answer<ScalingGroup> {
        let Some(group) = self.groups.get(name) else {
            let message = format!("there is no Auto Scaling group {name}");
            return Err(Error::new("DescribeAutoScalingGroups", "ResourceNotFound", message));
        };
        let own = self.machines.values().filter(|machine| machine.group == name);
        let members = own.map(|machine| Member {
            ec2: machine.ec2.clone(),
            state: match machine.phase {
                Phase::Coming(_) => "Pending",
                Phase::Active => "InService",
                Phase::Draining(_) => "Terminating:Wait",
            }
            .to_string(),
            protected: machine.protected,
        });
        Ok(ScalingGroup {
            name: name.to_string(),
            least: group.least,
            most: group.most,
            desired: group.desired,
            members: members.collect(),
        })
    }

    /// `UpdateAutoScalingGroup`, to no instance at all.
    pub fn empty_scaling_group(&mut self, name: &str, now: Moment) -> Answer<()> {
        let Some(group) = self.groups.get_mut(name) else {
            let message = format!("AutoScalingGroup name not found - AutoScalingGroup '{name}' not found");
            return Err(Error::new("UpdateAutoScalingGroup", "ValidationError", message));
        };
        (group.least, group.most, group.desired) = (0, 0, 0);
        group.protects = false;
        group.refreshing = false;
        self.scale_in(name, now);
        Ok(())
    }

    /// `SetInstanceProtection`, taken away.
    pub fn unprotect_instances(&mut self, group: &str, instances: &[String], now: Moment) -> Answer<()> {
        if !self.groups.contains_key(group) {
            let message = format!("AutoScalingGroup name not found - AutoScalingGroup '{group}' not found");
            return Err(Error::new("SetInstanceProtection", "ValidationError", message));
        }
        for machine in self.machines.values_mut() {
            machine.protected &= !(machine.group == group && instances.contains(&machine.ec2));
        }
        self.scale_in(group, now);
        Ok(())
    }

    /// Lets go of what a group has too much, but for what is protected. With managed draining it is emptied first.
    fn scale_in(&mut self, name: &str, now: Moment) {
        let Some(group) = self.groups.get(name) else { return };
        let drains = self.providers.values().any(|one| one.group == name && one.drains);
        let staying = self.staying(name);
        let surplus = (staying.len() as i64 - group.desired).max(0);
        let free = staying.into_iter().filter(|number| !self.machines[number].protected);
        let going: Vec<u64> = free.take(surplus as usize).collect();
        for number in going {
            self.drain(number, (!drains).then_some(0), now);
        }
    }

    /// Deletes a group with its instances. Those that are protected stay, and the deletion waits for them
    /// (<https://github.com/aws/aws-cdk/issues/18179>).
    pub(super) fn drop_group(&mut self, name: &str, now: Moment) {
        let Some(group) = self.groups.get_mut(name) else { return };
        (group.least, group.most, group.desired) = (0, 0, 0);
        group.refreshing = false;
        group.going = true;
        let of_it = self.machines.values().filter(|machine| machine.group == name);
        let (kept, free): (Vec<&Machine>, Vec<&Machine>) = of_it.partition(|machine| machine.protected);
        let is_held = !kept.is_empty();
        let free: Vec<u64> = free.into_iter().map(|machine| machine.number).collect();
        for number in free {
            self.terminate(number, "TerminationNotice", now);
        }
        if !is_held {
            self.groups.remove(name);
        }
    }

    /// Forgets groups that are being deleted, once their last instance is gone.
    pub(super) fn end_groups(&mut self) {
        let machines = &self.machines;
        let has_any = |name: &str| machines.values().any(|machine| machine.group == name);
        self.groups.retain(|name, group| !group.going || has_any(name));
    }

    /// Deletes a cluster, unless something is in it
    /// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html>).
    pub(super) fn drop_cluster(&mut self, name: &str) -> Result<(), String> {
        let refused = |code: &str, what: &str| {
            let message = format!("The Cluster cannot be deleted while {what} are active.");
            Err(format!(
                "Resource handler returned message: \"{message} (Service: Ecs, Status Code: 400)\" (HandlerErrorCode: {code})"
            ))
        };
        let is_here = |cluster: &str| cluster_name(cluster) == cluster_name(name);
        if self
            .services
            .values()
            .any(|one| is_here(&one.cluster) && one.status == "ACTIVE")
        {
            return refused("ClusterContainsServicesException", "Services");
        }
        if self.machines.values().any(|one| is_here(&one.cluster)) {
            return refused("ClusterContainsContainerInstancesException", "Container Instances");
        }
        self.clusters.remove(name);
        Ok(())
    }
}
