//! The least that somebody must be allowed. In: what is to be done, and the project. Out: policies of IAM, each within the limit
//! of a managed policy.
//!
//! There are two halves. What loadline asks of AWS is in the table beside [`crate::cloud::Cloud`]. What CloudFormation does to
//! resources it does in the caller's name, so that the caller needs what the handlers of their types need; that half holds only
//! for requests that come by way of CloudFormation.

mod pack;
mod place;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::catalog;
use crate::cloud::actions::{ACTIONS, BY_CLOUDFORMATION, On, Purpose};
use crate::spec::Spec;
use crate::template::Template;

use place::Place;

/// A policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// What to call it: `loadline-apply-1`.
    pub name: String,
    /// The document.
    pub document: Value,
    /// Its length as IAM counts it: without white space.
    pub characters: usize,
}

/// A statement before it is written down.
#[derive(Clone, Debug, PartialEq)]
struct Statement {
    sid: String,
    actions: Vec<String>,
    resources: Vec<String>,
    condition: Option<Value>,
}

/// The policies for a purpose. `templates` are all of the project.
pub fn policies(purpose: Purpose, spec: &Spec, templates: &[Template]) -> Vec<Policy> {
    let place = Place::of(spec);
    let mut statements = asked(purpose, &place);
    if matches!(purpose, Purpose::Apply | Purpose::Operate) {
        statements.extend(handled(templates, &place));
    }
    pack::pack(purpose, statements)
}

/// What loadline itself asks for.
fn asked(purpose: Purpose, place: &Place) -> Vec<Statement> {
    let mut by_place: BTreeMap<On, BTreeSet<String>> = BTreeMap::new();
    for action in ACTIONS.iter().filter(|action| action.is_for(purpose)) {
        by_place
            .entry(action.on)
            .or_default()
            .insert(action.permission.to_string());
    }
    if purpose != Purpose::Watch {
        for (permission, on) in BY_CLOUDFORMATION {
            by_place.entry(*on).or_default().insert(permission.to_string());
        }
    }
    let mut statements: Vec<Statement> = by_place
        .into_iter()
        .filter(|(on, _)| *on != On::Nothing)
        .map(|(on, actions)| Statement {
            sid: format!("{on:?}"),
            actions: actions.into_iter().collect(),
            resources: place.resources(on),
            condition: place.condition(on),
        })
        .collect();
    if ACTIONS
        .iter()
        .any(|one| one.operation == "RunTask" && one.is_for(purpose))
    {
        statements.push(Statement {
            sid: "RolesOfTasks".to_string(),
            actions: vec!["iam:PassRole".to_string()],
            resources: place.roles(),
            condition: Some(json!({"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}})),
        });
    }
    statements.retain(|statement| !statement.resources.is_empty());
    statements
}

/// What CloudFormation does in the caller's name, for all types of the project.
fn handled(templates: &[Template], place: &Place) -> Vec<Statement> {
    let bodies: Vec<Value> = templates
        .iter()
        .map(|template| serde_json::from_str(&template.body).unwrap_or_default())
        .collect();
    let resources = || {
        let all = bodies.iter().filter_map(|body| body["Resources"].as_object());
        all.flat_map(|resources| resources.values())
    };
    let kinds: BTreeSet<&str> = resources().filter_map(|resource| resource["Type"].as_str()).collect();
    let actions: BTreeSet<String> = kinds.iter().flat_map(|kind| catalog::handled(kind)).collect();
    let mut groups: BTreeMap<(String, Vec<String>), Vec<String>> = BTreeMap::new();
    for action in without_covered(&actions) {
        let (sid, on) = place.of_handler(&action, resources());
        groups.entry((sid, on)).or_default().push(action);
    }
    let only = json!({"ForAnyValue:StringEquals": {"aws:CalledVia": ["cloudformation.amazonaws.com"]}});
    let statements = groups.into_iter().map(|((sid, resources), actions)| Statement {
        sid,
        actions,
        resources,
        condition: Some(only.clone()),
    });
    statements.collect()
}

/// Actions without those that another one with a `*` includes.
fn without_covered(actions: &BTreeSet<String>) -> Vec<String> {
    let wide: Vec<&str> = actions.iter().filter_map(|action| action.strip_suffix('*')).collect();
    let is_covered = |action: &String| {
        wide.iter()
            .any(|begin| action.starts_with(begin) && action.len() > begin.len() + 1)
    };
    actions.iter().filter(|action| !is_covered(action)).cloned().collect()
}
