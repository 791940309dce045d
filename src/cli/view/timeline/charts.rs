//! The healthy tasks of each service over time, between the bounds of its rollout. In: counts. Out: areas as plain numbers.

use crate::cloud::ecs::last_part;
use crate::deploy::watch::ServiceView;

use super::scale::Scale;
use super::trace::{Counted, Trace};

/// A service over time.
pub(super) struct Chart {
    pub name: String,
    /// The revisions.
    pub about: String,
    /// The number asked for, and the bounds.
    pub bounds: String,
    /// The steps, in order; each holds until the next.
    pub steps: Vec<Step>,
    /// The highest number in it.
    pub top: i64,
}

/// The numbers from a time on.
#[derive(Clone, Copy)]
pub(super) struct Step {
    pub at: f64,
    pub old: i64,
    pub new: i64,
    pub all: i64,
    pub lower: Option<i64>,
    pub upper: Option<i64>,
}

/// The charts, in the order of the outline: of the services whose tasks were seen.
pub(super) fn lay_out(trace: &Trace, scale: Scale) -> Vec<(usize, Chart)> {
    let services = trace.view.services.iter().zip(&trace.counts).enumerate();
    let mut charts = Vec::new();
    for (number, (service, counts)) in services.filter(|(_, (_, counts))| !counts.is_empty()) {
        let percents = service.service.percents.filter(|_| !service.service.daemon);
        let step = |counted: &Counted| Step {
            at: scale.at(counted.at),
            old: counted.old,
            new: counted.new,
            all: counted.all,
            lower: percents.map(|percents| percents.lower(counted.desired)),
            upper: percents.map(|percents| percents.upper(counted.desired)),
        };
        let mut steps: Vec<Step> = counts.iter().map(step).collect();
        if service.before.is_some() {
            // What ran at the first look ran before.
            steps[0].at = 0.0;
        }
        let highest = steps
            .iter()
            .map(|step| step.all.max(step.old + step.new).max(step.upper.unwrap_or(0)));
        let desired = service.counts.desired;
        let tasks = if desired == 1 { "task" } else { "tasks" };
        let bounds = percents.map(|percents| format!(", {} to {}", percents.lower(desired), percents.upper(desired)));
        charts.push((
            number,
            Chart {
                name: service.name().to_string(),
                about: revisions(service).unwrap_or_default(),
                bounds: format!("{desired} {tasks}{}", bounds.unwrap_or_default()),
                top: highest.max().unwrap_or(0).max(1),
                steps,
            },
        ));
    }
    charts
}

/// Which revision takes the place of which: `shop-web:7 → 8` where the family stays.
pub(super) fn revisions(service: &ServiceView) -> Option<String> {
    let (old, new) = (
        service.before.as_deref().map(last_part),
        service.wanted.as_deref().map(last_part),
    );
    Some(match (old, new) {
        (Some(old), Some(new)) if old != new => match (old.rsplit_once(':'), new.rsplit_once(':')) {
            (Some((one, old)), Some((other, new))) if one == other => format!("revision {old} → {new}"),
            _ => format!("{old} → {new}"),
        },
        (old, new) => new.or(old)?.to_string(),
    })
}

/// The outline of an area: `upper` above `lower`, in a box of 1000 by 100.
pub(super) fn area(steps: &[Step], top: i64, lower: impl Fn(&Step) -> i64, upper: impl Fn(&Step) -> i64) -> String {
    let mut path = String::new();
    let height = |value: i64| 100.0 - 100.0 * value as f64 / top as f64;
    let ends = steps.iter().skip(1).map(|step| step.at).chain([1.0]);
    let parts: Vec<(&Step, f64)> = steps.iter().zip(ends).collect();
    for (number, (step, end)) in parts.iter().enumerate() {
        let letter = if number == 0 { 'M' } else { 'L' };
        let y = height(upper(step));
        path.push_str(&format!(
            "{letter}{:.1} {y:.1}L{:.1} {y:.1}",
            step.at * 1000.0,
            end * 1000.0
        ));
    }
    for (step, end) in parts.iter().rev() {
        let y = height(lower(step));
        path.push_str(&format!("L{:.1} {y:.1}L{:.1} {y:.1}", end * 1000.0, step.at * 1000.0));
    }
    path + "Z"
}

/// A line at a height that may change.
pub(super) fn line(steps: &[Step], top: i64, value: impl Fn(&Step) -> Option<i64>) -> Option<String> {
    let mut path = String::new();
    let ends = steps.iter().skip(1).map(|step| step.at).chain([1.0]);
    for (step, end) in steps.iter().zip(ends) {
        let y = 100.0 - 100.0 * value(step)? as f64 / top as f64;
        let letter = if path.is_empty() { 'M' } else { 'L' };
        path.push_str(&format!(
            "{letter}{:.1} {y:.1}L{:.1} {y:.1}",
            step.at * 1000.0,
            end * 1000.0
        ));
    }
    Some(path)
}
