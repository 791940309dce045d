//! Where a job works: a stack on its way to a release. In: what a step has at hand. Out: resolved properties. Must not
//! know what the jobs are.

use std::collections::BTreeSet;

use fastrand::Rng;
use serde_json::{Map, Value};

use crate::catalog::Catalog;
use crate::cloud::Moment;
use crate::simulate::account::Account;

use super::attributes::attribute;
use super::coerce::coerce;
use super::intrinsics::Scope;
use super::names::Place;
use super::release::Release;
use super::stack::{Held, Stack};
use super::template::Resource;

/// What a step works with.
pub(super) struct Means<'a> {
    /// Where resources are.
    pub account: &'a mut Account,
    /// What replaces a resource.
    pub catalog: &'a Catalog,
    /// What is left to chance.
    pub chance: &'a mut Rng,
    /// Region and account number.
    pub place: &'a Place,
    /// The logical IDs of what can be neither set back nor deleted.
    pub held: &'a BTreeSet<String>,
    /// Whether what fails stops where it is.
    pub pauses: bool,
    /// The time.
    pub now: Moment,
}

/// A stack on its way, and the means.
pub(super) struct Site<'a, 'b> {
    /// The stack.
    pub stack: &'a mut Stack,
    /// What it shall be.
    pub release: &'a Release,
    /// The token of the operation.
    pub token: Option<&'a str>,
    /// The means.
    pub means: &'a mut Means<'b>,
}

impl Site<'_, '_> {
    /// The resource of this logical ID, which is there.
    pub fn held(&mut self, logical: &str) -> &mut Held {
        self.stack.held_mut(logical).expect("what is worked on is there")
    }

    /// The properties of a resource, with what the stack now has.
    pub fn resolve(&self, resource: &Resource, release: &Release) -> Result<Map<String, Value>, String> {
        let (stack, means) = (&*self.stack, &*self.means);
        let resources = |logical: &str, name: Option<&str>| {
            let held = stack.held(logical).filter(|held| held.physical.is_some());
            match (held, name) {
                (Some(held), Some(name)) => Ok(attribute(held, name, means.place, means.catalog)),
                (Some(held), None) => Ok(held.physical.as_deref().unwrap_or_default().into()),
                (None, _) => Err(format!("Template error: resource {logical} does not exist")),
            }
        };
        let scope = Scope {
            template: &release.template,
            parameters: &release.values.meant,
            conditions: &release.conditions,
            place: means.place,
            stack: (&stack.name, &stack.id),
            resources: &resources,
        };
        let resolved = scope.object(&resource.properties)?;
        Ok(coerce(resolved, &resource.kind, means.catalog))
    }
}
