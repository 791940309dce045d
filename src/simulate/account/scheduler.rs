//! The scheduler of services: when it looks, and what it sees. In: services, tasks. Out: what there is of a service. Must not
//! know how tasks are started and stopped.

use crate::cloud::Moment;
use crate::rollout::health::{Health, Judges};

use super::Account;
use super::service::Service;
use super::task::Task;

/// How often the scheduler looks at a service, in seconds.
pub(super) const LOOK_SECONDS: i64 = 3;

/// What the scheduler sees of a task.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub number: u64,
    pub rollout: u64,
    pub alive: bool,
    pub healthy: bool,
    /// A check has given it up.
    pub failing: bool,
    /// Its instance is being emptied.
    pub leaving: bool,
    pub running: bool,
}

impl Seen {
    /// Whether it is one of those there shall be.
    pub fn is_good(&self) -> bool {
        self.alive && !self.failing && !self.leaving
    }
}

impl Account {
    /// Looks at all services whose time has come.
    pub(super) fn look_after_services(&mut self, now: Moment) {
        let due = self
            .services
            .values()
            .filter(|service| service.next <= now && service.status != "INACTIVE");
        let due: Vec<String> = due.map(|service| service.arn.clone()).collect();
        for arn in due {
            self.service(&arn).next = now.plus_seconds(LOOK_SECONDS);
            self.look(&arn, now);
        }
    }

    /// A service that is there.
    pub(super) fn service(&mut self, arn: &str) -> &mut Service {
        self.services.get_mut(arn).expect("services are never forgotten")
    }

    fn look(&mut self, arn: &str, now: Moment) {
        if self.services[arn].status == "DRAINING" {
            self.empty(arn, now);
            return;
        }
        self.judge(arn, now);
        self.trip(arn, now);
        self.tell_targets(arn, now);
        if self.services[arn].daemon {
            self.look_at_daemon(arn, now);
        } else {
            self.start_copies(arn, now);
            self.stop_copies(arn, now);
        }
        self.settle(arn, now);
    }

    /// What there is of a service.
    pub(super) fn seen(&self, arn: &str, now: Moment) -> Vec<Seen> {
        let service = &self.services[arn];
        let mine = self.tasks.values().filter_map(|task| {
            let (owner, rollout) = task.owner.as_ref()?;
            (owner == arn).then_some((task, *rollout))
        });
        mine.map(|(task, rollout)| {
            let machine = task.machine().and_then(|number| self.machines.get(&number));
            Seen {
                number: task.number,
                rollout,
                alive: task.is_alive(),
                healthy: task.is_alive() && !task.failing && self.is_healthy(service, task, now),
                failing: task.failing,
                leaving: machine.is_some_and(|machine| machine.is_draining()),
                running: task.runs(),
            }
        })
        .collect()
    }

    fn is_healthy(&self, service: &Service, task: &Task, now: Moment) -> bool {
        let judges = Judges {
            targets: !service.attached.is_empty(),
            containers: task.definition.has_check(),
        };
        let targets: Vec<Health> = self.target_healths(service, task.number);
        task.runs() && judges.count(task.running_seconds(now), task.health(), &targets)
    }

    fn target_healths(&self, service: &Service, task: u64) -> Vec<Health> {
        let groups = service.attached.iter().map(|one| self.target_groups.get(&one.group));
        groups
            .map(|group| group.map_or(Health::Unknown, |group| group.health(task)))
            .collect()
    }
}
