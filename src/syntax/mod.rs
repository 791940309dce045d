//! YAML text and `${…}` expressions, as trees that know where each part was written.
//!
//! In: the text of a file. Out: [`Node`]s, one a document, and [`Expr`]s. Parsing never fails: it reports and goes on.
//! Must not know the language that is written in the YAML.
//!
//! How it goes on after a fault: [`parse`] reads a copy of the text in which the faulty part is covered, byte for byte, and
//! starts the document again; all places stay true.

mod build;
mod climb;
pub mod edit;
mod expression;
mod masked;
mod parse;
mod repair;
mod scalar;
mod split;
mod tree;

pub use expression::{Expr, Operator, Piece, Step};
pub use parse::parse;
pub use split::pieces;
pub use tree::{Content, Entry, Map, Node, Number, Text, Verbatim};
