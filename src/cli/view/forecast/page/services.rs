//! The services of a forecast: verdict, waves, times on one axis, why and what would help. In: rows. Out: markup.

use maud::{Markup, html};

use crate::cli::view::forecast::words::{self, Tone};
use crate::cli::view::timeline::draw::{self, percent};
use crate::cli::view::timeline::scale::Scale;
use crate::cloud::Moment;
use crate::diag::fix;
use crate::rollout::forecast::clock::Range;
use crate::rollout::forecast::outlook::Outlook;
use crate::rollout::forecast::row::Row;
use crate::rollout::forecast::whole::Forecast;
use crate::rollout::forecast::words as model;
use crate::source::Sources;

use super::{colour, tone};

/// More copies than this are not drawn one by one.
const DRAWN: i64 = 48;

/// All services.
pub(super) fn services(forecast: &Forecast, sources: &Sources) -> Markup {
    let rows: Vec<&Row> = forecast.rows().collect();
    let ends = rows.iter().flat_map(|row| [row.seconds, row.failure]).flatten();
    let longest = ends.map(|range| range.most).max().unwrap_or(0).max(60);
    // A bar never touches the edge, so that its words have room.
    let scale = Scale::new(Moment(0), Moment(longest * 1150));
    html! {
        h2 { "Services" }
        p.legend {
            span { (key("success")) "all new copies serve" }
            span { (key("failure")) "a bad revision is declared failed" }
            span { (square("key")) "a copy, by waves" }
        }
        div.rows {
            div.axis-of-times { (axis(scale)) }
            @for (number, row) in rows.iter().enumerate() {
                @let outlook = forecast.outlook.as_ref().filter(|_| !row.fargate);
                (service(row, number, outlook, scale, sources))
            }
        }
    }
}

fn key(class: &str) -> Markup {
    html! { svg.chip width="18" height="10" aria-hidden="true" { rect class=(class) y="1" width="18" height="8" rx="4" {} } }
}

fn square(class: &str) -> Markup {
    html! { svg.chip width="8" height="10" aria-hidden="true" { rect class=(class) y="1" width="8" height="8" rx="1.5" {} } }
}

fn axis(scale: Scale) -> Markup {
    html! {
        svg.track height="20" width="100%" role="img" {
            title { "time from the beginning of the rollout" }
            @for tick in scale.ticks().iter().filter(|tick| tick.at < 0.95) {
                text x=(percent(tick.at)) y="13" text-anchor=(if tick.at == 0.0 { "start" } else { "middle" }) { (tick.label) }
            }
        }
    }
}

fn service(row: &Row, number: usize, outlook: Option<&Outlook>, scale: Scale, sources: &Sources) -> Markup {
    let (word, word_tone) = words::word(row);
    let why = words::why(row, outlook);
    let help = words::help(row);
    html! {
        div class={"service " (colour(number))} {
            div.who {
                strong { (row.name) }
                span.quiet { (words::counted(row)) @if row.fargate { ", Fargate" } }
                span class={"verdict " (tone(word_tone))} { (word) }
            }
            div.waves { (waves(row)) }
            div.times { (times(row, scale)) }
            @if !why.is_empty() || help.is_some() {
                article class=(match word_tone { Tone::Bad => "bad", _ => "warning" }) {
                    @for line in why { p { (draw::words(&line)) } }
                    @if !row.ways.is_empty() { (repairs(row, sources)) }
                }
            }
            @for note in words::notes(row) { p.note { (note) } }
        }
    }
}

/// What would help, with the lines that change.
fn repairs(row: &Row, sources: &Sources) -> Markup {
    html! {
        ol.repairs {
            @for way in &row.ways {
                li {
                    (draw::words(&way.repair.words()))
                    @for line in way.fix.iter().flat_map(|fix| fix::changes(sources, fix)) {
                        div.change {
                            span.quiet { (line.place) }
                            @if let Some(old) = &line.old { del { (old) } }
                            ins { (line.new) }
                        }
                    }
                }
            }
        }
    }
}

/// The copies as squares, in the waves of the worst case.
fn waves(row: &Row) -> Markup {
    html! {
        @for (copies, waves) in &row.pace {
            @let unit = if waves.most == 1 { "wave" } else { "waves" };
            @let said = format!("{}: {} {unit}", model::copies(*copies), words::range(*waves, |count| count.to_string()));
            div.pace {
                (squares(*copies, waves.most, &said))
                small { (said) }
            }
        }
    }
}

fn squares(copies: i64, waves: i64, said: &str) -> Markup {
    if copies > DRAWN || waves < 1 {
        return html! {};
    }
    let batch = (copies + waves - 1) / waves;
    let at = |copy: i64| copy * 9 + copy / batch * 5;
    let width = at(copies - 1) + 8;
    html! {
        svg.squares width=(width) height="10" viewBox={"0 0 " (width) " 10"} role="img" {
            title { (said) }
            @for copy in 0..copies { rect x=(at(copy)) y="1" width="8" height="8" rx="1.5" {} }
        }
    }
}

fn times(row: &Row, scale: Scale) -> Markup {
    html! {
        svg.track height="38" width="100%" role="img" {
            @for tick in scale.ticks().iter().filter(|tick| tick.at < 0.95) {
                line.tick x1=(percent(tick.at)) x2=(percent(tick.at)) y1="0" y2="38" {}
            }
            @match row.seconds {
                Some(seconds) => { (bar("success", "all new copies serve after", seconds, 4, scale)) }
                None => text.quiet x="0" y="14" { "no rollout is known to end" }
            }
            @match row.failure {
                Some(failure) => { (bar("failure", "a bad revision is declared failed after", failure, 22, scale)) }
                None => text.quiet x="0" y="32" { "a bad one is never declared failed" }
            }
        }
    }
}

/// From the least to the most, with both in words behind it.
fn bar(class: &str, what: &str, range: Range, y: usize, scale: Scale) -> Markup {
    let from = scale.at(Moment(range.least * 1000));
    let to = scale.at(Moment(range.most * 1000));
    let said = words::range(range, model::seconds);
    let inside = to > 0.72;
    html! {
        g class=(class) {
            title { (what) " " (said) }
            rect.bar x=(percent(from)) width=(percent((to - from).max(0.006))) y=(y) height="12" rx="6" {}
        }
        @match inside {
            true => text.inside x=(percent(to)) dx="-8" y=(y + 10) text-anchor="end" { (said) },
            false => text x=(percent(to.max(from + 0.006))) dx="7" y=(y + 10) { (said) },
        }
    }
}
