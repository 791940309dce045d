//! Runs the page of every code: its spec must raise that code and no other, and look as the page shows.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use loadline::diag::Code;
use loadline::diag::text::{self, Style};
use loadline::source::Memory;
use loadline::{Request, compile};

use crate::markdown::{Block, blocks, file_name, is_update, pages, with_blocks};

const FOLDER: &str = "src/diag/codes";

/// Where a block is one file alone, it has this name.
const FILE: &str = "shop.yml";

/// The bytes of a file; `# encoding: latin-1` in it asks for one byte a character.
fn bytes(block: &Block) -> Vec<u8> {
    let text: String = block.text.lines().map(repeated).collect();
    if !text.contains("# encoding: latin-1\n") {
        return text.into_bytes();
    }
    let characters = text.chars();
    characters
        .map(|character| u8::try_from(character).expect("a character of Latin-1"))
        .collect()
}

/// A line, or as many as it asks for: `Topic1: {}  # and so on to Topic501`.
fn repeated(line: &str) -> String {
    let Some((pattern, last)) = line.split_once("# and so on to ") else {
        return format!("{line}\n");
    };
    let name = last.trim_end_matches(|character: char| character.is_ascii_digit());
    let count: usize = last[name.len()..].parse().expect("the last name ends in a number");
    let first = format!("{name}1");
    assert!(pattern.contains(&first), "`{pattern}` has `{first}`");
    let numbered = (1..=count).map(|number| pattern.replace(&first, &format!("{name}{number}")));
    numbered.map(|line| format!("{}\n", line.trim_end())).collect()
}

fn run(name: &str, page: &str, faults: &mut Vec<String>) -> Option<String> {
    let mut written = blocks(page);
    let files: Vec<&Block> = written.iter().filter(|block| block.kind == "yaml").collect();
    let Some(expected) = written.iter().position(|block| block.kind == "text") else {
        faults.push(format!("{name}: the page has no `text` block"));
        return None;
    };
    if files.is_empty() {
        faults.push(format!("{name}: the page has no `yaml` block"));
        return None;
    }
    let mut world = Memory::default();
    for block in &files {
        world = world.with(file_name(block).unwrap_or(FILE), bytes(block));
    }
    let path = match files[..] {
        [block] => file_name(block).unwrap_or(FILE),
        _ => ".",
    };
    let request = Request {
        path: path.to_string(),
        ..Request::default()
    };
    let compiled = compile(&world, &request).expect("the world is in memory");
    let style = Style {
        width: 100,
        colour: false,
    };
    let drawn = text::excerpts(&compiled.diagnostics, &compiled.sources, style);
    let raised: BTreeSet<&str> = compiled.diagnostics.iter().map(|fault| fault.code.name()).collect();
    if raised != BTreeSet::from([name]) {
        faults.push(format!("{name}: its page raises {raised:?}\n{drawn}"));
        return None;
    }
    if written[expected].text == drawn {
        return None;
    }
    let old = std::mem::replace(&mut written[expected].text, drawn);
    if !is_update() {
        faults.push(format!(
            "{name}: `UPDATE=1 cargo test pages` writes\n{}not\n{old}",
            written[expected].text
        ));
    }
    Some(with_blocks(page, &written))
}

#[test]
fn every_page_raises_its_code_and_looks_so() {
    let mut faults = Vec::new();
    for code in Code::all() {
        let name = code.name();
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(FOLDER)
            .join(format!("{name}.md"));
        let page = fs::read_to_string(&path).expect("the page was compiled in");
        let updated = run(name, &page, &mut faults);
        if let Some(page) = updated.filter(|_| is_update()) {
            fs::write(&path, page).expect("the page can be written");
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_page_says_what_and_how() {
    let mut faults = Vec::new();
    for code in Code::all() {
        let (name, page) = (code.name(), code.page());
        if !page.starts_with(&format!("# {name}\n")) {
            faults.push(format!("{name}: the title is the code"));
        }
        if code.about().is_empty() || code.about().starts_with("```") {
            faults.push(format!("{name}: the page says what is wrong, and why it matters"));
        }
        let last = page.trim_end().rsplit("\n\n").next().unwrap_or("");
        if last.contains("```") || last == code.about() {
            faults.push(format!("{name}: the page ends with how to repair it"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_table_is_sorted_and_has_every_page() {
    let names: Vec<&str> = Code::all().map(Code::name).collect();
    let sorted: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(names, Vec::from_iter(sorted), "one line a code, by name");
    let paths = pages(FOLDER);
    let stems = paths.iter().filter_map(|path| path.file_stem()?.to_str());
    assert_eq!(stems.collect::<Vec<_>>(), names, "one page a code");
}
