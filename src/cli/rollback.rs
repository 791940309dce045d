//! `rollback`: goes back to a release that served, or lists what there is to go back to.

use std::time::Duration;

use clap::Args;

use super::Session;
use super::failure::{Exit, Failure};
use super::written::time;

#[derive(Args)]
pub(super) struct Rollback {
    /// The app
    app: String,
    /// A spec, or a folder of specs: it says on which cluster the app is, and nothing else
    #[arg(default_value = ".")]
    path: String,
    /// The cluster; needed where the spec names several, or where there is no spec
    #[arg(long, value_name = "NAME")]
    cluster: Option<String>,
    /// Go back to this release, not to the last one that served before
    #[arg(long, value_name = "RELEASE", value_parser = clap::value_parser!(u64).range(1..))]
    to: Option<u64>,
    /// List the releases, and do nothing
    #[arg(long, conflicts_with_all = ["to", "yes", "allowed", "record", "timeline"])]
    list: bool,
    /// Do not ask before anything is done
    #[arg(long)]
    yes: bool,
    /// Allow that this resource, which holds data, is replaced or removed; may be repeated
    #[arg(long = "allow-replace", value_name = "ID")]
    allowed: Vec<String>,
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
}

#[cfg(not(feature = "aws"))]
pub(super) fn run(_: &Session, command: &Rollback) -> Result<Exit, Failure> {
    // Nobody reads them in this build.
    let _ = (&command.app, &command.path, &command.cluster, command.to, command.list);
    let _ = (command.yes, &command.allowed, command.deadline, command.wait_for_lock);
    let _ = (&command.record, &command.timeline);
    Err(Failure::usage("this build of loadline cannot reach AWS").hint("build it with the feature `aws`"))
}

#[cfg(feature = "aws")]
pub(super) fn run(session: &Session, command: &Rollback) -> Result<Exit, Failure> {
    online::run(session, command)
}

#[cfg(feature = "aws")]
mod online {
    use super::Rollback;
    use crate::Request;
    use crate::cli::carry::{self, Kept};
    use crate::cli::consent;
    use crate::cli::failure::{Exit, Failure};
    use crate::cli::online::{connect, drive, holder, look, refused};

    use crate::cli::view::releases as view;
    use crate::cli::{Output, Session};
    use crate::compile;
    use crate::deploy::Options;

    use crate::deploy::watch::Outcome;
    use crate::operate::rollback::{self, Refusal};
    use crate::plan::preview::StackState;
    use crate::plan::wider::Reviewed;
    use crate::spec::Spec;

    pub fn run(session: &Session, command: &Rollback) -> Result<Exit, Failure> {
        let outputs: &[Output] = match command.list {
            true => &[Output::Text, Output::Json],
            false => &[Output::Text, Output::Json, Output::Github],
        };
        session.terminal.accept("rollback", outputs)?;
        let asks = !command.yes && !command.list;
        consent::attended(session, !asks, "look at what there is with `--list`, then give `--yes`")?;
        let (spec, cluster) = place(session, command)?;
        drive(async {
            let online = connect(&session.reach, &spec).await?;
            let (aws, app) = (&online.aws, &*command.app);
            let told = |text: &str| session.terminal.remark(&format!("{text}\n"));
            let history = rollback::history(aws, &cluster, app, &told).await;
            let history = history.map_err(|error| refused(&error))?;
            if command.list {
                session.terminal.print(&match session.terminal.output {
                    Output::Json => view::json(&history, app, &cluster),
                    _ => view::text(&history, app, &cluster),
                })?;
                return Ok(Exit::Done);
            }
            let release = rollback::choose(&history, app, command.to).map_err(no_way)?;
            let back = rollback::way(aws, &cluster, app, release, &told)
                .await
                .map_err(no_way)?;
            session.terminal.remark(&view::way(&history, release, app, &cluster));
            for unseen in &back.unseen {
                session.terminal.remark(&format!("not looked at: {unseen}\n"));
            }
            let wait = command.wait_for_lock.unwrap_or_default();
            let (preview, halt) = look(session, &back.plan, aws, Some(wait)).await?;
            if let Some(exit) = consent::shown(session, &online, &preview, halt)? {
                return Ok(exit);
            }
            consent::permit(&command.allowed, &preview)?;
            consent::takes_change(&preview, |state| state != StackState::Refused)?;
            if asks && !consent::agrees(session, &preview)? {
                session.terminal.remark("nothing was done\n");
                return Ok(Exit::Done);
            }
            let options = Options {
                deadline: command.deadline,
                wait,
                recreate: false,
                allowed: Some(command.allowed.iter().cloned().collect()),
                reviewed: Some(Reviewed {
                    preview,
                    is_saved: false,
                }),
                lease: Some(holder(aws)),
                back: Some(release.number),
                detach: false,
            };
            let interrupts = consent::interrupts(session);
            let kept = Kept {
                record: command.record.as_deref(),
                timeline: command.timeline.as_deref(),
            };
            carry::out(session, &back.plan, aws, options, interrupts, kept).await
        })
    }

    /// The cluster of the app, and what the spec says of it. Faults of the spec do not stand in the way: it is not what is deployed.
    fn place(session: &Session, command: &Rollback) -> Result<(Spec, String), Failure> {
        let request = Request {
            path: command.path.clone(),
            ..Request::default()
        };
        let mut spec = match (compile(&session.disk, &request), &command.cluster) {
            (Ok(compiled), _) => compiled.spec,
            (Err(_), Some(_)) => Spec::default(),
            (Err(error), None) => {
                return Err(Failure::from(error).hint("or say which cluster it is on with `--cluster`"));
            }
        };
        let app = &command.app;
        let cluster = match &command.cluster {
            Some(name) => name.clone(),
            None => {
                let own = spec.apps.iter().filter(|one| *one.name == **app);
                let names: Vec<String> = own
                    .filter_map(|app| Some(spec.cluster_of(app)?.name.to_string()))
                    .collect();
                match &names[..] {
                    [name] => name.clone(),
                    [] => {
                        let failure = Failure::usage(format!("`{}` has no app `{app}` on a cluster", command.path));
                        return Err(failure.hint("say which cluster it is on with `--cluster`"));
                    }
                    _ => {
                        let failure = Failure::usage(format!("app `{app}` is on {}", names.join(", ")));
                        return Err(failure.hint("say which one is meant with `--cluster`"));
                    }
                }
            }
        };
        for name in [app, &cluster] {
            let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            if name.is_empty() || !name.bytes().all(letters) {
                return Err(Failure::usage(format!("`{name}` is no name of an app or a cluster")));
            }
        }
        // Another cluster may be in another account.
        spec.clusters.retain(|one| *one.name == *cluster);
        spec.apps.clear();
        Ok((spec, cluster))
    }

    fn no_way(refusal: Refusal) -> Failure {
        match refusal {
            Refusal::Nowhere(what) => Failure::usage(what),
            Refusal::Aws(error) => refused(&error),
            Refusal::Gone(gone) => Failure {
                exit: Exit::Deployment(Outcome::Waits),
                ..Failure::usage(format!("what the release needs is gone: {}", gone.join("; ")))
                    .hint("put it back, or go back to another release with `--to`")
            },
        }
    }
}
