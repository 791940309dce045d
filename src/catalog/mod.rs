//! What AWS offers: CloudFormation types, instance types, Fargate sizes, quotas.
//!
//! In: the data under `schema/`, embedded. Out: facts with their units and sources. Must not know the spec.

pub mod fargate;
mod instances;
mod permissions;
pub mod quotas;
mod resources;
mod shape;

pub use instances::{Architecture, Basis, Instance, instance, instance_names};
pub use permissions::handled;
pub use resources::{Property, Record, Replacement, ResourceType, Rules};
pub use shape::{Bounds, Choice, Kind, Shape};

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The CloudFormation types. A type is parsed when it is first asked for and kept.
#[derive(Debug, Default)]
pub struct Catalog {
    types: Mutex<BTreeMap<&'static str, Arc<ResourceType>>>,
}

impl Catalog {
    /// A catalog that has parsed nothing yet.
    pub fn new() -> Catalog {
        Catalog::default()
    }

    /// The type of this name, such as `AWS::ECS::Service`, if CloudFormation has it in eu-west-1 or us-east-1.
    pub fn resource_type(&self, name: &str) -> Option<Arc<ResourceType>> {
        // A parsed type is never changed, so that a panic of another thread leaves nothing half done.
        let mut types = self.types.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = types.get(name) {
            return Some(Arc::clone(known));
        }
        let parsed = Arc::new(ResourceType::parse(resources::line(name)?));
        types.insert(parsed.name(), Arc::clone(&parsed));
        Some(parsed)
    }

    /// The names of all types, sorted. Walks the whole text: for a fault or a completion, not for each resource.
    pub fn resource_names(&self) -> impl Iterator<Item = &'static str> {
        resources::names()
    }
}

/// The line of `text` whose key is `key`. The lines are sorted by that key, and `key_of` reads it off a line.
fn find_line(text: &'static str, key: &str, key_of: impl Fn(&'static str) -> &'static str) -> Option<&'static str> {
    // The data is ASCII, so that any byte offset is a place to cut.
    let (mut low, mut high) = (0, text.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = text[low..middle].rfind('\n').map_or(low, |at| low + at + 1);
        let end = text[middle..].find('\n').map_or(text.len(), |at| middle + at);
        let line = &text[start..end];
        match key_of(line).cmp(key) {
            std::cmp::Ordering::Equal => return Some(line),
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    None
}
