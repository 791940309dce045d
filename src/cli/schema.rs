//! `schema`: the JSON Schema of a kind of document, for editors.

use clap::{Args, ValueEnum};

use super::failure::{Exit, Failure};
use super::{Output, Session};
use crate::spec::schema;

#[derive(Args)]
pub(super) struct Schema {
    /// Which documents it describes
    #[arg(default_value = "all")]
    document: Document,
    /// Write draft 7, for editors that know no newer one
    #[arg(long)]
    draft07: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Document {
    Cluster,
    App,
    Component,
    All,
}

pub(super) fn run(session: &Session, command: &Schema) -> Result<Exit, Failure> {
    session.terminal.accept("schema", &[Output::Text, Output::Json])?;
    let name = match command.document {
        Document::Cluster => "cluster",
        Document::App => "app",
        Document::Component => "component",
        Document::All => "loadline",
    };
    let end = if command.draft07 { "draft07.json" } else { "schema.json" };
    session.terminal.print(&text(&format!("{name}.{end}")))?;
    Ok(Exit::Done)
}

/// The schema of this file name.
pub(super) fn text(name: &str) -> String {
    let found = schema::files().into_iter().find(|(file, _)| file == name);
    let (_, text) = found.expect("every kind of document has its schema in both drafts");
    text
}
