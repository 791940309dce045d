//! How tasks come and go. In: orders to start and to stop, deaths, losses. Out: tasks that are on their way. Must not know why
//! they are asked for.

use std::rc::Rc;
use std::sync::Arc;

use crate::cloud::Moment;
use crate::rollout::stage::Stage;

use super::Account;
use super::capacity::Capacity;
use super::conduct::{Conduct, Tests};
use super::definition::Definition;
use super::messages;
use super::task::{Cause, End, Place, State, Task};

/// A task that is asked for.
pub(super) struct Wanted {
    pub cluster: String,
    pub group: Arc<str>,
    pub started_by: String,
    pub definition: Rc<Definition>,
    pub owner: Option<(String, u64)>,
    pub capacity: Capacity,
}

impl Account {
    /// A task that is nowhere yet.
    pub(super) fn new_task(&mut self, wanted: Wanted, now: Moment) -> Task {
        let number = self.number();
        let id = self.hex(32);
        let containers = wanted.definition.containers.iter().map(|_| State::new(now));
        Task {
            number,
            arn: self.arn("ecs", &format!("task/{}/{id}", wanted.cluster)),
            id,
            cluster: wanted.cluster,
            group: wanted.group,
            started_by: wanted.started_by,
            owner: wanted.owner,
            capacity: wanted.capacity,
            place: Place::Nowhere,
            machine_arn: None,
            zone: None,
            address: None,
            mapped: Vec::new(),
            stage: Stage::Provisioning,
            due: now,
            wanted: true,
            created: now,
            started: None,
            stopping: None,
            stopped: None,
            containers: containers.collect(),
            definition: wanted.definition,
            end: None,
            conduct: Conduct::default(),
            command: None,
            was_healthy: false,
            failing: false,
        }
    }

    /// The checks that a task is under.
    pub(super) fn tests(&self, task: &Task) -> Tests {
        let service = task.owner.as_ref().and_then(|(arn, _)| self.services.get(arn));
        let Some(service) = service else {
            return Tests::default();
        };
        self.tests_of(service)
    }

    /// Whether a task is registered with a target group once it runs.
    pub(super) fn is_balanced(&self, task: &Task) -> bool {
        let service = task.owner.as_ref().and_then(|(arn, _)| self.services.get(arn));
        service.is_some_and(|service| !service.attached.is_empty())
    }

    /// Stops a task: it leaves its target groups, then its process is asked to end. Tells from which groups it went.
    pub(super) fn order(&mut self, number: u64, end: End, now: Moment) -> Vec<String> {
        let Some(task) = self.tasks.get(&number).filter(|task| task.wanted) else {
            return Vec::new();
        };
        let running = task.stage >= Stage::Activating && task.started.is_some();
        let exit = match running {
            true => task.conduct.exit,
            false => 1,
        };
        let (delay, left) = self.deregister(number, now);
        let task = self.tasks.get_mut(&number).expect("it was just there");
        task.wanted = false;
        task.end = Some(end);
        task.stopping = Some(now);
        if left.is_empty() {
            task.stage = Stage::Stopping;
            task.due = now.plus_seconds(exit);
        } else {
            task.stage = Stage::Deactivating;
            task.due = now.plus_seconds(delay);
        }
        left
    }

    /// A task whose essential container has ended.
    pub(super) fn die(&mut self, task: &mut Task, now: Moment) {
        task.end = Some(End {
            code: "EssentialContainerExited",
            reason: messages::ESSENTIAL_EXITED.to_string(),
            cause: Cause::Died,
        });
        task.wanted = false;
        task.stopping = Some(now);
        task.stage = Stage::Stopping;
        task.due = now.plus_seconds(1);
        self.leave(task, now);
    }

    /// Takes a task that ended by itself out of its target groups.
    fn leave(&mut self, task: &Task, now: Moment) {
        let (_, left) = self.deregister(task.number, now);
        if let Some((arn, _)) = &task.owner {
            for group in left {
                *self.service(arn).left.entry(group).or_default() += 1;
            }
        }
    }

    /// A task that what it ran on took with it.
    pub(super) fn lose(&mut self, number: u64, end: End, now: Moment) {
        let Some(mut task) = self.tasks.remove(&number) else {
            return;
        };
        for state in &mut task.containers {
            state.last = "STOPPED";
        }
        task.end = Some(end);
        task.wanted = false;
        task.stopping.get_or_insert(now);
        self.finish(&mut task, now);
        self.put_back(task);
    }

    /// A task that is STOPPED.
    pub(super) fn finish(&mut self, task: &mut Task, now: Moment) {
        task.stage = Stage::Stopped;
        task.stopped = Some(now);
        task.wanted = false;
        self.leave(task, now);
        self.unseat(task);
        self.ended(task, now);
    }
}
