//! The component document, as far as its schema goes; the library reads it for itself.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::diag::Diagnostics;
use crate::library::types::{Label, Mapping, Name, Raw, Text, Type, Word};
use crate::library::{Data, Value};
use crate::source::Span;
use crate::syntax::Node;

use super::block::block;

block! {
    /// A component: a piece of CloudFormation with typed parameters.
    pub struct ComponentDocument "component" {
        /// Its name.
        component: Name,
        /// What it is, in one sentence.
        about: Option<Text> = null,
        /// What whoever uses it gives it, by name.
        parameters: Mapping<Name, Parameter> = {},
        /// Template parameters of its stack, by logical ID.
        inputs: Mapping<Word, Raw> = {},
        /// Parts made of other components, by local name: `{use: component, …arguments}`.
        components: Mapping<Word, Raw> = {},
        /// CloudFormation resources, by local name.
        resources: Mapping<Word, Raw> = {},
        /// What others may refer to.
        exports: Raw = {},
        /// What a link to it grants, by the name of the access.
        access: Mapping<Name, Grant> = {},
    }
}

block! {
    /// Something that a component is given.
    pub struct Parameter "parameter" {
        /// `string`, `boolean`, `integer`, `percent`, `duration`, `memory`, `cpu`, `list(T)`, `map(T)`, `any`, or a list
        /// of words of which it is one.
        r#type: Declared,
        /// What it is when it is left out; without a default it must be given.
        default: Option<Anything> = null,
        /// What it is, in one sentence.
        about: Option<Text> = null,
    }
}

block! {
    /// What a link grants.
    pub struct Grant "grant" {
        /// Variables, each under the name of the instance.
        environment: Mapping<Word, Label> = {},
        /// Statements of IAM.
        policy: Option<Anything> = null,
    }
}

/// A declared type: see [`crate::library::types::Kind`].
#[derive(Clone, Debug)]
pub struct Declared(pub crate::library::types::Kind);

impl Type for Declared {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        let plain = "(string|boolean|integer|percent|duration|memory|cpu|any)";
        json_schema!({"anyOf": [
            {"type": "string", "pattern": format!(r"^((list|map)\()*{plain}\)*$")},
            {"type": "array", "items": {"type": "string"}, "minItems": 1},
        ]})
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<Declared> {
        crate::library::types::Kind::parse(node, diags).map(Declared)
    }

    fn value(&self, span: Span) -> Value {
        Value::text(span, self.0.show())
    }

    fn example() -> serde_json::Value {
        json!("string")
    }
}

/// Anything at all.
#[derive(Clone, Debug)]
pub struct Anything;

impl Type for Anything {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({})
    }

    fn decode(node: &Node, _: &mut Diagnostics) -> Option<Anything> {
        (!node.is_hole()).then_some(Anything)
    }

    fn value(&self, span: Span) -> Value {
        Value::new(span, Data::Unknown)
    }

    fn example() -> serde_json::Value {
        json!("anything")
    }
}
