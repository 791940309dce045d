//! Repairs that need no one's leave. In: faults with their fixes. Out: the repaired text of each file. Must not write.

use super::{Diagnostic, Edit, Fix, Note};
use crate::source::{FileId, Sources};

/// A file after its repairs.
#[derive(Clone, Debug, PartialEq)]
pub struct Repaired {
    /// The file.
    pub file: FileId,
    /// Its whole new text.
    pub text: String,
    /// What was done and where in the old text, in the order of the faults.
    pub done: Vec<Note>,
}

/// Applies the first safe fix of each fault, unless it overlaps with one that was taken before it.
///
/// A fix is applied whole or not at all, in all the files it edits. Files of the stdlib are never edited. What was left
/// out because of an overlap may be taken when the new text is compiled again.
pub fn apply(sources: &Sources, diags: &[Diagnostic]) -> Vec<Repaired> {
    let mut taken: Vec<&Edit> = Vec::new();
    let mut done: Vec<Note> = Vec::new();
    for diagnostic in diags {
        let Some(fix) = diagnostic.fixes.iter().find(|fix| fix.safe) else {
            continue;
        };
        let fits = |edit: &Edit| {
            let own = !sources.get(edit.span.file).path.starts_with("std:");
            own && !taken.iter().any(|other| overlap(edit, other))
        };
        if fix.edits.iter().all(fits) {
            taken.extend(&fix.edits);
            done.extend(fix.edits.first().map(|edit| Note {
                span: edit.span,
                text: fix.title.clone(),
            }));
        }
    }
    write(sources, taken, &done)
}

/// Applies one fix.
pub fn apply_one(sources: &Sources, fix: &Fix) -> Vec<Repaired> {
    let done = fix.edits.iter().map(|edit| Note {
        span: edit.span,
        text: fix.title.clone(),
    });
    write(sources, fix.edits.iter().collect(), &done.collect::<Vec<Note>>())
}

fn write(sources: &Sources, mut taken: Vec<&Edit>, done: &[Note]) -> Vec<Repaired> {
    taken.sort_by_key(|edit| edit.span);
    let mut repaired: Vec<Repaired> = Vec::new();
    for edits in taken.chunk_by(|a, b| a.span.file == b.span.file) {
        let file = edits[0].span.file;
        let own = done.iter().filter(|note| note.span.file == file);
        repaired.push(Repaired {
            file,
            text: edited(&sources.get(file).text, edits),
            done: own.cloned().collect(),
        });
    }
    repaired
}

/// Lets a quoted key keep its quotes: who reports it does not know how it is written, and behind a plain one a colon takes a
/// space that JSON does not have.
pub fn keep_quotes(sources: &Sources, diags: &mut [Diagnostic]) {
    let edits = diags
        .iter_mut()
        .flat_map(|fault| &mut fault.fixes)
        .flat_map(|fix| &mut fix.edits);
    for edit in edits {
        let text = &sources.get(edit.span.file).text;
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        let written = &text[start..end];
        let quote = ['"', '\'']
            .into_iter()
            .find(|quote| written.len() > 1 && written.starts_with(*quote));
        let plain = edit
            .text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter));
        if let Some(quote) = quote.filter(|quote| written.ends_with(*quote) && plain && text[end..].starts_with(':')) {
            edit.text = format!("{quote}{}{quote}", edit.text);
        }
    }
}

/// A value that a fix changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// `path:line`.
    pub place: String,
    /// `key: value` as it is; `None` for what is added.
    pub old: Option<String>,
    /// `key: value` as it becomes.
    pub new: String,
}

/// The values that a fix changes, each with its key and nothing of what stands beside it, which may be meant for few eyes.
pub fn changes(sources: &Sources, fix: &Fix) -> Vec<Changed> {
    fix.edits.iter().map(|edit| changed(sources, edit)).collect()
}

fn changed(sources: &Sources, edit: &Edit) -> Changed {
    let source = sources.get(edit.span.file);
    let line = source.position(edit.span.start as usize).line;
    let before = &source.shown()[source.line_start(line)..edit.span.start as usize];
    let key = before.rsplit(['{', ',', '[']).next().unwrap_or_default().trim_start();
    let key = key.strip_prefix("- ").unwrap_or(key);
    let text = edit.text.trim_start_matches([',', ' ', '\r', '\n']);
    let is_added =
        edit.span.start == edit.span.end && (key.trim().is_empty() || edit.text.starts_with([',', '\r', '\n']));
    let flat = |text: &str| text.split_whitespace().collect::<Vec<&str>>().join(" ");
    if is_added {
        let line = line + usize::from(edit.text.starts_with(['\r', '\n']));
        return Changed {
            place: format!("{}:{line}", source.path),
            old: None,
            new: flat(text),
        };
    }
    Changed {
        place: format!("{}:{line}", source.path),
        old: Some(flat(&format!("{key}{}", &source.shown()[edit.span.range()]))),
        new: flat(&format!("{} {text}", key.trim_end())),
    }
}

/// Two edits at one point count as an overlap: which text comes first would be chance.
fn overlap(a: &Edit, b: &Edit) -> bool {
    a.span.file == b.span.file && a.span.start <= b.span.end && b.span.start <= a.span.end
}

/// A text after edits, which are in the order of the text and do not overlap.
pub fn edited(text: &str, edits: &[&Edit]) -> String {
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        result.push_str(&text[done..edit.span.start as usize]);
        result.push_str(&edit.text);
        done = edit.span.end as usize;
    }
    result.push_str(&text[done..]);
    result
}
