//! One component put to use. In: a component and its arguments. Out: resources in the graph, and its exports.
//! Must not know which component it is.

use std::rc::Rc;
use std::sync::Arc;

use crate::diag::{code, nearest};
use crate::library::{Component, Data, Field, Reference, Target, Value, pascal};
use crate::source::Spanned;
use crate::syntax::{Content, Entry, Node};

use super::body::{each, expand, stands};
use super::engine::{Engine, Place, Unit};
use super::evaluate::quoted;
use super::model::{Input, StackKind};
use super::resource::Declared;
use super::scope::{Local, Member, Scope};

/// An argument of an instance.
#[derive(Clone, Debug)]
pub(super) enum Argument {
    /// As the user wrote it: read by the parameter's type.
    Written(Node),
    /// Made already.
    Made(Value),
}

/// An instance that was made.
#[derive(Debug)]
pub(super) struct Made {
    /// Its exports, a mapping.
    pub exports: Value,
    /// Its resources, those of its parts too.
    pub members: Vec<Member>,
    /// What its accesses grant, by name.
    pub access: Vec<Field>,
}

/// A component with all that an instance of it needs.
pub(super) struct Use<'run> {
    pub component: Rc<Component>,
    pub arguments: Vec<(Spanned<Arc<str>>, Argument)>,
    pub place: Place,
    pub unit: &'run Unit,
}

impl Engine<'_> {
    /// Makes an instance. `outer` has the names that are always there.
    pub fn instantiate(&mut self, used: Use<'_>, outer: &Scope<'_>) -> Made {
        let component = Rc::clone(&used.component);
        let mut scope = outer.inner();
        self.bind(&used, &mut scope);
        for entry in &component.inputs {
            self.input(entry, &used, &mut scope);
        }
        let mut members = Vec::new();
        let mut declared = Vec::new();
        for entry in &component.resources {
            let found = self.declare(entry, &used.place, used.unit, &mut scope);
            members.extend(found.iter().map(|declared: &Declared| declared.member.clone()));
            declared.extend(found);
        }
        for entry in self.parts_in_order(&component) {
            let local = self.part(&entry, &used, &scope, outer);
            members.extend(local.members().iter().cloned());
            scope.declare(&entry.key.value, local);
        }
        for declared in declared {
            self.resource(declared, &used.place, &scope);
        }
        let exports = component
            .exports
            .iter()
            .map(|entry| self.field(entry, &scope))
            .collect();
        let access = component.access.iter().map(|entry| self.field(entry, &scope)).collect();
        Made {
            exports: Value::new(used.place.user, Data::Map(exports)),
            members,
            access,
        }
    }

    fn field(&mut self, entry: &Entry, scope: &Scope<'_>) -> Field {
        Field {
            key: entry.key.clone(),
            value: expand(&entry.value, scope, self.diags),
        }
    }

    /// Gives each parameter its value: the argument, else the default.
    fn bind(&mut self, used: &Use<'_>, scope: &mut Scope<'_>) {
        let component = &used.component;
        for (name, _) in &used.arguments {
            if component.parameter(name).is_some() {
                continue;
            }
            let message = format!("`{}` has no parameter `{}`", *component.name, name.value);
            let fault = self.diags.report(code::UNKNOWN_KEY, name.span, message);
            let names: Vec<&str> = component.parameters.iter().map(|known| &*known.name.value).collect();
            match nearest(name, names.iter().copied()) {
                Some(near) => fault.did_you_mean_word(near, name, name.span),
                None if names.is_empty() => fault.hint("it has no parameters"),
                None => fault.hint(format!("it has {}", quoted(&names))),
            };
        }
        for parameter in &component.parameters {
            let given = used.arguments.iter().find(|(name, _)| **name == *parameter.name);
            let mut read = |node: &Node| match &parameter.kind {
                Some(kind) => kind.read(node, self.diags),
                None => Value::new(node.span, Data::Unknown),
            };
            let value = match given {
                Some((_, Argument::Made(value))) => value.clone(),
                Some((_, Argument::Written(node))) => read(node),
                None => match &parameter.default {
                    Some(node) if node.is_null() => Value::new(node.span, Data::Null),
                    Some(node) => read(node),
                    None => {
                        let message = format!("`{}` needs `{}`", *component.name, *parameter.name);
                        self.diags
                            .report(code::MISSING_KEY, used.place.user, message)
                            .note(parameter.name.span, "declared here, without a default");
                        Value::new(used.place.user, Data::Unknown)
                    }
                },
            };
            scope.know(&parameter.name, value);
        }
    }

    fn input(&mut self, entry: &Entry, used: &Use<'_>, scope: &mut Scope<'_>) {
        let stands = stands(&entry.value, scope, self.diags);
        if stands != Some(true) {
            let local = self.left_out(stands, entry, &used.place.prefix);
            scope.declare(&entry.key.value, local);
            return;
        }
        let id: Arc<str> = format!("{}{}", used.place.prefix, entry.key.value).into();
        let mut input = Input {
            id: Arc::clone(&id),
            kind: "String".to_string(),
            about: String::new(),
            attributes: Vec::new(),
            default: None,
            value: None,
            repository: None,
            span: used.place.user,
        };
        let declaration = expand(&entry.value, scope, self.diags);
        let fields = match declaration.data {
            Data::Map(fields) => fields,
            _ => Vec::new(),
        };
        for Field { key, value } in fields {
            let present = Some(value.clone()).filter(|value| !value.is_null());
            match (&*key.value, value.as_text()) {
                ("Type", Some(kind)) => input.kind = kind.to_string(),
                ("Description", Some(about)) => input.about = about.to_string(),
                ("Value", _) => input.value = present,
                ("Default", _) => input.default = present,
                (name, _) => input.attributes.extend(present.map(|value| (name.to_string(), value))),
            }
        }
        let stack = used.unit.stacks[&used.place.stack];
        // Services that share an image share its parameter.
        if !self.graph.stacks[stack].inputs.iter().any(|known| known.id == id) {
            self.graph.stacks[stack].inputs.push(input);
        }
        let reference = Reference {
            target: Target::Parameter(id),
            attribute: None,
        };
        let value = Value::new(entry.key.span, Data::Reference(reference));
        scope.declare(&entry.key.value, Local::One(value, Vec::new()));
    }

    /// The parts, each after those it refers to; those in a circle are reported and left out.
    fn parts_in_order(&mut self, component: &Component) -> Vec<Entry> {
        let mut waiting: Vec<&Entry> = component.parts.iter().collect();
        let mut ordered: Vec<Entry> = Vec::new();
        while !waiting.is_empty() {
            let names: Vec<Arc<str>> = waiting.iter().map(|entry| Arc::clone(&entry.key.value)).collect();
            let ready = waiting.iter().position(|entry| {
                let mut others = names.iter().filter(|name| **name != entry.key.value);
                !others.any(|name| mentions(&entry.value, name))
            });
            match ready {
                Some(at) => ordered.push(waiting.remove(at).clone()),
                None => {
                    let quoted = quoted(&names.iter().map(|name| &**name).collect::<Vec<_>>());
                    let message = format!("the parts {quoted} refer to each other in a circle");
                    self.diags.report(code::COMPONENT_CYCLE, waiting[0].key.span, message);
                    break;
                }
            }
        }
        ordered
    }

    fn part(&mut self, entry: &Entry, used: &Use<'_>, scope: &Scope<'_>, outer: &Scope<'_>) -> Local {
        let Some(items) = each(&entry.value, scope, self.diags) else {
            return match self.part_instance(entry, "", used, scope, outer) {
                Some(made) => Local::One(made.exports, made.members),
                None => {
                    let stands = stands(&entry.value, scope, self.diags);
                    self.left_out(stands, entry, &used.place.prefix)
                }
            };
        };
        let Ok(items) = items else {
            return self.left_out(None, entry, &used.place.prefix);
        };
        let (mut all, mut members) = (Vec::new(), Vec::new());
        for (key, item) in items {
            let mut inner = scope.inner();
            inner.know("it", item);
            if let Some(made) = self.part_instance(entry, &key, used, &inner, outer) {
                all.push((key, made.exports));
                members.extend(made.members);
            }
        }
        Local::Each(all, members)
    }

    fn part_instance(
        &mut self,
        entry: &Entry,
        key: &str,
        used: &Use<'_>,
        scope: &Scope<'_>,
        outer: &Scope<'_>,
    ) -> Option<Made> {
        if stands(&entry.value, scope, self.diags) != Some(true) {
            return None;
        }
        let Some(name) = entry.value.entry("use") else {
            let message = format!("the part `{}` does not say which component it uses", entry.key.value);
            self.diags
                .report(code::MISSING_KEY, entry.key.span, message)
                .hint("add `use: <component>`");
            return None;
        };
        let component = self.component(&name.value, &used.place.path)?;
        let stack = self.stack_of(&entry.value, used.place.stack, scope, used.unit);
        let arguments = entry.value.map().map_or(&[][..], |map| &map.entries);
        let arguments = arguments
            .iter()
            .filter(|argument| !argument.key.starts_with('$') && &**argument.key != "use")
            .map(|argument| {
                let made = if is_literal(&argument.value) {
                    Argument::Written(argument.value.clone())
                } else {
                    Argument::Made(expand(&argument.value, scope, self.diags))
                };
                (argument.key.clone(), made)
            })
            .collect();
        let mut path = used.place.path.clone();
        path.push(Arc::clone(&component.name.value));
        let place = Place {
            prefix: format!("{}{}{}", used.place.prefix, entry.key.value, pascal(key)),
            stack,
            path,
            ..used.place.clone()
        };
        let used = Use {
            component,
            arguments,
            place,
            unit: used.unit,
        };
        // A part sees what is always there, not the parameters of what it is part of.
        Some(self.instantiate(used, outer))
    }

    /// The component that a `use:` names, unless it is unknown or one of those around it.
    pub fn component(&mut self, name: &Node, path: &[Arc<str>]) -> Option<Rc<Component>> {
        let Some(text) = name.text() else {
            if !name.is_hole() {
                let message = format!("`use` names a component, but this is {}", name.kind());
                self.diags.report(code::WRONG_TYPE, name.span, message);
            }
            return None;
        };
        if path.iter().any(|outer| **outer == *text) {
            let message = format!("the component `{text}` uses itself");
            self.diags
                .report(code::COMPONENT_CYCLE, name.span, message)
                .hint("a component cannot be part of itself");
            return None;
        }
        let found = self.library.get(text, self.sources, self.diags);
        if found.is_none() {
            let text: Spanned<Arc<str>> = Spanned::new(text.into(), name.span);
            let names = self.library.names();
            super::evaluate::unknown(&text, names.into_iter(), "is not a component", self.diags);
        }
        found
    }

    /// The stack that `$stack` names, else `default`.
    pub fn stack_of(&mut self, node: &Node, default: StackKind, scope: &Scope<'_>, unit: &Unit) -> StackKind {
        let Some(named) = node.get("$stack") else {
            return default;
        };
        let value = expand(named, scope, self.diags);
        let kind = match value.as_text() {
            Some("cluster") => Some(StackKind::Cluster),
            Some("registry") => Some(StackKind::Registry),
            Some("base") => Some(StackKind::Base),
            Some("release") => Some(StackKind::Release),
            Some("app") => Some(StackKind::App),
            _ => None,
        };
        match kind.filter(|kind| unit.stacks.contains_key(kind)) {
            Some(kind) => kind,
            None if value.data == Data::Unknown => default,
            None => {
                self.diags
                    .report(code::UNKNOWN_FORM, named.span, "there is no such stack here")
                    .hint("the stacks of an app are `registry`, `base`, `release`, `app`; a cluster has one");
                default
            }
        }
    }
}

/// Whether a tree holds no expression, form or function, so that a parameter's type can read it as it is.
fn is_literal(node: &Node) -> bool {
    node.tag.is_none()
        && match &*node.content {
            Content::Text(text) => !text.text.contains("${"),
            Content::List(items) => items.iter().all(is_literal),
            Content::Map(map) => map
                .entries
                .iter()
                .all(|entry| !entry.key.starts_with(['$', 'F']) && is_literal(&entry.value)),
            _ => true,
        }
}

/// Whether a tree refers to a capitalised name.
fn mentions(node: &Node, name: &str) -> bool {
    match &*node.content {
        Content::Text(text) => text.text.match_indices(name).any(|(at, _)| {
            let before = text.text[..at].chars().next_back();
            let after = text.text[at + name.len()..].chars().next();
            let joins = |character: Option<char>| character.is_some_and(|c| c.is_alphanumeric() || c == '_');
            text.text.contains("${") && !joins(before) && !joins(after)
        }),
        Content::List(items) => items.iter().any(|item| mentions(item, name)),
        Content::Map(map) => map.entries.iter().any(|entry| mentions(&entry.value, name)),
        _ => false,
    }
}
