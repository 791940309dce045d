//! The house rules: floors, file length, a first line on each file, names.

use std::fs;
use std::path::{Path, PathBuf};

/// The floors, lowest first: each may use only those before it.
const FLOORS: &[&str] = &[
    "source", "diag", "syntax", "catalog", "library", "spec", "graph", "template", "rollout", "cloud", "plan",
    "deploy", "operate", "simulate", "aws", "cli",
];

const BANNED: &[&str] = &[
    "util", "utils", "helper", "helpers", "manager", "handler", "common", "base", "core", "misc", "enhanced",
    "wrapper", "data", "info", "opts", "meta",
];

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder can be listed")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    files(&root.join("src"), &mut found);
    found
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).expect("source is UTF-8");
            let name = path.strip_prefix(root).expect("below the root").to_owned();
            (name, text)
        })
        .collect()
}

fn floor(path: &Path) -> Option<usize> {
    let name = path.components().nth(1)?.as_os_str().to_str()?;
    let name = name.trim_end_matches(".rs");
    FLOORS.iter().position(|floor| *floor == name)
}

#[test]
fn each_floor_uses_only_those_above_it() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let Some(own) = floor(&path) else { continue };
        // What a floor's own tests at its file's end use is theirs alone.
        let code = text.split("#[cfg(test)]").next().expect("split gives one");
        for (line, number) in code.lines().zip(1..) {
            let line = line.trim_start();
            if line.starts_with("//") {
                continue;
            }
            for (other, name) in FLOORS.iter().enumerate().skip(own + 1) {
                let path_of = format!("crate::{name}");
                let follows = |at: usize| {
                    let next = line[at + path_of.len()..].chars().next();
                    !next.is_some_and(|next| next.is_alphanumeric() || next == '_')
                };
                if line.match_indices(&path_of).any(|(at, _)| follows(at)) {
                    let floor = FLOORS[own];
                    faults.push(format!(
                        "{}:{number}: `{floor}` uses `{}`",
                        path.display(),
                        FLOORS[other]
                    ));
                }
            }
            if line.contains("use crate::{") || line.contains("super::super") {
                faults.push(format!(
                    "{}:{number}: name the floor: `use crate::<floor>::…`",
                    path.display()
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_module_of_the_crate_is_a_floor() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).expect("lib.rs");
    let modules: Vec<&str> = lib
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("mod ")))
        .map(|rest| rest.trim_end_matches(';'))
        .collect();
    for module in &modules {
        assert!(FLOORS.contains(module), "`{module}` has no floor");
    }
    assert_eq!(modules.len(), FLOORS.len());
}

#[test]
fn files_are_short_and_say_what_they_are() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let lines = text.lines().count();
        if lines > 600 {
            faults.push(format!("{}: {lines} lines, 600 is the end", path.display()));
        }
        if !text.starts_with("//! ") {
            faults.push(format!("{}: the first line says what the file is", path.display()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn names_say_something() {
    let mut faults = Vec::new();
    for (path, _) in sources() {
        for part in path.components().skip(1) {
            let part = part.as_os_str().to_str().expect("UTF-8");
            if BANNED.contains(&part.trim_end_matches(".rs")) {
                faults.push(format!("{}: `{part}` says nothing", path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_sdk_and_the_cloud_know_nothing_but_each_other() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let is_aws = floor(&path).is_some_and(|floor| FLOORS[floor] == "aws");
        for (line, number) in text.lines().zip(1..) {
            let line = line.trim_start();
            let uses = line.contains("crate::") && !line.starts_with("//");
            if is_aws && uses && !line.contains("crate::cloud") {
                faults.push(format!("{}:{number}: `aws` uses more than `cloud`", path.display()));
            }
            if !is_aws && (line.contains("aws_sdk_") || line.contains("aws_config")) {
                faults.push(format!("{}:{number}: the SDK is known to `aws` only", path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn only_the_command_line_and_the_sdk_reach_outside() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        if floor(&path).is_none_or(|floor| ["aws", "cli"].contains(&FLOORS[floor])) {
            continue;
        }
        let code = text.split("#[cfg(test)]").next().expect("split gives one");
        for word in [
            "std::fs",
            "std::env",
            "std::process",
            "TcpStream",
            "TcpListener",
            "UdpSocket",
            "println!",
            "SystemTime",
            "Instant::now",
        ] {
            if code.contains(word) {
                faults.push(format!("{}: `{word}`", path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
