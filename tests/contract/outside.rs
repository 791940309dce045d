//! What stands beside stacks: parameters, images, services, tasks, targets, logs, alarms.

use std::collections::BTreeSet;

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

pub async fn parameters_below(cloud: &impl Cloud) {
    let none = cloud
        .parameters_below("/contract/many", true, None)
        .await
        .expect("it is a list");
    assert_eq!((none.items, none.next), (Vec::new(), None));
    cloud
        .put_parameter("/contract/many-others", "no", false)
        .await
        .expect("it is free");
    for number in 10..34 {
        let name = format!("/contract/many/{}/{number}", number % 3);
        cloud.put_parameter(&name, "yes", false).await.expect("it is free");
    }
    let (mut found, mut page) = (Vec::new(), None);
    loop {
        let answer = cloud.parameters_below("/contract/many", true, page.as_deref()).await;
        let answer = answer.expect("it is a list");
        found.extend(answer.items);
        page = answer.next;
        if page.is_none() {
            break;
        }
    }
    assert_eq!(found.len(), 24);
    assert!(found.iter().all(|one| one.value == "yes"), "{found:?}");
    let names: BTreeSet<&str> = found.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names.len(), 24, "none comes twice");
    let shallow = cloud.parameters_below("/contract/many", false, None).await;
    assert_eq!(
        shallow.expect("it is a list").items,
        Vec::new(),
        "they are one level deeper"
    );
    let shallow = cloud.parameters_below("/contract/many/1", false, None).await;
    assert!(shallow.is_ok_and(|page| !page.items.is_empty()));
}

pub async fn data<G: Ground>(ground: &G) {
    let cloud = ground.cloud();
    let mut template = two_logs("held-data");
    template["Resources"]["Images"] = json!({"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "held"}});
    template["Resources"]["Objects"] = json!({
        "Type": "AWS::S3::Bucket",
        "Properties": {"BucketName": "contract-held", "VersioningConfiguration": {"Status": "Enabled"}},
    });
    made(cloud, "held-data", &template).await;
    ground.push("held", "1").await;
    cloud
        .delete_log_group("/held-data/one")
        .await
        .expect("it can be deleted");
    cloud.delete_repository("held").await.expect("it can be deleted");
    assert_eq!(cloud.empty_bucket("contract-held").await, Ok(false), "nothing is in it");
    cloud.delete_bucket("contract-held").await.expect("it can be deleted");
    for gone in [
        cloud.delete_log_group("/held-data/one").await,
        cloud.delete_repository("held").await,
        cloud.empty_bucket("contract-held").await.map(|_| ()),
        cloud.delete_bucket("contract-held").await,
    ] {
        let error = gone.expect_err("it is gone");
        assert_eq!(error.kind(), ErrorKind::Missing, "{error}");
    }
}

pub async fn group(cloud: &impl Cloud) {
    let none = cloud.scaling_group("nobody").await.expect_err("there is no group");
    assert_eq!(none.kind(), ErrorKind::Missing, "{none}");
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

fn search(group: &str, prefix: &str, from: i64, text: &str) -> LogSearch {
    LogSearch {
        group: group.to_string(),
        prefix: prefix.to_string(),
        from: Moment(from),
        text: text.to_string(),
    }
}

async fn found(cloud: &impl Cloud, search: LogSearch) -> Vec<FoundLine> {
    let (mut all, mut page) = (Vec::new(), None::<String>);
    loop {
        let answer = cloud.filter_log_events(&search, page.as_deref()).await;
        let answer = answer.expect("it is answered");
        all.extend(answer.items);
        page = answer.next;
        if page.is_none() {
            return all;
        }
    }
}

fn texts(found: &[FoundLine]) -> Vec<&str> {
    found.iter().map(|one| one.line.text.as_str()).collect()
}

/// Writes two streams into a group of this stack; when the first line was written.
async fn written<G: Ground>(ground: &G, stack: &str) -> i64 {
    made(ground.cloud(), stack, &two_logs(stack)).await;
    let group = format!("/{stack}/one");
    // What is old is thrown away.
    let at = ground.cloud().now().0 - 60_000;
    let web = [(at, "booting"), (at + 2000, "listening on port 3000")];
    ground.write(&group, "web/web/1", &web).await;
    ground.write(&group, "job/job/2", &[(at + 1000, "working")]).await;
    at
}

pub async fn logs_found<G: Ground>(ground: &G) {
    let cloud = ground.cloud();
    let nothing = search("/nobody", "", 0, "");
    let none = cloud.filter_log_events(&nothing, None).await;
    let none = none.expect_err("there is no group");
    assert_eq!(none.kind(), ErrorKind::Missing, "{none}");
    let at = written(ground, "found").await;
    let all = found(cloud, search("/found/one", "", 0, "")).await;
    assert_eq!(texts(&all), ["booting", "working", "listening on port 3000"]);
    let second = (all[1].stream.as_str(), all[1].line.at);
    assert_eq!(second, ("job/job/2", Moment(at + 1000)));
    let ids: BTreeSet<&str> = all.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids.len(), 3);
    let again = found(cloud, search("/found/one", "", 0, "")).await;
    assert_eq!(again, all, "the IDs stay");
    let later = found(cloud, search("/found/one", "", at + 1000, "")).await;
    assert_eq!(texts(&later), ["working", "listening on port 3000"]);
    let port = found(cloud, search("/found/one", "", 0, "on port")).await;
    assert_eq!(texts(&port), ["listening on port 3000"]);
}

pub async fn logs_of_streams<G: Ground>(ground: &G) {
    let cloud = ground.cloud();
    written(ground, "streams").await;
    let web = found(cloud, search("/streams/one", "web/", 0, "")).await;
    assert_eq!(texts(&web), ["booting", "listening on port 3000"]);
    assert_eq!(found(cloud, search("/streams/one", "nobody/", 0, "")).await, []);
}

pub async fn alarms(cloud: &impl Cloud) {
    assert_eq!(cloud.alarms(&["nobody".to_string()]).await, Ok(Vec::new()));
}
