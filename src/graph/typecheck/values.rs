//! A value against the shape that its property takes. In: a resource and its type. Out: faults.

use std::borrow::Cow;

use crate::catalog::{Bounds, Kind, ResourceType, Shape};
use crate::diag::{Code, Diagnostic, Diagnostics, code};
use crate::library::{Data, Field, Value};
use crate::source::Span;

use super::blame::Blame;
use super::given::{Given, World};
use super::hints;

/// The check of one resource.
pub(super) struct Checker<'a> {
    pub kind: &'a ResourceType,
    pub blame: Blame<'a>,
    world: &'a World<'a>,
    diags: &'a mut Diagnostics,
    /// Where the walk is: `LoadBalancers[0].ContainerPort`.
    pub path: String,
}

/// What bounds count.
enum Unit {
    Value,
    Characters,
    Items,
}

/// Where something stands: its span, and the component's line if the span is that of an argument.
pub(super) type Place = (Span, Option<Span>);

impl<'a> Checker<'a> {
    pub fn new(
        kind: &'a ResourceType,
        blame: Blame<'a>,
        world: &'a World<'a>,
        diags: &'a mut Diagnostics,
    ) -> Checker<'a> {
        Checker {
            kind,
            blame,
            world,
            diags,
            path: String::new(),
        }
    }

    /// Checks all properties of the resource.
    pub fn resource(mut self) {
        let resource = self.blame.resource;
        let block = (resource.kind.span, None);
        match &resource.properties.data {
            Data::Map(fields) => self.record(self.kind.record(), fields, block),
            Data::Null => self.record(self.kind.record(), &[], block),
            _ => {}
        }
    }

    /// Checks one value; `block` is where a property that it lacks is missed.
    pub fn value(&mut self, kind: Kind, value: &Value, block: Place) {
        let shape = self.kind.shape(kind);
        match (&value.data, shape) {
            (Data::Unknown | Data::Null, _) | (_, Shape::Any) => {}
            (Data::Intrinsic(name, argument), _) if &**name == "Fn::If" => self.branches(kind, argument, block),
            (Data::Map(fields), _) if is_function(fields) => {
                if &**fields[0].key == "Fn::If" {
                    self.branches(kind, &fields[0].value, block);
                }
            }
            (Data::Reference(_) | Data::Concat(_) | Data::Intrinsic(..), _) => self.deferred(shape, value),
            (Data::List(items), Shape::List(item, bounds)) => {
                self.count(items, bounds, value);
                for (number, one) in items.iter().enumerate() {
                    self.below(format_args!("[{number}]"), |this| {
                        this.value(item, one, (one.span, one.body))
                    });
                }
            }
            (Data::Map(fields), Shape::Record(record)) => self.record(record, fields, block),
            (Data::Map(fields), Shape::Map(inner, bounds)) => {
                self.bounded(bounds, fields.len() as f64, Unit::Items, value);
                for field in fields {
                    self.property(inner, field);
                }
            }
            (Data::Map(_) | Data::Text(_), Shape::Json) => {}
            (Data::List(_) | Data::Map(_), _)
            | (_, Shape::List(..) | Shape::Map(..) | Shape::Record(_) | Shape::Json) => {
                self.mismatch(shape, value, value.kind());
            }
            _ => self.scalar(shape, value),
        }
    }

    /// Both values that `Fn::If` may give.
    fn branches(&mut self, kind: Kind, argument: &Value, block: Place) {
        if let Data::List(items) = &argument.data {
            for item in items.iter().skip(1) {
                self.value(kind, item, block);
            }
        }
    }

    /// A value known after deployment: only whether it is one or many can be certain.
    fn deferred(&mut self, shape: Shape, value: &Value) {
        let wants_list = matches!(shape, Shape::List(..));
        match (self.world.given(value), shape) {
            (Given::Unclear, _) | (_, Shape::Any | Shape::Json) => {}
            (Given::List, _) if wants_list => {}
            (Given::List, _) => self.mismatch(shape, value, "a list"),
            (Given::One, Shape::List(..) | Shape::Map(..) | Shape::Record(_)) => {
                self.mismatch(shape, value, "one value")
            }
            (Given::One, _) => {}
        }
    }

    fn scalar(&mut self, shape: Shape, value: &Value) {
        let text = scalar_text(&value.data);
        // CloudFormation puts the value in before it looks at the type.
        if text.starts_with("{{resolve:") {
            return;
        }
        match (shape, &value.data) {
            (Shape::Text(bounds), Data::Text(_)) => {
                self.bounded(bounds, text.chars().count() as f64, Unit::Characters, value);
            }
            (Shape::Integer(bounds), Data::Integer(_) | Data::Number(_) | Data::Text(_)) => match text.parse::<f64>() {
                Ok(number) if number.fract() == 0.0 => self.bounded(bounds, number, Unit::Value, value),
                _ => self.mismatch(shape, value, &format!("`{}`", shortened(&text))),
            },
            (Shape::Number(bounds), Data::Integer(_) | Data::Number(_) | Data::Text(_)) => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => self.bounded(bounds, number, Unit::Value, value),
                _ => self.mismatch(shape, value, &format!("`{}`", shortened(&text))),
            },
            (Shape::Boolean, Data::Text(_)) if matches!(&*text.to_ascii_lowercase(), "true" | "false") => {}
            (Shape::Boolean, Data::Integer(_) | Data::Number(_) | Data::Text(_)) => {
                self.mismatch(shape, value, &format!("`{}`", shortened(&text)));
            }
            (Shape::Integer(_) | Shape::Number(_), Data::Bool(_)) => self.mismatch(shape, value, value.kind()),
            (Shape::Choice(choice), _) if !choice.has(&text) => {
                let (meant, hint) = hints::value(&text, choice);
                let message = format!("`{}` is no value of {}", shortened(&text), self.subject());
                let literal = self.blame.is_literal(&text, value.span, value.body);
                let fault = self.fault(code::PROPERTY_VALUE, (value.span, value.body), message);
                fault.hint(hint);
                if let Some(meant) = meant
                    && literal
                {
                    fault.did_you_mean_word(meant, &text, value.span);
                }
            }
            _ => {}
        }
    }

    /// How many items a list certainly has, against how many it may have.
    fn count(&mut self, items: &[Value], bounds: Bounds, list: &Value) {
        let unclear = |item: &Value| match &item.data {
            Data::Unknown => true,
            Data::Intrinsic(name, _) => &**name == "Fn::If",
            Data::Map(fields) => is_function(fields),
            Data::Reference(_) => self.world.given(item) == Given::Unclear,
            _ => false,
        };
        let holes = items.iter().any(|item| matches!(item.data, Data::Unknown));
        let possible = items.iter().filter(|item| !item.is_null()).count();
        let certain = possible - items.iter().filter(|item| unclear(item)).count();
        if bounds.most.is_some_and(|most| certain as f64 > most) {
            self.bounded(bounds, certain as f64, Unit::Items, list);
        } else if bounds.least.is_some_and(|least| (possible as f64) < least) && !holes {
            self.bounded(bounds, possible as f64, Unit::Items, list);
        }
    }

    fn bounded(&mut self, bounds: Bounds, amount: f64, unit: Unit, value: &Value) {
        if bounds.hold(amount) {
            return;
        }
        let (range, last) = match (bounds.least, bounds.most) {
            (Some(least), Some(most)) if least == most => (format!("exactly {least}"), most),
            (Some(least), Some(most)) => (format!("{least} to {most}"), most),
            (Some(least), None) => (format!("at least {least}"), least),
            (None, most) => {
                let most = most.unwrap_or_default();
                (format!("at most {most}"), most)
            }
        };
        let unit = match unit {
            Unit::Value => "",
            Unit::Characters if last == 1.0 => " character",
            Unit::Characters => " characters",
            Unit::Items if last == 1.0 => " item",
            Unit::Items => " items",
        };
        let message = format!("{} takes {range}{unit}, not {amount}", self.subject());
        self.fault(code::PROPERTY_VALUE, (value.span, value.body), message);
    }

    fn mismatch(&mut self, shape: Shape, value: &Value, given: &str) {
        let wanted = match shape {
            Shape::Text(_) | Shape::Choice(_) | Shape::Any => "a string",
            Shape::Integer(_) => "a whole number",
            Shape::Number(_) => "a number",
            Shape::Boolean => "a boolean",
            Shape::List(..) => "a list",
            Shape::Json | Shape::Map(..) | Shape::Record(_) => "a mapping",
        };
        let deferred = matches!(value.data, Data::Reference(_) | Data::Intrinsic(..));
        let deferred_list = deferred && self.world.given(value) == Given::List;
        let hint = match (shape, &value.data) {
            (Shape::List(item, _), data) => {
                let of_records = matches!(self.kind.shape(item), Shape::Record(_) | Shape::Map(..));
                let fits = deferred || of_records == matches!(data, Data::Map(_));
                fits.then(|| "write it as an item of a list".to_string())
            }
            (Shape::Record(record), _) => {
                let names = record.properties().iter().map(|property| property.name);
                Some(format!("write a mapping with {}", hints::listed(names)))
            }
            (Shape::Boolean, _) => Some("write `true` or `false`".to_string()),
            (Shape::Text(_), Data::Map(_)) => Some("write it as text, such as JSON in a block".to_string()),
            (_, Data::List(items)) if items.len() == 1 => Some("write the item without the list".to_string()),
            _ if deferred_list && self.path.ends_with(']') => {
                Some("write the list itself in place of the list around it".to_string())
            }
            _ if deferred_list => Some("take one item with `Fn::Select`".to_string()),
            _ => None,
        };
        let message = format!("{} takes {wanted}, not {given}", self.subject());
        let fault = self.fault(code::PROPERTY_TYPE, (value.span, value.body), message);
        if let Some(hint) = hint {
            fault.hint(hint);
        }
    }

    pub fn fault(&mut self, code: Code, place: Place, message: String) -> &mut Diagnostic {
        self.blame.report(self.diags, code, place.0, place.1, message)
    }

    /// Where the walk is, in words.
    pub fn subject(&self) -> String {
        let kind = &**self.blame.resource.kind;
        match self.path.as_str() {
            "" => format!("`{kind}`"),
            path => format!("`{path}` of `{kind}`"),
        }
    }

    pub fn below(&mut self, step: std::fmt::Arguments, check: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        self.path.push_str(&step.to_string());
        check(self);
        self.path.truncate(length);
    }
}

/// Whether a mapping is a function of CloudFormation written out, such as `{Fn::If: […]}`.
pub(super) fn is_function(fields: &[Field]) -> bool {
    let function = |field: &Field| field.key.starts_with("Fn::") || &**field.key == "Ref";
    fields.len() == 1 && function(&fields[0])
}

fn scalar_text(data: &Data) -> Cow<'_, str> {
    match data {
        Data::Text(text) => Cow::Borrowed(text),
        Data::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
        Data::Integer(number) => Cow::Owned(number.to_string()),
        Data::Number(number) => Cow::Owned(number.to_string()),
        _ => Cow::Borrowed(""),
    }
}

/// A value as a message shows it: one line of at most 40 characters.
fn shortened(text: &str) -> Cow<'_, str> {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(40) {
        Some((end, _)) => Cow::Owned(format!("{}…", &line[..end])),
        None if line.len() < text.len() => Cow::Owned(format!("{line}…")),
        None => Cow::Borrowed(text),
    }
}
