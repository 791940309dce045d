//! Links: to what there is, to services that can be called, and in no circle.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Diagnostics, code, nearest};
use crate::library::types::listed;
use crate::source::Span;
use crate::spec::{App, Cluster, Spec};

use super::{calls, running};

/// The services that one links to, each with the place of the link.
type Links<'a> = Vec<(&'a str, Span)>;

pub(super) fn check(spec: &Spec, diags: &mut Diagnostics) {
    for app in &spec.apps {
        check_targets(app, spec.cluster_of(app), diags);
        check_circles(app, diags);
    }
    for running in running(spec).iter().filter(|running| running.app.is_none()) {
        for (name, _) in running.workload.links.value.sound() {
            let message = format!("there is nothing named `{}` to link to", name.value);
            let fault = diags.report(code::UNKNOWN_REFERENCE, name.span, message);
            fault.hint("daemons belong to the cluster and know no app's components");
        }
    }
}

fn check_targets(app: &App, cluster: Option<&Cluster>, diags: &mut Diagnostics) {
    let (Some(services), Some(components)) = (app.services.sound(), app.components.sound()) else {
        return;
    };
    let services_named = services.entries.iter().map(|entry| &*entry.name.value);
    let components_named = components.entries.iter().map(|entry| &*entry.name.value);
    let callable: BTreeMap<&str, _> = services.entries.iter().map(|entry| (&**entry.name, entry)).collect();
    let names: Vec<&str> = components_named.chain(services_named).collect();
    let known: BTreeSet<&str> = names.iter().copied().collect();
    let callers = services.sound().map(|(name, service)| (name, &service.workload, true));
    let tasks = app.tasks.value.sound();
    let tasks = tasks.map(|(name, task)| (name, &task.workload, false));
    for (from, workload, serves) in callers.chain(tasks) {
        for (to, _) in workload.links.value.sound() {
            if !known.contains(&*to.value) {
                let message = format!("there is no component or service `{}`", to.value);
                let fault = diags.report(code::UNKNOWN_REFERENCE, to.span, message);
                match nearest(&to.value, names.iter().copied()) {
                    Some(name) => {
                        fault.hint(format!("did you mean `{name}`?"));
                        fault.suggest(format!("write `{name}`"), to.span, name);
                    }
                    None if names.is_empty() => {}
                    None => {
                        fault.hint(format!("there are {}", listed(&names)));
                    }
                }
                continue;
            }
            let Some(called) = callable.get(&*to.value) else {
                continue;
            };
            if !serves {
                calls::report_task(from, to, diags);
                continue;
            }
            if from.value == to.value {
                let fault = diags.report(code::LINK_CYCLE, to.span, format!("`{}` links to itself", to.value));
                fault.hint("take the link out");
                continue;
            }
            if let Some(cluster) = cluster.filter(|cluster| names_are_off(cluster)) {
                let message = format!("`{}` cannot be found by its name: names are off", to.value);
                let fault = diags.report(code::LINK_WITHOUT_NAMES, to.span, message);
                fault.note(cluster.names.place(), "turned off here");
                fault.hint("turn names on, or call it by its route");
                continue;
            }
            if let Some(called) = called.setting.sound() {
                calls::check(from, workload, to, called, diags);
            }
        }
    }
}

fn names_are_off(cluster: &Cluster) -> bool {
    matches!(cluster.names.sound(), Some(Some(names)) if names.0.is_none())
}

/// A service is created after those it links to, so they cannot wait for each other.
fn check_circles(app: &App, diags: &mut Diagnostics) {
    let names: BTreeSet<&str> = app.services.entries.iter().map(|entry| &**entry.name).collect();
    let services = app.services.value.sound().map(|(name, service)| {
        let links = service.links.value.sound();
        let links = links.filter(|(to, _)| names.contains(&*to.value) && to.value != name.value);
        (&*name.value, links.map(|(to, _)| (&*to.value, to.span)).collect())
    });
    let mut walk = Walk {
        links: services.collect(),
        path: Vec::new(),
        places: BTreeMap::new(),
        done: BTreeSet::new(),
    };
    for (name, _) in app.services.value.sound() {
        walk.from(name, diags);
    }
}

/// A walk along the links, which never goes the same way twice.
struct Walk<'a> {
    links: BTreeMap<&'a str, Links<'a>>,
    /// The services on the way, each with the link that leads on.
    path: Vec<(&'a str, Span)>,
    /// Where each of them is in the path.
    places: BTreeMap<&'a str, usize>,
    done: BTreeSet<&'a str>,
}

impl<'a> Walk<'a> {
    fn from(&mut self, name: &'a str, diags: &mut Diagnostics) {
        if self.done.contains(name) {
            return;
        }
        self.places.insert(name, self.path.len());
        let links = self.links.get(name).cloned().unwrap_or_default();
        for (to, span) in links {
            self.path.push((name, span));
            match self.places.get(to) {
                Some(start) => report_circle(&self.path[*start..], to, diags),
                None => self.from(to, diags),
            }
            self.path.pop();
        }
        self.places.remove(name);
        self.done.insert(name);
    }
}

/// Reports a circle at its last link, which leads back `to` its first service.
fn report_circle(path: &[(&str, Span)], to: &str, diags: &mut Diagnostics) {
    let Some(((_, last), others)) = path.split_last() else {
        return;
    };
    let circle: Vec<String> = path.iter().map(|(name, _)| format!("`{name}`")).collect();
    let message = format!("{} → `{to}` wait for each other", circle.join(" → "));
    let fault = diags.report(code::LINK_CYCLE, *last, message);
    for (_, other) in others {
        fault.note(*other, "part of the circle");
    }
    fault.hint("leave one of the links out, or let the two talk through a queue");
}
