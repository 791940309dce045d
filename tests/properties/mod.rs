//! What holds for every project: properties of compiles, over made-up projects and over the examples.
//!
//! `PROPTEST_CASES=10000 cargo test properties` looks further, each time elsewhere; without it the same few cases are
//! looked at each time.

mod broken;
mod confirmed;
mod generate;
mod independence;
mod meaning;
mod names;
mod references;
mod spell;
mod template;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use loadline::diag::text::{self, Style};
use loadline::diag::{Diagnostic, Severity};
use loadline::source::Memory;
use loadline::template::{Format, Template};
use loadline::{Compiled, Request, compile};
use proptest::prelude::{ProptestConfig, TestCaseError, prop_assert, prop_assert_eq};
use proptest::test_runner::RngSeed;
use serde_json::Value as Json;

use generate::Project;
use spell::Dice;

/// How often a property is tried.
fn config(cases: u32) -> ProptestConfig {
    let default = ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 400,
        ..ProptestConfig::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_some() {
        return default;
    }
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(20261122),
        ..default
    }
}

impl fmt::Debug for Project {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "\n{}", spell::yaml(&self.documents(), &mut Dice::new(1)))
    }
}

/// Files by name, in a folder named `project`.
fn run(files: &[(String, impl AsRef<[u8]>)], format: Format) -> Compiled {
    let mut world = Memory::default();
    for (name, bytes) in files {
        world = world.with(format!("project/{name}"), bytes.as_ref());
    }
    let request = Request {
        path: "project".to_string(),
        format,
        ..Request::default()
    };
    compile(&world, &request).expect("the world is in memory")
}

/// One file with these documents.
fn one_file(documents: &[Json]) -> [(String, String); 1] {
    [("spec.yml".to_string(), spell::flow(documents))]
}

/// The faults as a person reads them.
fn drawn(compiled: &Compiled, faults: &[Diagnostic]) -> String {
    let style = Style {
        width: 120,
        colour: false,
    };
    text::excerpts(faults, &compiled.sources, style)
}

/// The templates of a project in which there is no error.
fn templates(files: &[(String, String)], format: Format) -> Result<Vec<Template>, TestCaseError> {
    let compiled = run(files, format);
    let is_error = |fault: &Diagnostic| fault.code.severity() == Severity::Error;
    let errors: Vec<Diagnostic> = compiled
        .diagnostics
        .iter()
        .filter(|fault| is_error(fault))
        .cloned()
        .collect();
    prop_assert!(errors.is_empty(), "{}", drawn(&compiled, &errors));
    prop_assert!(!compiled.templates.is_empty(), "there are stacks");
    Ok(compiled.templates)
}

/// The templates as JSON, by stack.
fn stacks(files: &[(String, String)]) -> Result<BTreeMap<String, Json>, TestCaseError> {
    let templates = templates(files, Format::Json)?.into_iter().map(|template| {
        let json = serde_json::from_str(&template.body).expect("the template is JSON");
        (template.stack, json)
    });
    Ok(templates.collect())
}

/// The examples, each as files by name, but for the one that must be refused.
fn examples() -> Vec<(String, Vec<(String, String)>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let list = |folder: &Path| {
        let entries = std::fs::read_dir(folder).expect("the folder can be listed");
        let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        paths
    };
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    let folders = list(&root)
        .into_iter()
        .filter(|path| path.is_dir() && !path.ends_with("never"));
    folders
        .map(|folder| {
            let files = list(&folder).into_iter();
            let files = files.map(|path| (name(&path), std::fs::read_to_string(&path).expect("UTF-8")));
            (name(&folder), files.collect())
        })
        .collect()
}

/// Where two trees first differ, and how.
fn difference(a: &Json, b: &Json) -> Option<String> {
    let below = |key: &str, a: Option<&Json>, b: Option<&Json>| {
        let found = match (a, b) {
            (Some(a), Some(b)) => difference(a, b),
            (Some(a), None) => Some(format!(": {a} is only on the left")),
            (None, b) => b.map(|b| format!(": {b} is only on the right")),
        };
        found.map(|found| format!("/{key}{found}"))
    };
    match (a, b) {
        (Json::Object(a), Json::Object(b)) => {
            let keys = a.keys().chain(b.keys());
            keys.into_iter().find_map(|key| below(key, a.get(key), b.get(key)))
        }
        (Json::Array(a), Json::Array(b)) => {
            let count = a.len().max(b.len());
            (0..count).find_map(|at| below(&at.to_string(), a.get(at), b.get(at)))
        }
        (a, b) => (a != b).then(|| format!(": {a} is not {b}")),
    }
}

/// Demands that two projects give the same stacks.
fn same(a: &BTreeMap<String, Json>, b: &BTreeMap<String, Json>) -> Result<(), TestCaseError> {
    prop_assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    for (stack, json) in a {
        let found = difference(json, &b[stack]);
        prop_assert!(found.is_none(), "{stack}{}", found.unwrap_or_default());
    }
    Ok(())
}
