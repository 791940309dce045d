//! Services that find each other by name: who is one of them, and the memory that the proxy beside each demands.

use std::collections::{BTreeMap, BTreeSet};

use crate::library::types::{Named, Setting};

use super::{App, Memory, Service, Workload};

/// What the proxy of Service Connect is given, in MiB (ECS guide, "Service Connect proxy"):
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect.html>.
pub const PROXY: i64 = 64;

/// Which services of an app call which.
pub struct Calls<'app> {
    /// The app.
    pub app: &'app App,
    services: BTreeMap<&'app str, &'app Named<Service>>,
    called: BTreeSet<&'app str>,
}

impl<'app> Calls<'app> {
    /// The calls of an app. A task's links to services are refused.
    pub fn of(app: &'app App) -> Calls<'app> {
        let services = app.services.entries.iter();
        let links = services
            .clone()
            .flat_map(|service| service.setting.workload.links.value.sound());
        Calls {
            app,
            // Of two with one name, which is a fault, the first counts.
            services: services.rev().map(|service| (&**service.name, service)).collect(),
            called: links.map(|(to, _)| &*to.value).collect(),
        }
    }

    /// The service of this name.
    pub fn service(&self, name: &str) -> Option<&'app Named<Service>> {
        self.services.get(name).copied()
    }

    /// Whether something links to one of the app's services.
    pub fn calls(&self, workload: &Workload) -> bool {
        let mut links = workload.links.value.sound();
        links.any(|(to, _)| self.services.contains_key(&*to.value))
    }

    /// Whether a service links to this one.
    pub fn is_called(&self, name: &str) -> bool {
        self.called.contains(name)
    }

    /// The memory in MiB of a whole task with a proxy; `None` without one. Service Connect demands it of the task, and
    /// more than its containers may use.
    pub fn proxied(&self, name: &str, workload: &Workload) -> Option<i64> {
        if !self.calls(workload) && !self.is_called(name) {
            return None;
        }
        let sidecars = workload.sidecars.value.sound();
        let sidecars: i64 = sidecars.map(|(_, sidecar)| most(&sidecar.memory)).sum();
        Some(most(&workload.memory) + sidecars + PROXY)
    }
}

/// What a container may use, or what is kept free for it where it has no limit.
fn most(memory: &Setting<Memory>) -> i64 {
    let Some(memory) = memory.sound() else { return 0 };
    let limit = memory.limit.sound().and_then(Option::as_ref);
    let size = limit.or_else(|| memory.reserve.sound()?.as_ref());
    size.map_or(0, |size| size.0)
}
