//! The last pass over the graph: what is null, what is said twice and what is empty goes. Must not know what made it.

use std::sync::Arc;

use crate::library::{Data, Reference, Target};

use super::body::prune;
use super::engine::visit;
use super::model::{Graph, Resource};

/// Takes out what is null, what is said twice, and the stacks that hold nothing.
pub(super) fn finish(mut graph: Graph) -> Graph {
    for stack in &mut graph.stacks {
        for resource in &mut stack.resources {
            drop_implied(resource);
            prune(&mut resource.properties);
            for (_, value) in &mut resource.attributes {
                prune(value);
            }
            resource.attributes.retain(|(_, value)| !value.is_null());
        }
    }
    let mut moved = Vec::new();
    let mut kept = 0;
    for stack in &graph.stacks {
        moved.push(kept);
        kept += usize::from(!stack.resources.is_empty());
    }
    graph.stacks.retain(|stack| !stack.resources.is_empty());
    for stack in &mut graph.stacks {
        for resource in &mut stack.resources {
            let attributes = resource.attributes.iter_mut().map(|(_, value)| value);
            for value in std::iter::once(&mut resource.properties).chain(attributes) {
                visit(value, &mut |value| {
                    if let Data::Reference(Reference {
                        target: Target::Resource(at, _),
                        ..
                    }) = &mut value.data
                    {
                        *at = moved[*at];
                    }
                });
            }
        }
    }
    graph
}

/// Takes those out of `DependsOn` that a property refers to: CloudFormation waits for them anyway.
fn drop_implied(resource: &mut Resource) {
    let mut referred: Vec<Arc<str>> = Vec::new();
    visit(&mut resource.properties, &mut |value| {
        if let Data::Reference(Reference {
            target: Target::Resource(_, id),
            ..
        }) = &value.data
        {
            referred.push(Arc::clone(id));
        }
    });
    for (name, value) in &mut resource.attributes {
        if let ("DependsOn", Data::List(ids)) = (&**name, &mut value.data) {
            ids.retain(|id| !referred.iter().any(|referred| id.as_text() == Some(referred)));
            if ids.is_empty() {
                value.data = Data::Null;
            }
        }
    }
}
