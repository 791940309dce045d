//! `loadline apply` as a user runs it, with `--endpoint-url`, over ministack: made, again without changes, changed, locked.

use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use loadline::cloud::Cloud;
use loadline::deploy::record;
use serde_json::{Value, json};

use crate::aws::wait;
use crate::contract::stacks::{made, two_logs};
use crate::contract::{Ground, Served};
use crate::emulators::Emulator;
use crate::judges::venv::scratch;
use crate::planning::{loadline, project, publish};

const APP: &str = "\
app: letters
cluster: far
image: {repository: letters}
components:
  jobs: {use: queue, retention: 2 days}
services:
  worker: {command: work, count: 1, memory: 512 MiB, links: {jobs: consume}}
";

/// How it ended, and all that it said.
fn apply(folder: &std::path::Path, endpoint: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = loadline(folder, endpoint, "apply", arguments);
    command.env("USER", "ana").env("HOSTNAME", "laptop");
    let Output { status, stdout, stderr } = command.output().expect("the program starts");
    let text = [stdout, stderr].map(|bytes| String::from_utf8(bytes).expect("the output is UTF-8"));
    (status.code(), text.concat())
}

#[test]
fn an_apply_over_ministack() {
    let served = Served::new(Emulator::ministack());
    let url = served.emulator.url.clone();
    let folder = project("apply-ministack", APP);
    wait(publish(served.cloud()));

    // Nobody has confirmed it.
    let (code, said) = apply(&folder, &url, &[]);
    assert_eq!(code, Some(64), "{said}");
    assert!(said.contains("give `--yes`"), "{said}");

    // What an image can be pushed to.
    let (code, said) = apply(&folder, &url, &["--yes", "--until", "registry"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("letters-registry"), "{said}");

    // There is no image yet.
    let (code, said) = apply(&folder, &url, &["--yes", "--until", "release"]);
    assert_eq!(code, Some(7), "{said}");
    assert!(said.contains("there is no image in repository letters"), "{said}");

    // The base is there by now; once more, and nothing changes.
    wait(served.push("letters", "1"));
    let (code, said) = apply(&folder, &url, &["--yes", "--until", "base"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("no changes"), "{said}");

    // Something changes, and all of it is on record.
    let folder = project("apply-ministack", &APP.replace("2 days", "3 days"));
    let (code, said) = apply(
        &folder,
        &url,
        &[
            "--yes",
            "--until",
            "base",
            "--record",
            "told.jsonl",
            "--timeline",
            "told.html",
        ],
    );
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("3 to change"), "{said}");
    let lines = std::fs::read_to_string(folder.join("told.jsonl")).expect("it is written");
    assert!(record::read(&lines).is_ok_and(|events| !events.is_empty()));
    assert!(folder.join("told.html").exists());
    let left = wait(served.cloud().list_change_sets("far-letters-base", None)).expect("they are listed");
    let waiting = left.items.iter().filter(|set| set.execution.as_str() == "AVAILABLE");
    assert_eq!(waiting.count(), 0, "{left:?}");

    // The services, then another revision of one.
    let (code, said) = apply(&folder, &url, &["--yes"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("far-letters-worker:1 serves"), "{said}");
    let app = APP.replace("2 days", "3 days").replace("512 MiB", "1 GiB");
    let more = format!("{app}resources:\n  Pile: {{Type: \"AWS::SQS::Queue\"}}\n");
    let folder = project("apply-ministack", &more);
    let (code, said) = apply(&folder, &url, &["--yes"]);
    assert_eq!(code, Some(0), "{said}");
    // The emulator tells of the new revision, and not of the service that takes it.
    assert!(said.contains("1 to add, 2 to change"), "{said}");

    // Data is not lost unless its resource is named.
    let folder = project("apply-ministack", &app);
    let (code, said) = apply(&folder, &url, &["--yes"]);
    assert_eq!(code, Some(8), "{said}");
    assert!(said.contains("--allow-replace Pile"), "{said}");
    // How this ends is no matter here: the emulator tells of a service that its change set does not touch.
    let (_, said) = apply(&folder, &url, &["--yes", "--allow-replace", "Pile"]);
    assert!(said.contains("1 to remove"), "{said}");

    // Somebody else deploys.
    let lease = "/loadline/far/lease";
    assert!(wait(served.cloud().parameter(lease)).is_err(), "ours is given back");
    let other = r#"{"version": 1, "who": "bob@desk", "key": "1", "since": "2026-01-01T00:00:00Z", "until": "2999-01-01T00:00:00Z"}"#;
    wait(served.cloud().put_parameter(lease, other, false)).expect("it is taken");
    let (code, said) = apply(&folder, &url, &["--yes", "--until", "base"]);
    assert_eq!(code, Some(6), "{said}");
    assert!(said.contains("bob@desk deploys to far"), "{said}");

    // Who waits may leave.
    let mut command = loadline(
        &folder,
        &url,
        "apply",
        &["--yes", "--until", "base", "--wait-for-lock", "10m"],
    );
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("the program starts");
    thread::sleep(Duration::from_secs(8));
    let mut kill = Command::new("kill");
    kill.args(["-INT", &child.id().to_string()]);
    assert!(kill.status().is_ok_and(|status| status.success()));
    let output = child.wait_with_output().expect("the program ends");
    let said = String::from_utf8(output.stderr).expect("the output is UTF-8");
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("takes part in it again"), "{said}");
    let kept = wait(served.cloud().parameter(lease)).expect("it is not ours to delete");
    assert_eq!(kept.value, other);
}

/// How `loadline rollback` ended, and all that it said.
fn rollback(folder: &std::path::Path, endpoint: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = loadline(folder, endpoint, "rollback", arguments);
    command.env("USER", "ana").env("HOSTNAME", "laptop");
    let Output { status, stdout, stderr } = command.output().expect("the program starts");
    let text = [stdout, stderr].map(|bytes| String::from_utf8(bytes).expect("the output is UTF-8"));
    (status.code(), text.concat())
}

#[test]
fn a_rollback_over_ministack() {
    let served = Served::new(Emulator::ministack());
    let url = served.emulator.url.clone();
    let cloud = served.cloud();
    let folder = project("rollback-ministack", APP);
    wait(async {
        publish(cloud).await;
        let mut template = two_logs("shelf");
        template["Resources"]["Shelf"] = json!({"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "far-shelf"}});
        made(cloud, "shelf", &template).await;
        let put = cloud.put_parameter("/loadline/far/v1/artefacts", "far-shelf", false);
        put.await.expect("it is free");
    });

    // Nothing has served yet.
    let (code, said) = rollback(&folder, &url, &["letters", "--yes"]);
    assert_eq!(code, Some(64), "{said}");
    assert!(said.contains("no release of letters is on record"), "{said}");
    let (code, said) = rollback(&folder, &url, &["letters", "--list"]);
    assert_eq!(code, Some(0), "{said}");

    // Two releases, the second one with a template that goes through the bucket.
    let (code, said) = apply(&folder, &url, &["--yes", "--until", "registry"]);
    assert_eq!(code, Some(0), "{said}");
    let first = wait(served.push("letters", "1"));
    let (code, said) = apply(&folder, &url, &["--yes"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("release 1 serves"), "{said}");
    wait(served.push("letters", "2"));
    let long = format!("environment: {{LONG: \"{}\"}}\n", "é".repeat(30_000));
    let second = project("rollback-ministack-second", &format!("{APP}{long}"));
    let (code, said) = apply(&second, &url, &["--yes"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("release 2 serves"), "{said}");
    let (_, listed) = rollback(&folder, &url, &["letters", "--list", "--output", "json"]);
    let listed: Value = serde_json::from_str(&listed).expect("it is one document");
    assert_eq!(
        (&listed["version"], &listed["serves"]["number"]),
        (&1.into(), &2.into())
    );
    assert_eq!(listed["serves"]["who"], "ana@laptop");

    // Nobody has confirmed it; then somebody has.
    let (code, said) = rollback(&folder, &url, &["letters"]);
    assert_eq!(code, Some(64), "{said}");
    let (code, said) = rollback(&folder, &url, &["letters", "--yes"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("from release 2 to release 1"), "{said}");
    assert!(said.contains("a migration, is not undone"), "{said}");
    assert!(said.contains("release 1 serves again"), "{said}");
    let stack = wait(cloud.describe_stack("far-letters")).expect("it is there");
    assert_eq!(stack.parameters["LettersImage"], first);

    // And forward, from a folder without a spec.
    let elsewhere = scratch("rollback-elsewhere");
    let (code, said) = rollback(
        &elsewhere,
        &url,
        &[
            "letters",
            "--cluster",
            "far",
            "--to",
            "2",
            "--yes",
            "--region",
            "eu-west-1",
        ],
    );
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("release 2 serves again"), "{said}");
    let (_, listed) = rollback(&folder, &url, &["letters", "--list"]);
    assert!(listed.contains("* 2") && listed.contains("serves"), "{listed}");
}

#[test]
fn what_is_not_built_yet_is_refused() {
    let folder = project("apply-unbuilt", APP);
    for flags in [["--detach", "--yes"], ["--on-interrupt=rollback", "--yes"]] {
        let (code, said) = apply(&folder, "http://127.0.0.1:1", &flags);
        assert_eq!(code, Some(64), "{said}");
        assert!(said.contains("is not built yet"), "{said}");
    }
}
