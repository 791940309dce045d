//! What all parts of the expansion share: the graph in the making, the library, the files, the sink.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::Diagnostics;
use crate::library::{Library, Target, Value};
use crate::source::{Sources, Span};

use super::model::{Graph, Stack, StackKind};

/// The expansion in progress.
pub(super) struct Engine<'run> {
    pub graph: Graph,
    pub library: &'run mut Library,
    pub sources: &'run mut Sources,
    pub diags: &'run mut Diagnostics,
    /// What the logical IDs begin with of which it is unknown whether they are there.
    pub unsettled: Vec<Arc<str>>,
}

/// The stacks that one cluster or one app is spread over, by kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Unit {
    pub stacks: BTreeMap<StackKind, usize>,
}

/// Where an instance stands: its names, its stack, and the user's line behind it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// What the logical IDs of its resources begin with.
    pub prefix: String,
    /// The stack of a resource that names none.
    pub stack: StackKind,
    /// The user's line.
    pub user: Span,
    /// In words: "service `web`".
    pub owner: String,
    /// The components around it, outermost first: none may use itself.
    pub path: Vec<Arc<str>>,
}

impl Engine<'_> {
    /// Adds an empty stack and gives its index.
    pub fn stack(&mut self, name: String, kind: StackKind, about: String) -> usize {
        self.graph.stacks.push(Stack {
            name,
            kind,
            about,
            inputs: Vec::new(),
            resources: Vec::new(),
        });
        self.graph.stacks.len() - 1
    }

    /// All logical IDs of a unit, and what each stands for.
    pub fn logical(&self, unit: &Unit) -> Vec<(Arc<str>, Target)> {
        let mut all = Vec::new();
        for at in unit.stacks.values().rev() {
            let stack = &self.graph.stacks[*at];
            for resource in &stack.resources {
                all.push((
                    Arc::clone(&resource.id),
                    Target::Resource(*at, Arc::clone(&resource.id)),
                ));
            }
            for input in &stack.inputs {
                all.push((Arc::clone(&input.id), Target::Parameter(Arc::clone(&input.id))));
            }
        }
        all
    }
}

/// Changes each value below `value`, innermost first.
pub(super) fn visit(value: &mut Value, change: &mut impl FnMut(&mut Value)) {
    use crate::library::Data;
    match &mut value.data {
        Data::List(items) | Data::Concat(items) => items.iter_mut().for_each(|item| visit(item, change)),
        Data::Map(fields) => fields.iter_mut().for_each(|field| visit(&mut field.value, change)),
        Data::Intrinsic(_, argument) => visit(argument, change),
        _ => {}
    }
    change(value);
}
