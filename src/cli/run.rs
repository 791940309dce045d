//! `run`: a task of an app, once, exactly as it is deployed; its output is the output, its exit code the exit code.

use std::time::Duration;

use clap::Args;

use super::Session;
use super::failure::{Exit, Failure};
use super::written::time;

#[derive(Args)]
#[command(
    override_usage = "loadline run [OPTIONS] [PATH] <APP> <TASK> [-- <COMMAND>...]",
    after_help = "Ends with the exit code of the task's container. 124: it took longer than `--timeout`, and was stopped. 125: it did not run, \
                  or nobody saw how it ended. 130: Ctrl-C stopped it; a second one leaves it running."
)]
pub(super) struct Run {
    /// A spec, or a folder of specs; without it, the app
    #[arg(value_name = "PATH|APP")]
    first: String,
    /// The app; without a path, its task
    #[arg(value_name = "APP|TASK")]
    second: String,
    /// The task
    #[arg(value_name = "TASK")]
    third: Option<String>,
    /// Run this in place of the task's own command
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
    /// Only on this cluster; or the file of a cluster that is no part of the project
    #[arg(long, value_name = "NAME|FILE")]
    cluster: Option<String>,
    /// Start it, print its ARN, and do not wait
    #[arg(long)]
    detach: bool,
    /// Stop it after this time, such as 90s, 30m or 2h
    #[arg(long, value_name = "TIME", value_parser = time)]
    timeout: Option<Duration>,
}

#[cfg(not(feature = "aws"))]
pub(super) fn run(_: &Session, command: &Run) -> Result<Exit, Failure> {
    // Nobody reads them in this build.
    let Run {
        first, second, third, ..
    } = command;
    let _ = (first, second, third, &command.command, &command.cluster);
    let _ = (command.detach, command.timeout);
    Err(Failure::usage("this build of loadline cannot reach AWS").hint("build it with the feature `aws`"))
}

#[cfg(feature = "aws")]
pub(super) fn run(session: &Session, command: &Run) -> Result<Exit, Failure> {
    online::run(session, command)
}

#[cfg(feature = "aws")]
mod online {
    use std::cell::{Cell, RefCell};
    use std::pin::pin;

    use super::Run;
    use crate::cli::failure::{Exit, Failure};
    use crate::cli::online::{Signals, connect, drive, holder};
    use crate::cli::running::running;
    use crate::cli::view::single::{Single as View, Told};
    use crate::cli::{Output, Session};
    use crate::deploy::event::Event;
    use crate::deploy::single::{Finish, Single, single};
    use crate::deploy::watch::{self, Outcome, Said};
    use crate::operate::run::task;

    /// It did not run, or nobody saw how it ended: as `docker run` has it.
    const OURS: u8 = 125;

    /// It took too long, and was stopped: as `timeout` has it.
    const LATE: u8 = 124;

    pub fn run(session: &Session, command: &Run) -> Result<Exit, Failure> {
        let done = attempt(session, command).map_err(|failure| Failure {
            exit: Exit::Task(OURS),
            ..failure
        });
        // The exit codes of the task are its own.
        match done {
            Ok(Exit::Faults) => Ok(Exit::Task(OURS)),
            done => done,
        }
    }

    fn attempt(session: &Session, command: &Run) -> Result<Exit, Failure> {
        session.terminal.accept("run", &[Output::Text, Output::Json])?;
        let (first, second) = (command.first.as_str(), command.second.as_str());
        let (path, app, name) = match &command.third {
            Some(task) => (first, second, task.as_str()),
            None => (".", first, second),
        };
        let Some((compiled, roster)) = running(session, path, command.cluster.as_ref())? else {
            return Ok(Exit::Faults);
        };
        let (app, runnable) = task(&roster, app, name)?;
        drive(async {
            let online = connect(&session.reach, &compiled.spec).await?;
            let who = holder(&online.aws);
            let left = Cell::new(false);
            let wanted = Single {
                command: (!command.command.is_empty()).then(|| command.command.clone()),
                timeout: command.timeout,
                is_detached: command.detach,
                token: format!("loadline-run-{}", who.key),
                started_by: started_by(&who.who),
                left: &|| left.get(),
            };
            let shown = RefCell::new(View::new(&runnable.task.name, session.terminal.width()));
            let failure = RefCell::new(None);
            let print = |text: &str| {
                // A task does not end because nobody can read its output.
                let printed = session.terminal.print(text);
                let mut failure = failure.borrow_mut();
                *failure = failure.take().or(printed.err());
            };
            let finish = {
                let mut sink = |view: &watch::View, event: &Event, said: &[Said]| {
                    let mut shown = shown.borrow_mut();
                    if session.terminal.output == Output::Json {
                        print(&shown.json(event, said));
                        return;
                    }
                    let Told { out, beside } = shown.text(view, event, said);
                    session.terminal.remark(&beside);
                    if !out.is_empty() {
                        print(&out);
                    }
                };
                let mut work = pin!(single(&runnable.task, &app.logs, &online.aws, wanted, &mut sink));
                let mut signals = Signals::new();
                loop {
                    tokio::select! {
                        biased;
                        (_, finish) = &mut work => break finish,
                        () = signals.next() => {}
                    }
                    if left.replace(true) {
                        let task = shown.borrow().task.clone();
                        session.terminal.remark(&still_runs(&app.cluster, task.as_deref()));
                        return Ok(Exit::Deployment(Outcome::Interrupted));
                    }
                    session
                        .terminal
                        .remark("\nstopping the task, and waiting for its end; once more to leave it running\n");
                }
            };
            let exit = match &finish {
                Finish::Exited(code) => Exit::Task(u8::try_from(*code).unwrap_or(u8::MAX)),
                Finish::Started(_) => Exit::Done,
                Finish::Unknown(_) => Exit::Task(OURS),
                Finish::TimedOut => Exit::Task(LATE),
                Finish::Left => Exit::Deployment(Outcome::Interrupted),
            };
            match (&finish, session.terminal.output) {
                (_, Output::Json) => print(&shown.borrow().end(&finish, exit.code())),
                (Finish::Started(arn), _) => print(&format!("{arn}\n")),
                _ => {}
            }
            failure.into_inner().map_or(Ok(exit), Err)
        })
    }

    /// What ECS takes as `startedBy`: letters, digits, `-`, `_` and `/`, 128 at most
    /// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html>).
    fn started_by(who: &str) -> String {
        let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
        let who: String = who.chars().map(plain).take(100).collect();
        format!("loadline/{who}")
    }

    fn still_runs(cluster: &str, task: Option<&str>) -> String {
        match task {
            Some(task) => format!(
                "\nno longer watched; it may run on. This stops it:\n  aws ecs stop-task --cluster {cluster} --task {task}\n"
            ),
            None => format!(
                "\nno longer watched; if it was started, this lists it:\n  aws ecs list-tasks --cluster {cluster} --desired-status RUNNING\n"
            ),
        }
    }
}
