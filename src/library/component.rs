//! A component as its file declares it. In: a document with `component:`. Out: a [`Component`]; its bodies stay trees,
//! since only an instance can evaluate them. Must not know stacks.

use std::sync::Arc;

use crate::diag::{Diagnostics, code, nearest};
use crate::source::{Span, Spanned};
use crate::syntax::{Entry, Node};

use super::types::Kind;

/// A component: typed parameters, a body, exports.
#[derive(Debug)]
pub struct Component {
    /// Its name.
    pub name: Spanned<Arc<str>>,
    /// One sentence about it.
    pub about: Arc<str>,
    /// What an instance is given.
    pub parameters: Vec<Parameter>,
    /// The template parameters it needs: name and declaration.
    pub inputs: Vec<Entry>,
    /// The components it is made of: local name and use.
    pub parts: Vec<Entry>,
    /// Its resources: local name and declaration.
    pub resources: Vec<Entry>,
    /// What others may refer to.
    pub exports: Vec<Entry>,
    /// What a link grants, by the name of the access.
    pub access: Vec<Entry>,
}

/// One parameter of a component.
#[derive(Debug)]
pub struct Parameter {
    /// Its name.
    pub name: Spanned<Arc<str>>,
    /// Its type; `None` when it is faulty or missing.
    pub kind: Option<Kind>,
    /// Its value when none is given; without one it must be given.
    pub default: Option<Node>,
    /// One sentence about it.
    pub about: Arc<str>,
}

const SECTIONS: &[&str] = &[
    "component",
    "about",
    "parameters",
    "inputs",
    "components",
    "resources",
    "exports",
    "access",
];

impl Component {
    /// Reads a document that has the key `component`; reports what is wrong with its frame.
    pub fn read(node: &Node, diags: &mut Diagnostics) -> Component {
        let entries = node.map().map_or(&[][..], |map| &map.entries);
        for entry in entries {
            if !SECTIONS.contains(&&**entry.key) {
                let message = format!("a component has no section `{}`", *entry.key);
                let fault = diags.report(code::UNKNOWN_KEY, entry.key.span, message);
                if let Some(near) = nearest(&entry.key, SECTIONS.iter().copied()) {
                    fault.did_you_mean_word(near, &entry.key, entry.key.span);
                } else {
                    fault.hint(format!("a component has {}", SECTIONS.join(", ")));
                }
            }
        }
        let text = |key: &str| node.get(key).and_then(Node::text).map_or_else(Arc::default, Arc::from);
        let name = node.entry("component").map_or(node.span, |entry| entry.value.span);
        Component {
            name: Spanned::new(text("component"), name),
            about: text("about"),
            parameters: parameters(node, diags),
            inputs: section(node, "inputs", diags),
            parts: section(node, "components", diags),
            resources: section(node, "resources", diags),
            exports: section(node, "exports", diags),
            access: section(node, "access", diags),
        }
    }

    /// The parameter of this name.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| &**parameter.name == name)
    }

    /// Where its declaration starts.
    pub fn span(&self) -> Span {
        self.name.span
    }
}

fn section(node: &Node, key: &str, diags: &mut Diagnostics) -> Vec<Entry> {
    let Some(found) = node.get(key) else {
        return Vec::new();
    };
    match found.map() {
        Some(map) => map.entries.clone(),
        None => {
            if !found.is_null() && !found.is_hole() {
                let message = format!("`{key}` is {}, but it must be a mapping", found.kind());
                diags.report(code::WRONG_TYPE, found.span, message);
            }
            Vec::new()
        }
    }
}

fn parameters(node: &Node, diags: &mut Diagnostics) -> Vec<Parameter> {
    let mut parameters = Vec::new();
    for entry in section(node, "parameters", diags) {
        let kind = entry.value.get("type").and_then(|kind| Kind::parse(kind, diags));
        if entry.value.get("type").is_none() && !entry.value.is_hole() {
            let message = format!("the parameter `{}` has no `type`", *entry.key);
            diags
                .report(code::MISSING_KEY, entry.value.span, message)
                .hint("write it as `{type: string, about: What it is.}`");
        }
        for inner in entry.value.map().map_or(&[][..], |map| &map.entries) {
            if !["type", "default", "about"].contains(&&**inner.key) {
                let message = format!("a parameter has no key `{}`", *inner.key);
                diags
                    .report(code::UNKNOWN_KEY, inner.key.span, message)
                    .hint("a parameter has `type`, `default`, `about`");
            }
        }
        let about = entry.value.get("about").and_then(Node::text);
        parameters.push(Parameter {
            name: entry.key.clone(),
            kind,
            default: entry.value.get("default").cloned(),
            about: about.map_or_else(Arc::default, Arc::from),
        });
    }
    parameters
}
