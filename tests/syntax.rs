//! The tree of awkward texts: what is read, where it stands, what is reported, and what the fixes make of it.
//! The cases are in `syntax/awkward.txt`; `UPDATE=1` writes what comes out.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use loadline::diag::{Diagnostic, Diagnostics};
use loadline::source::{FileId, Span};
use loadline::syntax::{Content, Entry, Node, Piece, parse, pieces};
use proptest::prelude::*;

const FILE: FileId = FileId(0);

fn read(text: &str) -> (Vec<Node>, Vec<Diagnostic>) {
    let mut diags = Diagnostics::default();
    let nodes = parse(FILE, text, &mut diags);
    (nodes, diags.sorted())
}

/// The documents, one a line; then each report with what it underlines and what its fixes do to the lines they touch.
fn show(text: &str) -> String {
    let (nodes, faults) = read(text);
    let mut shown = String::new();
    for node in &nodes {
        writeln!(shown, "{}", outline(node, text)).expect("a string takes all");
    }
    for fault in faults {
        let marked = &text[fault.span.range()];
        writeln!(shown, "{} {marked:?}: {}", fault.code.name(), fault.message).expect("a string takes all");
        for note in &fault.notes {
            writeln!(shown, "  note {:?}: {}", &text[note.span.range()], note.text).expect("a string takes all");
        }
        for fix in &fault.fixes {
            let kind = if fix.safe { "fix" } else { "suggest" };
            for edit in &fix.edits {
                let mended = apply(text, [(edit.span, edit.text.as_str())]);
                let line = text[..edit.span.range().start].matches('\n').count();
                let line = mended.lines().nth(line).unwrap_or_default();
                writeln!(shown, "  {kind}: {line}").expect("a string takes all");
            }
        }
    }
    shown
}

/// A value: strings as `"text"`, followed by what was written when that differs from the string's bytes.
fn outline(node: &Node, text: &str) -> String {
    let tag = node
        .tag
        .as_ref()
        .map_or(String::new(), |tag| format!("!{} ", &*tag.value));
    let written = &text[node.span.range()];
    let content = match &*node.content {
        Content::Hole => format!("HOLE{written:?}"),
        Content::Null => format!("null{written:?}"),
        Content::Bool(value) => value.to_string(),
        Content::Number(number) => match number.integer {
            Some(integer) => integer.to_string(),
            None => format!("~{}", number.value),
        },
        Content::Text(value) if value.verbatim.is_some() => format!("{:?}", &*value.text),
        Content::Text(value) => format!("{:?} of {written:?}", &*value.text),
        Content::List(items) => {
            let items: Vec<String> = items.iter().map(|item| outline(item, text)).collect();
            format!("[{}]", items.join(", "))
        }
        Content::Map(map) => {
            let entry = |entry: &Entry| format!("{}: {}", &*entry.key.value, outline(&entry.value, text));
            let entries: Vec<String> = map.entries.iter().map(entry).collect();
            format!("{{{}}}", entries.join(", "))
        }
    };
    format!("{tag}{content}")
}

fn apply<'a>(text: &str, edits: impl IntoIterator<Item = (Span, &'a str)>) -> String {
    let mut edits: Vec<(Span, &str)> = edits.into_iter().collect();
    edits.sort();
    let mut mended = text.to_string();
    for (span, replacement) in edits.into_iter().rev() {
        mended.replace_range(span.range(), replacement);
    }
    mended
}

#[test]
fn awkward_texts_are_read_past_their_faults() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/syntax/awkward.txt");
    let cases = fs::read_to_string(&path).expect("the cases are there");
    let mut shown = String::new();
    for case in cases.split_inclusive("\n====\n") {
        let case = case.strip_suffix("====\n").unwrap_or(case);
        let input = case.split("----\n").next().expect("split gives one");
        let text = input.replace('␍', "\r").replace('␉', "\t").replace('␂', "\u{feff}");
        write!(shown, "{input}----\n{}====\n", show(&text)).expect("a string takes all");
    }
    let shown = shown.trim_end_matches("====\n");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, shown).expect("the cases can be written");
    } else {
        similar_lines(&cases, shown);
    }
}

fn similar_lines(expected: &str, found: &str) {
    for ((expected, found), number) in expected.lines().zip(found.lines()).zip(1..) {
        assert_eq!(expected, found, "line {number} of awkward.txt");
    }
    assert_eq!(expected.lines().count(), found.lines().count());
}

/// Every node below `node`, aliases expanded, with its depth.
fn walk<'a>(node: &'a Node, depth: usize, visit: &mut dyn FnMut(&'a Node, usize)) {
    visit(node, depth);
    for item in node.list().unwrap_or_default() {
        walk(item, depth + 1, visit);
    }
    for entry in node.map().map(|map| map.entries.as_slice()).unwrap_or_default() {
        walk(&entry.value, depth + 1, visit);
    }
}

#[test]
fn bombs_stay_small() {
    let laughs: String = (1..40)
        .map(|level| {
            let items = vec![format!("*a{}", level - 1); 9].join(", ");
            format!("a{level}: &a{level} [{items}]\n")
        })
        .collect();
    let quadratic = format!(
        "a: &a {}\nb: [{}]\n",
        "x".repeat(100_000),
        vec!["*a"; 300_000].join(",")
    );
    let merges: String = (0..2_000).map(|at| format!("m{at}:\n  <<: *a\n")).collect();
    let merged: String = (0..1_000).map(|at| format!("  k{at}: 1\n")).collect();
    let chain: String = (1..2_000)
        .map(|level| format!("a{level}: &a{level} [*a{}]\n", level - 1))
        .collect();
    let cases = [
        (format!("a0: &a0 x\n{laughs}"), "document-too-large"),
        (quadratic, "document-too-large"),
        (format!("a: &a\n{merged}{merges}"), "document-too-large"),
        (format!("a0: &a0 x\n{chain}"), "too-deep"),
        ("[".repeat(20_000), "too-deep"),
        ("[\n".repeat(20_000), "too-deep"),
        ("{a: ".repeat(20_000), "too-deep"),
        ("- ".repeat(3_000), "too-deep"),
        ("? ".repeat(3_000), "too-deep"),
        (
            (0..400).map(|level| format!("{}a:\n", " ".repeat(level))).collect(),
            "too-deep",
        ),
        (format!("[{}]", "[],".repeat(300_000)), "document-too-large"),
    ];
    for (text, code) in cases {
        let (nodes, faults) = read(&text);
        let start = &text[..20];
        let found: Vec<&str> = faults.iter().map(|fault| fault.code.name()).collect();
        assert!(found.contains(&code), "{start}: {found:?}");
        assert!(found.len() <= 2_000, "{start}: {} faults", found.len());
        let (mut count, mut deepest) = (0, 0);
        for node in &nodes {
            walk(node, 1, &mut |_, depth| {
                count += 1;
                deepest = deepest.max(depth);
            });
        }
        assert!(
            count <= 600_000 && deepest <= 65,
            "{start}: {count} values, {deepest} levels"
        );
    }
}

/// What holds for every text whatsoever.
fn check(text: &str) {
    let (nodes, faults) = read(text);
    let lies_in = |span: Span| assert!(text.get(span.range()).is_some(), "{span:?} in {text:?}");
    let mut holes = 0;
    let mut diags = Diagnostics::default();
    for node in &nodes {
        walk(node, 1, &mut |node, _| {
            lies_in(node.span);
            holes += usize::from(node.is_hole());
            node.tag.iter().for_each(|tag| lies_in(tag.span));
            for entry in node.map().map(|map| map.entries.as_slice()).unwrap_or_default() {
                lies_in(entry.key.span);
            }
            let Content::Text(value) = &*node.content else { return };
            for (at, character) in value.text.char_indices() {
                let place = value.verbatim.as_ref().map(|verbatim| verbatim.place(at));
                let Some(place) = place.filter(|_| character != '\n') else {
                    continue;
                };
                assert!(
                    text[place..].starts_with(character),
                    "{:?} at {at} in {text:?}",
                    value.text
                );
            }
            let parts = pieces(value, node.span, &mut diags);
            if !value.text.contains("${") {
                assert!(matches!(&parts[..], [Piece::Text(part)] if Arc::ptr_eq(part, &value.text)));
            }
            for piece in parts {
                if let Piece::Expr(expr) = piece {
                    lies_in(expr.span);
                }
            }
        });
    }
    assert!(holes == 0 || !faults.is_empty(), "an unreported hole in {text:?}");
    for fault in faults.iter().chain(&diags.sorted()) {
        lies_in(fault.span);
        fault.notes.iter().for_each(|note| lies_in(note.span));
        fault
            .fixes
            .iter()
            .flat_map(|fix| &fix.edits)
            .for_each(|edit| lies_in(edit.span));
    }
    let fixes = faults.iter().map(|fault| fault.fixes.iter().find(|fix| fix.safe));
    let Some(fixes) = fixes
        .collect::<Option<Vec<_>>>()
        .filter(|_| nodes.iter().all(|node| node.map().is_some()))
    else {
        return;
    };
    let edits = fixes
        .iter()
        .flat_map(|fix| &fix.edits)
        .map(|edit| (edit.span, edit.text.as_str()));
    let fixed = apply(text, edits);
    assert!(
        read(&fixed).1.is_empty(),
        "{text} is fixed to {fixed}: {}",
        show(&fixed)
    );
}

const SPEC: &str = r#"# A comment
cluster: production
capacity: &capacity
  fargate: {spot: 0%}   # é
---
app: shop
environment: {A: "${jobs.url}", B: 'it''s', C: [1, ${x}, *capacity]}
services:
  web:
    <<: *capacity
    image: !Sub ${AWS::Region}.example.com/x:1
    command: ["sh", "-c", 'echo ${x ? "a" : "b"}']
    route: *.example.com
    script: |
      echo ${name}
        # no comment
    folded: >-
      a
      b ${c}
tasks:
- run: ${a: b} # c
-
  - "x\ty"
"#;

/// What chance found once.
#[test]
fn a_block_with_a_string_that_lacks_quotes_is_read() {
    check("!!str \n    \"1]*.x>-\n >-\n ${a: b}${x ? \"y\" : 'z'}*.x$${key: *.x \u{2028}`");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read(text in "\\PC{0,60}") {
        check(&text);
    }

    #[test]
    fn any_shuffle_of_signs_is_read(parts in prop::collection::vec(prop::sample::select(SIGNS), 0..25)) {
        check(&parts.concat());
    }

    #[test]
    fn any_slip_of_the_keyboard_is_read(
        slips in prop::collection::vec((0..SPEC.len(), 0..4usize, prop::sample::select(SIGNS)), 1..4),
        is_crlf in any::<bool>(),
    ) {
        let mut text = SPEC.to_string();
        for (at, removed, added) in slips {
            let start = text.floor_char_boundary(at.min(text.len()));
            let end = text.floor_char_boundary((start + removed).min(text.len())).max(start);
            text.replace_range(start..end, added);
        }
        check(&if is_crlf { text.replace('\n', "\r\n") } else { text });
    }
}

const SIGNS: &[&str] = &[
    "",
    "\n",
    "\n  ",
    "\n    ",
    "\r\n",
    " ",
    "\t",
    "a",
    "key: ",
    "x:",
    ":",
    ": ",
    "- ",
    "\n- ",
    "? ",
    "[",
    "]",
    "{",
    "}",
    ",",
    ", ",
    "\"",
    "'",
    "\\",
    "#",
    " #",
    "&a ",
    "*a",
    "*",
    "*.x",
    "!",
    "!Sub ",
    "!!str ",
    "|\n",
    ">-\n ",
    "|2",
    "---",
    "\n---\n",
    "\n...\n",
    "%",
    "@",
    "`",
    "<<: ",
    "${",
    "${x}",
    "${a: b}",
    "${x ? \"y\" : 'z'}",
    "$${",
    "$",
    "}}",
    "{{",
    "é",
    "🚢",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "~",
    "null",
    "1",
    "0x1f",
    "true",
    "\u{0}",
];
