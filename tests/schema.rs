//! The JSON Schemas: they are what the types make, and they accept just what the decoder finds no structural fault in.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use jsonschema::Validator;
use loadline::diag::{Diagnostics, code};
use loadline::source::{FileId, Sources, Span};
use loadline::spec::{self, schema};
use loadline::syntax::{self, Content, Node};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::markdown::{blocks, is_update, pages};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_schemas_are_what_the_types_make() {
    let mut faults = Vec::new();
    for (name, text) in schema::files() {
        let path = root().join("schema").join(&name);
        if is_update() {
            fs::write(&path, &text).expect("the schema can be written");
        } else if fs::read_to_string(&path).ok().as_deref() != Some(&*text) {
            faults.push(format!("schema/{name}: `UPDATE=1 cargo test schema` writes it"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_schemas_are_schemas() {
    for (name, text) in schema::files() {
        let schema: Json = serde_json::from_str(&text).expect("JSON");
        jsonschema::meta::validate(&schema).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        // Editors know these by heart, and stumble over others.
        for odd in [
            "unevaluatedProperties",
            "prefixItems",
            "dependentSchemas",
            "$dynamicRef",
        ] {
            assert!(!text.contains(odd), "{name}: `{odd}`");
        }
        assert!(
            !text.contains("\"default\": null"),
            "{name}: editors write the default out"
        );
    }
}

/// The two drafts of both documents' schemas.
struct Judges(BTreeMap<String, (Json, Validator)>);

impl Judges {
    fn new() -> Judges {
        let files = schema::files().into_iter();
        let judges = files.map(|(name, text)| {
            let schema: Json = serde_json::from_str(&text).expect("JSON");
            let judge = jsonschema::validator_for(&schema).unwrap_or_else(|fault| panic!("{name}: {fault}"));
            (name, (schema, judge))
        });
        Judges(judges.collect())
    }

    fn schema(&self, kind: &str) -> &Json {
        &self.0[&format!("{kind}.schema.json")].0
    }

    /// What is wrong with the agreement of schema and decoder about a document.
    fn disagreement(&self, kind: &str, node: &Node, json: &Json) -> Option<String> {
        let mut verdicts = Vec::new();
        for name in [kind, "loadline"] {
            for end in ["schema.json", "draft07.json"] {
                let name = format!("{name}.{end}");
                let judge = &self.0[&name].1;
                let faults: Vec<String> = judge
                    .iter_errors(json)
                    .map(|fault| {
                        format!(
                            "{}: {}",
                            fault.instance_path(),
                            fault.to_string().chars().take(200).collect::<String>()
                        )
                    })
                    .collect();
                verdicts.push((name, faults));
            }
        }
        let mut diags = Diagnostics::default();
        spec::build(std::slice::from_ref(node), &mut |_, _| Vec::new(), &mut diags);
        let overlays = node.get("clusters").filter(|clusters| clusters.map().is_some());
        let within = |span: Span| overlays.is_some_and(|all| all.span.start <= span.start && span.end <= all.span.end);
        let all = diags.sorted();
        // What is missing once an overlay lies over the app, or is deleted where nothing is, is not the fault of either
        // alone; the schema may see a part of it.
        let is_open = |code| code == code::MISSING_KEY || code == code::NOTHING_TO_DELETE;
        let (open, structural): (Vec<_>, Vec<_>) = all
            .iter()
            .filter(|fault| fault.code.is_structural() || is_open(fault.code) && within(fault.span))
            .partition(|fault| is_open(fault.code) && within(fault.span));
        let structural: Vec<String> = structural
            .iter()
            .map(|fault| format!("{}: {}", fault.code.name(), fault.message))
            .collect();
        for (name, faults) in verdicts {
            let undecided = structural.is_empty() && !open.is_empty();
            if faults.is_empty() != structural.is_empty() && !undecided {
                return Some(format!("{name} says {faults:#?}\nthe decoder says {structural:#?}"));
            }
        }
        None
    }
}

/// The JSON that an editor sees in a tree; `None` when it holds what JSON cannot.
pub fn json_of(node: &Node) -> Option<Json> {
    if node.tag.is_some() {
        return None;
    }
    Some(match &*node.content {
        Content::Hole => return None,
        Content::Null => Json::Null,
        Content::Bool(flag) => json!(flag),
        Content::Number(number) => number
            .integer
            .map_or_else(|| json!(number.value), |integer| json!(integer)),
        Content::Text(text) => json!(&*text.text),
        Content::List(items) => Json::Array(items.iter().map(json_of).collect::<Option<_>>()?),
        Content::Map(map) => {
            let entries = map.entries.iter();
            let entries = entries.map(|entry| Some((entry.key.to_string(), json_of(&entry.value)?)));
            Json::Object(entries.collect::<Option<_>>()?)
        }
    })
}

fn kind(node: &Node) -> Option<&'static str> {
    let kinds = ["app", "component", "cluster"];
    kinds
        .into_iter()
        .find(|kind| node.get(kind).is_some())
        .filter(|kind| *kind != "component")
}

fn texts() -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for folder in fs::read_dir(root().join("examples")).expect("examples") {
        let folder = folder.expect("an entry").path();
        for file in fs::read_dir(&folder).into_iter().flatten() {
            let path = file.expect("an entry").path();
            if path.extension().is_some_and(|extension| extension == "yml") {
                texts.push((path.display().to_string(), fs::read_to_string(&path).expect("text")));
            }
        }
    }
    for path in pages("src/diag/codes") {
        let page = fs::read_to_string(&path).expect("text");
        let yaml = blocks(&page).into_iter().filter(|block| block.kind == "yaml");
        texts.extend(yaml.map(|block| (path.display().to_string(), block.text)));
    }
    texts
}

#[test]
fn schema_and_decoder_agree_about_examples_and_pages() {
    let judges = Judges::new();
    let mut faults = Vec::new();
    for (name, text) in texts() {
        let mut sources = Sources::default();
        let file = sources.add(&*name, &*text);
        let mut diags = Diagnostics::default();
        for node in syntax::parse(file, &text, &mut diags) {
            let (Some(kind), Some(json)) = (kind(&node), json_of(&node)) else {
                continue;
            };
            faults.extend(
                judges
                    .disagreement(kind, &node, &json)
                    .map(|fault| format!("{name}\n{fault}")),
            );
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_decoder_finds_each_broken_line() {
    let folder = root().join("tests/editor/broken");
    for entry in fs::read_dir(folder).expect("broken specs") {
        let path = entry.expect("an entry").path();
        let text = fs::read_to_string(&path).expect("text");
        let marked = (1..).zip(text.lines()).filter(|(_, line)| line.ends_with("# fault"));
        let marked: BTreeSet<usize> = marked.map(|(number, _)| number).collect();
        let mut sources = Sources::default();
        let file = sources.add("spec.yml", &*text);
        let mut diags = Diagnostics::default();
        let nodes = syntax::parse(file, &text, &mut diags);
        spec::build(&nodes, &mut |_, _| Vec::new(), &mut diags);
        let all = diags.sorted();
        let structural = all.iter().filter(|fault| fault.code.is_structural());
        let line = |span: Span| sources.get(file).position(span.start as usize).line;
        let found: BTreeSet<usize> = structural.map(|fault| line(fault.span)).collect();
        assert_eq!(found, marked, "{}", path.display());
    }
}

/// Strings that are right for some type and wrong for others.
const STRINGS: &[&str] = &[
    "",
    " ",
    "a",
    "web",
    "web-2",
    "Web",
    "web_2",
    "2web",
    "a-",
    "production",
    "30s",
    "10m",
    "7 days",
    "1.5 m",
    "0.5s",
    "30 sec",
    "30",
    "-5s",
    "512 MiB",
    "1 GiB",
    "512MB",
    "0.25 vCPU",
    "1 vcpu",
    "60%",
    "60 %",
    "600%",
    "%",
    "200",
    "200-399",
    "200,301",
    "200-",
    "600",
    "on",
    "off",
    "auto",
    "true",
    "none",
    "zone",
    "instance",
    "memory",
    "cpu",
    "tcp",
    "udp",
    "rolling",
    "canary",
    "instances",
    "fargate",
    "spot",
    "bridge",
    "task",
    "host",
    "nginx",
    "nginx:1.27",
    "ghcr.io/a/b@sha256:00",
    "ssm:/a/b",
    "ssm:",
    "secretsmanager:a#b",
    "secretsmanager:a#",
    "/a/b",
    "arn:aws:ssm:eu-west-1:111122223333:parameter/a",
    "arn:aws:secretsmanager:eu-west-1:111122223333:secret:a-AbCdEf#k",
    "arn:aws:kms:eu-west-1:111122223333:key/1",
    "arn:aws:sns:eu-west-1:111122223333:t",
    "arn:aws",
    "arn:aws:a:b:c:d",
    "cron(0 3 * * ? *)",
    "cron(0 3 * * *)",
    "cron(0 3 * * * *)",
    "rate(1 minute)",
    "rate(1 minutes)",
    "rate(5 minutes)",
    "rate(0 hours)",
    "0 3 * * *",
    "eu-west-1",
    "eu-west-1a",
    "us-gov-west-1",
    "eu-west",
    "111122223333",
    "11112222333",
    "10.0.0.0/16",
    "10.0.0.1/16",
    "::/0",
    "vpc-0a1b2c3d",
    "vpc-1",
    "subnet-0a1b2c3d",
    "subnet-xyz",
    "ami-0a1b2c3d",
    "Z0123456789",
    "z01",
    "example.com",
    "Example.com",
    "example",
    "-a.com",
    "ops@example.com",
    "ops@",
    "a@b",
    "/",
    "/check",
    "check",
    "/a b",
    "al2023",
    "bottlerocket",
    "per-zone",
    "single",
    "ecr.api",
    "Ecr",
    "m7g.large",
    "before-deploy",
    "manual",
    "schedule",
    "skip",
    "allow",
    "enhanced",
    "public",
    "internal",
    "awslogs",
    "splunk",
    "shop.example.com/",
    "tcp:5432",
    "https://a.b/",
    "echo hello",
    "echo 'a",
    "echo $HOME && true",
    "${x}",
    "$${x}",
    "queue",
    "consume",
    "99 days",
    "5 GiB",
    "50 GiB",
    "1 TiB",
    "1.5 GiB",
    "0.0001 GiB",
    "1234567890s",
];

const KEYS: &[&str] = &[
    "web", "worker", "a-b", "A", "a_b", "1a", "PORT", "A.B", "-A", "nofile", "nproc", "jobs", "",
];

/// A small generator of numbers, so that a document follows from a seed.
pub struct Dice(pub u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % sides as u64) as usize
    }

    fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.roll(items.len())].clone()
    }

    fn junk(&mut self) -> Json {
        match self.roll(9) {
            0 => Json::Null,
            1 => json!(true),
            2 => json!(self.pick(&[
                0_i64,
                1,
                2,
                3,
                5,
                80,
                200,
                256,
                3000,
                65535,
                65536,
                -1,
                1_000_000,
                111_122_223_333
            ])),
            3 => json!(self.pick(&[0.5, 1.0, 2.0, 200.0, -3.5, 0.25, 1e20])),
            4 => json!([]),
            5 => json!([self.pick(STRINGS)]),
            6 => json!({}),
            7 => json!({self.pick(KEYS): self.pick(STRINGS)}),
            _ => json!(self.pick(STRINGS)),
        }
    }
}

/// Makes values that a schema mostly accepts.
pub struct Maker {
    pub root: Json,
    fitting: BTreeMap<String, Vec<&'static str>>,
}

impl Maker {
    pub fn new(root: &Json) -> Maker {
        let mut patterns = Vec::new();
        collect(root, &mut patterns);
        let fitting = patterns.into_iter().map(|pattern| {
            let judge = jsonschema::validator_for(&json!({"pattern": pattern})).expect("a pattern");
            let fits = STRINGS
                .iter()
                .chain(KEYS)
                .copied()
                .filter(|text| judge.is_valid(&json!(text)));
            (pattern, fits.collect())
        });
        Maker {
            root: root.clone(),
            fitting: fitting.collect(),
        }
    }

    pub fn make(&self, schema: &Json, dice: &mut Dice, depth: usize) -> Json {
        if dice.roll(60) == 0 {
            return dice.junk();
        }
        if let Some(reference) = schema.get("$ref").and_then(Json::as_str) {
            let target = self
                .root
                .pointer(reference.trim_start_matches('#'))
                .expect("a definition");
            return self.make(target, dice, depth);
        }
        for choices in ["anyOf", "oneOf"] {
            let Some(choices) = schema.get(choices).and_then(Json::as_array) else {
                continue;
            };
            // Beside properties, the choices only say what is needed.
            if schema.get("properties").is_none() {
                return self.make(&dice.pick(choices), dice, depth);
            }
        }
        if let Some(value) = schema.get("const") {
            return value.clone();
        }
        if let Some(words) = schema.get("enum").and_then(Json::as_array) {
            return dice.pick(words);
        }
        let kind = match schema.get("type") {
            Some(Json::Array(kinds)) => dice.pick(kinds),
            Some(kind) => kind.clone(),
            None => return dice.junk(),
        };
        match kind.as_str().expect("a type is a word") {
            "object" => self.object(schema, dice, depth),
            "array" => {
                let count = dice.roll(3);
                let empty = json!({});
                let items = schema.get("items").unwrap_or(&empty);
                Json::Array((0..count).map(|_| self.make(items, dice, depth + 1)).collect())
            }
            "string" => {
                let pattern = schema.get("pattern").and_then(Json::as_str);
                let fitting = pattern
                    .map(|pattern| &self.fitting[pattern])
                    .filter(|texts| !texts.is_empty());
                match fitting {
                    Some(texts) if dice.roll(30) > 0 => json!(dice.pick(texts)),
                    _ => json!(dice.pick(STRINGS)),
                }
            }
            "integer" => {
                let bound = |name: &str| schema.get(name).and_then(Json::as_i64);
                let (least, most) = (bound("minimum").unwrap_or(0), bound("maximum").unwrap_or(1000));
                json!(dice.pick(&[
                    least,
                    least + 1,
                    least + 2,
                    most,
                    least,
                    least + 1,
                    least + 2,
                    most,
                    most + 1,
                    least - 1
                ]))
            }
            "number" => json!(dice.pick(&[0.5, 2.0])),
            "boolean" => json!(dice.roll(2) == 0),
            _ => Json::Null,
        }
    }

    fn object(&self, schema: &Json, dice: &mut Dice, depth: usize) -> Json {
        let mut fields = serde_json::Map::new();
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
            .filter_map(Json::as_str)
            .collect();
        if let Some(properties) = schema.get("properties").and_then(Json::as_object) {
            for (key, property) in properties {
                let wanted = if required.contains(&&**key) {
                    dice.roll(40) > 0
                } else {
                    dice.roll(4 + 2 * depth) == 0
                };
                if wanted {
                    fields.insert(key.clone(), self.make(property, dice, depth + 1));
                }
            }
            if dice.roll(60) == 0 {
                fields.insert(dice.pick(KEYS).to_string(), dice.junk());
            }
        }
        if let Some(values) = schema.get("additionalProperties").filter(|values| values.is_object()) {
            let names = schema.get("propertyNames");
            let pattern = names.and_then(|names| names.get("pattern")).and_then(Json::as_str);
            let words = names.and_then(|names| names.get("enum")).and_then(Json::as_array);
            for _ in 0..dice.roll(3) {
                let key = match (pattern, words) {
                    (Some(pattern), _) if dice.roll(30) > 0 => dice.pick(&self.fitting[pattern]).to_string(),
                    (_, Some(words)) if dice.roll(30) > 0 => dice.pick(words).as_str().unwrap_or("").to_string(),
                    _ => dice.pick(KEYS).to_string(),
                };
                fields.insert(key, self.make(values, dice, depth + 1));
            }
        }
        Json::Object(fields)
    }
}

fn collect(schema: &Json, patterns: &mut Vec<String>) {
    match schema {
        Json::Array(items) => items.iter().for_each(|item| collect(item, patterns)),
        Json::Object(object) => {
            for (key, value) in object {
                match value {
                    Json::String(pattern) if key == "pattern" => patterns.push(pattern.clone()),
                    _ => collect(value, patterns),
                }
            }
        }
        _ => {}
    }
}

/// What the tests of made-up documents share, because it takes long to make.
struct Workshop {
    judges: Judges,
    makers: BTreeMap<&'static str, Maker>,
}

thread_local! {
    static WORKSHOP: Workshop = {
        let judges = Judges::new();
        let makers = ["app", "cluster"].map(|kind| (kind, Maker::new(judges.schema(kind))));
        Workshop { judges, makers: BTreeMap::from(makers) }
    };
}

/// Makes a document from a seed; whether the schema accepts it. Errors when the decoder sees it otherwise.
fn agree(kind: &'static str, seed: u64) -> Result<bool, String> {
    WORKSHOP.with(|Workshop { judges, makers }| {
        let maker = &makers[kind];
        let mut json = maker.make(&maker.root, &mut Dice(seed), 0);
        let Some(fields) = json.as_object_mut() else {
            return Ok(false);
        };
        fields.entry(kind).or_insert(json!("name"));
        // JSON is YAML, and read as such it has places.
        let text = serde_json::to_string_pretty(&json).expect("JSON");
        let nodes = syntax::parse(FileId(0), &text, &mut Diagnostics::default());
        let node = nodes.into_iter().next().expect("one document");
        match judges.disagreement(kind, &node, &json) {
            Some(fault) => Err(format!("{text}\n{fault}")),
            None => Ok(judges.0[&format!("{kind}.schema.json")].1.is_valid(&json)),
        }
    })
}

/// Many documents: some must be accepted and some refused, or the makers make nothing of use.
fn agree_often(kind: &'static str, first: u64) {
    let verdicts: Vec<bool> = (first..first + 40)
        .map(|seed| agree(kind, seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)).unwrap_or_else(|fault| panic!("{fault}")))
        .collect();
    let accepted = verdicts.iter().filter(|accepted| **accepted).count();
    assert!((1..40).contains(&accepted), "{accepted} of 40 {kind}s are accepted");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn schema_and_decoder_agree_about_made_up_apps(first: u64) {
        agree_often("app", first % (1 << 60));
    }

    #[test]
    fn schema_and_decoder_agree_about_made_up_clusters(first: u64) {
        agree_often("cluster", first % (1 << 60));
    }
}
