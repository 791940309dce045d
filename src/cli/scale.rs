//! `scale`: another number of copies, written into the spec, checked, and deployed as `apply` does.

use std::time::Duration;

use clap::Args;

use super::failure::{Exit, Failure};
use super::view::forecast as view;
use super::written::time;
use super::{Output, Session};
use crate::Compiled;
use crate::Request;
use crate::diag::{Diagnostic, Severity};
use crate::operate::scale::{self, Edited, Overlay, Wish};
use crate::rollout::forecast::declared::WhatIf;
use crate::rollout::forecast::whole::{self, Forecast};
use crate::source::World;
use crate::template::Format;

#[derive(Args)]
pub(super) struct Scale {
    /// A spec or a folder of specs, then numbers: APP/SERVICE=6, or APP/SERVICE=4-20 for a range
    #[arg(value_name = "[PATH] APP/SERVICE=N", required = true)]
    words: Vec<String>,
    /// The cluster that is meant, where the service has a number of its own there
    #[arg(long, value_name = "NAME")]
    cluster: Option<String>,
    /// Only say what would be written
    #[arg(long)]
    print: bool,
    /// Do not ask before anything is deployed
    #[arg(long)]
    yes: bool,
    /// Stop watching after this time, such as 90s, 30m or 2h; the deployment goes on
    #[arg(long, value_name = "TIME", default_value = "60m", value_parser = time)]
    deadline: Duration,
    /// Wait so long for somebody else's deployment to end, such as 10m
    #[arg(long, value_name = "TIME", value_parser = time)]
    wait_for_lock: Option<Duration>,
}

pub(super) fn run(session: &Session, command: &Scale) -> Result<Exit, Failure> {
    let outputs = [Output::Text, Output::Json, Output::Github];
    session.terminal.accept("scale", &outputs)?;
    let (path, wishes) = words(&command.words)?;
    let edited = scale::edit(&session.disk, path, &wishes, command.cluster.as_deref());
    let edited = edited.map_err(|unclear| Failure::usage(unclear.to_string()))?;
    let Some(compiled) = checked(session, path, &edited)? else {
        return Ok(Exit::Faults);
    };
    say(session, &edited, command.print)?;
    if command.print {
        return Ok(Exit::Done);
    }
    deploy(session, command, &wishes, &compiled, &edited)
}

/// The path, if one is given, and the numbers.
fn words(words: &[String]) -> Result<(&str, Vec<Wish>), Failure> {
    let (path, rest) = match words.split_first() {
        Some((first, rest)) if !first.contains('=') => (first.as_str(), rest),
        _ => (".", words),
    };
    let wishes = rest.iter().map(|word| word.parse::<Wish>());
    let wishes: Result<Vec<Wish>, String> = wishes.collect();
    match wishes {
        Ok(wishes) if wishes.is_empty() => Err(Failure::usage("no number is given").hint("write APP/SERVICE=6")),
        Ok(wishes) => Ok((path, wishes)),
        Err(form) => Err(Failure::usage(form)),
    }
}

/// What the project is with the numbers; nothing where it is faulty, or where a rollout could not converge: that is shown, and
/// nothing is written.
fn checked(session: &Session, path: &str, edited: &[Edited]) -> Result<Option<Compiled>, Failure> {
    let world = Overlay {
        under: &session.disk,
        over: edited,
    };
    let request = Request {
        path: path.to_string(),
        cluster: None,
        format: Format::Json,
    };
    let compiled = crate::compile(&world, &request)?;
    let is_error = |fault: &Diagnostic| fault.code.severity() == Severity::Error;
    if compiled.diagnostics.iter().any(is_error) {
        let faults = session.terminal.faults(&compiled.diagnostics, &compiled.sources);
        session.terminal.print(&faults)?;
        session.terminal.remark("nothing was written\n");
        return Ok(None);
    }
    let forecasts = whole::of(&compiled.spec, &WhatIf::default());
    if forecasts.iter().any(Forecast::is_refused) {
        let told = view::Telling {
            width: session.terminal.width(),
            steps: false,
            offers: false,
        };
        session.terminal.print(&match session.terminal.output {
            Output::Json => view::json(&forecasts, &compiled.sources),
            _ => view::text(&forecasts, &compiled.sources, told),
        })?;
        session.terminal.remark("nothing was written\n");
        return Ok(None);
    }
    Ok(Some(compiled))
}

/// What changes, a line each.
fn say(session: &Session, edited: &[Edited], is_all: bool) -> Result<(), Failure> {
    if session.terminal.output == Output::Json {
        if !is_all {
            // A deployment tells its own lines.
            return Ok(());
        }
        let files = edited.iter().map(|file| {
            let done = file
                .done
                .iter()
                .map(|(place, text)| serde_json::json!({"place": place, "change": text}));
            serde_json::json!({"file": file.path, "changes": done.collect::<Vec<_>>(), "text": file.after})
        });
        let document = serde_json::json!({"version": 1, "files": files.collect::<Vec<_>>()});
        return session.terminal.print(&format!("{document}\n"));
    }
    let done = edited.iter().flat_map(|file| &file.done);
    let lines: Vec<String> = done.map(|(place, text)| format!("{place}: {text}\n")).collect();
    match lines.is_empty() {
        true => session.terminal.print("the spec says so already\n"),
        false => session.terminal.print(&lines.concat()),
    }
}

/// Writes the files, unless somebody has saved one meanwhile.
fn write(session: &Session, edited: &[Edited]) -> Result<(), Failure> {
    for file in edited {
        if session.disk.read(&file.path)? != file.before.as_bytes() {
            let message = format!("`{}` was saved by someone else meanwhile", file.path);
            return Err(Failure::usage(message).hint("run `scale` again"));
        }
        session.disk.write(&file.path, &file.after)?;
    }
    Ok(())
}

#[cfg(not(feature = "aws"))]
fn deploy(session: &Session, command: &Scale, _: &[Wish], _: &Compiled, edited: &[Edited]) -> Result<Exit, Failure> {
    // Nobody reads them in this build.
    let _ = (command.yes, command.deadline, command.wait_for_lock);
    write(session, edited)?;
    session
        .terminal
        .remark("written; this build of loadline cannot reach AWS, so that nothing was deployed\n");
    Ok(Exit::Done)
}

#[cfg(feature = "aws")]
fn deploy(
    session: &Session,
    command: &Scale,
    wishes: &[Wish],
    compiled: &Compiled,
    edited: &[Edited],
) -> Result<Exit, Failure> {
    use super::carry::{self, Kept};
    use super::consent;
    use super::online::{connect, drive, holder, look};

    use crate::deploy::Options;

    use crate::plan::preview::StackState;
    use crate::plan::wider::Reviewed;

    consent::attended(session, command.yes, "give `--yes`; nothing was written")?;
    let Compiled {
        spec,
        graph,
        templates,
        sources,
        ..
    } = compiled;
    let mut plan = crate::plan::of(spec, graph, templates, sources);
    if let Some(cluster) = &command.cluster {
        plan.only(cluster, spec);
    }
    let apps: Vec<String> = wishes.iter().map(|wish| wish.app.clone()).collect();
    plan.only_services(&apps, spec);
    drive(async {
        let online = connect(&session.reach, spec).await?;
        let wait = command.wait_for_lock.unwrap_or_default();
        let (preview, halt) = look(session, &plan, &online.aws, Some(wait)).await?;
        if let Some(exit) = consent::shown(session, &online, &preview, halt)? {
            return Ok(exit);
        }
        consent::permit(&[], &preview)?;
        consent::converges(&preview)?;
        consent::takes_change(&preview, |state| state == StackState::Deployed)?;
        if !command.yes && !consent::agrees(session, &preview)? {
            session.terminal.remark("nothing was written or done\n");
            return Ok(Exit::Done);
        }
        write(session, edited)?;
        let options = Options {
            deadline: command.deadline,
            wait,
            allowed: Some(Default::default()),
            reviewed: Some(Reviewed {
                preview,
                is_saved: false,
            }),
            lease: Some(holder(&online.aws)),
            ..Options::default()
        };
        let kept = Kept {
            record: None,
            timeline: None,
        };
        let interrupts = consent::interrupts(session);
        carry::out(session, &plan, &online.aws, options, interrupts, kept).await
    })
}
