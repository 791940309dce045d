//! Rules of listeners: on which load balancer, and with which priority.
//!
//! In: a [`Spec`] with its clusters resolved. Out: each rule's side, priority and record. A priority follows from the
//! rule alone, so that it stays when apps come and go; AWS evaluates the lowest first, so the more specific are lower.

use std::collections::BTreeMap;

use crate::diag::{Diagnostics, code};
use crate::library::types::Route;
use crate::source::{Span, Spanned};

use super::cluster::{Certificate, Entrance};
use super::service::{Rule, Side};
use super::{Cluster, Spec};

/// How many priorities a band has, and how many classes of paths a kind of host has.
const BAND: i64 = 2000;
const PATHS: i64 = 8;

/// A listener: a cluster and one of its sides.
type Listener = (usize, Side);

struct Found<'a> {
    rule: &'a mut Rule,
    span: Span,
    service: String,
}

/// Settles the rules of all services.
pub fn resolve(spec: &mut Spec, diags: &mut Diagnostics) {
    let Spec { clusters, apps, .. } = spec;
    let mut listeners: BTreeMap<Listener, Vec<Found>> = BTreeMap::new();
    for app in apps {
        let Some(index) = app.cluster else { continue };
        let cluster = &clusters[index];
        for service in &mut app.document.services.value.entries {
            let name = service.name.value.clone();
            let Some(rules) = &mut service.setting.value.route.value else {
                continue;
            };
            for rule in &mut rules.0 {
                let span = rule.span;
                settle_side(&mut rule.value, span, cluster, diags);
                let Some(side) = rule.value.ingress else { continue };
                listeners.entry((index, side.value)).or_default().push(Found {
                    rule: &mut rule.value,
                    span,
                    service: format!("{}.{name}", app.name),
                });
            }
        }
    }
    for rules in listeners.values_mut() {
        report_same(rules, diags);
        settle_priorities(rules, diags);
        report_shadowed(rules, diags);
        settle_records(rules);
    }
}

fn settle_side(rule: &mut Rule, span: Span, cluster: &Cluster, diags: &mut Diagnostics) {
    let ingress = &cluster.ingress;
    let (Some(public), Some(internal)) = (ingress.public.sound(), ingress.internal.sound()) else {
        return;
    };
    let sides = [(Side::Public, public), (Side::Internal, internal)];
    let there = sides
        .iter()
        .filter_map(|(side, entrance)| Some((*side, entrance.as_ref()?)));
    let there: Vec<(Side, &Entrance)> = there.collect();
    if let Some(wanted) = rule.ingress {
        if there.iter().all(|(side, _)| *side != wanted.value) {
            let message = format!("cluster `{}` has no {} load balancer", cluster.name, wanted.word());
            diags
                .report(code::ROUTE_WITHOUT_INGRESS, wanted.span, message)
                .hint(format!("add `ingress: {{{}: {{}}}}` to the cluster", wanted.word()))
                .note(cluster.span, "the cluster");
            rule.ingress = None;
        }
    } else {
        let reach = |entrance: &Entrance| {
            let host = rule.route.host.as_deref()?;
            let domain = entrance.domain.sound()?.as_ref()?;
            let inside = host
                .strip_suffix(&*domain.0)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
            inside.then_some(domain.0.len())
        };
        let nearest = there
            .iter()
            .filter_map(|(side, entrance)| Some((reach(entrance)?, *side)))
            .max_by_key(|(length, _)| *length);
        let both = |length| {
            there
                .iter()
                .filter(|(_, entrance)| reach(entrance) == Some(length))
                .count()
                > 1
        };
        let side = match (nearest, &there[..]) {
            (_, []) => {
                let message = format!("cluster `{}` has no load balancer", cluster.name);
                diags
                    .report(code::ROUTE_WITHOUT_INGRESS, span, message)
                    .label("this route needs one")
                    .hint("add `ingress: {public: {}}` to the cluster")
                    .note(cluster.span, "the cluster");
                return;
            }
            (_, [(side, _)]) => *side,
            (Some((length, side)), _) if !both(length) => side,
            _ => {
                let route = rule.route.show();
                let message = format!("`{route}` may be meant for the public or the internal load balancer");
                let fault = diags.report(code::AMBIGUOUS_INGRESS, span, message);
                if rule.long {
                    fault.hint("add `ingress: public` or `ingress: internal`");
                    return;
                }
                let texts = [Side::Public, Side::Internal]
                    .map(|side| long_form(&rule.route, &format!("ingress: {}", side.word())));
                fault.hint(format!("write `{}`, or `ingress: internal`", texts[0]));
                for text in texts {
                    fault.suggest(format!("write `{text}`"), span, text);
                }
                return;
            }
        };
        rule.ingress = Some(Spanned::new(side, span));
    }
    let entrance = rule
        .ingress
        .and_then(|side| there.iter().find(|(other, _)| *other == side.value));
    if let Some((_, entrance)) = entrance {
        report_outside(&rule.route, span, entrance, diags);
    }
}

/// A certificate that is made covers its domain and one label under it.
fn report_outside(route: &Route, span: Span, entrance: &Entrance, diags: &mut Diagnostics) {
    let (Some(host), Some(Some(domain))) = (&route.host, entrance.domain.sound()) else {
        return;
    };
    if !matches!(entrance.certificate.sound(), Some(Some(Certificate::Auto))) {
        return;
    }
    let under = host.strip_suffix(&*domain.0).map(|rest| rest.trim_end_matches('.'));
    let covered = under.is_some_and(|label| {
        !label.contains('.') && (label.is_empty() || host.len() == label.len() + 1 + domain.0.len())
    });
    if !covered {
        let message = format!("the certificate of `{0}` and `*.{0}` does not cover `{host}`", domain.0);
        let fault = diags.report(code::HOST_OUTSIDE_DOMAIN, span, message);
        fault.label("this host is not covered");
        fault.note(entrance.domain.span, "the load balancer's domain");
        fault.hint("browsers will refuse it; use a host under the domain, or give `certificate:` the ARN of one that covers it");
    }
}

fn report_same(rules: &mut Vec<Found>, diags: &mut Diagnostics) {
    let mut seen: Vec<(Route, Span, String)> = Vec::new();
    rules.retain(|found| {
        let same = seen.iter().find(|(route, ..)| *route == found.rule.route);
        if let Some((route, first, service)) = same {
            let message = format!("`{}` already goes to `{service}`", route.show());
            diags
                .report(code::DUPLICATE_ROUTE, found.span, message)
                .note(*first, "the other one")
                .hint("give one of the two a path or host of its own, or take it out");
            return false;
        }
        seen.push((found.rule.route.clone(), found.span, found.service.clone()));
        true
    });
}

/// Where a rule would stand if nothing else did.
fn natural(route: &Route) -> i64 {
    let host = match route.host.as_deref() {
        Some(host) if !host.starts_with('*') => 0,
        Some(_) => 1,
        None => 2,
    };
    let segments = route
        .path
        .as_deref()
        .map_or(0, |path| path.split('/').skip(1).count() as i64);
    let band = host * PATHS + (PATHS - 1 - segments.min(PATHS - 1));
    let hash = hash(&route.show()) % BAND as u64;
    band * BAND + hash as i64 + 1
}

/// FNV-1a, because it must never change: <http://www.isthe.com/chongo/tech/comp/fnv/>.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn settle_priorities(rules: &mut [Found], diags: &mut Diagnostics) {
    let mut taken: BTreeMap<i64, Span> = BTreeMap::new();
    for found in rules.iter_mut() {
        let Some(wanted) = found.rule.wanted else { continue };
        match taken.get(&wanted.value) {
            Some(first) => {
                let message = format!("priority {} is taken", wanted.value);
                diags
                    .report(code::DUPLICATE_PRIORITY, wanted.span, message)
                    .note(*first, "by this one")
                    .hint("choose another, or leave it out: the more specific routes come first then");
            }
            None => {
                taken.insert(wanted.value, wanted.span);
            }
        }
        found.rule.priority = Some(wanted.value);
    }
    let mut open: Vec<&mut Found> = rules.iter_mut().filter(|found| found.rule.wanted.is_none()).collect();
    open.sort_by(|a, b| (natural(&a.rule.route), &a.rule.route).cmp(&(natural(&b.rule.route), &b.rule.route)));
    for found in open {
        let wish = natural(&found.rule.route);
        let mut priority = wish;
        while taken.contains_key(&priority) {
            priority += 1;
        }
        if priority != wish {
            report_clash(found, priority, taken[&wish], diags);
        }
        taken.insert(priority, found.span);
        found.rule.priority = Some(priority);
    }
}

fn report_clash(found: &Found, priority: i64, other: Span, diags: &mut Diagnostics) {
    let route = &found.rule.route;
    let message = format!("`{}` and another route come to the same priority", route.show());
    let fault = diags.report(code::PRIORITY_CLASH, found.span, message);
    fault.note(other, "the other one");
    fault.hint(format!(
        "pin it with `priority: {priority}`, so that it stays when the other goes"
    ));
    if !found.rule.long {
        let text = long_form(route, &format!("priority: {priority}"));
        fault.fix(format!("pin it at {priority}"), found.span, text);
    }
}

/// A route as a mapping with one more entry.
fn long_form(route: &Route, entry: &str) -> String {
    let part = |key: &str, value: &Option<std::sync::Arc<str>>| match value {
        Some(value) => format!("{key}: \"{value}\", "),
        None => String::new(),
    };
    format!("{{{}{}{entry}}}", part("host", &route.host), part("path", &route.path))
}

fn report_shadowed(rules: &[Found], diags: &mut Diagnostics) {
    for found in rules {
        let before = |other: &&Found| other.rule.priority < found.rule.priority;
        let covers = |other: &&Found| other.rule.route.covers(&found.rule.route);
        if let Some(other) = rules.iter().filter(before).find(covers) {
            let message = format!("`{}` is never reached", found.rule.route.show());
            let fault = diags.report(code::SHADOWED_ROUTE, found.span, message);
            fault.note(
                other.span,
                format!("`{}` comes first and takes its requests", other.rule.route.show()),
            );
            fault.hint("give it a lower `priority` than the other one");
        }
    }
}

/// A host with `*` for its first label has a record too:
/// <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html>.
fn settle_records(rules: &mut [Found]) {
    let mut seen: Vec<std::sync::Arc<str>> = Vec::new();
    for found in rules {
        let Some(host) = found.rule.route.host.clone() else {
            continue;
        };
        found.rule.record = !seen.contains(&host);
        seen.push(host);
    }
}
