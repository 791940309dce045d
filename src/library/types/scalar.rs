//! Plain values: booleans, whole numbers, strings, and two notations that mix them.

use std::sync::Arc;

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::diag::{Diagnostics, code};
use crate::library::{Data, Value};
use crate::source::Span;
use crate::syntax::{Content, Node};

use super::{Type, expected, fault, number_of, text_of, whole};

impl Type for bool {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "boolean"})
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<bool> {
        if let (Content::Bool(flag), None) = (&*node.content, &node.tag) {
            return Some(*flag);
        }
        let meant = match text_of(node) {
            Some("yes" | "on" | "True" | "TRUE") => Some(true),
            Some("no" | "off" | "False" | "FALSE") => Some(false),
            _ => None,
        };
        let fault = expected("`true` or `false`", node, diags)?;
        if let Some(meant) = meant {
            fault.fix(format!("write `{meant}`"), node.span, meant.to_string());
        }
        None
    }

    fn value(&self, span: Span) -> Value {
        Value::new(span, Data::Bool(*self))
    }

    fn example() -> serde_json::Value {
        json!(false)
    }
}

/// A whole number between two bounds, both allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Integer<const LEAST: i64, const MOST: i64>(pub i64);

impl<const LEAST: i64, const MOST: i64> Type for Integer<LEAST, MOST> {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": LEAST, "maximum": MOST})
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<Self> {
        let Some((number, value)) = number_of(node).and_then(|number| Some((number, whole(number)?))) else {
            let quoted = text_of(node).and_then(|text| text.parse::<i64>().ok());
            let fault = expected("a whole number", node, diags)?;
            if let Some(number) = quoted {
                fault.fix(format!("write `{number}`"), node.span, number.to_string());
            }
            return None;
        };
        if !(LEAST..=MOST).contains(&value) {
            let message = format!("`{}` is not from {LEAST} to {MOST}", number.text);
            fault(node, code::OUT_OF_RANGE, message, diags);
            return None;
        }
        Some(Integer(value))
    }

    fn value(&self, span: Span) -> Value {
        Value::new(span, Data::Integer(self.0))
    }

    fn example() -> serde_json::Value {
        json!(LEAST)
    }
}

/// A string that is not empty. `$${` in it stands for `${`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text(pub Arc<str>);

impl Text {
    /// The text with `$${` made `${`. Reports an expression: none may stand here.
    pub(super) fn plain(text: &str, node: &Node, diags: &mut Diagnostics) -> Option<Arc<str>> {
        if !text.contains("${") {
            return Some(text.into());
        }
        if text.replace("$${", "").contains("${") {
            let message = "no expression may stand here";
            let hint = "only values of `environment:`, `override:`, `resources:` and bodies of components may hold `${…}`; \
                        write `$${` for a literal `${`";
            let expression = Node {
                span: first_expression(text, node),
                ..node.clone()
            };
            fault(&expression, code::MISPLACED_EXPRESSION, message, diags).hint(hint);
            return None;
        }
        Some(text.replace("$${", "${").into())
    }
}

/// Where the first `${…}` of a string stands; the whole node where the file does not hold it just so.
fn first_expression(text: &str, node: &Node) -> Span {
    let mut starts = text.match_indices("${").map(|(at, _)| at);
    let start = starts.find(|at| !text[..*at].ends_with('$')).unwrap_or(0);
    let end = text[start..].find('}').map_or(text.len(), |length| start + length + 1);
    let place = match &*node.content {
        Content::Text(written) if *written.text == *text => written.place(node.span, start..end),
        _ => None,
    };
    place.unwrap_or(node.span)
}

impl Type for Text {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "minLength": 1})
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<Text> {
        let Some(text) = text_of(node).filter(|text| !text.is_empty()) else {
            let number = number_of(node).map(|number| number.text.clone());
            let fault = expected("a string", node, diags)?;
            if let Some(number) = number {
                fault.fix("put it in quotes", node.span, format!("\"{number}\""));
            }
            return None;
        };
        Text::plain(text, node, diags).map(Text)
    }

    fn value(&self, span: Span) -> Value {
        Value::text(span, self.0.clone())
    }

    fn example() -> serde_json::Value {
        json!("text")
    }
}

/// A user of a container, by name or number: `app`, `1000`, `1000:1000`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User(pub Arc<str>);

impl Type for User {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [{"type": "string", "minLength": 1}, {"type": "integer", "minimum": 0, "maximum": 4_294_967_295_i64}]})
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<User> {
        match number_of(node).map(|number| (number, whole(number))) {
            Some((_, Some(number))) if (0..=4_294_967_295).contains(&number) => Some(User(number.to_string().into())),
            Some((number, Some(_))) => {
                let message = format!("`{}` is no number of a user", number.text);
                fault(node, code::OUT_OF_RANGE, message, diags);
                None
            }
            _ => match text_of(node).filter(|text| !text.is_empty()) {
                Some(text) => Text::plain(text, node, diags).map(User),
                None => {
                    expected("a user by name or number", node, diags);
                    None
                }
            },
        }
    }

    fn value(&self, span: Span) -> Value {
        Value::text(span, self.0.clone())
    }

    fn example() -> serde_json::Value {
        json!("app")
    }
}

/// The status codes that count as healthy: `200`, `200-399`, `200,301`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codes(pub Arc<str>);

/// What a target group's matcher allows:
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Matcher.html>.
const STATUS: std::ops::RangeInclusive<i64> = 200..=499;

impl Type for Codes {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        let part = "[2-4][0-9]{2}(-[2-4][0-9]{2})?";
        json_schema!({"anyOf": [
            {"type": "integer", "minimum": STATUS.start(), "maximum": STATUS.end()},
            {"type": "string", "pattern": format!("^{part}(,{part})*$")},
        ]})
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<Codes> {
        if let Some((number, value)) = number_of(node).and_then(|number| Some((number, whole(number)?))) {
            if STATUS.contains(&value) {
                return Some(Codes(value.to_string().into()));
            }
            let message = format!("`{}` is not from 200 to 499", number.text);
            fault(node, code::OUT_OF_RANGE, message, diags);
            return None;
        }
        let Some(text) = text_of(node) else {
            expected("status codes such as `200` or `200-399`", node, diags);
            return None;
        };
        let status = |text: &str| text.len() == 3 && text.parse().is_ok_and(|code: i64| STATUS.contains(&code));
        let part = |part: &str| match part.split_once('-') {
            Some((first, last)) => status(first) && status(last),
            None => status(part),
        };
        if !text.split(',').all(part) {
            let message = format!("`{text}` is not a list of status codes from 200 to 499");
            let fault = fault(node, code::BAD_CODES, message, diags);
            fault.hint("write `200`, `200-399` or `200,301`");
            // `2xx`, as many write all codes of a kind.
            let kind = text.to_ascii_lowercase();
            if let Some(kind @ ("2" | "3" | "4")) = kind.strip_suffix("xx") {
                let range = format!("{kind}00-{kind}99");
                let title = format!("write `{range}`");
                fault.hint(title.clone()).fix(title, node.span, range);
            }
            return None;
        }
        Some(Codes(text.into()))
    }

    fn value(&self, span: Span) -> Value {
        Value::text(span, self.0.clone())
    }

    fn example() -> serde_json::Value {
        json!("200-399")
    }
}

/// A label: a string, perhaps empty, or a number as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label(pub Arc<str>);

impl Type for Label {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number"]})
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<Label> {
        match (text_of(node), number_of(node)) {
            (Some(text), _) => Text::plain(text, node, diags).map(Label),
            (_, Some(number)) => Some(Label(number.text.clone())),
            _ => {
                expected("a string", node, diags);
                None
            }
        }
    }

    fn value(&self, span: Span) -> Value {
        Value::text(span, self.0.clone())
    }

    fn example() -> serde_json::Value {
        json!("label")
    }
}
