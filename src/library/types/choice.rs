//! One word of a few.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::diag::{Diagnostics, code, nearest};
use crate::library::{Data, Value};
use crate::source::Span;
use crate::syntax::{Content, Node};

use super::{Type, expected, fault, text_of};

/// AWS's words for some of ours.
const FOREIGN: &[(&str, &str)] = &[
    ("awsvpc", "task"),
    ("ec2", "instances"),
    ("fargate-spot", "spot"),
    ("binpack", "memory"),
    ("enabled", "on"),
    ("disabled", "off"),
    ("codedeploy", "blue-green"),
];

/// Which of `words` a node says.
pub(crate) fn choose(node: &Node, words: &[&str], diags: &mut Diagnostics) -> Option<usize> {
    let listed = list(words);
    let Some(text) = text_of(node) else {
        let flag = match &*node.content {
            Content::Bool(true) => Some("on"),
            Content::Bool(false) => Some("off"),
            _ => None,
        };
        let fault = expected(&listed, node, diags)?;
        if let Some(word) = flag.filter(|word| words.contains(word)) {
            fault.fix(format!("write `{word}`"), node.span, word);
        }
        return None;
    };
    let found = words.iter().position(|word| *word == text);
    if found.is_none() {
        let message = format!("expected {listed}, found `{text}`");
        let fault = fault(node, code::UNKNOWN_VALUE, message, diags);
        let plain = text.to_lowercase().replace('_', "-");
        let foreign = FOREIGN
            .iter()
            .find(|(other, word)| *other == plain && words.contains(word));
        let same = words.iter().copied().find(|word| *word == plain);
        if let Some(word) = same.or_else(|| foreign.map(|(_, word)| *word)) {
            fault.hint(format!("write `{word}`"));
            fault.fix(format!("write `{word}`"), node.span, word);
        } else if let Some(word) = nearest(text, words.iter().copied()) {
            fault.did_you_mean_word(word, text, node.span);
        }
    }
    found
}

/// "`a`, `b` or `c`".
pub(crate) fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => "nothing".to_string(),
    }
}

/// Declares a type whose values are a few words, each with its doc comment.
macro_rules! choice {
    (
        $(#[doc = $about:literal])*
        pub enum $name:ident { $(#[doc = $doc:literal] $variant:ident = $word:literal,)+ }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $(#[doc = $doc] $variant,)+ }

        impl $name {
            /// The word a user writes.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)+ }
            }
        }

        impl $crate::library::types::Type for $name {
            fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({"oneOf": [$({"const": $word, "description": $doc.trim()}),+]})
            }

            fn decode(
                node: &$crate::syntax::Node,
                diags: &mut $crate::diag::Diagnostics,
            ) -> Option<$name> {
                let index = $crate::library::types::choose(node, &[$($word),+], diags)?;
                Some([$($name::$variant),+][index])
            }

            fn value(&self, span: $crate::source::Span) -> $crate::library::Value {
                $crate::library::Value::text(span, self.word())
            }

            fn example() -> serde_json::Value {
                serde_json::json!([$($word),+][0])
            }
        }
    };
}

pub(crate) use choice;

/// `on` or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switch(pub bool);

impl Type for Switch {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"enum": ["on", "off"]})
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<Switch> {
        choose(node, &["on", "off"], diags).map(|index| Switch(index == 0))
    }

    fn value(&self, span: Span) -> Value {
        Value::new(span, Data::Bool(self.0))
    }

    fn example() -> serde_json::Value {
        json!("on")
    }
}
