//! What changes inside a resource, value by value. In: details of a change. Out: [`Edit`]s. Values of environment variables
//! never leave here.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cloud::formation::ChangeDetail;

/// What stands for a value that is not shown.
pub const HIDDEN: &str = "(hidden)";

/// A value that changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// Which: `ContainerDefinitions[web].Memory`.
    pub property: String,
    /// What it was, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What it will be, where that is known before it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Whether the resource is made anew because of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recreates: Option<Recreates>,
}

/// How sure it is that a resource is made anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recreates {
    /// That hangs on values that are not known yet.
    Perhaps,
    /// It is.
    Surely,
}

/// The edits of a resource. A property that changes for several reasons changes once.
pub(super) fn of(details: &[ChangeDetail]) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Vec::new();
    for detail in details {
        for edit in edits_of(detail) {
            match edits.iter_mut().find(|one| one.property == edit.property) {
                Some(one) => {
                    one.recreates = one.recreates.max(edit.recreates);
                    // The answer with values says more than the one without.
                    if one.before.is_none() && one.after.is_none() {
                        one.before = edit.before;
                        one.after = edit.after;
                    }
                }
                None => edits.push(edit),
            }
        }
    }
    edits
}

fn edits_of(detail: &ChangeDetail) -> Vec<Edit> {
    let steps = steps(detail);
    let recreates = match detail.recreation.as_str() {
        "Never" | "" => None,
        "Always" => Some(Recreates::Surely),
        _ => Some(Recreates::Perhaps),
    };
    let edit = |steps: &[String], before: Option<String>, after: Option<String>| Edit {
        property: written(steps),
        before,
        after,
        recreates,
    };
    let read = |value: &Option<String>| value.as_deref().map(read);
    match (read(&detail.before), read(&detail.after)) {
        (Some(before), Some(after)) if is_nested(&before) && is_nested(&after) => {
            let mut leaves = Vec::new();
            compare(&steps, Some(&before), Some(&after), &mut leaves);
            let leaves = leaves.into_iter();
            leaves
                .map(|(steps, before, after)| edit(&steps, before, after))
                .collect()
        }
        (before, after) => {
            let shown = |value: Option<Value>| value.map(|value| shown(&steps, &value));
            vec![edit(&steps, shown(before), shown(after))]
        }
    }
}

/// The way to a property: what AWS gives as a path, or else the property's name, or else the attribute.
fn steps(detail: &ChangeDetail) -> Vec<String> {
    if let Some(path) = &detail.path {
        let steps = path.split('/').filter(|step| !step.is_empty());
        let steps: Vec<String> = steps.map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
        let own = steps
            .iter()
            .skip(usize::from(steps.first().is_some_and(|step| step == "Properties")));
        return own.cloned().collect();
    }
    vec![detail.name.clone().unwrap_or_else(|| detail.attribute.clone())]
}

/// A step that is a number, or the name of a list's element, stands in brackets.
fn written(steps: &[String]) -> String {
    let mut text = String::new();
    for step in steps {
        let bracket = step.starts_with('[');
        match step.bytes().all(|byte| byte.is_ascii_digit()) {
            true => text.push_str(&format!("[{step}]")),
            false if bracket || text.is_empty() => text.push_str(step),
            false => text.push_str(&format!(".{step}")),
        }
    }
    text
}

/// A value as AWS gives it: lists and maps as JSON, all else as plain text.
fn read(text: &str) -> Value {
    let value = serde_json::from_str(text).unwrap_or(Value::Null);
    match is_nested(&value) {
        true => value,
        false => Value::String(text.to_string()),
    }
}

fn is_nested(value: &Value) -> bool {
    value.is_object() || value.is_array()
}

type Leaf = (Vec<String>, Option<String>, Option<String>);

/// Finds the values in which two trees differ. Elements of lists that have a name are told by it, wherever they stand.
fn compare(steps: &[String], before: Option<&Value>, after: Option<&Value>, into: &mut Vec<Leaf>) {
    if before == after {
        return;
    }
    let below = |step: String| [steps, &[step]].concat();
    match (before, after) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            for (key, value) in old {
                compare(&below(key.clone()), Some(value), new.get(key), into);
            }
            for (key, value) in new.iter().filter(|(key, _)| !old.contains_key(*key)) {
                compare(&below(key.clone()), None, Some(value), into);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            let (old, new) = (named(old), named(new));
            for (name, value) in &old {
                let other = new.iter().find(|(other, _)| other == name);
                compare(&below(name.clone()), Some(value), other.map(|(_, value)| *value), into);
            }
            for (name, value) in new
                .iter()
                .filter(|(name, _)| !old.iter().any(|(other, _)| other == name))
            {
                compare(&below(name.clone()), None, Some(value), into);
            }
        }
        _ => {
            let shown = |value: Option<&Value>| value.map(|value| shown(steps, value));
            into.push((steps.to_vec(), shown(before), shown(after)));
        }
    }
}

/// The elements of a list with what they are called: by their name, where all have one of their own, or else by their place.
fn named(list: &[Value]) -> Vec<(String, &Value)> {
    let name = |value: &Value| {
        let keys = ["Name", "Key", "SourceVolume"];
        let mut names = keys.iter().filter_map(|key| value.get(key)?.as_str());
        names.next().map(|name| format!("[{name}]"))
    };
    let names: Vec<Option<String>> = list.iter().map(name).collect();
    let distinct = names
        .iter()
        .enumerate()
        .all(|(at, name)| name.is_some() && !names[..at].contains(name));
    let elements = list.iter().zip(names).enumerate();
    elements
        .map(|(at, (value, name))| match name {
            Some(name) if distinct => (name, value),
            _ => (format!("[{at}]"), value),
        })
        .collect()
}

/// A value for the reader.
fn shown(steps: &[String], value: &Value) -> String {
    let variables = steps.iter().position(|step| step == "Environment");
    let below = variables.map(|at| steps.len() - at - 1);
    match (value, below) {
        // Long values come cut off, and then are no longer JSON that could be looked into.
        (Value::String(text), _) if text.starts_with(['[', '{']) => HIDDEN.to_string(),
        (Value::String(text), None | Some(0)) => text.clone(),
        (Value::String(text), _) if steps.last().is_some_and(|step| step == "Name") => text.clone(),
        (value, Some(_)) if is_nested(value) => without_values(value).to_string(),
        (value, None | Some(0)) => masked(value).to_string(),
        _ => HIDDEN.to_string(),
    }
}

/// A tree with the values of environment variables taken out.
fn masked(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            // An element of `Environment` that stands alone.
            let is_variable = map.len() == 2 && map.contains_key("Name") && map.contains_key("Value");
            let entries = map.iter().map(|(key, value)| {
                let value = match key.as_str() {
                    "Value" if is_variable => Value::from(HIDDEN),
                    "Environment" => without_values(value),
                    _ => masked(value),
                };
                (key.clone(), value)
            });
            Value::Object(entries.collect())
        }
        Value::Array(list) => list.iter().map(masked).collect(),
        value => value.clone(),
    }
}

/// `Environment` itself: only names are left.
fn without_values(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let entries = map.iter().map(|(key, value)| match (key.as_str(), value) {
                ("Name", name) => (key.clone(), name.clone()),
                (_, Value::Object(_)) => (key.clone(), without_values(value)),
                _ => (key.clone(), Value::from(HIDDEN)),
            });
            Value::Object(entries.collect())
        }
        Value::Array(list) => list.iter().map(without_values).collect(),
        _ => Value::from(HIDDEN),
    }
}
