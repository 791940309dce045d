//! The page of a job at GitHub: how a deployment ended, what serves, what went wrong. In: a [`View`]. Out: Markdown.

use crate::cloud::ecs::last_part;
use crate::cloud::span_of_time;
use crate::deploy::watch::View;
use crate::deploy::watch::cause::Cause;

use super::plain::printable;
use super::summary;

/// The page.
pub(in crate::cli) fn text(view: &View) -> String {
    let Some(outcome) = view.outcome else {
        return String::new();
    };
    let mark = if outcome.is_good() { "✅" } else { "❌" };
    let title = escaped(&summary::title(view));
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
        let revision = |arn: &Option<String>| arn.as_deref().map(last_part).map(code).unwrap_or_default();
        text.push_str(&format!(
            "| {} | {} | {} | {} |\n",
            escaped(service.name()),
            revision(&service.before),
            revision(&service.wanted),
            escaped(ending)
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
    let mut text = format!("\n**{}**: {}\n", escaped(&cause.subject), escaped(&cause.headline()));
    let mut evidence: Vec<String> = Vec::new();
    if !cause.quote.is_empty() && cause.quote != cause.means {
        evidence.push(printable(&cause.quote));
    }
    evidence.extend(cause.log.iter().map(|line| printable(line.text.trim_end())));
    if !evidence.is_empty() {
        let evidence = evidence.join("\n");
        let fence = "`".repeat(longest_run(&evidence).max(2) + 1);
        text.push_str(&format!("\n{fence}text\n{evidence}\n{fence}\n"));
    }
    let place = cause
        .place
        .as_ref()
        .map(|place| format!("{} ", code(&place.to_string())));
    let line = format!("{}{}", place.unwrap_or_default(), escaped(&cause.remedy));
    if !line.is_empty() {
        text.push_str(&format!("\n{}\n", line.trim_end()));
    }
    text
}

/// The longest run of backticks in a text: what fences it must be longer.
fn longest_run(text: &str) -> usize {
    text.split(|letter| letter != '`')
        .map(str::len)
        .max()
        .unwrap_or_default()
}

fn code(text: &str) -> String {
    format!("`{}`", text.replace(['`', '|', '\n'], " "))
}

/// Text that Markdown shows as it is; backticks stay, since sentences set names in them.
fn escaped(text: &str) -> String {
    let mut shown = String::new();
    let mut is_code = false;
    for letter in printable(text).chars() {
        is_code ^= letter == '`';
        match letter {
            _ if is_code => shown.push(letter),
            '<' => shown.push_str("&lt;"),
            '&' => shown.push_str("&amp;"),
            '|' | '*' | '_' | '[' | ']' | '#' | '\\' => {
                shown.push('\\');
                shown.push(letter);
            }
            _ => shown.push(letter),
        }
    }
    shown
}
