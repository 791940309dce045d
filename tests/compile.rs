//! The golden templates: each `compile/<case>/spec.yml` and what it changes.
//!
//! A case whose name begins with `cluster` shows the clusters' stacks, any other those of its apps. `cluster-defaults` and
//! `service-defaults` show everything; the others show what is not as it is there: each parameter and resource that is
//! new or different, and the names of those that are gone.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use loadline::diag::text::{self, Style};
use loadline::graph::StackKind;
use loadline::source::Memory;
use loadline::template::Template;
use loadline::{Request, compile};

const FOLDER: &str = "tests/compile";

/// The templates of a case that it shows; its faults, if it has any, fail it.
fn templates(case: &str) -> Vec<Template> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(FOLDER)
        .join(case)
        .join("spec.yml");
    let spec = fs::read_to_string(path).expect("each case has a `spec.yml` in UTF-8");
    let world = Memory::default().with("spec.yml", spec);
    let request = Request {
        path: "spec.yml".to_string(),
        ..Request::default()
    };
    let compiled = compile(&world, &request).expect("the file is there");
    let style = Style {
        width: 100,
        colour: false,
    };
    let faults = text::excerpts(&compiled.diagnostics, &compiled.sources, style);
    assert!(faults.is_empty(), "{case}:\n{faults}");
    let mut templates = compiled.templates;
    let shows_clusters = case.starts_with("cluster");
    templates.retain(|template| (template.kind == StackKind::Cluster) == shows_clusters);
    templates
}

/// One parameter or resource of a template, or a section of one line.
struct Part<'a> {
    section: &'a str,
    name: &'a str,
    text: String,
}

fn parts(body: &str) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    let mut section = "";
    for line in body.lines() {
        let depth = line.len() - line.trim_start().len();
        match (depth, line.split_once(':')) {
            (0, Some((name, ""))) => section = name,
            (0, Some((name, value))) => parts.push(Part {
                section: "",
                name,
                text: format!("{name}:{value}\n"),
            }),
            (2, Some((name, ""))) => {
                let text = format!("{line}\n");
                parts.push(Part {
                    section,
                    name: name.trim_start(),
                    text,
                });
            }
            _ => {
                let part = parts.last_mut().expect("a section has a parameter or a resource");
                writeln!(part.text, "{line}").expect("a string takes all");
            }
        }
    }
    parts
}

/// What a template has that `default` has not, and the names of what it lacks.
fn changes(template: &Template, default: Option<&Template>) -> String {
    let mut known: BTreeMap<(&str, &str), String> = BTreeMap::new();
    for part in default.map(|default| parts(&default.body)).into_iter().flatten() {
        known.insert((part.section, part.name), part.text);
    }
    let mut text = format!("# {}\n", template.stack);
    let mut section = "";
    for part in parts(&template.body) {
        if known.remove(&(part.section, part.name)).as_ref() == Some(&part.text) {
            continue;
        }
        if part.section != section {
            writeln!(text, "{}:", part.section).expect("a string takes all");
        }
        section = part.section;
        text += &part.text;
    }
    let gone: Vec<&str> = known.into_keys().map(|(_, name)| name).collect();
    if !gone.is_empty() {
        writeln!(text, "# without {}", gone.join(", ")).expect("a string takes all");
    }
    for parameter in &template.parameters {
        let value = parameter.value.as_deref().unwrap_or("must be supplied");
        writeln!(text, "# parameter {}: {value}", parameter.id).expect("a string takes all");
    }
    text + "\n"
}

#[test]
fn golden_templates() {
    let defaults = ["cluster-defaults", "service-defaults"].map(templates).concat();
    insta::glob!("compile/*/spec.yml", |path| {
        let folder = path.parent().expect("a file has a folder");
        let case = folder.file_name().expect("a folder has a name").to_string_lossy();
        let shown = templates(&case).into_iter().map(|template| {
            let mut same = defaults.iter().filter(|default| default.stack == template.stack);
            changes(&template, same.next().filter(|_| !case.ends_with("-defaults")))
        });
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.remove_snapshot_suffix();
        settings.remove_input_file();
        settings.bind(|| insta::assert_snapshot!("templates", shown.collect::<String>()));
    });
}
