//! A run that stalls, a picture for each move. In: a row with its witness. Out: markup.

use maud::{Markup, html};

use crate::cli::view::forecast::moves::witness;
use crate::cli::view::timeline::draw;
use crate::rollout::forecast::board::{Board, Key, Move, replay};
use crate::rollout::forecast::outlook::Outlook;
use crate::rollout::forecast::row::Row;
use crate::rollout::forecast::script::{Frame, frames};
use crate::rollout::forecast::system::{Course, Measure, Side, System};

use super::colour;

/// More instances than this are not drawn after each move.
const HOSTS: usize = 12;
/// So many moves are drawn at the beginning, and at the end.
const ENDS: usize = 16;
/// The height of an instance in pixels.
const HEIGHT: f64 = 54.0;

/// The run of a row, where there is one.
pub(super) fn run(row: &Row, outlook: &Outlook) -> Markup {
    let Some((system, run)) = witness(row, outlook) else {
        return html! {};
    };
    let (Some(frames), Some(last)) = (
        frames(system, Side::Least, Course::Rollout, run),
        replay(system, Side::Least, Course::Rollout, run),
    ) else {
        return html! {};
    };
    let middle = ENDS + 1..frames.len().saturating_sub(ENDS).max(ENDS + 1);
    html! {
        h2 { "A run in which " (row.name) " stalls, move by move" }
        p.legend {
            span.s0 { svg.chip width="10" height="10" aria-hidden="true" { rect.block.today width="10" height="10" rx="2" {} } "a copy of today" }
            span.s0 { svg.chip width="10" height="10" aria-hidden="true" { rect.block width="10" height="10" rx="2" {} } "a new copy" }
            span { "an instance is as high as the memory that it surely registers" }
        }
        ol.frames {
            @for (number, frame) in frames.iter().enumerate() {
                @if number == middle.start && !middle.is_empty() { li.more { (middle.len()) " moves more" } }
                @if !middle.contains(&number) { (drawn(system, frame, number)) }
            }
            li.end { (draw::words(&end(system, &last))) }
        }
    }
}

/// Why nothing moves in the end.
fn end(system: &System, board: &Board) -> String {
    let waiting = (0..system.services.len()).filter(|at| !board.is_done(*at) && board.may_start(*at));
    let memory = Measure::Memory.at();
    let most = (0..board.hosts())
        .map(|host| board.free(host)[memory])
        .max()
        .unwrap_or(0)
        .max(0);
    let waiting: Vec<String> = waiting
        .map(|at| {
            let one = &system.services[at];
            let size = one.new.amounts[memory];
            match size > most {
                true => format!(
                    "a new copy of `{}` wants {size} MiB, and no instance has more than {most} MiB free",
                    one.name
                ),
                false => format!("no instance has all at once that a new copy of `{}` wants", one.name),
            }
        })
        .collect();
    format!("Nothing can move: {}.", waiting.join("; "))
}

fn drawn(system: &System, frame: &Frame, number: usize) -> Markup {
    let said = match frame.step {
        Some(step) => format!("{number}. {}", step.words(system)),
        None => "today".to_string(),
    };
    html! {
        li {
            @if frame.hosts.len() <= HOSTS {
                div.bins { @for (host, key) in frame.hosts.iter().enumerate() { (instance(system, key, host, frame.step)) } }
            }
            small { (draw::words(&said)) }
        }
    }
}

fn instance(system: &System, key: &Key, host: usize, step: Option<Move>) -> Markup {
    let mut counted = system
        .groups
        .iter()
        .flat_map(|group| (0..group.count).map(move |_| group));
    let has = counted
        .nth(host)
        .map_or(1, |group| group.least[Measure::Memory.at()])
        .max(1);
    let moved = step.is_some_and(|step| step.host() == host);
    let mut top = HEIGHT + 2.0;
    let mut blocks = Vec::new();
    for (service, new, count) in key {
        let one = &system.services[*service];
        let shape = if *new { &one.new } else { &one.old };
        let height = HEIGHT * shape.amounts[Measure::Memory.at()] as f64 / has as f64;
        for _ in 0..*count {
            top -= height;
            blocks.push((*service, *new, top, height));
        }
    }
    html! {
        svg width="26" height=(HEIGHT + 4.0) role="img" class=(if moved { "moved" } else { "" }) {
            title { "instance " (host + 1) }
            rect.bin x="2" y="2" width="22" height=(HEIGHT) rx="2" {}
            @for (service, new, y, height) in blocks {
                g class=(colour(service)) {
                    rect class=(if new { "block" } else { "block today" }) x="3" width="20" rx="1.5"
                        y=(format!("{:.1}", y + 0.5)) height=(format!("{:.1}", (height - 1.0).max(1.0))) {}
                }
            }
        }
    }
}
