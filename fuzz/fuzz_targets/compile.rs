//! Any bytes as a file that is compiled; its faults are drawn in every form and stand in the text. What is written is JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loadline::diag::{fix, github, json, sarif, text};
use loadline::source::{Memory, Sources, Span};
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
    let sources = &compiled.sources;
    for fault in faults {
        hold(fault.span, sources);
        fault.notes.iter().for_each(|note| hold(note.span, sources));
        let edits = fault.fixes.iter().flat_map(|fix| &fix.edits);
        edits.for_each(|edit| hold(edit.span, sources));
    }
    let style = text::Style {
        colour: true,
        width: 100,
    };
    text::render(faults, sources, style);
    json::render(faults, sources);
    sarif::render(faults, sources);
    github::render(faults, sources);
    fix::apply(sources, faults);
    for template in &compiled.templates {
        serde_json::from_str::<serde_json::Value>(&template.body).expect("a template is JSON");
        template.parameter_file();
        template.map_file();
    }
});

fn hold(span: Span, sources: &Sources) {
    let known = sources.iter().find(|(file, _)| *file == span.file);
    let (_, source) = known.expect("a span is in a file that was read");
    assert!(
        source.text.get(span.range()).is_some(),
        "{span:?} is no part of {}",
        source.path
    );
}
