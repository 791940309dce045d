//! Plain lines: one for each change, each with the time since the beginning. Colours are taken out where they are not wanted.

use textwrap::{Options, WordSplitter};

use crate::cloud::{Moment, span_of_time};
use crate::deploy::watch::cause::Cause;
use crate::deploy::watch::{Level, Said, View};

/// The columns of the time.
const TIME: usize = 7;

/// The most columns of a subject.
const SUBJECT: usize = 24;

/// The columns of a word that says what a line of evidence is.
const LABEL: usize = 6;

/// The fewest columns of text, on a terminal however narrow.
const TEXT: usize = 24;

/// How lines are laid out.
#[derive(Clone, Copy)]
pub(in crate::cli) struct Page {
    width: usize,
    subject: usize,
    began: Moment,
}

impl Page {
    /// Lines of a deployment, `width` columns wide; the subjects take as much as the longest one needs.
    pub fn of(view: &View, width: usize) -> Page {
        let stages = view.outline.stages.iter().map(|stage| stage.name.as_str());
        let services = view.services.iter().map(|service| service.name());
        let longest = stages.chain(services).map(|name| name.chars().count()).max();
        Page {
            width,
            subject: longest.unwrap_or(SUBJECT).clamp(6, SUBJECT),
            began: view.began,
        }
    }

    /// Lines of nothing that goes on.
    #[cfg(feature = "aws")]
    pub fn plain(width: usize) -> Page {
        Page {
            width,
            subject: 0,
            began: Moment::default(),
        }
    }

    /// The columns before the text of a sentence.
    fn left(self) -> usize {
        TIME + 2 + self.subject + 3
    }

    /// The lines of a sentence, their ends included.
    pub fn said(self, said: &Said) -> String {
        let subject = self.subject;
        let left = self.left();
        let time = span_of_time(said.at.since(self.began));
        let (on, mark) = match said.level {
            Level::Quiet => ("\u{1b}[2m", "·"),
            Level::Step => ("", " "),
            Level::Good => ("\u{1b}[32m", "✓"),
            Level::Warning => ("\u{1b}[33m", "!"),
            Level::Bad => ("\u{1b}[31m", "✗"),
        };
        let off = if on.is_empty() { "" } else { "\u{1b}[0m" };
        let about = shortened(&said.subject, subject);
        let mut text = String::new();
        for (number, line) in self.wrapped(&said.text, left).iter().enumerate() {
            match number {
                0 => text.push_str(&format!(
                    "\u{1b}[2m{time:>TIME$}\u{1b}[0m  {about:subject$} {on}{mark} {line}{off}\n"
                )),
                _ => text.push_str(&format!("{:left$}{on}{line}{off}\n", "")),
            }
        }
        for (number, line) in said.lines.iter().enumerate() {
            let label = if number == 0 { "log" } else { "" };
            for line in self.wrapped(line.text.trim_end(), left + LABEL) {
                text.push_str(&format!("{:left$}\u{1b}[2m{label:LABEL$}{line}\u{1b}[0m\n", ""));
            }
        }
        if let Some(cause) = &said.cause {
            // Below the subject, not below the text: evidence is long, and needs the width.
            text.push_str(&self.evidence(cause, TIME + 2));
        }
        text
    }

    /// What stands below a cause, from the column `left` on: AWS's words, the log, the user's line, the repair.
    pub fn evidence(self, cause: &Cause, left: usize) -> String {
        let mut text = String::new();
        let mut part = |label: &str, colour: &str, what: &str| {
            for (number, line) in self.wrapped(what, left + LABEL).iter().enumerate() {
                let label = if number == 0 { label } else { "" };
                text.push_str(&format!("{:left$}\u{1b}[{colour}m{label:LABEL$}\u{1b}[0m{line}\n", ""));
            }
        };
        if !cause.quote.is_empty() && cause.quote != cause.means {
            part("AWS", "2", &cause.quote);
        }
        for (number, line) in cause.log.iter().enumerate() {
            part(if number == 0 { "log" } else { "" }, "2", line.text.trim());
        }
        if let Some(place) = &cause.place {
            part("at", "34", &place.to_string());
        }
        if !cause.remedy.is_empty() {
            part("help", "36", &cause.remedy);
        }
        text
    }

    /// The lines of a text that stands from the column `left` on. Words stay whole: a path or an ARN can be copied.
    pub fn wrapped(self, text: &str, left: usize) -> Vec<String> {
        let room = self.width.saturating_sub(left).max(TEXT);
        let options = Options::new(room)
            .break_words(false)
            .word_splitter(WordSplitter::NoHyphenation);
        let text = printable(text);
        let lines = textwrap::wrap(&text, options);
        lines.into_iter().map(|line| line.into_owned()).collect()
    }
}

/// A text without what a terminal would obey: the log of a stranger's container is shown, not run.
pub(in crate::cli) fn printable(text: &str) -> String {
    let text = anstream::adapter::strip_str(text).to_string();
    let plain = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter });
    plain.collect()
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_string();
    }
    let kept: String = text.chars().take(most - 1).collect();
    format!("{kept}…")
}
