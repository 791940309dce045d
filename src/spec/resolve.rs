//! What follows from elsewhere: what an app gives its services, and what a cluster gives its apps.
//!
//! In: a [`Spec`] as decoded. Out: the same with nothing left open. Checks are in another place, except where a
//! contradiction would leave nothing to go on with.

use std::collections::BTreeMap;

use crate::diag::{Diagnostics, code};
use crate::library::types::{Integer, Mapping, Named, OrOff, Setting, Type, Variable, VariableName};
use crate::source::Span;

use super::build::is_given;
use super::cluster::{Certificate, ClusterDocument, Daemon, Entrance, Nat, everybody};
use super::container::{Capacity, Container, Networking, Picture, Port, SecretSource, Workload};
use super::network::Askers;
use super::service::{Health, Service};
use super::task::{Run, Task};
use super::{Cluster, Spec, routes};

/// Resolves clusters, then apps, then the routes of all of them.
pub fn resolve(spec: &mut Spec, diags: &mut Diagnostics) {
    for cluster in &mut spec.clusters {
        resolve_cluster(&cluster.name.clone(), &mut cluster.document, diags);
    }
    for app in &mut spec.apps {
        let cluster = app.cluster.map(|index| &spec.clusters[index]);
        let document = &mut app.document;
        let shared = Shared {
            image: &document.image,
            environment: &document.environment,
            secrets: &document.secrets,
            cluster,
        };
        for service in &mut document.services.value.entries {
            resolve_service(&mut service.setting.value, &shared, diags);
        }
        for task in &mut document.tasks.value.entries {
            resolve_task(&mut task.setting.value, &shared, diags);
        }
    }
    routes::resolve(spec, diags);
}

/// What services and tasks have from elsewhere.
struct Shared<'a> {
    image: &'a Setting<Option<Picture>>,
    environment: &'a Setting<Mapping<VariableName, Variable>>,
    secrets: &'a Setting<Mapping<VariableName, SecretSource>>,
    cluster: Option<&'a Cluster>,
}

fn resolve_cluster(name: &str, cluster: &mut ClusterDocument, diags: &mut Diagnostics) {
    let span = cluster.cluster.span;
    if cluster.names.sound().is_some_and(Option::is_none) {
        cluster.names.value = Some(OrOff(Some(crate::library::types::Name(name.into()))));
    }
    let instances = cluster.capacity.instances.sound().and_then(Option::as_ref);
    let family = instances.and_then(|instances| Some(instances.image.sound()?.family()));
    let askers = Askers {
        instances: instances.is_some(),
        // The machine image of Bottlerocket has no agent.
        agent: family == Some("al2023") && cluster.logs.agent.sound() == Some(&true),
    };
    let network = &mut cluster.network.value;
    let existing = is_given(&network.existing);
    if let Some(place) = network.existing.key.filter(|_| existing) {
        for (key, given) in [
            ("cidr", network.cidr.key),
            ("zones", network.zones.key),
            ("nat", network.nat.key),
        ] {
            if let Some(given) = given {
                let message = format!("`{key}` and `existing` exclude each other");
                diags
                    .report(code::CONFLICTING_KEYS, given, message)
                    .note(place, "the network exists already")
                    .hint(format!("leave `{key}` out"));
            }
        }
    }
    let closed = network.nat.sound() == Some(&Nat::Nothing) && !existing;
    let place = network.endpoints.span;
    network.endpoints.value.settle(closed, askers, place);
    cut(network, diags);
    let ingress = &mut cluster.ingress.value;
    for (entrance, public) in [(&mut ingress.public, true), (&mut ingress.internal, false)] {
        if let Some(entrance) = &mut entrance.value {
            resolve_entrance(entrance, public, span);
        }
    }
    for daemon in &mut cluster.daemons.value.entries {
        resolve_daemon(&mut daemon.setting.value, diags);
    }
}

/// The smallest network is a /24: an eighth of it is a /27, and a load balancer takes no smaller subnet:
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html>.
const SMALLEST: u8 = 24;
/// The largest that a VPC may be: <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html>.
const LARGEST: u8 = 16;

fn cut(network: &mut super::cluster::Network, diags: &mut Diagnostics) {
    let Some(cidr) = network.cidr.sound().copied() else {
        return;
    };
    if !(LARGEST..=SMALLEST).contains(&cidr.prefix) {
        let large = cidr.prefix < LARGEST;
        let size = if large { "large" } else { "small" };
        let message = format!("`/{}` is too {size} for a network", cidr.prefix);
        let fault = diags.report(code::BAD_CIDR, network.cidr.span, message);
        fault.hint(match large {
            true => format!("write `/{LARGEST}` or smaller: a VPC is no larger"),
            false => format!("write `/{SMALLEST}` or larger: it is cut in eight, and a load balancer needs a `/27`"),
        });
        return;
    }
    network.zones.value.cut(cidr);
}

fn resolve_entrance(entrance: &mut Entrance, public: bool, span: Span) {
    if entrance.certificate.sound().is_some_and(Option::is_none)
        && is_given(&entrance.domain)
        && is_given(&entrance.zone)
    {
        entrance.certificate.value = Some(Certificate::Auto);
    }
    if entrance.allow.sound().is_some_and(Option::is_none) {
        let span = if entrance.allow.key.is_some() {
            entrance.allow.span
        } else {
            span
        };
        entrance.allow.value = Some(match public {
            true => everybody(span),
            false => crate::library::types::List(Vec::new()),
        });
    }
}

fn resolve_daemon(daemon: &mut Daemon, diags: &mut Diagnostics) {
    if is_given(&daemon.capacity) && daemon.seat() != Some(Capacity::Instances) {
        let message = "a daemon runs once on each instance, and Fargate has none";
        let fault = diags.report(code::DAEMON_ON_FARGATE, daemon.capacity.span, message);
        fault.hint("leave `capacity` out; for tasks on Fargate, give each service a sidecar");
    }
    daemon.capacity.value = Some(Capacity::Instances);
    let workload = &mut daemon.workload;
    settle_network(workload, diags);
    // One copy on each instance leaves its port free for it.
    settle_port(&mut daemon.port, workload, true, diags);
}

fn resolve_service(service: &mut Service, shared: &Shared, diags: &mut Diagnostics) {
    resolve_workload(&mut service.workload, shared, diags);
    settle_port(&mut service.port, &service.workload, false, diags);
    let Some(route) = service.route.sound() else { return };
    let Some(health) = service.health.sound() else { return };
    match (route, health) {
        (Some(_), None) => service.health.value = Some(Health::stand_in(service.route.span)),
        (None, Some(_)) => {
            let message = "no load balancer asks about a service without a route";
            let fault = diags.report(code::HEALTH_WITHOUT_ROUTE, service.health.place(), message);
            fault.hint("give it a `route:`, or let ECS ask in the container with `probe:`");
            service.health.value = None;
        }
        _ => {}
    }
}

fn resolve_task(task: &mut Task, shared: &Shared, diags: &mut Diagnostics) {
    resolve_workload(&mut task.workload, shared, diags);
    let (Some(run), Some(schedule)) = (task.run.sound(), task.schedule.sound()) else {
        return;
    };
    match (run, schedule) {
        (None, Some(_)) => task.run.value = Some(Run::Schedule),
        (None, None) => task.run.value = Some(Run::Manual),
        (Some(run), Some(_)) if *run != Run::Schedule => {
            let message = format!("`run: {}` and `schedule` exclude each other", run.word());
            let fault = diags.report(code::CONFLICTING_KEYS, task.schedule.place(), message);
            fault.note(task.run.span, "the other one");
            fault.hint("keep one of the two, or make it two tasks");
        }
        _ => {}
    }
}

fn resolve_workload(workload: &mut Workload, shared: &Shared, diags: &mut Diagnostics) {
    resolve_container(&mut workload.container, shared);
    if let (Some(None), Some(cluster)) = (workload.capacity.sound(), shared.cluster) {
        let capacity = &cluster.capacity;
        workload.capacity.value = match (is_given(&capacity.instances), is_given(&capacity.fargate)) {
            (false, true) => Some(Capacity::Fargate),
            _ => Some(Capacity::Instances),
        };
    }
    settle_network(workload, diags);
    for sidecar in &mut workload.sidecars.value.entries {
        let container = &mut sidecar.setting.value.container;
        if container.image.sound().is_some_and(Option::is_none) {
            container.image = shared.image.clone();
        }
    }
}

/// Gives a container what its app has for all.
fn resolve_container(container: &mut Container, shared: &Shared) {
    if container.image.sound().is_some_and(Option::is_none) {
        container.image = shared.image.clone();
    }
    let (own, own_secrets) = (&container.environment, &container.secrets);
    let mut environment = over(shared.environment, own);
    let mut secrets = over(shared.secrets, own_secrets);
    // What a service says under a name takes the place of what the app says, be it plain or secret.
    let (plain, secret) = (by_name(own), by_name(own_secrets));
    let has = |name: &str| (plain.contains_key(name), secret.contains_key(name));
    environment
        .entries
        .retain(|entry| !entry.setting.value.is_removed() && has(&entry.name) != (false, true));
    secrets.entries.retain(|entry| has(&entry.name) != (true, false));
    container.environment.value = environment;
    container.secrets.value = secrets;
}

fn over<K, T: Clone>(shared: &Setting<Mapping<K, T>>, own: &Setting<Mapping<K, T>>) -> Mapping<K, T> {
    let (shared_names, own_names) = (by_name(shared), by_name(own));
    let mut merged = Mapping::default();
    for entry in &shared.value.entries {
        let over = own_names.get(&**entry.name).copied();
        merged.entries.push(over.unwrap_or(entry).clone());
    }
    let more = own.value.entries.iter();
    let more = more.filter(|entry| !shared_names.contains_key(&**entry.name));
    merged.entries.extend(more.cloned());
    merged
}

/// The entries by their names; a service may have thousands.
fn by_name<K, T>(mapping: &Setting<Mapping<K, T>>) -> BTreeMap<&str, &Named<T>> {
    let entries = mapping.value.entries.iter();
    entries.map(|entry| (&**entry.name, entry)).collect()
}

fn settle_network(workload: &mut Workload, diags: &mut Diagnostics) {
    let fargate = workload.is_on_fargate();
    let Some(chosen) = workload.network.sound().copied() else {
        return;
    };
    workload.network.value = match chosen {
        Some(network) if fargate && network != Networking::Task => {
            let message = format!("Fargate has no `network: {}`", network.word());
            let fault = diags.report(code::FARGATE_NETWORK, workload.network.span, message);
            fault.hint("write `task`: on Fargate each task has a network interface of its own");
            fault.fix("write `task`", workload.network.span, "task");
            Some(Networking::Task)
        }
        Some(network) => Some(network),
        None if workload.seat().is_none() => None,
        None if fargate => Some(Networking::Task),
        None => Some(Networking::Bridge),
    };
}

fn settle_port(port: &mut Setting<Option<Port>>, workload: &Workload, fixed: bool, diags: &mut Diagnostics) {
    let Some(network) = workload.networking() else { return };
    let Some(port) = port.value.as_mut() else { return };
    let (Some(container), Some(host)) = (port.container.sound().copied(), port.host.sound().copied()) else {
        return;
    };
    let same = network != Networking::Bridge;
    port.host.value = match host {
        Some(host) if same && host.0 != container.0 => {
            let message = format!("under `network: {}` both ports are the same", network.word());
            let fault = diags.report(code::PORTS_DIFFER, port.host.span, message);
            fault.note(port.container.span, "the container's");
            fault.hint(format!("leave `host` out, or write `{}`", container.0));
            fault.suggest(
                format!("write `{}`", container.0),
                port.host.span,
                container.0.to_string(),
            );
            Some(Integer(container.0))
        }
        Some(host) => Some(host),
        None if same || fixed => Some(Integer(container.0)),
        None => Some(Integer(0)),
    };
}
