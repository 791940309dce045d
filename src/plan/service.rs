//! The services of a stack, with all that the watcher wants to know of them. In: resources and what the user wrote. Out:
//! [`Service`]s.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::graph::{Graph, Resource};
use crate::library::{Data, Target, Value};
use crate::rollout::Percents;
use crate::source::{Sources, Span};
use crate::spec::{Count, Health, Service as Declared, Spec, Workload};
use crate::template::{Place, Template};

/// A service that a stack deploys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// The stack.
    pub stack: String,
    /// The logical ID of the service.
    pub logical: String,
    /// The logical ID of its task definition, if it is in the same stack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_definition: Option<String>,
    /// The logical IDs of its target groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub target_groups: Vec<String>,
    /// Its name in the spec; with its stack before it where another of the plan has the same.
    pub name: String,
    /// The user's line.
    pub place: Place,
    /// Where the keys are that causes point at, such as `memory` or `health`; a key that was left out is not there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<String, Place>,
    /// How the load balancer asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
    /// The most its containers may use, in MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<i64>,
    /// How long requests under way may finish, in seconds; of a service behind a load balancer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drain: Option<i64>,
    /// Whether there is one copy for each instance.
    #[serde(default)]
    pub daemon: bool,
    /// Between which bounds a rollout goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percents: Option<Percents>,
}

impl Service {
    /// Its name in the spec, without its stack before it.
    pub fn own_name(&self) -> &str {
        let rest = self.name.strip_prefix(self.stack.as_str());
        rest.and_then(|rest| rest.strip_prefix('/')).unwrap_or(&self.name)
    }
}

/// How a load balancer asks whether a copy is healthy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The path.
    pub path: String,
    /// The status codes that count as healthy.
    pub codes: String,
    /// Seconds between two questions.
    pub interval: i64,
    /// How many failures make a copy unhealthy.
    pub fails: i64,
    /// For how many seconds a new copy is not judged.
    pub grace: i64,
}

/// The services of a template.
pub(super) fn of(spec: &Spec, graph: &Graph, template: &Template, sources: &Sources) -> Vec<Service> {
    let stack = graph.stacks.iter().find(|stack| stack.name == template.stack);
    let resources = stack.into_iter().flat_map(|stack| &stack.resources);
    let services = resources.filter(|resource| *resource.kind.value == *"AWS::ECS::Service");
    services
        .map(|resource| service(spec, resource, template, sources))
        .collect()
}

fn service(spec: &Spec, resource: &Resource, template: &Template, sources: &Sources) -> Service {
    let properties = &resource.properties;
    let balancers = properties.get("LoadBalancers").map(|balancers| &balancers.data);
    let groups = match balancers {
        Some(Data::List(balancers)) => balancers
            .iter()
            .filter_map(|one| logical(one.get("TargetGroupArn")?))
            .collect(),
        _ => Vec::new(),
    };
    let strategy = properties.get("SchedulingStrategy").and_then(Value::as_text);
    let mut service = Service {
        stack: template.stack.clone(),
        logical: resource.id.to_string(),
        task_definition: properties.get("TaskDefinition").and_then(logical),
        target_groups: groups,
        // A raw resource has no other name.
        name: resource.id.to_string(),
        place: Place::of(resource.origin.user, sources),
        daemon: strategy == Some("DAEMON"),
        percents: percents(properties.get("DeploymentConfiguration")),
        ..Service::default()
    };
    let declared = spec.apps.iter().flat_map(|app| app.services.value.sound());
    if let Some((name, declared)) = declared.into_iter().find(|(name, _)| name.span == resource.origin.user) {
        service.name = name.value.to_string();
        describe(&mut service, declared, sources);
    }
    let daemons = spec.clusters.iter().flat_map(|cluster| cluster.daemons.value.sound());
    if let Some((name, daemon)) = daemons.into_iter().find(|(name, _)| name.span == resource.origin.user) {
        service.name = name.value.to_string();
        describe_workload(&mut service, &daemon.workload, sources);
    }
    service
}

/// The bounds of a rollout, where they are numbers.
fn percents(configuration: Option<&Value>) -> Option<Percents> {
    let percent = |name: &str| configuration?.get(name)?.as_integer();
    Some(Percents {
        healthy: percent("MinimumHealthyPercent")?,
        surge: percent("MaximumPercent")?,
    })
}

/// The logical ID of what a value refers to.
fn logical(value: &Value) -> Option<String> {
    match &value.data {
        Data::Reference(reference) => match &reference.target {
            Target::Resource(_, id) => Some(id.to_string()),
            _ => None,
        },
        _ => None,
    }
}

fn describe(service: &mut Service, declared: &Declared, sources: &Sources) {
    describe_workload(service, &declared.workload, sources);
    let health = declared.health.sound().and_then(Option::as_ref);
    let least = match declared.count.sound() {
        Some(Count::Range(range)) => range.min.key,
        _ => None,
    };
    service.keys.extend(places(
        [
            ("port", declared.port.key),
            ("count", least.or(declared.count.key)),
            ("route", declared.route.key),
            ("health", declared.health.key),
            ("health.path", health.and_then(|health| health.path.key)),
            ("health.boot", health.and_then(|health| health.boot.key)),
            ("rollout", declared.rollout.key),
        ],
        sources,
    ));
    service.check = health.and_then(check);
    let drain = declared.rollout.sound().and_then(|rollout| rollout.drain.sound());
    service.drain = drain.map(|drain| drain.0).filter(|_| !service.target_groups.is_empty());
}

fn check(health: &Health) -> Option<Check> {
    let plain = |value: Value| {
        let text = value.as_text().map(str::to_string);
        text.or(value.as_integer().map(|code| code.to_string()))
    };
    Some(Check {
        path: plain(health.path.value())?,
        codes: plain(health.codes.value())?,
        interval: health.interval.sound()?.0,
        fails: health.fails.sound()?.0,
        grace: health.grace()?,
    })
}

fn describe_workload(service: &mut Service, workload: &Workload, sources: &Sources) {
    service.keys.extend(places(
        [
            ("image", workload.image.key),
            ("command", workload.command.key),
            ("probe", workload.probe.key),
            ("environment", workload.environment.key),
            ("secrets", workload.secrets.key),
            ("cpu", workload.cpu.key),
            ("memory", workload.memory.key),
            ("network", workload.network.key),
            ("stop", workload.stop.key),
            ("place", workload.place.key),
            ("capacity", workload.capacity.key),
        ],
        sources,
    ));
    let memory = workload.memory.sound();
    let limit = memory.and_then(|memory| memory.limit.sound()?.as_ref());
    service.memory = limit.map(|limit| limit.0);
}

/// Where keys are, of those that were written.
pub(super) fn places<const N: usize>(
    keys: [(&'static str, Option<Span>); N],
    sources: &Sources,
) -> impl Iterator<Item = (String, Place)> {
    let written = keys.into_iter().filter_map(|(key, span)| Some((key, span?)));
    written.map(|(key, span)| (key.to_string(), Place::of(span, sources)))
}
