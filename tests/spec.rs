//! Specs as a whole: every key is read, what components receive has its shape, overlays lie over apps, and no document,
//! however odd, stops the program.

mod checks;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use loadline::diag::text::{self, Style};
use loadline::library::{Data, Value};
use loadline::source::Memory;
use loadline::spec::schema;
use loadline::{Compiled, Request, compile};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::schema::{Dice, Maker};

fn read(text: &str) -> Compiled {
    let world = Memory::default().with("spec.yml", text);
    let request = Request {
        path: "spec.yml".to_string(),
        ..Request::default()
    };
    compile(&world, &request).expect("the world is in memory")
}

fn drawn(compiled: &Compiled) -> String {
    let style = Style {
        width: 100,
        colour: false,
    };
    text::excerpts(&compiled.diagnostics, &compiled.sources, style)
}

fn every_key() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/spec/every-key.yml");
    fs::read_to_string(path).expect("text")
}

/// What a component receives, to look at: what is only known after deployment as `…`.
fn plain(value: &Value) -> Json {
    match &value.data {
        Data::Unknown => json!("unknown"),
        Data::Null => Json::Null,
        Data::Bool(flag) => json!(flag),
        Data::Integer(number) => json!(number),
        Data::Number(number) => json!(number),
        Data::Text(text) => json!(&**text),
        Data::List(items) => items.iter().map(plain).collect(),
        Data::Map(fields) => fields
            .iter()
            .map(|field| (field.key.to_string(), plain(&field.value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Data::Reference(_) | Data::Concat(_) | Data::Intrinsic(..) => json!("…"),
    }
}

#[test]
fn components_receive_what_the_documentation_says() {
    let compiled = read(&every_key());
    assert!(compiled.diagnostics.is_empty(), "{}", drawn(&compiled));
    let spec = &compiled.spec;
    let (cluster, app) = (&spec.clusters[0], &spec.apps[0]);
    let all = json!({
        "cluster": plain(&cluster.arguments()),
        "daemon": plain(&cluster.daemon(&cluster.daemons.entries[0])),
        "app": plain(&app.arguments()),
        "service": plain(&app.service(&app.services.entries[0])),
        "task": plain(&app.task(&app.tasks.entries[0])),
    });
    insta::assert_snapshot!(serde_json::to_string_pretty(&all).expect("JSON"));
}

/// Each key of a schema by its path, without the overlays.
fn keys(schema: &Json, root: &Json, path: &str, into: &mut BTreeSet<String>) {
    if let Some(reference) = schema.get("$ref").and_then(Json::as_str) {
        if !reference.contains("overlay") {
            keys(
                &root
                    .pointer(reference.trim_start_matches('#'))
                    .expect("a definition")
                    .clone(),
                root,
                path,
                into,
            );
        }
        return;
    }
    for choices in ["anyOf", "allOf"] {
        for choice in schema.get(choices).and_then(Json::as_array).into_iter().flatten() {
            keys(choice, root, path, into);
        }
    }
    for (key, property) in schema.get("properties").and_then(Json::as_object).into_iter().flatten() {
        let below = format!("{path}.{key}");
        into.insert(below.clone());
        keys(property, root, &below, into);
    }
    for inner in ["items", "additionalProperties"] {
        if let Some(inner) = schema.get(inner).filter(|inner| inner.is_object()) {
            keys(inner, root, path, into);
        }
    }
}

/// Each key that stands in a document, names of the user's choice left out as the schema leaves them out.
fn written(value: &Json, path: &str, known: &BTreeSet<String>, into: &mut BTreeSet<String>) {
    match value {
        Json::Array(items) => items.iter().for_each(|item| written(item, path, known, into)),
        Json::Object(fields) => {
            for (key, field) in fields {
                let below = format!("{path}.{key}");
                if known.contains(&below) {
                    into.insert(below.clone());
                    written(field, &below, known, into);
                } else {
                    written(field, path, known, into);
                }
            }
        }
        _ => {}
    }
}

#[test]
fn every_key_of_the_language_is_tried() {
    let text = every_key();
    let documents: Vec<Json> = text.split("\n---\n").map(as_json).collect();
    for (schema, document) in [(schema::cluster(), &documents[0]), (schema::app(), &documents[1])] {
        let schema = schema.to_value();
        let (mut known, mut tried) = (BTreeSet::new(), BTreeSet::new());
        keys(&schema, &schema, "", &mut known);
        written(document, "", &known, &mut tried);
        let elsewhere = |key: &str| {
            // These have what services have, or stand in the examples.
            let again = [
                ".sidecars.",
                ".daemons.",
                ".tasks.",
                ".existing",
                ".components.",
                ".internal.",
                ".credentials",
            ];
            // One excludes the other, or there is none yet.
            let ends = [".cluster", ".host", ".image.image", ".queue", ".signal", ".efs"];
            again.iter().any(|part| key.contains(part)) || ends.iter().any(|end| key.ends_with(end))
        };
        let left: Vec<&String> = known.difference(&tried).filter(|key| !elsewhere(key)).collect();
        assert!(left.is_empty(), "not in tests/spec/every-key.yml: {left:?}");
    }
}

/// A document as JSON, by our own reader.
fn as_json(text: &str) -> Json {
    let mut diags = loadline::diag::Diagnostics::default();
    let nodes = loadline::syntax::parse(loadline::source::FileId(0), text, &mut diags);
    crate::schema::json_of(&nodes[0]).expect("plain data")
}

#[test]
fn an_overlay_merges_replaces_and_deletes() {
    let compiled = read(
        "\
cluster: one
capacity: {instances: {type: m7g.large}}
---
cluster: two
capacity: {fargate: true}
---
app: shop
image: {repository: shop}
environment: {LEVEL: info, DEBUG: \"1\"}
clusters:
  one: {}
  two:
    environment: {LEVEL: warn, DEBUG: null, EXTRA: x}
    services:
      web: {count: 3, command: [b], stop: null}
      worker: null
services:
  web: {count: 1, command: [a, a], stop: {timeout: 60s}}
  worker: {}
",
    );
    assert!(compiled.diagnostics.is_empty(), "{}", drawn(&compiled));
    let [one, two] = &compiled.spec.apps[..] else {
        panic!("an app on two clusters")
    };
    let names = |app: &loadline::spec::App| {
        app.services
            .entries
            .iter()
            .map(|entry| entry.name.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (names(one), names(two)),
        (vec!["web".into(), "worker".into()], vec!["web".to_string()])
    );
    let web = |app: &loadline::spec::App| {
        let value = plain(&app.service(&app.services.entries[0]));
        json!([
            value["count"]["fixed"],
            value["command"],
            value["stop"]["timeout"],
            value["environment"],
            value["capacity"]
        ])
    };
    assert_eq!(
        web(one),
        json!([1, ["a", "a"], 60, {"LEVEL": "info", "DEBUG": "1"}, "instances"])
    );
    assert_eq!(
        web(two),
        json!([3, ["b"], 30, {"LEVEL": "warn", "EXTRA": "x"}, "fargate"])
    );
}

#[test]
fn a_fault_of_an_overlay_shows_both_places() {
    let compiled = read(
        "\
cluster: one
capacity: {instances: {type: m7g.large}}
---
app: shop
image: {repository: shop}
clusters:
  one:
    services:
      web: {memory: lots}
services:
  web: {memory: 1 GiB}
",
    );
    insta::assert_snapshot!(drawn(&compiled));
}

#[test]
fn a_faulty_value_is_a_hole_on_which_nothing_else_complains() {
    let compiled = read(
        "\
cluster: one
capacity: {instances: {type: m7g.large, count: {min: x, max: 2}}}
ingress: {public: {}}
---
app: shop
cluster: one
image: nginx
services:
  web:
    port: {container: 70000, host: 80}
    route: [/a, 7]
    count: {min: 1, max: many}
    memory: a lot
    health: {interval: often, timeout: 5s}
    rollout: {surge: most}
    links: {nobody: 3}
",
    );
    let expected = [
        "bad-unit",
        "bad-unit",
        "bad-unit",
        "bare-image",
        "out-of-range",
        "unknown-reference",
        "wrong-type",
        "wrong-type",
        "wrong-type",
    ];
    assert_eq!(codes(&compiled), expected, "{}", drawn(&compiled));
}

fn codes(compiled: &Compiled) -> Vec<&str> {
    let mut codes: Vec<&str> = compiled.diagnostics.iter().map(|fault| fault.code.name()).collect();
    codes.sort_unstable();
    codes
}

#[test]
fn a_misspelt_key_is_a_hole_too() {
    let compiled = read(
        "\
cluster: one
capacity: {instances: {type: m7g.large}}
ingress: {public: {domain: example.com, zone: Z0123456789ABCDEFGHIJ}}
---
app: shop
cluster: one
services:
  web: {imge: \"nginx:1.27\", prt: 80, route: /}
  api:
    image: \"nginx:1.27\"
    port: 80
    rout: shop.example.com/api
    health: {path: /}
    count: {min: 1, max: 3, requests: 100}
    override: {TargetGroup: {Properties: {Port: 81}}, Route1Record: {Properties: {TTL: null}}}
  jobs: {image: \"nginx:1.27\", port: 80, probe: {comand: \"true\"}, links: {mail: call}}
  mail: {image: \"nginx:1.27\", Port: 80}
tasks:
  report: {image: \"nginx:1.27\", run: schedule, cron: \"cron(0 3 * * ? *)\"}
resources:
  Topic:
    Type: AWS::SNS::Topic
    DependsOn: ApiRoute1Rule
    Properties: {DisplayName: !GetAtt ApiTargetGroup.TargetGroupName}
",
    );
    assert_eq!(codes(&compiled), ["unknown-key"; 6], "{}", drawn(&compiled));
}

#[test]
fn a_logical_id_given_twice_is_that_and_nothing_else() {
    let compiled = read(
        "\
cluster: one
capacity: {instances: {type: m7g.large}}
---
app: shop
cluster: one
image: {repository: shop}
services:
  web: {count: {min: 1, max: 3, cpu: 60%}}
resources:
  WebService: {Type: AWS::SNS::Topic, DependsOn: WebScalingTarget}
",
    );
    assert_eq!(codes(&compiled), ["logical-id-collision"], "{}", drawn(&compiled));
}

thread_local! {
    static MAKERS: [Maker; 2] = [schema::cluster(), schema::app()].map(|schema| Maker::new(schema.as_value()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_document_stops_the_program(seed: u64) {
        let made = MAKERS.with(|makers| {
            let mut dice = Dice(seed);
            makers.each_ref().map(|maker| maker.make(&maker.root, &mut dice, 0))
        });
        let [mut cluster, mut app] = made;
        if let (Some(cluster), Some(app)) = (cluster.as_object_mut(), app.as_object_mut()) {
            cluster.insert("cluster".to_string(), json!("one"));
            cluster.insert("capacity".to_string(), json!({"instances": {"type": "m7g.large"}, "fargate": true}));
            app.insert("app".to_string(), json!("shop"));
            app.insert("cluster".to_string(), json!("one"));
            app.entry("image").or_insert(json!("nginx:1.27"));
        }
        let compiled = read(&format!("{cluster}\n---\n{app}\n"));
        // Faults are drawn without a panic, too.
        drawn(&compiled);
    }
}
