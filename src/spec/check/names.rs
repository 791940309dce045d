//! Names that AWS or loadline keeps for itself, and names given twice.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::{Diagnostics, code};
use crate::source::{Span, Spanned};
use crate::spec::{App, Spec};

/// The ends of stacks' names: an app that ends so would take another's stack.
const ENDS: &[&str] = &["registry", "base", "release", "cluster"];

/// What stands in the place of an app's name in the names of what daemons have: see `owner` in `stdlib/daemon.yml`.
const DAEMONS: &str = "daemons";

pub(super) fn check(spec: &Spec, diags: &mut Diagnostics) {
    for cluster in spec.clusters.iter().filter(|cluster| !cluster.foreign) {
        // Capacity providers are named after the cluster:
        // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCapacityProvider.html
        let kept = ["aws", "ecs", "fargate"]
            .into_iter()
            .find(|start| cluster.name.starts_with(start));
        if let Some(start) = kept.filter(|_| cluster.document.cluster.is_given()) {
            let message = format!("names that begin with `{start}` are kept by AWS");
            diags.report(code::RESERVED_NAME, cluster.span, message);
        }
    }
    for app in &spec.apps {
        let last = app.name.rsplit('-').next().unwrap_or("");
        if app.document.app.is_given() && ENDS.contains(&last) {
            let message = format!("an app's name cannot end with `{last}`: loadline names stacks so");
            diags.report(code::RESERVED_NAME, app.span, message);
        }
        if &*app.name == DAEMONS && app.document.app.is_given() {
            let message = format!(
                "`{DAEMONS}` stands for the cluster's own daemons in the names of log groups and task definitions"
            );
            let fault = diags.report(code::RESERVED_NAME, app.span, message);
            fault.hint("give the app another name");
        }
        check_app(app, diags);
    }
    check_stacks(spec, diags);
    check_families(spec, diags);
}

/// `a-b` on `c` and `b` on `c-a` would be one stack.
fn check_stacks(spec: &Spec, diags: &mut Diagnostics) {
    let mut seen: BTreeMap<String, &App> = BTreeMap::new();
    for app in &spec.apps {
        let Some(cluster) = spec.cluster_of(app) else { continue };
        let stack = format!("{}-{}", cluster.name, app.name);
        match seen.get(&stack) {
            Some(other) if other.name != app.name => {
                let message = format!(
                    "the stack of `{}` would be `{stack}`, and so would that of `{}`",
                    app.name, other.name
                );
                diags
                    .report(code::STACK_COLLISION, app.span, message)
                    .note(other.span, "the other app")
                    .hint("give one of the apps or clusters another name");
            }
            Some(_) => {}
            None => {
                seen.insert(stack, app);
            }
        }
    }
}

/// `api` of `shop-web` and `web-api` of `shop` would have task definitions of one family, and services one name in the cluster's
/// namespace, where it must be unique:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceConnectService.html>, `discoveryName`.
fn check_families(spec: &Spec, diags: &mut Diagnostics) {
    type Named<'a> = (&'a App, &'a Spanned<Arc<str>>);
    let mut seen: BTreeMap<(usize, String), Named> = BTreeMap::new();
    for app in &spec.apps {
        let Some(cluster) = app.cluster else { continue };
        let services = app.services.entries.iter().map(|entry| &entry.name);
        let tasks = app.tasks.entries.iter().map(|entry| &entry.name);
        for name in services.chain(tasks) {
            let family = format!("{}-{}", app.name, name.value);
            match seen.get(&(cluster, family.clone())) {
                Some((other, first)) if other.name != app.name => {
                    let message = format!(
                        "`{}` of `{}` would be called `{family}` in ECS, and so would `{}` of `{}`",
                        name.value, app.name, first.value, other.name
                    );
                    diags
                        .report(code::FAMILY_COLLISION, name.span, message)
                        .note(first.span, "the other one")
                        .hint("give one of them another name");
                }
                // Twice in one app: that is said already.
                Some(_) => {}
                None => {
                    seen.insert((cluster, family), (app, name));
                }
            }
        }
    }
}

/// Components, services and tasks share one space of logical IDs and references.
fn check_app(app: &App, diags: &mut Diagnostics) {
    let mut seen: BTreeMap<Arc<str>, (&str, Span)> = BTreeMap::new();
    let components = app.components.entries.iter().map(|entry| ("component", &entry.name));
    let services = app.services.entries.iter().map(|entry| ("service", &entry.name));
    let tasks = app.tasks.entries.iter().map(|entry| ("task", &entry.name));
    let all = components.chain(services).chain(tasks);
    for (kind, name) in all.collect::<Vec<(&str, &Spanned<Arc<str>>)>>() {
        if let Some((other, first)) = seen.get(&name.value) {
            let message = format!("`{}` is the name of a {other} already", name.value);
            diags
                .report(code::DUPLICATE_NAME, name.span, message)
                .note(*first, "first here")
                .hint("give one of them another name");
        } else {
            seen.insert(name.value.clone(), (kind, name.span));
        }
    }
}
