//! A span as readers of output want it: file, lines and columns from 1. In: a [`Span`]. Must not know any format.

use serde::Serialize;

use crate::source::{Sources, Span};

/// A place in a file. Columns count characters; the end is the column after the last character.
#[derive(Serialize)]
pub(super) struct Place<'a> {
    pub file: &'a str,
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    pub end_column: usize,
}

impl<'a> Place<'a> {
    /// The place of `span`.
    pub fn of(span: Span, sources: &'a Sources) -> Place<'a> {
        let source = sources.get(span.file);
        let start = source.position(span.start as usize);
        let end = source.position(span.end as usize);
        Place {
            file: &source.path,
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    }

    /// Whether the file is the user's: a file of the stdlib is inside the program and cannot be edited.
    pub fn is_editable(&self) -> bool {
        !self.file.starts_with("std:")
    }
}
