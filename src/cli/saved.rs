//! Plans as files: written by `plan --save`, read by `apply`. In: a path. Out: a plan that was reviewed, or why it is none. What is
//! not in the file comes from the spec it was made of, if that still gives the same.

use super::Session;
use super::failure::{Exit, Failure};
use super::wanted::Wanted;
use crate::deploy::watch::Outcome;
use crate::plan::Plan;
use crate::plan::saved::{Project, Saved, is_saved};
use crate::source::World;

/// Reads a plan that was saved; nothing where something else is at this path.
pub(super) fn read(session: &Session, path: &str) -> Result<Option<Saved>, Failure> {
    // A folder, or what is not there: the compiler says what is wrong with that.
    let Ok(bytes) = session.disk.read(path) else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(&bytes);
    if !is_saved(path, &text) {
        return Ok(None);
    }
    let failed = |error| Failure::usage(format!("`{path}` is no plan that can be applied: {error}"));
    Saved::read(&text)
        .map(Some)
        .map_err(|error| failed(error).hint("make another one with `loadline plan --save`"))
}

/// The plan in a file; nothing where the spec that it needs has faults, which are shown then.
pub(super) fn plan(session: &Session, saved: &mut Saved) -> Result<Option<Plan>, Failure> {
    if !saved.needs_spec() {
        return Ok(Some(saved.plan()));
    }
    let project = saved.project.clone();
    accept(&project)?;
    let Some((_, own)) = Wanted::again(&project).plan(session)? else {
        return Ok(None);
    };
    let others = saved.fill(&own);
    if others.is_empty() {
        return Ok(Some(saved.plan()));
    }
    let message = format!(
        "the plan no longer holds: `{}` now gives another template than was reviewed for {}",
        project.path,
        others.join(", ")
    );
    let own = env!("CARGO_PKG_VERSION");
    let hint = match saved.loadline == own {
        true => "apply it to the spec that it was made of, or make another one with `loadline plan --save`".to_string(),
        false => format!(
            "loadline {} has made it, and this is {own}: make another one",
            saved.loadline
        ),
    };
    Err(Failure {
        exit: Exit::Deployment(Outcome::Stale),
        ..Failure::usage(message).hint(hint)
    })
}

/// Refuses to take a spec from anywhere else than this folder.
pub(super) fn accept(project: &Project) -> Result<(), Failure> {
    if project.is_inside() {
        return Ok(());
    }
    let message = format!(
        "a plan in a file is of a spec in this folder, and `{}` is not in it",
        project.path
    );
    Err(Failure::usage(message).hint("go to a folder that holds the spec, or name it with `-C DIR`"))
}

/// Writes a plan.
pub(super) fn write(session: &Session, path: &str, saved: &Saved) -> Result<(), Failure> {
    session.disk.write(path, &saved.text())?;
    let needs = match saved.needs_spec() {
        true => ", beside the same spec: values of variables are not in the file",
        false => "",
    };
    session.terminal.remark(&format!(
        "saved to {path}; `loadline apply {path}` does exactly that{needs}\n"
    ));
    Ok(())
}
