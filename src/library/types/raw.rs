//! Parts of a document that others read: raw CloudFormation, overrides, and values that may hold expressions.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::diag::Diagnostics;
use crate::library::{Data, Value};
use crate::source::Span;
use crate::syntax::Node;

use super::{Type, expected, number_of, text_of};

/// A mapping that is kept as it was written.
#[derive(Clone, Debug)]
pub struct Raw(pub Node);

impl Raw {
    /// Whether nothing stands in it.
    pub fn is_empty(&self) -> bool {
        self.0.map().is_none_or(|map| map.entries.is_empty())
    }
}

impl Type for Raw {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "object"})
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<Raw> {
        if node.map().is_some() && node.tag.is_none() {
            return Some(Raw(node.clone()));
        }
        expected("a mapping", node, diags);
        None
    }

    fn value(&self, span: Span) -> Value {
        Value::new(span, Data::Unknown)
    }

    fn example() -> serde_json::Value {
        json!({})
    }
}

/// The value of a variable or tag: a string that may hold `${…}`, a number as written, or nothing, which removes it.
#[derive(Clone, Debug)]
pub struct Variable(pub Node);

impl Variable {
    /// Whether it removes the variable.
    pub fn is_removed(&self) -> bool {
        self.0.is_null()
    }
}

impl Type for Variable {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number", "null"]})
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<Variable> {
        let scalar = text_of(node).is_some() || number_of(node).is_some();
        if scalar || (node.is_null() && node.tag.is_none()) {
            return Some(Variable(node.clone()));
        }
        let flag = match &*node.content {
            crate::syntax::Content::Bool(flag) => Some(*flag),
            _ => None,
        };
        let fault = expected("a string", node, diags)?;
        if let Some(flag) = flag {
            fault.fix("put it in quotes", node.span, format!("\"{flag}\""));
        }
        None
    }

    /// Expressions in it are left as they are written; the floor that knows resources evaluates the node.
    fn value(&self, span: Span) -> Value {
        match (text_of(&self.0), number_of(&self.0)) {
            (Some(text), _) => Value::text(span, text),
            (_, Some(number)) => Value::text(span, number.text.clone()),
            _ => Value::new(span, Data::Null),
        }
    }

    fn example() -> serde_json::Value {
        json!("value")
    }
}
