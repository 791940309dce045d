//! Links between services: only what Service Connect can carry.

use std::sync::Arc;

use crate::diag::{Diagnostics, code};
use crate::source::Spanned;
use crate::spec::{Networking, Protocol, Service, Workload};

/// "Only the tasks that Amazon ECS services create are supported":
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceConnectConfiguration.html>.
pub(super) fn report_task(from: &Spanned<Arc<str>>, to: &Spanned<Arc<str>>, diags: &mut Diagnostics) {
    let message = format!(
        "`{}` is a task, and only services find `{}` by its name",
        from.value, to.value
    );
    let fault = diags.report(code::LINK_FROM_TASK, to.span, message);
    fault.note(from.span, "this task");
    fault.hint(format!(
        "take the link out, and call `{}` by its route or hand it the work through a queue",
        to.value
    ));
}

/// Checks the link of one service to another.
pub(super) fn check(
    from: &Spanned<Arc<str>>,
    caller: &Workload,
    to: &Spanned<Arc<str>>,
    called: &Service,
    diags: &mut Diagnostics,
) {
    check_network(from, caller, to, called, diags);
    check_protocol(to, called, diags);
}

/// ECS guide, "Network mode compatibility table":
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/interconnecting-services.html>.
fn check_network(
    from: &Spanned<Arc<str>>,
    caller: &Workload,
    to: &Spanned<Arc<str>>,
    called: &Service,
    diags: &mut Diagnostics,
) {
    let ends = [(from, caller), (to, &called.workload)];
    let on_host = ends
        .into_iter()
        .filter(|(_, workload)| workload.networking() == Some(Networking::Host));
    let on_host: Vec<_> = on_host.collect();
    let Some((name, _)) = on_host.first() else { return };
    let message = match on_host.len() {
        1 => format!(
            "`{}` is on the network of its instance, where links do not work",
            name.value
        ),
        _ => format!(
            "`{}` and `{}` are on the network of their instances, where links do not work",
            from.value, to.value
        ),
    };
    let fault = diags.report(code::LINK_ON_HOST_NETWORK, to.span, message);
    for (_, workload) in &on_host {
        fault.note(workload.network.span, "that network");
        fault.suggest("write `bridge`", workload.network.span, "bridge");
    }
    fault.hint(format!(
        "write `network: bridge` or `network: task`, or call `{}` by its route",
        to.value
    ));
}

/// What the proxy is not told to be HTTP or gRPC it takes for TCP:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html>, `appProtocol`.
fn check_protocol(to: &Spanned<Arc<str>>, called: &Service, diags: &mut Diagnostics) {
    let Some(Some(port)) = called.port.sound() else { return };
    if port.protocol.sound() != Some(&Protocol::Udp) {
        return;
    }
    let message = format!("`{}` listens on UDP, and a link carries TCP only", to.value);
    let fault = diags.report(code::LINK_TO_UDP, to.span, message);
    fault.note(port.protocol.span, "UDP here");
    fault.hint(format!(
        "take the link out, and run `{}` as a daemon or as a sidecar of its callers",
        to.value
    ));
}
