//! Containers: how many there are, and what they may be asked for together.

use crate::diag::{Diagnostics, code};
use crate::spec::build::is_given;
use crate::spec::{Capacity, Cluster};

use super::Running;

/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html>
const MOST: usize = 10;

pub(super) fn check(running: &Running, diags: &mut Diagnostics) {
    let workload = running.workload;
    let sidecars = &workload.sidecars;
    if sidecars.entries.len() >= MOST {
        let message = format!(
            "{} containers are one task, {MOST} are the most",
            sidecars.entries.len() + 1
        );
        let fault = diags.report(code::TOO_MANY_CONTAINERS, sidecars.place(), message);
        fault.hint("move some of them into services of their own");
    }
    for entry in &sidecars.entries {
        if entry.name.value == running.name.value {
            let message = format!("`{}` is the name of the main container already", entry.name.value);
            diags
                .report(code::DUPLICATE_NAME, entry.name.span, message)
                .note(running.name.span, "first here")
                .hint("give the sidecar another name");
        }
    }
    if workload.exec.sound() == Some(&true) && workload.read_only.sound() == Some(&true) {
        // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
        let message = "no shell can be opened in a container whose root file system is read-only";
        diags
            .report(code::EXEC_READ_ONLY, workload.exec.place(), message)
            .note(workload.read_only.place(), "read-only here")
            .hint("leave one of the two out");
    }
    if let (Some(cluster), Some(capacity)) = (running.cluster, workload.seat()) {
        check_capacity(cluster, capacity, running, diags);
    }
}

fn check_capacity(cluster: &Cluster, capacity: Capacity, running: &Running, diags: &mut Diagnostics) {
    let declared = &cluster.capacity;
    let (instances, fargate) = (is_given(&declared.instances), is_given(&declared.fargate));
    let faulty =
        declared.instances.sound().is_none() || declared.fargate.sound().is_none() || declared.sound().is_none();
    let there = match capacity {
        Capacity::Instances => instances,
        Capacity::Fargate | Capacity::Spot => fargate,
    };
    // A cluster without any capacity has been reported.
    if there || faulty || !(instances || fargate) {
        return;
    }
    let (what, add) = match capacity {
        Capacity::Instances => ("instances", "instances: {type: m7g.large}"),
        Capacity::Fargate | Capacity::Spot => ("Fargate", "fargate: true"),
    };
    let place = running.workload.capacity.key.unwrap_or(running.name.span);
    let message = format!("cluster `{}` has no {what}", cluster.name);
    diags
        .report(code::UNDECLARED_CAPACITY, place, message)
        .note(declared.place(), "what it has")
        .hint(format!("add `capacity: {{{add}}}` to the cluster"));
}
