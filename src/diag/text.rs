//! Faults for a person at a terminal. In: sorted faults. Out: text; the only file that knows `miette`.

use std::fmt::{self, Display};

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan,
    SpanContents,
};

use super::{Diagnostic, Note, Severity};
use crate::source::{FileId, Source, Sources, Span};

/// How to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// The columns of the page: sentences are wrapped, quoted lines are not.
    pub width: usize,
    /// Whether to colour, by ANSI escapes.
    pub colour: bool,
}

/// How many lines apart two places are still drawn in one excerpt.
const APART: usize = 3;

/// How many faults are drawn; a broken file can have thousands.
const CAP: usize = 50;

/// All faults with the lines they are about, then a line that counts them; empty without faults.
pub fn render(diags: &[Diagnostic], sources: &Sources, style: Style) -> String {
    if diags.is_empty() {
        return String::new();
    }
    let mut closing = closing(diags, sources);
    if closing.trim_end().chars().count() > style.width
        && let Some((counts, explain)) = closing.rsplit_once("; ")
    {
        closing = format!("{counts}\n{explain}");
    }
    format!("{}\n{closing}", excerpts(diags, sources, style))
}

/// All faults with the lines they are about.
pub fn excerpts(diags: &[Diagnostic], sources: &Sources, style: Style) -> String {
    let drawn = diags
        .iter()
        .take(CAP)
        .map(|diagnostic| drawn(diagnostic, sources, style));
    let mut pages: Vec<String> = drawn.collect();
    if diags.len() > CAP {
        pages.push(format!("… and {} more\n", diags.len() - CAP));
    }
    pages.join("\n")
}

/// A fault, then what it has to say about places that are far from it.
fn drawn(diagnostic: &Diagnostic, sources: &Sources, style: Style) -> String {
    let mut theme = if style.colour {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    let other = theme.styles.advice;
    let own = match diagnostic.code.severity() {
        Severity::Error => theme.styles.error,
        Severity::Warning => theme.styles.warning,
    };
    let report = Report::of(diagnostic, sources);
    // `miette` colours labels in their order in the file.
    let mut labels: Vec<&LabeledSpan> = report.labels.iter().collect();
    labels.sort_by_key(|label| label.offset());
    let colours = labels.iter().map(|label| if label.primary() { own } else { other });
    theme.styles.highlights = colours.collect();
    let mut text = painted(&report, theme.clone(), style.width);

    theme.styles.highlights = vec![other];
    for (number, note) in report.notes.iter().enumerate() {
        let (first, rest) = match number + 1 == report.notes.len() {
            true => ("  ╰─▶ ", "      "),
            false => ("  ├─▶ ", "  │   "),
        };
        let inner = painted(note, theme.clone(), style.width.saturating_sub(INDENT));
        for (number, line) in inner.trim_matches('\n').lines().enumerate() {
            let indent = if number == 0 { first } else { rest };
            text.push_str(format!("{}{line}", own.style(indent)).trim_end());
            text.push('\n');
        }
    }
    tamed(&text)
}

/// How far notes are indented.
const INDENT: usize = 6;

fn painted(report: &Report, theme: GraphicalTheme, width: usize) -> String {
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(width)
        .with_break_words(false)
        // Names have hyphens, and half a name is none.
        .with_word_splitter(textwrap::WordSplitter::NoHyphenation)
        .without_syntax_highlighting();
    let mut text = String::new();
    handler
        .render_report(&mut text, report)
        .expect("writing to a string cannot fail, and every span lies in its text");
    text
}

/// The text without control characters but line breaks and colours: a quoted line must not steer the terminal.
fn tamed(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        let is_colour = || {
            let sequence = text[at..].strip_prefix("\u{1b}[");
            let end = sequence.map(|rest| rest.trim_start_matches(|next: char| next.is_ascii_digit() || next == ';'));
            end.is_some_and(|rest| rest.starts_with('m'))
        };
        let harmless = !character.is_control() || character == '\n' || is_colour();
        result.push(if harmless {
            character
        } else {
            char::REPLACEMENT_CHARACTER
        });
    }
    result
}

/// `2 errors, 1 warning in shop.yml; …`: what there is, where to read on, and what `--fix` can do.
pub fn closing(diags: &[Diagnostic], sources: &Sources) -> String {
    let Some(first) = diags.iter().min_by_key(|fault| fault.code.severity()) else {
        return String::new();
    };
    let of = |severity| diags.iter().filter(|fault| fault.code.severity() == severity).count();
    let counts = [(of(Severity::Error), "error"), (of(Severity::Warning), "warning")];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, what)| counted(*count, what)).collect();
    let mut files: Vec<FileId> = diags.iter().map(|fault| fault.span.file).collect();
    files.sort();
    files.dedup();
    let place = match files[..] {
        [file] => sources.get(file).path.clone(),
        _ => counted(files.len(), "file"),
    };
    let repairable = diags
        .iter()
        .filter(|fault| fault.fixes.iter().any(|fix| fix.safe))
        .count();
    let repair = match repairable {
        0 => String::new(),
        _ if repairable == diags.len() => "; `loadline check --fix` repairs that".to_string(),
        _ => format!("; `loadline check --fix` repairs {repairable} of them"),
    };
    let counts = counts.join(", ");
    let code = first.code.name();
    format!("{counts} in {place}{repair}; `loadline explain {code}` says more\n")
}

/// `1 file`, `3 files`.
fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

/// One fault, or one note about another file, as `miette` asks for it: labels of a single file each.
#[derive(Debug)]
struct Report<'a> {
    fault: Option<&'a Diagnostic>,
    message: String,
    excerpt: Excerpt<'a>,
    labels: Vec<LabeledSpan>,
    notes: Vec<Report<'a>>,
}

impl<'a> Report<'a> {
    fn of(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Report<'a> {
        let excerpt = Excerpt(sources.get(diagnostic.span.file));
        let here = |note: &&Note| note.span == diagnostic.span;
        // Two labels at one place would be drawn side by side, as if they were at two.
        let own = Some(&diagnostic.label).filter(|label| !label.is_empty());
        let also = diagnostic.notes.iter().filter(here).map(|note| &note.text);
        let label: Vec<&str> = own.into_iter().chain(also).map(String::as_str).collect();
        let mut report = Report {
            fault: Some(diagnostic),
            message: diagnostic.message.clone(),
            labels: vec![excerpt.label(diagnostic.span, &label.join("; "), Rank::Primary)],
            excerpt,
            notes: Vec::new(),
        };
        for note in diagnostic.notes.iter().filter(|note| !here(note)) {
            if note.span.file == diagnostic.span.file && !excerpt.is_far_above(note.span, diagnostic.span) {
                report.labels.push(excerpt.label(note.span, &note.text, Rank::Other));
            } else {
                report.notes.push(Report::about(note, sources));
            }
        }
        report
    }

    fn about(note: &Note, sources: &'a Sources) -> Report<'a> {
        let excerpt = Excerpt(sources.get(note.span.file));
        Report {
            fault: None,
            message: note.text.clone(),
            labels: vec![excerpt.label(note.span, "", Rank::Primary)],
            excerpt,
            notes: Vec::new(),
        }
    }
}

impl Display for Report<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Report<'_> {}

impl miette::Diagnostic for Report<'_> {
    fn code<'b>(&'b self) -> Option<Box<dyn Display + 'b>> {
        Some(Box::new(self.fault?.code.name()))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.fault.map(|fault| fault.code.severity()) {
            Some(Severity::Error) => miette::Severity::Error,
            Some(Severity::Warning) => miette::Severity::Warning,
            None => miette::Severity::Advice,
        })
    }

    fn help<'b>(&'b self) -> Option<Box<dyn Display + 'b>> {
        Some(Box::new(self.fault?.help()?))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.excerpt)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

/// A file as `miette` reads it. Its own reader for strings scans from the first byte for every label.
#[derive(Clone, Copy, Debug)]
struct Excerpt<'a>(&'a Source);

/// Whether a label says where the fault is, or another place that matters.
#[derive(Clone, Copy, PartialEq)]
enum Rank {
    Primary,
    Other,
}

impl Excerpt<'_> {
    fn label(&self, span: Span, text: &str, rank: Rank) -> LabeledSpan {
        let text = (!text.is_empty()).then(|| text.to_string());
        let place = self.visible(span);
        match rank {
            Rank::Primary => LabeledSpan::new_primary_with_span(text, place),
            Rank::Other => LabeledSpan::new_with_span(text, place),
        }
    }

    /// Whether a place would be drawn in an excerpt of its own, above that of the fault: the fault comes first.
    fn is_far_above(&self, note: Span, fault: Span) -> bool {
        let line = |span: Span| self.0.position(span.start as usize).line;
        line(note) + APART < line(fault)
    }

    /// The part of a span to underline: within its first line, since a block that lacks a key may be long, and before
    /// the line's end, since a place after it cannot be drawn.
    fn visible(&self, span: Span) -> SourceSpan {
        let text = &self.0.text;
        // What is missing at the end of a file is missed after its last line that has something in it.
        let start = (span.start as usize).min(text.trim_end().len());
        let line = self.0.position(start).line;
        let line_end = self.0.line_start(line) + text[self.0.line_start(line)..].lines().next().unwrap_or("").len();
        let end = (span.end as usize).clamp(start, line_end.max(start));
        if start == end && start == text.len() {
            let last = text.chars().next_back().map_or(0, char::len_utf8);
            return (start - last..end).into();
        }
        // What is concealed is drawn as dots, of more bytes than some letters.
        let shown = self.0.shown();
        (shown.floor_char_boundary(start)..shown.ceil_char_boundary(end)).into()
    }
}

impl SourceCode for Excerpt<'_> {
    fn read_span<'b>(
        &'b self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'b> + 'b>, MietteError> {
        let source = self.0;
        let start = source.position(span.offset());
        let end = source.position(span.offset() + span.len());
        // Without lines around it, `miette` asks where the span itself starts.
        let (range, line, column) = if lines_before == 0 {
            let range = span.offset()..span.offset() + span.len();
            (range, start.line - 1, start.column - 1)
        } else {
            let first = start.line.saturating_sub(lines_before).max(1);
            let range = source.line_start(first)..source.line_start(end.line + lines_after + 1);
            (range, first - 1, 0)
        };
        let contents = source.shown()[range.clone()].as_bytes();
        let count = end.line + lines_after - line;
        Ok(Box::new(MietteSpanContents::new_named(
            source.path.clone(),
            contents,
            range.into(),
            line,
            column,
            count,
        )))
    }
}
