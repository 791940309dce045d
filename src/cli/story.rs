//! Tells a whole recording: at a pace to a person at a terminal, at once to anything else. In: events. Out: what is known at
//! the end.

use clap::Args;

use super::failure::Failure;
use super::view::{Teller, live, markdown, timeline};
use super::{Output, Session};
use crate::deploy::event::Event;
use crate::deploy::watch::{View, fold};

/// How a recording is told.
#[derive(Args)]
pub(super) struct Telling {
    /// Draw what happened to this file, as a page for a browser
    #[arg(long, value_name = "FILE")]
    timeline: Option<String>,
    /// On a terminal, let so many seconds pass in one; 0 shows all at once [default: the whole in 8 seconds]
    #[arg(long, value_name = "N", value_parser = pace)]
    pace: Option<f64>,
}

/// For how many seconds a recording plays, unless a pace is given.
const PLAY: f64 = 8.0;

/// The slowest pace: a recording takes no longer than it took.
const REAL: f64 = 1.0;

fn pace(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "it is no number".to_string())?;
    match number.is_finite() && number >= 0.0 {
        true => Ok(number),
        false => Err("it is a number from 0 on".to_string()),
    }
}

impl Telling {
    /// The file of the page.
    #[cfg(feature = "aws")]
    pub fn timeline(&self) -> Option<&str> {
        self.timeline.as_deref()
    }

    /// How many seconds of a recording pass in one; `None` for all at once.
    fn pace(&self, events: &[Event]) -> Option<f64> {
        let whole = match (events.first(), events.last()) {
            (Some(first), Some(last)) => last.at.since(first.at).as_secs_f64(),
            _ => 0.0,
        };
        let pace = self.pace.unwrap_or((whole / PLAY).max(REAL));
        (pace > 0.0).then_some(pace)
    }
}

/// Tells what happened. Returns what is known at its end.
pub(super) fn tell(session: &Session, telling: &Telling, events: &[Event]) -> Result<View, Failure> {
    if let Some(file) = &telling.timeline {
        session.disk.write(file, &timeline::page(events))?;
    }
    let terminal = &session.terminal;
    let pace = telling.pace(events).filter(|_| terminal.output == Output::Text);
    let view = match pace.and_then(|pace| live::Live::open(terminal, pace)) {
        Some(live) => live.play(events)?,
        None => at_once(session, events)?,
    };
    page(session, &view)?;
    Ok(view)
}

/// Writes the page of a job, where a pipeline of GitHub asks for one.
pub(super) fn page(session: &Session, view: &View) -> Result<(), Failure> {
    summarise(session, || markdown::text(view))
}

/// Adds to the page of a job, where a pipeline of GitHub asks for one.
pub(super) fn summarise(session: &Session, text: impl FnOnce() -> String) -> Result<(), Failure> {
    if session.terminal.output == Output::Github
        && let Some(file) = std::env::var_os("GITHUB_STEP_SUMMARY")
    {
        session.disk.append(&file.to_string_lossy(), &text())?;
    }
    Ok(())
}

fn at_once(session: &Session, events: &[Event]) -> Result<View, Failure> {
    let mut view = View::default();
    let mut teller = Teller::new(session.terminal.output, session.terminal.width());
    let mut text = String::new();
    for event in events {
        let said = fold(&mut view, event);
        text.push_str(&teller.take(&view, &said));
    }
    text.push_str(&teller.end(&view));
    session.terminal.print(&text)?;
    Ok(view)
}
