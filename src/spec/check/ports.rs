//! Ports: what one is on an instance must be free there.

use crate::diag::{Diagnostics, code};
use crate::spec::{Networking, Port};

use super::Running;

/// What an instance's own programs and the agent listen on:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html>.
const RESERVED: &[i64] = &[22, 2375, 2376, 51678, 51679, 51680];

/// Where Linux takes dynamic ports from: `ip_local_port_range`.
const DYNAMIC: std::ops::RangeInclusive<i64> = 32768..=60999;

pub(super) fn check(running: &Running, diags: &mut Diagnostics) {
    let port = match (running.service, running.daemon) {
        (Some(service), _) => service.port.sound(),
        (_, Some(daemon)) => daemon.port.sound(),
        _ => None,
    };
    if let Some(Some(port)) = port {
        let on_instance = matches!(
            running.workload.networking(),
            Some(Networking::Bridge | Networking::Host)
        );
        if on_instance {
            check_host(port, diags);
        }
    }
}

fn check_host(port: &Port, diags: &mut Diagnostics) {
    let Some(Some(host)) = port.host.sound() else { return };
    let place = if port.host.is_given() {
        port.host.span
    } else {
        port.container.span
    };
    if RESERVED.contains(&host.0) {
        let message = format!("port {} of an instance is taken by the system or the agent", host.0);
        let fault = diags.report(code::RESERVED_PORT, place, message);
        fault.hint("take another, or leave `host` out under `network: bridge`");
    } else if DYNAMIC.contains(&host.0) {
        let message = format!("port {} lies among those that are given out at random", host.0);
        let fault = diags.report(code::EPHEMERAL_PORT, place, message);
        fault.hint("take one below 32768, or leave it to ECS with `host: 0`");
    }
}
