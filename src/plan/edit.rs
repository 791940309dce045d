//! What changes inside a resource, value by value. In: details of a change. Out: [`Edit`]s. Values of environment variables
//! leave here apart, as [`Hidden`]; secrets never do.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cloud::formation::ChangeDetail;

use super::hidden;

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
    /// What stands behind [`HIDDEN`], for a reader who asks to see it. It is never part of a file.
    #[serde(skip)]
    pub hidden: Option<Hidden>,
}

/// The values of environment variables, before and after. What must not be shown even to one who asks is not in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden {
    before: Option<String>,
    after: Option<String>,
}

impl fmt::Debug for Hidden {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(HIDDEN)
    }
}

impl Edit {
    /// Shows the values of environment variables. What comes of it is for the reader's eyes: it must not be kept.
    pub fn reveal(&mut self) {
        if let Some(Hidden { before, after }) = self.hidden.take() {
            self.before = before;
            self.after = after;
        }
    }
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
                        one.hidden = edit.hidden;
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
    let read = |value: &Option<String>| value.as_deref().map(read);
    let (before, after) = (read(&detail.before), read(&detail.after));
    let (before, after) = (before.as_ref(), after.as_ref());
    let mut leaves = Vec::new();
    match (before, after) {
        (Some(old), Some(new)) if is_nested(old) && is_nested(new) => compare(&steps, before, after, &mut leaves),
        _ => leaves.push((steps, before, after)),
    }
    let leaves = leaves.into_iter();
    leaves
        .map(|(steps, before, after)| edit(&steps, before, after, recreates))
        .collect()
}

fn edit(steps: &[String], before: Option<&Value>, after: Option<&Value>, recreates: Option<Recreates>) -> Edit {
    let values = [before, after];
    // A secret that moves into a store was written in plain before.
    let is_secret = values.iter().flatten().any(|value| hidden::is_reference(value));
    let told = |reveal: bool| {
        values.map(|value| {
            value.map(|value| match (is_secret, told(steps, value, reveal)) {
                (true, _) => HIDDEN.to_string(),
                (false, Value::String(text)) => text,
                (false, value) => value.to_string(),
            })
        })
    };
    let ([before, after], [old, new]) = (told(false), told(true));
    let hides = (&before, &after) != (&old, &new);
    Edit {
        property: written(steps),
        before,
        after,
        recreates,
        hidden: hides.then_some(Hidden {
            before: old,
            after: new,
        }),
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

type Leaf<'a> = (Vec<String>, Option<&'a Value>, Option<&'a Value>);

/// Finds the values in which two trees differ. Elements of lists that have a name are told by it, wherever they stand.
fn compare<'a>(steps: &[String], before: Option<&'a Value>, after: Option<&'a Value>, into: &mut Vec<Leaf<'a>>) {
    if before == after {
        return;
    }
    let below = |step: String| [steps, &[step]].concat();
    match (before, after) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let (own, other) = (variable_steps(steps, old), variable_steps(steps, new));
            if own != other {
                // Another variable at the same place is no variable that changes.
                into.push((own, before, None));
                into.push((other, None, after));
                return;
            }
            let below = |step: String| [&own[..], &[step]].concat();
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
        _ => into.push((steps.to_vec(), before, after)),
    }
}

/// The elements of a list with what they are called: by their name, where all have one of their own, or else by their place.
fn named(list: &[Value]) -> Vec<(String, &Value)> {
    let name = |value: &Value| {
        let keys = ["Name", "name", "Key", "SourceVolume"];
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

/// A value as the reader may see it at its place; `reveal` shows variables too.
fn told(steps: &[String], value: &Value, reveal: bool) -> Value {
    let hidden = Value::from(HIDDEN);
    if hidden::is_taken(steps) {
        return hidden;
    }
    let below = |step: &str| [steps, &[step.to_string()]].concat();
    let variables = steps.iter().position(|step| is_environment(step));
    let inside = variables.map(|at| &steps[at + 1..]).filter(|inside| !inside.is_empty());
    match (value, inside) {
        (Value::Object(map), _) => {
            let name = variable(map);
            let entries = map.iter().map(|(key, value)| {
                let place = match name {
                    // An element of `Environment` that stands alone.
                    Some(name) if !is_name(key) => [steps, &["Environment", name, key].map(str::to_string)].concat(),
                    _ => below(key),
                };
                (key.clone(), told(&place, value, reveal))
            });
            Value::Object(entries.collect())
        }
        (Value::Array(list), _) => {
            let elements = named(list).into_iter();
            elements
                .map(|(name, value)| told(&below(&name), value, reveal))
                .collect()
        }
        (value, _) if hidden::is_reference(value) => hidden,
        // Long values come cut off, and then are no longer JSON that could be looked into.
        (Value::String(text), _) if text.starts_with(['[', '{']) => hidden,
        (value, None) => value.clone(),
        (value, Some(_)) if steps.last().is_some_and(|step| is_name(step)) => value.clone(),
        (value, Some(names)) if reveal && !hidden::is_variable(names, value) => value.clone(),
        _ => hidden,
    }
}

/// Whether variables stand below this step; a scheduled task has it in small letters.
fn is_environment(step: &str) -> bool {
    let step = step.to_ascii_lowercase();
    step == "environment" || step.ends_with("environmentvariables")
}

fn is_name(step: &str) -> bool {
    step.eq_ignore_ascii_case("name")
}

/// The way to a variable that AWS gives by its place among others: by its name, since a place says nothing.
fn variable_steps(steps: &[String], map: &serde_json::Map<String, Value>) -> Vec<String> {
    let (Some(name), [above @ .., last]) = (variable(map), steps) else {
        return steps.to_vec();
    };
    let is_place = last.bytes().all(|byte| byte.is_ascii_digit());
    match is_place && above.last().is_some_and(|step| is_environment(step)) {
        true => [above, &[format!("[{name}]")]].concat(),
        false => steps.to_vec(),
    }
}

/// The name of a variable, of what is nothing else than one.
fn variable(map: &serde_json::Map<String, Value>) -> Option<&str> {
    let get = |wanted: &str| {
        let found = map.iter().find(|(key, _)| key.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value)
    };
    match (map.len(), get("name"), get("value")) {
        (2, Some(name), Some(_)) => name.as_str(),
        _ => None,
    }
}
