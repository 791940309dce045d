//! Variables that are removed: `null` under `environment:` keeps one of the app's from a service, so there must be one.
//!
//! In: a [`Spec`] before services have what their app gives them, since no `null` is left after that.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Diagnostics, code, nearest};
use crate::library::types::{Mapping, Setting, Variable, VariableName};
use crate::source::Span;
use crate::spec::{App, Spec, Workload};

/// The names that an app gives its services, as variables or as secrets.
type Given<'a> = BTreeSet<&'a str>;

/// The nulls of all apps and clusters, by their places.
#[derive(Default)]
struct Nulls {
    idle: BTreeMap<Span, Idle>,
    /// Those that remove something on at least one of the app's clusters.
    at_work: BTreeSet<Span>,
}

/// A null over nothing.
struct Idle {
    message: String,
    /// What the name may have been meant for.
    meant: Option<String>,
    hint: &'static str,
}

/// Reports each `null` that removes nothing.
pub(in crate::spec) fn check(spec: &Spec, diags: &mut Diagnostics) {
    let mut nulls = Nulls::default();
    for app in &spec.apps {
        see_app(app, &mut nulls);
    }
    for cluster in spec.clusters.iter().filter(|cluster| !cluster.foreign) {
        for (_, daemon) in cluster.daemons.value.sound() {
            let hint = "take the line out: a daemon has only variables of its own";
            nulls.see(&daemon.environment, &Given::default(), hint);
            see_sidecars(&daemon.workload, &mut nulls);
        }
    }
    for (place, idle) in &nulls.idle {
        if nulls.at_work.contains(place) {
            continue;
        }
        let fault = diags.report(code::NOTHING_TO_DELETE, *place, &idle.message);
        match &idle.meant {
            Some(name) => fault.did_you_mean(name, *place),
            None => fault.hint(idle.hint),
        };
    }
}

fn see_app(app: &App, nulls: &mut Nulls) {
    let (Some(environment), Some(secrets)) = (app.environment.sound(), app.secrets.sound()) else {
        return;
    };
    let hint = "take the line out: `null` belongs under a service that goes without the variable";
    nulls.see(&app.environment, &Given::default(), hint);
    let kept = environment.entries.iter();
    let kept = kept.filter(|entry| !entry.setting.value.is_removed());
    let secrets = secrets.entries.iter().map(|entry| &*entry.name.value);
    let given: Given = kept.map(|entry| &*entry.name.value).chain(secrets).collect();
    let services = app.services.value.sound().map(|(_, service)| &service.workload);
    let tasks = app.tasks.value.sound().map(|(_, task)| &task.workload);
    for workload in services.chain(tasks) {
        let hint = "take the line out: `null` removes a variable or secret that the app gives to all";
        nulls.see(&workload.environment, &given, hint);
        see_sidecars(workload, nulls);
    }
}

fn see_sidecars(workload: &Workload, nulls: &mut Nulls) {
    for (_, sidecar) in workload.sidecars.value.sound() {
        let hint = "take the line out: a sidecar has only variables of its own";
        nulls.see(&sidecar.environment, &Given::default(), hint);
    }
}

impl Nulls {
    fn see(&mut self, own: &Setting<Mapping<VariableName, Variable>>, given: &Given, hint: &'static str) {
        let removed = own.value.sound().filter(|(_, variable)| variable.is_removed());
        for (name, variable) in removed {
            // Under `clusters:` it may lie over a value of the same app or service.
            if given.contains(&*name.value) || variable.0.base.is_some() {
                self.at_work.insert(name.span);
                continue;
            }
            let idle = Idle {
                message: format!("there is no variable `{}` to remove", name.value),
                meant: nearest(&name.value, given.iter().copied()).map(str::to_string),
                hint,
            };
            self.idle.insert(name.span, idle);
        }
    }
}
