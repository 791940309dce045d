//! What we rely on of AWS, as functions over any `Cloud`: the same points are put to the simulated cloud and, through the SDK
//! over HTTP, to emulators. The table says who judges what; `docs/contract.md` shows it.

mod objects;
mod outside;
pub mod stacks;

use std::fs;
use std::path::Path;

use aws_sdk_ecr::config::{BehaviorVersion, Credentials, Region};
use loadline::aws::{Aws, Settings};
use loadline::cloud::outside::LogLine;
use loadline::cloud::{Cloud, Moment};
use loadline::simulate::Simulated;

use crate::aws::wait;
use crate::emulators::Emulator;
use crate::markdown::is_update;

/// A cloud that a test can prepare.
pub trait Ground {
    type Cloud: Cloud;

    fn cloud(&self) -> &Self::Cloud;

    /// Pushes an image with this tag into a repository that is there; returns its digest.
    async fn push(&self, repository: &str, tag: &str) -> String;

    /// Writes lines into a new stream of a log group that is there, in the order of their times.
    async fn write(&self, group: &str, stream: &str, lines: &[(i64, &str)]);
}

/// Whether a judge has a say, or why not.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Say {
    Yes,
    No(&'static str),
}

/// A point of the contract.
struct Point {
    name: &'static str,
    about: &'static str,
    simulated: Say,
    ministack: Say,
    moto: Say,
}

const NO_SETS: Say = Say::No("its change sets know no states, changes and failures");

const NO_HEADS: Say = Say::No("its stacks do not say what their template says");

const POINTS: &[Point] = &[
    Point {
        name: "create",
        about: "A set of type CREATE brings its stack into review, lists what it adds, and makes it; events carry our token, newest first",
        simulated: Say::Yes,
        ministack: Say::Yes,
        moto: NO_SETS,
    },
    Point {
        name: "no-change",
        about: "A set that changes nothing is FAILED, says so in the known words, cannot be executed, and can be deleted",
        simulated: Say::Yes,
        ministack: Say::Yes,
        moto: NO_SETS,
    },
    Point {
        name: "update",
        about: "A set of type UPDATE lists what it modifies, property by property, and keeps parameters that are not given; what is changed in place stays",
        simulated: Say::Yes,
        ministack: Say::Yes,
        moto: NO_SETS,
    },
    Point {
        name: "failed-update",
        about: "An update that fails goes back: the reason stands in the events, and the stack ends in UPDATE_ROLLBACK_COMPLETE",
        simulated: Say::Yes,
        ministack: Say::Yes,
        moto: NO_SETS,
    },
    Point {
        name: "delete",
        about: "A deleted stack is missing by its name",
        simulated: Say::Yes,
        ministack: Say::Yes,
        moto: Say::Yes,
    },
    Point {
        name: "discard",
        about: "A set that is never executed is deleted, and so is the stack in review; nothing is left",
        simulated: Say::Yes,
        ministack: Say::Yes,
        moto: Say::Yes,
    },
    Point {
        name: "taken",
        about: "The name of a set is taken within its stack",
        simulated: Say::Yes,
        ministack: Say::Yes,
        moto: NO_SETS,
    },
    Point {
        name: "missing-stack",
        about: "A stack, a set and an update of what is not there are missing, all by their texts or codes",
        simulated: Say::Yes,
        ministack: Say::Yes,
        moto: Say::Yes,
    },
    Point {
        name: "not-stuck",
        about: "A stack that is not stuck cannot be continued, rolled back, or deleted but for some of it: each is refused, and it stays",
        simulated: Say::Yes,
        ministack: Say::Yes,
        moto: Say::No("it knows none of these calls"),
    },
    Point {
        name: "parameters",
        about: "A parameter is put, seen without its value, refused when it is there, overwritten with a new version, deleted, and missing",
        simulated: Say::Yes,
        ministack: Say::Yes,
        moto: Say::Yes,
    },
    Point {
        name: "parameters-below",
        about: "All parameters below a path are listed, however deep, page by page, and none beside it",
        simulated: Say::Yes,
        ministack: Say::Yes,
        moto: Say::Yes,
    },
    Point {
        name: "stack-head",
        about: "A stack says what its template says of it, and whether it is protected",
        simulated: Say::Yes,
        ministack: NO_HEADS,
        moto: NO_HEADS,
    },
    Point {
        name: "template",
        about: "A stack gives back its template as it was handed in",
        simulated: Say::Yes,
        ministack: Say::Yes,
        moto: Say::Yes,
    },
    Point {
        name: "data",
        about: "A log group, a repository with an image, and a bucket are deleted with what they hold, and are missing then",
        simulated: Say::Yes,
        ministack: Say::Yes,
        moto: Say::Yes,
    },
    Point {
        name: "missing-group",
        about: "An Auto Scaling group that is not there is missing",
        simulated: Say::Yes,
        ministack: Say::Yes,
        moto: Say::Yes,
    },
    Point {
        name: "images",
        about: "The digest of an image by its tag, by its digest, and of what was pushed last; no image; no repository",
        simulated: Say::No("its images have no tags"),
        ministack: Say::Yes,
        moto: Say::Yes,
    },
    Point {
        name: "objects",
        about: "An object is put, seen, read, overwritten; one that is not there is missing, and so is one of a bucket that is not",
        simulated: Say::Yes,
        ministack: Say::Yes,
        moto: Say::Yes,
    },
    Point {
        name: "task-definition",
        about: "What a task definition takes: CPU and memory of its containers, what is kept free, fixed ports, environment; one that is not there is missing",
        simulated: Say::Yes,
        ministack: Say::Yes,
        moto: Say::Yes,
    },
    Point {
        name: "template-by-url",
        about: "A set takes its template out of a bucket; a template that is not there is refused",
        simulated: Say::Yes,
        ministack: Say::Yes,
        moto: NO_SETS,
    },
    Point {
        name: "template-size",
        about: "A template in the request has 51,200 bytes at most, two-byte letters counted as two; one in a bucket may have more",
        simulated: Say::Yes,
        ministack: Say::Yes,
        moto: Say::No("it takes a template of any size"),
    },
    Point {
        name: "secrets",
        about: "Whether a secret is there is told without its value",
        simulated: Say::No("it has every secret that was not taken away"),
        ministack: Say::Yes,
        moto: Say::No("its stacks make no secrets"),
    },
    Point {
        name: "task-definition-secrets",
        about: "A task definition names where its secrets come from",
        simulated: Say::Yes,
        ministack: Say::No("it leaves the secrets of containers as the template writes them"),
        moto: Say::Yes,
    },
    Point {
        name: "missing-services",
        about: "Services and tasks that are not there are left out; a cluster that is not there is missing",
        simulated: Say::Yes,
        ministack: Say::Yes,
        moto: Say::Yes,
    },
    Point {
        name: "missing-beside",
        about: "A target group and a log that are not there are missing",
        simulated: Say::Yes,
        ministack: Say::Yes,
        moto: Say::Yes,
    },
    Point {
        name: "logs-found",
        about: "Lines of a group are found from a time on and by a text, sorted over all streams, each with an ID that stays; a group that is not there is missing",
        simulated: Say::Yes,
        ministack: Say::Yes,
        moto: Say::No("it sorts the lines by their streams"),
    },
    Point {
        name: "logs-of-streams",
        about: "Lines are found by the beginning of their streams' names",
        simulated: Say::Yes,
        ministack: Say::No("it finds the lines of all streams"),
        moto: Say::No("it finds the lines of all streams"),
    },
    Point {
        name: "missing-alarms",
        about: "Alarms that are not there are left out",
        simulated: Say::No("it has every alarm that it is asked for"),
        ministack: Say::No("its answer is none that the SDK's CloudWatch can read"),
        moto: Say::No("it does not speak the protocol of the SDK's CloudWatch"),
    },
];

async fn put<G: Ground>(point: &str, ground: &G) {
    let cloud = ground.cloud();
    match point {
        "create" => stacks::create(cloud).await,
        "no-change" => stacks::no_change(cloud).await,
        "update" => stacks::update(cloud).await,
        "failed-update" => stacks::failed_update(cloud).await,
        "delete" => stacks::delete(cloud).await,
        "discard" => stacks::discard(cloud).await,
        "taken" => stacks::taken(cloud).await,
        "missing-stack" => stacks::missing(cloud).await,
        "not-stuck" => stacks::not_stuck(cloud).await,
        "parameters" => outside::parameters(cloud).await,
        "parameters-below" => outside::parameters_below(cloud).await,
        "stack-head" => stacks::head(cloud).await,
        "template" => stacks::template(cloud).await,
        "data" => outside::data(ground).await,
        "missing-group" => outside::group(cloud).await,
        "images" => outside::images(ground).await,
        "objects" => objects::objects(cloud).await,
        "template-by-url" => objects::template_by_url(cloud).await,
        "template-size" => objects::template_size(cloud).await,
        "secrets" => objects::secrets(cloud).await,
        "task-definition" => outside::task_definition(cloud).await,
        "task-definition-secrets" => outside::secrets(cloud).await,
        "missing-services" => outside::services(cloud).await,
        "missing-alarms" => outside::alarms(cloud).await,
        "logs-found" => outside::logs_found(ground).await,
        "logs-of-streams" => outside::logs_of_streams(ground).await,
        "missing-beside" => outside::beside(cloud).await,
        other => panic!("no point is called {other}"),
    }
}

/// Puts each point to a judge that has a say, and gathers what does not hold.
fn judge<G: Ground>(name: &str, ground: &G, say: impl Fn(&Point) -> Say) {
    let mut faults = Vec::new();
    for point in POINTS.iter().filter(|point| say(point) == Say::Yes) {
        let put = || wait(put(point.name, ground));
        if let Err(panic) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(put)) {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or(panic.downcast_ref::<&str>().map(|text| text.to_string()));
            faults.push(format!("{}: {}", point.name, text.unwrap_or_default()));
        }
    }
    assert!(faults.is_empty(), "{name}:\n{}", faults.join("\n"));
}

/// An emulator behind the SDK.
pub struct Served {
    pub emulator: Emulator,
    pub aws: Aws,
}

impl Served {
    pub fn new(emulator: Emulator) -> Served {
        let settings = Settings {
            region: Some("eu-west-1".to_string()),
            endpoint: Some(emulator.url.clone()),
            keys: Some(("key".to_string(), "secret".to_string())),
            ..Settings::default()
        };
        let aws = wait(Aws::connect(&settings)).expect("the settings are whole");
        Served { emulator, aws }
    }
}

impl Ground for Served {
    type Cloud = Aws;

    fn cloud(&self) -> &Aws {
        &self.aws
    }

    async fn push(&self, repository: &str, tag: &str) -> String {
        let config = aws_sdk_ecr::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("eu-west-1"))
            .credentials_provider(Credentials::new("key", "secret", None, None, "given"))
            .endpoint_url(&self.emulator.url)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        let manifest = format!(
            r#"{{"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "config": {{"mediaType": "application/vnd.docker.container.image.v1+json", "size": 1, "digest": "sha256:{tag}"}}, "layers": []}}"#
        );
        let request = aws_sdk_ecr::Client::from_conf(config).put_image();
        let request = request.repository_name(repository).image_tag(tag);
        let answer = request.image_manifest(manifest).send().await.expect("it is taken");
        let digest = answer.image.and_then(|image| image.image_id?.image_digest);
        digest.expect("an image has a digest")
    }

    async fn write(&self, group: &str, stream: &str, lines: &[(i64, &str)]) {
        let config = aws_sdk_cloudwatchlogs::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("eu-west-1"))
            .credentials_provider(Credentials::new("key", "secret", None, None, "given"))
            .endpoint_url(&self.emulator.url)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        let client = aws_sdk_cloudwatchlogs::Client::from_conf(config);
        let made = client.create_log_stream().log_group_name(group).log_stream_name(stream);
        made.send().await.expect("it is made");
        let events = lines.iter().map(|(at, text)| {
            let event = aws_sdk_cloudwatchlogs::types::InputLogEvent::builder();
            event.timestamp(*at).message(*text).build().expect("it is whole")
        });
        let put = client.put_log_events().log_group_name(group).log_stream_name(stream);
        put.set_log_events(Some(events.collect()))
            .send()
            .await
            .expect("they are taken");
    }
}

/// The simulated cloud.
struct Rehearsed(Simulated);

impl Ground for Rehearsed {
    type Cloud = Simulated;

    fn cloud(&self) -> &Simulated {
        &self.0
    }

    async fn push(&self, repository: &str, tag: &str) -> String {
        let digest = format!("sha256:{}", tag.repeat(64));
        self.0.push_image(repository, &digest);
        digest
    }

    async fn write(&self, group: &str, stream: &str, lines: &[(i64, &str)]) {
        for (at, text) in lines {
            let line = LogLine {
                at: Moment(*at),
                text: text.to_string(),
            };
            self.0.write_log(group, stream, line);
        }
    }
}

#[test]
fn the_simulated_cloud_keeps_the_contract() {
    let settings = loadline::simulate::Settings {
        seed: 1,
        region: "eu-west-1".to_string(),
        account: "111122223333".to_string(),
    };
    judge("simulated", &Rehearsed(Simulated::new(&settings)), |point| {
        point.simulated
    });
}

#[test]
fn ministack_keeps_the_contract() {
    judge("ministack", &Served::new(Emulator::ministack()), |point| {
        point.ministack
    });
}

#[test]
fn moto_keeps_the_contract() {
    judge("moto", &Served::new(Emulator::moto()), |point| point.moto);
}

#[test]
fn the_page_says_who_judges_what() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/contract.md");
    let page = fs::read_to_string(&path).expect("the page is there");
    let says = |say: Say| match say {
        Say::Yes => "yes".to_string(),
        Say::No(why) => format!("no: {why}"),
    };
    let rows = POINTS.iter().map(|point| {
        let Point { name, about, .. } = point;
        let [simulated, ministack, moto] = [point.simulated, point.ministack, point.moto].map(says);
        format!("| `{name}` | {about} | {simulated} | {ministack} | {moto} |\n")
    });
    let table: String = rows.collect();
    let (before, rest) = page
        .split_once("| --- | --- | --- | --- | --- |\n")
        .expect("the page has the table");
    let after = rest.split_once("\n\n").map(|(_, after)| after);
    let now = format!(
        "{before}| --- | --- | --- | --- | --- |\n{table}{}",
        after.map(|after| format!("\n{after}")).unwrap_or_default()
    );
    if now != page && is_update() {
        fs::write(&path, now).expect("the page can be written");
    } else {
        assert!(now == page, "`UPDATE=1 cargo test contract` writes docs/contract.md");
    }
}
