//! `status`: what runs where, of which revision, how well, and what needs attention.

use clap::Args;

use super::Session;
use super::failure::{Exit, Failure};

#[derive(Args)]
pub(super) struct Status {
    /// A spec, or a folder of specs
    #[arg(default_value = ".")]
    path: String,
    /// Only this cluster; or the file of a cluster that is no part of the project
    #[arg(long, value_name = "NAME|FILE")]
    cluster: Option<String>,
}

#[cfg(not(feature = "aws"))]
pub(super) fn run(_: &Session, command: &Status) -> Result<Exit, Failure> {
    // Nobody reads them in this build.
    let _ = (&command.path, &command.cluster);
    Err(Failure::usage("this build of loadline cannot reach AWS").hint("build it with the feature `aws`"))
}

#[cfg(feature = "aws")]
pub(super) fn run(session: &Session, command: &Status) -> Result<Exit, Failure> {
    use super::Output;
    use super::online::{connect, drive, refused};
    use super::running::running;
    use super::view::overview::{self, Account};
    use crate::operate::status;

    session.terminal.accept("status", &[Output::Text, Output::Json])?;
    let Some((compiled, roster)) = running(session, &command.path, command.cluster.as_ref())? else {
        return Ok(Exit::Faults);
    };
    drive(async {
        let online = connect(&session.reach, &compiled.spec).await?;
        let told = |text: &str| session.terminal.remark(&format!("{text}\n"));
        let found = status::of(&roster, &online.aws, &told).await;
        let found = found.map_err(|error| refused(&error))?;
        let account = Account {
            number: &online.identity.account,
            region: online.aws.region(),
        };
        session.terminal.print(&match session.terminal.output {
            Output::Json => overview::json(&found, &account),
            _ => overview::text(&found, &account, session.terminal.width()),
        })?;
        Ok(Exit::Done)
    })
}
