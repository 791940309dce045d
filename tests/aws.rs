//! What the SDK writes and reads, seen on the wire: tokens, codes, words that nobody knows yet, and how often it asks.

use std::collections::BTreeSet;

use loadline::aws::{Aws, Settings};
use loadline::cloud::ecs::{OneOff, TaskFilter};
use loadline::cloud::formation::{ChangeSetType, ChangeSetWish, Standing, Template};
use loadline::cloud::outside::Object;
use loadline::cloud::{Cloud, ErrorKind, Moment, error};
use serde_json::{Value, json};

use crate::loopback::{Loopback, Reply};

/// Runs a future that does IO to its end.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be made").block_on(future)
}

pub async fn connect(endpoint: &str) -> Aws {
    let settings = Settings {
        region: Some("eu-west-1".to_string()),
        endpoint: Some(endpoint.to_string()),
        keys: Some(("key".to_string(), "secret".to_string())),
        ..Settings::default()
    };
    Aws::connect(&settings).await.expect("the settings are whole")
}

fn says(body: impl ToString) -> Reply {
    Reply::Says(200, body.to_string())
}

/// An answer of a service that speaks XML.
pub fn xml(operation: &str, result: &str) -> Reply {
    let name = format!("{operation}Response");
    says(format!(
        "<{name}><{operation}Result>{result}</{operation}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{name}>"
    ))
}

/// A refusal of a service that speaks XML.
pub fn refusal(status: u16, code: &str, message: &str) -> Reply {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>1</RequestId></ErrorResponse>"
    );
    Reply::Says(status, body)
}

#[test]
fn a_change_set_is_asked_for_with_its_token() {
    wait(async {
        let aws = Loopback::new([
            xml("CreateChangeSet", "<Id>arn:set</Id><StackId>arn:stack</StackId>"),
            xml("ExecuteChangeSet", ""),
            xml("DeleteStack", ""),
            xml("CancelUpdateStack", ""),
            xml("CreateChangeSet", "<Id>arn:far</Id><StackId>arn:stack</StackId>"),
            xml("ContinueUpdateRollback", ""),
            xml("RollbackStack", ""),
            xml("DeleteStack", ""),
        ]);
        let cloud = connect(&aws.url).await;
        let wish = ChangeSetWish {
            stack: "hello".to_string(),
            name: "loadline-1".to_string(),
            token: "token-1".to_string(),
            kind: ChangeSetType::Update,
            template: "{}".to_string().into(),
            parameters: vec![
                ("Type".to_string(), Some("m7g.large".to_string())),
                ("Image".to_string(), None),
            ],
            capabilities: vec!["CAPABILITY_NEW".to_string()],
            about: "Made by loadline.".to_string(),
            drift: false,
        };
        assert_eq!(cloud.create_change_set(&wish).await.as_deref(), Ok("arn:set"));
        cloud
            .execute_change_set("arn:set", "token-2")
            .await
            .expect("it is taken");
        cloud.delete_stack("hello", "token-3", &[]).await.expect("it is taken");
        cloud
            .cancel_update_stack("hello", "token-4")
            .await
            .expect("it is taken");
        let far = ChangeSetWish {
            template: Template::Object(Object {
                bucket: "shelf".to_string(),
                key: "templates/ab.json".to_string(),
            }),
            ..wish
        };
        assert_eq!(cloud.create_change_set(&far).await.as_deref(), Ok("arn:far"));
        let one = ["Web".to_string()];
        let taken = [
            cloud.continue_update_rollback("hello", "token-5", &one).await,
            cloud.rollback_stack("hello", "token-6").await,
            cloud.delete_stack("hello", "token-7", &one).await,
        ];
        assert_eq!(taken, [Ok(()), Ok(()), Ok(())]);
        let seen = aws.seen();
        let field = |at: usize, name: &str| seen[at].field(name);
        let some = |text: &str| Some(text.to_string());
        assert_eq!(field(0, "ClientToken"), some("token-1"));
        assert_eq!(field(0, "ChangeSetType"), some("UPDATE"));
        assert_eq!(field(0, "Parameters.member.1.ParameterValue"), some("m7g.large"));
        assert_eq!(field(0, "Parameters.member.2.ParameterKey"), some("Image"));
        assert_eq!(field(0, "Parameters.member.2.UsePreviousValue"), some("true"));
        assert_eq!(field(0, "Parameters.member.2.ParameterValue"), None);
        assert_eq!(field(0, "Capabilities.member.1"), some("CAPABILITY_NEW"));
        // With it, `DisableRollback` could not be said below.
        assert_eq!(field(0, "OnStackFailure"), None);
        assert_eq!(field(0, "DeploymentMode"), None);
        assert_eq!(field(1, "ClientRequestToken"), some("token-2"));
        assert_eq!(field(1, "DisableRollback"), some("false"));
        assert_eq!(field(2, "ClientRequestToken"), some("token-3"));
        assert_eq!(field(2, "RetainResources.member.1"), None);
        assert_eq!(field(3, "ClientRequestToken"), some("token-4"));
        assert_eq!(
            (field(0, "TemplateBody"), field(0, "TemplateURL")),
            (some("%7B%7D"), None)
        );
        // Emulators find a bucket in the path only.
        let address = "https://s3.eu-west-1.amazonaws.com/shelf/templates/ab.json";
        assert_eq!(
            (field(4, "TemplateBody"), field(4, "TemplateURL")),
            (None, some(address))
        );
        assert_eq!(field(5, "ClientRequestToken"), some("token-5"));
        assert_eq!(field(5, "ResourcesToSkip.member.1"), some("Web"));
        assert_eq!(field(6, "ClientRequestToken"), some("token-6"));
        assert_eq!(field(7, "RetainResources.member.1"), some("Web"));
    });
}

#[test]
fn what_stands_on_a_stack_is_read() {
    wait(async {
        let stack = "<Stacks><member><StackName>s</StackName><StackId>arn:s</StackId><StackStatus>UPDATE_COMPLETE</StackStatus>\
                     <RoleARN>arn:role</RoleARN><RollbackConfiguration><RollbackTriggers><member><Arn>arn:alarm</Arn>\
                     <Type>AWS::CloudWatch::Alarm</Type></member></RollbackTriggers><MonitoringTimeInMinutes>7\
                     </MonitoringTimeInMinutes></RollbackConfiguration><EnableTerminationProtection>true\
                     </EnableTerminationProtection><Tags><member><Key>team</Key><Value>a</Value></member></Tags></member></Stacks>";
        let aws = Loopback::new([xml("DescribeStacks", stack)]);
        let found = connect(&aws.url).await.describe_stack("s").await.expect("it is there");
        let standing = Standing {
            role: Some("arn:role".to_string()),
            alarms: vec!["arn:alarm".to_string()],
            minutes: 7,
            protected: true,
            tags: [("team".to_string(), "a".to_string())].into(),
        };
        assert_eq!(found.standing, standing);
    });
}

#[test]
fn live_values_are_compared_on_demand_and_every_word_of_it_is_kept() {
    wait(async {
        let detail = "<member><Target><Attribute>Properties</Attribute><Name>DesiredCount</Name>\
                      <RequiresRecreation>Never</RequiresRecreation><BeforeValue>5</BeforeValue><AfterValue>2</AfterValue>\
                      <BeforeValueFrom>ACTUAL_STATE</BeforeValueFrom><Drift><PreviousValue>2</PreviousValue>\
                      <ActualValue>5</ActualValue></Drift></Target><ChangeSource>NoModification</ChangeSource></member>";
        let change = format!(
            "<ResourceChange><Action>Modify</Action><LogicalResourceId>Web</LogicalResourceId>\
             <ResourceType>AWS::ECS::Service</ResourceType><ResourceDriftStatus>MOONLIGHT</ResourceDriftStatus>\
             <ResourceDriftIgnoredAttributes><member><Path>/Properties/LoadBalancers</Path><Reason>MANAGED_BY_AWS</Reason>\
             </member></ResourceDriftIgnoredAttributes><Details>{detail}</Details></ResourceChange>"
        );
        let set = format!("<ChangeSetId>arn:set</ChangeSetId><Changes><member>{change}</member></Changes>");
        let aws = Loopback::new([
            xml("CreateChangeSet", "<Id>arn:set</Id><StackId>arn:stack</StackId>"),
            xml("DescribeChangeSet", &set),
        ]);
        let cloud = connect(&aws.url).await;
        let wish = ChangeSetWish {
            stack: "hello".to_string(),
            name: "loadline-1".to_string(),
            token: "token-1".to_string(),
            kind: ChangeSetType::Update,
            template: Template::Body("{}".to_string()),
            parameters: Vec::new(),
            capabilities: Vec::new(),
            about: String::new(),
            drift: true,
        };
        assert_eq!(cloud.create_change_set(&wish).await.as_deref(), Ok("arn:set"));
        let (set, _) = cloud
            .describe_change_set("arn:set", true, None)
            .await
            .expect("it is there");
        assert_eq!(aws.seen()[0].field("DeploymentMode").as_deref(), Some("REVERT_DRIFT"));
        let change = &set.changes[0];
        assert_eq!(change.drift.as_deref(), Some("MOONLIGHT"));
        assert_eq!(change.ignored[0].path, "/Properties/LoadBalancers");
        assert_eq!(change.ignored[0].reason, "MANAGED_BY_AWS");
        let live = change.details[0].live.clone().expect("it has a live value");
        assert_eq!(
            (live.deployed.as_deref(), live.actual.as_deref()),
            (Some("2"), Some("5"))
        );
    });
}

#[test]
fn a_stack_that_is_not_there_is_missing() {
    wait(async {
        let text = "Stack with id hello does not exist";
        let aws = Loopback::new([refusal(400, "ValidationError", text)]);
        let error = connect(&aws.url).await.describe_stack("hello").await;
        let error = error.expect_err("it is refused");
        assert_eq!((error.code.as_str(), error.message.as_str()), ("ValidationError", text));
        assert_eq!(error.operation, "DescribeStacks");
        assert_eq!(error.kind(), ErrorKind::Missing);
    });
}

#[test]
fn an_answer_is_not_asked_for_twice() {
    let cases = [
        (400, "Throttling", "Rate exceeded", ErrorKind::Throttled),
        (
            400,
            "LimitExceededException",
            "ChangeSet limit exceeded",
            ErrorKind::Other,
        ),
        (500, "InternalFailure", "", ErrorKind::Unavailable),
        (
            503,
            "ServiceUnavailable",
            "Service is unavailable",
            ErrorKind::Unavailable,
        ),
    ];
    for (status, code, message, kind) in cases {
        wait(async {
            let aws = Loopback::new([refusal(status, code, message), refusal(status, code, message)]);
            let error = connect(&aws.url).await.describe_stack("hello").await;
            let error = error.expect_err("it is refused");
            assert_eq!((error.code.as_str(), error.message.as_str()), (code, message));
            assert_eq!(error.kind(), kind, "{code}");
            assert_eq!(aws.seen().len(), 1, "{code}");
        });
    }
}

#[test]
fn a_page_of_a_proxy_passes() {
    wait(async {
        let aws = Loopback::new([Reply::Says(502, "<html>Bad gateway</html>".to_string())]);
        let error = connect(&aws.url).await.describe_stack("hello").await;
        assert!(error.expect_err("it is refused").is_passing());
        assert_eq!(aws.seen().len(), 1);
    });
}

#[test]
fn a_connection_that_breaks_is_tried_again() {
    wait(async {
        let stack = "<Stacks><member><StackName>hello</StackName><StackId>arn:1</StackId>\
            <CreationTime>2026-11-25T09:00:00Z</CreationTime><StackStatus>QUEUED_IN_PROGRESS</StackStatus></member></Stacks>";
        let aws = Loopback::new([Reply::HangsUp, xml("DescribeStacks", stack)]);
        let stack = connect(&aws.url).await.describe_stack("hello").await;
        let stack = stack.expect("the second try is answered");
        assert_eq!(aws.seen().len(), 2);
        // A word that the SDK does not know is kept.
        assert_eq!(stack.status.as_str(), "QUEUED_IN_PROGRESS");
        assert!(stack.status.is_under_way());
        assert_eq!(stack.updated.to_string(), "2026-11-25T09:00:00Z");
    });
}

#[test]
fn nobody_who_answers_is_said_plainly() {
    wait(async {
        let nobody = Loopback::new([]);
        let error = connect(&nobody.url).await.describe_stack("hello").await;
        let error = error.expect_err("nobody is there");
        assert_eq!(error.code, error::UNREACHABLE);
        assert!(error.is_passing());
        let text = error.to_string();
        assert!(
            text.starts_with("DescribeStacks could not be asked: AWS does not answer ("),
            "{text}"
        );
        assert!(text.contains("refused") && text.contains("check the network"), "{text}");
    });
}

#[test]
fn an_answer_that_cannot_be_read_is_not_asked_for_again() {
    wait(async {
        let aws = Loopback::new([Reply::Says(200, r#"{"taskDefinition": ["none"]}"#.to_string())]);
        let answer = connect(&aws.url).await.task_definition("arn:web:1").await;
        let error = answer.expect_err("it cannot be read");
        assert_eq!(error.code, error::UNREADABLE);
        assert!(!error.is_passing());
        let text = error.to_string();
        assert!(
            text.starts_with("DescribeTaskDefinition was answered in a way that cannot be read: "),
            "{text}"
        );
    });
}

#[test]
fn changes_are_read_with_their_values() {
    wait(async {
        let page = "<ChangeSetId>arn:set</ChangeSetId><StackId>arn:stack</StackId><Status>CREATE_COMPLETE</Status>\
            <ExecutionStatus>AVAILABLE</ExecutionStatus><NextToken>two</NextToken><Changes><member><Type>Resource</Type>\
            <ResourceChange><Action>Modify</Action><LogicalResourceId>Web</LogicalResourceId>\
            <PhysicalResourceId>arn:web</PhysicalResourceId><ResourceType>AWS::ECS::Service</ResourceType>\
            <Replacement>Perhaps</Replacement><PolicyAction>ReplaceAndDelete</PolicyAction><Scope><member>Properties</member></Scope>\
            <Details><member><Target><Attribute>Properties</Attribute><Name>DesiredCount</Name>\
            <RequiresRecreation>Never</RequiresRecreation><Path>/Properties/DesiredCount</Path><BeforeValue>2</BeforeValue>\
            <AfterValue>3</AfterValue></Target><ChangeSource>DirectModification</ChangeSource></member></Details>\
            </ResourceChange></member></Changes>";
        let aws = Loopback::new([xml("DescribeChangeSet", page), xml("DescribeChangeSet", "")]);
        let cloud = connect(&aws.url).await;
        let answer = cloud.describe_change_set("arn:set", true, None).await;
        let (set, next) = answer.expect("it is there");
        assert_eq!(next.as_deref(), Some("two"));
        let change = &set.changes[0];
        assert_eq!(change.replacement.as_deref(), Some("Perhaps"));
        assert_eq!(change.policy.as_deref(), Some("ReplaceAndDelete"));
        let detail = &change.details[0];
        assert_eq!(detail.path.as_deref(), Some("/Properties/DesiredCount"));
        assert_eq!(
            (detail.before.as_deref(), detail.after.as_deref()),
            (Some("2"), Some("3"))
        );
        cloud
            .describe_change_set("arn:set", false, Some("two"))
            .await
            .expect("it is there");
        let seen = aws.seen();
        assert_eq!(seen[0].field("IncludePropertyValues").as_deref(), Some("true"));
        assert_eq!(seen[1].field("IncludePropertyValues").as_deref(), Some("false"));
        assert_eq!(seen[1].field("NextToken").as_deref(), Some("two"));
    });
}

#[test]
fn a_task_is_run_once_however_often_it_is_asked_for() {
    wait(async {
        let aws = Loopback::new([
            says(json!({"tasks": [{"taskArn": "arn:task"}], "failures": []})),
            says(json!({"tasks": [], "failures": [{"arn": "arn:instance", "reason": "RESOURCE:MEMORY"}]})),
        ]);
        let cloud = connect(&aws.url).await;
        let wish = OneOff {
            cluster: "one".to_string(),
            task_definition: "migrate:1".to_string(),
            token: "once".to_string(),
            provider: Some("FARGATE".to_string()),
            network: Some((vec!["subnet-1".to_string()], vec!["sg-1".to_string()])),
            started_by: "loadline".to_string(),
            command: None,
        };
        assert_eq!(cloud.run_task(&wish).await, Ok(Ok("arn:task".to_string())));
        assert_eq!(cloud.run_task(&wish).await, Ok(Err("RESOURCE:MEMORY".to_string())));
        let sent = aws.seen()[0].json();
        assert_eq!(sent["clientToken"], "once");
        assert_eq!(sent["capacityProviderStrategy"][0]["capacityProvider"], "FARGATE");
        assert_eq!(
            sent["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"],
            "DISABLED"
        );
    });
}

fn operations(aws: &Loopback) -> Vec<String> {
    let seen = aws.seen().into_iter();
    seen.map(|seen| seen.target.rsplit('.').next().unwrap_or_default().to_string())
        .collect()
}

#[test]
fn a_task_is_reached_by_its_instance_or_by_its_own_address() {
    let on_instance = json!({
        "taskArn": "arn:1", "containerInstanceArn": "arn:instance", "healthStatus": "POORLY",
        "containers": [{"name": "web", "networkBindings": [
            {"bindIP": "0.0.0.0", "containerPort": 80, "hostPort": 32768},
            {"bindIP": "::", "containerPort": 80, "hostPort": 32768},
        ]}],
    });
    let on_its_own = json!({
        "taskArn": "arn:2", "taskDefinitionArn": "web:1",
        "attachments": [{"type": "ElasticNetworkInterface", "details": [{"name": "privateIPv4Address", "value": "10.0.0.7"}]}],
        "containers": [{"name": "web"}],
    });
    let tasks = json!({"tasks": [on_instance, on_its_own]});
    let definition = json!({"taskDefinition": {"containerDefinitions": [{"portMappings": [{"containerPort": 3000}]}]}});
    wait(async {
        let aws = Loopback::new([
            says(&tasks),
            says(json!({"containerInstances": [{"containerInstanceArn": "arn:instance", "ec2InstanceId": "i-1"}]})),
            says(definition),
            says(&tasks),
        ]);
        let cloud = connect(&aws.url).await;
        let arns = ["arn:1".to_string(), "arn:2".to_string()];
        for _ in 0..2 {
            let found = cloud.describe_tasks("one", &arns).await.expect("it is answered");
            assert_eq!(found[0].addresses, [("i-1".to_string(), 32768)]);
            assert_eq!(found[1].addresses, [("10.0.0.7".to_string(), 3000)]);
            assert_eq!(found[0].health, "POORLY");
        }
        // What never changes is asked for once.
        let asked = [
            "DescribeTasks",
            "DescribeContainerInstances",
            "DescribeTaskDefinition",
            "DescribeTasks",
        ];
        assert_eq!(operations(&aws), asked);
    });
}

#[test]
fn no_more_is_asked_for_at_once_than_aws_takes() {
    fn names(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("n{number}")).collect()
    }
    let sizes = |aws: &Loopback, key: &str| -> Vec<usize> {
        let seen = aws.seen().into_iter();
        seen.map(|seen| seen.json()[key].as_array().map_or(0, Vec::len))
            .collect()
    };
    wait(async {
        let aws = Loopback::new([says("{}"), says("{}")]);
        let cloud = connect(&aws.url).await;
        cloud
            .describe_services("one", &names(11))
            .await
            .expect("it is answered");
        assert_eq!(sizes(&aws, "services"), [10, 1]);

        let aws = Loopback::new([says("{}"), says("{}")]);
        let cloud = connect(&aws.url).await;
        let answer = cloud.describe_service_deployments(&names(21)).await;
        answer.expect("it is answered");
        assert_eq!(sizes(&aws, "serviceDeploymentArns"), [20, 1]);

        let aws = Loopback::new([
            says(json!({"taskArns": names(60), "nextToken": "more"})),
            says(json!({"taskArns": names(60)})),
            says("{}"),
            says("{}"),
        ]);
        let cloud = connect(&aws.url).await;
        let filter = TaskFilter::Stopped("web".to_string());
        cloud.tasks("one", &filter).await.expect("it is answered");
        assert_eq!(sizes(&aws, "tasks"), [0, 0, 100, 20]);
        let seen = aws.seen();
        assert_eq!(seen[0].json()["desiredStatus"], "STOPPED");
        assert_eq!(seen[1].json()["nextToken"], "more");
    });
}

#[test]
fn a_service_deployment_is_known_by_its_task_definition() {
    wait(async {
        let deployment = json!({
            "serviceDeploymentArn": "arn:d", "status": "TELEPORTING", "createdAt": 1795597200.5,
            "stoppedAt": 1795597300, "targetServiceRevision": {"arn": "arn:r"},
            "deploymentCircuitBreaker": {"status": "MONITORING", "failureCount": 2, "threshold": 5},
        });
        let aws = Loopback::new([
            says(json!({"serviceDeployments": [deployment]})),
            says(json!({"serviceRevisions": [{"serviceRevisionArn": "arn:r", "taskDefinition": "arn:web:7"}]})),
        ]);
        let cloud = connect(&aws.url).await;
        let found = cloud.describe_service_deployments(&["arn:d".to_string()]).await;
        let found = found.expect("it is answered");
        assert_eq!(found[0].task_definition, "arn:web:7");
        assert_eq!(found[0].status, "TELEPORTING");
        assert_eq!(found[0].created, Moment(1_795_597_200_500));
        assert_eq!(found[0].finished, None, "it is being stopped, and has not ended");
        assert_eq!(found[0].breaker.as_ref().map(|breaker| breaker.failures), Some(2));
    });
}

#[test]
fn the_end_of_a_log_is_read_from_its_end() {
    let events = |texts: &[&str]| -> Value {
        let events = texts.iter().map(|text| json!({"timestamp": 1, "message": text}));
        events.collect()
    };
    wait(async {
        let aws = Loopback::new([
            says(json!({"events": events(&["c", "d"]), "nextBackwardToken": "b/1"})),
            says(json!({"events": [], "nextBackwardToken": "b/2"})),
            says(json!({"events": events(&["a", "b"]), "nextBackwardToken": "b/3"})),
        ]);
        let lines = connect(&aws.url).await.log_tail("group", "stream", 3).await;
        let lines = lines.expect("it is answered");
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["b", "c", "d"]);
    });
}

#[test]
fn the_newest_image_is_one_with_a_tag() {
    wait(async {
        let image = |digest: &str, time: u64, tags: Value| json!({"imageDigest": digest, "imagePushedAt": time, "imageTags": tags});
        let aws = Loopback::new([
            says(
                json!({"imageDetails": [image("sha256:old", 1, json!(["1"])), image("sha256:arm", 9, json!([]))], "nextToken": "x"}),
            ),
            says(json!({"imageDetails": [image("sha256:new", 3, json!(["2"]))]})),
            Reply::Says(
                400,
                json!({"__type": "ImageNotFoundException", "message": "no"}).to_string(),
            ),
            Reply::Says(
                400,
                json!({"__type": "RepositoryNotFoundException", "message": "no"}).to_string(),
            ),
        ]);
        let cloud = connect(&aws.url).await;
        let newest = cloud.image_digest("shop", "").await;
        assert_eq!(newest, Ok(Some("sha256:new".to_string())));
        assert_eq!(cloud.image_digest("shop", "3").await, Ok(None));
        let error = cloud.image_digest("shop", "3").await.expect_err("it is refused");
        assert_eq!(error.kind(), ErrorKind::Missing);
        assert_eq!(aws.seen()[2].json()["imageIds"], json!([{"imageTag": "3"}]));
    });
}

#[test]
fn a_lease_is_refused_when_it_is_taken() {
    wait(async {
        let taken = json!({"__type": "ParameterAlreadyExists", "message": "The parameter already exists."});
        let aws = Loopback::new([Reply::Says(400, taken.to_string())]);
        let error = connect(&aws.url).await.put_parameter("/a", "me", false).await;
        assert_eq!(error.expect_err("it is refused").kind(), ErrorKind::Taken);
        assert_eq!(aws.seen()[0].json()["Overwrite"], json!(false));
        let kinds: BTreeSet<&str> = ["AmazonSSM.PutParameter"].into();
        assert!(kinds.contains(aws.seen()[0].target.as_str()));
    });
}

#[test]
fn findings_are_read_with_what_they_say() {
    wait(async {
        let event = |inside: &str| format!("<member><EventId>1</EventId><StackId>arn:s</StackId>{inside}</member>");
        let events = [
            event(
                "<ValidationName>AWS::EarlyValidation::A</ValidationName><ValidationStatus>FAILED</ValidationStatus>\
                   <ValidationStatusReason>why</ValidationStatusReason><ValidationPath>/Resources/Web/Properties/X</ValidationPath>\
                   <ValidationFailureMode>FAIL</ValidationFailureMode>",
            ),
            event(
                "<ValidationName>AWS::EarlyValidation::B</ValidationName><ValidationStatus>FAILED</ValidationStatus>\
                   <ValidationFailureMode>WARN</ValidationFailureMode><LogicalResourceId>Pile</LogicalResourceId>",
            ),
            event(
                "<ValidationName>AWS::EarlyValidation::C</ValidationName><ValidationStatus>SKIPPED</ValidationStatus>",
            ),
            event(
                "<HookType>Our::Own::Hook</HookType><HookStatus>HOOK_COMPLETE_FAILED</HookStatus>\
                   <HookStatusReason>not so</HookStatusReason><LogicalResourceId>Web</LogicalResourceId>",
            ),
            event("<ResourceStatus>CREATE_COMPLETE</ResourceStatus>"),
        ];
        let body = format!("<OperationEvents>{}</OperationEvents>", events.concat());
        let aws = Loopback::new([xml("DescribeEvents", &body)]);
        let found = connect(&aws.url).await.change_set_findings("arn:set").await;
        let found = found.expect("it is answered");
        let told: Vec<(&str, Option<&str>, bool)> = found
            .iter()
            .map(|one| (one.name.as_str(), one.resource(), one.fails))
            .collect();
        let expected = [
            ("AWS::EarlyValidation::A", Some("Web"), true),
            ("AWS::EarlyValidation::B", Some("Pile"), false),
            ("Our::Own::Hook", Some("Web"), true),
        ];
        assert_eq!(told, expected);
        assert_eq!(aws.seen()[0].field("ChangeSetName").as_deref(), Some("arn:set"));
    });
}
