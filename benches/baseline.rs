//! The least that a compile can be, as a program to measure it against: in, YAML files, a folder of JSON that a compile wrote, and a folder;
//! it starts, reads and parses the YAML, and writes the JSON anew. It computes nothing.

use std::fs;
use std::path::Path;

use loadline::diag::Diagnostics;
use loadline::source::Sources;
use loadline::syntax;
use serde_json::Value;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [written, out, specs @ ..] = arguments.as_slice() else {
        return Err(std::io::Error::other("wanted: FOLDER OUT SPEC…"));
    };
    let mut sources = Sources::default();
    let mut diags = Diagnostics::default();
    for path in specs {
        let text = fs::read_to_string(path)?;
        let file = sources.add(path.as_str(), text.as_str());
        let nodes = syntax::parse(file, &text, &mut diags);
        assert!(!nodes.is_empty() && diags.is_empty(), "{path} is a sound spec");
    }
    fs::create_dir_all(out)?;
    for entry in fs::read_dir(written)? {
        let entry = entry?;
        let before = fs::read(entry.path())?;
        let value: Value = serde_json::from_slice(&before)?;
        let text = serde_json::to_string_pretty(&value)? + "\n";
        assert!(text.as_bytes() == before, "{:?} is as a compile wrote it", entry.path());
        fs::write(Path::new(out).join(entry.file_name()), text)?;
    }
    Ok(())
}
