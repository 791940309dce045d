//! `loadline status`, `logs` and `run` as a user runs them, with `--endpoint-url`: over a stand-in that plays one task, and over
//! ministack.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use loadline::cloud::Cloud;
use serde_json::{Value, json};

use crate::aws::{wait, xml};
use crate::contract::stacks::made;
use crate::contract::{Ground, Served};
use crate::emulators::Emulator;
use crate::loopback::{Loopback, Reply, Seen};
use crate::planning::{loadline, project};

const APP: &str = "\
app: notes
cluster: far
image: {repository: notes}
services:
  worker: {command: work, count: 1, memory: 512 MiB}
tasks:
  console: {command: sleep 4h, run: manual, memory: 512 MiB}
";

const TASK: &str = "arn:aws:ecs:eu-west-1:111122223333:task/far/0123456789abcdef0123456789abcdef";

fn says(body: &Value) -> Reply {
    Reply::Says(200, body.to_string())
}

/// An account in which the console runs for so many looks, and ends with this code.
fn account(looks: usize, code: i64) -> Loopback {
    let mut looked = 0;
    let mut is_stopped = false;
    Loopback::by(move |seen| {
        match seen.field("Action").as_deref() {
            Some("GetCallerIdentity") => {
                return xml("GetCallerIdentity", "<Account>111122223333</Account><Arn>arn:me</Arn>");
            }
            Some("ListStackResources") => {
                let resource = |logical: &str, physical: &str, kind: &str| {
                    format!(
                        "<member><LogicalResourceId>{logical}</LogicalResourceId><PhysicalResourceId>{physical}</PhysicalResourceId>\
                         <ResourceType>{kind}</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>"
                    )
                };
                let definition = "arn:aws:ecs:eu-west-1:111122223333:task-definition/far-notes-console:3";
                let resources = [
                    resource("ConsoleTaskDefinition", definition, "AWS::ECS::TaskDefinition"),
                    resource("ConsoleNetworkSecurityGroup", "sg-1", "AWS::EC2::SecurityGroup"),
                ];
                let list = format!(
                    "<StackResourceSummaries>{}</StackResourceSummaries>",
                    resources.concat()
                );
                return xml("ListStackResources", &list);
            }
            Some(other) => return xml(other, ""),
            None => {}
        }
        match seen.target.rsplit('.').next().unwrap_or_default() {
            "GetParameter" => says(&json!({"Parameter": {"Name": "x", "Value": "subnet-1,subnet-2", "Version": 1}})),
            "RunTask" => says(&json!({"tasks": [{"taskArn": TASK}], "failures": []})),
            "StopTask" => {
                is_stopped = true;
                says(&json!({}))
            }
            "DescribeTasks" => {
                looked += 1;
                says(&json!({"tasks": [task(looked > looks || is_stopped, if is_stopped { 143 } else { code })]}))
            }
            "FilterLogEvents" => says(&json!({"events": lines()})),
            "GetLogEvents" => says(&json!({"events": [{"timestamp": 1, "message": "bye"}], "nextBackwardToken": "b"})),
            _ => says(&json!({})),
        }
    })
}

fn task(is_over: bool, code: i64) -> Value {
    let mut container = json!({"name": "console", "lastStatus": "RUNNING"});
    let mut task = json!({
        "taskArn": TASK,
        "group": "family:far-notes-console",
        "taskDefinitionArn": "arn:aws:ecs:eu-west-1:111122223333:task-definition/far-notes-console:3",
        "lastStatus": "RUNNING", "desiredStatus": "RUNNING", "availabilityZone": "eu-west-1a",
        "createdAt": 1.0, "startedAt": 2.0,
    });
    if is_over {
        container = json!({"name": "console", "lastStatus": "STOPPED", "exitCode": code});
        task["lastStatus"] = json!("STOPPED");
        task["stoppedAt"] = json!(3.0);
        task["stopCode"] = json!("EssentialContainerExited");
        task["stoppedReason"] = json!("Essential container in task exited");
    }
    task["containers"] = json!([container]);
    task
}

/// What the console writes: a table, and what a terminal would obey.
fn lines() -> Value {
    let stream = "console/console/0123456789abcdef0123456789abcdef";
    let at = 4_102_444_800_000i64;
    json!([
        {"eventId": "1", "logStreamName": stream, "timestamp": at, "message": "id\tname"},
        {"eventId": "2", "logStreamName": stream, "timestamp": at + 1, "message": "1\t\u{1b}[2Jana"},
    ])
}

fn ran(endpoint: &str, folder: &Path, name: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = loadline(folder, endpoint, name, arguments)
        .output()
        .expect("the program starts");
    let Output { status, stdout, stderr } = output;
    let text = |bytes| String::from_utf8(bytes).expect("the output is UTF-8");
    (status.code(), text(stdout), text(stderr))
}

fn asked(aws: &Loopback, operation: &str) -> Vec<Seen> {
    let all = aws.seen().into_iter();
    all.filter(|seen| seen.target.ends_with(&format!(".{operation}")))
        .collect()
}

#[test]
fn a_run_has_the_output_and_the_exit_code_of_its_task() {
    let aws = account(1, 3);
    let folder = project("run-exit", APP);
    let (code, out, err) = ran(
        &aws.url,
        &folder,
        "run",
        &["notes", "console", "--", "rake", "db:version"],
    );
    assert_eq!(code, Some(3), "{out}{err}");
    assert_eq!(
        out, "id\tname\n1\tana\n",
        "the output is the task's, and nothing else: {err}"
    );
    assert!(
        err.contains("exited with 3") && err.contains("task 0123456789abcdef0123456789abcdef runs"),
        "{err}"
    );
    let wish = asked(&aws, "RunTask")[0].json();
    assert_eq!(
        wish["overrides"],
        json!({"containerOverrides": [{"name": "console", "command": ["rake", "db:version"]}]})
    );
    let network = &wish["networkConfiguration"]["awsvpcConfiguration"];
    assert_eq!(
        (&network["subnets"], &network["securityGroups"]),
        (&json!(["subnet-1", "subnet-2"]), &json!(["sg-1"]))
    );
    assert_eq!(
        wish["taskDefinition"],
        "arn:aws:ecs:eu-west-1:111122223333:task-definition/far-notes-console:3"
    );
    assert!(wish["clientToken"].as_str().is_some_and(|token| token.len() <= 64));
    assert!(
        wish["startedBy"]
            .as_str()
            .is_some_and(|who| who.starts_with("loadline/"))
    );
}

#[test]
fn a_run_is_told_in_json_and_can_be_detached() {
    let aws = account(1, 0);
    let folder = project("run-json", APP);
    let (code, out, err) = ran(&aws.url, &folder, "run", &[".", "notes", "console", "--output", "json"]);
    assert_eq!(code, Some(0), "{out}{err}");
    let lines: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).expect("it is JSON"))
        .collect();
    assert!(lines.iter().all(|line| line["version"] == 1));
    let output = lines.iter().filter(|line| line["type"] == "output");
    assert_eq!(output.count(), 2);
    let end = lines.last().expect("there is one");
    assert_eq!(
        (&end["end"], &end["code"], &end["task"]),
        (&json!("exited"), &json!(0), &json!(TASK))
    );
    let (code, out, _) = ran(&aws.url, &folder, "run", &["notes", "console", "--detach"]);
    assert_eq!((code, out), (Some(0), format!("{TASK}\n")));
}

#[test]
fn a_run_that_is_stopped_stops_its_task() {
    let aws = account(usize::MAX, 0);
    let folder = project("run-stopped", APP);
    let mut command = loadline(&folder, &aws.url, "run", &["notes", "console"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.expect("the program starts");
    let mut looks = 0;
    while asked(&aws, "DescribeTasks").is_empty() {
        looks += 1;
        assert!(looks < 3000, "{:?}", aws.seen());
        thread::sleep(Duration::from_millis(20));
    }
    let signal = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(signal.expect("there is `kill`").success());
    let output = child.wait_with_output().expect("it ends");
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{err}");
    assert!(err.contains("once more to leave it running"), "{err}");
    assert_eq!(asked(&aws, "StopTask")[0].json()["task"], TASK);
}

#[test]
fn what_is_no_task_ends_with_a_code_that_is_no_tasks() {
    let aws = account(1, 0);
    let folder = project("run-names", APP);
    let (code, out, err) = ran(&aws.url, &folder, "run", &["notes", "worker"]);
    assert_eq!((code, out.as_str()), (Some(125), ""));
    assert!(
        err.contains("`worker` is a service") && err.contains("`notes` has `console`"),
        "{err}"
    );
    let (code, _, err) = ran(&aws.url, &folder, "run", &["notes"]);
    assert_eq!(code, Some(64), "{err}");
}

#[test]
fn logs_and_status_over_ministack() {
    let served = Served::new(Emulator::ministack());
    let url = served.emulator.url.clone();
    let folder = project("logs-ministack", APP);
    let parameters = json!({"Days": {"Type": "Number"}, "Word": {"Type": "String"}});
    let template = json!({"Parameters": parameters, "Resources": {
        "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/loadline/far/notes/worker"}},
        "Cluster": {"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": "far"}},
    }});
    wait(made(served.cloud(), "logs", &template));
    let now = served.cloud().now().0;
    let lines = [(now - 60_000, "ready for work"), (now - 30_000, "error: no work")];
    wait(served.write("/loadline/far/notes/worker", "worker/worker/0123456789abcdef", &lines));

    let (code, out, err) = ran(&url, &folder, "logs", &["notes/worker"]);
    assert_eq!(code, Some(0), "{out}{err}");
    let texts: Vec<&str> = out.lines().filter(|line| !line.starts_with("--")).collect();
    assert!(
        texts.len() == 2 && texts[0].ends_with("worker 01234567 ready for work"),
        "{out}"
    );
    let (code, out, err) = ran(&url, &folder, "logs", &["--errors", "--output", "json", ".", "notes"]);
    assert_eq!(code, Some(0), "{out}{err}");
    let line: Value = serde_json::from_str(&out).expect("it is one line");
    assert_eq!(
        (&line["type"], &line["text"], &line["version"]),
        (&json!("line"), &json!("error: no work"), &json!(1))
    );
    let (_, out, _) = ran(&url, &folder, "logs", &["--filter", "for work"]);
    assert!(out.contains("ready for work") && !out.contains("error"), "{out}");

    let (code, out, err) = ran(&url, &folder, "status", &[]);
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(
        out.contains("cluster far") && out.contains("app notes  not deployed"),
        "{out}"
    );
    let (_, out, _) = ran(&url, &folder, "status", &["--output", "json"]);
    let document: Value = serde_json::from_str(&out).expect("it is JSON");
    assert_eq!(
        (&document["version"], &document["clusters"][0]["apps"][0]["name"]),
        (&json!(1), &json!("notes"))
    );
}
