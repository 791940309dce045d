//! From documents to a [`Spec`]: which document is what, which app runs on which cluster.

use std::sync::Arc;

use crate::diag::{Diagnostics, code, nearest};
use crate::library::types::{Setting, Type};
use crate::source::{Span, Spanned};
use crate::syntax::Node;

use super::merge::on_cluster;
use super::{App, AppDocument, Cluster, ClusterDocument, Spec, block, check, complete, resolve};

/// Reads all documents of a project. `load` finds the documents of a cluster that is not among them, by its name; what
/// it finds is referred to and not deployed.
pub fn build(
    documents: &[Node],
    load: &mut dyn FnMut(&str, &mut Diagnostics) -> Vec<Node>,
    diags: &mut Diagnostics,
) -> Spec {
    let mut spec = Spec::default();
    let mut apps = Vec::new();
    for document in documents {
        match kind(document) {
            Some(Kind::App) => apps.push(document),
            Some(Kind::Component) => spec.components.push(document.clone()),
            Some(Kind::Cluster) => spec.clusters.extend(cluster(document, false, diags)),
            None => report_unknown(document, diags),
        }
    }
    report_duplicates(&spec, diags);
    for document in apps {
        add_app(document, &mut spec, load, diags);
    }
    report_twice(&spec, diags);
    check::removals::check(&spec, diags);
    resolve::resolve(&mut spec, diags);
    complete::complete(&mut spec, diags);
    check::check(&spec, diags);
    spec
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    App,
    Component,
    Cluster,
}

fn kind(document: &Node) -> Option<Kind> {
    let kinds = [
        ("app", Kind::App),
        ("component", Kind::Component),
        ("cluster", Kind::Cluster),
    ];
    let found = kinds.into_iter().find(|(key, _)| document.get(key).is_some());
    found.map(|(_, kind)| kind)
}

fn report_unknown(document: &Node, diags: &mut Diagnostics) {
    // An empty document is a separator too many, and a hole was reported.
    if document.is_null() || document.is_hole() {
        return;
    }
    let span = block::place_of(document);
    let fault = diags.report(
        code::UNKNOWN_DOCUMENT,
        span,
        "this document is no cluster, app or component",
    );
    fault.hint("begin it with `cluster: name`, `app: name` or `component: name`");
}

fn cluster(document: &Node, foreign: bool, diags: &mut Diagnostics) -> Option<Cluster> {
    let read = ClusterDocument::decode(document, diags)?;
    Some(Cluster {
        name: read.cluster.0.clone(),
        span: read.cluster.span,
        document: read,
        foreign,
    })
}

/// The names of the clusters that an app names, and what is different there.
fn named<'a>(document: &'a Node, base: &AppDocument) -> Vec<(Spanned<Arc<str>>, Option<&'a Node>)> {
    if let Some(clusters) = base.clusters.sound().and_then(Option::as_ref) {
        let tree = document.get("clusters");
        let entries = clusters.entries.iter().map(|entry| {
            let overlay = tree.and_then(|tree| tree.get(&entry.name));
            (entry.name.clone(), overlay)
        });
        return entries.collect();
    }
    match base.cluster.sound().and_then(Option::as_ref) {
        Some(name) => vec![(Spanned::new(name.0.clone(), base.cluster.span), None)],
        None => Vec::new(),
    }
}

fn add_app(
    document: &Node,
    spec: &mut Spec,
    load: &mut dyn FnMut(&str, &mut Diagnostics) -> Vec<Node>,
    diags: &mut Diagnostics,
) {
    // The app is read as it stands even when every cluster overlays it, so that editor and compiler agree about it.
    let Some(base) = AppDocument::decode(document, diags) else {
        return;
    };
    if let (Some(one), Some(several)) = (base.cluster.key, base.clusters.key)
        && base.cluster.sound().is_some_and(Option::is_some)
        && base.clusters.sound().is_some_and(Option::is_some)
    {
        let message = "`cluster` and `clusters` exclude each other";
        diags
            .report(code::CONFLICTING_KEYS, several, message)
            .note(one, "the other one")
            .hint("keep `cluster` for one, `clusters` for several");
    }
    let named = named(document, &base);
    if named.is_empty() {
        spec.apps.push(app(base, None));
        return;
    }
    for (name, overlay) in named {
        let index = find(&name, spec, load, diags);
        let read = match overlay.filter(|overlay| overlay.map().is_some()) {
            Some(overlay) => {
                let overlay = without_identity(overlay, diags);
                let merged = on_cluster(document, &overlay, diags);
                AppDocument::decode(&merged, diags)
            }
            None => Some(base.clone()),
        };
        spec.apps.extend(read.map(|read| app(read, index)));
    }
}

fn app(document: AppDocument, cluster: Option<usize>) -> App {
    App {
        name: document.app.0.clone(),
        span: document.app.span,
        document,
        cluster,
    }
}

/// An overlay without the keys that say which app this is; they are reported.
fn without_identity(overlay: &Node, diags: &mut Diagnostics) -> Node {
    let mut plain = overlay.clone();
    let Some(map) = overlay.map() else { return plain };
    let mut map = map.clone();
    map.entries.retain(|entry| {
        let identity = matches!(&**entry.key, "app" | "cluster" | "clusters");
        if identity {
            let message = format!("`{}` cannot differ between clusters", entry.key.value);
            let fault = diags.report(code::MISPLACED_KEY, entry.key.span, message);
            fault.hint("take it out: here stands only what is different on this cluster");
        }
        !identity
    });
    plain.content = Arc::new(crate::syntax::Content::Map(map));
    plain
}

/// The place of a cluster in the spec, loaded if need be.
fn find(
    name: &Spanned<Arc<str>>,
    spec: &mut Spec,
    load: &mut dyn FnMut(&str, &mut Diagnostics) -> Vec<Node>,
    diags: &mut Diagnostics,
) -> Option<usize> {
    let known = spec.clusters.iter().position(|cluster| cluster.name == name.value);
    if known.is_some() {
        return known;
    }
    let documents = load(name, diags);
    let clusters = documents
        .iter()
        .filter(|document| kind(document) == Some(Kind::Cluster));
    let mut read = clusters
        .filter_map(|document| cluster(document, true, diags))
        .collect::<Vec<_>>();
    match read.iter().position(|cluster| cluster.name == name.value) {
        Some(index) => {
            spec.clusters.push(read.swap_remove(index));
            Some(spec.clusters.len() - 1)
        }
        None => {
            let message = format!("there is no cluster `{}`", name.value);
            let fault = diags.report(code::UNKNOWN_CLUSTER, name.span, message);
            let names = spec.clusters.iter().map(|cluster| &*cluster.name);
            match nearest(name, names) {
                Some(other) => {
                    fault.did_you_mean(other, name.span);
                }
                None => {
                    fault.hint(format!(
                        "declare it in a document `cluster: {0}`, here or in `clusters/{0}.yml`, or name its file with \
                         `--cluster`",
                        name.value
                    ));
                }
            }
            None
        }
    }
}

/// Reports clusters that are declared twice.
fn report_duplicates(spec: &Spec, diags: &mut Diagnostics) {
    for (index, cluster) in spec.clusters.iter().enumerate() {
        let same = |other: &&Cluster| other.name == cluster.name;
        if let Some(first) = spec.clusters[..index].iter().find(same) {
            report_duplicate("cluster", &cluster.name, cluster.span, first.span, diags);
        }
    }
}

/// Reports apps that are on a cluster twice.
fn report_twice(spec: &Spec, diags: &mut Diagnostics) {
    for (index, app) in spec.apps.iter().enumerate() {
        let same = |other: &&App| other.name == app.name && other.cluster == app.cluster && other.span != app.span;
        if let Some(first) = spec.apps[..index].iter().find(same) {
            report_duplicate("app", &app.name, app.span, first.span, diags);
        }
    }
}

fn report_duplicate(kind: &str, name: &str, span: Span, first: Span, diags: &mut Diagnostics) {
    let message = format!("the {kind} `{name}` is declared twice");
    diags
        .report(code::DUPLICATE_DOCUMENT, span, message)
        .note(first, "first here")
        .hint("rename one, or put both into one document");
}

/// Whether the user gave a value that is not null.
pub(super) fn is_given<T>(setting: &Setting<Option<T>>) -> bool {
    setting.sound().is_some_and(Option::is_some)
}
