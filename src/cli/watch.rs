//! `watch`: attaches to a deployment that somebody else has begun, or replays a recorded one.

use std::time::Duration;

use clap::Args;

use super::aimed::Aimed;
use super::failure::{Exit, Failure};
use super::story::{self, Telling};
use super::written::time;
use super::{Output, Session};
use crate::deploy::record;
use crate::deploy::watch::Outcome;
use crate::source::World;

#[derive(Args)]
pub(super) struct Watch {
    #[command(flatten)]
    aimed: Aimed,
    /// Wait for a stack that is not there yet
    #[arg(long)]
    wait: bool,
    /// Stop watching after this time, such as 90s, 30m or 2h; the deployment goes on
    #[arg(long, value_name = "TIME", default_value = "60m", value_parser = time)]
    deadline: Duration,
    /// Write what happened to this file, for `watch --replay`
    #[arg(long, value_name = "FILE")]
    record: Option<String>,
    /// Replay the file that `--record` wrote; no account is needed
    #[arg(long, value_name = "FILE", conflicts_with_all = ["about", "cluster", "wait", "record"])]
    replay: Option<String>,
    #[command(flatten)]
    telling: Telling,
}

pub(super) fn run(session: &Session, command: &Watch) -> Result<Exit, Failure> {
    let outputs = [Output::Text, Output::Json, Output::Github];
    session.terminal.accept("watch", &outputs)?;
    match &command.replay {
        Some(file) => replay(session, command, file),
        None => attach(session, command),
    }
}

fn replay(session: &Session, command: &Watch, file: &str) -> Result<Exit, Failure> {
    let bytes = session.disk.read(file)?;
    let text = String::from_utf8_lossy(&bytes);
    let refused = |error: record::RecordError| Failure::usage(format!("`{file}` is no recording: {error}"));
    let events = record::read(&text).map_err(refused)?;
    let view = story::tell(session, &command.telling, &events)?;
    Ok(Exit::Deployment(view.outcome.unwrap_or(Outcome::Interrupted)))
}

#[cfg(not(feature = "aws"))]
fn attach(_: &Session, command: &Watch) -> Result<Exit, Failure> {
    // Nobody reads them in this build.
    let _ = (
        command.aimed.is_empty(),
        command.wait,
        command.deadline,
        &command.record,
    );
    let failure = Failure::usage("this build of loadline cannot reach AWS");
    Err(failure.hint("build it with the feature `aws`, or give `--replay FILE`"))
}

#[cfg(feature = "aws")]
fn attach(session: &Session, command: &Watch) -> Result<Exit, Failure> {
    use super::carry::{Following, Kept};
    use super::online::{connect, drive, refused};
    use crate::deploy::Sink;
    use crate::deploy::attach::{self, Nothing, Watching};
    use crate::deploy::helm::Helm;
    use crate::deploy::interrupt::{Interrupts, Policy};

    let aim = command.aimed.find(session)?;
    if command.wait {
        let text = "waiting until there is something to watch, if there is nothing yet\n";
        session.terminal.remark(text);
    }
    drive(async {
        let aws = connect(&session.reach, &aim.spec).await?.aws;
        let following = Following::new(
            session,
            Kept {
                record: command.record.as_deref(),
                timeline: command.telling.timeline(),
            },
        );
        let watching = Watching {
            deadline: command.deadline,
            waits: command.wait,
        };
        // Who only watches has nothing to call back.
        let interrupts = Interrupts::by(Policy::Detach);
        let (helm, targets) = (Helm::default(), &aim.targets);
        let work = async |sink: &mut Sink<'_>| attach::watch(targets, &aws, &watching, sink).await;
        let seen = following.until_left(&aws, interrupts, &helm, work).await;
        let nothing = match seen {
            None => {
                session.terminal.remark("\nno longer watched: what AWS does goes on\n");
                following.leave(&aws);
                return following.finish();
            }
            Some(Ok(_)) => return following.finish(),
            Some(Err(nothing)) => nothing,
        };
        Err(match (nothing, &aim.stranger) {
            (Nothing::Refused(error), _) => refused(&error),
            (Nothing::Missing, Some(name)) => {
                let message = format!("there is no stack `{name}`, and no app or cluster of this name in the spec");
                Failure::usage(message)
                    .hint("an app goes by its spec: give its path; `--wait` waits for a stack to come")
            }
            (Nothing::Missing, None) => {
                Failure::usage("none of the stacks is there").hint("`--wait` waits for the first to come")
            }
            (Nothing::Untouched, _) => {
                Failure::usage("nothing has been deployed yet").hint("`--wait` waits until something is")
            }
        })
    })
}
