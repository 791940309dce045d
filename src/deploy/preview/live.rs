//! What is really there, for the forecast of rollouts. In: a plan, and what its stacks change. Out: the rollouts in the
//! [`Preview`], and notices of what could not be looked at.
//!
//! [`Preview`]: crate::plan::preview::Preview

use std::collections::{BTreeMap, BTreeSet};

use crate::cloud::ecs::{TaskFilter, last_part};
use crate::cloud::{Cloud, Error, ErrorKind};
use crate::graph::StackKind;
use crate::plan::footing::Footing;
use crate::plan::live::{Facts, Moving, Runs, foretold, moving};
use crate::plan::notices::Topic;
use crate::plan::preview::{StackPreview, StackState};
use crate::plan::{Plan, StackWork, Work};

use super::{Halt, Look};

/// A stack of a cluster, and what was seen of it.
pub(super) type Seen<'a> = (&'a StackWork, StackPreview);

/// `DescribeServices` takes ten services at most.
const SERVICES: usize = 10;

impl<C: Cloud> Look<'_, C> {
    /// Foretells the rollouts of a plan, cluster by cluster.
    pub(super) async fn rollouts(&mut self, plan: &Plan) -> Result<(), Halt> {
        for footing in &plan.footings {
            let seen = self.seen(plan, &footing.cluster);
            let moving: Vec<Moving> = seen.iter().flat_map(|(work, seen)| moving(seen, work)).collect();
            if moving.is_empty() {
                continue;
            }
            (self.reader.told)(&format!("cluster {}: looking at what runs", footing.cluster));
            let facts = self.facts(footing, &seen, &moving).await?;
            let told = foretold(footing, &moving, &facts);
            self.preview.rollouts.extend(told);
            self.traps(footing, &seen, &moving, &facts).await?;
        }
        Ok(())
    }

    /// The stacks whose services and tasks run in a cluster.
    fn seen<'p>(&self, plan: &'p Plan, cluster: &str) -> Vec<Seen<'p>> {
        let works = plan.stages.iter().filter_map(|stage| match &stage.work {
            Work::Stack(work) if work.cluster.as_deref() == Some(cluster) => Some(work),
            _ => None,
        });
        works
            .filter_map(|work| {
                let seen = self.preview.stacks().find(|seen| seen.stack == work.stack)?;
                Some((work, seen.clone()))
            })
            .collect()
    }

    async fn facts(&mut self, footing: &Footing, seen: &[Seen<'_>], moving: &[Moving<'_>]) -> Result<Facts, Halt> {
        let cluster = footing.cluster.as_str();
        let mut facts = Facts::default();
        for (work, seen) in seen {
            if seen.state != StackState::New && !work.services.is_empty() {
                self.runs(cluster, work, &mut facts).await?;
            }
        }
        if footing.ground.is_some() {
            let answer = self
                .ask_aside(async |cloud: &C| cloud.container_instances(cluster).await)
                .await?;
            match answer {
                Ok(instances) => facts.instances = Some(instances),
                // It comes with this deployment.
                Err(error) if error.kind() == ErrorKind::Missing => {}
                Err(error) => {
                    let so = "the forecast counts with the instances that are declared";
                    self.not_read(cluster, &error, so);
                }
            }
            let is_ours = seen.iter().any(|(work, _)| work.kind == StackKind::Cluster);
            if !is_ours && facts.instances.is_some() {
                facts.most = self.most(cluster).await?;
            }
        }
        self.definitions(&mut facts, moving).await?;
        Ok(facts)
    }

    /// The most instances that a cluster allows that is not deployed here.
    async fn most(&mut self, cluster: &str) -> Result<Option<i64>, Halt> {
        let name = format!("{cluster}-cluster");
        let answer = self
            .ask_aside(async |cloud: &C| cloud.describe_stack(&name).await)
            .await?;
        // Where it cannot be looked at, what is declared is all that is known.
        let stack = answer.ok();
        Ok(stack.and_then(|stack| stack.parameters.get("InstanceMaximum")?.parse().ok()))
    }

    /// What runs of the services of a stack.
    async fn runs(&mut self, cluster: &str, work: &StackWork, facts: &mut Facts) -> Result<(), Halt> {
        let resources = match self.resources(work).await? {
            Ok(resources) => resources,
            Err(error) => {
                self.not_read(&work.stack, &error, "its services are taken to run whole");
                return Ok(());
            }
        };
        let physical: BTreeMap<&str, &str> = resources
            .iter()
            .filter(|one| one.kind == "AWS::ECS::Service")
            .map(|one| (one.logical.as_str(), last_part(&one.physical)))
            .collect();
        let there = work.services.iter();
        let there = there.filter_map(|one| Some((one, *physical.get(one.logical.as_str())?)));
        let there: Vec<_> = there.collect();
        for some in there.chunks(SERVICES) {
            let names: Vec<String> = some.iter().map(|(_, name)| name.to_string()).collect();
            let answer = self
                .ask_aside(async |cloud: &C| cloud.describe_services(cluster, &names).await)
                .await?;
            let found = match answer {
                Ok(found) => found,
                Err(error) => {
                    self.not_read(&work.stack, &error, "its services are taken to run whole");
                    return Ok(());
                }
            };
            for service in found.into_iter().filter(|one| one.status == "ACTIVE") {
                let Some((of, _)) = some.iter().find(|(_, name)| *name == service.name) else {
                    continue;
                };
                let filter = TaskFilter::Running(service.name.clone());
                let answer = self
                    .ask_aside(async |cloud: &C| cloud.tasks(cluster, &filter).await)
                    .await?;
                let tasks = answer.unwrap_or_else(|error| {
                    self.not_read(&of.name, &error, "its tasks are taken for those of others");
                    Vec::new()
                });
                let runs = Runs {
                    name: of.own_name().to_string(),
                    daemon: of.daemon,
                    service,
                    tasks,
                };
                facts.runs.insert((of.stack.clone(), of.logical.clone()), runs);
            }
        }
        Ok(())
    }

    /// The task definitions of what runs.
    async fn definitions(&mut self, facts: &mut Facts, moving: &[Moving<'_>]) -> Result<(), Halt> {
        let mut wanted: BTreeSet<String> = BTreeSet::new();
        for runs in facts.runs.values() {
            wanted.extend(runs.tasks.iter().map(|task| task.task_definition.clone()));
        }
        for one in moving {
            let key = (one.service.stack.clone(), one.service.logical.clone());
            if let Some(runs) = facts.runs.get(&key) {
                wanted.insert(runs.service.task_definition.clone());
                wanted.extend(runs.service.deployments.iter().map(|one| one.task_definition.clone()));
            }
        }
        for arn in wanted.into_iter().filter(|arn| !arn.is_empty()) {
            let answer = self
                .ask_aside(async |cloud: &C| cloud.task_definition(&arn).await)
                .await?;
            match answer {
                Ok(definition) => {
                    facts.definitions.insert(arn, definition);
                }
                Err(error) => {
                    let so = "how large its copies are is not known: they are taken to be as large as the new ones";
                    self.not_read(last_part(&arn), &error, so);
                    if error.kind() == ErrorKind::Denied {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    /// Says that something could not be looked at, once.
    pub(super) fn not_read(&mut self, subject: &str, error: &Error, so: &str) {
        let text = format!("{error}; {so}");
        self.notice(Topic::NotRead, subject, text, None);
    }
}
