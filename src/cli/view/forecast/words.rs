//! What is said of a forecast, in the terminal and on the page alike. In: rows, events. Out: sentences. Must not lay out.

use crate::diag::fix::Changed;
use crate::rollout::forecast::clock::Range;
use crate::rollout::forecast::judge::{Doubt, Stall, Verdict};
use crate::rollout::forecast::outlook::{Event, Outlook, Survival, copies_at};
use crate::rollout::forecast::refute::{Limit, Refutation};
use crate::rollout::forecast::row::{Row, Starts};
use crate::rollout::forecast::system::{Course, Measure, Side, System};
use crate::rollout::forecast::words;
use crate::rollout::limits::STACK_SECONDS;

/// How good or bad a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Warning,
    Bad,
}

/// The instances that are counted with.
pub(super) fn ground(outlook: &Outlook) -> String {
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

/// How many copies there are.
pub(super) fn counted(row: &Row) -> String {
    match row.least == row.most {
        true => words::copies(row.most),
        false => format!("{}–{} copies", row.least, row.most),
    }
}

/// The verdict in words.
pub(super) fn named(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Converges => "converges",
        Verdict::Unproven(_) => "unproven",
        Verdict::MayStall(_) => "may stall",
        Verdict::Cannot(_) => "cannot converge",
    }
}

/// The verdict of a row in words, and its tone.
pub(super) fn word(row: &Row) -> (&'static str, Tone) {
    let (least, most) = (&row.at_least, &row.at_most);
    let bad = if row.refused { Tone::Bad } else { Tone::Warning };
    if row.killed {
        return ("cannot converge", bad);
    }
    match (least, most) {
        (Verdict::Converges, Verdict::Converges) => ("converges", Tone::Good),
        // It does with the fewest copies; why not with the most is said below.
        (Verdict::Converges, _) => ("converges, but not scaled out", Tone::Warning),
        (Verdict::Cannot(_), Verdict::Converges) => ("cannot converge with few copies", bad),
        (Verdict::Cannot(_), _) => ("cannot converge", bad),
        (other, _) => (named(other), Tone::Warning),
    }
}

/// A number, or from which to which.
pub(super) fn range(range: Range, show: impl Fn(i64) -> String) -> String {
    match range.least == range.most {
        true => show(range.least),
        false => format!("{}–{}", show(range.least), show(range.most)),
    }
}

/// How long a rollout takes, and one that fails.
pub(super) fn time(row: &Row) -> String {
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

/// Why a row is not as one would wish.
pub(super) fn why(row: &Row, outlook: Option<&Outlook>) -> Vec<String> {
    let mut lines = Vec::new();
    if row.killed {
        lines.push("the probe kills the container before the app answers, by the `boot` of `health`".to_string());
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
    lines
}

/// What would help, in one sentence.
pub(super) fn help(row: &Row) -> Option<String> {
    let ways: Vec<String> = row.ways.iter().map(|way| way.repair.words()).collect();
    (!ways.is_empty()).then(|| ways.join(", or "))
}

/// A value of the spec, before and after.
pub(in crate::cli) fn changed(line: &Changed) -> String {
    match &line.old {
        Some(old) => format!("{}: {old} → {}", line.place, line.new),
        None => format!("{}: + {}", line.place, line.new),
    }
}

/// Why a verdict is no better.
pub(super) fn reason(verdict: &Verdict, system: &System, row: &Row) -> Option<String> {
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
            Some("`place: {where: …}` asks for what the spec does not say of every instance".to_string())
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

/// What else is worth knowing.
pub(super) fn notes(row: &Row) -> Vec<String> {
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

/// What is said of all services together.
pub(super) fn together(outlook: &Outlook) -> String {
    let (least, most) = (&outlook.at_least.joint, &outlook.at_most.joint);
    match (least, most) {
        (Verdict::Converges, Verdict::Converges) => "converges, wherever tasks land".to_string(),
        (Verdict::Converges, _) => {
            let members = outlook.ground.members.iter();
            let scaled = members.filter(|member| member.most > member.least.max(1));
            let counts: Vec<String> = scaled
                .take(4)
                .map(|member| format!("`{}` {}", member.name, copies_at(member, outlook.reach)))
                .collect();
            match counts.is_empty() {
                true => "converges, wherever tasks land".to_string(),
                false => format!("converges, wherever tasks land, up to {}", counts.join(", ")),
            }
        }
        (other, _) => named(other).to_string(),
    }
}

/// Whether it is the next deployment that does not end, not the first one.
pub(super) fn only_the_first(outlook: &Outlook) -> bool {
    outlook.at_least.joint != Verdict::Converges
        && matches!(outlook.first.survival, Survival::AtMost | Survival::AtLeast)
}

/// What may happen to the instances, and what becomes of the copies then.
pub(super) fn events(outlook: &Outlook) -> Vec<(&'static str, Event)> {
    let events = [
        ("a zone lost", outlook.zone),
        ("an instance lost", outlook.instance),
        ("instances replaced", outlook.roll),
    ];
    events.into_iter().filter(|(_, event)| event.left > 0).collect()
}

/// What all copies take of what there surely is.
pub(super) fn load(outlook: &Outlook) -> String {
    let loads: Vec<String> = outlook
        .load
        .iter()
        .map(|(measure, load)| {
            let percent = range(*load, |percent| percent.to_string());
            format!("{percent} % of {}", measured(*measure))
        })
        .collect();
    loads.join(", ")
}

fn measured(measure: Measure) -> &'static str {
    match measure {
        Measure::Cpu => "CPU",
        Measure::Memory => "memory",
        Measure::Interfaces => "network interfaces",
        Measure::Gpus => "GPUs",
    }
}

/// What becomes of the copies.
pub(super) fn survival(event: Event) -> &'static str {
    match event.survival {
        Survival::AtMost => "all copies find room",
        Survival::AtLeast => "the fewest copies find room, more not surely",
        Survival::Perhaps => "copies may find no room until instances come back",
        Survival::No => "not all copies find room until instances come back",
    }
}
