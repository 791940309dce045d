//! Services that have no room on the instances together: by the sum of their memory or CPU, whatever the placement.

use crate::diag::{Diagnostics, code};
use crate::library::types::MemorySize;
use crate::rollout::memory::{Fit, Registered};
use crate::rollout::reservation::Reservation;

use super::fleet::Fleet;
use super::{Kept, Tenant, counts, instances, percents};

/// A service at its fewest copies.
struct Share<'a> {
    tenant: &'a Tenant<'a>,
    need: Reservation,
    /// How many copies run.
    count: i64,
    /// How many of them run even in the middle of a rollout.
    stay: i64,
}

pub(super) fn check(fleet: &Fleet, tenants: &[Tenant], diags: &mut Diagnostics) {
    let services = tenants.iter().filter_map(|tenant| {
        let Kept::Service(service) = tenant.kept else {
            return None;
        };
        let (count, _) = counts(service)?;
        Some(Share {
            tenant,
            need: tenant.need()?,
            count,
            stay: percents(service)?.lower(count),
        })
    });
    let shares: Vec<Share> = services.filter(|share| share.count > 0).collect();
    let (Some(memory), Some(cpu)) = (fleet.memory(), fleet.cpu()) else {
        return;
    };
    if shares.len() < 2 {
        return;
    }
    let show = |size: i64| MemorySize::<0>(size).show();
    let reported = check_sum(fleet, &shares, memory, |need| need.memory, &show, "memory", diags);
    if !reported {
        let show = |units: i64| format!("{units} units");
        check_sum(fleet, &shares, cpu, |need| need.cpu, &show, "CPU", diags);
    }
}

fn check_sum(
    fleet: &Fleet,
    shares: &[Share],
    each: Registered,
    part: fn(&Reservation) -> i64,
    show: &dyn Fn(i64) -> String,
    what: &str,
    diags: &mut Diagnostics,
) -> bool {
    let total = Registered {
        least: each.least * fleet.most,
        most: each.most * fleet.most,
    };
    let all: i64 = shares.iter().map(|share| share.count * part(&share.need)).sum();
    let kept: i64 = shares.iter().map(|share| share.stay * part(&share.need)).sum();
    // What a rollout needs at once: one copy more, while all others do with as few as they may.
    let rollout = |share: &Share| kept + part(&share.need);
    let tied = shares.iter().filter(|share| share.stay >= share.count);
    let largest = tied.max_by_key(|share| rollout(share));
    let surge = largest.map_or(0, rollout);
    let fit = total.fit(all.max(surge));
    if fit == Fit::Surely {
        return false;
    }
    let has = match fit {
        Fit::Perhaps => format!("{} may have {}", instances(fleet.most), show(total.least)),
        _ => format!("{} have {} at best", instances(fleet.most), show(total.most)),
    };
    let bound = if fit == Fit::Perhaps { total.least } else { total.most };
    let message = match largest.filter(|_| all <= bound) {
        Some(share) => format!(
            "a rollout of `{}` needs {what} of {} beside the other services, {has}",
            share.tenant.name.value,
            show(surge)
        ),
        None => format!("all services together need {what} of {}, {has}", show(all)),
    };
    let code = match fit {
        Fit::Perhaps => code::TIGHT_CAPACITY,
        _ => code::TOO_FEW_INSTANCES,
    };
    let enough = (all.max(surge) + each.least.max(1) - 1) / each.least.max(1);
    let fault = diags.report(code, fleet.count, message);
    for share in shares {
        let each = show(part(&share.need));
        fault.note(share.tenant.name.span, format!("{} × {each}", share.count));
    }
    fault.hint(format!("allow {enough} instances or more, or ask for less {what}"));
    true
}
