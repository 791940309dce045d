//! Who runs on a cluster's instances, and what the instances have for them. In: a cluster and its apps. Out: a
//! [`Fleet`], [`Tenant`]s.

use crate::catalog::{self, Instance};
use crate::diag::Diagnostic;
use crate::rollout::interfaces;
use crate::rollout::memory::Registered;
use crate::rollout::ports::HostPort;
use crate::rollout::reservation::{self, Reservation};
use crate::source::Span;
use crate::spec::{Calls, Capacity, Cluster, Networking, PROXY, Spec};

use super::{Kept, Tenant};

/// All that runs on the instances of a cluster.
pub(in crate::rollout) fn tenants<'a>(spec: &'a Spec, index: usize, cluster: &'a Cluster) -> Vec<Tenant<'a>> {
    let mut tenants = Vec::new();
    for (name, daemon) in cluster.daemons.value.sound() {
        tenants.push(Tenant {
            app: None,
            name,
            workload: &daemon.workload,
            kept: Kept::Daemon(daemon),
            proxied: None,
        });
    }
    for app in spec.apps.iter().filter(|app| app.cluster == Some(index)) {
        let calls = Calls::of(app);
        for (name, service) in app.services.value.sound() {
            tenants.push(Tenant {
                app: Some(&app.name),
                name,
                workload: &service.workload,
                kept: Kept::Service(service),
                proxied: calls.proxied(name, &service.workload),
            });
        }
        for (name, task) in app.tasks.value.sound() {
            tenants.push(Tenant {
                app: Some(&app.name),
                name,
                workload: &task.workload,
                kept: Kept::Once(task),
                proxied: None,
            });
        }
    }
    tenants.retain(|tenant| tenant.workload.seat() == Some(Capacity::Instances));
    tenants
}

impl Tenant<'_> {
    /// What each copy reserves; `None` where a value is faulty.
    pub fn need(&self) -> Option<Reservation> {
        reservation::of_workload(self.workload, self.proxied)
    }

    /// Says at the memory of a task why it is more than what is written there.
    pub fn explain(&self, fault: &mut Diagnostic) {
        if self.proxied.is_some() {
            fault.label(format!(
                "linked, it takes its limits in full, and {PROXY} MiB for the proxy"
            ));
        }
    }

    /// The port of its instance that each copy takes, and where that is written.
    pub fn port(&self) -> Option<(HostPort, Span)> {
        let port = match self.kept {
            Kept::Service(service) => service.port.sound()?.as_ref()?,
            Kept::Daemon(daemon) => daemon.port.sound()?.as_ref()?,
            Kept::Once(_) => return None,
        };
        HostPort::of(port, self.workload.networking()?)
    }

    /// Whether each copy has a network interface of its own.
    pub fn has_interface(&self) -> bool {
        self.workload.networking() == Some(Networking::Task)
    }

    pub fn is_daemon(&self) -> bool {
        matches!(self.kept, Kept::Daemon(_))
    }
}

/// The instances of a cluster: their types, how many there may be, and what daemons take of each.
pub(in crate::rollout) struct Fleet {
    pub types: Vec<Instance>,
    /// How many instances there are at most.
    pub most: i64,
    /// Memory kept from tasks, in MiB.
    pub reserve: i64,
    pub trunking: bool,
    /// What daemons take; `None` where a value of one of them is faulty.
    pub daemons: Option<Reservation>,
    /// How many daemons have a network interface of their own.
    pub daemon_interfaces: i64,
    /// Where the instances stand.
    pub place: Span,
    /// Where their number stands.
    pub count: Span,
}

impl Fleet {
    /// The fleet of a cluster; `None` without instances, or where something about them is faulty.
    pub fn of(cluster: &Cluster, tenants: &[Tenant]) -> Option<Fleet> {
        let declared = &cluster.capacity.instances;
        let instances = declared.sound()?.as_ref()?;
        let names = instances.r#type.sound()?;
        let types: Option<Vec<Instance>> = names.0.iter().map(|name| catalog::instance(&name.0)).collect();
        let daemons = || tenants.iter().filter(|tenant| tenant.is_daemon());
        let mut taken = Some(Reservation::default());
        for daemon in daemons() {
            taken = taken.zip(daemon.need()).map(|(taken, need)| taken + need);
        }
        let most = &instances.count.max;
        Some(Fleet {
            types: types.filter(|types| !types.is_empty())?,
            most: most.sound()?.0,
            reserve: instances.reserve.sound()?.0,
            trunking: *instances.trunking.sound()?,
            daemons: taken,
            daemon_interfaces: daemons().filter(|daemon| daemon.has_interface()).count() as i64,
            place: declared.span,
            count: if most.is_given() { most.span } else { declared.span },
        })
    }

    /// What an instance has of memory for all but daemons, the worst type at the worst and the best type at best, in MiB.
    pub fn memory(&self) -> Option<Registered> {
        let taken = self.daemons?.memory;
        let each = || {
            self.types
                .iter()
                .map(|one| Registered::of(one, self.reserve).less(taken))
        };
        Some(Registered {
            least: each().map(|memory| memory.least).min()?,
            most: each().map(|memory| memory.most).max()?,
        })
    }

    /// The same of CPU, in CPU units; it is known exactly for each type.
    pub fn cpu(&self) -> Option<Registered> {
        let taken = self.daemons?.cpu;
        let each = || self.types.iter().map(|one| one.cpu() as i64 - taken);
        Some(Registered {
            least: each().min()?,
            most: each().max()?,
        })
    }

    /// For how many tasks but daemons an instance has network interfaces.
    pub fn interfaces(&self) -> Option<Registered> {
        let each = || {
            self.types
                .iter()
                .map(|one| interfaces::slots(one, self.trunking) - self.daemon_interfaces)
        };
        Some(Registered {
            least: each().min()?,
            most: each().max()?,
        })
    }
}
