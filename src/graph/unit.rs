//! What clusters and apps have in common: raw resources, the parameters their stacks share, the names always there.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::library::types::{Raw, Setting};
use crate::library::{Data, Reference, Target, Value};
use crate::source::{Span, Spanned};
use crate::spec::Workload;
use crate::syntax::Node;

use super::engine::{Engine, Place, Unit, visit};
use super::instance::{Argument, Made};
use super::model::{Input, StackKind};
use super::resource::Declared;
use super::scope::{Member, Scope};

/// An instance that others of its app may refer to.
pub(super) struct Named {
    pub name: Arc<str>,
    pub prefix: String,
    pub owner: String,
    pub overrides: Option<Node>,
    pub made: Made,
}

impl Engine<'_> {
    /// Declares the raw resources of a document, so that expressions can refer to them.
    pub fn declare_raw(
        &mut self,
        resources: Option<&Node>,
        stack: StackKind,
        unit: &Unit,
        scope: &mut Scope<'_>,
    ) -> Vec<(Declared, Place)> {
        let entries = resources.and_then(Node::map).map_or(&[][..], |map| &map.entries);
        let mut declared = Vec::new();
        for entry in entries {
            let place = Place {
                prefix: String::new(),
                stack,
                user: entry.key.span,
                owner: format!("resource `{}`", *entry.key),
                path: Vec::new(),
            };
            let made = self.declare(entry, &place, unit, scope);
            declared.extend(made.into_iter().map(|declared| (declared, place.clone())));
        }
        declared
    }

    /// Puts declared raw resources into their stacks; in them, `!Ref` reaches every logical ID of the unit.
    pub fn raw(&mut self, declared: Vec<(Declared, Place)>, unit: &Unit, scope: &Scope<'_>) -> Vec<Member> {
        let mut inner = scope.inner();
        inner.reach(self.logical(unit), &self.unsettled);
        let members = declared.iter().map(|(declared, _)| declared.member.clone()).collect();
        for (declared, place) in declared {
            self.resource(declared, &place, &inner);
        }
        members
    }

    /// Gives each stack of the unit those of `shared` that its resources refer to.
    pub fn share_inputs(&mut self, unit: &Unit, shared: &BTreeMap<Arc<str>, Input>) {
        for at in unit.stacks.values() {
            let stack = &mut self.graph.stacks[*at];
            let mut needed: Vec<Arc<str>> = Vec::new();
            for resource in &mut stack.resources {
                let attributes = resource.attributes.iter_mut().map(|(_, value)| value);
                for value in std::iter::once(&mut resource.properties).chain(attributes) {
                    visit(value, &mut |value| {
                        if let Data::Reference(Reference {
                            target: Target::Parameter(id),
                            ..
                        }) = &value.data
                        {
                            needed.push(Arc::clone(id));
                        }
                    });
                }
            }
            for (id, input) in shared {
                if needed.contains(id) && !stack.inputs.iter().any(|known| known.id == *id) {
                    stack.inputs.push(input.clone());
                }
            }
        }
    }
}

/// A mapping of names to strings, for the names that are always there.
pub(super) fn names<'a>(span: Span, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Value {
    let fields = fields.into_iter().map(|(key, value)| (key, Value::text(span, value)));
    Value::map(span, fields)
}

/// The name that logical IDs and physical names come from.
pub(super) fn identity(workload: &Workload, name: &Arc<str>) -> Arc<str> {
    match workload.renamed_from.sound() {
        Some(Some(before)) => Arc::clone(&before.0),
        _ => Arc::clone(name),
    }
}

/// The mapping of a key that holds raw CloudFormation.
pub(super) fn raw_node(setting: &Setting<Raw>) -> Option<&Node> {
    setting.sound().map(|raw| &raw.0)
}

/// Arguments that are values already.
pub(super) fn made(arguments: Value) -> Vec<(Spanned<Arc<str>>, Argument)> {
    match arguments.data {
        Data::Map(fields) => fields
            .into_iter()
            .map(|field| (field.key, Argument::Made(field.value)))
            .collect(),
        _ => Vec::new(),
    }
}
