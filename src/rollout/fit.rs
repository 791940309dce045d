//! Whether a task fits an empty instance.

use crate::diag::{Diagnostics, code};
use crate::library::types::MemorySize;
use crate::spec::{Cluster, Memory, Workload};

use super::{Fleet, Kept, Tenant};

/// What a task takes of an instance.
#[derive(Clone, Copy, Default)]
struct Need {
    cpu: i64,
    /// In MiB.
    memory: i64,
}

pub(super) fn check(cluster: &Cluster, tenants: &[Tenant], diags: &mut Diagnostics) {
    let Some(fleet) = Fleet::of(cluster) else { return };
    let mut daemons = Need::default();
    for tenant in tenants.iter().filter(|tenant| matches!(tenant.kept, Kept::Daemon(_))) {
        let Some(need) = need(tenant.workload) else { return };
        daemons.cpu += need.cpu;
        daemons.memory += need.memory;
    }
    for tenant in tenants {
        let Some(need) = need(tenant.workload) else { continue };
        let beside = match tenant.kept {
            // Daemons are counted with each other.
            Kept::Daemon(_) => Need {
                cpu: daemons.cpu - need.cpu,
                memory: daemons.memory - need.memory,
            },
            _ => daemons,
        };
        check_tenant(cluster, &fleet, tenant, need, beside, diags);
    }
}

/// The scheduler looks at what is reserved, and at the limit where nothing is.
fn need(workload: &Workload) -> Option<Need> {
    let memory = |memory: &Memory| {
        let limit = memory.limit.sound()?.map(|size| size.0);
        let reserve = memory.reserve.sound()?.map(|size| size.0);
        Some(reserve.or(limit).unwrap_or(0))
    };
    let mut need = Need {
        cpu: workload.cpu.sound()?.0,
        memory: memory(workload.memory.sound()?)?,
    };
    for entry in &workload.sidecars.entries {
        let sidecar = entry.setting.sound()?;
        need.cpu += sidecar.cpu.sound()?.0;
        need.memory += memory(sidecar.memory.sound()?)?;
    }
    Some(need)
}

fn check_tenant(cluster: &Cluster, fleet: &Fleet, tenant: &Tenant, need: Need, beside: Need, diags: &mut Diagnostics) {
    let workload = tenant.workload;
    let show = |size: i64| MemorySize::<0>(size).show();
    let instances = &cluster.capacity.instances;
    // Managed scaling plans with the smallest type, so a task must fit that one:
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-auto-scaling.html
    let smallest = fleet.types.iter().min_by_key(|instance| instance.registered_at_most());
    if let Some(instance) = smallest {
        let taken = fleet.reserve + beside.memory;
        let most = instance.registered_at_most() as i64 - taken;
        let sure = instance.registered as i64 - taken;
        if need.memory > sure {
            let (code, message) = match need.memory > most {
                true => (
                    code::TASK_TOO_LARGE,
                    format!("a task of {} fits no `{}`", show(need.memory), instance.name),
                ),
                false => (
                    code::TIGHT_TASK,
                    format!("a task of {} may not fit `{}`", show(need.memory), instance.name),
                ),
            };
            let place = workload.memory.key.map_or(tenant.name.span, |_| workload.memory.span);
            let fault = diags.report(code, place, message);
            fault.note(instances.span, "the instances");
            fault.hint(format!(
                "of its {} the system takes some and {} are kept from tasks: up to {} are safe",
                show(instance.memory as i64),
                show(taken),
                show(sure.max(0))
            ));
        }
    }
    let smallest = fleet.types.iter().min_by_key(|instance| instance.cpu());
    if let Some(instance) = smallest.filter(|instance| need.cpu + beside.cpu > instance.cpu() as i64) {
        let place = workload.cpu.key.map_or(tenant.name.span, |_| workload.cpu.span);
        let message = format!("a task of {} CPU units fits no `{}`", need.cpu, instance.name);
        let fault = diags.report(code::TASK_TOO_LARGE, place, message);
        fault.note(instances.span, "the instances");
        fault.hint(format!(
            "it has {} CPU units, of which daemons take {}",
            instance.cpu(),
            beside.cpu
        ));
    }
}
