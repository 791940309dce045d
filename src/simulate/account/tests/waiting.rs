//! Room: instances that come and go, tasks that wait for them, tasks that run once.

use serde_json::json;

use crate::cloud::capacity::Instance;
use crate::simulate::account::Progress;

use super::{SERVICE, TASK, Yard, service, web};

fn instances(yard: &mut Yard) -> Vec<Instance> {
    yard.account.instances("prod").expect("the cluster is there")
}

#[test]
fn instances_register_less_than_they_have() {
    let mut yard = Yard::new(1).with_instances("m5.large", 3, 6, true);
    let all = instances(&mut yard);
    assert_eq!(all.len(), 3);
    let memory = all[0].memory;
    assert!((7664 - 256..8192 - 256).contains(&memory), "{memory}");
    assert!(all.iter().all(|one| (one.memory, one.cpu) == (memory, 2048)));
    let mut zones: Vec<&str> = all.iter().map(|one| &*one.zone).collect();
    zones.sort_unstable();
    assert_eq!(zones, ["eu-west-1a", "eu-west-1b", "eu-west-1c"]);
}

#[test]
fn tasks_wait_for_instances_that_come_and_go() {
    let mut yard = Yard::new(2).with_instances("m5.large", 1, 6, true);
    let definition = yard.make(TASK, "Web", web());
    let mut properties = service(&definition, 20, None);
    let arn = yard.make(SERVICE, "Web", properties.clone());
    yard.pass(30);
    assert!(yard.service(&arn).pending > 0);
    let waits = yard
        .running(&arn)
        .iter()
        .filter(|task| task.last_status == "PROVISIONING")
        .count();
    assert!(waits > 0);
    let (progress, seconds) = yard.settle(&arn);
    assert!(
        progress == Progress::Done && (120..1200).contains(&seconds),
        "{progress:?} {seconds}"
    );
    assert!(instances(&mut yard).len() >= 3);
    yard.hold_room();
    properties["DesiredCount"] = json!(1);
    yard.update(&arn, &properties);
    yard.pass(4 * 3600);
    assert_eq!(instances(&mut yard).len(), 1);
    assert_eq!(yard.service(&arn).running, 1);
}

#[test]
fn a_task_waits_no_longer_than_half_an_hour() {
    let mut yard = Yard::new(3).with_instances("m5.large", 1, 1, true);
    let definition = yard.make(TASK, "Web", web());
    let arn = yard.make(SERVICE, "Web", service(&definition, 20, None));
    let (progress, seconds) = yard.settle(&arn);
    assert!(matches!(progress, Progress::Failed(_)) && seconds >= 600, "{seconds}");
    let stopped = yard.stopped(&arn);
    let gave_up = stopped
        .iter()
        .filter(|task| task.stop_code.as_deref() == Some("TaskFailedToStart"));
    let reasons: Vec<&str> = gave_up.filter_map(|task| task.stopped_reason.as_deref()).collect();
    assert!(
        reasons.len() >= 5 && reasons.iter().all(|reason| reason.starts_with("RESOURCE:")),
        "{reasons:?}"
    );
}

#[test]
fn without_managed_scaling_ecs_says_what_lacks() {
    let mut yard = Yard::new(4).with_instances("m5.large", 1, 1, false);
    let definition = yard.make(TASK, "Web", web());
    let arn = yard.make(SERVICE, "Web", service(&definition, 20, None));
    let (progress, _) = yard.settle(&arn);
    assert!(matches!(progress, Progress::Failed(_)));
    let said = "was unable to place a task because no container instance met all of its requirements. The closest matching \
                (container-instance ";
    assert!(yard.says(&arn, said));
    assert!(yard.says(&arn, "has insufficient memory available.") || yard.says(&arn, "has insufficient CPU units"));
    yard.inject(&["no-capacity"]);
    let late = yard.make(TASK, "Once", web());
    assert!(
        yard.one_off(&late, "token")
            .expect_err("no room")
            .starts_with("RESOURCE:")
    );
}

#[test]
fn a_task_runs_once_for_a_token() {
    let mut yard = Yard::new(5).with_instances("m5.large", 1, 2, true);
    let definition = yard.make(TASK, "Once", web());
    let first = yard.one_off(&definition, "a").expect("it is placed");
    assert_eq!(yard.one_off(&definition, "a"), Ok(first.clone()));
    let second = yard.one_off(&definition, "b").expect("it is placed");
    assert_ne!(first, second);
    yard.pass(70);
    let tasks = yard
        .account
        .tasks_by_arn("prod", &[first, second], yard.now)
        .expect("they are known");
    assert!(
        tasks
            .iter()
            .all(|task| task.last_status == "STOPPED" && task.containers[0].exit_code == Some(0))
    );
    yard.pass(3700);
    let arns: Vec<String> = tasks.into_iter().map(|task| task.arn).collect();
    assert!(
        yard.account
            .tasks_by_arn("prod", &arns, yard.now)
            .expect("it answers")
            .is_empty()
    );
}

#[test]
fn a_new_image_replaces_instances_and_tasks_move() {
    let mut yard = Yard::new(6).with_instances("m5.large", 3, 6, true);
    let definition = yard.make(TASK, "Web", web());
    let arn = yard.make(SERVICE, "Web", service(&definition, 6, None));
    assert_eq!(yard.settle(&arn).0, Progress::Done);
    let before: Vec<String> = instances(&mut yard).into_iter().map(|one| one.ec2).collect();
    let template = yard.account.templates.keys().next().cloned().expect("there is one");
    let group = yard.account.groups.keys().next().cloned().expect("there is one");
    let made = yard.account.update(
        "AWS::EC2::LaunchTemplate",
        &template,
        &json!({"LaunchTemplateData": {"ImageId": "ami-2", "InstanceType": "m5.large",
            "UserData": "IyEvYmluL2Jhc2gKRUNTX0NMVVNURVI9cHJvZApFQ1NfUkVTRVJWRURfTUVNT1JZPTI1Ngo="}}),
        yard.now,
    );
    let version = made.expect("it is accepted").attributes["LatestVersionNumber"].clone();
    let kind = "AWS::AutoScaling::AutoScalingGroup";
    let properties = json!({"MinSize": "3", "MaxSize": "6", "VPCZoneIdentifier": yard.subnets,
        "LaunchTemplate": {"LaunchTemplateId": template, "Version": version},
        "UpdatePolicy": {"AutoScalingInstanceRefresh": {"Preferences": {
            "MinHealthyPercentage": 100, "MaxHealthyPercentage": 150, "InstanceWarmup": 60}}}});
    yard.account
        .update(kind, &group, &properties, yard.now)
        .expect("it is accepted");
    let mut seconds = 0;
    while yard.account.progress(kind, &group) == Progress::UnderWay {
        yard.pass(1);
        seconds += 1;
        assert!(yard.service(&arn).running >= 6, "copies are replaced before they go");
        assert!(seconds < 3 * 3600);
    }
    assert!(seconds > 300, "{seconds}");
    let after = instances(&mut yard);
    assert!(after.len() == 3 && after.iter().all(|one| !before.contains(&one.ec2)));
    yard.pass(60);
    assert_eq!(yard.service(&arn).running, 6);
}

#[test]
fn an_instance_that_is_lost_is_replaced() {
    let mut yard = Yard::new(7).with_instances("m5.large", 3, 6, true);
    let definition = yard.make(TASK, "Web", web());
    let arn = yard.make(SERVICE, "Web", service(&definition, 6, None));
    assert_eq!(yard.settle(&arn).0, Progress::Done);
    yard.inject(&["instance-lost@0s"]);
    yard.pass(5);
    let stopped = yard.stopped(&arn);
    let reason = stopped[0].stopped_reason.clone().expect("it has one");
    assert!(
        reason.starts_with("Host EC2 (instance i-") && reason.ends_with(") terminated."),
        "{reason}"
    );
    yard.pass(300);
    assert_eq!((instances(&mut yard).len(), yard.service(&arn).running), (3, 6));
}

#[test]
fn a_silent_agent_gets_no_tasks() {
    let mut yard = Yard::new(8).with_instances("m5.large", 3, 6, true);
    yard.inject(&["agent-disconnected@0s"]);
    yard.pass(2);
    let silent = instances(&mut yard)
        .into_iter()
        .find(|one| !one.connected)
        .expect("one is silent");
    let definition = yard.make(TASK, "Web", web());
    let arn = yard.make(SERVICE, "Web", service(&definition, 6, None));
    yard.pass(120);
    assert!(
        yard.running(&arn)
            .iter()
            .all(|task| task.instance.as_ref() != Some(&silent.arn))
    );
    yard.pass(600);
    assert!(instances(&mut yard).iter().all(|one| one.connected));
}

#[test]
fn bottlerocket_says_its_cluster_its_own_way() {
    let data = json!({"LaunchTemplateData": {"ImageId": "ami-1", "InstanceType": "m5.large",
        "UserData": "[settings.ecs]\ncluster = \"office\"\nreserved-memory = 256\n"}});
    let version = crate::simulate::account::group::Version::read(&data);
    assert_eq!((version.cluster.as_deref(), version.reserve), (Some("office"), 256));
}
