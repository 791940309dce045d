//! Tasks on Fargate: no instances, an interface each, spread over the zones of their subnets.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cloud::Moment;
use crate::rollout::zones;

use super::Account;
use super::task::{Place, Task};

impl Account {
    /// Gives a task its place on Fargate: the zone with the fewest copies, one of the equally empty by chance.
    pub(super) fn start_on_fargate(&mut self, task: &mut Task, subnets: &[String], now: Moment) {
        let mut copies: BTreeMap<Arc<str>, i64> = BTreeMap::new();
        for subnet in subnets {
            copies.insert(self.zone_of(subnet), 0);
        }
        if copies.is_empty() {
            copies.insert(format!("{}a", self.region).into(), 0);
        }
        copies.retain(|zone, _| !self.lost_zones.contains(zone));
        for other in self
            .tasks
            .values()
            .filter(|other| other.group == task.group && other.wanted)
        {
            if let Some(count) = other.zone.as_ref().and_then(|zone| copies.get_mut(zone)) {
                *count += 1;
            }
        }
        let emptiest = zones::emptiest(&copies);
        if !emptiest.is_empty() {
            task.zone = Some(emptiest[self.rng.usize(0..emptiest.len())].clone());
        }
        task.place = Place::Fargate;
        task.address = Some(self.address());
        let ports = task.definition.containers.iter().flat_map(|part| &part.ports);
        task.mapped = ports.map(|port| (port.container, port.container)).collect();
        task.due = now.plus_seconds(self.between(20, 40));
    }
}
