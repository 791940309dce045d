//! Lines of JSON for a pipeline: what shall be done, each sentence, each change of where it stands, then the end. The shape has
//! a version; all that a terminal shows is here.

use serde::Serialize;
use serde_json::{Value, json};

use crate::deploy::watch::{Said, View};

use super::status::{self, Status};

/// The version of the shape.
const VERSION: u32 = 1;

/// The lines of a deployment, as it goes on.
#[derive(Default)]
pub(in crate::cli) struct Lines {
    begun: bool,
    status: Status,
}

impl Lines {
    /// The lines of what is new.
    pub fn take(&mut self, view: &View, said: &[Said]) -> String {
        let mut text = String::new();
        if !self.begun {
            self.begun = true;
            text.push_str(&head(view));
        }
        for said in said {
            text.push_str(&line("said", said));
        }
        let status = status::of(view);
        if status != self.status {
            let mut value = serde_json::to_value(&status).expect("a status has string keys");
            value["at"] = json!(view.now);
            text.push_str(&line("status", &value));
            self.status = status;
        }
        text
    }
}

/// A line of this type.
fn line(kind: &str, what: &impl Serialize) -> String {
    let mut value = serde_json::to_value(what).expect("what is told has string keys");
    if let Value::Object(fields) = &mut value {
        fields.shift_insert(0, "version".to_string(), json!(VERSION));
        fields.shift_insert(1, "type".to_string(), json!(kind));
    }
    format!("{value}\n")
}

fn head(view: &View) -> String {
    let stages = view.outline.stages.iter();
    let stages = stages.map(|stage| json!({"name": stage.name, "kind": stage.kind}));
    let services = view.services.iter();
    let services =
        services.map(|one| json!({"name": one.name(), "stack": one.service.stack, "place": one.service.place}));
    let head = json!({
        "at": view.began,
        "stages": stages.collect::<Value>(),
        "services": services.collect::<Value>(),
    });
    line("began", &head)
}

/// The last line: how it ended.
pub(in crate::cli) fn end(view: &View) -> String {
    let services = view.services.iter().map(|service| {
        json!({
            "name": service.name(),
            "stack": service.service.stack,
            "revision": service.wanted,
            "before": service.before,
            "verdict": service.verdict,
        })
    });
    let outcome = view.outcome;
    let end = json!({
        "at": view.now,
        "outcome": outcome,
        "exit": outcome.map(|outcome| outcome.exit_code()),
        "seconds": view.now.seconds_since(view.began),
        "services": services.collect::<Value>(),
        "causes": view.causes.told(),
    });
    line("end", &end)
}
