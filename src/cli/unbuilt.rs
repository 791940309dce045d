//! Commands that the language promises and this version lacks: they are refused plainly, not as typing errors.

use clap::error::{ContextKind, ContextValue, ErrorKind};

const UNBUILT: &[(&str, &str)] = &[
    ("fmt", "formats a spec"),
    ("graph", "draws the resources and their references"),
    ("lsp", "serves an editor"),
    ("pull", "writes the file of a cluster from what its stack publishes"),
];

/// What to answer when the unknown command is one that is still to come.
pub(super) fn answer(error: &clap::Error) -> Option<String> {
    if error.kind() != ErrorKind::InvalidSubcommand {
        return None;
    }
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidSubcommand) else {
        return None;
    };
    let (name, does) = UNBUILT.iter().find(|(name, _)| name == typed)?;
    let version = env!("CARGO_PKG_VERSION");
    Some(format!(
        "`loadline {name}`, which {does}, is not built yet in version {version}"
    ))
}
