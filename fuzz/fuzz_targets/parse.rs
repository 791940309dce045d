//! Any text is read to a tree whose spans lie in the text, on the borders of characters; then the expressions in its strings are read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loadline::diag::Diagnostics;
use loadline::source::{Sources, Span};
use loadline::syntax::{Content, Node, parse, pieces};

fuzz_target!(|text: &str| {
    let mut sources = Sources::default();
    let file = sources.add("fuzz.yml", text);
    let mut diags = Diagnostics::default();
    // Aliases share what they name, so that a short text may hold more nodes than can be visited.
    let mut visits = 100_000;
    for node in &parse(file, text, &mut diags) {
        walk(node, text, &mut visits, &mut diags);
    }
    for diagnostic in diags.sorted() {
        hold(diagnostic.span, text);
        diagnostic.notes.iter().for_each(|note| hold(note.span, text));
        diagnostic
            .fixes
            .iter()
            .flat_map(|fix| &fix.edits)
            .for_each(|edit| hold(edit.span, text));
    }
});

fn hold(span: Span, text: &str) {
    assert!(text.get(span.range()).is_some(), "{span:?} is no part of the text");
}

fn walk(node: &Node, text: &str, visits: &mut u32, diags: &mut Diagnostics) {
    hold(node.span, text);
    *visits = visits.saturating_sub(1);
    if *visits == 0 {
        return;
    }
    match &*node.content {
        Content::Map(map) => map.entries.iter().for_each(|entry| {
            hold(entry.key.span, text);
            walk(&entry.value, text, visits, diags);
        }),
        Content::List(items) => items.iter().for_each(|item| walk(item, text, visits, diags)),
        Content::Text(string) => drop(pieces(string, node.span, diags)),
        _ => {}
    }
}
