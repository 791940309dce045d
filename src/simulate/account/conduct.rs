//! How the process of a task behaves. In: chance, the faults that hold, the checks it is under. Out: a [`Conduct`], drawn once
//! when the task is placed. Must not know the scheduler.

use crate::cloud::Moment;
use crate::rollout::health::{ContainerCheck, TargetCheck};
use crate::simulate::fault::Kind;

use super::Account;
use super::definition::Definition;
use super::messages;
use super::task::Task;

/// After how many seconds of RUNNING a process ends under `crash-after`.
const CRASH_AFTER_SECONDS: i64 = 20;

/// What a task will do.
#[derive(Clone, Debug, Default)]
pub(super) struct Conduct {
    /// Seconds until its images are there and its containers made.
    pub start: i64,
    /// Why it will not start.
    pub refusal: Option<String>,
    /// Seconds from RUNNING until its process answers.
    pub ready: i64,
    /// How it will end by itself.
    pub death: Option<Death>,
    /// Seconds from SIGTERM until its process has ended.
    pub exit: i64,
    /// Whether its start has been logged, and its readiness.
    pub told: u8,
}

/// How a task ends by itself.
#[derive(Clone, Debug)]
pub(super) struct Death {
    /// Seconds after RUNNING.
    pub after: i64,
    pub exit: i64,
    pub reason: Option<&'static str>,
    /// What its process writes at last.
    pub words: Vec<String>,
}

/// The checks that a task is under, and for how long they are ignored.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tests {
    pub target: Option<TargetCheck>,
    pub grace: i64,
}

impl Account {
    /// Draws how a task will behave that is about to start.
    pub(super) fn draw_conduct(&mut self, task: &Task, tests: Tests, now: Moment) -> Conduct {
        let definition = task.definition.clone();
        let refusal = self.refusal(task, now);
        let start = match refusal {
            Some(_) => self.between(2, 6),
            None => self.pull(task, now) + self.between(1, 4),
        };
        let mut conduct = Conduct {
            start,
            refusal,
            ready: self.readiness(tests),
            exit: self.between(1, 5).min(definition.stop_timeout()),
            ..Conduct::default()
        };
        if self.faults.holds(Kind::SlowBoot, &definition, now, |definition| {
            slowest(definition, tests).is_some()
        }) {
            conduct.ready = slowest(&definition, tests).expect("just seen") * 95 / 100;
        }
        conduct.death = self.death(&definition, now);
        if task.owner.is_none() {
            let takes = self.between(5, 20);
            conduct.ready = self.between(1, 2);
            conduct.death = Some(self.one_off_end(&definition, conduct.death.take(), takes, now));
        }
        conduct
    }

    /// Why a task will not start, in AWS's words.
    fn refusal(&mut self, task: &Task, now: Moment) -> Option<String> {
        let definition = task.definition.clone();
        let image = definition
            .containers
            .get(definition.main())
            .map_or("", |part| &part.image);
        let any = |_: &Definition| true;
        if self.faults.holds(Kind::SecretMissing, &definition, now, |definition| {
            secret(definition).is_some()
        }) {
            return Some(messages::secret_missing(secret(&definition).unwrap_or_default()));
        }
        if self.faults.holds(Kind::RegistryAuth, &definition, now, any) {
            return Some(messages::registry_auth(image));
        }
        if self.faults.holds(Kind::ImageMissing, &definition, now, any) {
            return Some(messages::image_missing(image));
        }
        let mut images = definition.containers.iter().map(|part| &part.image);
        if let Some(image) = images.find(|image| self.registry.lacks(&self.account, image)) {
            return Some(messages::image_missing(image));
        }
        let machine = task.machine()?;
        self.faults
            .disk_is_full(machine, task, now)
            .then(|| messages::disk_full(image))
    }

    fn readiness(&mut self, tests: Tests) -> i64 {
        match tests.target {
            Some(check) => {
                let boot = (tests.grace - check.unhealthy_after()).max(5);
                let share = self.between(40, 90);
                (boot * share / 100).max(1)
            }
            None => self.between(2, 8),
        }
    }

    fn death(&mut self, definition: &Definition, now: Moment) -> Option<Death> {
        let any = |_: &Definition| true;
        let ending = |after, exit, reason, words: &[&str]| {
            let words = words.iter().map(|word| word.to_string()).collect();
            Some(Death {
                after,
                exit,
                reason,
                words,
            })
        };
        if self.faults.holds(Kind::Crash, definition, now, any) {
            return ending(0, 1, None, messages::CRASHES);
        }
        if self.faults.holds(Kind::DatabaseDown, definition, now, any) {
            let after = self.between(2, 4);
            return ending(after, 1, None, messages::DATABASE_DOWN);
        }
        if self.faults.holds(Kind::Oom, definition, now, any) {
            let after = self.between(2, 6);
            return ending(after, 137, Some(messages::OUT_OF_MEMORY), &[]);
        }
        if self.faults.holds(Kind::CrashAfter, definition, now, any) {
            return ending(CRASH_AFTER_SECONDS, 1, None, messages::CRASHES_LATER);
        }
        None
    }

    fn one_off_end(&mut self, definition: &Definition, fault: Option<Death>, takes: i64, now: Moment) -> Death {
        if self.faults.holds(Kind::MigrationFails, definition, now, |_| true) {
            let words = messages::MIGRATION_FAILS.iter().map(|word| word.to_string());
            return Death {
                after: takes.min(8),
                exit: 1,
                reason: None,
                words: words.collect(),
            };
        }
        // What dies late has done its work by then.
        fault
            .filter(|death| death.after < CRASH_AFTER_SECONDS)
            .unwrap_or_else(|| Death {
                after: takes,
                exit: 0,
                reason: None,
                words: vec![format!("done in {takes} s")],
            })
    }
}

/// The latest moment, in seconds after RUNNING, at which a process may begin to answer and live; `None` where nobody asks.
fn slowest(definition: &Definition, tests: Tests) -> Option<i64> {
    let checks = definition
        .containers
        .iter()
        .filter(|part| part.essential)
        .filter_map(|part| part.check);
    let container = checks
        .map(|check: ContainerCheck| check.start_period + check.retries * check.interval)
        .min();
    let target = tests
        .target
        .map(|check| check.unhealthy_after().max(tests.grace - check.recovers_after()));
    container.into_iter().chain(target).min()
}

/// The first secret of a task definition.
fn secret(definition: &Definition) -> Option<&str> {
    let secrets = definition.containers.iter().flat_map(|part| &part.secrets);
    secrets.map(String::as_str).next()
}
