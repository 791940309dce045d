//! Images: which digests a deployment needs, and which machine image new instances start from.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::catalog::Architecture;
use crate::source::Sources;
use crate::spec::{App, Cluster, Spec};
use crate::template::{Place, Template};

use super::Image;

/// The images whose digests these stacks of an app take.
pub(super) fn of<'a>(
    app: &App,
    cluster: &Cluster,
    stacks: impl Iterator<Item = &'a Template>,
    sources: &Sources,
) -> Vec<Image> {
    let parameters = stacks.flat_map(|template| &template.parameters);
    let repositories: BTreeSet<&Arc<str>> = parameters
        .filter_map(|parameter| parameter.repository.as_ref())
        .collect();
    let place = match app.image.is_given() {
        true => app.image.span,
        false => app.span,
    };
    let images = repositories.into_iter().map(|repository| Image {
        app: app.name.to_string(),
        cluster: cluster.name.to_string(),
        repository: repository.to_string(),
        image: String::new(),
        place: Place::of(place, sources),
    });
    images.collect()
}

/// The parameter of Systems Manager that names the newest machine image for the instances of a cluster's stack.
///
/// Sources: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html>,
/// <https://github.com/bottlerocket-os/bottlerocket/blob/develop/QUICKSTART-ECS.md>.
pub(super) fn newest(spec: &Spec, stack: &str) -> String {
    let cluster = spec
        .clusters
        .iter()
        .find(|cluster| stack == format!("{}-cluster", cluster.name));
    let arm = cluster.is_some_and(|cluster| cluster.architecture() == Architecture::Arm64);
    let instances = cluster.and_then(|cluster| cluster.capacity.instances.sound()?.as_ref());
    let family = instances.and_then(|instances| Some(instances.image.sound()?.family()));
    match (family, arm) {
        (Some("bottlerocket"), true) => "/aws/service/bottlerocket/aws-ecs-2/arm64/latest/image_id",
        (Some("bottlerocket"), false) => "/aws/service/bottlerocket/aws-ecs-2/x86_64/latest/image_id",
        (_, true) => "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id",
        (_, false) => "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id",
    }
    .to_string()
}
