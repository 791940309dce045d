//! What is certain of a value known after deployment: one value or a list. In: a value. Out: [`Given`].

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::graph::{Input, Resource};
use crate::library::{Data, Reference, Target, Value};

/// The form of a value, as far as it is certain before deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// One string, number or boolean.
    One,
    /// A list.
    List,
    /// Nothing is certain.
    Unclear,
}

/// What references of one stack can point to.
pub(super) struct World<'a> {
    pub catalog: &'a Catalog,
    /// The resources of all stacks, by the index of the stack and the logical ID.
    pub resources: &'a BTreeMap<(usize, &'a str), &'a Resource>,
    /// The template parameters of this stack.
    pub inputs: &'a [Input],
}

impl World<'_> {
    /// What is certain of a value that is no literal.
    pub fn given(&self, value: &Value) -> Given {
        match &value.data {
            Data::Concat(_) => Given::One,
            Data::Reference(reference) => self.referred(reference),
            Data::Intrinsic(name, _) => intrinsic(name),
            _ => Given::Unclear,
        }
    }

    fn referred(&self, reference: &Reference) -> Given {
        let list = match (&reference.target, &reference.attribute) {
            (Target::Resource(..), None) => false,
            (Target::Resource(stack, id), Some(attribute)) => {
                let target = self.resources.get(&(*stack, &**id));
                let kind = target.and_then(|target| super::resource_type(&target.kind, self.catalog));
                match kind.and_then(|kind| kind.attribute(attribute)) {
                    Some(kind) if kind.is_list() => true,
                    Some(kind) if kind.is_scalar() => false,
                    _ => return Given::Unclear,
                }
            }
            (Target::Parameter(id), _) => match self.inputs.iter().find(|input| input.id == *id) {
                Some(input) => input.kind.contains("List<") || input.kind.contains("CommaDelimitedList"),
                None => return Given::Unclear,
            },
            (Target::Pseudo(name), _) => match &**name {
                "AWS::NoValue" => return Given::Unclear,
                name => name == "AWS::NotificationARNs",
            },
            (Target::Published(_, list), _) => *list,
        };
        if list { Given::List } else { Given::One }
    }
}

/// What a function of CloudFormation gives.
///
/// Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>
fn intrinsic(name: &str) -> Given {
    match name {
        "Fn::Sub" | "Fn::Join" | "Fn::Base64" | "Fn::ImportValue" | "Fn::ToJsonString" | "Fn::Length" => Given::One,
        "Fn::Split" | "Fn::GetAZs" | "Fn::Cidr" => Given::List,
        _ => Given::Unclear,
    }
}
