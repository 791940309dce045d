//! What must come before what. In: a template and its conditions. Out: its resources in an order, or AWS's text.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::references::references;
use super::template::{Resource, Template};

/// A resource in its turn.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    /// Its place in the template.
    pub index: usize,
    /// The logical IDs of what must be there before.
    pub needs: Vec<String>,
}

/// Whether a resource is there under these conditions.
pub(super) fn is_there(resource: &Resource, conditions: &BTreeMap<String, bool>) -> bool {
    let condition = resource.condition.as_ref();
    condition.is_none_or(|name| conditions.get(name) == Some(&true))
}

/// The resources that are there, each behind those it needs; in the order of the template where that is free.
pub(super) fn arrange(template: &Template, conditions: &BTreeMap<String, bool>) -> Result<Vec<Turn>, String> {
    let known: BTreeMap<&str, bool> = template
        .resources
        .iter()
        .map(|resource| (resource.logical.as_str(), is_there(resource, conditions)))
        .collect();
    let mut missing = BTreeSet::new();
    let mut waiting = Vec::new();
    for (index, resource) in template.resources.iter().enumerate() {
        if let Some(condition) = &resource.condition
            && !conditions.contains_key(condition)
        {
            return Err(format!(
                "Template format error: Unresolved condition dependency {condition} in the Resources block of the template"
            ));
        }
        if !is_there(resource, conditions) {
            continue;
        }
        let mut needs = BTreeSet::new();
        for value in [&resource.properties, &resource.beside] {
            for found in references(&Value::Object(value.clone()), "", conditions) {
                match known.get(found.to.as_str()) {
                    Some(true) => _ = needs.insert(found.to),
                    None if found.attribute.is_none() && template.parameters.contains_key(&found.to) => {}
                    _ => _ = missing.insert(found.to),
                }
            }
        }
        for name in &resource.depends_on {
            match known.get(name.as_str()) {
                Some(true) => _ = needs.insert(name.clone()),
                // A resource may wait for one that its condition leaves out.
                Some(false) => {}
                None => _ = missing.insert(name.clone()),
            }
        }
        let needs = needs.into_iter().collect();
        waiting.push(Turn { index, needs });
    }
    if !missing.is_empty() {
        let missing: Vec<String> = missing.into_iter().collect();
        return Err(format!(
            "Template format error: Unresolved resource dependencies [{}] in the Resources block of the template",
            missing.join(", ")
        ));
    }
    let name = |turn: &Turn| template.resources[turn.index].logical.as_str();
    let mut placed: BTreeSet<&str> = BTreeSet::new();
    let mut order = Vec::new();
    while !waiting.is_empty() {
        let ready = waiting
            .iter()
            .position(|turn| turn.needs.iter().all(|need| placed.contains(need.as_str())));
        let Some(ready) = ready else {
            let circle: Vec<&str> = waiting.iter().map(name).collect();
            return Err(format!(
                "Circular dependency between resources: [{}]",
                circle.join(", ")
            ));
        };
        let turn = waiting.remove(ready);
        placed.insert(name(&turn));
        order.push(turn);
    }
    Ok(order)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalog::Catalog;

    fn order(resources: Value) -> Result<Vec<String>, String> {
        let text = json!({"Resources": resources}).to_string();
        let template = crate::simulate::formation::template::parse(&text, &Catalog::new()).expect("it is a template");
        let turns = arrange(&template, &BTreeMap::new())?;
        Ok(turns
            .iter()
            .map(|turn| template.resources[turn.index].logical.clone())
            .collect())
    }

    fn topic(properties: Value, depends_on: &[&str]) -> Value {
        json!({"Type": "AWS::SNS::Topic", "Properties": properties, "DependsOn": depends_on})
    }

    #[test]
    fn what_is_needed_comes_first() {
        let found = order(json!({
            "C": topic(json!({"DisplayName": {"Ref": "B"}}), &[]),
            "B": topic(json!({}), &["A"]),
            "A": topic(json!({}), &[]),
        }));
        assert_eq!(found, Ok(vec!["A".to_string(), "B".to_string(), "C".to_string()]));
    }

    #[test]
    fn circles_and_holes_are_refused() {
        let circle = json!({"A": topic(json!({}), &["B"]), "B": topic(json!({}), &["A"])});
        assert_eq!(
            order(circle),
            Err("Circular dependency between resources: [A, B]".to_string())
        );
        let hole = json!({"A": topic(json!({"DisplayName": {"Ref": "Z"}}), &[])});
        assert_eq!(
            order(hole),
            Err(
                "Template format error: Unresolved resource dependencies [Z] in the Resources block of the template"
                    .to_string()
            )
        );
    }
}
