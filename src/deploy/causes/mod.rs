//! Why a rollout fails. In: the texts in which AWS speaks of services, tasks, targets and stacks. Out: a [`Match`] with what
//! it means and what to do. Must not know the clock, the cloud or how anything is shown.
//!
//! The rows stand in text files beside this one: [`Row`] says how they are written. The first row that fits decides, so what
//! is specific stands before what is general. A text that no row fits is no cause: the caller shows it as it is.

mod finds;
mod row;
mod task;
mod words;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::cloud::capacity::TargetHealth;
use crate::cloud::ecs::Task;
use crate::cloud::outside::LogLine;

pub use row::{Class, Row};

use row::rows;

/// The files of rows, by what they are matched with.
struct Catalogue {
    events: Vec<Row>,
    targets: Vec<Row>,
    tasks: Vec<Row>,
    placement: Vec<Row>,
    stacks: Vec<Row>,
    signs: Vec<Row>,
}

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue {
    events: rows(include_str!("events.txt")),
    targets: rows(include_str!("targets.txt")),
    tasks: rows(include_str!("tasks.txt")),
    placement: rows(include_str!("placement.txt")),
    stacks: rows(include_str!("stacks.txt")),
    signs: rows(include_str!("signs.txt")),
});

/// All rows, in the order in which they are tried: of events, of targets, of tasks, of placement, of stacks, of logs.
pub fn catalogue() -> impl Iterator<Item = &'static Row> {
    let Catalogue {
        events,
        targets,
        tasks,
        placement,
        stacks,
        signs,
    } = &*CATALOGUE;
    [events, targets, tasks, placement, stacks, signs].into_iter().flatten()
}

/// A cause that was recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Its row of the catalogue, `B26`. Rows that differ in the remedy alone share one.
    pub id: &'static str,
    /// Its name, `out-of-memory`.
    pub name: &'static str,
    /// How bad it is.
    pub class: Class,
    /// What it means, with what was found filled in. A phrase: it stands after a colon, too.
    pub means: String,
    /// What to do. Sentences.
    pub remedy: String,
    /// The key of the spec that it points at, `health.path`.
    pub key: Option<&'static str>,
    /// What stood in the text: `container`, `exit`, `code`, `port`, `target-group`, `image`, `secret`, `role`, `count` and so on.
    pub captures: BTreeMap<String, String>,
    /// The event that carried it, where a service event quotes the error of a task: `A28`.
    pub via: Option<&'static str>,
    /// ECS tries again, and often that is enough.
    pub is_passing: bool,
    /// The place where it ran failed, not the app.
    pub is_infrastructure: bool,
    /// It says that something failed, not why: the cause is elsewhere.
    pub is_consequence: bool,
}

impl Match {
    /// What it has in common with other sightings of the same failure, whatever the task, the instance and the port.
    pub fn group(&self) -> String {
        let captures = ["container", "exit", "code"].map(|key| self.captures.get(key));
        let found = captures.into_iter().flatten().map(String::as_str);
        let parts: Vec<&str> = [self.id, self.name].into_iter().chain(found).collect();
        parts.join(" ")
    }
}

/// What an event of a service says.
pub fn of_message(text: &str) -> Option<Match> {
    let text = finds::straighten(text);
    let rows = CATALOGUE.events.iter().chain(&CATALOGUE.targets);
    let (row, mut captures) = first(rows, &text)?;
    match captures.get("quoted").and_then(|error| task::of_error(error)) {
        Some(cause) => Some(Match {
            via: Some(row.id),
            ..cause
        }),
        None => {
            captures.extend(finds::everywhere(&text, &captures));
            Some(row.found(captures))
        }
    }
}

/// Why a task stopped. `None` as well for a task that nothing was said about yet.
pub fn of_task(task: &Task) -> Option<Match> {
    task::of(task)
}

/// Why a target gets no requests.
pub fn of_target(health: &TargetHealth) -> Option<Match> {
    let reason = health.reason.as_deref()?;
    let text = format!("{reason}: {}", health.about.as_deref().unwrap_or_default());
    let text = finds::straighten(&text);
    let (row, mut captures) = first(CATALOGUE.targets.iter(), &text)?;
    captures.insert("port".to_string(), health.port.to_string());
    Some(row.found(captures))
}

/// Why `RunTask` found no place: the `reason` of a failure.
pub fn of_placement(reason: &str) -> Option<Match> {
    of_text(&CATALOGUE.placement, reason)
}

/// Why a resource of a stack failed: the `ResourceStatusReason`.
pub fn of_stack(reason: &str) -> Option<Match> {
    of_text(&CATALOGUE.stacks, reason)
}

/// What the last lines of a log say of why their process ended: the last line that a row fits, with those after it, for
/// many messages have several lines.
pub fn of_log(lines: &[LogLine]) -> Option<Match> {
    let mut text = String::new();
    lines.iter().rev().find_map(|line| {
        text.insert_str(0, &format!("{} ", line.text.trim()));
        of_text(&CATALOGUE.signs, &text)
    })
}

fn of_text(rows: &'static [Row], text: &str) -> Option<Match> {
    let text = finds::straighten(text);
    let (row, mut captures) = first(rows.iter(), &text)?;
    captures.extend(finds::everywhere(&text, &captures));
    Some(row.found(captures))
}

type Captures = BTreeMap<String, String>;

fn first(mut rows: impl Iterator<Item = &'static Row>, text: &str) -> Option<(&'static Row, Captures)> {
    rows.find_map(|row| Some((row, row.captures(text)?)))
}
