//! `loadline apply` as a user runs it, with `--endpoint-url`, over ministack: made, again without changes, changed, locked.

use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use loadline::cloud::Cloud;
use loadline::deploy::record;

use crate::aws::wait;
use crate::contract::{Ground, Served};
use crate::emulators::Emulator;
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

#[test]
fn what_is_not_built_yet_is_refused() {
    let folder = project("apply-unbuilt", APP);
    for flags in [["--detach", "--yes"], ["--on-interrupt=rollback", "--yes"]] {
        let (code, said) = apply(&folder, "http://127.0.0.1:1", &flags);
        assert_eq!(code, Some(64), "{said}");
        assert!(said.contains("is not built yet"), "{said}");
    }
}
