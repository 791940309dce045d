//! The addresses of the private subnets. In: a cluster with a network of its own, and all that runs on it. Out: a warning where
//! a zone has fewer addresses than its share at the peak of a rollout.
//!
//! Each task under `network: task` and each instance takes one (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking.html>),
//! a load balancer wants eight free ones
//! (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#availability-zones>).

use crate::catalog::quotas::SUBNET_RESERVED;
use crate::diag::{Diagnostics, code};
use crate::library::types::Setting;
use crate::spec::{Cluster, Networking, Spec, Workload};

use super::{counts, percents};

/// What each load balancer wants free in a subnet.
const BALANCER: i64 = 8;

pub(super) fn check(spec: &Spec, index: usize, cluster: &Cluster, diags: &mut Diagnostics) {
    let Some(network) = cluster.network.sound().filter(|_| !cluster.foreign) else {
        return;
    };
    let is_own = network.existing.sound().is_some_and(Option::is_none);
    let (Some(zones), Some(peak)) = (network.zones.sound().filter(|_| is_own), peak(spec, index, cluster)) else {
        return;
    };
    let Some(subnet) = zones
        .subnets
        .iter()
        .map(|zone| zone.private)
        .min_by_key(|range| range.size())
    else {
        return;
    };
    let count = zones.count as i64;
    let has = subnet.size() as i64 - SUBNET_RESERVED.most as i64;
    // An internal load balancer stands in the private subnets.
    let internal = cluster.ingress.sound().and_then(|ingress| ingress.internal.sound());
    let balancer = if internal.is_some_and(Option::is_some) {
        BALANCER
    } else {
        0
    };
    let needs = (peak + count - 1) / count + balancer;
    if needs <= has {
        return;
    }
    let message = format!(
        "a private subnet of {} has {has} addresses, and a zone needs {needs} when all services are at their most",
        subnet.show()
    );
    let place = match network.cidr.is_given() {
        true => network.cidr.span,
        false => cluster.network.place(),
    };
    let fault = diags.report(code::TOO_FEW_ADDRESSES, place, message);
    fault.label(format!("{peak} tasks and instances over {count} zones"));
    fault.hint("take a wider range, such as `10.0.0.0/16`: that of a network cannot be changed later");
}

/// The most tasks and instances that have an address of their own at once; `None` where a value is faulty.
fn peak(spec: &Spec, index: usize, cluster: &Cluster) -> Option<i64> {
    let most = |instances: &Setting<Option<crate::spec::Instances>>| match instances.sound()? {
        Some(instances) => Some(instances.count.sound()?.max.sound()?.0),
        None => Some(0),
    };
    let instances = most(&cluster.capacity.instances)?;
    let mut all = instances;
    for app in spec.apps.iter().filter(|app| app.cluster == Some(index)) {
        for (_, service) in app
            .services
            .value
            .sound()
            .filter(|(_, service)| has_address(&service.workload))
        {
            let (_, most) = counts(service)?;
            all += percents(service)?.upper(most);
        }
    }
    let daemons = cluster.daemons.value.sound();
    all += daemons.filter(|(_, daemon)| has_address(&daemon.workload)).count() as i64 * instances;
    Some(all)
}

fn has_address(workload: &Workload) -> bool {
    workload.networking() == Some(Networking::Task)
}
