//! Which resources of a template a value may change that is published by another stack. In: a template, names in Systems
//! Manager. Out: logical IDs. Must not know what is deployed.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// The resources that take one of these values, or take something of a resource that does: each may change with it.
pub fn reached(template: &str, names: &BTreeSet<String>) -> BTreeSet<String> {
    let body: Value = serde_json::from_str(template).unwrap_or_default();
    let parameters = section(&body, "Parameters");
    let read = parameters.filter(|(_, parameter)| {
        let of_ssm = parameter["Type"].as_str().unwrap_or_default();
        let name = parameter["Default"].as_str().unwrap_or_default();
        of_ssm.starts_with("AWS::SSM::Parameter::") && names.contains(name)
    });
    let mut moved: BTreeSet<String> = read.map(|(id, _)| id.clone()).collect();
    if moved.is_empty() {
        return moved;
    }
    // What refers to what moves, moves too; each round finds one at least, or is the last.
    let mut conditions = BTreeSet::new();
    let mut resources = BTreeSet::new();
    loop {
        let before = conditions.len() + resources.len();
        for (id, condition) in section(&body, "Conditions") {
            if mentions(condition, &moved, &conditions) {
                conditions.insert(id.clone());
            }
        }
        for (id, resource) in section(&body, "Resources") {
            if mentions(resource, &moved, &conditions) {
                resources.insert(id.clone());
                moved.insert(id.clone());
            }
        }
        if conditions.len() + resources.len() == before {
            return resources;
        }
    }
}

fn section<'a>(body: &'a Value, name: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    body[name].as_object().into_iter().flatten()
}

/// Whether a value refers to one of these parameters or resources, or hangs on one of these conditions.
fn mentions(value: &Value, moved: &BTreeSet<String>, conditions: &BTreeSet<String>) -> bool {
    match value {
        Value::Array(list) => list.iter().any(|value| mentions(value, moved, conditions)),
        Value::Object(map) => {
            is_mention(map, moved, conditions) || map.values().any(|value| mentions(value, moved, conditions))
        }
        _ => false,
    }
}

fn is_mention(map: &Map<String, Value>, moved: &BTreeSet<String>, conditions: &BTreeSet<String>) -> bool {
    map.iter().any(|(key, value)| {
        let first = value.as_array().and_then(|list| list.first()).unwrap_or(value);
        let text = first.as_str().unwrap_or_default();
        match key.as_str() {
            "Ref" => moved.contains(text),
            "Fn::GetAtt" => moved.contains(text.split('.').next().unwrap_or_default()),
            "Fn::Sub" => named_in(text).any(|name| moved.contains(name)),
            "Condition" | "Fn::If" => conditions.contains(text),
            _ => false,
        }
    })
}

/// The names in a text for `Fn::Sub`: `web` of `${web.Arn}`.
fn named_in(text: &str) -> impl Iterator<Item = &str> {
    let inside = text.split("${").skip(1).filter_map(|rest| rest.split('}').next());
    inside.map(|path| path.trim().split('.').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_reaches_what_takes_it_and_what_takes_that() {
        let template = r#"{
            "Parameters": {
                "Vpc": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/v1/vpc"},
                "Zone": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/v1/zone"},
                "Size": {"Type": "String", "Default": "/v1/vpc"}
            },
            "Conditions": {"IsThere": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Vpc"}, ""]}]}},
            "Resources": {
                "Group": {"Properties": {"VpcId": {"Ref": "Vpc"}}},
                "Rule": {"Properties": {"Group": {"Fn::GetAtt": ["Group", "Id"]}}},
                "Text": {"Properties": {"Text": {"Fn::Sub": "a ${Rule.Arn} b"}}},
                "If": {"Condition": "IsThere", "Properties": {}},
                "Other": {"Properties": {"Zone": {"Ref": "Zone"}, "Size": {"Ref": "Size"}}}
            }
        }"#;
        let names = |list: &[&str]| list.iter().map(|name| name.to_string()).collect::<BTreeSet<_>>();
        assert_eq!(
            reached(template, &names(&["/v1/vpc"])),
            names(&["Group", "Rule", "Text", "If"])
        );
        assert_eq!(reached(template, &names(&["/v1/zone"])), names(&["Other"]));
        assert_eq!(reached(template, &names(&["/v1/none"])), names(&[]));
        assert_eq!(reached("no template", &names(&["/v1/vpc"])), names(&[]));
    }
}
