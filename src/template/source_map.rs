//! The way back from a logical ID to what the user wrote: `<stack>.map.json`.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, json};

use crate::graph::Stack;
use crate::source::{Sources, Span};

/// Where a logical ID of a template comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The logical ID of a resource or a parameter.
    pub id: String,
    /// The resource's type, or the parameter's.
    pub kind: String,
    /// In words, "service `web`"; empty for a parameter.
    pub owner: String,
    /// The user's line.
    pub user: Place,
    /// The component's line that declares it, when that is another.
    pub body: Option<Place>,
}

/// A place for a person: a path, a line and a column, both from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The path as the user wrote it; `std:service.yml` for the stdlib.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl Place {
    /// The place where a span begins.
    pub fn of(span: Span, sources: &Sources) -> Place {
        let source = sources.get(span.file);
        let position = source.position(span.start as usize);
        Place {
            file: source.path.clone(),
            line: position.line,
            column: position.column,
        }
    }

    fn json(&self) -> serde_json::Value {
        json!({"file": self.file, "line": self.line, "column": self.column})
    }
}

/// The origins of a stack's parameters and resources, in the order of the template.
pub(super) fn origins(stack: &Stack, sources: &Sources) -> Vec<Origin> {
    let inputs = stack.inputs.iter().map(|input| Origin {
        id: input.id.to_string(),
        kind: input.kind.clone(),
        owner: String::new(),
        user: Place::of(input.span, sources),
        body: None,
    });
    let resources = stack.resources.iter().map(|resource| {
        let origin = &resource.origin;
        let body = (origin.body != origin.user).then(|| Place::of(origin.body, sources));
        Origin {
            id: resource.id.to_string(),
            kind: resource.kind.value.to_string(),
            owner: origin.owner.clone(),
            user: Place::of(origin.user, sources),
            body,
        }
    });
    inputs.chain(resources).collect()
}

/// The text of a source map: version 1, then each logical ID with its type, owner, and places.
pub(super) fn text(stack: &str, origins: &[Origin]) -> String {
    let mut ids = Map::new();
    for origin in origins {
        let mut entry = Map::new();
        entry.insert("type".into(), json!(origin.kind));
        if !origin.owner.is_empty() {
            entry.insert("owner".into(), json!(origin.owner));
        }
        entry.extend([("user".to_string(), origin.user.json())]);
        entry.extend(origin.body.as_ref().map(|body| ("component".to_string(), body.json())));
        ids.insert(origin.id.clone(), entry.into());
    }
    let map = json!({"version": 1, "stack": stack, "ids": ids});
    serde_json::to_string_pretty(&map).expect("a JSON value has string keys") + "\n"
}
