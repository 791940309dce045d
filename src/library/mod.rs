//! Components: what `stdlib/` and the user's own files declare, and the types their parameters have.
//!
//! In: trees. Out: [`Component`]s, [`Value`]s. Must not know cluster and app documents.

mod component;
mod name;
mod shelf;
pub mod stdlib;
pub mod types;
mod value;

pub use component::{Component, Parameter};
pub use name::pascal;
pub use shelf::Library;
pub use value::{Data, Field, Reference, Target, Value};
