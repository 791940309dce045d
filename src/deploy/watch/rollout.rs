//! Deployments of services: what is new of ours, and its end. In: service deployments and counts. Out: sentences.

use std::time::Duration;

use crate::cloud::ecs::{Hook, ServiceDeployment, last_part};
use crate::cloud::span_of_time;
use crate::deploy::causes;
use crate::deploy::event::Counts;

use super::cause::{Cause, Weight};
use super::service::{ServiceView, Step};
use super::verdict::Verdict;
use super::{Level, Said, View, evidence};

/// Takes the numbers of a service.
pub(super) fn see_counts(view: &mut View, arn: &str, counts: &Counts, said: &mut Vec<Said>) {
    let Some(at) = view.at(arn) else { return };
    view.services[at].see_counts(counts);
    tell_begin(view, at, said);
    conclude(view, at, said);
}

/// Takes a service deployment.
pub(super) fn see_deployment(view: &mut View, arn: &str, deployment: &ServiceDeployment, said: &mut Vec<Said>) {
    let Some(at) = view.at(arn) else { return };
    if view.services[at].see_deployment(deployment) {
        tell_begin(view, at, said);
        tell_stage(view, at, deployment, said);
        tell_alarms(view, at, deployment, said);
        for hook in &deployment.hooks {
            tell_hook(view, at, deployment, hook, said);
        }
    }
    conclude(view, at, said);
}

/// Ends the step of a service when its verdict is known.
pub(super) fn conclude(view: &mut View, at: usize, said: &mut Vec<Said>) {
    let service = &view.services[at];
    let is_open = match &service.verdict {
        None => true,
        // That it was stopped is seen before who stopped it.
        Some(Verdict::Failed) => service.newer.is_some() && !service.going_back,
        Some(_) => false,
    };
    if !is_open {
        return;
    }
    if let Some(why) = service.turns_back().filter(|_| !service.going_back) {
        let text = format!("rolls back{}", because(&why));
        said.push(view.say(Level::Bad, service.name(), text));
        view.services[at].going_back = true;
    }
    let judged = view.services[at].judged(view.now);
    if let Some(verdict) = judged {
        settle(view, at, verdict, said);
    }
}

/// `: why`, where there is a why.
pub(super) fn because(why: &str) -> String {
    let why = why.trim().trim_end_matches('.');
    match why.is_empty() {
        true => String::new(),
        false => format!(": {why}"),
    }
}

/// Takes a verdict, and says it when it is another one.
pub(super) fn settle(view: &mut View, at: usize, verdict: Verdict, said: &mut Vec<Said>) {
    let service = &view.services[at];
    if service.verdict.as_ref() == Some(&verdict) {
        return;
    }
    let (level, text) = match &verdict {
        Verdict::Serving { seconds, waves } => {
            let took = span_of_time(Duration::from_secs(u64::try_from(*seconds).unwrap_or(0)));
            let waves = match waves {
                0 => String::new(),
                1 => ", 1 wave".to_string(),
                _ => format!(", {waves} waves"),
            };
            let text = format!("deployment completed in {took}{waves}{}", unfinished(service));
            (Level::Good, text)
        }
        Verdict::Settled if service.step == Step::Scale => {
            (Level::Good, format!("runs {}", counted(service.counts.running)))
        }
        Verdict::Settled => (Level::Good, "settled".to_string()),
        Verdict::RolledBack => {
            let text = match service.before.as_deref().map(last_part) {
                Some(before) => format!("rolled back: {before} serves"),
                None => "rolled back".to_string(),
            };
            (Level::Bad, text)
        }
        Verdict::Failed => {
            let ours = service.deployment.as_ref().and_then(|ours| ours.reason.as_deref());
            let why = ours.or(service.refusal.as_deref()).unwrap_or_default();
            (Level::Bad, format!("failed{}", because(why)))
        }
        Verdict::Superseded { by } => (Level::Warning, format!("superseded by {by}")),
    };
    said.push(view.say(level, service.name(), text));
    view.services[at].verdict = Some(verdict);
}

/// What is left when ECS calls a deployment successful before all of it is: early success criteria allow that
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html>).
fn unfinished(service: &ServiceView) -> String {
    let numbers = service.numbers();
    let late = numbers.asked - numbers.running;
    let mut text = String::new();
    if late > 0 && numbers.running > 0 {
        text.push_str(&format!("; {late} of {} new tasks still to start", numbers.asked));
    }
    if numbers.old > 0 && numbers.running > 0 {
        text.push_str(&format!("; {} of the old revision still to stop", counted(numbers.old)));
    }
    text
}

fn counted(count: i64) -> String {
    match count {
        1 => "1 task".to_string(),
        _ => format!("{count} tasks"),
    }
}

/// Says that ours began, once for each that is ours.
fn tell_begin(view: &mut View, at: usize, said: &mut Vec<Said>) {
    let service = &view.services[at];
    if service.is_over() || service.told.runs == service.runs {
        return;
    }
    let counted = service
        .counts
        .deployments
        .iter()
        .find(|one| Some(&one.id) == service.ours.as_ref());
    let counted = counted.map(|one| &one.task_definition);
    let described = service.deployment.as_ref().map(|ours| &ours.task_definition);
    let new = described
        .or(counted)
        .map(|revision| last_part(revision))
        .unwrap_or_default();
    let old = service.before.as_deref().map(last_part).filter(|old| *old != new);
    let again = if service.told.runs == 0 { "" } else { " again" };
    let text = match old {
        Some(old) => format!("deployment started{again}: {new} replaces {old}"),
        None => format!("deployment started{again}: {new}"),
    };
    said.push(view.say(Level::Step, service.name(), text));
    view.services[at].told.runs = view.services[at].runs;
}

/// Says where a deployment in stages is.
fn tell_stage(view: &mut View, at: usize, deployment: &ServiceDeployment, said: &mut Vec<Said>) {
    let service = &view.services[at];
    let Some(stage) = deployment.stage.as_deref().filter(|_| !service.is_over()) else {
        return;
    };
    if service.told.stage.as_deref() == Some(stage) {
        return;
    }
    let words = match stage {
        "SCALE_UP" => "new tasks are started",
        "TEST_TRAFFIC_SHIFT" => "test requests go to the new tasks",
        "PRODUCTION_TRAFFIC_SHIFT" => "requests go to the new tasks",
        "BAKE_TIME" => "both revisions run, to see whether an alarm rings",
        "CLEAN_UP" => "old tasks are stopped",
        _ => "",
    };
    let text = match words {
        "" => format!("is at {stage}"),
        _ => format!("is at {stage}: {words}"),
    };
    said.push(view.say(Level::Step, service.name(), text));
    view.services[at].told.stage = Some(stage.to_string());
}

/// Says which alarms rang.
fn tell_alarms(view: &mut View, at: usize, deployment: &ServiceDeployment, said: &mut Vec<Said>) {
    let found = causes::of_message("deployment failed: alarm detected.");
    let Some(found) = found.filter(|_| !deployment.alarms.is_empty()) else {
        return;
    };
    let service = &view.services[at];
    let quote = deployment.reason.clone().unwrap_or_default();
    let mut cause = evidence::cause(service, &found, &quote, view.now);
    let known = view.causes.find(&cause.group, &cause.subject);
    if known.is_some() {
        return;
    }
    let names: Vec<String> = deployment.alarms.iter().map(|name| format!("`{name}`")).collect();
    let rang = match names.len() {
        1 => format!("alarm {} rang", names[0]),
        _ => format!("alarms {} rang", names.join(", ")),
    };
    cause.means = format!("{rang}, so ECS gave the rollout up");
    view.blame(cause, said);
}

/// Says that a deployment waits for somebody.
fn tell_hook(view: &mut View, at: usize, deployment: &ServiceDeployment, hook: &Hook, said: &mut Vec<Said>) {
    if hook.status != "AWAITING_ACTION" {
        return;
    }
    let service = &view.services[at];
    let mut cause = Cause::new("I9", "paused", service.name(), Weight::Notice, view.now);
    cause.group = format!("I9 {}", hook.id);
    if view.causes.find(&cause.group, &cause.subject).is_some() {
        return;
    }
    let stage = deployment.stage.as_ref().map(|stage| format!(" at {stage}"));
    let left = hook.expires.map(|expires| {
        let left = span_of_time(expires.since(view.now));
        let then = hook.then.as_deref().unwrap_or("what AWS does by default");
        format!("; in {left} its time is up, and then comes {then}")
    });
    cause.means = format!(
        "paused{} by hook `{}` until somebody lets it go on{}",
        stage.unwrap_or_default(),
        hook.id,
        left.unwrap_or_default()
    );
    cause.remedy = format!(
        "`aws ecs continue-service-deployment --service-deployment-arn {} --hook-id {} --action CONTINUE` lets it go on; `--action ROLLBACK` goes back.",
        deployment.arn, hook.id
    );
    cause.place = Some(evidence::place(service, Some("rollout")));
    view.blame(cause, said);
}
