//! Scalars: what they say, where they stand, and the quotes they lack.
//!
//! In: a scalar event and its place. Out: a [`Node`]. Must not know what it is a part of.

use std::ops::Range;
use std::sync::Arc;

use granit_parser::{ScalarStyle, Tag};

use super::{Builder, Frame, Holds, Obstacle};
use crate::diag::code;
use crate::source::Spanned;
use crate::syntax::masked::Cover;
use crate::syntax::scalar;
use crate::syntax::tree::{Content, Node, Text, Verbatim};

impl Builder<'_> {
    pub(super) fn scalar(
        &mut self,
        value: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        local: &Option<Spanned<Arc<str>>>,
        range: Range<usize>,
    ) -> Result<Node, Obstacle> {
        if self.text.is_covered(&range, Cover::Hole) {
            return Ok(Node::new(self.span(&range), Content::Hole));
        }
        let is_plain = style == ScalarStyle::Plain;
        let suffix = tag.and_then(Tag::core_suffix);
        if is_plain && range.is_empty() && suffix != Some("str") {
            return Ok(self.nothing(range));
        }
        let source = self.text.source;
        if self.text.is_covered(&range, Cover::Unquoted) {
            return Ok(if is_plain {
                self.unquoted(range)
            } else {
                self.misquoted(range)
            });
        }
        if is_plain && let Some(cut) = self.cut_expression(&range) {
            return Err(Obstacle::CutExpression(cut));
        }
        let is_text = local.is_some() || suffix == Some("str") || tag.is_some_and(|tag| tag.original() == "!");
        let is_typed = suffix.is_some_and(|suffix| suffix != "str");
        if ((is_plain && !is_text) || is_typed)
            && let Some(content) = scalar::plain(value)
        {
            return Ok(Node::new(self.span(&range), content));
        }
        let verbatim = match style {
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => run(source, range.start + 1, value),
            ScalarStyle::Literal => lines(source, range.start, value),
            ScalarStyle::Plain | ScalarStyle::Folded => run(source, range.start, value),
        };
        let written = match style {
            ScalarStyle::Literal | ScalarStyle::Folded => block(source, range),
            _ => range,
        };
        let text = Text {
            text: Arc::from(value),
            verbatim,
            quoted: !is_plain,
        };
        Ok(Node::new(self.span(&written), Content::Text(text)))
    }

    /// A value of which nothing is written; it stands where its key or dash is.
    fn nothing(&self, range: Range<usize>) -> Node {
        let content = match self.text.is_blanked(range.start) {
            true => Content::Hole,
            false => Content::Null,
        };
        let text = &self.text.text;
        let mark = match self.frames.last() {
            Some(Frame {
                holds: Holds::List(_),
                end,
                is_flow: false,
                ..
            }) => {
                let lines = text[*end..range.start.max(*end)].lines().rev();
                let dashes = lines.filter(|line| line.trim_start().starts_with('-'));
                let offset = |line: &str| line.as_ptr() as usize - text.as_ptr() as usize;
                dashes
                    .map(|line| offset(line) + line.len() - line.trim_start().len())
                    .next()
            }
            _ => {
                let after = text[range.start..].trim_start_matches([' ', '\t']);
                after.starts_with(':').then_some(text.len() - after.len())
            }
        };
        let range = mark.map_or(range, |at| at..at + 1);
        Node::new(self.span(&range), content)
    }

    /// A string that YAML would not have taken as one: it is reported with the quotes it lacks, and read all the same.
    pub(super) fn unquoted(&mut self, range: Range<usize>) -> Node {
        let written = &self.text.source[range.clone()];
        let span = self.span(&range);
        let what = if written.contains("${") { "expression" } else { "string" };
        let message = format!("this {what} must be in quotes here");
        let fault = self.diags.report(code::QUOTE_EXPRESSION, span, message);
        if written.contains('\n') {
            fault.hint("put it on one line, in double quotes");
            return Node::new(span, Content::Hole);
        }
        let quoted = scalar::quote(written);
        fault.hint(format!("write `{quoted}`"));
        fault.fix("put it in quotes", span, quoted);
        let text = Text {
            text: Arc::from(written),
            verbatim: Some(Verbatim::Run(range.start as u32)),
            quoted: false,
        };
        Node::new(span, Content::Text(text))
    }

    /// A quoted string whose expression holds the same quotes, which end it: `"${x == "y"}"`.
    fn misquoted(&mut self, range: Range<usize>) -> Node {
        let whole = &self.text.source[range.clone()];
        let Some(written) = whole
            .strip_suffix(['"', '\''])
            .and_then(|rest| rest.strip_prefix(['"', '\'']))
        else {
            // A block, part of which was taken for a string.
            return self.unquoted(range);
        };
        let inner = range.start + 1..range.end - 1;
        let span = self.span(&range);
        let message = "the quotes in this expression end the string";
        let fault = self.diags.report(code::QUOTE_EXPRESSION, span, message);
        if written.contains(['\n', '\\']) || written.contains(['\'']) && written.contains('"') {
            fault.hint("use one kind of quotes for the string and the other inside the expression");
            return Node::new(span, Content::Hole);
        }
        let quoted = scalar::quote(written);
        fault.hint(format!("write `{quoted}`"));
        fault.fix("use the other quotes", span, quoted);
        let text = Text {
            text: Arc::from(written),
            verbatim: Some(Verbatim::Run(inner.start as u32)),
            quoted: true,
        };
        Node::new(span, Content::Text(text))
    }

    /// The expression in a plain scalar that goes on behind the scalar's end.
    fn cut_expression(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let scalar = &self.text.text[range.clone()];
        let at = range.start + scalar.rfind("${")?;
        let expression = self.text.expression_at(at)?;
        (expression.end > range.end).then_some(expression)
    }
}

/// Where `value` stands in `source`, if it stands at `first` byte for byte.
fn run(source: &str, first: usize, value: &str) -> Option<Verbatim> {
    let is_same = source.get(first..first + value.len()) == Some(value);
    is_same.then_some(Verbatim::Run(first as u32))
}

/// Where the lines of a `|` block stand whose text starts at `first`.
fn lines(source: &str, first: usize, value: &str) -> Option<Verbatim> {
    if let Some(run) = run(source, first, value) {
        return Some(run);
    }
    let indent = first - source[..first].rfind('\n').map_or(0, |found| found + 1);
    let mut starts = Vec::new();
    let mut from = first;
    let mut written = source[first..].split_inclusive('\n');
    let mut at = 0;
    for line in value.split_inclusive('\n') {
        let text = line.trim_end_matches('\n');
        starts.push((at as u32, from as u32));
        let found = written.next()?;
        let skipped = if at == 0 { 0 } else { indent };
        if !text.is_empty() {
            if !found.get(skipped..)?.starts_with(text) {
                return None;
            }
            starts.last_mut()?.1 += skipped as u32;
        }
        at += line.len();
        from += found.len();
    }
    (!starts.is_empty()).then(|| Verbatim::Lines(starts.into()))
}

/// What a block scalar shows of `range`: its text without the blank lines behind it, or nothing behind its header.
fn block(source: &str, range: Range<usize>) -> Range<usize> {
    match source[range.clone()].trim_end().len() {
        0 => {
            let header = source[..range.start].trim_end().len();
            header..header
        }
        length => range.start..range.start + length,
    }
}
