//! Services and their deployments, looked at. In: the services of a stack that are not over. Out: events.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::cloud::ecs::{Service, ServiceDeployment, ServiceEvent};
use crate::cloud::{Cloud, Error, ErrorKind, Moment};
use crate::deploy::Run;
use crate::deploy::event::{Counts, What};
use crate::deploy::watch::STANDS;
use crate::plan::StackWork;

/// For how long the tasks of the past are asked for, where AWS refuses for now.
const EVIDENCE: Duration = Duration::from_secs(20);

/// The cluster and the name of a service, from its ARN: `arn:…:service/production/web`.
pub(super) fn parts(arn: &str) -> Option<(String, String)> {
    let path = arn.split_once(":service/")?.1;
    let (cluster, name) = path.split_once('/')?;
    Some((cluster.to_string(), name.to_string()))
}

/// The service of a service deployment: `…:service-deployment/cluster/name/id` is of `…:service/cluster/name`.
fn service_of(deployment: &str) -> String {
    let service = deployment.replacen(":service-deployment/", ":service/", 1);
    match service.rsplit_once('/') {
        Some((service, _)) => service.to_string(),
        None => service,
    }
}

/// What was seen at once, in the order that tells most: what succeeded did so before a newer one came, and who stopped
/// another is known before that it was stopped.
fn order(deployment: &ServiceDeployment) -> (bool, i64) {
    match deployment.status.as_str() {
        "SUCCESSFUL" => (false, deployment.created.0),
        _ => (true, deployment.created.0.saturating_neg()),
    }
}

impl<C: Cloud> Run<'_, C> {
    /// Looks at the services of a stack that are there and not over.
    pub(super) async fn look_at_services(&mut self, work: &StackWork) -> Result<(), Error> {
        let mut by_cluster: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for service in self.view.services_of(&work.stack).filter(|service| !service.is_over()) {
            if let Some((cluster, name)) = service.arn.as_deref().and_then(parts) {
                by_cluster.entry(cluster).or_default().push(name);
            }
        }
        for (cluster, names) in by_cluster {
            for ten in names.chunks(10) {
                let answer = self
                    .ask(async |cloud: &C| cloud.describe_services(&cluster, ten).await)
                    .await;
                let found = match answer {
                    // A cluster that is gone has no services.
                    Err(error) if error.kind() == ErrorKind::Missing => Vec::new(),
                    answer => answer?,
                };
                for service in found {
                    self.look_at_service(&cluster, service).await?;
                }
            }
        }
        self.look_at_deployments(work).await
    }

    /// Finds all service deployments since an operation began, those too that were over before anybody looked, and the tasks
    /// that are known to have ended.
    pub(in crate::deploy) async fn recall(&mut self, work: &StackWork) -> Result<(), Error> {
        let services = self.view.services_of(&work.stack);
        let open = services.filter(|service| !service.is_over() && service.touched);
        let open: Vec<(String, Moment)> = open
            .filter_map(|service| Some((service.arn.clone()?, service.began)))
            .collect();
        for (arn, since) in open {
            let Some((cluster, name)) = parts(&arn) else { continue };
            let deployments = self
                .ask_aside(async |cloud: &C| cloud.list_service_deployments(&cluster, &name, since).await)
                .await?;
            for deployment in deployments {
                self.observer.deployments.entry(deployment).or_default();
            }
            self.recall_tasks(&cluster, &arn, &name).await;
        }
        Ok(())
    }

    /// Looks at the tasks of a service, and at its targets: evidence, for which a verdict that is known does not wait long.
    async fn recall_tasks(&mut self, cluster: &str, arn: &str, name: &str) {
        let patience = self.deadline.min(self.cloud.now() + EVIDENCE);
        let deadline = std::mem::replace(&mut self.deadline, patience);
        // What is refused until then is left unseen.
        let _ = self.look_at_tasks(cluster, arn, name).await;
        let _ = self.look_at_targets(arn).await;
        self.deadline = deadline;
    }

    async fn look_at_service(&mut self, cluster: &str, service: Service) -> Result<(), Error> {
        let arn = service.arn.clone();
        let counts = Counts {
            desired: service.desired,
            running: service.running,
            pending: service.pending,
            deployments: service.deployments,
        };
        let known = self.observer.counts.get(&arn);
        let is_first = known.is_none();
        let is_changed = known != Some(&counts);
        let rolls = |rollout: &Option<String>| rollout.as_deref() == Some("IN_PROGRESS");
        let moves = counts.deployments.len() > 1
            || counts.pending > 0
            || counts.running != counts.desired
            || counts.deployments.iter().any(|one| rolls(&one.rollout));
        // That nothing has changed since CloudFormation was done with it is news, too.
        let is_owed = self
            .view
            .service(&arn)
            .is_some_and(|view| view.applied && !view.is_over());
        if is_changed || is_owed {
            self.observer.counts.insert(arn.clone(), counts.clone());
            self.note(What::Service {
                service: arn.clone(),
                counts,
            });
        }
        match service.current_deployment {
            Some(current) => {
                self.observer.deployments.entry(current).or_default();
            }
            None => self.list_deployments(cluster, &arn, &service.name).await?,
        }
        self.look_at_messages(&arn, service.events);
        if moves || (is_changed && !is_first) {
            self.look_at_tasks(cluster, &arn, &service.name).await?;
            self.look_at_targets(&arn).await?;
        }
        Ok(())
    }

    fn look_at_messages(&mut self, arn: &str, events: Vec<ServiceEvent>) {
        let now = self.cloud.now();
        for event in events.into_iter().rev() {
            let is_new = self.observer.messages.insert(event.id);
            if is_new && now.seconds_since(event.at) < STANDS {
                self.note(What::Message {
                    service: arn.to_string(),
                    written: event.at,
                    text: event.message,
                });
            }
        }
    }

    /// Finds the deployments that no look has seen under way: those that came and went between two looks.
    async fn list_deployments(&mut self, cluster: &str, arn: &str, name: &str) -> Result<(), Error> {
        let Some(view) = self.view.service(arn).filter(|view| view.is_rolling()) else {
            return Ok(());
        };
        let is_missed = match &view.deployment {
            None => view.applied || view.counts.deployments.iter().any(|one| one.created >= view.began),
            Some(ours) => ours.status == "STOPPED" && view.newer.as_ref().is_none_or(|newer| newer.finished.is_some()),
        };
        if !is_missed || self.observer.denied {
            return Ok(());
        }
        let since = view.began;
        let answer = self
            .ask(async |cloud: &C| cloud.list_service_deployments(cluster, name, since).await)
            .await;
        match answer {
            Ok(found) => {
                for deployment in found {
                    self.observer.deployments.entry(deployment).or_default();
                }
                Ok(())
            }
            Err(error) if error.is_passing() => Err(error),
            Err(error) => {
                self.deny(error);
                Ok(())
            }
        }
    }

    /// Service deployments may not be seen: the verdict then hangs on the deployment's own ID, and its revision.
    fn deny(&mut self, error: Error) {
        self.observer.denied = true;
        self.note(What::Slowed {
            operation: error.operation,
            code: error.code,
        });
    }

    /// Looks at the service deployments that are known and not over.
    async fn look_at_deployments(&mut self, work: &StackWork) -> Result<(), Error> {
        if self.observer.denied {
            return Ok(());
        }
        let is_open = |arn: &str| {
            let service = self.view.service(&service_of(arn));
            service.is_some_and(|view| view.service.stack == work.stack && !view.is_over())
        };
        let known = self.observer.deployments.iter();
        let open = known.filter(|(arn, one)| one.finished.is_none() && is_open(arn));
        let arns: Vec<String> = open.map(|(arn, _)| arn.clone()).collect();
        for twenty in arns.chunks(20) {
            let answer = self
                .ask(async |cloud: &C| cloud.describe_service_deployments(twenty).await)
                .await;
            let mut found: Vec<ServiceDeployment> = match answer {
                Ok(found) => found,
                Err(error) if error.kind() == ErrorKind::Denied => {
                    self.deny(error);
                    return Ok(());
                }
                Err(error) => return Err(error),
            };
            found.sort_by_key(order);
            for deployment in found {
                if self.observer.deployments.get(&deployment.arn) == Some(&deployment) {
                    continue;
                }
                let arn = deployment.arn.clone();
                self.observer.deployments.insert(arn.clone(), deployment.clone());
                self.note(What::Deployment {
                    service: service_of(&arn),
                    deployment,
                });
            }
        }
        Ok(())
    }
}
