//! Reads a template as CloudFormation does, YAML 1.1 with short forms, and gives the JSON that it means.
//!
//! A plain scalar that some reader takes for something else than it says comes out as `{"misread": …}`.

use granit_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value, json};

pub fn read(yaml: &str) -> Value {
    let events = Parser::new_from_str(yaml).map(|event| event.expect("the template is YAML").0);
    let mut nodes = events.filter(|event| {
        matches!(
            event,
            Event::Scalar(..)
                | Event::SequenceStart(..)
                | Event::SequenceEnd
                | Event::MappingStart(..)
                | Event::MappingEnd
        )
    });
    let root = node(&mut nodes).expect("it holds something");
    assert!(node(&mut nodes).is_none(), "it holds one thing");
    root
}

/// The next node; `None` at the end of a collection.
fn node<'a>(events: &mut impl Iterator<Item = Event<'a>>) -> Option<Value> {
    let (value, tag) = match events.next()? {
        Event::Scalar(text, style, _, tag) => {
            let is_plain = style == ScalarStyle::Plain && tag.is_none();
            (if is_plain { plain(&text) } else { json!(text) }, tag)
        }
        Event::SequenceStart(_, _, tag) => {
            let mut items = Vec::new();
            while let Some(item) = node(events) {
                items.push(item);
            }
            (Value::Array(items), tag)
        }
        Event::MappingStart(_, _, tag) => {
            let mut map = Map::new();
            while let Some(key) = node(events) {
                let key = key.as_str().expect("keys are strings").to_string();
                let value = node(events).expect("a key has a value");
                assert!(map.insert(key, value).is_none(), "a key stands once");
            }
            (Value::Object(map), tag)
        }
        _ => return None,
    };
    let Some(tag) = tag else { return Some(value) };
    Some(match (tag.suffix(), value) {
        ("Ref", value) => json!({"Ref": value}),
        ("GetAtt", Value::String(path)) => {
            let (id, attribute) = path.split_once('.').expect("an attribute");
            json!({"Fn::GetAtt": [id, attribute]})
        }
        (name, value) => json!({format!("Fn::{name}"): value}),
    })
}

fn plain(text: &str) -> Value {
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => match serde_json::from_str::<serde_json::Number>(text) {
            Ok(number) if !lacks_point(text) => Value::Number(number),
            _ if is_something_else(text) => json!({"misread": text}),
            _ => json!(text),
        },
    }
}

/// `1e3` is a number in YAML 1.2 and a string in YAML 1.1.
fn lacks_point(text: &str) -> bool {
    text.contains(['e', 'E']) && !text.contains('.')
}

/// Whether a plain scalar has a type in YAML 1.1 that is neither string nor what its digits say.
/// <https://yaml.org/type/>
fn is_something_else(text: &str) -> bool {
    let words = [
        "", "~", "null", "y", "n", "yes", "no", "on", "off", "true", "false", "=", "<<",
    ];
    if words.contains(&text.to_lowercase().as_str()) {
        return true;
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_run = |text: &str, of: &str| !text.is_empty() && text.chars().all(|character| of.contains(character));
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let begins = |text: &str| text.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    let is_number =
        begins(mantissa) && is_run(mantissa, "0123456789_.") && mantissa != "." && is_run(exponent, "0123456789");
    let is_special = [".inf", ".nan"].contains(&unsigned.to_lowercase().as_str());
    let has_radix = |prefix: &str, of: &str| unsigned.strip_prefix(prefix).is_some_and(|rest| is_run(rest, of));
    let is_other_radix =
        has_radix("0x", "0123456789abcdefABCDEF_") || has_radix("0b", "01_") || has_radix("0o", "01234567_");
    is_number || is_special || is_other_radix || is_sixties(unsigned) || is_date(text)
}

/// `12:30:45.6`, a number to the base 60.
fn is_sixties(unsigned: &str) -> bool {
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let mut parts = whole.split(':');
    let first = parts.next().expect("split gives one");
    let is_first = |part: &str| {
        part.chars()
            .all(|character| character.is_ascii_digit() || character == '_')
    };
    let is_later = |part: &str| part.len() <= 2 && part.parse::<u8>().is_ok_and(|number| number < 60);
    let begins = first.starts_with(|digit: char| digit.is_ascii_digit() && (digit != '0' || unsigned.contains('.')));
    begins && is_first(first) && whole.contains(':') && parts.all(is_later) && is_first(fraction)
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit()).then_some(part.len());
    matches!(parts.as_slice(), [year, month, day]
        if digits(year) == Some(4) && matches!((digits(month), digits(day)), (Some(1 | 2), Some(1 | 2))))
}
