//! How the rollouts of a plan look, and what to know before it begins. In: what was foretold, notices. Out: lines for a person.

use crate::plan::notices::{Notice, Topic};
use crate::plan::preview::Preview;
use crate::plan::rollouts::{Capacity, End, Rollout};
use crate::rollout::forecast::clock::Range;
use crate::rollout::forecast::words;
use crate::rollout::limits::STACK_SECONDS;

use super::plain::printable;

/// The rollouts of a plan, one or two lines each, and its notices.
pub(super) fn text(preview: &Preview, width: usize) -> String {
    let head = match preview.rollouts.is_empty() {
        true => "",
        false => "\n\u{1b}[1mrollouts\u{1b}[0m\n",
    };
    head.to_string() + &lines(preview, width)
}

/// The same without its heading.
pub(in crate::cli) fn lines(preview: &Preview, width: usize) -> String {
    let mut text = String::new();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::Place;

    fn place() -> Place {
        Place {
            file: "app.yml".to_string(),
            line: 5,
            column: 3,
        }
    }

    fn one(service: &str, end: End, more: i64) -> Rollout {
        Rollout {
            stack: "production-shop".to_string(),
            service: service.to_string(),
            copies: 4,
            today: 4,
            end,
            why: None,
            capacity: Capacity::Registered {
                instances: 2,
                room: 1,
                more,
            },
            waves: Some(Range { least: 1, most: 2 }),
            seconds: Some(Range { least: 45, most: 190 }),
            failure: None,
            waits: false,
            repairs: Vec::new(),
            place: place(),
        }
    }

    #[test]
    fn a_rollout_takes_a_line_or_two() {
        let stuck = Rollout {
            why: Some("`api`: each of 4 copies wants port 80 of an instance, and there are 3 instances".to_string()),
            waves: None,
            seconds: None,
            repairs: vec!["allow 5 instances".to_string()],
            ..one("api", End::Cannot, 0)
        };
        let preview = Preview {
            rollouts: vec![
                one("web", End::Converges, 0),
                one("worker", End::ConvergesAfterMore, 1),
                stuck,
            ],
            notices: vec![Notice {
                topic: Topic::AlarmMissing,
                subject: "web".to_string(),
                text: "there is no alarm `errors`".to_string(),
                place: Some(place()),
            }],
            ..Preview::default()
        };
        let shown = text(&preview, 100) + &refusal(&preview);
        let mut plain = String::new();
        let mut is_code = false;
        for letter in shown.chars() {
            is_code |= letter == '\u{1b}';
            if !is_code {
                plain.push(letter);
            }
            is_code &= letter != 'm';
        }
        let expected = "
rollouts
  on what is there: 2 instances take tasks, and scaling may add 1
  web     4 copies  converges, 1–2 waves, 45s–3 min; a bad one is never declared failed
  worker  4 copies  converges after 1 more instance, 1–2 waves, 45s–3 min once they are there; a bad
      one is never declared failed
  api     4 copies  cannot converge
      `api`: each of 4 copies wants port 80 of an instance, and there are 3 instances
      help: allow 5 instances
      --> app.yml:5:3

to know
  ! web: there is no alarm `errors`
    --> app.yml:5:3
refused: the rollout of `api` cannot converge
";
        assert_eq!(plain, expected);
    }
}
