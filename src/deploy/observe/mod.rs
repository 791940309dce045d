//! Looks at what goes on, and tells what has changed since the last look. In: a stack under way. Out: events. Must not know what
//! they mean.
//!
//! The budget of a look: stack events up to the first that was seen, one `DescribeServices` for ten services, one
//! `DescribeServiceDeployments` for twenty; tasks, targets and logs only of services where something moves.

mod seen;
mod services;

use std::collections::{BTreeMap, BTreeSet};

use crate::cloud::capacity::{Instance, TargetHealth};
use crate::cloud::ecs::{ServiceDeployment, Task};
use crate::cloud::formation::{StackEvent, Status};
use crate::cloud::{Cloud, Error, Moment};
use crate::plan::StackWork;

use super::Run;
use super::event::{Counts, What};

/// After how many seconds without a change an event says that time has passed.
const QUIET: i64 = 15;

/// Every how many looks the instances are looked at.
pub(super) const INSTANCES_EVERY: u64 = 3;

/// Which events of a stack are of the operation that is watched.
#[derive(Debug)]
enum Mark {
    /// Those that carry one of these tokens: a rollback that is asked for has a token of its own.
    Tokens(Vec<String>),
    /// This one, and those after it: what somebody else began may have no token.
    From(String),
    /// Those after this one.
    After(String),
}

impl Default for Mark {
    fn default() -> Mark {
        Mark::Tokens(Vec::new())
    }
}

/// What was seen so far.
#[derive(Default)]
pub(super) struct Observer {
    stack: String,
    /// What its events are asked for with: a stack that is deleted has no name.
    address: String,
    mark: Mark,
    began: Moment,
    pub looks: u64,
    seen_events: BTreeSet<String>,
    /// How the operation ended, once it has.
    pub end: Option<(Status, Option<String>)>,
    counts: BTreeMap<String, Counts>,
    deployments: BTreeMap<String, ServiceDeployment>,
    messages: BTreeSet<String>,
    tasks: BTreeMap<String, Task>,
    targets: BTreeMap<String, Vec<TargetHealth>>,
    instances: BTreeMap<String, Vec<Instance>>,
    logged: BTreeSet<String>,
    /// In which look a log of a service was last read.
    logged_in: BTreeMap<String, u64>,
    /// Whether an Auto Scaling group is being changed, which may roll its instances.
    rolls: bool,
    /// Whether service deployments may not be seen.
    denied: bool,
    /// The operations of which it was told that they are refused.
    pub refused: BTreeSet<String>,
    /// When the last event was emitted.
    told: Moment,
}

impl Observer {
    /// A new operation of a stack.
    pub fn begin(&mut self, stack: &str, token: &str, now: Moment) {
        self.stack = stack.to_string();
        self.address = stack.to_string();
        self.mark = Mark::Tokens(vec![token.to_string()]);
        self.began = now;
        self.end = None;
        self.rolls = false;
        self.told = now;
    }

    /// An operation that somebody began, with this event.
    pub fn take_up(&mut self, stack: &str, address: &str, first: &StackEvent) {
        self.begin(stack, "", first.at);
        self.address = address.to_string();
        self.mark = Mark::From(first.id.clone());
    }

    /// An operation that begins now; its stack has told this much so far.
    pub fn begin_after(&mut self, stack: &str, address: &str, newest: &str, now: Moment) {
        self.begin(stack, "", now);
        self.address = address.to_string();
        self.mark = Mark::After(newest.to_string());
    }

    /// What is watched goes on with another token: it was asked to go back, and may be deleted.
    pub fn go_on(&mut self, address: &str, token: &str) {
        self.address = address.to_string();
        self.end = None;
        if let Mark::Tokens(tokens) = &mut self.mark {
            tokens.push(token.to_string());
        }
    }

    /// The first token of the operation.
    pub fn token(&self) -> &str {
        match &self.mark {
            Mark::Tokens(tokens) => tokens.first().map_or("", String::as_str),
            Mark::From(_) | Mark::After(_) => "",
        }
    }

    /// Whether an event is of the operation.
    fn is_ours(&self, event: &StackEvent) -> bool {
        match &self.mark {
            Mark::Tokens(tokens) => event.token.as_ref().is_some_and(|token| tokens.contains(token)),
            Mark::From(_) => true,
            Mark::After(newest) => *newest != event.id,
        }
    }

    /// Whether nothing before an event is of the operation.
    fn is_first(&self, event: &StackEvent) -> bool {
        matches!(&self.mark, Mark::From(first) if *first == event.id)
    }

    /// A deletion of a stack, which in the end is known by its ARN only.
    pub fn begin_removal(&mut self, stack: &str, id: &str, token: &str, now: Moment) {
        self.begin(stack, token, now);
        self.address = id.to_string();
    }
}

impl<C: Cloud> Run<'_, C> {
    /// Looks at the services before anything changes: what serves now, and which messages are old.
    pub(super) async fn look_before(&mut self, work: &StackWork) -> Result<(), Error> {
        self.look_at_services(work).await?;
        match work.services.is_empty() {
            true => Ok(()),
            false => self.look_at_instances().await,
        }
    }

    /// Looks at everything once.
    pub(super) async fn observe(&mut self, work: &StackWork) -> Result<(), Error> {
        self.observer.looks += 1;
        self.look_at_stack().await?;
        match &self.observer.end {
            Some((status, _)) if status.is_complete() && self.is_settled(work) => return Ok(()),
            Some((status, _)) if !status.is_complete() => {
                // What is left to see is evidence: it is asked for once, and takes nothing from the end.
                self.is_hurried = true;
                let _ = self.look_at_services(work).await;
                self.is_hurried = false;
                return Ok(());
            }
            _ => {}
        }
        self.look_at_services(work).await?;
        let concerns = self.observer.rolls || !work.services.is_empty();
        if self.observer.looks % INSTANCES_EVERY == 1 && concerns {
            self.look_at_instances().await?;
        }
        self.note_quiet();
        Ok(())
    }

    /// Says that time has passed, where nothing else was to be said for a while.
    pub(super) fn note_quiet(&mut self) {
        if self.cloud.now().seconds_since(self.observer.told) >= QUIET {
            self.note(What::Quiet);
        }
    }

    /// Whether nothing of the services of a stack is open: a stack may be complete before they are.
    pub(super) fn is_settled(&self, work: &StackWork) -> bool {
        let mut services = self.view.services_of(&work.stack);
        services.all(|service| service.is_over())
    }

    fn note(&mut self, what: What) {
        self.observer.told = self.cloud.now();
        self.emit(what);
    }

    /// Reads the events of our operation that are new.
    pub(super) async fn look_at_stack(&mut self) -> Result<(), Error> {
        let address = self.observer.address.clone();
        let mut fresh: Vec<StackEvent> = Vec::new();
        let mut page: Option<String> = None;
        'pages: loop {
            let answer = self
                .ask(async |cloud: &C| cloud.describe_stack_events(&address, page.as_deref()).await)
                .await?;
            for event in answer.items {
                if !self.observer.is_ours(&event) || self.observer.seen_events.contains(&event.id) {
                    break 'pages;
                }
                let is_first = self.observer.is_first(&event);
                fresh.push(event);
                if is_first {
                    break 'pages;
                }
            }
            match answer.next {
                Some(next) => page = Some(next),
                None => break,
            }
        }
        for event in fresh.into_iter().rev() {
            self.see_stack_event(event);
            if self.observer.end.is_some() {
                // What comes after the end is somebody's next operation.
                break;
            }
        }
        Ok(())
    }

    /// Takes an event of the stack.
    pub(super) fn see_stack_event(&mut self, event: StackEvent) {
        self.observer.seen_events.insert(event.id);
        let stack = self.observer.stack.clone();
        let StackEvent {
            logical,
            physical,
            kind,
            status,
            reason,
            at: happened,
            ..
        } = event;
        if kind == "AWS::CloudFormation::Stack" && logical == stack {
            if !status.is_under_way() {
                self.observer.end = Some((status.clone(), reason.clone()));
            }
            self.note(What::Stack { stack, status, reason });
            return;
        }
        if kind == "AWS::AutoScaling::AutoScalingGroup" {
            self.observer.rolls = status.as_str() == "UPDATE_IN_PROGRESS";
        }
        let is_deletion = status.as_str().starts_with("DELETE_");
        if let Some(physical) = physical.as_ref().filter(|_| !is_deletion) {
            self.physical.insert((stack.clone(), logical.clone()), physical.clone());
        }
        self.note(What::Resource {
            stack,
            logical,
            physical,
            kind,
            status,
            reason,
            happened,
        });
    }
}
