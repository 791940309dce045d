//! Instances, and for how many more copies there is room. In: what is registered and free, what copies take. Out: numbers.

use std::collections::BTreeMap;

use crate::catalog;
use crate::cloud::capacity::Instance;
use crate::cloud::ecs::Task;
use crate::operate::roster::{App, OnCluster, Size};
use crate::operate::whereabouts::{Whereabouts, family};
use crate::rollout::interfaces;

use super::{InstanceStatus, Room};

/// The instances, by zone.
pub(super) fn instances(places: &Whereabouts) -> Vec<InstanceStatus> {
    let mut all: Vec<InstanceStatus> = places
        .instances
        .values()
        .map(|one| InstanceStatus {
            id: one.ec2.clone(),
            kind: one.kind.clone(),
            zone: one.zone.clone(),
            status: one.status.clone(),
            connected: one.connected,
            tasks: tasks_on(places, one).count(),
            cpu: (one.cpu, one.free_cpu),
            memory: (one.memory, one.free_memory),
        })
        .collect();
    all.sort_by(|one, other| (&one.zone, &one.id).cmp(&(&other.zone, &other.id)));
    all
}

fn tasks_on<'a>(places: &'a Whereabouts, instance: &'a Instance) -> impl Iterator<Item = &'a Task> {
    let all = places.running.iter();
    all.filter(|task| task.instance.as_deref() == Some(&instance.arn))
}

/// For how many more copies of each service there is room, each counted as if nothing else started.
pub(super) fn room(cluster: &OnCluster, places: &Whereabouts) -> Vec<Room> {
    let sizes: BTreeMap<String, &Size> = cluster
        .apps
        .iter()
        .flat_map(|app| app.sizes.iter().map(|(service, size)| (app.family(service), size)))
        .collect();
    let usable: Vec<&Instance> = places
        .instances
        .values()
        .filter(|one| one.connected && one.status == "ACTIVE")
        .collect();
    let of_service = |app: &App, service: &str, size: &Size| Room {
        app: app.name.clone(),
        service: service.to_string(),
        copies: usable
            .iter()
            .map(|one| fits(one, size, &app.family(service), &sizes, places))
            .sum(),
    };
    let mut all = Vec::new();
    for app in &cluster.apps {
        for service in app.services.iter().filter(|service| !service.daemon) {
            if let Some(size) = app.sizes.get(&service.name) {
                all.push(of_service(app, &service.name, size));
            }
        }
    }
    all
}

fn fits(instance: &Instance, size: &Size, own: &str, sizes: &BTreeMap<String, &Size>, places: &Whereabouts) -> i64 {
    let by = |free: i64, takes: i64| if takes > 0 { free.max(0) / takes } else { i64::MAX };
    let mut most = by(instance.free_memory, size.reservation.memory).min(by(instance.free_cpu, size.reservation.cpu));
    let families = || tasks_on(places, instance).map(|task| family(&task.task_definition));
    if size.is_alone {
        let has_one = families().any(|family| family == own);
        most = most.min(i64::from(!has_one));
    }
    if size.has_interface
        && let Some(kind) = catalog::instance(&instance.kind)
    {
        let taken = families().filter(|family| sizes.get(*family).is_some_and(|size| size.has_interface));
        let taken = i64::try_from(taken.count()).unwrap_or(i64::MAX);
        most = most.min((interfaces::slots(&kind, false) - taken).max(0));
    }
    // A copy that takes nothing is bounded by nothing that is known.
    if most == i64::MAX { 0 } else { most }
}
