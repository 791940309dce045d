//! What is asked about stacks, and the two requests that need no change set. In: requests. Out: AWS's answers.

use crate::cloud::formation::{Stack as Shown, StackEvent, StackResource, Standing};
use crate::cloud::{Answer, Error, Moment, Page};

use super::Formation;
use super::operation::Operation;

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackResources.html>
const PAGE: usize = 100;

impl Formation {
    /// `DescribeStacks` of one.
    pub fn stack(&mut self, name: &str) -> Answer<Shown> {
        let at = self.there("DescribeStacks", name)?;
        let stack = &self.stacks[at];
        let stale = stack.stale.as_ref().filter(|(_, _, until)| self.now < *until);
        let (status, reason) = match stale {
            Some((status, reason, _)) => (status, reason),
            None => (&stack.status, &stack.reason),
        };
        Ok(Shown {
            name: stack.name.clone(),
            id: stack.id.clone(),
            status: status.clone(),
            reason: reason.clone(),
            parameters: stack.release.values.given.clone(),
            resolved: stack.release.values.resolved(),
            updated: stack.updated,
            about: stack.release.template.about.clone(),
            standing: Standing {
                protected: stack.protected,
                ..Standing::default()
            },
        })
    }

    /// `GetTemplate`, as it was handed in.
    pub fn template(&self, name: &str) -> Answer<String> {
        let at = self.there("GetTemplate", name)?;
        Ok(self.stacks[at].release.template.text.clone())
    }

    /// Lets a stack be deleted no more, or again.
    pub fn protect(&mut self, name: &str, protected: bool) {
        if let Some(at) = self.place_of_stack(name) {
            self.stacks[at].protected = protected;
        }
    }

    /// `DescribeStackEvents`, newest first. A token counts from the oldest, so that new events move no page.
    pub fn events(&mut self, name: &str, page: Option<&str>) -> Answer<Page<StackEvent>> {
        const OPERATION: &str = "DescribeStackEvents";
        let Some(at) = self.place_of_stack(name) else {
            let text = format!("Stack [{name}] does not exist");
            return Err(Error::new(OPERATION, "ValidationError", text));
        };
        let events = &self.stacks[at].events;
        let end = offset(OPERATION, page, events.len())?.min(events.len());
        let begin = end.saturating_sub(PAGE);
        Ok(Page {
            items: events[begin..end].iter().rev().cloned().collect(),
            next: (begin > 0).then(|| begin.to_string()),
        })
    }

    /// `ListStackResources`, in the order of the template.
    pub fn resources(&mut self, name: &str, page: Option<&str>) -> Answer<Page<StackResource>> {
        const OPERATION: &str = "ListStackResources";
        let at = self.there(OPERATION, name)?;
        let stack = &self.stacks[at];
        let mut held: Vec<_> = stack.held.iter().collect();
        held.sort_by_key(|held| stack.release.place_of(&held.resource.logical));
        let begin = offset(OPERATION, page, 0)?;
        let items = held.iter().skip(begin).take(PAGE).map(|held| StackResource {
            logical: held.resource.logical.clone(),
            physical: held.physical.clone().unwrap_or_default(),
            kind: held.resource.kind.clone(),
            status: held.status.clone(),
        });
        Ok(Page {
            items: items.collect(),
            next: (begin + PAGE < held.len()).then(|| (begin + PAGE).to_string()),
        })
    }

    /// `CancelUpdateStack`.
    pub fn cancel_update(&mut self, name: &str, token: &str, now: Moment) -> Answer<()> {
        const OPERATION: &str = "CancelUpdateStack";
        self.now = now;
        let at = self.there(OPERATION, name)?;
        if self.is_repeated(OPERATION, at, token, "")? {
            return Ok(());
        }
        let used = token;
        let stack = &mut self.stacks[at];
        match stack.operation.take() {
            Some(mut operation) if operation.is_cancellable() => {
                let token = Some(token).filter(|token| !token.is_empty());
                operation.cancel(stack, token, now, &mut self.chance);
                stack.operation = Some(operation);
                self.keep_token(OPERATION, at, used, "");
                Ok(())
            }
            operation => {
                stack.operation = operation;
                let text = "CancelUpdateStack cannot be called from current stack status";
                Err(Error::new(OPERATION, "ValidationError", text))
            }
        }
    }

    /// `DeleteStack`. One that is not there is deleted already; one that is being made is deleted at once.
    pub fn delete_stack(&mut self, name: &str, token: &str, retained: &[String], now: Moment) -> Answer<()> {
        const OPERATION: &str = "DeleteStack";
        self.now = now;
        let Some(at) = self.place_of_stack(name).filter(|at| !self.stacks[*at].is_gone()) else {
            return Ok(());
        };
        let of = retained.join(" ");
        if self.is_repeated(OPERATION, at, token, &of)? {
            return Ok(());
        }
        let stack = &mut self.stacks[at];
        if stack.protected {
            let text = format!(
                "Stack [{}] cannot be deleted while TerminationProtection is enabled",
                stack.name
            );
            return Err(Error::new(OPERATION, "ValidationError", text));
        }
        let status = stack.status.as_str();
        if !retained.is_empty() && status != "DELETE_FAILED" {
            let text = format!(
                "Stack [{}] is in {status}: RetainResources can only be used in DELETE_FAILED",
                stack.name
            );
            return Err(Error::new(OPERATION, "ValidationError", text));
        }
        match status {
            "DELETE_IN_PROGRESS" => return Ok(()),
            "CREATE_IN_PROGRESS" => {}
            _ if stack.status.is_under_way() => {
                let text = format!("Stack [{}] cannot be deleted while in status {status}", stack.name);
                return Err(Error::new(OPERATION, "ValidationError", text));
            }
            _ => {}
        }
        let used = token;
        let token = Some(token).filter(|token| !token.is_empty());
        if let Some(mut operation) = stack.operation.take() {
            operation.cancel(stack, None, now, &mut self.chance);
        }
        let operation = Operation::delete(stack, token, retained, now, &mut self.chance);
        stack.operation = Some(operation);
        stack.stuck = None;
        let id = stack.id.clone();
        self.keep_token(OPERATION, at, used, &of);
        self.sets.retain(|set| set.stack != id);
        Ok(())
    }

    /// Where the stack of this name or ARN is; one that was deleted has its ARN only.
    pub(super) fn place_of_stack(&self, name: &str) -> Option<usize> {
        let mut stacks = self.stacks.iter();
        stacks.position(|stack| stack.id == name || stack.name == name && !stack.is_gone())
    }

    pub(super) fn there(&self, operation: &str, name: &str) -> Answer<usize> {
        let found = self.place_of_stack(name);
        found.ok_or_else(|| {
            let text = format!("Stack with id {name} does not exist");
            Error::new(operation, "ValidationError", text)
        })
    }

    /// Whether a request was made before with this token; refuses a token that was used for another one.
    pub(super) fn is_repeated(&mut self, operation: &'static str, at: usize, token: &str, of: &str) -> Answer<bool> {
        if token.is_empty() {
            return Ok(false);
        }
        let request = format!("{operation} {of}");
        match self.stacks[at].tokens.get(token) {
            Some(known) if *known == request => Ok(true),
            Some(_) => Err(Error::new(
                operation,
                "TokenAlreadyExistsException",
                "A client request token already exists.",
            )),
            None => Ok(false),
        }
    }

    /// Keeps the token of a request that was granted.
    pub(super) fn keep_token(&mut self, operation: &'static str, at: usize, token: &str, of: &str) {
        if !token.is_empty() {
            let request = format!("{operation} {of}");
            self.stacks[at].tokens.insert(token.to_string(), request);
        }
    }
}

fn offset(operation: &str, page: Option<&str>, first: usize) -> Answer<usize> {
    let Some(page) = page else {
        return Ok(first);
    };
    page.parse()
        .map_err(|_| Error::new(operation, "ValidationError", format!("Invalid token: {page}")))
}
