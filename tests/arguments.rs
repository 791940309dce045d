//! Each block of a document is handed to its component of the stdlib by field name: what the one gives is what the other
//! takes, no more and no less.

use std::collections::BTreeSet;

use loadline::diag::Diagnostics;
use loadline::library::{Data, Library, Value};
use loadline::source::{Memory, Sources};
use loadline::{Request, compile};

const SPEC: &str = "\
cluster: one
capacity: {instances: {type: m7g.large}, fargate: true}
ingress: {public: {}}
daemons:
  agent: {image: datadog/agent:7}
---
app: shop
cluster: one
image: {repository: shop}
services:
  web: {port: 3000, route: /}
tasks:
  migrate: {run: before-deploy}
";

fn keys(arguments: &Value) -> BTreeSet<&str> {
    match &arguments.data {
        Data::Map(fields) => fields.iter().map(|field| &*field.key.value).collect(),
        _ => BTreeSet::new(),
    }
}

#[test]
fn what_a_block_gives_is_what_its_component_takes() {
    let world = Memory::default().with("spec.yml", SPEC);
    let request = Request {
        path: "spec.yml".to_string(),
        ..Request::default()
    };
    let compiled = compile(&world, &request).expect("the world is in memory");
    assert!(compiled.diagnostics.is_empty(), "{:?}", compiled.diagnostics);
    let spec = &compiled.spec;
    let (cluster, app) = (&spec.clusters[0], &spec.apps[0]);
    let given: [(&str, Value); 5] = [
        ("cluster", cluster.arguments()),
        ("app", app.arguments()),
        ("daemon", cluster.daemon(&cluster.daemons.entries[0])),
        ("service", app.service(&app.services.entries[0])),
        ("task", app.task(&app.tasks.entries[0])),
    ];

    let mut sources = Sources::default();
    let mut diags = Diagnostics::default();
    let mut library = Library::default();
    let mut faults = Vec::new();
    for (name, arguments) in given {
        let component = library.get(name, &mut sources, &mut diags).expect("the stdlib has it");
        let takes: BTreeSet<&str> = component
            .parameters
            .iter()
            .map(|parameter| &*parameter.name.value)
            .collect();
        let gives: BTreeSet<&str> = keys(&arguments);
        // The engine adds what the app reads of its cluster.
        let engine = if name == "app" {
            BTreeSet::from(["reads"])
        } else {
            BTreeSet::new()
        };
        for missing in takes.difference(&gives).filter(|key| !engine.contains(*key)) {
            faults.push(format!("`{name}` takes `{missing}`, which nobody gives"));
        }
        for spare in gives.difference(&takes) {
            faults.push(format!("`{name}` is given `{spare}`, which it does not take"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
