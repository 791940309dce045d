//! loadline compiles an app and its cluster to CloudFormation for Amazon ECS.
//!
//! # The pipeline
//! `Tree → Spec → Graph → Template → Plan → Event`: six nouns, one module each. Nothing else is the compiler.
//!
//! # The floors
//! Each module uses only those above it in this table; `tests/house.rs` holds it.
//!
//! | floor | module | turns | into | must not know |
//! |---|---|---|---|---|
//! | 1 | [`source`] | files, by a `World` | `Source`, `Span`, `Spanned<T>` | YAML |
//! | 2 | [`diag`] | faults of the user | `Diagnostic`, `Code`, `Fix`; text, JSON, SARIF, GitHub output | who reports |
//! | 3 | [`syntax`] | YAML text and `${…}` expressions | a spanned tree; never fails | the language |
//! | 4 | [`catalog`] | data under `schema/` | CloudFormation types, instance types, Fargate sizes, quotas | the spec |
//! | 5 | [`library`] | `stdlib/` and the user's components | `Component`: typed parameters, body, exports | cluster and app documents |
//! | 6 | [`spec`] | trees and the library | `Cluster`, `App`: typed, merged, defaulted, cross-checked | resources |
//! | 7 | [`graph`] | a `Spec` | `Graph`: resources, references, stacks, each with its span | JSON |
//! | 8 | [`template`] | a `Graph` | `Template`s: stable bytes, limits kept | the network |
//! | 9 | [`rollout`] | a `Spec` and the catalog | the rules of scheduling; forecasts: verdict, proof, waves, time | CloudFormation |
//! | 10 | [`cloud`] | | the trait `Cloud`: requests, answers, errors; no IO | who implements it |
//! | 11 | [`plan`] | templates and what is deployed | `Plan`: stages and steps, in words | how to print |
//! | 12 | [`deploy`] | a `Plan`, over `Cloud` | `Event`s, then an `Outcome`; the watcher is a pure fold over events | the SDK, the terminal |
//! | 13 | [`operate`] | names, over `Cloud` | what runs, its logs, one more task; back, away, on again | the SDK, the terminal |
//! | 14 | [`simulate`] | a seed, faults, the rules of `rollout` | a `Cloud` in virtual time | the terminal |
//! | 15 | `aws` | `Cloud` by the AWS SDK (feature `aws`, on by default) | | all but `cloud` |
//! | 16 | [`cli`] | arguments | one file a command, one file a view | |
//!
//! # Invariants
//! Floors 1–14 do no IO of their own, read no environment, clock or chance, and print nothing: what comes from outside
//! comes through [`source::World`] and [`cloud::Cloud`]. Hash order never reaches output.

#[cfg(feature = "aws")]
pub mod aws;
pub mod catalog;
pub mod cli;
pub mod cloud;
pub mod deploy;
pub mod diag;
pub mod graph;
pub mod library;
pub mod operate;
pub mod plan;
pub mod rollout;
pub mod simulate;
pub mod source;
pub mod spec;
pub mod syntax;
pub mod template;

use catalog::Catalog;
use diag::{Diagnostic, Diagnostics};
use graph::Graph;
use library::Library;
use source::{ReadError, Sources, World};
use spec::Spec;
use syntax::Node;
use template::{Format, Template};

/// What to compile.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// A file, or a folder of files.
    pub path: String,
    /// The file of a cluster that is no part of the project.
    pub cluster: Option<String>,
    /// How the templates are written.
    pub format: Format,
}

/// All that a compile found out. Where there are errors, what is here is as good as could be made.
#[derive(Debug)]
pub struct Compiled {
    /// The files that were read, those of the stdlib too.
    pub sources: Sources,
    /// The faults of the user, sorted.
    pub diagnostics: Vec<Diagnostic>,
    /// What the user declared.
    pub spec: Spec,
    /// What will be deployed.
    pub graph: Graph,
    /// What CloudFormation reads, in the order of deployment; none where there are errors.
    pub templates: Vec<Template>,
}

/// What a project declares, before anything is made of it.
#[derive(Debug)]
pub struct Declared {
    /// The files that were read.
    pub sources: Sources,
    /// The faults of the user that are known by then, sorted.
    pub diagnostics: Vec<Diagnostic>,
    /// What the user declared.
    pub spec: Spec,
}

/// Reads what a project declares.
///
/// Errors when a file cannot be read; whatever is wrong inside the files is in [`Declared::diagnostics`].
pub fn declare(world: &dyn World, request: &Request) -> Result<Declared, ReadError> {
    let mut sources = Sources::default();
    let mut diags = Diagnostics::default();
    let spec = read(world, request, &mut sources, &mut diags)?;
    Ok(Declared {
        sources,
        diagnostics: diags.sorted(),
        spec,
    })
}

fn read(
    world: &dyn World,
    request: &Request,
    sources: &mut Sources,
    diags: &mut Diagnostics,
) -> Result<Spec, ReadError> {
    let path = &request.path;
    let given = request.cluster.as_deref();
    let documents = spec::project::read(world, path, sources, diags)?;
    let others = spec::project::read_clusters(world, path, given, &documents, sources, diags)?;
    let documents: Vec<Node> = documents.into_iter().map(|document| document.node).collect();
    let mut load = |name: &str, _: &mut Diagnostics| -> Vec<Node> {
        let nodes = others.iter().map(|document| &document.node);
        let named = nodes.filter(|node| node.get("cluster").and_then(Node::text) == Some(name));
        named.cloned().collect()
    };
    let spec = spec::build(&documents, &mut load, diags);
    rollout::check(&spec, diags);
    Ok(spec)
}

/// Compiles a project; all its faults are known then, those that CloudFormation's limits find too.
///
/// Errors when a file cannot be read; whatever is wrong inside the files is in [`Compiled::diagnostics`].
pub fn compile(world: &dyn World, request: &Request) -> Result<Compiled, ReadError> {
    let mut sources = Sources::default();
    let mut diags = Diagnostics::default();
    let spec = read(world, request, &mut sources, &mut diags)?;
    let mut library = Library::default();
    for component in &spec.components {
        library.add(component, &mut diags);
    }
    let catalog = Catalog::new();
    let graph = graph::build(&spec, &mut library, &catalog, &mut sources, &mut diags);
    graph::typecheck::check(&graph, &catalog, &mut diags);
    let templates = match diags.has_errors() {
        true => Vec::new(),
        false => template::emit(&graph, &sources, request.format, &mut diags),
    };
    for span in diags.concealed() {
        sources.conceal(*span);
    }
    let mut diagnostics = diags.sorted();
    diag::fix::keep_quotes(&sources, &mut diagnostics);
    Ok(Compiled {
        sources,
        diagnostics,
        spec,
        graph,
        templates,
    })
}
