//! Recordings: a line of JSON for each event. In: events or text. Out: text or events. Must not know files.

use super::event::{Event, VERSION, What};

/// Why a text is no recording.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// A line is no event.
    #[error("line {0} is no event: {1}")]
    Line(usize, String),
    /// It begins with something else than the outline of a deployment.
    #[error("it does not begin with a deployment's beginning")]
    Headless,
    /// A line is about a stage that its beginning does not have.
    #[error("line {0} is about stage {1}, and there are {2}")]
    Stage(usize, usize, usize),
    /// It was written by a later version.
    #[error("it has version {0}, and this version reads {VERSION}")]
    Version(u32),
}

/// The line of an event, its end included.
pub fn line(event: &Event) -> String {
    serde_json::to_string(event).expect("events have string keys") + "\n"
}

/// Reads a recording. A last line that was cut off, by a process that was killed, is left out.
pub fn read(text: &str) -> Result<Vec<Event>, RecordError> {
    let mut events = Vec::new();
    let whole = text.ends_with('\n');
    let count = text.lines().count();
    for (number, line) in (1..).zip(text.lines()) {
        match serde_json::from_str::<Event>(line) {
            Ok(event) => events.push(event),
            Err(_) if number == count && !whole && number > 1 => break,
            Err(error) => return Err(RecordError::Line(number, error.to_string())),
        }
    }
    match events.first().map(|event| &event.what) {
        Some(What::Began(outline)) if outline.version == VERSION => {
            let count = outline.stages.len();
            let stages = (1..)
                .zip(&events)
                .filter_map(|(line, event)| Some((line, stage(&event.what)?)));
            match stages.into_iter().find(|(_, stage)| *stage >= count) {
                Some((line, stage)) => Err(RecordError::Stage(line, stage, count)),
                None => Ok(events),
            }
        }
        Some(What::Began(outline)) => Err(RecordError::Version(outline.version)),
        _ => Err(RecordError::Headless),
    }
}

/// The stage that an event is about.
fn stage(what: &What) -> Option<usize> {
    match what {
        What::StageBegan { stage }
        | What::StageDone { stage, .. }
        | What::StageFailed { stage, .. }
        | What::Leaving { stage, .. }
        | What::Unplaced { stage, .. } => Some(*stage),
        _ => None,
    }
}
