//! Faults as workflow commands of GitHub Actions, which it shows at the lines of a pull request.
//!
//! In: sorted faults. Out: one line each. The escapes are those of the workflow toolkit:
//! <https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts>

use super::place::Place;
use super::{Diagnostic, Severity};
use crate::source::Sources;

/// One `::error` or `::warning` command a fault.
pub fn render(diags: &[Diagnostic], sources: &Sources) -> String {
    let commands = diags.iter().map(|diagnostic| command(diagnostic, sources));
    commands.collect()
}

fn command(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let severity = match diagnostic.code.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let place = Place::of(diagnostic.span, sources);
    let mut properties = Vec::new();
    let mut message = diagnostic.message.clone();
    if place.is_editable() {
        properties.push(format!("file={}", property(place.file)));
        properties.push(format!("line={}", place.line));
        // GitHub refuses columns that are not of one line.
        if place.line == place.end_line {
            properties.push(format!("col={}", place.column));
        }
        properties.push(format!("endLine={}", place.end_line));
        if place.line == place.end_line {
            properties.push(format!("endColumn={}", place.end_column));
        }
    } else {
        message = format!("{}: {message}", sources.place(diagnostic.span));
    }
    properties.push(format!("title={}", property(diagnostic.code.name())));
    if !diagnostic.label.is_empty() {
        message = format!("{message}: {}", diagnostic.label);
    }
    for note in &diagnostic.notes {
        message = format!("{message}\n{}: {}", sources.place(note.span), note.text);
    }
    if let Some(help) = diagnostic.help() {
        message = format!("{message}\nhelp: {help}");
    }
    format!("::{severity} {}::{}\n", properties.join(","), escaped(&message))
}

fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    escaped(text).replace(':', "%3A").replace(',', "%2C")
}
