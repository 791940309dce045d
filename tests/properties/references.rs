//! Every reference of a template finds what it names.

use std::collections::{BTreeMap, BTreeSet};

use loadline::catalog::Catalog;
use loadline::template::{Format, Template};
use proptest::prelude::*;
use serde_json::Value as Json;

use super::generate;
use super::template::{Mention, mentions, of_resource, section};
use super::{config, examples, one_file, templates};

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html>
const PSEUDO: &[&str] = &[
    "AWS::AccountId",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

/// What is wrong with the references of a template, of itself.
fn inner_faults(template: &Json, catalog: &Catalog) -> Vec<String> {
    let resources: BTreeMap<&String, &Json> = section(template, "Resources").collect();
    let parameters: BTreeSet<&String> = section(template, "Parameters").map(|(id, _)| id).collect();
    let mut used = BTreeSet::new();
    let mut faults = Vec::new();
    for (id, resource) in &resources {
        for mention in of_resource(resource) {
            let found = match &mention {
                Mention::Ref(target) if parameters.contains(target) => {
                    used.insert(target.clone());
                    true
                }
                Mention::Ref(target) => resources.contains_key(target) || PSEUDO.contains(&target.as_str()),
                Mention::Before(target) => resources.contains_key(target) && target != *id,
                Mention::Attribute(target, attribute) => resources.get(target).is_some_and(|target| {
                    let kind = target["Type"].as_str().expect("a resource has a type");
                    let kind = catalog.resource_type(kind).expect("the type check knows it");
                    kind.attribute(attribute).is_some()
                }),
            };
            if !found {
                faults.push(format!("{id}: {mention:?} is nothing"));
            }
        }
    }
    let unused = parameters.iter().filter(|id| !used.contains(**id));
    faults.extend(unused.map(|id| format!("the parameter {id} is unused")));
    faults
}

/// What a template reads of others: the names, and whether each is a list.
fn reads(template: &Json) -> Vec<(String, bool)> {
    let parameters = section(template, "Parameters").filter_map(|(_, parameter)| {
        let kind = parameter["Type"]
            .as_str()?
            .strip_prefix("AWS::SSM::Parameter::Value<")?;
        Some((parameter["Default"].as_str()?.to_string(), kind.starts_with("List<")))
    });
    parameters.collect()
}

/// What a template publishes: the names, and whether each is a list.
fn publishes(template: &Json) -> Vec<(String, bool)> {
    let parameters = section(template, "Resources").filter(|(_, resource)| resource["Type"] == "AWS::SSM::Parameter");
    let named = parameters.filter_map(|(_, resource)| {
        let properties = &resource["Properties"];
        Some((
            properties["Name"].as_str()?.to_string(),
            properties["Type"] == "StringList",
        ))
    });
    named.collect()
}

/// What is wrong with the references of a project's stacks, which stand in the order of deployment.
pub fn faults(templates: &[Template]) -> Vec<String> {
    let catalog = Catalog::new();
    let mut faults = Vec::new();
    let mut upstream: Vec<(String, bool)> = Vec::new();
    for template in templates {
        let json: Json = serde_json::from_str(&template.body).expect("the template is JSON");
        let own = inner_faults(&json, &catalog).into_iter();
        faults.extend(own.map(|fault| format!("{}: {fault}", template.stack)));
        for read in reads(&json).into_iter().filter(|(name, _)| !name.starts_with("/aws/")) {
            if upstream.iter().filter(|published| **published == read).count() != 1 {
                faults.push(format!("{}: {read:?} is not published once before it", template.stack));
            }
        }
        for (name, list) in publishes(&json) {
            if upstream.iter().any(|(other, _)| *other == name) {
                faults.push(format!("{}: {name} is published twice", template.stack));
            }
            upstream.push((name, list));
        }
        let missing = template.missing().map(|parameter| parameter.id.to_string());
        let declared: Vec<&String> = section(&json, "Parameters").map(|(id, _)| id).collect();
        faults.extend(
            missing
                .filter(|id| !declared.contains(&id))
                .map(|id| format!("{id} is not declared")),
        );
    }
    faults
}

#[test]
fn every_reference_of_the_examples_resolves() {
    for (name, files) in examples() {
        let templates = templates(&files, Format::Json).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        assert_eq!(faults(&templates), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn a_reference_to_nothing_is_found() {
    let template = serde_json::json!({
        "Parameters": {"Unused": {"Type": "String"}},
        "Resources": {"Topic": {
            "Type": "AWS::SNS::Topic",
            "DependsOn": "Gone",
            "Properties": {"DisplayName": {"Fn::Sub": "${Topic.Nothing} ${!Literal} ${Lost}"}},
        }},
    });
    assert_eq!(mentions(&template).len(), 2);
    assert_eq!(inner_faults(&template, &Catalog::new()).len(), 4);
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn every_reference_resolves(project in generate::projects(4)) {
        let templates = templates(&one_file(&project.documents()), Format::Json)?;
        prop_assert_eq!(faults(&templates), Vec::<String>::new());
    }
}
