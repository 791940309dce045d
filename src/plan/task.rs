//! Tasks that run to their end, in a deployment or at other times. In: what the user wrote, and the resources that came of it. Out: [`Task`]s.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::graph::Graph;
use crate::source::{Sources, Spanned};
use crate::spec::{App, Capacity, Cluster, Networking, Run, Spec, Task as Declared};
use crate::template::Place;

use super::service::places;

/// A task that runs once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its name in the spec.
    pub name: String,
    /// The app.
    pub app: String,
    /// The cluster.
    pub cluster: String,
    /// The stack that has its task definition.
    pub stack: String,
    /// The logical ID of its task definition.
    pub task_definition: String,
    /// The parameter that names its capacity provider, on instances.
    pub provider: Option<String>,
    /// On Fargate, whether it runs on Spot.
    pub fargate: Option<bool>,
    /// The parameter that names its subnets, and the logical ID of its security group: with an address of its own.
    pub network: Option<(String, String)>,
    /// How long it may run, in seconds.
    pub timeout: i64,
    /// How often it is run again after a failure.
    pub retries: i64,
    /// Whether services change only when it has succeeded.
    pub before: bool,
    /// The user's line.
    pub place: Place,
    /// Where the keys are that causes point at.
    pub keys: BTreeMap<String, Place>,
}

/// When a task runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// In each deployment, before services change.
    BeforeDeploy,
    /// In each deployment, after services have changed.
    AfterDeploy,
    /// By the clock, as AWS writes it.
    Schedule(String),
    /// When somebody starts it.
    Manual,
}

/// A task of the spec, whenever it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runnable {
    /// The task.
    pub task: Task,
    /// When it runs.
    pub when: When,
}

/// All tasks of a spec, in the order in which they were written.
pub(super) fn all(spec: &Spec, graph: &Graph, sources: &Sources) -> Vec<Runnable> {
    let mut found = Vec::new();
    for app in &spec.apps {
        let Some(cluster) = spec.cluster_of(app) else { continue };
        let stem = format!("{}-{}", cluster.name, app.name);
        for (name, declared) in app.tasks.value.sound() {
            let stack = match declared.run.sound() {
                Some(Some(Run::BeforeDeploy)) => format!("{stem}-release"),
                _ => stem.clone(),
            };
            let task = one(app, cluster, (name, declared), &stack, graph, sources);
            let when = when(declared);
            found.extend(task.zip(when).map(|(task, when)| Runnable { task, when }));
        }
    }
    found
}

fn when(declared: &Declared) -> Option<When> {
    let schedule = declared.schedule.sound().and_then(Option::as_ref);
    Some(match declared.run.sound()?.as_ref()? {
        Run::BeforeDeploy => When::BeforeDeploy,
        Run::AfterDeploy => When::AfterDeploy,
        Run::Schedule => When::Schedule(schedule?.0.to_string()),
        Run::Manual => When::Manual,
    })
}

/// The tasks of an app that run at this time, in the order in which they were written.
pub(super) fn of(app: &App, cluster: &Cluster, run: Run, stack: &str, graph: &Graph, sources: &Sources) -> Vec<Task> {
    let declared = app.tasks.value.sound();
    let timely = declared.filter(|(_, task)| task.run.sound() == Some(&Some(run)));
    timely
        .filter_map(|declared| one(app, cluster, declared, stack, graph, sources))
        .collect()
}

fn one(
    app: &App,
    cluster: &Cluster,
    (name, task): (&Spanned<Arc<str>>, &Declared),
    stack: &str,
    graph: &Graph,
    sources: &Sources,
) -> Option<Task> {
    let resources = graph.stacks.iter().filter(|one| one.name == stack);
    let of_kind = |kind: &str| {
        let own = resources
            .clone()
            .flat_map(|stack| &stack.resources)
            .find(|one| *one.kind.value == *kind && one.origin.user == name.span);
        own.map(|resource| resource.id.to_string())
    };
    let workload = &task.workload;
    let published = |key: &str| format!("/loadline/{}/v1/{key}", cluster.name);
    let group = of_kind("AWS::EC2::SecurityGroup").filter(|_| workload.networking() == Some(Networking::Task));
    let keys = places(
        [
            ("image", workload.image.key),
            ("command", workload.command.key),
            ("secrets", workload.secrets.key),
            ("environment", workload.environment.key),
            ("memory", workload.memory.key),
            ("timeout", task.timeout.key),
        ],
        sources,
    );
    Some(Task {
        name: name.value.to_string(),
        app: app.name.to_string(),
        cluster: cluster.name.to_string(),
        stack: stack.to_string(),
        task_definition: of_kind("AWS::ECS::TaskDefinition")?,
        provider: (workload.seat() == Some(Capacity::Instances)).then(|| published("provider")),
        fargate: workload
            .is_on_fargate()
            .then(|| workload.seat() == Some(Capacity::Spot)),
        network: group.map(|group| (published("private-subnets"), group)),
        timeout: task.timeout.sound().map_or(1800, |timeout| timeout.0),
        retries: task.retries.sound().map_or(0, |retries| retries.0),
        before: task.run.sound() == Some(&Some(Run::BeforeDeploy)),
        place: Place::of(name.span, sources),
        keys: keys.collect(),
    })
}
