//! What a change set shows. In: a stack and a release. Out: [`Change`]s, or AWS's text. Must not know how they are made.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html>

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::catalog::{Catalog, Replacement};
use crate::cloud::formation::{Change, ChangeDetail};

use super::attributes::attribute;
use super::coerce::coerce;
use super::differences::{names, paths, worst};
use super::drift;
use super::intrinsics::{Scope, UNKNOWN};
use super::names::Place;
use super::references::references;
use super::release::Release;
use super::stack::{Held, Stack};
use super::template::Resource;

/// What becomes of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Added,
    Modified,
    /// It may be replaced.
    Perhaps,
    Replaced,
}

/// What is compared: the stack as it is, and what it shall be.
pub(super) struct Comparison<'a> {
    /// The stack.
    pub stack: &'a Stack,
    /// What it shall be.
    pub release: &'a Release,
    /// Region and account.
    pub place: &'a Place,
    /// What replaces a resource.
    pub catalog: &'a Catalog,
    /// Whether live values are compared too.
    pub drift: bool,
}

/// A detail, and whether the value certainly changes.
pub(super) struct Found {
    pub detail: ChangeDetail,
    pub is_certain: bool,
}

impl Comparison<'_> {
    /// The changes, in the order of the template, and what is removed behind them.
    pub fn changes(&self) -> Result<Vec<Change>, String> {
        self.refuse_other_types()?;
        let mut fates: BTreeMap<String, Fate> = BTreeMap::new();
        let mut changes = Vec::new();
        for resource in self.release.resources() {
            let properties = self.resolve(resource, &fates)?;
            let Some(held) = self.stack.held(&resource.logical) else {
                fates.insert(resource.logical.clone(), Fate::Added);
                changes.push(plain("Add", resource, None));
                continue;
            };
            let mut found = self.details(held, resource, &properties, &fates);
            if self.drift {
                drift::add(held, &properties, &mut found, self.catalog);
            }
            if found.is_empty() {
                continue;
            }
            let fate = fate(&found);
            fates.insert(resource.logical.clone(), fate);
            let replacement = match fate {
                Fate::Replaced => "True",
                Fate::Perhaps => "Conditional",
                _ => "False",
            };
            let policy = match held.resource.retains("UpdateReplacePolicy", false) {
                true => "ReplaceAndRetain",
                false => "ReplaceAndDelete",
            };
            changes.push(Change {
                replacement: Some(replacement.to_string()),
                policy: matches!(fate, Fate::Replaced | Fate::Perhaps).then(|| policy.to_string()),
                details: found.into_iter().map(|found| found.detail).collect(),
                drift: self.drift.then(|| drift::status(held)),
                ignored: if self.drift { drift::ignored(held) } else { Vec::new() },
                ..plain("Modify", resource, held.physical.clone())
            });
        }
        changes.sort_by_key(|change| self.release.place_of(&change.logical));
        let removed = self
            .stack
            .held
            .iter()
            .filter(|held| !held.is_gone() && self.release.resource(&held.resource.logical).is_none());
        changes.extend(removed.map(|held| {
            let policy = match held.resource.retains("DeletionPolicy", false) {
                true => "Retain",
                false => "Delete",
            };
            Change {
                policy: Some(policy.to_string()),
                ..plain("Remove", &held.resource, held.physical.clone())
            }
        }));
        Ok(changes)
    }

    fn refuse_other_types(&self) -> Result<(), String> {
        let other = |resource: &&Resource| {
            let held = self.stack.held(&resource.logical);
            held.is_some_and(|held| held.resource.kind != resource.kind)
        };
        let others: Vec<&str> = self
            .release
            .resources()
            .filter(other)
            .map(|resource| resource.logical.as_str())
            .collect();
        match others.is_empty() {
            true => Ok(()),
            false => Err(format!(
                "Update of resource type is not permitted. The new template modifies resource type of the following \
                 resources: [{}]",
                others.join(", ")
            )),
        }
    }

    /// The properties as far as they are known beforehand.
    fn resolve(&self, resource: &Resource, fates: &BTreeMap<String, Fate>) -> Result<Map<String, Value>, String> {
        let resources = |logical: &str, name: Option<&str>| {
            let held = match fates.get(logical) {
                Some(Fate::Added | Fate::Replaced) => None,
                _ => self.stack.held(logical),
            };
            Ok(match (held, name) {
                (None, _) => Value::from(UNKNOWN),
                (Some(held), None) => held.physical.as_deref().map_or(Value::from(UNKNOWN), Value::from),
                (Some(held), Some(name)) => attribute(held, name, self.place, self.catalog),
            })
        };
        let scope = Scope {
            template: &self.release.template,
            parameters: &self.release.values.meant,
            conditions: &self.release.conditions,
            place: self.place,
            stack: (&self.stack.name, &self.stack.id),
            resources: &resources,
        };
        let resolved = scope.object(&resource.properties)?;
        Ok(coerce(resolved, &resource.kind, self.catalog))
    }

    fn details(
        &self,
        held: &Held,
        resource: &Resource,
        properties: &Map<String, Value>,
        fates: &BTreeMap<String, Fate>,
    ) -> Vec<Found> {
        let mut found = Vec::new();
        for name in names(&held.properties, properties) {
            let (before, after) = (held.properties.get(name), properties.get(name));
            let changed = paths(name, before, after);
            let add = |source: &str, cause: Option<String>, at: &BTreeSet<String>, is_certain: bool| {
                let is_tags = name == "Tags";
                let recreation = match worst(&resource.kind, at, self.catalog) {
                    Replacement::Never => "Never",
                    Replacement::Perhaps => "Conditionally",
                    Replacement::Always => "Always",
                };
                Found {
                    detail: ChangeDetail {
                        attribute: if is_tags { "Tags" } else { "Properties" }.to_string(),
                        name: (!is_tags).then(|| name.clone()),
                        path: None,
                        recreation: recreation.to_string(),
                        source: source.to_string(),
                        cause,
                        before: before.map(shown),
                        after: after.map(shown),
                        live: None,
                    },
                    is_certain,
                }
            };
            let raw = resource.properties.get(name);
            let is_direct = held.resource.properties.get(name) != raw;
            let mut causes: BTreeMap<(String, &str), (BTreeSet<String>, bool)> = BTreeMap::new();
            let mentioned = raw.map(|raw| references(raw, name, &self.release.conditions));
            for reference in mentioned.unwrap_or_default() {
                let Some((source, is_certain)) = self.reason(&reference.to, reference.attribute.as_deref(), fates)
                else {
                    continue;
                };
                if is_certain && changed.is_empty() {
                    continue;
                }
                let cause = match &reference.attribute {
                    Some(attribute) => format!("{}.{attribute}", reference.to),
                    None => reference.to,
                };
                let entry = causes.entry((cause, source)).or_default();
                entry.0.insert(reference.path);
                entry.1 |= is_certain;
            }
            if !changed.is_empty() && (is_direct || !causes.values().any(|(_, is_certain)| *is_certain)) {
                found.push(add("DirectModification", None, &changed, true));
            }
            for ((cause, source), (at, is_certain)) in causes {
                found.push(add(source, Some(cause), &at, is_certain));
            }
        }
        for name in names(&held.resource.beside, &resource.beside) {
            let (before, after) = (held.resource.beside.get(name), resource.beside.get(name));
            if before != after {
                let detail = ChangeDetail {
                    attribute: name.clone(),
                    name: None,
                    path: None,
                    recreation: "Never".to_string(),
                    source: "DirectModification".to_string(),
                    cause: None,
                    before: before.map(shown),
                    after: after.map(shown),
                    live: None,
                };
                found.push(Found {
                    detail,
                    is_certain: true,
                });
            }
        }
        found
    }

    /// Why a mention changes the value it stands in, and whether it certainly does.
    ///
    /// What an attribute of a resource that changes will be is only known afterwards, so that CloudFormation expects a change.
    fn reason(
        &self,
        to: &str,
        attribute: Option<&str>,
        fates: &BTreeMap<String, Fate>,
    ) -> Option<(&'static str, bool)> {
        if attribute.is_none() && self.release.values.meant.contains_key(to) {
            let before = self.stack.release.values.meant.get(to);
            let is_other = before.is_some() && before != self.release.values.meant.get(to);
            return is_other.then_some(("ParameterReference", true));
        }
        match (fates.get(to)?, attribute) {
            (Fate::Added | Fate::Replaced, None) => Some(("ResourceReference", true)),
            (Fate::Added | Fate::Replaced, Some(_)) => Some(("ResourceAttribute", true)),
            (Fate::Perhaps, None) => Some(("ResourceReference", false)),
            (Fate::Perhaps | Fate::Modified, Some(_)) => Some(("ResourceAttribute", false)),
            (Fate::Modified, None) => None,
        }
    }
}

/// What becomes of a resource with these details.
fn fate(found: &[Found]) -> Fate {
    let each = found.iter().map(|found| match found.detail.recreation.as_str() {
        "Always" if found.is_certain => Fate::Replaced,
        "Always" | "Conditionally" => Fate::Perhaps,
        _ => Fate::Modified,
    });
    let worst = each.max_by_key(|fate| *fate as u8);
    worst.unwrap_or(Fate::Modified)
}

fn plain(action: &str, resource: &Resource, physical: Option<String>) -> Change {
    Change {
        action: action.to_string(),
        logical: resource.logical.clone(),
        physical,
        kind: resource.kind.clone(),
        replacement: None,
        ..Change::default()
    }
}

/// A value as a change set shows it.
pub(super) fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}
