//! A deployment as one page for a browser: a pure function of the events. `trace` follows them through the watcher, `scene` lays
//! out what was seen on one axis of time, `draw` writes it as HTML.
//!
//! In: events. Out: a page that needs nothing else: no script, no network.

mod bars;
mod charts;
pub(in crate::cli::view) mod draw;
pub(in crate::cli::view) mod scale;
mod scene;
mod trace;

use crate::deploy::event::Event;

/// How pages look: colours for light, dark and paper, letters, and what several pages have.
pub(in crate::cli::view) const STYLE: &str = include_str!("page.css");

/// The page of a recording.
pub(in crate::cli) fn page(events: &[Event]) -> String {
    let trace = trace::follow(events);
    draw::page(&scene::of(&trace), &trace).into_string()
}
