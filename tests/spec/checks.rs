//! What the checks say of small specs, beside what the page of each code shows.

use super::read;

/// What it is, the documents, the codes that are raised.
type Small = (&'static str, &'static str, &'static [&'static str]);

/// Stands for a cluster and the beginning of an app on it.
const SHOP: &str =
    "cluster: one\ncapacity: {instances: {type: m7g.large}}\n---\napp: shop\ncluster: one\nimage: {repository: shop}\n";

/// The same with both load balancers.
const BOTH: &str = "cluster: one\ncapacity: {instances: {type: m7g.large}}\ningress: {public: {}, internal: {}}\n---\n\
                    app: shop\ncluster: one\nimage: {repository: shop}\n";

const SMALL: &[Small] = &[
    (
        "a link to a service on its instance's network",
        "SHOP\nservices: {web: {links: {api: call}}, api: {port: 4000, network: host}}",
        &["link-on-host-network"],
    ),
    (
        "both ends of a link on it, named in one fault",
        "SHOP\nservices: {web: {network: host, links: {api: call}}, api: {port: 4000, network: host}}",
        &["link-on-host-network"],
    ),
    (
        "a link to a queue from there",
        "SHOP\ncomponents: {jobs: {use: queue}}\nservices: {web: {network: host, links: {jobs: send}}}",
        &[],
    ),
    (
        "a service on UDP that nobody links to",
        "SHOP\nservices: {stats: {port: {container: 8125, protocol: udp}}}",
        &[],
    ),
    (
        "a task that links to a service without a port: the port would not help",
        "SHOP\nservices: {worker: {}}\ntasks: {migrate: {links: {worker: call}}}",
        &["link-from-task"],
    ),
    (
        "a task that links to a queue",
        "SHOP\ncomponents: {jobs: {use: queue}}\ntasks: {fill: {links: {jobs: send}}}",
        &[],
    ),
    (
        "one service for each load balancer",
        "BOTH\nservices: {web: {port: 80, route: {path: /, ingress: public}}, own: {port: 80, route: {path: /, ingress: internal}}}",
        &[],
    ),
    (
        "three routes of one service, two of them on the other load balancer: one fault",
        "BOTH\nservices: {web: {port: 80, route: [{path: /, ingress: public}, {path: /a, ingress: internal}, {path: /b, ingress: internal}]}}",
        &["routes-on-both"],
    ),
    (
        "a roll that takes half before it adds half",
        "cluster: one\ncapacity: {instances: {type: m7g.large, roll: {healthy: 50%}}}",
        &[],
    ),
    (
        "a roll whose surge is the default",
        "cluster: one\ncapacity: {instances: {type: m7g.large, roll: {healthy: 49%}}}",
        &["roll-too-wide"],
    ),
    (
        "a roll with a fault in it",
        "cluster: one\ncapacity: {instances: {type: m7g.large, roll: {healthy: 10%, surge: much}}}",
        &["bad-unit"],
    ),
    (
        "an internal load balancer in a network of its own",
        "cluster: one\ncapacity: {fargate: true}\ningress: {internal: {}}",
        &[],
    ),
    (
        "an empty list in an existing network",
        "cluster: one\ncapacity: {fargate: true}\nnetwork: {existing: {vpc: vpc-0a1b2c3d, public: [subnet-0a1b2c3d, subnet-1a2b3c4d], \
         private: subnet-2a2b3c4d}}\ningress: {public: {allow: []}}",
        &["ingress-for-nobody"],
    ),
    (
        "an existing network whose range is named",
        "cluster: one\ncapacity: {fargate: true}\nnetwork: {existing: {vpc: vpc-0a1b2c3d, private: [subnet-0a1b2c3d, subnet-1a2b3c4d]}}\n\
         ingress: {internal: {allow: [10.0.0.0/8]}}",
        &[],
    ),
    (
        "an app named as daemons are",
        "cluster: one\ncapacity: {fargate: true}\n---\napp: daemons\ncluster: one\nimage: {repository: shop}\nservices: {web: {}}",
        &["reserved-name"],
    ),
    (
        "tags of AWS, and such as look like them",
        "SHOP\nservices: {web: {}}\ntags: {\"aws:a\": 1, \"aWs:b\": 2, aws: 3, awsome: 4, \"my:aws:\": 5, äws: 6}",
        &["reserved-tag", "reserved-tag"],
    ),
    (
        "clusters of one namespace in two regions",
        "cluster: one\nregion: eu-west-1\ncapacity: {fargate: true}\nnames: inner\n---\n\
         cluster: two\nregion: eu-west-2\ncapacity: {fargate: true}\nnames: inner",
        &[],
    ),
    (
        "a namespace of another cluster's name",
        "cluster: one\ncapacity: {fargate: true}\nnames: two\n---\ncluster: two\nregion: eu-west-2\ncapacity: {fargate: true}",
        &["namespace-collision"],
    ),
    (
        "clusters without namespaces",
        "cluster: one\ncapacity: {fargate: true}\nnames: off\n---\ncluster: two\ncapacity: {fargate: true}\nnames: off",
        &[],
    ),
    (
        "an app on two clusters, and another that shares a repository with it twice",
        "cluster: one\ncapacity: {fargate: true}\n---\ncluster: two\ncapacity: {fargate: true}\n---\n\
         app: shop\nclusters: {one: {}, two: {}}\nimage: {repository: shop}\nservices: {web: {}}\n---\n\
         app: other\nclusters: {one: {}, two: {}}\nimage: {repository: other}\nservices: {web: {}, old: {image: {repository: shop}}}",
        &["repository-collision"],
    ),
    (
        "two apps of one repository in two accounts",
        "cluster: one\naccount: \"111122223333\"\ncapacity: {fargate: true}\n---\n\
         cluster: two\naccount: \"444455556666\"\ncapacity: {fargate: true}\n---\n\
         app: shop\ncluster: one\nimage: {repository: shop}\nservices: {web: {}}\n---\n\
         app: other\ncluster: two\nimage: {repository: shop}\nservices: {web: {}}",
        &[],
    ),
];

#[test]
fn small_specs_raise_what_is_certain() {
    let mut faults = Vec::new();
    for (what, spec, expected) in SMALL {
        let compiled = read(&spec.replace("SHOP\n", SHOP).replace("BOTH\n", BOTH));
        let raised: Vec<&str> = compiled.diagnostics.iter().map(|fault| fault.code.name()).collect();
        if raised != *expected {
            let messages: Vec<&str> = compiled.diagnostics.iter().map(|fault| &*fault.message).collect();
            faults.push(format!("{what}: {raised:?}, not {expected:?}: {messages:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
