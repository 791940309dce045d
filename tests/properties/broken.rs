//! Whatever stands in a file, the compiler lives, points at places that are there, and repairs without doing harm.

use std::collections::BTreeMap;

use loadline::Compiled;
use loadline::diag::text::{self, Style};
use loadline::diag::{Diagnostic, Severity, fix, github, json, sarif};
use loadline::source::{Sources, Span};
use loadline::template::Format;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value as Json;

use super::generate;
use super::spell::{self, Dice};
use super::{config, drawn, examples, references, run};

/// One change for the worse: what is done, where, and with what.
type Harm = (usize, Index, Index);

/// Values of the wrong kind, or of none.
const VALUES: &[&str] = &[
    "",
    "[]",
    "{}",
    "null",
    "~",
    "true",
    "no",
    "3",
    "-1",
    "3.5",
    "1e400",
    "0x10",
    "\"\"",
    "text",
    "2 GB",
    "512MB",
    "30",
    "1 min",
    "50",
    "0.5",
    "${jobs.url}",
    "${",
    "${a b}",
    "\"${'}\"",
    "'open",
    "\"open",
    "[a, b",
    "{a: b",
    "- a",
    "!Ref Web",
    "!Sub \"${Web}\"",
    "*anchor",
    "&a 1",
    "|",
    ">-",
    "2026-11-22",
    "é🚢",
    "{a: 1, a: 2}",
    "[1, {b: [c]}]",
    "@x",
    "`x`",
    "%x",
    "a: b",
    "a #b",
    "<<",
    "? x",
    "99999999999999999999",
];

/// Things that do not belong where they fall.
const ODD: &[&str] = &[
    "\u{feff}", "\t", "🚢", "\r", "\r\n", "\n", "\0", "\u{7f}", "\u{85}", "\u{2028}", "'", "\"", "{", "}", "[", "]",
    ":", ": ", "- ", " #", "${", "}", "&a ", "*a ", "!x ", "%", "@", ",", "\n---\n", "\n...\n", "  ", "<<: ", "\\",
    "|\n",
];

/// The byte ranges of the lines.
fn lines(text: &str) -> Vec<(usize, usize)> {
    let mut lines = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        lines.push((start, start + line.len()));
        start += line.len();
    }
    lines
}

fn harmed(text: &str, (what, place, with): &Harm) -> String {
    let lines = lines(text);
    let Some((start, end)) = (!lines.is_empty()).then(|| *place.get(&lines)) else {
        return with.get(ODD).to_string();
    };
    let line = &text[start..end];
    let replaced = |new: &str| format!("{}{new}{}", &text[..start], &text[end..]);
    let characters: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let any = *place.get(&characters);
    match what % 10 {
        0 => replaced(""),
        1 => replaced(&format!("{line}{line}")),
        2 => match line.find(':') {
            Some(colon) => {
                let key: Vec<char> = line[..colon].chars().collect();
                let at = with.index(key.len() + 1);
                let mut new: String = key[..at].iter().collect();
                new.extend(key[at..].iter().skip(at % 2));
                new.push_str(["", "s", "-x", "_"][at % 4]);
                replaced(&format!("{new}{}", &line[colon..]))
            }
            None => replaced(&line.to_uppercase()),
        },
        3 => match line.find(": ") {
            Some(colon) => replaced(&format!("{}: {}\n", &line[..colon], with.get(VALUES))),
            None => replaced(&format!("{}{}\n", line.trim_end(), with.get(VALUES))),
        },
        4 => text[..any].to_string(),
        5 => format!("{}{}{}", &text[..any], with.get(ODD), &text[any..]),
        6 => replaced(&format!("{}{line}", &"        "[..with.index(8)])),
        7 => replaced(line.trim_start()),
        8 => {
            // One word for another of the same text.
            let words: Vec<&str> = text
                .split(|letter: char| !letter.is_alphanumeric())
                .filter(|word| !word.is_empty())
                .collect();
            match (!words.is_empty()).then(|| (*place.get(&words), *with.get(&words))) {
                Some((old, new)) => text.replacen(old, new, 1 + with.index(2)),
                None => text.to_string(),
            }
        }
        _ => match with.index(3) {
            0 => text.replace('\n', "\r\n"),
            1 => format!("\u{feff}{text}"),
            _ => text.replace("  ", "\t"),
        },
    }
}

/// The bytes of a text, some of which may be no UTF-8.
fn bytes(text: &str, torn: &Option<(Index, Index)>) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    match torn {
        None => bytes,
        Some((how, _)) if how.index(4) == 0 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Some((how, place)) => {
            let odd: [&[u8]; 4] = [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf0\x9f"];
            let at = place.index(bytes.len() + 1);
            bytes.splice(at..at, how.get(&odd).iter().copied());
            bytes
        }
    }
}

/// Files that were right before someone wrote in them.
fn broken() -> impl Strategy<Value = Vec<(String, String)>> {
    let made = (generate::projects(3), any::<u64>()).prop_map(|(project, seed)| {
        vec![(
            "spec.yml".to_string(),
            spell::yaml(&project.documents(), &mut Dice::new(seed)),
        )]
    });
    let given = prop::sample::select(examples()).prop_map(|(_, files)| files);
    let harm = (any::<usize>(), any::<Index>(), any::<Index>());
    let files = prop_oneof![made, given];
    (files, any::<Index>(), prop::collection::vec(harm, 1..4)).prop_map(|(mut files, which, harms)| {
        let at = which.index(files.len());
        for harm in &harms {
            files[at].1 = harmed(&files[at].1, harm);
        }
        files
    })
}

/// What is wrong with the places of a fault.
fn misplaced(fault: &Diagnostic, sources: &Sources) -> Option<String> {
    let count = sources.iter().count();
    let is_there = |span: &Span| {
        (span.file.0 as usize) < count && {
            let text = &sources.get(span.file).text;
            let range = span.range();
            range.start <= range.end && text.is_char_boundary(range.start) && text.is_char_boundary(range.end)
        }
    };
    let notes = fault.notes.iter().map(|note| note.span);
    let edits = fault
        .fixes
        .iter()
        .flat_map(|fix| fix.edits.iter().map(|edit| edit.span));
    let mut places = std::iter::once(fault.span).chain(notes).chain(edits);
    places
        .find(|span| !is_there(span))
        .map(|span| format!("{}: {span:?}", fault.code.name()))
}

/// Draws the faults in each way there is.
fn render(compiled: &Compiled) -> Result<(), TestCaseError> {
    let (faults, sources) = (&compiled.diagnostics, &compiled.sources);
    for width in [40, 200] {
        for colour in [false, true] {
            text::render(faults, sources, Style { width, colour });
        }
    }
    let whole: Json = serde_json::from_str(&json::render(faults, sources)).expect("JSON is JSON");
    prop_assert_eq!(whole["diagnostics"].as_array().map(Vec::len), Some(faults.len()));
    let whole: Json = serde_json::from_str(&sarif::render(faults, sources)).expect("SARIF is JSON");
    prop_assert_eq!(whole["runs"][0]["results"].as_array().map(Vec::len), Some(faults.len()));
    let commands = github::render(faults, sources);
    let begun = |line: &str| {
        ["::error ", "::warning "]
            .iter()
            .any(|command| line.starts_with(command))
    };
    prop_assert!(commands.lines().all(begun), "{commands}");
    Ok(())
}

/// The comments of a text: what [`spell`] and the examples have of them.
fn comments(text: &str) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for line in text.lines() {
        if let Some((_, comment)) = line
            .split_once("# ")
            .filter(|(before, _)| !before.contains(['"', '\'', '|']))
        {
            *found.entry(comment.trim_end().to_string()).or_insert(0) += 1;
        }
    }
    found
}

fn is_torn(compiled: &Compiled) -> bool {
    let unreadable = ["yaml-syntax", "not-utf8"];
    compiled
        .diagnostics
        .iter()
        .any(|fault| unreadable.contains(&fault.code.name()))
}

/// A repair may uncover another, but a few rounds must do.
const ROUNDS: usize = 10;

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn every_fault_has_its_place_and_can_be_drawn(
        files in broken(),
        torn in prop::option::weighted(0.1, any::<(Index, Index)>()),
    ) {
        let files: Vec<(String, Vec<u8>)> = files.iter().map(|(name, text)| (name.clone(), bytes(text, &torn))).collect();
        let compiled = run(&files, Format::Json);
        for fault in &compiled.diagnostics {
            prop_assert_eq!(misplaced(fault, &compiled.sources), None);
        }
        render(&compiled)?;
        let errors = compiled.diagnostics.iter().any(|fault| fault.code.severity() == Severity::Error);
        prop_assert!(errors || !compiled.templates.is_empty() || compiled.graph.stacks.is_empty());
        // What is accepted is right, however it came to be.
        if !errors {
            prop_assert_eq!(references::faults(&compiled.templates), Vec::<String>::new());
        }
    }

    #[test]
    fn repairs_come_to_an_end_and_keep_what_is_written(files in broken()) {
        let mut files = files;
        let mut compiled = run(&files, Format::Yaml);
        for round in 0.. {
            let repaired = fix::apply(&compiled.sources, &compiled.diagnostics);
            if repaired.is_empty() {
                break;
            }
            prop_assert!(round < ROUNDS, "{}", drawn(&compiled, &compiled.diagnostics));
            let torn = is_torn(&compiled);
            for file in repaired {
                let source = compiled.sources.get(file.file);
                let name = source.path.strip_prefix("project/").expect("only files of the project are repaired");
                let old = files.iter_mut().find(|(old, _)| old == name).expect("the file was read");
                prop_assert_eq!(comments(&old.1), comments(&file.text), "{:?}", file.done);
                old.1 = file.text;
            }
            compiled = run(&files, Format::Yaml);
            prop_assert!(torn || !is_torn(&compiled), "{}", drawn(&compiled, &compiled.diagnostics));
        }
    }
}
