//! Faults as SARIF 2.1.0, for code scanning and editors. In: sorted faults. Out: one run, with a rule for each code
//! that occurs. The shape: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use serde::Serialize;
use serde_json::{Value, json};

use super::place::Place;
use super::{Code, Diagnostic, Fix, Severity};
use crate::source::{Sources, Span};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding<'a> {
    rule_id: &'static str,
    rule_index: usize,
    level: Severity,
    message: Text<'a>,
    locations: [Location<'a>; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Repair<'a>>,
}

#[derive(Serialize)]
struct Text<'a> {
    text: std::borrow::Cow<'a, str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'a> {
    physical_location: Physical,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Serialize, PartialEq)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Repair<'a> {
    description: Text<'a>,
    artifact_changes: Vec<Change<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change<'a> {
    artifact_location: Artifact,
    replacements: Vec<Replacement<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement<'a> {
    deleted_region: Region,
    inserted_content: Text<'a>,
}

/// The whole log, indented, with a final newline.
pub fn render(diags: &[Diagnostic], sources: &Sources) -> String {
    let mut codes: Vec<Code> = diags.iter().map(|diagnostic| diagnostic.code).collect();
    codes.sort_by_key(|code| code.name());
    codes.dedup();
    let findings: Vec<Finding> = diags.iter().map(|fault| finding(fault, &codes, sources)).collect();
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "loadline",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": codes.iter().map(|code| rule(*code)).collect::<Vec<Value>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": findings,
        }],
    });
    format!("{log:#}\n")
}

fn rule(code: Code) -> Value {
    json!({
        "id": code.name(),
        "shortDescription": {"text": code.name().replace('-', " ")},
        "fullDescription": {"text": code.about()},
        "help": {"text": code.page(), "markdown": code.page()},
        "defaultConfiguration": {"level": code.severity()},
    })
}

fn finding<'a>(diagnostic: &'a Diagnostic, codes: &[Code], sources: &Sources) -> Finding<'a> {
    let rule = codes.iter().position(|code| *code == diagnostic.code);
    let notes = diagnostic.notes.iter().map(|note| Location {
        message: Some(plain(&note.text)),
        ..location(note.span, sources)
    });
    // Viewers show the message alone, so the hint stands in it.
    let message = match &diagnostic.hint {
        Some(hint) => format!("{}\n{hint}", diagnostic.message).into(),
        None => diagnostic.message.as_str().into(),
    };
    let own = Location {
        message: (!diagnostic.label.is_empty()).then(|| plain(&diagnostic.label)),
        ..location(diagnostic.span, sources)
    };
    Finding {
        rule_id: diagnostic.code.name(),
        rule_index: rule.expect("the codes were taken from these faults"),
        level: diagnostic.code.severity(),
        message: Text { text: message },
        locations: [own],
        related_locations: notes.collect(),
        fixes: diagnostic.fixes.iter().map(|fix| repair(fix, sources)).collect(),
    }
}

fn plain(text: &str) -> Text<'_> {
    Text { text: text.into() }
}

fn location(span: Span, sources: &Sources) -> Location<'static> {
    Location {
        physical_location: Physical {
            artifact_location: artifact(span, sources),
            region: region(span, sources),
        },
        message: None,
    }
}

fn artifact(span: Span, sources: &Sources) -> Artifact {
    Artifact {
        uri: uri(&sources.get(span.file).path),
    }
}

/// A path as a URI reference: all but unreserved characters, `/` and the colon of `std:` is written in percent.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b':' => uri.push(byte as char),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

fn region(span: Span, sources: &Sources) -> Region {
    let place = Place::of(span, sources);
    Region {
        start_line: place.line,
        start_column: place.column,
        end_line: place.end_line,
        end_column: place.end_column,
    }
}

fn repair<'a>(fix: &'a Fix, sources: &Sources) -> Repair<'a> {
    let mut changes: Vec<Change> = Vec::new();
    for edit in &fix.edits {
        let file = artifact(edit.span, sources);
        let replacement = Replacement {
            deleted_region: region(edit.span, sources),
            inserted_content: plain(&edit.text),
        };
        match changes.iter_mut().find(|change| change.artifact_location == file) {
            Some(change) => change.replacements.push(replacement),
            None => changes.push(Change {
                artifact_location: file,
                replacements: vec![replacement],
            }),
        }
    }
    Repair {
        description: plain(&fix.title),
        artifact_changes: changes,
    }
}
