//! Keys that a block does not have: where they belong, or what was meant.
//!
//! In: an entry of a mapping. Out: `unknown-key` or `misplaced-key`. The places of keys come from the schemas, so that
//! they cannot lag behind the types.

use std::sync::LazyLock;

use serde_json::Value as Json;

use crate::diag::{Diagnostics, code, nearest};
use crate::library::types::listed;
use crate::syntax::{Entry, Map};

use super::schema;

/// Words of other tools, and the keys that do the same here, the likeliest first.
const FOREIGN: &[(&str, &[&str])] = &[
    ("autoscaling", &["count"]),
    ("args", &["command"]),
    ("cmd", &["command"]),
    ("concurrency", &["count"]),
    ("container-port", &["port", "container"]),
    ("containerPort", &["port", "container"]),
    ("cooldown", &["count"]),
    ("cpu-limit", &["cpu"]),
    ("cpu-units", &["cpu"]),
    ("cpus", &["cpu"]),
    ("cron", &["schedule"]),
    ("depends-on", &["links"]),
    ("deploy", &["rollout"]),
    ("deployment", &["rollout"]),
    ("desired", &["count"]),
    ("desired-count", &["count"]),
    ("domain-name", &["domain"]),
    ("drain-timeout", &["drain"]),
    ("env", &["environment"]),
    ("environment-variables", &["environment"]),
    ("envs", &["environment"]),
    ("expose", &["port"]),
    ("grace-period", &["boot"]),
    // A load balancer asks services alone.
    ("health", &["probe"]),
    ("health-check", &["probe", "health"]),
    ("healthcheck", &["probe", "health"]),
    ("hosts", &["route", "host"]),
    ("http", &["route"]),
    ("instance-type", &["type"]),
    ("instance_type", &["type"]),
    ("jobs", &["tasks"]),
    ("limits", &["memory", "ulimits"]),
    ("listeners", &["route"]),
    ("logging", &["logs"]),
    ("max-size", &["count"]),
    ("mem", &["memory"]),
    ("mem-limit", &["memory"]),
    ("memory-limit", &["memory"]),
    ("min-size", &["count"]),
    ("network-mode", &["network"]),
    ("networks", &["network"]),
    ("platform", &["capacity"]),
    ("ports", &["port"]),
    ("processes", &["services"]),
    ("replicas", &["count"]),
    ("resource-limits", &["memory"]),
    ("retention-in-days", &["retention"]),
    ("retries", &["fails"]),
    ("rules", &["route"]),
    ("scale", &["count"]),
    ("scaling", &["count"]),
    ("start-period", &["boot"]),
    ("stop-grace-period", &["stop"]),
    ("stop-signal", &["stop", "signal"]),
    ("stop-timeout", &["stop", "timeout"]),
    ("storage", &["volumes"]),
    ("subnets", &["network", "existing"]),
    ("target-container", &["route"]),
    ("unhealthy-threshold", &["fails"]),
    ("variables", &["environment"]),
    ("vpc", &["network", "existing"]),
    ("workers", &["services"]),
];

fn is_word(text: &str, word: &str) -> bool {
    let plain = |text: &str| text.to_lowercase().replace(['_', '-'], "");
    plain(text) == plain(word)
}

/// What words that stand for several keys of one block are told apart by.
const APART: &[(&[&str], &str)] = &[(
    &["probe", "health"],
    "ECS asks in the container by the one, the load balancer by the other",
)];

/// Reports a key that is none of `known`, the keys of its block; `map` is the block. Gives the keys of the block that it
/// was probably meant for: what they would say is unknown.
pub fn report_unknown<'a>(entry: &Entry, known: &'a [String], map: &Map, diags: &mut Diagnostics) -> Vec<&'a str> {
    let key = &*entry.key.value;
    let span = entry.key.span;
    let free = |name: &&str| map.entry(name).is_none();
    let foreign = FOREIGN.iter().find(|(word, _)| is_word(key, word));
    let names = || known.iter().map(String::as_str);

    // Another way to write a key that the block has: `renamed_from`, `readOnly`.
    let respelt = names().find(|name| is_word(key, name));
    if let Some(name) = respelt {
        let fault = diags.report(code::UNKNOWN_KEY, span, format!("there is no key `{key}`"));
        fault.hint(format!("it is called `{name}`"));
        if free(&name) {
            fault.fix(format!("write `{name}`"), span, name);
        }
        return vec![name];
    }
    let words = foreign.map_or(&[][..], |(_, words)| words).iter();
    let here: Vec<&str> = words.filter_map(|word| names().find(|name| name == word)).collect();
    if let [first, ..] = here[..] {
        let open: Vec<&str> = here.iter().copied().filter(|name| free(name)).collect();
        let called = if open.is_empty() { vec![first] } else { open.clone() };
        let apart = APART.iter().find(|(names, _)| *names == called);
        let apart = apart.map_or(String::new(), |(_, how)| format!(": {how}"));
        let fault = diags.report(code::UNKNOWN_KEY, span, format!("there is no key `{key}`"));
        fault.hint(format!("it is called {}{apart}", listed(&called)));
        // The key does the same, but its value may be written in another way.
        for name in open {
            fault.suggest(format!("write `{name}`"), span, name);
        }
        return here;
    }

    let meant: &[&str] = foreign.map_or(&[], |(_, names)| names);
    let elsewhere = std::iter::once(&key)
        .chain(meant)
        .map(|name| (*name, having(&PLACES, name)));
    if let Some((name, found)) = elsewhere.into_iter().find(|(_, found)| !found.is_empty()) {
        let fault = diags.report(code::MISPLACED_KEY, span, format!("`{key}` has no effect here"));
        let called = if name == key {
            "it".to_string()
        } else {
            format!("it is called `{name}` and")
        };
        let own: Vec<&Place> = PLACES.iter().filter(|place| place.keys == known).collect();
        fault.hint(format!("{called} belongs {}", way(&own, &found)));
        return Vec::new();
    }

    let fault = diags.report(code::UNKNOWN_KEY, span, format!("there is no key `{key}`"));
    if let Some(name) = nearest(key, names().filter(free)) {
        fault.did_you_mean_word(name, key, span);
        return vec![name];
    }
    let free: Vec<&str> = names().filter(free).collect();
    if !free.is_empty() {
        fault.hint(format!("the keys here are {}", listed(&free)));
    }
    Vec::new()
}

/// A block of one of the two documents.
struct Place {
    document: &'static str,
    /// `services.<name>.health`; empty for the document itself.
    path: String,
    keys: Vec<String>,
}

/// The places, made when they are first needed.
static PLACES: LazyLock<Vec<Place>> = LazyLock::new(places);

/// The places of `key` that lie highest, in the order of the language.
fn having<'a>(places: &'a [Place], key: &str) -> Vec<&'a Place> {
    let mut found: Vec<&Place> = places
        .iter()
        .filter(|place| place.keys.iter().any(|name| name == key))
        .collect();
    let depth = |place: &Place| place.path.split('.').filter(|step| !step.is_empty()).count();
    let least = found.iter().map(|place| depth(place)).min();
    found.retain(|place| Some(depth(place)) == least);
    found
}

/// How to get from a block to where a key belongs: a block within this one is the likeliest.
fn way(own: &[&Place], found: &[&Place]) -> String {
    let below = |place: &Place, own: &Place| {
        let rest = place.path.strip_prefix(&own.path)?;
        let inside = place.document == own.document && (own.path.is_empty() || rest.starts_with('.'));
        inside.then(|| rest.trim_start_matches('.').to_string())
    };
    let within = found
        .iter()
        .filter_map(|place| own.iter().find_map(|own| below(place, own)));
    let mut within: Vec<String> = within.filter(|path| !path.is_empty()).collect();
    within.dedup();
    if !within.is_empty() {
        let within: Vec<&str> = within.iter().map(String::as_str).collect();
        return format!("under {}", listed(&within));
    }
    let document = found[0].document;
    let found = found.iter().filter(|place| place.document == document);
    let paths: Vec<&str> = found.map(|place| place.path.as_str()).take(3).collect();
    match (paths[..] == [""], own.iter().any(|own| own.document == document)) {
        (true, _) => format!("to the {document}"),
        (false, true) => format!("to {}", listed(&paths)),
        (false, false) => format!("to {} of the {document}", listed(&paths)),
    }
}

/// Each block of the two documents.
fn places() -> Vec<Place> {
    let mut places = Vec::new();
    for (document, root) in [("app", schema::app()), ("cluster", schema::cluster())] {
        walk(root.as_value(), root.as_value(), "", document, &mut places);
    }
    places
}

fn walk(schema: &Json, root: &Json, path: &str, document: &'static str, places: &mut Vec<Place>) {
    if let Some(reference) = schema.get("$ref").and_then(Json::as_str) {
        let target = root.pointer(reference.trim_start_matches('#'));
        // An overlay of an app repeats the app.
        if let Some(target) = target.filter(|_| !reference.contains("overlay")) {
            walk(target, root, path, document, places);
        }
        return;
    }
    for choices in ["anyOf", "allOf"] {
        for choice in schema.get(choices).and_then(Json::as_array).into_iter().flatten() {
            walk(choice, root, path, document, places);
        }
    }
    let below = |name: &str| match path {
        "" => name.to_string(),
        _ => format!("{path}.{name}"),
    };
    if let Some(properties) = schema.get("properties").and_then(Json::as_object) {
        if !places
            .iter()
            .any(|known| known.document == document && known.path == path)
        {
            places.push(Place {
                document,
                path: path.to_string(),
                keys: properties.keys().cloned().collect(),
            });
        }
        for (key, property) in properties {
            walk(property, root, &below(key), document, places);
        }
    }
    match schema.get("additionalProperties") {
        Some(values @ Json::Object(_)) => walk(values, root, &below("<name>"), document, places),
        _ => {
            if let Some(items) = schema.get("items") {
                walk(items, root, path, document, places);
            }
        }
    }
}
