//! How a plan looks: consequences, the gravest first. In: a preview. Out: text for a person, or JSON with a version.

pub(in crate::cli) mod annotations;
mod fitted;
pub(in crate::cli) mod markdown;
pub(in crate::cli) mod page;
pub(in crate::cli) mod report;
#[cfg(test)]
mod tests;

use serde_json::json;

use super::drift;
use super::rollouts;
use crate::plan::consequence::{Consequence, Effect};
use crate::plan::edit::{Edit, Recreates};
use crate::plan::preview::{Preview, StackPreview, StagePreview};
use crate::plan::stakes::Sort;
use report::Tone;

/// The version of the JSON shape.
const VERSION: u32 = 1;

/// So many columns of a value are shown.
const VALUE: usize = 100;

/// Which account was looked at.
pub(in crate::cli) struct Account {
    pub number: String,
    pub region: String,
}

/// The heading, the colour and the mark of an effect.
fn heading(effect: Effect) -> (&'static str, &'static str, &'static str) {
    match effect {
        Effect::Replaced => ("replaced", "31", "±"),
        Effect::MayBeReplaced => ("may be replaced", "33", "±"),
        Effect::Removed => ("removed", "31", "-"),
        Effect::Changed => ("changed in place", "33", "~"),
        Effect::Added => ("added", "32", "+"),
    }
}

/// A plan for a person.
pub(in crate::cli) fn text(preview: &Preview, account: &Account, width: usize) -> String {
    let mut text = format!("account {}, {}\n", account.number, account.region);
    for stage in &preview.stages {
        text.push_str(&match stage {
            StagePreview::Stack(seen) => stack(seen, width) + &newer(preview, seen, width),
            StagePreview::Image {
                repository,
                image,
                digest: Some(digest),
                ..
            } => {
                let tag = if image.is_empty() { "pushed last" } else { image };
                format!("\n\u{1b}[1mimage {repository}\u{1b}[0m  {digest} ({tag})\n")
            }
            StagePreview::Image {
                repository,
                image,
                place,
                ..
            } => missing(repository, image, account) + &format!("    \u{1b}[34m-->\u{1b}[0m {place}\n"),
            StagePreview::Task { app, name, before, .. } => {
                let when = if *before { "before" } else { "after" };
                format!("\n\u{1b}[1mtask {app}: {name}\u{1b}[0m  runs once, {when} the services change\n")
            }
        });
    }
    text.push_str(&drift::section(preview, width));
    text.push_str(&rollouts::text(preview, width));
    text.push_str(&summary(preview));
    text.push_str(&rollouts::refusal(preview));
    for left in &preview.left {
        text.push_str(&format!("\u{1b}[31mnot deleted:\u{1b}[0m {left}\n"));
    }
    text
}

fn missing(repository: &str, image: &str, account: &Account) -> String {
    let tag = match image {
        "" => "1",
        digest if digest.starts_with("sha256:") => {
            return format!("\n\u{1b}[1mimage {repository}\u{1b}[0m  \u{1b}[31mthere is no image {digest}\u{1b}[0m\n");
        }
        tag => tag,
    };
    let what = if image.is_empty() { "no image" } else { "no such image" };
    let registry = format!("{}.dkr.ecr.{}.amazonaws.com", account.number, account.region);
    format!(
        "\n\u{1b}[1mimage {repository}\u{1b}[0m  \u{1b}[31mthere is {what} in it\u{1b}[0m\n    \
         push one: docker push {registry}/{repository}:{tag}\n"
    )
}

/// That there is a newer machine image than the one that is deployed.
fn newer(preview: &Preview, seen: &StackPreview, width: usize) -> String {
    let mut text = String::new();
    for newer in preview.newer.iter().filter(|newer| newer.stack == seen.stack) {
        let line = format!(
            "new instances start from {}; {} is newer, and `loadline update-ami` rolls to it",
            newer.runs, newer.newest
        );
        paragraph(&mut text, &line, width);
    }
    text
}

fn stack(seen: &StackPreview, width: usize) -> String {
    let state = match report::state(seen) {
        (Tone::Bad, state) => format!("\u{1b}[31m{state}\u{1b}[0m"),
        (_, state) => state.to_string(),
    };
    let mut text = format!("\n\u{1b}[1mstack {}\u{1b}[0m  {state}\n", seen.stack);
    for remark in report::remarks(seen) {
        paragraph(&mut text, &remark, width);
    }
    for effect in Effect::ALL {
        let all: Vec<&Consequence> = seen.consequences.iter().filter(|one| one.effect == effect).collect();
        if all.is_empty() {
            continue;
        }
        let (name, colour, _) = heading(effect);
        text.push_str(&format!("  \u{1b}[{colour}m{name}\u{1b}[0m\n"));
        let widest = |text: fn(&Consequence) -> &str| all.iter().map(|one| text(one).len()).max().unwrap_or(0);
        let columns = [widest(|one| &one.logical).min(40), widest(|one| &one.kind).min(40)];
        for one in all {
            text.push_str(&resource(one, columns, width));
        }
    }
    text
}

/// What the values of other stacks may change, not more names than can be read.
pub(super) fn paragraph(text: &mut String, what: &str, width: usize) {
    for line in textwrap::wrap(
        what,
        textwrap::Options::new(width.saturating_sub(2).max(30)).break_words(false),
    ) {
        text.push_str(&format!("  {line}\n"));
    }
}

fn resource(one: &Consequence, columns: [usize; 2], width: usize) -> String {
    let [first, second] = columns;
    let (_, colour, mark) = heading(one.effect);
    let kind = one
        .note
        .as_ref()
        .map_or(one.kind.clone(), |note| format!("{} ({note})", one.kind));
    let mut text = format!("  \u{1b}[{colour}m{mark}\u{1b}[0m {:first$}  ", one.logical);
    text.push_str(&match &one.owner {
        Some(owner) => format!("{kind:second$}  \u{1b}[2m{owner}\u{1b}[0m\n"),
        None => format!("{kind}\n"),
    });
    // What is new is as it stands in the spec.
    if one.effect == Effect::Added {
        return text;
    }
    for stake in &one.stakes {
        let colour = match stake.sort {
            Sort::Data => "1;31",
            Sort::Downtime => "31",
            Sort::Room => "33",
        };
        for line in textwrap::wrap(&stake.text, textwrap::Options::new(width.saturating_sub(6).max(30))) {
            text.push_str(&format!("      \u{1b}[{colour}m{line}\u{1b}[0m\n"));
        }
    }
    for edit in &one.edits {
        text.push_str(&format!("      {}\n", line(edit)));
    }
    for cause in &one.causes {
        text.push_str(&format!("      \u{1b}[2mbecause of {cause}\u{1b}[0m\n"));
    }
    if let Some(place) = &one.place {
        text.push_str(&format!("      \u{1b}[34m-->\u{1b}[0m {place}\n"));
    }
    text
}

fn line(edit: &Edit) -> String {
    let recreates = match edit.recreates {
        Some(Recreates::Surely) => "  \u{1b}[31m(makes it anew)\u{1b}[0m",
        Some(Recreates::Perhaps) => "  \u{1b}[33m(may make it anew)\u{1b}[0m",
        None => "",
    };
    let property = &edit.property;
    let shown = match (&edit.before, &edit.after) {
        (Some(before), Some(after)) => format!("{property}: {} → {}", shortened(before), shortened(after)),
        (Some(before), None) => format!("{property}: {} → nothing", shortened(before)),
        (None, Some(after)) => format!("{property}: nothing → {}", shortened(after)),
        (None, None) => property.clone(),
    };
    shown + recreates
}

pub(super) fn shortened(value: &str) -> String {
    let value = value.replace('\n', "⏎");
    if value.chars().count() <= VALUE {
        return value;
    }
    let kept: String = value.chars().take(VALUE - 1).collect();
    format!("{kept}…")
}

/// What all of it adds up to.
fn summary(preview: &Preview) -> String {
    if !preview.changes() {
        return "\nno stack changes\n".to_string();
    }
    let counts = Effect::ALL
        .iter()
        .map(|effect| (preview.count(*effect), heading(*effect)));
    let counts = counts.filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts
        .map(|(count, (name, colour, _))| format!("\u{1b}[{colour}m{count} {name}\u{1b}[0m"))
        .collect();
    let stakes = preview
        .stacks()
        .flat_map(|stack| &stack.consequences)
        .flat_map(|one| &one.stakes);
    let data = stakes.filter(|stake| stake.sort == Sort::Data).count();
    let risk = match data {
        0 => String::new(),
        1 => "; \u{1b}[1;31mdata of 1 resource is at risk\u{1b}[0m".to_string(),
        many => format!("; \u{1b}[1;31mdata of {many} resources is at risk\u{1b}[0m"),
    };
    format!("\n{}{risk}\n", counts.join(", "))
}

/// A plan for a program.
pub(in crate::cli) fn json(preview: &Preview, account: &Account, whole: bool, exit: u8) -> String {
    let counts = Effect::ALL.iter().map(|effect| {
        let name = serde_json::to_value(effect).expect("an effect is a word");
        (
            name.as_str().expect("an effect is a word").to_string(),
            preview.count(*effect).into(),
        )
    });
    let counts: serde_json::Map<String, serde_json::Value> = counts.collect();
    let document = json!({
        "version": VERSION,
        "account": account.number,
        "region": account.region,
        "whole": whole,
        "changes": preview.changes(),
        "counts": counts,
        "stages": preview.stages,
        "newer": preview.newer,
        "rollouts": preview.rollouts,
        "notices": preview.notices,
        "left": preview.left,
        "exit": exit,
    });
    format!("{document:#}\n")
}
