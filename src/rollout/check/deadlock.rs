//! Percentages whose rounding leaves a rollout no way to move, and rollouts that stop the only copy.

use std::sync::Arc;

use crate::diag::{Diagnostics, code};
use crate::rollout::bounds::{Percents, least_surge, most_healthy};
use crate::source::Spanned;
use crate::spec::{Capacity, Service};

use super::fleet::Fleet;
use super::{Tenant, copies, counts, percents, rests, room};

pub(super) fn check(tenant: &Tenant, service: &Service, fleet: Option<&Fleet>, diags: &mut Diagnostics) {
    let (Some((least, most)), Some(percents), Some(rests)) = (counts(service), percents(service), rests(service))
    else {
        return;
    };
    let first = least.max(1);
    if first > most || !percents.is_stuck(first) {
        // What moves with few copies moves with more.
        check_outage(tenant.name, service, percents, diags);
        return;
    }
    let rollout = &service.rollout;
    let place = match rollout.surge.is_given() {
        true => &rollout.surge.span,
        false => &rollout.healthy.span,
    };
    let last = (first..=most).take_while(|count| percents.is_stuck(*count)).last();
    let last = last.expect("the first one is stuck");
    // Where it rests, a rollout is sure to find it one day; what it only passes through, perhaps never.
    let rest = rests.into_iter().filter(|count| percents.is_stuck(*count)).min();
    let code = match rest {
        Some(_) => code::PERCENT_DEADLOCK,
        None => code::SCALING_DEADLOCK,
    };
    let message = match last {
        _ if last == most => format!(
            "with {} this rollout can never start one and never stop one",
            copies(first)
        ),
        _ => {
            let range = match last - first {
                0 => copies(first),
                _ => format!("{first} to {last} copies"),
            };
            format!("while it has {range}, this rollout can never start one and never stop one")
        }
    };
    let fault = diags.report(code, *place, message);
    let (surge, healthy) = (percents.surge, percents.healthy);
    let upper = format!("{}, rounded down", percents.upper(first));
    let lower = format!("{}, rounded up", percents.lower(first));
    fault.label(match rollout.surge.is_given() {
        true => format!("{surge}% of {first} is {upper}; `healthy: {healthy}%` is {lower}"),
        false => format!("{healthy}% of {first} is {lower}; `surge: {surge}%` is {upper}"),
    });
    if service.count.is_given() {
        fault.note(
            service.count.span,
            match rest.filter(|_| last < most) {
                Some(rest) => format!("it has {} whenever little is asked of it", copies(rest)),
                None => "how many copies".to_string(),
            },
        );
    }
    let (surge, healthy) = (least_surge(first), most_healthy(first));
    let or_more = if surge < 200 { " or more" } else { "" };
    let or_less = if healthy > 0 { " or less" } else { "" };
    let lower = format!("`healthy: {healthy}%`{or_less}");
    if !is_room(last + 1, tenant, service, fleet) {
        fault.hint(format!("write {lower}: there is no room for one copy more"));
        if rollout.healthy.is_given() {
            fault.suggest(
                format!("write `{healthy}%`"),
                rollout.healthy.span,
                format!("{healthy}%"),
            );
        }
        return;
    }
    fault.hint(format!("write `surge: {surge}%`{or_more}, or {lower}"));
    // More room changes nothing that the user can have wanted to keep: with what is written, nothing happens at all.
    fault.fix(format!("write `{surge}%`"), rollout.surge.span, format!("{surge}%"));
}

/// Whether the instances have room for so many copies, as far as that is known.
fn is_room(copies: i64, tenant: &Tenant, service: &Service, fleet: Option<&Fleet>) -> bool {
    let Some(fleet) = fleet.filter(|_| service.seat() == Some(Capacity::Instances)) else {
        return true;
    };
    room::sure(fleet, tenant, service).is_none_or(|room| room >= copies)
}

fn check_outage(name: &Spanned<Arc<str>>, service: &Service, percents: Percents, diags: &mut Diagnostics) {
    if counts(service) != Some((1, 1)) || percents.lower(1) > 0 || !service.rollout.healthy.is_given() {
        return;
    }
    let message = match percents.upper(1) {
        1 => format!("the only copy of `{}` stops before the new one starts", name.value),
        _ => format!(
            "the only copy of `{}` may stop before the new one is healthy",
            name.value
        ),
    };
    let fault = diags.report(code::SINGLE_COPY_OUTAGE, service.rollout.healthy.span, message);
    fault.hint("run two copies, or write `healthy: 100%` if two may run at once for a moment");
}
