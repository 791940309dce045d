//! Requirement 9: a plan that was saved is carried out as it was reviewed, or not at all; and no file, whoever wrote it, makes
//! loadline panic.

use std::time::Duration;

use loadline::cloud::Cloud;
use loadline::deploy::watch::Outcome;
use loadline::plan::digest::digest;
use loadline::plan::saved::{Occasion, Project, Saved, SavedError, is_saved};
use loadline::plan::until::Until;
use loadline::plan::wider::Reviewed;
use loadline::plan::{Plan, Work};
use loadline::simulate::Simulated;
use serde_json::{Value, json};

use crate::confirmed::{SPEC, account, look, planned, push, run};
use crate::killed::ready as prepared;
use crate::ready::ready;
use crate::rehearsal::example;

fn save(cloud: &impl Cloud, plan: &Plan) -> String {
    let project = Project {
        path: "spec.yml".to_string(),
        cluster: None,
    };
    let occasion = Occasion {
        account: "111122223333".to_string(),
        region: "eu-west-1".to_string(),
        made: cloud.now(),
    };
    Saved::of(plan, &look(cloud, plan), project, occasion).text()
}

/// Reads a file, and takes what was left out of it from the spec.
fn read(text: &str, spec: &Plan) -> (Plan, Option<Reviewed>) {
    let mut saved = Saved::read(text).expect("it was just written");
    assert_eq!(saved.fill(spec), [""; 0]);
    let reviewed = Reviewed {
        preview: saved.reviewed().clone(),
        is_saved: true,
    };
    (saved.plan(), Some(reviewed))
}

fn apply(cloud: &impl Cloud, text: &str, spec: &Plan) -> (Option<Outcome>, String) {
    let (plan, reviewed) = read(text, spec);
    run(cloud, &plan, reviewed)
}

/// An account in which the spec runs.
fn deployed(plan: &Plan) -> Simulated {
    let cloud = account(1);
    push(&cloud, plan, "a");
    let (outcome, said) = run(&cloud, plan, None);
    assert_eq!(outcome, Some(Outcome::Done), "{said}");
    cloud
}

fn changed() -> Plan {
    planned(&SPEC.replace("128 MiB", "256 MiB").replace("hello", "canary"))
}

#[test]
fn what_is_read_is_what_was_written() {
    let plan = changed();
    let cloud = deployed(&planned(SPEC));
    let text = save(&cloud, &plan);
    let saved = Saved::read(&text).expect("it was just written");
    assert_eq!(saved.text(), text);
    assert!(is_saved("anything", &text) && is_saved("a.plan", "") && is_saved("a.plan.json", ""));
    assert!(!is_saved("spec.yml", "cluster: one"));
    let (filled, _) = read(&text, &plan);
    assert_eq!(saved.reviewed_of(&filled), *saved.reviewed());
    let mut part = filled.clone();
    part.until(Until::Registry);
    assert_eq!(saved.reviewed_of(&part).stages.len(), 2);
    let mut pinned = plan.clone();
    pinned.pin_seen(saved.reviewed());
    assert_eq!(filled.stages, pinned.stages);
    let Some(Work::Image(image)) = pinned
        .stages
        .iter()
        .map(|stage| &stage.work)
        .find(|work| matches!(work, Work::Image(_)))
    else {
        panic!("there is an image");
    };
    assert_eq!(image.image, format!("sha256:{}", "a".repeat(64)));
}

#[test]
fn a_plan_that_needs_no_spec_has_its_templates() {
    let spec = SPEC.replace("environment: {GREETING: hello}\n", "");
    let plan = planned(&spec.replace("links: {jobs: consume}", "count: 1"));
    let cloud = account(1);
    push(&cloud, &plan, "a");
    let saved = Saved::read(&save(&cloud, &plan)).expect("it was just written");
    assert!(!saved.needs_spec());
    let reviewed = Reviewed {
        preview: saved.reviewed().clone(),
        is_saved: true,
    };
    let (outcome, said) = run(&cloud, &saved.plan(), Some(reviewed));
    assert_eq!(outcome, Some(Outcome::Done), "{said}");
}

#[test]
fn no_value_of_a_variable_is_in_it() {
    let raw = "resources:\n  Db:\n    Type: AWS::RDS::DBInstance\n    Properties: {DBInstanceClass: db.t4g.micro, Engine: postgres, \
               AllocatedStorage: \"20\", MasterUsername: shop, MasterUserPassword: canary2}\n";
    let spec = SPEC.replace("hello", "canary1") + raw;
    let before = deployed(&planned(SPEC));
    for cloud in [account(1), before] {
        let text = save(&cloud, &planned(&spec));
        assert!(!text.contains("canary") && !text.contains("hello"), "{text}");
        assert!(text.contains("spec.yml"), "lines are there");
    }
}

#[test]
fn another_spec_than_was_reviewed_does_not_fill_it() {
    let cloud = deployed(&planned(SPEC));
    let mut saved = Saved::read(&save(&cloud, &changed())).expect("it was just written");
    assert!(saved.needs_spec());
    assert_eq!(saved.fill(&planned(SPEC)), ["one-shop-release", "one-shop"]);
}

#[test]
fn requirement_9_it_is_carried_out_once_and_holds_for_its_own_second_run() {
    let (plan, cloud) = (changed(), deployed(&planned(SPEC)));
    let text = save(&cloud, &plan);
    // What is pushed later was not reviewed.
    push(&cloud, &plan, "b");
    let (outcome, said) = apply(&cloud, &text, &plan);
    assert_eq!(outcome, Some(Outcome::Done), "{said}");
    assert!(said.contains("sha256:aaaaaaaaaaaa"), "{said}");
    let (outcome, said) = apply(&cloud, &text, &plan);
    assert_eq!(outcome, Some(Outcome::Done), "{said}");
    assert_eq!(said.matches("no changes").count(), plan.stacks().count(), "{said}");
}

#[test]
fn requirement_9_what_moved_is_named() {
    let plan = changed();
    // Somebody else has deployed.
    let cloud = deployed(&planned(SPEC));
    let text = save(&cloud, &plan);
    let other = planned(&SPEC.replace("64 MiB", "96 MiB"));
    let (outcome, said) = run(&cloud, &other, None);
    assert_eq!(outcome, Some(Outcome::Done), "{said}");
    let before = cloud.requests().get("CreateChangeSet").copied();
    let (outcome, said) = apply(&cloud, &text, &plan);
    assert_eq!(outcome, Some(Outcome::Stale), "{said}");
    assert!(
        said.contains("one-shop: the plan no longer holds: it was changed at 2026-01-05T"),
        "{said}"
    );
    assert!(!said.contains("one-shop-base:"), "{said}");
    assert_eq!(
        cloud.requests().get("CreateChangeSet").copied(),
        before,
        "nothing was begun"
    );

    // The image is gone.
    let cloud = deployed(&planned(SPEC));
    let text = save(&cloud, &plan);
    push(&cloud, &plan, "b");
    cloud.delete_image("shop", &format!("sha256:{}", "a".repeat(64)));
    let (outcome, said) = apply(&cloud, &text, &plan);
    assert_eq!(outcome, Some(Outcome::Stale), "{said}");
    assert!(said.contains("is gone from repository shop"), "{said}");

    // A stack is gone, and then another one is there.
    let cloud = deployed(&planned(SPEC));
    let text = save(&cloud, &plan);
    ready(cloud.delete_stack("one-shop", "somebody", &[])).expect("it can be deleted");
    while ready(cloud.describe_stack("one-shop")).is_ok() {
        ready(cloud.sleep(Duration::from_secs(60)));
    }
    let (outcome, said) = apply(&cloud, &text, &plan);
    assert_eq!(outcome, Some(Outcome::Stale), "{said}");
    assert!(
        said.contains("one-shop: the plan no longer holds: it is gone"),
        "{said}"
    );
    let (outcome, said) = run(&cloud, &planned(SPEC), None);
    assert_eq!(outcome, Some(Outcome::Done), "{said}");
    let (_, said) = apply(&cloud, &text, &plan);
    assert!(said.contains("it was deleted and made anew"), "{said}");

    // It was not there.
    let cloud = account(1);
    push(&cloud, &plan, "a");
    let text = save(&cloud, &plan);
    let (outcome, said) = run(&cloud, &planned(SPEC), None);
    assert_eq!(outcome, Some(Outcome::Done), "{said}");
    let (outcome, said) = apply(&cloud, &text, &plan);
    assert_eq!(outcome, Some(Outcome::Stale), "{said}");
    assert!(said.contains("it was not there, and was made at"), "{said}");

    // There was no image yet.
    let cloud = account(1);
    let text = save(&cloud, &plan);
    push(&cloud, &plan, "a");
    let (outcome, said) = apply(&cloud, &text, &plan);
    assert_eq!(outcome, Some(Outcome::Waits), "{said}");
}

#[test]
fn a_saved_plan_that_is_killed_ends_the_same_when_run_again() {
    let plan = example("shop");
    for is_first in [true, false] {
        let whole = prepared(&plan, is_first);
        let text = save(&whole.cloud, &plan);
        let view = whole.deploy_saved(&read(&text, &plan)).expect("it has an end").0;
        assert_eq!(view.outcome, Some(Outcome::Done));
        let (requests, expected) = (whole.asked(), whole.state(&plan));
        for at in (0..requests).step_by(67) {
            for is_sent in [false, true] {
                let mortal = prepared(&plan, is_first);
                let read = read(&save(&mortal.cloud, &plan), &plan);
                mortal.kill_at(Some(at), is_sent);
                assert!(mortal.deploy_saved(&read).is_none(), "it is killed");
                mortal.kill_at(None, false);
                ready(mortal.cloud.sleep(Duration::from_secs(at as u64 % 40)));
                let (view, said) = mortal.deploy_saved(&read).expect("it has an end");
                assert_eq!(view.outcome, Some(Outcome::Done), "{at} {is_sent}: {said}");
                assert_eq!(mortal.state(&plan), expected, "{at} {is_sent}");
            }
        }
    }
}

#[test]
fn what_is_no_plan_is_said_to_be_none() {
    let cloud = account(1);
    let text = save(&cloud, &planned(SPEC));
    let error = |text: &str| Saved::read(text).expect_err("it is none");
    assert!(matches!(error(""), SavedError::Json(_)));
    assert!(matches!(error(&text[..text.len() / 2]), SavedError::Json(_)));
    assert_eq!(error("[]"), SavedError::Other);
    assert_eq!(error("{\"kind\": \"other\"}"), SavedError::Other);
    let with = |key: &str, value: Value| {
        let mut document: Value = serde_json::from_str(&text).expect("it is JSON");
        document[key] = value;
        document
    };
    let newer = with("version", json!(2)).to_string();
    let said = error(&newer).to_string();
    assert!(said.contains("version 2") && said.contains("reads version 1"), "{said}");
    assert!(matches!(
        error(&with("version", json!("1")).to_string()),
        SavedError::Shape(_)
    ));
    assert_eq!(
        error(&with("account", json!("999900001111")).to_string()),
        SavedError::Changed
    );
    for hostile in ["\u{1b}[2J", "a\n::error::b", "a\rb"] {
        assert_eq!(error(&with("account", json!(hostile)).to_string()), SavedError::Control);
    }
    let shapeless = sealed(with("stages", json!({"a": 1})));
    assert!(matches!(error(&shapeless), SavedError::Shape(_)));
    let deep = "[".repeat(100_000);
    assert!(matches!(error(&deep), SavedError::Json(_)));
}

/// A document with the seal that it would have if loadline had written it.
fn sealed(mut document: Value) -> String {
    let Some(map) = document.as_object_mut() else {
        return document.to_string();
    };
    map.shift_remove("seal");
    let seal = digest([document.to_string().as_str()]);
    document["seal"] = json!(seal);
    document.to_string()
}

/// Changes one value somewhere.
fn harm(value: &mut Value, dice: &mut fastrand::Rng) {
    let values = [
        json!(null),
        json!(-1),
        json!(u64::MAX),
        json!(1e300),
        json!(true),
        json!(""),
        json!("sha256:é🚢"),
        json!("9999-12-31T23:59:59Z"),
        json!([]),
        json!({}),
        json!([[]]),
    ];
    let deeper = dice.u8(0..10) > 0;
    match value {
        Value::Array(list) if deeper && !list.is_empty() => {
            let at = dice.usize(0..list.len());
            match dice.u8(0..12) {
                0 => _ = list.remove(at),
                1 => list.push(list[at].clone()),
                2 => list.swap(at, 0),
                _ => harm(&mut list[at], dice),
            }
        }
        Value::Object(map) if deeper && !map.is_empty() => {
            let at = dice.usize(0..map.len());
            let key = map.keys().nth(at).expect("it is there").clone();
            match dice.u8(0..12) {
                0 => _ = map.shift_remove(&key),
                _ => harm(&mut map[&key], dice),
            }
        }
        value => *value = values[dice.usize(0..values.len())].clone(),
    }
}

#[test]
fn no_file_makes_it_panic() {
    let plan = changed();
    let cloud = deployed(&planned(SPEC));
    let text = save(&cloud, &plan);
    let document: Value = serde_json::from_str(&text).expect("it is JSON");
    let mut dice = fastrand::Rng::with_seed(9);
    let (mut refused, mut ran) = (0, 0);
    for round in 0..320 {
        // A byte, then a value.
        let mut bytes = text.clone().into_bytes();
        let at = dice.usize(0..bytes.len());
        match dice.u8(0..3) {
            0 => bytes.truncate(at),
            1 => bytes[at] = dice.u8(..),
            _ => _ = bytes.remove(at),
        }
        if bytes != text.as_bytes() {
            // White space between values is the only thing that may differ.
            let read = Saved::read(&String::from_utf8_lossy(&bytes));
            assert!(read.is_err() || read == Saved::read(&text), "{round}");
        }
        let mut other = document.clone();
        harm(&mut other, &mut dice);
        match Saved::read(&sealed(other)) {
            Err(error) => {
                assert!(!error.to_string().is_empty());
                refused += 1;
            }
            Ok(mut saved) if round % 8 == 0 => {
                saved.fill(&plan);
                let reviewed = Reviewed {
                    preview: saved.reviewed().clone(),
                    is_saved: true,
                };
                // However it ends.
                let cloud = deployed(&planned(SPEC));
                run(&cloud, &saved.plan(), Some(reviewed));
                ran += 1;
            }
            Ok(mut saved) => _ = saved.fill(&plan),
        }
    }
    assert!(refused > 50 && ran > 3, "{refused} {ran}");
}

#[test]
fn a_file_names_no_spec_outside_of_its_folder() {
    let is_inside = |path: &str, cluster: Option<&str>| {
        let project = Project {
            path: path.to_string(),
            cluster: cluster.map(str::to_string),
        };
        project.is_inside()
    };
    assert!(
        is_inside(".", None) && is_inside("shop/spec.yml", Some("production")) && is_inside("a..b", Some("c/d.yml"))
    );
    for path in [
        "/root/.aws/credentials",
        "../a",
        "a/../../b",
        "C:\\a",
        "\\a",
        "a\\..\\b",
    ] {
        assert!(!is_inside(path, None) && !is_inside(".", Some(path)), "{path}");
    }
}

/// A file of a later version must not look like this one.
#[test]
fn the_shape_of_a_file_is_known() {
    let spec = "\
cluster: one
network: {zones: 2, nat: none, endpoints: []}
capacity: {fargate: true}
alarms: off
names: off
---
app: shop
cluster: one
image: {repository: shop}
environment: {GREETING: canary}
services:
  web: {memory: 512 MiB}
";
    let plan = planned(spec);
    let cloud = account(1);
    push(&cloud, &plan, "a");
    let mut document: Value = serde_json::from_str(&save(&cloud, &plan)).expect("it is JSON");
    // What is long, and tells nothing of the shape.
    let shorten = |value: &mut Value| {
        if let Some(text) = value.as_str().filter(|text| text.len() > 60) {
            *value = json!(format!("{}…", &text[..8]));
        }
    };
    document["loadline"] = json!("0.0.0");
    for stage in document["stages"].as_array_mut().expect("they are there") {
        if let Some(stack) = stage["work"].get_mut("stack") {
            shorten(&mut stack["template"]);
            keep_first(&mut stack["origins"]);
        }
    }
    for stage in document["reviewed"]["stages"].as_array_mut().expect("they are there") {
        if let Some(consequences) = stage.get_mut("consequences") {
            keep_first(consequences);
        }
    }
    // These hang on each letter of the standard library.
    for key in ["contents", "seal"] {
        assert!(
            document
                .as_object_mut()
                .expect("it is an object")
                .shift_remove(key)
                .is_some()
        );
    }
    insta::assert_snapshot!(format!("{document:#}"));
}

/// One of many is enough.
fn keep_first(list: &mut Value) {
    if let Some(list) = list.as_array_mut() {
        list.truncate(1);
    }
}
