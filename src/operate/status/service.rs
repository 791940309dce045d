//! Services: how many copies of which revision, how well, where. In: what ECS and the load balancer say. Out:
//! [`ServiceStatus`]es.

use std::collections::BTreeMap;

use crate::cloud::capacity::TargetHealth;
use crate::cloud::ecs::{Service, ServiceDeployment, Task, last_part};
use crate::cloud::formation::StackResource;
use crate::cloud::{Answer, Cloud, Moment};
use crate::deploy::causes::{self, Class};
use crate::deploy::conceal::concealed;
use crate::deploy::watch::ServiceView;
use crate::operate::ask::Asker;
use crate::operate::roster::App;
use crate::operate::whereabouts::Whereabouts;
use crate::plan::Service as Planned;

use super::{Copy, Rollout, ServiceStatus, Trouble};

/// For how long after it was written an event still tells of a standing problem, in seconds: ECS writes the same one once in
/// six hours only (developer guide, "Amazon ECS service event messages").
const STANDS: i64 = 6 * 3600;

/// `DescribeServices` takes ten at once, `DescribeServiceDeployments` twenty.
const AT_ONCE: (usize, usize) = (10, 20);

/// The services of an app, in the order of the spec.
pub(super) async fn all<C: Cloud>(
    asker: &Asker<'_, C>,
    app: &App,
    resources: &[StackResource],
    places: &Whereabouts,
) -> Answer<Vec<ServiceStatus>> {
    let physical = |logical: &str| {
        let found = resources.iter().find(|one| one.logical == logical);
        found.map(|one| one.physical.clone())
    };
    let arns: BTreeMap<&str, String> = app
        .services
        .iter()
        .filter_map(|service| Some((service.name.as_str(), physical(&service.logical)?)))
        .collect();
    let names: Vec<String> = arns.values().map(|arn| last_part(arn).to_string()).collect();
    let mut known: BTreeMap<String, Service> = BTreeMap::new();
    for names in names.chunks(AT_ONCE.0) {
        let found = asker
            .aside(async |cloud: &C| cloud.describe_services(&app.cluster, names).await)
            .await?;
        known.extend(found.into_iter().map(|service| (service.name.clone(), service)));
    }
    let under_way: Vec<String> = known
        .values()
        .filter_map(|one| one.current_deployment.clone())
        .collect();
    let mut deployments = Vec::new();
    for arns in under_way.chunks(AT_ONCE.1) {
        let found = asker.aside(async |cloud: &C| cloud.describe_service_deployments(arns).await);
        deployments.extend(found.await?);
    }
    let mut all = Vec::new();
    for planned in &app.services {
        let service = arns
            .get(planned.name.as_str())
            .and_then(|arn| known.get(last_part(arn)));
        let Some(service) = service.filter(|service| service.status != "INACTIVE") else {
            all.push(ServiceStatus {
                name: planned.name.clone(),
                ..ServiceStatus::default()
            });
            continue;
        };
        let mut targets = Vec::new();
        for group in planned.target_groups.iter().filter_map(|logical| physical(logical)) {
            let found = asker.aside(async |cloud: &C| cloud.target_health(&group).await).await?;
            targets.extend(found.into_iter().map(|health| (group.clone(), health)));
        }
        let ours = service.current_deployment.as_ref();
        let deployment = ours.and_then(|arn| deployments.iter().find(|one| one.arn == *arn));
        all.push(one(planned, service, deployment, targets, places, asker.cloud.now()));
    }
    Ok(all)
}

fn one(
    planned: &Planned,
    service: &Service,
    deployment: Option<&ServiceDeployment>,
    targets: Vec<(String, TargetHealth)>,
    places: &Whereabouts,
    now: Moment,
) -> ServiceStatus {
    let mut view = ServiceView::new(planned);
    let is_counted = |health: &TargetHealth| health.state != "draining" && health.state != "unused";
    let counted: Vec<&TargetHealth> = targets
        .iter()
        .map(|(_, health)| health)
        .filter(|one| is_counted(one))
        .collect();
    let healthy = counted.iter().filter(|health| health.state == "healthy").count();
    let of_targets = (!planned.target_groups.is_empty()).then_some((healthy, counted.len()));
    for (group, health) in targets {
        view.targets
            .entry(health.target.clone())
            .or_default()
            .push((group, health));
    }
    let group = format!("service:{}", service.name);
    let tasks: Vec<&Task> = places.running.iter().filter(|task| task.group == group).collect();
    let mut copies: Vec<Copy> = tasks.iter().map(|task| copy(task, &view, places, now)).collect();
    copies
        .sort_by(|one, other| (&one.zone, &one.instance, &one.task).cmp(&(&other.zone, &other.instance, &other.task)));
    ServiceStatus {
        name: planned.name.clone(),
        deployed: true,
        desired: service.desired,
        running: service.running,
        pending: service.pending,
        healthy: count(copies.iter().filter(|copy| copy.healthy)),
        revision: last_part(&service.task_definition).to_string(),
        targets: of_targets,
        rollout: rollout(service, deployment, &tasks, &view, now),
        copies,
        trouble: trouble(service, now),
    }
}

fn copy(task: &Task, view: &ServiceView, places: &Whereabouts, now: Moment) -> Copy {
    let instance = places.instance(task);
    Copy {
        task: task.id().to_string(),
        revision: last_part(&task.task_definition).to_string(),
        status: task.last_status.clone(),
        created: task.created,
        healthy: view.counts_as_healthy(task, now),
        instance: instance.map(|instance| instance.ec2.clone()),
        zone: places.zone(task),
        heard: instance.is_none_or(|instance| instance.connected),
    }
}

fn count<T>(items: impl Iterator<Item = T>) -> i64 {
    i64::try_from(items.count()).unwrap_or(i64::MAX)
}

/// The rollout under way: a deployment that is not completed, or one beside an older one.
fn rollout(
    service: &Service,
    deployment: Option<&ServiceDeployment>,
    tasks: &[&Task],
    view: &ServiceView,
    now: Moment,
) -> Option<Rollout> {
    let primary = service.deployments.iter().find(|one| one.status == "PRIMARY")?;
    let is_open = primary.rollout.as_deref() == Some("IN_PROGRESS") || service.deployments.len() > 1;
    if !is_open {
        return None;
    }
    let others = service.deployments.iter().filter(|one| one.id != primary.id);
    let is_new = |task: &&&Task| task.started_by == primary.id;
    let healthy = tasks
        .iter()
        .filter(is_new)
        .filter(|task| view.counts_as_healthy(task, now));
    let breaker = deployment.and_then(|one| one.breaker.as_ref());
    let breaker = breaker.filter(|breaker| breaker.status != "DISABLED");
    Some(Rollout {
        since: primary.created,
        asked: primary.desired,
        new: primary.running,
        healthy: count(healthy),
        old: others.map(|one| one.running).sum(),
        failed: breaker.map_or(primary.failed, |breaker| breaker.failures),
        threshold: breaker.map(|breaker| breaker.threshold),
        stage: deployment.and_then(|one| one.stage.clone()),
        going_back: deployment.is_some_and(|one| one.status.starts_with("ROLLBACK")),
    })
}

/// The newest event that says what is wrong, unless a newer one says that all is well.
fn trouble(service: &Service, now: Moment) -> Option<Trouble> {
    for event in &service.events {
        let Some(found) = causes::of_message(&event.message) else {
            continue;
        };
        if matches!(found.id, "A1" | "A2") || now.seconds_since(event.at) >= STANDS {
            return None;
        }
        if found.class == Class::Progress || found.is_consequence {
            continue;
        }
        return Some(Trouble {
            at: event.at,
            name: found.name.to_string(),
            means: concealed(&found.means),
            remedy: found.remedy,
        });
    }
    None
}
