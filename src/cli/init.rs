//! `init`: a first spec to change, and the schema that lets an editor help with it.

use clap::Args;

use super::failure::{Exit, Failure};
use super::{Output, Session, schema};

#[derive(Args)]
pub(super) struct Init {
    /// The folder to write to
    #[arg(value_name = "DIR", default_value = ".")]
    folder: String,
}

const STARTER: &str = include_str!("starter.yml");

pub(super) fn run(session: &Session, command: &Init) -> Result<Exit, Failure> {
    session.terminal.accept("init", &[Output::Text])?;
    let folder = command.folder.trim_end_matches('/');
    let files = [
        ("loadline.yml", STARTER.to_string()),
        ("loadline.schema.json", schema::text("loadline.schema.json")),
    ];
    let path = |name: &str| match folder {
        "." => name.to_string(),
        _ => format!("{folder}/{name}"),
    };
    for (name, _) in &files {
        let path = path(name);
        if session.disk.holds(&path) {
            let message = format!("`{path}` is there already, so nothing was written");
            return Err(Failure::usage(message).hint("name another folder: `loadline init DIR`"));
        }
    }
    session.disk.create_folder(folder)?;
    for (name, text) in &files {
        session.disk.write(&path(name), text)?;
    }
    let [spec, schema] = files.map(|(name, _)| path(name));
    let argument = if folder == "." {
        String::new()
    } else {
        format!(" {folder}")
    };
    session.terminal.print(&format!(
        "Wrote {spec}, a spec to change, and {schema}, by which an editor completes it.\n\
         Next:\n  \
         loadline check{argument}\n  \
         loadline rehearse{argument}\n  \
         loadline compile{argument}\n",
    ))?;
    Ok(Exit::Done)
}
