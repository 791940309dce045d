//! Types around a type: perhaps nothing, several, one or several, or off.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::diag::{Diagnostics, code};
use crate::library::{Data, Value};
use crate::source::{Span, Spanned};
use crate::syntax::Node;

use super::{Type, expected, fault, schema_of, text_of};

impl<T: Type> Type for Option<T> {
    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = schema_of::<T>(generator);
        let object = schema.ensure_object();
        let absent = json!({"type": "null"});
        if let Some(kind) = object.get_mut("type").filter(|kind| kind.is_string()) {
            *kind = json!([kind, "null"]);
        } else if let Some(choices) = object.get_mut("anyOf").and_then(|choices| choices.as_array_mut()) {
            choices.push(absent);
        } else {
            schema = json_schema!({"anyOf": [schema, absent]});
        }
        schema
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<Option<T>> {
        if node.is_null() && node.tag.is_none() {
            return Some(None);
        }
        T::decode(node, diags).map(Some)
    }

    fn value(&self, span: Span) -> Value {
        match self {
            Some(value) => value.value(span),
            None => Value::new(span, Data::Null),
        }
    }

    fn example() -> serde_json::Value {
        T::example()
    }
}

/// A list of `T`. When something in it is faulty, the whole is: nobody could tell what the list says without it.
#[derive(Clone, Debug)]
pub struct List<T>(pub Vec<Spanned<T>>);

impl<T: Type> List<T> {
    fn items(nodes: &[Node], diags: &mut Diagnostics) -> Option<Vec<Spanned<T>>> {
        let read = nodes
            .iter()
            .map(|node| Some(Spanned::new(T::decode(node, diags)?, node.span)));
        // All are read before any is missed, so that all faults are reported.
        read.collect::<Vec<_>>().into_iter().collect()
    }
}

impl<T: Type> Type for List<T> {
    fn schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "array", "items": schema_of::<T>(generator)})
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<List<T>> {
        let Some(items) = node.list().filter(|_| node.tag.is_none()) else {
            expected("a list", node, diags);
            return None;
        };
        List::items(items, diags).map(List)
    }

    fn value(&self, span: Span) -> Value {
        let items = self.0.iter().map(|item| item.value.value(item.span));
        Value::new(span, Data::List(items.collect()))
    }

    fn example() -> serde_json::Value {
        json!([T::example()])
    }
}

/// One `T`, or a list of at least one.
#[derive(Clone, Debug)]
pub struct OneOrMany<T>(pub Vec<Spanned<T>>);

impl<T: Type> Type for OneOrMany<T> {
    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let one = schema_of::<T>(generator);
        json_schema!({"anyOf": [one, {"type": "array", "minItems": 1, "items": one}]})
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<OneOrMany<T>> {
        let Some(items) = node.list().filter(|_| node.tag.is_none()) else {
            return Some(OneOrMany(vec![Spanned::new(T::decode(node, diags)?, node.span)]));
        };
        if items.is_empty() {
            let fault = fault(node, code::EMPTY_LIST, "this list needs at least one item", diags);
            fault.hint("give it one, or leave the key out");
            return None;
        }
        List::items(items, diags).map(OneOrMany)
    }

    fn value(&self, span: Span) -> Value {
        let items = self.0.iter().map(|item| item.value.value(item.span));
        Value::new(span, Data::List(items.collect()))
    }

    fn example() -> serde_json::Value {
        T::example()
    }
}

/// A `T`, or the word `off`.
#[derive(Clone, Debug)]
pub struct OrOff<T>(pub Option<T>);

impl<T: Type> Type for OrOff<T> {
    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = schema_of::<T>(generator);
        let off = json!({"const": "off"});
        match schema
            .ensure_object()
            .get_mut("anyOf")
            .and_then(|choices| choices.as_array_mut())
        {
            Some(choices) => choices.push(off),
            None => schema = json_schema!({"anyOf": [schema, off]}),
        }
        schema
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<OrOff<T>> {
        if text_of(node) == Some("off") {
            return Some(OrOff(None));
        }
        if matches!(&*node.content, crate::syntax::Content::Bool(false)) && node.tag.is_none() {
            expected("`off`", node, diags)?.fix("write `off`", node.span, "off");
            return None;
        }
        T::decode(node, diags).map(|value| OrOff(Some(value)))
    }

    fn value(&self, span: Span) -> Value {
        self.0.value(span)
    }

    fn example() -> serde_json::Value {
        T::example()
    }
}
