//! A picture of the instances: where copies may well be, by the declared strategies. In: a [`Ground`], counts. Out: tasks and
//! what is free by instance and zone. Must not draw; it shows one placement of many and proves nothing.

use std::sync::Arc;

use crate::rollout::host::{Demand, Host, Placed};
use crate::rollout::placement::{Strategy, Wishes, start};
use crate::rollout::ports::HostPort;
use crate::rollout::query::Answer;
use crate::rollout::reservation::Reservation;

use super::declared::{Ground, Member};
use super::system::{Mark, Measure};

/// An instance with its tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bin {
    /// Its zone, from 0.
    pub zone: i64,
    /// How many copies of each service it runs, by their order.
    pub copies: Vec<i64>,
    /// Memory that tasks may have, in MiB, and what of it is free.
    pub memory: (i64, i64),
    /// CPU units that tasks may have, and what of them is free.
    pub cpu: (i64, i64),
    /// Whether it is lost, and runs nothing.
    pub lost: bool,
}

/// What is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Nothing.
    Nothing,
    /// An instance.
    Instance,
    /// A zone with as many instances as any.
    Zone,
}

/// Where copies are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// The instances; none where there are too many to draw.
    pub bins: Vec<Bin>,
    /// How many copies of each service found no room here, by their order.
    pub waiting: Vec<i64>,
}

/// More instances than this are not drawn.
pub const DRAWN: i64 = 48;

/// Places the copies one service after another on the least that instances register.
pub fn place(ground: &Ground, loss: Loss, count: impl Fn(&Member) -> i64) -> Placement {
    if ground.instances > DRAWN {
        return Placement::default();
    }
    let has = &ground.group.least;
    let taken = ground.group.taken.iter().filter_map(|mark| port(ground, *mark));
    let daemons = Placed {
        group: "".into(),
        demand: Demand {
            ports: taken.collect(),
            ..Demand::default()
        },
    };
    let zone = |at: i64| at % ground.zones;
    let is_lost = |at: i64| match loss {
        Loss::Nothing => false,
        Loss::Instance => at == 0,
        // No zone has more than the first one.
        Loss::Zone => zone(at) == 0,
    };
    let left: Vec<i64> = (0..ground.instances).filter(|at| !is_lost(*at)).collect();
    let host = |at: &i64| Host {
        zone: format!("{}", zone(*at)).into(),
        registered: Reservation {
            cpu: has[Measure::Cpu.at()],
            memory: has[Measure::Memory.at()],
        },
        interfaces: has[Measure::Interfaces.at()],
        gpus: has[Measure::Gpus.at()],
        tasks: vec![daemons.clone()],
    };
    let mut hosts: Vec<Host> = left.iter().map(host).collect();
    let mut waiting = Vec::new();
    for member in &ground.members {
        let demand = Demand {
            reservation: Reservation {
                cpu: member.shape.amounts[Measure::Cpu.at()],
                memory: member.shape.amounts[Measure::Memory.at()],
            },
            interface: member.shape.amounts[Measure::Interfaces.at()] > 0,
            ports: member.port.into_iter().collect(),
            gpus: 0,
        };
        let mut wanted = count(member);
        while wanted > 0 && member.allowed != Some(Answer::Never) {
            let wishes = Wishes {
                group: &member.name,
                distinct: member.distinct,
                strategies: &[Strategy::SpreadZones, Strategy::PackMemory],
            };
            let Some(at) = start(&hosts, &demand, wishes).first().copied() else {
                break;
            };
            hosts[at].tasks.push(Placed {
                group: Arc::clone(&member.name),
                demand: demand.clone(),
            });
            wanted -= 1;
        }
        waiting.push(wanted);
    }
    let mut hosts = hosts.iter();
    let mut next = |at: i64| if is_lost(at) { None } else { hosts.next() };
    let bins = (0..ground.instances).map(|at| match next(at) {
        Some(host) => Bin {
            zone: zone(at),
            copies: ground.members.iter().map(|member| host.copies(&member.name)).collect(),
            memory: (host.registered.memory, host.free().memory),
            cpu: (host.registered.cpu, host.free().cpu),
            lost: false,
        },
        None => Bin {
            zone: zone(at),
            copies: vec![0; ground.members.len()],
            memory: (0, 0),
            cpu: (0, 0),
            lost: true,
        },
    });
    Placement {
        bins: bins.collect(),
        waiting,
    }
}

fn port(ground: &Ground, mark: usize) -> Option<HostPort> {
    match ground.marks[mark] {
        Mark::Port(port) => Some(port),
        Mark::Alone(_) | Mark::Nowhere(_) => None,
    }
}
