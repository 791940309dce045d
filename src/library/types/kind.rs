//! The types that a component's parameters declare: `duration`, `list(string)`, `[standard, fifo]`.

use std::sync::Arc;

use crate::diag::{Diagnostics, code, nearest};
use crate::library::{Data, Field, Value};
use crate::syntax::{Content, Node};

use super::choice::{choose, list};
use super::{Cpu, MemorySize, Percent, Seconds, Text, Type, expected, fault, node_of, number_of, text_of, whole};

/// What a parameter of a component takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    String,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// A whole number of percent, written `60%`.
    Percent,
    /// Seconds, written `30s`.
    Duration,
    /// MiB, written `512 MiB`.
    Memory,
    /// CPU units, written `0.25 vCPU` or `256`.
    Cpu,
    /// A list.
    List(Box<Kind>),
    /// A mapping with keys of the user's choice.
    Map(Box<Kind>),
    /// Anything.
    Any,
    /// One of a few words.
    OneOf(Vec<Arc<str>>),
}

const PLAIN: &[(&str, Kind)] = &[
    ("string", Kind::String),
    ("boolean", Kind::Boolean),
    ("integer", Kind::Integer),
    ("percent", Kind::Percent),
    ("duration", Kind::Duration),
    ("memory", Kind::Memory),
    ("cpu", Kind::Cpu),
    ("any", Kind::Any),
];

fn named(text: &str) -> Option<Kind> {
    let inside = |name: &str| {
        let inside = text.strip_prefix(name)?.strip_suffix(')')?;
        named(inside).map(Box::new)
    };
    let plain = PLAIN.iter().find(|(name, _)| *name == text);
    let plain = plain.map(|(_, kind)| kind.clone());
    plain
        .or_else(|| inside("list(").map(Kind::List))
        .or_else(|| inside("map(").map(Kind::Map))
}

impl Kind {
    /// Reads a declaration: the name of a type, or a list of words.
    pub fn parse(node: &Node, diags: &mut Diagnostics) -> Option<Kind> {
        if let Some(items) = node.list().filter(|_| node.tag.is_none()) {
            if items.is_empty() {
                fault(node, code::EMPTY_LIST, "one of no words is nothing", diags);
                return None;
            }
            let words = items.iter().map(|item| match text_of(item) {
                Some(text) => Some(Arc::from(text)),
                None => {
                    expected("a word", item, diags);
                    None
                }
            });
            return words
                .collect::<Vec<_>>()
                .into_iter()
                .collect::<Option<_>>()
                .map(Kind::OneOf);
        }
        let Some(text) = text_of(node) else {
            expected("a type such as `string`, or a list of words", node, diags);
            return None;
        };
        let kind = named(text);
        if kind.is_none() {
            let names = PLAIN.iter().map(|(name, _)| *name);
            let fault = fault(node, code::UNKNOWN_TYPE, format!("there is no type `{text}`"), diags);
            match nearest(text, names.clone()) {
                Some(name) => fault.did_you_mean_word(name, text, node.span),
                None => {
                    let names: Vec<&str> = names.collect();
                    fault.hint(format!(
                        "write {}, `list(T)`, `map(T)` or a list of words",
                        list(&names)
                    ))
                }
            };
        }
        kind
    }

    /// As a component declares it.
    pub fn show(&self) -> String {
        match self {
            Kind::List(kind) => format!("list({})", kind.show()),
            Kind::Map(kind) => format!("map({})", kind.show()),
            Kind::OneOf(words) => format!("[{}]", words.join(", ")),
            _ => {
                let plain = PLAIN.iter().find(|(_, kind)| kind == self);
                plain.map_or("any", |(name, _)| *name).to_string()
            }
        }
    }

    /// Reads what a user wrote for such a parameter; it holds no expressions. What is faulty is unknown.
    pub fn read(&self, node: &Node, diags: &mut Diagnostics) -> Value {
        let data = match self {
            Kind::String => match (text_of(node), number_of(node)) {
                (Some(text), _) => Text::plain(text, node, diags).map(Data::Text),
                (None, number) => {
                    if let Some(fault) = expected("a string", node, diags)
                        && let Some(number) = number
                    {
                        fault.fix("put it in quotes", node.span, format!("\"{}\"", number.text));
                    }
                    None
                }
            },
            Kind::Boolean => bool::decode(node, diags).map(Data::Bool),
            Kind::Integer => match number_of(node).and_then(whole) {
                Some(number) => Some(Data::Integer(number)),
                None => {
                    expected("a whole number", node, diags);
                    None
                }
            },
            Kind::Percent => Percent::<0>::decode(node, diags).map(|percent| Data::Integer(percent.0)),
            Kind::Duration => Seconds::<0>::decode(node, diags).map(|seconds| Data::Integer(seconds.0)),
            Kind::Memory => MemorySize::<0>::decode(node, diags).map(|size| Data::Integer(size.0)),
            Kind::Cpu => Cpu::<0>::decode(node, diags).map(|units| Data::Integer(units.0)),
            Kind::OneOf(words) => {
                let borrowed: Vec<&str> = words.iter().map(|word| &**word).collect();
                choose(node, &borrowed, diags).map(|index| Data::Text(words[index].clone()))
            }
            Kind::List(kind) => match node.list().filter(|_| node.tag.is_none()) {
                Some(items) => Some(Data::List(items.iter().map(|item| kind.read(item, diags)).collect())),
                None => {
                    expected("a list", node, diags);
                    None
                }
            },
            Kind::Map(kind) => match node.map().filter(|_| node.tag.is_none()) {
                Some(map) => Some(Data::Map(
                    map.entries
                        .iter()
                        .map(|entry| Field {
                            key: entry.key.clone(),
                            value: kind.read(&entry.value, diags),
                        })
                        .collect(),
                )),
                None => {
                    expected("a mapping", node, diags);
                    None
                }
            },
            Kind::Any => Some(any(node, diags)),
        };
        Value::new(node.span, data.unwrap_or(Data::Unknown))
    }

    /// Fits what an expression gave to such a parameter: strings become quantities, the rest must have the right type
    /// already. What is only known after deployment, and what is unknown or null, passes.
    pub fn fit(&self, value: Value, diags: &mut Diagnostics) -> Value {
        let Value { span, body, data } = value;
        let data = match (self, data) {
            (Kind::Any, data)
            | (_, data @ (Data::Unknown | Data::Null | Data::Reference(_) | Data::Concat(_) | Data::Intrinsic(..)))
            | (Kind::Boolean, data @ Data::Bool(_))
            | (Kind::String, data @ Data::Text(_))
            | (Kind::Integer | Kind::Percent | Kind::Duration | Kind::Memory | Kind::Cpu, data @ Data::Integer(_)) => {
                data
            }
            (Kind::List(kind), Data::List(items)) => {
                Data::List(items.into_iter().map(|item| kind.fit(item, diags)).collect())
            }
            (Kind::Map(kind), Data::Map(fields)) => Data::Map(
                fields
                    .into_iter()
                    .map(|Field { key, value }| Field {
                        key,
                        value: kind.fit(value, diags),
                    })
                    .collect(),
            ),
            (Kind::Percent | Kind::Duration | Kind::Memory | Kind::Cpu | Kind::OneOf(_), Data::Text(text)) => {
                self.read(&node_of(&serde_json::json!(&*text), span), diags).data
            }
            (_, data) => {
                let found = Value::new(span, data).kind();
                let message = format!("expected `{}`, found {found}", self.show());
                diags.report(code::WRONG_TYPE, span, message);
                Data::Unknown
            }
        };
        Value { span, body, data }
    }
}

/// A tree as a value, as it stands.
fn any(node: &Node, diags: &mut Diagnostics) -> Data {
    match &*node.content {
        Content::Hole => Data::Unknown,
        Content::Null => Data::Null,
        Content::Bool(flag) => Data::Bool(*flag),
        Content::Number(number) => match number.integer {
            Some(integer) => Data::Integer(integer),
            None => Data::Number(number.value),
        },
        Content::Text(text) => Text::plain(&text.text, node, diags).map_or(Data::Unknown, Data::Text),
        Content::List(items) => {
            let items = items.iter().map(|item| Value::new(item.span, any(item, diags)));
            Data::List(items.collect())
        }
        Content::Map(map) => {
            let fields = map.entries.iter().map(|entry| Field {
                key: entry.key.clone(),
                value: Value::new(entry.value.span, any(&entry.value, diags)),
            });
            Data::Map(fields.collect())
        }
    }
}
