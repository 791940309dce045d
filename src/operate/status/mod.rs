//! `status`: what runs where, of which revision, how well, and what room is left. In: a roster. Out: a [`Status`], in few
//! requests. Must not know how it is printed.

mod attention;
mod room;
mod service;
mod task;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cloud::formation::{Stack, StackResource};
use crate::cloud::{Answer, Cloud, ErrorKind, Moment};
use crate::deploy::lease;
use crate::plan::When;

use super::ask::Asker;
use super::roster::{App, DAEMONS, OnCluster, Roster};
use super::whereabouts::Whereabouts;

/// What there is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Status {
    /// When it was so.
    pub at: Moment,
    /// By cluster.
    pub clusters: Vec<ClusterStatus>,
    /// What somebody should look at, the gravest first.
    pub attention: Vec<Attention>,
}

/// A cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClusterStatus {
    /// Its name.
    pub name: String,
    /// Its stack, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack: Option<StackStatus>,
    /// Who deploys to it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lease: Option<lease::Standing>,
    /// Its instances, by zone.
    pub instances: Vec<InstanceStatus>,
    /// For how many more copies of each service there is room.
    pub room: Vec<Room>,
    /// Its apps.
    pub apps: Vec<AppStatus>,
}

/// A stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StackStatus {
    /// Its name.
    pub name: String,
    /// `UPDATE_COMPLETE` and so on; none where there is no such stack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// When it was last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated: Option<Moment>,
}

/// An instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InstanceStatus {
    /// The ID of the EC2 instance.
    pub id: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its zone.
    pub zone: String,
    /// `ACTIVE`, `DRAINING` and so on.
    pub status: String,
    /// Whether its agent answers.
    pub connected: bool,
    /// How many tasks run on it.
    pub tasks: usize,
    /// CPU units that it registered, and how many of them are free.
    pub cpu: (i64, i64),
    /// The memory that it registered, in MiB, and how much of it is free.
    pub memory: (i64, i64),
}

/// Room for more copies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Room {
    /// The app.
    pub app: String,
    /// The service.
    pub service: String,
    /// How many more, of the size that the spec says, if nothing else starts.
    pub copies: i64,
}

/// An app on a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AppStatus {
    /// Its name.
    pub name: String,
    /// Its stacks.
    pub stacks: Vec<StackStatus>,
    /// The images that it was deployed with.
    pub images: Vec<ImageStatus>,
    /// Its services.
    pub services: Vec<ServiceStatus>,
    /// Its tasks.
    pub tasks: Vec<TaskStatus>,
}

/// An image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImageStatus {
    /// The repository.
    pub repository: String,
    /// Its digest.
    pub digest: String,
}

/// A service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ServiceStatus {
    /// Its name in the spec.
    pub name: String,
    /// Whether it is there.
    pub deployed: bool,
    /// How many copies there shall be.
    pub desired: i64,
    /// How many run, as ECS counts.
    pub running: i64,
    /// How many are on their way.
    pub pending: i64,
    /// How many serve: by the load balancer, their own checks, or the time they have run.
    pub healthy: i64,
    /// `family:revision` of what shall run.
    pub revision: String,
    /// Healthy targets, and all of them, of a service behind a load balancer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets: Option<(usize, usize)>,
    /// The rollout under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollout: Option<Rollout>,
    /// Its copies.
    pub copies: Vec<Copy>,
    /// What goes wrong, by the newest event that says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
}

/// A rollout under way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rollout {
    /// When it began.
    pub since: Moment,
    /// How many new copies there shall be.
    pub asked: i64,
    /// New copies that run, and how many of them serve.
    pub new: i64,
    /// How many of the new ones serve.
    pub healthy: i64,
    /// Old copies that still run.
    pub old: i64,
    /// New copies that failed in a row.
    pub failed: i64,
    /// After how many the breaker trips, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<i64>,
    /// Where it is, of a deployment in stages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// Whether the old revision comes back.
    pub going_back: bool,
}

/// A copy of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Copy {
    /// The ID of the task.
    pub task: String,
    /// `family:revision`.
    pub revision: String,
    /// `RUNNING` and so on.
    pub status: String,
    /// When it was asked for.
    pub created: Moment,
    /// Whether it serves.
    pub healthy: bool,
    /// The ID of the EC2 instance; none on Fargate and while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// Its zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Whether ECS hears of it: not on an instance whose agent does not answer.
    pub heard: bool,
}

/// What goes wrong with a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// When ECS wrote it.
    pub at: Moment,
    /// The name of the cause.
    pub name: String,
    /// What it means.
    pub means: String,
    /// What to do.
    pub remedy: String,
}

/// A task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaskStatus {
    /// Its name.
    pub name: String,
    /// When it runs.
    pub when: When,
    /// Since when it runs now; each run.
    pub running: Vec<Moment>,
    /// How its last run ended, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<LastRun>,
}

/// How a run of a task ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LastRun {
    /// Whether well.
    pub well: bool,
    /// When; ECS forgets a task within the hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
    /// With what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit: Option<i64>,
    /// Why, where it is not well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// How grave it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gravity {
    /// Something is broken.
    Bad,
    /// Something is not as it should be.
    Warning,
}

/// What somebody should look at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Attention {
    /// How grave it is.
    pub gravity: Gravity,
    /// What it is about: a stack, a service, an instance, an alarm.
    pub about: String,
    /// A phrase.
    pub text: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// Looks at all that a roster has. `told` hears of what takes time and what may not be seen.
pub async fn of<C: Cloud>(roster: &Roster, cloud: &C, told: &dyn Fn(&str)) -> Answer<Status> {
    let asker = Asker::new(cloud, told);
    let mut status = Status {
        at: cloud.now(),
        ..Status::default()
    };
    for cluster in &roster.clusters {
        let seen = on_cluster(&asker, cluster, &mut status.attention).await?;
        status.clusters.push(seen);
    }
    status.attention.sort();
    Ok(status)
}

async fn on_cluster<C: Cloud>(
    asker: &Asker<'_, C>,
    cluster: &OnCluster,
    attention: &mut Vec<Attention>,
) -> Answer<ClusterStatus> {
    let name = &cluster.name;
    let own = format!("{name}-cluster");
    let stack = stack(asker, &own).await?;
    attention.extend(stack.as_ref().and_then(attention::of_stack));
    let lease = asker.aside(async |cloud: &C| lease::look(cloud, name).await).await?;
    let places = Whereabouts::look(asker, name).await?;
    let mut alarms = alarms(&physical_resources(asker, &own).await?);
    let mut apps = Vec::new();
    for app in &cluster.apps {
        // The stack of the cluster was looked at.
        let known = (app.name == DAEMONS).then(|| stack.clone());
        let (seen, more) = on_app(asker, app, known, &places, attention).await?;
        alarms.extend(more);
        apps.push(seen);
    }
    if !alarms.is_empty() {
        alarms.sort();
        alarms.dedup();
        let found = asker.aside(async |cloud: &C| cloud.alarms(&alarms).await).await?;
        attention.extend(found.iter().filter_map(attention::of_alarm));
    }
    let instances = room::instances(&places);
    attention.extend(instances.iter().filter_map(attention::of_instance));
    Ok(ClusterStatus {
        name: name.clone(),
        stack: stack.as_ref().map(shown),
        lease,
        room: room::room(cluster, &places),
        instances,
        apps,
    })
}

/// An app, and the names of its alarms.
async fn on_app<C: Cloud>(
    asker: &Asker<'_, C>,
    app: &App,
    known: Option<Option<Stack>>,
    places: &Whereabouts,
    attention: &mut Vec<Attention>,
) -> Answer<(AppStatus, Vec<String>)> {
    let mut stacks = Vec::new();
    let mut images = Vec::new();
    if known.is_none() {
        for name in &app.stacks {
            let found = stack(asker, name).await?;
            attention.extend(found.as_ref().and_then(attention::of_stack));
            if let Some(found) = found.as_ref().filter(|_| *name == app.stack) {
                images = deployed_images(app, found);
            }
            stacks.push(found.as_ref().map_or_else(|| absent(name), shown));
        }
    }
    let resources = match known {
        Some(None) => Vec::new(),
        _ => physical_resources(asker, &app.stack).await?,
    };
    let services = service::all(asker, app, &resources, places).await?;
    for service in &services {
        attention.extend(attention::of_service(app, service, places, asker.cloud.now()));
    }
    let tasks = task::all(asker, app, places).await?;
    attention.extend(tasks.iter().filter_map(|task| attention::of_task(app, task)));
    let seen = AppStatus {
        name: app.name.clone(),
        stacks,
        images,
        services,
        tasks,
    };
    Ok((seen, alarms(&resources)))
}

fn deployed_images(app: &App, stack: &Stack) -> Vec<ImageStatus> {
    let digests = app.images.iter().filter_map(|(parameter, repository)| {
        Some(ImageStatus {
            repository: repository.clone(),
            digest: stack.parameters.get(parameter)?.clone(),
        })
    });
    digests.collect()
}

fn shown(stack: &Stack) -> StackStatus {
    StackStatus {
        name: stack.name.clone(),
        status: Some(stack.status.as_str().to_string()),
        updated: Some(stack.updated),
    }
}

fn absent(name: &str) -> StackStatus {
    StackStatus {
        name: name.to_string(),
        status: None,
        updated: None,
    }
}

async fn stack<C: Cloud>(asker: &Asker<'_, C>, name: &str) -> Answer<Option<Stack>> {
    match asker.ask(async |cloud: &C| cloud.describe_stack(name).await).await {
        Err(error) if error.kind() == ErrorKind::Missing => Ok(None),
        found => found.map(Some),
    }
}

fn alarms(resources: &[StackResource]) -> Vec<String> {
    let alarms = resources.iter().filter(|one| one.kind == "AWS::CloudWatch::Alarm");
    let names = alarms.map(|one| one.physical.clone());
    names.filter(|name| !name.is_empty()).collect()
}

/// The resources of a stack that are there; none of a stack that is not.
async fn physical_resources<C: Cloud>(asker: &Asker<'_, C>, stack: &str) -> Answer<Vec<StackResource>> {
    let mut found = Vec::new();
    let mut next: Option<String> = None;
    loop {
        let request = async |cloud: &C| cloud.list_stack_resources(stack, next.as_deref()).await;
        let page = match asker.ask(request).await {
            Err(error) if error.kind() == ErrorKind::Missing => return Ok(found),
            page => page?,
        };
        let is_there = |one: &StackResource| one.status.as_str() != "DELETE_COMPLETE" && !one.physical.is_empty();
        found.extend(page.items.into_iter().filter(is_there));
        next = page.next;
        if next.is_none() {
            return Ok(found);
        }
    }
}

/// The physical IDs of the resources of a stack, by logical ID.
pub(super) async fn physical<C: Cloud>(asker: &Asker<'_, C>, stack: &str) -> Answer<BTreeMap<String, String>> {
    let found = physical_resources(asker, stack).await?;
    Ok(found.into_iter().map(|one| (one.logical, one.physical)).collect())
}
