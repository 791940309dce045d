//! Taking away: an app from a cluster, or a cluster. In: names. Out: what goes, what stays, what forbids it, and a plan that
//! does it. Nothing is changed here; what is not made by loadline is never part of the plan.

mod stays;
mod wanted;

use std::collections::BTreeSet;

use crate::cloud::formation::{Change, Stack, StackResource};
use crate::cloud::{Answer, Cloud, ErrorKind};
use crate::deploy::is_ours;
use crate::deploy::watch::Outcome;
use crate::plan::{Data, Plan, Records, Removal, Stage, Work};

use super::patience::{all, ask};

pub use stays::by_hand;
pub use wanted::Unclear;

/// What is to be taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// An app, from a cluster.
    App {
        /// The app.
        app: String,
        /// The cluster.
        cluster: String,
        /// Its repositories too, unless one of these other clusters runs the app.
        registry: Option<Vec<String>>,
    },
    /// A cluster, once nothing is on it.
    Cluster {
        /// The cluster.
        cluster: String,
        /// The apps that the spec has on it.
        apps: Vec<String>,
    },
}

impl Wish {
    /// What a person types to confirm it.
    pub fn name(&self) -> &str {
        match self {
            Wish::App { app, .. } => app,
            Wish::Cluster { cluster, .. } => cluster,
        }
    }

    /// The cluster.
    pub fn cluster(&self) -> &str {
        match self {
            Wish::App { cluster, .. } | Wish::Cluster { cluster, .. } => cluster,
        }
    }

    /// The stacks, in the order in which they are deleted: what others need goes last.
    fn stacks(&self) -> Vec<String> {
        match self {
            Wish::App { app, cluster, registry } => {
                let registry = registry.is_some().then(|| format!("{app}-registry"));
                of_app(app, cluster).into_iter().chain(registry).collect()
            }
            Wish::Cluster { cluster, .. } => vec![format!("{cluster}-cluster")],
        }
    }
}

/// The stacks of an app on a cluster, the services first.
fn of_app(app: &str, cluster: &str) -> Vec<String> {
    let stem = format!("{cluster}-{app}");
    ["", "-release", "-base"].map(|end| format!("{stem}{end}")).to_vec()
}

/// What there is to take away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// The stacks that are there, in the order in which they are deleted.
    pub stacks: Vec<Found>,
    /// What deployments have written down, by the names of the parameters.
    pub records: Vec<String>,
    /// What forbids it.
    pub obstacles: Vec<Obstacle>,
}

/// A stack that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its name.
    pub stack: String,
    /// Its ARN.
    pub id: String,
    /// Its status.
    pub status: String,
    /// What is in it, in the order of its template.
    pub parts: Vec<Part>,
}

/// A resource of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its logical ID.
    pub logical: String,
    /// Its physical ID.
    pub physical: String,
    /// Its type.
    pub kind: String,
    /// Whether it is still there when its stack is gone.
    pub stays: bool,
    /// What it holds, where it would stay and shall not.
    pub data: Option<Data>,
}

/// Why something is not taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// Apps are on the cluster.
    Apps {
        /// The cluster.
        cluster: String,
        /// The apps.
        apps: Vec<String>,
    },
    /// A stack of this name is not made by loadline.
    Foreign {
        /// The stack.
        stack: String,
    },
    /// Its termination protection is on.
    Protected {
        /// The stack.
        stack: String,
    },
    /// Something else is under way with a stack.
    Busy {
        /// The stack.
        stack: String,
        /// Its status.
        status: String,
    },
    /// The app runs on other clusters too, from the same repositories.
    Shared {
        /// The stack of the repositories.
        stack: String,
        /// The clusters.
        clusters: Vec<String>,
    },
}

impl Obstacle {
    /// How a command ends because of it.
    pub fn outcome(&self) -> Outcome {
        match self {
            Obstacle::Busy { .. } => Outcome::Locked,
            _ => Outcome::Failed,
        }
    }

    /// Why, and what to do.
    pub fn words(&self) -> (String, String) {
        match self {
            Obstacle::Apps { cluster, apps } => (
                format!("cluster `{cluster}` has apps on it: {}", apps.join(", ")),
                format!(
                    "take them away first: `loadline destroy . {} --cluster {cluster}`",
                    apps.first().map_or("APP", String::as_str)
                ),
            ),
            Obstacle::Foreign { stack } => (
                format!("stack {stack} is not made by loadline: its description does not say so"),
                "nothing of it is touched; rename it, or delete it by hand if it is not needed".to_string(),
            ),
            Obstacle::Protected { stack } => (
                format!("stack {stack} is protected from deletion: somebody has turned its termination protection on"),
                format!(
                    "if it may go, `aws cloudformation update-termination-protection --no-enable-termination-protection \
                     --stack-name {stack}`"
                ),
            ),
            Obstacle::Busy { stack, status } => (
                format!("something is under way with stack {stack} ({status})"),
                "wait until it is over, or give `--wait-for-lock 30m`".to_string(),
            ),
            Obstacle::Shared { stack, clusters } => (
                format!("the images of {stack} are what runs on {}", clusters.join(", ")),
                "leave `--registry` away, or take the app away there first".to_string(),
            ),
        }
    }
}

impl Survey {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.stacks.is_empty() && self.records.is_empty()
    }

    /// What is still there when all is done.
    pub fn stays(&self) -> impl Iterator<Item = &Part> {
        self.stacks
            .iter()
            .flat_map(|found| &found.parts)
            .filter(|part| part.stays)
    }

    /// Lets no log group, repository and bucket stay. What else stays is told, and stays.
    pub fn with_data(&mut self) {
        for part in self.stacks.iter_mut().flat_map(|found| &mut found.parts) {
            let name = part.physical.clone();
            if !part.stays || name.is_empty() {
                continue;
            }
            part.data = match part.kind.as_str() {
                "AWS::Logs::LogGroup" => Some(Data::Log(name)),
                "AWS::ECR::Repository" => Some(Data::Repository(name)),
                "AWS::S3::Bucket" => Some(Data::Bucket(name)),
                _ => None,
            };
            part.stays = part.data.is_none();
        }
    }

    /// What takes it away.
    pub fn plan(&self, wish: &Wish) -> Plan {
        let cluster = wish.cluster().to_string();
        let removals = self.stacks.iter().map(|found| Stage {
            name: found.stack.clone(),
            work: Work::Removal(Removal {
                stack: found.stack.clone(),
                id: found.id.clone(),
                cluster: cluster.clone(),
                changes: found.parts.iter().map(Part::change).collect(),
                groups: found.groups(),
                data: found.parts.iter().filter_map(|part| part.data.clone()).collect(),
            }),
        });
        let mut stages: Vec<Stage> = removals.collect();
        if !self.records.is_empty() {
            stages.push(Stage {
                name: format!("records of {}", wish.name()),
                work: Work::Records(Records {
                    cluster,
                    names: self.records.clone(),
                }),
            });
        }
        Plan {
            stages,
            ..Plan::default()
        }
    }
}

impl Found {
    fn groups(&self) -> Vec<String> {
        let parts = self.parts.iter();
        let groups = parts.filter(|part| part.kind == "AWS::AutoScaling::AutoScalingGroup" && !part.stays);
        groups
            .filter(|part| !part.physical.is_empty())
            .map(|part| part.physical.clone())
            .collect()
    }
}

impl Part {
    fn change(&self) -> Change {
        Change {
            action: "Remove".to_string(),
            logical: self.logical.clone(),
            physical: Some(self.physical.clone()),
            kind: self.kind.clone(),
            policy: Some(if self.stays { "Retain" } else { "Delete" }.to_string()),
            ..Change::default()
        }
    }
}

/// Looks at what there is.
pub async fn look<C: Cloud>(wish: &Wish, cloud: &C) -> Answer<Survey> {
    let mut survey = Survey::default();
    match wish {
        Wish::App { app, cluster, registry } => {
            let folder = format!("/loadline/{cluster}/apps/{app}");
            let below = all(cloud, async |cloud: &C, page| {
                cloud.parameters_below(&folder, true, page).await
            })
            .await?;
            // What its stacks publish goes with them.
            let published = format!("{folder}/v1/");
            let records = below.into_iter().map(|one| one.name);
            survey
                .records
                .extend(records.filter(|name| !name.starts_with(&published)));
            let mut clusters = Vec::new();
            for other in registry.iter().flatten() {
                if runs(app, other, cloud).await? {
                    clusters.push(other.clone());
                }
            }
            if !clusters.is_empty() {
                let stack = format!("{app}-registry");
                survey.obstacles.push(Obstacle::Shared { stack, clusters });
            }
        }
        Wish::Cluster { cluster, apps } => {
            let apps = readers(cluster, apps, cloud).await?;
            if !apps.is_empty() {
                let cluster = cluster.clone();
                survey.obstacles.push(Obstacle::Apps { cluster, apps });
            }
        }
    }
    for stack in wish.stacks() {
        survey.stack(&stack, cloud).await?;
    }
    Ok(survey)
}

impl Survey {
    async fn stack<C: Cloud>(&mut self, name: &str, cloud: &C) -> Answer<()> {
        let there = match ask(cloud, async |cloud: &C| cloud.describe_stack(name).await).await {
            Err(error) if error.kind() == ErrorKind::Missing => return Ok(()),
            answer => answer?,
        };
        if there.status.as_str() == "DELETE_COMPLETE" {
            return Ok(());
        }
        let stack = name.to_string();
        if !ask(cloud, async |cloud: &C| is_ours(&there, cloud).await).await? {
            self.obstacles.push(Obstacle::Foreign { stack });
            return Ok(());
        }
        if there.standing.protected {
            self.obstacles.push(Obstacle::Protected { stack });
        } else if is_busy(&there) {
            let status = there.status.0.clone();
            self.obstacles.push(Obstacle::Busy { stack, status });
        }
        let id = there.id.as_str();
        let resources = all(cloud, async |cloud: &C, page| {
            cloud.list_stack_resources(id, page).await
        })
        .await?;
        let template = match ask(cloud, async |cloud: &C| cloud.template(id).await).await {
            // The shell of a change set has none.
            Err(error) if error.kind() != ErrorKind::Denied && !error.is_passing() => String::new(),
            answer => answer?,
        };
        let kept = stays::kept(&template);
        let is_there = |one: &StackResource| !matches!(one.status.as_str(), "DELETE_COMPLETE" | "DELETE_SKIPPED");
        let parts = resources.into_iter().filter(is_there).map(|one| Part {
            stays: kept.contains(&one.logical),
            data: None,
            logical: one.logical,
            physical: one.physical,
            kind: one.kind,
        });
        self.stacks.push(Found {
            stack: there.name.clone(),
            status: there.status.0.clone(),
            parts: parts.collect(),
            id: there.id,
        });
        Ok(())
    }
}

/// Whether somebody else's operation is under way. A deletion is what is wanted, and a clean-up passes.
fn is_busy(stack: &Stack) -> bool {
    let status = &stack.status;
    status.is_under_way() && !status.is_cleaning_up() && status.as_str() != "DELETE_IN_PROGRESS"
}

/// The apps on a cluster: those that have registered there what they read, and those of the spec that have a stack there.
async fn readers<C: Cloud>(cluster: &str, apps: &[String], cloud: &C) -> Answer<Vec<String>> {
    let folder = format!("/loadline/{cluster}/apps");
    let below = all(cloud, async |cloud: &C, page| {
        cloud.parameters_below(&folder, true, page).await
    })
    .await?;
    let names = below.iter().filter_map(|one| {
        let rest = one.name.strip_prefix(&folder)?.strip_prefix('/')?;
        rest.split('/').next().map(str::to_string)
    });
    let mut found: BTreeSet<String> = names.collect();
    for app in apps {
        if !found.contains(app) && runs(app, cluster, cloud).await? {
            found.insert(app.clone());
        }
    }
    Ok(found.into_iter().collect())
}

/// Whether an app has a stack on a cluster.
async fn runs<C: Cloud>(app: &str, cluster: &str, cloud: &C) -> Answer<bool> {
    for stack in of_app(app, cluster) {
        if is_there(ask(cloud, async |cloud: &C| cloud.describe_stack(&stack).await).await)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_there<T>(answer: Answer<T>) -> Answer<bool> {
    match answer {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::Missing => Ok(false),
        Err(error) => Err(error),
    }
}
