//! What of a project is meant that runs already. In: a path, a cluster. Out: a roster.

use crate::Compiled;
use crate::operate::Unknown;
use crate::operate::roster::Roster;
use crate::plan;

use super::Session;
use super::failure::Failure;
use super::sound::sound;
use super::wanted::{is_file, narrow};

/// Compiles a project; nothing where there are faults, which are shown then.
pub(super) fn running(
    session: &Session,
    path: &str,
    cluster: Option<&String>,
) -> Result<Option<(Compiled, Roster)>, Failure> {
    let file = cluster.filter(|cluster| is_file(cluster)).cloned();
    let Some(compiled) = sound(session, path, file)? else {
        return Ok(None);
    };
    let Compiled {
        spec,
        graph,
        templates,
        sources,
        ..
    } = &compiled;
    let mut plan = plan::of(spec, graph, templates, sources);
    if let Some(name) = cluster.filter(|cluster| !is_file(cluster)) {
        narrow(&mut plan, name, spec)?;
    }
    let roster = Roster::of(&plan, &plan::runnable(spec, graph, sources));
    if roster.clusters.is_empty() {
        return Err(Failure::usage("nothing here runs on a cluster").hint("`loadline init` writes a first spec"));
    }
    Ok(Some((compiled, roster)))
}

impl From<Unknown> for Failure {
    fn from(unknown: Unknown) -> Failure {
        Failure::usage(unknown.message).hint(unknown.hint)
    }
}
