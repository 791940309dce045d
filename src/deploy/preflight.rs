//! What stands in the way of a stack's change, by its status, before one is asked for. In: a stack. Out: whether to go on, wait,
//! take part in what an earlier run began, or stop and say why.

use std::time::Duration;

use crate::cloud::formation::{ListedSet, Stack, StackEvent};
use crate::cloud::{Cloud, Error, ErrorKind, Moment};
use crate::plan::StackWork;

use super::digest::digest;
use super::event::What;
use super::watch::Outcome;
use super::{Ended, Run};

/// How the names of our change sets, which are the tokens of their operations, begin.
pub(super) const OWN: &str = "loadline-";

/// How the tokens of our deletions begin.
const TIDY: &str = "loadline-tidy-";

/// Whether a change set is one that a deployment makes. Those of `plan` belong to somebody who reads them now.
pub(super) fn is_own(name: &str) -> bool {
    let rest = name.strip_prefix(OWN).unwrap_or_default();
    !rest.is_empty() && !rest.starts_with("plan-") && !rest.starts_with("tidy-")
}

/// Whether a change set is one that `plan` made.
pub(super) fn is_of_plan(name: &str) -> bool {
    name.starts_with("loadline-plan-")
}

/// The token with which a stack is deleted on behalf of a change set.
pub(super) fn tidy_token(name: &str) -> String {
    format!("{TIDY}{}", name.strip_prefix(OWN).unwrap_or(name))
}

/// The token with which a stack is deleted for good, after what was the last to happen to it.
pub(super) fn removal_token(id: &str, last: &str) -> String {
    format!("{OWN}destroy-{}", digest([id, last]))
}

/// What to do with a stack.
pub(super) enum Ready {
    /// It is made; it may be there as the shell of a change set.
    New { has_shell: bool },
    /// It is changed.
    There(Box<Stack>),
    /// An earlier run of the same deployment works on it.
    UnderWay(UnderWay),
    /// Nothing.
    Not(Ended),
}

/// An operation on a stack.
pub(super) struct UnderWay {
    /// Its token.
    pub token: String,
    /// When it began.
    pub since: Moment,
    /// Whether its end has been written.
    pub is_over: bool,
}

impl<C: Cloud> Run<'_, C> {
    /// Looks at a stack, and waits while it takes no change for a reason that passes. `prefix` begins the tokens of what
    /// deploys the same content.
    pub(super) async fn preflight(&mut self, work: &StackWork, prefix: &str) -> Result<Ready, Error> {
        let stack = &work.stack;
        let mut waits_until = None;
        loop {
            let there = match self.ask(async |cloud: &C| cloud.describe_stack(stack).await).await {
                Ok(there) => there,
                Err(error) if error.kind() == ErrorKind::Missing => return Ok(Ready::New { has_shell: false }),
                Err(error) => return Err(error),
            };
            if there.status.is_in_review() {
                return Ok(Ready::New { has_shell: true });
            }
            if there.status.as_str() == "DELETE_COMPLETE" {
                return Ok(Ready::New { has_shell: false });
            }
            if !there.status.is_under_way() {
                return match obstacle(&there) {
                    None => Ok(Ready::There(Box::new(there))),
                    Some(_) if self.may_begin_anew(&there).await? => {
                        let token = tidy_token(&format!("{prefix}{}", there.updated.0));
                        self.ask(async |cloud: &C| cloud.delete_stack(stack, &token, &[]).await)
                            .await?;
                        self.rest().await;
                        continue;
                    }
                    Some(obstacle) => Ok(Ready::Not(Ended::Failed(obstacle))),
                };
            }
            let operation = self.operation(stack).await?;
            // Either the status or the events are from a moment before: both are soon of one mind.
            let is_late_news = operation.as_ref().is_some_and(|operation| operation.is_over);
            let token = operation.as_ref().map_or("", |operation| operation.token.as_str());
            if token.starts_with(prefix) && !is_late_news {
                return Ok(Ready::UnderWay(operation.expect("it has the token")));
            }
            let now = self.cloud.now();
            let until = *waits_until.get_or_insert(now + self.options.wait);
            let passes = is_late_news || there.status.is_cleaning_up() || token.starts_with(TIDY);
            if !passes && now >= until {
                self.emit(What::Blocked {
                    outcome: Outcome::Locked,
                });
                let status = there.status.as_str();
                let since = operation
                    .map(|one| format!(", since {}", one.since))
                    .unwrap_or_default();
                let reason = format!("another operation is under way ({status}{since})");
                return Ok(Ready::Not(Ended::Failed(reason)));
            }
            if self.is_called_back() {
                return Ok(Ready::Not(Ended::CalledBack));
            }
            if self.is_late() {
                return Ok(Ready::Not(Ended::Deadline));
            }
            self.emit(What::Quiet);
            self.rest().await;
        }
    }

    /// Whether a stack that never came up is deleted, to be made anew.
    async fn may_begin_anew(&mut self, there: &Stack) -> Result<bool, Error> {
        if !self.options.recreate || there.status.as_str() != "ROLLBACK_COMPLETE" {
            return Ok(false);
        }
        let operation = self.operation(&there.name).await?;
        Ok(operation.is_some_and(|operation| is_own(&operation.token)))
    }

    /// The last operation of a stack, by its events: those of the newest token.
    pub(super) async fn operation(&mut self, stack: &str) -> Result<Option<UnderWay>, Error> {
        let mut page: Option<String> = None;
        let mut found: Option<UnderWay> = None;
        loop {
            let answer = self
                .ask(async |cloud: &C| cloud.describe_stack_events(stack, page.as_deref()).await)
                .await?;
            for event in answer.items {
                let is_over = is_end(&event, stack);
                let StackEvent { token, at: since, .. } = event;
                match (&mut found, token) {
                    (None, Some(token)) => found = Some(UnderWay { token, since, is_over }),
                    (Some(known), Some(token)) if known.token == token => known.since = since,
                    _ => return Ok(found),
                }
            }
            page = answer.next;
            if page.is_none() {
                return Ok(found);
            }
        }
    }

    /// The change sets of a stack.
    pub(super) async fn sets(&mut self, stack: &str) -> Result<Vec<ListedSet>, Error> {
        let mut page: Option<String> = None;
        let mut found = Vec::new();
        loop {
            let answer = self
                .ask(async |cloud: &C| cloud.list_change_sets(stack, page.as_deref()).await)
                .await?;
            found.extend(answer.items);
            page = answer.next;
            if page.is_none() {
                return Ok(found);
            }
        }
    }
}

/// Whether an event says that an operation on the stack itself is over.
fn is_end(event: &StackEvent, stack: &str) -> bool {
    event.kind == "AWS::CloudFormation::Stack" && event.logical == stack && !event.status.is_under_way()
}

/// For how long somebody else's operation is waited for, unless the user says so.
pub(super) const WAIT: Duration = Duration::ZERO;

/// Why a stack takes no change now.
pub(crate) fn obstacle(stack: &Stack) -> Option<String> {
    let status = stack.status.as_str();
    let name = &stack.name;
    let because = stack
        .reason
        .as_deref()
        .map(|reason| format!(": {reason}"))
        .unwrap_or_default();
    if stack.status.is_under_way() {
        return Some(format!("another operation is under way ({status})"));
    }
    let recover = format!("`loadline recover {name}`");
    match status {
        "ROLLBACK_COMPLETE" => Some(
            "its first deployment failed and was rolled back (ROLLBACK_COMPLETE): CloudFormation only lets it be deleted; `loadline \
             apply --recreate` deletes it and makes it anew"
                .to_string(),
        ),
        "ROLLBACK_FAILED" | "DELETE_FAILED" => Some(format!(
            "it is stuck ({status}), and something in it could not be deleted{because}; {recover} shows what, and deletes the rest"
        )),
        "CREATE_FAILED" | "UPDATE_FAILED" => Some(format!(
            "it stopped half-way without going back ({status}){because}; {recover} takes it back"
        )),
        "UPDATE_ROLLBACK_FAILED" => Some(format!(
            "it is stuck on its way back ({status}){because}; {recover} shows on what, and goes on"
        )),
        _ if stack.status.is_failed() => Some(format!("it is stuck ({status}){because}")),
        _ => None,
    }
}
