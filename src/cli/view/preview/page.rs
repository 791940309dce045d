//! A plan as one page for a browser: what is grave first, then the stages in their order with what changes in each, value by
//! value, then what the rollout will do. In: a report, a forecast. Out: markup that needs nothing else; all text is escaped by
//! `maud`.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::cli::view::plain::printable;
use crate::cli::view::{forecast, timeline};
use crate::plan::consequence::{Consequence, Effect};
use crate::plan::edit::{Edit, HIDDEN, Recreates};
use crate::plan::preview::{StackPreview, StagePreview};
use crate::plan::stakes::Sort;

use super::heading;
use super::report::{self, Report, Told, Tone, Touched};

/// What is not in the style of all pages; all of it is for what stands in `.plan`.
const STYLE: &str = include_str!("page.css");

/// So many letters of a value are shown.
const VALUE: usize = 4000;

/// The whole page.
pub(in crate::cli) fn page(report: &Report) -> String {
    let (tone, verdict) = report.verdict();
    let grave = report.grave();
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Plan for " (report.subject) ": " (report.totals()) }
                style { (PreEscaped(timeline::STYLE)) (PreEscaped(forecast::STYLE)) (PreEscaped(STYLE)) }
            }
            body.planned {
                div.plan {
                    header {
                        p.about {
                            "Plan for " strong { (report.subject) } " · account " (report.account.number) " · "
                            (report.account.region)
                        }
                        h1 { (report.totals()) }
                        p class={"verdict " (word(tone))} { (words(&verdict)) }
                        p.about { (report.ending()) }
                    }
                    @if !grave.is_empty() { (first(&grave)) }
                    (stages(report))
                    @for (number, stage) in report.stages().iter().enumerate() {
                        @if let StagePreview::Stack(seen) = stage {
                            @if seen.changes() || !report::remarks(seen).is_empty() { (stack(seen, number)) }
                        }
                    }
                }
                // A drawing brings a style of its own.
                @for one in &report.told {
                    div.plan { (told(one)) }
                    @if let Some(drawn) = &one.drawn { (drawn) }
                }
                div.plan {
                    @if !report.preview.left.is_empty() {
                        section {
                            h2 { "Not deleted" }
                            @for left in &report.preview.left { p.bad { (printable(left)) } }
                        }
                    }
                    footer {
                        "drawn by loadline · "
                        @if report.preview.stacks().any(has_hidden) {
                            (HIDDEN) " stands for values of environment variables and for secrets · "
                        }
                        "nothing of this was done yet"
                    }
                }
            }
        }
    };
    // Codes that a terminal would obey are nothing to a page.
    let is_code = |letter: char| letter.is_control() && letter != '\n';
    markup.into_string().replace(is_code, " ")
}

fn told(one: &Told) -> Markup {
    html! {
        section.told {
            h2 { (one.title) }
            p.about { (one.about) }
            // What is drawn says the same.
            @if one.drawn.is_none() { pre { (one.text) } }
        }
    }
}

fn has_hidden(stack: &StackPreview) -> bool {
    let mut edits = stack.consequences.iter().flat_map(|one| &one.edits);
    edits.any(|edit| {
        [&edit.before, &edit.after]
            .into_iter()
            .flatten()
            .any(|text| text.contains(HIDDEN))
    })
}

/// A sentence; what stands in backticks is a name.
fn words(text: &str) -> Markup {
    let text = printable(text);
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

fn word(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Warning => "warning",
        Tone::Bad => "bad",
    }
}

/// The colour of an effect.
fn hue(effect: Effect) -> &'static str {
    match effect {
        Effect::Replaced | Effect::Removed => "bad",
        Effect::MayBeReplaced => "warning",
        Effect::Changed => "changed",
        Effect::Added => "good",
    }
}

fn mark(effect: Effect) -> Markup {
    let sign = heading(effect).2.replace('-', "−");
    html! { span class={"mark " (hue(effect))} aria-hidden="true" { (sign) } }
}

/// The name by which a resource is linked to.
fn anchor(stack: &str, one: &Consequence) -> String {
    format!("{stack}.{}", one.logical)
}

/// What to look at first.
fn first(grave: &[Touched]) -> Markup {
    html! {
        section.first {
            h2 { "Look at this first" }
            ul {
                @for (stack, one) in grave {
                    li class=(hue(one.effect)) {
                        p {
                            (mark(one.effect))
                            a href={"#" (anchor(&stack.stack, one))} { code { (one.logical) } }
                            " "
                            span.quiet {
                                (what(one.effect))
                                @if let Some(owner) = &one.owner { " · " (words(owner)) }
                                " · " (stack.stack)
                            }
                            (place(one))
                        }
                        (stakes(one))
                    }
                }
            }
        }
    }
}

fn what(effect: Effect) -> String {
    match effect {
        Effect::MayBeReplaced => heading(effect).0.to_string(),
        effect => format!("is {}", heading(effect).0),
    }
}

fn place(one: &Consequence) -> Markup {
    html! { @if let Some(place) = &one.place { span.place { (place) } } }
}

fn stakes(one: &Consequence) -> Markup {
    html! {
        @for stake in &one.stakes {
            p.stake {
                span class={"class " (match stake.sort {
                    Sort::Data => "bad",
                    Sort::Downtime => "warning",
                    Sort::Room => "plain",
                })} { (report::class(stake.sort)) }
                " " (words(&stake.text))
            }
        }
    }
}

/// The order in which all happens.
fn stages(report: &Report) -> Markup {
    html! {
        section {
            h2 { "In this order" }
            ol.stages {
                @for (number, stage) in report.stages().iter().enumerate() {
                    li {
                        @match stage {
                            StagePreview::Stack(seen) => {
                                @let (tone, state) = report::state(seen);
                                span.sort { "stack" }
                                @if seen.changes() {
                                    a.name href={"#stage" (number)} { (seen.stack) }
                                } @else {
                                    span.name { (seen.stack) }
                                }
                                span.counts {
                                    @if tone != Tone::Good || !seen.changes() {
                                        span class={(word(tone)) " quiet"} { (state) } " "
                                    }
                                    @for effect in Effect::ALL {
                                        @let count = seen.consequences.iter().filter(|one| one.effect == effect).count();
                                        @if count > 0 {
                                            span.count { (mark(effect)) (count) " " (heading(effect).0) }
                                        }
                                    }
                                }
                            }
                            StagePreview::Image { repository, image, digest, place } => {
                                @let (tone, said) = report::image(repository, image, digest.as_deref(), report.account);
                                span.sort { "image" }
                                span.name { (repository) }
                                span.counts {
                                    span class={(word(tone)) " quiet"} { (words(&said)) }
                                    @if tone != Tone::Good { " " span.place { (place) } }
                                }
                            }
                            StagePreview::Task { app, name, before, place } => {
                                span.sort { "task" }
                                span.name { (app) ": " (name) }
                                span.counts { span.quiet { (report::runs(*before)) } " " span.place { (place) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn stack(seen: &StackPreview, number: usize) -> Markup {
    let (tone, state) = report::state(seen);
    html! {
        section.stack id={"stage" (number)} {
            h2 { span.sort { "stack" } " " (seen.stack) " " span class={"state " (word(tone))} { (state) } }
            @for remark in report::remarks(seen) { p.about { (words(&remark)) } }
            @for effect in Effect::ALL {
                @let all = report::through(seen, effect);
                @if !all.is_empty() {
                    @if effect == Effect::Added { (added(&all)) } @else {
                        h3 { (mark(effect)) (heading(effect).0) " " span.quiet { (all.len()) } }
                        @for one in all { (resource(&seen.stack, one)) }
                    }
                }
            }
        }
    }
}

/// What is new stands in the spec: it is listed, and folded.
fn added(all: &[&Consequence]) -> Markup {
    html! {
        details.added {
            summary { h3 { (mark(Effect::Added)) (heading(Effect::Added).0) " " span.quiet { (all.len()) } } }
            table {
                @for one in all {
                    tr {
                        td { code { (one.logical) } }
                        td.quiet { (kind(one)) }
                        td.quiet { @if let Some(owner) = &one.owner { (words(owner)) } }
                        td { (place(one)) }
                    }
                }
            }
        }
    }
}

fn kind(one: &Consequence) -> String {
    match &one.note {
        Some(note) => format!("{} ({note})", one.kind),
        None => one.kind.clone(),
    }
}

fn resource(stack: &str, one: &Consequence) -> Markup {
    let title = match one.edits.len() {
        0 => "why".to_string(),
        1 => "1 value".to_string(),
        many => format!("{many} values"),
    };
    html! {
        article id=(anchor(stack, one)) class=(hue(one.effect)) {
            p {
                code { (one.logical) }
                " "
                span.quiet {
                    (kind(one))
                    @if let Some(owner) = &one.owner { " · " (words(owner)) }
                }
                (place(one))
            }
            (stakes(one))
            @if !one.edits.is_empty() || !one.causes.is_empty() {
                details {
                    summary { (title) }
                    @if !one.edits.is_empty() {
                        table.edits {
                            thead { tr { th { "value" } th { "before" } th { "after" } } }
                            tbody { @for edit in &one.edits { (row(edit)) } }
                        }
                    }
                    @for cause in &one.causes { p.about { "because of " (words(cause)) } }
                }
            }
        }
    }
}

fn row(edit: &Edit) -> Markup {
    let value = |value: &Option<String>| {
        html! {
            @match value {
                Some(text) if text == HIDDEN => span.quiet { (text) },
                Some(text) => code { (shortened(text)) },
                None if edit.before.is_none() && edit.after.is_none() => span.quiet { "not known yet" },
                None => span.quiet { "nothing" },
            }
        }
    };
    html! {
        tr {
            td {
                code { (edit.property) }
                @match edit.recreates {
                    Some(Recreates::Surely) => { " " span.class.bad { "makes it anew" } },
                    Some(Recreates::Perhaps) => { " " span.class.warning { "may make it anew" } },
                    None => {}
                }
            }
            td.before { (value(&edit.before)) }
            td.after { (value(&edit.after)) }
        }
    }
}

fn shortened(text: &str) -> String {
    let count = text.chars().count();
    if count <= VALUE {
        return text.to_string();
    }
    let kept: String = text.chars().take(VALUE).collect();
    format!("{kept}… and {} letters more", count - VALUE)
}
