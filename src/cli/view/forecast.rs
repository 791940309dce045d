//! A forecast: about ten lines for a person, or a document for a program.

use serde_json::{Value, json};

use crate::cli::forecast::{Part, is_refused};
use crate::rollout::forecast::bins::{Bin, bins};
use crate::rollout::forecast::clock::Range;
use crate::rollout::forecast::judge::{Doubt, Stall, Verdict};
use crate::rollout::forecast::outlook::{Event, Outlook, Row, Starts, Survival, copies_at};
use crate::rollout::forecast::refute::{Limit, Refutation};
use crate::rollout::forecast::system::{Course, Measure, Side, System};
use crate::rollout::forecast::words;
use crate::rollout::limits::STACK_SECONDS;

const GREEN: &str = "32";
const RED: &str = "31";
const YELLOW: &str = "33";

fn paint(colour: &str, text: &str) -> String {
    format!("\u{1b}[{colour}m{text}\u{1b}[0m")
}

/// The lines for a person.
pub(in crate::cli) fn text(parts: &[Part], width: usize) -> String {
    parts
        .iter()
        .map(|part| cluster(part, width))
        .collect::<Vec<_>>()
        .join("\n")
}

fn cluster(part: &Part, width: usize) -> String {
    let mut text = String::new();
    let mut rows: Vec<(&Row, Option<&Outlook>)> = Vec::new();
    if let Some(outlook) = &part.outlook {
        let line = format!("{}: {}", part.name, ground(outlook));
        text.push_str(&wrapped(&line, 0, width));
        rows.extend(outlook.rows.iter().map(|row| (row, Some(outlook))));
    } else {
        text.push_str(&format!("{}: on Fargate\n", part.name));
    }
    rows.extend(part.fargate.iter().map(|row| (row, None)));
    let name = rows.iter().map(|(row, _)| row.name.len()).max().unwrap_or(0);
    let counts: Vec<String> = rows.iter().map(|(row, _)| counted(row)).collect();
    let count = counts.iter().map(|count| count.chars().count()).max().unwrap_or(0);
    for ((row, outlook), counted) in rows.iter().zip(counts) {
        let (word, colour) = word(row);
        // The colours take no room, so that they are put in last.
        let line = format!("  {:name$}  {counted:count$}  {word}{}", row.name, time(row));
        let line = wrapped_under(&line, name + count + 6, width);
        text.push_str(&line.replacen(word, &paint(colour, word), 1));
        let mut lines = why(row, *outlook);
        lines.extend(notes(row));
        for line in lines {
            text.push_str(&wrapped(&line, 6, width));
        }
    }
    if let Some(outlook) = &part.outlook {
        text.push_str(&together(outlook, width));
        text.push_str(&picture(outlook));
    }
    if let Some((least, most)) = part.minimum {
        let show = |count: Option<i64>| count.map_or("no number".to_string(), words::instances);
        let kind = part.outlook.as_ref().map_or("", |outlook| &outlook.ground.group.name);
        let line = match least == most {
            true => format!("minimum: {} of {kind}; all converges and survives a zone", show(least)),
            false => format!(
                "minimum: {} of {kind} with the fewest copies, {} with the most; all converges and survives a zone",
                show(least),
                show(most)
            ),
        };
        text.push_str(&wrapped(&line, 2, width));
    }
    if is_refused(part) {
        text.push_str(&paint(RED, "refused: this rollout cannot converge\n"));
    }
    text
}

fn ground(outlook: &Outlook) -> String {
    let ground = &outlook.ground;
    let zones = match ground.zones {
        1 => "1 zone".to_string(),
        zones => format!("{zones} zones"),
    };
    let number = match ground.fewest == ground.instances {
        true => format!("{} × {} over {zones}", ground.instances, ground.group.name),
        false => format!(
            "{} to {} × {} over {zones}, counted with {}",
            ground.fewest, ground.instances, ground.group.name, ground.instances
        ),
    };
    let memory = ground.group.least[Measure::Memory.at()];
    let basis = match &ground.types[..] {
        [one] => one.basis.about(),
        _ => "of the smallest type",
    };
    format!("{number}; {memory} MiB each for tasks ({basis})")
}

fn counted(row: &Row) -> String {
    match row.least == row.most {
        true => words::copies(row.most),
        false => format!("{}–{} copies", row.least, row.most),
    }
}

fn rank(verdict: &Verdict) -> (u8, &'static str, &'static str) {
    match verdict {
        Verdict::Converges => (0, "converges", GREEN),
        Verdict::Unproven(_) => (1, "unproven", YELLOW),
        Verdict::MayStall(_) => (2, "may stall", YELLOW),
        Verdict::Cannot(_) => (3, "cannot converge", RED),
    }
}

fn word(row: &Row) -> (&'static str, &'static str) {
    if row.killed {
        return ("cannot converge", RED);
    }
    let (least, most) = (rank(&row.at_least), rank(&row.at_most));
    match (least.0, most.0) {
        // It does with the fewest copies; why not with the most is said below.
        (0, 1..) => ("converges, but not scaled out", YELLOW),
        (3, 0) => ("cannot converge with few copies", RED),
        _ => (least.1, least.2),
    }
}

fn range(range: Range, show: impl Fn(i64) -> String) -> String {
    match range.least == range.most {
        true => show(range.least),
        false => format!("{}–{}", show(range.least), show(range.most)),
    }
}

fn time(row: &Row) -> String {
    let (Some(waves), Some(seconds)) = (row.waves, row.seconds) else {
        return String::new();
    };
    let unit = if waves.most == 1 { "wave" } else { "waves" };
    let declared = match row.failure {
        Some(failure) => format!(
            "; a bad one is declared failed after {}",
            range(failure, words::seconds)
        ),
        None => "; a bad one is never declared failed".to_string(),
    };
    format!(
        ", {} {unit}, {}{declared}",
        range(waves, |count| count.to_string()),
        range(seconds, words::seconds)
    )
}

fn why(row: &Row, outlook: Option<&Outlook>) -> Vec<String> {
    let mut lines = Vec::new();
    if row.killed {
        lines.push("the probe kills the container before the app answers, by the `boot` of `health`".to_string());
        lines.push("help: give `probe` a `boot` as long as that of `health`".to_string());
    }
    let empty = System::default();
    let (small, large) = outlook.map_or((&empty, &empty), |outlook| (&outlook.small, &outlook.large));
    let least = reason(&row.at_least, small, row);
    let most = reason(&row.at_most, large, row).filter(|_| row.at_most != row.at_least);
    match (least, most) {
        (Some(least), _) => {
            lines.push(least);
            if let Some(to) = row.stuck_to.filter(|to| *to > row.least) {
                let all = if to == row.most {
                    "all of its range"
                } else {
                    "its range"
                };
                lines.push(format!(
                    "so it is with {} to {}: {all} at the low end",
                    row.least,
                    words::copies(to)
                ));
            }
        }
        (None, Some(most)) => lines.push(format!("with {}: {most}", words::copies(row.most))),
        (None, None) => {}
    }
    if !row.repairs.is_empty() {
        let ways: Vec<String> = row.repairs.iter().map(|repair| repair.words()).collect();
        lines.push(format!("help: {}", ways.join(", or ")));
    }
    lines
}

fn reason(verdict: &Verdict, system: &System, row: &Row) -> Option<String> {
    match verdict {
        Verdict::Converges => None,
        Verdict::Cannot(one) if row.fargate => Some(fargate(one, row)),
        Verdict::Cannot(one) => Some(words::refutation(system, Side::Most, one)),
        Verdict::MayStall(Stall::Image(one)) => Some(format!(
            "that depends on the machine image: {}",
            words::refutation(system, Side::Least, one)
        )),
        Verdict::MayStall(Stall::Run(run)) => Some(words::run(system, Side::Least, Course::Rollout, run)),
        Verdict::Unproven(Doubt::Fenced) => {
            Some("`place: {where: …}` says where copies may go, and that is not evaluated here".to_string())
        }
        Verdict::Unproven(Doubt::Large) => Some("no proof was found, and no run that stalls".to_string()),
    }
}

fn fargate(one: &Refutation, row: &Row) -> String {
    let Limit::Percents { lower, upper } = one.limit else {
        unreachable!("nothing but percents is short on Fargate");
    };
    format!(
        "with {} it may start none (at most {upper} at once, rounded down) and stop none (at least {lower} healthy, rounded up)",
        words::copies(row.least)
    )
}

fn notes(row: &Row) -> Vec<String> {
    let mut notes = Vec::new();
    if row.seconds.is_some() {
        match row.starts {
            Starts::AtOnce => {}
            Starts::MayWait => {
                notes.push("some starts may wait for room; ECS may count each wait as a failed start".to_string())
            }
            Starts::Wait => {
                notes.push("some starts will wait for room; ECS may count each wait as a failed start".to_string())
            }
        }
    }
    if row.seconds.is_some_and(|seconds| seconds.most > STACK_SECONDS) {
        notes.push("CloudFormation waits 3 hours: the slow end of this is longer".to_string());
    }
    if row.failure.is_some_and(|failure| failure.least > 60 * 60) {
        notes.push("the breaker is slower than the deadline of 60 minutes".to_string());
    }
    notes
}

fn together(outlook: &Outlook, width: usize) -> String {
    let mut text = String::new();
    let (least, most) = (&outlook.at_least.joint, &outlook.at_most.joint);
    let line = match (least, most) {
        (Verdict::Converges, Verdict::Converges) => "together: converges, wherever tasks land".to_string(),
        (Verdict::Converges, _) => {
            let members = outlook.ground.members.iter();
            let scaled = members.filter(|member| member.most > member.least.max(1));
            let counts: Vec<String> = scaled
                .take(4)
                .map(|member| format!("`{}` {}", member.name, copies_at(member, outlook.reach)))
                .collect();
            match counts.is_empty() {
                true => "together: converges, wherever tasks land".to_string(),
                false => format!("together: converges, wherever tasks land, up to {}", counts.join(", ")),
            }
        }
        (other, _) => format!("together: {}", rank(other).1),
    };
    text.push_str(&wrapped(&line, 2, width));
    let loads: Vec<String> = outlook
        .load
        .iter()
        .map(|(measure, load)| {
            let name = match measure {
                Measure::Cpu => "CPU",
                Measure::Memory => "memory",
                Measure::Interfaces => "network interfaces",
                Measure::Gpus => "GPUs",
            };
            format!("{} % of {name}", range(*load, |percent| percent.to_string()))
        })
        .collect();
    text.push_str(&wrapped(&format!("taken: {}", loads.join(", ")), 2, width));
    if *least != Verdict::Converges {
        // What has no room with all instances has none with fewer.
        if matches!(outlook.first.survival, Survival::AtMost | Survival::AtLeast) {
            text.push_str("  a first deployment finds room; it is the next one that does not end\n");
        }
        return text;
    }
    let events = [
        ("a zone lost", &outlook.zone),
        ("an instance lost", &outlook.instance),
        ("instances replaced", &outlook.roll),
    ];
    for (what, event) in events.into_iter().filter(|(_, event)| event.left > 0) {
        text.push_str(&format!("  {what} ({} left): {}\n", event.left, survival(event)));
    }
    for (name, seconds) in &outlook.waits {
        let line = format!("it may wait for `{name}` to end, up to {}", words::seconds(*seconds));
        text.push_str(&wrapped(&line, 2, width));
    }
    text
}

fn survival(event: &Event) -> &'static str {
    match event.survival {
        Survival::AtMost => "all copies find room",
        Survival::AtLeast => "the fewest copies find room, more not surely",
        Survival::Perhaps => "copies may find no room until instances come back",
        Survival::No => "not all copies find room until instances come back",
    }
}

/// A line for each zone: its instances, a letter for each copy, and what is free.
fn picture(outlook: &Outlook) -> String {
    let ground = &outlook.ground;
    let all = bins(ground, |member| copies_at(member, outlook.reach));
    let occupied: std::collections::BTreeSet<i64> = all.iter().map(|bin| bin.zone).collect();
    if all.is_empty() || ground.members.len() > LETTERS.len() {
        return String::new();
    }
    let mut letters: Vec<char> = Vec::new();
    for member in &ground.members {
        let own = member
            .name
            .rsplit('/')
            .next()
            .unwrap_or("")
            .chars()
            .chain(LETTERS.chars());
        let free = own
            .filter(char::is_ascii_alphabetic)
            .find(|letter| !letters.contains(letter));
        letters.push(free.expect("there are fewer services than letters"));
    }
    let drawn = |bin: &Bin| -> String {
        let copies = bin.copies.iter().zip(&letters);
        let shown = copies.map(|(count, letter)| match count {
            0 => String::new(),
            1..=3 => letter.to_string().repeat(*count as usize),
            _ => format!("{count}{letter}"),
        });
        format!("[{}]", shown.collect::<String>())
    };
    let mut text = String::new();
    for zone in occupied {
        let inside = || all.iter().filter(|bin| bin.zone == zone);
        let free: i64 = inside().map(|bin| bin.memory.1).sum();
        let has: i64 = inside().map(|bin| bin.memory.0).sum();
        let row: Vec<String> = inside().map(drawn).collect();
        text.push_str(&format!(
            "  zone {}: {}  {:.1} of {:.1} GiB free\n",
            zone + 1,
            row.join(" "),
            free as f64 / 1024.0,
            has as f64 / 1024.0
        ));
    }
    let keys = ground
        .members
        .iter()
        .zip(&letters)
        .map(|(member, letter)| format!("{letter} = {}", member.name));
    text.push_str(&format!(
        "  one placement of many; {}\n",
        keys.collect::<Vec<_>>().join(", ")
    ));
    text
}

const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz";

fn wrapped(line: &str, indent: usize, width: usize) -> String {
    let indent = " ".repeat(indent);
    let options = textwrap::Options::new(width)
        .initial_indent(&indent)
        .subsequent_indent(&indent);
    let options = options.break_words(false);
    format!("{}\n", textwrap::fill(line, options))
}

/// Wrapped, with all lines but the first further in.
fn wrapped_under(line: &str, indent: usize, width: usize) -> String {
    let indent = " ".repeat(indent);
    let options = textwrap::Options::new(width)
        .subsequent_indent(&indent)
        .break_words(false);
    format!("{}\n", textwrap::fill(line, options))
}

/// The document: version 1.
pub(in crate::cli) fn json(parts: &[Part]) -> String {
    let clusters = parts.iter().map(|part| {
        let rows = part
            .outlook
            .iter()
            .flat_map(|outlook| outlook.rows.iter().map(move |row| service(row, Some(outlook))));
        let fargate = part.fargate.iter().map(|row| service(row, None));
        let mut document = json!({
            "name": part.name,
            "refused": is_refused(part),
            "services": rows.chain(fargate).collect::<Value>(),
        });
        if let Some(outlook) = &part.outlook {
            let ground = &outlook.ground;
            document["instances"] = json!({
                "type": &*ground.group.name,
                "min": ground.fewest,
                "counted": ground.instances,
                "zones": ground.zones,
                "memory": {"least": ground.group.least[1], "most": ground.group.most[1]},
            });
            document["together"] = json!({
                "least": rank(&outlook.at_least.joint).1,
                "most": rank(&outlook.at_most.joint).1,
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
        if let Some((least, most)) = part.minimum {
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

fn service(row: &Row, outlook: Option<&Outlook>) -> Value {
    let spread = |range: Option<Range>| range.map(|range| json!({"least": range.least, "most": range.most}));
    let empty = System::default();
    let (small, large) = outlook.map_or((&empty, &empty), |outlook| (&outlook.small, &outlook.large));
    let starts = match row.starts {
        Starts::AtOnce => "at-once",
        Starts::MayWait => "may-wait",
        Starts::Wait => "wait",
    };
    json!({
        "name": &*row.name,
        "app": &*row.app,
        "copies": {"least": row.least, "most": row.most},
        "least": {"verdict": rank(&row.at_least).1, "reason": reason(&row.at_least, small, row)},
        "most": {"verdict": rank(&row.at_most).1, "reason": reason(&row.at_most, large, row)},
        "waves": spread(row.waves),
        "seconds": spread(row.seconds),
        "failure-seconds": spread(row.failure),
        "starts": starts,
        "repairs": row.repairs.iter().map(|repair| repair.words()).collect::<Value>(),
    })
}
