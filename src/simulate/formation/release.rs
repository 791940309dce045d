//! What a stack is asked to be. In: a template and its values. Out: a [`Release`], checked as far as it can be beforehand.

use std::collections::BTreeMap;

use crate::cloud::formation::ChangeSetWish;

use super::conditions::conditions;
use super::names::Place;
use super::order::{Turn, arrange};
use super::parameters::{self, Values};
use super::template::{Resource, Template};
use crate::simulate::account::Account;

/// A template with all its values.
#[derive(Clone, Debug, Default)]
pub(super) struct Release {
    /// The template.
    pub template: Template,
    /// The values of its parameters.
    pub values: Values,
    /// Which of its conditions hold.
    pub conditions: BTreeMap<String, bool>,
    /// The resources that are there, each behind those it needs.
    pub order: Vec<Turn>,
}

impl Release {
    /// Gives a template its values.
    pub fn new(
        template: Template,
        wish: &ChangeSetWish,
        before: &BTreeMap<String, String>,
        stack: (&str, &str),
        place: &Place,
        account: &Account,
    ) -> Result<Release, String> {
        let values = parameters::values(&template.parameters, &wish.parameters, before, account)?;
        let conditions = conditions(&template, &values.meant, place, stack)?;
        let order = arrange(&template, &conditions)?;
        Ok(Release {
            template,
            values,
            conditions,
            order,
        })
    }

    /// The resources that are there, each behind those it needs.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.order.iter().map(|turn| &self.template.resources[turn.index])
    }

    /// The resource of this logical ID, if it is there.
    pub fn resource(&self, logical: &str) -> Option<&Resource> {
        self.resources().find(|resource| resource.logical == logical)
    }

    /// The place of a logical ID in the template; past the end for one that is not in it.
    pub fn place_of(&self, logical: &str) -> usize {
        let mut resources = self.template.resources.iter();
        let found = resources.position(|resource| resource.logical == logical);
        found.unwrap_or(self.template.resources.len())
    }
}
