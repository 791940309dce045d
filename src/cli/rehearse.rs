//! `rehearse`: compiles, plans, applies and watches against a simulated cloud, with faults on demand.

use std::time::Duration;

use clap::Args;

use crate::Compiled;

use super::failure::{Exit, Failure};
use super::sound::sound;
use super::story::{self, Telling};
use super::{Output, Session};
use crate::cloud::ecs::last_part;
use crate::deploy::watch::Outcome;
use crate::deploy::{Options, record};
use crate::diag::nearest;
use crate::library::types::listed;
use crate::plan::{self, Plan, Work};
use crate::simulate::Settings;
use crate::simulate::fault::Fault;
use crate::simulate::rehearsal::Rehearsal;
use crate::spec::Spec;

#[derive(Args)]
pub(super) struct Rehearse {
    /// A spec, or a folder of specs
    #[arg(default_value = ".")]
    path: String,
    /// The file of the cluster, if it is no part of the project
    #[arg(long, value_name = "FILE")]
    cluster: Option<String>,
    /// Let something go wrong: KIND[:SERVICE][@TIME], such as crash:web or zone-lost@2m; may be repeated
    #[arg(long = "fault", value_name = "FAULT", value_parser = fault)]
    faults: Vec<Fault>,
    /// Rehearse the first deployment into an empty account, not a release of a system that runs
    #[arg(long)]
    first: bool,
    /// Rehearse the change from this spec, which runs, to PATH
    #[arg(long, value_name = "PATH", conflicts_with = "first")]
    from: Option<String>,
    /// What chance is drawn from: the same seed gives the same run
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Rehearse with so many seeds, and show how outcomes and durations are distributed
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000), conflicts_with_all = ["record", "timeline", "pace"])]
    seeds: Option<u64>,
    /// Stop watching after this many minutes
    #[arg(long, value_name = "MINUTES", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=10_080))]
    deadline: u64,
    /// Write what happened to this file, for `watch --replay`
    #[arg(long, value_name = "FILE")]
    record: Option<String>,
    #[command(flatten)]
    telling: Telling,
}

fn fault(text: &str) -> Result<Fault, String> {
    text.parse::<Fault>().map_err(|error| error.to_string())
}

pub(super) fn run(session: &Session, command: &Rehearse) -> Result<Exit, Failure> {
    session
        .terminal
        .accept("rehearse", &[Output::Text, Output::Json, Output::Github])?;
    let Some(now) = sound(session, &command.path, command.cluster.clone())? else {
        return Ok(Exit::Faults);
    };
    let base = match &command.from {
        Some(from) => match sound(session, from, command.cluster.clone())? {
            Some(base) => Some(base),
            None => return Ok(Exit::Faults),
        },
        None => None,
    };
    let plan = plan_of(&now);
    if plan.stages.is_empty() {
        return Err(Failure::usage("there is nothing to deploy").hint("`loadline init` writes a first spec"));
    }
    accept(&plan, &command.faults)?;
    let before = match &base {
        Some(base) => Some(plan_of(base)),
        None => releases(&plan, command).then(|| plan.clone()),
    };
    let rehearsal = Rehearsal {
        plan,
        before,
        faults: command.faults.clone(),
        options: Options {
            deadline: Duration::from_secs(command.deadline * 60),
            ..Options::default()
        },
    };
    let rehearse = |seed| rehearsal.run(&settings(&now.spec, seed));
    if let Some(seeds) = command.seeds {
        return super::seeds::run(session, seeds, &|number| rehearse(command.seed + number).view);
    }
    let rehearsed = rehearse(command.seed);
    if let Some(file) = &command.record {
        let lines: String = rehearsed.events.iter().map(record::line).collect();
        session.disk.write(file, &lines)?;
    }
    for fault in &rehearsed.idle {
        let text = format!("the fault `{fault}` found nothing to act on\n");
        session.terminal.remark(&text);
    }
    let view = story::tell(session, &command.telling, &rehearsed.events)?;
    Ok(Exit::Deployment(view.outcome.unwrap_or(Outcome::Failed)))
}

/// Refuses a fault of what is not deployed.
fn accept(plan: &Plan, faults: &[Fault]) -> Result<(), Failure> {
    let names = plan.stages.iter().flat_map(|stage| match &stage.work {
        Work::Stack(work) => work.services.iter().map(|service| last_part(&service.name)).collect(),
        Work::Task(task) => vec![task.name.as_str()],
        Work::Image(_) | Work::Removal(_) | Work::Records(_) => Vec::new(),
    });
    let names: Vec<&str> = names.collect();
    for fault in faults {
        let Some(place) = fault.place.as_deref().filter(|place| !names.contains(place)) else {
            continue;
        };
        let failure = Failure::usage(format!(
            "`{fault}`: there is no service `{place}`, nor a task that a deployment runs"
        ));
        return Err(failure.hint(match nearest(place, names.iter().copied()) {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("there are {}", listed(&names)),
        }));
    }
    Ok(())
}

/// Whether a release onto a running system would change anything: only an image of one's own is new each time.
fn releases(plan: &Plan, command: &Rehearse) -> bool {
    let owned = |stage: &plan::Stage| matches!(stage.work, Work::Image(_));
    !command.first && plan.stages.iter().any(owned)
}

fn plan_of(compiled: &Compiled) -> Plan {
    plan::of(&compiled.spec, &compiled.graph, &compiled.templates, &compiled.sources)
}

/// The account that a spec is for, or one that nobody has.
fn settings(spec: &Spec, seed: u64) -> Settings {
    let cluster = spec.clusters.first();
    let region = cluster.and_then(|cluster| cluster.region.sound()?.as_ref().map(|region| region.0.to_string()));
    let account = cluster.and_then(|cluster| cluster.account.sound()?.as_ref().map(|account| account.0.to_string()));
    Settings {
        seed,
        region: region.unwrap_or_else(|| "eu-west-1".to_string()),
        account: account.unwrap_or_else(|| "111122223333".to_string()),
    }
}
