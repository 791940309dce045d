//! What was seen, with the times at which it changed. In: events, by way of the watcher. Out: a [`Trace`]. Must not know how it is
//! laid out.

use std::collections::BTreeMap;

use crate::cloud::Moment;
use crate::cloud::capacity::Instance;
use crate::cloud::ecs::Task;
use crate::deploy::event::{Event, What};
use crate::deploy::watch::{Said, View, fold};

/// A wait for room that is shorter is how ECS works, in seconds.
const WAIT: i64 = 6;

/// A recording, seen as a whole.
#[derive(Default)]
pub(super) struct Trace {
    /// What is known at the end.
    pub view: View,
    pub said: Vec<Said>,
    /// When each stage began and ended.
    pub stages: Vec<(Option<Moment>, Option<Moment>)>,
    /// Tasks by ARN.
    pub tasks: BTreeMap<String, TaskTrack>,
    /// The counts of each service, as in the outline, whenever they changed.
    pub counts: Vec<Vec<Counted>>,
    /// Instances by ARN.
    pub instances: BTreeMap<String, InstanceTrack>,
    /// Whether instances were looked at before.
    looked: bool,
}

/// A task over time.
pub(super) struct TaskTrack {
    /// As it was seen last.
    pub task: Task,
    /// When that was.
    pub seen: Moment,
    /// The service, by its place in the outline.
    pub service: Option<usize>,
    /// When it got its place; `None` while it waits.
    pub placed: Option<Moment>,
    /// When it was told to stop.
    pub leaving: Option<Moment>,
    /// When it became healthy, or no longer was.
    pub health: Vec<(Moment, bool)>,
}

/// The tasks of a service at a time.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub at: Moment,
    /// Healthy ones of the revision before, and of the new one.
    pub old: i64,
    pub new: i64,
    /// All that have not stopped.
    pub all: i64,
    pub desired: i64,
}

/// An instance over time.
pub(super) struct InstanceTrack {
    /// As it was seen last.
    pub instance: Instance,
    /// When it came, if that was seen.
    pub came: Option<Moment>,
    /// When it was gone.
    pub gone: Option<Moment>,
    /// What it was, whenever that changed.
    pub states: Vec<(Moment, Standing)>,
}

/// How an instance stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It takes tasks.
    Active,
    /// Its tasks move away.
    Draining,
    /// Its agent does not answer.
    Silent,
}

/// Follows a recording to its end.
pub(super) fn follow(events: &[Event]) -> Trace {
    let mut trace = Trace::default();
    for event in events {
        if event.at > trace.view.now {
            // What was seen at one time is looked at together, once all of it is known.
            trace.count();
        }
        let said = fold(&mut trace.view, event);
        trace.said.extend(said);
        trace.see(event);
    }
    trace.count();
    trace
}

impl Trace {
    fn see(&mut self, event: &Event) {
        let at = event.at;
        match &event.what {
            What::Began(outline) => {
                self.stages = vec![(None, None); outline.stages.len()];
                self.counts = vec![Vec::new(); outline.services.len()];
            }
            What::StageBegan { stage } => self.stages[*stage].0 = Some(at),
            What::StageDone { stage, .. } | What::StageFailed { stage, .. } => self.stages[*stage].1 = Some(at),
            What::Task { service, task } => self.see_task(service.as_deref(), task, at),
            What::Instances { instances, .. } => self.see_instances(instances, at),
            _ => {}
        }
    }

    fn see_task(&mut self, service: Option<&str>, task: &Task, at: Moment) {
        let services = &self.view.services;
        let service = service.and_then(|arn| services.iter().position(|one| one.arn.as_deref() == Some(arn)));
        let is_known = self.tasks.contains_key(&task.arn);
        let track = self.tasks.entry(task.arn.clone()).or_insert_with(|| TaskTrack {
            task: task.clone(),
            seen: at,
            service,
            placed: None,
            leaving: None,
            health: Vec::new(),
        });
        let has_place = task.instance.is_some() || task.zone.is_some();
        if track.placed.is_none() && has_place {
            let waited = is_known && at.seconds_since(task.created) >= WAIT;
            track.placed = Some(if waited { at } else { task.created });
        }
        if track.leaving.is_none() && task.desired_status == "STOPPED" {
            track.leaving = Some(task.stopping.unwrap_or(at));
        }
        track.task = task.clone();
        track.seen = at;
    }

    fn see_instances(&mut self, instances: &[Instance], at: Moment) {
        for instance in instances {
            let came = self.looked.then_some(at);
            let track = self
                .instances
                .entry(instance.arn.clone())
                .or_insert_with(|| InstanceTrack {
                    instance: instance.clone(),
                    came,
                    gone: None,
                    states: Vec::new(),
                });
            let standing = match (instance.connected, instance.status.as_str()) {
                (false, _) => Standing::Silent,
                (true, "DRAINING") => Standing::Draining,
                _ => Standing::Active,
            };
            if track.states.last().map(|(_, last)| *last) != Some(standing) {
                track.states.push((at, standing));
            }
            track.instance = instance.clone();
            track.gone = None;
        }
        let is_here = |arn: &String| instances.iter().any(|one| one.arn == *arn);
        let left = self.instances.iter_mut().filter(|(arn, _)| !is_here(arn));
        left.filter(|(_, track)| track.gone.is_none())
            .for_each(|(_, track)| track.gone = Some(at));
        self.looked = true;
    }

    /// Notes which tasks are healthy now.
    fn count(&mut self) {
        let now = self.view.now;
        for (service, counts) in self.view.services.iter().zip(&mut self.counts) {
            let mut counted = Counted {
                at: now,
                desired: service.counts.desired,
                ..Counted::default()
            };
            let there = service.tasks.values();
            for task in there.filter(|task| task.stopped.is_none() && task.last_status != "STOPPED") {
                let healthy = service.counts_as_healthy(task, now);
                counted.all += 1;
                match service.is_new(task) {
                    true => counted.new += i64::from(healthy),
                    false => counted.old += i64::from(healthy),
                }
                let track = self
                    .tasks
                    .get_mut(&task.arn)
                    .filter(|_| task.desired_status == "RUNNING");
                if let Some(track) = track
                    && track.health.last().map(|(_, last)| *last) != Some(healthy)
                {
                    track.health.push((now, healthy));
                }
            }
            let is_known = service.arn.is_some() && (counted.all > 0 || !counts.is_empty());
            let last = counts.last().map(|last| Counted { at: now, ..*last });
            if is_known && last != Some(counted) {
                counts.push(counted);
            }
        }
    }
}
