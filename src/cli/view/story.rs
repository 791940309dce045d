//! How `logs` looks: a line for each line of a container, and for each thing that the platform did. In: [`Entry`]s. Out: text,
//! or JSON. What a container writes is shown, not obeyed.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::cloud::Moment;
use crate::deploy::watch::Level;
use crate::operate::logs::{Entry, Line};

use super::plain::printable;

/// The version of the JSON shape.
const VERSION: u32 = 1;

/// The colours of services, in the order in which they are first seen; none that says good or bad.
const COLOURS: [&str; 6] = ["36", "35", "34", "96", "95", "94"];

/// The columns of a task's ID.
const TASK: usize = 8;

/// A story as it goes on.
#[derive(Default)]
pub(in crate::cli) struct Story {
    /// The columns of names.
    name: usize,
    /// The day of the last line.
    day: String,
    /// The names that have a colour.
    names: Vec<String>,
    /// The tasks of which it was said where they are.
    tasks: BTreeSet<String>,
}

/// An entry for a program, its end included.
pub(in crate::cli) fn json(entry: &Entry) -> String {
    let mut value = serde_json::to_value(entry).expect("an entry has string keys");
    if let Value::Object(fields) = &mut value {
        fields.shift_insert(0, "version".to_string(), json!(VERSION));
    }
    format!("{value}\n")
}

impl Story {
    /// A story in which names take so many columns.
    pub fn new(name: usize) -> Story {
        Story {
            name,
            ..Story::default()
        }
    }

    /// An entry for a person.
    pub fn text(&mut self, entry: &Entry) -> String {
        match entry {
            Entry::Line(line) => {
                let place = self.place(line);
                let head = self.head(line.at, &line.name, &line.task);
                let container = match line.container == line.name {
                    true => String::new(),
                    false => format!("\u{1b}[2m[{}]\u{1b}[0m ", line.container),
                };
                format!("{place}{head}{container}{}\n", shown(&line.text))
            }
            Entry::Event(event) => {
                let head = self.head(event.at, &event.name, event.task.as_deref().unwrap_or_default());
                let (colour, mark) = match event.level {
                    Level::Bad => ("31", "✗"),
                    Level::Warning => ("33", "!"),
                    Level::Good => ("32", "✓"),
                    Level::Step | Level::Quiet => ("2", "·"),
                };
                format!("{head}\u{1b}[{colour}m{mark} {}\u{1b}[0m\n", shown(&event.text))
            }
        }
    }

    /// The day, where it is another one; the time, the service, the task.
    fn head(&mut self, at: Moment, name: &str, task: &str) -> String {
        let written = at.to_string();
        let (day, time) = written.split_once('T').unwrap_or(("", &written));
        let time = time.get(..8).unwrap_or(time);
        let mut text = String::new();
        if day != self.day {
            text.push_str(&format!("\u{1b}[2m-- {day} UTC\u{1b}[0m\n"));
            self.day = day.to_string();
        }
        let colour = self.colour(name);
        let width = self.name;
        let task = task.get(..TASK).unwrap_or(task);
        text + &format!(
            "\u{1b}[2m{time}\u{1b}[0m \u{1b}[{colour}m{name:width$}\u{1b}[0m \u{1b}[2m{task:TASK$}\u{1b}[0m "
        )
    }

    fn colour(&mut self, name: &str) -> &'static str {
        let known = self.names.iter().position(|known| known == name);
        let at = known.unwrap_or_else(|| {
            self.names.push(name.to_string());
            self.names.len() - 1
        });
        COLOURS[at % COLOURS.len()]
    }

    /// Where a task is, before its first line.
    fn place(&mut self, line: &Line) -> String {
        if line.zone.is_none() || !self.tasks.insert(line.task.clone()) {
            return String::new();
        }
        let head = self.head(line.at, &line.name, &line.task);
        let revision = line.revision.as_deref().unwrap_or("it");
        let zone = line.zone.as_deref().unwrap_or_default();
        let place = match &line.instance {
            Some(instance) => format!("{instance}, {zone}"),
            None => zone.to_string(),
        };
        format!("{head}\u{1b}[2m· {revision} on {place}\u{1b}[0m\n")
    }
}

/// A line as it may stand on a terminal; its tabs stay.
pub(in crate::cli) fn shown(text: &str) -> String {
    let parts: Vec<String> = text.trim_end_matches(['\n', '\r']).split('\t').map(printable).collect();
    parts.join("\t")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operate::logs::Happening;

    fn line(second: i64, name: &str, task: &str, text: &str) -> Entry {
        Entry::Line(Line {
            at: Moment(1_767_657_590_000).plus_seconds(second),
            app: "shop".to_string(),
            name: name.to_string(),
            task: task.to_string(),
            container: name.to_string(),
            instance: Some("i-0abc".to_string()),
            zone: Some("eu-west-1a".to_string()),
            revision: Some(format!("production-shop-{name}:7")),
            text: text.to_string(),
        })
    }

    fn entries() -> Vec<Entry> {
        vec![
            line(0, "web", "3f2a91c0aa", "listening on port 3000"),
            line(1, "worker", "77aa01bc55", "a\tb \u{1b}[2J::error::\r\n"),
            line(2, "web", "3f2a91c0aa", "GET /check 200"),
            Entry::Event(Happening {
                at: Moment(1_767_657_601_000),
                app: "shop".to_string(),
                name: "web".to_string(),
                task: Some("3f2a91c0aa".to_string()),
                level: Level::Bad,
                text: "stopped: `web` exited with 1".to_string(),
            }),
        ]
    }

    #[test]
    fn a_story_has_the_day_the_place_and_the_lines() {
        let mut story = Story::new(6);
        let text: String = entries().iter().map(|entry| story.text(entry)).collect();
        assert!(
            !text.contains("\u{1b}[2J"),
            "what a container writes is shown, not obeyed"
        );
        let text = anstream::adapter::strip_str(&text).to_string();
        insta::with_settings!({snapshot_path => "../../../tests/snapshots", prepend_module_to_snapshot => false}, {
            insta::assert_snapshot!("logs", text);
        });
    }

    #[test]
    fn entries_are_lines_of_json_with_a_version() {
        for entry in entries() {
            let text = json(&entry);
            let value: Value = serde_json::from_str(&text).expect("it is JSON");
            assert!(text.ends_with('\n') && text.matches('\n').count() == 1, "{text}");
            assert_eq!(value["version"], 1);
            assert!(value["type"] == "line" || value["type"] == "event");
        }
    }
}
