//! What is on a cluster now: apps, copies, memory. In: a cluster. Out: numbers. Must not judge.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog;
use crate::cloud::capacity::Instance;
use crate::cloud::ecs::last_part;
use crate::cloud::{Answer, Cloud, ErrorKind};
use crate::graph::StackKind;
use crate::operate::patience::{all, ask};
use crate::plan::{StackWork, Work};
use crate::rollout::forecast::declared::Ground;

use super::Wish;

/// `DescribeServices` takes ten services at most.
const AT_ONCE: usize = 10;

/// The apps that have registered on the cluster and are not in the spec.
pub(super) async fn others<C: Cloud>(wish: Wish<'_>, cloud: &C) -> Answer<Vec<String>> {
    let folder = format!("/loadline/{}/apps", wish.cluster);
    let below = all(cloud, async |cloud: &C, page| {
        cloud.parameters_below(&folder, true, page).await
    });
    let below = match below.await {
        // Who may not see them is told of none.
        Err(error) if error.kind() == ErrorKind::Denied => Vec::new(),
        answer => answer?,
    };
    let names = below.iter().filter_map(|one| {
        let rest = one.name.strip_prefix(&folder)?.strip_prefix('/')?;
        rest.split('/').next()
    });
    let own = |name: &&str| wish.spec.apps.iter().any(|app| *app.name == **name);
    let names: BTreeSet<&str> = names.filter(|name| !own(name)).collect();
    Ok(names.into_iter().map(str::to_string).collect())
}

/// How many copies each service shall have now, by its app and its name.
pub(super) async fn copies<C: Cloud>(wish: Wish<'_>, cloud: &C) -> Answer<BTreeMap<(String, String), i64>> {
    let mut found = BTreeMap::new();
    for app in &wish.spec.apps {
        if wish.spec.cluster_of(app).is_none_or(|one| *one.name != *wish.cluster) {
            continue;
        }
        let stack = format!("{}-{}", wish.cluster, app.name);
        let mut stages = wish.plan.stages.iter();
        let work = stages.find_map(|stage| match &stage.work {
            Work::Stack(work) if work.kind == StackKind::App && work.stack == stack => Some(work),
            _ => None,
        });
        let Some(work) = work else { continue };
        for (name, desired) in desired(wish.cluster, work, cloud).await? {
            found.insert((app.name.to_string(), name), desired);
        }
    }
    Ok(found)
}

async fn desired<C: Cloud>(cluster: &str, work: &StackWork, cloud: &C) -> Answer<Vec<(String, i64)>> {
    let stack = work.stack.as_str();
    let listed = all(cloud, async |cloud: &C, page| {
        cloud.list_stack_resources(stack, page).await
    });
    let resources = match listed.await {
        Err(error) if error.kind() == ErrorKind::Missing => return Ok(Vec::new()),
        answer => answer?,
    };
    let services = work.services.iter().filter_map(|service| {
        let mut resources = resources.iter();
        let resource = resources.find(|one| one.logical == service.logical && !one.physical.is_empty())?;
        Some((last_part(&resource.physical).to_string(), service.name.clone()))
    });
    let services: Vec<(String, String)> = services.collect();
    let mut found = Vec::new();
    for some in services.chunks(AT_ONCE) {
        let names: Vec<String> = some.iter().map(|(physical, _)| physical.clone()).collect();
        let shown = ask(cloud, async |cloud: &C| cloud.describe_services(cluster, &names).await).await?;
        for (physical, name) in some {
            let service = shown.iter().find(|one| one.name == *physical);
            found.extend(service.map(|service| (name.clone(), service.desired)));
        }
    }
    Ok(found)
}

/// How much more memory all instances have registered than is promised of their types, in MiB: the next image may take that
/// away (<https://github.com/aws/amazon-ecs-ami/issues/597>).
pub(super) fn beyond(ground: &Ground, instances: &[Instance]) -> i64 {
    let more = instances.iter().filter_map(|one| {
        let promised = catalog::instance(&one.kind)?.registered as i64 - ground.reserve;
        Some(one.memory - promised)
    });
    more.min().unwrap_or(0).max(0)
}
