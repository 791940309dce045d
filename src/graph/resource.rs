//! A resource of a body: first its logical ID, so that others can refer to it, then its properties.

use std::sync::Arc;

use crate::diag::{code, nearest};
use crate::library::{Data, Reference, Target, Value, pascal};
use crate::source::Spanned;
use crate::syntax::{Entry, Node};

use super::body::{each, expand, stands};
use super::engine::{Engine, Place, Unit, visit};
use super::evaluate::{quoted, unknown};
use super::model::{Origin, Resource};
use super::scope::{Local, Member, Scope};

/// A resource that has its logical ID and waits for its properties.
#[derive(Debug)]
pub(super) struct Declared {
    pub member: Member,
    entry: Entry,
    it: Option<Value>,
}

/// The keys of a resource, as CloudFormation has them, and ours.
const KEYS: &[&str] = &[
    "Type",
    "Properties",
    "DependsOn",
    "DeletionPolicy",
    "UpdateReplacePolicy",
    "UpdatePolicy",
    "CreationPolicy",
    "Metadata",
    "$when",
    "$each",
    "$stack",
];

/// What happens to a resource that goes (CloudFormation guide, "DeletionPolicy").
const POLICIES: &[&str] = &["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"];

impl Engine<'_> {
    /// Gives a resource its logical ID, and its local name a meaning.
    pub fn declare(&mut self, entry: &Entry, place: &Place, unit: &Unit, scope: &mut Scope<'_>) -> Vec<Declared> {
        let Some(items) = each(&entry.value, scope, self.diags) else {
            let made = self.declare_one(entry, "", None, place, unit, scope);
            let local = match &made {
                Some(declared) => Local::One(reference(entry, &declared.member), vec![declared.member.clone()]),
                None => {
                    let stands = stands(&entry.value, scope, self.diags);
                    self.left_out(stands, entry, &place.prefix)
                }
            };
            scope.declare(&entry.key.value, local);
            return made.into_iter().collect();
        };
        let Ok(items) = items else {
            let local = self.left_out(None, entry, &place.prefix);
            scope.declare(&entry.key.value, local);
            return Vec::new();
        };
        let (mut all, mut made) = (Vec::new(), Vec::new());
        for (key, item) in items {
            let mut inner = scope.inner();
            inner.know("it", item.clone());
            if let Some(declared) = self.declare_one(entry, &key, Some(item), place, unit, &inner) {
                all.push((key, reference(entry, &declared.member)));
                made.push(declared);
            }
        }
        let members = made.iter().map(|declared| declared.member.clone()).collect();
        scope.declare(&entry.key.value, Local::Each(all, members));
        made
    }

    /// The meaning of a name of which nothing was made, and where that is unknown, a note of it.
    pub fn left_out(&mut self, stands: Option<bool>, entry: &Entry, prefix: &str) -> Local {
        if stands.is_none() {
            self.unsettled.push(format!("{prefix}{}", entry.key.value).into());
        }
        Local::without(stands, entry.key.span)
    }

    fn declare_one(
        &mut self,
        entry: &Entry,
        key: &str,
        it: Option<Value>,
        place: &Place,
        unit: &Unit,
        scope: &Scope<'_>,
    ) -> Option<Declared> {
        if stands(&entry.value, scope, self.diags) != Some(true) {
            return None;
        }
        let stack = self.stack_of(&entry.value, place.stack, scope, unit);
        let id = format!("{}{}{}", place.prefix, entry.key.value, pascal(key));
        Some(Declared {
            member: Member {
                stack: unit.stacks[&stack],
                id: id.into(),
            },
            entry: entry.clone(),
            it,
        })
    }

    /// Puts a declared resource into its stack.
    pub fn resource(&mut self, declared: Declared, place: &Place, scope: &Scope<'_>) {
        let mut inner = scope.inner();
        if let Some(it) = &declared.it {
            inner.know("it", it.clone());
        }
        let Entry { key, value: node } = &declared.entry;
        let Some(map) = node.map() else {
            if !node.is_hole() {
                let message = format!(
                    "the resource `{}` is {}, but it must be a mapping",
                    key.value,
                    node.kind()
                );
                self.diags.report(code::WRONG_TYPE, node.span, message);
            }
            return;
        };
        let kind = match map.get("Type") {
            Some(kind) => expand(kind, &inner, self.diags),
            None => {
                let message = format!("the resource `{}` has no `Type`", key.value);
                self.diags
                    .report(code::MISSING_KEY, key.span, message)
                    .hint("add a type, such as `Type: AWS::SQS::Queue`");
                return;
            }
        };
        let mut resource = Resource {
            id: Arc::clone(&declared.member.id),
            kind: Spanned::new(kind.as_text().map_or_else(Arc::default, Arc::from), kind.span),
            properties: Value::new(node.span, Data::Map(Vec::new())),
            attributes: Vec::new(),
            origin: Origin {
                user: place.user,
                body: key.span,
                owner: place.owner.clone(),
            },
        };
        for entry in &map.entries {
            let Entry { key, value } = entry;
            match &***key {
                "Type" | "$when" | "$each" | "$stack" => {}
                "Properties" => resource.properties = expand(value, &inner, self.diags),
                "DependsOn" => {
                    let depends = self.depends_on(value, declared.member.stack, &inner);
                    resource.attributes.push((Arc::clone(&key.value), depends));
                }
                known if KEYS.contains(&known) => {
                    let attribute = self.attribute(entry, &inner);
                    resource.attributes.push((Arc::clone(&key.value), attribute));
                }
                other => {
                    let message = format!("a resource has no key `{other}`");
                    let fault = self.diags.report(code::UNKNOWN_KEY, key.span, message);
                    match nearest(other, KEYS.iter().copied()) {
                        Some(near) => fault.did_you_mean_word(near, other, key.span),
                        None => fault.hint("its properties go under `Properties`"),
                    };
                }
            }
        }
        self.graph.stacks[declared.member.stack].resources.push(resource);
    }

    /// The value of an attribute; a policy that CloudFormation does not know is reported.
    pub fn attribute(&mut self, entry: &Entry, scope: &Scope<'_>) -> Value {
        let value = expand(&entry.value, scope, self.diags);
        if let ("DeletionPolicy" | "UpdateReplacePolicy", Some(policy)) = (&**entry.key, value.as_text())
            && !POLICIES.contains(&policy)
        {
            let message = format!("`{policy}` is no value of `{}`", *entry.key);
            let fault = self.diags.report(code::PROPERTY_VALUE, entry.value.span, message);
            match nearest(policy, POLICIES.iter().copied()) {
                Some(near) => fault.did_you_mean(near, entry.value.span),
                None => fault.hint(format!("write one of {}", quoted(POLICIES))),
            };
        }
        value
    }

    /// The logical IDs that `DependsOn` means, of the same stack: others are there before, since their stack is.
    pub fn depends_on(&mut self, node: &Node, stack: usize, scope: &Scope<'_>) -> Value {
        let written = match node.list() {
            Some(items) => items,
            None => std::slice::from_ref(node),
        };
        let mut ids: Vec<Value> = Vec::new();
        for item in written {
            if item.text().is_some_and(|text| text.contains("${")) {
                let mut value = expand(item, scope, self.diags);
                visit(&mut value, &mut |value| {
                    if let Data::Reference(Reference {
                        target: Target::Resource(of, id),
                        ..
                    }) = &value.data
                        && *of == stack
                    {
                        ids.push(Value::text(item.span, Arc::clone(id)));
                    }
                });
                continue;
            }
            let Some(name) = item.text() else {
                if !item.is_hole() {
                    let message = format!("`DependsOn` takes names of resources, but this is {}", item.kind());
                    self.diags.report(code::WRONG_TYPE, item.span, message);
                }
                continue;
            };
            let members = match (scope.local(name), scope.logical(name)) {
                (Some(local), _) => local.members().to_vec(),
                (None, Some(Target::Resource(stack, id))) => vec![Member {
                    stack: *stack,
                    id: Arc::clone(id),
                }],
                _ if scope.is_unsettled(name) => continue,
                _ => {
                    let names = scope.names();
                    let name = Spanned::new(Arc::from(name), item.span);
                    unknown(
                        &name,
                        names.iter().map(|name| &**name),
                        "is no resource in reach here",
                        self.diags,
                    );
                    continue;
                }
            };
            let own = members.iter().filter(|member| member.stack == stack);
            ids.extend(own.map(|member| Value::text(item.span, Arc::clone(&member.id))));
        }
        let mut seen: Vec<Arc<str>> = Vec::new();
        ids.retain(|id| {
            let id: Arc<str> = id.as_text().expect("all are texts").into();
            let first = !seen.contains(&id);
            seen.push(id);
            first
        });
        let data = if ids.is_empty() { Data::Null } else { Data::List(ids) };
        Value::new(node.span, data)
    }
}

fn reference(entry: &Entry, member: &Member) -> Value {
    let reference = Reference {
        target: Target::Resource(member.stack, Arc::clone(&member.id)),
        attribute: None,
    };
    Value::new(entry.key.span, Data::Reference(reference))
}
