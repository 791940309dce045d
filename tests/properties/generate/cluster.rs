//! Clusters: each key of the document with some of its forms.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::block::{block, map, may, must, pick, some};
use super::workload::{Running, running};

/// A cluster before it has a name.
#[derive(Clone, Debug)]
pub struct Drawn {
    document: Json,
    daemons: Vec<Running>,
}

/// What an app must know of its cluster.
#[derive(Clone, Copy, Debug)]
pub struct Offer {
    pub instances: bool,
    pub fargate: bool,
    pub public: bool,
    pub internal: bool,
    pub names: bool,
    /// Whether each load balancer has a domain, by which it is found.
    pub domains: bool,
    /// Whether DNS records are made.
    pub records: bool,
}

pub const DOMAIN: &str = "example.com";
pub const INNER_DOMAIN: &str = "corp.example.net";
const ARN: &str = "arn:aws:acm:eu-west-1:111122223333:certificate/0123";
const TOPIC: &str = "arn:aws:sns:eu-west-1:111122223333:ops";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/0123";

fn instances() -> BoxedStrategy<Json> {
    block(vec![
        must(
            "type",
            pick(json!([
                "m7g.large",
                "m7i.large",
                "t4g.xlarge",
                ["m7g.large", "m6g.large"]
            ])),
        ),
        // As many as any app of these needs.
        must("count", pick(json!([{"max": 300}, {"min": 1, "max": 200}]))),
        may(
            "image",
            pick(json!(["al2023", "bottlerocket", "ami-0123456789abcdef0"])),
        ),
        may("disk", pick(json!(["30 GiB", "1 TiB"]))),
        may("spot", pick(json!(["0%", "30%", "100%"]))),
        may("reserve", pick(json!(["256 MiB", 512]))),
        may("protect", pick(json!([false, true]))),
        may(
            "roll",
            pick(json!([{}, {"healthy": "50%", "surge": "25%", "warm-up": "2m"}])),
        ),
    ])
}

fn capacity() -> BoxedStrategy<Json> {
    let fargate = || pick(json!([true, {}, {"spot": "30%"}]));
    prop_oneof![
        4 => block(vec![must("instances", instances())]),
        2 => block(vec![must("fargate", fargate())]),
        2 => block(vec![must("instances", instances()), must("fargate", fargate())]),
    ]
    .boxed()
}

fn network() -> BoxedStrategy<Json> {
    let own = block(vec![
        may("cidr", pick(json!(["10.1.0.0/16", "192.168.4.0/22", "10.9.8.0/24"]))),
        may("zones", pick(json!([2, 3, ["eu-west-1a", "eu-west-1c"]]))),
        may("nat", pick(json!(["per-zone", "single", "none"]))),
        may("flow-logs", pick(json!(["off", "7 days"]))),
    ]);
    let with_endpoints = block(vec![
        may("nat", pick(json!(["single"]))),
        must("endpoints", pick(json!(["auto", [], ["ecr.api", "ecr.dkr", "logs"]]))),
    ]);
    let existing = json!({"existing": {
        "vpc": "vpc-0123456789abcdef0",
        "public": ["subnet-0aaaaaaaaaaaaaaa1", "subnet-0aaaaaaaaaaaaaaa2"],
        "private": ["subnet-0bbbbbbbbbbbbbbb1", "subnet-0bbbbbbbbbbbbbbb2"],
    }});
    prop_oneof![6 => own, 2 => with_endpoints, 1 => Just(existing)].boxed()
}

fn entrance(domain: &'static str) -> BoxedStrategy<Json> {
    let common = || {
        vec![
            may("allow", pick(json!([["10.20.0.0/16"], ["0.0.0.0/0", "2001:db8::/32"]]))),
            may("logs", pick(json!(["off", "on"]))),
        ]
    };
    let mut auto = common();
    auto.push(must("domain", Just(json!(domain))));
    auto.push(must("zone", Just(json!("Z0123456789ABCDEFGHIJ"))));
    auto.push(may("certificate", Just(json!("auto"))));
    let mut given = common();
    given.push(must("domain", Just(json!(domain))));
    given.push(must("certificate", Just(json!(ARN))));
    prop_oneof![block(common()), block(auto), block(given)].boxed()
}

fn ingress() -> BoxedStrategy<Json> {
    let public = || must("public", entrance(DOMAIN));
    let internal = || must("internal", entrance(INNER_DOMAIN));
    prop_oneof![
        3 => block(vec![public()]),
        1 => block(vec![]),
        1 => block(vec![internal()]),
        2 => block(vec![public(), internal()]),
    ]
    .boxed()
}

/// Any cluster.
pub fn cluster(size: usize) -> BoxedStrategy<Drawn> {
    let document = block(vec![
        may("region", Just(json!("eu-west-1"))),
        may("account", Just(json!("111122223333"))),
        may("network", network()),
        must("capacity", capacity()),
        must("ingress", ingress()),
        may("names", pick(json!(["off", "inner"]))),
        may(
            "logs",
            pick(json!([{"retention": "7 days"}, {"agent": false}, {"retention": 14, "key": KEY}])),
        ),
        may("insights", pick(json!(["on", "off", "enhanced"]))),
        may(
            "notify",
            pick(json!([[], ["ops@example.com"], ["ops@example.com", TOPIC]])),
        ),
        may("alarms", pick(json!(["on", "off"]))),
        may("tags", some(json!({"team": "harbour", "cost-center": 42, "Ünï": "🚢"}))),
        may(
            "override",
            pick(json!([
                {"Cluster": {"Properties": {"Configuration": null}}},
                {"Providers": {"Metadata": {"why": "cost"}}, "Cluster": {"Properties": {"ServiceConnectDefaults": {"Namespace": "inner"}}}},
            ])),
        ),
        may(
            "resources",
            pick(json!([
                {"Pager": {"Type": "AWS::SNS::Topic"}},
                {
                    "Pager": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "${cluster.name}"}},
                    "PagerPolicy": {
                        "Type": "AWS::SNS::TopicPolicy",
                        "DependsOn": "Pager",
                        "Properties": {
                            "Topics": ["${Pager}", {"Ref": "Pager"}],
                            "PolicyDocument": {"Statement": [{"Resource": {"Fn::Sub": "${Pager.TopicArn}/*"}}]},
                        },
                    },
                },
            ])),
        ),
    ]);
    let daemons = prop::collection::vec(running(), 0..=size.min(2));
    (document, daemons)
        .prop_map(|(document, daemons)| Drawn { document, daemons })
        .boxed()
}

/// The names of daemons.
const DAEMONS: &[&str] = &["node-exporter", "instance"];

impl Drawn {
    /// What the cluster has for its apps.
    pub fn offer(&self) -> Offer {
        let (capacity, ingress) = (&self.document["capacity"], &self.document["ingress"]);
        let has = |key: &'static str| move |entrance: &Json| entrance.get(key).is_some();
        let entrances = || ingress.as_object().expect("a mapping").values();
        Offer {
            domains: entrances().all(has("domain")),
            records: entrances().any(has("zone")),
            instances: capacity.get("instances").is_some(),
            fargate: capacity.get("fargate").is_some(),
            public: ingress.get("public").is_some(),
            internal: ingress.get("internal").is_some(),
            names: self.document.get("names") != Some(&json!("off")),
        }
    }

    /// The document of a cluster of this name.
    pub fn document(&self, name: &str) -> Json {
        let mut document = json!({"cluster": name});
        map(&mut document).extend(map(&mut self.document.clone()).clone());
        if document.get("names") == Some(&json!("inner")) {
            // A namespace is there once in an account and region.
            document["names"] = json!(format!("inner-{name}"));
        }
        if document.pointer("/network/existing").is_some() && document.pointer("/ingress/internal").is_some() {
            // The range of an existing network is not known.
            let allow = json!(["10.20.0.0/16"]);
            map(&mut document["ingress"]["internal"])
                .entry("allow")
                .or_insert(allow);
        }
        if self.offer().instances && !self.daemons.is_empty() {
            let daemons = self.daemons.iter().zip(DAEMONS);
            document["daemons"] = daemons
                .map(|(daemon, name)| (name.to_string(), daemon.daemon()))
                .collect::<serde_json::Map<String, Json>>()
                .into();
        }
        document
    }
}
