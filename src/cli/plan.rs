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
    /// Show values of environment variables too; what looks like a secret stays hidden
    #[arg(long)]
    show_values: bool,
    /// Write the plan to this file, as a page for a browser
    #[arg(long, value_name = "FILE")]
    html: Option<String>,
    /// Write the plan to this file, as the comment of a pull request
    #[arg(long, value_name = "FILE")]
    markdown: Option<String>,
}

#[cfg(not(feature = "aws"))]
pub(super) fn run(_: &Session, command: &Plan) -> Result<Exit, Failure> {
    // Nobody reads them in this build.
    let _ = (&command.wanted, command.detailed_exitcode, command.drift, &command.save);
    let _ = (&command.wanted, command.detailed_exitcode);
    let _ = (command.show_values, &command.html, &command.markdown);
    Err(Failure::usage("this build of loadline cannot reach AWS").hint("build it with the feature `aws`"))
}

#[cfg(feature = "aws")]
pub(super) fn run(session: &Session, command: &Plan) -> Result<Exit, Failure> {
    online::run(session, command)
}

#[cfg(feature = "aws")]
mod online {
    use std::collections::BTreeSet;

    use super::Plan;
    use crate::Compiled;
    use crate::cli::failure::{Exit, Failure};
    use crate::cli::online::{connect, drive, look, look_at_drift, refused};
    use crate::cli::story;
    use crate::cli::view::github::tame;
    use crate::cli::view::preview::report::{Report, Told};
    use crate::cli::view::preview::{self as view, Account, annotations, markdown, page};
    use crate::cli::view::{drift, forecast as foretold, rollouts};
    use crate::cli::{Output, Session, saved};
    use crate::deploy::preview::Halt;
    use crate::deploy::watch::Outcome;
    use crate::plan::preview::{Preview, StackState};
    use crate::plan::reveal::revealed;
    use crate::plan::saved::Saved;
    use crate::plan::{self, Work};
    use crate::rollout::forecast::declared::WhatIf;
    use crate::rollout::forecast::whole;

    /// The columns of the forecast on a page and in a comment.
    const FORECAST: usize = 100;

    pub fn run(session: &Session, command: &Plan) -> Result<Exit, Failure> {
        let outputs = [Output::Text, Output::Json, Output::Github, Output::Markdown];
        session.terminal.accept("plan", &outputs)?;
        if command.save.is_some() {
            saved::accept(&command.wanted.project())?;
        }
        let wanted = command.wanted.words();
        let marker = markdown::marker(&wanted);
        if session.terminal.output == Output::Markdown {
            session.terminal.print(&marker)?;
        }
        let failed = |why: &str| -> Result<(), Failure> {
            match &command.markdown {
                Some(file) => session
                    .disk
                    .write(file, &(marker.clone() + &markdown::failure(&wanted, why))),
                None => Ok(()),
            }
        };
        match planned(session, command, &marker) {
            Ok(None) => {
                failed("the spec has faults: `loadline check` shows them")?;
                Ok(Exit::Faults)
            }
            Ok(Some(exit)) => Ok(exit),
            Err(failure) => {
                failed(&failure.message)?;
                if session.terminal.output == Output::Markdown {
                    let text = markdown::failure(&wanted, &failure.message);
                    session.terminal.print(&text)?;
                }
                Err(failure)
            }
        }
    }

    /// Shows a plan; nothing where the spec has faults.
    fn planned(session: &Session, command: &Plan, marker: &str) -> Result<Option<Exit>, Failure> {
        let Some((compiled, plan)) = command.wanted.plan(session)? else {
            return Ok(None);
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
            if let Some(file) = command.save.as_ref().filter(|_| halt.is_none()) {
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
            let seen = match command.show_values {
                true => revealed(&preview),
                false => preview,
            };
            let failure = match &halt {
                Some(Halt::Refused(error)) => Some(refused(error)),
                _ => None,
            };
            let report = Report {
                preview: &seen,
                account: &account,
                subject: &subject(&compiled, &plan),
                exit,
                halt: halt.as_ref().map(|_| match &failure {
                    Some(failure) => failure.message.clone(),
                    None => "it was stopped".to_string(),
                }),
                told: told(&compiled, &seen),
            };
            show(session, &report)?;
            if let Some(file) = &command.html {
                session.disk.write(file, &page::page(&report))?;
            }
            if let Some(file) = &command.markdown {
                let text = marker.to_string() + &markdown::text(&report);
                session.disk.write(file, &text)?;
            }
            story::summarise(session, || markdown::text(&report))?;
            if let Some(failure) = &failure {
                session.terminal.complain(failure);
            }
            Ok(Some(exit))
        })
    }

    fn show(session: &Session, report: &Report) -> Result<(), Failure> {
        let text = || view::text(report.preview, report.account, session.terminal.width());
        let whole = report.halt.is_none();
        session.terminal.print(&match session.terminal.output {
            Output::Json => view::json(report.preview, report.account, whole, report.exit.code()),
            Output::Markdown => markdown::text(report),
            Output::Github => tame(&text()) + &annotations::text(report),
            _ => text(),
        })
    }

    /// What is planned, in the user's names: the apps, and the clusters that they run on.
    fn subject(compiled: &Compiled, plan: &plan::Plan) -> String {
        let clusters = plan.stages.iter().filter_map(|stage| match &stage.work {
            Work::Stack(work) => work.cluster.as_deref(),
            _ => None,
        });
        let clusters: BTreeSet<&str> = clusters.collect();
        let apps = compiled.spec.apps.iter().filter(|app| {
            let cluster = compiled.spec.cluster_of(app);
            cluster.is_some_and(|cluster| clusters.contains(&*cluster.name))
        });
        let apps: BTreeSet<&str> = apps.map(|app| &*app.name).collect();
        let listed = |names: BTreeSet<&str>| names.into_iter().collect::<Vec<_>>().join(", ");
        match apps.is_empty() {
            true => listed(clusters),
            false => format!("{} on {}", listed(apps), listed(clusters)),
        }
    }

    /// What else there is to say: of what is there, of what was changed by hand, and of what the spec alone says of its rollouts.
    fn told(compiled: &Compiled, preview: &Preview) -> Vec<Told> {
        let plain = |text: String| anstream::adapter::strip_str(text.trim_matches('\n')).to_string();
        let forecasts = whole::of(&compiled.spec, &WhatIf::default());
        let telling = foretold::Telling {
            width: FORECAST,
            steps: false,
            offers: false,
        };
        let told = |title, about, text: String| Told {
            title,
            about,
            text: plain(text),
            drawn: None,
        };
        let mut all = vec![
            told(
                "What the rollout will do",
                "On what is really there.",
                rollouts::lines(preview, FORECAST),
            ),
            told(
                "Changed outside of the spec",
                "What is live, compared with what was deployed.",
                drift::section(preview, FORECAST),
            ),
        ];
        if !forecasts.is_empty() {
            let text = foretold::text(&forecasts, &compiled.sources, telling);
            all.push(Told {
                drawn: Some(foretold::sections(&forecasts, &compiled.sources)),
                ..told(
                    "What the spec promises",
                    "By the spec alone, on the capacity that it declares.",
                    text,
                )
            });
        }
        all.retain(|one| !one.text.is_empty());
        all
    }

    fn exit(command: &Plan, preview: &Preview, halt: Option<&Halt>) -> Exit {
        let is = |state: StackState| preview.stacks().any(|stack| stack.state == state);
        match halt {
            Some(Halt::Left) => Exit::Deployment(Outcome::Interrupted),
            Some(Halt::Refused(error)) => refused(error).exit,
            None if preview.refused().next().is_some() => Exit::Faults,
            None if is(StackState::Refused) => Exit::Deployment(Outcome::Failed),
            None if is(StackState::Locked) => Exit::Deployment(Outcome::Locked),
            None if preview.missing().next().is_some() => Exit::Deployment(Outcome::Waits),
            None if command.detailed_exitcode && (preview.changes() || preview.drifts()) => Exit::Changes,
            None => Exit::Done,
        }
    }
}
