//! Files as a [`World`] gives them, and places in them.
//!
//! In: paths and bytes. Out: [`Source`], [`Span`], [`Spanned`]. Must not know YAML.

mod span;
mod world;

pub use span::{FileId, Position, Source, Sources, Span, Spanned};
pub use world::{Edited, Memory, ReadError, World};
