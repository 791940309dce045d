//! What to do where the YAML parser chokes: word the fault, and cover as little as lets it read on.
//!
//! In: the parser's error and its place. Out: a report and a covered text. Must not know trees.

use std::ops::Range;

use granit_parser::ErrorKind;

use super::build::MOST_LEVELS;
use super::masked::{Cover, Masked};
use super::scalar;
use crate::diag::{Diagnostics, Edit, Fix, code};
use crate::source::{FileId, Span};

/// Where the parser choked.
pub(super) struct Choke {
    /// On what.
    pub kind: ErrorKind,
    /// Where it noticed.
    pub at: usize,
    /// Where the outermost flow collection opens that it was in.
    pub open_flow: Option<usize>,
    /// Where the document starts.
    pub document: usize,
    /// Up to where all was well.
    pub sound: usize,
}

/// Reports what the parser choked on and covers it. Whether the parser may try again.
pub(super) fn mend(text: &mut Masked, file: FileId, choke: Choke, diags: &mut Diagnostics) -> bool {
    let Some(at) = visible(text, choke.at) else {
        return false;
    };
    let choke = Choke { at, ..choke };
    if !in_quotes(&choke.kind)
        && let Some(range) = text.expression_around(at)
    {
        text.take_as_string(range);
        return true;
    }
    if let Some(range) = star(text, &choke) {
        text.take_as_string(range);
        return true;
    }
    if is_tab(&choke.kind) {
        let tabs = text.untab();
        if !tabs.is_empty() {
            report_tabs(text, file, &tabs, diags);
            return true;
        }
    }
    let hole = Hole::around(text, &choke);
    let was_covered = text.is_covered(&(at..at + 1), Cover::Hole) || text.is_covered(&hole.range, Cover::Hole);
    if !was_covered {
        report(text, file, &choke, &hole, diags);
    }
    let line = text.line_start(at)..text.block_end(at, text.indent(at) + 1);
    text.make_hole(hole.range, hole.is_line) || text.make_hole(line, true)
}

/// Covers the collection at `at`, which is nested too deep, and reports it.
pub(super) fn cut_off(text: &mut Masked, file: FileId, at: usize, diags: &mut Diagnostics) -> bool {
    let column = at - text.line_start(at);
    let limit = text.block_end(at, column.max(1));
    let end = match text.text[at..].starts_with(['[', '{']) {
        true => text.flow_end(at, limit).unwrap_or(limit),
        false => limit,
    };
    report_depth(text, file, at, diags);
    text.make_hole(at..end, false)
}

fn report_depth(text: &Masked, file: FileId, at: usize, diags: &mut Diagnostics) {
    let message = format!("this is nested deeper than {MOST_LEVELS} levels");
    diags.report(code::TOO_DEEP, Span::new(file, at, word_end(text, at)), message);
}

/// `at`, or the last visible character before it when its line shows nothing more.
fn visible(text: &Masked, at: usize) -> Option<usize> {
    let at = text.source.floor_char_boundary(at);
    if !text.text[text.line_start(at)..text.line_end(at)].trim().is_empty() {
        return Some(at);
    }
    let before = text.text[..at].trim_end_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    before
        .len()
        .checked_sub(1)
        .map(|last| text.source.floor_char_boundary(last))
}

/// The string that starts with `*` where the parser expected an alias.
fn star(text: &Masked, choke: &Choke) -> Option<Range<usize>> {
    let start = match choke.open_flow {
        Some(_) => choke.at,
        None => text.value_on_line(choke.at).start,
    };
    if start > choke.at || start < choke.document || !text.text[start..].starts_with('*') {
        return None;
    }
    let end = text.string_end(start, choke.open_flow.is_some());
    (end > start).then_some(start..end)
}

/// What is to become a hole.
struct Hole {
    range: Range<usize>,
    /// Whether it is whole lines, so that nothing can stand in their place.
    is_line: bool,
    /// What to underline.
    mark: Range<usize>,
    /// Whether that is a bracket which nothing closes.
    is_unclosed: bool,
}

impl Hole {
    fn around(text: &Masked, choke: &Choke) -> Hole {
        let at = choke.at;
        let unclosed = matches!(
            choke.kind,
            ErrorKind::UnclosedQuotedScalar
                | ErrorKind::InvalidQuotedScalarIndent
                | ErrorKind::DocumentIndicatorInQuotedScalar
        );
        if let Some(quote) = text.unclosed_quote(choke.sound.min(at), at).filter(|_| unclosed) {
            let range = match choke.open_flow {
                Some(open) => flow(text, open),
                None => quote..text.line_end(quote),
            };
            return Hole {
                range,
                is_line: false,
                mark: quote..quote + 1,
                is_unclosed: false,
            };
        }
        let value = text.value_on_line(at);
        let opener = match choke.kind {
            ErrorKind::UnclosedFlowCollection { .. } | ErrorKind::MismatchedFlowCollectionEnd { .. } => {
                Some(value.start.min(at))
            }
            _ => choke.open_flow,
        };
        if let Some(open) = opener.filter(|open| *open <= at) {
            let is_unclosed = matches!(choke.kind, ErrorKind::UnclosedFlowCollection { .. });
            let is_left = text.line_start(at) > open
                && text.indent(at) <= text.indent(open)
                && !text.text[at..].starts_with([']', '}']);
            let mark = match choke.kind {
                ErrorKind::UnclosedFlowCollection { .. } | ErrorKind::MismatchedFlowCollectionEnd { .. } => at..at + 1,
                _ if is_left => open..open + 1,
                _ => at..word_end(text, at),
            };
            return Hole {
                range: flow(text, open),
                is_line: false,
                mark,
                is_unclosed: is_unclosed || is_left,
            };
        }
        let is_structure = matches!(
            choke.kind,
            ErrorKind::ExpectedBlockMappingKey | ErrorKind::ExpectedBlockSequenceEntry
        );
        let reaches = if is_structure {
            value.start < at
        } else {
            value.start <= at
        };
        if value.has_owner && reaches && value.start < text.line_end(at) {
            return Hole {
                range: value.start..text.block_end(at, value.column + 1),
                is_line: false,
                mark: at..word_end(text, at),
                is_unclosed: false,
            };
        }
        Hole::lines(text, culprit(text, choke))
    }

    /// The line of `at` and all that is indented below it.
    fn lines(text: &Masked, at: usize) -> Hole {
        let indent = text.indent(at);
        let start = text.line_start(at) + indent;
        Hole {
            range: start..text.block_end(at, indent + 1),
            is_line: true,
            mark: start..text.string_end(start, false).max(start),
            is_unclosed: false,
        }
    }
}

/// The line to blame: the one above for a key below a line that lacks its colon, and a line that starts with `%`.
fn culprit(text: &Masked, choke: &Choke) -> usize {
    let line = text.line_start(choke.at);
    match choke.kind {
        ErrorKind::ExpectedDocumentStart => {
            let before = &text.text[choke.sound.min(line)..line];
            let blank = before.len() - before.trim_start().len();
            let directive = before[blank..].starts_with('%');
            if directive { choke.sound + blank } else { choke.at }
        }
        ErrorKind::MappingValueNotAllowed => {
            let above = text.text[..line].trim_end();
            let Some((last, _)) = above.char_indices().next_back() else {
                return choke.at;
            };
            let value = text.value_on_line(last);
            let is_bare = !value.has_owner && text.indent(last) <= text.indent(choke.at);
            let content = &text.text[value.start..text.line_end(last)];
            let is_word = content.starts_with(|c: char| c.is_alphanumeric()) && !content.contains(' ');
            if is_bare && is_word { last } else { choke.at }
        }
        _ => choke.at,
    }
}

/// The flow collection that opens at `open`, to the end of the line on which it closes or seems to end.
fn flow(text: &Masked, open: usize) -> Range<usize> {
    let limit = text.block_end(open, text.indent(open) + 1);
    open..text.flow_end(open, limit).unwrap_or(limit).max(text.line_end(open))
}

fn word_end(text: &Masked, at: usize) -> usize {
    let line = &text.source[at..text.line_end(at)];
    let word = line.find(|c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}'));
    let first = line.chars().next().map_or(0, char::len_utf8);
    at + word.unwrap_or(line.len()).max(first)
}

fn in_quotes(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::DocumentIndicatorInQuotedScalar
            | ErrorKind::UnclosedQuotedScalar
            | ErrorKind::InvalidQuotedScalarIndent
            | ErrorKind::UnknownQuotedScalarEscape
            | ErrorKind::InvalidQuotedScalarHexEscape
            | ErrorKind::InvalidLowSurrogateHexEscape
            | ErrorKind::InvalidLowSurrogate
            | ErrorKind::MissingLowSurrogate
            | ErrorKind::UnpairedLowSurrogate
            | ErrorKind::InvalidUnicodeEscape
    )
}

fn is_tab(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::TabNotAllowed
            | ErrorKind::TabInPlainScalar
            | ErrorKind::TabAtBlockScalarStart
            | ErrorKind::InvalidBlockEntryWhitespace
            | ErrorKind::ExpectedBlockMappingKey
            | ErrorKind::MappingValueNotAllowed
    )
}

fn report_tabs(text: &Masked, file: FileId, tabs: &[Range<usize>], diags: &mut Diagnostics) {
    let edits = tabs.iter().map(|range| Edit {
        span: Span::new(file, range.start, range.end),
        text: text.source[range.clone()].replace('\t', "  "),
    });
    let first = Span::new(file, tabs[0].start, tabs[0].end);
    let fix = Fix {
        title: "indent with two spaces for each tab".to_string(),
        edits: edits.collect(),
        safe: false,
    };
    let fault = diags.report(code::YAML_SYNTAX, first, "a tab cannot indent");
    fault.hint("indent with spaces").fixes.push(fix);
}

fn report(text: &Masked, file: FileId, choke: &Choke, hole: &Hole, diags: &mut Diagnostics) {
    if choke.kind == ErrorKind::RecursionLimitExceeded {
        report_depth(text, file, hole.range.start, diags);
        return;
    }
    let span = Span::new(file, hole.mark.start, hole.mark.end);
    let (message, hint) = wording(text, choke, hole);
    let fault = diags.report(code::YAML_SYNTAX, span, message);
    if let Some(hint) = hint {
        fault.hint(hint);
    }
    let value = text.value_on_line(choke.at);
    let wants_quotes = matches!(
        choke.kind,
        ErrorKind::MappingValueNotAllowed | ErrorKind::UnexpectedCharacter { .. }
    );
    if wants_quotes && !hole.is_line && choke.open_flow.is_none() {
        let written = value.start..text.string_end(value.start, false);
        let quoted = scalar::quote(&text.source[written.clone()]);
        let span = Span::new(file, written.start, written.end);
        fault.suggest("put the value in quotes", span, quoted);
    }
}

/// What is wrong, and what to do about it.
fn wording(text: &Masked, choke: &Choke, hole: &Hole) -> (String, Option<&'static str>) {
    let quote_value = Some("put the value in quotes");
    if hole.is_unclosed {
        let open = &text.source[hole.mark.clone()];
        return (format!("this `{open}` is not closed"), None);
    }
    let (message, hint) = match &choke.kind {
        ErrorKind::UnclosedQuotedScalar
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::DocumentIndicatorInQuotedScalar => ("this quote is not closed", None),
        ErrorKind::InvalidTrailingDoubleQuotedScalar | ErrorKind::InvalidTrailingSingleQuotedScalar => (
            "this stands behind a closed quote",
            Some("put the whole value in one pair of quotes; in `'…'` a quote is written twice"),
        ),
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            return (format!("this `{open}` is closed by `{close}`"), None);
        }
        ErrorKind::MisplacedFlowCollectionEnd => ("this bracket closes nothing", quote_value),
        ErrorKind::ExpectedFlowSequenceSeparator => ("expected `,` or `]` here", None),
        ErrorKind::ExpectedFlowMappingSeparator => ("expected `,` or `}` here", None),
        ErrorKind::MappingValueNotAllowed if !hole.is_line => ("a value cannot hold `: `", quote_value),
        ErrorKind::MappingValueNotAllowed if hole.mark.end < choke.at => {
            ("this line lacks its `:`", Some("write `name: value`"))
        }
        ErrorKind::MappingValueNotAllowed => (
            "a key cannot stand here",
            Some("indent it like the keys it belongs to; a key above that has a value can have no keys below"),
        ),
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
            ("this line lacks its `:`", Some("write `name: value`"))
        }
        ErrorKind::BlockSequenceEntryNotAllowed => (
            "a list cannot start here",
            Some("start it on a line of its own, or write it in `[…]`"),
        ),
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::ExpectedBlockSequenceEntry if hole.is_line => (
            "this line fits no block above it",
            Some("indent it like the lines it belongs to"),
        ),
        ErrorKind::ExpectedBlockMappingKey => ("this cannot stand behind the value", quote_value),
        ErrorKind::InvalidIndentation => ("wrong indentation", Some("indent it like the lines it belongs to")),
        ErrorKind::UnexpectedCharacter { character } if character.is_control() => {
            ("a control character cannot stand here", Some("remove it"))
        }
        ErrorKind::UnexpectedCharacter { character } => {
            return (format!("a value cannot start with `{character}`"), quote_value);
        }
        ErrorKind::UnknownQuotedScalarEscape => (
            "unknown escape in a string",
            Some("write `\\\\` for a backslash, or use single quotes"),
        ),
        ErrorKind::ExpectedDocumentStart if text.source[hole.mark.start..].starts_with('%') => {
            ("a line cannot start with `%`", Some("put the text in quotes"))
        }
        ErrorKind::ExpectedDocumentStart => (
            "this stands behind the end of the document",
            Some("write `---` on a line of its own before a new document"),
        ),
        ErrorKind::UndeclaredTagHandle => ("this tag's handle is not declared", None),
        kind => return (kind.to_string(), None),
    };
    (message.to_string(), hint)
}
