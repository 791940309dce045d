//! Watches what somebody else has begun, or had begun: all of it, from history, to its end. In: stacks. Out: the same events as a
//! deployment tells of. Changes nothing, takes no lease, brakes nothing.
//!
//! What happened before anybody looked is told with the time at which it happened. A deployment of several stacks is followed
//! from one to the next for as long as somebody holds the lease of its cluster.

use std::time::Duration;

use crate::cloud::formation::{Change, Stack, StackEvent, StackResource};
use crate::cloud::{Cloud, Error, ErrorKind, Moment};
use crate::graph::StackKind;
use crate::plan::found;
use crate::plan::{Plan, StackWork, Work};

use super::event::{Aim, Event, Outline, StageOutline, VERSION, What};
use super::helm::Helm;
use super::lease::Lease;
use super::release::Record;
use super::watch::{Said, View};
use super::{Ended, Options, Run, Sink};

/// How many looks at the services an operation is worth that is long over.
const LOOKS: usize = 3;

/// What a stack's own operation begins with; what comes after, a rollback and its continuation too, belongs to it.
const BEGINS: [&str; 4] = [
    "CREATE_IN_PROGRESS",
    "UPDATE_IN_PROGRESS",
    "DELETE_IN_PROGRESS",
    "IMPORT_IN_PROGRESS",
];

/// A stack that is watched.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name.
    pub stack: String,
    /// What the spec says of it; nothing where there is no spec.
    pub known: Option<StackWork>,
}

/// How it is watched.
#[derive(Clone, Debug)]
pub struct Watching {
    /// After how long it is left alone.
    pub deadline: Duration,
    /// Whether stacks that are not there are waited for.
    pub waits: bool,
}

/// The stacks of a plan.
pub fn targets(plan: &Plan) -> Vec<Target> {
    let stacks = plan.stages.iter().filter_map(|stage| match &stage.work {
        Work::Stack(work) => Some(work),
        _ => None,
    });
    stacks
        .map(|work| Target {
            stack: work.stack.clone(),
            known: Some(work.clone()),
        })
        .collect()
}

/// Why there is nothing to watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nothing {
    /// None of the stacks is there.
    Missing,
    /// They are there, and nothing was ever done to them.
    Untouched,
    /// AWS refuses.
    Refused(Error),
}

/// The last operation of a stack.
struct Operation {
    /// Its events, the oldest first; never empty.
    events: Vec<StackEvent>,
    over: bool,
}

impl Operation {
    fn since(&self) -> Moment {
        self.events[0].at
    }
}

/// A stack, looked at.
struct Found {
    work: StackWork,
    there: Option<Stack>,
    operation: Option<Operation>,
    resources: Vec<StackResource>,
    /// What the change set of the operation says, where it is still known.
    changes: Option<Vec<Change>>,
}

/// Whether a stack takes part in what is watched.
enum Part {
    Yes(Box<Found>),
    No(&'static str),
    Ended(Ended),
}

/// Watches stacks to the end of what is under way with them; with nothing under way, tells of the newest that was.
///
/// # Errors
/// Where there is nothing to tell.
pub async fn watch<C: Cloud>(
    targets: &[Target],
    cloud: &C,
    watching: &Watching,
    sink: &mut Sink<'_>,
) -> Result<View, Nothing> {
    let mut forward = |view: &View, event: &Event, said: &[Said]| sink(view, event, said);
    let options = Options {
        deadline: watching.deadline,
        ..Options::default()
    };
    let helm = Helm::default();
    let mut run = Run::new(&Plan::default(), cloud, options, &helm, &mut forward);
    let mut found = run.find(targets).await.map_err(Nothing::Refused)?;
    while watching.waits && !found.iter().any(|one| one.operation.is_some()) && !run.is_late() {
        cloud.sleep(super::INTERVAL).await;
        found = run.find(targets).await.map_err(Nothing::Refused)?;
    }
    if found.iter().all(|one| one.there.is_none()) {
        return Err(Nothing::Missing);
    }
    run.logs = found.iter().flat_map(|one| super::logs_of(&one.work)).collect();
    run.clusters = found.iter().filter_map(|one| one.work.cluster.clone()).collect();
    let lease = run.living_lease().await.map_err(Nothing::Refused)?;
    let Some(since) = beginning(&found, lease.as_ref()) else {
        return Err(Nothing::Untouched);
    };
    let works: Vec<StackWork> = found.iter().map(|one| one.work.clone()).collect();
    let first = found
        .iter()
        .filter_map(|one| one.operation.as_ref())
        .map(Operation::since);
    run.then = first.filter(|at| *at >= since).min();
    run.emit(What::Began(outline(&works)));
    let records = run.records(&works).await;
    for (at, target) in targets.iter().enumerate() {
        run.stage = at;
        let part = run.part(target, &targets[at + 1..], since).await;
        let ended = match part {
            Ok(Part::No(note)) => Ended::Done(Some(note.to_string())),
            Ok(Part::Ended(ended)) => ended,
            Ok(Part::Yes(found)) => {
                run.then = run
                    .then
                    .map(|_| found.operation.as_ref().map_or(since, Operation::since));
                run.emit(What::StageBegan { stage: at });
                match run.take_part(*found).await {
                    Ok(ended) => ended,
                    Err(error) => Ended::of(error),
                }
            }
            Err(error) => Ended::of(error),
        };
        let ended = match (run.failed_task(&works[at], &records).await, ended) {
            (Some(reason), Ended::Done(_)) => Ended::Failed(reason),
            (_, ended) => ended,
        };
        if !run.conclude_stage(ended) {
            break;
        }
    }
    run.emit(What::Ended);
    Ok(run.view)
}

/// Since when operations belong to what is watched: as long as the lease is held, or the first of those under way, or the newest
/// of all.
fn beginning(found: &[Found], lease: Option<&Lease>) -> Option<Moment> {
    let operations = || found.iter().filter_map(|one| one.operation.as_ref());
    let open = operations().filter(|one| !one.over).map(Operation::since).min();
    let held = lease.map(|lease| lease.since);
    let newest = operations().map(Operation::since).max();
    [held, open].into_iter().flatten().min().or(newest)
}

fn outline(works: &[StackWork]) -> Outline {
    let stages = works.iter().map(|work| StageOutline {
        name: work.stack.clone(),
        stack: Some(work.stack.clone()),
        origins: work.origins.clone(),
        ..StageOutline::default()
    });
    Outline {
        version: VERSION,
        stages: stages.collect(),
        services: works.iter().flat_map(|work| work.services.clone()).collect(),
        aim: Aim::Deployment,
    }
}

impl<C: Cloud> Run<'_, C> {
    async fn find(&mut self, targets: &[Target]) -> Result<Vec<Found>, Error> {
        let mut found = Vec::new();
        for target in targets {
            found.push(self.find_one(target).await?);
        }
        Ok(found)
    }

    /// Looks at a stack, and at its last operation.
    async fn find_one(&mut self, target: &Target) -> Result<Found, Error> {
        let stack = &target.stack;
        let there = self.stack_that_is(stack).await?;
        let operation = match &there {
            Some(_) => self.last_operation(stack).await?,
            None => None,
        };
        let resources = match &operation {
            Some(_) => self.resources(stack).await?,
            None => Vec::new(),
        };
        let changes = match &operation {
            Some(operation) => self.executed_changes(stack, operation).await?,
            None => None,
        };
        let told = changes.clone().unwrap_or_else(|| {
            let events = operation.as_ref().map(|operation| operation.events.as_slice());
            found::changes(stack, events.unwrap_or_default())
        });
        let mut work = found::stack(stack, &resources, &told);
        if let Some(known) = &target.known {
            // What runs there and is not in the spec is watched too; it has no line.
            let strange = work.services.into_iter();
            let is_strange = |one: &crate::plan::Service| known.services.iter().all(|ours| ours.logical != one.logical);
            let strange: Vec<_> = strange.filter(is_strange).collect();
            work = known.clone();
            work.services.extend(strange);
        }
        Ok(Found {
            work,
            there,
            operation,
            resources,
            changes,
        })
    }

    /// A stack, unless it is not there.
    async fn stack_that_is(&mut self, stack: &str) -> Result<Option<Stack>, Error> {
        match self.ask(async |cloud: &C| cloud.describe_stack(stack).await).await {
            Ok(there) if there.status.as_str() == "DELETE_COMPLETE" => Ok(None),
            Ok(there) => Ok(Some(there)),
            Err(error) if error.kind() == ErrorKind::Missing => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The last operation of a stack, whoever began it.
    async fn last_operation(&mut self, stack: &str) -> Result<Option<Operation>, Error> {
        let mut page: Option<String> = None;
        let mut events: Vec<StackEvent> = Vec::new();
        'pages: loop {
            let answer = self
                .ask(async |cloud: &C| cloud.describe_stack_events(stack, page.as_deref()).await)
                .await?;
            for event in answer.items {
                let begins = is_of_stack(&event, stack) && BEGINS.contains(&event.status.as_str());
                events.push(event);
                if begins {
                    break 'pages;
                }
            }
            page = answer.next;
            if page.is_none() {
                // It was never more than a change set, or its beginning is known no more.
                events.clear();
                break;
            }
        }
        events.reverse();
        if events.is_empty() {
            return Ok(None);
        }
        let newest = events.iter().rev().find(|event| is_of_stack(event, stack));
        let over = newest.is_some_and(|event| !event.status.is_under_way());
        Ok(Some(Operation { events, over }))
    }

    pub(super) async fn resources(&mut self, stack: &str) -> Result<Vec<StackResource>, Error> {
        let mut page: Option<String> = None;
        let mut found = Vec::new();
        loop {
            let answer = self
                .ask(async |cloud: &C| cloud.list_stack_resources(stack, page.as_deref()).await)
                .await?;
            found.extend(answer.items);
            page = answer.next;
            if page.is_none() {
                return Ok(found);
            }
        }
    }

    /// What the change set does that is being executed, or that has the operation's token for its name.
    async fn executed_changes(&mut self, stack: &str, operation: &Operation) -> Result<Option<Vec<Change>>, Error> {
        let token = operation.events[0].token.clone();
        let sets = match self.sets(stack).await {
            Ok(sets) => sets,
            Err(error) if error.is_passing() => return Err(error),
            // What may not be seen is told by events.
            Err(_) => return Ok(None),
        };
        let is_it = |name: &str, execution: &str| {
            Some(name) == token.as_deref() || (execution == "EXECUTE_IN_PROGRESS" && !operation.over)
        };
        let set = sets.into_iter().find(|set| is_it(&set.name, set.execution.as_str()));
        match set {
            Some(set) => Ok(Some(self.read_change_set(&set.id).await?.1)),
            None => Ok(None),
        }
    }

    /// The lease of the clusters that are looked at, of somebody who is still at work.
    async fn living_lease(&mut self) -> Result<Option<Lease>, Error> {
        for cluster in self.clusters.clone() {
            let lease = self.lease_on(&cluster).await?;
            if let Some(lease) = lease.filter(|lease| lease.until > self.cloud.now()) {
                return Ok(Some(lease));
            }
        }
        Ok(None)
    }

    /// Waits until it is known whether a stack takes part in what has begun since then.
    async fn part(&mut self, target: &Target, later: &[Target], since: Moment) -> Result<Part, Error> {
        loop {
            // In this order: who gives the lease back has begun all there is.
            let lease = self.living_lease().await?;
            let there = self.stack_that_is(&target.stack).await?;
            if there.is_some_and(|there| has_begun(&there, since)) {
                let found = self.find_one(target).await?;
                if found
                    .operation
                    .as_ref()
                    .is_some_and(|one| !one.over || one.since() >= since)
                {
                    return Ok(Part::Yes(Box::new(found)));
                }
            }
            if lease.is_none() {
                return Ok(Part::No("not changed"));
            }
            for other in later {
                let there = self.stack_that_is(&other.stack).await?;
                if there.is_some_and(|there| has_begun(&there, since)) {
                    return Ok(Part::No("not changed"));
                }
            }
            if self.is_late() {
                return Ok(Part::Ended(Ended::Deadline));
            }
            self.then = None;
            self.emit(What::Quiet);
            self.rest().await;
        }
    }

    /// Follows an operation from its first event to its end.
    async fn take_part(&mut self, found: Found) -> Result<Ended, Error> {
        let Found {
            work,
            there,
            operation,
            resources,
            changes,
        } = found;
        let (Some(operation), Some(there)) = (operation, there) else {
            return Ok(Ended::Done(Some("not changed".to_string())));
        };
        let (stack, whole) = (&work.stack, changes.is_some() || operation.over);
        let changes = changes.unwrap_or_else(|| {
            let changes = found::changes(stack, &operation.events);
            match operation.over {
                true => changes,
                false => found::with_all_services(changes, &resources),
            }
        });
        let first = &operation.events[0];
        self.then = Some(first.at);
        self.observer.take_up(stack, &there.id, first);
        self.emit(What::Attached {
            stack: stack.clone(),
            changes,
            whole,
            since: first.at,
            over: operation.over,
            token: first.token.clone(),
        });
        for resource in resources.into_iter().filter(|one| !one.physical.is_empty()) {
            let key = (stack.clone(), resource.logical);
            self.physical.insert(key, resource.physical);
        }
        self.tell_history(&work, operation).await?;
        self.watch_on(&work).await
    }

    /// Tells what has happened so far. Before the stack turned back is when evidence was to be seen: it is looked for then.
    async fn tell_history(&mut self, work: &StackWork, operation: Operation) -> Result<(), Error> {
        let Operation { events, over } = operation;
        let stack = &work.stack;
        let turns = |event: &StackEvent| {
            let is_end = !event.status.is_under_way() && !event.status.is_complete();
            is_of_stack(event, stack) && (event.status.is_rollback() || is_end)
        };
        let turned = events.iter().position(turns).unwrap_or(events.len());
        for (number, event) in events.into_iter().enumerate() {
            self.then = Some(event.at);
            if number == turned {
                self.look_back(work).await?;
            }
            self.see_stack_event(event);
            if !over {
                // It went on after that.
                self.observer.end = None;
            }
        }
        if !over {
            self.then = None;
        }
        self.look_back(work).await
    }

    /// Looks at services for what is known of the past: the deployments since it began, and the tasks that have ended.
    async fn look_back(&mut self, work: &StackWork) -> Result<(), Error> {
        self.recall(work).await?;
        self.look_before(work).await
    }

    /// Watches what is left of an operation.
    async fn watch_on(&mut self, work: &StackWork) -> Result<Ended, Error> {
        let is_past = self.observer.end.is_some();
        let mut looks = 0;
        loop {
            if let Some(ended) = self.ended(work) {
                return Ok(ended);
            }
            if is_past && looks == LOOKS {
                // The stack is done, and no more is known of its services: that is said in the end.
                return Ok(Ended::Done(None));
            }
            if self.is_late() {
                return Ok(Ended::Deadline);
            }
            looks += 1;
            self.rest().await;
            self.observe(work).await?;
        }
    }

    /// What is written down of the tasks of each app.
    async fn records(&mut self, works: &[StackWork]) -> Vec<Option<Record>> {
        let mut records = Vec::new();
        for work in works {
            records.push(self.record_of(work).await);
        }
        records
    }

    async fn record_of(&mut self, work: &StackWork) -> Option<Record> {
        if work.kind != StackKind::App {
            return None;
        }
        let cluster = work.cluster.as_ref()?;
        let app = work.stack.strip_prefix(cluster.as_str())?.strip_prefix('-')?;
        // What may not be read says nothing.
        self.read_record(cluster, app).await.ok()
    }

    /// The task that ended badly while it was watched: with it, what it runs before does not come.
    async fn failed_task(&mut self, work: &StackWork, before: &[Option<Record>]) -> Option<String> {
        let before = before.get(self.stage)?.as_ref()?;
        let now = self.record_of(work).await?;
        let task = now.failed_since(before)?;
        Some(format!("task `{task}` ended badly, and nothing after it was begun"))
    }
}

/// Whether an event is of the stack itself.
fn is_of_stack(event: &StackEvent, stack: &str) -> bool {
    event.kind == "AWS::CloudFormation::Stack" && event.logical == stack
}

/// Whether something may have begun with a stack since then.
fn has_begun(there: &Stack, since: Moment) -> bool {
    there.status.is_under_way() || there.updated >= since - Duration::from_secs(5)
}
