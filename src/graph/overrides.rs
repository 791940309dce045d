//! `override:` at the use site: merged into the resources by property path, `null` deletes, lists are replaced whole.

use std::sync::Arc;

use crate::diag::{code, nearest};
use crate::library::{Data, Field, Value};
use crate::source::Spanned;
use crate::syntax::Node;

use super::engine::{Engine, Unit};
use super::evaluate::quoted;
use super::scope::{Member, Scope};

/// What a resource may have beside its properties.
const ATTRIBUTES: &[&str] = &[
    "DependsOn",
    "DeletionPolicy",
    "UpdateReplacePolicy",
    "UpdatePolicy",
    "CreationPolicy",
    "Metadata",
];

impl Engine<'_> {
    /// Merges the overrides of `node` into those of `members` that they name, by logical ID without `prefix`.
    pub fn override_with(
        &mut self,
        node: &Node,
        members: &[Member],
        prefix: &str,
        owner: &str,
        unit: &Unit,
        outer: &Scope<'_>,
    ) {
        let entries = node.map().map_or(&[][..], |map| &map.entries);
        if entries.is_empty() {
            return;
        }
        let mut scope = outer.inner();
        scope.reach(self.logical(unit), &self.unsettled);
        for entry in entries {
            let name = &entry.key;
            let named = |member: &&Member| member.id.strip_prefix(prefix) == Some(&*name.value);
            let Some(member) = members.iter().find(named).cloned() else {
                if scope.is_unsettled(&format!("{prefix}{}", name.value)) {
                    continue;
                }
                let locals: Vec<&str> = members
                    .iter()
                    .filter_map(|member| member.id.strip_prefix(prefix))
                    .collect();
                let message = format!("{owner} has no resource `{}` to override", name.value);
                let fault = self.diags.report(code::UNKNOWN_OVERRIDE, name.span, message);
                match nearest(name, locals.iter().copied()) {
                    Some(near) => fault.did_you_mean(near, name.span),
                    None => fault.hint(format!("it has {}", quoted(&locals))),
                };
                continue;
            };
            self.override_one(&entry.value, &member, &scope);
        }
    }

    fn override_one(&mut self, node: &Node, member: &Member, scope: &Scope<'_>) {
        for entry in node.map().map_or(&[][..], |map| &map.entries) {
            let value = match &*entry.key.value {
                "DependsOn" => self.depends_on(&entry.value, member.stack, scope),
                _ => self.attribute(entry, scope),
            };
            let mut resources = self.graph.stacks[member.stack].resources.iter_mut();
            let Some(resource) = resources.find(|resource| resource.id == member.id) else {
                return;
            };
            match &*entry.key.value {
                "Properties" => merge(&mut resource.properties, value),
                known if ATTRIBUTES.contains(&known) => {
                    let key = &entry.key.value;
                    match resource.attributes.iter_mut().find(|(name, _)| name == key) {
                        Some((_, old)) => merge(old, value),
                        None => resource.attributes.push((Arc::clone(key), value)),
                    }
                }
                other => {
                    let message = format!("`{other}` cannot be overridden");
                    let fault = self.diags.report(code::UNKNOWN_OVERRIDE, entry.key.span, message);
                    match nearest(other, ["Properties"].into_iter().chain(ATTRIBUTES.iter().copied())) {
                        Some(near) => fault.did_you_mean(near, entry.key.span),
                        None => fault.hint(format!(
                            "properties go under `Properties`: `{{Properties: {{{other}: …}}}}`"
                        )),
                    };
                }
            }
        }
        if let (None, false) = (node.map(), node.is_hole()) {
            let message = format!("an override is a mapping, but this is {}", node.kind());
            self.diags.report(code::WRONG_TYPE, node.span, message);
        }
    }
}

/// Puts `over` into `value`: mappings merge by key, all else replaces; a null stays and is taken out with the others.
fn merge(value: &mut Value, over: Value) {
    let Data::Map(fields) = &mut value.data else {
        *value = over;
        return;
    };
    let Data::Map(overs) = over.data else {
        *value = over;
        return;
    };
    for Field { key, value: over } in overs {
        match fields.iter_mut().find(|field| *field.key == *key) {
            Some(field) => merge(&mut field.value, over),
            None => fields.push(Field {
                key: Spanned::new(Arc::clone(&key.value), key.span),
                value: over,
            }),
        }
    }
}
