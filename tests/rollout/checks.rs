//! What the checks say of small clusters, beside what the page of each code shows.

use loadline::source::Memory;
use loadline::{Request, compile};

/// What it is, instances, daemons, services, the codes that are raised.
type Small = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
);

const SMALL: &[Small] = &[
    (
        "four processes with a fixed port on two instances",
        "{type: m7g.large, count: {min: 2, max: 2}}",
        "{}",
        "{web: {count: 4, port: {container: 3000, host: 80}}}",
        &["static-port"],
    ),
    (
        "two of them, and a rollout that has no place for a third",
        "{type: m7g.large, count: {min: 2, max: 2}}",
        "{}",
        "{web: {count: 2, port: {container: 3000, host: 80}}}",
        &["static-port"],
    ),
    (
        "two of them, one of which may stop first",
        "{type: m7g.large, count: {min: 2, max: 2}}",
        "{}",
        "{web: {count: 2, port: {container: 3000, host: 80}, rollout: {healthy: 50%, surge: 100%}}}",
        &[],
    ),
    (
        "five interfaces of six",
        "{type: c5.large, count: {min: 3, max: 3}}",
        "{}",
        "{web: {count: 5, memory: 256 MiB, network: task}}",
        &[],
    ),
    (
        "the same with a daemon that takes one of each instance",
        "{type: c5.large, count: {min: 3, max: 3}}",
        "{agent: {image: \"nginx:1\", memory: 64 MiB, network: task}}",
        "{web: {count: 5, memory: 256 MiB, network: task}}",
        &["too-few-interfaces"],
    ),
    (
        "the same with trunking",
        "{type: c5.large, count: {min: 3, max: 3}, trunking: true}",
        "{agent: {image: \"nginx:1\", memory: 64 MiB, network: task}}",
        "{web: {count: 5, memory: 256 MiB, network: task}}",
        &[],
    ),
    (
        "one number, two protocols",
        "{type: m7g.large, count: {min: 3, max: 3}}",
        "{}",
        "{a: {count: 2, port: {container: 53, host: 53}}, b: {count: 2, port: {container: 53, host: 53, protocol: udp}}}",
        &[],
    ),
    (
        "a daemon that has the port on every instance",
        "{type: m7g.large, count: {min: 3, max: 6}}",
        "{proxy: {image: \"nginx:1\", port: {container: 80, host: 80}}}",
        "{web: {count: 1, port: {container: 3000, host: 80}}}",
        &["port-clash"],
    ),
    (
        "two services that fill the instances, so that neither can be rolled out",
        "{type: m7g.large, count: {min: 4, max: 4}}",
        "{}",
        "{a: {count: 2, port: {container: 1, host: 80}}, b: {count: 2, port: {container: 1, host: 80}}}",
        &["port-clash"],
    ),
    (
        "the same with an instance to spare",
        "{type: m7g.large, count: {min: 4, max: 5}}",
        "{}",
        "{a: {count: 2, port: {container: 1, host: 80}}, b: {count: 2, port: {container: 1, host: 80}}}",
        &[],
    ),
    (
        "the same once one is scaled out",
        "{type: m7g.large, count: {min: 4, max: 5}}",
        "{}",
        "{a: {count: {min: 2, max: 4, cpu: 60%}, port: {container: 1, host: 80}}, b: {count: 2, port: {container: 1, host: 80}}}",
        &["scaling-beyond-room"],
    ),
    (
        "each fits alone, both do not",
        "{type: m7g.large, count: {min: 2, max: 2}}",
        "{}",
        "{a: {count: 4, memory: 2 GiB}, b: {count: 5, memory: 1 GiB}}",
        &["tight-capacity"],
    ),
    (
        "each fits alone, both do not on any image",
        "{type: m7g.large, count: {min: 2, max: 2}}",
        "{}",
        "{a: {count: 4, memory: 2 GiB}, b: {count: 10, memory: 1 GiB}}",
        &["too-few-instances"],
    ),
    (
        "CPU is what is short",
        "{type: m7g.large, count: {min: 1, max: 1}}",
        "{}",
        "{a: {count: 5, cpu: 512, memory: 64 MiB}}",
        &["too-few-instances"],
    ),
    (
        "a schedule that asks for more than the range",
        "{type: m7g.large, count: {min: 3, max: 3}}",
        "{}",
        "{a: {count: {min: 1, max: 2, schedule: [{at: \"cron(0 8 * * ? *)\", max: 9}]}, place: {distinct: true}}}",
        &["scaling-beyond-room"],
    ),
    (
        "percents that stick at every count of the range",
        "{type: m7g.large}",
        "{}",
        "{a: {count: {min: 1, max: 3, cpu: 60%}, rollout: {surge: 125%}}}",
        &["percent-deadlock"],
    ),
    (
        "percents that stick while nothing can be scaled in further",
        "{type: m7g.large}",
        "{}",
        "{a: {count: {min: 1, max: 4, cpu: 60%}, rollout: {surge: 125%}}}",
        &["percent-deadlock"],
    ),
    (
        "percents that stick at a count that is only passed",
        "{type: m7g.large}",
        "{}",
        "{a: {count: {min: 0, max: 4, schedule: [{at: \"cron(0 8 * * ? *)\", min: 4}]}, rollout: {surge: 125%}}}",
        &["scaling-deadlock"],
    ),
    (
        "the same, with a fewest at certain times at which they stick",
        "{type: m7g.large}",
        "{}",
        "{a: {count: {min: 0, max: 4, schedule: [{at: \"cron(0 8 * * ? *)\", min: 2}]}, rollout: {surge: 125%}}}",
        &["percent-deadlock"],
    ),
    (
        "the defaults, whatever the range",
        "{type: m7g.large}",
        "{}",
        "{a: {count: {min: 0, max: 9, schedule: [{at: \"cron(0 8 * * ? *)\", min: 4}]}}, b: {count: {min: 1, max: 9, cpu: 60%}}, c: {count: 1}}",
        &[],
    ),
    (
        "a limit beyond an instance's memory, which counts only where a link asks for a proxy",
        "{type: m7g.large}",
        "{}",
        "{web: {memory: {limit: 8 GiB, reserve: 1 GiB}}, api: {port: 80}}",
        &[],
    ),
    (
        "the same, linked",
        "{type: m7g.large}",
        "{}",
        "{web: {memory: {limit: 8 GiB, reserve: 1 GiB}, links: {api: call}}, api: {port: 80}}",
        &["task-too-large"],
    ),
    (
        "the same, linked to",
        "{type: m7g.large}",
        "{}",
        "{web: {memory: {limit: 8 GiB, reserve: 1 GiB}, port: 80}, cron: {links: {web: call}}}",
        &["task-too-large"],
    ),
];

#[test]
fn small_clusters_raise_what_is_certain() {
    let mut faults = Vec::new();
    for (what, instances, daemons, services, expected) in SMALL {
        let spec = format!(
            "cluster: one\ncapacity: {{instances: {instances}}}\ndaemons: {daemons}\n---\napp: shop\ncluster: one\n\
             image: {{repository: shop}}\nservices: {services}\n"
        );
        let world = Memory::default().with("spec.yml", spec);
        let request = Request {
            path: "spec.yml".to_string(),
            ..Request::default()
        };
        let compiled = compile(&world, &request).expect("the world is in memory");
        let raised: Vec<&str> = compiled.diagnostics.iter().map(|fault| fault.code.name()).collect();
        if raised != *expected {
            let messages: Vec<&str> = compiled.diagnostics.iter().map(|fault| &*fault.message).collect();
            faults.push(format!("{what}: {raised:?}, not {expected:?}: {messages:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
