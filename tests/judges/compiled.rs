//! Templates on disk, for a judge to read: in, a project as a world in memory; out, the files that `compile` would write.

use loadline::diag::Diagnostic;
use loadline::diag::text::{Style, render};
use loadline::source::{Memory, Sources};
use loadline::template::Format;
use loadline::{Request, compile};
use std::fs;
use std::path::Path;

/// The YAML files of a folder as the project `project`.
pub fn project(folder: &Path) -> Memory {
    let entries = fs::read_dir(folder).expect("the folder can be listed");
    let files = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_file());
    files.fold(Memory::default(), |world, path| {
        let name = path.file_name().and_then(|name| name.to_str()).expect("UTF-8");
        world.with(format!("project/{name}"), fs::read(&path).expect("it can be read"))
    })
}

/// Compiles the world's `project` into a folder. Anything that the compiler has to say is an error: its faults, drawn.
pub fn write(world: &Memory, out: &Path, format: Format) -> Result<(), String> {
    let request = Request {
        path: "project".to_string(),
        format,
        ..Request::default()
    };
    let compiled = compile(world, &request).map_err(|error| error.to_string())?;
    silent(&compiled.diagnostics, &compiled.sources)?;
    fs::create_dir_all(out).expect("a folder can be made");
    for template in compiled.templates {
        let path = |end: &str| out.join(format!("{}.{end}", template.stack));
        fs::write(path(format.extension()), &template.body).expect("a template can be written");
        fs::write(path("parameters.json"), template.parameter_file()).expect("its parameters can be written");
    }
    Ok(())
}

fn silent(faults: &[Diagnostic], sources: &Sources) -> Result<(), String> {
    match faults.is_empty() {
        true => Ok(()),
        false => Err(render(
            faults,
            sources,
            Style {
                width: 120,
                colour: false,
            },
        )),
    }
}
