//! Daemons: one task on each instance. In: instances, bounds. Out: tasks started and stopped. Must not know copies.

use crate::cloud::Moment;

use super::Account;
use super::task::Task;

impl Account {
    /// How many tasks a daemon shall have: one on each instance of its cluster that is not being emptied.
    pub(super) fn daemon_desired(&self, arn: &str) -> i64 {
        self.daemon_machines(arn).len() as i64
    }

    fn daemon_machines(&self, arn: &str) -> Vec<u64> {
        let cluster = &self.services[arn].cluster;
        let there = self
            .machines
            .values()
            .filter(|machine| machine.cluster == *cluster && machine.is_active());
        there.map(|machine| machine.number).collect()
    }

    /// Starts a task where there is none, and stops old ones within the lower bound.
    pub(super) fn look_at_daemon(&mut self, arn: &str, now: Moment) {
        let machines = self.daemon_machines(arn);
        self.service(arn).desired = machines.len() as i64;
        let seen = self.seen(arn, now);
        let service = &self.services[arn];
        let Some(first) = service.rollouts.first() else { return };
        let (id, halted) = (first.id, first.halted);
        let lower = service.percents.lower(service.desired);
        let mut healthy = seen.iter().filter(|one| one.healthy && !one.leaving).count() as i64;
        let mut stops = Vec::new();
        for one in seen.iter().filter(|one| one.alive && !one.leaving) {
            if one.failing || (one.rollout != id && !one.healthy) {
                stops.push(one.number);
            } else if one.rollout != id && healthy > lower {
                healthy -= 1;
                stops.push(one.number);
            }
        }
        let paused = halted || now < service.pause.until;
        let mut started = Vec::new();
        for number in machines {
            let holds = |task: &&Task| task.machine() == Some(number);
            let mut there = seen.iter().filter_map(|one| self.tasks.get(&one.number)).filter(holds);
            let free = there.next().is_none() && self.machines[&number].is_connected();
            if free && !paused {
                started.extend(self.start_copy(arn, id, Some(number), now));
            }
        }
        self.tell_started(arn, &started, now);
        self.stop_all(arn, &stops, now);
    }
}
