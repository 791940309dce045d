//! Another machine image, before it comes: what runs, what would, and what the roll does to each service. In: a survey. Out: text
//! for a person, or JSON with a version.

use serde_json::{Value, json};

use crate::operate::image::{Image, Survey};
use crate::rollout::forecast::clock::Range;
use crate::rollout::forecast::roll::{Manner, Moved, Roll, Room};
use crate::rollout::forecast::words::{copies, instances, seconds};

/// The version of the JSON shape.
const VERSION: u32 = 1;

/// A survey for a person. `account` says where.
pub(in crate::cli) fn text(survey: &Survey, account: &str) -> String {
    let cluster = &survey.cluster;
    let mut text = format!("{account}\n\n\u{1b}[1mcluster {cluster}\u{1b}[0m\n");
    if survey.is_done() {
        text.push_str(&format!("  runs {} already\n", image(&survey.new)));
        return text;
    }
    text.push_str(&format!("  \u{1b}[31m- {}\u{1b}[0m\n", image(&survey.old)));
    text.push_str(&format!("  \u{1b}[32m+ {}\u{1b}[0m\n", image(&survey.new)));
    match survey.behind {
        Some(1) => text.push_str("  1 image was published in between\n"),
        Some(count @ 2..) => text.push_str(&format!("  {count} images were published in between\n")),
        _ => {}
    }
    text.push_str(&match &survey.roll {
        Some(roll) => rolled(roll),
        None => "\nwhat the roll does is not known: something about the instances is faulty\n".to_string(),
    });
    if !survey.others.is_empty() {
        text.push_str(&format!(
            "  not in this project, and not looked at: {}\n",
            survey.others.join(", ")
        ));
    }
    text
}

/// An image in a line.
fn image(image: &Image) -> String {
    let part = |word: &str, what: &Option<String>| what.as_ref().map(|what| format!("{word}{what}"));
    let parts = [
        part("", &image.name),
        part("of ", &image.date),
        part("kernel ", &image.kernel),
        part("agent ", &image.agent),
        part("Docker ", &image.docker),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    match parts.is_empty() {
        true => image.id.clone(),
        false => format!("{}  {}", image.id, parts.join(", ")),
    }
}

fn time(range: Range) -> String {
    let (least, most) = (seconds(range.least), seconds(range.most));
    if least == most {
        least
    } else {
        format!("{least} to {most}")
    }
}

fn rolled(roll: &Roll) -> String {
    if roll.instances == 0 {
        return "\nno instance is there now: nothing moves\n".to_string();
    }
    let order = match roll.fewest >= roll.instances {
        true => "new ones are in service before old ones are drained".to_string(),
        false => format!("meanwhile {} are in service", roll.fewest),
    };
    let mut text = format!(
        "\n\u{1b}[1mthe roll\u{1b}[0m: {}, {} at once, {order}; {}\n",
        instances(roll.instances),
        roll.at_once,
        time(roll.seconds)
    );
    let column = roll.rows.iter().map(|row| row.name.chars().count()).max();
    let column = column.unwrap_or_default();
    for row in &roll.rows {
        for (at, (mark, line)) in lines(row).into_iter().enumerate() {
            let name = if at == 0 { &*row.name } else { "" };
            let count = if at == 0 { copies(row.copies) } else { String::new() };
            let colour = if mark == "!" { "33" } else { "32" };
            text.push_str(&format!(
                "  {name:column$}  {count:9}  \u{1b}[{colour}m{mark}\u{1b}[0m {line}\n"
            ));
        }
    }
    if roll.moves > 1 && roll.rows.iter().any(|row| row.copies > 0) {
        text.push_str(&format!(
            "  a copy may move up to {} times: each time it may land on an instance that goes later\n",
            roll.moves
        ));
    }
    for (name, held) in &roll.standing {
        text.push_str(&format!(
            "  task {name}: while it runs it holds its instance, for {} at most\n",
            seconds(*held)
        ));
    }
    text
}

/// What happens to a service, each with its mark.
fn lines(row: &Moved) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    lines.push(match row.manner {
        _ if row.copies == 0 => ("✓", "nothing runs".to_string()),
        Manner::StartsFirst => ("✓", "a new copy serves before an old one stops".to_string()),
        Manner::StopsFirst(0) if row.copies == 1 => (
            "!",
            "goes down while it moves: with `rollout: {surge: 200%}` the new copy comes first".to_string(),
        ),
        Manner::StopsFirst(least) => (
            "!",
            format!("dips: at the worst moment {least} of {} are healthy", row.copies),
        ),
        Manner::Stuck => (
            "!",
            "its percents let no copy move: each instance waits for an hour, and ends with the copies on it"
                .to_string(),
        ),
    });
    let room = match (row.room, row.copies) {
        (_, 0) | (Room::Surely, _) => None,
        (Room::No, _) => Some("has no room while instances are away: it comes back when the new ones are there"),
        (Room::Perhaps, _) if row.drifts => Some(
            "has room surely only because today's image registers more memory than the next one promises: leave more free",
        ),
        (Room::Perhaps, _) => Some("may find no room while instances are away: that hangs on where tasks land"),
    };
    lines.extend(room.map(|room| ("!", room.to_string())));
    lines
}

/// A survey for a program.
pub(in crate::cli) fn json(survey: &Survey) -> String {
    let document = json!({
        "version": VERSION,
        "cluster": survey.cluster,
        "old": image_value(&survey.old),
        "new": image_value(&survey.new),
        "behind": survey.behind,
        "roll": survey.roll.as_ref().map(roll_value),
        "others": survey.others,
    });
    format!("{document}\n")
}

fn image_value(image: &Image) -> Value {
    json!({
        "id": image.id, "name": image.name, "date": image.date, "kernel": image.kernel, "agent": image.agent,
        "docker": image.docker,
    })
}

fn roll_value(roll: &Roll) -> Value {
    let rows = roll.rows.iter().map(|row| {
        let (manner, healthy) = match row.manner {
            Manner::StartsFirst => ("starts-first", row.copies),
            Manner::StopsFirst(least) => ("stops-first", least),
            Manner::Stuck => ("stuck", 0),
        };
        let room = match row.room {
            Room::Surely => "surely",
            Room::Perhaps => "perhaps",
            Room::No => "no",
        };
        json!({
            "service": &*row.name, "app": &*row.app, "copies": row.copies, "manner": manner, "healthy": healthy, "room": room,
            "drifts": row.drifts,
        })
    });
    json!({
        "instances": roll.instances,
        "at_once": roll.at_once,
        "fewest": roll.fewest,
        "batches": roll.batches,
        "moves": roll.moves,
        "seconds": {"least": roll.seconds.least, "most": roll.seconds.most},
        "services": rows.collect::<Vec<_>>(),
        "tasks": roll.standing.iter().map(|(name, held)| json!({"task": &**name, "seconds": held})).collect::<Vec<_>>(),
    })
}
