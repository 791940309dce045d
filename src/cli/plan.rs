//! `plan`: what a deployment would do, as consequences. Nothing is left behind.

use clap::Args;

use super::Session;
use super::failure::{Exit, Failure};
use super::wanted::Wanted;

#[derive(Args)]
pub(super) struct Plan {
    #[command(flatten)]
    wanted: Wanted,
    /// Exit with 2 where there are changes, or where `--drift` finds some
    #[arg(long)]
    detailed_exitcode: bool,
    /// Also compare with what is live, and show what was changed outside of the spec
    #[arg(long)]
    drift: bool,
    /// Write the plan to this file, for `loadline apply FILE`
    #[arg(long, value_name = "FILE")]
    save: Option<String>,
}

#[cfg(not(feature = "aws"))]
pub(super) fn run(_: &Session, command: &Plan) -> Result<Exit, Failure> {
    // Nobody reads them in this build.
    let _ = (&command.wanted, command.detailed_exitcode, command.drift, &command.save);
    Err(Failure::usage("this build of loadline cannot reach AWS").hint("build it with the feature `aws`"))
}

#[cfg(feature = "aws")]
pub(super) fn run(session: &Session, command: &Plan) -> Result<Exit, Failure> {
    online::run(session, command)
}

#[cfg(feature = "aws")]
mod online {
    use super::Plan;
    use crate::cli::failure::{Exit, Failure};
    use crate::cli::online::{connect, drive, look, look_at_drift, refused};
    use crate::cli::view::preview::{self as view, Account};
    use crate::cli::{Output, Session, saved};
    use crate::deploy::preview::Halt;
    use crate::deploy::watch::Outcome;
    use crate::plan::preview::{Preview, StackState};
    use crate::plan::saved::Saved;

    pub fn run(session: &Session, command: &Plan) -> Result<Exit, Failure> {
        session.terminal.accept("plan", &[Output::Text, Output::Json])?;
        if command.save.is_some() {
            saved::accept(&command.wanted.project())?;
        }
        let Some((compiled, plan)) = command.wanted.plan(session)? else {
            return Ok(Exit::Faults);
        };
        drive(async {
            let online = connect(&session.reach, &compiled.spec).await?;
            let (mut preview, mut halt) = look(session, &plan, &online.aws, None).await?;
            if command.drift && halt.is_none() {
                halt = look_at_drift(session, &plan, &online.aws, &mut preview).await?;
            }
            let exit = exit(command, &preview, halt.as_ref());
            let account = Account {
                number: online.identity.account.clone(),
                region: online.aws.region().to_string(),
            };
            session.terminal.print(&match session.terminal.output {
                Output::Json => view::json(&preview, &account, halt.is_none(), exit.code()),
                _ => view::text(&preview, &account, session.terminal.width()),
            })?;
            match halt {
                Some(Halt::Refused(error)) => return Err(refused(&error)),
                Some(Halt::Left) => return Ok(exit),
                None => {}
            }
            if let Some(file) = &command.save {
                let project = command.wanted.project();
                match exit {
                    Exit::Deployment(Outcome::Failed | Outcome::Locked) => {
                        session
                            .terminal
                            .remark(&format!("not saved to {file}: a stack takes no change now\n"));
                    }
                    _ => saved::write(session, file, &Saved::of(&plan, &preview, project, online.occasion()))?,
                }
            }
            Ok(exit)
        })
    }

    fn exit(command: &Plan, preview: &Preview, halt: Option<&Halt>) -> Exit {
        let is = |state: StackState| preview.stacks().any(|stack| stack.state == state);
        match halt {
            Some(Halt::Left) => Exit::Deployment(Outcome::Interrupted),
            Some(Halt::Refused(_)) => Exit::Deployment(Outcome::Failed),
            None if preview.refused().next().is_some() => Exit::Faults,
            None if is(StackState::Refused) => Exit::Deployment(Outcome::Failed),
            None if is(StackState::Locked) => Exit::Deployment(Outcome::Locked),
            None if preview.missing().next().is_some() => Exit::Deployment(Outcome::Waits),
            None if command.detailed_exitcode && (preview.changes() || preview.drifts()) => Exit::Changes,
            None => Exit::Done,
        }
    }
}
