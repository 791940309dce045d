//! A picture of the instances: where copies may well be, by the declared strategies. In: a [`Ground`], counts. Out: tasks and
//! what is free by instance and zone. Must not draw; it shows one placement of many and proves nothing.

use std::sync::Arc;

use crate::rollout::host::{Demand, Host, Placed};
use crate::rollout::placement::{Strategy, Wishes, start};
use crate::rollout::ports::HostPort;
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
}

/// More instances than this are not drawn.
pub const DRAWN: i64 = 48;

/// Places the copies one service after another on the least that instances register; nothing where there are too many.
pub fn bins(ground: &Ground, count: impl Fn(&Member) -> i64) -> Vec<Bin> {
    if ground.instances > DRAWN {
        return Vec::new();
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
    let host = |at: i64| Host {
        zone: format!("{}", at % ground.zones).into(),
        registered: Reservation {
            cpu: has[Measure::Cpu.at()],
            memory: has[Measure::Memory.at()],
        },
        interfaces: has[Measure::Interfaces.at()],
        gpus: has[Measure::Gpus.at()],
        tasks: vec![daemons.clone()],
    };
    let mut hosts: Vec<Host> = (0..ground.instances).map(host).collect();
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
        for _ in 0..count(member) {
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
        }
    }
    let bin = |(host, at): (&Host, i64)| Bin {
        zone: at % ground.zones,
        copies: ground.members.iter().map(|member| host.copies(&member.name)).collect(),
        memory: (host.registered.memory, host.free().memory),
    };
    hosts.iter().zip(0..).map(bin).collect()
}

fn port(ground: &Ground, mark: usize) -> Option<HostPort> {
    match ground.marks[mark] {
        Mark::Port(port) => Some(port),
        Mark::Alone(_) => None,
    }
}
