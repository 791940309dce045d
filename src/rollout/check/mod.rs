//! The checks: what follows from the rules and one spec alone. One file an idea.
//!
//! In: a [`Spec`]. Out: faults. An error is certain on every machine image and in every order of placement; what
//! depends on them is a warning.

mod addresses;
mod clash;
mod deadlock;
mod fit;
pub(super) mod fleet;
mod ports;
mod probes;
mod roll;
mod room;
mod together;

use std::sync::Arc;

use crate::diag::Diagnostics;
use crate::source::Spanned;
use crate::spec::{Calls, Count, Daemon, Networking, Service, Spec, Task, Workload};

use super::bounds::Percents;
use fleet::Fleet;

/// Something that the scheduler keeps running.
#[derive(Clone, Copy)]
pub(super) enum Kept<'a> {
    Service(&'a Service),
    Daemon(&'a Daemon),
    /// A task that something starts.
    Once(&'a Task),
}

/// What runs on the instances of one cluster.
pub(super) struct Tenant<'a> {
    /// The app it belongs to; none for a daemon.
    pub app: Option<&'a Arc<str>>,
    pub name: &'a Spanned<Arc<str>>,
    pub workload: &'a Workload,
    pub kept: Kept<'a>,
    /// The memory of the whole task in MiB, where Service Connect demands it.
    pub proxied: Option<i64>,
}

/// Runs all checks.
pub fn check(spec: &Spec, diags: &mut Diagnostics) {
    let clusters = spec.clusters.iter().enumerate();
    let grounds = clusters.map(|(index, cluster)| {
        let tenants = fleet::tenants(spec, index, cluster);
        (Fleet::of(cluster, &tenants), tenants)
    });
    let grounds: Vec<(Option<Fleet>, Vec<Tenant>)> = grounds.collect();
    for app in &spec.apps {
        let fleet = app.cluster.and_then(|index| grounds[index].0.as_ref());
        let calls = Calls::of(app);
        for (name, service) in app.services.value.sound() {
            let tenant = Tenant {
                app: Some(&app.name),
                name,
                workload: &service.workload,
                kept: Kept::Service(service),
                proxied: calls.proxied(name, &service.workload),
            };
            deadlock::check(&tenant, service, fleet, diags);
            ports::check(&service.workload, service.port.sound(), diags);
            probes::check(name, &service.workload, diags);
        }
    }
    for cluster in spec.clusters.iter().filter(|cluster| !cluster.foreign) {
        for (name, daemon) in cluster.daemons.value.sound() {
            ports::check(&daemon.workload, daemon.port.sound(), diags);
            probes::check(name, &daemon.workload, diags);
        }
        roll::check(cluster, diags);
    }
    for (index, cluster) in spec.clusters.iter().enumerate() {
        addresses::check(spec, index, cluster, diags);
    }
    for (fleet, tenants) in &grounds {
        let Some(fleet) = fleet else { continue };
        fit::check(fleet, tenants, diags);
        let crowded = room::check(fleet, tenants, diags);
        if !crowded {
            // Who has no room alone has none beside others.
            clash::check(fleet, tenants, diags);
            together::check(fleet, tenants, diags);
        }
    }
}

/// The fewest and the most copies that a service may have at any time.
pub(super) fn counts(service: &Service) -> Option<(i64, i64)> {
    let count = service.count.sound()?;
    let (mut least, mut most) = count.bounds()?;
    if let Count::Range(scaling) = count {
        for shift in &scaling.schedule.sound()?.0 {
            least = shift.min.sound()?.map_or(least, |min| least.min(min.0));
            most = shift.max.sound()?.map_or(most, |max| most.max(max.0));
        }
    }
    Some((least, most))
}

/// The numbers of copies that a service comes to rest at while little is asked of it: its number, or each fewest that is
/// declared for some time.
pub(super) fn rests(service: &Service) -> Option<Vec<i64>> {
    let count = service.count.sound()?;
    let mut rests = vec![count.bounds()?.0];
    if let Count::Range(scaling) = count {
        for shift in &scaling.schedule.sound()?.0 {
            rests.extend(shift.min.sound()?.map(|min| min.0));
        }
    }
    Some(rests)
}

/// The percents of a service's rollout.
pub(super) fn percents(service: &Service) -> Option<Percents> {
    let rollout = service.rollout.sound()?;
    Some(Percents {
        healthy: rollout.healthy.sound()?.0,
        surge: rollout.surge.sound()?.0,
    })
}

/// How a fixed port is given up.
fn free_port(workload: &Workload) -> &'static str {
    port_to_ecs(workload.networking() == Some(Networking::Host))
}

/// The same, with the network of the instance or without.
pub(super) fn port_to_ecs(host_network: bool) -> &'static str {
    match host_network {
        true => "write `network: bridge`, so that ECS chooses the port",
        false => "leave the port on the instance to ECS (`host: 0`)",
    }
}

/// `1 copy`, `2 copies`.
fn copies(count: i64) -> String {
    match count {
        1 => "1 copy".to_string(),
        _ => format!("{count} copies"),
    }
}

/// `1 instance`, `2 instances`.
fn instances(count: i64) -> String {
    match count {
        1 => "1 instance".to_string(),
        _ => format!("{count} instances"),
    }
}
