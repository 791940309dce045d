//! `loadline apply` as a user runs it, with `--endpoint-url`, over ministack: made, again without changes, changed, locked.

use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use loadline::cloud::Cloud;
use loadline::deploy::record;
use serde_json::{Value, json};

use crate::aws::{wait, xml};
use crate::contract::stacks::{made, two_logs};
use crate::contract::{Ground, Served};
use crate::emulators::Emulator;
use crate::judges::venv::scratch;
use crate::loopback::{Loopback, Reply};
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
fn who_detaches_may_not_leave_tasks_behind() {
    let app = format!("{APP}tasks:\n  warm: {{command: warm, run: after-deploy}}\n");
    let folder = project("apply-detach", &app);
    let (code, said) = apply(&folder, "http://127.0.0.1:1", &["--detach", "--yes"]);
    assert_eq!(code, Some(64), "{said}");
    assert!(
        said.contains("task `warm` runs after the services have changed"),
        "{said}"
    );
    assert!(said.contains("--until services"), "{said}");
}

/// The program with other commands.
fn command(folder: &std::path::Path, endpoint: &str, name: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = loadline(folder, endpoint, name, arguments)
        .output()
        .expect("the program starts");
    let text = [stdout, stderr].map(|bytes| String::from_utf8(bytes).expect("the output is UTF-8"));
    (status.code(), text.concat())
}

#[test]
fn watch_and_recover_over_ministack() {
    let served = Served::new(Emulator::ministack());
    let url = served.emulator.url.clone();
    let folder = project("watch-ministack", APP);
    wait(publish(served.cloud()));

    // Nothing is there, and nothing by this name either.
    let (code, said) = command(&folder, &url, "watch", &[]);
    assert_eq!(code, Some(64), "{said}");
    assert!(said.contains("none of the stacks is there"), "{said}");
    let (code, said) = command(&folder, &url, "watch", &["far-lettuce"]);
    assert_eq!(code, Some(64), "{said}");
    assert!(said.contains("there is no stack `far-lettuce`"), "{said}");

    // What was deployed is told, by the app, by the stack, without the spec, and as a recording.
    let (code, said) = apply(&folder, &url, &["--yes", "--until", "registry"]);
    assert_eq!(code, Some(0), "{said}");
    wait(served.push("letters", "1"));
    let (code, said) = apply(&folder, &url, &["--yes", "--detach"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("`loadline watch` tells how it goes"), "{said}");
    let (code, said) = command(
        &folder,
        &url,
        "watch",
        &["letters", "--record", "told.jsonl", "--timeline", "told.html"],
    );
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("far-letters"), "{said}");
    assert!(folder.join("told.html").exists());
    let (code, said) = command(&folder, &url, "watch", &["--replay", "told.jsonl"]);
    assert_eq!(code, Some(0), "{said}");
    let empty = scratch("watch-empty");
    let (code, said) = command(&empty, &url, "watch", &["far-letters", "--region", "eu-west-1"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("operation was begun"), "{said}");

    // Nothing is stuck, but somebody has died with the lease.
    let (code, said) = command(&folder, &url, "recover", &["letters"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("nothing is the matter"), "{said}");
    let lease = "/loadline/far/lease";
    let other = r#"{"version": 1, "who": "bob@desk", "key": "1", "since": "2026-01-01T00:00:00Z", "until": "2026-01-01T00:03:00Z"}"#;
    wait(served.cloud().put_parameter(lease, other, false)).expect("it is taken");
    let (code, said) = command(&folder, &url, "recover", &[]);
    assert_eq!(code, Some(64), "{said}");
    assert!(
        said.contains("bob@desk deploys since 2026-01-01T00:00:00Z, and is gone"),
        "{said}"
    );
    assert!(said.contains("give `--yes`"), "{said}");
    let (code, said) = command(&folder, &url, "recover", &["--yes"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(wait(served.cloud().parameter(lease)).is_err(), "it is taken away");
    let (code, said) = command(&folder, &url, "recover", &["--output", "json"]);
    assert_eq!(code, Some(0), "{said}");
    let document: Value = serde_json::from_str(&said).expect("it is one line of JSON");
    assert_eq!(
        (&document["version"], &document["leases"]),
        (&1.into(), &serde_json::json!([]))
    );
    let (code, said) = command(&folder, &url, "recover", &["letters", "--skip", "Worker"]);
    assert_eq!(code, Some(64), "{said}");
    assert!(said.contains("`--skip Worker` fits nothing"), "{said}");

    // A shell that nobody needs.
    let wish = crate::contract::stacks::wish(
        "shell",
        "loadline-plan-0",
        loadline::cloud::formation::ChangeSetType::Create,
        &two_logs("shell"),
        "7",
    );
    wait(served.cloud().create_change_set(&wish)).expect("it is taken");
    let (code, said) = command(&folder, &url, "recover", &["shell", "--yes"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("would call: DeleteStack StackName=shell"), "{said}");
    assert!(wait(served.cloud().describe_stack("shell")).is_err(), "{said}");
}

/// An update that does not end, and goes back when it is cancelled: of a stand-in, so that time is ours.
fn endless() -> Loopback {
    let mut calls: Vec<String> = Vec::new();
    Loopback::by(move |seen| {
        if seen.target.ends_with("GetParameter") {
            return Reply::Says(400, r#"{"__type": "ParameterNotFound"}"#.to_string());
        }
        let Some(action) = seen.field("Action") else {
            return Reply::Says(200, "{}".to_string());
        };
        let (is_executed, is_cancelled) = (
            calls.iter().any(|call| call == "ExecuteChangeSet"),
            calls.iter().any(|call| call == "CancelUpdateStack"),
        );
        let status = match (is_executed, is_cancelled) {
            (false, _) => "CREATE_COMPLETE",
            (true, false) => "UPDATE_IN_PROGRESS",
            (true, true) => "UPDATE_ROLLBACK_COMPLETE",
        };
        let name = seen.field("StackName").unwrap_or_default();
        if action == "ExecuteChangeSet" {
            calls.push(format!(
                "token {}",
                seen.field("ClientRequestToken").unwrap_or_default()
            ));
        }
        calls.push(action.clone());
        let token = calls.iter().rev().find_map(|call| call.strip_prefix("token "));
        let event = |status: &str| {
            format!(
                "<member><EventId>{status}</EventId><StackName>{name}</StackName><LogicalResourceId>{name}</LogicalResourceId>\
                 <ResourceType>AWS::CloudFormation::Stack</ResourceType><ResourceStatus>{status}</ResourceStatus>\
                 <Timestamp>2026-01-01T00:00:00Z</Timestamp><ClientRequestToken>{}</ClientRequestToken></member>",
                token.unwrap_or_default()
            )
        };
        match action.as_str() {
            "GetCallerIdentity" => xml("GetCallerIdentity", "<Account>111122223333</Account><Arn>arn:me</Arn>"),
            "DescribeStacks" => xml(
                "DescribeStacks",
                &format!(
                    "<Stacks><member><StackName>{name}</StackName><StackId>arn:{name}</StackId><StackStatus>{status}</StackStatus>\
                     <CreationTime>2026-01-01T00:00:00Z</CreationTime></member></Stacks>"
                ),
            ),
            "CreateChangeSet" => xml("CreateChangeSet", "<Id>arn:set</Id><StackId>arn:stack</StackId>"),
            "DescribeChangeSet" => xml(
                "DescribeChangeSet",
                "<ChangeSetId>arn:set</ChangeSetId><Status>CREATE_COMPLETE</Status><ExecutionStatus>AVAILABLE</ExecutionStatus>\
                 <Changes><member><Type>Resource</Type><ResourceChange><Action>Modify</Action><Replacement>False</Replacement>\
                 <LogicalResourceId>Repository</LogicalResourceId><ResourceType>AWS::ECR::Repository</ResourceType>\
                 </ResourceChange></member></Changes>",
            ),
            "DescribeStackEvents" if !is_executed => xml("DescribeStackEvents", "<StackEvents></StackEvents>"),
            "DescribeStackEvents" => {
                let mut events = String::new();
                if is_cancelled {
                    events += &event("UPDATE_ROLLBACK_COMPLETE");
                    events += &event("UPDATE_ROLLBACK_IN_PROGRESS");
                }
                events += &event("UPDATE_IN_PROGRESS");
                xml("DescribeStackEvents", &format!("<StackEvents>{events}</StackEvents>"))
            }
            other => xml(other, ""),
        }
    })
}

/// Runs an `apply` that does not end, and sends it a signal when it is under way.
fn signalled(name: &str, flags: &[&str]) -> (Option<i32>, String, Vec<String>) {
    let aws = endless();
    let folder = project(name, APP);
    let mut arguments = vec!["--yes", "--until", "registry"];
    arguments.extend(flags);
    let mut command = loadline(&folder, &aws.url, "apply", &arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("the program starts");
    let actions = || -> Vec<String> { aws.seen().iter().filter_map(|seen| seen.field("Action")).collect() };
    let executed = |actions: &[String]| actions.iter().position(|action| action == "ExecuteChangeSet");
    let mut looks = 0;
    // A look at the events after it was executed: then it is known that it is under way.
    while executed(&actions()).is_none_or(|at| !actions()[at..].contains(&"DescribeStackEvents".to_string())) {
        looks += 1;
        assert!(looks < 3000, "{:?}", actions());
        thread::sleep(Duration::from_millis(20));
    }
    thread::sleep(Duration::from_millis(500));
    let mut kill = Command::new("kill");
    kill.args(["-TERM", &child.id().to_string()]);
    assert!(kill.status().is_ok_and(|status| status.success()));
    let output = child.wait_with_output().expect("the program ends");
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    (output.status.code(), text.concat(), actions())
}

#[test]
fn requirement_29_a_signal_leaves_or_rolls_back_as_the_flag_says() {
    let (code, said, actions) = signalled("signal-detach", &[]);
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("no longer watched: what AWS has begun goes on"), "{said}");
    assert!(!actions.contains(&"CancelUpdateStack".to_string()), "{actions:?}");

    let (code, said, actions) = signalled("signal-rollback", &["--on-interrupt", "rollback"]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("is called back by CancelUpdateStack"), "{said}");
    let cancelled = actions.iter().filter(|action| *action == "CancelUpdateStack").count();
    assert_eq!(cancelled, 1, "{actions:?}");
}
