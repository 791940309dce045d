//! How the rollouts of a plan look, and what to know before it begins. In: what was foretold, notices. Out: lines for a person.

use crate::plan::notices::{Notice, Topic};
use crate::plan::preview::Preview;
use crate::plan::rollouts::{Capacity, End, Rollout};
use crate::rollout::forecast::clock::Range;
use crate::rollout::forecast::words;
use crate::rollout::limits::STACK_SECONDS;

use super::plain::printable;

/// The rollouts of a plan, one or two lines each, and its notices.
pub(in crate::cli) fn text(preview: &Preview, width: usize) -> String {
    let mut text = String::new();
    if !preview.rollouts.is_empty() {
        text.push_str("\n\u{1b}[1mrollouts\u{1b}[0m\n");
    }
    let mut said: Vec<Capacity> = Vec::new();
    let names = preview.rollouts.iter().map(|one| one.service.len());
    let widest = names.max().unwrap_or(0);
    for one in &preview.rollouts {
        let ground = match one.capacity {
            // For what each waits is said of each.
            Capacity::Registered { instances, room, .. } => Capacity::Registered {
                instances,
                room,
                more: 0,
            },
            other => other,
        };
        if !said.contains(&ground) {
            said.push(ground);
            text.push_str(&wrapped(&counted_on(ground), 2, width));
        }
        text.push_str(&rollout(one, widest, width));
    }
    if !preview.notices.is_empty() {
        text.push_str("\n\u{1b}[1mto know\u{1b}[0m\n");
    }
    for one in &preview.notices {
        text.push_str(&notice(one, width));
    }
    text
}

/// What is said of a plan that is refused for a rollout.
pub(super) fn refusal(preview: &Preview) -> String {
    let names: Vec<String> = preview.refused().map(|one| format!("`{}`", one.service)).collect();
    match names.is_empty() {
        true => String::new(),
        false => format!(
            "\u{1b}[31mrefused: the rollout of {} cannot converge\u{1b}[0m\n",
            names.join(", ")
        ),
    }
}

fn counted_on(capacity: Capacity) -> String {
    match capacity {
        Capacity::Registered { instances, room, .. } => {
            let are = if instances == 1 { "takes" } else { "take" };
            let more = match room {
                0 => "and scaling adds none".to_string(),
                room => format!("and scaling may add {room}"),
            };
            format!("on what is there: {} {are} tasks, {more}", words::instances(instances))
        }
        Capacity::Declared { instances } => {
            format!("on what is declared: {}", words::instances(instances))
        }
        Capacity::Fargate => "on Fargate".to_string(),
    }
}

fn rollout(one: &Rollout, widest: usize, width: usize) -> String {
    let (word, colour) = match one.end {
        End::Converges => ("converges".to_string(), "32"),
        End::ConvergesAfterMore => {
            let more = match one.capacity {
                Capacity::Registered { more: 1, .. } => "1 more instance".to_string(),
                Capacity::Registered { more, .. } => format!("{more} more instances"),
                _ => "more instances".to_string(),
            };
            (format!("converges after {more}"), "33")
        }
        End::MayStall => ("may stall".to_string(), "33"),
        End::Cannot => ("cannot converge".to_string(), "31"),
        End::Unproven => ("unproven".to_string(), "33"),
    };
    let copies = match one.today {
        0 => format!("{}, new", words::copies(one.copies)),
        today if today == one.copies => words::copies(one.copies),
        today => format!("{today} → {}", words::copies(one.copies)),
    };
    let line = format!("  {:widest$}  {copies}  {word}{}", one.service, time(one));
    let mut text = wrapped_under(&line, 6, width).replacen(&word, &format!("\u{1b}[{colour}m{word}\u{1b}[0m"), 1);
    if let Some(why) = &one.why {
        text.push_str(&wrapped(why, 6, width));
    }
    if one.waits && one.seconds.is_some() {
        let wait = "some starts may wait for room; ECS may count each wait as a failed start";
        text.push_str(&wrapped(wait, 6, width));
    }
    if one.seconds.is_some_and(|seconds| seconds.most > STACK_SECONDS) {
        let slow = "CloudFormation waits 3 hours: the slow end of this is longer";
        text.push_str(&wrapped(slow, 6, width));
    }
    if !one.repairs.is_empty() {
        text.push_str(&wrapped(&format!("help: {}", one.repairs.join(", or ")), 6, width));
    }
    if one.why.is_some() {
        text.push_str(&format!("      \u{1b}[34m-->\u{1b}[0m {}\n", one.place));
    }
    text
}

fn time(one: &Rollout) -> String {
    let mut text = String::new();
    if let Some(waves) = one.waves {
        let unit = if waves.most == 1 { "wave" } else { "waves" };
        text.push_str(&format!(", {} {unit}", range(waves, |count| count.to_string())));
    }
    if let Some(seconds) = one.seconds {
        text.push_str(&format!(", {}", range(seconds, words::seconds)));
        if one.end == End::ConvergesAfterMore {
            text.push_str(" once they are there");
        }
        text.push_str(&match one.failure {
            Some(failure) => format!(
                "; a bad one is declared failed after {}",
                range(failure, words::seconds)
            ),
            None => "; a bad one is never declared failed".to_string(),
        });
    }
    text
}

fn range(range: Range, show: impl Fn(i64) -> String) -> String {
    match range.least == range.most {
        true => show(range.least),
        false => format!("{}–{}", show(range.least), show(range.most)),
    }
}

fn notice(one: &Notice, width: usize) -> String {
    let mark = match one.topic {
        Topic::NotRead | Topic::ValueChanged | Topic::CleaningUp => "\u{1b}[2m·\u{1b}[0m",
        _ => "\u{1b}[33m!\u{1b}[0m",
    };
    let line = format!("  @ {}: {}", one.subject, printable(&one.text));
    let mut text = wrapped_under(&line, 4, width).replacen('@', mark, 1);
    if let Some(place) = &one.place {
        text.push_str(&format!("    \u{1b}[34m-->\u{1b}[0m {place}\n"));
    }
    text
}

fn wrapped(what: &str, indent: usize, width: usize) -> String {
    let lines = textwrap::wrap(
        what,
        textwrap::Options::new(width.saturating_sub(indent).max(30)).break_words(false),
    );
    lines.iter().map(|line| format!("{:indent$}{line}\n", "")).collect()
}

/// With later lines further in.
fn wrapped_under(what: &str, indent: usize, width: usize) -> String {
    let under = " ".repeat(indent);
    let options = textwrap::Options::new(width.max(40))
        .break_words(false)
        .subsequent_indent(&under);
    let lines = textwrap::wrap(what, options);
    lines.iter().map(|line| format!("{line}\n")).collect()
}
