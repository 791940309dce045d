//! Reads all documents of a file, past every fault. In: the text of a file. Out: one [`Node`] a document.

use std::ops::Range;

use granit_parser::{Event, Parser};

use super::build::{Builder, Obstacle};
use super::masked::Masked;
use super::repair::{Choke, cut_off, mend};
use super::tree::{Content, Node};
use crate::diag::{Diagnostics, code};
use crate::source::{FileId, Span};

/// How many faults of one file are repaired; the document with the next one is given up.
const MOST_REPAIRS: usize = 200;

/// How many bytes of one file are read again after repairs, in all.
const MOST_REREAD: usize = 16 << 20;

/// All documents of a file that hold anything. What cannot be read is reported and becomes [`Content::Hole`].
pub fn parse(file: FileId, text: &str, diags: &mut Diagnostics) -> Vec<Node> {
    if u32::try_from(text.len()).is_err() {
        let start = Span::new(file, 0, 0);
        diags.report(code::DOCUMENT_TOO_LARGE, start, "this file is larger than 4 GiB");
        return vec![Node::new(start, Content::Hole)];
    }
    let known = diags.len();
    let mut masked = Masked::new(text);
    if let Some(at) = masked.blot_out_nul() {
        let fault = diags.report(
            code::YAML_SYNTAX,
            Span::new(file, at, at + 1),
            "a NUL character cannot stand here",
        );
        fault.hint("save the file as UTF-8 text");
    }
    let mut nodes = Vec::new();
    let mut from = 0;
    let mut repairs = 0;
    let mut reread = 0;
    while let Some(stop) = read(file, &masked, from, &mut nodes, diags) {
        let at = stop.at();
        repairs += 1;
        reread += at.saturating_sub(stop.document);
        from = stop.document;
        let may_retry = repairs <= MOST_REPAIRS && reread <= MOST_REREAD;
        if may_retry && stop.mend(&mut masked, file, diags) {
            continue;
        }
        let span = Span::new(file, from, from);
        if diags.len() == known || !may_retry {
            let span = Span::new(file, at, at);
            diags.report(code::YAML_SYNTAX, span, "this document cannot be read from here on");
        }
        nodes.push(Node::new(span, Content::Hole));
        match next_document(&masked.text, at) {
            Some(next) => from = next,
            None => break,
        }
    }
    report_the_rest(file, &masked, known, diags);
    if nodes.is_empty()
        && let Some(hole) = masked.first_hole()
    {
        nodes.push(Node::new(Span::new(file, hole.start, hole.end), Content::Hole));
    }
    nodes
}

/// Why reading stopped, and where the document starts that it stopped in.
struct Stop {
    document: usize,
    reason: Reason,
}

enum Reason {
    Choke(Choke),
    Obstacle(Obstacle),
}

impl Stop {
    fn at(&self) -> usize {
        match &self.reason {
            Reason::Choke(choke) => choke.at,
            Reason::Obstacle(Obstacle::TooDeep(at)) => *at,
            Reason::Obstacle(Obstacle::CutExpression(range)) => range.end,
        }
    }

    fn mend(self, masked: &mut Masked, file: FileId, diags: &mut Diagnostics) -> bool {
        match self.reason {
            Reason::Choke(choke) => mend(masked, file, choke, diags),
            Reason::Obstacle(Obstacle::TooDeep(at)) => cut_off(masked, file, at, diags),
            Reason::Obstacle(Obstacle::CutExpression(range)) => {
                masked.take_as_string(range);
                true
            }
        }
    }
}

/// Reads documents from `from` on until the end or a fault; finished ones are added to `nodes`.
fn read(file: FileId, masked: &Masked, from: usize, nodes: &mut Vec<Node>, diags: &mut Diagnostics) -> Option<Stop> {
    let options = granit_parser::options! {
        emit_comments: false,
        emit_anchor_events: true,
        emit_unresolved_aliases: true,
    };
    let mut parser = Parser::new_from_str_with_options(&masked.text[from..], options);
    let range_of = |span: granit_parser::Span| -> Range<usize> {
        let range = span.byte_range().expect("a parser of a string knows bytes");
        // The parser trusts the indentation that `|2` promises even where the text is not indented so.
        let start = masked.source.floor_char_boundary(range.start + from);
        start..masked.source.floor_char_boundary(range.end + from).max(start)
    };
    let mut builder = Builder::new(file, masked);
    let mut document = from;
    let mut sound = from;
    while let Some(event) = parser.next_event() {
        let (event, span) = match event {
            Ok(found) => found,
            Err(error) => {
                let choke = Choke {
                    at: from + error.marker().byte_offset().unwrap_or_default(),
                    open_flow: builder.open_flow(),
                    document,
                    sound,
                    kind: error.kind().clone(),
                };
                let reason = Reason::Choke(choke);
                return Some(Stop { document, reason });
            }
        };
        let range = range_of(span);
        sound = sound.max(range.end);
        if event == Event::DocumentEnd {
            document = range.end;
            let finished = std::mem::replace(&mut builder, Builder::new(file, masked));
            let (root, found) = finished.finish();
            nodes.extend(root.filter(|root| !(root.is_null() && root.tag.is_none() && is_empty(root.span))));
            found.sorted().into_iter().for_each(|fault| diags.push(fault));
        } else if let Err(obstacle) = builder.take(event, range, span.tag_span().map(range_of)) {
            let reason = Reason::Obstacle(obstacle);
            return Some(Stop { document, reason });
        }
    }
    None
}

fn is_empty(span: Span) -> bool {
    span.start == span.end
}

/// Where the first document starts behind `at`.
fn next_document(text: &str, at: usize) -> Option<usize> {
    let mut markers = text[at..].match_indices("\n---").map(|(found, _)| at + found + 1);
    markers.find(|start| text[start + 3..].is_empty() || text[start + 3..].starts_with(char::is_whitespace))
}

/// Reports the strings that lack quotes and that no document holds after all, such as those in text given up.
fn report_the_rest(file: FileId, masked: &Masked, known: usize, diags: &mut Diagnostics) {
    for range in masked.unquoted() {
        let span = Span::new(file, range.start, range.end);
        let touches = |other: Span| other.start < span.end && span.start < other.end;
        if !diags.since(known).iter().any(|fault| touches(fault.span)) {
            diags.report(code::QUOTE_EXPRESSION, span, "this expression must be in quotes here");
        }
    }
}
