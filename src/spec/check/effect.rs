//! Keys that a block has and that do nothing where they stand. Nothing is ignored, so they are refused; what does
//! something on one of an app's clusters may stand for all of them.
//!
//! A `null` that removes no variable is in [`super::removals`].

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Diagnostics, code};
use crate::library::types::Setting;
use crate::source::Span;
use crate::spec::{Daemon, Run, Service, Spec, Task};

/// Why a key does nothing, and what to do about it.
type Why = (String, &'static str);

/// The keys that were looked at, by their places.
#[derive(Default)]
struct Keys {
    idle: BTreeMap<Span, Why>,
    at_work: BTreeSet<Span>,
}

impl Keys {
    /// Looks at a key that the user wrote. `where_idle` is what it does nothing on, if it does nothing.
    fn see<T>(&mut self, key: &str, setting: &Setting<T>, where_idle: Option<&str>, hint: &'static str) {
        let Some(place) = setting.key.filter(|_| setting.is_given()) else {
            return;
        };
        match where_idle {
            Some(on) => {
                self.idle
                    .insert(place, (format!("`{key}` has no effect on {on}"), hint));
            }
            None => {
                self.at_work.insert(place);
            }
        }
    }
}

pub(super) fn check(spec: &Spec, diags: &mut Diagnostics) {
    let mut keys = Keys::default();
    for app in &spec.apps {
        for (_, service) in app.services.value.sound() {
            see_service(service, &mut keys);
        }
        for (_, task) in app.tasks.value.sound() {
            see_task(task, &mut keys);
        }
    }
    for cluster in spec.clusters.iter().filter(|cluster| !cluster.foreign) {
        for (_, daemon) in cluster.daemons.value.sound() {
            see_daemon(daemon, &mut keys);
        }
    }
    for (place, (message, hint)) in &keys.idle {
        if !keys.at_work.contains(place) {
            diags.report(code::NO_EFFECT, *place, message).hint(*hint);
        }
    }
}

fn see_service(service: &Service, keys: &mut Keys) {
    let (Some(rollout), Some(route)) = (service.rollout.sound(), service.route.sound()) else {
        return;
    };
    let idle = route.is_none().then_some("a service without a route");
    let hint = "leave it out, or give the service a `route:`; a worker may finish its work within \
                `stop: {timeout: …}`";
    keys.see("drain", &rollout.drain, idle, hint);
}

fn see_task(task: &Task, keys: &mut Keys) {
    // RunTask takes the rest of `place`, whoever calls it:
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
    if let Some(place) = task.place.sound().filter(|_| !task.is_on_fargate()) {
        let hint = "leave it out; it keeps the copies of a service on instances of their own";
        keys.see(
            "distinct",
            &place.distinct,
            Some("a task, since each run is one copy"),
            hint,
        );
    }
    let (Some(run), Some(schedule)) = (task.run.sound(), task.schedule.sound()) else {
        return;
    };
    let unscheduled = *run != Some(Run::Schedule) && schedule.is_none();
    let hint = "leave it out; only runs by a `schedule:` can overlap";
    keys.see(
        "overlap",
        &task.overlap,
        unscheduled.then_some("a task without a schedule"),
        hint,
    );
    let by_hand = (*run == Some(Run::Manual)).then_some("a task that somebody starts by hand");
    let hint = "leave it out; it is for tasks that a `schedule:` or a deployment starts";
    keys.see("timeout", &task.timeout, by_hand, hint);
    keys.see("retries", &task.retries, by_hand, hint);
}

fn see_daemon(daemon: &Daemon, keys: &mut Keys) {
    let Some(place) = daemon.place.sound() else { return };
    let on = Some("a daemon, which runs once on each instance");
    let hint = "leave it out; only `where` chooses the instances of a daemon";
    keys.see("spread", &place.spread, on, hint);
    keys.see("pack", &place.pack, on, hint);
    keys.see("distinct", &place.distinct, on, hint);
}
