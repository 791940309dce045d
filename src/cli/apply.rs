//! `apply`: shows what a deployment would do, asks, and carries it out; or carries out a plan that was saved.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::Session;
use super::failure::{Exit, Failure};
use super::wanted::Wanted;
use super::written::time;

#[derive(Args)]
pub(super) struct Apply {
    #[command(flatten)]
    wanted: Wanted,
    /// Do not ask before anything is done
    #[arg(long)]
    yes: bool,
    /// Allow that this resource, which holds data, is replaced or removed; may be repeated
    #[arg(long = "allow-replace", value_name = "ID")]
    allowed: Vec<String>,
    /// Delete a stack whose first deployment failed, and make it anew
    #[arg(long)]
    recreate: bool,
    /// Deploy although the forecast says that a rollout cannot converge
    #[arg(long)]
    despite_forecast: bool,
    /// Go no further than this: `registry` makes what an image is pushed to
    #[arg(long, value_name = "STAGE")]
    until: Option<Stage>,
    /// Stop watching after this time, such as 90s, 30m or 2h; the deployment goes on
    #[arg(long, value_name = "TIME", default_value = "60m", value_parser = time)]
    deadline: Duration,
    /// Wait so long for somebody else's deployment to end, such as 10m
    #[arg(long, value_name = "TIME", value_parser = time)]
    wait_for_lock: Option<Duration>,
    /// Write what happened to this file, for `watch --replay`
    #[arg(long, value_name = "FILE")]
    record: Option<String>,
    /// Draw what happened to this file, as a page for a browser
    #[arg(long, value_name = "FILE")]
    timeline: Option<String>,
    /// Leave as soon as the last stack's change has begun; `loadline watch` tells how it goes
    #[arg(long)]
    detach: bool,
    /// What Ctrl-C, or the end of a job, does: leave what is under way to go on, or roll it back and watch that; on a terminal
    /// you are asked [default: detach]
    #[arg(long, value_name = "WHAT")]
    on_interrupt: Option<OnInterrupt>,
}

/// What an interruption does.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OnInterrupt {
    Detach,
    Rollback,
}

/// Up to where a deployment goes.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Stage {
    Cluster,
    Registry,
    Base,
    Release,
    Tasks,
    Services,
}

#[cfg(not(feature = "aws"))]
pub(super) fn run(_: &Session, _: &Apply) -> Result<Exit, Failure> {
    Err(Failure::usage("this build of loadline cannot reach AWS").hint("build it with the feature `aws`"))
}

#[cfg(feature = "aws")]
pub(super) fn run(session: &Session, command: &Apply) -> Result<Exit, Failure> {
    online::run(session, command)
}

#[cfg(feature = "aws")]
mod online {
    use super::{Apply, OnInterrupt, Stage};
    use crate::cli::carry::{self, Kept};
    use crate::cli::consent;
    use crate::cli::failure::{Exit, Failure};
    use crate::cli::online::{connect, connect_for, drive, holder, look};

    use crate::cli::{Output, Session, saved};
    use crate::deploy::Options;
    use crate::deploy::interrupt::{Interrupts, Policy};

    use crate::plan::preview::StackState;
    use crate::plan::saved::Saved;
    use crate::plan::until::Until;
    use crate::plan::wider::Reviewed;
    use crate::plan::{Plan, Work};
    use crate::spec::Spec;

    pub fn run(session: &Session, command: &Apply) -> Result<Exit, Failure> {
        let outputs = [Output::Text, Output::Json, Output::Github];
        session.terminal.accept("apply", &outputs)?;
        let path = command.wanted.path();
        if let Some(mut saved) = saved::read(session, path)? {
            if !command.wanted.is_plain() {
                let failure = Failure::usage(format!("`{path}` is a plan, and is applied as it was reviewed"));
                return Err(failure.hint("leave out `--cluster` and `--image`, or make another plan with them"));
            }
            return match saved::plan(session, &mut saved)? {
                Some(plan) => deploy(session, command, &Ground::Saved(&saved), plan),
                None => Ok(Exit::Faults),
            };
        }
        consent::attended(
            session,
            command.yes,
            "look at it with `loadline plan`, then give `--yes`",
        )?;
        match command.wanted.plan(session)? {
            Some((compiled, plan)) => deploy(session, command, &Ground::Spec(&compiled.spec), plan),
            None => Ok(Exit::Faults),
        }
    }

    /// What a deployment stands on.
    enum Ground<'a> {
        /// A spec: what it does is looked at, and confirmed.
        Spec(&'a Spec),
        /// A file, which somebody has reviewed.
        Saved(&'a Saved),
    }

    /// Shows what a plan would do, asks where nobody has reviewed it, and carries it out.
    fn deploy(session: &Session, command: &Apply, ground: &Ground, mut plan: Plan) -> Result<Exit, Failure> {
        if let Some(stage) = command.until {
            plan.until(until(stage));
        }
        if plan.stages.is_empty() {
            return Err(Failure::usage("there is nothing to deploy up to there"));
        }
        if command.detach {
            may_detach(&plan)?;
        }
        drive(async {
            let wait = command.wait_for_lock.unwrap_or_default();
            let (online, preview, halt) = match ground {
                Ground::Spec(spec) => {
                    let online = connect(&session.reach, spec).await?;
                    let (preview, halt) = look(session, &plan, &online.aws, Some(wait)).await?;
                    (online, preview, halt)
                }
                Ground::Saved(saved) => {
                    let Saved { made, loadline, .. } = saved;
                    session
                        .terminal
                        .remark(&format!("plan of {made}, by loadline {loadline}\n"));
                    let online = connect_for(&session.reach, saved).await?;
                    (online, saved.reviewed_of(&plan), None)
                }
            };
            let is_saved = matches!(ground, Ground::Saved(_));
            if let Some(exit) = consent::shown(session, &online, &preview, halt)? {
                return Ok(exit);
            }
            consent::permit(&command.allowed, &preview)?;
            if !command.despite_forecast {
                consent::converges(&preview)?;
            }
            consent::takes_change(&preview, |state| state != StackState::Refused || command.recreate)?;
            if !command.yes && !is_saved && !consent::agrees(session, &preview)? {
                session.terminal.remark("nothing was done\n");
                return Ok(Exit::Done);
            }
            plan.pin_seen(&preview);
            let options = Options {
                deadline: command.deadline,
                wait,
                recreate: command.recreate,
                allowed: Some(command.allowed.iter().cloned().collect()),
                reviewed: Some(Reviewed { preview, is_saved }),
                lease: Some(holder(&online.aws)),
                back: None,
                detach: command.detach,
            };
            let interrupts = match command.on_interrupt {
                Some(OnInterrupt::Rollback) => Interrupts::by(Policy::RollBack),
                Some(OnInterrupt::Detach) => Interrupts::by(Policy::Detach),
                None => consent::interrupts(session),
            };
            let kept = Kept {
                record: command.record.as_deref(),
                timeline: command.timeline.as_deref(),
            };
            carry::out(session, &plan, &online.aws, options, interrupts, kept).await
        })
    }

    fn until(stage: Stage) -> Until {
        match stage {
            Stage::Cluster => Until::Cluster,
            Stage::Registry => Until::Registry,
            Stage::Base => Until::Base,
            Stage::Release => Until::Release,
            Stage::Tasks => Until::Tasks,
            Stage::Services => Until::Services,
        }
    }

    /// Refuses to leave tasks behind that nobody would run.
    fn may_detach(plan: &Plan) -> Result<(), Failure> {
        let last = plan.stages.iter().find_map(|stage| match &stage.work {
            Work::Task(task) if !task.before => Some(&task.name),
            _ => None,
        });
        let Some(task) = last else { return Ok(()) };
        let message =
            format!("task `{task}` runs after the services have changed, and with `--detach` nobody waits for that");
        Err(Failure::usage(message).hint("leave `--detach`, or give `--until services` and run it by hand"))
    }
}
