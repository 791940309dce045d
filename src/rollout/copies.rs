//! Services of which an instance can run only so many copies: by a fixed port, by wish, by network interfaces.

use crate::diag::{Code, Diagnostics, code};
use crate::source::Span;
use crate::spec::{Cluster, Count, Networking, Port, Service};

use super::{Fleet, Kept, Percents, Tenant};

pub(super) fn check(cluster: &Cluster, tenants: &[Tenant], diags: &mut Diagnostics) {
    let Some(fleet) = Fleet::of(cluster) else { return };
    let limits = cluster.capacity.instances.span;
    let mut fixed: Vec<(&Tenant, i64, Span)> = Vec::new();
    for tenant in tenants {
        if let Some((port, span)) = fixed_port(tenant) {
            report_shared(tenant, port, span, &fixed, &fleet, diags);
            fixed.push((tenant, port, span));
        }
        let Kept::Service(service) = tenant.kept else { continue };
        if let Some((port, span)) = fixed_port(tenant) {
            let why = format!("port {port} lets an instance run one copy");
            let room = Room {
                copies: fleet.most,
                code: code::STATIC_PORT,
                why,
                repair: match service.networking() {
                    Some(Networking::Host) => "write `network: bridge`, so that ECS chooses the port",
                    _ => "leave the port on the instance to ECS (`host: 0`)",
                },
                place: span,
            };
            room.check(service, limits, diags);
        } else if service.place.distinct.sound() == Some(&true) {
            let room = Room {
                copies: fleet.most,
                code: code::DISTINCT_INSTANCES,
                why: "`distinct` lets an instance run one copy".to_string(),
                repair: "leave `distinct` out",
                place: service.place.distinct.span,
            };
            room.check(service, limits, diags);
        } else if service.networking() == Some(Networking::Task) {
            check_interfaces(service, &fleet, tenant, limits, diags);
        }
    }
}

/// The port of an instance that each copy takes.
fn fixed_port(tenant: &Tenant) -> Option<(i64, Span)> {
    let port: &Port = match tenant.kept {
        Kept::Service(service) => service.port.sound()?.as_ref()?,
        Kept::Daemon(daemon) => daemon.port.sound()?.as_ref()?,
        Kept::Once => return None,
    };
    if tenant.workload.networking()? == Networking::Task {
        return None;
    }
    let host = port.host.sound()?.as_ref().filter(|host| host.0 != 0)?;
    let span = if port.host.is_given() {
        port.host.span
    } else {
        port.container.span
    };
    Some((host.0, span))
}

fn most_copies(tenant: &Tenant, fleet: &Fleet) -> i64 {
    match tenant.kept {
        Kept::Daemon(_) => fleet.most,
        Kept::Service(service) => service
            .count
            .sound()
            .and_then(Count::bounds)
            .map_or(0, |(_, most)| most),
        Kept::Once => 0,
    }
}

/// Two that want the same port of an instance share the instances between them.
fn report_shared(
    tenant: &Tenant,
    port: i64,
    span: Span,
    others: &[(&Tenant, i64, Span)],
    fleet: &Fleet,
    diags: &mut Diagnostics,
) {
    let own = most_copies(tenant, fleet);
    for (other, taken, place) in others.iter().filter(|(_, taken, _)| *taken == port) {
        let theirs = most_copies(other, fleet);
        if own + theirs > fleet.most {
            let message = format!(
                "`{}` and `{}` both want port {taken} of an instance: {} copies on at most {} instances",
                tenant.name.value,
                other.name.value,
                own + theirs,
                fleet.most
            );
            let fault = diags.report(code::PORT_CLASH, span, message);
            fault.note(*place, "the other one");
            fault.hint("leave the port on the instance to ECS (`host: 0`), or take another");
        }
    }
}

/// How many copies the instances can run at once, and why.
struct Room {
    copies: i64,
    code: Code,
    why: String,
    repair: &'static str,
    place: Span,
}

impl Room {
    fn check(&self, service: &Service, limits: Span, diags: &mut Diagnostics) {
        let Some(rollout) = service.rollout.sound() else { return };
        let (Some(healthy), Some(surge)) = (rollout.healthy.sound(), rollout.surge.sound()) else {
            return;
        };
        let Some((_, most)) = service.count.sound().and_then(Count::bounds) else {
            return;
        };
        let percents = Percents {
            healthy: healthy.0,
            surge: surge.0,
        };
        // Rounding that leaves no way has been reported by itself.
        if most == 0 || percents.is_stuck(most) {
            return;
        }
        let room = self.copies;
        let instances = |count: i64| {
            if count == 1 {
                "1 copy".to_string()
            } else {
                format!("{count} copies")
            }
        };
        if most > room {
            let message = format!("{}: there is room for {}, not for {most}", self.why, instances(room));
            let fault = diags.report(self.code, self.place, message);
            fault.note(limits, "the instances");
            fault.hint(format!("{}, or allow more instances", self.repair));
        } else if percents.upper(most).min(room) <= most && percents.lower(most) >= most {
            let message = format!(
                "{}: {} fill all the room, so a rollout can start none and may stop none",
                self.why,
                instances(most)
            );
            let fault = diags.report(self.code, self.place, message);
            fault.note(limits, "the instances");
            let healthy = super::bounds::most_healthy(most);
            fault.hint(format!(
                "{}, allow more instances, or write `rollout: {{healthy: {healthy}%}}`",
                self.repair
            ));
        }
    }
}

fn check_interfaces(service: &Service, fleet: &Fleet, tenant: &Tenant, limits: Span, diags: &mut Diagnostics) {
    let slots = fleet.types.iter().map(|instance| {
        let trunk = instance.trunk_slots.filter(|_| fleet.trunking);
        i64::from(trunk.unwrap_or(instance.slots))
    });
    // The type with the most slots: what even that has no room for has no room at all.
    let Some(slots) = slots.max() else { return };
    let place = if service.network.is_given() {
        service.network.span
    } else {
        tenant.name.span
    };
    let room = Room {
        copies: slots * fleet.most,
        code: code::TOO_FEW_INTERFACES,
        why: format!("an instance has network interfaces for {slots} tasks"),
        repair: if fleet.trunking {
            "write `network: bridge`"
        } else {
            "write `network: bridge`, turn on `trunking`"
        },
        place,
    };
    room.check(service, limits, diags);
}
