//! Apps: components, services and tasks that fit their cluster and each other.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value as Json, json};

use super::block::{Entry, block, may, must, pick, some};
use super::cluster::{DOMAIN, INNER_DOMAIN, Offer};
use super::workload::{IMAGES, Running, environment, running, secrets};

/// An app before it has a name and a cluster.
#[derive(Clone, Debug)]
pub struct Drawn {
    image: Json,
    free: Json,
    names: Vec<&'static str>,
    components: Vec<Json>,
    services: Vec<Service>,
    tasks: Vec<(Running, Json)>,
    raw: Vec<Index>,
}

#[derive(Clone, Debug)]
struct Service {
    running: Running,
    keys: Json,
    health: Json,
    port: usize,
    routes: Vec<Route>,
}

#[derive(Clone, Debug)]
struct Route {
    host: bool,
    shared: bool,
    path: bool,
    long: bool,
    pinned: bool,
    wild: bool,
    internal: bool,
}

/// Names of services, tasks and components; some are made of the words that the stdlib's own names are made of.
const NAMES: &[&str] = &[
    "web",
    "worker",
    "web-api",
    "jobs",
    "task",
    "a",
    "a1-b2",
    "service",
    "web-task",
    "published-web",
    "x-y-z",
    "route",
    "pictures",
    "target-group",
    "mail",
    "reads",
];

fn component() -> BoxedStrategy<Json> {
    let used = |name: &'static str| must("use", Just(json!(name)));
    prop_oneof![
        block(vec![
            used("queue"),
            may("retention", pick(json!(["2 days", 600]))),
            may("visibility", Just(json!("2m"))),
            may("order", pick(json!(["any", "first-in-first-out"]))),
        ]),
        block(vec![used("topic"), may("emails", Just(json!(["a@example.com"])))]),
        block(vec![
            used("bucket"),
            may("versions", Just(json!(false))),
            may("expire", Just(json!(30)))
        ]),
        block(vec![
            used("table"),
            may("key", Just(json!("owner"))),
            may("sort", Just(json!("at")))
        ]),
        block(vec![
            used("pair"),
            may("words", pick(json!([["one"], ["one", "two", "three"]]))),
            may("loud", Just(json!(true))),
        ]),
    ]
    .boxed()
}

/// The accesses and exports of the components that [`component`] uses.
fn abilities(component: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match component {
        "queue" => (&["consume", "send"], &["url", "arn", "name", "dead.url"]),
        "topic" => (&["publish"], &["arn", "name"]),
        "bucket" => (&["read", "write"], &["name", "arn"]),
        "table" => (&["read", "write"], &["name", "arn"]),
        _ => (&["hear"], &["first", "inbox.url"]),
    }
}

/// A component of the user's, with each form of the language in it.
pub fn pair() -> Json {
    json!({
        "component": "pair",
        "about": "Some topics, and a queue that hears the first of them.",
        "parameters": {
            "words": {"type": "list(string)", "default": ["one", "two"], "about": "A topic each."},
            "loud": {"type": "boolean", "default": false, "about": "Whether there is a bell."},
        },
        "components": {"Inbox": {"use": "queue", "retention": "1 day"}},
        "resources": {
            "Topic": {
                "$each": "${words}",
                "Type": "AWS::SNS::Topic",
                "Properties": {"DisplayName": "${name} ${it} of ${app.name}", "FifoTopic": {"$when": "${it == 'fifo'}", "$value": true}},
            },
            "Hears": {
                "Type": "AWS::SNS::Subscription",
                "DependsOn": ["Inbox"],
                "Properties": {"TopicArn": "${Topic[1]}", "Protocol": "sqs", "Endpoint": "${Inbox.arn}"},
            },
            "Bell": {
                "$when": "${loud}",
                "$stack": "app",
                "Type": "AWS::CloudWatch::Alarm",
                "Properties": {
                    "MetricName": "Rings",
                    "Namespace": "${cluster.name}",
                    "ComparisonOperator": "GreaterThanThreshold",
                    "EvaluationPeriods": "${size(words)}",
                    "AlarmActions": "${Topic}",
                },
            },
        },
        "exports": {"first": "${Topic[1]}", "inbox": {"url": "${Inbox.url}"}, "bell": "${Bell.Arn}"},
        "access": {
            "hear": {
                "environment": {"TOPIC": "${Topic[1]}"},
                "policy": [{"Effect": "Allow", "Action": "sns:Subscribe", "Resource": "${Topic}"}],
            },
        },
    })
}

fn service() -> BoxedStrategy<Service> {
    let schedule = || pick(json!([[{"at": "cron(0 6 * * ? *)", "min": 2}, {"at": "rate(1 day)", "max": 6}]]));
    let range = |by: Entry| {
        block(vec![
            must("min", pick(json!([1, 2, 4]))),
            must("max", pick(json!([4, 9]))),
            by,
            may("schedule", schedule()),
        ])
    };
    let count = prop_oneof![
        3 => pick(json!([1, 3, 0])),
        1 => range(must("cpu", Just(json!("60%")))),
        1 => range(must("memory", Just(json!("70%")))),
        1 => range(must("schedule", schedule())),
    ];
    let keys = block(vec![
        may("count", count),
        may(
            "rollout",
            pick(json!([
                {"healthy": "0%", "surge": "100%"},
                {"healthy": "50%"},
                {"breaker": "off", "drain": "5s"},
                {"breaker": {"failures": 3, "reset": true}, "alarms": ["too-slow"], "bake": "5m"},
            ])),
        ),
    ]);
    let health = pick(
        json!([{}, {"path": "/check"}, {"codes": "200-399", "interval": "30s", "timeout": "4s", "fails": 2, "boot": "1m"}]),
    );
    let route = any::<(bool, bool, bool, bool, bool, bool, bool)>();
    let route = route.prop_map(|(host, path, long, pinned, wild, internal, shared)| Route {
        host,
        shared,
        path,
        long,
        pinned,
        wild,
        internal,
    });
    let routes = prop_oneof![2 => Just(Vec::new()), 3 => prop::collection::vec(route, 1..3)];
    (running(), keys, health, 0..4usize, routes)
        .prop_map(|(running, keys, health, port, routes)| Service {
            running,
            keys,
            health,
            port,
            routes,
        })
        .boxed()
}

fn task() -> BoxedStrategy<(Running, Json)> {
    let timeout = || may("timeout", pick(json!(["15m", "2h"])));
    let retries = || may("retries", pick(json!([0, 2])));
    let when = prop_oneof![
        block(vec![
            must("run", pick(json!(["before-deploy", "after-deploy"]))),
            timeout(),
            retries()
        ]),
        block(vec![may("run", Just(json!("manual")))]),
        block(vec![
            must("schedule", pick(json!(["cron(0 3 * * ? *)", "rate(5 minutes)"]))),
            may("run", Just(json!("schedule"))),
            may("overlap", pick(json!(["skip", "allow"]))),
            timeout(),
            retries(),
        ]),
    ];
    (running(), when).boxed()
}

/// Any app with at most `size` services, as many tasks, and as many components.
pub fn app(size: usize) -> BoxedStrategy<Drawn> {
    let image = prop_oneof![
        3 => Just(json!({"repository": "own"})),
        1 => prop::sample::select(IMAGES).prop_map(|image| json!(image)),
        1 => Just(json!({"image": "registry.example.com/x:1", "credentials": "secretsmanager:registry"})),
    ];
    let free = block(vec![
        may("environment", environment()),
        may("secrets", secrets()),
        may("tags", some(json!({"team": "harbour", "Owner": "me"}))),
    ]);
    let names = Just(NAMES.to_vec()).prop_shuffle();
    let components = prop::collection::vec(component(), 0..=size.min(4));
    let services = prop::collection::vec(service(), 1..=size.clamp(1, 6));
    let tasks = prop::collection::vec(task(), 0..=size.min(4));
    let raw = prop::collection::vec(any::<Index>(), 0..3);
    (image, free, names, components, services, tasks, raw)
        .prop_map(|(image, free, names, components, services, tasks, raw)| Drawn {
            image,
            free,
            names,
            components,
            services,
            tasks,
            raw,
        })
        .boxed()
}

/// What an app is put together with.
struct Assembly<'a> {
    app: &'a str,
    offer: Offer,
    drawn: &'a Drawn,
    services: &'a [&'static str],
    components: Vec<(&'static str, &'a Json)>,
}

impl Drawn {
    /// The document of an app of this name, without what says on which cluster.
    pub fn document(&self, app: &str, offer: Offer) -> Map<String, Json> {
        let (services, rest) = self.names.split_at(self.services.len());
        let (tasks, rest) = rest.split_at(self.tasks.len());
        let assembly = Assembly {
            app,
            offer,
            drawn: self,
            services,
            components: rest.iter().copied().zip(&self.components).collect(),
        };
        assembly.document(tasks)
    }
}

impl Assembly<'_> {
    fn document(&self, tasks: &[&'static str]) -> Map<String, Json> {
        let mut document = Map::from_iter([("app".to_string(), json!(self.app))]);
        document.insert("image".to_string(), self.owned(&self.drawn.image));
        document.extend(super::block::map(&mut self.drawn.free.clone()).clone());
        let named = |entries: Vec<(&str, Json)>| -> Json {
            let entries = entries.into_iter().map(|(name, json)| (name.to_string(), json));
            Json::Object(entries.collect())
        };
        if !self.components.is_empty() {
            let components = self.components.iter().map(|(name, json)| (*name, (*json).clone()));
            document.insert("components".to_string(), named(components.collect()));
        }
        let services = self.services.iter().zip(&self.drawn.services).zip(0..);
        let services = services.map(|((name, service), number)| (*name, self.service(name, service, number)));
        document.insert("services".to_string(), named(services.collect()));
        if !tasks.is_empty() {
            let tasks = tasks.iter().zip(&self.drawn.tasks);
            let tasks = tasks.map(|(name, (running, when))| (*name, self.task(name, running, when)));
            document.insert("tasks".to_string(), named(tasks.collect()));
        }
        self.raw(&mut document);
        document
    }

    /// A number that keeps this app apart from others.
    fn own(&self) -> usize {
        self.app.bytes().map(usize::from).sum::<usize>() % 90
    }

    /// An image whose repository is the app's own.
    fn owned(&self, image: &Json) -> Json {
        match image.get("repository").and_then(Json::as_str) {
            Some("own") => json!({"repository": self.app}),
            Some(other) => json!({"repository": format!("{}-{other}", self.app)}),
            None => image.clone(),
        }
    }

    fn running(&self, name: &str, running: &Running, used: &[&'static str], network: &str) -> Map<String, Json> {
        let mut keys = running.keys(running.seat(self.offer));
        if let Some(image) = keys.get_mut("image") {
            *image = self.owned(image);
        }
        if let Some(own) = keys.get_mut("sidecars").and_then(|sidecars| sidecars.get_mut("own")) {
            own["image"] = self.owned(&own["image"]);
        }
        let mut links = Map::new();
        let mut targets: Vec<(&str, &[&str])> = used.iter().map(|name| (*name, &["call"][..])).collect();
        // Service Connect knows no host network.
        if !self.offer.names || network == "host" {
            targets.clear();
        }
        let uses = |json: &Json| abilities(json["use"].as_str().expect("a name"));
        targets.extend(self.components.iter().map(|(name, json)| (*name, uses(json).0)));
        targets.retain(|(target, _)| *target != name);
        for (target, access) in running.links.iter().filter(|_| !targets.is_empty()) {
            let (target, accesses) = target.get(&targets);
            links.insert(target.to_string(), json!(access.get(accesses)));
        }
        if !links.is_empty() {
            keys.insert("links".to_string(), links.into());
        }
        for (number, (component, export)) in running.mentions.iter().enumerate() {
            if self.components.is_empty() {
                break;
            }
            let (component, json) = component.get(&self.components);
            let expression = format!("${{{component}.{}}}", export.get(uses(json).1));
            let value = if number == 0 {
                expression
            } else {
                format!("a-{expression}-b")
            };
            let environment = keys.entry("environment").or_insert_with(|| json!({}));
            environment[format!("MENTION_{number}")] = json!(value);
        }
        keys
    }

    fn service(&self, name: &str, service: &Service, number: usize) -> Json {
        let seat = service.running.seat(self.offer);
        let network = service.running.network(seat);
        // No two may wait for each other, so only later ones are called, and none on the instance's own network.
        let later = self.services.iter().zip(&self.drawn.services).skip(number + 1);
        let callable = later.filter(|(_, service)| service.running.network(service.running.seat(self.offer)) != "host");
        let callable: Vec<&'static str> = callable.map(|(name, _)| *name).collect();
        let mut keys = self.running(name, &service.running, &callable, network);
        keys.extend(super::block::map(&mut service.keys.clone()).clone());
        let container = 3000 + number;
        let host = 8000 + self.own() * 10 + number;
        let mut ports = vec![json!(container), json!({"container": container, "protocol": "tcp"})];
        match network {
            "bridge" => ports.push(json!({"container": container, "host": host})),
            _ => ports.push(json!({"container": container, "host": container})),
        }
        // A service that is called or routed to needs a port, so all but those on the host's network have one.
        if network != "host" || service.port < ports.len() {
            keys.insert("port".to_string(), ports[service.port % ports.len()].clone());
        }
        let balanced = self.offer.public || self.offer.internal;
        if balanced && !service.routes.is_empty() && keys.contains_key("port") {
            self.routes(name, service, number, &mut keys);
        }
        let routed = keys.contains_key("route");
        if let Some(rollout) = keys.get_mut("rollout").filter(|_| !routed) {
            super::block::map(rollout).shift_remove("drain");
        }
        self.overridden(&service.running, &mut keys, &["Service", "TaskRole", "TaskLog"]);
        Json::Object(keys)
    }

    fn routes(&self, name: &str, service: &Service, number: usize, keys: &mut Map<String, Json>) {
        let alone = service.routes.len() == 1;
        let both = self.offer.public && self.offer.internal;
        let unclear = |host: &str| both && (host.is_empty() || !self.offer.domains);
        let routes = service.routes.iter().enumerate().map(|(at, route)| {
            let internal = if both {
                service.routes[0].internal
            } else {
                self.offer.internal
            };
            let domain = if internal { INNER_DOMAIN } else { DOMAIN };
            let label = format!("{}-{name}", self.app);
            // A shared host is that of other services of the app too. Its record would be the first one's, whichever that is.
            let shared = route.host && route.shared && !self.offer.records;
            let host = match (route.host, route.wild) {
                _ if shared => format!("{}.{domain}", self.app),
                (true, false) => format!("{label}.{domain}"),
                (true, true) => format!("*.{label}.{domain}"),
                _ => String::new(),
            };
            let path = match (route.path || shared || host.is_empty(), at) {
                (true, 0) => format!("/{label}"),
                (_, 0) => "/".to_string(),
                (_, at) => format!("/{label}/v{at}/x"),
            };
            if !(route.long || route.pinned && alone || unclear(&host)) {
                return json!(format!("{host}{path}"));
            }
            let mut long = json!({"path": path});
            if !host.is_empty() {
                long["host"] = json!(host);
            }
            if unclear(&host) || both && route.long {
                long["ingress"] = json!(if internal { "internal" } else { "public" });
            }
            if route.pinned && alone && !host.is_empty() && !route.wild && !shared {
                // Above all that follow from a route alone.
                long["priority"] = json!(49_000 + self.own() * 10 + number);
            }
            long
        });
        let mut routes: Vec<Json> = routes.collect();
        // The same route twice is a fault.
        routes.dedup();
        let route = match routes.len() {
            1 => routes.remove(0),
            _ => Json::Array(routes),
        };
        keys.insert("route".to_string(), route);
        if service.health != json!({}) {
            keys.insert("health".to_string(), service.health.clone());
        }
    }

    fn task(&self, name: &str, running: &Running, when: &Json) -> Json {
        let seat = running.seat(self.offer);
        let network = running.network(seat).to_string();
        let mut keys = self.running(name, running, &[], &network);
        keys.extend(super::block::map(&mut when.clone()).clone());
        // A run is one copy.
        if let Some(place) = keys.get_mut("place") {
            super::block::map(place).shift_remove("distinct");
        }
        self.overridden(running, &mut keys, &["TaskRole", "TaskLog", "TaskExecutionRole"]);
        Json::Object(keys)
    }

    fn overridden(&self, running: &Running, keys: &mut Map<String, Json>, resources: &[&str]) {
        let Some(index) = &running.overridden else { return };
        let name = index.get(resources);
        let over = match *name {
            "Service" => {
                json!({"Properties": {"EnableECSManagedTags": null, "Tags": [{"Key": "over", "Value": "${AWS::Region}"}]}})
            }
            "TaskLog" => json!({"Properties": {"RetentionInDays": 7}}),
            _ => json!({"Properties": {"MaxSessionDuration": 7200}, "Metadata": {"why": "long sessions"}}),
        };
        keys.insert("override".to_string(), json!({*name: over}));
    }

    /// Resources of the app's own, that refer to what there is.
    fn raw(&self, document: &mut Map<String, Json>) {
        let mut raw = Map::new();
        let service = super::pascal(self.services[0]);
        let mut kinds = vec![
            (
                "Plain",
                json!({"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "${app.name} on ${cluster.name}"}}),
            ),
            (
                "Reading",
                json!({"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": "${cluster.topic}"}}),
            ),
            (
                "Watching",
                json!({
                    "Type": "AWS::CloudFormation::WaitConditionHandle",
                    "DependsOn": [format!("{service}Service")],
                    "Metadata": {"service": {"Fn::GetAtt": [format!("{service}Service"), "Name"]}},
                }),
            ),
        ];
        if let Some((name, json)) = self.components.first() {
            let export = abilities(json["use"].as_str().expect("a name")).1[0];
            let value = format!("${{{name}.{export}}}");
            kinds.push((
                "Using",
                json!({"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": value}}),
            ));
        }
        for index in &self.drawn.raw {
            let (name, json) = index.get(&kinds);
            raw.insert(name.to_string(), json.clone());
        }
        if !raw.is_empty() {
            document.insert("resources".to_string(), raw.into());
        }
    }
}
