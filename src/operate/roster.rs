//! What a project runs, by cluster and app, and under which names it is found at AWS. In: a plan. Out: a [`Roster`]. Must not
//! ask anybody.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::graph::StackKind;
use crate::plan::{Given, LogPlace, Plan, Runnable, Service, StackWork, Work};
use crate::rollout::reservation::{self, Request, Reservation};

/// The name under which the daemons of a cluster are grouped.
pub const DAEMONS: &str = "daemons";

/// What a project runs.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    /// By cluster.
    pub clusters: Vec<OnCluster>,
}

/// What runs on a cluster.
#[derive(Clone, Debug, Default)]
pub struct OnCluster {
    /// The name of the ECS cluster.
    pub name: String,
    /// The apps; the daemons of the cluster are one, called so.
    pub apps: Vec<App>,
}

/// An app.
#[derive(Clone, Debug, Default)]
pub struct App {
    /// Its name.
    pub name: String,
    /// The cluster.
    pub cluster: String,
    /// The names of its stacks, in the order of deployment.
    pub stacks: Vec<String>,
    /// The stack that has its services.
    pub stack: String,
    /// Its services.
    pub services: Vec<Service>,
    /// Its tasks.
    pub tasks: Vec<Runnable>,
    /// Where its containers write their logs.
    pub logs: Vec<LogPlace>,
    /// Which template parameter of its stack says the image of a repository.
    pub images: Vec<(String, String)>,
    /// What a copy of a service takes, by the service's name.
    pub sizes: BTreeMap<String, Size>,
}

/// What a copy of a service takes of an instance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// CPU and memory.
    pub reservation: Reservation,
    /// Whether an instance has one copy at most: of a fixed port, or where each is to be alone.
    pub is_alone: bool,
    /// Whether it takes a network interface.
    pub has_interface: bool,
}

impl Roster {
    /// What a plan deploys, and the tasks that run at other times too.
    pub fn of(plan: &Plan, tasks: &[Runnable]) -> Roster {
        let mut roster = Roster::default();
        for stage in &plan.stages {
            let Work::Stack(work) = &stage.work else { continue };
            let Some(cluster) = &work.cluster else { continue };
            let name = match work.kind {
                StackKind::Cluster => DAEMONS,
                StackKind::Registry => continue,
                StackKind::Base | StackKind::Release | StackKind::App => app_of(cluster, work),
            };
            let app = roster.app(cluster, name);
            app.stacks.push(work.stack.clone());
            app.logs.extend(work.logs.iter().cloned());
            if matches!(work.kind, StackKind::Cluster | StackKind::App) {
                app.stack = work.stack.clone();
                app.services.extend(work.services.iter().cloned());
                app.sizes.extend(sizes(work));
                app.images.extend(images(work));
            }
        }
        for runnable in tasks {
            let task = &runnable.task;
            let mut clusters = roster.clusters.iter_mut().filter(|one| one.name == task.cluster);
            let app = clusters.find_map(|one| one.apps.iter_mut().find(|app| app.name == task.app));
            if let Some(app) = app {
                app.tasks.push(runnable.clone());
            }
        }
        roster
    }

    fn app(&mut self, cluster: &str, name: &str) -> &mut App {
        let at = match self.clusters.iter().position(|one| one.name == cluster) {
            Some(at) => at,
            None => {
                self.clusters.push(OnCluster {
                    name: cluster.to_string(),
                    apps: Vec::new(),
                });
                self.clusters.len() - 1
            }
        };
        let apps = &mut self.clusters[at].apps;
        let known = apps.iter().position(|app| app.name == name);
        let at = known.unwrap_or_else(|| {
            apps.push(App {
                name: name.to_string(),
                cluster: cluster.to_string(),
                ..App::default()
            });
            apps.len() - 1
        });
        &mut apps[at]
    }

    /// All apps.
    pub fn apps(&self) -> impl Iterator<Item = &App> {
        self.clusters.iter().flat_map(|cluster| &cluster.apps)
    }
}

impl App {
    /// The family of the task definitions of a service or a task.
    pub fn family(&self, member: &str) -> String {
        format!("{}-{}-{member}", self.cluster, self.name)
    }

    /// The service or the task of a family.
    pub fn member(&self, family: &str) -> Option<&str> {
        let services = self.services.iter().map(|service| service.name.as_str());
        let mut members = services.chain(self.tasks.iter().map(|task| task.task.name.as_str()));
        members.find(|name| self.family(name) == family)
    }
}

fn app_of<'a>(cluster: &str, work: &'a StackWork) -> &'a str {
    let own = work.stack.strip_prefix(cluster).unwrap_or(&work.stack);
    let own = own.strip_prefix('-').unwrap_or(own);
    let end = match work.kind {
        StackKind::Base => "-base",
        StackKind::Release => "-release",
        _ => "",
    };
    own.strip_suffix(end).unwrap_or(own)
}

fn images(work: &StackWork) -> impl Iterator<Item = (String, String)> {
    work.parameters.iter().filter_map(|(id, given)| match given {
        Given::Digest(repository) => Some((id.clone(), repository.clone())),
        _ => None,
    })
}

/// What a copy of each service takes, as the template says.
fn sizes(work: &StackWork) -> BTreeMap<String, Size> {
    let template: Value = serde_json::from_str(&work.template).unwrap_or_default();
    let properties = |id: &str| &template["Resources"][id]["Properties"];
    let mut found = BTreeMap::new();
    for service in &work.services {
        let Some(definition) = service.task_definition.as_deref().map(properties) else {
            continue;
        };
        let kinds = definition["RequiresCompatibilities"].as_array();
        if kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == "FARGATE")) {
            continue;
        }
        let constraints = properties(&service.logical)["PlacementConstraints"].as_array();
        let is_distinct = constraints.is_some_and(|all| all.iter().any(|one| one["Type"] == "distinctInstance"));
        let size = size(definition);
        let is_alone = size.is_alone || is_distinct;
        found.insert(service.name.clone(), Size { is_alone, ..size });
    }
    found
}

fn size(definition: &Value) -> Size {
    let number = |value: &Value| value.as_i64().or_else(|| value.as_str()?.parse().ok());
    let containers = definition["ContainerDefinitions"].as_array();
    let containers: Vec<&Value> = containers.into_iter().flatten().collect();
    let requests: Vec<Request> = containers
        .iter()
        .map(|one| Request {
            cpu: number(&one["Cpu"]).unwrap_or(0),
            limit: number(&one["Memory"]),
            reserve: number(&one["MemoryReservation"]),
        })
        .collect();
    let mode = definition["NetworkMode"].as_str();
    let ports = containers
        .iter()
        .flat_map(|one| one["PortMappings"].as_array().into_iter().flatten());
    let is_fixed = |port: &Value| match mode {
        Some("awsvpc") => false,
        Some("host") => true,
        _ => number(&port["HostPort"]).is_some_and(|port| port != 0),
    };
    Size {
        reservation: reservation::of_task(number(&definition["Cpu"]), number(&definition["Memory"]), &requests),
        is_alone: ports.into_iter().any(is_fixed),
        has_interface: mode == Some("awsvpc"),
    }
}
