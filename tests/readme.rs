//! What the README and the guides show is true: their specs compile without a fault.

use loadline::diag::text::{Style, render};
use loadline::source::Memory;
use loadline::{Request, compile};
use std::fs;
use std::path::Path;

/// The first block of a language in a Markdown file.
fn block(file: &str, language: &str) -> String {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("it is there");
    let start = format!("```{language}\n");
    let after = text.split_once(&start).expect("it has such a block").1;
    after.split_once("```").expect("the block ends").0.to_string()
}

fn faults(spec: String) -> String {
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
    render(&compiled.diagnostics, &compiled.sources, style)
}

#[test]
fn the_spec_of_the_readme_compiles() {
    let found = faults(block("README.md", "yaml"));
    assert!(found.is_empty(), "{found}");
}

#[test]
fn the_component_of_the_guide_compiles() {
    let component = block("docs/components.md", "yaml").replace("component: queue", "component: my-queue");
    let spec = "\
---
cluster: production
capacity: {fargate: true}
---
app: shop
cluster: production
image: nginx:1.27
components: {jobs: {use: my-queue}}
services: {web: {links: {jobs: consume}, environment: {QUEUE: \"${jobs.url}\"}}}
";
    let found = faults(format!("{component}{spec}"));
    assert!(found.is_empty(), "{found}");
}
