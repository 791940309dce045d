//! The picture as HTML: pictures are SVG as wide as the page, words are HTML, so that words are cut off and never overlap.
//! In: a [`Scene`]. Out: markup; all text is escaped by `maud`.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::cli::view::summary;
use crate::cloud::span_of_time;
use crate::deploy::watch::{Level, Outcome, Verdict};

use super::STYLE;
use super::bars::{Bar, Lane};
use super::charts::{self, Chart};
use super::scale::Span;
use super::scene::{Mark, Scene, StageBar};
use super::trace::{Standing, Trace};

/// How many colours there are for services.
const COLOURS: usize = 6;

/// The height of a chart in pixels.
const CHART: usize = 64;

/// The whole page.
pub(super) fn page(scene: &Scene, trace: &Trace) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (scene.title) ": " (verdict(scene.outcome)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (patterns())
                (head(scene, trace))
                div.time {
                    (grid(scene))
                    (axis(scene))
                    (stages(scene))
                    (marks(scene))
                    (services(scene))
                    (places(scene))
                }
                (causes(scene))
                (story(scene, trace))
                footer { "drawn by loadline · a bar says more when pointed at" }
            }
        }
    }
}

/// A sentence; what stands in backticks is a name.
pub(in crate::cli::view) fn words(text: &str) -> Markup {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return html! { (text) };
    }
    html! {
        @for (number, part) in parts.into_iter().enumerate() {
            @if number % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// A share, as CSS and SVG have it.
pub(in crate::cli::view) fn percent(share: f64) -> String {
    let text = format!("{:.2}", share * 100.0);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

/// The width of a part; what took no time is still seen.
fn width(span: Span) -> String {
    percent((span.to - span.from).max(0.0015))
}

fn verdict(outcome: Option<Outcome>) -> &'static str {
    outcome.map_or("under way", Outcome::words)
}

/// Hatching in the colour of the page, for bars of any colour.
fn patterns() -> Markup {
    html! {
        svg.patterns aria-hidden="true" {
            defs {
                pattern #hatch width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                    rect.thread width="2.2" height="5" {}
                }
            }
        }
    }
}

fn head(scene: &Scene, trace: &Trace) -> Markup {
    let view = &trace.view;
    let tone = match scene.outcome {
        Some(Outcome::Done) => "good",
        None | Some(Outcome::Deadline | Outcome::Waits | Outcome::Interrupted | Outcome::Detached) => "warning",
        Some(_) => "bad",
    };
    let took = span_of_time(view.now.since(view.began));
    html! {
        header {
            h1 {
                span.what { (scene.title) }
                " "
                span class={"verdict " (tone)} { (verdict(scene.outcome)) }
                " "
                span.took { "after " (took) }
            }
            p.about { (scene.about.join(" · ")) }
            @if let Some(mark) = scene.marks.iter().find(|mark| mark.serious).filter(|_| tone != "good") {
                p.why { strong { (mark.cause.subject) } ": " (words(&mark.cause.headline())) }
            }
            @let told: Vec<_> = view.services.iter().enumerate().filter(|(_, one)| summary::ending(one).is_some()).collect();
            @if !told.is_empty() {
                ul.services {
                    @for (number, service) in told {
                        li class=(colour(Some(number))) {
                            strong { (service.name()) }
                            span class=(match &service.verdict {
                                Some(Verdict::Serving { .. } | Verdict::Settled) => "good",
                                Some(Verdict::Superseded { .. }) => "warning",
                                _ => "bad",
                            }) { (summary::ending(service).unwrap_or_default()) }
                            @if let Some(change) = charts::revisions(service) { small { (change) } }
                        }
                    }
                }
            }
        }
    }
}

/// The lines of the ticks, and of the causes that the deployment failed of, through all that stands on the axis.
fn grid(scene: &Scene) -> Markup {
    html! {
        svg.grid aria-hidden="true" {
            @for tick in &scene.ticks { line x1=(percent(tick.at)) x2=(percent(tick.at)) y1="0" y2="100%" {} }
            @for mark in scene.marks.iter().filter(|mark| mark.serious) {
                line.bad x1=(percent(mark.span.from)) x2=(percent(mark.span.from)) y1="0" y2="100%" {}
            }
        }
    }
}

fn axis(scene: &Scene) -> Markup {
    let anchor = |at: f64| match at {
        0.0 => "start",
        1.0 => "end",
        _ => "middle",
    };
    row(
        "axis",
        html! {},
        22,
        html! {
            @for tick in &scene.ticks {
                text x=(percent(tick.at)) y="15" text-anchor=(anchor(tick.at)) { (tick.label) }
            }
        },
    )
}

/// A row: words on the left, a picture on the axis.
fn row(class: &str, name: Markup, height: usize, picture: Markup) -> Markup {
    html! {
        div class={"row " (class)} {
            div.name { (name) }
            svg.track height=(height) role="img" { (picture) }
        }
    }
}

fn stages(scene: &Scene) -> Markup {
    html! {
        h2 { "Stages" }
        @for stage in &scene.stages {
            (row("stage", html! { span.tail title=(stage.name) { bdi { (stage.name) } } }, 20, stage_bar(stage)))
        }
    }
}

fn stage_bar(stage: &StageBar) -> Markup {
    let Some(span) = stage.span else {
        return html! { text.quiet x="0" y="14" { (stage.took) } };
    };
    let class = if stage.failed { "bad" } else { "good" };
    // The duration stands where there is room: behind the bar, before it, or in it.
    let (x, dx, anchor, class_of_text) = match (span.to < 0.88, span.from > 0.12) {
        (true, _) => (span.to, "7", "start", "quiet"),
        (false, true) => (span.from, "-7", "end", "quiet"),
        (false, false) => (span.to, "-6", "end", "inside"),
    };
    html! {
        g class=(class) {
            title { (stage.about) }
            @if span.to - span.from < 0.002 {
                circle cx=(percent(span.from)) cy="10" r="3" {}
            } @else {
                rect x=(percent(span.from)) width=(width(span)) y="5" height="10" rx="2" {}
            }
        }
        text class=(class_of_text) x=(percent(x)) dx=(dx) y="14" text-anchor=(anchor) { (stage.took) }
    }
}

fn marks(scene: &Scene) -> Markup {
    html! {
        @if !scene.marks.is_empty() {
            h2 { (if scene.marks.iter().any(|mark| mark.serious) { "What went wrong" } else { "Worth knowing" }) }
            @for (mark, number) in scene.marks.iter().zip(1..) {
                @let name = html! {
                    a href={"#cause-" (number)} title={(mark.cause.subject) ": " (mark.cause.name)} {
                        (mark.cause.subject) " " span.quiet { (mark.cause.name) }
                    }
                };
                (row("mark", name, 20, mark_on_axis(mark, number)))
            }
        }
    }
}

fn mark_on_axis(mark: &Mark, number: usize) -> Markup {
    let class = if mark.serious { "bad" } else { "warning" };
    html! {
        g class=(class) {
            title { (mark.cause.headline()) }
            line x1=(percent(mark.span.from)) x2=(percent(mark.span.to)) y1="10" y2="10" {}
            circle cx=(percent(mark.span.from)) cy="10" r="7.5" {}
            text x=(percent(mark.span.from)) y="13.5" text-anchor="middle" { (number) }
        }
    }
}

fn services(scene: &Scene) -> Markup {
    html! {
        @if !scene.charts.is_empty() {
            h2 { "Healthy tasks" }
            @let old = scene.charts.iter().any(|(_, chart)| chart.steps.iter().any(|step| step.old > 0));
            @let entries = [("old", "the revision before"), ("new", "the new revision"), ("there", "there, not healthy"), ("bound", "bounds")];
            (legend(&entries[usize::from(!old)..]))
            @for (number, chart) in &scene.charts {
                @let name = html! {
                    strong title=(chart.name) { (chart.name) }
                    small title=(chart.about) { (chart.about) }
                    small title=(chart.bounds) { (chart.bounds) }
                };
                (row(&format!("chart {}", colour(Some(*number))), name, CHART, chart_areas(chart)))
            }
        }
    }
}

fn chart_areas(chart: &Chart) -> Markup {
    let Chart { steps, top, .. } = chart;
    html! {
        svg viewBox="0 0 1000 100" preserveAspectRatio="none" width="100%" height=(CHART - 12) y="6" {
            title { (chart.name) ": " (chart.bounds) }
            path.there d=(charts::area(steps, *top, |_| 0, |step| step.all)) {}
            path.old d=(charts::area(steps, *top, |_| 0, |step| step.old)) {}
            path.new d=(charts::area(steps, *top, |step| step.old, |step| step.old + step.new)) {}
            line.floor x1="0" x2="1000" y1="100" y2="100" {}
            @if let Some(path) = charts::line(steps, *top, |step| step.lower) { path.bound d=(path) {} }
            @if let Some(path) = charts::line(steps, *top, |step| step.upper) { path.bound d=(path) {} }
        }
    }
}

/// Swatches with words.
fn legend(entries: &[(&str, &str)]) -> Markup {
    html! {
        p.legend {
            @for (class, words) in entries {
                span {
                    svg.swatch width="18" height="10" aria-hidden="true" {
                        @match *class {
                            "bound" => { line.bound x1="0" x2="18" y1="5" y2="5" {} }
                            "came" | "lost" => { line class=(class) x1="9" x2="9" y1="0" y2="10" {} }
                            _ => {
                                rect class=(class) width="18" height="10" rx="2" {}
                                @if *class == "coming" || *class == "failed" { rect.hatch width="18" height="10" rx="2" {} }
                            }
                        }
                    }
                    (words)
                }
            }
        }
    }
}

fn places(scene: &Scene) -> Markup {
    let rows = scene
        .zones
        .iter()
        .flat_map(|zone| &zone.lanes)
        .map(|lane| lane.rows)
        .sum::<usize>();
    // Many tasks stand closer.
    let thick = match rows {
        0..=60 => 9,
        61..=160 => 6,
        _ => 4,
    };
    let lanes = || scene.zones.iter().flat_map(|zone| &zone.lanes).chain(&scene.waiting);
    let has = |wanted: &dyn Fn(&Lane) -> bool| lanes().any(wanted);
    let standing = |wanted: Standing| has(&|lane| lane.states.iter().any(|(_, state)| *state == Some(wanted)));
    let of_bars = |wanted: &dyn Fn(&Bar) -> bool| has(&|lane| lane.bars.iter().any(wanted));
    let service = |bar: &Bar| bar.service.is_some();
    let entries = [
        (of_bars(&|bar| service(bar) && !bar.new), ("old", "before")),
        (of_bars(&|bar| service(bar) && bar.new), ("new", "new")),
        (of_bars(&|bar| !bar.unwell.is_empty()), ("coming", "not healthy yet")),
        (of_bars(&|bar| bar.leaving.is_some()), ("leaving", "stops")),
        (of_bars(&|bar| bar.failed), ("failed", "failed")),
        (of_bars(&|bar| !service(bar)), ("once", "runs once")),
        (has(&|lane| lane.came.is_some()), ("came", "instance came")),
        (standing(Standing::Draining), ("draining", "instance is emptied")),
        (standing(Standing::Silent), ("silent", "agent is silent")),
        (
            has(&|lane| lane.gone.is_some_and(|(_, lost)| lost)),
            ("lost", "instance lost"),
        ),
    ];
    let entries: Vec<_> = entries
        .into_iter()
        .filter(|(is_there, _)| *is_there)
        .map(|(_, entry)| entry)
        .collect();
    html! {
        @if !scene.zones.is_empty() || scene.waiting.is_some() {
            h2 { "Tasks, where they run" }
            (legend(&entries))
            @if let Some(waiting) = &scene.waiting {
                h3 { "waiting for room" }
                (lane_row(waiting, thick))
            }
            @for zone in &scene.zones {
                h3 { (if zone.name.is_empty() { "no zone" } else { &zone.name }) }
                @for lane in &zone.lanes { (lane_row(lane, thick)) }
            }
        }
    }
}

fn lane_row(lane: &Lane, thick: usize) -> Markup {
    let step = thick + if thick > 4 { 2 } else { 1 };
    let height = (lane.rows * step + 6).max(18);
    let top = (height - lane.rows * step).div_ceil(2);
    let name = html! { span title=(lane.about) { (lane.name) } };
    row(
        "lane",
        name,
        height,
        html! {
            @for (span, standing) in &lane.states {
                @let class = match standing {
                    Some(Standing::Draining) => "ground draining",
                    Some(Standing::Silent) => "ground silent",
                    _ => "ground",
                };
                rect class=(class) x=(percent(span.from)) width=(width(*span)) y="1" height=(height - 2) rx="2" {
                    title { (lane.about) }
                }
            }
            @for bar in &lane.bars { (task(bar, top + bar.row * step, thick)) }
            @if let Some(came) = lane.came {
                line.came x1=(percent(came)) x2=(percent(came)) y1="1" y2=(height - 1) { title { "the instance came" } }
            }
            @if let Some((gone, lost)) = lane.gone {
                @let class = if lost { "lost" } else { "left" };
                line class=(class) x1=(percent(gone)) x2=(percent(gone)) y1="1" y2=(height - 1) {
                    title { (if lost { "the instance was lost" } else { "the instance was taken away" }) }
                }
            }
        },
    )
}

fn task(bar: &Bar, y: usize, thick: usize) -> Markup {
    let revision = if bar.new { "new" } else { "old" };
    let class = format!("task {revision} {}", colour(bar.service));
    let class = if bar.service.is_none() {
        "task once".to_string()
    } else {
        class
    };
    let part = |span: Span, class: &str| {
        html! { rect class=(class) x=(percent(span.from)) width=(width(span)) y=(y) height=(thick) rx="1.5" {} }
    };
    html! {
        g class=(class) {
            title { (bar.title) }
            (part(bar.span, ""))
            @if let Some(span) = bar.wrong.filter(|_| bar.failed) { (part(span, "failed")) }
            @for span in &bar.unwell { (part(*span, "hatch")) }
            @if let Some(span) = bar.leaving { (part(span, "leaving")) }
            @if bar.failed && !bar.open {
                line.end x1=(percent(bar.span.to)) x2=(percent(bar.span.to)) y1=(y) y2=(y + thick) {}
            }
        }
    }
}

fn colour(service: Option<usize>) -> String {
    service
        .map(|number| format!("s{}", number % COLOURS))
        .unwrap_or_default()
}

fn causes(scene: &Scene) -> Markup {
    html! {
        @if !scene.marks.is_empty() {
            section.causes {
                h2 { "Why, and what to do" }
                @for (mark, number) in scene.marks.iter().zip(1..) {
                    article id={"cause-" (number)} class=(if mark.serious { "bad" } else { "warning" }) {
                        (cause(scene, mark, number))
                    }
                }
            }
        }
    }
}

fn cause(scene: &Scene, mark: &Mark, number: usize) -> Markup {
    let cause = &mark.cause;
    let (first, last) = (scene.scale.time(cause.first), scene.scale.time(cause.last));
    let often = match (cause.tasks.len(), cause.count) {
        (0, 1) | (1, _) => format!("once, at {first}"),
        (0, count) => format!("{count} times, from {first} to {last}"),
        (tasks, _) => format!("{tasks} tasks, from {first} to {last}"),
    };
    html! {
        h3 {
            span.number { (number) }
            (cause.subject) " " span.quiet { (cause.name) }
            span.often { (often) }
        }
        p { (words(&cause.means)) }
        dl {
            @if !cause.quote.is_empty() && cause.quote != cause.means { dt { "AWS says" } dd { q { (cause.quote) } } }
            @if !cause.log.is_empty() {
                dt { "its log" }
                dd { pre { @for line in &cause.log { (line.text.trim_end()) "\n" } } }
            }
            @if let Some(place) = &cause.place { dt { "your line" } dd { code { (place) } } }
            @if !cause.remedy.is_empty() { dt { "to do" } dd { (words(&cause.remedy)) } }
        }
    }
}

fn story(scene: &Scene, trace: &Trace) -> Markup {
    html! {
        details.story {
            summary { "The story, line by line" }
            table {
                @for said in trace.said.iter().filter(|said| said.level != Level::Quiet) {
                    tr class=(match said.level {
                        Level::Bad => "bad",
                        Level::Warning => "warning",
                        Level::Good => "good",
                        _ => "",
                    }) {
                        td { (scene.scale.time(said.at)) }
                        td { (said.subject) }
                        td { (words(&said.text)) }
                    }
                }
            }
        }
    }
}
