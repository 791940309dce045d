//! Steady services and rollouts.

use serde_json::{Value, json};

use crate::simulate::account::Progress;

use super::{SERVICE, TASK, Yard, service, web};

fn settled(yard: &mut Yard, arn: &str) -> i64 {
    let (progress, seconds) = yard.settle(arn);
    let events: Vec<String> = yard
        .service(arn)
        .events
        .into_iter()
        .map(|event| event.message)
        .collect();
    assert_eq!(progress, Progress::Done, "{events:#?}");
    seconds
}

#[test]
fn a_service_gets_steady() {
    let mut yard = Yard::new(1).with_instances("m5.large", 3, 6, true);
    let group = yard.target_group();
    let definition = yard.make(TASK, "Web", web());
    let arn = yard.make(SERVICE, "Web", service(&definition, 4, Some(&group)));
    settled(&mut yard, &arn);
    assert!(yard.says(&arn, "has reached a steady state.") && yard.says(&arn, "registered"));
    let shown = yard.service(&arn);
    assert_eq!((shown.desired, shown.running, shown.pending), (4, 4, 0));
    assert_eq!(shown.deployments[0].rollout.as_deref(), Some("COMPLETED"));
    assert_eq!(yard.deployment(&arn).status, "SUCCESSFUL");
    let targets = yard.account.target_health(&group).expect("it is there");
    assert!(targets.iter().all(|target| target.state == "healthy") && targets.len() == 4);
    let task = yard.running(&arn).remove(0);
    let stream = format!("web/web/{}", task.id());
    let lines = yard.account.log_tail("/shop/web", &stream, 10).expect("it wrote");
    assert_eq!(lines.last().expect("two lines").text, "listening on port 3000");
    yard.hold_room();
}

#[test]
fn a_new_revision_takes_the_place_of_the_old() {
    for seed in 0..5 {
        let mut yard = Yard::new(seed).with_instances("m5.large", 3, 6, true);
        let group = yard.target_group();
        let old = yard.make(TASK, "Web", web());
        let arn = yard.make(SERVICE, "Web", service(&old, 4, Some(&group)));
        settled(&mut yard, &arn);
        let new = yard.make(TASK, "Web", web());
        yard.update(&arn, &service(&new, 4, Some(&group)));
        let seconds = settled(&mut yard, &arn);
        assert!((60..300).contains(&seconds), "{seconds}");
        let shown = yard.service(&arn);
        assert_eq!((shown.running, shown.deployments.len()), (4, 1));
        assert!(shown.deployments[0].task_definition.ends_with("prod-shop-web:2"));
        let stopped = yard.stopped(&arn);
        let reason = stopped[0].stopped_reason.clone().expect("it was stopped");
        assert!(
            reason.starts_with("Scaling activity initiated by (deployment ecs-svc/"),
            "{reason}"
        );
    }
}

#[test]
fn without_spare_room_it_goes_in_waves() {
    // An m5.large holds seven tasks of 1 GiB; a fixed port leaves one an instance.
    let mut yard = Yard::new(3).with_instances("m5.large", 3, 3, false);
    let mut fixed = web();
    fixed["ContainerDefinitions"][0]["PortMappings"][0]["HostPort"] = json!(3000);
    let old = yard.make(TASK, "Web", fixed.clone());
    let arn = yard.make(SERVICE, "Web", service(&old, 2, None));
    settled(&mut yard, &arn);
    let new = yard.make(TASK, "Web", fixed);
    yard.update(&arn, &service(&new, 2, None));
    let seconds = settled(&mut yard, &arn);
    assert!(seconds > 90, "two waves of forty seconds each: {seconds}");
    yard.hold_room();
}

#[test]
fn a_breaker_takes_the_service_back() {
    let mut yard = Yard::new(4).with_instances("m5.large", 3, 6, true);
    let group = yard.target_group();
    let old = yard.make(TASK, "Web", web());
    let arn = yard.make(SERVICE, "Web", service(&old, 4, Some(&group)));
    settled(&mut yard, &arn);
    yard.inject(&["crash"]);
    let new = yard.make(TASK, "Web", web());
    yard.update(&arn, &service(&new, 4, Some(&group)));
    let (progress, _) = yard.settle(&arn);
    let Progress::Failed(reason) = progress else {
        panic!("{progress:?}");
    };
    assert!(
        reason.contains("ECS Deployment Circuit Breaker was triggered"),
        "{reason}"
    );
    let record = yard.deployment(&arn);
    assert_eq!(record.status, "ROLLBACK_SUCCESSFUL");
    assert_eq!(record.breaker.expect("it has one").status, "TRIGGERED");
    assert!(yard.says(&arn, "deployment failed: tasks failed to start."));
    assert!(yard.says(&arn, "rolling back to deployment ecs-svc/"));
    let shown = yard.service(&arn);
    assert!(shown.task_definition.ends_with("prod-shop-web:1") && shown.running == 4);
    // What CloudFormation asks for when it goes back is there already.
    yard.update(&arn, &service(&old, 4, Some(&group)));
    assert!(settled(&mut yard, &arn) < 10);
}

#[test]
fn a_first_deployment_has_nothing_to_go_back_to() {
    let mut yard = Yard::new(4).with_instances("m5.large", 3, 6, true);
    yard.inject(&["image-missing"]);
    let definition = yard.make(TASK, "Web", web());
    let arn = yard.make(SERVICE, "Web", service(&definition, 1, None));
    let (progress, seconds) = yard.settle(&arn);
    assert!(matches!(progress, Progress::Failed(_)) && seconds < 600, "{seconds}");
    let record = yard.deployment(&arn);
    assert_eq!(record.status, "ROLLBACK_FAILED");
    assert_eq!(yard.service(&arn).deployments[0].rollout.as_deref(), Some("FAILED"));
    let reason = yard.stopped(&arn)[0].stopped_reason.clone().expect("it has one");
    let text = "CannotPullContainerError: The task can\u{2019}t pull the image. Check whether the image exists.";
    assert!(reason.starts_with(text), "{reason}");
    yard.account.delete(SERVICE, &arn, yard.now).expect("it may go");
    yard.pass(60);
    assert_eq!(yard.account.progress(SERVICE, &arn), Progress::Done);
    assert_eq!(yard.service(&arn).status, "INACTIVE");
}

#[test]
fn a_count_alone_makes_no_deployment() {
    let mut yard = Yard::new(5).with_instances("m5.large", 3, 6, true);
    let definition = yard.make(TASK, "Web", web());
    let mut properties = service(&definition, 2, None);
    let arn = yard.make(SERVICE, "Web", properties.clone());
    settled(&mut yard, &arn);
    properties["DesiredCount"] = json!(5);
    yard.update(&arn, &properties);
    settled(&mut yard, &arn);
    assert_eq!(yard.service(&arn).running, 5);
    properties["DesiredCount"] = json!(1);
    yard.update(&arn, &properties);
    settled(&mut yard, &arn);
    assert_eq!(yard.service(&arn).running, 1);
    let records = yard.account.service_deployments("prod", &arn, super::BEGIN);
    assert_eq!(records.expect("it is there").len(), 1);
}

#[test]
fn a_newer_deployment_stops_the_older() {
    let mut yard = Yard::new(6).with_instances("m5.large", 3, 6, true);
    let first = yard.make(TASK, "Web", web());
    let arn = yard.make(SERVICE, "Web", service(&first, 3, None));
    settled(&mut yard, &arn);
    let second = yard.make(TASK, "Web", web());
    yard.update(&arn, &service(&second, 3, None));
    yard.pass(20);
    let superseded = yard.deployment(&arn);
    let third = yard.make(TASK, "Web", web());
    yard.update(&arn, &service(&third, 3, None));
    assert!(yard.service(&arn).deployments.len() > 2);
    settled(&mut yard, &arn);
    let old = yard
        .account
        .describe_service_deployments(&[superseded.arn])
        .expect("it is there");
    assert_eq!(old[0].status, "STOPPED");
    assert!(yard.service(&arn).task_definition.ends_with(":3"));
}

#[test]
fn fargate_needs_no_instances() {
    let mut yard = Yard::new(7).with_fargate();
    let mut definition = web();
    definition["NetworkMode"] = json!("awsvpc");
    definition["RequiresCompatibilities"] = json!(["FARGATE"]);
    definition["Cpu"] = json!(256);
    definition["Memory"] = json!("1024");
    let group = yard.target_group();
    let name = yard.make(TASK, "Api", definition);
    let mut properties: Value = service(&name, 3, Some(&group));
    properties["NetworkConfiguration"] = json!({"AwsvpcConfiguration": {"Subnets": yard.subnets}});
    let arn = yard.make(SERVICE, "Api", properties);
    settled(&mut yard, &arn);
    let mut zones: Vec<String> = yard.running(&arn).into_iter().filter_map(|task| task.zone).collect();
    zones.sort();
    assert_eq!(zones, ["eu-west-1a", "eu-west-1b", "eu-west-1c"]);
}

#[test]
fn a_scalable_target_raises_the_count() {
    let mut yard = Yard::new(8).with_instances("m5.large", 3, 6, true);
    let definition = yard.make(TASK, "Web", web());
    let mut properties = service(&definition, 1, None);
    properties.as_object_mut().expect("an object").remove("DesiredCount");
    let arn = yard.make(SERVICE, "Web", properties.clone());
    settled(&mut yard, &arn);
    assert_eq!(yard.service(&arn).running, 1);
    let name = yard.service(&arn).name;
    yard.make(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        "Target",
        json!({"ResourceId": format!("service/prod/{name}"), "MinCapacity": 4, "MaxCapacity": 20}),
    );
    yard.pass(120);
    assert_eq!(yard.service(&arn).running, 4);
    let new = yard.make(TASK, "Web", web());
    properties["TaskDefinition"] = json!(new);
    yard.update(&arn, &properties);
    settled(&mut yard, &arn);
    assert_eq!(yard.service(&arn).running, 4);
}

#[test]
fn a_daemon_runs_once_on_each_instance() {
    let mut yard = Yard::new(9).with_instances("m5.large", 3, 6, true);
    let mut agent = web();
    agent["Family"] = json!("prod-agent");
    let first = yard.make(TASK, "Agent", agent.clone());
    let properties = |definition: &str| {
        json!({"Cluster": "prod", "TaskDefinition": definition, "SchedulingStrategy": "DAEMON", "LaunchType": "EC2",
            "DeploymentConfiguration": {"MinimumHealthyPercent": 50, "MaximumPercent": 100}})
    };
    let arn = yard.make(SERVICE, "Agent", properties(&first));
    settled(&mut yard, &arn);
    let mut on: Vec<String> = yard
        .running(&arn)
        .into_iter()
        .filter_map(|task| task.instance)
        .collect();
    on.sort();
    on.dedup();
    assert_eq!(on.len(), 3);
    let second = yard.make(TASK, "Agent", agent);
    yard.update(&arn, &properties(&second));
    settled(&mut yard, &arn);
    assert!(
        yard.running(&arn)
            .iter()
            .all(|task| task.task_definition.ends_with(":2"))
    );
}
