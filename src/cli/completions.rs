//! `completions`: a script that teaches a shell the arguments.

use clap::Args;
use clap_complete::Shell;

use super::failure::{Exit, Failure};
use super::{Output, Session, interface};

#[derive(Args)]
pub(super) struct Completions {
    /// The shell that shall complete
    shell: Shell,
}

pub(super) fn run(session: &Session, command: &Completions) -> Result<Exit, Failure> {
    session.terminal.accept("completions", &[Output::Text])?;
    let mut script = Vec::new();
    clap_complete::generate(command.shell, &mut interface(), "loadline", &mut script);
    session.terminal.print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
