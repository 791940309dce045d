//! The offline type check of resource properties, over graphs written as JSON.
//!
//! `tests/typecheck/cases.txt` holds cases: a line `# title`, resources as JSON, and each fault as `- code: message [hint]`.
//! `UPDATE=1` writes the faults. In the JSON, `{"Ref": X}`, `{"GetAtt": "X.Arn"}`, `{"Sub": […]}`, `{"Published": true}` and
//! `{"Hole": 0}` stand for values known after deployment and for holes, and `{"Plain": {…}}` for a mapping as it is.

use std::fs;
use std::path::Path;

use loadline::catalog::Catalog;
use loadline::diag::{Diagnostic, Diagnostics};
use loadline::graph::{Graph, Input, Origin, Resource, Stack, StackKind, typecheck};
use loadline::library::{Data, Field, Reference, Target, Value};
use loadline::source::{FileId, Span, Spanned};
use serde_json::{Map, Value as Json};

const USER: FileId = FileId(0);
const COMPONENT: FileId = FileId(1);

/// Gives each value its own span, so that no two faults fall together.
struct Builder<'a> {
    file: FileId,
    next: usize,
    resources: &'a Map<String, Json>,
}

impl Builder<'_> {
    fn span(&mut self, text: &str) -> Span {
        self.next += 1000;
        Span::new(self.file, self.next, self.next + text.len())
    }

    fn value(&mut self, json: &Json) -> Value {
        let text = json.as_str().map_or_else(|| json.to_string(), str::to_string);
        let span = self.span(&text);
        let data = match json {
            Json::Null => Data::Null,
            Json::Bool(value) => Data::Bool(*value),
            Json::Number(number) => match number.as_i64() {
                Some(whole) => Data::Integer(whole),
                None => Data::Number(number.as_f64().expect("a number")),
            },
            Json::String(text) => Data::Text(text.as_str().into()),
            Json::Array(items) => Data::List(items.iter().map(|item| self.value(item)).collect()),
            Json::Object(map) if map.len() == 1 => {
                let (key, inside) = map.iter().next().expect("one");
                match (key.as_str(), inside) {
                    ("Hole", _) => Data::Unknown,
                    ("Plain", Json::Object(plain)) => self.map(plain),
                    ("Ref", Json::String(name)) => self.reference(name, None),
                    ("GetAtt", Json::String(path)) => {
                        let (name, attribute) = path.split_once('.').expect("name and attribute");
                        self.reference(name, Some(attribute))
                    }
                    ("Published", Json::Bool(list)) => Data::Reference(Reference {
                        target: Target::Published("/loadline/production/v1/x".into(), *list),
                        attribute: None,
                    }),
                    ("Sub", Json::Array(parts)) => Data::Concat(parts.iter().map(|part| self.value(part)).collect()),
                    (name, inside) if name.starts_with("Fn::") => {
                        Data::Intrinsic(name.into(), Box::new(self.value(inside)))
                    }
                    _ => self.map(map),
                }
            }
            Json::Object(map) => self.map(map),
        };
        Value::new(span, data)
    }

    fn map(&mut self, map: &Map<String, Json>) -> Data {
        let fields = map.iter().map(|(key, value)| Field {
            key: Spanned::new(key.as_str().into(), self.span(key)),
            value: self.value(value),
        });
        Data::Map(fields.collect())
    }

    fn reference(&self, name: &str, attribute: Option<&str>) -> Data {
        let target = match name {
            name if self.resources.contains_key(name) => Target::Resource(0, name.into()),
            name if name.starts_with("AWS::") => Target::Pseudo(name.into()),
            name => Target::Parameter(name.into()),
        };
        Data::Reference(Reference {
            target,
            attribute: attribute.map(Into::into),
        })
    }
}

/// One stack of these resources, all written by the user. `Parameters` holds types of template parameters.
fn graph(json: &Map<String, Json>) -> Graph {
    let mut resources = json.clone();
    let inputs = resources.shift_remove("Parameters").unwrap_or(Json::Null);
    let mut builder = Builder {
        file: USER,
        next: 0,
        resources: &resources,
    };
    let inputs = inputs.as_object().into_iter().flatten().map(|(id, kind)| Input {
        id: id.as_str().into(),
        kind: kind.as_str().expect("a type").to_string(),
        about: String::new(),
        attributes: Vec::new(),
        default: None,
        value: None,
        repository: None,
        span: Span::new(USER, 0, 0),
    });
    let stack = Stack {
        name: "production-shop".into(),
        kind: StackKind::App,
        about: String::new(),
        inputs: inputs.collect(),
        resources: resources
            .iter()
            .map(|(id, json)| resource(&mut builder, id, json))
            .collect(),
    };
    Graph { stacks: vec![stack] }
}

fn resource(builder: &mut Builder, id: &str, json: &Json) -> Resource {
    let user = builder.span(id);
    let kind = json["Type"].as_str().expect("a type");
    let kind = Spanned::new(kind.into(), builder.span(kind));
    let properties = match json.get("Properties") {
        Some(Json::Object(map)) => {
            let span = builder.span("{}");
            Value::new(span, builder.map(map))
        }
        _ => Value::new(user, Data::Map(Vec::new())),
    };
    Resource {
        id: id.into(),
        kind,
        properties,
        attributes: Vec::new(),
        origin: Origin {
            user,
            body: user,
            owner: format!("resource `{id}`"),
        },
    }
}

fn faults(graph: &Graph) -> Vec<Diagnostic> {
    let mut diags = Diagnostics::default();
    typecheck::check(graph, &Catalog::new(), &mut diags);
    diags.sorted()
}

#[test]
fn cases() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/typecheck/cases.txt");
    let text = fs::read_to_string(&path).expect("the cases are there");
    let mut out = String::new();
    let mut found = 0;
    for block in text.trim().split("\n\n") {
        let lines = || block.lines();
        let input: Vec<&str> = lines().filter(|line| !line.starts_with("- ")).collect();
        let json: String = input[1..].join("\n");
        let json: Map<String, Json> = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{block}\n{error}"));
        out.push_str(&input.join("\n"));
        for fault in faults(&graph(&json)) {
            out.push_str(&format!("\n- {}: {}", fault.code.name(), fault.message));
            if let Some(hint) = fault.hint {
                out.push_str(&format!(" [{hint}]"));
            }
            found += 1;
        }
        out.push_str("\n\n");
    }
    let out = format!("{}\n", out.trim_end());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &out).expect("the cases can be written");
    } else {
        assert_eq!(out, text);
    }
    assert!(found > 40, "the cases find what they should");
}

/// A resource that a component makes: `DelaySeconds` is bad, at `span` and `body`.
fn made_by_component(span: Span, body: Option<Span>) -> Diagnostic {
    let json = serde_json::json!({"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 0}});
    let none = Map::new();
    let mut builder = Builder {
        file: COMPONENT,
        next: 0,
        resources: &none,
    };
    let mut resource = resource(&mut builder, "JobsQueue", &json);
    resource.origin = Origin {
        user: Span::new(USER, 10, 14),
        body: Span::new(COMPONENT, 50, 55),
        owner: "component `jobs`".into(),
    };
    let Data::Map(fields) = &mut resource.properties.data else {
        panic!("a mapping");
    };
    fields[0].value = Value {
        span,
        body,
        data: Data::Text("soon".into()),
    };
    let stack = Stack {
        name: "production-shop".into(),
        kind: StackKind::App,
        about: String::new(),
        inputs: Vec::new(),
        resources: vec![resource],
    };
    let mut faults = faults(&Graph { stacks: vec![stack] });
    assert_eq!(faults.len(), 1);
    faults.remove(0)
}

#[test]
fn a_fault_stands_at_the_users_line_and_the_components_line_beside_it() {
    let notes = |fault: &Diagnostic| fault.notes.iter().map(|note| note.span).collect::<Vec<_>>();
    let argument = Span::new(USER, 20, 24);
    let body = Span::new(COMPONENT, 70, 74);

    let fault = made_by_component(argument, Some(body));
    assert_eq!((fault.span, notes(&fault)), (argument, vec![body]));

    let fault = made_by_component(body, None);
    assert_eq!((fault.span, notes(&fault)), (Span::new(USER, 10, 14), vec![body]));
    assert_eq!(fault.label, "component `jobs` makes `JobsQueue`");

    let override_line = Span::new(USER, 30, 34);
    let fault = made_by_component(override_line, None);
    assert_eq!(
        (fault.span, notes(&fault)),
        (override_line, vec![Span::new(COMPONENT, 50, 55)])
    );
}

#[test]
fn a_literal_that_was_misspelt_can_be_repaired_and_a_computed_one_cannot() {
    let json = serde_json::json!({"Topic": {"Type": "AWS::SNS::Topics", "Properties": {}},
        "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"Tag": [], "LogGroupClass": "STANDART"}}});
    let mut graph = graph(json.as_object().expect("a mapping"));
    let titles = |graph: &Graph| -> Vec<String> {
        let fixes = faults(graph).into_iter().flat_map(|fault| fault.fixes);
        fixes.map(|fix| format!("{} {}", fix.title, fix.safe)).collect()
    };
    assert_eq!(
        titles(&graph),
        [
            "write `AWS::SNS::Topic` true",
            "write `Tags` false",
            "write `STANDARD` true"
        ]
    );
    for resource in &mut graph.stacks[0].resources {
        resource.kind.span.end += 4;
        if let Data::Map(fields) = &mut resource.properties.data {
            for field in fields {
                field.key.span.end += 4;
                field.value.span.end += 4;
            }
        }
    }
    assert_eq!(titles(&graph), Vec::<String>::new());
}
