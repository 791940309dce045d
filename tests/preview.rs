//! `plan` over the simulated cloud: what is shown, and that nothing is left behind, wherever the reader leaves.

use std::cell::Cell;
use std::collections::BTreeSet;

use loadline::cloud::Cloud;
use loadline::cloud::formation::{Change, ChangeDetail};
use loadline::deploy::preview::{Halt, Reader, of};
use loadline::deploy::watch::Outcome;
use loadline::deploy::{self, Options};
use loadline::plan::consequence::{self, Consequence, Effect, merged};
use loadline::plan::edit::HIDDEN;
use loadline::plan::preview::{Basis, Preview, StackPreview, StackState, StagePreview};
use loadline::plan::reveal::revealed;
use loadline::plan::stakes::Sort;
use loadline::plan::{self, Plan, Work};
use loadline::simulate::fault::Fault;
use loadline::simulate::{Settings, Simulated};
use loadline::source::Memory;
use loadline::template::Format;
use loadline::{Request, compile};

use crate::ready::ready;

pub const SPEC: &str = "\
cluster: one
network: {zones: 2, nat: single}
capacity: {instances: {type: t4g.small, count: {min: 2, max: 3}}}
ingress: {public: {}}
---
app: shop
cluster: one
image: {repository: shop}
environment: {GREETING: hello}
services:
  web: {port: 80, count: 2, memory: 128 MiB, route: /, health: {path: /, boot: 5s}}
tasks:
  migrate: {command: migrate, run: before-deploy}
";

pub fn planned(spec: &str) -> Plan {
    let (spec, cluster) = spec.split_once("=====\n").unwrap_or((spec, ""));
    let mut world = Memory::default().with("spec.yml", spec);
    if !cluster.is_empty() {
        // A cluster of another project.
        world = world.with("clusters/one.yml", cluster);
    }
    let request = Request {
        path: "spec.yml".to_string(),
        format: Format::Json,
        ..Request::default()
    };
    let compiled = compile(&world, &request).expect("the world is in memory");
    assert!(compiled.templates.len() > 1, "{:?}", compiled.diagnostics);
    plan::of(&compiled.spec, &compiled.graph, &compiled.templates, &compiled.sources)
}

pub fn empty() -> Simulated {
    Simulated::new(&Settings {
        seed: 1,
        region: "eu-west-1".to_string(),
        account: "111122223333".to_string(),
    })
}

pub fn push(cloud: &Simulated) {
    cloud.push_image("shop", &format!("sha256:{}", "a".repeat(64)));
}

/// An account in which the spec runs.
pub fn deployed() -> Simulated {
    let cloud = empty();
    push(&cloud);
    let view = ready(deploy::run(
        &planned(SPEC),
        &cloud,
        Options::default(),
        &mut |_, _, _| {},
    ));
    assert_eq!(view.outcome, Some(Outcome::Done));
    cloud
}

pub fn look(plan: &Plan, cloud: &impl Cloud) -> (Preview, Option<Halt>) {
    let reader = Reader {
        left: &|| false,
        told: &|_| {},
    };
    ready(of(plan, cloud, reader))
}

pub fn seen(plan: &Plan, cloud: &impl Cloud) -> Preview {
    let (preview, halt) = look(plan, cloud);
    assert_eq!(halt, None);
    assert_eq!(preview.left, Vec::<String>::new());
    preview
}

pub fn stack<'a>(preview: &'a Preview, name: &str) -> &'a StackPreview {
    preview
        .stacks()
        .find(|stack| stack.stack == name)
        .expect("the stack is there")
}

pub fn resource<'a>(preview: &'a Preview, logical: &str) -> &'a Consequence {
    let mut all = preview.stacks().flat_map(|stack| &stack.consequences);
    all.find(|one| one.logical == logical)
        .unwrap_or_else(|| panic!("{logical} is touched"))
}

fn requests(cloud: &Simulated, operation: &str) -> u64 {
    cloud.requests().get(operation).copied().unwrap_or(0)
}

#[test]
fn into_an_empty_account_everything_is_added_and_nothing_is_left() {
    let cloud = empty();
    let plan = planned(SPEC);
    let preview = seen(&plan, &cloud);
    assert!(preview.stacks().all(|stack| stack.state == StackState::New));
    assert_eq!(stack(&preview, "one-cluster").basis, Basis::ChangeSet);
    let by_template = |name: &str| matches!(stack(&preview, name).basis, Basis::Template { .. });
    assert!(by_template("one-shop-base") && by_template("one-shop"));
    assert_eq!(preview.missing().collect::<Vec<_>>(), ["shop"]);
    assert_eq!(preview.count(Effect::Added), plan_size(&plan));
    for stack in preview.stacks() {
        assert!(
            ready(cloud.describe_stack(&stack.stack)).is_err(),
            "{} is left",
            stack.stack
        );
    }
    assert_eq!(requests(&cloud, "CreateChangeSet"), requests(&cloud, "DeleteChangeSet"));
}

fn plan_size(plan: &Plan) -> usize {
    let stacks = plan.stages.iter().filter_map(|stage| match &stage.work {
        Work::Stack(work) => Some(consequence::added(&work.template).len()),
        _ => None,
    });
    stacks.sum()
}

#[test]
fn what_runs_already_does_not_change() {
    let cloud = deployed();
    let preview = seen(&planned(SPEC), &cloud);
    let changing: Vec<&str> = preview
        .stacks()
        .filter(|stack| stack.changes())
        .map(|stack| stack.stack.as_str())
        .collect();
    assert_eq!(changing, [""; 0]);
    assert!(!preview.changes());
}

#[test]
fn a_change_is_shown_where_it_is_with_its_line_and_no_secret() {
    let cloud = deployed();
    let spec = SPEC
        .replace("memory: 128 MiB", "memory: 256 MiB")
        .replace("GREETING: hello", "GREETING: canary");
    let preview = seen(&planned(&spec), &cloud);
    let definition = resource(&preview, "WebTaskDefinition");
    assert_eq!(definition.effect, Effect::Changed);
    assert_eq!(definition.note.as_deref(), Some("a new revision"));
    let place = definition.place.as_ref().expect("it has the user's line");
    assert_eq!((place.file.as_str(), place.line), ("spec.yml", 11));
    let edit = |end: &str| {
        let mut edits = definition.edits.iter();
        edits
            .find(|edit| edit.property.ends_with(end))
            .unwrap_or_else(|| panic!("{end}: {definition:#?}"))
    };
    let memory = edit("].Memory");
    assert_eq!(
        (memory.before.as_deref(), memory.after.as_deref()),
        (Some("128"), Some("256"))
    );
    let variable = edit("Environment[GREETING].Value");
    assert_eq!(
        (variable.before.as_deref(), variable.after.as_deref()),
        (Some(HIDDEN), Some(HIDDEN))
    );
    let service = resource(&preview, "WebService");
    assert_eq!(service.effect, Effect::Changed);
    let text = serde_json::to_string(&preview).expect("it has string keys");
    assert!(!text.contains("canary") && !text.contains("hello"), "{text}");
    let shown = revealed(&preview);
    let edits = &resource(&shown, "WebTaskDefinition").edits;
    let variable = edits
        .iter()
        .find(|edit| edit.property.ends_with("Environment[GREETING].Value"));
    let variable = variable.expect("it changes");
    assert_eq!(
        (variable.before.as_deref(), variable.after.as_deref()),
        (Some("hello"), Some("canary"))
    );
    // Of what was asked for without values, none is kept, in no form.
    let kept: Preview = serde_json::from_str(&text).expect("it is read back");
    assert_eq!(format!("{kept:?}"), format!("{:?}", revealed(&kept)));
    assert!(!format!("{preview:?}").contains("canary"));
    let tasks = preview
        .stages
        .iter()
        .filter(|stage| matches!(stage, StagePreview::Task { before: true, .. }));
    assert_eq!(tasks.count(), 1);
}

#[test]
fn what_goes_is_told_with_what_is_at_stake() {
    let cloud = deployed();
    let spec = SPEC.replace(
        "  web: {port: 80, count: 2, memory: 128 MiB, route: /, health: {path: /, boot: 5s}}\n",
        "  worker: {}\n",
    );
    let preview = seen(&planned(&spec), &cloud);
    let service = resource(&preview, "WebService");
    assert_eq!(service.effect, Effect::Removed);
    assert_eq!(service.stakes[0].sort, Sort::Downtime);
    let basis = &stack(&preview, "one-shop").basis;
    assert!(
        matches!(basis, Basis::Template { why } if why.contains("one-shop-base")),
        "{basis:?}"
    );
    let log = resource(&preview, "WebTaskLog");
    assert!(log.stakes[0].text.contains("it stays, with its logs"), "{log:?}");
    assert_eq!(resource(&preview, "WorkerService").effect, Effect::Added);
}

#[test]
fn a_reader_who_leaves_leaves_nothing_behind() {
    let spec = SPEC.replace("memory: 128 MiB", "memory: 256 MiB");
    for (cloud, plan) in [(empty(), planned(SPEC)), (deployed(), planned(&spec))] {
        let there: BTreeSet<String> = stacks(&plan, &cloud);
        let sets =
            |cloud: &Simulated| ["CreateChangeSet", "DeleteChangeSet"].map(|operation| requests(cloud, operation));
        let before = sets(&cloud);
        for asked in 0.. {
            let count = Cell::new(0);
            let reader = Reader {
                left: &|| {
                    count.set(count.get() + 1);
                    count.get() > asked
                },
                told: &|_| {},
            };
            let (preview, halt) = ready(of(&plan, &cloud, reader));
            assert_eq!(preview.left, Vec::<String>::new());
            // One that is still being made cannot be deleted at once.
            let [made, deleted] = sets(&cloud);
            assert!(deleted - before[1] >= made - before[0], "after {asked}");
            assert_eq!(stacks(&plan, &cloud), there, "after {asked}");
            match halt {
                None => break,
                Some(halt) => assert_eq!(halt, Halt::Left),
            }
        }
    }
}

fn stacks(plan: &Plan, cloud: &Simulated) -> BTreeSet<String> {
    let names = plan.stages.iter().filter_map(|stage| match &stage.work {
        Work::Stack(work) => Some(work.stack.clone()),
        _ => None,
    });
    names.filter(|name| ready(cloud.describe_stack(name)).is_ok()).collect()
}

#[test]
fn throttling_slows_it_down_and_no_more() {
    let cloud = deployed();
    let fault: Fault = "throttled".parse().expect("it is a fault");
    cloud.inject(&[fault]);
    let told = Cell::new(0);
    let reader = Reader {
        left: &|| false,
        told: &|text| told.set(told.get() + usize::from(text.contains("Throttling"))),
    };
    let (preview, halt) = ready(of(&planned(SPEC), &cloud, reader));
    assert_eq!((halt, preview.changes()), (None, false));
    assert!(told.get() > 0, "it is said");
}

fn modify(logical: &str, details: Vec<ChangeDetail>) -> Change {
    Change {
        action: "Modify".to_string(),
        logical: logical.to_string(),
        replacement: Some("False".to_string()),
        details,
        ..Change::default()
    }
}

fn detail(name: &str, source: &str, path: Option<&str>, values: Option<(&str, &str)>) -> ChangeDetail {
    ChangeDetail {
        attribute: "Properties".to_string(),
        name: Some(name.to_string()),
        source: source.to_string(),
        path: path.map(str::to_string),
        recreation: "Never".to_string(),
        before: values.map(|values| values.0.to_string()),
        after: values.map(|values| values.1.to_string()),
        ..ChangeDetail::default()
    }
}

#[test]
fn what_one_answer_leaves_out_is_in_the_other() {
    let plain = [
        modify(
            "A",
            vec![
                detail("Count", "DirectModification", None, None),
                detail("Name", "DirectModification", None, None),
            ],
        ),
        modify("B", vec![]),
    ];
    let valued = [
        modify(
            "A",
            vec![detail(
                "Count",
                "DirectModification",
                Some("/Properties/Count"),
                Some(("1", "2")),
            )],
        ),
        modify("C", vec![]),
    ];
    let all = merged(&plain, &valued);
    let names: Vec<&str> = all.iter().map(|change| change.logical.as_str()).collect();
    assert_eq!(names, ["A", "B", "C"]);
    let found = consequence::of(&all, &[]);
    let edits: Vec<(&str, Option<&str>)> = found[0]
        .edits
        .iter()
        .map(|edit| (edit.property.as_str(), edit.after.as_deref()))
        .collect();
    assert_eq!(edits, [("Count", Some("2")), ("Name", None)]);
}

#[test]
fn values_of_variables_are_never_shown_however_they_come() {
    let list = |value: &str| {
        format!(
            r#"[{{"Name":"web","Memory":1,"Environment":[{{"Name":"KEY","Value":"{value}"}},{{"Name":"SAME","Value":"canary0"}}]}}]"#
        )
    };
    let cases = [
        detail(
            "ContainerDefinitions",
            "",
            None,
            Some((&list("canary1"), &list("canary2"))),
        ),
        detail(
            "ContainerDefinitions",
            "",
            Some("/Properties/ContainerDefinitions/0/Environment/3/Value"),
            Some(("canary1", "canary2")),
        ),
        detail(
            "ContainerDefinitions",
            "",
            Some("/Properties/ContainerDefinitions/0/Environment/3"),
            Some((
                r#"{"Name":"KEY","Value":"canary1"}"#,
                r#"{"Name":"OTHER","Value":"canary2"}"#,
            )),
        ),
        // One that is added has no value before.
        ChangeDetail {
            before: None,
            ..detail("ContainerDefinitions", "", None, Some(("", &list("canary2"))))
        },
        // A long value is cut off.
        detail(
            "ContainerDefinitions",
            "",
            None,
            Some((&list("canary1")[..60], &list("canary2")[..60])),
        ),
        detail(
            "Environment",
            "",
            None,
            Some((
                r#"{"Variables":{"KEY":"canary1"}}"#,
                r#"{"Variables":{"KEY":"canary2"}}"#,
            )),
        ),
    ];
    for case in cases {
        let found = consequence::of(&[modify("A", vec![case.clone()])], &[]);
        assert!(!found[0].edits.is_empty());
        let text = format!("{found:?}");
        assert!(!text.contains("canary"), "{text}");
    }
}

/// A change as a reader sees it who asks for values.
fn shown(detail: &ChangeDetail) -> String {
    let mut found = consequence::of(&[modify("A", vec![detail.clone()])], &[]);
    let unseen = format!("{found:?}");
    assert!(!unseen.contains("canary"), "{unseen}");
    found[0].edits.iter_mut().for_each(|edit| edit.reveal());
    format!("{:?}", found[0].edits)
}

#[test]
fn values_of_variables_are_shown_to_who_asks() {
    let list = |value: &str| format!(r#"[{{"Name":"web","Environment":[{{"Name":"KEY","Value":"{value}"}}]}}]"#);
    let cases = [
        ("ContainerDefinitions", None, list("canary1"), list("canary2")),
        (
            "ContainerDefinitions",
            Some("/Properties/ContainerDefinitions/0/Environment/3/Value"),
            "canary1".to_string(),
            "canary2".to_string(),
        ),
        (
            "Environment",
            None,
            r#"{"Variables":{"KEY":"canary1"}}"#.to_string(),
            r#"{"Variables":{"KEY":"canary2"}}"#.to_string(),
        ),
        // What a scheduled task is given.
        (
            "Input",
            None,
            r#"{"containerOverrides":[{"name":"web","environment":[{"name":"KEY","value":"canary1"}]}]}"#.to_string(),
            r#"{"containerOverrides":[{"name":"web","environment":[{"name":"KEY","value":"canary2"}]}]}"#.to_string(),
        ),
    ];
    for (name, path, before, after) in cases {
        let text = shown(&detail(name, "", path, Some((&before, &after))));
        assert!(text.contains("canary1") && text.contains("canary2"), "{text}");
    }
}

#[test]
fn secrets_are_shown_to_nobody() {
    let variable = |name: &str, value: &str| {
        format!(r#"[{{"Name":"web","Environment":[{{"Name":"{name}","Value":"{value}"}}]}}]"#)
    };
    let property = |name: &str, value: &str| format!(r#"{{"{name}":"{value}"}}"#);
    let cases = [
        // What is a secret by its name, or by how it looks, though somebody wrote it in plain.
        variable("DB_PASSWORD", "canary one"),
        variable("DATABASE_URL", "postgres://shop:canary@db.example.com/shop"),
        variable("CONFIG", "-----BEGIN canary PRIVATE KEY"),
        variable("VALUE", "{{resolve:ssm:canary}}"),
        r#"[{"Name":"web","Environment":[{"Name":"CONFIG","Value":{"password":"canary"}}]}]"#.to_string(),
        // Properties that take one.
        property("SecretString", "canary"),
        property("MasterUserPassword", "canary"),
        property("AuthToken", "canary"),
        r#"{"Options":{"splunk-token":"canary"}}"#.to_string(),
        r#"{"SecretString":{"user":"canary"}}"#.to_string(),
        // A reference stands for one, wherever it is.
        property("Anything", "{{resolve:secretsmanager:canary:SecretString:key}}"),
        property("Anything", "a {{resolve:ssm-secure:canary:1}} b"),
        // What is cut off could be anything.
        "[{\"Name\":\"web\",\"Environment\":[{\"Name\":\"DB_PASSWORD\",\"Value\":\"canary".to_string(),
    ];
    for case in cases {
        let other = case.replace("canary", "canary of the past");
        for path in [None, Some("/Properties/Thing")] {
            let text = shown(&detail("Thing", "", path, Some((&other, &case))));
            assert!(!text.contains("canary") && text.contains(HIDDEN), "{text}");
            let alone = detail("Thing", "", path, Some(("", &case)));
            let text = shown(&ChangeDetail { before: None, ..alone });
            assert!(!text.contains("canary") && text.contains(HIDDEN), "{text}");
        }
    }
    // A variable that AWS gives by its place is known by the name in it.
    let variable = |name: &str, value: &str| format!(r#"{{"Name":"{name}","Value":"{value}"}}"#);
    for (before, after) in [
        (
            variable("DB_PASSWORD", "canary one"),
            variable("DB_PASSWORD", "canary two"),
        ),
        (
            variable("DB_PASSWORD", "canary one"),
            variable("API_TOKEN", "canary two"),
        ),
    ] {
        let path = Some("/Properties/ContainerDefinitions/0/Environment/1");
        let text = shown(&detail("ContainerDefinitions", "", path, Some((&before, &after))));
        assert!(
            !text.contains("canary") && text.contains("Environment[DB_PASSWORD]"),
            "{text}"
        );
    }
    let path = Some("/Properties/ContainerDefinitions/0/Environment/1");
    let (before, after) = (variable("A", "canary one"), variable("B", "canary two"));
    let text = shown(&detail("ContainerDefinitions", "", path, Some((&before, &after))));
    assert!(
        text.contains("canary one") && text.contains("canary two"),
        "both are there: {text}"
    );
    // A secret that moves into a store was written in plain before.
    let moved = detail(
        "Thing",
        "",
        None,
        Some(("canary", "{{resolve:ssm-secure:/shop/key:1}}")),
    );
    let text = shown(&moved);
    assert!(!text.contains("canary"), "{text}");
    // The place of a secret is none.
    let place = detail(
        "ContainerDefinitions",
        "",
        Some("/Properties/ContainerDefinitions/0/Secrets/0/ValueFrom"),
        Some((
            "arn:aws:ssm:eu-west-1:1:parameter/a",
            "arn:aws:ssm:eu-west-1:1:parameter/b",
        )),
    );
    assert!(shown(&place).contains("parameter/a"), "{}", shown(&place));
}

#[test]
fn a_word_that_is_new_is_shown() {
    let change = Change {
        action: "SyncWithActual".to_string(),
        ..modify("A", vec![detail("Count", "Moonlight", None, None)])
    };
    let found = consequence::of(&[change], &[]);
    assert_eq!(found[0].note.as_deref(), Some("SyncWithActual"));
    assert_eq!(found[0].causes, ["Moonlight of another resource"]);
}
