//! Why a task stopped: its stop code, its reason, the reasons and the exit codes of its containers. In: a task of ECS.
//! Out: a cause. Must not know the service.

use super::{CATALOGUE, Captures, Match, finds};
use crate::cloud::ecs::{Container, Task};

/// The cause that the task's words and codes fit.
pub(super) fn of(task: &Task) -> Option<Match> {
    if task.stop_code.is_none() && task.stopped_reason.is_none() {
        return None;
    }
    let texts = texts(task);
    let culprit = culprit(task);
    let exit = culprit.and_then(|container| container.exit_code);
    // What a service never may, a task that runs once must.
    if exit == Some(0) && task.group.starts_with("family:") {
        return None;
    }
    let code = task.stop_code.as_deref().unwrap_or("EssentialContainerExited");
    CATALOGUE.tasks.iter().find_map(|row| {
        if !row.stops(code) || !row.exits(exit) {
            return None;
        }
        if row.needs_no_text() {
            return Some(row.found(of_container(culprit.filter(|_| row.needs_exit()))));
        }
        texts.iter().find_map(|(container, text)| {
            let mut captures = row.captures(text)?;
            captures.extend(finds::everywhere(text, &captures));
            // A reason of the task as a whole is about no container, and what they exited with came of it.
            captures.extend(of_container(*container));
            Some(row.found(captures))
        })
    })
}

/// The cause of an error that a service event quotes, which is one of a task that failed to start.
pub(super) fn of_error(error: &str) -> Option<Match> {
    of(&Task {
        stop_code: Some("TaskFailedToStart".to_string()),
        stopped_reason: Some(error.to_string()),
        ..Task::default()
    })
}

/// The reason of the task, then those of its containers.
fn texts(task: &Task) -> Vec<(Option<&Container>, String)> {
    let own = task.stopped_reason.iter().map(|reason| (None, reason));
    let theirs = task
        .containers
        .iter()
        .filter_map(|container| Some((Some(container), container.reason.as_ref()?)));
    let straight = own
        .chain(theirs)
        .map(|(container, reason)| (container, finds::straighten(reason)));
    straight.collect()
}

/// The container that ended the task.
///
/// ECS does not say which: when an essential one exits, the others get SIGTERM (143, or 0 when they heed it) and then
/// SIGKILL (137). So an error of its own comes first, then being killed, then having finished, then having been stopped.
fn culprit(task: &Task) -> Option<&Container> {
    let ended = task.containers.iter().filter(|container| container.exit_code.is_some());
    let rank = |container: &&Container| match (container.exit_code, &container.reason) {
        (Some(0), _) => 3,
        (Some(143), _) => 4,
        (Some(137), None) => 2,
        (_, None) => 1,
        (_, Some(_)) => 0,
    };
    ended.min_by_key(rank)
}

fn of_container(container: Option<&Container>) -> Captures {
    let mut captures = Captures::new();
    if let Some(container) = container {
        captures.insert("container".to_string(), container.name.clone());
        if let Some(exit) = container.exit_code {
            captures.insert("exit".to_string(), exit.to_string());
        }
    }
    captures
}
