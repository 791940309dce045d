//! The three forms of a body: `${…}`, `$when`, `$each`. In: a tree and a scope. Out: a [`Value`].
//! Must not know what the value is for.

use std::sync::Arc;

use crate::diag::{Diagnostics, code};
use crate::library::{Data, Field, Value};
use crate::source::{Span, Spanned};
use crate::syntax::{self, Content, Entry, Map, Node, Piece, Text};

use super::evaluate::{concat, decision, evaluate};
use super::intrinsic;
use super::scope::Scope;

/// The keys that begin with `$` and may stand in any mapping of a body.
const FORMS: &[&str] = &["$when", "$each", "$value", "$else"];

/// Evaluates a body; what its forms take away is null.
pub(super) fn expand(node: &Node, scope: &Scope<'_>, diags: &mut Diagnostics) -> Value {
    if let Some(tag) = &node.tag {
        return intrinsic::tagged(tag, node, scope, diags);
    }
    let data = match &*node.content {
        Content::Hole => Data::Unknown,
        Content::Null => Data::Null,
        Content::Bool(value) => Data::Bool(*value),
        Content::Number(number) => match number.integer {
            Some(integer) => Data::Integer(integer),
            None => Data::Number(number.value),
        },
        Content::Text(text) => return expand_text(text, node.span, scope, diags),
        Content::List(items) => list(items, scope, diags),
        Content::Map(map) => return mapping(map, node.span, scope, diags),
    };
    Value::new(node.span, data)
}

/// Evaluates a string: one expression alone keeps its type, else text is put together.
pub(super) fn expand_text(text: &Text, span: Span, scope: &Scope<'_>, diags: &mut Diagnostics) -> Value {
    if !text.text.contains("${") {
        return Value::text(span, Arc::clone(&text.text));
    }
    let pieces = syntax::pieces(text, span, diags);
    if let [Piece::Expr(expr)] = &pieces[..] {
        return placed(evaluate(expr, scope, diags), span);
    }
    let mut parts = Vec::new();
    for piece in pieces {
        parts.push(match piece {
            Piece::Text(text) => Value::text(span, text),
            Piece::Expr(expr) => {
                let value = evaluate(&expr, scope, diags);
                in_text(value, expr.span, diags)
            }
        });
    }
    Value::new(span, concat(parts))
}

/// A value in the place where a body uses it: what came from elsewhere remembers this line.
fn placed(mut value: Value, span: Span) -> Value {
    if value.span.file == span.file {
        if !matches!(value.data, Data::List(_) | Data::Map(_)) {
            value.span = span;
        }
    } else {
        value.body = Some(span);
    }
    value
}

fn in_text(value: Value, span: Span, diags: &mut Diagnostics) -> Value {
    if matches!(value.data, Data::Null | Data::List(_) | Data::Map(_)) {
        let message = format!("{} cannot be put into text", value.kind());
        diags.report(code::EXPRESSION_TYPE, span, message);
        return Value::new(span, Data::Unknown);
    }
    value
}

fn list(items: &[Node], scope: &Scope<'_>, diags: &mut Diagnostics) -> Data {
    let mut values = Vec::new();
    for item in items {
        match each(item, scope, diags) {
            None => values.push(expand(item, scope, diags)),
            Some(Err(())) => return Data::Unknown,
            Some(Ok(elements)) => {
                for (_, element) in elements {
                    let mut inner = scope.inner();
                    inner.know("it", element);
                    values.push(expand(item, &inner, diags));
                }
            }
        }
    }
    values.retain(|value| !value.is_null());
    if values.is_empty() && !items.is_empty() {
        return Data::Null;
    }
    Data::List(values)
}

/// The items that `$each` of a mapping goes over, each with its key; `None` without `$each`, an error when it is faulty.
#[expect(clippy::type_complexity, reason = "three outcomes, used in two places")]
pub(super) fn each(
    node: &Node,
    scope: &Scope<'_>,
    diags: &mut Diagnostics,
) -> Option<Result<Vec<(Arc<str>, Value)>, ()>> {
    let over = node.get("$each")?;
    let value = expand(over, scope, diags);
    Some(match value.data {
        Data::Unknown => Err(()),
        Data::Null => Ok(Vec::new()),
        Data::List(items) => Ok((1..).map(|at: usize| at.to_string().into()).zip(items).collect()),
        Data::Map(fields) => Ok(fields
            .into_iter()
            .map(|field| {
                let key = Value::text(field.key.span, Arc::clone(&field.key.value));
                let span = field.value.span;
                let entry = Value::map(span, [("key", key), ("value", field.value)]);
                (field.key.value, entry)
            })
            .collect()),
        _ => {
            let message = format!("`$each` goes over a list or a mapping, but this is {}", value.kind());
            diags.report(code::EXPRESSION_TYPE, over.span, message);
            Err(())
        }
    })
}

/// Whether `$when` of a mapping lets it stand; `None` when it is faulty.
pub(super) fn stands(node: &Node, scope: &Scope<'_>, diags: &mut Diagnostics) -> Option<bool> {
    match node.get("$when") {
        None => Some(true),
        Some(condition) => {
            let value = expand(condition, scope, diags);
            decision(&value, condition.span, diags)
        }
    }
}

fn mapping(map: &Map, span: Span, scope: &Scope<'_>, diags: &mut Diagnostics) -> Value {
    if let [entry] = &map.entries[..]
        && (entry.key.starts_with("Fn::") || &**entry.key == "Ref")
    {
        return intrinsic::long(entry, span, scope, diags);
    }
    let node = |key: &str| map.get(key);
    if let Some(condition) = node("$when") {
        let value = expand(condition, scope, diags);
        match decision(&value, condition.span, diags) {
            Some(true) => {}
            Some(false) => {
                let other = node("$else").map(|other| expand(other, scope, diags));
                return other.unwrap_or_else(|| Value::new(span, Data::Null));
            }
            None => return Value::new(span, Data::Unknown),
        }
    }
    if let Some(value) = node("$value") {
        return expand(value, scope, diags);
    }
    let mut fields = Vec::new();
    let mut written = 0;
    for Entry { key, value } in &map.entries {
        if FORMS.contains(&&*key.value) {
            continue;
        }
        if key.starts_with('$') && !key.starts_with("${") {
            let message = format!("there is no form `{}`", key.value);
            diags.report(code::UNKNOWN_FORM, key.span, message).hint(
                "the forms are `$when`, `$else`, `$each` and `$value`; a resource or part may also have `$stack`",
            );
            continue;
        }
        written += 1;
        let key = match name(key, scope, diags) {
            Some(key) => key,
            None => continue,
        };
        let value = expand(value, scope, diags);
        fields.push(Field { key, value });
    }
    if fields.is_empty() && written > 0 {
        return Value::new(span, Data::Null);
    }
    Value::new(span, Data::Map(fields))
}

/// A key, which may hold expressions that are known now.
fn name(key: &Spanned<Arc<str>>, scope: &Scope<'_>, diags: &mut Diagnostics) -> Option<Spanned<Arc<str>>> {
    if !key.contains("${") {
        return Some(key.clone());
    }
    let text = Text {
        text: Arc::clone(&key.value),
        verbatim: None,
        quoted: false,
    };
    let value = expand_text(&text, key.span, scope, diags);
    match value.data {
        Data::Text(text) => Some(Spanned::new(text, key.span)),
        Data::Unknown => None,
        _ => {
            diags.report(code::NOT_KNOWN_YET, key.span, "a key must be text that is known now");
            None
        }
    }
}

/// Takes out what is null; a list or mapping that had only nulls goes too, one that was written empty stays.
pub(super) fn prune(value: &mut Value) {
    match &mut value.data {
        Data::List(items) => {
            let before = items.len();
            items.iter_mut().for_each(prune);
            items.retain(|item| !item.is_null());
            if items.is_empty() && before > 0 {
                value.data = Data::Null;
            }
        }
        Data::Map(fields) => {
            let before = fields.len();
            fields.iter_mut().for_each(|field| prune(&mut field.value));
            fields.retain(|field| !field.value.is_null());
            if fields.is_empty() && before > 0 {
                value.data = Data::Null;
            }
        }
        Data::Intrinsic(_, argument) => prune(argument),
        _ => {}
    }
}
