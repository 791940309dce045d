//! An instance and what is free on it. In: demands of tasks. Out: what is lacking for one. Must not know why a task is
//! placed.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::ports::HostPort;
use super::reservation::Reservation;

/// What a task needs of an instance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// CPU and memory.
    pub reservation: Reservation,
    /// Whether it has a network interface of its own.
    pub interface: bool,
    /// Its fixed ports.
    pub ports: Vec<HostPort>,
    /// GPUs.
    pub gpus: i64,
}

/// What an instance lacks for a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lack {
    /// CPU units.
    Cpu,
    /// Registered memory.
    Memory,
    /// GPUs.
    Gpu,
    /// A fixed port.
    Ports,
    /// A network interface.
    Interfaces,
    /// It runs a copy already, and each is to have an instance of its own.
    Distinct,
}

impl Lack {
    /// The reason that ECS gives
    /// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html>).
    pub fn reason(self) -> &'static str {
        match self {
            Lack::Cpu => "RESOURCE:CPU",
            Lack::Memory => "RESOURCE:MEMORY",
            Lack::Gpu => "RESOURCE:GPU",
            Lack::Ports => "RESOURCE:PORTS",
            Lack::Interfaces => "RESOURCE:ENI",
            Lack::Distinct => "memberOf/distinctInstance",
        }
    }
}

/// A task on an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The service or the group it belongs to.
    pub group: Arc<str>,
    /// What it takes.
    pub demand: Demand,
}

/// An instance: all it has, and the tasks that hold a part of it, stopping ones too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its availability zone.
    pub zone: Arc<str>,
    /// CPU and memory that it registered.
    pub registered: Reservation,
    /// How many tasks may have a network interface.
    pub interfaces: i64,
    /// GPUs.
    pub gpus: i64,
    /// What runs on it.
    pub tasks: Vec<Placed>,
}

impl Host {
    /// What no task holds.
    pub fn free(&self) -> Reservation {
        let taken = self.tasks.iter().map(|task| task.demand.reservation);
        taken.fold(self.registered, |free, part| free - part)
    }

    /// How many tasks of a group it runs.
    pub fn copies(&self, group: &str) -> i64 {
        self.tasks.iter().filter(|task| &*task.group == group).count() as i64
    }

    /// The first thing that it lacks for a task; `None` when the task fits.
    pub fn lack(&self, demand: &Demand) -> Option<Lack> {
        let free = self.free();
        let held = |count: fn(&Demand) -> i64| self.tasks.iter().map(|task| count(&task.demand)).sum::<i64>();
        let ports: BTreeSet<HostPort> = self.tasks.iter().flat_map(|task| task.demand.ports.clone()).collect();
        if demand.reservation.cpu > free.cpu {
            Some(Lack::Cpu)
        } else if demand.reservation.memory > free.memory {
            Some(Lack::Memory)
        } else if demand.gpus > self.gpus - held(|demand| demand.gpus) {
            Some(Lack::Gpu)
        } else if demand.ports.iter().any(|port| ports.contains(port)) {
            Some(Lack::Ports)
        } else if demand.interface && self.interfaces <= held(|demand| i64::from(demand.interface)) {
            Some(Lack::Interfaces)
        } else {
            None
        }
    }
}
