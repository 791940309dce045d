//! A template's text, in YAML or JSON. In: a [`Shape`]. Out: bytes that depend on nothing else.

use serde::ser::{Serialize, Serializer};
use serde_saphyr::Tagged;

use super::Format;
use super::shape::Shape;

/// The text of a template, with a line break at its end.
pub(super) fn write(shape: &Shape<'_>, format: Format) -> String {
    match format {
        Format::Json => {
            let text =
                serde_json::to_string_pretty(&Json(shape)).expect("a shape has string keys and is held in memory");
            text + "\n"
        }
        Format::Yaml => {
            let options = serde_saphyr::ser_options! {
                compact_list_indent: false,
                // A long line stays one line: folding would hide where an ARN or a policy really breaks.
                folded_wrap_chars: usize::MAX,
            };
            serde_saphyr::to_string_with_options(&Yaml(shape), options).expect("a shape is held in memory")
        }
    }
}

struct Json<'a>(&'a Shape<'a>);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Shape::Bool(value) => serializer.serialize_bool(*value),
            Shape::Integer(number) => serializer.serialize_i64(*number),
            Shape::Number(number) => serializer.serialize_f64(*number),
            Shape::Text(text) => serializer.serialize_str(text),
            Shape::List(items) => serializer.collect_seq(items.iter().map(Json)),
            Shape::Map(entries) => serializer.collect_map(entries.iter().map(|(key, shape)| (key, Json(shape)))),
            Shape::Call(name, argument) => serializer.collect_map([(name, Json(argument))]),
        }
    }
}

struct Yaml<'a>(&'a Shape<'a>);

impl Serialize for Yaml<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Shape::Bool(value) => serializer.serialize_bool(*value),
            Shape::Integer(number) => serializer.serialize_i64(*number),
            Shape::Number(number) => serializer.serialize_f64(*number),
            Shape::Text(text) => serializer.serialize_str(text),
            Shape::List(items) => serializer.collect_seq(items.iter().map(Yaml)),
            Shape::Map(entries) => serializer.collect_map(entries.iter().map(|(key, shape)| (key, Yaml(shape)))),
            Shape::Call(name, argument) => match (short(name, argument), attribute(name, argument)) {
                (Some(tag), Some(path)) => Tagged(path, Some(tag)).serialize(serializer),
                (Some(tag), None) => Tagged(Yaml(argument), Some(tag)).serialize(serializer),
                (None, _) => serializer.collect_map([(name, Yaml(argument))]),
            },
        }
    }
}

/// The functions of a graph that have a short form in YAML; others keep their long form.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html>
const SHORT: &[&str] = &[
    "Fn::Base64",
    "Fn::Cidr",
    "Fn::GetAZs",
    "Fn::GetAtt",
    "Fn::ImportValue",
    "Fn::Join",
    "Fn::Select",
    "Fn::Split",
    "Fn::Sub",
    "Ref",
];

/// The tag of a function. A YAML node has one tag, so a function right in a function leaves the outer one its long form;
/// so does a number, which a tag would turn into a string.
fn short(name: &str, argument: &Shape<'_>) -> Option<String> {
    let takes_tag = matches!(argument, Shape::Text(_) | Shape::List(_) | Shape::Map(_));
    (takes_tag && SHORT.contains(&name)).then(|| format!("!{}", name.trim_start_matches("Fn::")))
}

/// `Queue.Arn`, when the function is an `Fn::GetAtt`, whose short form takes a string.
fn attribute(name: &str, argument: &Shape<'_>) -> Option<String> {
    match argument {
        Shape::List(items) if name == "Fn::GetAtt" => match items.as_slice() {
            [Shape::Text(id), Shape::Text(attribute)] => Some(format!("{id}.{attribute}")),
            _ => None,
        },
        _ => None,
    }
}
