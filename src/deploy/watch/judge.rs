//! What the facts about a service say of its end. In: a service. Out: a [`Verdict`], bound to our deployment; none while it goes
//! on. Must not know stacks.

use crate::cloud::Moment;
use crate::cloud::ecs::{ServiceDeployment, last_part};

use super::service::{ServiceView, Step};
use super::verdict::Verdict;

impl ServiceView {
    /// How the step has ended, by what ECS says.
    pub(super) fn judged(&self, now: Moment) -> Option<Verdict> {
        match (self.step, &self.deployment) {
            (Step::Rollout, Some(ours)) => self.judged_by_deployment(ours),
            (Step::Rollout, None) if self.ours.is_some() => self.judged_by_counts(now),
            (Step::Rollout, None) => self.needed_none().then_some(Verdict::Settled),
            (Step::Scale, _) => (self.applied && !self.going_back && self.runs_all()).then_some(Verdict::Settled),
            (Step::Settings, _) => (self.applied && !self.going_back).then_some(Verdict::Settled),
            (Step::Unknown | Step::Nothing, _) => None,
        }
    }

    fn runs_all(&self) -> bool {
        self.counts.running == self.counts.desired
    }

    /// CloudFormation is done with it and ECS made no deployment: what changed came to the same.
    fn needed_none(&self) -> bool {
        let deployments = &self.counts.deployments;
        let is_old = deployments.iter().all(|one| one.created < self.began);
        self.applied && !self.revises && !self.going_back && !deployments.is_empty() && is_old
    }

    fn judged_by_deployment(&self, ours: &ServiceDeployment) -> Option<Verdict> {
        match ours.status.as_str() {
            // A stack that goes back takes the new revision away again.
            "SUCCESSFUL" if self.going_back => None,
            "SUCCESSFUL" => Some(self.serving(ours.finished.unwrap_or(ours.created))),
            "ROLLBACK_SUCCESSFUL" => Some(Verdict::RolledBack),
            "ROLLBACK_FAILED" => Some(Verdict::Failed),
            status => match &self.newer {
                Some(newer) if !self.going_back => self.judged_by_newer(newer, status == "STOPPED"),
                // The stack says how it ends.
                _ if self.going_back => None,
                _ => (status == "STOPPED").then(|| self.judged_stopped()).flatten(),
            },
        }
    }

    /// Ours was stopped, and what took its place is not known by its service deployment yet.
    fn judged_stopped(&self) -> Option<Verdict> {
        let primary = self.counts.deployments.iter().find(|one| one.status == "PRIMARY");
        match primary.filter(|primary| !self.is_ours(primary)) {
            Some(primary) if Some(&primary.task_definition) == self.before.as_ref() => None,
            Some(primary) if primary.created >= self.began => Some(self.superseded(&primary.task_definition)),
            // The breaker stops what it may not, or cannot, roll back.
            _ => Some(Verdict::Failed),
        }
    }

    /// Something was deployed over ours: by somebody else, or the revision before, by hand or as a stack goes back.
    fn judged_by_newer(&self, newer: &ServiceDeployment, is_stopped: bool) -> Option<Verdict> {
        if self.before.as_ref() != Some(&newer.task_definition) {
            return Some(self.superseded(&newer.task_definition));
        }
        match newer.status.as_str() {
            "SUCCESSFUL" if is_stopped => Some(Verdict::RolledBack),
            "STOPPED" | "ROLLBACK_FAILED" if is_stopped => Some(Verdict::Failed),
            _ => None,
        }
    }

    /// What the deployment with our ID says, where service deployments may not be seen.
    fn judged_by_counts(&self, now: Moment) -> Option<Verdict> {
        let deployments = &self.counts.deployments;
        let ours = deployments.iter().find(|one| Some(&one.id) == self.ours.as_ref());
        let primary = deployments.iter().find(|one| one.status == "PRIMARY");
        let rollout = ours.and_then(|ours| ours.rollout.as_deref());
        if rollout == Some("COMPLETED") && !self.going_back {
            return Some(self.serving(now));
        }
        match (ours, primary) {
            (Some(ours), Some(primary)) if ours.id == primary.id => match rollout {
                // With others beside it there is something to go back to, and the stack does.
                Some("FAILED") => (deployments.len() == 1 && !self.going_back).then_some(Verdict::Failed),
                // ECS does not judge deployments of classic load balancers.
                None if deployments.len() == 1 && self.runs_all() && !self.going_back => Some(self.serving(now)),
                _ => None,
            },
            (_, Some(primary)) if Some(&primary.task_definition) == self.before.as_ref() => {
                match primary.rollout.as_deref() {
                    Some("COMPLETED") => Some(Verdict::RolledBack),
                    Some("FAILED") => Some(Verdict::Failed),
                    Some(_) => None,
                    None => (deployments.len() == 1 && self.runs_all()).then_some(Verdict::RolledBack),
                }
            }
            (_, Some(primary)) if !self.going_back => Some(self.superseded(&primary.task_definition)),
            _ => None,
        }
    }

    /// Whether ECS goes back, and why, where it says so.
    pub(super) fn turns_back(&self) -> Option<String> {
        if let Some(ours) = &self.deployment {
            let why = ours.reason.clone().or(ours.rollback.clone());
            return ours.status.starts_with("ROLLBACK_").then(|| why.unwrap_or_default());
        }
        let mine = self.ours.as_ref()?;
        let deployments = &self.counts.deployments;
        let primary = deployments
            .iter()
            .find(|one| one.status == "PRIMARY" && one.id != *mine)?;
        let ours = deployments.iter().find(|one| one.id == *mine);
        let is_back = Some(&primary.task_definition) == self.before.as_ref();
        is_back.then(|| ours.and_then(|ours| ours.reason.clone()).unwrap_or_default())
    }

    fn serving(&self, end: Moment) -> Verdict {
        Verdict::Serving {
            seconds: end.seconds_since(self.started.unwrap_or(end)),
            waves: self.waves(),
        }
    }

    fn superseded(&self, revision: &str) -> Verdict {
        Verdict::Superseded {
            by: last_part(revision).to_string(),
        }
    }
}
