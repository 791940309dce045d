//! Another machine image for the instances of a cluster. In: a spec, a cluster, perhaps an image. Out: what runs now, what
//! would, what the roll does to each service before it does it, and a plan that changes nothing but the image.
//!
//! The deployed stack is the lock: its parameter says which image it is, and only this changes it.

mod catalogue;
mod there;

use crate::cloud::formation::Stack;
use crate::cloud::{Answer, Cloud, ErrorKind};
use crate::deploy::is_ours;
use crate::deploy::watch::Outcome;
use crate::graph::StackKind;
use crate::plan::{Given, Plan, StackWork, Stage, Work};
use crate::rollout::forecast::declared::{Ground, WhatIf};
use crate::rollout::forecast::roll::Roll;
use crate::spec::Spec;

use super::patience::ask;

pub use catalogue::Image;

/// What is asked for.
#[derive(Clone, Copy)]
pub struct Wish<'a> {
    /// The project.
    pub spec: &'a Spec,
    /// What it would deploy.
    pub plan: &'a Plan,
    /// The cluster.
    pub cluster: &'a str,
    /// The image; the newest without it.
    pub to: Option<&'a str>,
}

/// What is known before anything is done.
#[derive(Clone, Debug)]
pub struct Survey {
    /// The cluster.
    pub cluster: String,
    /// What its instances start from now.
    pub old: Image,
    /// What they would.
    pub new: Image,
    /// How many images were published after the one that runs, where both are known.
    pub behind: Option<usize>,
    /// What the roll does; nothing where that is not known.
    pub roll: Option<Roll>,
    /// Apps on the cluster that the spec does not have, so that nothing is known of them.
    pub others: Vec<String>,
    work: StackWork,
}

/// Why there is nothing to do, or nothing that could be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// The project does not deploy the cluster.
    NotHere(String),
    /// The cluster has no instances.
    NoInstances,
    /// The spec says which image it is.
    Pinned(String),
    /// The cluster is not deployed.
    NotDeployed(String),
    /// Its stack is not made by loadline.
    Foreign(String),
    /// Its stack takes no change now.
    Busy(String, String),
}

impl Unfit {
    /// How a command ends because of it.
    pub fn outcome(&self) -> Outcome {
        match self {
            Unfit::Busy(..) => Outcome::Locked,
            _ => Outcome::Failed,
        }
    }

    /// Why, and what to do.
    pub fn words(&self) -> (String, String) {
        match self {
            Unfit::NotHere(cluster) => (
                format!("cluster `{cluster}` is no part of this project"),
                "run it where its document is".to_string(),
            ),
            Unfit::NoInstances => (
                "this cluster declares no instances".to_string(),
                "what runs on Fargate gets its updates from AWS".to_string(),
            ),
            Unfit::Pinned(image) => (
                format!("the spec says which image it is: `image: {image}`"),
                "change it there and `loadline apply`, or write `image: al2023` to follow the newest".to_string(),
            ),
            Unfit::NotDeployed(stack) => (
                format!("stack {stack} is not there"),
                "`loadline apply` makes it, with the newest image".to_string(),
            ),
            Unfit::Foreign(stack) => (
                format!("stack {stack} is not made by loadline: its description does not say so"),
                "nothing of it is touched".to_string(),
            ),
            Unfit::Busy(stack, status) => (
                format!("stack {stack} takes no change now ({status})"),
                "wait until that is over; `loadline recover` helps where it is stuck".to_string(),
            ),
        }
    }
}

impl Survey {
    /// Whether it runs already.
    pub fn is_done(&self) -> bool {
        self.old.id == self.new.id
    }

    /// What changes the image, and nothing else.
    pub fn plan(&self) -> Plan {
        Plan {
            stages: vec![Stage {
                name: self.work.stack.clone(),
                work: Work::Stack(self.work.clone()),
            }],
            ..Plan::default()
        }
    }
}

/// Looks at what there is and what there would be.
pub async fn look<C: Cloud>(wish: Wish<'_>, cloud: &C) -> Answer<Result<Survey, Unfit>> {
    let stack = format!("{}-cluster", wish.cluster);
    let found = wish.plan.stages.iter().find_map(|stage| match &stage.work {
        Work::Stack(work) if work.kind == StackKind::Cluster && work.stack == stack => Some(work),
        _ => None,
    });
    let Some(work) = found else {
        return Ok(Err(Unfit::NotHere(wish.cluster.to_string())));
    };
    let mut parameters = work.parameters.iter();
    let kept = parameters.find_map(|(id, given)| match given {
        Given::Kept(name) => Some((id, name)),
        _ => None,
    });
    let Some((parameter, published)) = kept else {
        return Ok(Err(pinned(wish)));
    };
    let there = match ask(cloud, async |cloud: &C| cloud.describe_stack(&stack).await).await {
        Err(error) if error.kind() == ErrorKind::Missing => return Ok(Err(Unfit::NotDeployed(stack))),
        answer => answer?,
    };
    if !ask(cloud, async |cloud: &C| is_ours(&there, cloud).await).await? {
        return Ok(Err(Unfit::Foreign(stack)));
    }
    let status = &there.status;
    if status.is_in_review() || !there.parameters.contains_key(parameter) {
        return Ok(Err(Unfit::NotDeployed(stack)));
    }
    if status.is_under_way() || status.is_failed() {
        return Ok(Err(Unfit::Busy(stack, status.0.clone())));
    }
    let old = &there.parameters[parameter];
    let newest = match wish.to {
        Some(id) => id.to_string(),
        None => {
            let answer = ask(cloud, async |cloud: &C| cloud.parameter(published).await).await?;
            answer.value
        }
    };
    let known = catalogue::read(published, cloud).await;
    let template = ask(cloud, async |cloud: &C| cloud.template(&there.id).await).await?;
    let (roll, others) = roll(wish, cloud).await?;
    Ok(Ok(Survey {
        cluster: wish.cluster.to_string(),
        behind: known.behind(old, &newest),
        old: known.image(old),
        new: known.image(&newest),
        roll,
        others,
        work: only(work, &there, parameter, &newest, template),
    }))
}

fn pinned(wish: Wish<'_>) -> Unfit {
    let mut clusters = wish.spec.clusters.iter();
    let cluster = clusters.find(|one| *one.name == *wish.cluster);
    let image = cluster.and_then(|one| one.capacity.instances.sound()?.as_ref()?.image.sound());
    image.map_or(Unfit::NoInstances, |image| Unfit::Pinned(image.0.to_string()))
}

/// The stack as it is deployed, with another image: what else the spec has changed is left to `apply`.
fn only(work: &StackWork, there: &Stack, parameter: &str, image: &str, template: String) -> StackWork {
    let parameters = there.parameters.keys().map(|id| {
        let given = match id == parameter {
            true => Given::Known(image.to_string()),
            false => Given::Kept(String::new()),
        };
        (id.clone(), given)
    });
    StackWork {
        template,
        parameters: parameters.collect(),
        ..work.clone()
    }
}

/// What the roll does, by what runs now.
async fn roll<C: Cloud>(wish: Wish<'_>, cloud: &C) -> Answer<(Option<Roll>, Vec<String>)> {
    let mut clusters = wish.spec.clusters.iter();
    let index = clusters.position(|one| *one.name == *wish.cluster);
    let ground = index.and_then(|index| Ground::of(wish.spec, index, &WhatIf::default()));
    let others = there::others(wish, cloud).await?;
    let Some(ground) = ground else {
        return Ok((None, others));
    };
    let instances = match ask(cloud, async |cloud: &C| cloud.container_instances(wish.cluster).await).await {
        Err(error) if error.kind() == ErrorKind::Missing => Vec::new(),
        answer => answer?,
    };
    let copies = there::copies(wish, cloud).await?;
    let count = |member: &crate::rollout::forecast::declared::Member| {
        let own = member.name.rsplit('/').next().unwrap_or(&member.name);
        let known = copies.get(&(member.app.to_string(), own.to_string()));
        known.copied().unwrap_or(0)
    };
    let beyond = there::beyond(&ground, &instances);
    let roll = Roll::of(&ground, instances.len() as i64, count, beyond);
    Ok((Some(roll), others))
}
