//! A stack as it is kept: its resources, its status, its events. Must not know templates' functions, nor why it changes.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Map, Value};

use crate::cloud::Moment;
use crate::cloud::formation::{StackEvent, Status};

use super::operation::Operation;
use super::release::Release;
use super::template::Resource;

/// The type of a stack itself.
pub(super) const STACK: &str = "AWS::CloudFormation::Stack";

/// A stack.
pub(super) struct Stack {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub id: String,
    /// Its status.
    pub status: Status,
    /// Why.
    pub reason: Option<String>,
    /// When its last operation began.
    pub updated: Moment,
    /// What it is; nothing before it was first executed.
    pub release: Rc<Release>,
    /// Its resources.
    pub held: Vec<Held>,
    /// Its events, oldest first.
    pub events: Vec<StackEvent>,
    /// What is under way.
    pub operation: Option<Operation>,
    /// What failed and can be taken up again.
    pub stuck: Option<Operation>,
    /// What a read that comes too early is answered with, and until when.
    pub stale: Option<(Status, Option<String>, Moment)>,
    /// The tokens that were used, and what for.
    pub tokens: BTreeMap<String, String>,
    /// Whether it may not be deleted.
    pub protected: bool,
}

/// A resource of a stack.
#[derive(Clone, Debug)]
pub(super) struct Held {
    /// As the template has it.
    pub resource: Resource,
    /// The logical IDs that it needs.
    pub needs: Vec<String>,
    /// Its physical ID, once there is one.
    pub physical: Option<String>,
    /// What it gives to `Fn::GetAtt`.
    pub attributes: BTreeMap<String, Value>,
    /// Its properties without functions.
    pub properties: Map<String, Value>,
    /// Its status.
    pub status: Status,
    /// How often it was changed, from 1.
    pub revision: u64,
    /// Properties that somebody has changed outside of the stack, with what they are now.
    pub live: Map<String, Value>,
}

impl Held {
    /// Whether there is nothing left of it in the stack.
    pub fn is_gone(&self) -> bool {
        matches!(self.status.as_str(), "DELETE_COMPLETE" | "DELETE_SKIPPED")
    }
}

/// Whom an event is about.
pub(super) struct Subject<'a> {
    /// The logical ID.
    pub logical: &'a str,
    /// The physical ID.
    pub physical: Option<&'a str>,
    /// The type.
    pub kind: &'a str,
}

impl Stack {
    /// A stack that is only a change set yet.
    pub fn new(name: &str, id: String, now: Moment) -> Stack {
        Stack {
            name: name.to_string(),
            id,
            status: Status::default(),
            reason: None,
            updated: now,
            release: Rc::new(Release::default()),
            held: Vec::new(),
            events: Vec::new(),
            operation: None,
            stuck: None,
            stale: None,
            tokens: BTreeMap::new(),
            protected: false,
        }
    }

    /// Whether it was deleted.
    pub fn is_gone(&self) -> bool {
        self.status.as_str() == "DELETE_COMPLETE"
    }

    /// The resource of this logical ID, as long as there is something of it.
    pub fn held(&self, logical: &str) -> Option<&Held> {
        self.held
            .iter()
            .find(|held| held.resource.logical == logical && !held.is_gone())
    }

    /// The resource of this logical ID, to be changed.
    pub fn held_mut(&mut self, logical: &str) -> Option<&mut Held> {
        self.held
            .iter_mut()
            .find(|held| held.resource.logical == logical && !held.is_gone())
    }

    /// Gives the stack a status, with its event. `unique` is what the event is told apart by.
    pub fn turn(&mut self, status: &str, reason: Option<&str>, token: Option<&str>, unique: String, now: Moment) {
        self.status = Status::new(status);
        self.reason = reason.map(str::to_string);
        self.events.push(StackEvent {
            id: unique,
            at: now,
            token: token.map(str::to_string),
            logical: self.name.clone(),
            physical: Some(self.id.clone()),
            kind: STACK.to_string(),
            status: Status::new(status),
            reason: reason.map(str::to_string),
        });
    }

    /// Writes down what happens to a resource. Its events are told apart by its name, what happens, and when.
    ///
    /// The resource gets the status too; but what happens to an old one that goes is nothing to the new one.
    pub fn tell(&mut self, subject: &Subject, status: &str, reason: Option<&str>, token: Option<&str>, now: Moment) {
        let is_removal = status.starts_with("DELETE_");
        let held = self.held_mut(subject.logical);
        if let Some(held) = held.filter(|held| !is_removal || held.physical.as_deref() == subject.physical) {
            held.status = Status::new(status);
        }
        let mut unique = now;
        let id = |at: Moment| format!("{}-{status}-{at}", subject.logical);
        let newest = self.events.iter().rev().take_while(|event| event.at >= now);
        let taken: Vec<&str> = newest.map(|event| event.id.as_str()).collect();
        while taken.contains(&id(unique).as_str()) {
            unique = Moment(unique.0 + 1);
        }
        self.events.push(StackEvent {
            id: id(unique),
            at: now,
            token: token.map(str::to_string),
            logical: subject.logical.to_string(),
            physical: subject.physical.map(str::to_string),
            kind: subject.kind.to_string(),
            status: Status::new(status),
            reason: reason.map(str::to_string),
        });
    }
}
