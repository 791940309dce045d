//! The values of a template's parameters. In: what is asked for, and what was before. Out: values, or AWS's text.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html>

use std::collections::BTreeMap;

use regex_lite::Regex;
use serde_json::{Map, Value};

use super::intrinsics::text_of;
use crate::simulate::account::Account;

/// What parameters are given, by name, and what they stand for. The two differ where a value is the name of a parameter
/// of Systems Manager.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Values {
    /// As they are given.
    pub given: BTreeMap<String, String>,
    /// What `Ref` gives.
    pub meant: BTreeMap<String, Value>,
}

impl Values {
    /// What those stand for whose value is the name of a parameter of Systems Manager.
    pub fn resolved(&self) -> BTreeMap<String, String> {
        let written = |value: &Value| match value {
            Value::Array(items) => {
                let items: Vec<String> = items.iter().filter_map(text_of).collect();
                Some(items.join(","))
            }
            other => text_of(other),
        };
        let all = self
            .meant
            .iter()
            .filter_map(|(name, value)| Some((name, written(value)?)));
        let differs = |name: &String, value: &String| {
            self.given
                .get(name)
                .is_some_and(|given| given.starts_with('/') && given != value)
        };
        all.filter(|(name, value)| differs(name, value))
            .map(|(name, value)| (name.clone(), value))
            .collect()
    }
}

/// Resolves the parameters that are `declared`. A wish without a value keeps the one `before`.
pub(super) fn values(
    declared: &Map<String, Value>,
    wishes: &[(String, Option<String>)],
    before: &BTreeMap<String, String>,
    account: &Account,
) -> Result<Values, String> {
    let list = |names: Vec<&str>| names.join(", ");
    let unknown: Vec<&str> = wishes
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| !declared.contains_key(*name))
        .collect();
    if !unknown.is_empty() {
        return Err(format!("Parameters: [{}] do not exist in the template", list(unknown)));
    }
    let mut values = Values::default();
    let mut missing = Vec::new();
    for (name, about) in declared {
        let wish = wishes.iter().find(|(wished, _)| wished == name);
        let value = match wish {
            Some((_, Some(value))) => Some(value.clone()),
            Some((_, None)) => Some(before.get(name).cloned().ok_or_else(|| {
                format!(
                    "Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a parameter key \
                     not in the previous template"
                )
            })?),
            None => about.get("Default").and_then(text_of),
        };
        match value {
            Some(value) => _ = values.given.insert(name.clone(), value),
            None => missing.push(name.as_str()),
        }
    }
    if !missing.is_empty() {
        return Err(format!("Parameters: [{}] must have values", list(missing)));
    }
    let mut unfetched = Vec::new();
    for (name, value) in &values.given {
        let about = &declared[name];
        let kind = about.get("Type").and_then(Value::as_str).unwrap_or("String");
        satisfies(name, about, kind, value)?;
        let stored = kind
            .strip_prefix("AWS::SSM::Parameter::Value<")
            .and_then(|rest| rest.strip_suffix('>'));
        let (kind, value) = match stored {
            None => (kind, value.clone()),
            Some(kind) => match account.parameter(value) {
                Ok(parameter) => (kind, parameter.value),
                Err(_) => {
                    unfetched.push(value.as_str());
                    continue;
                }
            },
        };
        let is_list = kind == "CommaDelimitedList" || kind.starts_with("List<");
        let meant = match is_list {
            true => value.split(',').map(|item| Value::from(item.trim())).collect(),
            false => Value::from(value),
        };
        values.meant.insert(name.clone(), meant);
    }
    match unfetched.is_empty() {
        true => Ok(values),
        false => Err(format!(
            "Unable to fetch parameters [{}] from parameter store for this account.",
            unfetched.join(",")
        )),
    }
}

/// Whether a value is what its declaration allows.
fn satisfies(name: &str, about: &Value, kind: &str, value: &str) -> Result<(), String> {
    let about_it = about.get("ConstraintDescription").and_then(Value::as_str);
    let refuse = |text: String| match about_it {
        Some(described) => Err(format!("Parameter '{name}' failed to satisfy constraint: {described}")),
        None => Err(format!("Parameter '{name}' {text}")),
    };
    let number = |key: &str| {
        about
            .get(key)
            .and_then(text_of)
            .and_then(|text| text.parse::<f64>().ok())
    };
    let is_list = kind.starts_with("List<") || kind == "CommaDelimitedList";
    let items: Vec<&str> = match is_list {
        true => value.split(',').map(str::trim).collect(),
        false => vec![value],
    };
    for item in items {
        if matches!(kind, "Number" | "List<Number>") {
            let Ok(number_of) = item.parse::<f64>() else {
                return Err(format!("Parameter '{name}' must be a number."));
            };
            if let Some(least) = number("MinValue").filter(|least| number_of < *least) {
                return refuse(format!("must be a number not less than {least}"));
            }
            if let Some(most) = number("MaxValue").filter(|most| number_of > *most) {
                return refuse(format!("must be a number not greater than {most}"));
            }
        }
        let length = item.chars().count() as f64;
        if let Some(least) = number("MinLength").filter(|least| length < *least) {
            return refuse(format!("must contain at least {least} characters"));
        }
        if let Some(most) = number("MaxLength").filter(|most| length > *most) {
            return refuse(format!("must contain at most {most} characters"));
        }
        if let Some(allowed) = about.get("AllowedValues").and_then(Value::as_array) {
            let allowed: Vec<String> = allowed.iter().filter_map(text_of).collect();
            if !allowed.iter().any(|allowed| allowed == item) {
                return refuse(format!("must be one of AllowedValues [{}]", allowed.join(", ")));
            }
        }
        if let Some(pattern) = about.get("AllowedPattern").and_then(Value::as_str) {
            // The whole value must match. A pattern that only Java can read holds for every value: our choice.
            let regex = Regex::new(&format!("^(?:{pattern})$"));
            if regex.is_ok_and(|regex| !regex.is_match(item)) {
                return refuse(format!("must match pattern {pattern}"));
            }
        }
    }
    Ok(())
}
