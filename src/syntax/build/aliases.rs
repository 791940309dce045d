//! Aliases: they share what they stand for, within the limits of depth and size.
//!
//! In: an alias and its place. Out: a node in the tree. Must not know what surrounds it.

use std::ops::Range;

use super::{Builder, MOST_LEVELS, MOST_VALUES};
use crate::diag::{code, nearest};
use crate::source::Span;
use crate::syntax::tree::{Content, Node};

/// Among how many of the anchors above the one that was meant is sought.
const MOST_CANDIDATES: usize = 100;

impl Builder<'_> {
    pub(super) fn alias(&mut self, anchor: usize, range: Range<usize>) {
        let span = self.span(&range);
        let Some(target) = self.anchors.get(&anchor).cloned() else {
            let name = &self.text.source[range.clone()];
            let message = format!("`{name}` stands inside the value it refers to");
            self.diags.report(code::UNKNOWN_ANCHOR, span, message);
            self.place(Node::new(span, Content::Hole), None, 0, 1, 0);
            return;
        };
        if self.frames.len() + target.height > MOST_LEVELS {
            let message = format!("this alias makes the document nest deeper than {MOST_LEVELS} levels");
            self.diags.report(code::TOO_DEEP, span, message);
            self.place(Node::new(span, Content::Hole), None, 0, 1, 0);
            return;
        }
        if self.values.saturating_add(target.values) > MOST_VALUES {
            self.too_large(span, "this alias makes the document");
            self.place(Node::new(span, Content::Hole), None, 0, 1, 0);
            return;
        }
        self.count(target.values, span);
        let node = Node {
            span,
            content: target.content,
            tag: None,
            base: None,
        };
        self.place(node, target.tag, 0, target.values, target.height);
    }

    pub(super) fn too_large(&mut self, span: Span, what: &str) {
        if !self.is_too_large {
            self.is_too_large = true;
            let message = format!("{what} larger than {MOST_VALUES} values");
            self.diags.report(code::DOCUMENT_TOO_LARGE, span, message);
        }
    }

    pub(super) fn unresolved(&mut self, name: &str, range: Range<usize>) {
        let span = self.span(&range);
        if !name.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
            let node = self.unquoted(range);
            self.place(node, None, 0, 1, 0);
            return;
        }
        let latest = self.names.iter().rev().take(MOST_CANDIDATES);
        let meant = nearest(name, latest.map(String::as_str)).map(str::to_string);
        let message = format!("there is no anchor `&{name}` above");
        let fault = self.diags.report(code::UNKNOWN_ANCHOR, span, message);
        match meant {
            Some(meant) => {
                fault.hint(format!("did you mean `*{meant}`?"));
                fault.suggest(format!("write `*{meant}`"), span, format!("*{meant}"));
            }
            None => {
                fault.hint(format!(
                    "put `&{name}` before the value it stands for, or quote the string"
                ));
            }
        }
        self.place(Node::new(span, Content::Hole), None, 0, 1, 0);
    }
}
