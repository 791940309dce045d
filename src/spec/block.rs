//! Blocks: mappings with known keys. A field is declared once, with its documentation, type and default; from that come
//! the decoder, the schema and the value a component receives.
//!
//! In: a [`Node`]. Out: a struct of [`Setting`]s. Must not know which blocks there are.

use std::sync::Arc;

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Value as Json, json};

use crate::diag::{Diagnostics, code};
use crate::library::types::{Origin, Setting, Type, expected, fault, listed, node_of, schema_of};
use crate::library::{Data, Field, Value};
use crate::source::{Span, Spanned};
use crate::syntax::{Entry, Map, Node};

use super::keys;

/// A mapping with known keys. Declared by [`block!`], never by hand.
pub trait Block: Sized {
    /// What it is, in Markdown.
    const ABOUT: &'static str;
    /// The key that a value which is no mapping stands for.
    const SHORT: Option<&'static str>;
    /// Keys of which at least one must be given.
    const NEEDS: &'static [&'static str];

    /// Adds its keys, in order.
    fn keys(into: &mut Vec<String>);

    /// Reads its fields.
    fn read(reader: &Reader, diags: &mut Diagnostics) -> Self;

    /// Adds the schema of each field, and the keys that must be there.
    fn properties(generator: &mut SchemaGenerator, into: &mut Properties);

    /// Adds what a component receives of each field.
    fn fields(&self, into: &mut Vec<Field>);

    /// Adds the example of each field that must be given.
    fn examples(into: &mut serde_json::Map<String, Json>);
}

/// The schemas of a block's fields.
#[derive(Default)]
pub struct Properties {
    fields: serde_json::Map<String, Json>,
    required: Vec<Json>,
}

/// The key that a field's name stands for.
pub fn key_of(field: &str) -> String {
    field.trim_start_matches("r#").replace('_', "-")
}

/// A documentation comment as one text: lines joined, paragraphs kept.
pub fn about_of(lines: &[&str]) -> String {
    let mut about = String::new();
    for line in lines {
        let line = line.trim();
        match line {
            "" => about.push_str("\n\n"),
            _ if about.is_empty() || about.ends_with('\n') => about.push_str(line),
            _ => about.extend([" ", line]),
        }
    }
    about
}

/// The mapping that a block is read from.
pub struct Reader<'a> {
    map: &'a Map,
    /// Where something missing is missing.
    place: Span,
    /// Keys that are not there because they were written wrong, which was reported.
    misspelt: &'a [&'a str],
}

/// The place to show for a whole node: its first key, because a mapping can cover many lines.
pub fn place_of(node: &Node) -> Span {
    let first = node
        .map()
        .and_then(|map| map.entries.first())
        .map(|entry| entry.key.span);
    let inside = |span: &Span| {
        let whole = node.span;
        span.file == whole.file && span.start >= whole.start && span.end <= whole.end
    };
    first.filter(inside).unwrap_or(node.span)
}

impl Reader<'_> {
    /// The value of a field's key. Without a default, the key must be there.
    pub fn setting<T: Type>(
        &self,
        field: &str,
        default: Option<Json>,
        mark: Option<&str>,
        diags: &mut Diagnostics,
    ) -> Setting<T> {
        let key = key_of(field);
        let Some(entry) = self.map.entry(&key) else {
            let misspelt = self.misspelt.contains(&&*key);
            let (value, origin) = match &default {
                Some(default) if misspelt => (T::literal(default, self.place), Origin::Faulty),
                None if misspelt => (T::stand_in(self.place), Origin::Faulty),
                Some(default) => (T::literal(default, self.place), Origin::Default),
                None => {
                    let fault = diags.report(code::MISSING_KEY, self.place, format!("`{key}` is missing"));
                    fault.label("in this block");
                    if let Some(example) = shown(&T::example()) {
                        fault.hint(format!("add it, such as `{key}: {example}`"));
                    }
                    (T::stand_in(self.place), Origin::Faulty)
                }
            };
            return Setting {
                value,
                span: self.place,
                key: None,
                origin,
            };
        };
        let before = diags.len();
        let read = T::decode(&entry.value, diags);
        if mark == Some("later") && !entry.value.is_null() && diags.len() == before {
            report_later(&format!("`{key}`"), entry.key.span, diags);
        }
        let origin = if read.is_some() { Origin::Given } else { Origin::Faulty };
        let value = read.unwrap_or_else(|| match &default {
            Some(default) => T::literal(default, entry.value.span),
            None => T::stand_in(entry.value.span),
        });
        let span = if entry.value.is_null() {
            entry.key.span
        } else {
            entry.value.span
        };
        Setting {
            value,
            span,
            key: Some(entry.key.span),
            origin,
        }
    }
}

/// An example of one line, as YAML.
fn shown(example: &Json) -> Option<String> {
    match example {
        Json::String(text) => Some(text.clone()),
        Json::Number(_) | Json::Bool(_) => Some(example.to_string()),
        _ => None,
    }
}

/// Reports something that the language has and this version cannot do.
pub fn report_later(what: &str, span: Span, diags: &mut Diagnostics) {
    let fault = diags.report(code::NOT_YET, span, format!("{what} is not built yet"));
    fault.hint("leave it out; a later version can do it");
}

/// Reads a block, or its short form. Reports keys it does not have.
pub fn decode<B: Block>(node: &Node, diags: &mut Diagnostics) -> Option<B> {
    let short;
    let map = match (node.map().filter(|_| node.tag.is_none()), B::SHORT) {
        (Some(map), _) => map,
        (None, Some(key)) if !node.is_hole() && !node.is_null() => {
            short = Map {
                entries: vec![Entry {
                    key: Spanned::new(Arc::from(key), node.span),
                    value: node.clone(),
                }],
            };
            &short
        }
        _ => {
            expected("a mapping", node, diags);
            return None;
        }
    };
    let place = place_of(node);
    let mut known = Vec::new();
    B::keys(&mut known);
    let mut misspelt = Vec::new();
    for entry in &map.entries {
        if !known.iter().any(|key| **key == **entry.key) {
            misspelt.extend(keys::report_unknown(entry, &known, map, diags));
        }
    }
    let reader = Reader {
        map,
        place,
        misspelt: &misspelt,
    };
    let block = B::read(&reader, diags);
    let missing = |key: &str| map.entry(key).is_none() && !misspelt.contains(&key);
    if !B::NEEDS.is_empty() && B::NEEDS.iter().all(|key| missing(key)) {
        let message = format!("{} is missing", listed(B::NEEDS));
        fault(
            &Node {
                span: place,
                ..node.clone()
            },
            code::MISSING_KEY,
            message,
            diags,
        );
    }
    Some(block)
}

/// The schema of a block.
pub fn schema<B: Block>(generator: &mut SchemaGenerator) -> Schema {
    let mut properties = Properties::default();
    B::properties(generator, &mut properties);
    let mut schema = json_schema!({
        "description": B::ABOUT.trim(),
        "type": "object",
        "properties": properties.fields,
        "additionalProperties": false,
    });
    let object = schema.ensure_object();
    if !properties.required.is_empty() {
        object.insert("required".to_string(), Json::Array(properties.required));
    }
    if !B::NEEDS.is_empty() {
        let needs: Vec<Json> = B::NEEDS.iter().map(|key| json!({"required": [key]})).collect();
        object.insert("anyOf".to_string(), Json::Array(needs));
    }
    let Some(key) = B::SHORT else { return schema };
    let about = object.remove("description");
    let short = object["properties"][key].clone();
    let mut short = short.as_object().expect("a property's schema is an object").clone();
    for annotation in ["description", "default"] {
        short.shift_remove(annotation);
    }
    let choices = match short.get("anyOf").and_then(Json::as_array) {
        Some(choices) if short.len() == 1 => choices.clone(),
        _ => vec![Json::Object(short)],
    };
    // The field may allow null in the long form; the short form is the value itself.
    let given = choices.into_iter().filter(|choice| *choice != json!({"type": "null"}));
    let given = given.map(|mut choice| {
        if let Some(kind) = choice.get_mut("type").filter(|kind| kind.is_array()) {
            *kind = kind[0].clone();
        }
        choice
    });
    let choices: Vec<Json> = given.chain([schema.to_value()]).collect();
    json_schema!({"description": about, "anyOf": choices})
}

/// Adds the schema of one field.
pub fn property<T: Type>(
    field: &str,
    about: &[&str],
    default: Option<Json>,
    generator: &mut SchemaGenerator,
    into: &mut Properties,
) {
    let key = key_of(field);
    let mut schema = schema_of::<T>(generator);
    let object = schema.ensure_object();
    object.insert("description".to_string(), about_of(about).into());
    match default {
        Some(Json::Null) => {}
        Some(default) => {
            object.insert("default".to_string(), default);
        }
        None => into.required.push(key.clone().into()),
    }
    into.fields.insert(key, schema.to_value());
}

/// What a component receives of a block.
pub fn value<B: Block>(block: &B, span: Span) -> Value {
    let mut fields = Vec::new();
    block.fields(&mut fields);
    Value::new(span, Data::Map(fields))
}

/// Adds a field to those of a block.
pub fn push<T: Type>(field: &str, setting: &Setting<T>, into: &mut Vec<Field>) {
    into.push(Field {
        key: Spanned::new(key_of(field).into(), setting.place()),
        value: setting.value(),
    });
}

/// An example of a block: the keys that must be given.
pub fn example<B: Block>() -> Json {
    let mut fields = serde_json::Map::new();
    B::examples(&mut fields);
    Json::Object(fields)
}

/// A block of defaults, at `span`; where a key must be given, its example stands in.
pub fn stand_in<B: Block>(span: Span) -> B {
    let example = node_of(&example::<B>(), span);
    let empty = Map::default();
    let map = example.map().unwrap_or(&empty);
    let reader = Reader {
        map,
        place: span,
        misspelt: &[],
    };
    B::read(&reader, &mut Diagnostics::default())
}

/// Declares blocks. Each field has its documentation, perhaps a mark, its name (the key in snake case), its type and its
/// default in the notation of JSON; without a default the key must be given.
///
/// Marks: `@engine` keeps a field from components; `@later` refuses it with `not-yet`, and keeps it from them too.
/// `short "key"` lets a value that is no mapping stand for `{key: value}`; `needs ["a", "b"]` wants one of these keys;
/// `flatten part: Part` takes in the fields of another block; `then f` lets a function change what components receive.
macro_rules! block {
    (
        $(#[doc = $about:literal])+
        pub struct $name:ident $title:literal
        $(short $short:literal)? $(needs [$($need:literal),+])? $(then $then:path)?
        {
            $(flatten $flat:ident: $part:ty,)?
            $(
                $(#[doc = $doc:literal])+
                $(@$mark:ident)? $field:ident: $type:ty $(= $default:tt)?,
            )*
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug)]
        pub struct $name {
            $(
                /// The fields it shares with others.
                pub $flat: $part,
            )?
            $($(#[doc = $doc])+ pub $field: $crate::library::types::Setting<$type>,)*
        }

        impl $crate::spec::block::Block for $name {
            const ABOUT: &'static str = concat!($($about),+);
            const SHORT: Option<&'static str> = $crate::spec::block::optional!($($short)?);
            const NEEDS: &'static [&'static str] = &[$($($need),+)?];

            fn keys(into: &mut Vec<String>) {
                $(<$part as $crate::spec::block::Block>::keys(into);)?
                into.extend([$($crate::spec::block::key_of(stringify!($field))),*]);
            }

            fn read(
                reader: &$crate::spec::block::Reader,
                diags: &mut $crate::diag::Diagnostics,
            ) -> $name {
                $name {
                    $($flat: <$part as $crate::spec::block::Block>::read(reader, diags),)?
                    $($field: reader.setting(
                        stringify!($field),
                        $crate::spec::block::optional!($(serde_json::json!($default))?),
                        $crate::spec::block::optional!($(stringify!($mark))?),
                        diags,
                    ),)*
                }
            }

            fn properties(
                generator: &mut schemars::SchemaGenerator,
                into: &mut $crate::spec::block::Properties,
            ) {
                $(<$part as $crate::spec::block::Block>::properties(generator, into);)?
                $($crate::spec::block::property::<$type>(
                    stringify!($field),
                    &[$($doc),+],
                    $crate::spec::block::optional!($(serde_json::json!($default))?),
                    generator,
                    into,
                );)*
            }

            fn fields(&self, into: &mut Vec<$crate::library::Field>) {
                $($crate::spec::block::Block::fields(&self.$flat, into);)?
                $($crate::spec::block::give!(self, $field, into $(, $mark)?);)*
                $($then(self, into);)?
            }

            fn examples(into: &mut serde_json::Map<String, serde_json::Value>) {
                $(<$part as $crate::spec::block::Block>::examples(into);)?
                $($crate::spec::block::show!($field, $type, into $(, $default)?);)*
            }
        }

        impl $crate::library::types::Type for $name {
            fn title() -> Option<std::borrow::Cow<'static, str>> {
                Some(std::borrow::Cow::Borrowed($title))
            }

            fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $crate::spec::block::schema::<$name>(generator)
            }

            fn decode(
                node: &$crate::syntax::Node,
                diags: &mut $crate::diag::Diagnostics,
            ) -> Option<$name> {
                $crate::spec::block::decode(node, diags)
            }

            fn value(&self, span: $crate::source::Span) -> $crate::library::Value {
                $crate::spec::block::value(self, span)
            }

            fn example() -> serde_json::Value {
                $crate::spec::block::example::<$name>()
            }

            fn stand_in(span: $crate::source::Span) -> $name {
                $crate::spec::block::stand_in(span)
            }
        }

        $(
            impl std::ops::Deref for $name {
                type Target = $part;

                fn deref(&self) -> &$part {
                    &self.$flat
                }
            }

            impl std::ops::DerefMut for $name {
                fn deref_mut(&mut self) -> &mut $part {
                    &mut self.$flat
                }
            }
        )?
    };
}

/// `Some` of what there is.
macro_rules! optional {
    () => { None };
    ($($given:tt)+) => { Some($($given)+) };
}

/// Gives a field to components, unless it is marked.
macro_rules! give {
    ($self:ident, $field:ident, $into:ident, engine) => {};
    ($self:ident, $field:ident, $into:ident, later) => {};
    ($self:ident, $field:ident, $into:ident $(, $mark:ident)?) => {
        $crate::spec::block::push(stringify!($field), &$self.$field, $into)
    };
}

/// Shows an example of a field that must be given.
macro_rules! show {
    ($field:ident, $type:ty, $into:ident, $default:tt) => {
        let _ = &$into;
    };
    ($field:ident, $type:ty, $into:ident) => {
        $into.insert(
            $crate::spec::block::key_of(stringify!($field)),
            <$type as $crate::library::types::Type>::example(),
        )
    };
}

pub(crate) use {block, give, optional, show};
