//! A forecast as lines for a person: about ten. In: forecasts. Out: text with colours.

use crate::diag::fix;
use crate::rollout::forecast::judge::Verdict;
use crate::rollout::forecast::outlook::Outlook;
use crate::rollout::forecast::row::Row;
use crate::rollout::forecast::whole::Forecast;
use crate::rollout::forecast::words as model;
use crate::source::Sources;

use super::sketch::sketch;
use super::words::{self, Tone};

/// How much is told.
#[derive(Clone, Copy)]
pub(in crate::cli) struct Telling {
    /// In so many columns.
    pub width: usize,
    /// Runs that stall, move by move.
    pub steps: bool,
    /// Whether the command could write a repair.
    pub offers: bool,
}

fn paint(tone: Tone, text: &str) -> String {
    let colour = match tone {
        Tone::Good => "32",
        Tone::Warning => "33",
        Tone::Bad => "31",
    };
    format!("\u{1b}[{colour}m{text}\u{1b}[0m")
}

/// The lines for a person.
pub(in crate::cli) fn text(forecasts: &[Forecast], sources: &Sources, telling: Telling) -> String {
    let clusters = forecasts.iter().map(|one| cluster(one, sources, telling));
    clusters.collect::<Vec<String>>().join("\n")
}

fn cluster(forecast: &Forecast, sources: &Sources, telling: Telling) -> String {
    let width = telling.width;
    let mut text = match &forecast.outlook {
        Some(outlook) => wrapped(&format!("{}: {}", forecast.name, words::ground(outlook)), 0, width),
        None => format!("{}: on Fargate\n", forecast.name),
    };
    let rows: Vec<&Row> = forecast.rows().collect();
    let name = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
    let counts: Vec<String> = rows.iter().map(|row| words::counted(row)).collect();
    let count = counts.iter().map(|count| count.chars().count()).max().unwrap_or(0);
    for (row, counted) in rows.iter().zip(counts) {
        let (word, tone) = words::word(row);
        // The colours take no room, so that they are put in last.
        let line = format!("  {:name$}  {counted:count$}  {word}{}", row.name, words::time(row));
        let line = wrapped_under(&line, name + count + 6, width);
        text.push_str(&line.replacen(word, &paint(tone, word), 1));
        let outlook = forecast.outlook.as_ref().filter(|_| !row.fargate);
        for line in said(row, outlook, sources) {
            text.push_str(&wrapped(&line, 6, width));
        }
        if let Some(outlook) = outlook.filter(|_| telling.steps) {
            text.push_str(&super::moves::moves(row, outlook, width));
        }
    }
    if let Some(outlook) = &forecast.outlook {
        text.push_str(&together(outlook, width));
        text.push_str(&sketch(outlook));
        if let Some(least_and_most) = forecast.minimum {
            text.push_str(&wrapped(&minimum(outlook, least_and_most), 2, width));
        }
    }
    if forecast.is_refused() {
        let fixable = rows
            .iter()
            .any(|row| row.refused && row.ways.iter().any(|way| way.fix.is_some()));
        text.push_str(&paint(Tone::Bad, "refused: this rollout cannot converge"));
        text.push_str(match fixable && telling.offers {
            true => "; `loadline forecast --fix` writes the first repair\n",
            false => "\n",
        });
    }
    text
}

/// What is said below a row.
fn said(row: &Row, outlook: Option<&Outlook>, sources: &Sources) -> Vec<String> {
    let mut lines = words::why(row, outlook);
    lines.extend(words::help(row).map(|help| format!("help: {help}")));
    let first = row.ways.iter().find_map(|way| way.fix.as_ref());
    let changed = first.map(|fix| fix::changes(sources, fix));
    lines.extend(changed.iter().flatten().map(words::changed));
    lines.extend(words::notes(row));
    lines
}

fn minimum(outlook: &Outlook, (least, most): (Option<i64>, Option<i64>)) -> String {
    let show = |count: Option<i64>| count.map_or("no number".to_string(), model::instances);
    let kind = &outlook.ground.group.name;
    match least == most {
        true => format!("minimum: {} of {kind}; all converges and survives a zone", show(least)),
        false => format!(
            "minimum: {} of {kind} with the fewest copies, {} with the most; all converges and survives a zone",
            show(least),
            show(most)
        ),
    }
}

fn together(outlook: &Outlook, width: usize) -> String {
    let mut text = wrapped(&format!("together: {}", words::together(outlook)), 2, width);
    text.push_str(&wrapped(&format!("taken: {}", words::load(outlook)), 2, width));
    if outlook.at_least.joint != Verdict::Converges {
        // What has no room with all instances has none with fewer.
        if words::only_the_first(outlook) {
            text.push_str("  a first deployment finds room; it is the next one that does not end\n");
        }
        return text;
    }
    for (what, event) in words::events(outlook) {
        let survival = words::survival(event);
        text.push_str(&format!("  {what} ({} left): {survival}\n", event.left));
    }
    for (name, seconds) in &outlook.waits {
        let line = format!("it may wait for `{name}` to end, up to {}", model::seconds(*seconds));
        text.push_str(&wrapped(&line, 2, width));
    }
    text
}

pub(super) fn wrapped(line: &str, indent: usize, width: usize) -> String {
    let indent = " ".repeat(indent);
    let options = textwrap::Options::new(width)
        .initial_indent(&indent)
        .subsequent_indent(&indent);
    let options = options.break_words(false);
    format!("{}\n", textwrap::fill(line, options))
}

/// Wrapped, with all lines but the first further in.
fn wrapped_under(line: &str, indent: usize, width: usize) -> String {
    let indent = " ".repeat(indent);
    let options = textwrap::Options::new(width)
        .subsequent_indent(&indent)
        .break_words(false);
    format!("{}\n", textwrap::fill(line, options))
}
