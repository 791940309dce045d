//! What goes wrong without anybody saying so: time that passes tells it. In: the view. Out: causes of our own.

use std::time::Duration;

use crate::cloud::capacity::Instance;
use crate::cloud::ecs::{Task, last_part};
use crate::cloud::{Error, ErrorKind, Moment, span_of_time};

use super::cause::{Cause, Weight};
use super::service::ServiceView;
use super::{Said, View, evidence};
use crate::deploy::causes;

/// For how many seconds a task may wait for room before that is worth a word: an instance is there within this time.
const ROOM: i64 = 240;

/// After how many seconds without one more healthy task a rollout stands still.
const STALLS: i64 = 120;

/// For how many seconds new tasks may be missing while an old problem of placement stands.
const STANDS_AFTER: i64 = 10;

/// Takes the instances of a cluster: which are lost, silent, or being emptied.
pub(super) fn see_instances(view: &mut View, cluster: &str, instances: &[Instance], said: &mut Vec<Said>) {
    let before = view
        .instances
        .insert(cluster.to_string(), instances.to_vec())
        .unwrap_or_default();
    for instance in instances {
        view.known_instances.insert(instance.arn.clone(), instance.clone());
        let known = before.iter().find(|one| one.arn == instance.arn);
        if !instance.connected && known.is_none_or(|known| known.connected) {
            let mut cause = Cause::new("I1", "agent-disconnected", cluster, Weight::Notice, view.now);
            cause.means = format!(
                "the agent of instance {} in {} does not answer: its tasks run on, and no new one is placed there",
                instance.ec2, instance.zone
            );
            cause.remedy = "It often comes back by itself. If it does not within ten minutes, terminate the instance; Auto Scaling starts another.".to_string();
            cause.group = format!("I1 {}", instance.arn);
            view.blame(cause, said);
        }
    }
    for instance in instances.iter().filter(|one| one.status == "DRAINING") {
        let mut cause = Cause::new("I11", "instance-draining", cluster, Weight::Notice, view.now);
        cause.means = format!(
            "instance {} in {} is being emptied: ECS moves its tasks to others",
            instance.ec2, instance.zone
        );
        cause.remedy =
            "Nothing, if it is to go: Auto Scaling, a roll of instances, or the end of Spot capacity empties one."
                .to_string();
        cause.group = format!("I11 {}", instance.arn);
        if view.causes.find(&cause.group, cluster).is_none() {
            view.blame(cause, said);
        }
    }
    let gone: Vec<&Instance> = before
        .iter()
        .filter(|one| one.status == "ACTIVE" && !instances.iter().any(|other| other.arn == one.arn))
        .collect();
    let mut zones: Vec<&str> = gone.iter().map(|instance| instance.zone.as_str()).collect();
    zones.sort_unstable();
    zones.dedup();
    for zone in zones {
        let here: Vec<&str> = gone
            .iter()
            .filter(|one| one.zone == zone)
            .map(|one| one.ec2.as_str())
            .collect();
        let left = instances.iter().filter(|one| one.zone == zone).count();
        let (id, name) = if left == 0 && here.len() > 1 {
            ("I3", "zone-lost")
        } else {
            ("I2", "instance-lost")
        };
        let mut cause = Cause::new(id, name, cluster, Weight::Notice, view.now);
        cause.means = match (here.len(), left) {
            (1, _) => format!("instance {} in {zone} is gone", here[0]),
            (count, 0) => format!("all {count} instances in {zone} are gone"),
            (count, _) => format!("{count} instances in {zone} are gone: {}", here.join(", ")),
        };
        cause.remedy = "ECS starts their tasks on other instances, and Auto Scaling replaces them.".to_string();
        cause.group = format!("{id} {}", here.join(" "));
        view.blame(cause, said);
    }
}

/// Takes a refused request.
pub(super) fn see_slowed(view: &mut View, operation: &str, code: &str, said: &mut Vec<Said>) {
    let kind = Error::new(operation, code, "").kind();
    let is_passing = matches!(kind, ErrorKind::Throttled | ErrorKind::Unavailable);
    let mut cause = match is_passing {
        true => Cause::new("I4", "throttled", "", Weight::Notice, view.now),
        false => Cause::new("I10", "unseen", "", Weight::Notice, view.now),
    };
    if is_passing {
        cause.means = format!("AWS refuses requests for now ({operation}: {code}), so news comes more slowly");
        cause.remedy =
            "Nothing is lost. Other pipelines of this account and region use up the same allowance.".to_string();
        cause.group = "I4".to_string();
    } else {
        cause.means = format!("AWS refuses {operation} ({code}), so that causes may stay unknown");
        cause.remedy = "Allow whoever deploys this operation. The verdict does not hang on it.".to_string();
        cause.group = format!("I10 {operation}");
    }
    view.blame(cause, said);
}

/// Looks at what has been as it is for too long.
pub(super) fn look(view: &mut View, said: &mut Vec<Said>) {
    let now = view.now;
    let mut found = Vec::new();
    for at in 0..view.services.len() {
        let service = &view.services[at];
        if !service.is_rolling() {
            continue;
        }
        found.extend(slow_start(service, now));
        found.extend(waits_for_room(service, now));
        found.extend(starts_nothing(service, now));
        found.extend(still_stands(service, now));
        for cause in unhealed(view, at) {
            said.push(view.tell_cause(cause));
        }
    }
    found.extend(once_waits(view));
    for cause in found {
        if view.causes.find(&cause.group, &cause.subject).is_none() {
            view.blame(cause, said);
        }
    }
}

/// What health checks found, of a rollout that stands still or loses tasks.
fn unhealed(view: &mut View, at: usize) -> Vec<Cause> {
    let now = view.now;
    let service = &view.services[at];
    let name = service.name().to_string();
    let (failures, _) = service.failures();
    let progressed = service.progressed;
    view.causes.tell_unhealed(&name, |cause| match failures > 0 {
        true => Some(Weight::Failing),
        false if service.is_whole => None,
        false => (now.seconds_since(cause.first.max(progressed)) >= STALLS).then_some(Weight::Notice),
    })
}

/// A problem from before we began, which ECS does not write again, while new tasks are missing.
fn still_stands(service: &ServiceView, now: Moment) -> Option<Cause> {
    let text = service.standing.as_ref()?;
    let found = causes::of_message(text)?;
    let numbers = service.numbers();
    let is_short = numbers.running + numbers.pending < numbers.asked;
    let since = now.seconds_since(service.started?);
    if !is_short || since < STANDS_AFTER {
        return None;
    }
    let mut cause = evidence::cause(service, &found, text, now);
    cause.means = format!("{}, and did so before this deployment began", cause.means);
    Some(cause)
}

/// New tasks are missing, none is on its way, none goes, and ECS says nothing.
fn starts_nothing(service: &ServiceView, now: Moment) -> Option<Cause> {
    let numbers = service.numbers();
    let missing = numbers.asked - numbers.running - numbers.pending;
    let all = service.tasks.values().chain(service.ended.values());
    let newest = all.map(|task| task.stopped.unwrap_or(task.created)).max();
    let since = service.started?.max(service.progressed).max(newest.unwrap_or_default());
    let leaving = service.tasks.values().any(|task| task.desired_status == "STOPPED");
    let is_settled = service.new_tasks().all(|task| service.counts_as_healthy(task, now));
    if missing <= 0 || numbers.pending > 0 || leaving || !is_settled || now.seconds_since(since) < STALLS {
        return None;
    }
    let mut cause = Cause::new("I7", "nothing-starts", service.name(), Weight::Failing, now);
    cause.means = format!(
        "{missing} of {} new tasks are missing, and ECS has started none for {} without a word",
        numbers.asked,
        span_of_time(now.since(since))
    );
    cause.remedy = "Look at the room on the instances, and at `rollout: {healthy, surge}`: ECS writes a message once in six hours only. `loadline forecast` says whether the rollout can converge.".to_string();
    cause.place = Some(evidence::place(service, Some("rollout")));
    Some(cause)
}

/// New tasks that run for most of their grace and answer no check yet.
fn slow_start(service: &ServiceView, now: Moment) -> Option<Cause> {
    let check = service.service.check.as_ref()?;
    let new = service.new_tasks().filter(|task| task.desired_status == "RUNNING");
    let slow = new.filter(|task| {
        let since = task.started.map(|started| now.seconds_since(started));
        since.is_some_and(|since| since.saturating_mul(10) >= check.grace.saturating_mul(7))
            && !service.counts_as_healthy(task, now)
            // One that answers with an error has started.
            && service.ailment(task).and_then(|target| target.reason.as_deref()) != Some("Target.ResponseCodeMismatch")
    });
    let oldest = slow.filter_map(|task| task.started).min()?;
    let since = now.seconds_since(oldest);
    let mut cause = Cause::new("I5", "slow-start", service.name(), Weight::Notice, now);
    let left = check.grace.saturating_sub(since);
    let span = |seconds: i64| span_of_time(Duration::from_secs(seconds.max(0) as u64));
    cause.means = format!(
        "new tasks have run for {} and do not answer {} yet; {}",
        span(since),
        check.path,
        match left > 0 {
            true => format!("their grace ends in {}", span(left)),
            false => "their grace is over".to_string(),
        }
    );
    cause.remedy = "If that is how long it takes to start, raise `health: {boot}`.".to_string();
    cause.place = Some(evidence::place(service, Some("health.boot")));
    Some(cause)
}

/// A task that runs once and waits for an instance, for longer than one takes to come.
fn once_waits(view: &View) -> Option<Cause> {
    let task = view.once.as_ref().filter(|task| waits(task))?;
    let stage = view.current_stage()?;
    let since = view.now.since(task.created);
    if since.as_secs() < ROOM as u64 {
        return None;
    }
    let mut cause = Cause::new("I6", "no-capacity", view.stage_name(stage), Weight::Failing, view.now);
    cause.means = format!(
        "it waits for room since {}: no instance has any, and none has come",
        span_of_time(since)
    );
    cause.remedy = MORE_ROOM.to_string();
    cause.place = view.outline.stages.get(stage).and_then(|stage| stage.place.clone());
    Some(cause)
}

/// Whether a task waits for an instance.
fn waits(task: &Task) -> bool {
    task.last_status == "PROVISIONING" && task.instance.is_none()
}

/// What to do where there is no room.
const MORE_ROOM: &str = "Allow more instances (`capacity: {instances: {count: {max}}}`), another type, or fewer tasks at once (`rollout: {surge}`); where EC2 has none of the type, name several.";

/// New tasks that wait for an instance, for longer than one takes to come.
fn waits_for_room(service: &ServiceView, now: Moment) -> Option<Cause> {
    let homeless = service.new_tasks().filter(|task| waits(task));
    let waiting: Vec<Moment> = homeless.map(|task| task.created).collect();
    let oldest = waiting.iter().min()?;
    if now.seconds_since(*oldest) < ROOM {
        return None;
    }
    let mut cause = Cause::new("I6", "no-capacity", service.name(), Weight::Failing, now);
    let (tasks, wait) = match waiting.len() {
        1 => ("1 new task".to_string(), "waits"),
        count => (format!("{count} new tasks"), "wait"),
    };
    cause.means = format!(
        "{tasks} of {} {wait} for room since {}: no instance has any, and none has come",
        last_part(service.wanted.as_deref().unwrap_or_default()),
        span_of_time(now.since(*oldest))
    );
    cause.remedy = MORE_ROOM.to_string();
    cause.place = Some(service.service.place.clone());
    Some(cause)
}
