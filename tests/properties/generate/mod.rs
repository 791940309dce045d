//! Valid projects, made up at random by the rules of the language. In: a size. Out: documents as JSON, whose keys stand in
//! an order as good as any other. Must not know how they are written, nor what the compiler makes of them.

mod app;
pub mod block;
mod cluster;
mod workload;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// The documents of a project.
#[derive(Clone)]
pub struct Project {
    pub clusters: Vec<Json>,
    pub apps: Vec<Json>,
    pub components: Vec<Json>,
}

impl Project {
    /// A project of these, and of the user's component if one uses it.
    fn of(clusters: Vec<Json>, apps: Vec<Json>) -> Project {
        let uses = |app: &Json| {
            let used = app.get("components").and_then(Json::as_object);
            used.is_some_and(|used| used.values().any(|used| used["use"] == json!("pair")))
        };
        let components = apps.iter().any(uses).then(app::pair);
        Project {
            clusters,
            apps,
            components: components.into_iter().collect(),
        }
    }

    /// All documents, clusters first.
    pub fn documents(&self) -> Vec<Json> {
        let all = self.clusters.iter().chain(&self.apps).chain(&self.components);
        all.cloned().collect()
    }
}

const CLUSTERS: &[&str] = &["production", "staging-b2"];
const APPS: &[&str] = &["shop", "a-b", "shop-api", "b"];

/// The name as it begins a logical ID.
pub fn pascal(name: &str) -> String {
    loadline::library::pascal(name)
}

/// A project of one cluster and `apps` apps of at most `size` services each.
pub fn apps(apps: usize, size: usize) -> BoxedStrategy<Project> {
    let drawn = prop::collection::vec(app::app(size), apps);
    (cluster::cluster(size), drawn)
        .prop_map(|(cluster, drawn)| {
            let apps = drawn.iter().zip(APPS).map(|(app, name)| {
                let mut document = app.document(name, cluster.offer());
                document.insert("cluster".to_string(), json!(CLUSTERS[0]));
                Json::Object(document)
            });
            Project::of(vec![cluster.document(CLUSTERS[0])], apps.collect())
        })
        .boxed()
}

/// A project of two clusters with the same app on both, that differs a little on one of them, and one app on the first.
pub fn overlaid(size: usize) -> BoxedStrategy<Project> {
    let clusters = cluster::cluster(size);
    let count = prop_oneof![
        Just(json!({})),
        Just(json!(null)),
        Just(json!({"environment": {"STAGE": "2", "A": null}}))
    ];
    (clusters, app::app(size), app::app(size), count)
        .prop_map(|(cluster, first, second, overlay)| {
            let mut both = first.document(APPS[0], cluster.offer());
            // There is something to remove.
            both.entry("environment").or_insert_with(|| json!({}))["A"] = json!("no");
            both.insert("clusters".to_string(), json!({CLUSTERS[0]: {}, CLUSTERS[1]: overlay}));
            let mut one = second.document(APPS[1], cluster.offer());
            one.insert("cluster".to_string(), json!(CLUSTERS[0]));
            let mut clusters: Vec<Json> = CLUSTERS.iter().map(|name| cluster.document(name)).collect();
            // One host in one zone for both would be refused.
            for side in ["public", "internal"] {
                if let Some(zone) = clusters[1].pointer_mut(&format!("/ingress/{side}/zone")) {
                    *zone = "Z9876543210ZYXWVUTSRQP".into();
                }
            }
            Project::of(clusters, vec![Json::Object(both), Json::Object(one)])
        })
        .boxed()
}

/// Any project: the one knob is how large.
pub fn projects(size: usize) -> BoxedStrategy<Project> {
    prop_oneof![
        4 => apps(1, size),
        1 => apps(2, size),
        1 => overlaid(size),
    ]
    .boxed()
}
