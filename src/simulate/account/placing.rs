//! Where tasks go. In: tasks, hosts, the wishes of services. Out: tasks with a place, or why there is none. Must not know why a
//! task is started.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cloud::Moment;
use crate::rollout::host::{Host, Placed};
use crate::rollout::placement::{self, Strategy, Wishes};
use crate::rollout::stage::Stage;
use crate::rollout::zones;
use crate::simulate::fault::Kind;

use super::Account;
use super::capacity::Capacity;
use super::conduct::Tests;
use super::definition::Mode;
use super::messages::Reason;
use super::task::{Place, Task};

/// What was closest, where a task has no room: an instance, and what speaks against it.
pub(super) type Closest = Option<(String, Reason)>;

impl Account {
    /// The instances that a task of a capacity may be placed on.
    fn open(&self, cluster: &str, capacity: &Capacity) -> Vec<u64> {
        let group = match capacity {
            Capacity::Provider(name) => self.providers.get(name).map(|provider| provider.group.as_str()),
            Capacity::Fargate { .. } | Capacity::Instances => None,
        };
        let within = self.machines.values().filter(|machine| {
            let of_provider = group.is_none_or(|group| machine.group == group);
            machine.cluster == cluster && machine.is_active() && of_provider
        });
        within.map(|machine| machine.number).collect()
    }

    /// An instance for a task, one of those that are equally good by chance; or what was closest.
    pub(super) fn find_room(&mut self, task: &Task, now: Moment) -> Result<u64, Closest> {
        let open = self.open(&task.cluster, &task.capacity);
        let (heard, silent): (Vec<u64>, Vec<u64>) = open
            .into_iter()
            .partition(|number| self.machines[number].is_connected());
        let (strategies, distinct) = self.wishes(task);
        let wishes = Wishes {
            group: &task.group,
            distinct,
            strategies: &strategies,
        };
        let demand = &task.definition.demand;
        let starved = self.faults.holds(Kind::NoCapacity, &task.definition, now, |_| true);
        let hosts: Vec<&Host> = heard.iter().map(|number| &self.machines[number].host).collect();
        let good = match starved {
            true => Vec::new(),
            false => placement::start(&hosts, demand, wishes),
        };
        if !good.is_empty() {
            return Ok(heard[good[self.rng.usize(0..good.len())]]);
        }
        // Of those that lack something, the one that lacks the last thing looked at is the closest.
        let lacks = heard.iter().zip(&hosts).map(|(number, host)| {
            let lack = placement::lack(host, demand, wishes);
            let reason = Reason::Lacks(lack.unwrap_or(crate::rollout::host::Lack::Memory));
            (reason, *number)
        });
        let all = lacks.chain(silent.iter().map(|number| (Reason::Silent, *number)));
        let closest = all.min_by_key(|(reason, number)| match reason {
            Reason::Silent => (1, *number),
            Reason::Lacks(lack) => (-(*lack as i64), *number),
        });
        Err(closest.map(|(reason, number)| (self.machines[&number].arn.clone(), reason)))
    }

    fn wishes(&self, task: &Task) -> (Vec<Strategy>, bool) {
        let service = task.owner.as_ref().and_then(|(arn, _)| self.services.get(arn));
        match service {
            Some(service) => (service.strategies.clone(), service.distinct),
            None => (placement::DEFAULT.to_vec(), false),
        }
    }

    /// Puts a task on an instance, which it holds a part of from now on.
    pub(super) fn seat(&mut self, task: &mut Task, number: u64, tests: Tests, now: Moment) {
        let machine = self.machines.get_mut(&number).expect("it was found there");
        machine.host.tasks.push(Placed {
            group: task.group.clone(),
            demand: task.definition.demand.clone(),
        });
        let ports = task.definition.containers.iter().flat_map(|part| &part.ports);
        task.mapped = ports
            .map(|port| match port.host {
                0 => (port.container, machine.dynamic_port()),
                host => (port.container, host),
            })
            .collect();
        task.address = Some(machine.ec2.clone());
        task.place = Place::Machine(number);
        task.machine_arn = Some(machine.arn.clone());
        task.zone = Some(machine.host.zone.clone());
        task.stage = Stage::Pending;
        let interface = match task.definition.mode {
            Mode::Task => {
                task.address = Some(self.address());
                self.between(3, 8)
            }
            Mode::Bridge | Mode::Host => 0,
        };
        task.conduct = self.draw_conduct(task, tests, now);
        task.due = now.plus_seconds(interface + task.conduct.start);
    }

    /// Gives back what a task holds.
    pub(super) fn unseat(&mut self, task: &Task) {
        let Some(machine) = task.machine().and_then(|number| self.machines.get_mut(&number)) else {
            return;
        };
        let held = |placed: &Placed| placed.group == task.group && placed.demand == task.definition.demand;
        if let Some(at) = machine.host.tasks.iter().position(held) {
            machine.host.tasks.remove(at);
        }
    }

    /// Which of some tasks of a service stops: what placement prefers, the other way round.
    pub(super) fn choose_stop(&mut self, group: &str, strategies: &[Strategy], tasks: &[u64]) -> Option<u64> {
        let on = |number: &u64| self.tasks.get(number).and_then(Task::machine);
        let mut machines: Vec<u64> = tasks.iter().filter_map(on).collect();
        machines.sort_unstable();
        machines.dedup();
        machines.retain(|number| self.machines.contains_key(number));
        let left: Vec<u64> = if machines.is_empty() {
            let zone = |number: &u64| self.tasks.get(number).and_then(|task| task.zone.clone());
            let mut copies: BTreeMap<Option<Arc<str>>, i64> = BTreeMap::new();
            for number in tasks {
                *copies.entry(zone(number)).or_default() += 1;
            }
            let fullest = zones::fullest(&copies);
            tasks
                .iter()
                .copied()
                .filter(|number| fullest.contains(&zone(number)))
                .collect()
        } else {
            let hosts: Vec<&Host> = machines.iter().map(|number| &self.machines[number].host).collect();
            let wishes = Wishes {
                group,
                distinct: false,
                strategies,
            };
            let good: Vec<u64> = placement::stop(&hosts, wishes)
                .into_iter()
                .map(|at| machines[at])
                .collect();
            let sits = |number: &u64| on(number).is_some_and(|machine| good.contains(&machine));
            tasks.iter().copied().filter(sits).collect()
        };
        (!left.is_empty()).then(|| left[self.rng.usize(0..left.len())])
    }
}
