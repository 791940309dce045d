//! A plan as annotations at the user's lines: what is replaced or removed, and what of that is grave. In: a report. Out: workflow
//! commands of GitHub Actions, one for each line of the spec.

use std::collections::BTreeMap;

use crate::cli::view::github;
use crate::plan::consequence::{Consequence, Effect};
use crate::template::Place;

use super::heading;
use super::report::Report;

/// The commands, the gravest first: GitHub shows only the first ten of a step.
pub(in crate::cli) fn text(report: &Report) -> String {
    let mut lines: Vec<(&Place, Vec<&Consequence>)> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for (_, one) in report.grave() {
        let Some(place) = one.place.as_ref().filter(|place| !place.file.starts_with("std:")) else {
            continue;
        };
        let at = *known.entry(place.to_string()).or_insert_with(|| {
            lines.push((place, Vec::new()));
            lines.len() - 1
        });
        lines[at].1.push(one);
    }
    let commands = lines.iter().map(|(place, all)| {
        let lines: Vec<String> = all.iter().map(|one| line(one)).collect();
        github::warning(place, "plan", &lines.join("\n"))
    });
    commands.collect()
}

fn line(one: &Consequence) -> String {
    let what = match one.effect {
        Effect::MayBeReplaced => "may be replaced".to_string(),
        effect => format!("is {}", heading(effect).0),
    };
    let stakes = one.stakes.iter().map(|stake| format!(": {}", stake.text));
    format!("{} ({}) {what}{}", one.logical, one.kind, stakes.collect::<String>())
}
