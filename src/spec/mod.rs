//! What the user declared: clusters and apps, typed, merged, defaulted and cross-checked.
//!
//! In: the trees of documents. Out: a [`Spec`]. Must not know resources.

mod app;
pub(crate) mod block;
mod build;
mod calls;
mod check;
mod cluster;
mod complete;
mod container;
mod header;
mod keys;
mod merge;
mod network;
pub mod project;
mod resolve;
mod routes;
pub mod schema;
mod service;
mod task;

pub use app::{AppDocument, Use};
pub use build::build;
pub use calls::{Calls, PROXY};
pub(crate) use check::secrets::why_secret;
pub use cluster::{
    Bounds, Capacities, Certificate, ClusterDocument, Daemon, DaemonRollout, Entrance, Existing, Fargate, Ingress,
    Insights, Instances, Logs, Nat, Network, Roll,
};
pub use container::{
    Capacity, Container, Memory, Mount, Networking, Picture, Place, Port, Probe, Protocol, SecretSource, Sidecar, Stop,
    Ulimit, Workload,
};
pub use network::{Endpoints, InstanceImage, InstanceType, Subnets, Zones};
pub use service::{Breaker, Count, Health, Rollout, Rule, Scaling, Service, Shift, Side, Strategy};
pub use task::{Overlap, Run, Task};

use std::ops::Deref;
use std::sync::Arc;

use crate::catalog::{self, Architecture};
use crate::library::types::Named;
use crate::library::{Data, Value};
use crate::source::{Span, Spanned};
use crate::syntax::Node;

/// All that a project declares.
#[derive(Clone, Debug, Default)]
pub struct Spec {
    /// The clusters: the project's own, then those of others that its apps name.
    pub clusters: Vec<Cluster>,
    /// The apps, one for each cluster that an app names.
    pub apps: Vec<App>,
    /// The documents of the user's components, as they were read.
    pub components: Vec<Node>,
}

/// A cluster.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Its name.
    pub name: Arc<str>,
    /// Where its name stands.
    pub span: Span,
    /// What its document says.
    pub document: ClusterDocument,
    /// Whether it belongs to another project: apps refer to it, nothing is deployed for it.
    pub foreign: bool,
}

/// An app on one cluster.
#[derive(Clone, Debug)]
pub struct App {
    /// Its name.
    pub name: Arc<str>,
    /// Where its name stands.
    pub span: Span,
    /// What its document says for this cluster.
    pub document: AppDocument,
    /// Its cluster, by its place in [`Spec::clusters`]; `None` when there is none, which was reported.
    pub cluster: Option<usize>,
}

impl Deref for Cluster {
    type Target = ClusterDocument;

    fn deref(&self) -> &ClusterDocument {
        &self.document
    }
}

impl Deref for App {
    type Target = AppDocument;

    fn deref(&self) -> &AppDocument {
        &self.document
    }
}

impl Spec {
    /// The cluster of an app.
    pub fn cluster_of(&self, app: &App) -> Option<&Cluster> {
        app.cluster.map(|index| &self.clusters[index])
    }
}

impl Cluster {
    /// What the component `cluster` receives: see `docs/arguments.md`.
    pub fn arguments(&self) -> Value {
        cluster::arguments(&self.document, self.span)
    }

    /// The architecture of its instances; of Fargate alone, x86.
    pub fn architecture(&self) -> Architecture {
        let instances = self.capacity.instances.sound().and_then(Option::as_ref);
        let first = instances.and_then(|instances| instances.r#type.sound()?.0.first());
        let found = first.and_then(|name| catalog::instance(&name.value.0));
        found.map_or(Architecture::X86_64, |instance| instance.architecture)
    }

    /// What the component `daemon` receives for one of its daemons.
    pub fn daemon(&self, daemon: &Named<Daemon>) -> Value {
        daemon.setting.value()
    }
}

impl App {
    /// The owned repositories that its images are in, each once.
    pub fn repositories(&self) -> Vec<Spanned<Arc<str>>> {
        let services = self.services.entries.iter().map(|entry| &entry.setting.workload);
        let tasks = self.tasks.entries.iter().map(|entry| &entry.setting.workload);
        let containers = services.chain(tasks).flat_map(|workload| {
            let sidecars = workload.sidecars.value.sound().map(|(_, sidecar)| &sidecar.container);
            std::iter::once(&workload.container).chain(sidecars)
        });
        let images = std::iter::once(&self.image).chain(containers.map(|container| &container.image));
        let mut found: Vec<Spanned<Arc<str>>> = Vec::new();
        for picture in images.filter_map(|image| image.sound()?.as_ref()) {
            if let Some(Some(name)) = picture.repository.sound()
                && !found.iter().any(|known| known.value == name.0)
            {
                found.push(Spanned::new(Arc::clone(&name.0), picture.repository.span));
            }
        }
        found
    }

    /// What the component `app` receives.
    pub fn arguments(&self) -> Value {
        let repository = match self.image.sound() {
            Some(Some(picture)) => picture.repository.value(),
            Some(None) => Value::new(self.span, Data::Null),
            None => Value::new(self.span, Data::Unknown),
        };
        Value::map(self.span, [("repository", repository), ("tags", self.tags.value())])
    }

    /// What the component `service` receives for one of its services.
    pub fn service(&self, service: &Named<Service>) -> Value {
        let mut value = service.setting.value();
        if let Data::Map(fields) = &mut value.data {
            for field in fields.iter_mut().filter(|field| &**field.key == "route") {
                field.value = service::rules(&service.setting.value);
            }
        }
        value
    }

    /// What the component `task` receives for one of its tasks.
    pub fn task(&self, task: &Named<Task>) -> Value {
        task.setting.value()
    }
}
