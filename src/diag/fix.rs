//! Repairs that need no one's leave. In: faults with their fixes. Out: the repaired text of each file. Must not write.

use super::{Diagnostic, Edit, Note};
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

/// Two edits at one point count as an overlap: which text comes first would be chance.
fn overlap(a: &Edit, b: &Edit) -> bool {
    a.span.file == b.span.file && a.span.start <= b.span.end && b.span.start <= a.span.end
}

fn edited(text: &str, edits: &[&Edit]) -> String {
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
