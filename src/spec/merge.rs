//! Laying one tree over another: what `clusters:` says over the app. Mappings merge by key, all else replaces, `null`
//! deletes, and what deletes nothing is reported. Each node that replaces another remembers where that stood.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::{Diagnostics, code, nearest};
use crate::syntax::{Content, Entry, Map, Node};

/// Where a `null` is a value: it keeps a variable of the app from a service.
const KEEPS_NULL: &str = "environment";

/// The mappings of an app whose entries become resources: a misspelt name would make others beside those that are meant.
const MADE: &[&str] = &["components", "services", "tasks"];

/// An app's tree as it is on one of its clusters.
pub fn on_cluster(app: &Node, overlay: &Node, diags: &mut Diagnostics) -> Node {
    for key in MADE {
        if let Some(added) = overlay.get(key).and_then(Node::map) {
            report_added(key, added, app.get(key).and_then(Node::map), diags);
        }
    }
    merge(app, overlay, "", diags)
}

/// Reports names that only this cluster has, where one of the app's is hardly different.
fn report_added(key: &str, added: &Map, base: Option<&Map>, diags: &mut Diagnostics) {
    let names = || base.into_iter().flat_map(|map| &map.entries).map(|entry| &**entry.key);
    let new = |entry: &&Entry| !entry.value.is_null() && names().all(|name| *name != **entry.key);
    for entry in added.entries.iter().filter(new) {
        // Two short names are soon alike by chance.
        let slips = if entry.key.chars().count() < 6 { 1 } else { 2 };
        let near = nearest(&entry.key, names().filter(|name| added.entry(name).is_none()));
        let Some(name) = near.filter(|name| strsim::osa_distance(&entry.key, name) <= slips) else {
            continue;
        };
        let message = format!("`{}` is new on this cluster, and the app has `{name}`", *entry.key);
        let fault = diags.report(code::NEW_ON_CLUSTER, entry.key.span, message);
        fault.did_you_mean(name, entry.key.span);
        fault.hint(format!(
            "did you mean `{name}`? if not, write it under the app's `{key}:`, and `null` on the other clusters"
        ));
    }
}

/// `over` laid over `base`, both the value of `key`.
fn merge(base: &Node, over: &Node, key: &str, diags: &mut Diagnostics) -> Node {
    let plain = base.tag.is_none() && over.tag.is_none();
    let (Some(below), Some(above)) = (base.map().filter(|_| plain), over.map()) else {
        return Node {
            base: Some(base.span),
            ..without_nulls(over, key, diags)
        };
    };
    let deleted = |value: &Node| value.is_null() && value.tag.is_none() && key != KEEPS_NULL;
    let (over_names, names) = (by_key(above), by_key(below));
    let mut entries = Vec::new();
    for entry in &below.entries {
        match over_names.get(&**entry.key) {
            Some(other) if deleted(&other.value) => {}
            Some(other) => entries.push(Entry {
                key: other.key.clone(),
                value: merge(&entry.value, &other.value, &entry.key, diags),
            }),
            None => entries.push(entry.clone()),
        }
    }
    let added = above.entries.iter().filter(|entry| !names.contains_key(&**entry.key));
    for entry in added {
        if deleted(&entry.value) {
            report_nothing(entry, below, diags);
        } else {
            entries.push(Entry {
                key: entry.key.clone(),
                value: without_nulls(&entry.value, &entry.key, diags),
            });
        }
    }
    let content = Arc::new(Content::Map(Map { entries }));
    let deletes = above.entries.iter().any(|entry| deleted(&entry.value));
    // What is missing then is missing because of the overlay.
    let (span, base_span) = if deletes {
        (over.span, Some(base.span))
    } else {
        (base.span, base.base)
    };
    Node {
        span,
        content,
        tag: None,
        base: base_span,
    }
}

/// The entries by their keys; a service may have thousands of variables.
fn by_key(map: &Map) -> BTreeMap<&str, &Entry> {
    map.entries.iter().map(|entry| (&**entry.key, entry)).collect()
}

/// What an overlay adds: where nothing is, `null` deletes nothing.
fn without_nulls(node: &Node, key: &str, diags: &mut Diagnostics) -> Node {
    let Some(map) = node.map().filter(|_| node.tag.is_none()) else {
        return node.clone();
    };
    let mut entries = Vec::new();
    for entry in &map.entries {
        if entry.value.is_null() && key != KEEPS_NULL {
            report_nothing(entry, &Map::default(), diags);
        } else {
            entries.push(Entry {
                key: entry.key.clone(),
                value: without_nulls(&entry.value, &entry.key, diags),
            });
        }
    }
    Node {
        content: Arc::new(Content::Map(Map { entries })),
        ..node.clone()
    }
}

/// Reports a `null` over nothing; `below` is what the app says there.
fn report_nothing(entry: &Entry, below: &Map, diags: &mut Diagnostics) {
    let message = format!("there is no `{}` to delete", *entry.key);
    let fault = diags.report(code::NOTHING_TO_DELETE, entry.key.span, message);
    let keys = below.entries.iter().map(|entry| &**entry.key);
    match nearest(&entry.key, keys) {
        Some(key) => fault.did_you_mean(key, entry.key.span),
        None => fault.hint("`null` deletes what the app says; take the line out, or write the key as the app does"),
    };
}
