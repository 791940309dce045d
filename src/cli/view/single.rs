//! How `run` looks: the output of the task as it is, and beside it what becomes of the task. In: events of one task. Out: text
//! or JSON, for the standard output and beside it.

use serde_json::json;

use crate::cloud::ecs::Task;
use crate::deploy::event::{Event, What};
use crate::deploy::single::Finish;
use crate::deploy::watch::{Level, Said, View};

use super::plain::Page;
use super::story::shown;

/// The version of the JSON shape.
const VERSION: u32 = 1;

/// A task as it goes on.
pub(in crate::cli) struct Single {
    /// The container whose output is the output.
    main: String,
    width: usize,
    /// The ARN of the task, once it is known.
    pub task: Option<String>,
    /// What was last told of it.
    told: String,
}

/// What is to be printed: on the standard output, and beside it.
#[derive(Default)]
pub(in crate::cli) struct Told {
    pub out: String,
    pub beside: String,
}

impl Single {
    /// A task whose work is done by this container.
    pub fn new(main: &str, width: usize) -> Single {
        Single {
            main: main.to_string(),
            width,
            task: None,
            told: String::new(),
        }
    }

    /// For a person.
    pub fn text(&mut self, view: &View, event: &Event, said: &[Said]) -> Told {
        let mut told = Told::default();
        match &event.what {
            What::Output { container, lines, .. } => {
                for line in lines {
                    match *container == self.main {
                        true => told.out.push_str(&format!("{}\n", shown(&line.text))),
                        false => told
                            .beside
                            .push_str(&format!("\u{1b}[2m[{container}] {}\u{1b}[0m\n", shown(&line.text))),
                    }
                }
            }
            What::Task { task, .. } => told.beside.push_str(&self.place(view, task)),
            _ => {}
        }
        let page = Page::of(view, self.width);
        for one in said.iter().filter(|said| said.level != Level::Quiet) {
            let mut one = one.clone();
            // They stand above.
            one.lines.clear();
            if let Some(cause) = &mut one.cause {
                cause.log.clear();
            }
            told.beside.push_str(&page.said(&one));
        }
        told
    }

    /// Where the task is, when that is new.
    fn place(&mut self, view: &View, task: &Task) -> String {
        self.task = Some(task.arn.clone());
        let instance = task.instance.as_ref().and_then(|arn| view.known_instances.get(arn));
        let place = match (instance, &task.zone) {
            (Some(instance), _) => format!(" on {} ({}, {})", instance.ec2, instance.kind, instance.zone),
            (None, Some(zone)) => format!(" in {zone}"),
            (None, None) => String::new(),
        };
        let id = task.id();
        let text = match task.last_status.as_str() {
            "PROVISIONING" if task.instance.is_none() && !place.is_empty() => format!("task {id} starts{place}"),
            "PROVISIONING" => format!("task {id} waits for room"),
            "PENDING" | "ACTIVATING" => format!("task {id} starts{place}"),
            "RUNNING" => format!("task {id} runs{place}"),
            _ => return String::new(),
        };
        if text == self.told {
            return String::new();
        }
        self.told = text.clone();
        format!("\u{1b}[2m{text}\u{1b}[0m\n")
    }

    /// For a program: a line of JSON for what containers wrote and for what is said.
    pub fn json(&mut self, event: &Event, said: &[Said]) -> String {
        let mut text = String::new();
        if let What::Task { task, .. } = &event.what {
            self.task = Some(task.arn.clone());
        }
        if let What::Output { task, container, lines } = &event.what {
            for line in lines {
                let line = json!({
                    "version": VERSION, "type": "output", "at": line.at, "task": task, "container": container, "text": line.text,
                });
                text.push_str(&format!("{line}\n"));
            }
        }
        for said in said {
            let mut line = json!({"version": VERSION, "type": "said"});
            let fields = serde_json::to_value(said).expect("a sentence has string keys");
            if let (Some(line), serde_json::Value::Object(fields)) = (line.as_object_mut(), fields) {
                line.extend(fields);
            }
            text.push_str(&format!("{line}\n"));
        }
        text
    }

    /// The last line for a program.
    pub fn end(&self, finish: &Finish, exit: u8) -> String {
        let (word, code) = match finish {
            Finish::Exited(code) => ("exited", Some(*code)),
            Finish::Started(_) => ("started", None),
            Finish::Unknown(_) => ("unknown", None),
            Finish::TimedOut => ("timed-out", None),
            Finish::Left => ("left", None),
        };
        let task = match finish {
            Finish::Started(arn) => Some(arn.clone()),
            _ => self.task.clone(),
        };
        let end = json!({"version": VERSION, "type": "end", "task": task, "end": word, "code": code, "exit": exit});
        format!("{end}\n")
    }
}
