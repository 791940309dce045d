//! What a deployment would do, stage by stage, as a reader sees it before it is done. In: what was found out. Out: nouns, and
//! what they add up to. Must not know how it was found out, nor how it is printed.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cloud::Moment;
use crate::cloud::formation::{Standing, Status};
use crate::template::Place;

use super::consequence::{Consequence, Effect};
use super::drift::Drift;
use super::notices::Notice;
use super::rollouts::{End, Rollout};

/// What a deployment would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Its stages, as far as they could be looked at.
    pub stages: Vec<StagePreview>,
    /// How its rollouts will go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rollouts: Vec<Rollout>,
    /// What to know before it begins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
    /// What was made to find out and could not be deleted again, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<String>,
    /// Newer machine images, which a deployment leaves alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub newer: Vec<Newer>,
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// What may change in place because of these values, by logical ID.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub possible: BTreeSet<String>,
    /// What somebody has changed outside of the spec, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<Drift>,
    /// As what it was there; `None` where it is not there yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<Live>,
}

/// A stack as it was when it was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    /// Its ARN: a stack that was deleted and made anew has another.
    pub id: String,
    /// When it was last changed.
    pub updated: Moment,
    /// Its status.
    pub status: Status,
    /// What stands on it.
    #[serde(default)]
    pub standing: Standing,
}

impl Live {
    /// What stands on it and counts when it changes, in words, each without a full stop.
    pub fn terms(&self) -> Vec<String> {
        let Standing {
            role,
            alarms,
            minutes,
            protected,
            tags,
        } = &self.standing;
        let mut terms = Vec::new();
        if let Some(role) = role {
            terms.push(format!(
                "CloudFormation takes the role {role} for each operation on it, whoever asks"
            ));
        }
        if !alarms.is_empty() {
            let names = alarms.join(", ");
            terms.push(format!(
                "it goes back when one of these alarms goes off, up to {minutes} min after it is done: {names}"
            ));
        } else if *minutes > 0 {
            terms.push(format!("it is watched for {minutes} min after it is done"));
        }
        if *protected {
            terms.push("it is protected from being deleted".to_string());
        }
        if !tags.is_empty() {
            let names: Vec<&str> = tags.keys().map(String::as_str).collect();
            terms.push(format!("its resources get its own tags: {}", names.join(", ")));
        }
        terms
    }
}

/// A machine image that was published after the one that new instances start from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Newer {
    /// The stack.
    pub stack: String,
    /// The ID of the one that is deployed.
    pub runs: String,
    /// The ID of the newest.
    pub newest: String,
}

/// Whether a stack is there, and takes a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StackState {
    /// It will be made.
    #[default]
    New,
    /// It is there.
    Deployed,
    /// Somebody else changes it now.
    Locked,
    /// It takes no change until somebody acts, or AWS refuses this one.
    Refused,
}

/// How the changes of a stack are known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum Basis {
    /// By a change set.
    #[default]
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

    /// Whether somebody has changed something outside of the spec, as far as that was asked for.
    pub fn drifts(&self) -> bool {
        let mut drifts = self.stacks().filter_map(|stack| stack.drift.as_ref());
        drifts.any(|drift| drift.changed().next().is_some())
    }

    /// How many resources go through this.
    pub fn count(&self, effect: Effect) -> usize {
        let all = self.stacks().flat_map(|stack| &stack.consequences);
        all.filter(|one| one.effect == effect).count()
    }

    /// The rollouts that are proved never to be done.
    pub fn refused(&self) -> impl Iterator<Item = &Rollout> {
        self.rollouts.iter().filter(|one| one.end == End::Cannot)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirement_15_what_stands_on_a_stack_is_told() {
        let live = |standing: Standing| Live {
            id: "arn:stack".to_string(),
            updated: Moment::default(),
            status: Status::new("UPDATE_COMPLETE"),
            standing,
        };
        assert_eq!(live(Standing::default()).terms(), [""; 0]);
        let terms = live(Standing {
            role: Some("arn:role".to_string()),
            alarms: vec!["arn:a".to_string(), "arn:b".to_string()],
            minutes: 5,
            protected: true,
            tags: [("team".to_string(), "canary".to_string())].into(),
        })
        .terms();
        assert_eq!(
            terms,
            [
                "CloudFormation takes the role arn:role for each operation on it, whoever asks",
                "it goes back when one of these alarms goes off, up to 5 min after it is done: arn:a, arn:b",
                "it is protected from being deleted",
                "its resources get its own tags: team",
            ]
        );
    }
}
