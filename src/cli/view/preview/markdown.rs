//! A plan as the comment of a pull request: the totals and the verdict, then consequences stack by stack; what changes inside is
//! folded. In: a report. Out: Markdown that GitHub and GitLab show alike, no longer than a comment may be.

use crate::cli::view::literal::{block, code, sentence};
use crate::cli::view::plain::printable;
use crate::plan::consequence::{Consequence, Effect};
use crate::plan::edit::{Edit, Recreates};
use crate::plan::preview::{StackPreview, StagePreview};
use crate::plan::stakes::Sort;

use super::fitted::{self, Entry, Group, Section};
use super::heading;
use super::report::{self, Report, Told, Tone};

/// So many letters of a value are shown.
const VALUE: usize = 400;

/// So many letters of a line are shown.
const LINE: usize = 160;

/// So many lines are shown of what else there is to say.
const LINES: usize = 60;

/// The first line of a comment, by which a pipeline finds the one that it made before. It is not shown.
pub(in crate::cli) fn marker(subject: &str) -> String {
    // Two hyphens would end the comment of HTML.
    let subject = printable(subject).replace("--", "- -").replace(['<', '>'], " ");
    format!("<!-- loadline plan: {subject} -->\n")
}

/// The comment, without its marker.
pub(in crate::cli) fn text(report: &Report) -> String {
    let (tone, verdict) = report.verdict();
    let mark = match tone {
        Tone::Good => "✅",
        Tone::Warning => "⚠️",
        Tone::Bad => "❌",
    };
    let account = report.account;
    let head = format!(
        "## {mark} Plan for {}: {}\n\n**{}** · account {} · {} · {}\n",
        code(report.subject),
        report.totals(),
        sentence(&shortened(&verdict)),
        code(&account.number),
        code(&account.region),
        report.ending(),
    );
    let mut sections: Vec<Section> = Vec::new();
    let mut calm: Vec<String> = Vec::new();
    for stage in report.stages() {
        match stage {
            StagePreview::Stack(stack) if !stack.changes() && report::remarks(stack).is_empty() => {
                calm.push(code(&stack.stack));
            }
            StagePreview::Stack(stack) => sections.push(section(stack)),
            StagePreview::Image {
                repository,
                image,
                digest,
                place,
            } => {
                let (tone, words) = report::image(repository, image, digest.as_deref(), account);
                let place = match tone {
                    Tone::Good => String::new(),
                    _ => format!(" · {}", code(&place.to_string())),
                };
                let name = code(repository);
                sections.push(Section::line(format!(
                    "\n### image {name}\n{}{place}\n",
                    sentence(&words)
                )));
            }
            StagePreview::Task { app, name, before, .. } => {
                let name = code(&format!("{app}: {name}"));
                sections.push(Section::line(format!("\n### task {name}\n{}\n", report::runs(*before))));
            }
        }
    }
    let mut foot: String = report.told.iter().map(told).collect();
    for left in &report.preview.left {
        foot.push_str(&format!("\n**not deleted:** {}\n", sentence(&shortened(left))));
    }
    if !calm.is_empty() {
        foot.push_str(&format!("\nNo changes: {}\n", fitted::listed(&calm)));
    }
    fitted::document(&head, &sections, &foot)
}

/// Lines that belong to a plan, folded; those that are too many are counted.
fn told(one: &Told) -> String {
    let all: Vec<&str> = one.text.trim_end().lines().collect();
    let mut lines: Vec<String> = all
        .iter()
        .take(LINES)
        .map(|line| within(&printable(line), LINE))
        .collect();
    if all.len() > LINES {
        lines.push(format!("and {} lines more", all.len() - LINES));
    }
    let text = block("text", &lines.join("\n"));
    format!(
        "\n<details><summary>{}</summary>\n\n{}\n\n{text}\n</details>\n",
        sentence(one.title),
        sentence(one.about)
    )
}

/// The comment, without its marker, where no plan could be made.
pub(in crate::cli) fn failure(subject: &str, why: &str) -> String {
    let why: String = why.lines().map(printable).collect::<Vec<_>>().join("\n");
    let head = format!("## ❌ Plan for {}: it could not be made\n", code(subject));
    match why.is_empty() {
        true => head,
        false => format!("{head}\n{}", block("text", &shortened(&why))),
    }
}

fn section(stack: &StackPreview) -> Section {
    let (tone, state) = report::state(stack);
    let state = match tone {
        Tone::Good => state.to_string(),
        _ => format!("**{state}**"),
    };
    let mut head = format!("\n### stack {} · {state}\n", code(&stack.stack));
    for remark in report::remarks(stack) {
        head.push_str(&format!("\n{}\n", sentence(&shortened(&remark))));
    }
    let groups = Effect::ALL.iter().filter_map(|effect| {
        let all = report::through(stack, *effect);
        (!all.is_empty()).then(|| group(*effect, &all))
    });
    Section {
        head,
        groups: groups.collect(),
    }
}

fn group(effect: Effect, all: &[&Consequence]) -> Group {
    let (name, _, mark) = heading(effect);
    // What is new stands in the spec: nobody has to look at each.
    let (begin, end) = match effect {
        Effect::Added => (
            format!("\n<details><summary>{} {name}</summary>\n\n", all.len()),
            "\n</details>\n",
        ),
        _ => (format!("\n**{name}**\n\n"), ""),
    };
    let entries = all.iter().map(|one| Entry {
        gravity: report::gravity(one),
        first: report::gravity(one) < report::CALM,
        brief: brief(one, mark),
        more: more(one),
    });
    Group {
        begin,
        entries: entries.collect(),
        end: end.to_string(),
    }
}

/// What a resource goes through, and what is at stake.
fn brief(one: &Consequence, mark: &str) -> String {
    let kind = match &one.note {
        Some(note) => format!("{} ({})", sentence(&one.kind), sentence(note)),
        None => sentence(&one.kind),
    };
    let mut parts = vec![format!("- {} {}", code(mark), code(&one.logical)), kind];
    parts.extend(one.owner.as_deref().map(sentence));
    parts.extend(one.place.as_ref().map(|place| code(&place.to_string())));
    let mut text = parts.join(" · ") + "\n";
    if one.effect == Effect::Added {
        return text;
    }
    for stake in &one.stakes {
        let mark = match stake.sort {
            Sort::Data => "❌",
            Sort::Downtime => "⚠️",
            Sort::Room => "ℹ️",
        };
        let class = report::class(stake.sort);
        text.push_str(&format!("  - {mark} **{class}**: {}\n", sentence(&stake.text)));
    }
    text
}

/// What changes inside a resource, folded.
fn more(one: &Consequence) -> String {
    if one.effect == Effect::Added || (one.edits.is_empty() && one.causes.is_empty()) {
        return String::new();
    }
    let title = match one.edits.len() {
        0 => "why".to_string(),
        1 => "1 value".to_string(),
        many => format!("{many} values"),
    };
    let mut inside = String::new();
    if !one.edits.is_empty() {
        let edits: Vec<String> = one.edits.iter().map(edit).collect();
        inside.push_str(&block("diff", &edits.join("\n")));
    }
    for cause in &one.causes {
        inside.push_str(&format!("\nbecause of {}\n", sentence(cause)));
    }
    let inside: String = inside
        .lines()
        .map(|line| format!("  {line}").trim_end().to_string() + "\n")
        .collect();
    format!("\n  <details><summary>{title}</summary>\n\n{inside}\n  </details>\n\n")
}

/// A value before and after, as a difference.
fn edit(edit: &Edit) -> String {
    let recreates = match edit.recreates {
        Some(Recreates::Surely) => " makes it anew",
        Some(Recreates::Perhaps) => " may make it anew",
        None => "",
    };
    let mut text = format!("@@ {} @@{recreates}", shown(&edit.property));
    let sides = [("-", &edit.before), ("+", &edit.after)];
    for (sign, value) in sides {
        if let Some(value) = value {
            text.push_str(&format!("\n{sign} {}", shown(value)));
        }
    }
    text
}

fn shown(value: &str) -> String {
    shortened(&printable(&value.replace('\n', "⏎")))
}

fn shortened(text: &str) -> String {
    within(text, VALUE)
}

fn within(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_string();
    }
    let kept: String = text.chars().take(most - 1).collect();
    format!("{kept}…")
}
