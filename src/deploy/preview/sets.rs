//! A change set that lives only while it is read. In: a stack's work. Out: what AWS says would change; nothing is left behind.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use crate::cloud::formation::{Change, ChangeSet, ChangeSetType, ChangeSetWish, Finding, Stack};
use crate::cloud::{Answer, Cloud, Error, ErrorKind};
use crate::deploy::conceal::mask;
use crate::deploy::parcel;
use crate::plan::consequence;
use crate::plan::notices::Topic;
use crate::plan::{Given, StackWork};

use super::{Halt, LOOK, Look};

/// For how long it is tried to delete what was made, even if the reader has left.
const TIDYING: Duration = Duration::from_secs(60);

impl<C: Cloud> Look<'_, C> {
    /// What the change set is asked for with; or why it cannot be.
    pub(super) async fn wish(
        &self,
        work: &StackWork,
        deployed: Option<&Stack>,
    ) -> Result<Result<ChangeSetWish, String>, Halt> {
        let mut parameters = Vec::new();
        for (id, given) in &work.parameters {
            let kept = deployed.is_some_and(|there| there.parameters.contains_key(id));
            let value = match given {
                Given::Known(value) => Some(value.clone()),
                Given::Digest(repository) => match self.digests.get(repository) {
                    Some(digest) => Some(digest.clone()),
                    None if kept => None,
                    None => return Ok(Err(format!("there is no image in repository {repository} yet"))),
                },
                Given::Kept(_) if kept => None,
                Given::Kept(name) if name.is_empty() => {
                    return Ok(Err("it is not there yet: `loadline apply` makes it".to_string()));
                }
                Given::Kept(name) => match self.ask(async |cloud: &C| cloud.parameter(name).await).await? {
                    Ok(newest) => Some(newest.value),
                    Err(error) => return Ok(Err(format!("{name}: {error}"))),
                },
            };
            parameters.push((id.clone(), value));
        }
        let template = match self.ask(async |cloud: &C| parcel::carry(cloud, work).await).await? {
            Ok(Ok(template)) => template,
            Ok(Err(why)) => return Ok(Err(why)),
            Err(error) => return Ok(Err(error.to_string())),
        };
        let mut hasher = DefaultHasher::new();
        (&work.stack, &work.template, &parameters, self.cloud.now().0).hash(&mut hasher);
        let name = format!("loadline-plan-{:016x}", hasher.finish());
        Ok(Ok(ChangeSetWish {
            stack: work.stack.clone(),
            token: name.clone(),
            name,
            kind: match deployed {
                Some(_) => ChangeSetType::Update,
                None => ChangeSetType::Create,
            },
            template,
            parameters,
            capabilities: work.capabilities.clone(),
            about: "Made by `loadline plan`, which deletes it when it has read it.".to_string(),
            drift: false,
        }))
    }

    /// Makes a change set, reads it, and deletes it; what AWS refuses comes as its words.
    pub(super) async fn changes(
        &mut self,
        work: &StackWork,
        wish: &ChangeSetWish,
        alone: bool,
    ) -> Result<Result<(ChangeSet, Vec<Change>), String>, Halt> {
        let made = self.ask(async |cloud: &C| cloud.create_change_set(wish).await).await;
        let id = match made {
            Ok(Ok(id)) => id,
            Ok(Err(error)) => return Ok(Err(error.to_string())),
            Err(halt) => {
                // It may have been made all the same, when only the answer was lost.
                if let Halt::Refused(_) = halt {
                    let text = format!("change set {} of stack {}", wish.name, wish.stack);
                    self.preview.left.push(text);
                }
                return Err(halt);
            }
        };
        let read = self.read(&id).await;
        let findings = self.cloud.change_set_findings(&id).await;
        self.tidy(wish, &id, alone).await;
        let (set, changes) = match read? {
            Ok(read) => read,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let is_refused = set.status.is_failed() && !set.is_empty();
        match findings {
            Ok(findings) => self.found(work, &findings),
            // Where nothing is wrong, nobody misses them.
            Err(error) if is_refused => {
                self.not_read(&wish.stack, &error, "what was found in its template is not known");
            }
            Err(_) => {}
        }
        if is_refused {
            return Ok(Err(set.reason.unwrap_or(set.status.0)));
        }
        Ok(Ok((set, changes)))
    }

    /// Says what validations and hooks have found, each at the user's line.
    fn found(&mut self, work: &StackWork, findings: &[Finding]) {
        for finding in findings {
            let mut text = finding.words();
            mask(&mut text);
            let place = finding.resource().and_then(|logical| work.place_of(logical)).cloned();
            self.notice(Topic::Validation, &work.stack, text, place.as_ref());
        }
    }

    /// Waits until a change set is there, and reads all its pages, with values and without.
    async fn read(&self, id: &str) -> Result<Answer<(ChangeSet, Vec<Change>)>, Halt> {
        let (set, plain) = loop {
            match self.pages(id, false).await? {
                Ok((set, _)) if set.status.is_under_way() || set.status.as_str() == "CREATE_PENDING" => {
                    self.pause(LOOK).await?;
                }
                Ok(read) => break read,
                Err(error) => return Ok(Err(error)),
            }
        };
        if set.status.is_failed() {
            return Ok(Ok((set, plain)));
        }
        match self.pages(id, true).await? {
            Ok((_, valued)) => Ok(Ok((set, consequence::merged(&plain, &valued)))),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn pages(&self, id: &str, values: bool) -> Result<Answer<(ChangeSet, Vec<Change>)>, Halt> {
        let mut page: Option<String> = None;
        let mut changes = Vec::new();
        loop {
            let answer = self
                .ask(async |cloud: &C| cloud.describe_change_set(id, values, page.as_deref()).await)
                .await?;
            let (set, next) = match answer {
                Ok(answer) => answer,
                Err(error) => return Ok(Err(error)),
            };
            changes.extend(set.changes.iter().cloned());
            page = next;
            if page.is_none() {
                return Ok(Ok((set, changes)));
            }
        }
    }

    /// Deletes a change set, and the stack that came to be with it.
    async fn tidy(&mut self, wish: &ChangeSetWish, id: &str, alone: bool) {
        let gone = self.insist(async |cloud: &C| cloud.delete_change_set(id).await).await;
        if let Err(error) = gone
            && error.kind() != ErrorKind::Missing
        {
            let text = format!("change set {} of stack {} ({error})", wish.name, wish.stack);
            self.preview.left.push(text);
        }
        if alone && let Err(error) = self.remove(&wish.stack, &wish.token).await {
            let text = format!("stack {}, in which nothing is ({error})", wish.stack);
            self.preview.left.push(text);
        }
    }

    /// Deletes a stack that has never been more than a change set, and waits until it is gone.
    pub(super) async fn remove(&self, stack: &str, token: &str) -> Answer<()> {
        let mut asked = false;
        let began = self.cloud.now();
        loop {
            let there = match self.insist(async |cloud: &C| cloud.describe_stack(stack).await).await {
                Ok(there) => there,
                Err(error) if error.kind() == ErrorKind::Missing => return Ok(()),
                Err(error) => return Err(error),
            };
            if there.status.is_in_review() && !asked {
                self.insist(async |cloud: &C| cloud.delete_stack(stack, token, &[]).await)
                    .await?;
                asked = true;
            } else if !there.status.is_in_review() && !there.status.is_under_way() {
                // Somebody has made it more than a change set, or it is gone.
                return Ok(());
            } else if self.cloud.now().since(began) > TIDYING {
                let message = format!("it is still {} after a minute", there.status.as_str());
                return Err(Error::new("DeleteStack", "Unfinished", message));
            } else {
                self.cloud.sleep(LOOK).await;
            }
        }
    }

    /// Asks until there is an answer, also when the reader has left, but not for ever.
    async fn insist<T>(&self, request: impl AsyncFn(&C) -> Answer<T>) -> Answer<T> {
        let began = self.cloud.now();
        loop {
            let error = match request(self.cloud).await {
                Err(error) => error,
                answer => return answer,
            };
            // A set that is still being made cannot be deleted yet.
            let is_busy = error.code.starts_with("InvalidChangeSetStatus");
            let is_over = self.cloud.now().since(began) >= TIDYING;
            if is_over || !(is_busy || error.is_passing()) {
                return Err(error);
            }
            self.cloud.sleep(LOOK).await;
        }
    }
}
