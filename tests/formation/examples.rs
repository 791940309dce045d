//! All stacks of the examples, deployed in order.

use std::fs;
use std::path::{Path, PathBuf};

use loadline::cloud::formation::{ChangeSetType, ChangeSetWish, StackEvent};
use loadline::source::Memory;
use loadline::template::{Format, Template};
use loadline::{Request, compile};
use serde_json::{Value, json};

use super::{Run, failing, one, run, topic, wish};

/// The templates of an example, as the library compiles them.
fn templates(name: &str) -> Vec<Template> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    let entries = fs::read_dir(&folder).expect("the example is there");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let mut world = Memory::default();
    for path in paths {
        let text = fs::read_to_string(&path).expect("examples are UTF-8");
        let name = path.file_name().and_then(|name| name.to_str()).expect("UTF-8");
        world = world.with(format!("example/{name}"), text);
    }
    let request = Request {
        path: "example".to_string(),
        format: Format::Json,
        ..Request::default()
    };
    let compiled = compile(&world, &request).expect("the files are there");
    assert!(!compiled.templates.is_empty(), "{:?}", compiled.diagnostics);
    compiled.templates
}

/// The digest of an image whose digits are all the same.
fn digest(digit: char) -> String {
    format!("sha256:{}", digit.to_string().repeat(64))
}

/// Without the white space that is for readers: AWS takes so many bytes in a request.
fn compact(body: &str) -> String {
    let body: Value = serde_json::from_str(body).expect("it is JSON");
    body.to_string()
}

/// What asks for the stack of a template, with an image of this digest.
fn stack_of(template: &Template, name: &str, image: &str) -> ChangeSetWish {
    let parameters = template.parameters.iter().map(|parameter| {
        let value = parameter.value.clone().unwrap_or_else(|| match &*parameter.id {
            "InstanceImage" => "ami-0123456789abcdef0".to_string(),
            _ => image.to_string(),
        });
        (parameter.id.to_string(), Some(value))
    });
    ChangeSetWish {
        template: compact(&template.body).into(),
        parameters: parameters.collect(),
        ..wish(&template.stack, name, &Value::Null)
    }
}

/// Puts an image into the repositories that a template makes.
fn push(run: &Run, template: &Template, image: &str) {
    let body: Value = serde_json::from_str(&template.body).expect("it is JSON");
    for resource in body["Resources"].as_object().into_iter().flatten() {
        if resource.1["Type"] == "AWS::ECR::Repository" {
            let repository = resource.1["Properties"]["RepositoryName"].as_str();
            run.cloud.push_image(repository.expect("it is named"), image);
        }
    }
}

/// Deploys all stacks of an example, in order; each is then without changes.
fn example(name: &str) -> (Run, Vec<Template>) {
    let (run, templates) = (run(), templates(name));
    let image = digest('a');
    for template in &templates {
        let wish = stack_of(template, "first", &image);
        assert_eq!(run.deploy(&wish), "CREATE_COMPLETE", "{}", template.stack);
        push(&run, template, &image);
        let again = ChangeSetWish {
            name: "again".to_string(),
            token: "again".to_string(),
            kind: ChangeSetType::Update,
            parameters: wish.parameters.iter().map(|(name, _)| (name.clone(), None)).collect(),
            ..wish
        };
        let set = run.planned(&again);
        assert!(set.is_empty(), "{}: {:#?}", template.stack, set.changes);
    }
    (run, templates)
}

#[test]
fn all_stacks_of_the_examples_are_made() {
    for name in ["hello", "fargate", "components", "network"] {
        example(name);
    }
}

#[test]
fn a_new_image_replaces_the_revision_and_updates_the_service() {
    let (run, templates) = example("shop");
    let app = templates.last().expect("there are stacks");
    let image = digest('b');
    templates.iter().for_each(|template| push(&run, template, &image));
    let before = run.resources(&app.stack);
    let since = run.events(&app.stack).len();
    let asked = ChangeSetWish {
        kind: ChangeSetType::Update,
        ..stack_of(app, "second", &image)
    };
    let set = run.planned(&asked);
    let revision = one(&set.changes, "WebTaskDefinition");
    assert_eq!(revision.replacement.as_deref(), Some("True"));
    assert_eq!(revision.details[0].cause.as_deref(), Some("ShopImage"));
    let service = one(&set.changes, "WebService");
    assert_eq!(service.replacement.as_deref(), Some("False"));
    assert_eq!(service.details[0].cause.as_deref(), Some("WebTaskDefinition"));
    run.execute(&set.id, "token").expect("it is available");
    assert_eq!(run.settled(&app.stack).0, "UPDATE_COMPLETE");
    let after = run.resources(&app.stack);
    assert_eq!(after["WebService"].0, before["WebService"].0);
    assert_ne!(after["WebTaskDefinition"].0, before["WebTaskDefinition"].0);
    let told = run.told(&app.stack, since);
    let at = |line: &str| told.iter().position(|told| told == line).expect(line);
    assert!(at("WebTaskDefinition UPDATE_COMPLETE") < at("WebService UPDATE_IN_PROGRESS"));
    assert!(at("WebService UPDATE_COMPLETE") < at("WebTaskDefinition DELETE_COMPLETE"));
}

#[test]
fn a_service_goes_back_to_its_old_revision() {
    let (run, templates) = example("shop");
    let app = templates.last().expect("there are stacks");
    let image = digest('b');
    templates.iter().for_each(|template| push(&run, template, &image));
    let before = run.resources(&app.stack);
    let mut body: Value = serde_json::from_str(&app.body).expect("it is JSON");
    let mut bad = failing("New");
    bad["DependsOn"] = json!(["WebService", "WorkerService"]);
    body["Resources"]["New"] = topic("n");
    body["Resources"]["Bad"] = bad;
    let asked = ChangeSetWish {
        kind: ChangeSetType::Update,
        template: body.to_string().into(),
        ..stack_of(app, "second", &image)
    };
    assert_eq!(run.deploy(&asked), "UPDATE_ROLLBACK_COMPLETE");
    let after = run.resources(&app.stack);
    for logical in [
        "WebService",
        "WebTaskDefinition",
        "WorkerService",
        "WorkerTaskDefinition",
    ] {
        assert_eq!(after[logical].0, before[logical].0, "{logical}");
    }
    let events = run.events(&app.stack);
    let back = events
        .iter()
        .position(|event| event.status.as_str() == "UPDATE_ROLLBACK_IN_PROGRESS");
    let at = |logical: &str, status: &str| {
        let mut since = events.iter().skip(back.expect("it went back"));
        let is_it = |event: &&StackEvent| event.logical == logical && event.status.as_str() == status;
        since.find(is_it).unwrap_or_else(|| panic!("{logical} {status}"))
    };
    let restored = at("WebTaskDefinition", "UPDATE_COMPLETE");
    assert_eq!(restored.physical.as_ref(), Some(&before["WebTaskDefinition"].0));
    assert!(restored.at <= at("WebService", "UPDATE_IN_PROGRESS").at);
    assert_ne!(at("WebTaskDefinition", "DELETE_COMPLETE").physical, restored.physical);
    let again = ChangeSetWish {
        kind: ChangeSetType::Update,
        ..stack_of(app, "third", &digest('a'))
    };
    assert!(run.planned(&again).is_empty());
}
