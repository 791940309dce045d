//! What an editor makes of our schemas: the YAML language server that VS Code and others run, spoken to over its standard input.

#[path = "editor/client.rs"]
mod client;

use client::Server;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

const SCHEMA: &str = "# yaml-language-server: $schema=";

/// A document as an editor opens it, which the first line ties to our schema.
fn opened(text: &str) -> String {
    let schema = repository().join("schema/loadline.schema.json");
    format!("{SCHEMA}{}\n{text}", schema.display())
}

/// The YAML files under a folder.
fn specs(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder can be listed") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(specs(&path));
        } else if path.extension().is_some_and(|extension| extension == "yml") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// What the editor says of a text at a URI, by lines from 1. A text that names no schema is taken for a spec.
fn said(server: &mut Server, uri: &str, text: &str) -> Vec<(u64, String)> {
    let named = text.starts_with(SCHEMA);
    let text = if named { text.to_string() } else { opened(text) };
    server.open_as(uri, &text);
    let diagnostics = server.diagnostics(uri);
    let line = |found: &Value| found["range"]["start"]["line"].as_u64().expect("a line") + u64::from(named);
    let message = |found: &Value| found["message"].as_str().unwrap_or_default().to_string();
    diagnostics.iter().map(|found| (line(found), message(found))).collect()
}

#[test]
fn the_examples_have_no_diagnostics() {
    let mut server = Server::start();
    let mut faults = Vec::new();
    let found = specs(&repository().join("examples"));
    assert!(!found.is_empty(), "there are examples");
    for path in found {
        let text = fs::read_to_string(&path).expect("UTF-8");
        // The server ties a schema to one document, not to the file.
        if !text.split("\n---\n").all(|document| document.starts_with(SCHEMA)) {
            faults.push(format!("{}: a document without a schema", path.display()));
        }
        let said = said(&mut server, &format!("file://{}", path.display()), &text);
        faults.extend(
            said.iter()
                .map(|(line, message)| format!("{}:{line}: {message}", path.display())),
        );
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn each_broken_line_has_its_diagnostic() {
    let mut server = Server::start();
    let found = ["broken", "documents"].map(|folder| specs(&repository().join("tests/editor").join(folder)));
    let found = found.concat();
    assert!(found.len() >= 4, "there are broken specs");
    for path in found {
        let text = fs::read_to_string(&path).expect("UTF-8");
        let marked = (1..).zip(text.lines()).filter(|(_, line)| line.ends_with("# fault"));
        let expected: BTreeSet<u64> = marked.map(|(number, _)| number).collect();
        let said = said(&mut server, &format!("file://{}", path.display()), &text);
        let got: BTreeSet<u64> = said.iter().map(|(line, _)| *line).collect();
        let missed: Vec<_> = expected.difference(&got).collect();
        let more: Vec<_> = said.iter().filter(|(line, _)| !expected.contains(line)).collect();
        let path = path.display();
        assert!(
            missed.is_empty() && more.is_empty(),
            "{path}: nothing on {missed:?}, but {more:?}"
        );
    }
}

#[test]
fn completion_offers_the_keys_of_a_block() {
    let mut server = Server::start();
    let uri = server.open(&opened("app: shop\ncluster: production\nservices:\n  web:\n    "));
    let offered = server.completion(&uri, 5, 4);
    for key in ["command", "port", "count", "memory", "route", "health", "links"] {
        assert!(
            offered.iter().any(|label| label == key),
            "`{key}` is not among {offered:?}"
        );
    }
    let uri = server.open(&opened("cluster: production\n"));
    let offered = server.completion(&uri, 2, 0);
    for key in ["network", "capacity", "ingress"] {
        assert!(
            offered.iter().any(|label| label == key),
            "`{key}` is not among {offered:?}"
        );
    }
}

#[test]
fn hover_says_what_a_key_is_for() {
    let mut server = Server::start();
    let uri = server.open(&opened(
        "app: shop\ncluster: production\nservices:\n  web:\n    port: 3000\n    memory: 512 MiB\n",
    ));
    for (line, word) in [(5, "port"), (6, "memory")] {
        let said = server.hover(&uri, line, 5);
        assert!(said.len() > 20, "nothing is said of `{word}`: {said:?}");
    }
}
