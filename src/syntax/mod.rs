//! YAML text and `${…}` expressions, as trees that know where each part was written.
//!
//! In: the text of a file. Out: [`Node`]s, one a document, and [`Expr`]s. Parsing never fails: it reports and goes on.
//! Must not know the language that is written in the YAML.

mod expression;
mod tree;

pub use expression::{Expr, Operator, Piece, Step};
pub use tree::{Content, Entry, Map, Node, Number, Text};
