//! Specs for the judges: in, the language's choices as axes of text; out, projects that hold every pair of choices. Must
//! not know what the compiler makes of them.

use super::pairs::{self, Choice};

/// What the lines of a choice are put into.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    Cluster,
    Network,
    Capacity,
    Instances,
    App,
    Web,
    Services,
    Tasks,
}

/// A key or a group of keys with its choices, each a few lines of YAML at the block's own indentation; `""` leaves the key out.
struct Axis {
    name: &'static str,
    block: Block,
    choices: &'static [&'static str],
}

const fn axis(name: &'static str, block: Block, choices: &'static [&'static str]) -> Axis {
    Axis { name, block, choices }
}

const AXES: &[Axis] = &[
    axis(
        "capacity",
        Block::Capacity,
        &[
            "instances",
            "fargate: true",
            "instances\nfargate: {spot: 50%}",
            "fargate: {spot: 30%}",
        ],
    ),
    axis(
        "type",
        Block::Instances,
        &["type: m7g.large", "type: [m7g.large, m6g.large]", "type: m7i.large"],
    ),
    axis("spot", Block::Instances, &["", "spot: 50%", "spot: 100%"]),
    axis(
        "image",
        Block::Instances,
        &["", "image: bottlerocket", "image: ami-0123456789abcdef0"],
    ),
    axis(
        "instances",
        Block::Instances,
        &[
            "",
            "disk: 50 GiB\nreserve: 512 MiB",
            "protect: true",
            "roll: {healthy: 50%, warm-up: 120s}",
        ],
    ),
    axis("nat", Block::Network, &["", "nat: single", "nat: none"]),
    axis(
        "zones",
        Block::Network,
        &["", "zones: 2", "zones: [eu-west-1a, eu-west-1b]"],
    ),
    axis(
        "flow-logs",
        Block::Network,
        &["", "flow-logs: off", "flow-logs: 7 days"],
    ),
    axis(
        "endpoints",
        Block::Network,
        &["", "endpoints: [ecr.api, ecr.dkr, logs]"],
    ),
    axis(
        "ingress",
        Block::Cluster,
        &[
            "",
            "ingress:\n  public: {domain: example.com, zone: Z0123456789ABCDEFGHIJ, certificate: auto}",
            "ingress: {internal: {}}",
            "ingress:\n  public: {domain: example.com, zone: Z0123456789ABCDEFGHIJ, certificate: auto, logs: on}\n  internal: {}",
            "ingress: {public: {}}",
            "ingress:\n  public:\n    domain: example.com\n    allow: [192.0.2.0/24]\n    \
             certificate: \"arn:aws:acm:eu-west-1:111122223333:certificate/01234567-89ab-cdef-0123-456789abcdef\"",
        ],
    ),
    axis("names", Block::Cluster, &["", "names: off"]),
    axis("insights", Block::Cluster, &["", "insights: off", "insights: enhanced"]),
    axis("alarms", Block::Cluster, &["", "alarms: off"]),
    axis("notify", Block::Cluster, &["", "notify: [ops@example.com]"]),
    axis("logs", Block::Cluster, &["", "logs: {retention: 7 days, agent: false}"]),
    axis(
        "daemons",
        Block::Cluster,
        &[
            "",
            "daemons: {exporter: {image: \"prom/node-exporter:v1.8.2\", network: host, memory: 64 MiB, cpu: 64}}",
        ],
    ),
    axis("tags", Block::Cluster, &["", "tags: {team: harbour}"]),
    axis(
        "app-image",
        Block::App,
        &[
            "image: {repository: shop}",
            "image: nginx:1.27",
            "image: {image: \"registry.example.com/shop:1\", credentials: \"secretsmanager:registry\"}",
        ],
    ),
    axis(
        "secrets",
        Block::App,
        &[
            "",
            "secrets: {DB: \"ssm:/shop/db\"}",
            "secrets: {KEY: \"secretsmanager:shop/keys#stripe\"}",
        ],
    ),
    axis("network", Block::Web, &["", "network: task", "network: host"]),
    axis(
        "route",
        Block::Web,
        &[
            "",
            "route: {host: shop.example.com, path: /, ingress: public}",
            "route: {path: /api, ingress: internal}",
        ],
    ),
    axis("health", Block::Web, &["", "health: {path: /check, boot: 20s}"]),
    axis(
        "count",
        Block::Web,
        &[
            "",
            "count: 4",
            "count: {min: 2, max: 8, cpu: 60%}",
            "count: {min: 1, max: 4, memory: 70%}",
            "count: {min: 1, max: 4, requests: 1000}",
        ],
    ),
    axis(
        "size",
        Block::Web,
        &[
            "",
            "cpu: 0.5 vCPU\nmemory: 1 GiB",
            "cpu: 512\nmemory: {limit: 2 GiB, reserve: 1 GiB}",
        ],
    ),
    axis(
        "probe",
        Block::Web,
        &["", "probe: {command: curl -f localhost:3000, boot: 10s}"],
    ),
    axis(
        "rollout",
        Block::Web,
        &["", "rollout: {healthy: 50%, surge: 100%, drain: 10s}"],
    ),
    axis(
        "sidecars",
        Block::Web,
        &[
            "",
            "sidecars: {proxy: {image: \"envoyproxy/envoy:v1.30\", memory: 64 MiB}}",
            "sidecars: {tail: {image: \"fluent/fluent-bit:3.1\", memory: 64 MiB, essential: false}}",
            "sidecars: {proxy: {image: \"envoyproxy/envoy:v1.30\", memory: 64 MiB, probe: {command: ready}}}",
        ],
    ),
    axis(
        "links",
        Block::Web,
        &["", "links: {jobs: send}", "links: {worker: call}"],
    ),
    axis(
        "hardening",
        Block::Web,
        &["", "read-only: true\nuser: \"1000\"", "exec: true"],
    ),
    axis(
        "place",
        Block::Web,
        &["", "place: {spread: zone, pack: memory}", "place: {distinct: true}"],
    ),
    axis(
        "worker",
        Block::Services,
        &["worker: {command: work, port: 4000, network: task}"],
    ),
    axis(
        "tasks",
        Block::Tasks,
        &[
            "",
            "migrate: {command: rake db:migrate, run: before-deploy}",
            "report: {command: rake report, schedule: \"cron(0 3 * * ? *)\"}",
            "console: {command: rails console, run: manual}",
        ],
    ),
];

/// What the language rules out or warns of: pairs of axes, and which of their choices cannot stand together.
type Exclusion = (&'static str, &'static str, fn(&str, &str) -> bool);

const EXCLUSIONS: &[Exclusion] = &[
    ("capacity", "network", |capacity, network| {
        !on_instances(capacity) && !network.is_empty()
    }),
    ("capacity", "place", |capacity, place| {
        !on_instances(capacity) && !place.is_empty()
    }),
    ("capacity", "daemons", |capacity, daemons| {
        !on_instances(capacity) && !daemons.is_empty()
    }),
    ("ingress", "route", |ingress, route| {
        route.contains("public") && !ingress.contains("public")
    }),
    ("ingress", "route", |ingress, route| {
        route.contains("internal") && !ingress.contains("internal")
    }),
    // One essential container with a probe and one without is warned of.
    ("probe", "sidecars", |probe, sidecars| {
        sidecars.contains("proxy") && probe.is_empty() == sidecars.contains("probe")
    }),
    // Half of one copy, rounded up, is one: nothing moves.
    ("rollout", "count", |rollout, count| {
        !rollout.is_empty() && (count.is_empty() || count.contains("min: 1"))
    }),
    ("names", "links", |names, links| {
        names.contains("off") && links.contains("call")
    }),
    ("network", "links", |network, links| {
        network.contains("host") && links.contains("call")
    }),
    ("route", "health", |route, health| {
        route.is_empty() && !health.is_empty()
    }),
    ("route", "rollout", |route, rollout| {
        route.is_empty() && rollout.contains("drain")
    }),
    ("route", "count", |route, count| {
        route.is_empty() && count.contains("requests")
    }),
];

fn on_instances(capacity: &str) -> bool {
    capacity.starts_with("instances")
}

fn allowed(first: Choice, second: Choice) -> bool {
    let text = |(axis, choice): Choice| AXES[axis].choices[choice];
    let excluded = EXCLUSIONS.iter().any(|(one, other, excludes)| {
        let sides = [(first, second), (second, first)];
        let sides = sides
            .iter()
            .filter(|(a, b)| AXES[a.0].name == *one && AXES[b.0].name == *other);
        sides.into_iter().any(|(a, b)| excludes(text(*a), text(*b)))
    });
    // Without instances, the keys of instances are not there.
    let of_instances = |(axis, choice): Choice| AXES[axis].block == Block::Instances && choice > 0;
    let without = |side: Choice| AXES[side.0].name == "capacity" && !on_instances(text(side));
    let nowhere = without(first) && of_instances(second) || without(second) && of_instances(first);
    !excluded && !nowhere
}

/// Each row as the text of a project, named so that a finding says which choices made it.
pub fn specs() -> Vec<(String, String)> {
    let counts: Vec<usize> = AXES.iter().map(|axis| axis.choices.len()).collect();
    pairs::rows(&counts, &allowed)
        .iter()
        .enumerate()
        .map(|(number, row)| (format!("m{number}"), spec(row)))
        .collect()
}

fn spec(row: &[usize]) -> String {
    let lines = |block: Block, indent: usize| {
        let chosen = AXES.iter().zip(row).filter(|(axis, _)| axis.block == block);
        let lines = chosen.flat_map(|(axis, choice)| axis.choices[*choice].lines());
        lines
            .map(|line| format!("{}{line}\n", " ".repeat(indent)))
            .collect::<String>()
    };
    let section = |name: &str, indent: usize, body: String| match body.is_empty() {
        true => String::new(),
        false => format!("{}{name}:\n{body}", " ".repeat(indent)),
    };
    let instances = format!(
        "  instances:\n    count: {{min: 2, max: 12}}\n{}",
        lines(Block::Instances, 4)
    );
    let capacity = lines(Block::Capacity, 2).replace("  instances\n", &instances);
    format!(
        "cluster: harbour\n{cluster}{network}capacity:\n{capacity}---\napp: shop\ncluster: harbour\n{app}components:\n  jobs: {{use: queue}}\n\
         services:\n  web:\n    command: serve\n    port: 3000\n{web}{services}{tasks}",
        cluster = lines(Block::Cluster, 0),
        network = section("network", 0, lines(Block::Network, 2)),
        app = lines(Block::App, 0),
        web = lines(Block::Web, 4),
        services = lines(Block::Services, 2),
        tasks = section("tasks", 0, lines(Block::Tasks, 2)),
    )
}
