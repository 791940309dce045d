//! The way back on demand: an update that is under way is cancelled, a stack that is being made is deleted. In: a wish. Out:
//! requests, and what came of them. What follows is watched as everything else.

use crate::cloud::formation::Status;
use crate::cloud::{Cloud, Error};
use crate::plan::StackWork;

use super::event::What;
use super::helm::WayBack;
use super::preflight::tidy_token;
use super::{Ended, Run};

/// What ends the token of a cancelled update.
const BACK: &str = "-back";

/// The only status in which `CancelUpdateStack` is taken.
const UPDATING: &str = "UPDATE_IN_PROGRESS";

/// Why a stack that is being made goes on.
const NO_CONSENT: &str = "it is made for the first time: to go back is to delete it, and nobody has agreed to that";

/// What going back means for a stack in this status.
fn way_back(status: &Status) -> WayBack {
    match status.as_str() {
        "CREATE_IN_PROGRESS" => WayBack::Delete,
        UPDATING | "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS" | "UPDATE_COMPLETE" => WayBack::Cancel,
        _ if status.is_rollback() => WayBack::Going,
        _ => WayBack::Nothing,
    }
}

impl<C: Cloud> Run<'_, C> {
    /// Whether the deployment is wished back. Where nothing is under way, that is its end.
    pub(super) fn is_called_back(&self) -> bool {
        self.helm.wish().is_some()
    }

    /// Says what going back would mean now; and goes back, once, where that is wished.
    pub(super) async fn heed(&mut self, work: &StackWork) -> Result<Option<Ended>, Error> {
        let stack = &work.stack;
        let status = self.view.stacks.get(stack).map(|known| known.status.clone());
        let status = status.unwrap_or_default();
        let way = match self.is_turned {
            true => WayBack::Going,
            false => way_back(&status),
        };
        self.helm.point(way);
        let Some(wish) = self.helm.wish() else {
            return Ok(None);
        };
        match way {
            WayBack::Nothing | WayBack::Going => Ok(None),
            WayBack::Delete if !wish.deletes => {
                self.tell_turn(stack, "DeleteStack", Some(NO_CONSENT.to_string()));
                Ok(Some(Ended::CalledBack))
            }
            WayBack::Delete => {
                self.is_turned = true;
                let id = self.ask(async |cloud: &C| cloud.describe_stack(stack).await).await?.id;
                let token = tidy_token(&format!("{}{BACK}", self.observer.token()));
                let asked = self
                    .ask(async |cloud: &C| cloud.delete_stack(stack, &token, &[]).await)
                    .await;
                self.turned(stack, &id, &token, "DeleteStack", asked);
                Ok(None)
            }
            WayBack::Cancel => {
                self.is_turned = true;
                let is_cancelled = status.as_str() == UPDATING && self.cancel(stack).await;
                if !is_cancelled {
                    self.stop_rollouts(work).await;
                }
                Ok(None)
            }
        }
    }

    /// Cancels an update. Whether that was taken.
    async fn cancel(&mut self, stack: &str) -> bool {
        let token = format!("{}{BACK}", self.observer.token());
        let asked = self
            .ask(async |cloud: &C| cloud.cancel_update_stack(stack, &token).await)
            .await;
        let is_taken = asked.is_ok();
        self.turned(stack, stack, &token, "CancelUpdateStack", asked);
        is_taken
    }

    fn turned(&mut self, stack: &str, address: &str, token: &str, call: &str, asked: Result<(), Error>) {
        let refusal = asked.err().map(|error| error.to_string());
        if refusal.is_none() {
            self.observer.go_on(address, token);
            self.helm.point(WayBack::Going);
        }
        self.tell_turn(stack, call, refusal);
    }

    fn tell_turn(&mut self, stack: &str, call: &str, refusal: Option<String>) {
        self.emit(What::TurnedBack {
            stack: stack.to_string(),
            call: call.to_string(),
            refusal,
        });
    }

    /// CloudFormation is done with the stack: what can still go back is a rollout.
    async fn stop_rollouts(&mut self, work: &StackWork) {
        let services = self
            .view
            .services_of(&work.stack)
            .filter(|service| service.is_rolling());
        let open: Vec<String> = services
            .filter_map(|service| service.deployment.as_ref())
            .filter(|ours| ours.finished.is_none())
            .map(|ours| ours.arn.clone())
            .collect();
        if open.is_empty() {
            let late = "it is too late: all that it changes is done".to_string();
            self.tell_turn(&work.stack, "StopServiceDeployment", Some(late));
        }
        for deployment in open {
            let stop = async |cloud: &C| cloud.stop_service_deployment(&deployment).await;
            let refusal = self.ask(stop).await.err().map(|error| error.to_string());
            self.tell_turn(&work.stack, "StopServiceDeployment", refusal);
        }
    }
}
