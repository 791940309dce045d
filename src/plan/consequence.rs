//! A change set as consequences. In: changes as CloudFormation lists them, and where resources come from. Out:
//! [`Consequence`]s. Must not know how to print.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cloud::formation::{Change, ChangeDetail, StackResource};
use crate::template::Place;

use super::Origin;
use super::edit::{self, Edit};
use super::stakes::{self, Sort, Stake};

/// What a resource goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Another one takes its place.
    Replaced,
    /// Another one may take its place: that hangs on a value that is not known yet.
    MayBeReplaced,
    /// It stays, and changes.
    Changed,
    /// It is new.
    Added,
    /// It is no longer part of the stack.
    Removed,
}

impl Effect {
    /// All, in the order in which a reader wants to know.
    pub const ALL: [Effect; 5] = [
        Effect::Replaced,
        Effect::MayBeReplaced,
        Effect::Removed,
        Effect::Changed,
        Effect::Added,
    ];
}

/// What becomes of a resource, why, and what is at stake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consequence {
    /// What it goes through.
    pub effect: Effect,
    /// Its logical ID.
    pub logical: String,
    /// Its type.
    pub kind: String,
    /// Its physical ID, of one that is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub physical: Option<String>,
    /// What it is of, in words: "service `web`".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The user's line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What is at stake.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stakes: Vec<Stake>,
    /// What changes in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<Edit>,
    /// What else than the spec causes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// A word for the reader, where the effect alone misleads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Consequence {
    /// Whether the one that is there goes, or may go.
    pub fn goes(&self) -> bool {
        matches!(self.effect, Effect::Removed | Effect::Replaced | Effect::MayBeReplaced)
    }

    /// Whether data is lost, or left behind.
    pub fn loses_data(&self) -> bool {
        self.stakes.iter().any(|stake| stake.sort == Sort::Data)
    }
}

/// The consequences of a change set, the gravest effect first, else in AWS's order.
pub fn of(changes: &[Change], origins: &[Origin]) -> Vec<Consequence> {
    let mut found: Vec<Consequence> = changes.iter().map(|change| consequence(change, origins)).collect();
    let rank = |one: &Consequence| Effect::ALL.iter().position(|effect| *effect == one.effect);
    found.sort_by_key(rank);
    found
}

fn consequence(change: &Change, origins: &[Origin]) -> Consequence {
    let kind = change.kind.as_str();
    // A task definition is never changed but by a new revision, and a rollout brings that in.
    let revised = kind == "AWS::ECS::TaskDefinition" && change.action == "Modify";
    let effect = match (change.action.as_str(), change.replacement.as_deref()) {
        ("Add" | "Import", _) => Effect::Added,
        ("Remove", _) => Effect::Removed,
        _ if revised => Effect::Changed,
        (_, Some("True")) => Effect::Replaced,
        (_, Some("Conditional")) => Effect::MayBeReplaced,
        _ => Effect::Changed,
    };
    let policy = change.policy.as_deref();
    let stakes = match effect {
        Effect::Replaced | Effect::MayBeReplaced => stakes::of_replacement(kind, policy),
        Effect::Removed => stakes::of_removal(kind, policy),
        Effect::Changed | Effect::Added => Vec::new(),
    };
    let note = match change.action.as_str() {
        _ if revised => Some("a new revision".to_string()),
        "Import" => Some("it is there already, and comes into the stack".to_string()),
        "Add" | "Modify" | "Remove" => None,
        // A word that is new is shown as AWS has it.
        other => Some(other.to_string()),
    };
    let mut edits = edit::of(&change.details);
    if revised {
        edits.iter_mut().for_each(|edit| edit.recreates = None);
    }
    let origin = origins.iter().find(|origin| origin.logical == change.logical);
    Consequence {
        effect,
        logical: change.logical.clone(),
        kind: change.kind.clone(),
        physical: change.physical.clone(),
        owner: origin.map(|origin| origin.owner.clone()),
        place: origin.map(|origin| origin.place.clone()),
        stakes,
        edits,
        causes: causes(&change.details),
        note,
    }
}

/// What causes a change beside the template itself.
fn causes(details: &[ChangeDetail]) -> Vec<String> {
    let mut found = Vec::new();
    for detail in details {
        let cause = detail.cause.as_deref().unwrap_or("another resource");
        let text = match detail.source.as_str() {
            "ParameterReference" => format!("the value of parameter {cause}"),
            "ResourceReference" => format!("{cause}, which it refers to"),
            "ResourceAttribute" => format!("{cause}, which it takes"),
            "Automatic" => "what a stack inside it may do".to_string(),
            "DirectModification" | "NoModification" | "" => continue,
            other => format!("{other} of {cause}"),
        };
        if !found.contains(&text) {
            found.push(text);
        }
    }
    found
}

/// The answers with and without values as one. The one with values may leave out whole changes, which AWS says in a
/// warning at most; the one without knows no values.
pub fn merged(plain: &[Change], valued: &[Change]) -> Vec<Change> {
    let mut all: Vec<Change> = Vec::new();
    for change in plain {
        let Some(other) = valued.iter().find(|other| other.logical == change.logical) else {
            all.push(change.clone());
            continue;
        };
        let mut one = other.clone();
        one.replacement = one.replacement.or(change.replacement.clone());
        one.policy = one.policy.or(change.policy.clone());
        one.physical = one.physical.or(change.physical.clone());
        let is_known = |detail: &&ChangeDetail| {
            let same = |other: &ChangeDetail| {
                let of = |one: &ChangeDetail| {
                    (
                        one.attribute.clone(),
                        one.name.clone(),
                        one.source.clone(),
                        one.cause.clone(),
                    )
                };
                of(other) == of(detail)
            };
            other.details.iter().any(same)
        };
        let more = change.details.iter().filter(|detail| !is_known(detail));
        one.details.extend(more.cloned());
        all.push(one);
    }
    let missing = valued
        .iter()
        .filter(|other| !plain.iter().any(|one| one.logical == other.logical));
    all.extend(missing.cloned());
    all
}

/// The changes of a stack that is new, read from its template.
pub fn added(template: &str) -> Vec<Change> {
    let body: Value = serde_json::from_str(template).unwrap_or_default();
    let resources = body["Resources"].as_object().into_iter().flatten();
    let changes = resources.map(|(logical, resource)| Change {
        action: "Add".to_string(),
        logical: logical.clone(),
        kind: resource["Type"].as_str().unwrap_or_default().to_string(),
        ..Change::default()
    });
    changes.collect()
}

/// The changes of a stack that is there, as far as its template tells: what comes and what goes.
pub fn compared(template: &str, there: &[StackResource]) -> Vec<Change> {
    let wanted = added(template);
    let is_gone = |resource: &&StackResource| resource.status.as_str() == "DELETE_COMPLETE";
    let there: Vec<&StackResource> = there.iter().filter(|resource| !is_gone(resource)).collect();
    let goes = |resource: &&&StackResource| !wanted.iter().any(|change| change.logical == resource.logical);
    let removed = there.iter().filter(goes).map(|resource| Change {
        action: "Remove".to_string(),
        logical: resource.logical.clone(),
        kind: resource.kind.clone(),
        physical: Some(resource.physical.clone()),
        ..Change::default()
    });
    let removed: Vec<Change> = removed.collect();
    let comes = |change: &Change| !there.iter().any(|resource| resource.logical == change.logical);
    wanted.into_iter().filter(comes).chain(removed).collect()
}
