//! Percentages whose rounding leaves a rollout no way to move, and rollouts that stop the only copy.

use std::sync::Arc;

use crate::diag::{Diagnostics, code};
use crate::source::Spanned;
use crate::spec::{Count, Service};

use super::bounds::{Percents, least_surge, most_healthy};

pub(super) fn check(name: &Spanned<Arc<str>>, service: &Service, diags: &mut Diagnostics) {
    let Some(rollout) = service.rollout.sound() else { return };
    let (Some(healthy), Some(surge)) = (rollout.healthy.sound(), rollout.surge.sound()) else {
        return;
    };
    let Some((least, most)) = service.count.sound().and_then(Count::bounds) else {
        return;
    };
    let percents = Percents {
        healthy: healthy.0,
        surge: surge.0,
    };
    let stuck = (least.max(1)..=most).find(|count| percents.is_stuck(*count));
    let Some(count) = stuck else {
        check_outage(name, service, percents, diags);
        return;
    };
    let place = if rollout.surge.is_given() {
        &rollout.surge.span
    } else {
        &rollout.healthy.span
    };
    let copies = if count == 1 {
        "1 copy".to_string()
    } else {
        format!("{count} copies")
    };
    let message = format!("with {copies} this rollout can never start one and never stop one");
    let fault = diags.report(code::PERCENT_DEADLOCK, *place, message);
    fault.label(format!(
        "`surge: {}%` of {count} is {}, rounded down; `healthy: {}%` is {}, rounded up",
        percents.surge,
        percents.upper(count),
        percents.healthy,
        percents.lower(count)
    ));
    if service.count.is_given() {
        fault.note(service.count.span, "how many copies");
    }
    let (surge, healthy) = (least_surge(count), most_healthy(count));
    let or_more = if surge < 200 { " or more" } else { "" };
    let or_less = if healthy > 0 { " or less" } else { "" };
    fault.hint(format!(
        "write `surge: {surge}%`{or_more}, or `healthy: {healthy}%`{or_less}"
    ));
    // More room changes nothing that the user can have wanted to keep: with what is written, nothing happens at all.
    fault.fix(format!("write `{surge}%`"), rollout.surge.span, format!("{surge}%"));
}

fn check_outage(name: &Spanned<Arc<str>>, service: &Service, percents: Percents, diags: &mut Diagnostics) {
    let Some((1, 1)) = service.count.sound().and_then(Count::bounds) else {
        return;
    };
    if percents.lower(1) > 0 || !service.rollout.healthy.is_given() {
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
