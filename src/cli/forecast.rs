//! `forecast`: whether every rollout can converge on the declared capacity, in how many waves, how long, and why not.

use std::collections::BTreeMap;

use clap::Args;

use super::failure::{Exit, Failure};
use super::view::forecast as view;
use super::{Output, Session, mending};
use crate::Compiled;
use crate::Request;
use crate::catalog::{self, Instance};
use crate::compile;
use crate::diag::{Code, Diagnostic, Severity, code, nearest};
use crate::rollout::forecast::declared::WhatIf;
use crate::rollout::forecast::mend::Files;
use crate::rollout::forecast::outlook::Outlook;
use crate::rollout::forecast::recheck::Trial;
use crate::rollout::forecast::whole::{self, Forecast as Whole};
use crate::source::World;

#[derive(Args)]
pub(super) struct Forecast {
    /// A spec, or a folder of specs
    #[arg(default_value = ".")]
    path: String,
    /// The file of the cluster, if it is no part of the project
    #[arg(long, value_name = "FILE")]
    cluster: Option<String>,
    /// Count with so many instances
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=5000))]
    instances: Option<i64>,
    /// Count with instances of this type
    #[arg(long, value_name = "TYPE")]
    r#type: Option<String>,
    /// Count with so many copies of a service; may be given again
    #[arg(long = "count", value_name = "S=N", value_parser = count)]
    counts: Vec<(String, i64)>,
    /// Count with the instances that are left when a zone is lost
    #[arg(long)]
    lose_zone: bool,
    /// Say with how few instances all converges and survives a zone
    #[arg(long)]
    minimum: bool,
    /// Show, move by move, each run that stalls
    #[arg(long)]
    steps: bool,
    /// Draw the forecast to this file, as a page for a browser
    #[arg(long, value_name = "FILE")]
    html: Option<String>,
    /// Write the smallest repair of each service that is refused, and forecast again
    #[arg(long, conflicts_with_all = ["instances", "type", "counts", "lose_zone"])]
    fix: bool,
}

impl Forecast {
    /// Whether something is asked in place of what is declared.
    fn asks(&self) -> bool {
        self.instances.is_some() || self.r#type.is_some() || !self.counts.is_empty() || self.lose_zone
    }
}

fn count(text: &str) -> Result<(String, i64), String> {
    let parts = text.split_once('=');
    let (name, count) = parts.ok_or("write a service and a number: `web=4`")?;
    let count = count.parse().ok().filter(|count| (0..=5000).contains(count));
    let count = count.ok_or("the number is from 0 to 5000")?;
    Ok((name.to_string(), count))
}

/// What `check` says of rollouts: `forecast` knows it better and says it itself.
const OWN: &[Code] = &[
    code::DISTINCT_INSTANCES,
    code::PERCENT_DEADLOCK,
    code::PORT_CLASH,
    code::STATIC_PORT,
    code::TASK_TOO_LARGE,
    code::TOO_FEW_INSTANCES,
    code::TOO_FEW_INTERFACES,
];

/// What was read, and what is to be said of it.
struct Seen {
    compiled: Compiled,
    forecasts: Vec<Whole>,
}

pub(super) fn run(session: &Session, command: &Forecast) -> Result<Exit, Failure> {
    session.terminal.accept("forecast", &[Output::Text, Output::Json])?;
    let request = Request {
        path: command.path.clone(),
        cluster: command.cluster.clone(),
        ..Request::default()
    };
    let mut seen = look(&session.disk, &request, command)?;
    if command.fix && seen.forecasts.iter().any(Whole::is_refused) {
        mending::mend(session, &request)?;
        seen = look(&session.disk, &request, command)?;
    }
    let Seen { compiled, forecasts } = &seen;
    if compiled.diagnostics.iter().any(is_foreign) {
        let faults = session.terminal.faults(&compiled.diagnostics, &compiled.sources);
        session.terminal.print(&faults)?;
        return Ok(Exit::Faults);
    }
    if let Some(file) = &command.html {
        session.disk.write(file, &view::page(forecasts, &compiled.sources))?;
    }
    match session.terminal.output {
        Output::Json => session.terminal.print(&view::json(forecasts, &compiled.sources))?,
        _ if forecasts.is_empty() => session
            .terminal
            .print("nothing runs here whose rollout could be forecast\n")?,
        _ => {
            let told = view::Telling {
                width: session.terminal.width(),
                steps: command.steps,
                offers: !command.asks(),
            };
            session
                .terminal
                .print(&view::text(forecasts, &compiled.sources, told))?;
        }
    }
    Ok(match forecasts.iter().any(Whole::is_refused) {
        true => Exit::Faults,
        false => Exit::Done,
    })
}

/// Whether a fault is none of those of which `forecast` itself says more.
pub(super) fn is_foreign(fault: &Diagnostic) -> bool {
    fault.code.severity() == Severity::Error && !OWN.contains(&fault.code)
}

/// Compiles and forecasts; nothing is said of what is faulty otherwise.
fn look(world: &dyn World, request: &Request, command: &Forecast) -> Result<Seen, Failure> {
    let compiled = compile(world, request)?;
    let mut forecasts = Vec::new();
    if !compiled.diagnostics.iter().any(is_foreign) {
        let what_if = what_if(command, &compiled)?;
        forecasts = whole::of(&compiled.spec, &what_if);
        for one in &mut forecasts {
            let files = Files {
                sources: &compiled.sources,
                spec: &compiled.spec,
                index: one.index,
            };
            let trial = Trial {
                files,
                what_if: &what_if,
                read: &|fix| mending::edited(world, request, &compiled.sources, fix),
            };
            trial.run(one);
            one.minimum = one.outlook.as_ref().filter(|_| command.minimum).map(Outlook::minimum);
        }
    }
    Ok(Seen { compiled, forecasts })
}

/// What is asked in place of what is declared; a name that is not there is no question.
fn what_if(command: &Forecast, compiled: &Compiled) -> Result<WhatIf, Failure> {
    let kind = command.r#type.as_deref().map(instance).transpose()?;
    let mut known = Vec::new();
    for app in &compiled.spec.apps {
        for entry in &app.services.entries {
            known.push(entry.name.value.to_string());
            known.push(format!("{}/{}", app.name, entry.name.value));
        }
    }
    let mut counts = BTreeMap::new();
    for (name, count) in &command.counts {
        if !known.contains(name) {
            let failure = Failure::usage(format!("there is no service `{name}`"));
            return Err(match nearest(name, known.iter().map(String::as_str)) {
                Some(near) => failure.hint(format!("did you mean `{near}`?")),
                None => failure,
            });
        }
        counts.insert(name.clone(), *count);
    }
    Ok(WhatIf {
        instances: command.instances,
        kind,
        counts,
        without_a_zone: command.lose_zone,
    })
}

fn instance(name: &str) -> Result<Instance, Failure> {
    catalog::instance(name).ok_or_else(|| {
        let failure = Failure::usage(format!("there is no instance type `{name}`"));
        match nearest(name, catalog::instance_names()) {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure,
        }
    })
}
