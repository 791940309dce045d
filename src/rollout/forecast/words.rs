//! Verdicts in words. In: refutations, runs. Out: sentences without a full stop. Must not know a terminal.

use crate::library::types::MemorySize;

use super::board::Move;
use super::refute::{Limit, Moment, Refutation};
use super::system::{Mark, Measure, Shape, Side, System};

/// `1 copy`, `2 copies`.
pub fn copies(count: i64) -> String {
    match count {
        1 => "1 copy".to_string(),
        _ => format!("{count} copies"),
    }
}

/// `1 instance`, `2 instances`.
pub fn instances(count: i64) -> String {
    match count {
        1 => "1 instance".to_string(),
        _ => format!("{count} instances"),
    }
}

fn amount(measure: Measure, amount: i64) -> String {
    match measure {
        Measure::Memory => memory(amount),
        Measure::Cpu => format!("{amount} CPU units"),
        Measure::Interfaces => format!("{amount} network interfaces"),
        Measure::Gpus => format!("{amount} GPUs"),
    }
}

/// An amount of memory as a person says it: to a tenth of a GiB, where it is no round number.
fn memory(mib: i64) -> String {
    match mib {
        0..1024 => format!("{mib} MiB"),
        _ if mib % 1024 == 0 => MemorySize::<0>(mib).show(),
        _ => format!("{mib} MiB ({:.1} GiB)", mib as f64 / 1024.0),
    }
}

fn names(system: &System, who: &[usize]) -> String {
    let mut names: Vec<String> = who
        .iter()
        .map(|at| format!("`{}`", system.services[*at].name))
        .collect();
    if names.len() > 4 {
        let rest = names.len() - 3;
        names.truncate(3);
        return format!("{} and {rest} more", names.join(", "));
    }
    match names.pop() {
        None => "nothing".to_string(),
        Some(last) if names.is_empty() => last,
        Some(last) => format!("{} and {last}", names.join(", ")),
    }
}

/// Why something has no room.
pub fn refutation(system: &System, side: Side, one: &Refutation) -> String {
    let who = names(system, &one.who);
    let when = match one.moment {
        Moment::Never(at) => {
            let service = &system.services[at];
            let (lower, upper) = (service.lower(), service.upper());
            let percents = service.percents;
            return format!(
                "with {} it may start none ({}% of {} is {upper}, rounded down) and stop none ({}% is {lower}, rounded up)",
                copies(service.desired),
                percents.surge,
                service.desired,
                percents.healthy
            );
        }
        Moment::Today => "the copies of today",
        Moment::Goal => "all copies",
        Moment::First(at) => {
            return first(system, side, one, at);
        }
        Moment::AnyFirst => "the first new copy beside those that must stay",
        Moment::AnyLast => "the last new copy beside those that must stay",
    };
    match &one.limit {
        Limit::Mark(mark) => {
            let what = match &system.marks[*mark] {
                Mark::Port(port) => format!("port {} of an instance", port.number),
                Mark::Alone(_) => "an instance of its own".to_string(),
                Mark::Nowhere(_) => return format!("{who}: no instance is one that `place: {{where: …}}` asks for"),
            };
            format!(
                "{who}: each of {} wants {what}, and there are {}",
                copies(one.needed),
                instances(one.there)
            )
        }
        Limit::Sum(measure) => format!(
            "{when} of {who} need {}, and {} have {}",
            amount(*measure, one.needed),
            instances(system.instances()),
            best(side, &amount(*measure, one.there))
        ),
        Limit::Count(shape) if one.who.len() == 1 => format!(
            "{who}: {} of {}, and {} have room for {}",
            copies(one.needed),
            size(shape),
            instances(system.instances()),
            best(side, &one.there.to_string())
        ),
        Limit::Count(shape) => format!(
            "{when} of {who}: {} of {} or more, and {} have room for {}",
            copies(one.needed),
            size(shape),
            instances(system.instances()),
            best(side, &one.there.to_string())
        ),
        Limit::Tried => format!("{who}: every order of placement was tried, and in none does the rollout end"),
        Limit::Percents { .. } => unreachable!("percents say when"),
    }
}

fn best(side: Side, amount: &str) -> String {
    match side {
        Side::Most => format!("{amount} at best"),
        Side::Least => format!("{amount} at worst"),
    }
}

fn first(system: &System, side: Side, one: &Refutation, at: usize) -> String {
    let service = &system.services[at];
    let stay = service.lower();
    let beside = if one.who.len() > 1 {
        ", beside what the others keep"
    } else {
        ""
    };
    let start = format!(
        "a new copy must start while {} still run{}{beside}",
        copies(stay),
        if stay == 1 { "s" } else { "" }
    );
    match &one.limit {
        Limit::Mark(mark) => {
            let what = match &system.marks[*mark] {
                Mark::Port(port) => format!("port {}", port.number),
                Mark::Alone(_) => "`distinct`".to_string(),
                Mark::Nowhere(_) => "`place`".to_string(),
            };
            format!(
                "{start}; {what} lets an instance run one, so {} would be needed, and there are {}",
                one.needed, one.there
            )
        }
        Limit::Sum(measure) => format!(
            "{start}; that needs {}, and {} have {}",
            amount(*measure, one.needed),
            instances(system.instances()),
            best(side, &amount(*measure, one.there))
        ),
        Limit::Count(shape) => format!(
            "{start}; that is {} of {}{}, and {} have room for {}",
            copies(one.needed),
            size(shape),
            if one.who.len() == 1 { "" } else { " or more" },
            instances(system.instances()),
            best(side, &one.there.to_string())
        ),
        Limit::Tried | Limit::Percents { .. } => unreachable!("these are of no moment"),
    }
}

fn size(shape: &Shape) -> String {
    let parts = Measure::ALL.iter().filter(|measure| shape.amounts[measure.at()] > 0);
    let mut parts: Vec<String> = parts
        .map(|measure| amount(*measure, shape.amounts[measure.at()]))
        .collect();
    parts.reverse();
    parts.join(" and ")
}

/// A run into a state without moves, in short: where copies are at its end, and who waits.
pub fn run(system: &System, side: Side, course: super::system::Course, run: &[Move]) -> String {
    let Some(board) = super::board::replay(system, side, course, run) else {
        return String::new();
    };
    let waiting: Vec<usize> = (0..system.services.len()).filter(|at| !board.is_done(*at)).collect();
    let mut hosts = Vec::new();
    for host in 0..board.hosts().min(8) {
        let tasks = board.key(host);
        let parts = tasks.iter().map(|(service, new, count)| {
            let age = if *new { "new" } else { "old" };
            format!("{count} {age} `{}`", system.services[*service].name)
        });
        let parts: Vec<String> = parts.collect();
        let shown = if parts.is_empty() {
            "nothing".to_string()
        } else {
            parts.join(" + ")
        };
        hosts.push(format!(
            "instance {}: {shown}, {} free",
            host + 1,
            memory(board.free(host)[1].max(0))
        ));
    }
    if board.hosts() > 8 {
        hosts.push(format!("and {} more", board.hosts() - 8));
    }
    format!(
        "{} wait{} for room for ever once tasks have landed so: {}",
        names(system, &waiting),
        if waiting.len() == 1 { "s" } else { "" },
        hosts.join("; ")
    )
}

/// Seconds as a person says them.
pub fn seconds(seconds: i64) -> String {
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7200 => format!("{} min", (seconds + 30) / 60),
        _ => format!("{:.1} h", seconds as f64 / 3600.0),
    }
}
