//! A cluster's stack. In: a `Cluster`. Out: its resources, and what its apps may refer to.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::diag::{Diagnostics, code};
use crate::library::types::Named;
use crate::library::{Data, Field, Value, pascal};
use crate::spec::{Cluster, Daemon, Workload};

use super::engine::{Engine, Place, Unit};
use super::environment::environments;
use super::image::images;
use super::instance::Use;
use super::model::StackKind;
use super::scope::{Member, Scope};
use super::unit::{identity, made, names, raw_node};

/// Makes the stack of a cluster; gives the value that `cluster` has in its apps.
pub(super) fn build(engine: &mut Engine<'_>, cluster: &Cluster, catalog: &Catalog) -> Value {
    let (name, span) = (&cluster.name, cluster.span);
    let about = format!("Cluster {name}: network, capacity, ingress. Made by loadline.");
    let stack = engine.stack(format!("{name}-cluster"), StackKind::Cluster, about);
    let unit = Unit {
        stacks: BTreeMap::from([(StackKind::Cluster, stack)]),
    };
    let known = names(
        span,
        [("name", &**name), ("architecture", cluster.architecture().name())],
    );
    let mut scope = Scope::default();
    scope.know("name", Value::text(span, Arc::clone(name)));
    scope.know("cluster", known.clone());
    let mut raws = scope.inner();
    let raw = engine.declare_raw(raw_node(&cluster.resources), StackKind::Cluster, &unit, &mut raws);

    let owner = format!("cluster `{name}`");
    let component = engine.library.get("cluster", engine.sources, engine.diags);
    let used = Use {
        component: component.expect("the stdlib has it"),
        arguments: made(cluster.arguments()),
        place: Place {
            prefix: String::new(),
            stack: StackKind::Cluster,
            user: span,
            owner: owner.clone(),
            path: vec!["cluster".into()],
        },
        unit: &unit,
    };
    let root = engine.instantiate(used, &scope);
    let mut members = root.members;

    let within = merged(&known, &root.exports);
    // Of a faulty one nothing is made, so that nothing is said to be missing.
    let daemons = cluster.daemons.entries.iter();
    for entry in daemons.filter(|entry| entry.setting.sound().is_some()) {
        members.extend(daemon(engine, cluster, entry, &within, &raws, &unit));
    }
    let folder = format!("/loadline/{name}/v1");
    let published = engine.publish_exports(&root.exports, &folder, &unit, &scope);
    members.extend(engine.raw(raw, &unit, &raws));
    if let Some(node) = raw_node(&cluster.r#override) {
        engine.override_with(node, &members, "", &owner, &unit, &raws);
    }
    engine.tag(unit.stacks.values().copied(), &cluster.tags.value(), catalog);
    merged(&known, &published)
}

fn daemon(
    engine: &mut Engine<'_>,
    cluster: &Cluster,
    entry: &Named<Daemon>,
    within: &Value,
    raws: &Scope<'_>,
    unit: &Unit,
) -> Vec<Member> {
    let workload = &entry.setting.workload;
    let identity = identity(workload, &entry.name);
    let mut scope = Scope::default();
    scope.know("name", Value::text(entry.name.span, Arc::clone(&identity)));
    scope.know("cluster", within.clone());
    scope.know("grants", Value::new(entry.name.span, Data::List(Vec::new())));
    owned_images(workload, engine.diags);
    let mut arguments = cluster.daemon(entry);
    images(&mut arguments, &mut BTreeMap::new());
    let mut reach = raws.inner();
    reach.know("cluster", within.clone());
    environments(&mut arguments, workload, Vec::new(), &reach, engine.diags);
    let component = engine.library.get("daemon", engine.sources, engine.diags);
    let prefix = pascal(&identity);
    let owner = format!("daemon `{}`", entry.name.value);
    let used = Use {
        component: component.expect("the stdlib has it"),
        arguments: made(arguments),
        place: Place {
            prefix: prefix.clone(),
            stack: StackKind::Cluster,
            user: entry.name.span,
            owner: owner.clone(),
            path: vec!["daemon".into()],
        },
        unit,
    };
    let made = engine.instantiate(used, &scope);
    if let Some(node) = raw_node(&workload.r#override) {
        engine.override_with(node, &made.members, &prefix, &owner, unit, &scope);
    }
    made.members
}

/// A cluster has no stack before its own that an image could be pushed to, so a daemon cannot have one of its own yet.
fn owned_images(workload: &Workload, diags: &mut Diagnostics) {
    let sidecars = workload
        .sidecars
        .value
        .sound()
        .map(|(_, sidecar)| &sidecar.container.image);
    for image in sidecars.chain([&workload.container.image]) {
        if let Some(Some(picture)) = image.sound()
            && let Some(Some(name)) = picture.repository.sound()
        {
            let message = "an image of a daemon in a repository of its own is not built yet";
            let fault = diags.report(code::NOT_YET, picture.repository.span, message);
            fault.hint(format!(
                "push it to a repository that is there, and write `image: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/{}:v1`",
                name.0
            ));
        }
    }
}

/// The fields of both mappings.
fn merged(first: &Value, second: &Value) -> Value {
    let fields = |value: &Value| -> Vec<Field> {
        match &value.data {
            Data::Map(fields) => fields.clone(),
            _ => Vec::new(),
        }
    };
    let mut all = fields(first);
    all.extend(fields(second));
    Value::new(first.span, Data::Map(all))
}
