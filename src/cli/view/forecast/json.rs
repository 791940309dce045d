//! A forecast as a document for a program. In: forecasts. Out: JSON of version 1: keys are only ever added.

use serde_json::{Value, json};

use crate::diag;
use crate::rollout::forecast::board::Move;
use crate::rollout::forecast::clock::Range;
use crate::rollout::forecast::outlook::{Event, Outlook, Survival};
use crate::rollout::forecast::row::{Row, Starts};
use crate::rollout::forecast::system::System;
use crate::rollout::forecast::whole::Forecast;
use crate::source::Sources;

use super::moves::witness;
use super::words::{named, reason};

/// The document: version 1.
pub(in crate::cli) fn document(forecasts: &[Forecast], sources: &Sources) -> String {
    let clusters = forecasts.iter().map(|one| {
        let rows = one
            .outlook
            .iter()
            .flat_map(|outlook| outlook.rows.iter().map(move |row| service(row, Some(outlook), sources)));
        let fargate = one.fargate.iter().map(|row| service(row, None, sources));
        let mut document = json!({
            "name": &*one.name,
            "refused": one.is_refused(),
            "services": rows.chain(fargate).collect::<Value>(),
        });
        if let Some(outlook) = &one.outlook {
            let ground = &outlook.ground;
            document["instances"] = json!({
                "type": &*ground.group.name,
                "min": ground.fewest,
                "counted": ground.instances,
                "zones": ground.zones,
                "memory": {"least": ground.group.least[1], "most": ground.group.most[1]},
            });
            document["together"] = json!({
                "least": named(&outlook.at_least.joint),
                "most": named(&outlook.at_most.joint),
                "reach": outlook.reach,
            });
            let event = |event: &Event| json!({"left": event.left, "survives": survives(event)});
            document["events"] = json!({
                "first": event(&outlook.first),
                "zone": event(&outlook.zone),
                "instance": event(&outlook.instance),
                "roll": event(&outlook.roll),
            });
        }
        if let Some((least, most)) = one.minimum {
            document["minimum"] = json!({"least": least, "most": most});
        }
        document
    });
    let document = json!({"version": 1, "clusters": clusters.collect::<Value>()});
    format!("{document:#}\n")
}

fn survives(event: &Event) -> &'static str {
    match event.survival {
        Survival::AtMost => "most",
        Survival::AtLeast => "least",
        Survival::Perhaps => "perhaps",
        Survival::No => "no",
    }
}

fn service(row: &Row, outlook: Option<&Outlook>, sources: &Sources) -> Value {
    let spread = |range: Option<Range>| range.map(|range| json!({"least": range.least, "most": range.most}));
    let empty = System::default();
    let (small, large) = outlook.map_or((&empty, &empty), |outlook| (&outlook.small, &outlook.large));
    let starts = match row.starts {
        Starts::AtOnce => "at-once",
        Starts::MayWait => "may-wait",
        Starts::Wait => "wait",
    };
    let fixes = row.ways.iter().filter_map(|way| way.fix.as_ref());
    json!({
        "name": &*row.name,
        "app": &*row.app,
        "copies": {"least": row.least, "most": row.most},
        "least": {"verdict": named(&row.at_least), "reason": reason(&row.at_least, small, row)},
        "most": {"verdict": named(&row.at_most), "reason": reason(&row.at_most, large, row)},
        "waves": spread(row.waves),
        "seconds": spread(row.seconds),
        "failure-seconds": spread(row.failure),
        "starts": starts,
        "repairs": row.ways.iter().map(|way| way.repair.words()).collect::<Value>(),
        "witness": outlook.and_then(|outlook| run(row, outlook)),
        "fixes": fixes.map(|fix| diag::json::fix(fix, sources)).collect::<Value>(),
    })
}

/// The run that shows that a service may stall, move by move.
fn run(row: &Row, outlook: &Outlook) -> Option<Value> {
    let (system, run) = witness(row, outlook)?;
    let moves = run.iter().map(|step| {
        let (word, service) = match *step {
            Move::Stands { service, .. } => ("stands", service),
            Move::Starts { service, .. } => ("starts", service),
            Move::Stops { service, .. } => ("stops", service),
        };
        json!({"move": word, "service": &*system.services[service].name, "instance": step.host() + 1})
    });
    Some(moves.collect())
}
