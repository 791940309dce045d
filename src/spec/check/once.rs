//! What there is only once: repositories and namespaces of an account in a region, records of a zone.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::{Diagnostics, code};
use crate::library::types::Setting;
use crate::source::{Span, Spanned};
use crate::spec::{App, Cluster, Side, Spec};

pub(super) fn check(spec: &Spec, diags: &mut Diagnostics) {
    check_repositories(spec, diags);
    check_namespaces(spec, diags);
    check_records(spec, diags);
}

/// Whether the spec says that two clusters are in different regions or accounts.
fn apart(one: &Cluster, other: &Cluster) -> bool {
    fn differ<T>(one: &Setting<Option<T>>, other: &Setting<Option<T>>, text: fn(&T) -> &str) -> bool {
        let given = |setting: &Setting<Option<T>>| {
            let value = setting.sound().and_then(Option::as_ref);
            value.map(|value| text(value).to_string())
        };
        given(one).zip(given(other)).is_some_and(|(one, other)| one != other)
    }
    differ(&one.region, &other.region, |region| &region.0) || differ(&one.account, &other.account, |account| &account.0)
}

/// Each app makes the repositories of its images:
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html>, `RepositoryAlreadyExistsException`.
fn check_repositories(spec: &Spec, diags: &mut Diagnostics) {
    let mut made: Vec<(&App, &Cluster, Spanned<_>)> = Vec::new();
    for app in &spec.apps {
        let Some(cluster) = spec.cluster_of(app) else { continue };
        for repository in app.repositories() {
            let same = |(other, on, there): &&(&App, &Cluster, Spanned<_>)| {
                other.name != app.name && there.value == repository.value && !apart(on, cluster)
            };
            if let Some((other, _, there)) = made.iter().find(same) {
                let message = format!(
                    "app `{}` makes the repository `{}` already",
                    other.name, repository.value
                );
                let fault = diags.report(code::REPOSITORY_COLLISION, repository.span, message);
                fault.note(there.span, "here");
                fault.hint("give each app a repository of its own, or make one app of the two");
            }
            made.push((app, cluster, repository));
        }
    }
}

/// <https://docs.aws.amazon.com/cloud-map/latest/api/API_CreateHttpNamespace.html>, `NamespaceAlreadyExists`.
fn check_namespaces(spec: &Spec, diags: &mut Diagnostics) {
    let named = |cluster: &Cluster| {
        let names = cluster.names.sound()?.as_ref()?;
        names.0.as_ref().map(|name| name.0.clone())
    };
    for (index, cluster) in spec.clusters.iter().enumerate() {
        let Some(name) = named(cluster) else { continue };
        let same = |other: &&Cluster| {
            let both_foreign = cluster.foreign && other.foreign;
            other.name != cluster.name
                && !both_foreign
                && named(other).as_ref() == Some(&name)
                && !apart(other, cluster)
        };
        let Some(other) = spec.clusters[..index].iter().find(same) else {
            continue;
        };
        // One of the two at least was not named after its cluster.
        let chosen = cluster.names.is_given() && !cluster.foreign;
        let (blamed, other) = if chosen { (cluster, other) } else { (other, cluster) };
        let message = format!("the namespace `{name}` is that of cluster `{}` too", other.name);
        let fault = diags.report(code::NAMESPACE_COLLISION, place(blamed), message);
        fault.note(place(other), "here");
        fault.hint("leave `names` out, or tell the two apart by `account:` or `region:`");
    }
}

/// A zone has one record of a name and type, and a second stack that makes it fails: "it already exists"
/// (<https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html>). A zone's ID is its own in
/// all accounts and regions.
fn check_records(spec: &Spec, diags: &mut Diagnostics) {
    let mut made: BTreeMap<(String, Arc<str>), (&Cluster, Span)> = BTreeMap::new();
    for app in &spec.apps {
        let Some(cluster) = spec.cluster_of(app) else { continue };
        let services = app.services.value.sound();
        let routes = services.filter_map(|(_, service)| service.route.sound()?.as_ref());
        for rule in routes.flat_map(|routes| &routes.0) {
            let host = rule.value.route.host.clone().filter(|_| rule.value.record);
            let Some(((zone, place), host)) = rule.value.ingress.and_then(|side| zone(cluster, side.value)).zip(host)
            else {
                continue;
            };
            let Some((other, there)) = made.get(&(zone.clone(), host.clone())) else {
                made.insert((zone, host), (cluster, place));
                continue;
            };
            if other.name == cluster.name {
                continue;
            }
            let message = format!(
                "cluster `{}` makes the record `{host}` in the same zone already",
                other.name
            );
            let fault = diags.report(code::RECORD_COLLISION, rule.span, message);
            fault.note(*there, format!("the zone of `{}`", other.name));
            fault.note(place, format!("the zone of `{}`", cluster.name));
            fault.hint("give each cluster hosts of its own under `clusters:`, or a zone of its own");
        }
    }
}

/// The zone in which a load balancer has its records.
fn zone(cluster: &Cluster, side: Side) -> Option<(String, Span)> {
    let ingress = cluster.ingress.sound()?;
    let entrance = match side {
        Side::Public => ingress.public.sound()?.as_ref()?,
        Side::Internal => ingress.internal.sound()?.as_ref()?,
    };
    let zone = entrance.zone.sound()?.as_ref()?;
    Some((zone.0.to_string(), entrance.zone.span))
}

fn place(cluster: &Cluster) -> Span {
    if cluster.names.is_given() {
        cluster.names.span
    } else {
        cluster.span
    }
}
