//! What a deployment would do, stage by stage, as a reader sees it before it is done. In: what was found out. Out: nouns, and
//! what they add up to. Must not know how it was found out, nor how it is printed.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::template::Place;

use super::consequence::{Consequence, Effect};

/// What a deployment would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Its stages, as far as they could be looked at.
    pub stages: Vec<StagePreview>,
    /// What was made to find out and could not be deleted again, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<String>,
}

/// A stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "kebab-case")]
pub enum StagePreview {
    /// A stack.
    Stack(StackPreview),
    /// An image whose digest is looked up.
    Image {
        /// The repository.
        repository: String,
        /// The tag or digest that was asked for; empty for what was pushed last.
        image: String,
        /// What it is now; `None` where there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        digest: Option<String>,
        /// The user's line.
        place: Place,
    },
    /// A task that runs once.
    Task {
        /// Its app.
        app: String,
        /// Its name.
        name: String,
        /// Whether services change only when it has succeeded.
        before: bool,
        /// The user's line.
        place: Place,
    },
}

/// A stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackPreview {
    /// Its name.
    pub stack: String,
    /// Whether it is there, and takes a change.
    pub state: StackState,
    /// How its changes are known.
    pub basis: Basis,
    /// What becomes of its resources.
    pub consequences: Vec<Consequence>,
    /// Whether something changes that is no resource, such as an output.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub beside: bool,
    /// Stacks that change before this one, and whose values it reads: they may make more of it change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
}

/// Whether a stack is there, and takes a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StackState {
    /// It will be made.
    New,
    /// It is there.
    Deployed,
    /// Somebody else changes it now.
    Locked,
    /// It takes no change until somebody acts, or AWS refuses this one.
    Refused,
}

/// How the changes of a stack are known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum Basis {
    /// By a change set.
    ChangeSet,
    /// By its template alone.
    Template {
        /// Why there can be no change set yet.
        why: String,
    },
    /// Not at all.
    Nothing {
        /// Why, in AWS's own words where there are any.
        why: String,
    },
}

impl StackPreview {
    /// Whether something would be done.
    pub fn changes(&self) -> bool {
        self.beside || !self.consequences.is_empty()
    }
}

impl Preview {
    /// The stacks.
    pub fn stacks(&self) -> impl Iterator<Item = &StackPreview> {
        self.stages.iter().filter_map(|stage| match stage {
            StagePreview::Stack(stack) => Some(stack),
            _ => None,
        })
    }

    /// Whether a deployment would do anything to a stack.
    pub fn changes(&self) -> bool {
        self.stacks().any(StackPreview::changes)
    }

    /// How many resources go through this.
    pub fn count(&self, effect: Effect) -> usize {
        let all = self.stacks().flat_map(|stack| &stack.consequences);
        all.filter(|one| one.effect == effect).count()
    }

    /// The repositories in which an image is missing.
    pub fn missing(&self) -> impl Iterator<Item = &str> {
        self.stages.iter().filter_map(|stage| match stage {
            StagePreview::Image {
                repository,
                digest: None,
                ..
            } => Some(repository.as_str()),
            _ => None,
        })
    }
}

/// The names in Systems Manager whose values a template takes as its parameters.
pub fn reads(template: &str) -> BTreeSet<String> {
    let body: Value = serde_json::from_str(template).unwrap_or_default();
    let parameters = body["Parameters"].as_object().into_iter().flatten();
    let read = parameters.filter_map(|(_, parameter)| {
        let kind = parameter["Type"].as_str()?;
        let name = parameter["Default"].as_str()?;
        kind.starts_with("AWS::SSM::Parameter::").then(|| name.to_string())
    });
    read.collect()
}

/// The names in Systems Manager that a template gives a value, each with its logical ID.
pub fn publishes(template: &str) -> Vec<(String, String)> {
    let body: Value = serde_json::from_str(template).unwrap_or_default();
    let resources = body["Resources"].as_object().into_iter().flatten();
    let published = resources.filter_map(|(logical, resource)| {
        let name = resource["Properties"]["Name"].as_str()?;
        (resource["Type"] == "AWS::SSM::Parameter").then(|| (logical.clone(), name.to_string()))
    });
    published.collect()
}
