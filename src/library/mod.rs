//! Components: what `stdlib/` and the user's own files declare, and the types their parameters have.
//!
//! In: trees. Out: [`Component`]s, [`Value`]s. Must not know cluster and app documents.

mod value;

pub use value::{Data, Field, Reference, Target, Value};
