//! A stack, deployed: change set, execution, and the rollouts in it, watched to their end. In: a stack of the plan. Out: how it
//! ended.

use crate::cloud::formation::{Change, ChangeSet, ChangeSetType, ChangeSetWish, Stack, Template};
use crate::cloud::{Cloud, Error, ErrorKind};
use crate::graph::StackKind;
use crate::plan::consequence;
use crate::plan::{Given, StackWork};
use std::collections::BTreeMap;

use super::digest::digest;
use super::event::What;
use super::preflight::{OWN, Ready, UnderWay, is_own, tidy_token};
use super::watch::Outcome;
use super::{Ended, Run, parcel};

/// What a stack is to be made of, in a word. What it keeps as it is takes no part: that is known only while it is there.
/// `digests` has the digest of the image in each repository.
pub(super) fn content(work: &StackWork, digests: &BTreeMap<String, String>) -> String {
    let mut parts = vec![work.stack.as_str(), work.template.as_str()];
    for (id, given) in &work.parameters {
        parts.push(id);
        parts.push(match given {
            Given::Known(value) => value,
            Given::Digest(repository) => digests.get(repository).map_or("", String::as_str),
            Given::Kept(_) => "",
        });
    }
    digest(parts)
}

impl<C: Cloud> Run<'_, C> {
    /// Deploys a stack.
    pub(super) async fn stack(&mut self, work: &StackWork) -> Ended {
        let ended = match self.deploy_all(work).await {
            Ok(ended) => ended,
            Err(error) => Ended::of(error),
        };
        match ended {
            Ended::Done(note) if work.kind == StackKind::App => {
                let kept = self.keep_release(work).await;
                let said: Vec<String> = note.into_iter().chain(kept).collect();
                Ended::Done((!said.is_empty()).then(|| said.join("; ")))
            }
            ended => ended,
        }
    }

    /// Deploys a stack, of a new cluster with a large template its bucket first.
    async fn deploy_all(&mut self, work: &StackWork) -> Result<Ended, Error> {
        self.begin_way_back(work).await?;
        if let Some(first) = parcel::bucket_alone(work)
            && !self.is_made(&work.stack).await?
        {
            match self.deploy(&first).await? {
                Ended::Done(_) => {}
                ended => return Ok(ended),
            }
        }
        self.deploy(work).await
    }

    /// Whether a stack has ever come up.
    async fn is_made(&mut self, stack: &str) -> Result<bool, Error> {
        match self.ask(async |cloud: &C| cloud.describe_stack(stack).await).await {
            Ok(there) => {
                let status = there.status.as_str();
                let never = ["CREATE_", "REVIEW_", "ROLLBACK_", "DELETE_"];
                Ok(status == "CREATE_COMPLETE" || !never.iter().any(|begin| status.starts_with(begin)))
            }
            Err(error) if error.kind() == ErrorKind::Missing => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn deploy(&mut self, work: &StackWork) -> Result<Ended, Error> {
        let stack = &work.stack;
        let content = content(work, &self.digests);
        self.contents.insert(stack.clone(), content.clone());
        let prefix = format!("{OWN}{content}-");
        loop {
            let (there, has_shell) = match self.preflight(work, &prefix).await? {
                Ready::New { has_shell } => (None, has_shell),
                Ready::There(there) => (Some(*there), false),
                Ready::UnderWay(operation) => return self.attach(work, operation).await,
                Ready::Not(ended) => return Ok(ended),
            };
            let template = match self.ask(async |cloud: &C| parcel::carry(cloud, work).await).await? {
                Ok(template) => template,
                Err(why) => return Ok(Ended::Failed(why)),
            };
            let wish = self.wish(work, template, &prefix, there.as_ref()).await?;
            if there.is_some() || has_shell {
                self.sweep(stack, &wish.name).await?;
            }
            let id = match self.make(&wish).await {
                Ok(id) => id,
                // Something began since it was looked at, or a late answer told of a time before it had.
                Err(error) if error.is_busy() && !self.is_late() => {
                    self.rest().await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let (set, changes) = self.read_change_set(&id).await?;
            if is_being_made(&set) {
                return Ok(Ended::Deadline);
            }
            if set.status.is_failed() {
                return self.discard(work, &wish, &id, &set, there.is_none()).await;
            }
            if set.execution.as_str().starts_with("EXECUTE_") {
                // An earlier run did that, and what was said of the stack is from before.
                self.rest().await;
                match self.is_late() {
                    true => return Ok(Ended::Deadline),
                    false => continue,
                }
            }
            if let Some(names) = self.forbidden(work, &changes) {
                let _ = self.ask(async |cloud: &C| cloud.delete_change_set(&id).await).await;
                let outcome = Outcome::Stale;
                self.emit(What::Blocked { outcome });
                return Ok(Ended::Failed(format!(
                    "data would be lost in {names}: `--allow-replace` allows it"
                )));
            }
            if let Some(excess) = self.excess(work, there.is_none(), &changes) {
                return Ok(self.stop(&wish, &id, there.is_none(), excess).await);
            }
            if self.is_called_back() {
                let _ = self.ask(async |cloud: &C| cloud.delete_change_set(&id).await).await;
                return Ok(Ended::CalledBack);
            }
            let event = What::Planned {
                stack: stack.clone(),
                changes,
                since: None,
            };
            self.emit(event);
            self.observer.begin(stack, &wish.token, self.cloud.now());
            if there.is_some() {
                // What changes is told by events; what stays as it is, such as a target group, is not.
                self.learn_physical(stack).await?;
            }
            self.look_before(work).await?;
            self.execute(&id, &wish.token).await?;
            return self.watch_or_leave(work).await;
        }
    }

    /// Executes a change set. One that is executed already lost us the answer to that.
    async fn execute(&mut self, id: &str, token: &str) -> Result<(), Error> {
        let refused = match self
            .ask(async |cloud: &C| cloud.execute_change_set(id, token).await)
            .await
        {
            Err(error) if error.is_untimely() || error.kind() == ErrorKind::Taken => error,
            answer => return answer,
        };
        let (set, _) = self.read_change_set(id).await?;
        match set.execution.as_str().starts_with("EXECUTE_") {
            true => Ok(()),
            false => Err(refused),
        }
    }

    /// The resources whose data a change set would lose, though nobody has allowed it: it may do more than the plan that was
    /// looked at, since what came before it is done now.
    fn forbidden(&self, work: &StackWork, changes: &[Change]) -> Option<String> {
        let allowed = self.options.allowed.as_ref()?;
        let found = consequence::of(changes, &work.origins);
        let names = found
            .iter()
            .filter(|one| one.loses_data() && !allowed.contains(&one.logical));
        let names: Vec<&str> = names.map(|one| one.logical.as_str()).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// Makes a change set. Of one that is there already under its name, which its content has made, another run lost the
    /// answer.
    async fn make(&mut self, wish: &ChangeSetWish) -> Result<String, Error> {
        let refused = match self.ask(async |cloud: &C| cloud.create_change_set(wish).await).await {
            Err(error) if error.kind() == ErrorKind::Taken => error,
            answer => return answer,
        };
        let sets = self.sets(&wish.stack).await?;
        let same = sets.into_iter().find(|set| set.name == wish.name);
        same.map(|set| set.id).ok_or(refused)
    }

    /// Deletes a change set that cannot be executed, and the stack that came to be with it.
    async fn discard(
        &mut self,
        work: &StackWork,
        wish: &ChangeSetWish,
        id: &str,
        set: &ChangeSet,
        is_new: bool,
    ) -> Result<Ended, Error> {
        let findings = match set.is_empty() {
            true => Vec::new(),
            // The reason says that something was found, and not what.
            false => self.cloud.change_set_findings(id).await.unwrap_or_default(),
        };
        // That it stays takes nothing from what it says.
        let _ = self.ask(async |cloud: &C| cloud.delete_change_set(id).await).await;
        let stack = &work.stack;
        if !set.is_empty() {
            if is_new {
                let token = tidy_token(&wish.name);
                let _ = self
                    .ask(async |cloud: &C| cloud.delete_stack(stack, &token, &[]).await)
                    .await;
            }
            let mut reason = set.reason.clone().unwrap_or_else(|| set.status.0.clone());
            for finding in findings.iter().filter(|finding| finding.fails) {
                let place = finding.resource().and_then(|logical| work.place_of(logical));
                let line = place.map_or(String::new(), |place| format!(" --> {place}"));
                reason += &format!("; {}{line}", finding.words());
            }
            return Ok(Ended::Failed(reason));
        }
        let event = What::Planned {
            stack: stack.clone(),
            changes: Vec::new(),
            since: None,
        };
        self.emit(event);
        self.learn_physical(stack).await?;
        Ok(Ended::Done(Some("no changes".to_string())))
    }

    /// Watches what an earlier run has begun.
    async fn attach(&mut self, work: &StackWork, operation: UnderWay) -> Result<Ended, Error> {
        let stack = &work.stack;
        let sets = self.sets(stack).await?;
        let executed = sets.into_iter().find(|set| set.name == operation.token);
        let changes = match executed {
            Some(set) => self.read_change_set(&set.id).await?.1,
            // It is known no more. What it does is told by its events, and its end by the stack's.
            None => Vec::new(),
        };
        let event = What::Planned {
            stack: stack.clone(),
            changes,
            since: Some(operation.since),
        };
        self.emit(event);
        self.observer.begin(stack, &operation.token, operation.since);
        self.learn_physical(stack).await?;
        self.look_before(work).await?;
        self.watch_or_leave(work).await
    }

    /// Watches what has begun; or leaves it alone, where that is wished and nothing comes after it.
    async fn watch_or_leave(&mut self, work: &StackWork) -> Result<Ended, Error> {
        if self.options.detach && self.last == Some(self.stage) {
            let stack = work.stack.clone();
            self.emit(What::Detached { stack });
            return Ok(Ended::Done(Some("has begun".to_string())));
        }
        self.watch(work).await
    }

    /// What the change set is asked for with.
    async fn wish(
        &mut self,
        work: &StackWork,
        template: Template,
        prefix: &str,
        there: Option<&Stack>,
    ) -> Result<ChangeSetWish, Error> {
        let mut parameters = Vec::new();
        // Content alone would be one name for two deployments with another one in between.
        let since = there.map(|there| there.updated.0.to_string()).unwrap_or_default();
        let mut onto = vec![there.map(|there| there.id.clone()).unwrap_or_default(), since];
        for (id, given) in &work.parameters {
            let kept = there.is_some_and(|there| there.parameters.contains_key(id));
            let value = match given {
                Given::Known(value) => Some(value.clone()),
                Given::Digest(repository) => self.digests.get(repository).cloned(),
                Given::Kept(_) if kept => None,
                Given::Kept(name) if name.is_empty() => {
                    let message = format!("stack {} is not there yet: `loadline apply` makes it", work.stack);
                    return Err(Error::new("DescribeStacks", "ValidationError", message));
                }
                Given::Kept(name) => {
                    let newest = self.ask(async |cloud: &C| cloud.parameter(name).await).await?;
                    onto.push(newest.value.clone());
                    Some(newest.value)
                }
            };
            parameters.push((id.clone(), value));
        }
        let name = format!("{prefix}{}", digest(onto.iter().map(String::as_str)));
        Ok(ChangeSetWish {
            stack: work.stack.clone(),
            token: name.clone(),
            name,
            kind: match there {
                Some(_) => ChangeSetType::Update,
                None => ChangeSetType::Create,
            },
            template,
            parameters,
            capabilities: work.capabilities.clone(),
            about: "Made by loadline.".to_string(),
            drift: false,
        })
    }

    /// Deletes the change sets that earlier runs of loadline have left behind, but not the one that is meant now.
    async fn sweep(&mut self, stack: &str, name: &str) -> Result<(), Error> {
        let sets = self.sets(stack).await?;
        let is_old = |set: &str| is_own(set) && set != name;
        for set in sets.into_iter().filter(|set| is_old(&set.name)) {
            // One that is still being made cannot be deleted; executing the next one ends it.
            let _ = self.ask(async |cloud: &C| cloud.delete_change_set(&set.id).await).await;
        }
        Ok(())
    }

    /// Waits until a change set is there, and reads all its pages.
    pub(super) async fn read_change_set(&mut self, id: &str) -> Result<(ChangeSet, Vec<Change>), Error> {
        loop {
            let (set, mut next) = self
                .ask(async |cloud: &C| cloud.describe_change_set(id, false, None).await)
                .await?;
            if is_being_made(&set) && !self.is_late() {
                self.rest().await;
                continue;
            }
            let mut changes = set.changes.clone();
            while let Some(page) = next.take() {
                let (more, after) = self
                    .ask(async |cloud: &C| cloud.describe_change_set(id, false, Some(&page)).await)
                    .await?;
                changes.extend(more.changes);
                next = after;
            }
            return Ok((set, changes));
        }
    }

    /// Watches an operation of a stack to its end, and its services to theirs: each end must have been seen.
    async fn watch(&mut self, work: &StackWork) -> Result<Ended, Error> {
        loop {
            self.rest().await;
            let looked = self.observe(work).await;
            if let Some(ended) = self.ended(work) {
                return Ok(ended);
            }
            looked?;
            if let Some(ended) = self.heed(work).await? {
                return Ok(ended);
            }
            self.brake(work).await;
            if self.is_late() {
                return Ok(Ended::Deadline);
            }
        }
    }

    /// How an operation ended, once it and its services have.
    pub(super) fn ended(&self, work: &StackWork) -> Option<Ended> {
        let (status, reason) = self.observer.end.clone()?;
        let reason = reason.unwrap_or_default();
        match status.is_complete() {
            _ if status.as_str() == "DELETE_COMPLETE" && self.is_turned => {
                Some(Ended::Failed("deleted again, on demand".to_string()))
            }
            true => self.is_settled(work).then_some(Ended::Done(None)),
            false => {
                let reason = match reason.is_empty() {
                    true => format!("ended as {}", status.as_str()),
                    false => reason,
                };
                let way_out = match status.is_failed() {
                    true => format!(" `loadline recover {}` shows the way out.", work.stack),
                    false => String::new(),
                };
                Some(Ended::Failed(reason + &way_out))
            }
        }
    }

    /// Learns the physical IDs of a stack's resources.
    pub(super) async fn learn_physical(&mut self, stack: &str) -> Result<(), Error> {
        let mut next: Option<String> = None;
        loop {
            let page = self
                .ask(async |cloud: &C| cloud.list_stack_resources(stack, next.as_deref()).await)
                .await?;
            for resource in page.items {
                self.physical
                    .insert((stack.to_string(), resource.logical), resource.physical);
            }
            match page.next {
                Some(more) => next = Some(more),
                None => return Ok(()),
            }
        }
    }
}

/// Whether nobody knows yet what a change set does.
fn is_being_made(set: &ChangeSet) -> bool {
    set.status.is_under_way() || set.status.as_str() == "CREATE_PENDING"
}
