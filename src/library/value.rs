//! What an expression or a body yields: known now, or known after deployment.

use std::sync::Arc;

use crate::source::{Span, Spanned};

/// A value with the place that decides it.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// Where it was written: the user's argument when it came from one, else the component's line.
    pub span: Span,
    /// The component's line that put it in its place, when `span` is the user's.
    pub body: Option<Span>,
    /// What it is.
    pub data: Data,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// Faulty and reported; nothing else complains about it.
    Unknown,
    /// Absent: a property that is null is left out.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number: a count, seconds, MiB, CPU units, percent.
    Integer(i64),
    /// Another number.
    Number(f64),
    /// A string.
    Text(Arc<str>),
    /// A list.
    List(Vec<Value>),
    /// A mapping in order.
    Map(Vec<Field>),
    /// Known after deployment.
    Reference(Reference),
    /// Text around things known after deployment; becomes `Fn::Sub`.
    Concat(Vec<Value>),
    /// A CloudFormation function as the user wrote it, such as `Fn::Join`, with its argument.
    Intrinsic(Arc<str>, Box<Value>),
}

/// One key of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The key.
    pub key: Spanned<Arc<str>>,
    /// Its value.
    pub value: Value,
}

/// Something that CloudFormation knows once it is deployed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// What is referred to.
    pub target: Target,
    /// The attribute (`Arn`), or `None` for the resource's `Ref`.
    pub attribute: Option<Arc<str>>,
}

/// What a reference points to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A resource, by the index of its stack in the graph and its logical ID.
    Resource(usize, Arc<str>),
    /// A template parameter of the stack that holds the reference.
    Parameter(Arc<str>),
    /// A pseudo parameter such as `AWS::Region`.
    Pseudo(Arc<str>),
    /// A value another stack publishes under this SSM parameter name; `true` when it is a list.
    Published(Arc<str>, bool),
}

impl Value {
    /// A value written at `span`.
    pub fn new(span: Span, data: Data) -> Value {
        Value { span, body: None, data }
    }

    /// A string written at `span`.
    pub fn text(span: Span, text: impl Into<Arc<str>>) -> Value {
        Value::new(span, Data::Text(text.into()))
    }

    /// The mapping of these keys, all written at `span`.
    pub fn map(span: Span, fields: impl IntoIterator<Item = (impl Into<Arc<str>>, Value)>) -> Value {
        let fields = fields.into_iter().map(|(key, value)| Field {
            key: Spanned::new(key.into(), span),
            value,
        });
        Value::new(span, Data::Map(fields.collect()))
    }

    /// The value of a key, when this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match &self.data {
            Data::Map(fields) => fields
                .iter()
                .find(|field| &**field.key == key)
                .map(|field| &field.value),
            _ => None,
        }
    }

    /// The string it holds.
    pub fn as_text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number it holds.
    pub fn as_integer(&self) -> Option<i64> {
        match self.data {
            Data::Integer(number) => Some(number),
            _ => None,
        }
    }

    /// Whether it is absent.
    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    /// Whether it is known before deployment, through and through.
    pub fn is_known(&self) -> bool {
        match &self.data {
            Data::Reference(_) | Data::Concat(_) | Data::Intrinsic(..) => false,
            Data::List(items) => items.iter().all(Value::is_known),
            Data::Map(fields) => fields.iter().all(|field| field.value.is_known()),
            _ => true,
        }
    }

    /// What it is, in a user's words.
    pub fn kind(&self) -> &'static str {
        match self.data {
            Data::Unknown => "nothing readable",
            Data::Null => "nothing",
            Data::Bool(_) => "a boolean",
            Data::Integer(_) => "a whole number",
            Data::Number(_) => "a number",
            Data::Text(_) | Data::Concat(_) => "a string",
            Data::List(_) => "a list",
            Data::Map(_) => "a mapping",
            Data::Reference(_) | Data::Intrinsic(..) => "a value known after deployment",
        }
    }
}
