//! A deployment that goes only so far. In: a plan, and up to where. Out: the plan without what comes after.

use crate::graph::StackKind;

use super::{Plan, Stage, Work};

/// Up to where a deployment goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Until {
    /// The stacks of clusters.
    Cluster,
    /// The repositories: images can be pushed then.
    Registry,
    /// Roles, log groups, what holds data.
    Base,
    /// The images, and the task definitions of what runs before the services change.
    Release,
    /// Those tasks.
    Tasks,
    /// The services.
    Services,
}

/// How far a stage is; `None` for what comes after all.
fn of(stage: &Stage) -> Option<Until> {
    match &stage.work {
        Work::Image(_) => Some(Until::Release),
        Work::Task(task) => task.before.then_some(Until::Tasks),
        Work::Removal(_) | Work::Records(_) => None,
        Work::Stack(work) => Some(match work.kind {
            StackKind::Cluster => Until::Cluster,
            StackKind::Registry => Until::Registry,
            StackKind::Base => Until::Base,
            StackKind::Release => Until::Release,
            StackKind::App => Until::Services,
        }),
    }
}

impl Plan {
    /// Leaves what comes after.
    pub fn until(&mut self, until: Until) {
        self.stages.retain(|stage| of(stage).is_some_and(|one| one <= until));
    }
}
