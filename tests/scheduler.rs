//! The simulated ECS through the door that the deployment uses: a stack with a service, its rollouts, its faults.

use std::time::Duration;

use loadline::cloud::Cloud;
use loadline::cloud::ecs::TaskFilter;
use loadline::cloud::formation::{ChangeSetType, ChangeSetWish};
use loadline::simulate::fault::KINDS;
use loadline::simulate::{BEGIN, Settings, Simulated};
use serde_json::{Value, json};

use crate::ready::ready;

/// A stack with a service on Fargate that runs an image.
fn stack(image: &str) -> Value {
    json!({"Resources": {
        "Cluster": {"Type": "AWS::ECS::Cluster", "Properties": {
            "ClusterName": "prod",
            "DefaultCapacityProviderStrategy": [{"CapacityProvider": "FARGATE", "Weight": 1}]}},
        "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/api"}},
        "Targets": {"Type": "AWS::ElasticLoadBalancingV2::TargetGroup", "Properties": {
            "HealthCheckIntervalSeconds": 10, "UnhealthyThresholdCount": 3}},
        "Definition": {"Type": "AWS::ECS::TaskDefinition", "Properties": {
            "Family": "prod-notes-api", "NetworkMode": "awsvpc", "Cpu": "256", "Memory": "512",
            "RequiresCompatibilities": ["FARGATE"],
            "ContainerDefinitions": [{
                "Name": "api", "Image": image, "PortMappings": [{"ContainerPort": 8080}],
                "LogConfiguration": {"LogDriver": "awslogs", "Options": {
                    "awslogs-group": {"Ref": "Log"}, "awslogs-stream-prefix": "api"}}}]}},
        "Api": {"Type": "AWS::ECS::Service", "Properties": {
            "Cluster": {"Ref": "Cluster"}, "TaskDefinition": {"Ref": "Definition"}, "DesiredCount": 3,
            "HealthCheckGracePeriodSeconds": 60,
            "LoadBalancers": [{"ContainerName": "api", "ContainerPort": 8080, "TargetGroupArn": {"Ref": "Targets"}}],
            "DeploymentConfiguration": {"DeploymentCircuitBreaker": {"Enable": true, "Rollback": true}}}}
    }})
}

/// Deploys a stack, and waits for its last status.
fn deploy(cloud: &Simulated, image: &str, name: &str, kind: ChangeSetType) -> String {
    let wish = ChangeSetWish {
        stack: "notes".to_string(),
        name: name.to_string(),
        token: name.to_string(),
        kind,
        template: stack(image).to_string().into(),
        parameters: Vec::new(),
        capabilities: Vec::new(),
        about: String::new(),
        drift: false,
    };
    let set = ready(cloud.create_change_set(&wish)).expect("it is accepted");
    ready(cloud.sleep(Duration::from_secs(20)));
    ready(cloud.execute_change_set(&set, name)).expect("it may be executed");
    loop {
        ready(cloud.sleep(Duration::from_secs(5)));
        let stack = ready(cloud.describe_stack("notes")).expect("it is there");
        if !stack.status.is_under_way() {
            return stack.status.as_str().to_string();
        }
    }
}

/// The service's name.
fn service(cloud: &Simulated) -> String {
    let resources = ready(cloud.list_stack_resources("notes", None))
        .expect("it is there")
        .items;
    let api = resources.into_iter().find(|resource| resource.logical == "Api");
    let arn = api.expect("it was made").physical;
    arn.rsplit('/').next().expect("an ARN has parts").to_string()
}

fn running(seed: u64) -> Simulated {
    let settings = Settings {
        seed,
        region: "eu-west-1".to_string(),
        account: "111122223333".to_string(),
    };
    let cloud = Simulated::new(&settings);
    let status = deploy(&cloud, "example.com/api:1", "first", ChangeSetType::Create);
    assert_eq!(status, "CREATE_COMPLETE");
    cloud
}

#[test]
fn a_release_serves_its_new_revision() {
    let cloud = running(1);
    let status = deploy(&cloud, "example.com/api:2", "second", ChangeSetType::Update);
    assert_eq!(status, "UPDATE_COMPLETE");
    let name = service(&cloud);
    let shown = ready(cloud.describe_services("prod", std::slice::from_ref(&name))).expect("it is there");
    assert!(shown[0].task_definition.ends_with("prod-notes-api:2") && shown[0].running == 3);
    let tasks = ready(cloud.tasks("prod", &TaskFilter::Running(name.clone()))).expect("it is there");
    assert!(tasks.iter().all(|task| task.instance.is_none() && task.zone.is_some()));
    let deployments = ready(cloud.list_service_deployments("prod", &name, BEGIN)).expect("it is there");
    let records = ready(cloud.describe_service_deployments(&deployments)).expect("they are there");
    assert!(records.iter().all(|record| record.status == "SUCCESSFUL") && records.len() == 2);
}

#[test]
fn a_release_that_crashes_is_rolled_back() {
    for seed in 0..5 {
        let cloud = running(seed);
        cloud.inject(&["crash:api".parse().expect("it is a fault")]);
        let status = deploy(&cloud, "example.com/api:2", "second", ChangeSetType::Update);
        assert_eq!(status, "UPDATE_ROLLBACK_COMPLETE");
        let events = ready(cloud.describe_stack_events("notes", None))
            .expect("it is there")
            .items;
        let failed = events
            .iter()
            .find(|event| event.logical == "Api" && event.status.is_failed());
        let reason = failed.and_then(|event| event.reason.clone()).expect("it says why");
        assert!(
            reason.contains("ECS Deployment Circuit Breaker was triggered"),
            "{reason}"
        );
        let name = service(&cloud);
        let shown = ready(cloud.describe_services("prod", std::slice::from_ref(&name))).expect("it is there");
        assert!(shown[0].task_definition.ends_with("prod-notes-api:1") && shown[0].running == 3);
        let stopped = ready(cloud.tasks("prod", &TaskFilter::Stopped(name))).expect("it is there");
        let dead = stopped
            .iter()
            .find(|task| task.containers[0].exit_code == Some(1))
            .expect("one died");
        let stream = format!("api/api/{}", dead.id());
        let lines = ready(cloud.log_tail("/api", &stream, 5)).expect("it wrote");
        assert!(lines.iter().any(|line| line.text.starts_with("fatal:")));
        assert!(cloud.idle_faults().is_empty());
    }
}

#[test]
fn every_fault_is_written_down_with_its_end() {
    let page = include_str!("../docs/simulation.md");
    for (kind, name, _) in KINDS {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
        let row = row.unwrap_or_else(|| panic!("`{name}` is not in docs/simulation.md"));
        let end = if kind.ends_well() { "| well |" } else { "| ill |" };
        assert!(row.ends_with(end), "{row}");
    }
}
