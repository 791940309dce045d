//! What others have done on a stack, and earlier runs have left there. In: a stack that is there. Out: notices; what a plan left
//! that was killed is deleted.

use std::time::Duration;

use serde_json::Value;

use crate::cloud::formation::{ListedSet, Stack, StackEvent};
use crate::cloud::{Answer, Cloud, ErrorKind, span_of_time};
use crate::deploy::conceal::mask;
use crate::deploy::preflight::{is_of_plan, is_own};
use crate::plan::StackWork;
use crate::plan::notices::Topic;

use super::{Halt, LOOK, Look};

/// For how long a stack may clean up behind its last operation, before it is looked at without a change set.
const CLEANING: Duration = Duration::from_secs(2 * 60);

/// After how long a change set of `plan` belongs to nobody any more: who made it would have deleted it.
const LEFT: Duration = Duration::from_secs(60 * 60);

impl<C: Cloud> Look<'_, C> {
    /// Waits a little while a stack only cleans up behind its last operation: it takes no change set meanwhile.
    pub(super) async fn clean(&mut self, mut there: Stack) -> Result<Stack, Halt> {
        let began = self.cloud.now();
        let name = there.name.clone();
        if there.status.is_cleaning_up() {
            (self.reader.told)(&format!("{name}: it still cleans up behind its last operation"));
        }
        while there.status.is_cleaning_up() && self.cloud.now().since(began) < CLEANING {
            self.pause(LOOK * 5).await?;
            match self.ask(async |cloud: &C| cloud.describe_stack(&name).await).await? {
                Ok(newer) => there = newer,
                Err(error) => return Err(Halt::Refused(error)),
            }
        }
        if there.status.is_cleaning_up() {
            let text = format!(
                "it still cleans up behind its last operation ({}): `apply` waits for that",
                there.status.as_str()
            );
            self.notice(Topic::CleaningUp, &name, text, None);
        }
        Ok(there)
    }

    /// Shows the change sets of others that wait on a stack, and deletes those of plans that were killed. Returns whether the
    /// stack is nothing but what such a plan left.
    pub(super) async fn others(&mut self, stack: &Stack) -> Result<bool, Halt> {
        let mut page: Option<String> = None;
        let mut sets: Vec<ListedSet> = Vec::new();
        loop {
            let answer = self
                .ask_aside(async |cloud: &C| cloud.list_change_sets(&stack.name, page.as_deref()).await)
                .await?;
            match answer {
                Ok(answer) => {
                    sets.extend(answer.items);
                    page = answer.next;
                }
                Err(error) => {
                    self.not_read(
                        &stack.name,
                        &error,
                        "whether somebody else has a change set on it is not known",
                    );
                    return Ok(false);
                }
            }
            if page.is_none() {
                break;
            }
        }
        let now = self.cloud.now();
        let is_left = |set: &ListedSet| is_of_plan(&set.name) && now.since(set.created) >= LEFT;
        // A plan that was killed between deleting its set and deleting the stack has left an empty shell.
        let is_old = now.since(stack.updated) >= LEFT;
        let is_left_alone = sets.iter().all(is_left) && (is_old || !sets.is_empty());
        for set in &sets {
            if is_left(set) {
                let gone = self
                    .ask_aside(async |cloud: &C| cloud.delete_change_set(&set.id).await)
                    .await?;
                if let Err(error) = gone
                    && error.kind() != ErrorKind::Missing
                {
                    let text = format!("change set {} of stack {} ({error})", set.name, stack.name);
                    self.preview.left.push(text);
                }
            } else if set.is_pending() && !is_own(&set.name) && !is_of_plan(&set.name) {
                let age = span_of_time(now.since(set.created));
                let about = match &set.about {
                    Some(about) => format!(" (\"{about}\")"),
                    None => String::new(),
                };
                let text = format!(
                    "change set `{}`{about} waits on it for {age}: it is of somebody else, and is void once this is deployed",
                    set.name
                );
                self.notice(Topic::OtherChangeSet, &stack.name, text, None);
            }
        }
        Ok(is_left_alone && stack.status.is_in_review())
    }

    /// Says why the last operation on a stack went back, in one line.
    pub(super) async fn last_failure(&mut self, work: &StackWork, stack: &Stack) -> Result<(), Halt> {
        let status = stack.status.as_str();
        if !stack.status.is_rollback() || stack.status.is_under_way() && !stack.status.is_cleaning_up() {
            return Ok(());
        }
        let Ok(Some(cause)) = self.root_cause(stack).await? else {
            return Ok(());
        };
        let mut why = cause.reason.unwrap_or_else(|| cause.status.0.clone());
        mask(&mut why);
        let when = span_of_time(self.cloud.now().since(cause.at));
        let text = format!(
            "its last operation failed {when} ago ({status}), first in {}: {why}",
            cause.logical
        );
        let origin = work.origins.iter().find(|origin| origin.logical == cause.logical);
        let place = origin.map(|origin| origin.place.clone());
        self.notice(Topic::LastOperationFailed, &stack.name, text, place.as_ref());
        Ok(())
    }

    /// The first failure of the last operation of a stack: those of the newest token.
    async fn root_cause(&mut self, stack: &Stack) -> Result<Answer<Option<StackEvent>>, Halt> {
        let mut page: Option<String> = None;
        let mut token: Option<Option<String>> = None;
        let mut first: Option<StackEvent> = None;
        loop {
            let answer = self
                .ask_aside(async |cloud: &C| cloud.describe_stack_events(&stack.name, page.as_deref()).await)
                .await?;
            let answer = match answer {
                Ok(answer) => answer,
                Err(error) => return Ok(Err(error)),
            };
            for event in answer.items {
                if *token.get_or_insert_with(|| event.token.clone()) != event.token {
                    return Ok(Ok(first));
                }
                // What was only called off failed by nothing of its own.
                let is_called_off = event
                    .reason
                    .as_deref()
                    .is_some_and(|reason| reason.contains("cancelled"));
                if event.status.is_failed() && !is_called_off {
                    first = Some(event);
                }
            }
            page = answer.next;
            if page.is_none() {
                return Ok(Ok(first));
            }
        }
    }

    /// Names the values of other stacks that are others now than when a stack was deployed.
    pub(super) async fn moved_values(&mut self, work: &StackWork, stack: &Stack) -> Result<(), Halt> {
        let body: Value = serde_json::from_str(&work.template).unwrap_or_default();
        for (id, before) in &stack.resolved {
            let parameter = &body["Parameters"][id];
            let (Some(name), Some(kind)) = (parameter["Default"].as_str(), parameter["Type"].as_str()) else {
                continue;
            };
            // Whether it is another name is told by the change set.
            if !kind.starts_with("AWS::SSM::Parameter::") || stack.parameters.get(id).is_some_and(|own| own != name) {
                continue;
            }
            let now = match self.values.get(name) {
                Some(known) => known.clone(),
                None => {
                    let answer = self.ask_aside(async |cloud: &C| cloud.parameter(name).await).await?;
                    let value = match answer {
                        Ok(found) => Some(found.value),
                        // What is not there any more is told by the change set.
                        Err(error) if error.kind() == ErrorKind::Missing => None,
                        Err(error) => {
                            self.not_read(
                                &stack.name,
                                &error,
                                "whether the values that it reads have changed is not known",
                            );
                            return Ok(());
                        }
                    };
                    self.values.insert(name.to_string(), value.clone());
                    value
                }
            };
            if let Some(now) = now.filter(|now| now != before) {
                // Only what our own stacks publish is known to be no secret.
                let text = match name.starts_with("/loadline/") {
                    true => format!("`{name}`, which it reads, is now {now}, and was {before} when it was deployed"),
                    false => format!("`{name}`, which it reads, has another value than when it was deployed"),
                };
                self.notice(Topic::ValueChanged, &stack.name, text, None);
            }
        }
        Ok(())
    }
}
