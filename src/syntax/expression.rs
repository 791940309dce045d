//! What stands in `${…}`: a small subset of CEL. In: a string of a tree. Out: its pieces, each with its place.

use std::sync::Arc;

use super::tree::Verbatim;
use crate::source::{Span, Spanned};

/// A part of a string that may hold expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// Text as it is; `$${` has become `${`.
    Text(Arc<str>),
    /// An expression.
    Expr(Spanned<Expr>),
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// Something that could not be read and was reported.
    Hole,
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A string in `"` or `'`.
    Text(Arc<str>),
    /// `[a, b]`.
    List(Vec<Spanned<Expr>>),
    /// `name.field[index]`: a first name and the steps from it. The first name may be `AWS::Region`.
    Path(Spanned<Arc<str>>, Vec<Step>),
    /// `!a`.
    Not(Box<Spanned<Expr>>),
    /// `a == b` and its kin.
    Binary(Operator, Box<Spanned<Expr>>, Box<Spanned<Expr>>),
    /// `a ? b : c`.
    Choice(Box<Spanned<Expr>>, Box<Spanned<Expr>>, Box<Spanned<Expr>>),
    /// `name(a, b)`.
    Call(Spanned<Arc<str>>, Vec<Spanned<Expr>>),
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// `.name`; names may hold hyphens.
    Field(Spanned<Arc<str>>),
    /// `[expression]`.
    Index(Box<Spanned<Expr>>),
}

/// What stands between two operands, weakest binding first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `||`
    Or,
    /// `&&`
    And,
    /// `==`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `in`: an element of a list, or a key of a mapping.
    In,
}

impl Expr {
    /// The path that this is, if it is nothing else.
    pub fn as_path(&self) -> Option<(&str, &[Step])> {
        match self {
            Expr::Path(first, steps) => Some((first, steps)),
            _ => None,
        }
    }
}

/// The place of `start..end` of a string: exact when the string stands in the file so, else the whole `span`.
pub(super) fn place(verbatim: Option<&Verbatim>, span: Span, start: usize, end: usize) -> Span {
    let Some(verbatim) = verbatim else { return span };
    // The end goes by the last byte: behind it, the file may break the line where the string goes on.
    let last = end.saturating_sub(1).max(start);
    Span::new(span.file, verbatim.place(start), verbatim.place(last) + end - last)
}
