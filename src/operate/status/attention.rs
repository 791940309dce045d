//! What somebody should look at. In: stacks, services, instances, alarms, tasks as they are. Out: [`Attention`]s, in words.

use crate::cloud::Moment;
use crate::cloud::formation::Stack;
use crate::cloud::outside::Alarm;
use crate::deploy::causes;
use crate::deploy::conceal::concealed;
use crate::deploy::preflight::obstacle;
use crate::operate::roster::App;
use crate::operate::whereabouts::{Whereabouts, family};

use super::{Attention, Copy, Gravity, InstanceStatus, ServiceStatus, TaskStatus};

fn attention(gravity: Gravity, about: impl Into<String>, text: impl Into<String>) -> Attention {
    Attention {
        gravity,
        about: about.into(),
        text: text.into(),
        help: None,
    }
}

/// A stack that takes no change, or that went back.
pub(super) fn of_stack(stack: &Stack) -> Option<Attention> {
    let about = format!("stack {}", stack.name);
    if stack.status.is_under_way() || stack.status.is_in_review() {
        return None;
    }
    if let Some(obstacle) = obstacle(stack) {
        return Some(attention(Gravity::Bad, about, obstacle));
    }
    let is_back = stack.status.as_str() == "UPDATE_ROLLBACK_COMPLETE";
    is_back.then(|| {
        let text = "its last deployment failed and went back (UPDATE_ROLLBACK_COMPLETE): what was before runs on";
        attention(Gravity::Warning, about, text)
    })
}

/// An alarm that rings.
pub(super) fn of_alarm(alarm: &Alarm) -> Option<Attention> {
    let about = format!("alarm {}", alarm.name);
    (alarm.state == "ALARM").then(|| attention(Gravity::Bad, about, alarm.reason.clone()))
}

/// An instance that takes no task.
pub(super) fn of_instance(instance: &InstanceStatus) -> Option<Attention> {
    let InstanceStatus { id, zone, tasks, .. } = instance;
    let run = match tasks {
        1 => "1 task runs".to_string(),
        tasks => format!("{tasks} tasks run"),
    };
    let about = format!("instance {id}");
    if !instance.connected {
        let text = format!("its agent does not answer ({zone}): {run} there unheard, and none is started there");
        let help = "It often comes back by itself. If it does not within ten minutes, terminate the instance; Auto Scaling starts another.";
        return Some(Attention {
            help: Some(help.to_string()),
            ..attention(Gravity::Warning, about, text)
        });
    }
    let is_draining = instance.status == "DRAINING";
    is_draining.then(|| {
        attention(
            Gravity::Warning,
            about,
            format!("it is being emptied ({zone}): {run} there still"),
        )
    })
}

/// For how long after it was asked for a copy may not serve yet, in seconds.
const STARTS: i64 = 300;

/// What is not as it should be with a service.
pub(super) fn of_service(app: &App, service: &ServiceStatus, places: &Whereabouts, now: Moment) -> Vec<Attention> {
    let about = format!("{}/{}", app.name, service.name);
    let mut found = Vec::new();
    if !service.deployed {
        return found;
    }
    let lost: Vec<&Copy> = service.copies.iter().filter(|copy| !copy.heard).collect();
    if !lost.is_empty() {
        let mut where_to: Vec<String> = lost
            .iter()
            .filter_map(|copy| Some(format!("{} in {}", copy.instance.as_ref()?, copy.zone.as_ref()?)))
            .collect();
        where_to.dedup();
        let copies = match lost.len() {
            1 => "1 copy is".to_string(),
            many => format!("{many} copies are"),
        };
        let (running, desired) = (service.running, service.desired);
        let text = format!(
            "{running} of {desired}: {copies} on an instance whose agent does not answer ({}), so ECS does not hear of it",
            where_to.join(", ")
        );
        found.push(attention(Gravity::Warning, &about, text));
    }
    let starts = |copy: &&Copy| !copy.healthy && now.seconds_since(copy.created) < STARTS;
    let starting = i64::try_from(service.copies.iter().filter(starts).count()).unwrap_or(0);
    let has_missing = service.healthy + starting < service.desired;
    let is_rolling = service.rollout.is_some();
    if let Some(trouble) = service.trouble.as_ref().filter(|_| has_missing || is_rolling) {
        found.push(Attention {
            help: Some(trouble.remedy.clone()),
            ..attention(Gravity::Bad, &about, trouble.means.clone())
        });
    } else if has_missing && !is_rolling && lost.is_empty() {
        let text = format!("{} of {} copies serve", service.healthy, service.desired);
        found.push(attention(
            Gravity::Bad,
            &about,
            text + &ended_lately(service, app, places),
        ));
    }
    found
}

/// Why copies of a service ended within the last hour, where one did for a reason of its own.
fn ended_lately(service: &ServiceStatus, app: &App, places: &Whereabouts) -> String {
    let own = app.family(&service.name);
    let ended = places.stopped.iter().filter(|task| {
        let is_planned = task.stop_code.as_deref() == Some("ServiceSchedulerInitiated");
        !is_planned && family(&task.task_definition) == own
    });
    let last = ended.max_by_key(|task| task.stopped);
    let why = last.and_then(causes::of_task);
    let why = why.map(|found| format!("; the last that ended: {}", found.means));
    concealed(&why.unwrap_or_default())
}

/// A task whose last run failed.
pub(super) fn of_task(app: &App, task: &TaskStatus) -> Option<Attention> {
    let last = task.last.as_ref().filter(|last| !last.well)?;
    let why = last.why.as_deref().map(|why| format!(": {why}"));
    let text = format!("its last run failed{}", why.unwrap_or_default());
    Some(attention(Gravity::Warning, format!("{}/{}", app.name, task.name), text))
}
