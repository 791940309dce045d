//! One service during its step. In: the facts about it. Out: who "we" are, how far it is. Must not know stacks.

use std::collections::BTreeMap;

use crate::cloud::Moment;
use crate::cloud::capacity::TargetHealth;
use crate::cloud::ecs::{Deployment, ServiceDeployment, Task};
use crate::cloud::formation::Change;
use crate::deploy::event::Counts;
use crate::plan::Service;
use crate::rollout::deployments;
use crate::rollout::health::SETTLED_SECONDS;

use super::verdict::Verdict;

/// What a deployment does to a service; each kind ends by its own rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Step {
    /// Nothing is known yet.
    #[default]
    Unknown,
    /// Nothing.
    Nothing,
    /// A new revision comes in: ends when that serves.
    Rollout,
    /// Another number of tasks: ends when so many run.
    Scale,
    /// Settings that make no deployment: ends when CloudFormation has set them.
    Settings,
}

/// A service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceView {
    /// What the plan knows of it.
    pub service: Service,
    /// Its ARN.
    pub arn: Option<String>,
    /// What is done to it.
    pub step: Step,
    /// When its stack began to change.
    pub began: Moment,
    /// Whether a new revision is made for it: then only a deployment of that one can be ours.
    pub revises: bool,
    /// Whether it was not there before.
    pub is_added: bool,
    /// Whether CloudFormation has begun with it.
    pub touched: bool,
    /// Whether CloudFormation is done with it.
    pub applied: bool,
    /// The revision that shall serve, an ARN.
    pub wanted: Option<String>,
    /// The revision that served before.
    pub before: Option<String>,
    /// Our deployment: the ARN of the service deployment or, where that may not be seen, `ecs-svc/…`.
    pub ours: Option<String>,
    /// When ours began.
    pub started: Option<Moment>,
    /// The numbers.
    pub counts: Counts,
    /// Our service deployment.
    pub deployment: Option<ServiceDeployment>,
    /// The newest service deployment of somebody else that came after ours.
    pub newer: Option<ServiceDeployment>,
    /// Its tasks that have not stopped, by ARN.
    pub tasks: BTreeMap<String, Task>,
    /// Its tasks that have.
    pub ended: BTreeMap<String, Task>,
    /// Its targets, by host, each with its group.
    pub targets: BTreeMap<String, Vec<(String, TargetHealth)>>,
    /// What a check last found wrong with a target, by host and port: it is gone when ECS says that the task stopped.
    unhealthy: BTreeMap<(String, i64), TargetHealth>,
    /// How it ended.
    pub verdict: Option<Verdict>,
    /// Whether it goes back.
    pub going_back: bool,
    /// Why CloudFormation gave it up.
    pub refusal: Option<String>,
    /// A problem of placement from before we began that nothing has ended since: AWS's text.
    pub(super) standing: Option<String>,
    /// How many deployments were ours: more than one where somebody deploys our revision once more.
    pub(super) runs: usize,
    /// When more new tasks were healthy than ever before, or all of them, or ours began.
    pub(super) progressed: Moment,
    /// The most new tasks that were ever healthy.
    pub(super) best: i64,
    /// Whether all new tasks were healthy.
    pub(super) is_whole: bool,
    /// What was told of it.
    pub(super) told: Told,
}

/// What was last told of a service, so that only changes are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// How many deployments of ours were said to have started.
    pub runs: usize,
    /// Healthy tasks and failures.
    pub progress: Option<(i64, i64)>,
    /// The stage of the deployment.
    pub stage: Option<String>,
}

/// How many tasks of a service there are, as `DescribeServices` counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    /// New tasks that there shall be.
    pub asked: i64,
    /// New tasks that run.
    pub running: i64,
    /// New tasks on their way.
    pub pending: i64,
    /// Old tasks that still run.
    pub old: i64,
    /// New tasks that failed in a row.
    pub failed: i64,
}

impl ServiceView {
    /// Before anything is known.
    pub fn new(service: &Service) -> ServiceView {
        ServiceView {
            service: service.clone(),
            ..ServiceView::default()
        }
    }

    /// The name in the spec.
    pub fn name(&self) -> &str {
        &self.service.name
    }

    /// Whether its step is over.
    pub fn is_over(&self) -> bool {
        self.verdict.is_some() || self.step == Step::Nothing
    }

    /// Whether it brings a revision in, and neither the end nor the turn back is known.
    pub fn is_rolling(&self) -> bool {
        self.step == Step::Rollout && !self.is_over() && !self.going_back
    }

    /// Whether its deployment waits for somebody to let it go on.
    pub fn is_paused(&self) -> bool {
        let hooks = self.deployment.iter().flat_map(|ours| &ours.hooks);
        self.is_rolling() && hooks.into_iter().any(|hook| hook.status == "AWAITING_ACTION")
    }

    /// Takes what the change set says of it: `changes` are those of its stack.
    pub fn plan(&mut self, changes: &[Change], now: Moment) {
        *self = ServiceView {
            began: now,
            ..ServiceView::new(&self.service)
        };
        let of = |logical: &str| changes.iter().find(|change| change.logical == logical);
        let Some(change) = of(&self.service.logical) else {
            self.step = Step::Nothing;
            return;
        };
        let is_replaced = |change: &Change| change.replacement.as_deref() == Some("True");
        let revision = self.service.task_definition.as_deref().and_then(of);
        self.revises = revision.is_some_and(|change| change.action == "Add" || is_replaced(change));
        self.arn = change.physical.clone();
        self.is_added = change.action == "Add";
        self.step = match change.action.as_str() {
            "Modify" if is_replaced(change) => Step::Rollout,
            "Modify" => step_of(change),
            "Remove" => Step::Nothing,
            _ => Step::Rollout,
        };
    }

    /// Takes the numbers. What served before is what was there before we began.
    pub fn see_counts(&mut self, counts: &Counts) {
        self.counts = bounded(counts);
        if self.before.is_none() && self.ours.is_none() {
            let old = || counts.deployments.iter().filter(|one| one.created < self.began);
            let complete = old().find(|one| one.rollout.as_deref() == Some("COMPLETED"));
            let before = complete.or_else(|| old().next());
            self.before = before.map(|one| one.task_definition.clone());
        }
        if self.deployment.is_some() || !self.is_rolling() {
            return;
        }
        // Where service deployments may not be seen, the newest deployment with our revision is ours.
        let fitting = counts
            .deployments
            .iter()
            .filter(|one| self.fits(&one.task_definition, one.created));
        if let Some(ours) = fitting.max_by_key(|one| one.created)
            && (self.ours.is_none() || self.revises)
        {
            self.runs += usize::from(self.ours.as_ref() != Some(&ours.id));
            self.ours = Some(ours.id.clone());
            self.begin(ours.created);
        }
    }

    /// Whether a deployment of this revision can be ours.
    fn fits(&self, revision: &str, created: Moment) -> bool {
        let is_new = created >= self.began;
        match &self.wanted {
            Some(wanted) => wanted == revision && (self.revises || is_new),
            None if self.revises || !self.touched => false,
            // The revision stays, or is none of this stack, and something else makes a deployment.
            None => {
                let stays = self.before.as_deref().is_none_or(|before| before == revision);
                is_new && (stays || self.service.task_definition.is_none())
            }
        }
    }

    fn begin(&mut self, created: Moment) {
        self.started = Some(created);
        self.progressed = self.progressed.max(created);
    }

    /// Takes a service deployment. Returns whether it is ours.
    pub fn see_deployment(&mut self, deployment: &ServiceDeployment) -> bool {
        let is_known = self.ours.as_deref() == Some(&deployment.arn);
        // Somebody may deploy our revision once more; where the revision is no identity, the first one stays ours.
        let is_next = match &self.deployment {
            None => true,
            Some(ours) => self.revises && deployment.created > ours.created,
        };
        let adopted = is_next && self.is_rolling() && self.fits(&deployment.task_definition, deployment.created);
        if is_known || adopted {
            // What the counts gave an ID is the same deployment.
            let is_first = self.deployment.is_none() && self.runs > 0;
            self.runs += usize::from(!is_known && !is_first);
            self.ours = Some(deployment.arn.clone());
            self.begin(deployment.created);
            self.deployment = Some(deployment.clone());
            return true;
        }
        let is_newer = self.started.is_some_and(|started| deployment.created > started);
        let is_newest = self
            .newer
            .as_ref()
            .is_none_or(|newer| deployment.created >= newer.created);
        if is_newer && is_newest {
            self.newer = Some(deployment.clone());
        }
        false
    }

    /// When more new tasks were healthy than ever before, or ours began.
    pub fn last_progress(&self) -> Moment {
        self.progressed
    }

    /// Takes a task.
    pub fn see_task(&mut self, task: &Task) {
        let (into, other) = match task.stopped.is_some() || task.last_status == "STOPPED" {
            true => (&mut self.ended, &mut self.tasks),
            false => (&mut self.tasks, &mut self.ended),
        };
        other.remove(&task.arn);
        into.insert(task.arn.clone(), task.clone());
    }

    /// Takes the health of a target. One that is no longer registered is none.
    pub fn see_target(&mut self, group: &str, health: &TargetHealth) {
        if health.state == "unhealthy" {
            let key = (health.target.clone(), health.port);
            self.unhealthy.insert(key, health.clone());
        }
        let here = self.targets.entry(health.target.clone()).or_default();
        here.retain(|(other, known)| other != group || known.port != health.port);
        match health.reason.as_deref() {
            Some("Target.NotRegistered") => {}
            _ => here.push((group.to_string(), health.clone())),
        }
    }

    /// Whether a deployment of `DescribeServices` is ours.
    pub(super) fn is_ours(&self, deployment: &Deployment) -> bool {
        match &self.wanted {
            Some(wanted) => *wanted == deployment.task_definition && (self.revises || deployment.created >= self.began),
            None => self.started.is_some() && deployment.created >= self.began,
        }
    }

    /// Whether a task is of the deployment that comes in.
    pub fn is_new(&self, task: &Task) -> bool {
        match (&self.wanted, self.started) {
            (Some(wanted), _) if self.revises => task.task_definition == *wanted,
            (Some(wanted), Some(started)) => task.task_definition == *wanted && task.created >= started,
            (None, Some(started)) => task.created >= started,
            (_, None) => false,
        }
    }

    /// The new tasks that have not stopped.
    pub(super) fn new_tasks(&self) -> impl Iterator<Item = &Task> {
        self.tasks.values().filter(|task| self.is_new(task))
    }

    /// In how many waves new tasks were started: those that began shortly after each other are one. A task that takes the
    /// place of a failed one is no wave.
    pub fn waves(&self) -> usize {
        const APART: i64 = 15;
        let all = || self.tasks.values().chain(self.ended.values());
        let new = || all().filter(|task| self.is_new(task));
        let mut failed: Vec<Moment> = new().filter_map(|task| task.stopping.or(task.stopped)).collect();
        let mut begun: Vec<Moment> = new().map(|task| task.created).collect();
        failed.sort_unstable();
        begun.sort_unstable();
        let mut failed = failed.into_iter().peekable();
        let mut waves = 0;
        let mut last: Option<Moment> = None;
        for created in begun {
            if failed.next_if(|stopped| *stopped <= created).is_some() {
                continue;
            }
            waves += usize::from(last.is_none_or(|last| created.seconds_since(last) > APART));
            last = Some(created);
        }
        waves
    }

    /// How many tasks of the new revision are healthy.
    pub fn healthy(&self, now: Moment) -> i64 {
        self.new_tasks()
            .filter(|task| self.counts_as_healthy(task, now))
            .count() as i64
    }

    /// How many tasks of the new revision there shall be.
    pub fn asked(&self) -> i64 {
        self.numbers().asked
    }

    /// The numbers of its tasks.
    pub(super) fn numbers(&self) -> Numbers {
        let mut numbers = Numbers::default();
        let mut is_known = false;
        for deployment in &self.counts.deployments {
            if self.is_ours(deployment) {
                is_known = true;
                numbers.asked = numbers.asked.max(deployment.desired);
                numbers.running = numbers.running.saturating_add(deployment.running);
                numbers.pending = numbers.pending.saturating_add(deployment.pending);
                numbers.failed = numbers.failed.max(deployment.failed);
            } else {
                numbers.old = numbers.old.saturating_add(deployment.running);
            }
        }
        if !is_known {
            numbers.asked = self.counts.desired;
        }
        numbers
    }

    /// How many tasks of ours have failed, and after how many the breaker trips, where that is known.
    pub(super) fn failures(&self) -> (i64, Option<i64>) {
        let breaker = self.deployment.as_ref().and_then(|ours| ours.breaker.as_ref());
        match breaker {
            Some(breaker) => (breaker.failures, Some(breaker.threshold)),
            None => (self.numbers().failed, None),
        }
    }

    /// Whether a task counts as healthy, as far as can be seen: by its targets, else by its own check, else by its age.
    pub fn counts_as_healthy(&self, task: &Task, now: Moment) -> bool {
        if task.last_status != "RUNNING" || task.desired_status != "RUNNING" || task.health == "UNHEALTHY" {
            return false;
        }
        // Where targets may not be seen, the other rules are all there is.
        if !self.service.target_groups.is_empty() && !self.targets.is_empty() {
            let mut targets = self.targets_of(task).peekable();
            return targets.peek().is_some() && targets.all(|target| target.state == "healthy");
        }
        match task.health.as_str() {
            "HEALTHY" => true,
            _ if self.service.keys.contains_key("probe") => false,
            _ => task
                .started
                .is_some_and(|started| now.seconds_since(started) >= SETTLED_SECONDS),
        }
    }

    /// What a check last found wrong with a task.
    pub(super) fn ailment(&self, task: &Task) -> Option<&TargetHealth> {
        task.addresses.iter().find_map(|address| self.unhealthy.get(address))
    }

    /// The targets that are a task: those at one of its ports.
    pub fn targets_of<'a>(&'a self, task: &'a Task) -> impl Iterator<Item = &'a TargetHealth> {
        let at = |(host, port): &'a (String, i64)| {
            let here = self.targets.get(host).into_iter().flatten();
            here.filter(move |(_, target)| target.port == *port)
        };
        let found = task.addresses.iter().flat_map(at).map(|(_, target)| target);
        found.filter(|target| target.state != "draining")
    }

    /// The task that a target is.
    pub(super) fn task_at(&self, target: &TargetHealth) -> Option<&Task> {
        let is_there = |task: &&Task| {
            let mut addresses = task.addresses.iter();
            addresses.any(|(host, port)| *host == target.target && *port == target.port)
        };
        self.tasks.values().find(is_there)
    }
}

/// The numbers, as far as any service has them: a recording may say anything.
fn bounded(counts: &Counts) -> Counts {
    let mut counts = counts.clone();
    let bound = |number: &mut i64| *number = (*number).clamp(0, 1_000_000);
    [&mut counts.desired, &mut counts.running, &mut counts.pending]
        .into_iter()
        .for_each(bound);
    for one in &mut counts.deployments {
        [&mut one.desired, &mut one.running, &mut one.pending, &mut one.failed]
            .into_iter()
            .for_each(bound);
    }
    counts
}

/// What a modification does: whether one of the parameters changes that make a deployment.
fn step_of(change: &Change) -> Step {
    let names = change.details.iter().filter_map(|detail| detail.name.as_deref());
    let names: Vec<&str> = names.collect();
    let deploys = |name: &&str| {
        let mut letters = name.chars();
        let first = letters.next().map(|letter| letter.to_ascii_lowercase());
        let api: String = first.into_iter().chain(letters).collect();
        deployments::parameter(&api).is_some_and(|parameter| parameter.deploys)
    };
    if names.iter().any(deploys) {
        Step::Rollout
    } else if names.contains(&"DesiredCount") {
        Step::Scale
    } else {
        Step::Settings
    }
}
