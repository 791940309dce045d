//! What will be deployed: stacks of resources, with the references between them and the lines they come from.
//!
//! In: a `Spec` and the `Library`. Out: a [`Graph`]. Must not know JSON.

mod app;
mod body;
mod cluster;
mod cycles;
mod engine;
mod environment;
mod evaluate;
mod finish;
mod image;
mod instance;
mod intrinsic;
mod links;
mod model;
mod order;
mod overrides;
mod pseudo;
mod publish;
mod registry;
mod resource;
mod scope;
mod tags;
pub mod typecheck;
mod unit;

pub use model::{Graph, Input, Origin, Resource, Stack, StackKind};

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::diag::Diagnostics;
use crate::library::Library;
use crate::source::Sources;
use crate::spec::Spec;

use engine::Engine;

/// Makes the resources of all clusters and apps: each a component of the stdlib, put to use with what the spec says.
pub fn build(
    spec: &Spec,
    library: &mut Library,
    catalog: &Catalog,
    sources: &mut Sources,
    diags: &mut Diagnostics,
) -> Graph {
    let mut engine = Engine {
        graph: Graph::default(),
        library,
        sources,
        diags,
        unsettled: Vec::new(),
    };
    let mut foreign = Vec::new();
    let mut clusters = Vec::new();
    for cluster in &spec.clusters {
        let first = engine.graph.stacks.len();
        clusters.push(cluster::build(&mut engine, cluster, catalog));
        if cluster.foreign {
            foreign.push(first);
        }
    }
    let mut registries = BTreeMap::new();
    for app in &spec.apps {
        // An app whose cluster is unknown has been reported.
        if let Some(at) = app.cluster {
            app::build(
                &mut engine,
                app,
                &spec.clusters[at],
                &clusters[at],
                &mut registries,
                catalog,
            );
        }
    }
    for (name, registry) in &registries {
        if let Some(tags) = registry::tags(&spec.apps, name) {
            engine.tag(std::iter::once(registry.stack), &tags, catalog);
        }
    }
    // A cluster of another project is referred to, never deployed.
    for at in foreign {
        engine.graph.stacks[at].resources.clear();
    }
    let graph = finish::finish(engine.graph);
    cycles::check(&graph, diags);
    graph
}
