//! Names of clusters, apps, services: lowercase words with hyphens, whose PascalCase is injective.

use std::sync::Arc;

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::diag::{Diagnostic, Diagnostics, code};
use crate::library::Value;
use crate::source::{Span, Spanned};
use crate::syntax::Node;

use super::{Key, Type, expected, fault, text_of};

const PATTERN: &str = "^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$";

/// A name of at most `MOST` characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name<const MOST: usize = 40>(pub Arc<str>);

/// A name that begins the names of stacks; 24 characters leave room for the rest.
pub type ClusterName = Name<24>;

/// Why a text is no name of at most `most` characters.
fn fault_of(text: &str, most: usize) -> Option<String> {
    let word = |word: &str| {
        let mut bytes = word.bytes();
        let first = bytes.next().is_some_and(|byte| byte.is_ascii_lowercase());
        first && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    if !text.split('-').all(word) {
        Some(format!("`{text}` cannot be a name"))
    } else if text.len() > most {
        Some(format!("`{text}` has {} characters, {most} is the most", text.len()))
    } else {
        None
    }
}

/// The name that was probably meant.
fn repaired(text: &str) -> Option<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut before = 'A';
    for character in text.chars() {
        let starts = character.is_ascii_uppercase() && before.is_ascii_lowercase();
        if starts || !character.is_ascii_alphanumeric() {
            words.push(String::new());
        }
        if character.is_ascii_alphanumeric() {
            let word = words.last_mut().expect("there is always one");
            word.push(character.to_ascii_lowercase());
        }
        before = character;
    }
    let joined = words
        .into_iter()
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-");
    fault_of(&joined, usize::MAX).is_none().then_some(joined)
}

fn report(text: &str, message: String, span: Span, diags: &mut Diagnostics) {
    advise(text, diags.report(code::BAD_NAME, span, message), span);
}

fn advise(text: &str, fault: &mut Diagnostic, span: Span) {
    match repaired(text) {
        Some(name) if name == text => fault.hint("choose a shorter one"),
        Some(name) => {
            fault.hint(format!("write `{name}`: lowercase words, joined by `-`"));
            fault.suggest(format!("write `{name}`"), span, name)
        }
        None => fault.hint("write lowercase words of letters and digits, joined by `-`, each begun by a letter"),
    };
}

impl<const MOST: usize> Type for Name<MOST> {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": PATTERN, "maxLength": MOST})
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<Self> {
        let Some(text) = text_of(node) else {
            expected("a name", node, diags);
            return None;
        };
        match fault_of(text, MOST) {
            Some(message) => {
                advise(text, fault(node, code::BAD_NAME, message, diags), node.span);
                None
            }
            None => Some(Name(text.into())),
        }
    }

    fn value(&self, span: Span) -> Value {
        Value::text(span, self.0.clone())
    }

    fn example() -> serde_json::Value {
        json!("name")
    }
}

impl<const MOST: usize> Key for Name<MOST> {
    fn schema() -> Option<serde_json::Value> {
        Some(json!({"pattern": PATTERN, "maxLength": MOST}))
    }

    fn check(key: &Spanned<Arc<str>>, diags: &mut Diagnostics) {
        if let Some(message) = fault_of(&key.value, MOST) {
            report(&key.value, message, key.span, diags);
        }
    }

    fn example() -> &'static str {
        "name"
    }
}
