//! Links: to what there is, to services that can be called, and in no circle.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::{Diagnostics, code, nearest};
use crate::library::types::listed;
use crate::source::Span;
use crate::spec::{App, Cluster, Spec};

use super::running;

/// The services that one links to, each with the place of the link.
type Links = Vec<(Arc<str>, Span)>;

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
    let names: Vec<&str> = components_named.chain(services_named).collect();
    let workloads = services.sound().map(|(name, service)| (name, &service.workload));
    let tasks = app.tasks.value.sound().map(|(name, task)| (name, &task.workload));
    for (from, workload) in workloads.chain(tasks) {
        for (to, _) in workload.links.value.sound() {
            if !names.contains(&&*to.value) {
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
            if services.get(&to.value).is_none() {
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
            }
        }
    }
}

fn names_are_off(cluster: &Cluster) -> bool {
    matches!(cluster.names.sound(), Some(Some(names)) if names.0.is_none())
}

/// A service is created after those it links to, so they cannot wait for each other.
fn check_circles(app: &App, diags: &mut Diagnostics) {
    let services: Vec<(Arc<str>, Links)> = app
        .services
        .value
        .sound()
        .map(|(name, service)| {
            let links = service.links.value.sound();
            let links = links.filter(|(to, _)| app.services.get(&to.value).is_some() && to.value != name.value);
            (
                name.value.clone(),
                links.map(|(to, _)| (to.value.clone(), to.span)).collect(),
            )
        })
        .collect();
    let graph: BTreeMap<&str, &Links> = services.iter().map(|(name, links)| (&**name, links)).collect();
    let mut done: Vec<&str> = Vec::new();
    for (name, _) in &services {
        let mut path: Vec<(&str, Span)> = Vec::new();
        walk(name, &graph, &mut path, &mut done, diags);
    }
}

fn walk<'a>(
    name: &'a str,
    graph: &BTreeMap<&'a str, &'a Links>,
    path: &mut Vec<(&'a str, Span)>,
    done: &mut Vec<&'a str>,
    diags: &mut Diagnostics,
) {
    if done.contains(&name) {
        return;
    }
    for (to, span) in graph.get(name).into_iter().flat_map(|links| links.iter()) {
        path.push((name, *span));
        if let Some(start) = path.iter().position(|(on, _)| *on == &**to) {
            let circle: Vec<String> = path[start..].iter().map(|(name, _)| format!("`{name}`")).collect();
            let message = format!("{} → `{to}` wait for each other", circle.join(" → "));
            let fault = diags.report(code::LINK_CYCLE, *span, message);
            for (_, other) in path[start..].iter().filter(|(_, other)| other != span) {
                fault.note(*other, "part of the circle");
            }
            fault.hint("leave one of the links out, or let the two talk through a queue");
        } else {
            walk(to, graph, path, done, diags);
        }
        path.pop();
    }
    done.push(name);
}
