//! Stacks and their resources. In: what CloudFormation says. Out: sentences, and what it means for the services of the stack.

use crate::cloud::Moment;
use crate::cloud::formation::{Change, Status};
use crate::deploy::event::{Aim, What};

use super::cause::{Cause, Weight};
use super::rollout::{because, conclude, settle};
use super::service::Step;
use super::verdict::Verdict;
use super::{Level, Said, StackView, View, evidence};

/// Takes what a change set would do.
pub(super) fn see_planned(
    view: &mut View,
    stack: &str,
    changes: &[Change],
    since: Option<Moment>,
    said: &mut Vec<Said>,
) {
    if since.is_some() {
        said.push(view.say(Level::Step, stack, "is under way already, begun by an earlier run"));
    }
    plan(view, stack, changes, since.unwrap_or(view.now));
    if !changes.is_empty() {
        said.push(view.say(Level::Step, stack, summary(changes)));
    }
}

/// Takes an operation that somebody else began.
pub(super) fn see_attached(view: &mut View, what: &What, said: &mut Vec<Said>) {
    let What::Attached {
        stack,
        changes,
        whole,
        since,
        over,
        token,
    } = what
    else {
        return;
    };
    let by = token.as_ref().map(|token| format!(" by {token}")).unwrap_or_default();
    let text = match over {
        true => format!("its last operation was begun{by} at {since}"),
        false => format!("is under way, begun{by} at {since}"),
    };
    said.push(view.say(Level::Step, stack, text));
    plan(view, stack, changes, *since);
    if *whole && !changes.is_empty() {
        said.push(view.say(Level::Step, stack, summary(changes)));
    }
}

/// Takes that an operation was asked to go back.
pub(super) fn see_turned_back(view: &mut View, stack: &str, call: &str, refusal: Option<&str>, said: &mut Vec<Said>) {
    if let Some(refusal) = refusal {
        let text = format!("does not go back on demand: {refusal}");
        said.push(view.say(Level::Bad, stack, text));
        return;
    }
    said.push(view.say(Level::Warning, stack, format!("is called back by {call}")));
    if let Some(known) = view.stacks.get_mut(stack) {
        known.undone |= call == "DeleteStack";
    }
    if call != "StopServiceDeployment" {
        for at in view.indices_of(stack) {
            view.services[at].going_back = true;
        }
    }
}

/// What an operation means for the stack and its services.
fn plan(view: &mut View, stack: &str, changes: &[Change], began: Moment) {
    view.stacks.insert(
        stack.to_string(),
        StackView {
            changes: changes.len(),
            ..StackView::default()
        },
    );
    for at in view.indices_of(stack) {
        view.services[at].plan(changes, began);
        let arn = view.services[at].arn.clone();
        view.know(at, arn);
    }
}

/// What a change set does, in a line: `3 to add, 1 to replace, 2 to change`.
fn summary(changes: &[Change]) -> String {
    let count = |wanted: &dyn Fn(&Change) -> bool| changes.iter().filter(|one| wanted(one)).count();
    let replaced = |one: &Change| one.replacement.as_deref() == Some("True");
    let parts = [
        (count(&|one| one.action == "Add"), "to add"),
        (count(&|one| one.action == "Modify" && replaced(one)), "to replace"),
        (count(&|one| one.action == "Modify" && !replaced(one)), "to change"),
        (count(&|one| one.action == "Remove"), "to remove"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, what)| format!("{count} {what}")).collect();
    match parts.is_empty() {
        true => format!("{} changes", changes.len()),
        false => parts.join(", "),
    }
}

/// Takes the status of a stack.
pub(super) fn see_stack(view: &mut View, stack: &str, status: &Status, reason: Option<&str>, said: &mut Vec<Said>) {
    let Some(known) = view.stacks.get_mut(stack) else {
        return;
    };
    known.status = status.clone();
    let turns = status.is_rollback() && !known.going_back;
    known.going_back |= turns;
    if turns {
        for at in view.indices_of(stack) {
            view.services[at].going_back = true;
        }
        let why = because(reason.unwrap_or_default());
        let level = match view.outline.aim {
            Aim::Deployment => Level::Bad,
            Aim::Recovery => Level::Step,
        };
        said.push(view.say(level, stack, format!("goes back{why}")));
    }
    if status.is_under_way() {
        return;
    }
    if status.as_str() == "UPDATE_ROLLBACK_COMPLETE" {
        said.push(view.say(Level::Step, stack, "is back at what was before"));
    }
    for at in view.indices_of(stack) {
        end(view, at, status, said);
    }
    tell_leftovers(view, stack, status, said);
}

/// What the end of its stack means for a service.
fn end(view: &mut View, at: usize, status: &Status, said: &mut Vec<Said>) {
    let service = &mut view.services[at];
    if matches!(service.step, Step::Nothing | Step::Unknown) {
        return;
    }
    if !service.touched {
        // What came before it failed, or its own change came to nothing.
        service.verdict = status.is_complete().then_some(Verdict::Settled);
        return;
    }
    let is_superseded = matches!(service.verdict, Some(Verdict::Superseded { .. }));
    let was_there = service.before.is_some() || !service.is_added;
    match status.as_str() {
        _ if status.is_complete() => conclude(view, at, said),
        "UPDATE_ROLLBACK_COMPLETE" if is_superseded => {}
        "UPDATE_ROLLBACK_COMPLETE" if was_there => settle(view, at, Verdict::RolledBack, said),
        // It was new, and is deleted again.
        "UPDATE_ROLLBACK_COMPLETE" | "ROLLBACK_COMPLETE" | "DELETE_COMPLETE" => {
            settle(view, at, Verdict::Failed, said);
        }
        _ if service.verdict.is_none() => settle(view, at, Verdict::Failed, said),
        _ => {}
    }
}

/// Takes the status of a resource.
pub(super) fn see_resource(view: &mut View, what: &What, said: &mut Vec<Said>) {
    let What::Resource {
        stack,
        logical,
        physical,
        kind,
        status,
        reason,
        ..
    } = what
    else {
        return;
    };
    let is_deletion = status.as_str().starts_with("DELETE_");
    let mut going_back = false;
    if let Some(known) = view.stacks.get_mut(stack) {
        going_back = known.going_back;
        match status.is_under_way() || (status.is_failed() && !is_deletion) {
            true => known.open.insert(logical.clone(), (status.clone(), reason.clone())),
            false => known.open.remove(logical),
        };
        known.done += usize::from(status.is_complete() && !is_deletion);
        let left = (logical.clone(), physical.clone().unwrap_or_default());
        match status.as_str() {
            // CloudFormation tries again, so that the last word counts.
            "DELETE_FAILED" => {
                known.leftovers.insert(left, reason.clone().unwrap_or_default());
            }
            "DELETE_COMPLETE" => {
                known.leftovers.remove(&left);
            }
            _ => {}
        }
    }
    if is_deletion {
        // What is replaced is deleted under its old ARN: that is not the service any more.
        return;
    }
    for at in view.indices_of(stack) {
        let service = &mut view.services[at];
        let is_definition = service.service.task_definition.as_ref() == Some(logical);
        // A replaced resource becomes UPDATE_COMPLETE, a new one CREATE_COMPLETE.
        if is_definition && status.as_str() == "UPDATE_IN_PROGRESS" && !going_back && service.before.is_none() {
            // Told from history, this is all that is left of what served before.
            service.before.clone_from(physical);
        }
        if is_definition && status.is_complete() && !going_back {
            service.wanted = physical.clone().or(service.wanted.take());
        }
        if service.service.logical != *logical {
            continue;
        }
        service.touched = true;
        if physical.is_some() {
            view.know(at, physical.clone());
        }
        let service = &mut view.services[at];
        if status.is_failed() {
            service.refusal = reason.clone();
        }
        if status.is_complete() && going_back {
            settle(view, at, Verdict::RolledBack, said);
        } else if status.is_complete() {
            service.applied = true;
            // Whether ECS made a deployment at all is seen by the next look only.
            if matches!(service.step, Step::Scale | Step::Settings) {
                conclude(view, at, said);
            }
        }
    }
    if status.is_failed() {
        evidence::see_failed_resource(view, stack, logical, kind, reason.as_deref().unwrap_or_default(), said);
    }
}

/// Says what CloudFormation could not delete.
fn tell_leftovers(view: &mut View, stack: &str, status: &Status, said: &mut Vec<Said>) {
    let Some(known) = view.stacks.get(stack).filter(|known| !known.leftovers.is_empty()) else {
        return;
    };
    let weight = match status.is_complete() {
        true => Weight::Notice,
        false => Weight::Failing,
    };
    let mut cause = Cause::new("I8", "left-behind", stack, weight, view.now);
    let names = known
        .leftovers
        .keys()
        .map(|(logical, physical)| match physical.is_empty() {
            true => logical.clone(),
            false => format!("{physical} ({logical})"),
        });
    let names: Vec<String> = names.collect();
    cause.means = format!(
        "CloudFormation could not delete what is no longer needed: {}",
        names.join(", ")
    );
    cause.quote = known.leftovers.values().cloned().collect::<Vec<_>>().join(" · ");
    cause.remedy = match status.as_str() {
        "DELETE_FAILED" => {
            "Remove what holds it, then run the same command again; `loadline recover` leaves it behind and deletes the rest."
        }
        _ if status.is_complete() => "Delete it by hand, once what holds it is gone: no stack knows it any more.",
        _ => "Remove what holds it, then delete the stack again.",
    }
    .to_string();
    view.blame(cause, said);
}
