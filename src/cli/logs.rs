//! `logs`: what containers write, and what the platform did to them, as one story.

use std::time::Duration;

use clap::Args;

use super::Session;
use super::failure::{Exit, Failure};
use super::written::time;

#[derive(Args)]
pub(super) struct Logs {
    /// A spec, or a folder of specs; what is no file here is the app
    path: Option<String>,
    /// An app, or one service or task of it
    #[arg(value_name = "APP[/NAME]")]
    target: Option<String>,
    /// Only this cluster; or the file of a cluster that is no part of the project
    #[arg(long, value_name = "NAME|FILE")]
    cluster: Option<String>,
    /// Go on with what comes, until Ctrl-C
    #[arg(short, long)]
    follow: bool,
    /// Begin so long ago, such as 90s, 30m or 2h
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = time)]
    since: Duration,
    /// Only what holds this text, as it is written
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Only what tells of something wrong
    #[arg(long)]
    errors: bool,
    /// Only of the task whose ID begins so
    #[arg(long, value_name = "ID")]
    task: Option<String>,
    /// Only of this container
    #[arg(long, value_name = "NAME")]
    container: Option<String>,
}

#[cfg(not(feature = "aws"))]
pub(super) fn run(_: &Session, command: &Logs) -> Result<Exit, Failure> {
    // Nobody reads them in this build.
    let Logs {
        path, target, cluster, ..
    } = command;
    let _ = (path, target, cluster, command.follow, command.since, &command.filter);
    let _ = (command.errors, &command.task, &command.container);
    Err(Failure::usage("this build of loadline cannot reach AWS").hint("build it with the feature `aws`"))
}

#[cfg(feature = "aws")]
pub(super) fn run(session: &Session, command: &Logs) -> Result<Exit, Failure> {
    online::run(session, command)
}

#[cfg(feature = "aws")]
mod online {
    use std::ops::ControlFlow;

    use super::Logs;
    use crate::cli::failure::{Exit, Failure};
    use crate::cli::online::{Signals, connect, drive, refused};
    use crate::cli::running::running;
    use crate::cli::view::story::{self, Story};
    use crate::cli::{Output, Session};
    use crate::cloud::Cloud;
    use crate::deploy::watch::Outcome;
    use crate::operate::logs::{self, Chosen, Entry, Reader, Wish};

    pub fn run(session: &Session, command: &Logs) -> Result<Exit, Failure> {
        session.terminal.accept("logs", &[Output::Text, Output::Json])?;
        let (path, target) = match (&command.path, &command.target) {
            (Some(first), None) if !session.disk.holds(first) => (".", Some(first.as_str())),
            (path, target) => (path.as_deref().unwrap_or("."), target.as_deref()),
        };
        let Some((compiled, roster)) = running(session, path, command.cluster.as_ref())? else {
            return Ok(Exit::Faults);
        };
        let chosen = logs::choose(&roster, target)?;
        drive(async {
            let online = connect(&session.reach, &compiled.spec).await?;
            let wish = Wish {
                since: online.aws.now() - command.since,
                follows: command.follow,
                text: command.filter.clone().unwrap_or_default(),
                errors: command.errors,
                // As it is shown: an ARN's last part is enough.
                task: command
                    .task
                    .as_deref()
                    .map(|task| task.rsplit('/').next().unwrap_or(task).to_string()),
                container: command.container.clone(),
            };
            if !logs::writes(&chosen, &wish) {
                let failure = Failure::usage("no container that is meant writes to CloudWatch");
                return Err(
                    failure.hint("`--container` names one of the spec; `logs: {driver: awslogs}` is what is read")
                );
            }
            let mut story = Story::new(longest(&chosen));
            let mut failure = None;
            let mut take = |entry: Entry| {
                let text = match session.terminal.output {
                    Output::Json => story::json(&entry),
                    _ => story.text(&entry),
                };
                match session.terminal.send(&text) {
                    Ok(true) => ControlFlow::Continue(()),
                    Ok(false) => ControlFlow::Break(()),
                    Err(error) => {
                        failure = Some(error);
                        ControlFlow::Break(())
                    }
                }
            };
            let told = |text: &str| session.terminal.remark(&format!("{text}\n"));
            let reader = Reader {
                left: &|| false,
                told: &told,
            };
            let mut signals = Signals::new();
            let read = tokio::select! {
                biased;
                read = logs::read(&chosen, &online.aws, &wish, reader, &mut take) => read,
                // Nothing is to be put in order: it only reads.
                () = signals.next() => return Ok(Exit::Deployment(Outcome::Interrupted)),
            };
            read.map_err(|error| refused(&error))?;
            failure.map_or(Ok(Exit::Done), Err)
        })
    }

    fn longest(chosen: &[Chosen<'_>]) -> usize {
        let names = chosen.iter().flat_map(|one| {
            let services = one.app.services.iter().map(|service| service.name.as_str());
            let all = services.chain(one.app.tasks.iter().map(|task| task.task.name.as_str()));
            all.filter(|name| one.member.as_deref().is_none_or(|member| member == *name))
        });
        names.map(|name| name.chars().count()).max().unwrap_or(0)
    }
}
