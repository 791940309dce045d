//! The rules by which ECS places and replaces tasks, and the checks that follow from them alone.
//!
//! In: a [`Spec`] and the catalog. Out: faults that no placement and no timing can avoid. Must not know CloudFormation.

mod bounds;
mod copies;
mod deadlock;
mod fit;

pub use bounds::Percents;

use std::sync::Arc;

use crate::catalog::{self, Instance};
use crate::diag::Diagnostics;
use crate::source::Spanned;
use crate::spec::{Capacity, Cluster, Daemon, Service, Spec, Workload};

/// Something that the scheduler keeps running.
#[derive(Clone, Copy)]
enum Kept<'a> {
    Service(&'a Service),
    Daemon(&'a Daemon),
    /// A task that something starts.
    Once,
}

/// What runs on the instances of one cluster.
struct Tenant<'a> {
    name: &'a Spanned<Arc<str>>,
    workload: &'a Workload,
    kept: Kept<'a>,
}

/// Runs all checks.
pub fn check(spec: &Spec, diags: &mut Diagnostics) {
    for app in &spec.apps {
        for (name, service) in app.services.value.sound() {
            deadlock::check(name, service, diags);
        }
    }
    for (index, cluster) in spec.clusters.iter().enumerate() {
        let tenants = tenants(spec, index, cluster);
        fit::check(cluster, &tenants, diags);
        copies::check(cluster, &tenants, diags);
    }
}

fn tenants<'a>(spec: &'a Spec, index: usize, cluster: &'a Cluster) -> Vec<Tenant<'a>> {
    let mut tenants = Vec::new();
    for (name, daemon) in cluster.daemons.value.sound() {
        tenants.push(Tenant {
            name,
            workload: &daemon.workload,
            kept: Kept::Daemon(daemon),
        });
    }
    for app in spec.apps.iter().filter(|app| app.cluster == Some(index)) {
        for (name, service) in app.services.value.sound() {
            tenants.push(Tenant {
                name,
                workload: &service.workload,
                kept: Kept::Service(service),
            });
        }
        for (name, task) in app.tasks.value.sound() {
            tenants.push(Tenant {
                name,
                workload: &task.workload,
                kept: Kept::Once,
            });
        }
    }
    tenants.retain(|tenant| tenant.workload.seat() == Some(Capacity::Instances));
    tenants
}

/// The instances of a cluster: their types, as far as they are known, and how many there may be.
struct Fleet {
    types: Vec<Instance>,
    most: i64,
    /// Memory kept from tasks, in MiB.
    reserve: i64,
    trunking: bool,
}

impl Fleet {
    /// The fleet of a cluster; `None` without instances, or where something about them is faulty.
    fn of(cluster: &Cluster) -> Option<Fleet> {
        let instances = cluster.capacity.instances.sound()?.as_ref()?;
        let names = instances.r#type.sound()?;
        let types: Option<Vec<Instance>> = names.0.iter().map(|name| catalog::instance(&name.0)).collect();
        Some(Fleet {
            types: types?,
            most: instances.count.max.sound()?.0,
            reserve: instances.reserve.sound()?.0,
            trunking: *instances.trunking.sound()?,
        })
    }
}
