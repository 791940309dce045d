//! What a value refers to. In: a property with functions in it. Out: names, and where in the property. Must not know values.

use std::collections::BTreeMap;

use serde_json::Value;

use super::intrinsics::call;
use super::substitute::{Part, parts};

/// A mention of a parameter or of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    /// Where, as names with dots between them; steps into lists have no mark.
    pub path: String,
    /// The parameter or the resource.
    pub to: String,
    /// The attribute, of an `Fn::GetAtt`.
    pub attribute: Option<String>,
}

/// What is mentioned below `value`, in the branches of `Fn::If` that are taken.
pub(super) fn references(value: &Value, path: &str, conditions: &BTreeMap<String, bool>) -> Vec<Reference> {
    let mut found = Vec::new();
    collect(value, path, conditions, &mut found);
    found
}

fn collect(value: &Value, path: &str, conditions: &BTreeMap<String, bool>, found: &mut Vec<Reference>) {
    let mut add = |to: &str, attribute: Option<&str>| {
        if !to.starts_with("AWS::") {
            found.push(Reference {
                path: path.to_string(),
                to: to.to_string(),
                attribute: attribute.map(str::to_string),
            });
        }
    };
    let map = match value {
        Value::Array(items) => return items.iter().for_each(|item| collect(item, path, conditions, found)),
        Value::Object(map) => map,
        _ => return,
    };
    match call(map) {
        None => {
            for (name, value) in map {
                collect(value, &format!("{path}.{name}"), conditions, found);
            }
        }
        Some(("Ref", Value::String(name))) => add(name, None),
        Some(("Fn::GetAtt", Value::String(dotted))) => {
            if let Some((logical, attribute)) = dotted.split_once('.') {
                add(logical, Some(attribute));
            }
        }
        Some(("Fn::GetAtt", Value::Array(items))) => {
            let attribute = items.get(1).and_then(Value::as_str).unwrap_or_default();
            if let Some(logical) = items.first().and_then(Value::as_str) {
                add(logical, Some(attribute));
            }
        }
        Some(("Fn::If", Value::Array(items))) if items.len() == 3 => {
            let holds = items[0].as_str().and_then(|name| conditions.get(name));
            let taken = if holds == Some(&true) { 1 } else { 2 };
            collect(&items[taken], path, conditions, found);
        }
        Some(("Fn::Sub", argument)) => {
            let (text, variables) = match argument {
                Value::Array(items) => (items.first(), items.get(1)),
                text => (Some(text), None),
            };
            let is_variable = |name: &str| variables.is_some_and(|variables| variables.get(name).is_some());
            for part in parts(text.and_then(Value::as_str).unwrap_or_default()) {
                match part {
                    Part::Name(name) if !is_variable(name) => match name.split_once('.') {
                        Some((logical, attribute)) => add(logical, Some(attribute)),
                        None => add(name, None),
                    },
                    _ => {}
                }
            }
            let values = variables.and_then(Value::as_object).into_iter().flatten();
            values.for_each(|(_, value)| collect(value, path, conditions, found));
        }
        Some((_, argument)) => collect(argument, path, conditions, found),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_mentions_are_found_and_only_taken_branches() {
        let value = json!({
            "A": [{"B": {"Ref": "One"}}, {"Fn::Join": ["", [{"Fn::GetAtt": ["Two", "Arn"]}, {"Ref": "AWS::Region"}]]}],
            "C": {"Fn::If": ["Yes", {"Ref": "Three"}, {"Ref": "No"}]},
            "D": {"Fn::Sub": ["${Four}${Five.Id}${V}", {"V": {"Ref": "Six"}}]},
        });
        let conditions = BTreeMap::from([("Yes".to_string(), true)]);
        let found: Vec<String> = references(&value, "P", &conditions)
            .into_iter()
            .map(|found| format!("{}={}.{}", found.path, found.to, found.attribute.unwrap_or_default()))
            .collect();
        let expected = [
            "P.A.B=One.",
            "P.A=Two.Arn",
            "P.C=Three.",
            "P.D=Four.",
            "P.D=Five.Id",
            "P.D=Six.",
        ];
        assert_eq!(found, expected);
    }
}
