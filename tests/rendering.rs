//! How faults look: each output format over the same faults, with the shapes that are hard to draw.

use loadline::diag::code::{WRONG_TYPE, YAML_SYNTAX};
use loadline::diag::text::Style;
use loadline::diag::{Diagnostic, Diagnostics, Edit, Fix, fix, github, json, sarif, text};
use loadline::source::{FileId, Memory, Sources, Span};
use loadline::{Request, compile};
use proptest::strategy::Strategy;
use serde_json::{Value, json};

const PLAIN: Style = Style {
    width: 100,
    colour: false,
};

const SHOP: &str =
    "app: shop\r\nservices:\r\n  wéb🚢: {prot: 80, memory: 1}\r\n  worker:\r\n    count: 3\r\n    cpu: 1\r\n";

/// A fault inside what is concealed: found by fuzzing, when the dots stood across its edge.
#[test]
fn a_fault_within_a_secret_is_drawn() {
    let mut sources = Sources::default();
    let file = sources.add("a.yml", "secret: \u{fffd}hunter2\n");
    sources.conceal(Span::new(file, 8, 18));
    for start in 8..18 {
        for end in start..=18 {
            let mut diags = Diagnostics::default();
            diags
                .report(WRONG_TYPE, Span::new(file, start, end), "wrong")
                .note(Span::new(file, start, end), "here");
            let drawn = text::render(&diags.sorted(), &sources, PLAIN);
            assert!(!drawn.contains("hunter"), "{drawn}");
        }
    }
}

/// The place of `needle` in a file.
fn at(sources: &Sources, file: FileId, needle: &str) -> Span {
    let start = sources.get(file).text.find(needle).expect("the needle is in the text");
    Span::new(file, start, start + needle.len())
}

/// A fault of each shape: labels, notes here and in another file, an empty span, a long one, a file of the stdlib.
fn faults() -> (Sources, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let shop = sources.add("my shop.yml", SHOP);
    let cluster = sources.add(
        "clusters/production.yml",
        "cluster: production\ncapacity: {fargate: true}",
    );
    let library = sources.add("std:service.yml", "component: service\nparameters: {}\n");
    let empty = sources.add("empty.yml", "");
    let mut diags = Diagnostics::default();
    diags
        .report(WRONG_TYPE, at(&sources, shop, "prot"), "unknown key `prot`, 100% wrong")
        .label("not a key of a service")
        .note(at(&sources, shop, "wéb🚢"), "of this service")
        .hint("write `port`: a service has it, and the sentence goes on for so long that it must be wrapped somewhere")
        .fix("rename `prot` to `port`", at(&sources, shop, "prot"), "port");
    diags
        .report(
            WRONG_TYPE,
            at(&sources, shop, "worker:\r\n    count: 3\r\n    cpu: 1"),
            "`worker` lacks `memory`",
        )
        .note(at(&sources, cluster, "fargate: true"), "Fargate needs it")
        .note(at(&sources, library, "parameters"), "declared here")
        .suggest(
            "add `memory`",
            at(&sources, shop, "count").before(),
            "memory: 1 GiB\r\n    ",
        );
    let end = Span::new(cluster, 46, 46);
    diags
        .report(YAML_SYNTAX, end, "the file ends too early")
        .label("`ingress` is missed here");
    diags
        .report(WRONG_TYPE, at(&sources, library, "{}"), "a fault inside the program")
        .label("here");
    diags.report(YAML_SYNTAX, Span::new(empty, 0, 0), "nothing is in this file");
    (sources, diags.sorted())
}

#[test]
fn text_draws_every_shape() {
    let (sources, diags) = faults();
    insta::assert_snapshot!(text::render(&diags, &sources, PLAIN));
}

#[test]
fn colour_adds_escapes_and_nothing_else() {
    let (sources, diags) = faults();
    let colour = Style { colour: true, ..PLAIN };
    let coloured = text::render(&diags, &sources, colour);
    assert!(coloured.contains("\u{1b}[31m"), "errors are red");
    let stripped = anstream::adapter::strip_str(&coloured).to_string();
    assert_eq!(stripped, text::render(&diags, &sources, PLAIN));
}

#[test]
fn text_is_capped() {
    let mut sources = Sources::default();
    let file = sources.add("long.yml", "a\n".repeat(62));
    let mut diags = Diagnostics::default();
    for line in 0..62 {
        diags.report(YAML_SYNTAX, Span::new(file, line * 2, line * 2 + 1), "not a mapping");
    }
    let drawn = text::render(&diags.sorted(), &sources, PLAIN);
    assert_eq!(drawn.matches("not a mapping").count(), 50);
    assert!(drawn.ends_with("\n… and 12 more\n\n62 errors in long.yml; `loadline explain yaml-syntax` says more\n"));
}

#[test]
fn a_file_cannot_steer_the_terminal() {
    let mut sources = Sources::default();
    let file = sources.add("x.yml", "a: \u{1b}]0;title\u{7}\u{1b}[2Jb\n");
    let diag = Diagnostic::new(WRONG_TYPE, Span::new(file, 0, 1), "odd \u{8}");
    let drawn = text::render(&[diag], &sources, PLAIN);
    assert!(!drawn.contains(|character: char| character.is_control() && character != '\n'));
    assert!(drawn.contains("a: \u{fffd}]0;title\u{fffd}\u{fffd}[2Jb"));
}

#[test]
fn every_span_can_be_drawn() {
    let texts = [
        "",
        "\n",
        "a",
        "a\n",
        "\u{feff}a: b\r\n\r\n",
        "\r\n\r\n",
        "a:\n  - 🚢\n\n\n",
        "\t\tü",
    ];
    for content in texts {
        let mut sources = Sources::default();
        let file = sources.add("x.yml", content);
        let mut ends: Vec<usize> = content.char_indices().map(|(offset, _)| offset).collect();
        ends.push(content.len());
        for start in &ends {
            for end in ends.iter().filter(|end| *end >= start) {
                let mut diag = Diagnostic::new(WRONG_TYPE, Span::new(file, *start, *end), "odd");
                diag.label("the label").note(Span::new(file, *end, *end), "the note");
                let diags = [diag];
                let drawn = text::render(&diags, &sources, PLAIN);
                assert!(drawn.contains("x.yml:"), "{content:?} {start}..{end}:\n{drawn}");
                let visible = content.trim_start_matches('\u{feff}').trim();
                if !visible.is_empty() {
                    assert!(drawn.contains("the label"), "{content:?} {start}..{end}:\n{drawn}");
                    assert!(drawn.contains("the note"), "{content:?} {start}..{end}:\n{drawn}");
                }
                for other in [json::render(&diags, &sources), sarif::render(&diags, &sources)] {
                    serde_json::from_str::<Value>(&other).expect("it is JSON");
                }
                assert_eq!(github::render(&diags, &sources).lines().count(), 1);
            }
        }
    }
}

#[test]
fn json_keeps_its_shape() {
    let (sources, diags) = faults();
    let document: Value = serde_json::from_str(&json::render(&diags, &sources)).expect("it is JSON");
    let first = &document["diagnostics"][0];
    let prot = json!({"file": "my shop.yml", "line": 3, "column": 10, "end_line": 3, "end_column": 14});
    for (key, value) in prot.as_object().expect("an object") {
        assert_eq!(&first[key], value);
    }
    insta::assert_snapshot!(json::render(&diags, &sources));
}

#[test]
fn json_fits_its_schema() {
    let (sources, diags) = faults();
    let place = |more: Value| {
        let number = json!({"type": "integer", "minimum": 1});
        let mut properties = json!({
            "file": {"type": "string"}, "line": number, "column": number, "end_line": number, "end_column": number
        });
        let known = properties.as_object_mut().expect("an object");
        known.extend(more.as_object().expect("an object").clone());
        let required: Vec<&String> = known.keys().collect();
        json!({"type": "object", "required": required, "properties": known, "additionalProperties": false})
    };
    let fix = json!({
        "type": "object",
        "required": ["title", "safe", "edits"],
        "properties": {
            "title": {"type": "string"},
            "safe": {"type": "boolean"},
            "edits": {"type": "array", "minItems": 1, "items": place(json!({"text": {"type": "string"}}))},
        },
        "additionalProperties": false,
    });
    let diagnostic = place(json!({
        "code": {"pattern": "^[a-z]+(-[a-z]+)*$"},
        "severity": {"enum": ["error", "warning"]},
        "message": {"type": "string"},
        "labels": {"type": "array", "items": place(json!({"message": {"type": "string"}}))},
        "hint": {"type": ["string", "null"]},
        "fixes": {"type": "array", "items": fix},
    }));
    let schema = json!({
        "type": "object",
        "required": ["version", "diagnostics"],
        "properties": {"version": {"const": 1}, "diagnostics": {"type": "array", "items": diagnostic}},
        "additionalProperties": false,
    });
    let document: Value = serde_json::from_str(&json::render(&diags, &sources)).expect("it is JSON");
    jsonschema::validate(&schema, &document).expect("the output fits");
}

#[test]
fn sarif_names_rules_places_and_repairs() {
    let (sources, diags) = faults();
    let log: Value = serde_json::from_str(&sarif::render(&diags, &sources)).expect("it is JSON");
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), diags.len());
    for result in results {
        let index = result["ruleIndex"].as_u64().expect("an index") as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert_eq!(rules[index]["defaultConfiguration"]["level"], result["level"]);
    }
    let first = &results[0];
    let place = &first["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "my%20shop.yml");
    let region = json!({"startLine": 3, "startColumn": 10, "endLine": 3, "endColumn": 14});
    assert_eq!(place["region"], region);
    assert_eq!(first["relatedLocations"][0]["message"]["text"], "of this service");
    let change = &first["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["replacements"][0]["deletedRegion"], region);
    assert_eq!(change["replacements"][0]["insertedContent"]["text"], "port");
    let library = results.iter().find(|result| {
        let place = &result["locations"][0]["physicalLocation"];
        place["artifactLocation"]["uri"] == "std:service.yml"
    });
    assert!(library.is_some(), "a fault of the stdlib keeps its name");
}

#[test]
fn github_commands_are_escaped() {
    let (sources, diags) = faults();
    insta::assert_snapshot!(github::render(&diags, &sources));
    let mut sources = Sources::default();
    let file = sources.add("a,b:c%.yml", "x\n");
    let odd = Diagnostic::new(WRONG_TYPE, Span::new(file, 0, 1), "a\r\nb: 5%, ::c");
    let command = github::render(&[odd], &sources);
    let expected =
        "::error file=a%2Cb%3Ac%25.yml,line=1,col=1,endLine=1,endColumn=2,title=wrong-type::a%0D%0Ab: 5%25, ::c\n";
    assert_eq!(command, expected);
}

#[test]
fn safe_fixes_are_applied_once_and_whole() {
    let (sources, diags) = faults();
    let repaired = fix::apply(&sources, &diags);
    assert_eq!(repaired.len(), 1);
    assert_eq!(repaired[0].text, SHOP.replace("prot", "port"));
    let done: Vec<&str> = repaired[0].done.iter().map(|note| note.text.as_str()).collect();
    assert_eq!(done, ["rename `prot` to `port`"]);
}

#[test]
fn a_fix_that_overlaps_waits_for_the_next_run() {
    let mut sources = Sources::default();
    let one = sources.add("one.yml", "abcdef");
    let two = sources.add("two.yml", "ghi");
    let library = sources.add("std:x.yml", "xyz");
    let edit = |file, start, end, text: &str| Edit {
        span: Span::new(file, start, end),
        text: text.to_string(),
    };
    let fault = |title: &str, edits: Vec<Edit>| {
        let mut diag = Diagnostic::new(WRONG_TYPE, edits[0].span, "x");
        diag.fixes.push(Fix {
            title: title.to_string(),
            edits,
            safe: true,
        });
        diag
    };
    let diags = [
        fault("first", vec![edit(one, 4, 6, "EF"), edit(two, 0, 0, ">")]),
        fault(
            "overlaps in one of two files",
            vec![edit(one, 0, 1, "A"), edit(two, 0, 1, "G")],
        ),
        fault("stdlib", vec![edit(library, 0, 1, "X")]),
        fault("last", vec![edit(one, 0, 2, "")]),
    ];
    let repaired = fix::apply(&sources, &diags);
    let texts: Vec<&str> = repaired.iter().map(|file| file.text.as_str()).collect();
    assert_eq!(texts, ["cdEF", ">ghi"]);
    let done: Vec<&str> = repaired[0].done.iter().map(|note| note.text.as_str()).collect();
    assert_eq!(done, ["first", "last"]);
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_checked_and_drawn(pieces in proptest::collection::vec(piece(), 0..40)) {
        let world = Memory::default().with("x.yml", pieces.concat());
        let request = Request { path: "x.yml".to_string(), ..Request::default() };
        let compiled = compile(&world, &request).expect("the world is in memory");
        let (diags, sources) = (&compiled.diagnostics, &compiled.sources);
        text::render(diags, sources, PLAIN);
        json::render(diags, sources);
        sarif::render(diags, sources);
        github::render(diags, sources);
        fix::apply(sources, diags);
    }
}

/// A piece of a spec, or of what people save by mistake.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    const WORDS: &[&[u8]] = &[
        b"app: shop",
        b"cluster: production",
        b"services:",
        b"web:",
        b"capacity:",
        b"image: ",
        b"port: 80",
        b"${a.b}",
        b"\n",
        b"\n  ",
        b"\n    - ",
        b"\t",
        b"\r\n",
        b"---\n",
        b"{",
        b"}",
        b"[",
        b"]",
        b"\"",
        b"'",
        b": ",
        b"&a ",
        b"*a",
        b"!Sub ",
        b"# ",
        b"|\n",
        b"<<: ",
        b"? ",
        b", ",
        b"\xff\xfe",
        b"\xff",
        b"\0",
        "\u{feff}ü🚢".as_bytes(),
    ];
    proptest::sample::select(WORDS).prop_map(<[u8]>::to_vec)
}
