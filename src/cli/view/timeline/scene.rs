//! The picture as numbers and words: all that is drawn, on one axis. In: a [`Trace`]. Out: a [`Scene`]. Must not know HTML.

use crate::cloud::span_of_time;
use crate::deploy::event::StageKind;
use crate::deploy::watch::cause::{Cause, Weight};
use crate::deploy::watch::{Outcome, StageState};

use super::bars::{self, Lane, Zone};
use super::charts::{self, Chart};
use super::scale::{Scale, Span, Tick};
use super::trace::Trace;
use crate::cli::view::summary;

/// The picture.
pub(super) struct Scene {
    pub title: String,
    pub outcome: Option<Outcome>,
    /// When it began, how long it took, and what took part.
    pub about: Vec<String>,
    pub scale: Scale,
    pub ticks: Vec<Tick>,
    pub stages: Vec<StageBar>,
    /// The causes, the worst first.
    pub marks: Vec<Mark>,
    pub charts: Vec<(usize, Chart)>,
    pub zones: Vec<Zone>,
    pub waiting: Option<Lane>,
}

/// A stage.
pub(super) struct StageBar {
    pub name: String,
    /// Where it is on the axis; `None` for one that never began.
    pub span: Option<Span>,
    pub failed: bool,
    /// What it is and how long it took.
    pub about: String,
    pub took: String,
}

/// A cause, where it is on the axis.
pub(super) struct Mark {
    pub span: Span,
    pub serious: bool,
    pub cause: Cause,
}

/// Lays the picture out.
pub(super) fn of(trace: &Trace) -> Scene {
    let view = &trace.view;
    let scale = Scale::new(view.began, view.now);
    let (zones, waiting) = bars::lay_out(trace, scale);
    let marks = view.causes.told().into_iter().map(|cause| Mark {
        span: scale.span(cause.first, cause.last),
        serious: cause.weight >= Weight::Failing,
        cause: cause.clone(),
    });
    Scene {
        title: summary::title(view),
        outcome: view.outcome,
        about: about(trace, &zones),
        scale,
        ticks: scale.ticks(),
        stages: (0..view.stages.len()).map(|at| stage(trace, scale, at)).collect(),
        marks: marks.collect(),
        charts: charts::lay_out(trace, scale),
        zones,
        waiting,
    }
}

fn about(trace: &Trace, zones: &[Zone]) -> Vec<String> {
    let view = &trace.view;
    let plural = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    };
    let began = view.began.to_string();
    let began = began
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end_matches('Z')
        .replace('T', " ");
    let mut parts = vec![format!("{began} UTC")];
    parts.push(plural(view.stages.len(), "stage"));
    if !trace.tasks.is_empty() {
        parts.push(plural(trace.tasks.len(), "task"));
    }
    if !trace.instances.is_empty() {
        let instances = plural(trace.instances.len(), "instance");
        parts.push(format!("{instances} in {}", plural(zones.len(), "zone")));
    }
    parts
}

fn stage(trace: &Trace, scale: Scale, at: usize) -> StageBar {
    let view = &trace.view;
    let outline = &view.outline.stages[at];
    let (begun, ended) = trace.stages[at];
    let end = ended.unwrap_or(view.now);
    let took = begun.map(|begun| span_of_time(end.since(begun)));
    let kind = match outline.kind {
        StageKind::Stack => "a stack",
        StageKind::Image => "an image is looked up",
        StageKind::Task => "a task runs to its end",
        StageKind::Removal => "it is deleted",
    };
    let about = match (begun, &took) {
        (Some(begun), Some(took)) => format!("{}: {kind}\nfrom {}, {took}", outline.name, scale.time(begun)),
        _ => format!("{}: {kind}\nnever began", outline.name),
    };
    StageBar {
        name: outline.name.clone(),
        span: begun.map(|begun| scale.span(begun, end)),
        failed: matches!(view.stages[at], StageState::Failed(_)),
        about,
        took: took.unwrap_or_else(|| "not begun".to_string()),
    }
}
