//! AWS refuses requests that come too fast, each part of it in its own protocol: read off the wire as such, and asked again until
//! there is an answer. microburst refuses, ministack answers behind it.

use std::process::Output;

use loadline::cloud::capacity::TargetHealth;
use loadline::cloud::outside::Object;
use loadline::cloud::{Answer, Cloud, ErrorKind, Moment};

use crate::aws::wait;
use crate::contract::Served;
use crate::emulators::Emulator;
use crate::planning::{loadline, project, publish};

/// A rule: a part of AWS, by the name that requests are signed for, refuses so many times.
fn rule(part: &str, code: &str, status: u16, times: usize) -> String {
    format!(
        "  - {{service: {part}, times: {times}, error: {{code: {code}, status: {status}, message: Rate exceeded}}}}\n"
    )
}

/// What each part of AWS calls it.
const PARTS: &[(&str, &str, u16)] = &[
    ("cloudformation", "Throttling", 400),
    ("ecs", "ThrottlingException", 400),
    ("elbv2", "Throttling", 400),
    ("logs", "ThrottlingException", 400),
    ("ecr", "ThrottlingException", 400),
    ("ssm", "ThrottlingException", 400),
    ("secretsmanager", "ThrottlingException", 400),
    ("s3", "SlowDown", 503),
];

fn before(other: &Emulator, times: usize) -> Emulator {
    let rules = PARTS
        .iter()
        .map(|(part, code, status)| rule(part, code, *status, times));
    Emulator::before(other, &format!("rules:\n{}", rules.collect::<String>()))
}

#[test]
fn a_refusal_is_read_in_the_protocol_of_each_part() {
    fn refused<T: std::fmt::Debug>(answer: Answer<T>) {
        let error = answer.expect_err("it is refused");
        assert_eq!(error.kind(), ErrorKind::Throttled, "{error}");
        assert_eq!(error.message, "Rate exceeded", "{error}");
    }
    let behind = Emulator::ministack();
    let served = Served::new(before(&behind, 1));
    let aws = &served.aws;
    wait(async {
        refused(aws.describe_stack("shop").await);
        refused(aws.describe_services("far", &["web".to_string()]).await);
        refused::<Vec<TargetHealth>>(
            aws.target_health("arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/a/1")
                .await,
        );
        refused(aws.log_tail("group", "stream", 5).await);
        refused(aws.image_digest("shop", "1").await);
        refused(aws.parameter("/shop").await);
        refused(aws.has_secret("shop/keys").await);
        let object = Object {
            bucket: "shelf".to_string(),
            key: "one.json".to_string(),
        };
        refused(aws.put_object(&object, "{}").await);
        // Each was refused once; now the emulator answers.
        let missing = aws.describe_stack("shop").await.expect_err("there is none");
        assert_eq!(missing.kind(), ErrorKind::Missing, "{missing}");
        let missing = aws.list_service_deployments("far", "web", Moment(0)).await;
        assert!(missing.err().is_none_or(|error| error.kind() != ErrorKind::Throttled));
    });
}

const APP: &str = "\
app: letters
cluster: far
image: {repository: letters}
components:
  jobs: {use: queue, retention: 2 days}
services:
  worker: {command: work, count: 1, memory: 512 MiB, links: {jobs: consume}}
";

#[test]
fn refusals_only_slow_a_deployment_down() {
    let served = Served::new(Emulator::ministack());
    wait(publish(&served.aws));
    let throttled = before(&served.emulator, 2);
    let folder = project("throttled", APP);
    for (name, arguments, says) in [
        ("plan", &[][..], "it is asked again"),
        ("apply", &["--yes", "--until", "registry"][..], "done in"),
    ] {
        let output = loadline(&folder, &throttled.url, name, arguments).output();
        let Output { status, stdout, stderr } = output.expect("the program starts");
        let said = [stdout, stderr]
            .map(|bytes| String::from_utf8(bytes).expect("the output is UTF-8"))
            .concat();
        // There is no image yet: a plan says so.
        assert_eq!(status.code(), Some(if name == "plan" { 7 } else { 0 }), "{said}");
        assert!(said.contains(says), "{said}");
    }
}
