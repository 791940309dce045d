//! Instances: how they come, register, are emptied and go. In: what a group launches. Out: hosts that tasks are placed on. Must
//! not know services.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cloud::capacity::{Instance, Port};
use crate::cloud::{Answer, Error, Moment};
use crate::rollout::drain;
use crate::rollout::host::Host;
use crate::rollout::ports;

use super::Account;
use super::names::cluster_name;
use super::task::{Cause, End, Task};
use super::{group, messages};

/// How far an instance is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// It starts, and registers at this moment.
    Coming(Moment),
    /// Tasks may be placed on it.
    Active,
    /// It is being emptied, until this moment at the latest.
    Draining(Moment),
}

/// An EC2 instance that is a container instance, or will be one.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    pub number: u64,
    pub arn: String,
    pub ec2: String,
    pub kind: String,
    pub group: String,
    pub cluster: String,
    /// The version of the launch template it was launched from.
    pub version: i64,
    pub phase: Phase,
    /// When it was in service for its group.
    pub in_service: Moment,
    /// Until when its agent is silent.
    pub silent: Option<Moment>,
    /// Whether it is protected from scaling in.
    pub protected: bool,
    /// Whether its Spot capacity was reclaimed.
    pub reclaimed: bool,
    pub host: Host,
    /// When each image is there, or has been.
    pub images: BTreeMap<String, Moment>,
    pub next_port: i64,
}

impl Machine {
    pub fn is_connected(&self) -> bool {
        self.silent.is_none()
    }

    pub fn is_active(&self) -> bool {
        self.phase == Phase::Active
    }

    pub fn is_draining(&self) -> bool {
        matches!(self.phase, Phase::Draining(_))
    }

    /// A port that nothing else listens on: given out one after another.
    pub fn dynamic_port(&mut self) -> i64 {
        let port = self.next_port;
        self.next_port = match port == *ports::DYNAMIC.end() {
            true => *ports::DYNAMIC.start(),
            false => port + 1,
        };
        port
    }
}

impl Account {
    /// Launches an instance of a group, in the zone that has the fewest.
    pub(super) fn launch(&mut self, name: &str, now: Moment) {
        let Some(group) = self.groups.get(name).cloned() else {
            return;
        };
        let copies = self.machines_by_zone(&group);
        let zones = crate::rollout::zones::emptiest(&copies);
        if zones.is_empty() || group.kinds.is_empty() {
            return;
        }
        let zone = zones[self.rng.usize(0..zones.len())].clone();
        let kind = group.kinds[self.rng.usize(0..group.kinds.len())].clone();
        let registered = self.registered_memory(&group, &kind);
        let runs = now.plus_seconds(self.between(60, 120));
        let registers = runs.plus_seconds(self.between(20, 60));
        let number = self.number();
        let id = self.hex(32);
        let machine = Machine {
            number,
            arn: self.arn("ecs", &format!("container-instance/{}/{id}", group.cluster)),
            ec2: format!("i-0{}", self.hex(16)),
            host: group::host(&kind, registered, zone),
            kind,
            group: name.to_string(),
            cluster: group.cluster.clone(),
            version: group.version,
            phase: Phase::Coming(registers),
            in_service: runs,
            silent: None,
            protected: group.protects,
            reclaimed: false,
            images: BTreeMap::new(),
            next_port: *ports::DYNAMIC.start(),
        };
        self.machines.insert(number, machine);
    }

    /// Lets instances register, hear from their agents, and go once they are empty.
    pub(super) fn run_machines(&mut self, now: Moment) {
        let mut gone = Vec::new();
        for machine in self.machines.values_mut() {
            if machine.silent.is_some_and(|until| until <= now) {
                machine.silent = None;
            }
            match machine.phase {
                Phase::Coming(at) if at <= now => machine.phase = Phase::Active,
                Phase::Draining(until) if until <= now => gone.push(machine.number),
                Phase::Draining(_) if !machine.reclaimed => gone.push(machine.number),
                _ => {}
            }
        }
        for number in gone {
            let machine = &self.machines[&number];
            let over = matches!(machine.phase, Phase::Draining(until) if until <= now);
            if over || !self.is_kept(number) {
                let code = match machine.reclaimed {
                    true => "SpotInterruption",
                    false => "TerminationNotice",
                };
                self.terminate(number, code, now);
            }
        }
    }

    /// Whether tasks keep an instance that is being emptied: all but daemons do.
    fn is_kept(&self, machine: u64) -> bool {
        let on_it = self.tasks.values().filter(|task| task.machine() == Some(machine));
        on_it.into_iter().any(|task| !self.is_daemon(task))
    }

    /// Whether a task is one of a daemon.
    pub(super) fn is_daemon(&self, task: &Task) -> bool {
        let service = task.owner.as_ref().and_then(|(arn, _)| self.services.get(arn));
        service.is_some_and(|service| service.daemon)
    }

    /// Empties an instance, which then goes.
    pub(super) fn drain(&mut self, number: u64, seconds: Option<i64>, now: Moment) {
        if let Some(machine) = self.machines.get_mut(&number) {
            let until = now.plus_seconds(seconds.unwrap_or(drain::HOOK_SECONDS));
            machine.phase = Phase::Draining(until);
        }
    }

    /// Ends an instance with all that runs on it.
    pub(super) fn terminate(&mut self, number: u64, code: &'static str, now: Moment) {
        let Some(machine) = self.machines.remove(&number) else {
            return;
        };
        let end = End {
            code,
            reason: messages::host_terminated(&machine.ec2),
            cause: Cause::Lost,
        };
        let on_it = self.tasks.values().filter(|task| task.machine() == Some(number));
        let numbers: Vec<u64> = on_it.map(|task| task.number).collect();
        for task in numbers {
            self.lose(task, end.clone(), now);
        }
    }

    /// How many seconds the images of a task take: those that nobody has pulled onto its instance yet, and those that somebody
    /// pulls just now.
    pub(super) fn pull(&mut self, task: &Task, now: Moment) -> i64 {
        let (first, again) = (self.between(8, 25), self.between(1, 3));
        let Some(machine) = task.machine().and_then(|number| self.machines.get_mut(&number)) else {
            return first;
        };
        let mut takes = again;
        for part in &task.definition.containers {
            let there = machine.images.entry(part.image.clone());
            let there = there.or_insert_with(|| now.plus_seconds(first));
            takes = takes.max(there.seconds_since(now));
        }
        takes
    }

    /// `DescribeContainerInstances` of those that are registered.
    pub fn instances(&mut self, cluster: &str) -> Answer<Vec<Instance>> {
        let name = cluster_name(cluster);
        if !self.clusters.contains_key(name) {
            let error = "ClusterNotFoundException";
            return Err(Error::new("DescribeContainerInstances", error, "Cluster not found."));
        }
        let registered = self.machines.values().filter(|machine| {
            let is_there = !matches!(machine.phase, Phase::Coming(_));
            machine.cluster == name && is_there
        });
        Ok(registered.map(Machine::shown).collect())
    }

    /// The instances of a group in each of its zones that works.
    fn machines_by_zone(&self, group: &group::Group) -> BTreeMap<Arc<str>, i64> {
        let working = group.zones.iter().filter(|zone| !self.lost_zones.contains(*zone));
        let count = |zone: &Arc<str>| {
            let there = self.machines.values().filter(|machine| machine.group == group.name);
            there
                .filter(|machine| machine.host.zone == *zone && !machine.is_draining())
                .count() as i64
        };
        working.map(|zone| (zone.clone(), count(zone))).collect()
    }
}

impl Machine {
    /// The fixed ports that the system and tasks hold.
    fn held_ports(&self) -> Vec<Port> {
        let reserved = ports::RESERVED.iter().map(|number| Port {
            number: *number,
            udp: false,
        });
        let of_tasks = self.host.tasks.iter().flat_map(|task| &task.demand.ports);
        let of_tasks = of_tasks.map(|port| Port {
            number: port.number,
            udp: port.udp,
        });
        let mut held: Vec<Port> = reserved.chain(of_tasks).collect();
        held.sort_unstable();
        held
    }

    fn shown(&self) -> Instance {
        let free = self.host.free();
        Instance {
            arn: self.arn.clone(),
            ec2: self.ec2.clone(),
            kind: self.kind.clone(),
            zone: self.host.zone.to_string(),
            status: if self.is_draining() { "DRAINING" } else { "ACTIVE" }.to_string(),
            connected: self.is_connected(),
            cpu: self.host.registered.cpu,
            memory: self.host.registered.memory,
            free_cpu: free.cpu,
            free_memory: free.memory,
            ports: self.held_ports(),
            tasks: self.host.tasks.len() as i64,
        }
    }
}
