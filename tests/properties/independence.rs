//! A change of one thing leaves the others as they are.

use std::collections::BTreeMap;

use loadline::template::Format;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value as Json, json};

use super::generate::{self, Project};
use super::template::section;
use super::{config, difference, one_file, run, stacks, templates};

/// The entries of a block of a document.
fn block<'a>(document: &'a mut Json, key: &str) -> &'a mut Map<String, Json> {
    let document = document.as_object_mut().expect("a mapping");
    let block = document.entry(key).or_insert_with(|| json!({}));
    block.as_object_mut().expect("a mapping")
}

/// The resources of all stacks, each by stack and logical ID.
fn resources(stacks: &BTreeMap<String, Json>) -> BTreeMap<String, &Json> {
    let mut all = BTreeMap::new();
    for (stack, template) in stacks {
        let own = template["Resources"].as_object().expect("a template has resources");
        all.extend(own.iter().map(|(id, resource)| (format!("{stack}/{id}"), resource)));
    }
    all
}

/// Puts an entry into a mapping, at a place of many.
fn inserted(map: &Map<String, Json>, at: Index, key: &str, value: &Json) -> Map<String, Json> {
    let mut entries: Vec<(String, Json)> = map.clone().into_iter().collect();
    entries.insert(at.index(entries.len() + 1), (key.to_string(), value.clone()));
    entries.into_iter().collect()
}

proptest! {
    #![proptest_config(config(16))]

    #[test]
    fn a_third_app_changes_nothing_of_the_others(project in generate::apps(3, 3), at: Index) {
        let Project { clusters, apps, components } = project;
        let without: Vec<Json> = clusters.iter().chain(&apps[..2]).chain(&components).cloned().collect();
        let mut with = without.clone();
        with.insert(at.index(with.len() + 1), apps[2].clone());
        // Two routes whose priorities fall together move each other, which is a warning with a repair.
        let compiled = run(&one_file(&with), Format::Json);
        prop_assume!(compiled.diagnostics.iter().all(|fault| fault.code.name() != "priority-clash"));
        let with = templates(&one_file(&with), Format::Yaml)?;
        for before in templates(&one_file(&without), Format::Yaml)? {
            let after = with.iter().find(|after| after.stack == before.stack);
            let after = after.map(|after| (&after.body, after.parameter_file()));
            prop_assert_eq!(after, Some((&before.body, before.parameter_file())));
        }
    }

    #[test]
    fn a_new_service_changes_nothing_of_the_others(project in generate::apps(1, 4), at: Index) {
        let mut documents = project.documents();
        let app = documents.iter_mut().find(|document| document.get("app").is_some()).expect("there is an app");
        // What refers to the service comes and goes with it; no service links to the first.
        app.as_object_mut().expect("a mapping").shift_remove("resources");
        let services = block(app, "services");
        let first = services.iter().next().map(|(name, json)| (name.clone(), json.clone()));
        let (name, mut service) = first.expect("there is a service");
        services.shift_remove(&name);
        // A service that is called for the first time gets a way in.
        if let Some(links) = service.get_mut("links").and_then(Json::as_object_mut) {
            links.retain(|_, access| access != "call");
        }
        let others = services.clone();
        let without = stacks(&one_file(&documents))?;
        let app = documents.iter_mut().find(|document| document.get("app").is_some()).expect("there is an app");
        *block(app, "services") = inserted(&others, at, &name, &service);
        let with = stacks(&one_file(&documents))?;
        let with = resources(&with);
        for (place, before) in resources(&without) {
            // The app's own record says what all of it reads.
            if place == "production-shop-base/Reads" {
                continue;
            }
            let after = with.get(&place);
            prop_assert!(after.is_some(), "{place} is gone");
            let found = difference(before, after.expect("it is there"));
            prop_assert!(found.is_none(), "{place}{}", found.unwrap_or_default());
        }
    }

    #[test]
    fn a_renamed_thing_keeps_its_resources(project in generate::apps(1, 3), which: Index) {
        let documents = project.documents();
        let app = documents.iter().position(|document| document.get("app").is_some()).expect("there is an app");
        let mut renamed = documents.clone();
        let mut places = Vec::new();
        for (document, kind) in [(app, "services"), (app, "tasks"), (app, "components"), (0, "daemons")] {
            let names = section(&documents[document], kind).map(|(name, _)| (document, kind, name.clone()));
            places.extend(names);
        }
        let (document, kind, old) = which.get(&places);
        rename(&mut renamed[*document], kind, old, "new-name");
        let (before, after) = (stacks(&one_file(&documents))?, stacks(&one_file(&renamed))?);
        let (before, after) = (resources(&before), resources(&after));
        let ids = |all: &BTreeMap<String, &Json>| all.keys().cloned().collect::<Vec<_>>();
        prop_assert_eq!(ids(&before), ids(&after));
        for (place, resource) in before {
            // Links name variables after what they lead to; what stands in them stays.
            let found = difference(&without_variable_names(resource), &without_variable_names(after[&place]));
            prop_assert!(found.is_none(), "{place}{}", found.unwrap_or_default());
        }
    }
}

/// Gives a thing another name, and tells all that mention it.
fn rename(document: &mut Json, kind: &str, old: &str, new: &str) {
    let entries = block(document, kind).clone().into_iter().map(|(name, mut json)| {
        if name != old {
            return (name, json);
        }
        json["renamed-from"] = json!(old);
        (new.to_string(), json)
    });
    *block(document, kind) = entries.collect();
    let mut text = document.to_string();
    text = text.replace(&format!("${{{old}."), &format!("${{{new}."));
    *document = serde_json::from_str(&text).expect("it was JSON");
    for kind in ["services", "tasks"] {
        for running in document
            .get_mut(kind)
            .and_then(Json::as_object_mut)
            .into_iter()
            .flat_map(Map::values_mut)
        {
            let links = running.get("links").and_then(Json::as_object).cloned();
            if let Some(links) = links {
                let links = links.into_iter().map(|(to, access)| {
                    if to == old {
                        (new.to_string(), access)
                    } else {
                        (to, access)
                    }
                });
                running["links"] = Json::Object(links.collect());
            }
        }
    }
}

/// A resource with the values of variables only.
fn without_variable_names(json: &Json) -> Json {
    match json {
        Json::Object(map) => {
            let entries = map.iter().map(|(key, value)| match (key.as_str(), value) {
                ("Environment", Json::Array(variables)) => {
                    let values = variables.iter().map(|variable| variable["Value"].clone());
                    (key.clone(), Json::Array(values.collect()))
                }
                _ => (key.clone(), without_variable_names(value)),
            });
            Json::Object(entries.collect())
        }
        Json::Array(items) => items.iter().map(without_variable_names).collect(),
        _ => json.clone(),
    }
}
