//! Whether a task fits an empty instance, and as often as the instance's nominal memory suggests.

use crate::catalog::Instance;
use crate::diag::{Diagnostics, code};
use crate::library::types::MemorySize;
use crate::rollout::memory::{Fit, Registered};
use crate::rollout::reservation::Reservation;

use super::fleet::Fleet;
use super::{Kept, Tenant, copies};

/// Up to how many tasks an instance's nominal memory is worth a warning: of more, one less is a small loss.
const FEW: i64 = 3;

pub(super) fn check(fleet: &Fleet, tenants: &[Tenant], diags: &mut Diagnostics) {
    let Some(daemons) = fleet.daemons else { return };
    for tenant in tenants {
        let Some(need) = tenant.need() else { continue };
        let beside = match tenant.kept {
            // Daemons are counted with each other.
            Kept::Daemon(_) => daemons - need,
            _ => daemons,
        };
        check_memory(fleet, tenant, need, beside, diags);
        check_cpu(fleet, tenant, need, beside, diags);
    }
}

/// Managed scaling plans with the smallest type, so a task must fit that one:
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-auto-scaling.html>.
fn check_memory(fleet: &Fleet, tenant: &Tenant, need: Reservation, beside: Reservation, diags: &mut Diagnostics) {
    let smallest = fleet.types.iter().min_by_key(|instance| instance.registered_at_most());
    let Some(instance) = smallest else { return };
    let has = Registered::of(instance, fleet.reserve).less(beside.memory);
    let (code, message) = match has.fit(need.memory) {
        Fit::Surely => {
            check_packing(fleet, tenant, need, instance, has, diags);
            return;
        }
        Fit::Perhaps => (
            code::TIGHT_TASK,
            format!("a task of {} may not fit `{}`", show(need.memory), instance.name),
        ),
        Fit::Never => (
            code::TASK_TOO_LARGE,
            format!("a task of {} fits no `{}`", show(need.memory), instance.name),
        ),
    };
    let workload = tenant.workload;
    let place = workload.memory.key.map_or(tenant.name.span, |_| workload.memory.span);
    let fault = diags.report(code, place, message);
    tenant.explain(fault);
    fault.note(fleet.place, "the instances");
    fault.hint(format!(
        "of its {} the system takes some and {} are kept from tasks: up to {} are safe",
        show(instance.memory as i64),
        show(fleet.reserve + beside.memory),
        show(has.least.max(0))
    ));
}

fn check_packing(
    fleet: &Fleet,
    tenant: &Tenant,
    need: Reservation,
    instance: &Instance,
    has: Registered,
    diags: &mut Diagnostics,
) {
    if tenant.is_daemon() || need.memory == 0 {
        return;
    }
    let nominal = instance.memory as i64 / need.memory;
    let (sure, best) = has.slots(need.memory);
    if nominal > FEW || sure >= nominal {
        return;
    }
    let message = match best < nominal {
        true => format!(
            "`{}` holds {} of {}, not {nominal}",
            instance.name,
            copies(best),
            show(need.memory)
        ),
        false => format!(
            "`{}` may hold {} of {}, not {nominal}",
            instance.name,
            copies(sure),
            show(need.memory)
        ),
    };
    let workload = tenant.workload;
    let place = workload.memory.key.map_or(tenant.name.span, |_| workload.memory.span);
    let fault = diags.report(code::NOMINAL_PACKING, place, message);
    tenant.explain(fault);
    fault.note(fleet.place, "the instances");
    fault.hint(format!(
        "of its {} tasks have {} for sure: ask for {} or less, and {nominal} fit",
        show(instance.memory as i64),
        show(has.least),
        show(has.least / nominal)
    ));
}

fn check_cpu(fleet: &Fleet, tenant: &Tenant, need: Reservation, beside: Reservation, diags: &mut Diagnostics) {
    let workload = tenant.workload;
    let smallest = fleet.types.iter().min_by_key(|instance| instance.cpu());
    if let Some(instance) = smallest.filter(|instance| need.cpu + beside.cpu > instance.cpu() as i64) {
        let place = workload.cpu.key.map_or(tenant.name.span, |_| workload.cpu.span);
        let message = format!("a task of {} CPU units fits no `{}`", need.cpu, instance.name);
        let fault = diags.report(code::TASK_TOO_LARGE, place, message);
        fault.note(fleet.place, "the instances");
        fault.hint(format!(
            "it has {} CPU units, of which daemons take {}",
            instance.cpu(),
            beside.cpu
        ));
    }
}

fn show(size: i64) -> String {
    MemorySize::<0>(size).show()
}
