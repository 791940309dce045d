//! The stacks of an app on a cluster. In: an `App` and what its cluster offers. Out: its resources.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::library::types::Named as Entry;
use crate::library::{Data, Field, Value, pascal};
use crate::source::Spanned;
use crate::spec::{App, Cluster, Picture, Use as Used, Workload};
use crate::syntax::Node;

use super::body::expand;
use super::engine::{Engine, Place, Unit};
use super::image::images;
use super::instance::{Argument, Use};
use super::links::{grants, proxied};
use super::model::{Input, StackKind};
use super::order::Call;
use super::scope::Scope;
use super::unit::{Named, identity, made, names, raw_node};

/// Makes the stacks of an app. `registries` are those that are there already: an app has one in an account.
pub(super) fn build(
    engine: &mut Engine<'_>,
    app: &App,
    on: &Cluster,
    cluster: &Value,
    registries: &mut BTreeMap<Arc<str>, usize>,
    catalog: &Catalog,
) {
    let (name, on) = (&app.name, &on.name);
    let title = format!("App {name} on cluster {on}");
    let first = !registries.contains_key(name);
    let registry = *registries.entry(Arc::clone(name)).or_insert_with(|| {
        let about = format!("Image repositories of app {name}. Made by loadline.");
        engine.stack(format!("{name}-registry"), StackKind::Registry, about)
    });
    let mut stack = |suffix: &str, kind: StackKind, what: &str| {
        let full = format!("{on}-{name}{suffix}");
        (
            kind,
            engine.stack(full, kind, format!("{title}: {what}. Made by loadline.")),
        )
    };
    let unit = Unit {
        stacks: BTreeMap::from([
            (StackKind::Registry, registry),
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

    if first {
        for repository in repositories(app) {
            let argument = Value::text(repository.span, Arc::clone(&repository.value));
            let used = Use {
                component: engine
                    .library
                    .get("registry", engine.sources, engine.diags)
                    .expect("the stdlib has it"),
                arguments: vec![(
                    Spanned::new("repository".into(), repository.span),
                    Argument::Made(argument),
                )],
                place: Place {
                    prefix: pascal(&repository.value),
                    stack: StackKind::Registry,
                    user: repository.span,
                    owner: format!("repository `{}`", repository.value),
                    path: vec!["registry".into()],
                },
                unit: &unit,
            };
            let mut scope = scope.inner();
            scope.know("name", Value::text(repository.span, Arc::clone(&repository.value)));
            engine.instantiate(used, &scope);
        }
    }

    let mut all: Vec<Named> = Vec::new();
    for used in &app.components.entries {
        let Some(named) = component(engine, used, &unit, &scope) else {
            // The component is unknown, which was reported; nothing complains about its exports.
            names_in_reach.know(&used.name, Value::new(used.name.span, Data::Unknown));
            continue;
        };
        names_in_reach.know(&used.name, named.made.exports.clone());
        all.push(named);
    }
    let mut shared = BTreeMap::new();
    for running in running(app) {
        let named = workload(engine, &running, app, &unit, &all, &scope, &names_in_reach, &mut shared);
        all.push(named);
    }
    engine.order(&calls(app, &all));
    let mut members = engine.raw(raw, &unit, &names_in_reach);
    for named in &all {
        if let Some(node) = &named.overrides {
            let members = &named.made.members;
            engine.override_with(node, members, &named.prefix, &named.owner, &unit, &names_in_reach);
        }
        members.extend(named.made.members.iter().cloned());
    }
    if let Some(node) = raw_node(&app.r#override) {
        engine.override_with(node, &members, "", &format!("app `{name}`"), &unit, &names_in_reach);
    }
    engine.cross(&unit, &format!("/loadline/{on}/apps/{name}/v1"), &scope);
    root(engine, app, on, &unit, &scope);
    engine.tag(&unit, &app.tags.value(), catalog);
    engine.share_inputs(&unit, &shared);
}

/// A service or task, as the engine sees it.
struct Running<'app> {
    name: &'app Spanned<Arc<str>>,
    workload: &'app Workload,
    component: &'static str,
    arguments: Value,
}

/// All services, then all tasks.
fn running(app: &App) -> Vec<Running<'_>> {
    let services = app.services.entries.iter().map(|service| Running {
        name: &service.name,
        workload: &service.setting.workload,
        component: "service",
        arguments: app.service(service),
    });
    let tasks = app.tasks.entries.iter().map(|task| Running {
        name: &task.name,
        workload: &task.setting.workload,
        component: "task",
        arguments: app.task(task),
    });
    services.chain(tasks).collect()
}

/// The owned repositories that the app's images are in, each once.
fn repositories(app: &App) -> Vec<Spanned<Arc<str>>> {
    let mut found: Vec<Spanned<Arc<str>>> = Vec::new();
    let mut add = |picture: Option<&Option<Picture>>| {
        let Some(Some(picture)) = picture else { return };
        if let Some(Some(name)) = picture.repository.sound()
            && !found.iter().any(|known| known.value == name.0)
        {
            found.push(Spanned::new(Arc::clone(&name.0), picture.repository.span));
        }
    };
    add(app.image.sound());
    for running in running(app) {
        add(running.workload.container.image.sound());
        for (_, sidecar) in running.workload.sidecars.value.sound() {
            add(sidecar.container.image.sound());
        }
    }
    found
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
    app: &App,
    unit: &Unit,
    others: &[Named],
    outer: &Scope<'_>,
    names_in_reach: &Scope<'_>,
    shared: &mut BTreeMap<Arc<str>, Input>,
) -> Named {
    let user = running.name.span;
    let granted = grants(engine, running.workload, app, others);
    let mut environment: Vec<Field> = Vec::new();
    for (name, variable) in running.workload.container.environment.value.sound() {
        if !variable.is_removed() {
            environment.push(Field {
                key: name.clone(),
                value: variable_text(expand(&variable.0, names_in_reach, engine.diags)),
            });
        }
    }
    for field in granted.environment {
        if !environment.iter().any(|known| *known.key == *field.key) {
            environment.push(field);
        }
    }
    let mut value = running.arguments.clone();
    images(&mut value, shared);
    if let Data::Map(fields) = &mut value.data {
        for field in fields.iter_mut().filter(|field| &**field.key == "environment") {
            field.value.data = Data::Map(std::mem::take(&mut environment));
        }
    }
    let identity = identity(running.workload, running.name);
    let mut scope = outer.inner();
    scope.know("name", Value::text(user, Arc::clone(&identity)));
    scope.know("grants", Value::new(user, Data::List(granted.policy)));
    let links = |of: &Workload| {
        of.links
            .value
            .sound()
            .map(|(to, _)| Arc::clone(&to.value))
            .collect::<Vec<_>>()
    };
    let calls = links(running.workload).iter().any(|to| app.services.get(to).is_some());
    let called = running_links(app).any(|to| to == running.name.value);
    scope.know("calls", Value::new(user, Data::Bool(calls)));
    scope.know("called", Value::new(user, Data::Bool(called)));
    let proxied = match calls || called {
        true => Data::Integer(proxied(running.workload)),
        false => Data::Null,
    };
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
    let named = |name: &str| all.iter().find(|named| &*named.name == name);
    let mut calls = Vec::new();
    for service in &app.services.entries {
        for link in &service.setting.workload.links.entries {
            if app.services.get(&link.name).is_none() {
                continue;
            }
            if let (Some(from), Some(to)) = (named(&service.name), named(&link.name)) {
                calls.push(Call {
                    from: from.made.members.clone(),
                    to: to.made.members.clone(),
                    span: link.name.span,
                });
            }
        }
    }
    calls
}

/// The names that services and tasks link to.
fn running_links(app: &App) -> impl Iterator<Item = Arc<str>> {
    let services = app.services.entries.iter().map(|service| &service.setting.workload);
    let tasks = app.tasks.entries.iter().map(|task| &task.setting.workload);
    let all = services.chain(tasks).flat_map(|workload| workload.links.value.sound());
    all.map(|(to, _)| Arc::clone(&to.value))
}

/// A variable is text: a number is written as it was.
fn variable_text(value: Value) -> Value {
    match value.data {
        Data::Integer(number) => Value::text(value.span, number.to_string()),
        Data::Number(number) => Value::text(value.span, number.to_string()),
        Data::Bool(truth) => Value::text(value.span, truth.to_string()),
        _ => value,
    }
}
