//! What stands beside stacks: parameters, images, services, tasks, targets, logs, alarms.

use loadline::cloud::capacity::Port;
use loadline::cloud::ecs::TaskFilter;
use loadline::cloud::outside::{FoundLine, LogSearch};
use loadline::cloud::{Cloud, ErrorKind, Moment};
use serde_json::json;

use super::Ground;
use super::stacks::{made, two_logs};

pub async fn parameters(cloud: &impl Cloud) {
    let name = "/loadline/contract/lease";
    let missing = cloud.parameter(name).await.expect_err("there is none");
    assert_eq!(missing.kind(), ErrorKind::Missing, "{missing}");
    assert_eq!(cloud.has_parameter(name).await, Ok(false));
    cloud.put_parameter(name, "mine", false).await.expect("it is free");
    assert_eq!(cloud.has_parameter(name).await, Ok(true));
    assert_eq!(cloud.has_parameter("/loadline/contract/lea").await, Ok(false));
    let taken = cloud
        .put_parameter(name, "yours", false)
        .await
        .expect_err("it is taken");
    assert_eq!(taken.code, "ParameterAlreadyExists");
    let first = cloud.parameter(name).await.expect("it is there");
    assert_eq!((first.value.as_str(), first.version), ("mine", 1));
    cloud
        .put_parameter(name, "yours", true)
        .await
        .expect("it may be overwritten");
    let second = cloud.parameter(name).await.expect("it is there");
    assert_eq!((second.value.as_str(), second.version), ("yours", 2));
    cloud.delete_parameter(name).await.expect("it can be deleted");
    let gone = cloud.parameter(name).await.expect_err("it is gone");
    assert_eq!(gone.kind(), ErrorKind::Missing);
    let gone = cloud.delete_parameter(name).await.expect_err("it is gone");
    assert_eq!(gone.kind(), ErrorKind::Missing);
}

pub async fn images<G: Ground>(ground: &G) {
    let cloud = ground.cloud();
    let none = cloud
        .image_digest("nobody", "1")
        .await
        .expect_err("there is no repository");
    assert_eq!(none.kind(), ErrorKind::Missing, "{none}");
    let mut template = two_logs("images");
    template["Resources"]["Images"] =
        json!({"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "pictures"}});
    made(cloud, "images", &template).await;
    assert_eq!(cloud.image_digest("pictures", "").await, Ok(None));
    assert_eq!(cloud.image_digest("pictures", "1").await, Ok(None));
    let first = ground.push("pictures", "1").await;
    assert_eq!(cloud.image_digest("pictures", "1").await, Ok(Some(first.clone())));
    assert_eq!(cloud.image_digest("pictures", &first).await, Ok(Some(first.clone())));
    assert_eq!(cloud.image_digest("pictures", "").await, Ok(Some(first)));
    assert_eq!(cloud.image_digest("pictures", "2").await, Ok(None));
    let nobody = format!("sha256:{}", "0".repeat(64));
    assert_eq!(cloud.image_digest("pictures", &nobody).await, Ok(None));
}

pub async fn task_definition(cloud: &impl Cloud) {
    let mut template = two_logs("sizes");
    template["Resources"]["Task"] = json!({"Type": "AWS::ECS::TaskDefinition", "Properties": {
        "Family": "sizes",
        "NetworkMode": "bridge",
        "ContainerDefinitions": [
            {
                "Name": "web", "Image": "nginx:1.27", "Cpu": 256, "Memory": 512, "MemoryReservation": 256,
                "PortMappings": [{"ContainerPort": 80, "HostPort": 8080}, {"ContainerPort": 81}],
                "Environment": [{"Name": "QUEUE", "Value": "https://sqs/jobs"}],
            },
            {"Name": "proxy", "Image": "envoy:1", "Cpu": 64, "Memory": 128},
        ],
    }});
    made(cloud, "sizes", &template).await;
    let resources = cloud.list_stack_resources("sizes", None).await.expect("it is there");
    let task = resources.items.iter().find(|one| one.logical == "Task");
    let arn = &task.expect("it is in the stack").physical;
    let definition = cloud.task_definition(arn).await.expect("it is there");
    assert_eq!((&definition.arn, definition.network.as_str()), (arn, "bridge"));
    assert_eq!((definition.cpu, definition.memory), (None, None));
    let [web, proxy] = &definition.containers[..] else {
        panic!("it has two containers")
    };
    assert_eq!((web.cpu, web.memory, web.reserve), (256, Some(512), Some(256)));
    assert_eq!((proxy.cpu, proxy.memory, proxy.reserve), (64, Some(128), None));
    let port = Port {
        number: 8080,
        udp: false,
    };
    assert_eq!((&web.ports[..], &proxy.ports[..]), (&[port][..], &[][..]));
    assert!(definition.leans_on("https://sqs/jobs"));
    assert!(!definition.leans_on("https://sqs/job") && !definition.leans_on("/elsewhere"));
    assert!(
        !format!("{definition:?}").contains("sqs"),
        "values of the environment are not for any log"
    );
    let missing = format!("{}:99", arn.rsplit_once(':').expect("it has a revision").0);
    let missing = cloud.task_definition(&missing).await.expect_err("there is none");
    assert_eq!(missing.kind(), ErrorKind::Missing, "{missing}");
}

pub async fn secrets(cloud: &impl Cloud) {
    let key = "arn:aws:ssm:eu-west-1:111122223333:parameter/key";
    let mut template = two_logs("secrets");
    template["Resources"]["Task"] = json!({"Type": "AWS::ECS::TaskDefinition", "Properties": {
        "Family": "secrets",
        "ContainerDefinitions": [
            {"Name": "web", "Image": "nginx:1.27", "Memory": 512, "Secrets": [{"Name": "KEY", "ValueFrom": key}]},
        ],
    }});
    made(cloud, "secrets", &template).await;
    let resources = cloud.list_stack_resources("secrets", None).await.expect("it is there");
    let task = resources.items.iter().find(|one| one.logical == "Task");
    let arn = &task.expect("it is in the stack").physical;
    let definition = cloud.task_definition(arn).await.expect("it is there");
    assert_eq!(definition.containers[0].secrets, [key]);
    assert!(definition.leans_on("parameter/key"));
}

pub async fn services(cloud: &impl Cloud) {
    let name = ["nobody".to_string()];
    let none = cloud
        .describe_services("nowhere", &name)
        .await
        .expect_err("there is no cluster");
    assert_eq!(none.kind(), ErrorKind::Missing, "{none}");
    let mut template = two_logs("fleet");
    template["Resources"]["Cluster"] = json!({"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": "fleet"}});
    made(cloud, "fleet", &template).await;
    assert_eq!(cloud.describe_services("fleet", &name).await, Ok(Vec::new()));
    let task = ["arn:aws:ecs:eu-west-1:111122223333:task/fleet/0123456789abcdef0123456789abcdef".to_string()];
    assert_eq!(cloud.describe_tasks("fleet", &task).await, Ok(Vec::new()));
    assert_eq!(cloud.container_instances("fleet").await, Ok(Vec::new()));
    let filter = TaskFilter::Running("nobody".to_string());
    if let Err(error) = cloud.tasks("fleet", &filter).await {
        assert_eq!(error.kind(), ErrorKind::Missing, "{error}");
    }
}

pub async fn beside(cloud: &impl Cloud) {
    let group = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/nobody/0123456789abcdef";
    let none = cloud.target_health(group).await.expect_err("there is no group");
    assert_eq!(none.kind(), ErrorKind::Missing, "{none}");
    let none = cloud
        .log_tail("/nobody", "web/web/1", 10)
        .await
        .expect_err("there is no group");
    assert_eq!(none.kind(), ErrorKind::Missing, "{none}");
    made(cloud, "logs", &two_logs("logs")).await;
    let none = cloud
        .log_tail("/logs/one", "web/web/1", 10)
        .await
        .expect_err("there is no stream");
    assert_eq!(none.kind(), ErrorKind::Missing, "{none}");
}

pub async fn logs_found<G: Ground>(ground: &G) {
    let cloud = ground.cloud();
    let search = |group: &str, prefix: &str, from: i64, text: &str| LogSearch {
        group: group.to_string(),
        prefix: prefix.to_string(),
        from: Moment(from),
        text: text.to_string(),
    };
    let nothing = search("/nobody", "", 0, "");
    let none = cloud
        .filter_log_events(&nothing, None)
        .await
        .expect_err("there is no group");
    assert_eq!(none.kind(), ErrorKind::Missing, "{none}");
    made(cloud, "found", &two_logs("found")).await;
    // What is old is thrown away.
    let now = cloud.now().0 - 60_000;
    let web = [(now, "booting"), (now + 2000, "listening on port 3000")];
    ground.write("/found/one", "web/web/1", &web).await;
    ground
        .write("/found/one", "job/job/2", &[(now + 1000, "working")])
        .await;
    let found = async |search: LogSearch| {
        let (mut all, mut page) = (Vec::new(), None::<String>);
        loop {
            let answer = cloud
                .filter_log_events(&search, page.as_deref())
                .await
                .expect("it is answered");
            all.extend(answer.items);
            page = answer.next;
            if page.is_none() {
                return all;
            }
        }
    };
    let texts = |found: &[FoundLine]| -> Vec<String> { found.iter().map(|one| one.line.text.clone()).collect() };
    let all = found(search("/found/one", "", 0, "")).await;
    assert_eq!(texts(&all), ["booting", "working", "listening on port 3000"]);
    assert_eq!(
        (all[1].stream.as_str(), all[1].line.at),
        ("job/job/2", Moment(now + 1000))
    );
    let ids: std::collections::BTreeSet<&str> = all.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids.len(), 3);
    assert_eq!(found(search("/found/one", "", 0, "")).await, all, "the IDs stay");
    let later = found(search("/found/one", "", now + 1000, "")).await;
    assert_eq!(texts(&later), ["working", "listening on port 3000"]);
    assert_eq!(texts(&found(search("/found/one", "web/", 0, "")).await).len(), 2);
    let port = found(search("/found/one", "", 0, "on port")).await;
    assert_eq!(texts(&port), ["listening on port 3000"]);
    assert_eq!(found(search("/found/one", "nobody/", 0, "")).await, Vec::new());
}

pub async fn alarms(cloud: &impl Cloud) {
    assert_eq!(cloud.alarms(&["nobody".to_string()]).await, Ok(Vec::new()));
}
