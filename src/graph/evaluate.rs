//! The value of an expression in a scope. In: an [`Expr`]. Out: a [`Value`]; what is wrong is reported and unknown.

use std::borrow::Cow;
use std::sync::Arc;

use crate::diag::{Diagnostics, code, nearest};
use crate::library::{Data, Reference, Target, Value};
use crate::source::{Span, Spanned};
use crate::syntax::{Expr, Operator, Step};

use super::pseudo;
use super::scope::{Local, Scope, same};

/// Evaluates an expression.
pub(super) fn evaluate(expr: &Spanned<Expr>, scope: &Scope<'_>, diags: &mut Diagnostics) -> Value {
    let data = match &expr.value {
        Expr::Hole => Data::Unknown,
        Expr::Null => Data::Null,
        Expr::Bool(value) => Data::Bool(*value),
        Expr::Integer(value) => Data::Integer(*value),
        Expr::Text(text) => Data::Text(Arc::clone(text)),
        Expr::List(items) => Data::List(items.iter().map(|item| evaluate(item, scope, diags)).collect()),
        Expr::Path(first, steps) => return path(first, steps, scope, diags),
        Expr::Not(operand) => match truth(operand, scope, diags) {
            Some(value) => Data::Bool(!value),
            None => Data::Unknown,
        },
        Expr::Choice(condition, yes, no) => match truth(condition, scope, diags) {
            Some(true) => return evaluate(yes, scope, diags),
            Some(false) => return evaluate(no, scope, diags),
            None => Data::Unknown,
        },
        Expr::Binary(operator, left, right) => binary(*operator, left, right, scope, diags),
        Expr::Call(name, arguments) => call(name, arguments, expr.span, scope, diags),
    };
    Value::new(expr.span, data)
}

/// Whether an expression is true; anything but a boolean that is known now is a fault.
pub(super) fn truth(expr: &Spanned<Expr>, scope: &Scope<'_>, diags: &mut Diagnostics) -> Option<bool> {
    let value = evaluate(expr, scope, diags);
    decision(&value, expr.span, diags)
}

/// What a value decides: its boolean. Anything else is a fault at `span`.
pub(super) fn decision(value: &Value, span: Span, diags: &mut Diagnostics) -> Option<bool> {
    match &value.data {
        Data::Bool(value) => Some(*value),
        Data::Unknown => None,
        _ if !value.is_known() => {
            report_not_known(span, diags);
            None
        }
        _ => {
            let message = format!("this must be true or false, but it is {}", value.kind());
            diags
                .report(code::EXPRESSION_TYPE, span, message)
                .hint("compare it, as in `x != null` or `x == \"text\"`");
            None
        }
    }
}

fn report_not_known(span: Span, diags: &mut Diagnostics) {
    let message = "this is only known after deployment, so nothing can be decided by it";
    let fault = diags.report(code::NOT_KNOWN_YET, span, message);
    fault.hint("decide by a parameter, or by whether it is there: `x != null`");
}

fn binary(
    operator: Operator,
    left: &Spanned<Expr>,
    right: &Spanned<Expr>,
    scope: &Scope<'_>,
    diags: &mut Diagnostics,
) -> Data {
    match operator {
        Operator::Or | Operator::And => {
            let stop = operator == Operator::Or;
            return match truth(left, scope, diags) {
                Some(value) if value == stop => Data::Bool(stop),
                Some(_) => truth(right, scope, diags).map_or(Data::Unknown, Data::Bool),
                None => Data::Unknown,
            };
        }
        _ => {}
    }
    let (a, b) = (evaluate(left, scope, diags), evaluate(right, scope, diags));
    // Whether something is there at all is known always.
    let of_presence = operator != Operator::In && (a.is_null() || b.is_null());
    let open = [(&a, left), (&b, right)]
        .into_iter()
        .find(|(value, _)| !value.is_known());
    if let (Some((_, operand)), false) = (open, of_presence) {
        report_not_known(operand.span, diags);
        return Data::Unknown;
    }
    let boolean = |value: Option<bool>| value.map_or(Data::Unknown, Data::Bool);
    match operator {
        Operator::Equal => boolean(same(&a, &b)),
        Operator::Unequal => boolean(same(&a, &b).map(|same| !same)),
        Operator::In => boolean(member(&a, &b, right.span, diags)),
        _ => {
            let order = match (&a.data, &b.data) {
                (Data::Integer(a), Data::Integer(b)) => a.cmp(b),
                (Data::Unknown, _) | (_, Data::Unknown) => return Data::Unknown,
                _ => {
                    let span = Span {
                        end: right.span.end,
                        ..left.span
                    };
                    let message = format!("cannot compare {} with {}", a.kind(), b.kind());
                    diags.report(code::EXPRESSION_TYPE, span, message);
                    return Data::Unknown;
                }
            };
            Data::Bool(match operator {
                Operator::Less => order.is_lt(),
                Operator::AtMost => order.is_le(),
                Operator::Greater => order.is_gt(),
                _ => order.is_ge(),
            })
        }
    }
}

fn member(item: &Value, of: &Value, span: Span, diags: &mut Diagnostics) -> Option<bool> {
    match &of.data {
        Data::Unknown => None,
        Data::Null => Some(false),
        Data::List(items) => items
            .iter()
            .try_fold(false, |found, other| Some(found || same(item, other)?)),
        Data::Map(fields) => Some(fields.iter().any(|field| Some(&**field.key) == item.as_text())),
        _ => {
            let message = format!("`in` looks in a list or a mapping, but this is {}", of.kind());
            diags.report(code::EXPRESSION_TYPE, span, message);
            None
        }
    }
}

fn path(first: &Spanned<Arc<str>>, steps: &[Step], scope: &Scope<'_>, diags: &mut Diagnostics) -> Value {
    if first.contains("::") {
        let value = pseudo::refer(Arc::clone(&first.value), first.span, Some(first.span), diags);
        return walk(&value, steps, scope, diags);
    }
    if first.starts_with(|character: char| character.is_uppercase()) {
        return match scope.local(first) {
            Some(Local::Absent) => Value::new(first.span, Data::Null),
            Some(Local::One(value, _)) => walk(&at(value, first.span), steps, scope, diags),
            Some(Local::Each(all, _)) => each(all, first.span, steps, scope, diags),
            None => unknown_name(first, scope, diags),
        };
    }
    match scope.known(first) {
        Some(value) => walk(value, steps, scope, diags),
        None => unknown_name(first, scope, diags),
    }
}

/// A value that depends on where it is used: what is known after deployment has the place of its use.
fn at(value: &Value, span: Span) -> Cow<'_, Value> {
    match &value.data {
        Data::Reference(reference) => Cow::Owned(Value::new(span, Data::Reference(reference.clone()))),
        _ => Cow::Borrowed(value),
    }
}

fn unknown_name(name: &Spanned<Arc<str>>, scope: &Scope<'_>, diags: &mut Diagnostics) -> Value {
    let names = scope.names();
    unknown(
        name,
        names.iter().map(|name| &**name),
        "is not a name in reach here",
        diags,
    )
}

/// Reports an unknown name with its nearest candidate, or with all of them when they are few.
pub(super) fn unknown<'a>(
    name: &Spanned<Arc<str>>,
    candidates: impl Iterator<Item = &'a str>,
    what: &str,
    diags: &mut Diagnostics,
) -> Value {
    let candidates: Vec<&str> = candidates.collect();
    let fault = diags.report(code::UNKNOWN_REFERENCE, name.span, format!("`{}` {what}", name.value));
    match nearest(name, candidates.iter().copied()) {
        Some(near) => {
            fault.did_you_mean(near, name.span);
        }
        None if !candidates.is_empty() && candidates.len() <= 12 => {
            fault.hint(format!("there is {}", quoted(&candidates)));
        }
        None => {}
    }
    Value::new(name.span, Data::Unknown)
}

/// Names in backticks with commas between.
pub(super) fn quoted(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

fn each(all: &[(Arc<str>, Value)], span: Span, steps: &[Step], scope: &Scope<'_>, diags: &mut Diagnostics) -> Value {
    if let Some((Step::Index(index), rest)) = steps.split_first() {
        let key = evaluate(index, scope, diags);
        let key: Arc<str> = match &key.data {
            Data::Text(text) => Arc::clone(text),
            Data::Integer(number) => number.to_string().into(),
            _ => return Value::new(span, Data::Unknown),
        };
        return match all.iter().find(|(name, _)| *name == key) {
            Some((_, value)) => walk(&at(value, span), rest, scope, diags),
            None => Value::new(span, Data::Null),
        };
    }
    let values = all.iter().map(|(_, value)| walk(&at(value, span), steps, scope, diags));
    let there = values.filter(|value| !value.is_null()).collect();
    Value::new(span, Data::List(there))
}

/// Follows the steps of a path from a value. A step from null is null.
fn walk(value: &Value, steps: &[Step], scope: &Scope<'_>, diags: &mut Diagnostics) -> Value {
    let mut current = value;
    for (at, step) in steps.iter().enumerate() {
        if matches!(current.data, Data::Null | Data::Unknown) {
            return current.clone();
        }
        let Some(key) = key(step, scope, diags) else {
            return Value::new(value.span, Data::Unknown);
        };
        current = match &current.data {
            Data::Map(fields) => match (current.get(&key), step) {
                (Some(found), _) => found,
                // An index asks whether something is there; a field must be.
                (None, Step::Index(_)) => return Value::new(key.span, Data::Null),
                (None, Step::Field(_)) => {
                    let keys = fields.iter().map(|field| &**field.key);
                    return unknown(&key, keys, "is not in there", diags);
                }
            },
            Data::List(items) => match key.parse::<usize>().ok().and_then(|at| items.get(at)) {
                Some(item) => item,
                None => {
                    let message = format!("a list of {} has no `{}`", items.len(), *key);
                    diags.report(code::EXPRESSION_TYPE, key.span, message);
                    return Value::new(key.span, Data::Unknown);
                }
            },
            Data::Reference(Reference {
                target: target @ Target::Resource(..),
                attribute: None,
            }) => return attribute(current, target, &steps[at..], scope, diags),
            _ => {
                let message = format!("{} has no `{}`", current.kind(), *key);
                diags.report(code::EXPRESSION_TYPE, key.span, message);
                return Value::new(key.span, Data::Unknown);
            }
        };
    }
    current.clone()
}

/// The key that a step names.
fn key(step: &Step, scope: &Scope<'_>, diags: &mut Diagnostics) -> Option<Spanned<Arc<str>>> {
    let index = match step {
        Step::Field(name) => return Some(name.clone()),
        Step::Index(index) => index,
    };
    let found = evaluate(index, scope, diags);
    let key: Arc<str> = match &found.data {
        Data::Text(text) => Arc::clone(text),
        Data::Integer(number) => number.to_string().into(),
        Data::Unknown => return None,
        _ => {
            let message = format!("an index is a string or a whole number, but this is {}", found.kind());
            diags.report(code::EXPRESSION_TYPE, index.span, message);
            return None;
        }
    };
    Some(Spanned::new(key, index.span))
}

/// An attribute of a resource; one inside another, as in `${Db.Endpoint.Address}`, has a point in its name.
fn attribute(resource: &Value, target: &Target, steps: &[Step], scope: &Scope<'_>, diags: &mut Diagnostics) -> Value {
    let mut names: Vec<Arc<str>> = Vec::new();
    let mut span = resource.span;
    for step in steps {
        let Some(key) = key(step, scope, diags) else {
            return Value::new(resource.span, Data::Unknown);
        };
        if key.span.file == span.file {
            span.end = span.end.max(key.span.end);
        } else {
            span = key.span;
        }
        names.push(key.value);
    }
    let reference = Reference {
        target: target.clone(),
        attribute: Some(names.join(".").into()),
    };
    Value::new(span, Data::Reference(reference))
}

const FUNCTIONS: &[&str] = &["size", "join"];

fn call(
    name: &Spanned<Arc<str>>,
    arguments: &[Spanned<Expr>],
    span: Span,
    scope: &Scope<'_>,
    diags: &mut Diagnostics,
) -> Data {
    let values: Vec<Value> = arguments.iter().map(|item| evaluate(item, scope, diags)).collect();
    if !FUNCTIONS.contains(&&***name) {
        return unknown(name, FUNCTIONS.iter().copied(), "is not a function", diags).data;
    }
    if values.iter().any(|value| value.data == Data::Unknown) {
        return Data::Unknown;
    }
    let data: Vec<&Data> = values.iter().map(|value| &value.data).collect();
    match (&***name, &data[..]) {
        ("size", [Data::Null]) => Data::Integer(0),
        ("size", [Data::List(items)]) => Data::Integer(items.len() as i64),
        ("size", [Data::Map(fields)]) => Data::Integer(fields.len() as i64),
        ("join", [Data::List(items), Data::Text(between)]) => join(items, between, span),
        _ => {
            let kinds: Vec<&str> = values.iter().map(Value::kind).collect();
            let message = format!("`{}` cannot take {}", **name, kinds.join(" and "));
            diags
                .report(code::EXPRESSION_TYPE, span, message)
                .hint("the functions are `size(list)` and `join(list, text)`");
            Data::Unknown
        }
    }
}

fn join(items: &[Value], between: &Arc<str>, span: Span) -> Data {
    let mut parts = Vec::new();
    for item in items.iter().filter(|item| !item.is_null()) {
        if !parts.is_empty() {
            parts.push(Value::text(span, Arc::clone(between)));
        }
        parts.push(item.clone());
    }
    concat(parts)
}

/// Text from parts: a string when all are known, else something for CloudFormation to put together.
pub(super) fn concat(parts: Vec<Value>) -> Data {
    let mut joined: Vec<Value> = Vec::new();
    for part in parts {
        let text: Arc<str> = match &part.data {
            Data::Text(text) => Arc::clone(text),
            Data::Integer(number) => number.to_string().into(),
            Data::Number(number) => number.to_string().into(),
            Data::Bool(value) => value.to_string().into(),
            Data::Unknown => return Data::Unknown,
            Data::Concat(inner) => {
                joined.extend(inner.iter().cloned());
                continue;
            }
            _ => {
                joined.push(part);
                continue;
            }
        };
        match joined.last_mut() {
            Some(Value {
                data: Data::Text(last), ..
            }) => *last = format!("{last}{text}").into(),
            _ => joined.push(Value::text(part.span, text)),
        }
    }
    match &joined[..] {
        [] => Data::Text("".into()),
        [
            Value {
                data: Data::Text(text), ..
            },
        ] => Data::Text(Arc::clone(text)),
        _ => Data::Concat(joined),
    }
}
