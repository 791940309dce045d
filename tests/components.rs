//! The language of components, case by case: each `components/<case>.yml` declares components and an app that uses them, and
//! its snapshot shows what becomes of them: parameters and resources by stack, or the faults.
//!
//! The first comment says what the case is about. `# shows: Web Jobs` shows the logical IDs that begin so; without it all are
//! shown. What no case is about is filled in: a cluster, the app's image.

use std::fs;

use loadline::diag::text::{self, Style};
use loadline::graph::StackKind;
use loadline::source::Memory;
use loadline::template::Format;
use loadline::{Request, compile};
use serde_json::{Map, Value as Json};

const CLUSTER: &str = "---\ncluster: production\ncapacity: {fargate: true}\n";
const REST_OF_APP: &str = "app: shop\ncluster: production\nimage: nginx:1.27\n";

/// A resource without what the stdlib tells its judges.
fn bare(json: &Json) -> Json {
    let mut json = json.clone();
    if let Some(resource) = json.as_object_mut()
        && let Some(metadata) = resource.get_mut("Metadata").and_then(Json::as_object_mut)
    {
        metadata.shift_remove("checkov");
        if metadata.is_empty() {
            resource.shift_remove("Metadata");
        }
    }
    json
}

/// What a case shows.
fn shown(case: &str) -> String {
    let spec = format!("{}{CLUSTER}", case.replace("app: shop\n", REST_OF_APP));
    let world = Memory::default().with("spec.yml", spec);
    let request = Request {
        path: "spec.yml".to_string(),
        format: Format::Json,
        ..Request::default()
    };
    let compiled = compile(&world, &request).expect("the file is there");
    if !compiled.diagnostics.is_empty() {
        let style = Style {
            width: 100,
            colour: false,
        };
        return text::excerpts(&compiled.diagnostics, &compiled.sources, style);
    }
    let prefixes: Vec<&str> = case
        .lines()
        .find_map(|line| line.strip_prefix("# shows: "))
        .map_or(vec![""], |names| names.split(' ').collect());
    let matters = |id: &String| id != "Reads" && prefixes.iter().any(|prefix| id.starts_with(prefix));
    let mut stacks = Map::new();
    for template in compiled.templates {
        if template.kind == StackKind::Cluster {
            continue;
        }
        let json: Json = serde_json::from_str(&template.body).expect("the template is JSON");
        let mut parts = Map::new();
        for section in ["Parameters", "Resources"] {
            let entries = json.get(section).and_then(Json::as_object).into_iter().flatten();
            let entries = entries.filter(|(id, _)| matters(id) || section == "Parameters" && prefixes == [""]);
            let entries: Map<String, Json> = entries.map(|(id, json)| (id.clone(), bare(json))).collect();
            if !entries.is_empty() {
                parts.insert(section.to_string(), entries.into());
            }
        }
        let values = template.parameters.iter();
        let values = values.map(|parameter| (parameter.id.to_string(), Json::from(parameter.value.clone())));
        let values: Map<String, Json> = values.collect();
        if !values.is_empty() {
            parts.insert("values".to_string(), values.into());
        }
        if !parts.is_empty() {
            stacks.insert(template.stack, parts.into());
        }
    }
    serde_json::to_string_pretty(&stacks).expect("JSON is text")
}

#[test]
fn each_form_of_a_component_gives_what_its_case_shows() {
    insta::glob!("components/*.yml", |path| {
        let case = fs::read_to_string(path).expect("a case is UTF-8");
        let name = path.file_stem().expect("a file has a name").to_string_lossy();
        assert!(case.starts_with("# "), "{name} says what it is about");
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(path.parent().expect("a file has a folder"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.remove_snapshot_suffix();
        settings.remove_input_file();
        settings.bind(|| insta::assert_snapshot!(&*name, shown(&case)));
    });
}
