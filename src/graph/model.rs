//! The nouns of the graph.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::library::Value;
use crate::source::{Span, Spanned};

/// All stacks of a project, upstream first.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// The stacks, in the order in which they deploy.
    pub stacks: Vec<Stack>,
}

/// What a stack is for; the order is the order of deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StackKind {
    /// Network, capacity, ingress, events of a cluster.
    Cluster,
    /// The image repositories of an app; one per account and region.
    Registry,
    /// Roles, log groups, components with data.
    Base,
    /// Task definitions of `before-deploy` tasks.
    Release,
    /// Services and all other tasks.
    App,
}

/// One CloudFormation stack.
#[derive(Clone, Debug)]
pub struct Stack {
    /// Its name, such as `production-shop-base`.
    pub name: String,
    /// What it is for.
    pub kind: StackKind,
    /// One sentence for a person; becomes the template's `Description`.
    pub about: String,
    /// The template parameters.
    pub inputs: Vec<Input>,
    /// The resources, in the order in which the components declare them.
    pub resources: Vec<Resource>,
}

/// A template parameter.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its logical ID.
    pub id: Arc<str>,
    /// Its CloudFormation type, such as `AWS::EC2::Image::Id`.
    pub kind: String,
    /// What it is, for a person.
    pub about: String,
    /// Extra attributes of the declaration, such as `AllowedPattern`; scalars only.
    pub attributes: Vec<(String, Value)>,
    /// The value that stands in the template itself.
    pub default: Option<Value>,
    /// The value that the parameter file gives; `None` means that whoever deploys must supply it.
    pub value: Option<Value>,
    /// The repository whose image's digest it takes.
    pub repository: Option<Arc<str>>,
    /// Where it comes from.
    pub span: Span,
}

/// One CloudFormation resource.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Its logical ID.
    pub id: Arc<str>,
    /// Its type, such as `AWS::ECS::Service`.
    pub kind: Spanned<Arc<str>>,
    /// Its properties, a mapping.
    pub properties: Value,
    /// Its attributes beside the properties, such as `DependsOn` or `DeletionPolicy`, in order.
    pub attributes: Vec<(Arc<str>, Value)>,
    /// Where it comes from.
    pub origin: Origin,
}

/// The way back from a resource to what the user wrote.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The user's line: a service's key, a component's use, a raw resource's key.
    pub user: Span,
    /// The line of the component that declares the resource; the same as `user` for a raw resource.
    pub body: Span,
    /// In words: "service `web`".
    pub owner: String,
}
