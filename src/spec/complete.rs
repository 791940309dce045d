//! What must be there for the rest to make sense. Where it is missing, that is reported once and a hole takes its place,
//! on which no later floor complains.
//!
//! In: a resolved [`Spec`]. Out: the same with holes.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::{Diagnostics, code};
use crate::library::types::{Days, Origin, Setting};
use crate::source::{Span, Spanned};

use super::build::is_given;
use super::task::Run;
use super::{App, Cluster, Count, Service, Spec, Task, Workload};

/// Digs the holes.
pub fn complete(spec: &mut Spec, diags: &mut Diagnostics) {
    for cluster in &mut spec.clusters {
        complete_cluster(cluster, diags);
    }
    for app in &mut spec.apps {
        let called = called(app);
        for entry in &mut app.document.services.value.entries {
            if entry.setting.origin != Origin::Faulty {
                complete_service(&entry.name, &mut entry.setting.value, &called, diags);
            }
        }
        for entry in &mut app.document.tasks.value.entries {
            if entry.setting.origin != Origin::Faulty {
                complete_task(&entry.name, &mut entry.setting.value, diags);
            }
        }
    }
}

fn complete_cluster(cluster: &mut Cluster, diags: &mut Diagnostics) {
    let (name, span) = (cluster.name.clone(), cluster.span);
    let document = &mut cluster.document;
    let capacity = &mut document.capacity;
    let none = |absent: Option<bool>| absent == Some(true);
    let lacks =
        none(capacity.instances.sound().map(Option::is_none)) && none(capacity.fargate.sound().map(Option::is_none));
    if lacks && capacity.sound().is_some() {
        let message = format!("cluster `{name}` has nothing to run tasks on");
        diags
            .report(code::MISSING_CAPACITY, capacity.key.unwrap_or(span), message)
            .hint("add `capacity: {instances: {type: m7g.large}}`, or `capacity: {fargate: true}`");
        capacity.origin = Origin::Faulty;
    }
    for entry in &mut document.daemons.value.entries {
        let workload = &mut entry.setting.value.workload;
        if entry.setting.origin != Origin::Faulty && lacks_image(workload) {
            report_image("daemon", &entry.name, diags).hint("give it an `image:`");
            workload.container.image.origin = Origin::Faulty;
        }
    }
    check_days(&mut document.logs.value.retention, diags);
    let flow_logs = &mut document.network.value.flow_logs;
    if let Some(days) = flow_logs.sound().and_then(|days| days.0)
        && !is_retention(days.0, flow_logs.span, diags)
    {
        flow_logs.origin = Origin::Faulty;
    }
}

fn lacks_image(workload: &Workload) -> bool {
    workload.image.sound().is_some_and(Option::is_none)
}

fn report_image<'a>(
    kind: &str,
    name: &Spanned<Arc<str>>,
    diags: &'a mut Diagnostics,
) -> &'a mut crate::diag::Diagnostic {
    let message = format!("the {kind} `{}` has no image", name.value);
    diags.report(code::MISSING_IMAGE, name.span, message)
}

fn complete_workload(kind: &str, name: &Spanned<Arc<str>>, workload: &mut Workload, diags: &mut Diagnostics) {
    if lacks_image(workload) {
        let hint = "give it an `image:`, or give the app one for all of its services";
        report_image(kind, name, diags).hint(hint);
        workload.container.image.origin = Origin::Faulty;
    }
}

/// The services that another one links to, each by the place of a link. A task's links to services are refused.
fn called(app: &App) -> BTreeMap<Arc<str>, Span> {
    let services = app.services.value.sound();
    let links = services.flat_map(|(_, service)| service.links.value.sound());
    links.map(|(to, _)| (to.value.clone(), to.span)).collect()
}

fn complete_service(
    name: &Spanned<Arc<str>>,
    service: &mut Service,
    called: &BTreeMap<Arc<str>, Span>,
    diags: &mut Diagnostics,
) {
    complete_workload("service", name, &mut service.workload, diags);
    let routed = is_given(&service.route);
    let link = called.get(&name.value);
    if service.port.sound().is_some_and(Option::is_none) {
        if routed {
            let message = format!("`{}` has a route and no port that requests could go to", name.value);
            diags
                .report(code::ROUTE_WITHOUT_PORT, service.route.place(), message)
                .hint("add `port:` with the port that the container listens on");
        } else if let Some(link) = link {
            let message = format!("`{}` has no port that could be called", name.value);
            let fault = diags.report(code::LINK_WITHOUT_PORT, *link, message);
            fault.note(name.span, "this service");
            fault.hint(format!("give `services.{}` the `port:` it listens on", name.value));
        }
        if routed || link.is_some() {
            service.port.origin = Origin::Faulty;
        }
    }
    let routeless = service.route.sound().is_some_and(Option::is_none);
    if let Count::Range(scaling) = &mut service.count.value
        && routeless
        && is_given(&scaling.requests)
    {
        let message = "without a route no requests are counted";
        let fault = diags.report(code::REQUESTS_WITHOUT_ROUTE, scaling.requests.place(), message);
        fault.hint("give the service a `route:`, or scale it by `cpu`");
        scaling.requests.origin = Origin::Faulty;
    }
}

fn complete_task(name: &Spanned<Arc<str>>, task: &mut Task, diags: &mut Diagnostics) {
    complete_workload("task", name, &mut task.workload, diags);
    let unscheduled = task.schedule.sound().is_some_and(Option::is_none);
    if unscheduled && task.run.sound() == Some(&Some(Run::Schedule)) {
        let message = "`run: schedule` without a `schedule`";
        diags
            .report(code::MISSING_SCHEDULE, task.run.span, message)
            .hint("add `schedule: \"cron(0 3 * * ? *)\"`");
        task.schedule.origin = Origin::Faulty;
    }
}

/// What CloudWatch Logs takes:
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html>.
const RETENTIONS: &[i64] = &[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

fn check_days<const LEAST: i64, const MOST: i64>(setting: &mut Setting<Days<LEAST, MOST>>, diags: &mut Diagnostics) {
    if let Some(days) = setting.sound()
        && !is_retention(days.0, setting.span, diags)
    {
        setting.origin = Origin::Faulty;
    }
}

fn is_retention(days: i64, span: Span, diags: &mut Diagnostics) -> bool {
    if RETENTIONS.contains(&days) {
        return true;
    }
    let next = RETENTIONS.iter().copied().find(|other| *other > days);
    let before = RETENTIONS.iter().copied().rev().find(|other| *other < days);
    let message = format!("CloudWatch keeps logs for certain numbers of days, {days} is none of them");
    let fault = diags.report(code::BAD_RETENTION, span, message);
    let near: Vec<String> = before
        .into_iter()
        .chain(next)
        .map(|days| format!("`{days} days`"))
        .collect();
    fault.hint(format!("the nearest are {}", near.join(" and ")));
    // What is kept too long can still be deleted, the other way round not.
    if let Some(next) = next {
        fault.suggest(format!("write `{next} days`"), span, format!("{next} days"));
    }
    false
}
