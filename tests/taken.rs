//! `loadline destroy` and `loadline update-ami` as a user runs them, with `--endpoint-url`, over ministack.

use std::path::Path;
use std::process::Output;

use loadline::cloud::formation::{ChangeSetType, ChangeSetWish, Template};
use loadline::cloud::{Cloud, ErrorKind};
use serde_json::{Value, json};

use crate::aws::wait;
use crate::contract::stacks::{made, read, settled, two_logs};
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

fn run(folder: &Path, endpoint: &str, name: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = loadline(folder, endpoint, name, arguments)
        .output()
        .expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("the output is UTF-8");
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn an_app_is_taken_away_over_ministack() {
    let served = Served::new(Emulator::ministack());
    let url = served.emulator.url.clone();
    let folder = project("taken-ministack", APP);
    wait(publish(served.cloud()));
    let (code, out, err) = run(&folder, &url, "apply", &["--yes", "--until", "registry"]);
    assert_eq!(code, Some(0), "{out}{err}");
    wait(served.push("letters", "1"));
    let (code, out, err) = run(&folder, &url, "apply", &["--yes"]);
    assert_eq!(code, Some(0), "{out}{err}");

    // The cluster is not empty, and its stack is of somebody else here.
    wait(made(served.cloud(), "far-cluster", &two_logs("far-cluster")));
    let (code, out, err) = run(&folder, &url, "destroy", &["--cluster", "far", "--yes"]);
    assert_eq!(code, Some(4), "{out}{err}");
    assert!(err.contains("has apps on it: letters"), "{err}");

    // It shows all, and does nothing unasked.
    let (code, out, err) = run(&folder, &url, "destroy", &[]);
    assert_eq!(code, Some(64), "{out}{err}");
    assert!(out.contains("deletes app letters on cluster far"), "{out}");
    assert!(out.contains("1 service"), "{out}");
    assert!(out.contains("= log group       /loadline/far/letters/worker"), "{out}");
    assert!(err.contains("give `--yes`"), "{err}");

    let (code, out, err) = run(
        &folder,
        &url,
        "destroy",
        &["--yes", "--registry", "--record", "told.jsonl"],
    );
    assert_eq!(code, Some(0), "{out}{err}");
    for stack in ["far-letters", "far-letters-base", "letters-registry"] {
        assert!(wait(served.cloud().describe_stack(stack)).is_err(), "{stack}");
    }
    let lines = std::fs::read_to_string(folder.join("told.jsonl")).expect("it is written");
    assert!(loadline::deploy::record::read(&lines).is_ok());

    // The second time there is nothing left.
    let (code, out, _) = run(&folder, &url, "destroy", &["--yes"]);
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("there is nothing of app letters on cluster far"), "{out}");

    // What loadline has not made is not deleted.
    let (code, out, err) = run(
        &folder,
        &url,
        "destroy",
        &["--cluster", "far", "--yes", "--output", "json"],
    );
    assert_eq!(code, Some(4), "{out}{err}");
    assert!(err.contains("far-cluster is not made by loadline"), "{err}");
    let shown: Value = serde_json::from_str(&out).expect("it is JSON");
    assert_eq!(
        (&shown["version"], &shown["stacks"]),
        (&Value::from(1), &Value::from(Vec::<Value>::new()))
    );
    assert!(wait(served.cloud().describe_stack("far-cluster")).is_ok());
}

const CLUSTER: &str = "\
cluster: far
region: eu-west-1
capacity: {instances: {type: m6i.large, count: {min: 1, max: 2}}}
";

/// As much of a cluster's stack as the emulator can make.
async fn deploy(cloud: &impl Cloud) {
    let template = json!({
        "Description": "Cluster far: network, capacity, ingress. Made by loadline.",
        "Parameters": {"InstanceImage": {"Type": "String"}},
        "Resources": {
            "Cluster": {"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": "far"}},
            "InstanceTemplate": {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": {
                "ImageId": {"Ref": "InstanceImage"}, "InstanceType": "m6i.large",
            }}},
            "InstanceGroup": {"Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": {
                "MinSize": "1", "MaxSize": "2", "AvailabilityZones": ["eu-west-1a"],
                "LaunchTemplate": {
                    "LaunchTemplateId": {"Ref": "InstanceTemplate"},
                    "Version": {"Fn::GetAtt": ["InstanceTemplate", "LatestVersionNumber"]},
                },
            }},
            "InstanceLog": {
                "Type": "AWS::Logs::LogGroup", "DeletionPolicy": "RetainExceptOnCreate",
                "Properties": {"LogGroupName": "/loadline/far/instances"},
            },
        },
    });
    let wish = ChangeSetWish {
        stack: "far-cluster".to_string(),
        name: "made".to_string(),
        token: "made".to_string(),
        kind: ChangeSetType::Create,
        template: Template::Body(template.to_string()),
        parameters: vec![("InstanceImage".to_string(), Some("ami-0123456789abcdef0".to_string()))],
        capabilities: Vec::new(),
        about: String::new(),
        drift: false,
    };
    let id = cloud.create_change_set(&wish).await.expect("it is taken");
    read(cloud, &id).await;
    cloud.execute_change_set(&id, "made").await.expect("it is taken");
    let made = settled(cloud, "far-cluster").await;
    assert_eq!(made.status.as_str(), "CREATE_COMPLETE", "{:?}", made.reason);
}

#[test]
fn a_cluster_gets_another_image_and_goes_over_ministack() {
    let served = Served::new(Emulator::ministack());
    let url = served.emulator.url.clone();
    let folder = scratch("image-ministack");
    std::fs::write(folder.join("far.yml"), CLUSTER).expect("a file can be written");
    wait(deploy(served.cloud()));

    // It tells, and does nothing unasked.
    let other = "ami-00000000000000003";
    let (code, out, err) = run(&folder, &url, "update-ami", &["--to", other]);
    assert_eq!(code, Some(64), "{out}{err}");
    assert!(
        out.contains("- ami-0123456789abcdef0") && out.contains("+ ami-00000000000000003"),
        "{out}"
    );
    let (code, out, err) = run(&folder, &url, "update-ami", &["--to", other, "--yes"]);
    assert_eq!(code, Some(0), "{out}{err}");
    let there = wait(served.cloud().describe_stack("far-cluster")).expect("it is there");
    assert_eq!(there.parameters["InstanceImage"], other);
    let (code, out, err) = run(&folder, &url, "update-ami", &["--to", other, "--output", "json"]);
    assert_eq!(code, Some(0), "{out}{err}");
    let shown: Value = serde_json::from_str(&out).expect("it is JSON");
    assert_eq!(
        (&shown["version"], &shown["old"]["id"]),
        (&Value::from(1), &Value::from(other))
    );
    let (code, _, err) = run(&folder, &url, "update-ami", &["--to", "ami-x"]);
    assert_eq!(code, Some(64), "{err}");

    let (code, out, err) = run(&folder, &url, "destroy", &["--cluster", "far", "--yes", "--data"]);
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(
        out.contains("loses data") && out.contains("/loadline/far/instances"),
        "{out}"
    );
    assert!(wait(served.cloud().describe_stack("far-cluster")).is_err());
    let gone = wait(served.cloud().delete_log_group("/loadline/far/instances"));
    assert!(gone.is_err_and(|error| error.kind() == ErrorKind::Missing));
}
