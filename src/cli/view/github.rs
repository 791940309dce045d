//! The log of a pull request's check: plain lines, and what failed as an annotation at the user's line, once for each cause.
//!
//! The lines stand in no groups: a group is folded, and the story of a rollout is what one opens the log for.

use std::collections::BTreeSet;

use crate::deploy::watch::cause::{Cause, Weight};
use crate::deploy::watch::{Said, View};
use crate::template::Place;

use super::plain::{Page, printable};
use super::summary;

/// The log of GitHub's runner does not wrap before this column.
const WIDTH: usize = 120;

/// The lines of a deployment, as it goes on.
#[derive(Default)]
pub(in crate::cli) struct Log {
    annotated: BTreeSet<(String, String)>,
}

impl Log {
    /// The lines of what is new.
    pub fn take(&mut self, view: &View, said: &[Said]) -> String {
        let page = Page::of(view, WIDTH);
        let mut text = String::new();
        for said in said {
            text.push_str(&tame(&page.said(said)));
            if let Some(cause) = said.cause.as_ref().filter(|cause| cause.weight >= Weight::Failing) {
                text.push_str(&self.annotate(cause));
            }
        }
        text
    }

    /// The last lines. What failed for no known cause is annotated too: a check that failed says so on its page.
    pub fn end(&mut self, view: &View) -> String {
        let mut text = tame(&summary::text(view, WIDTH));
        let causes = summary::serious(view).into_iter();
        text.extend(causes.map(|cause| self.annotate(cause)));
        let failed = view.outcome.filter(|outcome| !outcome.is_good());
        if let Some(outcome) = failed.filter(|_| self.annotated.is_empty()) {
            text.push_str(&command(
                None,
                &format!("{}: {}", summary::title(view), outcome.words()),
            ));
        }
        text
    }

    fn annotate(&mut self, cause: &Cause) -> String {
        if !self.annotated.insert((cause.subject.clone(), cause.group.clone())) {
            return String::new();
        }
        let mut message = format!("{}: {}", cause.subject, cause.headline());
        if !cause.remedy.is_empty() {
            message.push_str(&format!("\n{}", cause.remedy));
        }
        command(cause.place.as_ref(), &message)
    }
}

/// An annotation of what went wrong.
fn command(place: Option<&Place>, message: &str) -> String {
    let at = place.map(|place| format!(" {}", properties(place)));
    format!("::error{}::{}\n", at.unwrap_or_default(), said(message))
}

/// An annotation of what a reader should look at.
#[cfg(any(feature = "aws", test))]
pub(in crate::cli) fn warning(place: &Place, title: &str, message: &str) -> String {
    format!("::warning {},title={title}::{}\n", properties(place), said(message))
}

fn properties(place: &Place) -> String {
    let file = escaped(&printable(&place.file)).replace(':', "%3A").replace(',', "%2C");
    format!("file={file},line={},col={}", place.line, place.column)
}

fn said(message: &str) -> String {
    let lines: Vec<String> = message.lines().map(printable).collect();
    escaped(&lines.join("\n"))
}

/// What the runner reads as text
/// (<https://docs.github.com/actions/reference/workflow-commands-for-github-actions>).
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Text that the runner does not obey: it takes `::` at the beginning of a line, indented or not, and `##[` anywhere as a
/// command, and a log may hold either.
pub(in crate::cli) fn tame(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let plain = anstream::adapter::strip_str(line).to_string();
        match plain.trim_start().starts_with("::") || plain.contains("##[") {
            true => plain.replace("::", ": :").replace("##[", "## [") + "\n",
            false => format!("{line}\n"),
        }
    });
    lines.collect()
}
