//! Values that cross from one stack to another. They travel as SSM parameters: the stack that has the value publishes it,
//! the one that needs it reads it as a template parameter, so that templates stay self-contained and nothing locks.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::code;
use crate::library::{Data, Reference, Target, Value};
use crate::source::{Span, Spanned};

use super::engine::{Engine, Place, Unit, visit};
use super::instance::{Argument, Use};
use super::model::{Resource, StackKind};
use super::scope::Scope;

/// A value that one stack has and another needs: the owner's stack, and what is referred to.
type Crossing = (usize, Arc<str>, Option<Arc<str>>);

/// Each value of a resource, its properties and its attributes.
fn values(resource: &mut Resource) -> impl Iterator<Item = &mut Value> {
    let attributes = resource.attributes.iter_mut().map(|(_, value)| value);
    std::iter::once(&mut resource.properties).chain(attributes)
}

impl Engine<'_> {
    /// Replaces each reference to another stack of the unit by a published value under `folder`, and publishes it there.
    /// Reports those to a stack that is deployed later: nobody could publish in time.
    pub fn cross(&mut self, unit: &Unit, folder: &str, outer: &Scope<'_>) {
        let mut crossings: BTreeMap<Crossing, Span> = BTreeMap::new();
        let order: Vec<usize> = unit.stacks.values().copied().collect();
        let names: Vec<String> = self.graph.stacks.iter().map(|stack| stack.name.clone()).collect();
        for (place, own) in order.iter().enumerate() {
            for resource in &mut self.graph.stacks[*own].resources {
                let user = resource.origin.user;
                for value in values(resource) {
                    visit(value, &mut |value| {
                        let Data::Reference(Reference {
                            target: Target::Resource(stack, id),
                            attribute,
                        }) = &value.data
                        else {
                            return;
                        };
                        if stack == own {
                            return;
                        }
                        if order[place..].contains(stack) {
                            let message = format!(
                                "`{id}` is in stack `{}`, which is deployed after `{}`",
                                names[*stack], names[*own]
                            );
                            self.diags
                                .report(code::LATER_STACK, value.span, message)
                                .note(user, "this would need it");
                            value.data = Data::Unknown;
                            return;
                        }
                        let name = published_name(folder, id, attribute.as_deref());
                        crossings.insert((*stack, Arc::clone(id), attribute.clone()), user);
                        value.data = Data::Reference(Reference {
                            target: Target::Published(name.into(), false),
                            attribute: None,
                        });
                    });
                }
            }
        }
        for ((stack, id, attribute), user) in crossings {
            let name = published_name(folder, &id, attribute.as_deref());
            let suffix: String = attribute.iter().flat_map(|name| name.split('.')).collect();
            let reference = Reference {
                target: Target::Resource(stack, Arc::clone(&id)),
                attribute,
            };
            let value = Value::new(user, Data::Reference(reference));
            self.publish(stack, unit, &format!("{id}{suffix}"), &name, value, user, outer);
        }
    }

    /// Publishes each export of a cluster under `folder`: `{public: {https: …}}` goes to `<folder>/public/https`.
    ///
    /// What it returns stands for the exports in the apps: the same mapping, of published values.
    pub fn publish_exports(&mut self, exports: &Value, folder: &str, unit: &Unit, outer: &Scope<'_>) -> Value {
        let Data::Map(fields) = &exports.data else {
            return exports.clone();
        };
        let mut read = Vec::new();
        for field in fields {
            let name = format!("{folder}/{}", field.key.value);
            let value = match &field.value.data {
                Data::Null | Data::Unknown => field.value.clone(),
                Data::Map(_) => self.publish_exports(&field.value, &name, unit, outer),
                data => {
                    let list = matches!(data, Data::List(_));
                    let stack = unit.stacks[&StackKind::Cluster];
                    let id: String = name.split('/').skip(4).map(crate::library::pascal).collect();
                    self.publish(stack, unit, &id, &name, field.value.clone(), exports.span, outer);
                    let reference = Reference {
                        target: Target::Published(name.into(), list),
                        attribute: None,
                    };
                    Value::new(field.key.span, Data::Reference(reference))
                }
            };
            read.push(crate::library::Field {
                key: field.key.clone(),
                value,
            });
        }
        Value::new(exports.span, Data::Map(read))
    }

    #[expect(clippy::too_many_arguments, reason = "one published value has all these sides")]
    fn publish(
        &mut self,
        stack: usize,
        unit: &Unit,
        id: &str,
        name: &str,
        value: Value,
        user: Span,
        outer: &Scope<'_>,
    ) {
        let component = self.library.get("published", self.sources, self.diags);
        let Some(component) = component else { return };
        let list = matches!(value.data, Data::List(_));
        let argument = |name: &str, value: Value| (Spanned::new(Arc::from(name), user), Argument::Made(value));
        let used = Use {
            arguments: vec![
                argument("path", Value::text(user, name)),
                argument("value", value),
                argument("list", Value::new(user, Data::Bool(list))),
            ],
            place: Place {
                prefix: format!("Published{id}"),
                stack: self.graph.stacks[stack].kind,
                user,
                owner: format!("the published value `{name}`"),
                path: vec![Arc::clone(&component.name.value)],
            },
            component,
            unit,
        };
        self.instantiate(used, outer);
    }

    /// The names of all published values below `folder` that the unit's stacks read, sorted.
    pub fn reads(&mut self, unit: &Unit, folder: &str) -> Vec<Arc<str>> {
        let mut names = Vec::new();
        for own in unit.stacks.values() {
            for resource in &mut self.graph.stacks[*own].resources {
                for value in values(resource) {
                    visit(value, &mut |value| {
                        if let Data::Reference(Reference {
                            target: Target::Published(name, _),
                            ..
                        }) = &value.data
                            && let Some(key) = name.strip_prefix(folder)
                        {
                            names.push(Arc::from(key.trim_start_matches('/')));
                        }
                    });
                }
            }
        }
        names.sort_unstable();
        names.dedup();
        names
    }
}

fn published_name(folder: &str, id: &str, attribute: Option<&str>) -> String {
    match attribute {
        Some(attribute) => format!("{folder}/{id}.{attribute}"),
        None => format!("{folder}/{id}"),
    }
}
