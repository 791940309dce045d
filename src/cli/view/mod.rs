//! How a deployment looks: one file a view. In: events, what the watcher says of them, and what is known then. Out: text.

#[cfg(any(feature = "aws", test))]
pub(super) mod drift;
pub(super) mod forecast;
pub(super) mod github;
#[cfg(feature = "aws")]
pub(super) mod image;
mod jsonl;
pub(super) mod literal;
pub(super) mod live;
pub(super) mod markdown;
#[cfg(any(feature = "aws", test))]
#[cfg_attr(
    not(feature = "aws"),
    allow(dead_code, reason = "a build without AWS has none of it, but tests its looks")
)]
pub(super) mod overview;
pub(super) mod plain;
#[cfg(any(feature = "aws", test))]
#[cfg_attr(
    not(feature = "aws"),
    expect(dead_code, reason = "a build without AWS has no plan, but tests its looks")
)]
pub(super) mod preview;
#[cfg(feature = "aws")]
pub(super) mod recover;
#[cfg(feature = "aws")]
pub(super) mod releases;
#[cfg(feature = "aws")]
pub(super) mod removal;
#[cfg(any(feature = "aws", test))]
pub(super) mod rollouts;
#[cfg(any(feature = "aws", test))]
#[cfg_attr(
    not(feature = "aws"),
    allow(dead_code, reason = "a build without AWS has none of it, but tests its looks")
)]
pub(super) mod single;
mod status;
#[cfg(any(feature = "aws", test))]
pub(super) mod story;
mod summary;
pub(super) mod timeline;

use crate::deploy::watch::{Said, View};

use super::Output;

/// Tells of a deployment as it goes on.
pub(super) enum Teller {
    /// Lines of this width for a person.
    Plain(usize),
    /// Lines for a program.
    Json(jsonl::Lines),
    /// Lines for a pull request.
    Github(github::Log),
}

impl Teller {
    /// A teller in this format.
    pub fn new(output: Output, width: usize) -> Teller {
        match output {
            Output::Json => Teller::Json(jsonl::Lines::default()),
            Output::Github => Teller::Github(github::Log::default()),
            Output::Text | Output::Sarif | Output::Markdown => Teller::Plain(width),
        }
    }

    /// The lines of what is new, and known since.
    pub fn take(&mut self, view: &View, said: &[Said]) -> String {
        match self {
            Teller::Plain(_) if said.is_empty() => String::new(),
            Teller::Plain(width) => {
                let page = plain::Page::of(view, *width);
                said.iter().map(|said| page.said(said)).collect()
            }
            Teller::Json(lines) => lines.take(view, said),
            Teller::Github(log) => log.take(view, said),
        }
    }

    /// The last lines.
    pub fn end(&mut self, view: &View) -> String {
        match self {
            Teller::Plain(width) => summary::text(view, *width),
            Teller::Json(_) => jsonl::end(view),
            Teller::Github(log) => log.end(view),
        }
    }
}
