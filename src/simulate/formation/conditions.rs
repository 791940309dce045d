//! Which conditions hold. In: a template and the values of its parameters. Out: truth by name. Must not know resources.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html>

use std::collections::BTreeMap;

use serde_json::Value;

use super::intrinsics::{Scope, text_of};
use super::names::Place;
use super::template::Template;

/// Which conditions of a template hold.
pub(super) fn conditions(
    template: &Template,
    parameters: &BTreeMap<String, Value>,
    place: &Place,
    stack: (&str, &str),
) -> Result<BTreeMap<String, bool>, String> {
    let none = BTreeMap::new();
    let resources = |name: &str, _: Option<&str>| {
        Err(format!(
            "Template format error: Unresolved dependencies [{name}]. Cannot reference resources in the Conditions block \
             of the template"
        ))
    };
    let scope = Scope {
        template,
        parameters,
        conditions: &none,
        place,
        stack,
        resources: &resources,
    };
    let mut known = BTreeMap::new();
    for name in template.conditions.keys() {
        let holds = named(name, &scope, &known, 0)?;
        known.insert(name.clone(), holds);
    }
    Ok(known)
}

fn named(name: &str, scope: &Scope, known: &BTreeMap<String, bool>, depth: usize) -> Result<bool, String> {
    if let Some(holds) = known.get(name) {
        return Ok(*holds);
    }
    if depth > scope.template.conditions.len() {
        return Err(format!(
            "Template error: Found circular condition dependency for {name}"
        ));
    }
    match scope.template.conditions.get(name) {
        Some(condition) => truth(condition, scope, known, depth + 1),
        None => Err(format!(
            "Template format error: Unresolved condition dependency {name} in the Conditions block of the template"
        )),
    }
}

fn truth(condition: &Value, scope: &Scope, known: &BTreeMap<String, bool>, depth: usize) -> Result<bool, String> {
    let wrong = || "Template error: every Conditions member must be one condition function.".to_string();
    let (function, argument) = condition
        .as_object()
        .filter(|map| map.len() == 1)
        .and_then(|map| map.iter().next())
        .ok_or_else(wrong)?;
    if function == "Condition" {
        return named(argument.as_str().unwrap_or_default(), scope, known, depth);
    }
    let items = argument.as_array().ok_or_else(wrong)?;
    let each = || -> Result<Vec<bool>, String> { items.iter().map(|item| truth(item, scope, known, depth)).collect() };
    match (function.as_str(), items.as_slice()) {
        ("Fn::Equals", [left, right]) => {
            let (left, right) = (scope.resolve(left)?, scope.resolve(right)?);
            // Parameters are text, so that 1 and "1" are the same.
            let text = |value: &Option<Value>| value.as_ref().and_then(text_of);
            Ok(left == right || text(&left).is_some() && text(&left) == text(&right))
        }
        ("Fn::Not", [_]) => Ok(each()?.iter().all(|holds| !holds)),
        ("Fn::And", [_, _, ..]) => Ok(each()?.iter().all(|holds| *holds)),
        ("Fn::Or", [_, _, ..]) => Ok(each()?.iter().any(|holds| *holds)),
        ("Fn::Equals" | "Fn::Not" | "Fn::And" | "Fn::Or", _) => {
            Err(format!("Template error: {function} takes another number of items."))
        }
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn holds(conditions: Value) -> Result<BTreeMap<String, bool>, String> {
        let template = Template {
            conditions: conditions.as_object().expect("an object").clone(),
            ..Template::default()
        };
        let place = Place {
            region: "eu-west-1".to_string(),
            account: "1".to_string(),
        };
        let parameters = BTreeMap::from([("P".to_string(), json!("1"))]);
        super::conditions(&template, &parameters, &place, ("s", "arn"))
    }

    #[test]
    fn all_functions_work_in_any_order() {
        let found = holds(json!({
            "Both": {"Fn::And": [{"Condition": "Is"}, {"Fn::Not": [{"Condition": "Not"}]}]},
            "Is": {"Fn::Equals": [{"Ref": "P"}, 1]},
            "Not": {"Fn::Not": [{"Condition": "Is"}]},
            "Either": {"Fn::Or": [{"Condition": "Not"}, {"Condition": "Is"}]},
        }));
        let expected = [("Both", true), ("Either", true), ("Is", true), ("Not", false)];
        let expected = expected.map(|(name, holds)| (name.to_string(), holds));
        assert_eq!(found, Ok(BTreeMap::from(expected)));
    }

    #[test]
    fn a_circle_is_refused() {
        let found = holds(json!({"A": {"Condition": "B"}, "B": {"Condition": "A"}}));
        assert!(found.expect_err("a circle").contains("circular"));
    }
}
