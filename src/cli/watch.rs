//! `watch`: replays a recorded deployment.

use clap::Args;

use super::failure::{Exit, Failure};
use super::story::{self, Telling};
use super::{Output, Session};
use crate::deploy::record;
use crate::deploy::watch::Outcome;
use crate::source::World;

#[derive(Args)]
pub(super) struct Watch {
    /// The file that `--record` wrote
    #[arg(long, value_name = "FILE")]
    replay: String,
    #[command(flatten)]
    telling: Telling,
}

pub(super) fn run(session: &Session, command: &Watch) -> Result<Exit, Failure> {
    session
        .terminal
        .accept("watch", &[Output::Text, Output::Json, Output::Github])?;
    let bytes = session.disk.read(&command.replay)?;
    let text = String::from_utf8_lossy(&bytes);
    let refused = |error: record::RecordError| Failure::usage(format!("`{}` is no recording: {error}", command.replay));
    let events = record::read(&text).map_err(refused)?;
    let view = story::tell(session, &command.telling, &events)?;
    Ok(Exit::Deployment(view.outcome.unwrap_or(Outcome::Interrupted)))
}
