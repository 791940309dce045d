//! What a project means does not hang on how it is written.

use std::collections::BTreeMap;

use loadline::template::Format;
use proptest::prelude::*;
use serde_json::{Map, Value as Json};

use super::generate;
use super::spell::{self, Dice};
use super::{config, one_file, same, stacks, templates};
use crate::template::reader::read;

/// The document with the keys of each mapping in another order.
fn shuffled(json: &Json, dice: &mut Dice) -> Json {
    match json {
        Json::Object(map) => {
            let mut entries: Vec<(&String, &Json)> = map.iter().collect();
            for at in (1..entries.len()).rev() {
                entries.swap(at, dice.roll(at + 1));
            }
            let entries = entries
                .into_iter()
                .map(|(key, value)| (key.clone(), shuffled(value, dice)));
            Json::Object(entries.collect())
        }
        Json::Array(items) => items.iter().map(|item| shuffled(item, dice)).collect(),
        _ => json.clone(),
    }
}

/// A template in which no order counts that a mapping of the spec gave: a list of mappings (variables, volumes, policy
/// statements) stands in the order in which the user wrote them.
fn unordered(json: &Json) -> Json {
    match json {
        Json::Object(map) => {
            let sorted: BTreeMap<&String, &Json> = map.iter().collect();
            let entries = sorted.into_iter().map(|(key, value)| (key.clone(), unordered(value)));
            Json::Object(entries.collect::<Map<String, Json>>())
        }
        Json::Array(items) => {
            let mut items: Vec<Json> = items.iter().map(unordered).collect();
            if items.iter().any(Json::is_object) {
                items.sort_by_key(Json::to_string);
            }
            Json::Array(items)
        }
        _ => json.clone(),
    }
}

fn meaning(documents: &[Json]) -> Result<BTreeMap<String, Json>, TestCaseError> {
    let stacks = stacks(&one_file(documents))?.into_iter();
    Ok(stacks.map(|(name, json)| (name, unordered(&json))).collect())
}

/// All that a compile writes, in order: names and texts.
fn written(files: &[(String, String)]) -> Result<Vec<(String, String)>, TestCaseError> {
    let mut all = Vec::new();
    for format in [Format::Json, Format::Yaml] {
        for template in templates(files, format)? {
            let parameters = format!("{} parameters", template.stack);
            all.push((parameters, template.parameter_file()));
            all.push((template.stack, template.body));
        }
    }
    Ok(all)
}

/// Demands that two compiles write the same.
fn equal(a: &[(String, String)], b: &[(String, String)]) -> Result<(), TestCaseError> {
    let names = |all: &[(String, String)]| all.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    prop_assert_eq!(names(a), names(b));
    for ((name, a), (_, b)) in a.iter().zip(b) {
        let other = a.lines().zip(b.lines()).find(|(a, b)| a != b);
        prop_assert!(a == b, "{name}: {other:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(16))]

    #[test]
    fn made_up_projects_are_valid(project in generate::projects(4)) {
        templates(&one_file(&project.documents()), Format::Json)?;
    }

    #[test]
    fn the_order_of_keys_does_not_matter(project in generate::projects(3), seed: u64) {
        let mut dice = Dice::new(seed);
        let documents = project.documents();
        let others: Vec<Json> = documents.iter().map(|document| shuffled(document, &mut dice)).collect();
        same(&meaning(&documents)?, &meaning(&others)?)?;
    }

    #[test]
    fn files_and_styles_do_not_matter(project in generate::projects(3), seed: u64) {
        let mut dice = Dice::new(seed);
        let documents = project.documents();
        let one = written(&one_file(&documents))?;
        let block = [("a.yaml".to_string(), spell::yaml(&documents, &mut dice))];
        equal(&one, &written(&block)?)?;
        let split = documents.iter().zip(0..).map(|(document, number)| {
            let text = spell::block(document, &mut dice);
            (format!("{number}.yml"), text)
        });
        equal(&one, &written(&split.collect::<Vec<_>>())?)?;
    }

    #[test]
    fn two_compiles_write_the_same_bytes(project in generate::projects(3)) {
        let files = one_file(&project.documents());
        equal(&written(&files)?, &written(&files)?)?;
    }

    #[test]
    fn yaml_and_json_mean_the_same(project in generate::projects(3)) {
        let files = one_file(&project.documents());
        let yaml = templates(&files, Format::Yaml)?.into_iter();
        let yaml = yaml.map(|template| (template.stack, read(&template.body)));
        same(&stacks(&files)?, &yaml.collect())?;
    }
}
