//! Where a thing stands: byte ranges in the files of one run, and their lines and columns.

use std::ops::Deref;

/// A file of this run, by its place in [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A byte range `start..end` of a file. Both ends lie on character boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// The bytes `start..end` of `file`.
    pub fn new(file: FileId, start: usize, end: usize) -> Span {
        Span {
            file,
            start: start as u32,
            end: end as u32,
        }
    }

    /// The range as `usize`, to slice text with.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The empty place at this span's start: where a missing thing would go.
    pub fn before(self) -> Span {
        Span {
            end: self.start,
            ..self
        }
    }

    /// Whether `other` lies wholly inside this span.
    pub fn contains(self, other: Span) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }
}

/// A value and where it was written.
///
/// A defaulted value carries the span of the block that lacks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// `value`, written at `span`.
    pub fn new(value: T, span: Span) -> Spanned<T> {
        Spanned { value, span }
    }

    /// The same place with the value changed by `f`.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned::new(f(self.value), self.span)
    }
}

impl<T> Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// A line and a column, both from 1; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// One file: its name as the user would write it, and its text.
#[derive(Clone, Debug)]
pub struct Source {
    /// The path to show; `std:service.yml` for a file of the stdlib.
    pub path: String,
    /// The text, with any byte-order mark kept.
    pub text: String,
    line_starts: Vec<u32>,
    masked: Option<String>,
}

impl Source {
    fn new(path: String, text: String) -> Source {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0).chain(breaks.map(|(at, _)| at as u32 + 1)).collect();
        Source {
            path,
            text,
            line_starts,
            masked: None,
        }
    }

    /// The text as it may be shown: what is concealed is dots, in as many bytes.
    pub fn shown(&self) -> &str {
        self.masked.as_deref().unwrap_or(&self.text)
    }

    fn conceal(&mut self, range: std::ops::Range<usize>) {
        let masked = self.masked.get_or_insert_with(|| self.text.clone());
        // Three dots and blanks do not tell how long it is; lines stay lines.
        let mut dots = "•••".chars();
        let mut mask = String::new();
        while mask.len() < range.len() {
            let at = range.start + mask.len();
            match dots.next().filter(|dot| mask.len() + dot.len_utf8() <= range.len()) {
                Some(dot) if !self.text[range.clone()].contains('\n') => mask.push(dot),
                _ => mask.push(if self.text.as_bytes()[at] == b'\n' { '\n' } else { ' ' }),
            }
        }
        masked.replace_range(range, &mask);
    }

    /// The line and column of a byte offset. A byte-order mark takes no column.
    pub fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let line = self.line_starts.partition_point(|start| *start as usize <= offset);
        let start = self.line_starts[line - 1] as usize;
        let before = self.text[start..].char_indices();
        let column = before
            .take_while(|(at, _)| start + at < offset)
            .filter(|(_, character)| *character != '\u{feff}')
            .count();
        Position {
            line,
            column: column + 1,
        }
    }

    /// The byte offset where a line (from 1) starts; the end of the text past the last line.
    pub fn line_start(&self, line: usize) -> usize {
        self.line_starts
            .get(line.saturating_sub(1))
            .map_or(self.text.len(), |start| *start as usize)
    }
}

/// All files of one run, in the order they were read.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// Adds a file and gives its id.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>) -> FileId {
        self.files.push(Source::new(path.into(), text.into()));
        FileId(self.files.len() as u32 - 1)
    }

    /// Keeps what stands at `span` from being shown.
    pub fn conceal(&mut self, span: Span) {
        self.files[span.file.0 as usize].conceal(span.range());
    }

    /// The file behind an id.
    pub fn get(&self, file: FileId) -> &Source {
        &self.files[file.0 as usize]
    }

    /// The text a span covers.
    pub fn text(&self, span: Span) -> &str {
        &self.get(span.file).text[span.range()]
    }

    /// `path:line`, as a reader would look for it.
    pub fn place(&self, span: Span) -> String {
        let source = self.get(span.file);
        format!("{}:{}", source.path, source.position(span.start as usize).line)
    }

    /// All files with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        let numbered = self.files.iter().enumerate();
        numbered.map(|(at, source)| (FileId(at as u32), source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_after_crlf_and_a_byte_order_mark() {
        let mut sources = Sources::default();
        let file = sources.add("a.yml", "\u{feff}a: ü\r\nb: 🚢 x\r\n");
        let source = sources.get(file);
        let at = |needle: &str| source.position(source.text.find(needle).expect("in the text"));
        assert_eq!(at("a"), Position { line: 1, column: 1 });
        assert_eq!(at("ü"), Position { line: 1, column: 4 });
        assert_eq!(at("x"), Position { line: 2, column: 6 });
        assert_eq!(source.position(source.text.len()), Position { line: 3, column: 1 });
    }

    #[test]
    fn what_is_concealed_keeps_its_bytes_and_lines() {
        for secret in ["hunter2", "x", "äöü", "a\nlong\nkey", "", "correct horse battery"] {
            let mut sources = Sources::default();
            let text = format!("a: {secret}\nb: 1\n");
            let file = sources.add("a.yml", &*text);
            sources.conceal(Span::new(file, 3, 3 + secret.len()));
            let shown = sources.get(file).shown();
            assert_eq!(shown.len(), text.len());
            assert_eq!(shown.lines().count(), text.lines().count());
            assert!(secret.is_empty() || !shown.contains(secret));
            assert_eq!(sources.get(file).text, text);
        }
    }
}
