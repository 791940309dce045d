//! Tasks that run once in a deployment. In: what the user wrote, and the resources that came of it. Out: [`Task`]s.

use std::collections::BTreeMap;

use crate::graph::Graph;
use crate::source::Sources;
use crate::spec::{App, Capacity, Cluster, Networking, Run};
use crate::template::Place;

use super::service::places;

/// A task that runs once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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

/// The tasks of an app that run at this time, in the order in which they were written.
pub(super) fn of(app: &App, cluster: &Cluster, run: Run, stack: &str, graph: &Graph, sources: &Sources) -> Vec<Task> {
    let resources = graph.stacks.iter().filter(|one| one.name == stack);
    let resources: Vec<_> = resources.flat_map(|stack| &stack.resources).collect();
    let mut found = Vec::new();
    for (name, task) in app.tasks.value.sound() {
        if task.run.sound() != Some(&Some(run)) {
            continue;
        }
        let of_kind = |kind: &str| {
            let own = resources
                .iter()
                .find(|one| *one.kind.value == *kind && one.origin.user == name.span);
            own.map(|resource| resource.id.to_string())
        };
        let Some(task_definition) = of_kind("AWS::ECS::TaskDefinition") else {
            continue;
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
        found.push(Task {
            name: name.value.to_string(),
            app: app.name.to_string(),
            cluster: cluster.name.to_string(),
            stack: stack.to_string(),
            task_definition,
            provider: (workload.seat() == Some(Capacity::Instances)).then(|| published("provider")),
            fargate: workload
                .is_on_fargate()
                .then(|| workload.seat() == Some(Capacity::Spot)),
            network: group.map(|group| (published("private-subnets"), group)),
            timeout: task.timeout.sound().map_or(1800, |timeout| timeout.0),
            retries: task.retries.sound().map_or(0, |retries| retries.0),
            before: run == Run::BeforeDeploy,
            place: Place::of(name.span, sources),
            keys: keys.collect(),
        });
    }
    found
}
