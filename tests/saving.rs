//! `loadline plan --save` and `loadline apply FILE` as a user runs them, over ministack and over nobody.

use std::fs;
use std::path::Path;
use std::process::Output;

use loadline::cloud::Cloud;

use crate::aws::{wait, xml};
use crate::contract::Ground;
use crate::contract::Served;
use crate::emulators::Emulator;
use crate::loopback::Loopback;
use crate::planning::{loadline, project, publish};

const APP: &str = "\
app: mail
cluster: far
image: {repository: mail}
environment: {GREETING: canary1}
services:
  worker: {command: work, count: 1, memory: 512 MiB}
";

/// How it ended, and all that it said.
fn run(folder: &Path, endpoint: &str, name: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let output = loadline(folder, endpoint, name, arguments).output();
    let Output { status, stdout, stderr } = output.expect("the program starts");
    let text = [stdout, stderr].map(|bytes| String::from_utf8(bytes).expect("the output is UTF-8"));
    (status.code(), text.concat())
}

#[test]
fn requirement_9_a_plan_is_saved_and_applied_over_ministack() {
    let served = Served::new(Emulator::ministack());
    let url = served.emulator.url.clone();
    let folder = project("saving-ministack", APP);
    wait(publish(served.cloud()));

    // What an image can be pushed to, out of a plan without an image.
    let (code, said) = run(&folder, &url, "plan", &["--save", "first.plan"]);
    assert_eq!(code, Some(7), "{said}");
    assert!(said.contains("saved to first.plan"), "{said}");
    let (code, said) = run(&folder, &url, "apply", &["first.plan"]);
    assert_eq!(code, Some(7), "{said}");
    let (code, said) = run(&folder, &url, "apply", &["first.plan", "--until", "registry"]);
    assert_eq!(code, Some(0), "{said}");
    wait(served.push("mail", "1"));

    // All of it, out of a file that is known by what is in it.
    let (code, said) = run(&folder, &url, "plan", &["--save", "all.json"]);
    assert_eq!(code, Some(0), "{said}");
    let all = fs::read_to_string(folder.join("all.json")).expect("it is written");
    assert!(!all.contains("canary"), "{all}");
    let (code, said) = run(&folder, &url, "apply", &["all.json", "--image", "mail=1"]);
    assert_eq!(code, Some(64), "{said}");
    let (code, said) = run(&folder, &url, "apply", &["all.json"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("far-mail-worker:1 serves"), "{said}");

    // It is of what was, and the one before it too.
    let (code, said) = run(&folder, &url, "apply", &["first.plan", "--until", "registry"]);
    assert_eq!(code, Some(0), "its own work is no move: {said}");
    let other = project("saving-ministack", &APP.replace("512 MiB", "1 GiB"));
    let (code, said) = run(&other, &url, "plan", &["--save", "old.plan"]);
    assert_eq!(code, Some(0), "{said}");
    let more = project("saving-other", &APP.replace("512 MiB", "2 GiB"));
    let (code, said) = run(&more, &url, "apply", &["--yes"]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = run(&other, &url, "apply", &["old.plan"]);
    assert_eq!(code, Some(8), "{said}");
    assert!(said.contains("far-mail"), "{said}");
    assert!(said.contains("the plan no longer holds: it was changed at"), "{said}");

    // Another spec than was reviewed.
    fs::write(other.join("app.yml"), APP.replace("canary1", "canary2")).expect("it can be written");
    let (code, said) = run(&other, &url, "apply", &["old.plan"]);
    assert_eq!(code, Some(8), "{said}");
    assert!(
        said.contains("`.` now gives another template than was reviewed for far-mail"),
        "{said}"
    );
    for stack in ["mail-registry", "far-mail-base", "far-mail"] {
        let left = wait(served.cloud().list_change_sets(stack, None)).expect("they are listed");
        let waiting = left.items.iter().filter(|set| set.execution.as_str() == "AVAILABLE");
        assert_eq!(waiting.count(), 0, "{left:?}");
    }

    // Another account and another region.
    fs::write(other.join("app.yml"), APP).expect("it can be written");
    fs::write(other.join("all.json"), all).expect("it can be written");
    let aws = Loopback::by(|_| xml("GetCallerIdentity", "<Account>999900001111</Account><Arn>arn:me</Arn>"));
    let (code, said) = run(&other, &aws.url, "apply", &["all.json"]);
    assert_eq!(code, Some(64), "{said}");
    assert!(
        said.contains("the plan is in account 000000000000, and this is 999900001111"),
        "{said}"
    );
    let (code, said) = run(&other, &aws.url, "apply", &["all.json", "--region", "us-east-1"]);
    assert_eq!(code, Some(64), "{said}");
    assert!(
        said.contains("the plan is in eu-west-1, and this is us-east-1"),
        "{said}"
    );
}

#[test]
fn a_file_that_is_no_plan_is_refused_before_anybody_is_asked() {
    let folder = project("saving-hostile", APP);
    let begin = "{\"kind\": \"loadline-plan\", ";
    for (text, words) in [
        (String::new(), "not all of it is there"),
        (format!("{begin}\"version\": 1"), "not all of it is there"),
        (
            format!("{begin}\"version\": 2, \"loadline\": \"9.0\"}}"),
            "loadline 9.0 has written it",
        ),
        (
            format!("{begin}\"version\": 1}}"),
            "it was changed after it was written",
        ),
        ("cluster: far".to_string(), "it is no JSON"),
    ] {
        fs::write(folder.join("a.plan"), &text).expect("it can be written");
        let (code, said) = run(&folder, "http://127.0.0.1:1", "apply", &["a.plan"]);
        assert_eq!(code, Some(64), "{said}");
        assert!(
            said.contains("`a.plan` is no plan that can be applied") && said.contains(words),
            "{said}"
        );
    }
}
