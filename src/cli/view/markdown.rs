//! The page of a job at GitHub: how a deployment ended, what serves, what went wrong. In: a [`View`]. Out: Markdown.

use crate::cloud::ecs::last_part;
use crate::cloud::span_of_time;
use crate::deploy::watch::View;
use crate::deploy::watch::cause::Cause;

use super::literal::{block, cell, code, sentence};
use super::plain::printable;
use super::summary;

/// The page.
pub(in crate::cli) fn text(view: &View) -> String {
    let Some(outcome) = view.outcome else {
        return String::new();
    };
    let mark = if outcome.is_good() { "✅" } else { "❌" };
    let title = sentence(&summary::title(view));
    let took = span_of_time(view.now.since(view.began));
    let mut text = format!("## {mark} {title}: {} after {took}\n\n", outcome.words());
    let told: Vec<_> = view
        .services
        .iter()
        .filter_map(|service| Some((service, summary::ending(service)?)))
        .collect();
    if !told.is_empty() {
        text.push_str("| service | before | asked | now |\n|---|---|---|---|\n");
    }
    for (service, ending) in &told {
        let revision = |arn: &Option<String>| arn.as_deref().map(last_part).map(cell).unwrap_or_default();
        text.push_str(&format!(
            "| {} | {} | {} | {} |\n",
            sentence(service.name()),
            revision(&service.before),
            revision(&service.wanted),
            sentence(ending)
        ));
    }
    let causes = view.causes.told();
    if !causes.is_empty() {
        text.push_str("\n### What went wrong\n");
    }
    text.extend(causes.into_iter().map(cause));
    text + "\n"
}

fn cause(cause: &Cause) -> String {
    let mut text = format!("\n**{}**: {}\n", sentence(&cause.subject), sentence(&cause.headline()));
    let mut evidence: Vec<String> = Vec::new();
    if !cause.quote.is_empty() && cause.quote != cause.means {
        evidence.push(printable(&cause.quote));
    }
    evidence.extend(cause.log.iter().map(|line| printable(line.text.trim_end())));
    if !evidence.is_empty() {
        text.push_str(&format!("\n{}", block("text", &evidence.join("\n"))));
    }
    let place = cause
        .place
        .as_ref()
        .map(|place| format!("{} ", code(&place.to_string())));
    let line = format!("{}{}", place.unwrap_or_default(), sentence(&cause.remedy));
    if !line.is_empty() {
        text.push_str(&format!("\n{}\n", line.trim_end()));
    }
    text
}
