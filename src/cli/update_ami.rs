//! `update-ami`: another machine image for the instances of a cluster, after it has shown what the roll does to each service.

use std::time::Duration;

use clap::Args;

use super::Session;
use super::failure::{Exit, Failure};
use super::written::time;

#[derive(Args)]
pub(super) struct UpdateAmi {
    /// A spec, or a folder of specs
    #[arg(default_value = ".")]
    path: String,
    /// The cluster; the only one of the project without it
    #[arg(long, value_name = "NAME")]
    cluster: Option<String>,
    /// The image; the newest of its family without it
    #[arg(long, value_name = "AMI", value_parser = image)]
    to: Option<String>,
    /// Do not ask before anything is done
    #[arg(long)]
    yes: bool,
    /// Stop watching after this time, such as 30m or 6h; the roll goes on
    #[arg(long, value_name = "TIME", default_value = "6h", value_parser = time)]
    deadline: Duration,
    /// Wait so long for somebody else's deployment to end, such as 10m
    #[arg(long, value_name = "TIME", value_parser = time)]
    wait_for_lock: Option<Duration>,
    /// Write what happened to this file, for `watch --replay`
    #[arg(long, value_name = "FILE")]
    record: Option<String>,
}

/// The ID of an image (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html>).
fn image(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix("ami-").unwrap_or_default();
    let is_hex = |letter: char| letter.is_ascii_digit() || ('a'..='f').contains(&letter);
    match matches!(digits.len(), 8 | 17) && digits.chars().all(is_hex) {
        true => Ok(text.to_string()),
        false => Err("it is written ami-0123456789abcdef0".to_string()),
    }
}

#[cfg(not(feature = "aws"))]
pub(super) fn run(_: &Session, command: &UpdateAmi) -> Result<Exit, Failure> {
    // Nobody reads them in this build.
    let _ = (&command.path, &command.cluster, &command.to, command.yes);
    let _ = (command.deadline, command.wait_for_lock, &command.record);
    Err(Failure::usage("this build of loadline cannot reach AWS").hint("build it with the feature `aws`"))
}

#[cfg(feature = "aws")]
pub(super) fn run(session: &Session, command: &UpdateAmi) -> Result<Exit, Failure> {
    online::run(session, command)
}

#[cfg(feature = "aws")]
mod online {
    use super::UpdateAmi;
    use crate::Compiled;
    use crate::cli::carry::{self, Kept};
    use crate::cli::consent;
    use crate::cli::failure::{Exit, Failure};
    use crate::cli::online::{connect, drive, holder, refused};
    use crate::cli::sound::sound;
    use crate::cli::view::image as view;
    use crate::cli::{Output, Session};
    use crate::deploy::Options;
    use crate::operate::image::{self, Wish};
    use crate::plan;

    pub fn run(session: &Session, command: &UpdateAmi) -> Result<Exit, Failure> {
        let outputs = [Output::Text, Output::Json, Output::Github];
        session.terminal.accept("update-ami", &outputs)?;
        let Some(compiled) = sound(session, &command.path, None)? else {
            return Ok(Exit::Faults);
        };
        let cluster = cluster(command, &compiled)?;
        let Compiled {
            spec,
            graph,
            templates,
            sources,
            ..
        } = &compiled;
        let plan = plan::of(spec, graph, templates, sources);
        drive(async {
            let online = connect(&session.reach, spec).await?;
            let wish = Wish {
                spec,
                plan: &plan,
                cluster: &cluster,
                to: command.to.as_deref(),
            };
            let survey = image::look(wish, &online.aws).await.map_err(|error| refused(&error))?;
            let survey = survey.map_err(|unfit| {
                let (message, hint) = unfit.words();
                let failure = Failure::usage(message).hint(hint);
                let exit = Exit::Deployment(unfit.outcome());
                Failure { exit, ..failure }
            })?;
            let account = format!("account {}, {}", online.identity.account, online.aws.region());
            session.terminal.print(&match session.terminal.output {
                Output::Json => view::json(&survey),
                _ => view::text(&survey, &account),
            })?;
            if survey.is_done() {
                return Ok(Exit::Done);
            }
            let question = "\nType `yes` to roll all instances: ";
            let hint = "read what stands above, then give `--yes`";
            if !command.yes && !consent::says_yes(session, question, hint)? {
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
            let interrupts = consent::interrupts(session);
            carry::out(session, &survey.plan(), &online.aws, options, interrupts, kept).await
        })
    }

    fn cluster(command: &UpdateAmi, compiled: &Compiled) -> Result<String, Failure> {
        let names: Vec<&str> = compiled.spec.clusters.iter().map(|one| &*one.name).collect();
        match (&command.cluster, &names[..]) {
            (Some(name), _) if names.contains(&name.as_str()) => Ok(name.clone()),
            (None, [one]) => Ok(one.to_string()),
            (None, []) => Err(Failure::usage("there is no cluster here")),
            (Some(name), _) => {
                let failure = Failure::usage(format!("there is no cluster `{name}`"));
                Err(failure.hint(format!("there is {}", names.join(", "))))
            }
            (None, _) => {
                let failure = Failure::usage(format!("there are the clusters {}", names.join(", ")));
                Err(failure.hint("say which is meant with `--cluster NAME`"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::image;

    #[test]
    fn the_id_of_an_image_is_told() {
        assert!(image("ami-0123456789abcdef0").is_ok() && image("ami-01234567").is_ok());
        assert!(image("al2023").is_err() && image("ami-xyz").is_err() && image("ami-0123").is_err());
    }
}
