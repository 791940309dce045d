//! Checks across keys: what no single value shows. One file an idea.
//!
//! In: a resolved [`Spec`]. Out: faults. A faulty value is a hole on which nothing here complains.

mod bounds;
mod calls;
mod clusters;
mod containers;
mod effect;
mod fargate;
mod images;
mod later;
mod links;
mod names;
mod once;
pub(super) mod removals;
mod routes;
pub(super) mod secrets;
mod times;

use std::sync::Arc;

use crate::diag::Diagnostics;
use crate::source::Spanned;

use super::{App, Cluster, Daemon, Service, Spec, Workload};

/// Something that runs, of whatever kind.
pub(super) struct Running<'a> {
    /// Its name.
    pub name: &'a Spanned<Arc<str>>,
    /// What every kind has.
    pub workload: &'a Workload,
    /// The service, if it is one.
    pub service: Option<&'a Service>,
    /// The daemon, if it is one.
    pub daemon: Option<&'a Daemon>,
    /// Its app, unless it is a daemon.
    pub app: Option<&'a App>,
    /// Its cluster, if it is known.
    pub cluster: Option<&'a Cluster>,
}

/// All that runs, apps before daemons.
pub(super) fn running(spec: &Spec) -> Vec<Running<'_>> {
    let mut all = Vec::new();
    for app in &spec.apps {
        let cluster = spec.cluster_of(app);
        let of = |name, workload| Running {
            name,
            workload,
            service: None,
            daemon: None,
            app: Some(app),
            cluster,
        };
        for entry in app.services.value.sound_entries() {
            let service = &entry.setting.value;
            all.push(Running {
                service: Some(service),
                ..of(&entry.name, &service.workload)
            });
        }
        for entry in app.tasks.value.sound_entries() {
            let task = &entry.setting.value;
            all.push(of(&entry.name, &task.workload));
        }
    }
    for cluster in spec.clusters.iter().filter(|cluster| !cluster.foreign) {
        for entry in cluster.daemons.value.sound_entries() {
            all.push(Running {
                name: &entry.name,
                workload: &entry.setting.value.workload,
                service: None,
                daemon: Some(&entry.setting.value),
                app: None,
                cluster: Some(cluster),
            });
        }
    }
    all
}

/// Runs all checks.
pub fn check(spec: &Spec, diags: &mut Diagnostics) {
    names::check(spec, diags);
    clusters::check(spec, diags);
    links::check(spec, diags);
    once::check(spec, diags);
    effect::check(spec, diags);
    routes::check_number(spec, diags);
    for running in running(spec) {
        images::check(&running, diags);
        secrets::check(&running, diags);
        times::check(&running, diags);
        bounds::check(&running, diags);
        containers::check(&running, diags);
        fargate::check(&running, diags);
        routes::check(&running, diags);
        later::check(&running, diags);
    }
}
