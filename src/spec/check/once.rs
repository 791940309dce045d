//! What an account has only once in a region: repositories and namespaces.

use crate::diag::{Diagnostics, code};
use crate::library::types::Setting;
use crate::source::{Span, Spanned};
use crate::spec::{App, Cluster, Spec};

pub(super) fn check(spec: &Spec, diags: &mut Diagnostics) {
    check_repositories(spec, diags);
    check_namespaces(spec, diags);
}

/// Whether the spec says that two clusters are in different regions or accounts.
fn apart(one: &Cluster, other: &Cluster) -> bool {
    fn differ<T>(one: &Setting<Option<T>>, other: &Setting<Option<T>>, text: fn(&T) -> &str) -> bool {
        let given = |setting: &Setting<Option<T>>| {
            let value = setting.sound().and_then(Option::as_ref);
            value.map(|value| text(value).to_string())
        };
        given(one).zip(given(other)).is_some_and(|(one, other)| one != other)
    }
    differ(&one.region, &other.region, |region| &region.0) || differ(&one.account, &other.account, |account| &account.0)
}

/// Each app makes the repositories of its images:
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html>, `RepositoryAlreadyExistsException`.
fn check_repositories(spec: &Spec, diags: &mut Diagnostics) {
    let mut made: Vec<(&App, &Cluster, Spanned<_>)> = Vec::new();
    for app in &spec.apps {
        let Some(cluster) = spec.cluster_of(app) else { continue };
        for repository in app.repositories() {
            let same = |(other, on, there): &&(&App, &Cluster, Spanned<_>)| {
                other.name != app.name && there.value == repository.value && !apart(on, cluster)
            };
            if let Some((other, _, there)) = made.iter().find(same) {
                let message = format!(
                    "app `{}` makes the repository `{}` already",
                    other.name, repository.value
                );
                let fault = diags.report(code::REPOSITORY_COLLISION, repository.span, message);
                fault.note(there.span, "here");
                fault.hint("give each app a repository of its own, or make one app of the two");
            }
            made.push((app, cluster, repository));
        }
    }
}

/// <https://docs.aws.amazon.com/cloud-map/latest/api/API_CreateHttpNamespace.html>, `NamespaceAlreadyExists`.
fn check_namespaces(spec: &Spec, diags: &mut Diagnostics) {
    let named = |cluster: &Cluster| {
        let names = cluster.names.sound()?.as_ref()?;
        names.0.as_ref().map(|name| name.0.clone())
    };
    for (index, cluster) in spec.clusters.iter().enumerate() {
        let Some(name) = named(cluster) else { continue };
        let same = |other: &&Cluster| {
            let both_foreign = cluster.foreign && other.foreign;
            other.name != cluster.name
                && !both_foreign
                && named(other).as_ref() == Some(&name)
                && !apart(other, cluster)
        };
        let Some(other) = spec.clusters[..index].iter().find(same) else {
            continue;
        };
        // One of the two at least was not named after its cluster.
        let chosen = cluster.names.is_given() && !cluster.foreign;
        let (blamed, other) = if chosen { (cluster, other) } else { (other, cluster) };
        let message = format!("the namespace `{name}` is that of cluster `{}` too", other.name);
        let fault = diags.report(code::NAMESPACE_COLLISION, place(blamed), message);
        fault.note(place(other), "here");
        fault.hint("leave `names` out, or tell the two apart by `account:` or `region:`");
    }
}

fn place(cluster: &Cluster) -> Span {
    if cluster.names.is_given() {
        cluster.names.span
    } else {
        cluster.span
    }
}
