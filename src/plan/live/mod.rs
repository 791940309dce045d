//! The forecast of a deployment's rollouts on what is there. In: what changes, what is declared, what AWS says is there. Out:
//! [`Rollout`]s. Must not know how it was asked.

mod quay;

use std::collections::BTreeMap;

use crate::cloud::capacity::Instance;
use crate::cloud::definition::TaskDefinition;
use crate::cloud::ecs::{self, Task};
use crate::rollout::deployments::PARAMETERS;
use crate::rollout::forecast::declared::Member;
use crate::rollout::forecast::live::{Mover, on_fargate, on_instances};

use super::consequence::{Consequence, Effect};
use super::footing::Footing;
use super::preview::StackPreview;
use super::rollouts::{Capacity, Rollout};
use super::{Service, StackWork};

use quay::Quay;

/// A service whose copies are replaced, or come to be.
#[derive(Clone, Copy, Debug)]
pub struct Moving<'a> {
    /// It.
    pub service: &'a Service,
    /// Whether the service itself comes to be: no copies of it are replaced.
    pub is_new: bool,
}

/// What runs of a service.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    /// Its name in the spec.
    pub name: String,
    /// Whether there is one copy for each instance.
    pub daemon: bool,
    /// As ECS describes it.
    pub service: ecs::Service,
    /// Its tasks that run or are on their way.
    pub tasks: Vec<Task>,
}

/// What AWS says is there, in one cluster.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The instances that are registered; `None` where there is no cluster yet, or nobody may look.
    pub instances: Option<Vec<Instance>>,
    /// The most instances that the deployed cluster allows, where it is not deployed with the rest.
    pub most: Option<i64>,
    /// What runs, by stack and logical ID of the service.
    pub runs: BTreeMap<(String, String), Runs>,
    /// The task definitions of what runs, by ARN.
    pub definitions: BTreeMap<String, TaskDefinition>,
}

/// The services of a stack whose copies are replaced, or come to be.
pub fn moving<'a>(seen: &StackPreview, work: &'a StackWork) -> Vec<Moving<'a>> {
    let of = |logical: &str| seen.consequences.iter().find(|one| one.logical == logical);
    let moves = work.services.iter().filter(|service| !service.daemon);
    moves
        .filter_map(|service| {
            let own = of(&service.logical);
            let revision = service.task_definition.as_deref().and_then(of);
            let is_new = own.is_some_and(|own| matches!(own.effect, Effect::Added | Effect::Replaced));
            let is_revised = revision.is_some_and(|revision| revision.effect != Effect::Removed);
            let moves = is_new || (own.is_some() && is_revised) || own.is_some_and(deploys);
            moves.then_some(Moving { service, is_new })
        })
        .collect()
}

/// Whether a change of a service makes a deployment, by the parameters of `UpdateService`.
fn deploys(service: &Consequence) -> bool {
    let deploys = |property: &str| {
        let name = property.split(['.', '[']).next().unwrap_or_default();
        let mut known = PARAMETERS.iter();
        // What is said of a task definition that stays is only that it may change.
        let may = name == "TaskDefinition";
        !may && known.any(|one| one.deploys && one.name.eq_ignore_ascii_case(name))
    };
    service.effect == Effect::Changed && service.edits.iter().any(|edit| deploys(&edit.property))
}

/// How the rollouts in one cluster go: all that move in one deployment count as moving together.
pub fn foretold(footing: &Footing, moving: &[Moving], facts: &Facts) -> Vec<Rollout> {
    let known = moving.iter().filter_map(|one| {
        let app = one.service.stack.strip_prefix(&format!("{}-", footing.cluster))?;
        Some((*one, footing.member(app, one.service.own_name())?))
    });
    let known: Vec<(Moving, &Member)> = known.collect();
    let on_fargate_too = |member: &Member| footing.fargate.iter().any(|one| std::ptr::eq(one, member));
    let (fargate, instances): (Vec<_>, Vec<_>) = known.into_iter().partition(|(_, member)| on_fargate_too(member));
    let mut found = Vec::new();
    if let Some(ground) = footing.ground.as_ref().filter(|_| !instances.is_empty()) {
        let mut quay = Quay::new(ground, facts);
        let movers: Vec<Mover> = instances.iter().map(|(one, member)| quay.mover(*one, member)).collect();
        let moving: Vec<Moving> = instances.iter().map(|(one, _)| *one).collect();
        let (berth, capacity) = quay.berth(&moving);
        let told = on_instances(&berth, &movers);
        for ((one, mover), told) in moving.iter().zip(&movers).zip(told) {
            let copies = [mover.desired, mover.today];
            let service = one.service;
            found.push(Rollout::of(
                &service.stack,
                &service.name,
                &service.place,
                copies,
                capacity,
                told,
            ));
        }
    }
    for (one, member) in fargate {
        let (desired, today) = counts(member, one, facts);
        let mover = Mover {
            member,
            desired,
            today,
            old: None,
        };
        let service = one.service;
        let told = on_fargate(&mover);
        found.push(Rollout::of(
            &service.stack,
            &service.name,
            &service.place,
            [desired, today],
            Capacity::Fargate,
            told,
        ));
    }
    found
}

fn runs<'a>(service: &Service, facts: &'a Facts) -> Option<&'a Runs> {
    facts.runs.get(&(service.stack.clone(), service.logical.clone()))
}

/// How many copies there shall be, and how many there are. Autoscaling leaves the number as it is.
fn counts(member: &Member, moving: Moving, facts: &Facts) -> (i64, i64) {
    let runs = runs(moving.service, facts).filter(|_| !moving.is_new);
    let now = runs.map(|runs| runs.service.desired);
    let desired = now.unwrap_or(member.least).clamp(member.least, member.most);
    let today = runs.map_or(0, |runs| runs.service.running + runs.service.pending);
    // Of one that is there nothing is known where nobody may look: it is taken to be whole.
    let is_unseen = runs.is_none() && !moving.is_new;
    (desired, if is_unseen { desired } else { today })
}
