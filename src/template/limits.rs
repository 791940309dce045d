//! What CloudFormation refuses before it begins: too many, too large, or one name twice.
//!
//! In: a stack, and the text written for it. Out: diagnostics.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>

use std::collections::BTreeMap;

use crate::diag::Diagnostics;
use crate::diag::code::{
    INVALID_LOGICAL_ID, LOGICAL_ID_COLLISION, PARAMETER_TOO_LONG, TEMPLATE_TOO_LARGE, TOO_MANY_PARAMETERS,
    TOO_MANY_RESOURCES,
};
use crate::graph::{Input, Resource, Stack};
use crate::library::pascal;
use crate::source::Span;

use super::published::Published;
use super::text::known;

const RESOURCES: usize = 500;
const PARAMETERS: usize = 200;
/// Bytes of a template that comes from S3; within a request it may have 51,200.
const BODY_BYTES: usize = 1_000_000;
const ID_CHARACTERS: usize = 255;
const VALUE_BYTES: usize = 4096;

/// What is declared under a logical ID.
#[derive(Clone, Copy)]
enum Declared<'a> {
    Input(&'a Input),
    Resource(&'a Resource),
}

impl Declared<'_> {
    fn id(&self) -> &str {
        match self {
            Declared::Input(input) => &input.id,
            Declared::Resource(resource) => &resource.id,
        }
    }

    fn user(&self) -> Span {
        match self {
            Declared::Input(input) => input.span,
            Declared::Resource(resource) => resource.origin.user,
        }
    }

    fn body(&self) -> Span {
        match self {
            Declared::Input(input) => input.span,
            Declared::Resource(resource) => resource.origin.body,
        }
    }

    fn phrase(&self) -> String {
        match self {
            Declared::Input(_) => "a parameter".to_string(),
            Declared::Resource(resource) => format!("the {} of {}", resource.kind.value, resource.origin.owner),
        }
    }
}

/// Reports what a stack has too much of, and logical IDs that cannot stand.
pub(super) fn check(stack: &Stack, published: &Published<'_>, body: &str, diags: &mut Diagnostics) {
    check_ids(stack, diags);
    check_counts(stack, published, diags);
    check_values(stack, diags);
    if body.len() > BODY_BYTES
        && let Some(largest) = stack.resources.iter().max_by_key(|resource| weight(resource))
    {
        let message = too_many(&format!("stack `{}`", stack.name), body.len(), BODY_BYTES, "bytes");
        let label = format!("`{}` is the largest resource", largest.id);
        let fault = diags.report(TEMPLATE_TOO_LARGE, largest.origin.user, message);
        fault
            .label(label)
            .hint("split the app, or move long texts out of the template");
    }
}

/// "stack … has 503 resources, 500 is the most"
fn too_many(owner: &str, count: usize, most: usize, what: &str) -> String {
    format!("{owner} has {} {what}, {} is the most", grouped(count), grouped(most))
}

/// A number with a comma before each three digits: `1,043,075`.
fn grouped(number: usize) -> String {
    match number / 1000 {
        0 => number.to_string(),
        thousands => format!("{},{:03}", grouped(thousands), number % 1000),
    }
}

/// Roughly how much a resource takes, to name the largest.
fn weight(resource: &Resource) -> usize {
    format!("{:?}", resource.properties.data).len()
}

fn check_ids(stack: &Stack, diags: &mut Diagnostics) {
    let mut first: BTreeMap<&str, Declared<'_>> = BTreeMap::new();
    let inputs = stack.inputs.iter().map(Declared::Input);
    let all: Vec<Declared<'_>> = inputs.chain(stack.resources.iter().map(Declared::Resource)).collect();
    for declared in &all {
        let id = declared.id();
        if id.len() > ID_CHARACTERS {
            let message = too_many(
                &format!("logical ID `{id}`"),
                id.chars().count(),
                ID_CHARACTERS,
                "characters",
            );
            let fault = diags.report(INVALID_LOGICAL_ID, declared.user(), message);
            fault.hint("shorten the names that it is made of");
        } else if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            let message = format!("`{id}` cannot be a logical ID: it has other characters than letters and digits");
            let fault = diags.report(INVALID_LOGICAL_ID, declared.user(), message);
            fault.hint(format!("write `{}`", pascal(id)));
        }
        let Some(other) = first.get(id) else {
            first.insert(id, *declared);
            continue;
        };
        let (here, there) = match declared.user() == other.user() {
            true => (declared.body(), other.body()),
            false => (declared.user(), other.user()),
        };
        let message = format!("`{id}` is the logical ID of two things in stack `{}`", stack.name);
        let fault = diags.report(LOGICAL_ID_COLLISION, here, message);
        fault
            .label(declared.phrase())
            .note(there, other.phrase())
            .hint("rename one of them");
    }
}

fn check_counts(stack: &Stack, published: &Published<'_>, diags: &mut Diagnostics) {
    if let Some(beyond) = stack.resources.get(RESOURCES) {
        let owner = format!("stack `{}`", stack.name);
        let message = too_many(&owner, stack.resources.len(), RESOURCES, "resources");
        let label = format!("`{}` is one too many", beyond.id);
        let fault = diags.report(TOO_MANY_RESOURCES, beyond.origin.user, message);
        fault.label(label).hint("split the app in two");
    }
    let count = stack.inputs.len() + published.len();
    let spans = stack.inputs.iter().map(|input| input.span);
    let mut spans = spans.chain(published.readers().map(|reader| reader.span));
    if let Some(beyond) = spans.nth(PARAMETERS) {
        let message = too_many(&format!("stack `{}`", stack.name), count, PARAMETERS, "parameters");
        let fault = diags.report(TOO_MANY_PARAMETERS, beyond, message);
        fault.label("this needs one too many").hint("split the app in two");
    }
}

fn check_values(stack: &Stack, diags: &mut Diagnostics) {
    for input in &stack.inputs {
        for value in input.default.iter().chain(&input.value) {
            let bytes = known(value).len();
            if bytes > VALUE_BYTES {
                let owner = format!("the value of parameter `{}`", input.id);
                let message = too_many(&owner, bytes, VALUE_BYTES, "bytes");
                let fault = diags.report(PARAMETER_TOO_LONG, value.span, message);
                fault.hint("make it a parameter of the component, so that it stands in the resource itself");
            }
        }
    }
}
