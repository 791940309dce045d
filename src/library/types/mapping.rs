//! Mappings whose keys the user chooses: services by name, variables, tags.

use std::marker::PhantomData;
use std::sync::Arc;

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::diag::{Diagnostics, code};
use crate::library::{Data, Field, Value};
use crate::source::{Span, Spanned};
use crate::syntax::Node;

use super::{Origin, Setting, Type, expected, schema_of};

/// What keys of a mapping may be.
pub trait Key {
    /// The schema of a key; `None` when any will do.
    fn schema() -> Option<serde_json::Value>;

    /// Reports a key that is not one.
    fn check(key: &Spanned<Arc<str>>, diags: &mut Diagnostics);

    /// A key.
    fn example() -> &'static str;
}

/// A key that may be anything.
#[derive(Clone, Copy, Debug)]
pub struct Word;

impl Key for Word {
    fn schema() -> Option<serde_json::Value> {
        None
    }

    fn check(_: &Spanned<Arc<str>>, _: &mut Diagnostics) {}

    fn example() -> &'static str {
        "word"
    }
}

/// A key that is the name of a tag. Those of AWS begin with `aws:`, in any case:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Tag.html>.
#[derive(Clone, Copy, Debug)]
pub struct TagName;

impl Key for TagName {
    fn schema() -> Option<serde_json::Value> {
        Some(json!({"not": {"pattern": "^[Aa][Ww][Ss]:"}}))
    }

    fn check(key: &Spanned<Arc<str>>, diags: &mut Diagnostics) {
        let start = key.value.get(..4);
        if start.is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
            let message = format!("`{}` is a tag of AWS", key.value);
            let fault = diags.report(code::RESERVED_TAG, key.span, message);
            fault.hint("begin it with something other than `aws:`, such as the name of your company");
        }
    }

    fn example() -> &'static str {
        "team"
    }
}

/// A key that is the name of an environment variable.
#[derive(Clone, Copy, Debug)]
pub struct VariableName;

impl Key for VariableName {
    fn schema() -> Option<serde_json::Value> {
        Some(json!({"pattern": "^[A-Za-z_][A-Za-z0-9_.-]*$"}))
    }

    fn check(key: &Spanned<Arc<str>>, diags: &mut Diagnostics) {
        let first = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
        let rest = |byte: u8| first(byte) || byte.is_ascii_digit() || byte == b'.' || byte == b'-';
        let bytes = key.value.as_bytes();
        if !(bytes.first().is_some_and(|byte| first(*byte)) && bytes.iter().all(|byte| rest(*byte))) {
            let message = format!("`{}` cannot be the name of a variable", key.value);
            let fault = diags.report(code::BAD_VARIABLE, key.span, message);
            fault.hint("begin it with a letter or `_`, and go on with letters, digits, `_`, `.` and `-`");
        }
    }

    fn example() -> &'static str {
        "NAME"
    }
}

/// An entry of a [`Mapping`].
#[derive(Clone, Debug)]
pub struct Named<T> {
    /// Its key.
    pub name: Spanned<Arc<str>>,
    /// Its value.
    pub setting: Setting<T>,
}

/// A mapping of keys `K` to `T`, in the order it was written.
#[derive(Clone, Debug)]
pub struct Mapping<K, T> {
    /// The entries; the faulty ones too, so that their names are known.
    pub entries: Vec<Named<T>>,
    key: PhantomData<K>,
}

impl<K, T> Default for Mapping<K, T> {
    fn default() -> Mapping<K, T> {
        Mapping {
            entries: Vec::new(),
            key: PhantomData,
        }
    }
}

impl<K, T> Mapping<K, T> {
    /// The entry of a name.
    pub fn get(&self, name: &str) -> Option<&Named<T>> {
        self.entries.iter().find(|entry| &**entry.name == name)
    }

    /// The entries that are free of faults, with their places.
    pub fn sound_entries(&self) -> impl Iterator<Item = &Named<T>> {
        self.entries
            .iter()
            .filter(|entry| entry.setting.origin != Origin::Faulty)
    }

    /// The names and values of the entries that are free of faults.
    pub fn sound(&self) -> impl Iterator<Item = (&Spanned<Arc<str>>, &T)> {
        self.sound_entries().map(|entry| (&entry.name, &entry.setting.value))
    }
}

impl<K: Key, T: Type> Type for Mapping<K, T> {
    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = json_schema!({"type": "object", "additionalProperties": schema_of::<T>(generator)});
        if let Some(keys) = K::schema() {
            schema.insert("propertyNames".to_string(), keys);
        }
        schema
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<Self> {
        let Some(map) = node.map().filter(|_| node.tag.is_none()) else {
            expected("a mapping", node, diags);
            return None;
        };
        let mut entries = Vec::new();
        for entry in &map.entries {
            K::check(&entry.key, diags);
            let read = T::decode(&entry.value, diags);
            let origin = if read.is_some() { Origin::Given } else { Origin::Faulty };
            let span = if entry.value.is_null() {
                entry.key.span
            } else {
                entry.value.span
            };
            entries.push(Named {
                name: entry.key.clone(),
                setting: Setting {
                    value: read.unwrap_or_else(|| T::stand_in(entry.value.span)),
                    span,
                    key: Some(entry.key.span),
                    origin,
                },
            });
        }
        Some(Mapping {
            entries,
            key: PhantomData,
        })
    }

    fn value(&self, span: Span) -> Value {
        let fields = self.entries.iter().map(|entry| Field {
            key: entry.name.clone(),
            value: entry.setting.value(),
        });
        Value::new(span, Data::Map(fields.collect()))
    }

    fn example() -> serde_json::Value {
        let mut example = serde_json::Map::new();
        example.insert(K::example().to_string(), T::example());
        example.into()
    }
}
