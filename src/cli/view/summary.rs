//! The end of a deployment in a few lines: how it ended, what serves, why, and what to do. In: a [`View`]. Out: text, or the
//! parts of it for other views.

use std::time::Duration;

use crate::cloud::ecs::last_part;
use crate::cloud::span_of_time;
use crate::deploy::watch::cause::{Cause, Weight};
use crate::deploy::watch::{ServiceView, Verdict, View};

use super::plain::Page;

/// How many causes are told of again at the end.
const CAUSES: usize = 3;

/// The last lines.
pub(in crate::cli) fn text(view: &View, width: usize) -> String {
    let Some(outcome) = view.outcome else {
        return String::new();
    };
    let page = Page::of(view, width);
    let took = span_of_time(view.now.since(view.began));
    let colour = if outcome.is_good() { "32" } else { "31" };
    let mut text = format!("\n\u{1b}[1;{colour}m{}\u{1b}[0m after {took}\n", outcome.words());
    let longest = view.services.iter().map(|service| service.name().chars().count()).max();
    let name = longest.unwrap_or_default().min(24);
    for service in &view.services {
        let Some(line) = ending(service) else { continue };
        let left = 2 + name + 2;
        for (number, line) in page.wrapped(&line, left).iter().enumerate() {
            let label = if number == 0 { service.name() } else { "" };
            text.push_str(&format!("  {label:name$}  {line}\n"));
        }
    }
    if outcome.is_good() {
        return text;
    }
    let serious = serious(view);
    for cause in serious.iter().take(CAUSES) {
        let headline = format!("{}: {}", cause.subject, cause.headline());
        text.push('\n');
        for (number, line) in page.wrapped(&headline, 5).iter().enumerate() {
            let label = if number == 0 { "why" } else { "" };
            text.push_str(&format!("\u{1b}[1m{label:5}{line}\u{1b}[0m\n"));
        }
        text.push_str(&page.evidence(cause, 5));
    }
    if serious.len() > CAUSES {
        text.push_str(&format!("     and {} more causes above\n", serious.len() - CAUSES));
    }
    text
}

/// What became of a service, in words.
pub(in crate::cli) fn ending(service: &ServiceView) -> Option<String> {
    let new = service.wanted.as_deref().map(last_part);
    let old = service.before.as_deref().map(last_part);
    Some(match service.verdict.as_ref()? {
        Verdict::Serving { seconds, .. } => {
            let took = span_of_time(Duration::from_secs(seconds.unsigned_abs()));
            format!("{} serves, after {took}", new.unwrap_or("it"))
        }
        Verdict::RolledBack => match old {
            Some(old) => format!("{old} serves again"),
            None => "does not serve".to_string(),
        },
        Verdict::Failed => "does not serve".to_string(),
        Verdict::Superseded { by } => format!("{by} took its place"),
        Verdict::Settled => "settled".to_string(),
    })
}

/// The causes that a deployment failed of, the worst first.
pub(in crate::cli) fn serious(view: &View) -> Vec<&Cause> {
    let told = view.causes.told();
    let is_serious = |cause: &&Cause| cause.weight >= Weight::Failing;
    told.into_iter().filter(is_serious).collect()
}

/// What was deployed: the stacks of its services or, without any, its last stack.
pub(in crate::cli) fn title(view: &View) -> String {
    let mut stacks: Vec<&str> = view.services.iter().map(|one| one.service.stack.as_str()).collect();
    stacks.dedup();
    let last = view
        .outline
        .stages
        .iter()
        .rev()
        .find_map(|stage| stage.stack.as_deref());
    match stacks.is_empty() {
        true => last.unwrap_or("deployment").to_string(),
        false => stacks.join(", "),
    }
}
