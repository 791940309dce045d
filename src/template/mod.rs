//! What CloudFormation reads: one template a stack, with the same bytes for the same graph.
//!
//! In: a [`Graph`] without errors. Out: [`Template`]s in the order of deployment. Must not know the network.

mod limits;
mod published;
mod shape;
mod source_map;
mod text;
mod write;

pub use published::parameter_id;
pub use source_map::{Origin, Place};

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::json;

use crate::diag::Diagnostics;
use crate::graph::{Graph, Input, Resource, StackKind};
use crate::source::Sources;
use published::Published;
use shape::{Scope, Shape};

/// How a template is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// YAML with short forms, such as `!Ref`.
    #[default]
    Yaml,
    /// JSON.
    Json,
}

impl Format {
    /// The end of a file's name: `yml` or `json`.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Yaml => "yml",
            Format::Json => "json",
        }
    }
}

/// One stack, ready for CloudFormation.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// The stack's name.
    pub stack: String,
    /// What it is for.
    pub kind: StackKind,
    /// How the body is written.
    pub format: Format,
    /// The template itself.
    pub body: String,
    /// The parameters that have no default in the template, or another value than that.
    pub parameters: Vec<Parameter>,
    /// Where each parameter and resource comes from, in the order of the template.
    pub map: Vec<Origin>,
    /// How many resources it declares.
    pub resources: usize,
}

/// A value that CloudFormation takes beside the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its logical ID.
    pub id: Arc<str>,
    /// Its CloudFormation type.
    pub kind: String,
    /// What it is, for a person.
    pub about: String,
    /// Its value; `None` when whoever deploys must supply it.
    pub value: Option<String>,
    /// The repository whose image's digest it takes.
    pub repository: Option<Arc<str>>,
}

impl Template {
    /// The parameters that whoever deploys must supply.
    pub fn missing(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(|parameter| parameter.value.is_none())
    }

    /// The text of `<stack>.parameters.json`, which holds the known values only.
    ///
    /// Each command of the AWS CLI takes it so: `create-stack`, `create-change-set`, and `deploy`, which allows no keys
    /// beside the two. What is missing stays out, for then CloudFormation itself refuses to create the stack and names
    /// it, and `deploy` keeps the value that is deployed.
    pub fn parameter_file(&self) -> String {
        let known = self.parameters.iter().filter_map(|parameter| {
            let value = parameter.value.as_ref()?;
            Some(json!({"ParameterKey": &*parameter.id, "ParameterValue": value}))
        });
        let known = serde_json::Value::from_iter(known);
        serde_json::to_string_pretty(&known).expect("a JSON value has string keys") + "\n"
    }

    /// The text of `<stack>.map.json`: each logical ID with its type, its owner and the lines it comes from.
    pub fn map_file(&self) -> String {
        source_map::text(&self.stack, &self.map)
    }
}

/// Writes one template for each stack that holds resources; CloudFormation refuses one without.
///
/// The graph must come without errors: a hole in it has no text.
pub fn emit(graph: &Graph, sources: &Sources, format: Format, diags: &mut Diagnostics) -> Vec<Template> {
    let stacks = graph.stacks.iter().enumerate();
    let filled = stacks.filter(|(_, stack)| !stack.resources.is_empty());
    filled
        .map(|(index, stack)| {
            let published = Published::of(stack);
            let scope = Scope {
                index,
                stack,
                published: &published,
            };
            let body = write::write(&whole(&scope), format);
            limits::check(stack, &published, &body, diags);
            Template {
                stack: stack.name.clone(),
                kind: stack.kind,
                format,
                body,
                parameters: stack.inputs.iter().filter_map(parameter).collect(),
                map: source_map::origins(stack, sources),
                resources: stack.resources.len(),
            }
        })
        .collect()
}

fn parameter(input: &Input) -> Option<Parameter> {
    if input.value.is_none() && input.default.is_some() {
        return None;
    }
    Some(Parameter {
        id: input.id.clone(),
        kind: input.kind.clone(),
        about: input.about.clone(),
        value: input.value.as_ref().map(text::known),
        repository: input.repository.clone(),
    })
}

fn whole<'a>(scope: &Scope<'a>) -> Shape<'a> {
    let stack = scope.stack;
    let mut sections = vec![(Cow::from("AWSTemplateFormatVersion"), Shape::text("2010-09-09"))];
    if !stack.about.is_empty() {
        sections.push(("Description".into(), Shape::text(&stack.about)));
    }
    let inputs = stack.inputs.iter().map(|input| (&*input.id, declaration(scope, input)));
    let parameters = Shape::map(inputs.chain(scope.published.declarations()));
    if !stack.inputs.is_empty() || scope.published.len() > 0 {
        sections.push(("Parameters".into(), parameters));
    }
    let resources = stack
        .resources
        .iter()
        .map(|resource| (&*resource.id, declared(scope, resource)));
    sections.push(("Resources".into(), Shape::map(resources)));
    Shape::Map(sections)
}

fn declaration<'a>(scope: &Scope<'a>, input: &'a Input) -> Shape<'a> {
    let mut entries = vec![(Cow::from("Type"), Shape::text(&input.kind))];
    if !input.about.is_empty() {
        entries.push(("Description".into(), Shape::text(&input.about)));
    }
    let attributes = input.attributes.iter();
    entries.extend(attributes.filter_map(|(key, value)| Some((Cow::from(key), scope.shape(value)?))));
    // CloudFormation demands a string here, whatever the parameter's type.
    let default = input.default.as_ref().map(text::known);
    entries.extend(default.map(|default| ("Default".into(), Shape::text(default))));
    Shape::Map(entries)
}

fn declared<'a>(scope: &Scope<'a>, resource: &'a Resource) -> Shape<'a> {
    let mut entries = vec![(Cow::from("Type"), Shape::text(&*resource.kind.value))];
    let attributes = resource.attributes.iter();
    entries.extend(attributes.filter_map(|(key, value)| Some((Cow::from(&**key), scope.shape(value)?))));
    let properties = scope.shape(&resource.properties);
    let empty = Shape::Map(Vec::new());
    entries.extend(
        properties
            .filter(|shape| *shape != empty)
            .map(|shape| ("Properties".into(), shape)),
    );
    Shape::Map(entries)
}
