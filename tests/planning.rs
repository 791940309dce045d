//! `loadline plan` as a user runs it, with `--endpoint-url`: over ministack, and over a stand-in that shows what happens when
//! it is told to stop.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use loadline::cloud::Cloud;
use loadline::cloud::formation::{ChangeSetType, ChangeSetWish};
use loadline::plan::{self, Given, Plan, Work};
use loadline::source::Memory;
use loadline::template::Format;
use loadline::{Request, compile};
use serde_json::Value;

use crate::aws::{refusal, wait, xml};
use crate::contract::stacks::{read, settled};
use crate::contract::{Ground, Served};
use crate::emulators::Emulator;
use crate::judges::venv::scratch;
use crate::loopback::{Loopback, Reply};

const CLUSTER: &str = "\
cluster: far
region: eu-west-1
network: {zones: 2, nat: single}
capacity: {fargate: true}
alarms: off
names: off
";

const APP: &str = "\
app: notes
cluster: far
image: {repository: notes}
environment: {GREETING: canary1}
services:
  worker: {command: work, count: 1, memory: 512 MiB}
";

pub fn project(name: &str, app: &str) -> PathBuf {
    let folder = scratch(name);
    fs::create_dir_all(folder.join("clusters")).expect("a folder can be made");
    fs::write(folder.join("clusters/far.yml"), CLUSTER).expect("a file can be written");
    fs::write(folder.join("app.yml"), app).expect("a file can be written");
    folder
}

/// The program as a user of the emulator has it: nothing of this machine's own profiles.
pub fn loadline(folder: &Path, endpoint: &str, name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadline"));
    command.env_clear().current_dir(folder).stdin(Stdio::null());
    command
        .env("HOME", folder)
        .env("AWS_ACCESS_KEY_ID", "key")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_EC2_METADATA_DISABLED", "true");
    command.arg(name).args(["--endpoint-url", endpoint]).args(arguments);
    command
}

fn run(folder: &Path, endpoint: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = loadline(folder, endpoint, "plan", arguments)
        .output()
        .expect("the program starts");
    let Output { status, stdout, stderr } = output;
    let text = |bytes| String::from_utf8(bytes).expect("the output is UTF-8");
    (status.code(), text(stdout), text(stderr))
}

/// All that a plan leaves with a reader: what it prints, and the files that it writes.
fn all(folder: &Path, endpoint: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let files = ["page.html", "comment.md", "summary.md"];
    for file in files {
        fs::remove_file(folder.join(file)).ok();
    }
    let mut command = loadline(folder, endpoint, "plan", arguments);
    command.args(["--html", "page.html", "--markdown", "comment.md"]);
    command.env("GITHUB_STEP_SUMMARY", folder.join("summary.md"));
    let Output { status, stdout, stderr } = command.output().expect("the program starts");
    let mut text = String::from_utf8([stdout, stderr].concat()).expect("the output is UTF-8");
    for file in files {
        text.push_str(&fs::read_to_string(folder.join(file)).unwrap_or_default());
    }
    (status.code(), text)
}

fn planned(app: &str) -> Plan {
    planned_on(app, CLUSTER)
}

fn planned_on(app: &str, cluster: &str) -> Plan {
    let world = Memory::default().with("app.yml", app).with("clusters/far.yml", cluster);
    let request = Request {
        path: "app.yml".to_string(),
        format: Format::Json,
        ..Request::default()
    };
    let compiled = compile(&world, &request).expect("the world is in memory");
    assert!(!compiled.templates.is_empty(), "{:?}", compiled.diagnostics);
    plan::of(&compiled.spec, &compiled.graph, &compiled.templates, &compiled.sources)
}

/// What the cluster's stack would have published.
pub async fn publish(cloud: &impl Cloud) {
    for (name, value) in [
        ("log-retention", "30"),
        ("ecs-cluster", "far"),
        ("vpc", "vpc-1"),
        ("private-subnets", "subnet-1,subnet-2"),
    ] {
        let name = format!("/loadline/far/v1/{name}");
        cloud.put_parameter(&name, value, true).await.expect("it is taken");
    }
}

/// Deploys the stacks of a plan; images are pushed as soon as there is a repository.
async fn deploy(served: &Served, plan: &Plan) {
    let cloud = served.cloud();
    let mut digest = String::new();
    for stage in &plan.stages {
        match &stage.work {
            Work::Image(image) => digest = served.push(&image.repository, "1").await,
            Work::Task(_) | Work::Removal(_) | Work::Records(_) => {}
            Work::Stack(work) => {
                let value = |given: &Given| match given {
                    Given::Known(value) => value.clone(),
                    Given::Digest(_) | Given::Kept(_) => digest.clone(),
                };
                let parameters = work.parameters.iter();
                let wish = ChangeSetWish {
                    stack: work.stack.clone(),
                    name: format!("made-{}", work.stack),
                    token: format!("made-{}", work.stack),
                    kind: ChangeSetType::Create,
                    template: work.template.clone().into(),
                    parameters: parameters.map(|(id, given)| (id.clone(), Some(value(given)))).collect(),
                    capabilities: work.capabilities.clone(),
                    about: String::new(),
                    drift: false,
                };
                let id = cloud.create_change_set(&wish).await.expect("it is taken");
                let (set, _) = read(cloud, &id).await;
                assert_eq!(
                    set.status.as_str(),
                    "CREATE_COMPLETE",
                    "{}: {:?}",
                    work.stack,
                    set.reason
                );
                cloud.execute_change_set(&id, &wish.token).await.expect("it is taken");
                let stack = settled(cloud, &work.stack).await;
                assert_eq!(
                    stack.status.as_str(),
                    "CREATE_COMPLETE",
                    "{}: {:?}",
                    work.stack,
                    stack.reason
                );
            }
        }
    }
}

#[test]
fn a_plan_over_ministack() {
    let served = Served::new(Emulator::ministack());
    let url = served.emulator.url.clone();
    let folder = project("plan-ministack", APP);
    wait(publish(served.cloud()));

    // Nothing is there yet.
    let (code, out, err) = run(&folder, &url, &[]);
    assert_eq!(code, Some(7), "{out}{err}");
    assert!(out.contains("stack notes-registry  new\n"), "{out}");
    assert!(
        out.contains("push one: docker push 000000000000.dkr.ecr.eu-west-1.amazonaws.com/notes:1"),
        "{out}"
    );
    assert!(
        out.contains("by its template alone: it reads what far-notes-base will publish"),
        "{out}"
    );
    assert!(out.contains("service `worker`"), "{out}");
    for stack in ["notes-registry", "far-notes-base", "far-notes"] {
        assert!(wait(served.cloud().describe_stack(stack)).is_err(), "{stack} is left");
    }

    // All is there.
    wait(deploy(&served, &planned(APP)));
    let (code, out, err) = run(&folder, &url, &["--detailed-exitcode"]);
    assert_eq!((code, out.contains("no stack changes")), (Some(0), true), "{out}{err}");

    // Something changes.
    let changed = APP.replace("512 MiB", "1 GiB").replace("canary1", "canary2");
    let folder = project("plan-ministack", &changed);
    let (code, out, err) = run(&folder, &url, &["--detailed-exitcode"]);
    assert_eq!(code, Some(2), "{out}{err}");
    assert!(out.contains("WorkerTaskDefinition"), "{out}");
    assert!(out.contains("(a new revision)"), "{out}");
    assert!(out.contains("--> app.yml:6:3"), "{out}");
    assert!(out.contains("rollouts\n  on Fargate\n  worker  "), "{out}");
    assert!(!out.contains("canary") && !err.contains("canary"), "{out}{err}");
    let (code, out, _) = run(&folder, &url, &["--output", "json"]);
    assert_eq!(code, Some(0));
    let document: Value = serde_json::from_str(&out).expect("it is one document");
    assert_eq!(
        (&document["version"], &document["changes"], &document["whole"]),
        (&1.into(), &true.into(), &true.into())
    );
    assert!(!out.contains("canary"), "{out}");
    assert_eq!(document["rollouts"][0]["service"], "worker", "{out}");
    assert_eq!(document["rollouts"][0]["end"], "converges", "{out}");

    // An image that was never pushed.
    let (code, out, _) = run(&folder, &url, &["--image", "notes=2"]);
    assert_eq!(code, Some(7));
    assert!(out.contains("there is no such image in it"), "{out}");

    // Each set is gone: the names that a plan gives are free, and none is left to be executed.
    let (_, again, _) = run(&folder, &url, &[]);
    assert!(again.contains("WorkerTaskDefinition"), "{again}");
}

const FLEET: &str = "\
cluster: far
region: eu-west-1
network: {zones: 2, nat: single}
capacity: {instances: {type: t4g.small, count: {min: 2, max: 2}}}
alarms: off
names: off
";

const LARGE: &str = "\
app: heavy
cluster: far
image: {repository: heavy}
services:
  worker: {command: work, count: 2, memory: 1300 MiB, rollout: {healthy: 50%}}
";

#[test]
fn a_rollout_that_cannot_converge_is_refused_before_anything_is_done() {
    let served = Served::new(Emulator::ministack());
    let url = served.emulator.url.clone();
    let folder = project("plan-refused", LARGE);
    fs::write(folder.join("clusters/far.yml"), FLEET).expect("a file can be written");
    wait(publish(served.cloud()));
    wait(
        served
            .cloud()
            .put_parameter("/loadline/far/v1/provider", "far-instances", true),
    )
    .expect("it is taken");
    let with_fleet = |app: &str| planned_on(app, FLEET);
    wait(deploy(&served, &with_fleet(LARGE)));
    // Small ones have room beside small ones, but not beside the large ones that run.
    let small = LARGE.replace("1300", "500").replace("50%", "100%");
    fs::write(folder.join("app.yml"), &small).expect("a file can be written");
    let (code, out, err) = run(&folder, &url, &[]);
    assert_eq!(code, Some(1), "{out}{err}");
    assert!(
        out.contains("refused: the rollout of `worker` cannot converge"),
        "{out}"
    );
    let output = loadline(&folder, &url, "apply", &["--yes"])
        .output()
        .expect("the program starts");
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(
        err.contains("nothing was done") && err.contains("--despite-forecast"),
        "{err}"
    );
    let mut command = loadline(
        &folder,
        &url,
        "apply",
        &["--yes", "--despite-forecast", "--until", "base"],
    );
    let output = command.output().expect("the program starts");
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn an_account_or_region_of_another_is_refused() {
    let identity = || {
        xml(
            "GetCallerIdentity",
            "<Account>999900001111</Account><Arn>arn:me</Arn><UserId>u</UserId>",
        )
    };
    let aws = Loopback::by(move |_| identity());
    let folder = project("plan-guards", APP);
    let (code, _, err) = run(&folder, &aws.url, &["--region", "us-east-1"]);
    assert_eq!(code, Some(64));
    assert!(
        err.contains("cluster `far` is in eu-west-1, and this is us-east-1"),
        "{err}"
    );
    fs::write(
        folder.join("clusters/far.yml"),
        format!("{CLUSTER}account: \"111122223333\"\n"),
    )
    .expect("it can be written");
    let (code, _, err) = run(&folder, &aws.url, &[]);
    assert_eq!(code, Some(64));
    assert!(
        err.contains("is in account 111122223333, and this is 999900001111, as arn:me"),
        "{err}"
    );
}

#[test]
fn nobody_to_ask_is_said_plainly() {
    let folder = project("plan-nobody", APP);
    let nobody = Loopback::new([]);
    let (code, out, err) = run(&folder, &nobody.url, &[]);
    assert_eq!((code, out.as_str()), (Some(64), ""));
    assert!(
        err.contains("GetCallerIdentity could not be asked: AWS does not answer"),
        "{err}"
    );
    let mut command = loadline(&folder, &nobody.url, "plan", &[]);
    command
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY");
    let output = command.output().expect("the program starts");
    assert_eq!(output.status.code(), Some(64));
    let err = String::from_utf8(output.stderr).expect("the output is UTF-8");
    assert!(
        err.contains("there are no credentials that work") && err.contains("aws sso login"),
        "{err}"
    );
}

#[test]
fn who_stops_a_plan_leaves_nothing_behind() {
    let mut is_there = false;
    let aws = Loopback::by(move |seen| {
        let stack = |status: &str| {
            format!(
                "<Stacks><member><StackName>s</StackName><StackId>arn:s</StackId><StackStatus>{status}</StackStatus></member></Stacks>"
            )
        };
        match seen.field("Action").as_deref() {
            Some("GetCallerIdentity") => xml("GetCallerIdentity", "<Account>111122223333</Account><Arn>arn:me</Arn>"),
            Some("DescribeStacks") if is_there => xml("DescribeStacks", &stack("REVIEW_IN_PROGRESS")),
            Some("DescribeStacks") => refusal(400, "ValidationError", "Stack with id s does not exist"),
            Some("CreateChangeSet") => {
                is_there = true;
                xml("CreateChangeSet", "<Id>arn:set</Id><StackId>arn:s</StackId>")
            }
            // It takes its time, and the user does not.
            Some("DescribeChangeSet") => xml("DescribeChangeSet", "<Status>CREATE_IN_PROGRESS</Status>"),
            Some("DeleteStack") => {
                is_there = false;
                xml("DeleteStack", "")
            }
            Some(other) => xml(other, ""),
            None => Reply::Says(400, "{}".to_string()),
        }
    });
    let folder = project("plan-stopped", APP);
    let mut command = loadline(&folder, &aws.url, "plan", &[]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.expect("the program starts");
    let actions = || -> Vec<String> { aws.seen().iter().filter_map(|seen| seen.field("Action")).collect() };
    let mut looks = 0;
    while !actions().iter().any(|action| action == "DescribeChangeSet") {
        looks += 1;
        assert!(looks < 3000, "{:?}", actions());
        thread::sleep(Duration::from_millis(20));
    }
    let signal = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(signal.expect("there is `kill`").success());
    let output = child.wait_with_output().expect("it ends");
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{err}");
    assert!(err.contains("putting things in order first"), "{err}");
    let actions = actions();
    let tidied = &actions[actions.len() - 4..];
    assert_eq!(
        tidied,
        ["DeleteChangeSet", "DescribeStacks", "DeleteStack", "DescribeStacks"]
    );
}

#[test]
fn all_pages_are_read_and_what_is_hidden_with_values_is_found_without() {
    let aws = Loopback::by(|seen| {
        let page = |logical: &str, next: &str| {
            xml(
                "DescribeChangeSet",
                &format!(
                    "<ChangeSetId>arn:set</ChangeSetId><Status>CREATE_COMPLETE</Status><ExecutionStatus>AVAILABLE</ExecutionStatus>{next}\
                     <Changes><member><Type>Resource</Type><ResourceChange><Action>Modify</Action><Replacement>True</Replacement>\
                     <LogicalResourceId>{logical}</LogicalResourceId><ResourceType>AWS::ECR::Repository</ResourceType>\
                     </ResourceChange></member></Changes>"
                ),
            )
        };
        let values = seen.field("IncludePropertyValues").as_deref() == Some("true");
        match (seen.field("Action").as_deref(), seen.field("NextToken").as_deref()) {
            (Some("GetCallerIdentity"), _) => {
                xml("GetCallerIdentity", "<Account>111122223333</Account><Arn>arn:me</Arn>")
            }
            (Some("DescribeStacks"), _) => xml(
                "DescribeStacks",
                "<Stacks><member><StackName>s</StackName><StackId>arn:s</StackId><StackStatus>UPDATE_COMPLETE</StackStatus></member></Stacks>",
            ),
            (Some("CreateChangeSet"), _) => xml("CreateChangeSet", "<Id>arn:set</Id>"),
            (Some("DescribeChangeSet"), None) if values => page("First", ""),
            (Some("DescribeChangeSet"), None) => page("First", "<NextToken>2</NextToken>"),
            (Some("DescribeChangeSet"), Some("2")) => page("Second", "<NextToken>3</NextToken>"),
            (Some("DescribeChangeSet"), Some(_)) => page("Third", ""),
            (Some(other), _) => xml(other, ""),
            // The registry, where there is no repository.
            (None, _) => Reply::Says(400, r#"{"__type": "RepositoryNotFoundException"}"#.to_string()),
        }
    });
    let folder = project("plan-pages", APP);
    let (_, out, err) = run(&folder, &aws.url, &["--output", "json"]);
    let document: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"));
    let found = document["stages"][0]["consequences"].as_array().expect("a list").iter();
    let found: Vec<(&str, &str)> = found
        .map(|one| {
            (
                one["logical"].as_str().unwrap_or_default(),
                one["effect"].as_str().unwrap_or_default(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [("First", "replaced"), ("Second", "replaced"), ("Third", "replaced")]
    );
    let stakes = &document["stages"][0]["consequences"][0]["stakes"][0];
    assert_eq!(stakes["sort"], "data", "{document:#}");
}

/// AWS with stacks that are there, and a change set in which these values change: the path, before, after.
fn changing(values: &'static [(&'static str, &'static str, &'static str)]) -> Loopback {
    Loopback::by(move |seen| {
        let details = values.iter().map(|(path, before, after)| {
            format!(
                "<member><ChangeSource>DirectModification</ChangeSource><Evaluation>Static</Evaluation><Target>\
                 <Attribute>Properties</Attribute><Name>Thing</Name><Path>/Properties/{path}</Path><BeforeValue>{before}</BeforeValue>\
                 <AfterValue>{after}</AfterValue><RequiresRecreation>Never</RequiresRecreation></Target></member>"
            )
        });
        match seen.field("Action").as_deref() {
            Some("GetCallerIdentity") => xml("GetCallerIdentity", "<Account>111122223333</Account><Arn>arn:me</Arn>"),
            Some("DescribeStacks") => xml(
                "DescribeStacks",
                "<Stacks><member><StackName>s</StackName><StackId>arn:s</StackId><StackStatus>UPDATE_COMPLETE</StackStatus></member></Stacks>",
            ),
            Some("CreateChangeSet") => xml("CreateChangeSet", "<Id>arn:set</Id>"),
            Some("DescribeChangeSet") => xml(
                "DescribeChangeSet",
                &format!(
                    "<ChangeSetId>arn:set</ChangeSetId><Status>CREATE_COMPLETE</Status><ExecutionStatus>AVAILABLE</ExecutionStatus>\
                     <Changes><member><Type>Resource</Type><ResourceChange><Action>Modify</Action><Replacement>False</Replacement>\
                     <LogicalResourceId>WorkerTaskDefinition</LogicalResourceId><ResourceType>AWS::ECS::TaskDefinition</ResourceType>\
                     <Details>{}</Details></ResourceChange></member></Changes>",
                    details.collect::<String>()
                ),
            ),
            Some(other) => xml(other, ""),
            None => Reply::Says(400, r#"{"__type": "RepositoryNotFoundException"}"#.to_string()),
        }
    })
}

#[test]
fn no_output_shows_a_value_unasked_and_none_shows_a_secret() {
    let aws = changing(&[
        ("ContainerDefinitions/0/Environment/0/Value", "canary-old", "canary-new"),
        (
            "ContainerDefinitions/0/Environment/1",
            r#"{"Name":"DB_PASSWORD","Value":"secret-canary one"}"#,
            r#"{"Name":"DB_PASSWORD","Value":"secret-canary two"}"#,
        ),
        (
            "ContainerDefinitions/0/Environment/2/Value",
            "secret-canary",
            "{{resolve:ssm-secure:secret-canary:1}}",
        ),
        (
            "ContainerDefinitions/0/LogConfiguration/Options/splunk-token",
            "secret-canary",
            "secret-canary2",
        ),
        ("SecretString", "secret-canary", "secret-canary2"),
        ("ContainerDefinitions/0/Memory", "512", "1024"),
    ]);
    let folder = project("plan-canaries", APP);
    for output in ["text", "json", "markdown", "github"] {
        let (code, text) = all(&folder, &aws.url, &["--output", output]);
        assert_eq!(code, Some(7), "{text}");
        assert!(!text.contains("canary") && text.contains("1024"), "{output}: {text}");
        let (_, text) = all(&folder, &aws.url, &["--output", output, "--show-values"]);
        assert!(
            text.contains("canary-old") && text.contains("canary-new"),
            "{output}: {text}"
        );
        assert!(!text.contains("secret-canary"), "{output}: {text}");
        for file in ["page.html", "comment.md"] {
            let file = fs::read_to_string(folder.join(file)).expect("it is written");
            assert!(file.contains("canary-new"), "{file}");
        }
        assert_eq!(folder.join("summary.md").exists(), output == "github");
    }
    // The page has the forecast of the spec's own rollouts.
    let page = fs::read_to_string(folder.join("page.html")).expect("it is written");
    assert!(
        page.contains("What the rollout will do") && page.contains("worker"),
        "{page}"
    );
    assert!(
        page.contains("Plan for <strong>notes on far</strong> · account 111122223333 · eu-west-1"),
        "{page}"
    );
}

#[test]
fn a_comment_says_so_when_there_is_no_plan() {
    let comment = |folder: &Path, endpoint: &str| {
        let mut command = loadline(
            folder,
            endpoint,
            "plan",
            &["--output", "markdown", "--markdown", "comment.md"],
        );
        let output = command.args(["app.yml", "--cluster", "clusters/far.yml"]).output();
        let output = output.expect("the program starts");
        let printed = String::from_utf8(output.stdout).expect("the output is UTF-8");
        let written = fs::read_to_string(folder.join("comment.md")).expect("it is written");
        let marker = "<!-- loadline plan: app.yml clusters/far.yml -->\n## ❌ ";
        assert!(
            printed.starts_with(marker) && written.starts_with(marker),
            "{printed}{written}"
        );
        (output.status.code(), printed + &written)
    };
    // A fault of the spec.
    let nobody = Loopback::new([]);
    let folder = project("plan-comment-faults", &APP.replace("memory:", "memry:"));
    let (code, text) = comment(&folder, &nobody.url);
    assert_eq!(code, Some(1));
    assert!(
        text.contains("The spec has faults") && text.contains("`memry`"),
        "{text}"
    );
    // Nobody answers.
    let folder = project("plan-comment-nobody", APP);
    let (code, text) = comment(&folder, &nobody.url);
    assert_eq!(code, Some(64));
    assert!(
        text.contains("it could not be made") && text.contains("AWS does not answer"),
        "{text}"
    );
    // AWS refuses halfway.
    let aws = Loopback::by(|seen| match seen.field("Action").as_deref() {
        Some("GetCallerIdentity") => xml("GetCallerIdentity", "<Account>111122223333</Account><Arn>arn:me</Arn>"),
        _ => refusal(
            403,
            "AccessDenied",
            "not authorized to perform: cloudformation:DescribeStacks",
        ),
    });
    let (code, text) = comment(&folder, &aws.url);
    assert_eq!(code, Some(4), "{text}");
    assert!(text.contains("not all of it was looked at: "), "{text}");
    assert!(
        text.contains("exit 4: ") && text.contains("cloudformation:DescribeStacks"),
        "{text}"
    );
}
