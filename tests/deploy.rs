//! The watcher: what it says of scripted timelines, its verdicts and its exit code.
//!
//! A page under `deploy/` tells where a history is from; its `events` block is the history (`deploy/script.rs` says how it is
//! written), its `said` block all that the watcher says. `UPDATE=1 cargo test deploy` writes the said blocks anew.

mod budget;
mod names;
mod properties;
mod script;
mod scripted;

use std::fmt::Write;
use std::fs;

use loadline::cloud::span_of_time;
use loadline::deploy::event::Event;
use loadline::deploy::watch::cause::Cause;
use loadline::deploy::watch::{Level, Said, Verdict, View, replay};

use crate::markdown::{blocks, is_update, pages, with_blocks};

const FOLDER: &str = "tests/deploy";

/// The events of all pages, by the page's name.
fn recordings() -> Vec<(String, Vec<Event>)> {
    let pages = pages(FOLDER).into_iter().map(|path| {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let page = fs::read_to_string(&path).expect("a page is UTF-8");
        let blocks = blocks(&page);
        let events = blocks.iter().find(|block| block.kind == "events");
        let events = events.unwrap_or_else(|| panic!("{name} has an `events` block"));
        (name, script::events(&events.text))
    });
    pages.collect()
}

/// What a page shows of a replay.
fn shown(view: &View, said: &[Said]) -> String {
    let mut text = String::new();
    for said in said {
        text.push_str(&line(view, said));
    }
    text.push('\n');
    for service in &view.services {
        let verdict = match &service.verdict {
            None => "no verdict".to_string(),
            Some(Verdict::Serving { seconds, waves }) => format!("serving after {seconds}s, waves {waves}"),
            Some(Verdict::Settled) => "settled".to_string(),
            Some(Verdict::RolledBack) => "rolled back".to_string(),
            Some(Verdict::Failed) => "failed".to_string(),
            Some(Verdict::Superseded { by }) => format!("superseded by {by}"),
        };
        let _ = writeln!(text, "{}: {:?}, {verdict}", service.name(), service.step);
    }
    for cause in view.causes.told() {
        let subject = if cause.subject.is_empty() { "-" } else { &cause.subject };
        let _ = writeln!(text, "why: {} {subject}: {}", cause.id, cause.headline());
    }
    match view.outcome {
        Some(outcome) => {
            let _ = writeln!(text, "{}: exit {}", outcome.words(), outcome.exit_code());
        }
        None => text.push_str("no outcome\n"),
    }
    text
}

fn line(view: &View, said: &Said) -> String {
    let level = match said.level {
        Level::Quiet => "quiet",
        Level::Step => "step",
        Level::Good => "good",
        Level::Warning => "warning",
        Level::Bad => "bad",
    };
    let time = span_of_time(said.at.since(view.began));
    let subject = if said.subject.is_empty() { "-" } else { &said.subject };
    let text = format!("{time:>6} {level:7} {subject}: {}\n", said.text);
    text + &said.cause.as_ref().map(evidence).unwrap_or_default()
}

fn evidence(cause: &Cause) -> String {
    let mut text = format!("{:15}{} {}", "", cause.id, cause.name);
    if let Some(place) = &cause.place {
        let _ = write!(text, " --> {place}");
    }
    text.push('\n');
    for line in &cause.log {
        let _ = writeln!(text, "{:15}log: {}", "", line.text);
    }
    if !cause.quote.is_empty() {
        let _ = writeln!(text, "{:15}AWS: {}", "", cause.quote);
    }
    let _ = writeln!(text, "{:15}help: {}", "", cause.remedy);
    text
}

#[test]
fn pages_say_what_they_show() {
    let mut faults = Vec::new();
    for path in pages(FOLDER) {
        let page = fs::read_to_string(&path).expect("a page is UTF-8");
        let mut written = blocks(&page);
        let at = |kind: &str| written.iter().position(|block| block.kind == kind);
        let (Some(events), Some(expected)) = (at("events"), at("said")) else {
            faults.push(format!("{}: it has an `events` and a `said` block", path.display()));
            continue;
        };
        let (view, said) = replay(&script::events(&written[events].text));
        let shown = shown(&view, &said);
        if written[expected].text == shown {
            continue;
        }
        let old = std::mem::replace(&mut written[expected].text, shown);
        match is_update() {
            true => fs::write(&path, with_blocks(&page, &written)).expect("the page can be written"),
            false => faults.push(format!(
                "{}: `UPDATE=1 cargo test deploy` writes\n{}not\n{old}",
                path.display(),
                written[expected].text
            )),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Requirement 18: the histories at which other watchers said success.
#[test]
fn requirement_18_no_false_success() {
    let mut seen = 0;
    for (name, events) in recordings() {
        if name.starts_with("false-success") {
            seen += 1;
            let (view, _) = replay(&events);
            let exit = view.outcome.expect("it has ended").exit_code();
            assert!(matches!(exit, 3 | 4), "{name} exits with {exit}");
        }
    }
    assert!(seen >= 7, "{seen} histories");
}
