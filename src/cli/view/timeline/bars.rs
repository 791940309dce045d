//! Tasks as bars in lanes. In: tasks and instances over time. Out: lanes as plain numbers. Must not know HTML.

use std::collections::BTreeMap;

use crate::cloud::Moment;
use crate::cloud::ecs::last_part;

use super::scale::{Scale, Span};
use super::trace::{InstanceTrack, Standing, TaskTrack, Trace};

/// Between two bars of a row, as a share of the whole.
const GAP: f64 = 0.003;

/// The lanes of a zone.
pub(super) struct Zone {
    pub name: String,
    pub lanes: Vec<Lane>,
}

/// What runs in one place.
pub(super) struct Lane {
    /// An instance, or where else tasks are.
    pub name: String,
    /// More about it.
    pub about: String,
    /// How many rows of bars it has.
    pub rows: usize,
    pub bars: Vec<Bar>,
    /// When the place is there, and how it stands.
    pub states: Vec<(Span, Option<Standing>)>,
    /// When it came, if that was seen.
    pub came: Option<f64>,
    /// When it was gone, and whether nobody had asked for that.
    pub gone: Option<(f64, bool)>,
}

/// A task.
pub(super) struct Bar {
    pub row: usize,
    pub span: Span,
    /// The service, by its place in the outline; `None` for a task that runs once.
    pub service: Option<usize>,
    /// Whether it is of the revision that comes in.
    pub new: bool,
    /// Whether it ended because something went wrong.
    pub failed: bool,
    /// Where it is not healthy yet, or no longer.
    pub unwell: Vec<Span>,
    /// Where it goes wrong, of one that failed: from when it was healthy last.
    pub wrong: Option<Span>,
    /// Where it stops.
    pub leaving: Option<Span>,
    /// Whether it goes on at the end of the picture.
    pub open: bool,
    pub title: String,
}

/// Lays all tasks out: lanes by zone, and the lane of those that wait.
pub(super) fn lay_out(trace: &Trace, scale: Scale) -> (Vec<Zone>, Option<Lane>) {
    let mut lanes: BTreeMap<(String, bool, Option<Moment>, String), Lane> = BTreeMap::new();
    let end = trace.view.now;
    let mut waiting = Lane::new("no place yet", "tasks that wait until an instance has room");
    for track in trace.instances.values() {
        let lane = lanes
            .entry(key(track))
            .or_insert_with(|| instance_lane(trace, track, scale, end));
        lane.rows = lane.rows.max(1);
    }
    for track in trace.tasks.values() {
        let begun = track.placed.unwrap_or(end);
        if gone(track, end) <= trace.view.began {
            continue;
        }
        if track.placed.is_none_or(|placed| placed > track.task.created) {
            let until = begun.min(gone(track, end));
            waiting.bars.push(Bar {
                failed: track.placed.is_none() && has_failed(trace, track),
                ..bar(trace, track, scale, track.task.created, until)
            });
        }
        if track.placed.is_none() {
            continue;
        }
        let lane = match &track.task.instance {
            Some(instance) => match trace.instances.get(instance) {
                Some(known) => lanes
                    .entry(key(known))
                    .or_insert_with(|| instance_lane(trace, known, scale, end)),
                None => {
                    let zone = track.task.zone.clone().unwrap_or_default();
                    let name = last_part(instance).chars().take(12).collect::<String>();
                    let key = (zone, false, None, name.clone());
                    lanes.entry(key).or_insert_with(|| Lane::new(&name, instance))
                }
            },
            None => {
                let zone = track.task.zone.clone().unwrap_or_default();
                let key = (zone, true, None, String::new());
                lanes
                    .entry(key)
                    .or_insert_with(|| Lane::new("Fargate", "tasks without an instance of yours"))
            }
        };
        lane.bars.push(bar(trace, track, scale, begun, gone(track, end)));
    }
    let mut zones: Vec<Zone> = Vec::new();
    for ((name, ..), mut lane) in lanes {
        lane.pack();
        match zones.last_mut().filter(|zone| zone.name == name) {
            Some(zone) => zone.lanes.push(lane),
            None => zones.push(Zone {
                name,
                lanes: vec![lane],
            }),
        }
    }
    waiting.pack();
    (zones, (!waiting.bars.is_empty()).then_some(waiting))
}

/// Instances stand by zone, those that came later below.
fn key(track: &InstanceTrack) -> (String, bool, Option<Moment>, String) {
    let instance = &track.instance;
    (instance.zone.clone(), false, track.came, instance.ec2.clone())
}

fn instance_lane(trace: &Trace, track: &InstanceTrack, scale: Scale, end: Moment) -> Lane {
    let is_release = trace.view.services.iter().any(|service| service.before.is_some());
    let own = |task: &&TaskTrack| task.task.instance.as_ref() == Some(&track.instance.arn);
    let earliest = trace.tasks.values().filter(own).map(|task| task.task.created).min();
    // When it came, if nobody looked at that time: before all this, or else before its first task.
    let begun = match is_release {
        true => trace.view.began,
        false => earliest.unwrap_or(end),
    };
    let instance = &track.instance;
    let memory = instance.memory / 1024;
    let about = format!(
        "{} in {}: {}, {} vCPU, {memory} GiB for tasks",
        instance.ec2,
        instance.zone,
        instance.kind,
        instance.cpu / 1024
    );
    let gone = track.gone.unwrap_or(end);
    let mut states = Vec::new();
    for (number, (at, standing)) in track.states.iter().enumerate() {
        // What is there at the first look was there before.
        let from = match number == 0 && track.came.is_none() {
            true => begun.min(*at),
            false => *at,
        };
        let to = track.states.get(number + 1).map_or(gone, |(next, _)| *next);
        states.push((scale.span(from, to), Some(*standing)));
    }
    let asked = track.states.last().is_some_and(|(_, last)| *last == Standing::Draining);
    Lane {
        states,
        came: track.came.map(|came| scale.at(came)),
        gone: track.gone.map(|gone| (scale.at(gone), !asked)),
        ..Lane::new(&instance.ec2, &about)
    }
}

impl Lane {
    fn new(name: &str, about: &str) -> Lane {
        Lane {
            name: name.to_string(),
            about: about.to_string(),
            rows: 0,
            bars: Vec::new(),
            states: Vec::new(),
            came: None,
            gone: None,
        }
    }

    /// Gives each bar the first row that is free.
    fn pack(&mut self) {
        let order = |bar: &Bar| (bar.span.from, bar.service.map_or(usize::MAX, |service| service));
        self.bars
            .sort_by(|one, other| order(one).partial_cmp(&order(other)).expect("shares are numbers"));
        let mut ends: Vec<f64> = Vec::new();
        for bar in &mut self.bars {
            let free = ends.iter().position(|end| end + GAP <= bar.span.from);
            let row = free.unwrap_or(ends.len());
            match free {
                Some(row) => ends[row] = bar.span.to,
                None => ends.push(bar.span.to),
            }
            bar.row = row;
        }
        self.rows = ends.len().max(1);
    }
}

/// When a task had stopped, or was last known not to have.
fn gone(track: &TaskTrack, end: Moment) -> Moment {
    match (track.task.stopped, track.task.last_status.as_str()) {
        (Some(stopped), _) => stopped,
        (None, "STOPPED") => track.seen,
        _ => end,
    }
}

fn bar(trace: &Trace, track: &TaskTrack, scale: Scale, from: Moment, to: Moment) -> Bar {
    let task = &track.task;
    let service = track.service.map(|at| &trace.view.services[at]);
    let leaving = track.leaving.unwrap_or(to).max(from).min(to);
    let mut unwell = Vec::new();
    // As it was first seen, it had been since it was there; a task that was never looked at while it ran was never healthy.
    let mut since = track.health.first().is_none_or(|(_, healthy)| !healthy).then_some(from);
    for (at, healthy) in track.health.iter().filter(|_| service.is_some()) {
        match (since, healthy) {
            (Some(began), true) => {
                unwell.push(scale.span(began, (*at).min(leaving)));
                since = None;
            }
            (None, false) => since = Some(*at),
            _ => {}
        }
    }
    if let Some(began) = since.filter(|_| service.is_some()) {
        unwell.push(scale.span(began, leaving));
    }
    let failed = has_failed(trace, track);
    let healthy_until = match since.filter(|_| service.is_some()) {
        Some(began) => began,
        None => leaving,
    };
    Bar {
        row: 0,
        wrong: failed.then(|| scale.span(healthy_until, to)),
        span: scale.span(from, to),
        service: track.service,
        new: service.is_none_or(|service| service.is_new(task)),
        failed,
        unwell: unwell.into_iter().filter(|span| span.to > span.from).collect(),
        leaving: (leaving < to).then(|| scale.span(leaving, to)),
        open: task.stopped.is_none() && task.last_status != "STOPPED",
        title: title(trace, track, scale),
    }
}

fn has_failed(trace: &Trace, track: &TaskTrack) -> bool {
    let causes = trace.view.causes.all();
    causes.iter().any(|cause| cause.tasks.contains(&track.task.arn))
}

/// All that is known of a task, a line each.
fn title(trace: &Trace, track: &TaskTrack, scale: Scale) -> String {
    let task = &track.task;
    let began = trace.view.began;
    let service = track.service.map(|at| &trace.view.services[at]);
    let revision = last_part(&task.task_definition);
    let id: String = task.id().chars().take(8).collect();
    let mut lines = vec![match service {
        Some(service) if service.is_new(task) => format!("{}: {revision}, new", service.name()),
        Some(service) => format!("{}: {revision}", service.name()),
        None => format!("{revision}, runs once"),
    }];
    lines.push(match &task.instance {
        Some(instance) => {
            let known = trace.instances.get(instance);
            let name = known.map_or(last_part(instance), |known| &known.instance.ec2);
            format!("task {id} on {name}")
        }
        None => format!("task {id}"),
    });
    let healthy = track.health.iter().find(|(_, healthy)| *healthy).map(|(at, _)| *at);
    let times = [
        ("asked for at", Some(task.created)),
        ("runs since", task.started),
        ("healthy since", healthy),
        ("stops at", track.leaving),
        ("stopped at", task.stopped),
    ];
    let times = times.into_iter().filter_map(|(what, at)| {
        let at = at.filter(|at| *at >= began)?;
        Some(format!("{what} {}", scale.time(at)))
    });
    lines.extend(times);
    lines.extend(task.stopped_reason.clone());
    let exits = task.containers.iter().filter_map(|container| {
        let code = container.exit_code?;
        Some(format!("{}: exit {code}", container.name))
    });
    lines.extend(exits);
    lines.join("\n")
}
