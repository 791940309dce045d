//! The tags of a cluster or app, on each of its resources that can have tags. In: stacks of the graph. Out: the same, tagged.
//! Must not know which types there are: the catalog says how each writes its tags.

use std::sync::Arc;

use crate::catalog::{Catalog, Kind, Record, ResourceType, Shape};
use crate::library::{Data, Field, Value};
use crate::source::{Span, Spanned};

use super::engine::Engine;

/// How a type writes its tags.
enum Form {
    /// `{name: value}`.
    Map,
    /// `[{Key: name, Value: value}]`; `true` where each says whether instances get it too.
    List(bool),
}

impl Engine<'_> {
    /// Puts `tags`, a mapping of strings, on each resource of these stacks; a tag that a resource has already stays.
    pub fn tag(&mut self, stacks: impl Iterator<Item = usize>, tags: &Value, catalog: &Catalog) {
        let Data::Map(tags) = &tags.data else { return };
        if tags.is_empty() {
            return;
        }
        for at in stacks {
            for resource in &mut self.graph.stacks[at].resources {
                let kind = catalog.resource_type(&resource.kind);
                if let Some(form) = kind.and_then(|kind| form(&kind)) {
                    add(&mut resource.properties, &form, tags);
                }
            }
        }
    }
}

fn form(kind: &ResourceType) -> Option<Form> {
    let property = kind.record().property("Tags")?;
    match kind.shape(property.kind) {
        Shape::Map(..) => Some(Form::Map),
        Shape::List(item, _) => list_form(kind, item),
        _ => None,
    }
}

fn list_form(kind: &ResourceType, item: Kind) -> Option<Form> {
    let Shape::Record(record) = kind.shape(item) else {
        return None;
    };
    let has = |record: &Record, name: &str| record.property(name).is_some();
    let pairs = has(record, "Key") && has(record, "Value");
    pairs.then(|| Form::List(has(record, "PropagateAtLaunch")))
}

fn add(properties: &mut Value, form: &Form, tags: &[Field]) {
    let Data::Map(fields) = &mut properties.data else {
        return;
    };
    let span = properties.span;
    let at = fields.iter().position(|field| &*field.key.value == "Tags");
    let at = at.unwrap_or_else(|| {
        fields.push(Field {
            key: Spanned::new("Tags".into(), span),
            value: Value::new(span, Data::Null),
        });
        fields.len() - 1
    });
    let own = &mut fields[at].value;
    if own.is_null() {
        own.data = match form {
            Form::Map => Data::Map(Vec::new()),
            Form::List(_) => Data::List(Vec::new()),
        };
    }
    match (form, &mut own.data) {
        (Form::Map, Data::Map(own)) => {
            for tag in tags {
                if !own.iter().any(|known| *known.key == *tag.key) {
                    own.push(tag.clone());
                }
            }
        }
        (Form::List(propagates), Data::List(own)) => {
            for tag in tags {
                let has = |known: &Value| known.get("Key").and_then(Value::as_text) == Some(&tag.key.value);
                if !own.iter().any(has) {
                    own.push(pair(tag, *propagates));
                }
            }
        }
        // A user's function in place of the list is left as it is.
        _ => {}
    }
}

fn pair(tag: &Field, propagates: bool) -> Value {
    let span: Span = tag.key.span;
    let mut fields = vec![
        ("Key", Value::text(span, Arc::clone(&tag.key.value))),
        ("Value", tag.value.clone()),
    ];
    if propagates {
        fields.push(("PropagateAtLaunch", Value::new(span, Data::Bool(true))));
    }
    Value::map(span, fields)
}
