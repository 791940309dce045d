//! The life of a task, stage by stage. In: what is due. Out: stages, container checks, log lines. Must not know deployments.

use crate::cloud::Moment;
use crate::rollout::health::{ContainerCheck, Health};
use crate::rollout::stage::Stage;
use crate::simulate::fault::Kind;

use super::Account;
use super::definition::Mode;
use super::messages;
use super::task::{Cause, End, Place, State, Task};

/// How long ECS knows a task that is STOPPED, in seconds
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html>).
const REMEMBERED_SECONDS: i64 = 60 * 60;

/// How often a task that waits for room is looked at, in seconds.
const WAITING_SECONDS: i64 = 5;

impl Account {
    /// Lets every task live on.
    pub(super) fn run_tasks(&mut self, now: Moment) {
        let numbers: Vec<u64> = self.tasks.keys().copied().collect();
        for number in numbers {
            let Some(mut task) = self.tasks.remove(&number) else {
                continue;
            };
            self.live(&mut task, now);
            self.put_back(task);
        }
        let over = |task: &Task| {
            task.stopped
                .is_some_and(|at| now.seconds_since(at) > REMEMBERED_SECONDS)
        };
        self.stopped.retain(|_, task| !over(task));
    }

    /// Keeps a task among the living or the stopped.
    pub(super) fn put_back(&mut self, task: Task) {
        match task.stage {
            Stage::Stopped => self.stopped.insert(task.number, task),
            _ => self.tasks.insert(task.number, task),
        };
    }

    fn live(&mut self, task: &mut Task, now: Moment) {
        let machine = task.machine().and_then(|number| self.machines.get(&number));
        // What the agent does not tell, ECS does not know; only the load balancer goes on.
        if machine.is_some_and(|machine| !machine.is_connected()) && task.stage != Stage::Deactivating {
            return;
        }
        match task.stage {
            Stage::Provisioning if task.waits() => self.wait_for_room(task, now),
            Stage::Running => self.run(task, now),
            _ if task.due > now => {}
            Stage::Provisioning => {
                task.stage = Stage::Pending;
                let tests = self.tests(task);
                task.conduct = self.draw_conduct(task, tests, now);
                task.due = now.plus_seconds(task.conduct.start);
            }
            Stage::Pending => match task.conduct.refusal.clone() {
                Some(reason) => self.refuse(task, reason, now),
                None if self.is_balanced(task) => {
                    task.stage = Stage::Activating;
                    task.due = now.plus_seconds(1);
                }
                None => self.begin(task, now),
            },
            Stage::Activating => self.begin(task, now),
            Stage::Deactivating => {
                task.stage = Stage::Stopping;
                task.due = now.plus_seconds(task.conduct.exit);
            }
            Stage::Stopping => {
                for state in &mut task.containers {
                    if state.exit.is_none() && state.last == "RUNNING" {
                        state.exit = Some(143);
                    }
                    state.last = "STOPPED";
                }
                match task.definition.mode == Mode::Task && task.started.is_some() {
                    true => {
                        task.stage = Stage::Deprovisioning;
                        task.due = now.plus_seconds(self.between(2, 5));
                    }
                    false => self.finish(task, now),
                }
            }
            Stage::Deprovisioning => self.finish(task, now),
            Stage::Stopped => {}
        }
    }

    fn wait_for_room(&mut self, task: &mut Task, now: Moment) {
        if now >= task.due {
            let reason = match self.find_room(task, now) {
                Err(Some((_, reason))) => reason.code().to_string(),
                _ => messages::EMPTY_CAPACITY.to_string(),
            };
            self.refuse(task, reason, now);
        } else if (now.seconds_since(task.created) + task.number as i64) % WAITING_SECONDS == 0
            && let Ok(machine) = self.find_room(task, now)
        {
            let tests = self.tests(task);
            self.seat(task, machine, tests, now);
        }
    }

    /// A task that will not start.
    fn refuse(&mut self, task: &mut Task, reason: String, now: Moment) {
        let main = task.definition.main();
        if let Some(state) = task.containers.get_mut(main).filter(|_| task.place != Place::Nowhere) {
            state.reason = Some(reason.clone());
        }
        for state in &mut task.containers {
            state.last = "STOPPED";
        }
        task.end = Some(End {
            code: "TaskFailedToStart",
            reason,
            cause: Cause::NotStarted,
        });
        task.wanted = false;
        task.stopping = Some(now);
        self.finish(task, now);
    }

    /// A task whose containers run.
    fn begin(&mut self, task: &mut Task, now: Moment) {
        task.stage = Stage::Running;
        task.started = Some(now);
        let definition = task.definition.clone();
        for (state, part) in task.containers.iter_mut().zip(&definition.containers) {
            state.last = "RUNNING";
            if part.ends {
                state.last = "STOPPED";
                state.exit = Some(0);
            }
            if let Some(check) = part.check {
                state.next_check = now.plus_seconds(check.interval);
            }
        }
        let words = match &task.command {
            Some(command) => format!("booting: {}", command.join(" ")),
            None => "booting".to_string(),
        };
        self.log(task, definition.main(), words, now);
        self.register_targets(task, now);
        self.running(task);
    }

    fn run(&mut self, task: &mut Task, now: Moment) {
        let seconds = task.running_seconds(now);
        if let Some(death) = task.conduct.death.take_if(|death| seconds >= death.after) {
            let main = task.definition.main();
            for word in death.words {
                self.log(task, main, word, now);
            }
            if let Some(state) = task.containers.get_mut(main) {
                state.exit = Some(death.exit);
                state.reason = death.reason.map(str::to_string);
                state.last = "STOPPED";
            }
            self.die(task, now);
            return;
        }
        if task.conduct.told == 0 && task.is_ready(now) {
            task.conduct.told = 1;
            let main = task.definition.main();
            let port = task.definition.containers.get(main).and_then(|part| part.ports.first());
            let line = match port {
                Some(port) => format!("listening on port {}", port.container),
                None if task.owner.is_some() => "ready for work".to_string(),
                None => "working".to_string(),
            };
            self.log(task, main, line, now);
        }
        let ready = task.is_ready(now);
        let definition = task.definition.clone();
        for (state, part) in task.containers.iter_mut().zip(&definition.containers) {
            let Some(check) = part
                .check
                .filter(|_| state.next_check <= now && state.last == "RUNNING")
            else {
                continue;
            };
            state.next_check = now.plus_seconds(check.interval);
            let fails = !ready || self.faults.holds(Kind::Unhealthy, &definition, now, |_| true);
            state.see(fails, check, seconds);
        }
    }
}

impl State {
    /// A container that has not been made yet.
    pub fn new(now: Moment) -> State {
        State {
            last: "PENDING",
            exit: None,
            reason: None,
            health: Health::Unknown,
            failures: 0,
            next_check: now,
        }
    }

    /// Notes what its check found. Failures in the start period do not count.
    fn see(&mut self, fails: bool, check: ContainerCheck, seconds: i64) {
        if !fails {
            self.failures = 0;
            self.health = Health::Healthy;
        } else if seconds > check.start_period || self.health == Health::Healthy {
            self.failures += 1;
            if self.failures >= check.retries {
                self.health = Health::Unhealthy;
            }
        }
    }
}
