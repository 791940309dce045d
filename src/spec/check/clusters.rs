//! A cluster's network, instances and load balancers.

use crate::catalog;
use crate::diag::{Diagnostics, code, nearest};
use crate::library::types::listed;
use crate::source::Span;
use crate::spec::cluster::{Certificate, Entrance, Instances};
use crate::spec::{Cluster, Spec};

pub(super) fn check(spec: &Spec, diags: &mut Diagnostics) {
    for cluster in &spec.clusters {
        if let Some(Some(instances)) = cluster.capacity.instances.sound() {
            check_instances(instances, diags);
        }
        check_network(cluster, diags);
        let ingress = &cluster.ingress;
        for (side, setting) in [("public", &ingress.public), ("internal", &ingress.internal)] {
            if let Some(Some(entrance)) = setting.sound() {
                check_entrance(side, entrance, diags);
                check_allow(cluster, side, setting.place(), entrance, diags);
            }
        }
    }
}

fn check_instances(instances: &Instances, diags: &mut Diagnostics) {
    let count = &instances.count;
    if let (Some(min), Some(max)) = (count.min.sound(), count.max.sound())
        && min.0 > max.0
    {
        let message = format!("the fewest, {}, are more than the most, {}", min.0, max.0);
        let place = if count.max.is_given() {
            &count.max.span
        } else {
            &count.min.span
        };
        let fault = diags.report(code::REVERSED_RANGE, *place, message);
        fault.hint("raise the most or lower the fewest");
    }
    let Some(types) = instances.r#type.sound() else { return };
    let mut first: Option<(catalog::Architecture, Span, String)> = None;
    for name in &types.0 {
        let Some(found) = catalog::instance(&name.0) else {
            let fault = diags.report(
                code::UNKNOWN_INSTANCE_TYPE,
                name.span,
                format!("there is no instance type `{}`", name.0),
            );
            let near = near_types(&name.0);
            for other in &near {
                fault.did_you_mean(other, name.span);
            }
            if near.len() > 1 {
                fault.hint(format!("did you mean {}?", listed(&near)));
            }
            continue;
        };
        match &first {
            Some((architecture, place, other)) if *architecture != found.architecture => {
                let message = format!(
                    "`{}` is {}, `{other}` is {}",
                    name.0,
                    found.architecture.name(),
                    architecture.name()
                );
                diags
                    .report(code::MIXED_ARCHITECTURES, name.span, message)
                    .note(*place, "the first one")
                    .hint("one image must run on all of them: choose types of one architecture");
            }
            Some(_) => {}
            None => first = Some((found.architecture, name.span, name.0.to_string())),
        }
    }
}

/// The types that are as near as any: of the same size, alike from the beginning, with the fewest slips between.
fn near_types(name: &str) -> Vec<&'static str> {
    let common = |other: &str| {
        let pairs = name.bytes().zip(other.bytes());
        pairs.take_while(|(own, other)| own == other).count()
    };
    let size = |text: &str| text.split_once('.').map(|(_, size)| size.to_string());
    let near = catalog::instance_names().filter(|other| nearest(name, [*other]).is_some());
    let scored = near.map(|other| {
        let slips = strsim::osa_distance(name, other);
        (
            (size(other) == size(name), common(other), std::cmp::Reverse(slips)),
            other,
        )
    });
    let scored: Vec<_> = scored.collect();
    let best = scored.iter().map(|(score, _)| *score).max();
    let ties = scored.iter().filter(|(score, _)| Some(*score) == best);
    ties.map(|(_, other)| *other).collect()
}

fn check_network(cluster: &Cluster, diags: &mut Diagnostics) {
    let network = &cluster.network;
    let Some(Some(existing)) = network.existing.sound() else {
        return;
    };
    for (list, side, entrance) in [
        (
            existing.public.sound().map(|list| &list.0),
            "public",
            &cluster.ingress.public,
        ),
        (
            existing.private.sound().map(|list| &list.0),
            "private",
            &cluster.ingress.internal,
        ),
    ] {
        let Some(list) = list else { continue };
        for (index, subnet) in list.iter().enumerate() {
            if let Some(first) = list[..index].iter().find(|other| other.value == subnet.value) {
                let message = format!("`{}` is named twice", subnet.value.0);
                diags
                    .report(code::DUPLICATE_SUBNET, subnet.span, message)
                    .note(first.span, "first here")
                    .hint("name one of another zone");
            }
        }
        if entrance.sound().is_some_and(Option::is_some) && list.len() < 2 {
            let what = if side == "public" { "public" } else { "internal" };
            let message = format!("the {what} load balancer needs {side} subnets in two zones");
            let fault = diags.report(code::TOO_FEW_SUBNETS, network.existing.place(), message);
            fault.note(entrance.place(), "this load balancer");
            fault.hint(format!("name two or more under `{side}:`, each of another zone"));
        }
    }
}

fn check_entrance(side: &str, entrance: &Entrance, diags: &mut Diagnostics) {
    let (Some(domain), Some(zone)) = (entrance.domain.sound(), entrance.zone.sound()) else {
        return;
    };
    let Some(certificate) = entrance.certificate.sound() else {
        return;
    };
    let (place, wanted) = match (domain, certificate) {
        (_, Some(Certificate::Auto)) => (entrance.certificate.place(), true),
        (Some(_), None) => (entrance.domain.place(), true),
        _ => return,
    };
    if wanted && (domain.is_none() || zone.is_none()) {
        let lacks = if domain.is_none() { "`domain`" } else { "`zone`" };
        let message = format!("a certificate cannot be made for the {side} load balancer without {lacks}");
        diags.report(code::CERTIFICATE_WITHOUT_ZONE, place, message).hint(
            "give the domain and its hosted zone, in which the certificate is confirmed, or the ARN of a certificate of your own",
        );
    }
}

/// Without `allow` the stdlib lets in the network's range, which of an existing network is not known here; a security
/// group without a rule lets nobody in: <https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>.
fn check_allow(cluster: &Cluster, side: &str, place: Span, entrance: &Entrance, diags: &mut Diagnostics) {
    let existing = &cluster.network.existing;
    let allow = entrance.allow.sound().and_then(Option::as_ref);
    let nobody = allow.is_some_and(|allow| allow.0.is_empty());
    // What another project deployed may let in more than its file says.
    if !nobody || cluster.foreign || !existing.sound().is_some_and(Option::is_some) {
        return;
    }
    let message = format!("the {side} load balancer lets nobody in");
    let place = entrance.allow.key.unwrap_or(place);
    let fault = diags.report(code::INGRESS_FOR_NOBODY, place, message);
    fault.note(existing.place(), "of this network the range is not known");
    fault.hint("name the ranges that may connect, such as `allow: [10.0.0.0/8]`");
}
