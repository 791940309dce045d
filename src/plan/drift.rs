//! What somebody has changed outside of the spec, and what putting it back would overwrite. In: a drift-aware change set. Out:
//! [`Drifted`] resources. Values of environment variables never leave here. Must not know how to print.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cloud::formation::{Change, ChangeDetail, Ignored};
use crate::template::Place;

use super::Origin;
use super::edit::{self, Edit};

/// What is known of the drift of a stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "drift", rename_all = "kebab-case")]
pub enum Drift {
    /// It was compared with what is live.
    Compared {
        /// The resources in which something differs, or is not compared.
        resources: Vec<Drifted>,
    },
    /// It could not be compared.
    Unknown {
        /// Why, in AWS's own words where there are any.
        why: String,
    },
}

/// A resource that is not as it was deployed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drifted {
    /// Its logical ID.
    pub logical: String,
    /// Its type.
    pub kind: String,
    /// Its physical ID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub physical: Option<String>,
    /// What it is of, in words: "service `web`".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The user's line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// As AWS writes it: `MODIFIED`, `DELETED` and so on.
    pub status: String,
    /// The values that differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Overwritten>,
    /// What AWS does not compare, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<Ignored>,
}

/// A value that was changed outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overwritten {
    /// Which: `DesiredCount`.
    pub property: String,
    /// What was deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployed: Option<String>,
    /// What is there now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<String>,
    /// What it would be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl Drift {
    /// The resources that somebody has changed.
    pub fn changed(&self) -> impl Iterator<Item = &Drifted> {
        let resources = match self {
            Drift::Compared { resources } => resources.as_slice(),
            Drift::Unknown { .. } => &[],
        };
        resources.iter().filter(|one| one.is_changed())
    }
}

impl Drifted {
    /// Whether somebody has changed it; if not, AWS does not compare all of it.
    pub fn is_changed(&self) -> bool {
        !self.values.is_empty()
            || !matches!(
                self.status.as_str(),
                "" | "IN_SYNC" | "NOT_CHECKED" | "UNKNOWN" | "UNSUPPORTED"
            )
    }
}

/// What a drift-aware change set says of what is live.
pub fn of(changes: &[Change], origins: &[Origin]) -> Vec<Drifted> {
    let all = changes.iter().map(|change| drifted(change, origins));
    all.filter(|one| one.is_changed() || !one.ignored.is_empty() || !matches!(one.status.as_str(), "" | "IN_SYNC"))
        .collect()
}

fn drifted(change: &Change, origins: &[Origin]) -> Drifted {
    let origin = origins.iter().find(|origin| origin.logical == change.logical);
    Drifted {
        logical: change.logical.clone(),
        kind: change.kind.clone(),
        physical: change.physical.clone(),
        owner: origin.map(|origin| origin.owner.clone()),
        place: origin.map(|origin| origin.place.clone()),
        status: change.drift.clone().unwrap_or_default(),
        values: values(&change.details),
        ignored: change.ignored.clone(),
    }
}

/// The values that were changed outside, each once, though a property may change for several reasons.
fn values(details: &[ChangeDetail]) -> Vec<Overwritten> {
    let outside = between(details, |live, _| live.0.clone(), |live, _| live.1.clone());
    let back = between(details, |live, _| live.1.clone(), |_, after| after.clone());
    let back: BTreeMap<&str, &Edit> = back.iter().map(|edit| (edit.property.as_str(), edit)).collect();
    let values = outside.iter().map(|edit| {
        let back = back.get(edit.property.as_str());
        Overwritten {
            property: edit.property.clone(),
            deployed: edit.before.clone(),
            live: edit.after.clone(),
            // Where it would not be changed, the spec wants what is live.
            after: back.map_or(edit.after.clone(), |back| back.after.clone()),
        }
    });
    values.collect()
}

/// What was deployed, and what is live.
type Outside = (Option<String>, Option<String>);

/// The differences between two of the three values, as what changes in a resource is told.
fn between(
    details: &[ChangeDetail],
    before: impl Fn(&Outside, &Option<String>) -> Option<String>,
    after: impl Fn(&Outside, &Option<String>) -> Option<String>,
) -> Vec<Edit> {
    let pairs = details.iter().filter_map(|detail| {
        let live = detail.live.as_ref()?;
        let outside = (live.deployed.clone(), live.actual.clone());
        Some(ChangeDetail {
            before: before(&outside, &detail.after),
            after: after(&outside, &detail.after),
            ..detail.clone()
        })
    });
    let pairs: Vec<ChangeDetail> = pairs.filter(|pair| pair.before != pair.after).collect();
    edit::of(&pairs)
}
