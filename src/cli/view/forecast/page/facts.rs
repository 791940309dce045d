//! The head of a forecast: the verdict, what is counted with, what is sure and what is not. In: a forecast. Out: markup.

use maud::{Markup, html};

use crate::cli::view::forecast::words::{self, Tone};
use crate::cli::view::timeline::draw;
use crate::rollout::forecast::judge::Verdict;
use crate::rollout::forecast::outlook::{Event, Outlook, Survival};
use crate::rollout::forecast::whole::Forecast;
use crate::rollout::forecast::words as model;

use super::tone;

/// The verdict of a whole cluster, and its tone.
fn verdict(forecast: &Forecast) -> (&'static str, Tone) {
    if forecast.is_refused() {
        return ("cannot converge: refused", Tone::Bad);
    }
    let mut rows = forecast.rows();
    let joint = forecast.outlook.as_ref().map(|outlook| &outlook.at_least.joint);
    match joint {
        Some(Verdict::MayStall(_)) => ("may stall", Tone::Warning),
        Some(Verdict::Unproven(_)) => ("unproven", Tone::Warning),
        _ if rows.all(|row| row.converges()) => ("converges", Tone::Good),
        _ => ("converges, but not with any number of copies", Tone::Warning),
    }
}

/// The head.
pub(super) fn head(forecast: &Forecast) -> Markup {
    let (verdict, verdict_tone) = verdict(forecast);
    html! {
        header {
            h1 {
                span.what { (forecast.name) }
                " "
                span class={"verdict " (tone(verdict_tone))} { (verdict) }
            }
            @match &forecast.outlook {
                Some(outlook) => p.about { (words::ground(outlook)) },
                None => p.about { "on Fargate" },
            }
            @if let Some(outlook) = &forecast.outlook { (cards(outlook, forecast.minimum)) }
        }
    }
}

/// What is sure and what is not, a card each.
fn cards(outlook: &Outlook, minimum: Option<(Option<i64>, Option<i64>)>) -> Markup {
    let ends = outlook.at_least.joint == Verdict::Converges;
    let together = match (&outlook.at_least.joint, &outlook.at_most.joint) {
        (Verdict::Converges, Verdict::Converges) => Tone::Good,
        (Verdict::Cannot(_), _) if outlook.is_refused() => Tone::Bad,
        _ => Tone::Warning,
    };
    let instances = outlook.ground.instances;
    let events = if ends { words::events(outlook) } else { Vec::new() };
    html! {
        ul.cards {
            (card("all services at once", tone(together), words::together(outlook), None))
            (card("taken", "", words::load(outlook), None))
            (card("the first deployment", tone(safety(outlook.first)), first(outlook.first).to_string(), None))
            @for (what, event) in events {
                @let left = (event.left != instances).then(|| format!("{} of {instances} instances left", event.left));
                (card(what, tone(safety(event)), words::survival(event).to_string(), left))
            }
            @if let Some((least, most)) = minimum { (card("the fewest that do", "", fewest(least, most), None)) }
            @for (name, seconds) in &outlook.waits {
                (card("may be waited for", "warning", format!("`{name}`, up to {}", model::seconds(*seconds)), None))
            }
        }
    }
}

fn fewest(least: Option<i64>, most: Option<i64>) -> String {
    let show = |count: Option<i64>| count.map_or("no number".to_string(), model::instances);
    match least == most {
        true => format!("{}, a zone less included", show(least)),
        false => format!("{} with the fewest copies, {} with the most", show(least), show(most)),
    }
}

/// What becomes of the copies when none runs yet.
fn first(event: Event) -> &'static str {
    match event.survival {
        Survival::AtMost => "all copies find room",
        Survival::AtLeast => "the fewest copies find room, more not surely",
        Survival::Perhaps => "copies may find no room",
        Survival::No => "not all copies find room",
    }
}

fn safety(event: Event) -> Tone {
    match event.survival {
        Survival::AtMost => Tone::Good,
        Survival::AtLeast | Survival::Perhaps => Tone::Warning,
        Survival::No => Tone::Bad,
    }
}

fn card(what: &str, class: &str, text: String, more: Option<String>) -> Markup {
    html! {
        li class=(class) {
            small { (what) }
            span { (draw::words(&text)) }
            @if let Some(more) = more { small { (more) } }
        }
    }
}

/// What the verdicts mean.
pub(super) fn meaning(outlook: Option<&Outlook>) -> Markup {
    html! {
        details.meaning {
            summary { "What this says, and what it does not" }
            dl {
                dt { "converges" } dd { "Every run ends: whichever task goes first, wherever ECS puts it." }
                dt { "may stall" } dd { "Some run ends where nothing can move; it is shown, or the machine image decides." }
                dt { "cannot converge" } dd { "No run ends, even on the best day." }
                dt { "unproven" } dd { "None of these was found." }
            }
            @if outlook.is_some() {
                p {
                    "The pictures of instances show one placement of many; the verdicts hold for all of them. Memory is what an "
                    "instance surely registers, less what daemons take."
                }
            }
            p {
                "Times begin at what is declared, with an image that is there and a first check that passes, and end at what is "
                "declared in full, with two minutes to pull and start. The pauses of ECS between attempts are not in them, nor "
                "whether the app works."
            }
        }
    }
}
