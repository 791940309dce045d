//! What services, tasks and daemons have in common. In: nothing. Out: strategies of their keys, and of where they run.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value as Json, json};

use super::block::{block, map, may, pick, some};
use super::cluster::Offer;

/// Something that runs, before it has a place.
#[derive(Clone, Debug)]
pub struct Running {
    /// Keys that may stand anywhere.
    free: Json,
    /// Keys that stand only where there are instances.
    bare: Json,
    seat: Index,
    size: Index,
    image: Option<Json>,
    /// What it uses and how, among what there is.
    pub links: Vec<(Index, Index)>,
    /// The exports that its variables hold, among those there are.
    pub mentions: Vec<(Index, Index)>,
    /// Which of its resources is overridden, if any.
    pub overridden: Option<Index>,
}

/// Where something runs: the word for it, if any is written, and whether that is an instance.
#[derive(Clone, Copy, Debug)]
pub struct Seat {
    word: Option<&'static str>,
    pub instances: bool,
}

pub const IMAGES: &[&str] = &[
    "nginx:1.27",
    "ghcr.io/acme/tool@sha256:0000000000000000000000000000000000000000000000000000000000000000",
];

/// Variables whose values some reader of YAML takes for something else, or that hold what expressions are made of.
fn variables() -> BoxedStrategy<Json> {
    some(json!({
        "RAILS_ENV": "production",
        "A": "no",
        "B_1": "12:30",
        "lower.case-name": "",
        "PORT": 3000,
        "RATE": 0.5,
        "COLON": "a: b # c",
        "LINES": "one\n  two\n\nthree\n",
        "SHIP": "Ünï 🚢 \"quoted\" 'too' \\",
        "LITERAL": "$${HOME} $HOME {x} $",
        "HERE": "${AWS::Region}-${cluster.name}",
    }))
}

pub fn secrets() -> BoxedStrategy<Json> {
    some(json!({
        "DB": "ssm:/shop/db",
        "KEY": "secretsmanager:shop/keys#stripe",
        "ARN": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop-AbCdEf#a",
        "OWN": {"from": "ssm:/shop/own", "key": "arn:aws:kms:eu-west-1:111122223333:key/0123"},
    }))
}

pub fn environment() -> BoxedStrategy<Json> {
    variables()
}

fn probe() -> BoxedStrategy<Json> {
    pick(json!([
        {"command": "curl -f localhost:3000 || exit 1"},
        {"command": ["true"], "interval": "20s", "timeout": 3, "fails": 2, "boot": "1m"},
    ]))
}

fn sidecars() -> BoxedStrategy<Json> {
    some(json!({
        "proxy": {"image": "envoyproxy/envoy:v1.30", "memory": "64 MiB", "cpu": 32},
        "log-router": {"image": {"image": "docker.io/fluent/fluent-bit:3"}, "essential": false, "environment": {"LEVEL": "info"}},
        "own": {"image": {"repository": "sidecar"}, "secrets": {"TOKEN": "ssm:/token"}, "command": ["-v", 1]},
    }))
}

/// Something that runs.
pub fn running() -> BoxedStrategy<Running> {
    let free = block(vec![
        may(
            "command",
            pick(json!([
                "serve",
                "bundle exec 'two words' --x=1",
                ["sh", "-c", "echo $HOME && true", 1]
            ])),
        ),
        may("entrypoint", pick(json!(["/entry.sh", ["/bin/sh", "-c"]]))),
        may("probe", probe()),
        may("stop", pick(json!([{"timeout": "10s"}, {"timeout": 90}]))),
        may("environment", environment()),
        may("secrets", secrets()),
        may("sidecars", sidecars()),
        may(
            "volumes",
            some(json!({"cache": "/var/cache", "tmp-files": {"path": "/tmp"}})),
        ),
        may("logs", pick(json!([{"blocking": true}, {"driver": "awslogs"}]))),
        may("init", Just(json!(false))),
        may("user", pick(json!(["app", 1000, "1000:1000"]))),
        may("ulimits", some(json!({"nofile": {"soft": 1024, "hard": 65536}}))),
        // Where a shell can be opened, the file system is not read-only.
        prop::sample::select(vec![
            None,
            Some(("exec", json!(true))),
            Some(("read-only", json!(true))),
        ])
        .boxed(),
    ]);
    let bare = block(vec![
        may("network", pick(json!(["bridge", "task", "host"]))),
        may(
            "place",
            pick(
                json!([{"spread": "none"}, {"pack": "cpu", "where": "attribute:ecs.instance-type =~ m7g.*"}, {"distinct": true}]),
            ),
        ),
        may(
            "volumes",
            some(json!({"socket": {"path": "/sock", "host": "/var/run/x.sock", "read-only": true}})),
        ),
    ]);
    let image = prop_oneof![
        6 => Just(None),
        1 => prop::sample::select(IMAGES).prop_map(|image| Some(json!(image))),
        1 => Just(Some(json!({"repository": "tools"}))),
        1 => Just(Some(json!({"image": "registry.example.com/x:1", "credentials": "secretsmanager:registry"}))),
    ];
    let pairs = || prop::collection::vec(any::<(Index, Index)>(), 0..3);
    let overridden = prop::option::weighted(0.2, any::<Index>());
    (free, bare, any::<(Index, Index)>(), image, pairs(), pairs(), overridden)
        .prop_map(
            |(free, bare, (seat, size), image, links, mentions, overridden)| Running {
                free,
                bare,
                seat,
                size,
                image,
                links,
                mentions,
                overridden,
            },
        )
        .boxed()
}

impl Running {
    /// Where it runs on a cluster.
    pub fn seat(&self, offer: Offer) -> Seat {
        let mut seats = vec![(None, offer.instances)];
        if offer.instances {
            seats.push((Some("instances"), true));
        }
        if offer.fargate {
            seats.extend([(Some("fargate"), false), (Some("spot"), false)]);
        }
        let (word, instances) = *self.seat.get(&seats);
        Seat { word, instances }
    }

    /// How it is connected: `bridge`, `task` or `host`.
    pub fn network(&self, seat: Seat) -> &str {
        match seat.instances {
            true => self.bare.get("network").and_then(Json::as_str).unwrap_or("bridge"),
            false => "task",
        }
    }

    /// Its keys at its place.
    pub fn keys(&self, seat: Seat) -> Map<String, Json> {
        let mut keys = Map::new();
        keys.extend(self.image.clone().map(|image| ("image".to_string(), image)));
        keys.extend(seat.word.map(|word| ("capacity".to_string(), json!(word))));
        keys.extend(map(&mut self.free.clone()).clone());
        if seat.instances {
            keys.extend(map(&mut self.bare.clone()).clone());
        }
        let sizes = match seat.instances {
            true => json!([
                {},
                {"cpu": 64, "memory": "256 MiB"},
                {"cpu": "0.5 vCPU", "memory": 300},
                {"memory": {"limit": "1 GiB", "reserve": "512 MiB"}},
                {"memory": {"reserve": "128 MiB"}},
            ]),
            false => json!([
                {},
                {"cpu": 256, "memory": 1024},
                {"cpu": "0.5 vCPU", "memory": "1 GiB"},
                {"cpu": 1024, "memory": {"limit": "2 GiB"}},
            ]),
        };
        let size = self.size.get(sizes.as_array().expect("a list"));
        keys.extend(size.as_object().expect("a mapping").clone());
        keys
    }

    /// The same as a daemon, which has an image of its own and no links.
    pub fn daemon(&self) -> Json {
        let seat = Seat {
            word: None,
            instances: true,
        };
        let mut keys = self.keys(seat);
        let owned = keys.get("image").is_none_or(|image| image.get("repository").is_some());
        if owned {
            keys.insert("image".to_string(), json!("datadog/agent:7"));
        }
        keys.shift_remove("place");
        // A cluster has no repositories of its own.
        if let Some(sidecars) = keys.get_mut("sidecars") {
            map(sidecars).shift_remove("own");
        }
        Json::Object(keys)
    }
}
