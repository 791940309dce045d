//! What a task reserves of an instance. In: what its containers ask for. Out: CPU units and MiB. Must not know instances.

use std::ops::{Add, AddAssign, Sub};

use crate::spec::{Memory, Workload};

/// A part of an instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reservation {
    /// CPU units; 1,024 are one vCPU.
    pub cpu: i64,
    /// In MiB.
    pub memory: i64,
}

impl Add for Reservation {
    type Output = Reservation;

    fn add(self, other: Reservation) -> Reservation {
        Reservation {
            cpu: self.cpu + other.cpu,
            memory: self.memory + other.memory,
        }
    }
}

impl Sub for Reservation {
    type Output = Reservation;

    fn sub(self, other: Reservation) -> Reservation {
        Reservation {
            cpu: self.cpu - other.cpu,
            memory: self.memory - other.memory,
        }
    }
}

impl AddAssign for Reservation {
    fn add_assign(&mut self, other: Reservation) {
        *self = *self + other;
    }
}

/// What a container asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// CPU units.
    pub cpu: i64,
    /// What it may use at most, in MiB.
    pub limit: Option<i64>,
    /// What is kept free for it, in MiB.
    pub reserve: Option<i64>,
}

/// What a task reserves: the size of the task where it has one, else the sum over its containers, of each what is kept free
/// for it, or its limit where nothing is (<https://github.com/aws/amazon-ecs-agent>, `ToHostResources` in
/// `agent/api/task/task.go`).
pub fn of_task(cpu: Option<i64>, memory: Option<i64>, containers: &[Request]) -> Reservation {
    let kept = |request: &Request| {
        let reserve = request.reserve.filter(|reserve| *reserve > 0);
        reserve.or(request.limit).unwrap_or(0)
    };
    Reservation {
        cpu: cpu.unwrap_or_else(|| containers.iter().map(|request| request.cpu).sum()),
        memory: memory.unwrap_or_else(|| containers.iter().map(kept).sum()),
    }
}

/// What a task on instances reserves, which has no size of its own but for the memory that Service Connect demands;
/// `None` where a value is faulty.
pub fn of_workload(workload: &Workload, proxied: Option<i64>) -> Option<Reservation> {
    let request = |cpu: i64, memory: &Memory| {
        let limit = memory.limit.sound()?.map(|size| size.0);
        let reserve = memory.reserve.sound()?.map(|size| size.0);
        Some(Request { cpu, limit, reserve })
    };
    let mut containers = vec![request(workload.cpu.sound()?.0, workload.memory.sound()?)?];
    for entry in &workload.sidecars.entries {
        let sidecar = entry.setting.sound()?;
        containers.push(request(sidecar.cpu.sound()?.0, sidecar.memory.sound()?)?);
    }
    Some(of_task(None, proxied, &containers))
}
