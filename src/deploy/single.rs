//! A task that somebody asked for: run as its stack has it, its output passed on, stopped when that one leaves. In: a task and
//! what is asked for. Out: events, and how it ended. Must not know who reads.

use std::ops::ControlFlow;
use std::time::Duration;

use crate::cloud::ecs::Task as Running;
use crate::cloud::outside::{FoundLine, LogLine, LogSearch};
use crate::cloud::{Cloud, ErrorKind, Moment};
use crate::plan::{LogPlace, Plan, Stage, Task, Work};

use super::event::{Event, What};
use super::helm::Helm;
use super::tail::Tail;
use super::watch::{Said, View};
use super::{Ended, Options, Run, Sink, outline};

/// Between two looks: a person waits.
const PACE: Duration = Duration::from_secs(2);

/// How often it is looked for output after the end until nothing new has come twice.
const LAST_LOOKS: usize = 5;

/// Longer than anybody waits.
const FOREVER: Duration = Duration::from_secs(30 * 24 * 3600);

/// What is asked for.
pub struct Single<'a> {
    /// The command in place of its own.
    pub command: Option<Vec<String>>,
    /// How long it may take, from when it is asked for.
    pub timeout: Option<Duration>,
    /// Whether it is only started.
    pub is_detached: bool,
    /// The token that makes the request safe to repeat.
    pub token: String,
    /// Who asks, for others to see.
    pub started_by: String,
    /// Whether whoever asked has left.
    pub left: &'a dyn Fn() -> bool,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finish {
    /// Its main container ended with this code.
    Exited(i64),
    /// It was started, and nobody waits for it; its ARN.
    Started(String),
    /// It never ran, or nobody saw how it ended; why.
    Unknown(String),
    /// It took too long, and was stopped.
    TimedOut,
    /// Whoever asked has left, and it was stopped.
    Left,
}

/// Who asked for a task.
pub(super) struct ByHand<'a> {
    left: &'a dyn Fn() -> bool,
    /// When it has taken too long.
    until: Option<Moment>,
    /// Whether it was stopped for one of the two.
    pub is_cut: bool,
    tail: Tail,
}

/// Runs a task. The view at the end has its causes, where it failed.
pub async fn single<C: Cloud>(
    task: &Task,
    logs: &[LogPlace],
    cloud: &C,
    wanted: Single<'_>,
    sink: &mut Sink<'_>,
) -> (View, Finish) {
    let plan = Plan {
        stages: vec![Stage {
            name: format!("{}: {}", task.app, task.name),
            work: Work::Task(task.clone()),
        }],
        ..Plan::default()
    };
    let options = Options {
        deadline: FOREVER,
        ..Options::default()
    };
    let mut forward = |view: &View, event: &Event, said: &[Said]| sink(view, event, said);
    let helm = Helm::default();
    let mut run = Run::new(&plan, cloud, options, &helm, &mut forward);
    run.pace = PACE;
    let of = |log: &LogPlace| {
        let key = (log.family.clone(), log.container.clone());
        (key, (log.group.clone(), log.prefix.clone()))
    };
    run.logs = logs.iter().map(of).collect();
    run.by_hand = Some(ByHand {
        left: wanted.left,
        until: wanted.timeout.map(|timeout| cloud.now() + timeout),
        is_cut: false,
        tail: Tail::new(cloud.now()),
    });
    run.emit(What::Began(outline(&plan)));
    run.emit(What::StageBegan { stage: 0 });
    let task = Task {
        // What it may take is said by whoever asks.
        timeout: i64::MAX,
        ..task.clone()
    };
    let (ended, arn) = run.by_hand(&task, &wanted).await;
    let finish = run.finish(&task, &ended, arn.filter(|_| wanted.is_detached));
    run.conclude_stage(ended);
    if finish == Finish::Left {
        run.emit(What::Interrupted);
    }
    run.emit(What::Ended);
    (run.view, finish)
}

/// What is said of a task that was stopped because whoever asked for it has left.
const LEFT: &str = "whoever ran it did not want to wait";

/// What is said of one that took too long.
const LATE: &str = "it took longer than was allowed";

impl<C: Cloud> Run<'_, C> {
    /// Why a task that somebody asked for shall end now.
    pub(super) fn why_end(&self) -> Option<String> {
        let hand = self.by_hand.as_ref()?;
        let is_late = hand.until.is_some_and(|until| self.cloud.now() >= until);
        match (hand.left)() {
            true => Some(LEFT.to_string()),
            false => is_late.then(|| LATE.to_string()),
        }
    }

    fn finish(&self, task: &Task, ended: &Ended, started: Option<String>) -> Finish {
        // It is called as the task is.
        let containers = self.view.once.as_ref().map(|once| &once.containers);
        let main = containers.and_then(|all| all.iter().find(|one| one.name == task.name).or(all.first()));
        let code = main.and_then(|main| main.exit_code);
        let hand = self.by_hand.as_ref();
        let is_cut = hand.is_some_and(|hand| hand.is_cut);
        let is_left = hand.is_some_and(|hand| (hand.left)());
        match ended {
            Ended::Done(_) if started.is_some() => Finish::Started(started.unwrap_or_default()),
            // It was stopped, or not even started.
            Ended::Failed(_) if is_cut || (code.is_none() && self.why_end().is_some()) => match is_left {
                true => Finish::Left,
                false => Finish::TimedOut,
            },
            Ended::Failed(reason) => code.map_or_else(|| Finish::Unknown(reason.clone()), Finish::Exited),
            Ended::Done(_) => Finish::Exited(code.unwrap_or(0)),
            Ended::Deadline => Finish::Unknown("AWS did not answer".to_string()),
            Ended::CalledBack => Finish::Left,
        }
    }

    async fn by_hand(&mut self, task: &Task, wanted: &Single<'_>) -> (Ended, Option<String>) {
        match self.learn_physical(&task.stack).await {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::Missing => {
                let reason = format!("there is no stack {}: `loadline apply` deploys it", task.stack);
                return (Ended::Failed(reason), None);
            }
            Err(error) => return (Ended::of(error), None),
        }
        let mut wish = match self.one_off(task, wanted.token.clone()).await {
            Ok(wish) => wish,
            Err(ended) => return (ended, None),
        };
        wish.started_by = wanted.started_by.clone();
        wish.command = wanted.command.clone().map(|command| (task.name.clone(), command));
        let arn = match self.place(&wish).await {
            Ok(arn) => arn,
            Err(ended) => return (ended, None),
        };
        if wanted.is_detached {
            return (Ended::Done(Some(format!("started as {arn}"))), Some(arn));
        }
        let (Ok(ended) | Err(ended)) = self.follow(task, &arn).await;
        (ended, Some(arn))
    }

    /// Passes on what the containers of a task have written since the last look; to the last line, once it has stopped.
    pub(super) async fn stream(&mut self, task: &Task, now: &Running) {
        let Some(mut hand) = self.by_hand.take() else { return };
        let family = format!("{}-{}-{}", task.cluster, task.app, task.name);
        let mut containers = Vec::new();
        let mut places = Vec::new();
        for ((_, container), (group, prefix)) in self.logs.iter().filter(|((of, _), _)| *of == family) {
            containers.push(container.clone());
            places.push(LogSearch {
                group: group.clone(),
                prefix: format!("{prefix}/{container}/{}", now.id()),
                ..LogSearch::default()
            });
        }
        // Without a container that ran there is nothing to come.
        let is_over = now.stopped.is_some();
        let mut left = if is_over && now.started.is_some() {
            LAST_LOOKS
        } else {
            1
        };
        let mut silent = 0;
        while left > 0 && silent < 2 {
            left -= 1;
            let mut found: Vec<(usize, LogLine)> = Vec::new();
            let mut take = |place: usize, line: FoundLine| {
                found.push((place, line.line));
                ControlFlow::Continue(())
            };
            let answer = hand.tail.look(self.cloud, &places, &mut take).await;
            silent = if found.is_empty() { silent + 1 } else { 0 };
            for (place, lines) in runs(found) {
                let container = containers[place].clone();
                let task = now.arn.clone();
                self.emit(What::Output { task, container, lines });
            }
            if let Err(error) = answer
                && self.observer.refused.insert(error.operation.clone())
            {
                let (operation, code) = (error.operation, error.code);
                self.emit(What::Slowed { operation, code });
            }
            if left > 0 && silent < 2 {
                self.rest().await;
            }
        }
        self.by_hand = Some(hand);
    }
}

/// Lines of the same place that follow one another, together.
fn runs(found: Vec<(usize, LogLine)>) -> Vec<(usize, Vec<LogLine>)> {
    let mut runs: Vec<(usize, Vec<LogLine>)> = Vec::new();
    for (place, line) in found {
        match runs.last_mut() {
            Some((last, lines)) if *last == place => lines.push(line),
            _ => runs.push((place, vec![line])),
        }
    }
    runs
}
