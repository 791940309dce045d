//! `destroy`: takes an app or a cluster away, after it has shown what goes and what stays.

use std::time::Duration;

use clap::Args;

use super::Session;
use super::failure::{Exit, Failure};
use super::written::time;

#[derive(Args)]
pub(super) struct Destroy {
    /// A spec, or a folder of specs
    #[arg(default_value = ".")]
    path: String,
    /// The app to take away; without it the only one of the project
    app: Option<String>,
    /// The cluster that the app is taken away from; without an app, the cluster that is deleted
    #[arg(long, value_name = "NAME|FILE")]
    cluster: Option<String>,
    /// Delete the stack of the app's image repositories too; the images stay
    #[arg(long)]
    registry: bool,
    /// Delete log groups, repositories with their images, and buckets with their objects too
    #[arg(long)]
    data: bool,
    /// Do not ask before anything is done
    #[arg(long)]
    yes: bool,
    /// Stop watching after this time, such as 90s, 30m or 2h; what has begun goes on
    #[arg(long, value_name = "TIME", default_value = "60m", value_parser = time)]
    deadline: Duration,
    /// Wait so long for somebody else's deployment to end, such as 10m
    #[arg(long, value_name = "TIME", value_parser = time)]
    wait_for_lock: Option<Duration>,
    /// Write what happened to this file, for `watch --replay`
    #[arg(long, value_name = "FILE")]
    record: Option<String>,
}

#[cfg(not(feature = "aws"))]
pub(super) fn run(_: &Session, command: &Destroy) -> Result<Exit, Failure> {
    // Nobody reads them in this build.
    let _ = (
        &command.path,
        &command.app,
        &command.cluster,
        command.registry,
        command.yes,
        command.data,
    );
    let _ = (command.deadline, command.wait_for_lock, &command.record);
    Err(Failure::usage("this build of loadline cannot reach AWS").hint("build it with the feature `aws`"))
}

#[cfg(feature = "aws")]
pub(super) fn run(session: &Session, command: &Destroy) -> Result<Exit, Failure> {
    online::run(session, command)
}

#[cfg(feature = "aws")]
mod online {
    use super::Destroy;
    use crate::cli::carry::{self, Kept};
    use crate::cli::failure::{Exit, Failure};
    use crate::cli::online::{connect, drive, holder, refused};
    use crate::cli::sound::sound;
    use crate::cli::view::removal as view;
    use crate::cli::wanted::is_file;
    use crate::cli::{Output, Session};
    use crate::deploy::Options;
    use crate::deploy::interrupt::{Interrupts, Policy};
    use crate::operate::destroy::{self, Obstacle, Survey, Wish};

    pub fn run(session: &Session, command: &Destroy) -> Result<Exit, Failure> {
        let outputs = [Output::Text, Output::Json, Output::Github];
        session.terminal.accept("destroy", &outputs)?;
        let (file, name) = match &command.cluster {
            Some(cluster) if is_file(cluster) => (Some(cluster.clone()), None),
            other => (None, other.as_deref()),
        };
        let Some(compiled) = sound(session, &command.path, file)? else {
            return Ok(Exit::Faults);
        };
        let wish = Wish::of(&compiled.spec, command.app.as_deref(), name, command.registry);
        let wish = wish.map_err(|unclear| Failure::usage(unclear.message).hint(unclear.hint))?;
        drive(async {
            let online = connect(&session.reach, &compiled.spec).await?;
            let survey = destroy::look(&wish, &online.aws).await;
            let mut survey = survey.map_err(|error| refused(&error))?;
            if command.data {
                survey.with_data();
            }
            let account = format!("account {}, {}", online.identity.account, online.aws.region());
            session.terminal.print(&match session.terminal.output {
                Output::Json => view::json(&survey, &wish),
                _ => view::text(&survey, &wish, &account),
            })?;
            permit(command, &survey)?;
            if survey.is_empty() {
                return Ok(Exit::Done);
            }
            if !command.yes && !agrees(session, &wish)? {
                session.terminal.remark("nothing was done\n");
                return Ok(Exit::Done);
            }
            let options = Options {
                deadline: command.deadline,
                wait: command.wait_for_lock.unwrap_or_default(),
                lease: Some(holder(&online.aws)),
                ..Options::default()
            };
            let kept = Kept {
                record: command.record.as_deref(),
                timeline: None,
            };
            let interrupts = Interrupts::by(Policy::Detach);
            carry::out(session, &survey.plan(&wish), &online.aws, options, interrupts, kept).await
        })
    }

    /// Refuses what may not go. What only has to be waited for is waited for, where that was asked.
    fn permit(command: &Destroy, survey: &Survey) -> Result<(), Failure> {
        let waits = |obstacle: &&Obstacle| command.wait_for_lock.is_some() && matches!(obstacle, Obstacle::Busy { .. });
        let Some(obstacle) = survey.obstacles.iter().find(|obstacle| !waits(obstacle)) else {
            return Ok(());
        };
        let (message, hint) = obstacle.words();
        let failure = Failure::usage(message).hint(hint);
        Err(Failure {
            exit: Exit::Deployment(obstacle.outcome()),
            ..failure
        })
    }

    /// Whether the person at the terminal wants it: its name is typed.
    fn agrees(session: &Session, wish: &Wish) -> Result<bool, Failure> {
        let name = wish.name();
        let answer = session.terminal.answer(&format!("\nType `{name}` to delete this: "))?;
        let Some(answer) = answer else {
            let failure = Failure::usage("nobody is there to confirm what would be deleted");
            return Err(failure.hint("read what stands above, then give `--yes`"));
        };
        Ok(answer == name)
    }
}
