//! The standard library as a whole: its files are embedded and in order, and its components take what the spec hands over.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use loadline::diag::Diagnostics;
use loadline::library::{Component, Data, Library, Value, stdlib};
use loadline::source::{Memory, Sources};
use loadline::syntax::Entry;
use loadline::{Request, compile};

use crate::markdown::is_update;

const LONGEST: usize = 200;

fn each(mut check: impl FnMut(&str, &str, &Component) -> Option<String>) {
    let (mut library, mut sources, mut diags) = (Library::default(), Sources::default(), Diagnostics::default());
    let mut faults = Vec::new();
    for (name, text) in stdlib::FILES {
        let component = library.get(name, &mut sources, &mut diags);
        let component = component.unwrap_or_else(|| panic!("`{name}` is a component"));
        faults.extend(check(name, text, &component).map(|fault| format!("stdlib/{name}.yml: {fault}")));
    }
    assert!(diags.sorted().is_empty(), "the stdlib has no faults of its own");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_file_is_embedded_under_its_name() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("stdlib");
    let entries = fs::read_dir(folder).expect("the folder can be listed");
    let files: BTreeSet<String> = entries
        .map(|entry| entry.expect("an entry").path())
        .map(|path| path.file_stem().expect("it has a name").to_string_lossy().into_owned())
        .collect();
    let embedded: Vec<String> = stdlib::FILES.iter().map(|(name, _)| name.to_string()).collect();
    assert_eq!(
        embedded,
        Vec::from_iter(files),
        "src/library/stdlib.rs lists stdlib/, sorted"
    );
    each(|name, _, component| (&**component.name != name).then(|| format!("is called `{}`", &**component.name)));
}

#[test]
fn components_are_short() {
    each(|_, text, _| {
        let lines = text.lines().count();
        (lines > LONGEST).then(|| format!("{lines} lines; make a part of it"))
    });
}

/// These texts are the documentation.
#[test]
fn components_and_parameters_say_what_they_are() {
    let silent = |about: &str| !about.ends_with('.') || !about.starts_with(|first: char| !first.is_lowercase());
    each(|_, _, component| {
        let parameters = component.parameters.iter();
        let faulty = parameters.filter(|parameter| silent(&parameter.about));
        let mut names: Vec<String> = faulty.map(|parameter| format!("`{}`", &**parameter.name)).collect();
        if silent(&component.about) {
            names.push("the component".to_string());
        }
        (!names.is_empty()).then(|| format!("{} says nothing, or no sentence", names.join(", ")))
    });
}

const SPEC: &str = "\
cluster: c
capacity: {instances: {type: t4g.small, count: {min: 2, max: 3}}}
daemons: {d: {image: \"d:1\"}}
---
app: a
cluster: c
image: a:1
services: {s: {}}
tasks: {t: {run: manual}}
";

fn keys(value: &Value) -> BTreeSet<String> {
    match &value.data {
        Data::Map(fields) => fields.iter().map(|field| field.key.value.to_string()).collect(),
        _ => panic!("arguments are a mapping, not {}", value.kind()),
    }
}

/// What a block of the spec has and its component does not take would be ignored.
#[test]
fn a_component_takes_exactly_what_its_block_has() {
    let world = Memory::default().with("spec.yml", SPEC);
    let request = Request {
        path: "spec.yml".to_string(),
        ..Request::default()
    };
    let compiled = compile(&world, &request).expect("the file is there");
    let (cluster, app) = (&compiled.spec.clusters[0], &compiled.spec.apps[0]);
    let handed = [
        ("cluster", cluster.arguments()),
        ("daemon", cluster.daemon(&cluster.daemons.entries[0])),
        ("service", app.service(&app.services.entries[0])),
        ("task", app.task(&app.tasks.entries[0])),
    ];
    let (mut library, mut sources, mut diags) = (Library::default(), Sources::default(), Diagnostics::default());
    for (name, arguments) in handed {
        let component = library.get(name, &mut sources, &mut diags).expect("the stdlib has it");
        let parameters = component.parameters.iter();
        let parameters: BTreeSet<String> = parameters.map(|parameter| parameter.name.value.to_string()).collect();
        assert_eq!(keys(&arguments), parameters, "`{name}`");
    }
}

fn is_name(text: &str) -> bool {
    let word = |word: &str| {
        let inside = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
        word.starts_with(|first: char| first.is_ascii_lowercase()) && word.chars().all(inside)
    };
    text.split('-').all(word)
}

/// A part of a logical ID: letters and digits, the first a capital.
fn is_local_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_uppercase())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric())
}

/// What is known when the spec is read begins with a lowercase letter, what is known after deployment with a capital.
#[test]
fn names_say_when_they_are_known() {
    each(|name, _, component| {
        let names =
            |entries: &[Entry]| -> Vec<String> { entries.iter().map(|entry| entry.key.value.to_string()).collect() };
        let parameters = component.parameters.iter();
        let mut early: Vec<String> = parameters.map(|parameter| parameter.name.value.to_string()).collect();
        early.extend(names(&component.exports));
        early.extend(names(&component.access));
        early.push(name.to_string());
        let late = [&component.inputs, &component.parts, &component.resources]
            .map(|entries| names(entries))
            .concat();
        let odd = early.into_iter().filter(|name| !is_name(name));
        let odd: Vec<String> = odd
            .chain(late.into_iter().filter(|name| !is_local_name(name)))
            .collect();
        (!odd.is_empty()).then(|| format!("{} is no name of its kind", odd.join(", ")))
    });
}

/// The components that the compiler itself puts to use.
const USED_BY_THE_COMPILER: &[&str] = &["app", "cluster", "daemon", "published", "registry", "service", "task"];

/// The rows of the table of components for apps.
fn rows() -> Vec<(String, String)> {
    let mut rows = Vec::new();
    let list = |names: Vec<String>| {
        names
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    each(|name, _, component| {
        let keys = |entries: &[Entry]| list(entries.iter().map(|entry| entry.key.value.to_string()).collect());
        let parameters = component.parameters.iter();
        let parameters = list(parameters.map(|parameter| parameter.name.value.to_string()).collect());
        let (access, exports) = (keys(&component.access), keys(&component.exports));
        if !component.access.is_empty() {
            let row = format!(
                "| `{name}` | {} | {parameters} | {access} | {exports} |\n",
                component.about
            );
            rows.push((name.to_string(), row));
        }
        None
    });
    rows
}

#[test]
fn the_components_for_apps_are_in_the_documentation() {
    const MARK: &str = "writes this table -->\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/components.md");
    let page = fs::read_to_string(&path).expect("the page is there");
    let (before, after) = page.split_once(MARK).expect("the page has a place for the table");
    let rest = after.lines().skip_while(|line| line.starts_with('|'));
    let rest: String = rest.map(|line| format!("{line}\n")).collect();
    let head = "| component | is | parameters | links | exports |\n|---|---|---|---|---|\n";
    let table: String = rows().into_iter().map(|(_, row)| row).collect();
    let expected = format!("{before}{MARK}{head}{table}{rest}");
    if is_update() {
        fs::write(&path, &expected).expect("the page can be written");
    }
    assert!(
        is_update() || page == expected,
        "`UPDATE=1 cargo test stdlib` writes docs/components.md"
    );
}

#[test]
fn every_component_is_of_use() {
    let uses: BTreeSet<String> = stdlib::FILES
        .iter()
        .flat_map(|(_, text)| text.lines())
        .filter_map(|line| Some(line.trim().strip_prefix("use: ")?.to_string()))
        .collect();
    let for_apps: Vec<String> = rows().into_iter().map(|(name, _)| name).collect();
    let useless = stdlib::FILES.iter().map(|(name, _)| name.to_string()).filter(|name| {
        !uses.contains(name) && !for_apps.contains(name) && !USED_BY_THE_COMPILER.contains(&name.as_str())
    });
    assert_eq!(useless.collect::<Vec<_>>(), Vec::<String>::new());
}
