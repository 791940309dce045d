//! Services and daemons that want the same port of an instance: they share the instances between them.

use crate::diag::{Diagnostics, code};
use crate::rollout::bounds::Percents;
use crate::rollout::ports::HostPort;
use crate::source::Span;

use super::fleet::Fleet;
use super::{Kept, Tenant, counts, free_port, instances, percents};

/// One that wants the port.
struct Claim<'a> {
    tenant: &'a Tenant<'a>,
    place: Span,
    /// How many copies there are at least and at most.
    least: i64,
    most: i64,
    /// Of a service.
    percents: Option<Percents>,
}

impl Claim<'_> {
    /// How many copies are there even in the middle of a rollout.
    fn stay(&self) -> i64 {
        self.percents.map_or(0, |percents| percents.lower(self.least))
    }
}

pub(super) fn check(fleet: &Fleet, tenants: &[Tenant], diags: &mut Diagnostics) {
    let mut ports: Vec<HostPort> = Vec::new();
    for tenant in tenants {
        let Some((port, _)) = tenant.port() else { continue };
        if ports.contains(&port) {
            continue;
        }
        ports.push(port);
        let same = tenants
            .iter()
            .filter(|other| other.port().is_some_and(|(other, _)| other == port));
        let claims: Option<Vec<Claim>> = same.map(|tenant| claim(fleet, tenant)).collect();
        if let Some(claims) = claims.filter(|claims| claims.len() > 1) {
            check_port(fleet, port, &claims, diags);
        }
    }
}

fn claim<'a>(fleet: &Fleet, tenant: &'a Tenant<'a>) -> Option<Claim<'a>> {
    let (_, place) = tenant.port()?;
    let (least, most, percents) = match tenant.kept {
        Kept::Daemon(_) => (fleet.most, fleet.most, None),
        Kept::Service(service) => {
            let (least, most) = counts(service)?;
            (least, most, Some(percents(service)?))
        }
        Kept::Once(_) => (0, 0, None),
    };
    Some(Claim {
        tenant,
        place,
        least,
        most,
        percents,
    })
}

fn check_port(fleet: &Fleet, port: HostPort, claims: &[Claim], diags: &mut Diagnostics) {
    let sum = |count: fn(&Claim) -> i64| claims.iter().map(count).sum::<i64>();
    let (least, most) = (sum(|claim| claim.least), sum(|claim| claim.most));
    let stay = sum(|claim| claim.stay());
    // One whose new copy has no instance even while all others do with as few as they may.
    let waiting = claims.iter().find(|claim| {
        let tied = claim.least > 0 && claim.percents.is_some() && claim.stay() >= claim.least;
        tied && claim.least + 1 + (stay - claim.stay()) > fleet.most
    });
    let (code, rest) = if least > fleet.most {
        let rest = format!("{least} copies on at most {}", instances(fleet.most));
        (code::PORT_CLASH, rest)
    } else if let Some(waiting) = waiting {
        let name = &waiting.tenant.name.value;
        let rest = format!("a rollout of `{name}` finds no instance where it is free");
        (code::PORT_CLASH, rest)
    } else if most > fleet.most {
        let rest = format!("scaled out, {most} copies on at most {}", instances(fleet.most));
        (code::SCALING_BEYOND_ROOM, rest)
    } else {
        return;
    };
    let mut names: Vec<String> = claims
        .iter()
        .map(|claim| format!("`{}`", claim.tenant.name.value))
        .collect();
    let last = names.pop().expect("there are two claims at least");
    let both = if claims.len() == 2 { "both" } else { "all" };
    let message = format!(
        "{} and {last} {both} want port {} of an instance: {rest}",
        names.join(", "),
        port.number
    );
    let (blamed, others) = claims.split_last().expect("there are two claims at least");
    let fault = diags.report(code, blamed.place, message);
    for other in others {
        fault.note(other.place, "here too");
    }
    fault.note(fleet.place, "the instances");
    fault.hint(format!("{}, or take another", free_port(blamed.tenant.workload)));
}
