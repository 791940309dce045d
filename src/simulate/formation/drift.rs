//! What somebody has changed behind a stack's back, as a drift-aware change set shows it. In: a resource and what it shall be. Out:
//! details of changes. Must not know how they are made.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/drift-aware-change-sets.html>

use serde_json::{Map, Value};

use crate::catalog::{Catalog, Replacement};
use crate::cloud::formation::{ChangeDetail, Ignored, Live};

use super::Formation;
use super::changes::{Found, shown};
use super::differences::{paths, worst};
use super::stack::Held;

/// What AWS itself moves: a service that scales has no count in its template.
fn is_managed(held: &Held, property: &str) -> bool {
    let (kind, declared) = (held.resource.kind.as_str(), &held.resource.properties);
    kind == "AWS::ECS::Service" && property == "DesiredCount" && !declared.contains_key(property)
}

/// `MODIFIED`, or `IN_SYNC`.
pub(super) fn status(held: &Held) -> String {
    let mut names = held.live.keys();
    match names.any(|name| !is_managed(held, name)) {
        true => "MODIFIED",
        false => "IN_SYNC",
    }
    .to_string()
}

/// What is not compared, and why.
pub(super) fn ignored(held: &Held) -> Vec<Ignored> {
    let names = held.live.keys().filter(|name| is_managed(held, name));
    let ignored = names.map(|name| Ignored {
        path: format!("/Properties/{name}"),
        reason: "MANAGED_BY_AWS".to_string(),
    });
    ignored.collect()
}

/// Adds what is live to the details of a resource: to those of the same property, or as one of its own. What only another
/// resource could take back is left as it is.
pub(super) fn add(held: &Held, properties: &Map<String, Value>, found: &mut Vec<Found>, catalog: &Catalog) {
    for (name, actual) in held.live.iter().filter(|(name, _)| !is_managed(held, name)) {
        let (deployed, after) = (held.properties.get(name), properties.get(name));
        let live = Live {
            deployed: deployed.map(shown),
            actual: Some(shown(actual)),
        };
        let own = found
            .iter_mut()
            .filter(|found| found.detail.name.as_deref() == Some(name.as_str()));
        let mut is_known = false;
        for one in own {
            one.detail.before = live.actual.clone();
            one.detail.live = Some(live.clone());
            is_known = true;
        }
        let recreation = match worst(&held.resource.kind, &paths(name, Some(actual), after), catalog) {
            Replacement::Never => "Never",
            Replacement::Perhaps => "Conditionally",
            Replacement::Always => continue,
        };
        if is_known {
            continue;
        }
        found.push(Found {
            detail: ChangeDetail {
                attribute: "Properties".to_string(),
                name: Some(name.clone()),
                recreation: recreation.to_string(),
                source: "NoModification".to_string(),
                before: live.actual.clone(),
                after: after.map(shown),
                live: Some(live),
                ..ChangeDetail::default()
            },
            is_certain: true,
        });
    }
}

impl Formation {
    /// Changes a property of a resource behind its stack's back. Returns whether the stack has that resource.
    pub fn drift(&mut self, stack: &str, logical: &str, property: &str, value: Value) -> bool {
        let at = self.place_of_stack(stack);
        let held = at.and_then(|at| self.stacks[at].held_mut(logical));
        held.is_some_and(|held| {
            held.live.insert(property.to_string(), value);
            true
        })
    }
}
