//! The image repositories of an app: one stack in an account, whichever clusters the app runs on. In: an app as it is on one
//! of its clusters. Out: the repositories that no other of them has made.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::library::{Data, Value, pascal};
use crate::source::Spanned;
use crate::spec::App;

use super::engine::{Engine, Place, Unit};
use super::instance::{Argument, Use};
use super::model::StackKind;
use super::scope::{Member, Scope};

/// The stack of an app's repositories, and those that are in it already.
pub(super) struct Registry {
    pub stack: usize,
    made: Vec<Arc<str>>,
}

impl Engine<'_> {
    /// The registry of an app, which is made when it is asked for first.
    pub fn registry<'all>(
        &mut self,
        app: &Arc<str>,
        all: &'all mut BTreeMap<Arc<str>, Registry>,
    ) -> &'all mut Registry {
        all.entry(Arc::clone(app)).or_insert_with(|| {
            let about = format!("Image repositories of app {app}. Made by loadline.");
            Registry {
                stack: self.stack(format!("{app}-registry"), StackKind::Registry, about),
                made: Vec::new(),
            }
        })
    }

    /// Makes the repositories of an app's images; what it runs may differ from cluster to cluster.
    pub fn repositories(&mut self, app: &App, registry: &mut Registry, unit: &Unit, outer: &Scope<'_>) {
        for repository in app.repositories() {
            if registry.made.contains(&repository.value) {
                continue;
            }
            registry.made.push(Arc::clone(&repository.value));
            let name = Value::text(repository.span, Arc::clone(&repository.value));
            let component = self.library.get("registry", self.sources, self.diags);
            let used = Use {
                component: component.expect("the stdlib has it"),
                arguments: vec![(
                    Spanned::new("repository".into(), repository.span),
                    Argument::Made(name.clone()),
                )],
                place: Place {
                    prefix: pascal(&repository.value),
                    stack: StackKind::Registry,
                    user: repository.span,
                    owner: format!("repository `{}`", repository.value),
                    path: vec!["registry".into()],
                },
                unit,
            };
            let mut scope = outer.inner();
            scope.know("name", name);
            self.instantiate(used, &scope);
        }
    }

    /// The resources of a stack.
    pub fn members_of(&self, stack: usize) -> Vec<Member> {
        let resources = self.graph.stacks[stack].resources.iter();
        let members = resources.map(|resource| Member {
            stack,
            id: Arc::clone(&resource.id),
        });
        members.collect()
    }
}

/// The tags that an app has on each of its clusters: its repositories belong to all.
pub(super) fn tags(apps: &[App], name: &str) -> Option<Value> {
    let mut all = apps.iter().filter(|app| &*app.name == name).map(|app| app.tags.value());
    let mut tags = all.next()?;
    for other in all {
        if let Data::Map(fields) = &mut tags.data {
            fields.retain(|field| {
                other
                    .get(&field.key)
                    .is_some_and(|value| value.data == field.value.data)
            });
        }
    }
    Some(tags)
}
