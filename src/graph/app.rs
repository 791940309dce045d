//! The stacks of an app on a cluster. In: an `App` and what its cluster offers. Out: its resources.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::library::types::Named as Entry;
use crate::library::{Data, Value, pascal};
use crate::source::Spanned;
use crate::spec::{App, Calls, Cluster, Use as Used, Workload};
use crate::syntax::Node;

use super::engine::{Engine, Place, Unit};
use super::environment::environments;
use super::image::images;
use super::instance::{Argument, Use};
use super::links::grants;
use super::model::{Input, StackKind};
use super::order::Call;
use super::registry::Registry;
use super::scope::Scope;
use super::unit::{Named, identity, made, names, raw_node};

/// Makes the stacks of an app. `registries` are those that are there already: an app has one in an account.
pub(super) fn build(
    engine: &mut Engine<'_>,
    app: &App,
    on: &Cluster,
    cluster: &Value,
    registries: &mut BTreeMap<Arc<str>, Registry>,
    catalog: &Catalog,
) {
    let (name, on) = (&app.name, &on.name);
    let title = format!("App {name} on cluster {on}");
    let registry = engine.registry(name, registries);
    let at = registry.stack;
    let mut stack = |suffix: &str, kind: StackKind, what: &str| {
        let full = format!("{on}-{name}{suffix}");
        (
            kind,
            engine.stack(full, kind, format!("{title}: {what}. Made by loadline.")),
        )
    };
    let unit = Unit {
        stacks: BTreeMap::from([
            (StackKind::Registry, at),
            stack("-base", StackKind::Base, "roles, log groups, data"),
            stack("-release", StackKind::Release, "tasks that run before the deployment"),
            stack("", StackKind::App, "services and tasks"),
        ]),
    };
    let mut scope = Scope::default();
    scope.know("cluster", cluster.clone());
    scope.know("app", names(app.span, [("name", &**name)]));
    let mut names_in_reach = scope.inner();
    let raw = engine.declare_raw(raw_node(&app.resources), StackKind::App, &unit, &mut names_in_reach);

    engine.repositories(app, registry, &unit, &scope);
    let mut all: Vec<Named> = Vec::new();
    for used in &app.components.entries {
        let Some(named) = component(engine, used, &unit, &scope) else {
            // The component is unknown, which was reported; nothing complains about its exports.
            names_in_reach.know(&used.name, Value::new(used.name.span, Data::Unknown));
            engine.unsettled.push(pascal(&used.name).into());
            continue;
        };
        names_in_reach.know(&used.name, named.made.exports.clone());
        all.push(named);
    }
    let mut shared = BTreeMap::new();
    let links = Calls::of(app);
    for name in faulty(app) {
        engine.unsettled.push(pascal(name).into());
    }
    for running in running(app) {
        let named = workload(
            engine,
            &running,
            &links,
            &unit,
            &all,
            &scope,
            &names_in_reach,
            &mut shared,
        );
        all.push(named);
    }
    engine.order(&calls(app, &all), &all);
    let mut members = engine.raw(raw, &unit, &names_in_reach);
    for named in &all {
        if let Some(node) = &named.overrides {
            let members = &named.made.members;
            engine.override_with(node, members, &named.prefix, &named.owner, &unit, &names_in_reach);
        }
        members.extend(named.made.members.iter().cloned());
    }
    if let Some(node) = raw_node(&app.r#override) {
        members.extend(engine.members_of(at));
        engine.override_with(node, &members, "", &format!("app `{name}`"), &unit, &names_in_reach);
    }
    engine.cross(&unit, &format!("/loadline/{on}/apps/{name}/v1"), &scope);
    root(engine, app, on, &unit, &scope);
    let stacks = unit.stacks.values().copied().filter(|stack| *stack != at);
    engine.tag(stacks, &app.tags.value(), catalog);
    engine.share_inputs(&unit, &shared);
}

/// A service or task, as the engine sees it.
struct Running<'app> {
    name: &'app Spanned<Arc<str>>,
    workload: &'app Workload,
    component: &'static str,
    arguments: Value,
}

/// The names of services and tasks of which nothing is made.
fn faulty(app: &App) -> impl Iterator<Item = &str> {
    let services = app
        .services
        .entries
        .iter()
        .filter(|service| service.setting.sound().is_none());
    let tasks = app.tasks.entries.iter().filter(|task| task.setting.sound().is_none());
    let services = services.map(|service| &**service.name);
    services.chain(tasks.map(|task| &**task.name))
}

/// All services, then all tasks. Of a faulty one nothing is made, so that nothing is said to be missing.
fn running(app: &App) -> Vec<Running<'_>> {
    let services = app.services.entries.iter();
    let services = services.filter(|service| service.setting.sound().is_some());
    let services = services.map(|service| Running {
        name: &service.name,
        workload: &service.setting.workload,
        component: "service",
        arguments: app.service(service),
    });
    let tasks = app.tasks.entries.iter();
    let tasks = tasks.filter(|task| task.setting.sound().is_some());
    let tasks = tasks.map(|task| Running {
        name: &task.name,
        workload: &task.setting.workload,
        component: "task",
        arguments: app.task(task),
    });
    services.chain(tasks).collect()
}

/// What there is once per app.
fn root(engine: &mut Engine<'_>, app: &App, on: &str, unit: &Unit, scope: &Scope<'_>) {
    let span = app.span;
    let reads = engine.reads(unit, &format!("/loadline/{on}/v1")).into_iter();
    let reads = reads.map(|name| Value::text(span, name)).collect();
    let mut arguments = made(app.arguments());
    arguments.push((
        Spanned::new("reads".into(), span),
        Argument::Made(Value::new(span, Data::List(reads))),
    ));
    let used = Use {
        component: engine
            .library
            .get("app", engine.sources, engine.diags)
            .expect("the stdlib has it"),
        arguments,
        place: Place {
            prefix: String::new(),
            stack: StackKind::App,
            user: span,
            owner: format!("app `{}`", app.name),
            path: vec!["app".into()],
        },
        unit,
    };
    engine.instantiate(used, scope);
}

/// The keys beside the arguments where a component is put to use.
const OF_A_USE: &[&str] = &["use", "override", "renamed-from"];

/// A component that the user put to use.
fn component(engine: &mut Engine<'_>, used: &Entry<Used>, unit: &Unit, outer: &Scope<'_>) -> Option<Named> {
    let node = &used.setting.sound()?.node;
    let component = engine.component(node.get("use")?, &[])?;
    let identity = node.get("renamed-from").and_then(Node::text).unwrap_or(&used.name);
    let mut scope = outer.inner();
    scope.know("name", Value::text(used.name.span, identity));
    let prefix = pascal(identity);
    let owner = format!("component `{}`", used.name.value);
    let written = node.map().map_or(&[][..], |map| &map.entries).iter();
    let arguments = written
        .filter(|entry| !OF_A_USE.contains(&&**entry.key))
        .map(|entry| (entry.key.clone(), Argument::Written(entry.value.clone())))
        .collect();
    let made = engine.instantiate(
        Use {
            place: Place {
                prefix: prefix.clone(),
                stack: StackKind::Base,
                user: used.name.span,
                owner: owner.clone(),
                path: vec![Arc::clone(&component.name.value)],
            },
            component,
            arguments,
            unit,
        },
        &scope,
    );
    Some(Named {
        name: Arc::clone(&used.name.value),
        prefix,
        owner,
        overrides: node.get("override").cloned(),
        made,
    })
}

/// A service or a task.
#[expect(
    clippy::too_many_arguments,
    reason = "an instance stands between its app, its stacks and its links"
)]
fn workload(
    engine: &mut Engine<'_>,
    running: &Running<'_>,
    links: &Calls<'_>,
    unit: &Unit,
    others: &[Named],
    outer: &Scope<'_>,
    names_in_reach: &Scope<'_>,
    shared: &mut BTreeMap<Arc<str>, Input>,
) -> Named {
    let user = running.name.span;
    let granted = grants(engine, running.workload, links, others);
    let mut value = running.arguments.clone();
    images(&mut value, shared);
    environments(
        &mut value,
        running.workload,
        granted.environment,
        names_in_reach,
        engine.diags,
    );
    let identity = identity(running.workload, running.name);
    let mut scope = outer.inner();
    scope.know("name", Value::text(user, Arc::clone(&identity)));
    scope.know("grants", Value::new(user, Data::List(granted.policy)));
    let (calls, called) = (links.calls(running.workload), links.is_called(running.name));
    scope.know("calls", Value::new(user, Data::Bool(calls)));
    scope.know("called", Value::new(user, Data::Bool(called)));
    let proxied = links.proxied(running.name, running.workload);
    let proxied = proxied.map_or(Data::Null, Data::Integer);
    scope.know("proxied", Value::new(user, proxied));
    let prefix = pascal(&identity);
    let owner = format!("{} `{}`", running.component, running.name.value);
    let component = engine.library.get(running.component, engine.sources, engine.diags);
    let used = Use {
        component: component.expect("the stdlib has it"),
        arguments: made(value),
        place: Place {
            prefix: prefix.clone(),
            stack: StackKind::App,
            user,
            owner: owner.clone(),
            path: vec![running.component.into()],
        },
        unit,
    };
    Named {
        name: Arc::clone(&running.name.value),
        prefix,
        owner,
        overrides: raw_node(&running.workload.r#override).cloned(),
        made: engine.instantiate(used, &scope),
    }
}

/// The links from service to service.
fn calls(app: &App, all: &[Named]) -> Vec<Call> {
    let instances: BTreeMap<&str, usize> = all.iter().map(|named| &*named.name).zip(0..).collect();
    let services = app.services.entries.iter().map(|service| &**service.name);
    let services: BTreeMap<&str, usize> = services
        .filter_map(|name| Some((name, *instances.get(name)?)))
        .collect();
    let mut calls = Vec::new();
    for service in &app.services.entries {
        let Some(from) = services.get(&**service.name) else {
            continue;
        };
        for link in &service.setting.workload.links.entries {
            if let Some(to) = services.get(&**link.name) {
                calls.push(Call {
                    from: *from,
                    to: *to,
                    span: link.name.span,
                });
            }
        }
    }
    calls
}
