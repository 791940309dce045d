//! The least that a compile can be, as a program to measure it against: in, YAML files, a folder of templates that a compile wrote, and a folder;
//! it starts, reads and parses the YAML, and writes the templates' bytes to the folder. It computes nothing.

use std::fs;
use std::path::Path;

use loadline::diag::Diagnostics;
use loadline::source::Sources;
use loadline::syntax;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [templates, out, specs @ ..] = arguments.as_slice() else {
        return Err(std::io::Error::other("wanted: TEMPLATES OUT SPEC…"));
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
    for entry in fs::read_dir(templates)? {
        let entry = entry?;
        fs::write(Path::new(out).join(entry.file_name()), fs::read(entry.path())?)?;
    }
    Ok(())
}
