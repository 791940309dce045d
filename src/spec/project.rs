//! The documents of a project. In: a path, by a [`World`]. Out: [`Document`]s, each known to be an app, a cluster or a
//! component. Must not know what stands in them.

use crate::diag::code::{EMPTY_PROJECT, NOT_UTF8, UNKNOWN_DOCUMENT, YAML_SYNTAX};
use crate::diag::{Diagnostics, nearest};
use crate::source::{FileId, ReadError, Sources, Span, World};
use crate::syntax::{self, Node};

/// What a document describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It has `app:`.
    App,
    /// It has `cluster:` and neither of the others.
    Cluster,
    /// It has `component:`.
    Component,
}

/// One document of a file.
#[derive(Clone, Debug)]
pub struct Document {
    /// What it describes.
    pub kind: Kind,
    /// What it holds: a mapping.
    pub node: Node,
    /// The file it stands in.
    pub file: FileId,
}

/// Reads a file, or all `*.yml` and `*.yaml` files directly in a folder, by name; hidden files are none of ours.
///
/// Errors when there is nothing at the path, or a file cannot be read.
pub fn read(
    world: &dyn World,
    path: &str,
    sources: &mut Sources,
    diags: &mut Diagnostics,
) -> Result<Vec<Document>, ReadError> {
    let files = match world.list(path) {
        Ok(names) => {
            let specs = names.into_iter().filter(|name| is_spec(name));
            specs.map(|name| join(path, &name)).collect()
        }
        Err(ReadError::Missing(_)) => vec![path.to_string()],
        Err(refused) => return Err(refused),
    };
    let before = diags.len();
    let mut documents = Vec::new();
    for file in &files {
        documents.extend(read_file(world, file, sources, diags)?);
    }
    if documents.is_empty() && diags.len() == before {
        let first = sources.iter().next().map(|(file, _)| file);
        let place = first.unwrap_or_else(|| sources.add(path, ""));
        let message = match files.as_slice() {
            [] => "no `*.yml` file is in this folder",
            [_] => "this file holds no document",
            _ => "the files of this folder hold no document",
        };
        diags
            .report(EMPTY_PROJECT, Span::new(place, 0, 0), message)
            .hint("name a file or folder with a spec, or run `loadline init` to write one");
    }
    Ok(documents)
}

/// Reads the clusters that the apps name and the project lacks: `clusters/<name>.yml` beside the spec at `path`, and
/// the file that the caller `given`s.
///
/// Errors when `given` is missing, or a file cannot be read. What stays unknown is for the caller to find.
pub fn read_clusters(
    world: &dyn World,
    path: &str,
    given: Option<&str>,
    documents: &[Document],
    sources: &mut Sources,
    diags: &mut Diagnostics,
) -> Result<Vec<Document>, ReadError> {
    let folder = match world.list(path) {
        Ok(_) => path,
        Err(_) => path.rsplit_once('/').map_or(".", |(folder, _)| folder),
    };
    let mut found = Vec::new();
    for name in missing_clusters(documents) {
        let file = join(folder, &format!("clusters/{name}.yml"));
        match read_file(world, &file, sources, diags) {
            Ok(documents) => found.extend(documents),
            Err(ReadError::Missing(_)) => {}
            Err(refused) => return Err(refused),
        }
    }
    if let Some(file) = given
        && !sources.iter().any(|(_, source)| source.path == join(".", file))
    {
        found.extend(read_file(world, file, sources, diags)?);
    }
    Ok(found)
}

/// The names under `cluster:` and `clusters:` of apps that no cluster of the project has, sorted.
fn missing_clusters(documents: &[Document]) -> Vec<String> {
    let of = |kind| documents.iter().filter(move |document| document.kind == kind);
    let declared: Vec<&str> = of(Kind::Cluster)
        .filter_map(|document| document.node.get("cluster")?.text())
        .collect();
    let single = of(Kind::App).filter_map(|app| app.node.get("cluster")?.text());
    let several = of(Kind::App).filter_map(|app| app.node.get("clusters")?.map());
    let several = several.flat_map(|map| map.entries.iter().map(|entry| &**entry.key));
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let named = single.chain(several);
    let missing = named.filter(|name| is_name(name) && !declared.contains(name));
    let mut missing: Vec<String> = missing.map(str::to_string).collect();
    missing.sort();
    missing.dedup();
    missing
}

fn is_spec(name: &str) -> bool {
    !name.starts_with('.') && (name.ends_with(".yml") || name.ends_with(".yaml"))
}

/// A path in a folder, without the `./` that says nothing.
fn join(folder: &str, name: &str) -> String {
    let path = format!("{}/{name}", folder.trim_end_matches('/'));
    path.trim_start_matches("./").to_string()
}

fn read_file(
    world: &dyn World,
    path: &str,
    sources: &mut Sources,
    diags: &mut Diagnostics,
) -> Result<Vec<Document>, ReadError> {
    let path = join(".", path);
    let bytes = world.read(&path)?;
    let file = match String::from_utf8(bytes) {
        Ok(text) => sources.add(path, text),
        Err(fault) => add_lossily(path, &fault.into_bytes(), sources, diags),
    };
    let before = diags.len();
    let roots = syntax::parse(file, &sources.get(file).text, diags);
    let is_torn = diags.since(before).iter().any(|fault| fault.code == YAML_SYNTAX);
    let mut documents = Vec::new();
    for node in roots {
        match kind(&node) {
            Some(kind) => documents.push(Document { kind, node, file }),
            // The key may stand in what could not be read.
            None if node.is_null() || node.is_hole() || is_torn => {}
            None => report_unknown(&node, diags),
        }
    }
    Ok(documents)
}

/// Adds a file that is not UTF-8, as well as it can be read, so that its other faults are found too.
fn add_lossily(path: String, bytes: &[u8], sources: &mut Sources, diags: &mut Diagnostics) -> FileId {
    let utf16 = |decode: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.as_chunks().0.iter().map(|pair| decode(*pair)).collect();
        String::from_utf16_lossy(&units)
    };
    let (text, message) = match bytes {
        [0xff, 0xfe, ..] => (utf16(u16::from_le_bytes), "this file is UTF-16, a spec is UTF-8"),
        [0xfe, 0xff, ..] => (utf16(u16::from_be_bytes), "this file is UTF-16, a spec is UTF-8"),
        _ => (
            String::from_utf8_lossy(bytes).into_owned(),
            "this character is not UTF-8",
        ),
    };
    let bad = bytes.utf8_chunks().next().map_or(0, |chunk| chunk.valid().len());
    let end = text[bad..].chars().next().map_or(bad, |first| bad + first.len_utf8());
    let file = sources.add(path, text);
    diags
        .report(NOT_UTF8, Span::new(file, bad, end), message)
        .hint("save the file as UTF-8");
    file
}

fn kind(node: &Node) -> Option<Kind> {
    let keys = [
        ("app", Kind::App),
        ("component", Kind::Component),
        ("cluster", Kind::Cluster),
    ];
    let known = keys.into_iter().find(|(key, _)| node.entry(key).is_some());
    known.map(|(_, kind)| kind)
}

fn report_unknown(node: &Node, diags: &mut Diagnostics) {
    let Some(map) = node.map() else {
        let message = format!("this document is {}, not an app, a cluster or a component", node.kind());
        diags
            .report(UNKNOWN_DOCUMENT, node.span, message)
            .hint("write a mapping that has `app:`, `cluster:` or `component:`");
        return;
    };
    let place = map.entries.first().map_or(node.span, |entry| entry.key.span);
    if let Some((what, hint)) = foreign(node) {
        let message = format!("this document is {what}, not an app, a cluster or a component");
        diags.report(UNKNOWN_DOCUMENT, place, message).hint(hint);
        return;
    }
    let message = "this document has none of `app:`, `cluster:` and `component:`";
    let misspelt = map.entries.iter().find_map(|entry| {
        let unknown = owner(&entry.key).is_none();
        let meant = nearest(&entry.key, ["app", "cluster", "component"])?;
        unknown.then_some((entry.key.span, meant))
    });
    let owned = map
        .entries
        .iter()
        .find_map(|entry| Some((&entry.key, owner(&entry.key)?)));
    match (misspelt, owned) {
        (Some((span, meant)), _) => diags.report(UNKNOWN_DOCUMENT, span, message).did_you_mean(meant, span),
        (None, Some((key, owner))) => diags
            .report(UNKNOWN_DOCUMENT, key.span, message)
            .label(format!("a key of {} {owner}", if owner == "app" { "an" } else { "a" }))
            .hint(format!("begin the document with `{owner}: <name>`")),
        (None, None) => diags
            .report(UNKNOWN_DOCUMENT, place, message)
            .hint("begin it with the key that says what it is, or name the spec's own file or folder"),
    };
}

/// Which kind of document has this key and no other kind has it.
fn owner(key: &str) -> Option<&'static str> {
    match key {
        "services" | "tasks" | "image" | "clusters" | "environment" | "secrets" => Some("app"),
        "capacity" | "ingress" | "network" | "daemons" | "region" | "account" => Some("cluster"),
        "parameters" | "exports" | "inputs" | "access" => Some("component"),
        _ => None,
    }
}

/// A document of another tool, and what to do about it.
fn foreign(node: &Node) -> Option<(&'static str, &'static str)> {
    let has = |key| node.get(key).is_some();
    let elsewhere = "keep it in another folder, or name the spec's own file";
    if has("AWSTemplateFormatVersion") || has("Resources") {
        return Some((
            "a CloudFormation template",
            "put resources of your own under `resources:` of an app or a cluster, and keep templates in another folder",
        ));
    }
    if has("containerDefinitions") {
        let hint = "describe the container under `services:` of an app, and keep this in another folder";
        return Some(("an ECS task definition", hint));
    }
    if has("apiVersion") && has("kind") {
        return Some(("a Kubernetes manifest", elsewhere));
    }
    if is_compose(node) {
        let hint = "describe its services under `services:` of an app, and keep this in another folder";
        return Some(("a Compose file", hint));
    }
    let kind = node.get("type").and_then(Node::text);
    if has("name") && kind.is_some_and(is_copilot) {
        let hint = "describe it under `services:` or `tasks:` of an app, and keep this in another folder";
        return Some(("a Copilot manifest", hint));
    }
    None
}

/// Whether services are described by keys that only Compose has: an app that lacks `app:` has `services` too.
fn is_compose(node: &Node) -> bool {
    const OF_SERVICES: &[&str] = &[
        "build",
        "container_name",
        "depends_on",
        "deploy",
        "env_file",
        "expose",
        "networks",
        "ports",
        "restart",
    ];
    let Some(services) = node.get("services").and_then(Node::map) else {
        return false;
    };
    let beside = ["version", "networks", "volumes", "configs"];
    let within = |service: &Node| OF_SERVICES.iter().any(|key| service.get(key).is_some());
    beside.iter().any(|key| node.get(key).is_some()) || services.entries.iter().any(|entry| within(&entry.value))
}

fn is_copilot(kind: &str) -> bool {
    let kinds = ["Environment", "Scheduled Job", "Static Site"];
    kind.ends_with(" Service") || kinds.contains(&kind)
}
