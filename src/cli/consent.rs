//! Leave to do what was looked at. In: what a deployment would do, and what the user has allowed. Out: whether it may be done; a
//! refusal where it may not.

use std::collections::BTreeSet;

use super::failure::{Exit, Failure};
use super::online::{Online, refused};
use super::view::preview::{self as view, Account};
use super::{Output, Session};
use crate::deploy::interrupt::{Interrupts, Policy};
use crate::deploy::preview::Halt;
use crate::deploy::watch::Outcome;
use crate::plan::preview::{Preview, StackState, StagePreview};

/// Refuses to go on to a question that nobody is there to answer.
pub(super) fn attended(session: &Session, yes: bool, hint: &str) -> Result<(), Failure> {
    match yes || session.terminal.is_attended() {
        true => Ok(()),
        false => Err(Failure::usage("nobody is there to confirm what would be done").hint(hint)),
    }
}

/// Asks a question that `yes` answers.
pub(super) fn says_yes(session: &Session, question: &str, hint: &str) -> Result<bool, Failure> {
    attended(session, false, hint)?;
    let answer = session.terminal.answer(question)?;
    Ok(matches!(answer.as_deref(), Some("yes" | "y")))
}

/// What an interruption does where no flag says so: somebody who is there is asked.
pub(super) fn interrupts(session: &Session) -> Interrupts {
    match session.terminal.is_attended() {
        true => Interrupts::asking(),
        false => Interrupts::by(Policy::Detach),
    }
}

/// Shows what would be done. How the command ends, where it was left before all was seen.
pub(super) fn shown(
    session: &Session,
    online: &Online,
    preview: &Preview,
    halt: Option<Halt>,
) -> Result<Option<Exit>, Failure> {
    if session.terminal.output != Output::Json {
        let account = Account {
            number: online.identity.account.clone(),
            region: online.aws.region().to_string(),
        };
        let text = view::text(preview, &account, session.terminal.width());
        session.terminal.print(&text)?;
    }
    match halt {
        Some(Halt::Left) => Ok(Some(Exit::Deployment(Outcome::Interrupted))),
        Some(Halt::Refused(error)) => Err(refused(&error)),
        None => Ok(None),
    }
}

/// Refuses to lose data that nobody has named.
pub(super) fn permit(allowed: &[String], preview: &Preview) -> Result<(), Failure> {
    let allowed: BTreeSet<&str> = allowed.iter().map(String::as_str).collect();
    let lost = preview.stacks().flat_map(|stack| &stack.consequences);
    let lost = lost.filter(|one| one.loses_data() && !allowed.contains(one.logical.as_str()));
    let lost: Vec<&str> = lost.map(|one| one.logical.as_str()).collect();
    if lost.is_empty() {
        return Ok(());
    }
    let flags: Vec<String> = lost.iter().map(|id| format!("--allow-replace {id}")).collect();
    let failure = Failure::usage(format!("data would be lost, or left behind, in {}", lost.join(", ")));
    Err(Failure {
        exit: Exit::Deployment(Outcome::Stale),
        ..failure.hint(format!("if that is meant, give `{}`", flags.join(" ")))
    })
}

/// Refuses to begin a rollout that is proved never to end.
pub(super) fn converges(preview: &Preview) -> Result<(), Failure> {
    let names: Vec<String> = preview.refused().map(|one| format!("`{}`", one.service)).collect();
    if names.is_empty() {
        return Ok(());
    }
    let failure = Failure::usage(format!(
        "the rollout of {} cannot converge: nothing was done",
        names.join(", ")
    ));
    Err(Failure {
        exit: Exit::Faults,
        ..failure.hint("repair it as the plan says; `loadline apply --despite-forecast` deploys all the same")
    })
}

/// Refuses where a stack is in a state that is not among these.
pub(super) fn takes_change(preview: &Preview, takes: impl Fn(StackState) -> bool) -> Result<(), Failure> {
    let Some(stack) = preview.stacks().find(|stack| !takes(stack.state)) else {
        return Ok(());
    };
    let failure = Failure::usage(format!("{} takes no change now: nothing was done", stack.stack));
    let exit = Exit::Deployment(Outcome::Failed);
    Err(Failure { exit, ..failure })
}

/// Whether the person at the terminal wants it done. Where it is known that nothing changes, there is nothing to ask.
pub(super) fn agrees(session: &Session, preview: &Preview) -> Result<bool, Failure> {
    let runs_tasks = preview
        .stages
        .iter()
        .any(|stage| matches!(stage, StagePreview::Task { .. }));
    let is_whole = preview
        .stacks()
        .all(|stack| matches!(stack.state, StackState::New | StackState::Deployed));
    if is_whole && !preview.changes() && !runs_tasks {
        return Ok(true);
    }
    says_yes(session, "\nType `yes` to do this: ", "give `--yes`")
}
