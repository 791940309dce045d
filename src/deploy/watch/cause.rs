//! Causes: what goes wrong, how often, since when, with what evidence. In: matches of the catalogue and facts of their own.
//! Out: [`Cause`]s, each aggregated over tasks. Must not know which fact came from where.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::cloud::Moment;
use crate::cloud::ecs::last_part;
use crate::cloud::outside::LogLine;
use crate::template::Place;

/// How bad a cause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// It often passes by itself: it is told of only when it stays.
    Passing,
    /// It will pass, and is worth knowing at once: an instance was lost.
    Notice,
    /// The deployment cannot go on like this.
    Failing,
    /// The deployment has failed of it.
    Terminal,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// The catalogue's row, such as `B24`.
    pub id: String,
    /// Its name, such as `exit-error`.
    pub name: String,
    /// The service, task or stack it is about.
    pub subject: String,
    /// How bad it is.
    pub weight: Weight,
    /// In words.
    pub means: String,
    /// What to do about it.
    pub remedy: String,
    /// The user's line that it points at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// How often it was seen: tasks, or messages.
    pub count: usize,
    /// When it was seen first.
    pub first: Moment,
    /// When it was seen last.
    pub last: Moment,
    /// AWS's own words.
    pub quote: String,
    /// The last lines of a log, of the container that ended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<LogLine>,
    /// What the log says of it, by the catalogue's name: `connection-refused`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign: Option<String>,
    /// What is the same for all of it; two causes of one group are one.
    #[serde(skip)]
    pub group: String,
    /// The tasks that it stopped.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub tasks: BTreeSet<String>,
    /// How it turns into more, or into nothing.
    #[serde(skip)]
    pub(super) nature: Nature,
    /// How often it had been seen when it was last told of.
    #[serde(skip)]
    pub(super) told: usize,
}

/// How a cause turns into more, or into nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Nature {
    /// It is as bad as it is.
    #[default]
    Stays,
    /// It heals by itself: only a rollout that stands still makes it one.
    Heals,
    /// ECS tries again: what happens a few times is bad.
    Grows,
}

/// How many lines of a log are kept as evidence.
pub const LOG_LINES: usize = 5;

/// How many lines of the log of a task that runs once are kept.
pub const ONCE_LINES: usize = 20;

/// How often, or for how many seconds, what may pass is seen before it is told of.
const PATIENCE: (usize, i64) = (3, 120);

impl Cause {
    /// A cause that was seen once.
    pub fn new(id: &str, name: &str, subject: &str, weight: Weight, at: Moment) -> Cause {
        Cause {
            id: id.to_string(),
            name: name.to_string(),
            subject: subject.to_string(),
            weight,
            means: String::new(),
            remedy: String::new(),
            place: None,
            count: 0,
            first: at,
            last: at,
            quote: String::new(),
            log: Vec::new(),
            sign: None,
            group: id.to_string(),
            tasks: BTreeSet::new(),
            nature: Nature::Stays,
            told: 0,
        }
    }

    /// The headline: what, and how often.
    pub fn headline(&self) -> String {
        // Where the log says why, that is told already; of a task that was stopped, its last line says nothing.
        let last = self
            .log
            .last()
            .filter(|_| self.sign.is_none() && self.name == "app-exited");
        let last = last.map(|line| format!(", last: {}", line.text.trim()));
        let what = format!("{}{}", self.means, last.unwrap_or_default());
        match (self.count, self.tasks.len()) {
            (_, tasks) if tasks > 1 => format!("{tasks} tasks: {what}"),
            (_, 1) => format!("task {}: {what}", short(self.tasks.first().expect("there is one"))),
            (count, _) if count > 1 => format!("{what} ({count} times)"),
            _ => what,
        }
    }

    /// Whether it should be told of now: at first sight unless it may pass, and again each time there is four times of it.
    fn is_due(&self) -> bool {
        let stays = self.count >= PATIENCE.0 || self.last.seconds_since(self.first) >= PATIENCE.1;
        match self.told {
            0 => self.weight > Weight::Passing || (self.nature != Nature::Heals && stays),
            told => self.weight >= Weight::Failing && self.count >= told.saturating_mul(4),
        }
    }
}

/// The first characters of a task's ID: enough to find it in the console.
fn short(arn: &str) -> &str {
    let id = last_part(arn);
    id.get(..8).unwrap_or(id)
}

/// All causes of a deployment, in the order in which they were seen first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Causes {
    found: Vec<Cause>,
}

impl Causes {
    /// Adds what was seen to the cause of its group. Returns the cause where it should be told of now.
    pub fn see(&mut self, seen: Cause) -> Option<Cause> {
        let known = self
            .found
            .iter()
            .position(|cause| cause.group == seen.group && cause.subject == seen.subject);
        let at = known.unwrap_or_else(|| {
            self.found.push(Cause {
                count: 0,
                tasks: BTreeSet::new(),
                ..seen.clone()
            });
            self.found.len() - 1
        });
        let cause = &mut self.found[at];
        let is_new = seen.tasks.is_empty() || seen.tasks.iter().any(|task| !cause.tasks.contains(task));
        let is_worse = seen.weight > cause.weight;
        if !is_new && !is_worse {
            return None;
        }
        if is_worse {
            // What might have passed has not: it is told of anew.
            cause.told = 0;
            cause.nature = seen.nature;
        }
        cause.count += usize::from(is_new);
        cause.last = seen.last;
        cause.weight = cause.weight.max(seen.weight);
        if cause.nature == Nature::Grows && cause.count >= PATIENCE.0 {
            cause.nature = Nature::Stays;
            cause.weight = cause.weight.max(Weight::Failing);
            cause.told = 0;
        }
        cause.tasks.extend(seen.tasks);
        if !seen.log.is_empty() {
            cause.log = seen.log;
        }
        if !seen.quote.is_empty() {
            cause.quote = seen.quote;
        }
        if !cause.is_due() {
            return None;
        }
        cause.told = cause.count;
        Some(cause.clone())
    }

    /// All of them.
    pub fn all(&self) -> &[Cause] {
        &self.found
    }

    /// Those that were told of, the worst and most frequent first.
    pub fn told(&self) -> Vec<&Cause> {
        let mut told: Vec<&Cause> = self.found.iter().filter(|cause| cause.told > 0).collect();
        told.sort_by(|one, other| (other.weight, other.count, one.first).cmp(&(one.weight, one.count, other.first)));
        told
    }

    /// The cause of this group.
    pub(super) fn find(&self, group: &str, subject: &str) -> Option<&Cause> {
        let mut found = self.found.iter();
        found.find(|cause| cause.group == group && cause.subject == subject)
    }

    /// Whether something of this subject was told of.
    pub(super) fn has_told(&self, subject: &str) -> bool {
        self.found
            .iter()
            .any(|cause| cause.told > 0 && cause.subject == subject)
    }

    /// What heals by itself and has not: told of now, with another weight.
    pub(super) fn tell_unhealed(&mut self, subject: &str, weight: impl Fn(&Cause) -> Option<Weight>) -> Vec<Cause> {
        let mut told = Vec::new();
        for cause in &mut self.found {
            if cause.subject != subject || cause.nature != Nature::Heals {
                continue;
            }
            if let Some(weight) = weight(cause).filter(|weight| *weight > cause.weight) {
                cause.weight = weight;
                cause.told = cause.count;
                told.push(cause.clone());
            }
        }
        told
    }

    /// Marks what is still unsaid as told, when the deployment has failed and it may explain why.
    pub(super) fn tell_all(&mut self, subject: &str) -> Vec<Cause> {
        let own = self.found.iter_mut().filter(|cause| cause.subject == subject);
        let mut told = Vec::new();
        for cause in own.filter(|cause| cause.told == 0) {
            cause.told = cause.count;
            if cause.nature == Nature::Heals {
                cause.weight = cause.weight.max(Weight::Failing);
            }
            told.push(cause.clone());
        }
        told
    }
}
