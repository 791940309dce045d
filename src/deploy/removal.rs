//! A stack, taken away: its instances first, then the stack, watched to its end; and what was written down beside it. In: what
//! was looked at before. Out: how it ended. Run again after a kill, it goes on where it was.
//!
//! An Auto Scaling group is emptied while its capacity provider is still there: ECS drains instances only through the provider,
//! a deletion waits for ever on instances that are protected from scaling in (<https://github.com/aws/aws-cdk/issues/18179>),
//! and a cluster with instances is not deleted
//! (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html>).

use crate::cloud::formation::{Stack, StackEvent};
use crate::cloud::{Cloud, Error, ErrorKind};
use crate::plan::{Data, Records, Removal};

use super::event::What;
use super::preflight::removal_token;
use super::watch::Outcome;
use super::{Ended, Run};

/// `SetInstanceProtection` takes fifty instances at most
/// (<https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_SetInstanceProtection.html>).
const AT_ONCE: usize = 50;

impl<C: Cloud> Run<'_, C> {
    /// Deletes a stack.
    pub(super) async fn removal(&mut self, work: &Removal) -> Ended {
        match self.remove(work).await {
            Ok(ended) => ended,
            Err(error) => Ended::of(error),
        }
    }

    async fn remove(&mut self, work: &Removal) -> Result<Ended, Error> {
        let id = &work.id;
        let patience = self.cloud.now() + self.options.wait;
        loop {
            let Some(there) = self.still_there(id).await? else {
                return Ok(Ended::Done(Some("is gone already".to_string())));
            };
            let status = there.status.as_str();
            if status == "DELETE_IN_PROGRESS" {
                let Some(operation) = self.operation(id).await? else {
                    self.rest().await;
                    continue;
                };
                let event = What::Planned {
                    stack: work.stack.clone(),
                    changes: work.changes.clone(),
                    since: Some(operation.since),
                };
                self.emit(event);
                self.observer
                    .begin_removal(&work.stack, id, &operation.token, operation.since);
                return self.watch_removal(work).await;
            }
            if !there.status.is_under_way() {
                break;
            }
            if !there.status.is_cleaning_up() && self.cloud.now() >= patience {
                let outcome = Outcome::Locked;
                self.emit(What::Blocked { outcome });
                let reason = format!("another operation is under way ({status}); `--wait-for-lock 10m` waits");
                return Ok(Ended::Failed(reason));
            }
            if self.is_late() {
                return Ok(Ended::Deadline);
            }
            self.emit(What::Quiet);
            self.rest().await;
        }
        for group in &work.groups {
            if !self.empty(group).await? {
                return Ok(Ended::Deadline);
            }
        }
        let event = What::Planned {
            stack: work.stack.clone(),
            changes: work.changes.clone(),
            since: None,
        };
        self.emit(event);
        // While the stack still knows what it is, so that a run after a kill finds it too.
        for data in &work.data {
            self.discard_data(data).await?;
        }
        // A deletion that failed is asked for again under another token: the first one was granted.
        let last = self.last_event(id).await?.map(|event| event.id).unwrap_or_default();
        let token = removal_token(id, &last);
        let now = self.cloud.now();
        self.observer.begin_removal(&work.stack, id, &token, now);
        self.ask(async |cloud: &C| cloud.delete_stack(id, &token, &[]).await)
            .await?;
        self.watch_removal(work).await
    }

    /// The stack, unless it is gone.
    async fn still_there(&mut self, id: &str) -> Result<Option<Stack>, Error> {
        match self.ask(async |cloud: &C| cloud.describe_stack(id).await).await {
            Ok(there) => Ok((there.status.as_str() != "DELETE_COMPLETE").then_some(there)),
            Err(error) if error.kind() == ErrorKind::Missing => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn last_event(&mut self, id: &str) -> Result<Option<StackEvent>, Error> {
        let answer = self.ask(async |cloud: &C| cloud.describe_stack_events(id, None).await);
        Ok(answer.await?.items.into_iter().next())
    }

    /// Empties an Auto Scaling group: whether that was done in time.
    async fn empty(&mut self, name: &str) -> Result<bool, Error> {
        let mut told = 0;
        loop {
            let group = match self.ask(async |cloud: &C| cloud.scaling_group(name).await).await {
                Ok(group) => group,
                Err(error) if error.kind() == ErrorKind::Missing => return Ok(true),
                Err(error) => return Err(error),
            };
            let count = group.members.len();
            let (had, stage) = (told, self.stage);
            if count != had {
                told = count;
                self.emit(What::Leaving { stage, count });
            }
            if group.most > 0 || group.desired > 0 {
                self.ask(async |cloud: &C| cloud.empty_scaling_group(name).await)
                    .await?;
            } else if count == 0 {
                return Ok(true);
            }
            // What is on its way out has no protection that could be lifted.
            let held = group.members.iter().filter(|one| one.protected);
            let held = held.filter(|one| !one.state.starts_with("Terminat"));
            let held: Vec<String> = held.map(|one| one.ec2.clone()).collect();
            for some in held.chunks(AT_ONCE) {
                let lifted = self.ask(async |cloud: &C| cloud.unprotect_instances(name, some).await);
                // One that has gone in the meantime fails the whole request: the next look asks without it.
                if let Err(error) = lifted.await
                    && error.kind() == ErrorKind::Denied
                {
                    return Err(error);
                }
            }
            if self.is_late() {
                return Ok(false);
            }
            if count == had {
                self.emit(What::Quiet);
            }
            self.rest().await;
        }
    }

    /// Deletes what would outlive its stack. That it is gone is what was wanted.
    async fn discard_data(&mut self, data: &Data) -> Result<(), Error> {
        let deleted = match data {
            Data::Log(name) => self.ask(async |cloud: &C| cloud.delete_log_group(name).await).await,
            Data::Repository(name) => self.ask(async |cloud: &C| cloud.delete_repository(name).await).await,
            Data::Bucket(name) => self.discard_bucket(name).await,
        };
        match deleted {
            Err(error) if error.kind() == ErrorKind::Missing => Ok(()),
            answer => answer,
        }
    }

    async fn discard_bucket(&mut self, name: &str) -> Result<(), Error> {
        while self.ask(async |cloud: &C| cloud.empty_bucket(name).await).await? {
            self.emit(What::Quiet);
            self.extend_leases().await;
        }
        self.ask(async |cloud: &C| cloud.delete_bucket(name).await).await
    }

    /// Watches a deletion to its end: what events tell, and whether the stack is still there.
    async fn watch_removal(&mut self, work: &Removal) -> Result<Ended, Error> {
        loop {
            self.rest().await;
            match self.look_at_stack().await {
                Err(error) if error.kind() != ErrorKind::Missing => return Err(error),
                _ => {}
            }
            match self.observer.end.clone() {
                Some((status, _)) if status.as_str() == "DELETE_COMPLETE" => return Ok(Ended::Done(None)),
                Some((status, reason)) => {
                    let reason = reason.unwrap_or_default();
                    return Ok(Ended::Failed(format!("{}: {reason}", status.as_str())));
                }
                None => {}
            }
            if self.still_there(&work.id).await?.is_none() {
                return Ok(Ended::Done(None));
            }
            if self.is_late() {
                return Ok(Ended::Deadline);
            }
            self.note_quiet();
        }
    }

    /// Deletes what deployments have written down.
    pub(super) async fn forget(&mut self, work: &Records) -> Ended {
        for name in &work.names {
            match self.ask(async |cloud: &C| cloud.delete_parameter(name).await).await {
                Err(error) if error.kind() != ErrorKind::Missing => return Ended::of(error),
                _ => {}
            }
        }
        Ended::Done(None)
    }
}
