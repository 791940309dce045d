//! Pages and transcripts are Markdown: here its fenced blocks are read and written back.

use std::fs;
use std::path::{Path, PathBuf};

/// A fenced block.
pub struct Block {
    /// What stands behind the fence: `yaml`, `text`, `console`.
    pub kind: String,
    /// Its lines, each with its line break.
    pub text: String,
}

/// The fenced blocks of a page, in order.
pub fn blocks(page: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut open = false;
    for line in page.lines() {
        match (line.strip_prefix("```"), open) {
            (Some(kind), false) => found.push(Block {
                kind: kind.to_string(),
                text: String::new(),
            }),
            (Some(_), true) | (None, false) => {}
            (None, true) => {
                let block = found.last_mut().expect("a block is open");
                block.text.push_str(line);
                block.text.push('\n');
            }
        }
        open ^= line.starts_with("```");
    }
    assert!(!open, "a fence is never closed:\n{page}");
    found
}

/// The page with the text of its blocks replaced, in order.
pub fn with_blocks(page: &str, blocks: &[Block]) -> String {
    let mut result = String::new();
    let mut texts = blocks.iter();
    let mut open = false;
    for line in page.lines() {
        let fence = line.starts_with("```");
        if fence || !open {
            result.push_str(line);
            result.push('\n');
        }
        open ^= fence;
        if fence && open {
            result.push_str(&texts.next().expect("as many blocks as before").text);
        }
    }
    result
}

/// The Markdown files directly in a folder of the repository, by name.
pub fn pages(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(&root).expect("the folder can be listed");
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    found.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    found.sort();
    found
}

/// The file name that a block's first line gives: `# file: jobs.yml`.
pub fn file_name(block: &Block) -> Option<&str> {
    block.text.lines().next()?.strip_prefix("# file: ")
}

/// Whether expected texts are to be rewritten: `UPDATE=1`.
#[allow(
    clippy::disallowed_methods,
    reason = "a developer asks for the update by the environment"
)]
pub fn is_update() -> bool {
    std::env::var("UPDATE").is_ok_and(|value| value == "1")
}
