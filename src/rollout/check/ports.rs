//! Fixed ports of an instance that are not free to take.

use crate::diag::{Diagnostics, code};
use crate::rollout::ports::{HostPort, Obstacle, obstacle};
use crate::spec::{Port, Workload};

pub(super) fn check(workload: &Workload, port: Option<&Option<Port>>, diags: &mut Diagnostics) {
    let (Some(Some(port)), Some(networking)) = (port, workload.networking()) else {
        return;
    };
    let Some((host, place)) = HostPort::of(port, networking) else {
        return;
    };
    let number = host.number;
    match obstacle(host) {
        None => {}
        Some(Obstacle::Reserved) => {
            let message = format!("port {number} of an instance is taken by the system or the agent");
            let fault = diags.report(code::RESERVED_PORT, place, message);
            fault.hint("take another, or leave `host` out under `network: bridge`");
        }
        Some(Obstacle::Dynamic) => {
            let message = format!("port {number} lies among those that are given out at random");
            let fault = diags.report(code::EPHEMERAL_PORT, place, message);
            fault.hint("take one below 32768, or leave `host` out under `network: bridge`");
        }
    }
}
