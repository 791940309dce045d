//! The text as the YAML parser sees it: faulty parts are covered, byte for byte, so that it can read on behind them.
//!
//! In: the text of a file and the faults met in it. Out: a text of the same length. Must not know how faults are worded.

use std::ops::Range;

use super::split::{LONGEST, closing};

/// What a covered part was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cover {
    /// A string that lacks quotes: it is read as it stands.
    Unquoted,
    /// A fault that was reported: it is read as a hole.
    Hole,
}

/// Where the value on a line is.
pub(super) struct ValueOnLine {
    /// Where it starts; the end of the line when there is none.
    pub start: usize,
    /// The column, in bytes from 0, of the key or dash that it belongs to.
    pub column: usize,
    /// Whether there is such a key or dash.
    pub has_owner: bool,
}

/// A text and the same text with parts covered.
pub(super) struct Masked<'a> {
    /// As written.
    pub source: &'a str,
    /// As the parser is to see it.
    pub text: String,
    covers: Vec<(Range<usize>, Cover)>,
}

impl<'a> Masked<'a> {
    /// `source`, with nothing covered.
    pub fn new(source: &'a str) -> Masked<'a> {
        Masked {
            source,
            text: source.to_string(),
            covers: Vec::new(),
        }
    }

    /// Whether a part of `range` is covered so.
    pub fn is_covered(&self, range: &Range<usize>, cover: Cover) -> bool {
        let mut covers = self.covers.iter();
        covers.any(|(covered, kind)| *kind == cover && covered.start < range.end && range.start < covered.end)
    }

    /// Whether the parser sees nothing at `at` because what follows is covered.
    pub fn is_blanked(&self, at: usize) -> bool {
        let holes = self.covers.iter().filter(|(_, kind)| *kind == Cover::Hole);
        let next = holes
            .map(|(covered, _)| covered.start)
            .filter(|start| *start >= at)
            .min();
        next.is_some_and(|start| {
            self.text[at..start]
                .trim_matches([':', '-', ' ', '\t', '\r', '\n'])
                .is_empty()
        })
    }

    /// The strings that were covered because they lack quotes.
    pub fn unquoted(&self) -> impl Iterator<Item = &Range<usize>> {
        let unquoted = self.covers.iter().filter(|(_, kind)| *kind == Cover::Unquoted);
        unquoted.map(|(range, _)| range)
    }

    /// The first hole, if there is one.
    pub fn first_hole(&self) -> Option<&Range<usize>> {
        let holes = self.covers.iter().filter(|(_, kind)| *kind == Cover::Hole);
        holes.map(|(range, _)| range).min_by_key(|range| range.start)
    }

    /// Covers the string at `range`, which stands on one line, so that the parser takes it for a plain scalar.
    pub fn take_as_string(&mut self, range: Range<usize>) {
        self.fill(range.clone(), b'_');
        self.covers.push((range, Cover::Unquoted));
    }

    /// Makes a hole of `range`: its first line becomes a plain scalar, or nothing if `blank`, and the others nothing.
    /// Whether that changed anything.
    pub fn make_hole(&mut self, range: Range<usize>, blank: bool) -> bool {
        let before = self.text[range.clone()].to_string();
        let first_line = range.start..self.line_end(range.start).min(range.end);
        let trimmed = self.text[first_line.clone()].trim_end().len();
        // The comma behind an item of a collection that goes on is no part of the fault.
        let goes_on = before.trim_end().ends_with(',') && trimmed > 1;
        self.fill(range.clone(), b' ');
        if !blank {
            let end = first_line.start + trimmed;
            self.fill(first_line.start..end, b'_');
            if goes_on {
                self.fill(end - 1..end, b',');
            }
        }
        let changed = self.text[range.clone()] != before;
        self.covers.push((range, Cover::Hole));
        changed
    }

    /// Has the parser see spaces in the place of the tabs that indent lines. Gives the places of the tabs.
    pub fn untab(&mut self) -> Vec<Range<usize>> {
        let mut tabs = Vec::new();
        let mut at = 0;
        for line in self.text.split_inclusive('\n') {
            let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
            if line[..indent].contains('\t') {
                tabs.push(at..at + indent);
            }
            at += line.len();
        }
        for range in &tabs {
            self.fill(range.clone(), b' ');
        }
        tabs
    }

    /// Makes holes of all NUL characters, which the parser takes for the end of the text. Gives the first.
    pub fn blot_out_nul(&mut self) -> Option<usize> {
        let first = self.text.find('\0')?;
        for (at, _) in self.source.match_indices('\0') {
            self.covers.push((at..at + 1, Cover::Hole));
        }
        self.text = self.text.replace('\0', "_");
        Some(first)
    }

    fn fill(&mut self, range: Range<usize>, with: u8) {
        let mut bytes = std::mem::take(&mut self.text).into_bytes();
        for byte in &mut bytes[range] {
            if !matches!(byte, b'\n' | b'\r') {
                *byte = with;
            }
        }
        self.text = String::from_utf8(bytes).expect("whole characters were replaced by ASCII");
    }

    /// The start of the line of `at`.
    pub fn line_start(&self, at: usize) -> usize {
        let start = self.text[..at].rfind('\n').map_or(0, |found| found + 1);
        // A byte-order mark is no part of its line.
        if self.text[start..].starts_with('\u{feff}') {
            (start + 3).min(at.max(start))
        } else {
            start
        }
    }

    /// The end of the line of `at`, before its line break.
    pub fn line_end(&self, at: usize) -> usize {
        let end = self.text[at..].find('\n').map_or(self.text.len(), |found| at + found);
        if end > at && self.text[..end].ends_with('\r') {
            end - 1
        } else {
            end
        }
    }

    /// The start of the line after that of `at`, if there is one.
    fn next_line(&self, at: usize) -> Option<usize> {
        self.text[at..].find('\n').map(|found| at + found + 1)
    }

    /// By how many bytes the line of `at` is indented.
    pub fn indent(&self, at: usize) -> usize {
        let line = &self.text[self.line_start(at)..self.line_end(at)];
        line.len() - line.trim_start_matches(' ').len()
    }

    /// Where the value on the line of `at` starts, behind `- ` and `key: `, and the column of that key or dash. Without
    /// either, the column is that of the line's text and nothing stands before the value.
    pub fn value_on_line(&self, at: usize) -> ValueOnLine {
        let end = self.line_end(at);
        let line = self.line_start(at);
        let first = line + self.indent(at);
        let mut owner = first;
        let mut start = first;
        while self.text[start..end].starts_with("- ") {
            owner = start;
            start = end - self.text[start + 1..end].trim_start().len();
        }
        if let Some(length) = key_length(&self.text[start..end]) {
            owner = start;
            start = end - self.text[start + length..end].trim_start().len();
        }
        ValueOnLine {
            start,
            column: owner - line,
            has_owner: start > first,
        }
    }

    /// The end of what belongs to the line of `at`: of the last of the following lines that are indented by at least
    /// `indent`. Brackets may close on a line of their own.
    pub fn block_end(&self, at: usize, indent: usize) -> usize {
        let mut end = self.line_end(at);
        let mut line = self.next_line(at);
        while let Some(start) = line {
            let content = &self.text[start..self.line_end(start)];
            let text = content.trim_start_matches(' ');
            let closes = text.starts_with([']', '}']) && content.len() - text.len() + 1 >= indent;
            let is_marker = content.starts_with("---") || content.starts_with("...");
            if is_marker || (!text.is_empty() && content.len() - text.len() < indent && !closes) {
                break;
            }
            if !text.is_empty() {
                end = self.line_end(start);
            }
            line = self.next_line(start);
        }
        end
    }

    /// The end of the line on which the flow collection that opens at `open` closes, if it closes before `limit`.
    pub fn flow_end(&self, open: usize, limit: usize) -> Option<usize> {
        let bytes = &self.text.as_bytes()[..limit];
        let mut depth = 0usize;
        let mut at = open;
        let mut starts_token = true;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'[' | b'{' => depth += 1,
                b']' | b'}' => depth = depth.saturating_sub(1),
                quote @ (b'"' | b'\'') if starts_token => at = quoted_end(bytes, at, *quote)?,
                b'#' if bytes[at - 1].is_ascii_whitespace() => at = self.line_end(at),
                _ => {}
            }
            if depth == 0 {
                return Some(self.line_end(at));
            }
            starts_token = matches!(byte, b'[' | b'{' | b',' | b':') || (starts_token && byte.is_ascii_whitespace());
            at += 1;
        }
        None
    }

    /// The first quote between `from` and `to` that opens a string which is not closed before `to`.
    pub fn unclosed_quote(&self, from: usize, to: usize) -> Option<usize> {
        let bytes = &self.text.as_bytes()[..to];
        let mut at = from;
        while let Some(byte) = bytes.get(at) {
            let starts_token = at == 0 || matches!(bytes[at - 1], b' ' | b'\t' | b'\n' | b'[' | b'{' | b',' | b':');
            if matches!(byte, b'"' | b'\'') && starts_token {
                match quoted_end(bytes, at, *byte) {
                    Some(end) => at = end,
                    None => return Some(at),
                }
            }
            at += 1;
        }
        None
    }

    /// The expression that stands around `at` on its line, as written, braces and all.
    pub fn expression_around(&self, at: usize) -> Option<Range<usize>> {
        let first = self
            .line_start(at)
            .max(self.source.floor_char_boundary(at.saturating_sub(LONGEST)));
        let behind = self.source.floor_char_boundary(at + 2).max(first);
        let starts = self.text[first..behind].match_indices("${");
        let mut ranges = starts.filter_map(|(start, _)| self.expression_at(first + start));
        ranges.find(|range| range.start < at && at < range.end)
    }

    /// The expression that starts at `at`, if it closes on the same line.
    pub fn expression_at(&self, at: usize) -> Option<Range<usize>> {
        let end = self.line_end(at).min(self.source.floor_char_boundary(at + LONGEST));
        closing(&self.text[at..end], 2).map(|close| at..at + close + 1)
    }

    /// The end of the unquoted string that starts at `at`: before a comment, or, in a flow collection, a bracket or comma.
    pub fn string_end(&self, at: usize, in_flow: bool) -> usize {
        let line = &self.text[at..self.line_end(at)];
        let comment = line.find(" #").unwrap_or(line.len());
        let flow = line.find([',', ']', '}']).filter(|_| in_flow).unwrap_or(line.len());
        at + line[..comment.min(flow)].trim_end().len()
    }
}

/// The length of `key:` at the start of a line's text, when a space or nothing follows the colon.
fn key_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let name = match bytes.first()? {
        quote @ (b'"' | b'\'') => quoted_end(bytes, 0, *quote)? + 1,
        b'[' | b'{' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'%' | b'@' | b'`' => return None,
        _ => 0,
    };
    let rest = &text[name..];
    let colons = rest.match_indices(':').map(|(at, _)| at);
    let mut found = colons.filter(|at| rest[at + 1..].is_empty() || rest[at + 1..].starts_with([' ', '\t']));
    let colon = found.next()?;
    (!rest[..colon].contains(" #")).then_some(name + colon + 1)
}

fn quoted_end(bytes: &[u8], open: usize, quote: u8) -> Option<usize> {
    let mut at = open + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote == b'"' => at += 1,
            byte if byte == quote && quote == b'\'' && bytes.get(at + 1) == Some(&quote) => at += 1,
            byte if byte == quote => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_starts_behind_dashes_and_its_key() {
        let rest = |line: &str| line[Masked::new(line).value_on_line(0).start..].to_string();
        assert_eq!(rest("  - a: [1"), "[1");
        assert_eq!(rest("a b: c: d"), "c: d");
        assert_eq!(rest("- - x"), "x");
        assert_eq!(rest("\"a: b\": c"), "c");
        assert_eq!(rest("a:b"), "a:b");
        assert_eq!(rest("key:"), "");
        assert_eq!(rest("{a: b"), "{a: b");
    }

    #[test]
    fn a_hole_keeps_line_breaks_and_length() {
        let mut masked = Masked::new("a: [ü,\r\n  b\r\nc: 1\r\n");
        let end = masked.block_end(3, 1);
        assert!(masked.make_hole(3..end, false));
        assert_eq!(masked.text, "a: ____\r\n   \r\nc: 1\r\n");
        assert_eq!(masked.text.len(), masked.source.len());
    }

    #[test]
    fn a_flow_collection_ends_where_its_brackets_do() {
        let masked = Masked::new("a: [it's, \"]\", {b: '}'}] # ]\nb: 1\n");
        assert_eq!(masked.flow_end(3, masked.text.len()), Some(28));
        assert_eq!(masked.flow_end(3, 10), None);
    }
}
