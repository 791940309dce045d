//! Any text as a project is compiled, and its faults are drawn in every form. Where there are none, the templates are JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loadline::diag::{Severity, fix, github, json, sarif, text};
use loadline::source::Memory;
use loadline::template::Format;
use loadline::{Request, compile};

fuzz_target!(|bytes: &[u8]| {
    let world = Memory::default().with("fuzz.yml", bytes);
    let request = Request {
        path: "fuzz.yml".to_string(),
        cluster: None,
        format: Format::Json,
    };
    let Ok(compiled) = compile(&world, &request) else {
        return;
    };
    let faults = &compiled.diagnostics;
    text::render(
        faults,
        &compiled.sources,
        text::Style {
            colour: true,
            width: 100,
        },
    );
    json::render(faults, &compiled.sources);
    sarif::render(faults, &compiled.sources);
    github::render(faults, &compiled.sources);
    fix::apply(&compiled.sources, faults);
    if !faults.iter().any(|fault| fault.code.severity() == Severity::Error) {
        for template in &compiled.templates {
            serde_json::from_str::<serde_json::Value>(&template.body).expect("a template is JSON");
        }
    }
});
