//! The fold itself: each kind of event to the part of the view that it changes. In: an event. Out: sentences.
//!
//! A recording is what somebody hands in, so that nothing in an event is trusted: what names no stage and no service is passed
//! over.

use crate::cloud::{Moment, span_of_time};
use crate::deploy::event::{Event, Outline, StageKind, What};

use super::cause::Cause;
use super::cause::Weight;
use super::service::{ServiceView, Step};
use super::verdict::{Outcome, Verdict};
use super::{Level, Said, StackView, StageState, View, evidence, progress, rollout, stack, standing};

/// Takes an event. Returns what is to be said now.
pub fn fold(view: &mut View, event: &Event) -> Vec<Said> {
    let mut said = Vec::new();
    if event.at > view.now {
        // What was seen at one time is told together, once all of it is known.
        look(view, &mut said);
        progress::heartbeat(view, "", &mut said);
        view.now = event.at;
    }
    see(view, &event.what, &mut said);
    match &event.what {
        What::Quiet | What::Unplaced { .. } => progress::heartbeat(view, "", &mut said),
        What::Slowed { operation, .. } => progress::heartbeat(view, operation, &mut said),
        _ => {}
    }
    if !said.is_empty() {
        view.told = view.now;
    }
    if said.iter().any(|said| said.level != Level::Quiet) {
        view.changed = view.now;
    }
    said
}

/// Looks at what is known now as a whole.
fn look(view: &mut View, said: &mut Vec<Said>) {
    progress::tell(view, said);
    standing::look(view, said);
}

impl View {
    /// A sentence about something, now.
    pub(super) fn say(&self, level: Level, subject: &str, text: impl Into<String>) -> Said {
        Said {
            at: self.now,
            level,
            subject: subject.to_string(),
            text: text.into(),
            cause: None,
            lines: Vec::new(),
        }
    }

    /// Adds a cause, and says so when it is time.
    pub(super) fn blame(&mut self, mut cause: Cause, said: &mut Vec<Said>) {
        // Where the spec is not known, nothing has a line.
        cause.place = cause.place.filter(|place| place.line > 0);
        if let Some(cause) = self.causes.see(cause) {
            said.push(self.tell_cause(cause));
        }
    }

    pub(super) fn tell_cause(&self, cause: Cause) -> Said {
        let level = match cause.weight >= Weight::Failing {
            true => Level::Bad,
            false => Level::Warning,
        };
        Said {
            cause: Some(cause.clone()),
            ..self.say(level, &cause.subject, cause.headline())
        }
    }
}

fn see(view: &mut View, what: &What, said: &mut Vec<Said>) {
    let now = view.now;
    match what {
        What::Began(outline) => *view = begun(outline, now),
        What::StageBegan { stage } => {
            view.once = None;
            if turn(view, *stage, StageState::Begun(now)).is_some()
                && let Some(outline) = view.outline.stages.get(*stage)
                && outline.kind == StageKind::Task
            {
                said.push(view.say(Level::Step, &outline.name, "started"));
            }
        }
        What::StageDone { stage, note } => {
            if let Some(before) = turn(view, *stage, StageState::Done(now)) {
                let text = note
                    .clone()
                    .unwrap_or_else(|| format!("done in {}", took(&before, now)));
                said.push(Said {
                    lines: view.log_of_once(),
                    ..view.say(Level::Good, view.stage_name(*stage), text)
                });
            }
        }
        What::StageFailed { stage, reason } => {
            if turn(view, *stage, StageState::Failed(now)).is_some() {
                said.push(view.say(Level::Bad, view.stage_name(*stage), reason.clone()));
            }
        }
        What::Blocked { outcome } => view.blocked = Some(*outcome),
        What::Planned { stack, changes, since } => stack::see_planned(view, stack, changes, *since, said),
        What::Attached { .. } => stack::see_attached(view, what, said),
        What::TurnedBack { stack, call, refusal } => {
            stack::see_turned_back(view, stack, call, refusal.as_deref(), said);
        }
        What::Recovered { stack, call } => {
            view.stacks.insert(stack.clone(), StackView::default());
            said.push(view.say(Level::Step, stack, format!("{call} was asked for")));
        }
        What::Detached { .. } => view.detached = true,
        What::Stack { stack, status, reason } => stack::see_stack(view, stack, status, reason.as_deref(), said),
        What::Resource { .. } => stack::see_resource(view, what, said),
        What::Service { service, counts } => rollout::see_counts(view, service, counts, said),
        What::Deployment { service, deployment } => rollout::see_deployment(view, service, deployment, said),
        What::Message { service, written, text } => evidence::see_message(view, service, *written, text, said),
        What::Task { service, task } => evidence::see_task(view, service.as_deref(), task, said),
        What::Target { service, group, health } => evidence::see_target(view, service, group, health, said),
        What::Log { task, container, lines } => {
            view.logs.insert(task.clone(), (container.clone(), lines.clone()));
        }
        What::Unplaced { stage, reason } => evidence::see_unplaced(view, *stage, reason, said),
        What::Leaving { stage, count } => {
            let text = match count {
                0 => "its instances are gone".to_string(),
                1 => "1 instance is emptied and goes".to_string(),
                _ => format!("{count} instances are emptied and go"),
            };
            said.push(view.say(Level::Step, view.stage_name(*stage), text));
        }
        What::Instances { cluster, instances } => standing::see_instances(view, cluster, instances, said),
        What::Slowed { operation, code } => standing::see_slowed(view, operation, code, said),
        What::Braked {
            service,
            ended,
            refusal,
        } => {
            let Some(at) = view.at(service) else { return };
            let failures = view.services[at].failures();
            let (failed, threshold) = (failures.0, failures.1.unwrap_or_default());
            let why =
                format!("{ended} new tasks have ended, of which the breaker of ECS counts {failed} of {threshold}");
            let text = match refusal {
                None => format!("loadline stops the rollout: {why}"),
                Some(refusal) => format!("the rollout runs away, and cannot be stopped: {why}; {refusal}"),
            };
            let name = view.services[at].name().to_string();
            said.push(view.say(Level::Bad, &name, text));
        }
        // It is passed on as it is.
        What::Output { .. } => {}
        What::Quiet => {}
        What::Deadline => view.deadline = true,
        What::Interrupted => view.interrupted = true,
        What::Ended => {
            look(view, said);
            ended(view, said);
        }
    }
}

fn begun(outline: &Outline, now: Moment) -> View {
    View {
        began: now,
        now,
        told: now,
        changed: now,
        stages: vec![StageState::Waits; outline.stages.len()],
        services: outline.services.iter().map(ServiceView::new).collect(),
        outline: outline.clone(),
        ..View::default()
    }
}

/// Changes the state of a stage, if there is one of this number. Returns the state before.
fn turn(view: &mut View, stage: usize, state: StageState) -> Option<StageState> {
    let known = view.stages.get_mut(stage)?;
    Some(std::mem::replace(known, state))
}

fn took(state: &StageState, now: Moment) -> String {
    match state {
        StageState::Begun(began) => span_of_time(now.since(*began)),
        _ => span_of_time(std::time::Duration::ZERO),
    }
}

/// Says at the end what has not been said and may explain it.
fn ended(view: &mut View, said: &mut Vec<Said>) {
    let outcome = view.conclude();
    view.outcome = Some(outcome);
    if !matches!(outcome, Outcome::Failed | Outcome::RolledBack | Outcome::Deadline) {
        return;
    }
    for at in 0..view.services.len() {
        let service = &view.services[at];
        let is_well = matches!(service.verdict, Some(Verdict::Serving { .. } | Verdict::Settled));
        if is_well || service.step == Step::Nothing {
            continue;
        }
        let name = service.name().to_string();
        for cause in view.causes.tell_all(&name) {
            said.push(view.tell_cause(cause));
        }
        let is_open = view.services[at].verdict.is_none() && view.services[at].touched;
        if is_open && outcome != Outcome::Deadline {
            said.push(view.say(Level::Bad, &name, "nobody saw whether the asked revision serves"));
        }
        evidence::explain(view, at, said);
    }
}
