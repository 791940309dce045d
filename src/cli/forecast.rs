//! `forecast`: whether every rollout can converge on the declared capacity, in how many waves, how long, and why not.

use std::collections::BTreeMap;

use clap::Args;

use super::failure::{Exit, Failure};
use super::view::forecast as view;
use super::{Output, Session};
use crate::Compiled;
use crate::Request;
use crate::catalog::{self, Instance};
use crate::compile;
use crate::diag::{Code, Severity, code, nearest};
use crate::rollout::forecast::declared::WhatIf;
use crate::rollout::forecast::judge::Verdict;
use crate::rollout::forecast::outlook::{Outlook, Row, on_fargate};

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

/// The forecast of one cluster.
pub(super) struct Part {
    pub name: String,
    /// Of what runs on instances.
    pub outlook: Option<Outlook>,
    pub fargate: Vec<Row>,
    /// The fewest instances, with the fewest and the most copies.
    pub minimum: Option<(Option<i64>, Option<i64>)>,
}

pub(super) fn run(session: &Session, command: &Forecast) -> Result<Exit, Failure> {
    session.terminal.accept("forecast", &[Output::Text, Output::Json])?;
    let request = Request {
        path: command.path.clone(),
        cluster: command.cluster.clone(),
        ..Request::default()
    };
    let compiled = compile(&session.disk, &request)?;
    let foreign = |code: &Code| code.severity() == Severity::Error && !OWN.contains(code);
    if compiled.diagnostics.iter().any(|fault| foreign(&fault.code)) {
        let faults = session.terminal.faults(&compiled.diagnostics, &compiled.sources);
        session.terminal.print(&faults)?;
        return Ok(Exit::Faults);
    }
    let what_if = what_if(command, &compiled)?;
    let mut parts = Vec::new();
    for (index, cluster) in compiled.spec.clusters.iter().enumerate() {
        let outlook = Outlook::of(&compiled.spec, index, &what_if).filter(|outlook| !outlook.rows.is_empty());
        let minimum = outlook.as_ref().filter(|_| command.minimum).map(Outlook::minimum);
        let part = Part {
            name: cluster.name.to_string(),
            outlook,
            fargate: on_fargate(&compiled.spec, index, &what_if),
            minimum,
        };
        if part.outlook.is_some() || !part.fargate.is_empty() {
            parts.push(part);
        }
    }
    match session.terminal.output {
        Output::Json => session.terminal.print(&view::json(&parts))?,
        _ if parts.is_empty() => session
            .terminal
            .print("nothing runs here whose rollout could be forecast\n")?,
        _ => session.terminal.print(&view::text(&parts, session.terminal.width()))?,
    }
    Ok(match parts.iter().any(is_refused) {
        true => Exit::Faults,
        false => Exit::Done,
    })
}

/// Whether a deployment is refused.
pub(super) fn is_refused(part: &Part) -> bool {
    let stuck = |row: &Row| row.killed || matches!(row.at_least, Verdict::Cannot(_));
    part.outlook.as_ref().is_some_and(Outlook::is_refused) || part.fargate.iter().any(stuck)
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
