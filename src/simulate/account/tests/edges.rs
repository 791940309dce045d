//! What is rarer: Fargate's faults, checks of containers, interfaces, a hand on the brake.

use serde_json::{Value, json};

use crate::simulate::account::Progress;

use super::{SERVICE, TASK, Yard, service, web};

/// A service on Fargate that is deployed.
fn api(seed: u64, faults: &[&str]) -> (Yard, String) {
    let mut yard = Yard::new(seed).with_fargate();
    yard.inject(faults);
    let mut definition = web();
    definition["NetworkMode"] = json!("awsvpc");
    definition["Cpu"] = json!(256);
    definition["Memory"] = json!("1024");
    let group = yard.target_group();
    let name = yard.make(TASK, "Api", definition);
    let mut properties: Value = service(&name, 3, Some(&group));
    properties["NetworkConfiguration"] = json!({"AwsvpcConfiguration": {"Subnets": yard.subnets}});
    let arn = yard.make(SERVICE, "Api", properties);
    (yard, arn)
}

#[test]
fn fargate_may_have_no_capacity() {
    let (mut yard, arn) = api(1, &["no-capacity"]);
    assert!(matches!(yard.settle(&arn).0, Progress::Failed(_)));
    assert!(yard.says(
        &arn,
        "unable to place a task. Reason: Capacity is unavailable at this time."
    ));
    assert!(yard.running(&arn).is_empty());
}

#[test]
fn fargate_may_lose_a_zone() {
    let (mut yard, arn) = api(2, &["zone-lost"]);
    yard.pass(400);
    let zones: Vec<String> = yard.running(&arn).into_iter().filter_map(|task| task.zone).collect();
    assert_eq!(yard.service(&arn).running, 3, "{zones:?}");
    let lost = yard.account.lost_zones.first().cloned().expect("one is lost");
    assert!(!zones.iter().any(|zone| **zone == *lost));
}

#[test]
fn instances_have_few_interfaces() {
    // An m5.large keeps one of its three interfaces.
    let mut yard = Yard::new(3).with_instances("m5.large", 3, 3, false);
    let mut definition = web();
    definition["NetworkMode"] = json!("awsvpc");
    let name = yard.make(TASK, "Web", definition.clone());
    let arn = yard.make(SERVICE, "Web", service(&name, 6, None));
    assert_eq!(yard.settle(&arn).0, Progress::Done);
    let next = yard.make(TASK, "Web", definition);
    yard.update(&arn, &service(&next, 6, None));
    assert!(matches!(yard.settle(&arn).0, Progress::Failed(_)));
    assert!(yard.says(&arn, "encountered error \"RESOURCE:ENI\""));
    assert_eq!(yard.service(&arn).running, 6);
}

#[test]
fn a_container_check_judges_too() {
    let mut yard = Yard::new(4).with_instances("m5.large", 3, 6, true);
    let mut definition = web();
    definition["ContainerDefinitions"][0]["HealthCheck"] =
        json!({"Command": ["CMD", "true"], "Interval": 5, "Retries": 2, "StartPeriod": 10});
    let name = yard.make(TASK, "Web", definition.clone());
    let arn = yard.make(SERVICE, "Web", service(&name, 2, None));
    assert_eq!(yard.settle(&arn).0, Progress::Done);
    assert!(yard.running(&arn).iter().all(|task| task.health == "HEALTHY"));
    yard.inject(&["unhealthy"]);
    let next = yard.make(TASK, "Web", definition);
    yard.update(&arn, &service(&next, 2, None));
    assert!(matches!(yard.settle(&arn).0, Progress::Failed(_)));
    assert!(yard.says(&arn, "failed container health checks."));
    let reasons: Vec<Option<String>> = yard.stopped(&arn).into_iter().map(|task| task.stopped_reason).collect();
    assert!(
        reasons.contains(&Some("Task failed container health checks".to_string())),
        "{reasons:?}"
    );
}

#[test]
fn without_rollback_a_breaker_only_stops() {
    let mut yard = Yard::new(5).with_instances("m5.large", 3, 6, true);
    let first = yard.make(TASK, "Web", web());
    let mut properties = service(&first, 2, None);
    properties["DeploymentConfiguration"]["DeploymentCircuitBreaker"] = json!({"Enable": true, "Rollback": false});
    let arn = yard.make(SERVICE, "Web", properties.clone());
    assert_eq!(yard.settle(&arn).0, Progress::Done);
    yard.inject(&["oom"]);
    properties["TaskDefinition"] = json!(yard.make(TASK, "Web", web()));
    yard.update(&arn, &properties);
    assert!(matches!(yard.settle(&arn).0, Progress::Failed(_)));
    let record = yard.deployment(&arn);
    assert_eq!(
        (record.status.as_str(), record.breaker.expect("it has one").threshold),
        ("STOPPED", 3)
    );
    yard.pass(60);
    let shown = yard.service(&arn);
    assert_eq!(
        (shown.running, shown.deployments.len()),
        (2, 1 + usize::from(shown.running > 0))
    );
}

#[test]
fn a_hand_on_the_brake_takes_it_back() {
    let mut yard = Yard::new(6).with_instances("m5.large", 3, 6, true);
    let first = yard.make(TASK, "Web", web());
    let arn = yard.make(SERVICE, "Web", service(&first, 2, None));
    assert_eq!(yard.settle(&arn).0, Progress::Done);
    let next = yard.make(TASK, "Web", web());
    yard.update(&arn, &service(&next, 2, None));
    yard.pass(15);
    let deployment = yard.deployment(&arn).arn;
    yard.account
        .stop_service_deployment(&deployment, yard.now)
        .expect("it is under way");
    let again = yard.account.stop_service_deployment(&deployment, yard.now);
    assert_eq!(again.expect_err("it goes back already").code, "ConflictException");
    assert!(matches!(yard.settle(&arn).0, Progress::Failed(_)));
    assert_eq!(yard.deployment(&arn).status, "ROLLBACK_SUCCESSFUL");
    assert!(yard.service(&arn).task_definition.ends_with(":1"));
}

#[test]
fn percents_without_a_move_are_said() {
    let mut yard = Yard::new(7).with_instances("m5.large", 3, 6, true);
    let first = yard.make(TASK, "Web", web());
    let mut properties = service(&first, 3, None);
    properties["DeploymentConfiguration"]["MaximumPercent"] = json!(125);
    let arn = yard.make(SERVICE, "Web", properties.clone());
    assert_eq!(yard.settle(&arn).0, Progress::Done);
    properties["TaskDefinition"] = json!(yard.make(TASK, "Web", web()));
    yard.update(&arn, &properties);
    assert_eq!(yard.settle(&arn).0, Progress::UnderWay);
    assert!(yard.says(
        &arn,
        "was unable to stop or start tasks during a deployment because of the service"
    ));
}

#[test]
fn a_task_that_is_stopped_by_hand_is_replaced() {
    let mut yard = Yard::new(8).with_instances("m5.large", 3, 6, true);
    let name = yard.make(TASK, "Web", web());
    let arn = yard.make(SERVICE, "Web", service(&name, 2, None));
    assert_eq!(yard.settle(&arn).0, Progress::Done);
    let task = yard.running(&arn).remove(0).arn;
    yard.account.stop_task("prod", &task, "", yard.now).expect("it runs");
    yard.pass(60);
    assert_eq!(yard.service(&arn).running, 2);
    let stopped = yard
        .account
        .tasks_by_arn("prod", &[task], yard.now)
        .expect("it is known")
        .remove(0);
    assert_eq!(stopped.stop_code.as_deref(), Some("UserInitiated"));
    assert_eq!(stopped.containers[0].exit_code, Some(143));
}
