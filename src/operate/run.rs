//! `run`: a task of an app, once, as its stack has it. In: names. Out: the task that is meant, or what else there is.

use crate::diag::nearest;
use crate::plan::Runnable;

use super::Unknown;
use super::roster::{App, Roster};

/// The task of this name, and its app.
pub fn task<'a>(roster: &'a Roster, app: &str, name: &str) -> Result<(&'a App, &'a Runnable), Unknown> {
    let of: Vec<&App> = roster.apps().filter(|one| one.name == app).collect();
    let found = match of[..] {
        [] => {
            let names: Vec<&str> = roster.apps().map(|app| app.name.as_str()).collect();
            return Err(missing("app", app, &names));
        }
        [found] => found,
        _ => {
            let clusters: Vec<String> = of.iter().map(|app| format!("`--cluster {}`", app.cluster)).collect();
            return Err(Unknown {
                message: format!("app `{app}` is on several clusters"),
                hint: format!("give {}", clusters.join(" or ")),
            });
        }
    };
    if let Some(runnable) = found.tasks.iter().find(|one| one.task.name == name) {
        return Ok((found, runnable));
    }
    let names: Vec<&str> = found.tasks.iter().map(|one| one.task.name.as_str()).collect();
    if found.services.iter().any(|service| service.name == name) {
        let message = format!("`{name}` is a service, and only tasks are run once");
        let has = match names[..] {
            [] => format!("add a task to `{app}`"),
            _ => format!("`{app}` has {}; or add a task", list(&names)),
        };
        let hint = format!("{has}: `tasks: {{console: {{command: …, run: manual}}}}`");
        return Err(Unknown { message, hint });
    }
    Err(missing("task", name, &names))
}

/// What is said of a name that nothing has.
pub(super) fn missing(kind: &str, name: &str, names: &[&str]) -> Unknown {
    let near = nearest(name, names.iter().copied());
    Unknown {
        message: format!("there is no {kind} `{name}`"),
        hint: match (near, names) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, []) => format!("the spec has no {kind}"),
            (None, names) => format!("there is {}", list(names)),
        },
    }
}

fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
