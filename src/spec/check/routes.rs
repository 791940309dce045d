//! Routes: what a service's target group can take, and how many a load balancer has.

use std::collections::BTreeMap;

use crate::catalog::quotas::LISTENER_RULES;
use crate::diag::{Diagnostics, code};
use crate::source::{Span, Spanned};
use crate::spec::{Protocol, Service, Side, Spec};

use super::Running;

pub(super) fn check(running: &Running, diags: &mut Diagnostics) {
    if let Some(service) = running.service {
        check_protocol(&running.name.value, service, diags);
        check_sides(&running.name.value, service, diags);
    }
}

/// Each route is a rule of its listener, and all apps of a cluster share the load balancer. The quota can be raised, so that this
/// is no certain refusal.
pub(super) fn check_number(spec: &Spec, diags: &mut Diagnostics) {
    let mut routes: BTreeMap<(usize, &str), Vec<Span>> = BTreeMap::new();
    for app in &spec.apps {
        let Some(cluster) = app.cluster else { continue };
        let rules = app
            .services
            .value
            .sound()
            .filter_map(|(_, service)| service.route.sound()?.as_ref());
        for rule in rules.flat_map(|rules| &rules.0) {
            if let Some(side) = rule.value.ingress {
                routes.entry((cluster, side.value.word())).or_default().push(rule.span);
            }
        }
    }
    let most = LISTENER_RULES.most as usize;
    for ((cluster, side), routes) in routes {
        let Some(beyond) = routes.get(most) else { continue };
        let name = &spec.clusters[cluster].name;
        let count = routes.len();
        let message = format!("the {side} load balancer of `{name}` would have {count} rules, and its quota is {most}");
        let fault = diags.report(code::TOO_MANY_ROUTES, *beyond, message);
        fault.label(format!("the {}st", most + 1));
        fault.hint(
            "ask AWS for more (Service Quotas, `Rules per Application Load Balancer`), or join routes of one service",
        );
    }
}

/// An application load balancer speaks HTTP and HTTPS with its targets:
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html>.
fn check_protocol(name: &str, service: &Service, diags: &mut Diagnostics) {
    let (Some(Some(_)), Some(Some(port))) = (service.route.sound(), service.port.sound()) else {
        return;
    };
    if port.protocol.sound() != Some(&Protocol::Udp) {
        return;
    }
    let message = format!("`{name}` listens on UDP, and a route brings HTTP");
    let fault = diags.report(code::ROUTE_TO_UDP, port.protocol.span, message);
    fault.note(service.route.place(), "this route");
    fault.hint("leave `protocol` out if the program speaks HTTP at this port, else take the route out");
    fault.suggest("write `tcp`", port.protocol.span, "tcp");
}

/// "Load balancers per target group: 1", and a service has one target group:
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html>.
fn check_sides(name: &str, service: &Service, diags: &mut Diagnostics) {
    let Some(Some(rules)) = service.route.sound() else {
        return;
    };
    let sides: Vec<Spanned<Side>> = rules.0.iter().filter_map(|rule| rule.value.ingress).collect();
    let Some((first, rest)) = sides.split_first() else {
        return;
    };
    let Some(other) = rest.iter().find(|side| side.value != first.value) else {
        return;
    };
    let message = format!("`{name}` is routed from both load balancers, and its target group can belong to only one");
    let fault = diags.report(code::ROUTES_ON_BOTH, other.span, message);
    fault.label(format!("on the {} one", other.value.word()));
    fault.note(first.span, format!("on the {} one", first.value.word()));
    fault.hint("make it two services of the same image, each with the routes of one load balancer");
}
