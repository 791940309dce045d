//! The instances of a cluster as the forecast counts them: what is surely left of each, and what at best. In: what AWS says is
//! there, what is declared. Out: a [`Berth`], [`Mover`]s. Must not judge.

use std::collections::{BTreeMap, BTreeSet};

use crate::cloud::capacity::{Instance, Port};
use crate::cloud::definition::TaskDefinition;
use crate::plan::rollouts::Capacity;
use crate::rollout::forecast::declared::{Ground, Member};
use crate::rollout::forecast::live::{Berth, Kept, Mover};
use crate::rollout::forecast::system::{Amounts, Group, Mark, Measure, Shape};
use crate::rollout::ports::HostPort;
use crate::rollout::reservation::{self, Request};

use super::{Facts, Moving, counts, runs};

/// Where the copies of one cluster land.
pub(super) struct Quay<'a> {
    ground: &'a Ground,
    facts: &'a Facts,
    marks: Vec<Mark>,
}

impl<'a> Quay<'a> {
    pub fn new(ground: &'a Ground, facts: &'a Facts) -> Quay<'a> {
        Quay {
            ground,
            facts,
            marks: ground.marks.clone(),
        }
    }

    pub fn mover<'b>(&mut self, moving: Moving, member: &'b Member) -> Mover<'b> {
        let (desired, today) = counts(member, moving, self.facts);
        Mover {
            member,
            desired,
            today,
            old: self.old(moving, member),
        }
    }

    /// What a copy of today takes, at least and at most: of several revisions, part by part.
    fn old(&mut self, moving: Moving, member: &Member) -> Option<(Shape, Shape)> {
        let runs = runs(moving.service, self.facts)?;
        let mut revisions: BTreeSet<&str> = runs.tasks.iter().map(|task| &*task.task_definition).collect();
        let deployments = runs.service.deployments.iter();
        let alive = deployments.filter(|one| one.running + one.pending > 0);
        revisions.extend(alive.map(|one| &*one.task_definition));
        if revisions.is_empty() {
            revisions.insert(&runs.service.task_definition);
        }
        let mut found: Option<(Shape, Shape)> = None;
        for arn in revisions {
            let definition = self.facts.definitions.get(arn)?;
            let mut shape = self.shape(definition);
            if member.distinct {
                let alone = Mark::Alone(member.name.clone());
                shape.marks.extend(self.marks.iter().position(|mark| *mark == alone));
                shape.marks.sort_unstable();
            }
            found = Some(match found {
                None => (shape.clone(), shape),
                Some((least, most)) => (least.least(&shape), most.greatest(&shape)),
            });
        }
        found
    }

    fn shape(&mut self, definition: &TaskDefinition) -> Shape {
        let ports = definition.containers.iter().flat_map(|one| &one.ports);
        let ports: Vec<usize> = ports.map(|port| self.mark(*port)).collect();
        let mut marks = ports;
        marks.sort_unstable();
        marks.dedup();
        Shape {
            amounts: amounts(definition),
            marks,
        }
    }

    fn mark(&mut self, port: Port) -> usize {
        let mark = Mark::Port(HostPort {
            number: port.number,
            udp: port.udp,
        });
        self.place_of(port).unwrap_or_else(|| {
            self.marks.push(mark);
            self.marks.len() - 1
        })
    }

    pub fn berth(&mut self, moving: &[Moving]) -> (Berth, Capacity) {
        let declared = self.ground.instances;
        let Some(instances) = &self.facts.instances else {
            let group = Group {
                count: declared,
                ..self.ground.group.clone()
            };
            let berth = Berth {
                sure: vec![group.clone()],
                best: vec![group.clone()],
                more: Group { count: 0, ..group },
                kept: Vec::new(),
                marks: self.marks.clone(),
            };
            return (berth, Capacity::Declared { instances: declared });
        };
        let active: Vec<&Instance> = instances.iter().filter(|one| one.status == "ACTIVE").collect();
        let most = self.facts.most.unwrap_or(declared);
        let room = (most - active.len() as i64).max(0);
        let kept = self.kept(moving);
        let held = self.held(moving);
        let sure = active.iter().filter(|one| one.connected);
        let sure: Vec<Group> = sure.map(|one| self.sure(one, &held)).collect();
        let berth = Berth {
            best: merged(active.iter().map(|one| self.best(one, &held))),
            more: Group {
                count: room,
                ..self.ground.group.clone()
            },
            kept,
            marks: self.marks.clone(),
            sure: merged(sure.iter().cloned()),
        };
        let capacity = Capacity::Registered {
            instances: sure.len() as i64,
            room,
            more: 0,
        };
        (berth, capacity)
    }

    /// What tasks that we know hold of each instance.
    fn held(&self, moving: &[Moving]) -> BTreeMap<&str, Held> {
        let mut held: BTreeMap<&str, Held> = BTreeMap::new();
        for ((stack, logical), runs) in &self.facts.runs {
            let is_this = |one: &&Moving| one.service.stack == *stack && one.service.logical == *logical;
            let part: fn(&mut Held) -> &mut Load = match moving.iter().find(is_this) {
                _ if runs.daemon => |held| &mut held.daemons,
                // The one that goes stands beside the one that comes.
                Some(one) if !one.is_new => |held| &mut held.ours,
                _ => continue,
            };
            for task in &runs.tasks {
                let definition = self.facts.definitions.get(&task.task_definition);
                if let (Some(instance), Some(definition)) = (task.instance.as_deref(), definition) {
                    part(held.entry(instance).or_default()).add(definition);
                }
            }
        }
        held
    }

    /// The copies of services that do not move, and that scaling never takes away.
    fn kept(&mut self, moving: &[Moving]) -> Vec<Kept> {
        let facts = self.facts;
        let mut kept = Vec::new();
        for ((stack, logical), runs) in &facts.runs {
            let moves = moving
                .iter()
                .any(|one| one.service.stack == *stack && one.service.logical == *logical);
            let is_it = |member: &&Member| {
                *member.own == *runs.name && *stack == format!("{}-{}", self.ground.cluster, member.app)
            };
            let member = self.ground.members.iter().find(is_it);
            let Some(member) = member.filter(|member| member.least == member.most && !moves) else {
                continue;
            };
            let mut revisions = runs
                .tasks
                .iter()
                .map(|task| facts.definitions.get(&task.task_definition));
            let Some(Some(first)) = revisions.next() else { continue };
            if revisions.any(|other| other != Some(first)) {
                // In the middle of a rollout nothing is sure of it.
                continue;
            }
            kept.push(Kept {
                name: member.name.clone(),
                count: member.least.min(runs.tasks.len() as i64),
                shape: self.shape(first),
            });
        }
        kept
    }

    /// What is left for the copies that move, whatever other tasks do.
    fn sure(&self, instance: &Instance, held: &BTreeMap<&str, Held>) -> Group {
        let none = Held::default();
        let held = held.get(instance.arn.as_str()).unwrap_or(&none);
        let (ours, daemons) = (&held.ours, self.ground.daemons);
        let [cpu, memory, interfaces, _] = Measure::ALL.map(Measure::at);
        let mut least = [0; 4];
        // A daemon that grows, or comes, takes its room first.
        let lacks = |needed: i64, at: usize| (needed - held.daemons.amounts[at]).max(0);
        least[cpu] = instance.free_cpu + ours.amounts[cpu] - lacks(daemons.cpu, cpu);
        least[memory] = instance.free_memory + ours.amounts[memory] - lacks(daemons.memory, memory);
        least[interfaces] = self.ground.group.least[interfaces] - (instance.tasks - ours.tasks).max(0);
        let others = instance.ports.iter().filter(|port| !ours.ports.contains(port));
        let ports: Vec<usize> = others.filter_map(|port| self.place_of(*port)).collect();
        group(instance, least, [ports, self.ground.group.taken.clone()].concat())
    }

    /// What is left for them at best: only daemons are taken off.
    fn best(&self, instance: &Instance, held: &BTreeMap<&str, Held>) -> Group {
        let none = Held::default();
        let held = held.get(instance.arn.as_str()).unwrap_or(&none);
        let daemons = self.ground.daemons;
        let [cpu, memory, interfaces, gpus] = Measure::ALL.map(Measure::at);
        let mut most = [0; 4];
        let keeps = |needed: i64, at: usize| held.daemons.amounts[at].min(needed);
        most[cpu] = instance.cpu - keeps(daemons.cpu, cpu);
        most[memory] = instance.memory - keeps(daemons.memory, memory);
        // Of a type that is not declared it is not said how many interfaces it has.
        let is_declared = self.ground.types.iter().any(|one| one.name == instance.kind);
        most[interfaces] = match is_declared {
            true => self.ground.group.most[interfaces],
            false => ANY,
        };
        most[gpus] = ANY;
        group(instance, most, self.ground.group.taken.clone())
    }

    fn place_of(&self, port: Port) -> Option<usize> {
        let mark = Mark::Port(HostPort {
            number: port.number,
            udp: port.udp,
        });
        self.marks.iter().position(|known| *known == mark)
    }
}

/// More than any instance has of something.
const ANY: i64 = 1000;

/// An instance as a group of its own.
fn group(instance: &Instance, has: Amounts, mut taken: Vec<usize>) -> Group {
    taken.sort_unstable();
    taken.dedup();
    let has = has.map(|amount| amount.max(0));
    Group {
        name: instance.kind.as_str().into(),
        count: 1,
        least: has,
        most: has,
        taken,
    }
}

/// What tasks that we know hold of an instance.
#[derive(Clone, Debug, Default)]
struct Held {
    /// Copies that are replaced.
    ours: Load,
    /// Daemons.
    daemons: Load,
}

/// What some tasks hold together.
#[derive(Clone, Debug, Default)]
struct Load {
    amounts: Amounts,
    ports: Vec<Port>,
    tasks: i64,
}

impl Load {
    fn add(&mut self, definition: &TaskDefinition) {
        for (all, one) in self.amounts.iter_mut().zip(amounts(definition)) {
            *all += one;
        }
        self.ports
            .extend(definition.containers.iter().flat_map(|one| one.ports.clone()));
        self.tasks += 1;
    }
}

fn amounts(definition: &TaskDefinition) -> Amounts {
    let requests = definition.containers.iter().map(|one| Request {
        cpu: one.cpu,
        limit: one.memory,
        reserve: one.reserve,
    });
    let requests: Vec<Request> = requests.collect();
    let size = reservation::of_task(definition.cpu, definition.memory, &requests);
    [size.cpu, size.memory, i64::from(definition.network == "awsvpc"), 0]
}

/// Instances of which the same is left, counted together.
fn merged(groups: impl Iterator<Item = Group>) -> Vec<Group> {
    let mut all: Vec<Group> = Vec::new();
    for group in groups {
        let same =
            |other: &&mut Group| other.least == group.least && other.most == group.most && other.taken == group.taken;
        match all.iter_mut().find(same) {
            Some(known) => known.count += 1,
            None => all.push(group),
        }
    }
    all
}
