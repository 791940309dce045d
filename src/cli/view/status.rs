//! Where a deployment stands now: the stage, and each service that moves. In: a [`View`] and the time. Out: numbers and words;
//! not how they are drawn.

use serde::Serialize;

use crate::cloud::Moment;
use crate::cloud::ecs::Task;
use crate::deploy::watch::{ServiceView, StageState, Step, View};

/// Where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(in crate::cli) struct Status {
    /// The stage that goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<StageNow>,
    /// The services that roll out.
    pub services: Vec<ServiceNow>,
}

/// A stage that goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(in crate::cli) struct StageNow {
    /// What it is called.
    pub name: String,
    /// Its place, from 1, and how many there are.
    pub number: usize,
    pub of: usize,
    /// When it began.
    pub began: Moment,
    /// The resources that are worked on, of a stack.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<String>,
}

/// A service that rolls out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(in crate::cli) struct ServiceNow {
    pub name: String,
    /// How many new tasks there shall be.
    pub asked: i64,
    /// How many new tasks there are, and how many of them are healthy.
    pub new: i64,
    pub healthy: i64,
    /// How many tasks of the revision before there are.
    pub old: i64,
    /// The failures that count, and after how many it goes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breaker: Option<(i64, i64)>,
    /// Where it is, of a deployment in stages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<String>,
    /// Whether the revision before comes back.
    pub going_back: bool,
    /// Whether it is over.
    pub over: bool,
    /// What it waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits: Option<String>,
}

/// Where a deployment stands.
pub(in crate::cli) fn of(view: &View) -> Status {
    let moving = |service: &&ServiceView| service.step == Step::Rollout && service.ours.is_some();
    let current = view.current_stage();
    let stack = current.and_then(|at| view.outline.stages[at].stack.as_deref());
    let here = |service: &&ServiceView| Some(service.service.stack.as_str()) == stack;
    Status {
        stage: current.and_then(|at| stage(view, at)),
        services: view
            .services
            .iter()
            .filter(moving)
            .filter(here)
            .map(|one| service(one, view.now))
            .collect(),
    }
}

fn stage(view: &View, at: usize) -> Option<StageNow> {
    let StageState::Begun(began) = view.stages[at] else {
        return None;
    };
    let outline = &view.outline.stages[at];
    let stack = outline.stack.as_ref().and_then(|name| view.stacks.get(name));
    Some(StageNow {
        name: outline.name.clone(),
        number: at + 1,
        of: view.stages.len(),
        began,
        open: stack
            .map(|stack| stack.open.keys().cloned().collect())
            .unwrap_or_default(),
    })
}

fn service(service: &ServiceView, now: Moment) -> ServiceNow {
    let is_there = |task: &&Task| task.stopped.is_none() && task.last_status != "STOPPED";
    let there = service.tasks.values().filter(is_there);
    let (new, old): (Vec<_>, Vec<_>) = there.partition(|task| service.is_new(task));
    let ours = service.deployment.as_ref();
    let breaker = ours
        .and_then(|ours| ours.breaker.as_ref())
        .filter(|breaker| breaker.status != "DISABLED");
    ServiceNow {
        name: service.name().to_string(),
        asked: service.asked(),
        new: new.len() as i64,
        healthy: service.healthy(now),
        old: old.len() as i64,
        breaker: breaker.map(|breaker| (breaker.failures, breaker.threshold)),
        lifecycle: ours.and_then(|ours| ours.stage.clone()),
        going_back: service.going_back,
        over: service.is_over(),
        waits: waits(service, &new, &old, now),
    }
}

/// What a service waits for, the most pressing first.
fn waits(service: &ServiceView, new: &[&Task], old: &[&Task], now: Moment) -> Option<String> {
    if service.is_over() {
        return None;
    }
    let count = |wanted: &dyn Fn(&Task) -> bool| {
        let incoming = if service.going_back { old } else { new };
        incoming
            .iter()
            .filter(|task| task.desired_status == "RUNNING" && wanted(task))
            .count()
    };
    let homeless = |task: &Task| task.last_status == "PROVISIONING" && task.instance.is_none();
    let everyone = new.iter().chain(old);
    let parts = [
        (count(&homeless), "to find room"),
        (
            count(&|task| task.last_status != "RUNNING" && !homeless(task)),
            "to start",
        ),
        (
            count(&|task| task.last_status == "RUNNING" && !service.counts_as_healthy(task, now)),
            "to be healthy",
        ),
        (
            everyone.filter(|task| task.desired_status == "STOPPED").count(),
            "to stop",
        ),
    ];
    let (count, what) = parts.into_iter().find(|(count, _)| *count > 0)?;
    Some(format!("waits for {count} {what}"))
}
