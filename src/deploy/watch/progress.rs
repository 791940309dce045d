//! How far services are. In: the view. Out: sentences about progress, and signs of life.

use crate::cloud::{Moment, span_of_time};

use crate::deploy::event::StageKind;

use super::service::{ServiceView, Step};
use super::{Level, Said, View};

/// After how many seconds of silence there is a sign of life.
const SILENCE: u64 = 55;

/// Tells how far new tasks are, of the services where that has changed.
pub(super) fn tell(view: &mut View, said: &mut Vec<Said>) {
    let now = view.now;
    let mut told = Vec::new();
    for service in &mut view.services {
        if !service.is_rolling() || service.ours.is_none() {
            continue;
        }
        let numbers = service.numbers();
        // Where tasks may not be seen, their number is all that is known.
        let healthy = match service.tasks.is_empty() && service.ended.is_empty() {
            true => numbers.running,
            false => service.healthy(now),
        };
        let was_whole = std::mem::replace(&mut service.is_whole, healthy >= numbers.asked);
        if healthy > service.best || service.is_whole || was_whole {
            service.best = service.best.max(healthy);
            service.progressed = now;
        }
        let (failures, threshold) = service.failures();
        let progress = (healthy, failures);
        let has_begun = numbers.running > 0 || numbers.pending > 0 || failures > 0;
        if service.told.progress == Some(progress) || numbers.asked == 0 || !has_begun {
            continue;
        }
        service.told.progress = Some(progress);
        let mut text = format!("{healthy} of {} new tasks healthy", numbers.asked);
        let mut add = |count: i64, before: &str, after: &str| {
            if count > 0 {
                text.push_str(&format!("{before}{count} {after}"));
            }
        };
        add(numbers.running - healthy, ", ", "not yet");
        add(numbers.pending, ", ", "starting");
        add(
            numbers.old,
            "; ",
            if numbers.old == 1 {
                "old one still runs"
            } else {
                "old ones still run"
            },
        );
        add(failures, "; ", "failed");
        if let Some(threshold) = threshold.filter(|_| failures > 0) {
            text.push_str(&format!(", and the breaker trips at {threshold}"));
        }
        told.push((service.name().to_string(), text));
    }
    said.extend(told.into_iter().map(|(name, text)| view.say(Level::Step, &name, text)));
}

/// A sign of life, and what is being waited for: AWS itself, where it refuses an operation.
pub(super) fn heartbeat(view: &View, refused: &str, said: &mut Vec<Said>) {
    let silent = view.now.since(view.told);
    if silent.as_secs() < SILENCE || !said.is_empty() || view.outcome.is_some() {
        return;
    }
    let services = view.services.iter();
    let waits: Vec<String> = services.filter_map(|service| waits_for(service, view.now)).collect();
    let (first, more) = waits.split_at(waits.len().min(3));
    let waits = match (first.is_empty(), more.len()) {
        _ if !refused.is_empty() => format!("AWS to answer {refused}"),
        (true, _) => resources_open(view)
            .or_else(|| once_waits_for(view))
            .unwrap_or_else(|| "AWS".to_string()),
        (false, 0) => first.join("; "),
        (false, more) => format!("{}; and {more} more services", first.join("; ")),
    };
    let stage = view.current_stage().map(|stage| view.stage_name(stage));
    let quiet = span_of_time(view.now.since(view.changed));
    let text = format!("no change for {quiet}: waiting for {waits}");
    said.push(view.say(Level::Quiet, stage.unwrap_or_default(), text));
}

/// What a task that runs once waits for.
fn once_waits_for(view: &View) -> Option<String> {
    let stage = view.current_stage()?;
    let task = view
        .once
        .as_ref()
        .filter(|_| view.outline.stages[stage].kind == StageKind::Task)?;
    let what = match task.last_status.as_str() {
        "PROVISIONING" if task.instance.is_none() => "to get room",
        "RUNNING" => "to end",
        "STOPPED" => return None,
        _ if task.desired_status == "STOPPED" => "to stop",
        _ => "to start",
    };
    Some(format!("the task {what}"))
}

/// What a service waits for, in words.
fn waits_for(service: &ServiceView, now: Moment) -> Option<String> {
    if service.is_over() || service.arn.is_none() || !service.touched {
        return None;
    }
    let name = service.name();
    if service.is_paused() {
        return Some(format!("somebody to let `{name}` go on"));
    }
    if service.step == Step::Scale {
        let missing = service.counts.desired - service.counts.running;
        return Some(format!(
            "`{name}`: {} to {}",
            tasks(missing.abs()),
            match missing < 0 {
                true => "stop",
                false => "run",
            }
        ));
    }
    if service.step != Step::Rollout {
        return None;
    }
    let count = |wanted: &dyn Fn(&&crate::cloud::ecs::Task) -> bool| service.new_tasks().filter(wanted).count() as i64;
    let leaving = service.tasks.values().filter(|task| task.desired_status == "STOPPED");
    let numbers = service.numbers();
    let parts = [
        (numbers.asked - numbers.running - numbers.pending, "to be started"),
        (
            count(&|task| task.last_status == "PROVISIONING" && task.instance.is_none()),
            "to get room",
        ),
        (
            count(&|task| {
                let status = task.last_status.as_str();
                matches!(status, "PENDING" | "ACTIVATING") || (status == "PROVISIONING" && task.instance.is_some())
            }),
            "to start",
        ),
        (
            count(&|task| {
                let runs = task.last_status == "RUNNING" && task.desired_status == "RUNNING";
                runs && !service.counts_as_healthy(task, now)
            }),
            "to become healthy",
        ),
        (leaving.count() as i64, "to stop"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, what)| format!("{} {what}", tasks(*count))).collect();
    let drain = service
        .service
        .drain
        .filter(|_| parts.last().is_some_and(|part| part.ends_with("to stop")));
    let drain = drain.map(|drain| format!(" (each may take {drain}s to finish its requests)"));
    let stage = service.deployment.as_ref().and_then(|ours| ours.stage.as_deref());
    match (parts.is_empty(), stage) {
        (false, _) => Some(format!("`{name}`: {}{}", parts.join(", "), drain.unwrap_or_default())),
        (true, Some(stage)) => Some(format!("`{name}` at {stage}")),
        (true, None) if service.ours.is_some() => Some(format!("ECS to call `{name}` done")),
        (true, None) => None,
    }
}

fn tasks(count: i64) -> String {
    match count {
        1 => "1 task".to_string(),
        _ => format!("{count} tasks"),
    }
}

/// The resources that CloudFormation works on.
fn resources_open(view: &View) -> Option<String> {
    let stage = view.outline.stages.get(view.current_stage()?)?;
    let stack = view.stacks.get(stage.stack.as_deref()?)?;
    let names = stack
        .open
        .iter()
        .map(|(name, (status, _))| match status.as_str().starts_with("DELETE_") {
            true => format!("the deletion of {name}"),
            false => name.clone(),
        });
    let mut names: Vec<String> = names.collect();
    let more = names.len().saturating_sub(3);
    names.truncate(3);
    match (names.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(names.join(", ")),
        (false, more) => Some(format!("{} and {more} more resources", names.join(", "))),
    }
}
