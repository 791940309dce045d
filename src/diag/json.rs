//! Faults as JSON, for other programs. In: sorted faults. Out: the versioned shape that the documentation of
//! `--output json` promises: keys are only ever added.

use serde::Serialize;
use serde_json::Value;

use super::place::Place;
use super::{Diagnostic, Fix, Severity};
use crate::source::{Sources, Span};

#[derive(Serialize)]
struct Fault<'a> {
    code: &'static str,
    severity: Severity,
    message: &'a str,
    #[serde(flatten)]
    place: Place<'a>,
    labels: Vec<Label<'a>>,
    hint: Option<&'a str>,
    fixes: Vec<Repair<'a>>,
}

#[derive(Serialize)]
struct Label<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    message: &'a str,
}

#[derive(Serialize)]
struct Repair<'a> {
    title: &'a str,
    safe: bool,
    edits: Vec<Replacement<'a>>,
}

#[derive(Serialize)]
struct Replacement<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    text: &'a str,
}

/// The whole document: `{"version": 1, "diagnostics": […]}`, indented, with a final newline.
pub fn render(diags: &[Diagnostic], sources: &Sources) -> String {
    let document = serde_json::json!({"version": 1, "diagnostics": values(diags, sources)});
    format!("{document:#}\n")
}

/// Each fault as an object, to stand in a document that holds more than faults.
pub fn values(diags: &[Diagnostic], sources: &Sources) -> Vec<Value> {
    let faults = diags.iter().map(|diagnostic| fault(diagnostic, sources));
    faults
        .map(|fault| serde_json::to_value(fault).expect("strings and numbers always serialize"))
        .collect()
}

/// A fix as an object, as it stands in `fixes` of a fault.
pub fn fix(fix: &Fix, sources: &Sources) -> Value {
    serde_json::to_value(repair(fix, sources)).expect("strings and numbers always serialize")
}

fn fault<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Fault<'a> {
    let label = |span: Span, message: &'a str| Label {
        place: Place::of(span, sources),
        message,
    };
    let own = (!diagnostic.label.is_empty()).then(|| label(diagnostic.span, &diagnostic.label));
    let notes = diagnostic.notes.iter().map(|note| label(note.span, &note.text));
    Fault {
        code: diagnostic.code.name(),
        severity: diagnostic.code.severity(),
        message: &diagnostic.message,
        place: Place::of(diagnostic.span, sources),
        labels: own.into_iter().chain(notes).collect(),
        hint: diagnostic.hint.as_deref(),
        fixes: diagnostic.fixes.iter().map(|fix| repair(fix, sources)).collect(),
    }
}

fn repair<'a>(fix: &'a Fix, sources: &'a Sources) -> Repair<'a> {
    let edits = fix.edits.iter().map(|edit| Replacement {
        place: Place::of(edit.span, sources),
        text: &edit.text,
    });
    Repair {
        title: &fix.title,
        safe: fix.safe,
        edits: edits.collect(),
    }
}
