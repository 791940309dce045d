//! The brake: stops a rollout whose new tasks keep ending, where the circuit breaker of ECS does not see it. In: the view. Out:
//! `StopServiceDeployment`. Must not know how causes are found.
//!
//! ECS counts tasks that fail to start or fail a check, not those that run for a while and end; such a rollout would go on for
//! hours (<https://github.com/aws/containers-roadmap/issues/1206>). The user's breaker says after how many failures a rollout
//! has failed, so that many more of them are enough to act on his behalf.

use crate::cloud::Cloud;
use crate::plan::StackWork;

use super::Run;
use super::event::What;
use super::watch::ServiceView;
use super::watch::cause::Weight;

/// How many times the breaker's threshold must have ended, and how many tasks at the least.
const TIMES: i64 = 4;
const LEAST: i64 = 10;

/// For how many seconds no more new tasks than before may have become healthy.
const STILL: i64 = 120;

/// A rollout to be stopped.
struct Runaway {
    service: String,
    deployment: String,
    ended: i64,
}

impl<C: Cloud> Run<'_, C> {
    /// Stops the rollouts of a stack that run away, each once.
    pub(super) async fn brake(&mut self, work: &StackWork) {
        let found: Vec<Runaway> = self
            .view
            .services_of(&work.stack)
            .filter_map(|service| self.runaway(service))
            .collect();
        for Runaway {
            service,
            deployment,
            ended,
        } in found
        {
            self.braked.insert(deployment.clone());
            let stop = async |cloud: &C| cloud.stop_service_deployment(&deployment).await;
            let refusal = self.ask(stop).await.err().map(|error| error.to_string());
            self.emit(What::Braked {
                service,
                ended,
                refusal,
            });
        }
    }

    fn runaway(&self, service: &ServiceView) -> Option<Runaway> {
        let ours = service.deployment.as_ref()?;
        let breaker = ours.breaker.as_ref().filter(|breaker| breaker.status == "MONITORING")?;
        let causes = self.view.causes.all().iter();
        let failing = causes.filter(|cause| cause.subject == service.name() && cause.weight >= Weight::Failing);
        // Another app's service may have the same name.
        let own = failing
            .flat_map(|cause| &cause.tasks)
            .filter(|task| service.ended.contains_key(*task));
        let ended = own.count() as i64;
        let enough = ended >= LEAST.max(breaker.threshold.saturating_mul(TIMES));
        let is_open = service.is_rolling() && !service.going_back && ours.finished.is_none();
        // Without a revision before, there is nothing to go back to.
        let can_return = service.before.is_some();
        let still = self.view.now.seconds_since(service.last_progress()) >= STILL;
        let is_new = !self.braked.contains(&ours.arn);
        (enough && is_open && can_return && still && is_new && breaker.failures < breaker.threshold).then(|| Runaway {
            service: service.arn.clone().unwrap_or_default(),
            deployment: ours.arn.clone(),
            ended,
        })
    }
}
