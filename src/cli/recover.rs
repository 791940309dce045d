//! `recover`: shows what a stuck stack is stuck on, asks, takes it on its way, and watches.

use std::time::Duration;

use clap::Args;

use super::Session;
use super::aimed::Aimed;
use super::failure::{Exit, Failure};
use super::written::time;

#[derive(Args)]
pub(super) struct Recover {
    #[command(flatten)]
    aimed: Aimed,
    /// Do not ask before anything is done
    #[arg(long)]
    yes: bool,
    /// Let a rollback go on without this resource, by its logical ID; may be repeated
    #[arg(long, value_name = "ID")]
    skip: Vec<String>,
    /// Leave this resource behind when its stack is deleted; may be repeated
    #[arg(long, value_name = "ID")]
    retain: Vec<String>,
    /// Take the lease of a cluster away from whoever holds it, even if that one may still be at work
    #[arg(long)]
    break_lease: bool,
    /// Stop watching after this time, such as 90s, 30m or 2h; what was begun goes on
    #[arg(long, value_name = "TIME", default_value = "60m", value_parser = time)]
    deadline: Duration,
    /// Write what happened to this file, for `watch --replay`
    #[arg(long, value_name = "FILE")]
    record: Option<String>,
}

#[cfg(not(feature = "aws"))]
pub(super) fn run(_: &Session, command: &Recover) -> Result<Exit, Failure> {
    // Nobody reads them in this build.
    let _ = (command.aimed.is_empty(), command.yes, &command.skip, &command.retain);
    let _ = (command.break_lease, command.deadline, &command.record);
    Err(Failure::usage("this build of loadline cannot reach AWS").hint("build it with the feature `aws`"))
}

#[cfg(feature = "aws")]
pub(super) fn run(session: &Session, command: &Recover) -> Result<Exit, Failure> {
    online::run(session, command)
}

#[cfg(feature = "aws")]
mod online {
    use super::Recover;
    use crate::aws::Aws;
    use crate::cli::carry::{Following, Kept};
    use crate::cli::consent;
    use crate::cli::failure::{Exit, Failure};
    use crate::cli::online::{connect, drive, holder, refused};
    use crate::cli::view::recover as view;
    use crate::cli::{Output, Session};
    use crate::deploy::helm::Helm;
    use crate::deploy::interrupt::{Interrupts, Policy};
    use crate::deploy::recover::{self, Rescue};
    use crate::deploy::watch::Outcome;
    use crate::deploy::{Options, Sink};
    use crate::operate::recover::{Case, Held, Refusal, Wishes, break_lease, leases, look};

    pub fn run(session: &Session, command: &Recover) -> Result<Exit, Failure> {
        let outputs = [Output::Text, Output::Json, Output::Github];
        session.terminal.accept("recover", &outputs)?;
        let aim = command.aimed.find(session)?;
        let wishes = Wishes {
            skip: command.skip.clone(),
            retain: command.retain.clone(),
        };
        drive(async {
            let aws = connect(&session.reach, &aim.spec).await?.aws;
            let cases = look(&aim.targets, &wishes, &aws)
                .await
                .map_err(|refusal| match refusal {
                    Refusal::Aws(error) => refused(&error),
                    Refusal::Wish(text) => Failure::usage(text),
                })?;
            let held = leases(&aim.clusters, &aws).await.map_err(|error| refused(&error))?;
            session.terminal.print(&match session.terminal.output {
                Output::Json => view::json(&cases, &held),
                _ => view::text(&cases, &held, command.break_lease, session.terminal.width()),
            })?;
            act(session, command, &aws, &cases, &held).await
        })
    }

    async fn act(
        session: &Session,
        command: &Recover,
        aws: &Aws,
        cases: &[Case],
        held: &[Held],
    ) -> Result<Exit, Failure> {
        let rescues: Vec<Rescue> = cases.iter().filter_map(|case| case.rescue.clone()).collect();
        let stale = held.iter().filter(|held| !held.is_alive || command.break_lease);
        let stale: Vec<&Held> = stale.collect();
        if rescues.is_empty() && stale.is_empty() {
            return Ok(match cases.iter().any(|case| case.is_helpless) {
                true => Exit::Deployment(Outcome::Failed),
                false => Exit::Done,
            });
        }
        if !command.yes && !consent::says_yes(session, "\nType `yes` to do this: ", "give `--yes`")? {
            session.terminal.remark("nothing was done\n");
            return Ok(Exit::Done);
        }
        for held in stale {
            break_lease(held, aws).await.map_err(|error| refused(&error))?;
        }
        if rescues.is_empty() {
            return Ok(Exit::Done);
        }
        let following = Following::new(
            session,
            Kept {
                record: command.record.as_deref(),
                timeline: None,
            },
        );
        let options = Options {
            deadline: command.deadline,
            lease: Some(holder(aws)),
            ..Options::default()
        };
        let (helm, rescues) = (Helm::default(), &rescues);
        let work = async |sink: &mut Sink<'_>| recover::run(rescues, aws, options, sink).await;
        let interrupts = Interrupts::by(Policy::Detach);
        if following.until_left(aws, interrupts, &helm, work).await.is_none() {
            session
                .terminal
                .remark("\nno longer watched: what was begun goes on, and `loadline watch` tells how\n");
            following.leave(aws);
        }
        following.finish()
    }
}
