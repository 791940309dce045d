//! What will be deployed: stacks of resources, with the references between them and the lines they come from.
//!
//! In: a `Spec` and the `Library`. Out: a [`Graph`]. Must not know JSON.

mod model;

pub use model::{Graph, Input, Origin, Resource, Stack, StackKind};
