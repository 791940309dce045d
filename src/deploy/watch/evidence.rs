//! Evidence: messages, tasks, targets and failed resources, each turned into a cause. In: facts. Out: causes, told when it is
//! time. Must not know how far a service is.

use std::collections::BTreeSet;

use crate::cloud::Moment;
use crate::cloud::capacity::TargetHealth;
use crate::cloud::ecs::Task;
use crate::cloud::outside::LogLine;
use crate::deploy::causes::{self, Class, Match};
use crate::template::Place;

use super::cause::{Cause, LOG_LINES, Nature, ONCE_LINES, Weight};
use super::rollout::because;
use super::service::{ServiceView, Step};
use super::{Level, Said, View};

/// For how long after it was written a message about placement still tells of a standing problem, in seconds: ECS writes
/// the same one once in six hours only (developer guide, "Amazon ECS service event messages").
pub(in crate::deploy) const STANDS: i64 = 6 * 3600;

/// What to do about a reason that the catalogue does not have.
const UNKNOWN: &str = "Read AWS's words: this reason is not in the catalogue yet.";

/// Takes a line of the scheduler.
pub(super) fn see_message(view: &mut View, arn: &str, written: Moment, text: &str, said: &mut Vec<Said>) {
    let Some(at) = view.at(arn) else { return };
    let now = view.now;
    let found = causes::of_message(text);
    let service = &mut view.services[at];
    if written < service.began {
        look_back(service, found.as_ref(), now.seconds_since(written), text);
        return;
    }
    let Some(found) = found else {
        // Nobody knows this text: it is shown as it is.
        let said_as_is = view.say(Level::Step, view.services[at].name(), text.to_string());
        said.push(said_as_is);
        return;
    };
    if is_good(&found) {
        service.standing = None;
    }
    if found.class == Class::Progress || found.is_consequence {
        return;
    }
    if service.is_over() && found.class != Class::Terminal {
        return;
    }
    let cause = cause(&view.services[at], &found, text, now);
    view.blame(cause, said);
}

/// Whether a message says that all tasks there shall be run.
fn is_good(found: &Match) -> bool {
    matches!(found.id, "A1" | "A2")
}

/// Keeps what was wrong before we began and still stands: ECS does not write the same message again for hours.
fn look_back(service: &mut ServiceView, found: Option<&Match>, age: i64, text: &str) {
    match found {
        Some(found) if is_good(found) => service.standing = None,
        Some(found) if found.class == Class::Failing && !found.is_consequence && age < STANDS => {
            service.standing = Some(text.to_string());
        }
        _ => {}
    }
}

/// Takes a task: of a service, or one that runs once.
pub(super) fn see_task(view: &mut View, arn: Option<&str>, task: &Task, said: &mut Vec<Said>) {
    let now = view.now;
    let is_known = task
        .containers
        .iter()
        .any(|one| one.exit_code.is_some() || one.reason.is_some());
    let is_judged = task.stopped.is_some() || task.last_status == "STOPPED" || (task.stop_code.is_some() && is_known);
    let found = if is_judged { causes::of_task(task) } else { None };
    let log = view
        .logs
        .get(&task.arn)
        .map(|(_, lines)| lines.clone())
        .unwrap_or_default();
    let Some(arn) = arn else {
        view.once = Some(task.clone());
        if let Some(found) = found.filter(|found| found.class != Class::Progress) {
            let stage = view.current_stage();
            let place = stage.and_then(|stage| view.outline.stages.get(stage)?.place.clone());
            let name = stage.map(|stage| view.stage_name(stage)).unwrap_or_default();
            let mut cause = from_match(name, &found, &quote(task), now);
            cause.place = place;
            attach(&mut cause, task, log);
            view.blame(cause, said);
        }
        return;
    };
    let Some(at) = view.at(arn) else { return };
    view.services[at].see_task(task);
    let service = &view.services[at];
    let Some(found) = found else {
        if is_judged && service.is_rolling() && service.is_new(task) {
            see_unknown_stop(view, at, task, said);
        }
        return;
    };
    // What stopped before we began is somebody else's.
    if found.class == Class::Progress || task.stopped.is_some_and(|stopped| stopped < service.began) {
        return;
    }
    if service.is_over() && !found.is_infrastructure {
        return;
    }
    let mut cause = cause(service, &found, &quote(task), now);
    if found.is_passing && !found.is_infrastructure {
        // A task that stopped is worth a word at once; what stops a few of them is no passing fault.
        cause.weight = Weight::Notice;
        cause.nature = Nature::Grows;
    }
    let is_old = service.step == Step::Rollout && !service.is_new(task);
    if is_old && cause.weight >= Weight::Failing {
        // The revision that goes is no hindrance for the one that comes.
        cause.weight = Weight::Notice;
        cause.means = format!("of the old revision: {}", cause.means);
        cause.group = format!("old {}", cause.group);
    }
    // What the load balancer got says more than that it gave up, and is the same failure.
    let ailment = service.ailment(task).filter(|_| found.id == "B32");
    if let Some(got) = ailment.and_then(causes::of_target) {
        let quote = std::mem::take(&mut cause.quote);
        cause = self::cause(service, &got, &quote, now);
        cause.weight = Weight::Failing;
        cause.nature = Nature::Stays;
    }
    let sign = attach(&mut cause, task, log);
    if let Some(key) = sign.and_then(|sign| sign.key) {
        cause.place = Some(place(service, Some(key)));
    }
    view.blame(cause, said);
}

/// A new task stopped for a reason that nobody knows yet: it is shown as it is.
fn see_unknown_stop(view: &mut View, at: usize, task: &Task, said: &mut Vec<Said>) {
    let words = [task.stop_code.clone(), Some(quote(task))];
    let words: Vec<String> = words.into_iter().flatten().filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        return;
    }
    let service = &view.services[at];
    let mut cause = Cause::new("task", "task-stopped", service.name(), Weight::Notice, view.now);
    cause.means = format!("stopped: {}", words.join(": "));
    cause.remedy = UNKNOWN.to_string();
    cause.group = format!("task {}", cause.means);
    cause.nature = Nature::Grows;
    cause.place = Some(service.service.place.clone());
    attach(&mut cause, task, Vec::new());
    view.blame(cause, said);
}

/// Takes that a task that runs once has no room yet.
pub(super) fn see_unplaced(view: &mut View, stage: usize, reason: &str, said: &mut Vec<Said>) {
    let Some(outline) = view.outline.stages.get(stage) else {
        return;
    };
    let mut cause = match causes::of_placement(reason) {
        Some(found) => from_match(&outline.name, &found, reason, view.now),
        None => Cause {
            means: format!("no place for it yet{}", because(reason)),
            remedy: UNKNOWN.to_string(),
            ..Cause::new("placement", "no-place", &outline.name, Weight::Notice, view.now)
        },
    };
    // It is asked for again until there is room.
    cause.weight = Weight::Notice;
    cause.place = outline.place.clone();
    cause.quote = reason.to_string();
    view.blame(cause, said);
}

/// Adds the evidence of a task, and what its log says of why it ended.
fn attach(cause: &mut Cause, task: &Task, log: Vec<LogLine>) -> Option<Match> {
    cause.tasks = BTreeSet::from([task.arn.clone()]);
    // A migration that finds another shape is not told to run before the deployment.
    let is_service = task.group.starts_with("service:");
    let most = if is_service { LOG_LINES } else { ONCE_LINES };
    cause.log = log[log.len().saturating_sub(most)..].to_vec();
    let died = task
        .containers
        .iter()
        .any(|container| container.exit_code.is_some_and(|code| code != 0));
    let last = &cause.log[cause.log.len().saturating_sub(LOG_LINES)..];
    let sign = causes::of_log(last).filter(|_| died && cause.weight >= Weight::Failing);
    let sign = sign.filter(|sign| is_service || sign.name != "migrations-pending")?;
    cause.means = format!("{}: {}", cause.means, sign.means);
    cause.remedy = sign.remedy.clone();
    cause.sign = Some(sign.name.to_string());
    Some(sign)
}

/// What AWS said of a stopped task.
fn quote(task: &Task) -> String {
    let reasons = task.containers.iter().filter_map(|container| {
        let exit = container.exit_code.map(|code| format!("exit {code}"));
        // On Fargate and for images, the task's reason is the container's own.
        let said = task.stopped_reason.as_deref().unwrap_or_default();
        let reason = container
            .reason
            .clone()
            .filter(|reason| !said.contains(reason.as_str()));
        let words: Vec<String> = exit.into_iter().chain(reason).collect();
        (!words.is_empty()).then(|| format!("{}: {}", container.name, words.join(", ")))
    });
    let stopped = task.stopped_reason.clone().into_iter();
    stopped.chain(reasons).collect::<Vec<_>>().join(" · ")
}

/// Takes the health of a target. What is unhealthy while it starts is no cause; what ECS stops for it is one of its own.
pub(super) fn see_target(view: &mut View, arn: &str, group: &str, health: &TargetHealth, said: &mut Vec<Said>) {
    let now = view.now;
    let Some(at) = view.at(arn) else { return };
    view.services[at].see_target(group, health);
    let service = &view.services[at];
    if health.state != "unhealthy" || !service.is_rolling() {
        return;
    }
    let task = service.task_at(health);
    if task.is_some_and(|task| !service.is_new(task)) {
        return;
    }
    let words = [health.reason.as_deref(), health.about.as_deref()];
    let text = words.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let mut cause = match causes::of_target(health) {
        Some(found) if found.class == Class::Progress => return,
        Some(found) => cause(service, &found, &text, now),
        None => Cause {
            remedy: UNKNOWN.to_string(),
            means: format!("the load balancer finds the task unhealthy{}", because(&text)),
            place: Some(place(service, Some("health"))),
            group: format!("target {text}"),
            ..Cause::new("target", "target-unhealthy", service.name(), Weight::Passing, now)
        },
    };
    cause.weight = Weight::Passing;
    cause.nature = Nature::Heals;
    cause.tasks.extend(task.map(|task| task.arn.clone()));
    view.blame(cause, said);
}

/// Takes a resource that failed. Of a service, the cause is elsewhere; of anything else, AWS's text is all there is.
pub(super) fn see_failed_resource(
    view: &mut View,
    stack: &str,
    logical: &str,
    kind: &str,
    reason: &str,
    said: &mut Vec<Said>,
) {
    let found = causes::of_stack(reason);
    if found
        .as_ref()
        .is_some_and(|found| found.is_consequence || found.class == Class::Progress)
    {
        return;
    }
    let origin = view
        .origin(stack, logical)
        .map(|(owner, place)| (owner.to_string(), place.clone()));
    let mut cause = match &found {
        Some(found) => from_match(stack, found, reason, view.now),
        None => Cause {
            means: reason.trim_end_matches('.').to_string(),
            remedy: UNKNOWN.to_string(),
            ..Cause::new("resource", "resource-failed", stack, Weight::Failing, view.now)
        },
    };
    cause.group = format!("{} {logical}", cause.group);
    let of = origin
        .as_ref()
        .map(|(owner, _)| format!(" of {owner}"))
        .unwrap_or_default();
    cause.means = format!("{logical} ({kind}){of}: {}", cause.means);
    cause.place = origin.map(|(_, place)| place);
    cause.quote = reason.to_string();
    view.blame(cause, said);
}

/// Gives a service that failed AWS's own reason, where nothing better was found.
pub(super) fn explain(view: &mut View, at: usize, said: &mut Vec<Said>) {
    let service = &view.services[at];
    let Some(reason) = service.refusal.clone().filter(|_| service.is_over()) else {
        return;
    };
    let found = causes::of_stack(&reason).filter(|found| found.id != "S4" && found.id != "S5");
    let Some(found) = found.filter(|_| !view.causes.has_told(service.name())) else {
        return;
    };
    let cause = cause(service, &found, &reason, view.now);
    view.blame(cause, said);
}

/// A cause of a service, at the user's line.
pub(super) fn cause(service: &ServiceView, found: &Match, quote: &str, now: Moment) -> Cause {
    let mut cause = from_match(service.name(), found, quote, now);
    cause.place = Some(place(service, found.key));
    if let Some(check) = &service.service.check {
        cause.means = cause.means.replace("`health: {path}`", &format!("`{}`", check.path));
    }
    cause
}

fn from_match(subject: &str, found: &Match, quote: &str, now: Moment) -> Cause {
    // What health checks find is often over before anybody can look.
    let is_of_health = found.id.starts_with('T') || matches!(found.id, "A36" | "A37" | "A38" | "A39" | "A41" | "A48");
    let weight = match found.class {
        _ if found.is_infrastructure => Weight::Notice,
        _ if found.is_passing || is_of_health => Weight::Passing,
        Class::Progress | Class::Warning => Weight::Notice,
        Class::Failing => Weight::Failing,
        Class::Terminal => Weight::Terminal,
    };
    let mut cause = Cause::new(found.id, found.name, subject, weight, now);
    cause.means = found.means.clone();
    cause.remedy = found.remedy.clone();
    if found.name != "secret-not-json" {
        // AWS's text on a secret that is no JSON shows a part of it.
        cause.quote = quote.to_string();
    }
    cause.group = found.group();
    if is_of_health {
        cause.nature = Nature::Heals;
    }
    cause
}

/// The line of a key, or of the block that it is in, or of the service.
pub(super) fn place(service: &ServiceView, key: Option<&str>) -> Place {
    let keys = &service.service.keys;
    let exact = key.and_then(|key| keys.get(key));
    let block = key.and_then(|key| keys.get(key.split('.').next().unwrap_or(key)));
    exact.or(block).unwrap_or(&service.service.place).clone()
}
