//! What a template says, before it is YAML or JSON: values with the names of their stack, nulls dropped, functions by
//! their full names.

use std::borrow::Cow;

use crate::graph::Stack;
use crate::library::{Data, Reference, Target, Value};

use super::published::Published;
use super::text;

/// One node of a template.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape<'a> {
    Bool(bool),
    Integer(i64),
    Number(f64),
    Text(Cow<'a, str>),
    List(Vec<Shape<'a>>),
    Map(Vec<(Cow<'a, str>, Shape<'a>)>),
    /// A function by its full name, `Ref` or `Fn::GetAtt`, with its argument.
    Call(Cow<'a, str>, Box<Shape<'a>>),
}

impl<'a> Shape<'a> {
    pub(super) fn text(text: impl Into<Cow<'a, str>>) -> Shape<'a> {
        Shape::Text(text.into())
    }

    pub(super) fn call(name: impl Into<Cow<'a, str>>, argument: Shape<'a>) -> Shape<'a> {
        Shape::Call(name.into(), Box::new(argument))
    }

    pub(super) fn map(entries: impl IntoIterator<Item = (impl Into<Cow<'a, str>>, Shape<'a>)>) -> Shape<'a> {
        Shape::Map(entries.into_iter().map(|(key, shape)| (key.into(), shape)).collect())
    }
}

/// What the values of one stack are written with: its index in the graph, itself, and the parameters that read what
/// others publish.
pub(super) struct Scope<'a> {
    pub(super) index: usize,
    pub(super) stack: &'a Stack,
    pub(super) published: &'a Published<'a>,
}

impl<'a> Scope<'a> {
    /// The value as a template says it; `None` when it is absent.
    pub(super) fn shape(&self, value: &'a Value) -> Option<Shape<'a>> {
        Some(match &value.data {
            Data::Unknown => unreachable!("a hole was reported, and a graph with errors is not emitted"),
            Data::Null => return None,
            Data::Bool(value) => Shape::Bool(*value),
            Data::Integer(number) => Shape::Integer(*number),
            Data::Number(number) => Shape::Number(*number),
            Data::Text(text) => Shape::text(&**text),
            Data::List(items) => Shape::List(items.iter().filter_map(|item| self.shape(item)).collect()),
            Data::Map(fields) => Shape::Map(
                fields
                    .iter()
                    .filter_map(|field| Some((Cow::from(&**field.key), self.shape(&field.value)?)))
                    .collect(),
            ),
            Data::Reference(reference) => self.reference(reference),
            Data::Concat(parts) => text::concat(self, parts),
            Data::Intrinsic(name, argument) => {
                // An absent argument is an empty string: `!GetAZs` alone means this region.
                let argument = self.shape(argument).unwrap_or(Shape::text(""));
                Shape::call(&**name, argument)
            }
        })
    }

    /// `Ref` or `Fn::GetAtt`.
    pub(super) fn reference(&self, reference: &'a Reference) -> Shape<'a> {
        let id = Shape::text(self.id(&reference.target));
        match &reference.attribute {
            None => Shape::call("Ref", id),
            Some(attribute) => Shape::call("Fn::GetAtt", Shape::List(vec![id, Shape::text(&**attribute)])),
        }
    }

    /// What a reference is called in this stack's template.
    pub(super) fn id(&self, target: &'a Target) -> &'a str {
        match target {
            Target::Resource(stack, id) => {
                assert_eq!(
                    *stack, self.index,
                    "the graph turned references to other stacks into published values"
                );
                id
            }
            Target::Parameter(id) | Target::Pseudo(id) => id,
            Target::Published(name, list) => self.published.id(name, *list),
        }
    }

    /// Whether a reference yields a list, which `Fn::Sub` cannot hold.
    pub(super) fn is_list(&self, target: &Target) -> bool {
        match target {
            Target::Published(_, list) => *list,
            Target::Parameter(id) => {
                let input = self.stack.inputs.iter().find(|input| input.id == *id);
                input.is_some_and(|input| input.kind.contains("List<") || input.kind == "CommaDelimitedList")
            }
            Target::Pseudo(name) => &**name == "AWS::NotificationARNs",
            Target::Resource(..) => false,
        }
    }
}
