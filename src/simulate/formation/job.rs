//! What is done to one resource, step by step. In: a task, a site. Out: the resource's events, and how far it is. Must not know
//! the other jobs, nor whether the stack goes forward or back.

use serde_json::{Map, Value};

use crate::cloud::Moment;
use crate::simulate::account::Progress;

use super::durations::{Work, duration, patience};
use super::names::uuid;
use super::site::Site;
use super::stack::{Held, Stack, Subject};
use super::template::Resource;

/// What shall become of a resource.
pub(super) enum Task {
    /// It becomes what the release says.
    Bring,
    /// It becomes what it was.
    Restore(Box<Held>),
    /// It goes, or is only forgotten.
    Remove { held: Box<Held>, keep: bool },
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Create,
    /// A new one is made for an old one.
    Replace,
    Update,
    /// Only what stands beside the properties changes.
    Note,
    Delete,
}

impl Verb {
    /// How its statuses begin.
    pub fn word(self) -> &'static str {
        match self {
            Verb::Create => "CREATE",
            Verb::Replace | Verb::Update | Verb::Note => "UPDATE",
            Verb::Delete => "DELETE",
        }
    }

    fn work(self) -> Work {
        match self {
            Verb::Create | Verb::Replace => Work::Create,
            Verb::Update | Verb::Note => Work::Update,
            Verb::Delete => Work::Delete,
        }
    }
}

/// How far it is.
#[derive(Debug, PartialEq)]
pub(super) enum Stage {
    /// Others come first.
    Waiting,
    /// It was said that it will be made.
    Announced {
        verb: Verb,
        properties: Map<String, Value>,
    },
    /// It goes on.
    Running(Running),
    Done,
    Failed(Verb),
    Cancelled(Verb),
}

/// What goes on.
#[derive(Debug, PartialEq)]
pub(super) struct Running {
    verb: Verb,
    physical: String,
    /// How long it takes at least.
    until: Moment,
    /// When CloudFormation gives up.
    deadline: Moment,
}

/// The work on one resource.
pub(super) struct Job {
    /// Its logical ID.
    pub logical: String,
    /// Its type.
    pub kind: String,
    /// The logical IDs whose jobs come first.
    pub needs: Vec<String>,
    /// How far it is.
    pub stage: Stage,
    /// Whether anything was done to it.
    pub is_touched: bool,
    task: Task,
    /// How often it may fail before it has failed.
    tries: u8,
}

impl Job {
    /// A job that waits.
    pub fn new(resource: &Resource, needs: Vec<String>, task: Task) -> Job {
        Job {
            logical: resource.logical.clone(),
            kind: resource.kind.clone(),
            needs,
            stage: Stage::Waiting,
            is_touched: false,
            task,
            tries: 1,
        }
    }

    /// The same, tried more than once.
    pub fn tried(self, tries: u8) -> Job {
        Job { tries, ..self }
    }

    /// It is tried again.
    pub fn again(&mut self) {
        self.stage = Stage::Waiting;
        self.tries = 1;
    }

    /// What goes on, if anything does.
    pub fn active(&self) -> Option<Verb> {
        match &self.stage {
            Stage::Announced { verb, .. } => Some(*verb),
            Stage::Running(running) => Some(running.verb),
            _ => None,
        }
    }

    /// Goes on, as far as it can now.
    pub fn advance(&mut self, site: &mut Site) {
        match std::mem::replace(&mut self.stage, Stage::Waiting) {
            Stage::Waiting => self.begin(site),
            Stage::Announced { verb, properties } => self.make(verb, properties, site),
            Stage::Running(running) => self.look(running, site),
            over => self.stage = over,
        }
    }

    fn begin(&mut self, site: &mut Site) {
        // The task is put back, for a deletion may begin more than once.
        match std::mem::replace(&mut self.task, Task::Bring) {
            Task::Bring => self.bring(site),
            Task::Restore(held) => {
                self.restore(&held, site);
                self.task = Task::Restore(held);
            }
            Task::Remove { held, keep } => {
                self.remove(&held, keep, site);
                self.task = Task::Remove { held, keep };
            }
        }
    }

    /// Looks how far it is.
    fn look(&mut self, running: Running, site: &mut Site) {
        let now = site.means.now;
        let (verb, physical) = (running.verb, running.physical.as_str());
        let progress = match verb {
            Verb::Note => Progress::Done,
            _ => site.means.account.progress(&self.kind, physical),
        };
        match progress {
            Progress::Failed(reason) => self.fail(verb, Some(physical), &reason, site),
            Progress::Done if now >= running.until => {
                let status = format!("{}_COMPLETE", verb.word());
                self.tell(site, Some(physical), &status, None);
                self.stage = Stage::Done;
            }
            _ if now >= running.deadline => {
                let reason = format!(
                    "Resource handler returned message: \"Exceeded attempts to wait\" (RequestToken: {}, HandlerErrorCode: \
                     NotStabilized)",
                    uuid(site.means.chance)
                );
                self.fail(verb, Some(physical), &reason, site);
            }
            _ => self.stage = Stage::Running(running),
        }
    }

    /// Lets something go on, from now.
    pub(super) fn run(&mut self, verb: Verb, physical: String, properties: &Value, site: &mut Site) {
        let now = site.means.now;
        self.stage = Stage::Running(Running {
            verb,
            physical,
            until: match verb {
                Verb::Note => now,
                _ => now + duration(&self.kind, verb.work(), site.means.chance),
            },
            deadline: now + patience(&self.kind, verb.work(), properties),
        });
    }

    /// Stops what goes on. That needs no account: what is half made is dealt with on the way back.
    pub fn cancel(&mut self, stack: &mut Stack, token: Option<&str>, now: Moment) {
        let Some(verb) = self.active() else {
            return;
        };
        let physical = match &self.stage {
            Stage::Running(running) => Some(running.physical.clone()),
            _ => stack.held(&self.logical).and_then(|held| held.physical.clone()),
        };
        let reason = match verb {
            Verb::Create => "Resource creation cancelled",
            _ => "Resource update cancelled",
        };
        let subject = Subject {
            logical: &self.logical,
            physical: physical.as_deref(),
            kind: &self.kind,
        };
        stack.tell(&subject, &format!("{}_FAILED", verb.word()), Some(reason), token, now);
        self.stage = Stage::Cancelled(verb);
    }

    /// Fails, or will try again.
    pub(super) fn fail(&mut self, verb: Verb, physical: Option<&str>, reason: &str, site: &mut Site) {
        let status = format!("{}_FAILED", verb.word());
        self.tell(site, physical, &status, Some(reason));
        self.tries -= 1;
        self.stage = match self.tries {
            0 => Stage::Failed(verb),
            _ => Stage::Waiting,
        };
    }

    /// Writes an event of this resource.
    pub(super) fn tell(&mut self, site: &mut Site, physical: Option<&str>, status: &str, reason: Option<&str>) {
        self.is_touched = true;
        let subject = Subject {
            logical: &self.logical,
            physical,
            kind: &self.kind,
        };
        site.stack.tell(&subject, status, reason, site.token, site.means.now);
    }
}
