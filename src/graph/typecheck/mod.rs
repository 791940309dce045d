//! Checks every property of every resource against the catalog. In: a [`Graph`]. Out: faults. Must not know ECS.
//!
//! Only what is certain is a fault: a value known after deployment has a type only where CloudFormation fixes it, and
//! what stands in free-form objects, such as policy documents, is the business of the service that reads it.

mod blame;
mod given;
mod hints;
mod records;
mod values;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::{Catalog, ResourceType};
use crate::diag::{Diagnostics, code};
use crate::library::{Data, Reference, Target, Value};

use super::{Graph, Resource};
use blame::Blame;
use given::{Given, World};
use values::Checker;

/// Reports each unknown resource type, property and attribute, each property that is missing, and each value that
/// CloudFormation would refuse.
pub fn check(graph: &Graph, catalog: &Catalog, diags: &mut Diagnostics) {
    // An ID that two resources have is another fault, and which of the two is meant is unknown.
    let mut known: BTreeMap<(usize, &str), Option<&Resource>> = BTreeMap::new();
    for (number, stack) in graph.stacks.iter().enumerate() {
        for resource in &stack.resources {
            let place = known.entry((number, &*resource.id));
            place.and_modify(|known| *known = None).or_insert(Some(resource));
        }
    }
    let certain = known.into_iter();
    let resources = certain
        .filter_map(|(place, resource)| Some((place, resource?)))
        .collect();
    for stack in &graph.stacks {
        let world = World {
            catalog,
            resources: &resources,
            inputs: &stack.inputs,
        };
        for resource in &stack.resources {
            let blame = Blame { resource };
            let values = std::iter::once(&resource.properties);
            for value in values.chain(resource.attributes.iter().map(|(_, value)| value)) {
                references(value, &world, blame, diags);
            }
            let name = &**resource.kind;
            match resource_type(name, catalog) {
                Some(kind) => Checker::new(&kind, blame, &world, diags).resource(),
                None if hints::is_foreign(name) => {}
                None => unknown_type(resource, catalog, diags),
            }
        }
    }
}

/// The type behind a name. All custom resources have one type.
fn resource_type(name: &str, catalog: &Catalog) -> Option<Arc<ResourceType>> {
    let custom = name
        .starts_with("Custom::")
        .then_some("AWS::CloudFormation::CustomResource");
    catalog.resource_type(custom.unwrap_or(name))
}

fn unknown_type(resource: &Resource, catalog: &Catalog, diags: &mut Diagnostics) {
    let (name, span) = (&**resource.kind, resource.kind.span);
    let (meant, hint) = hints::resource_type(name, catalog);
    let blame = Blame { resource };
    let message = format!("`{name}` is no resource type");
    let fault = blame.report(diags, code::UNKNOWN_RESOURCE_TYPE, span, None, message);
    fault.hint(hint);
    if let Some(meant) = meant
        && blame.is_literal(name, span, None)
    {
        fault.did_you_mean_word(meant, name, span);
    }
}

/// Reports references to attributes that are not there, and lists put into text, wherever they stand.
fn references(value: &Value, world: &World, blame: Blame, diags: &mut Diagnostics) {
    match &value.data {
        Data::List(items) => items.iter().for_each(|item| references(item, world, blame, diags)),
        Data::Map(fields) => {
            let values = fields.iter().map(|field| &field.value);
            values.for_each(|value| references(value, world, blame, diags));
        }
        Data::Intrinsic(_, argument) => references(argument, world, blame, diags),
        Data::Concat(parts) => {
            for part in parts {
                if world.given(part) == Given::List {
                    let message = "a list known after deployment cannot stand in text";
                    let fault = blame.report(diags, code::PROPERTY_TYPE, part.span, part.body, message);
                    fault.hint("join it with `Fn::Join`, or take one item with `Fn::Select`");
                }
                references(part, world, blame, diags);
            }
        }
        Data::Reference(Reference {
            target: Target::Resource(stack, id),
            attribute: Some(attribute),
        }) => {
            let Some(target) = world.resources.get(&(*stack, &**id)) else {
                return;
            };
            let name = &**target.kind;
            let Some(kind) = resource_type(name, world.catalog) else {
                return;
            };
            if kind.attribute(attribute).is_none() {
                let message = format!("`{id}`, an `{name}`, has no attribute `{attribute}`");
                let fault = blame.report(diags, code::UNKNOWN_ATTRIBUTE, value.span, value.body, message);
                fault.hint(hints::attribute(attribute, &kind));
            }
        }
        _ => {}
    }
}
