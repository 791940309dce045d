//! What a deployment does, stage by stage: stacks, images, tasks that run once.
//!
//! In: what a compile found. Out: a [`Plan`]. Must not know how to print, nor how it is carried out.

pub mod consequence;
pub mod digest;
pub mod drift;
pub mod edit;
pub mod footing;
pub mod found;
mod hidden;
mod image;
pub mod live;
mod logs;
pub mod notices;
pub mod preview;
mod reach;
mod removal;
pub mod reveal;
pub mod rollouts;
pub mod saved;
pub mod secret;
mod service;
pub mod stakes;
mod task;
pub mod until;
pub mod wider;
mod withheld;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::graph::{Graph, StackKind};
use crate::source::Sources;
use crate::spec::{App, Cluster, Run, Spec};
use crate::template::{Place, Template};

pub use footing::Footing;
pub use logs::LogPlace;
pub use reach::reached;
pub use removal::{Data, Records, Removal};
pub use service::{Check, Service};
pub use task::{Runnable, Task, When};

/// A deployment: its stages in order. A stage that fails ends it.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The stages.
    pub stages: Vec<Stage>,
    /// What is declared of each cluster, for the forecast of rollouts.
    pub footings: Vec<Footing>,
}

/// A stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// What it is called: the stack's name, or `shop: migrate`.
    pub name: String,
    /// What is done in it.
    pub work: Work,
}

/// What is done in a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    /// A stack is created or updated, and the rollouts in it are watched.
    Stack(StackWork),
    /// The digest of the image that the next stages run is looked up.
    Image(Image),
    /// A task is run to its end.
    Task(Task),
    /// A stack is deleted.
    Removal(Removal),
    /// What was written down is deleted.
    Records(Records),
}

/// An image whose digest is looked up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// The app.
    pub app: String,
    /// The cluster.
    pub cluster: String,
    /// The repository.
    pub repository: String,
    /// A tag or a digest; empty for what was pushed last.
    pub image: String,
    /// Where it is asked for.
    pub place: Place,
}

/// A stack to create or update.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackWork {
    /// The stack's name.
    pub stack: String,
    /// What it is for.
    pub kind: StackKind,
    /// The ECS cluster that its services and tasks run on; of a stack of repositories, none.
    pub cluster: Option<String>,
    /// The template.
    pub template: String,
    /// The values of its parameters.
    pub parameters: Vec<(String, Given)>,
    /// The capabilities that it needs.
    pub capabilities: Vec<String>,
    /// The services in it.
    pub services: Vec<Service>,
    /// Where its containers write their logs.
    pub logs: Vec<LogPlace>,
    /// Where its resources come from.
    pub origins: Vec<Origin>,
}

/// The value of a template parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Given {
    /// Known.
    Known(String),
    /// The digest of the image in this repository.
    Digest(String),
    /// What the stack has; of a new stack, what this parameter of Systems Manager says: the newest machine image. Without a
    /// name there must be a stack.
    Kept(String),
}

/// Where a resource comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Its logical ID.
    pub logical: String,
    /// In words: "service `web`".
    pub owner: String,
    /// The user's line.
    pub place: Place,
}

impl StackWork {
    /// The user's line behind a resource.
    pub fn place_of(&self, logical: &str) -> Option<&Place> {
        let origin = self.origins.iter().find(|origin| origin.logical == logical);
        origin.map(|origin| &origin.place)
    }
}

impl Plan {
    /// Takes another image of an app than the one that was pushed last: a tag or a digest. Returns whether the app has one
    /// of its own.
    pub fn pin(&mut self, app: &str, image: &str) -> bool {
        let mut found = false;
        for stage in &mut self.stages {
            if let Work::Image(own) = &mut stage.work
                && own.app == app
            {
                own.image = image.to_string();
                found = true;
            }
        }
        found
    }

    /// Leaves nothing but the services of these apps, with the images that are deployed: what was pushed since then takes no
    /// part, and no task runs again.
    pub fn only_services(&mut self, apps: &[String], spec: &Spec) {
        let names = spec.apps.iter().filter(|app| apps.iter().any(|one| *app.name == **one));
        let stacks = names.filter_map(|app| Some(format!("{}-{}", spec.cluster_of(app)?.name, app.name)));
        let stacks: Vec<String> = stacks.collect();
        self.stages.retain_mut(|stage| {
            let Work::Stack(work) = &mut stage.work else {
                return false;
            };
            for (_, given) in &mut work.parameters {
                if matches!(given, Given::Digest(_)) {
                    *given = Given::Kept(String::new());
                }
            }
            work.kind == StackKind::App && stacks.contains(&work.stack)
        });
    }

    /// Leaves what does not belong to this cluster. Repositories belong to all clusters that run their apps.
    pub fn only(&mut self, cluster: &str, spec: &Spec) {
        let runs = |app: &str| {
            spec.apps
                .iter()
                .any(|one| *one.name == *app && is_on(one, cluster, spec))
        };
        self.footings.retain(|footing| footing.cluster == cluster);
        self.stages.retain(|stage| match &stage.work {
            Work::Image(image) => image.cluster == cluster,
            Work::Task(task) => task.cluster == cluster,
            Work::Removal(removal) => removal.cluster == cluster,
            Work::Records(records) => records.cluster == cluster,
            Work::Stack(work) => match work.kind {
                StackKind::Registry => work.stack.strip_suffix("-registry").is_some_and(runs),
                StackKind::Cluster => work.stack.strip_suffix("-cluster") == Some(cluster),
                StackKind::Base | StackKind::Release | StackKind::App => {
                    let of_app = |app: &App| {
                        let stem = format!("{cluster}-{}", app.name);
                        ["-base", "-release", ""]
                            .iter()
                            .any(|end| work.stack == format!("{stem}{end}"))
                    };
                    spec.apps.iter().any(|app| is_on(app, cluster, spec) && of_app(app))
                }
            },
        });
    }
}

fn is_on(app: &App, cluster: &str, spec: &Spec) -> bool {
    spec.cluster_of(app).is_some_and(|one| *one.name == *cluster)
}

/// Makes the plan of a project: its clusters, then its repositories, then each app.
pub fn of(spec: &Spec, graph: &Graph, templates: &[Template], sources: &Sources) -> Plan {
    let mut stages = Vec::new();
    let stack_of = |name: &str| templates.iter().find(|template| template.stack == name);
    let add = |template: &Template, cluster: Option<&Cluster>, stages: &mut Vec<Stage>| {
        stages.push(Stage {
            name: template.stack.clone(),
            work: Work::Stack(stack(spec, graph, template, cluster, sources)),
        });
    };
    let shared = templates.iter().filter(|template| template.kind <= StackKind::Registry);
    for template in shared {
        let own = |cluster: &&Cluster| template.stack == format!("{}-cluster", cluster.name);
        let cluster = spec.clusters.iter().find(own);
        add(template, cluster, &mut stages);
    }
    for app in &spec.apps {
        let Some(cluster) = spec.cluster_of(app) else { continue };
        let stem = format!("{}-{}", cluster.name, app.name);
        let names = ["-base", "-release", ""].map(|suffix| format!("{stem}{suffix}"));
        let [base, release, services] = names.each_ref().map(|name| stack_of(name));
        let images = image::of(app, cluster, release.into_iter().chain(services), sources);
        stages.extend(images.into_iter().map(|image| Stage {
            name: format!("image {}", image.repository),
            work: Work::Image(image),
        }));
        let tasks = |run: Run, stack: &str, stages: &mut Vec<Stage>| {
            let found = task::of(app, cluster, run, stack, graph, sources);
            stages.extend(found.into_iter().map(|task| Stage {
                name: format!("{}: {}", app.name, task.name),
                work: Work::Task(task),
            }));
        };
        base.into_iter()
            .for_each(|template| add(template, Some(cluster), &mut stages));
        release
            .into_iter()
            .for_each(|template| add(template, Some(cluster), &mut stages));
        tasks(Run::BeforeDeploy, &names[1], &mut stages);
        services
            .into_iter()
            .for_each(|template| add(template, Some(cluster), &mut stages));
        tasks(Run::AfterDeploy, &names[2], &mut stages);
    }
    tell_apart(&mut stages);
    Plan {
        stages,
        footings: footing::of(spec),
    }
}

/// Services of one name, of two apps or of one app on two clusters, are told of with their stacks: `production-shop/web`.
fn tell_apart(stages: &mut [Stage]) {
    let services = |stages: &mut [Stage], each: &mut dyn FnMut(&mut Service)| {
        for stage in stages {
            if let Work::Stack(work) = &mut stage.work {
                work.services.iter_mut().for_each(&mut *each);
            }
        }
    };
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    services(stages, &mut |service| {
        *times.entry(service.name.clone()).or_default() += 1
    });
    services(stages, &mut |service| {
        if times[&service.name] > 1 {
            service.name = format!("{}/{}", service.stack, service.name);
        }
    });
}

/// All tasks of a project, those too that no deployment runs.
pub fn runnable(spec: &Spec, graph: &Graph, sources: &Sources) -> Vec<Runnable> {
    task::all(spec, graph, sources)
}

fn stack(spec: &Spec, graph: &Graph, template: &Template, cluster: Option<&Cluster>, sources: &Sources) -> StackWork {
    let parameters = template.parameters.iter().map(|parameter| {
        let given = match (&parameter.value, &parameter.repository) {
            (Some(value), _) => Given::Known(value.clone()),
            (None, Some(repository)) => Given::Digest(repository.to_string()),
            (None, None) => Given::Kept(image::newest(spec, &template.stack)),
        };
        (parameter.id.to_string(), given)
    });
    let origins = template.map.iter().filter(|origin| !origin.owner.is_empty());
    StackWork {
        stack: template.stack.clone(),
        kind: template.kind,
        cluster: cluster.map(|cluster| cluster.name.to_string()),
        template: compact(&template.body),
        parameters: parameters.collect(),
        capabilities: capabilities(template),
        services: service::of(spec, graph, template, sources),
        logs: logs::of(&template.body),
        origins: origins
            .map(|origin| Origin {
                logical: origin.id.clone(),
                owner: origin.owner.clone(),
                place: origin.user.clone(),
            })
            .collect(),
    }
}

/// A template without the white space that is for readers: AWS takes so many bytes in a request.
fn compact(body: &str) -> String {
    match serde_json::from_str::<serde_json::Value>(body) {
        Ok(template) => template.to_string(),
        // YAML is what its white space says.
        Err(_) => body.to_string(),
    }
}

/// The least that CloudFormation demands: resources of IAM need a word of consent, those with a name of their own another
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html>).
fn capabilities(template: &Template) -> Vec<String> {
    const NAMES: [&str; 7] = [
        "RoleName",
        "PolicyName",
        "UserName",
        "GroupName",
        "ManagedPolicyName",
        "InstanceProfileName",
        "PolicyName",
    ];
    let body: serde_json::Value = serde_json::from_str(&template.body).unwrap_or_default();
    let resources = body["Resources"].as_object().into_iter().flatten();
    let of_iam = resources.filter(|(_, resource)| {
        let kind = resource["Type"].as_str().unwrap_or_default();
        kind.starts_with("AWS::IAM::")
    });
    let mut found = Vec::new();
    for (_, resource) in of_iam {
        let named = NAMES.iter().any(|name| resource["Properties"].get(name).is_some());
        found.push(if named {
            "CAPABILITY_NAMED_IAM"
        } else {
            "CAPABILITY_IAM"
        });
    }
    // The stronger word includes the weaker.
    let most = found.into_iter().max_by_key(|word| word.len());
    most.map(str::to_string).into_iter().collect()
}
