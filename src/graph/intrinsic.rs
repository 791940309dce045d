//! CloudFormation's own functions, as a user writes them in a body: `!Sub`, `{"Fn::Join": …}`.
//! `Ref`, `GetAtt` and `Sub` become references, so that every reference is checked the same way.

use std::ops::Range;
use std::sync::Arc;

use crate::diag::{Diagnostics, code, nearest};
use crate::library::{Data, Reference, Value};
use crate::source::{Span, Spanned};
use crate::syntax::{Content, Entry, Node};

use super::body::expand;
use super::evaluate::{concat, unknown};
use super::pseudo;
use super::scope::{Local, Scope};

/// The functions that are passed on as they are. Those that need `Conditions`, `Mappings` or a transform have no place
/// in a template of loadline: its own forms decide at compile time.
const PASSED: &[&str] = &[
    "Fn::Base64",
    "Fn::Cidr",
    "Fn::GetAZs",
    "Fn::ImportValue",
    "Fn::Join",
    "Fn::Select",
    "Fn::Split",
];

/// A node with a tag such as `!Sub`.
pub(super) fn tagged(tag: &Spanned<Arc<str>>, node: &Node, scope: &Scope<'_>, diags: &mut Diagnostics) -> Value {
    let name: Arc<str> = match &***tag {
        "Ref" => "Ref".into(),
        other => format!("Fn::{other}").into(),
    };
    let mut untagged = node.clone();
    untagged.tag = None;
    function(&Spanned::new(name, tag.span), &untagged, node.span, scope, diags)
}

/// A mapping of one key, `Ref` or `Fn::…`.
pub(super) fn long(entry: &Entry, span: Span, scope: &Scope<'_>, diags: &mut Diagnostics) -> Value {
    function(&entry.key, &entry.value, span, scope, diags)
}

fn function(
    name: &Spanned<Arc<str>>,
    argument: &Node,
    span: Span,
    scope: &Scope<'_>,
    diags: &mut Diagnostics,
) -> Value {
    if argument.is_hole() {
        return Value::new(span, Data::Unknown);
    }
    match (&***name, argument.text(), argument.list()) {
        ("Ref", Some(target), _) => refer(target, None, argument.span, Some(argument.span), scope, diags),
        ("Fn::GetAtt", Some(path), _) => match path.split_once('.') {
            Some((target, attribute)) => {
                let place = part(argument, 0..target.len());
                refer(target, Some(attribute), argument.span, place, scope, diags)
            }
            None => {
                let message = format!("`{path}` names no attribute");
                diags
                    .report(code::FUNCTION_ARGUMENT, argument.span, message)
                    .hint(format!("write `!GetAtt {path}.Attribute`, or `!Ref {path}`"));
                Value::new(span, Data::Unknown)
            }
        },
        ("Fn::GetAtt", _, Some([target, attribute])) => match (target.text(), attribute.text()) {
            (Some(name), Some(attribute)) => {
                refer(name, Some(attribute), argument.span, Some(target.span), scope, diags)
            }
            _ => wrong(name, argument, diags),
        },
        ("Fn::Sub", Some(text), _) => substitute(text, &[], argument, scope, diags),
        ("Fn::Sub", _, Some([text, variables])) => match (text.text(), variables.map()) {
            (Some(template), Some(map)) => {
                let values = map.entries.iter();
                let values: Vec<(Arc<str>, Value)> = values
                    .map(|entry| (Arc::clone(&entry.key.value), expand(&entry.value, scope, diags)))
                    .collect();
                substitute(template, &values, text, scope, diags)
            }
            _ => wrong(name, argument, diags),
        },
        ("Ref" | "Fn::GetAtt" | "Fn::Sub", _, _) => wrong(name, argument, diags),
        (known, _, _) if PASSED.contains(&known) => {
            let argument = expand(argument, scope, diags);
            Value::new(span, Data::Intrinsic(Arc::clone(&name.value), Box::new(argument)))
        }
        (other, _, _) => {
            let fault = diags.report(
                code::UNKNOWN_FUNCTION,
                name.span,
                format!("`{other}` cannot be used here"),
            );
            // Without what all names begin with, which would make each near to all others.
            let bare = |name: &'static str| name.trim_start_matches("Fn::");
            let known = PASSED.iter().copied().chain(["Fn::GetAtt", "Fn::Sub"]).map(bare);
            match nearest(other.trim_start_matches("Fn::"), known) {
                Some(near) => fault.hint(format!("did you mean `Fn::{near}`?")),
                None => fault.hint("write the value, or decide with `$when` or `${condition ? a : b}`"),
            };
            Value::new(span, Data::Unknown)
        }
    }
}

fn wrong(name: &Spanned<Arc<str>>, argument: &Node, diags: &mut Diagnostics) -> Value {
    let message = format!("`{}` cannot take {}", name.value, argument.kind());
    diags.report(code::FUNCTION_ARGUMENT, argument.span, message);
    Value::new(argument.span, Data::Unknown)
}

/// The place of a part of a node's string, when its bytes stand in the file so.
fn part(node: &Node, range: Range<usize>) -> Option<Span> {
    match &*node.content {
        Content::Text(text) => text.place(node.span, range),
        _ => None,
    }
}

/// What a logical name refers to: a local name first, then, where raw CloudFormation stands, any logical ID in reach.
/// `place` is that of the name within `span`, if it is known.
fn refer(
    target: &str,
    attribute: Option<&str>,
    span: Span,
    place: Option<Span>,
    scope: &Scope<'_>,
    diags: &mut Diagnostics,
) -> Value {
    let target: Arc<str> = target.into();
    if target.contains("::") {
        return pseudo::refer(target, span, place, diags);
    }
    let found = match scope.local(&target) {
        Some(Local::Absent) => return Value::new(span, Data::Null),
        Some(Local::One(value, _)) => match &value.data {
            Data::Reference(reference) => Some(reference.target.clone()),
            Data::Unknown => return Value::new(span, Data::Unknown),
            _ => None,
        },
        Some(Local::Each(..)) => None,
        None => scope.logical(&target).cloned(),
    };
    if found.is_none() && scope.is_unsettled(&target) {
        return Value::new(span, Data::Unknown);
    }
    match found {
        Some(found) => {
            let attribute = attribute.map(Arc::from);
            Value::new(
                span,
                Data::Reference(Reference {
                    target: found,
                    attribute,
                }),
            )
        }
        None => {
            let names = scope.names();
            let names = names.iter().map(|name| &**name);
            let what = "is no resource in reach here";
            let Some(place) = place else {
                diags.report(code::UNKNOWN_REFERENCE, span, format!("`{target}` {what}"));
                return Value::new(span, Data::Unknown);
            };
            unknown(&Spanned::new(target, place), names, what, diags)
        }
    }
}

/// `!Sub`: inside it, `${X}` is CloudFormation's and `${!X}` is a literal `${X}`.
fn substitute(
    text: &str,
    variables: &[(Arc<str>, Value)],
    node: &Node,
    scope: &Scope<'_>,
    diags: &mut Diagnostics,
) -> Value {
    let mut parts = Vec::new();
    let mut rest = text;
    let span = node.span;
    while let Some(start) = rest.find("${") {
        parts.push(Value::text(span, &rest[..start]));
        let inside = &rest[start + 2..];
        let Some(end) = inside.find('}') else {
            rest = &rest[start..];
            break;
        };
        let name = inside[..end].trim();
        let first = text.len() - inside.trim_start().len();
        let place = |length: usize| part(node, first..first + length);
        rest = &inside[end + 1..];
        if let Some(literal) = name.strip_prefix('!') {
            parts.push(Value::text(span, format!("${{{literal}}}")));
        } else if let Some((_, value)) = variables.iter().find(|(variable, _)| **variable == *name) {
            parts.push(value.clone());
        } else {
            let (target, attribute) = match name.split_once('.') {
                Some((target, attribute)) => (target, Some(attribute)),
                None => (name, None),
            };
            let whole = place(name.len()).unwrap_or(span);
            parts.push(refer(target, attribute, whole, place(target.len()), scope, diags));
        }
    }
    parts.push(Value::text(span, rest));
    parts.retain(|part| part.as_text() != Some(""));
    Value::new(span, concat(parts))
}
