//! The types that keys of a document and parameters of a component have.
//!
//! In: a [`Node`]. Out: a typed value, the JSON Schema of what it accepts, and the [`Value`] that a component receives.
//! Must not know which keys there are.

mod choice;
mod cidr;
mod command;
mod image;
mod kind;
mod list;
mod mapping;
mod name;
mod quantity;
mod raw;
mod route;
mod scalar;
mod schedule;
mod secret;
mod setting;
mod text;

pub use choice::Switch;
pub(crate) use choice::{choice, choose, list as listed};
pub use cidr::{Cidr, Range};
pub use command::{Command, ProbeCommand};
pub use image::{Image, PrivateRepository};
pub use kind::Kind;
pub use list::{List, OneOrMany, OrOff};
pub use mapping::{Key, Mapping, Named, TagName, VariableName, Word};
pub use name::{ClusterName, Name};
pub use quantity::{Cpu, Days, Disk, MemorySize, Minutes, Percent, Seconds};
pub use raw::{Raw, Variable};
pub use route::Route;
pub use scalar::{Codes, Integer, Label, Text, User};
pub use schedule::Schedule;
pub use secret::{Secret, Vault};
pub use setting::{Origin, Setting};
pub use text::{Account, Arn, Domain, HostedZone, MountPath, Notice, Region, Subnet, UrlPath, Vpc};

use std::borrow::Cow;
use std::marker::PhantomData;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::diag::{Code, Diagnostic, Diagnostics, code};
use crate::library::Value;
use crate::source::{Span, Spanned};
use crate::syntax::{Content, Entry, Map, Node, Number, Text as Written};

/// What a value of a document may be: one decoder, one schema, one value, from one type.
pub trait Type: Sized {
    /// Its name among the schema's definitions; without one it stands in place.
    fn title() -> Option<Cow<'static, str>> {
        None
    }

    /// What it accepts, as JSON Schema.
    fn schema(generator: &mut SchemaGenerator) -> Schema;

    /// Reads it. Reports all that is wrong; `None` when nothing usable is left.
    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<Self>;

    /// What a component receives.
    fn value(&self, span: Span) -> Value;

    /// Something it accepts: stands in for a faulty value, and shows the notation.
    fn example() -> serde_json::Value;

    /// The example as a value, for a place where the user's own is missing or faulty.
    fn stand_in(span: Span) -> Self {
        Self::literal(&Self::example(), span)
    }

    /// What is written as `json` in the source of this program: a default or an example.
    fn literal(json: &serde_json::Value, span: Span) -> Self {
        let read = Self::decode(&node_of(json, span), &mut Diagnostics::default());
        read.expect("defaults and examples are written in their type's notation")
    }
}

/// Carries a [`Type`] to `schemars`.
pub struct Of<T>(PhantomData<T>);

impl<T: Type> JsonSchema for Of<T> {
    fn inline_schema() -> bool {
        T::title().is_none()
    }

    fn schema_name() -> Cow<'static, str> {
        T::title().unwrap_or(Cow::Borrowed("unnamed"))
    }

    fn schema_id() -> Cow<'static, str> {
        Cow::Borrowed(std::any::type_name::<T>())
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::schema(generator)
    }
}

/// The schema of `T`, by reference where it has a name.
pub fn schema_of<T: Type>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<Of<T>>()
}

/// The tree that would be read from `json`, all of it at `span`.
pub fn node_of(json: &serde_json::Value, span: Span) -> Node {
    use serde_json::Value as Json;
    let content = match json {
        Json::Null => Content::Null,
        Json::Bool(flag) => Content::Bool(*flag),
        Json::Number(number) => Content::Number(Number {
            text: number.to_string().into(),
            value: number
                .as_f64()
                .expect("without arbitrary precision each number is a float"),
            integer: number.as_i64(),
        }),
        Json::String(text) => Content::Text(Written {
            text: text.as_str().into(),
            verbatim: None,
            quoted: true,
        }),
        Json::Array(items) => Content::List(items.iter().map(|item| node_of(item, span)).collect()),
        Json::Object(fields) => Content::Map(Map {
            entries: fields
                .iter()
                .map(|(key, value)| Entry {
                    key: Spanned::new(Arc::from(key.as_str()), span),
                    value: node_of(value, span),
                })
                .collect(),
        }),
    };
    Node::new(span, content)
}

/// Reports a fault of a value; where it overrides another, with a note at that one.
pub fn fault<'a>(
    node: &Node,
    code: Code,
    message: impl Into<String>,
    diags: &'a mut Diagnostics,
) -> &'a mut Diagnostic {
    let fault = diags.report(code, node.span, message);
    if let Some(base) = node.base {
        fault.note(base, "it overrides this");
    }
    fault
}

/// Reports that a value is of another type than it must be; says nothing about a hole.
pub fn expected<'a>(what: &str, node: &Node, diags: &'a mut Diagnostics) -> Option<&'a mut Diagnostic> {
    if node.is_hole() {
        return None;
    }
    let found = match (&node.tag, &*node.content) {
        (Some(tag), _) => format!("`!{}`", tag.value),
        (None, Content::Text(text)) if text.text.is_empty() => "an empty string".to_string(),
        (None, Content::Text(text)) if text.text.len() <= 40 => format!("the string `{}`", text.text),
        (None, Content::Number(number)) => format!("the number `{}`", number.text),
        (None, Content::Bool(flag)) => format!("the boolean `{flag}`"),
        _ => node.kind().to_string(),
    };
    Some(fault(
        node,
        code::WRONG_TYPE,
        format!("expected {what}, found {found}"),
        diags,
    ))
}

/// The string of an untagged node.
pub(crate) fn text_of(node: &Node) -> Option<&str> {
    node.text().filter(|_| node.tag.is_none())
}

/// The number of an untagged node.
pub(crate) fn number_of(node: &Node) -> Option<&Number> {
    match &*node.content {
        Content::Number(number) if node.tag.is_none() => Some(number),
        _ => None,
    }
}

/// The whole number that JSON Schema would see in a number: `3`, and `3.0` too.
pub(crate) fn whole(number: &Number) -> Option<i64> {
    let fits = number.value.fract() == 0.0 && number.value.abs() < 9e15;
    number.integer.or_else(|| fits.then_some(number.value as i64))
}
