//! The JSON Schemas of the documents, for editors. They come from the same types as the decoder.
//!
//! Out: `schema/<name>.schema.json` as text. Must not know who writes the files.

use schemars::generate::SchemaSettings;
use schemars::{Schema, json_schema};
use serde_json::{Map, Value as Json, json};

use crate::library::types::{Of, Type};

use super::app::{AppDocument, OVERLAY};
use super::cluster::ClusterDocument;
use super::header::ComponentDocument;

/// A version of JSON Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draft {
    /// Draft 2020-12.
    Newest,
    /// Draft 7, for editors that know no other.
    Seven,
}

impl Draft {
    fn settings(self) -> SchemaSettings {
        match self {
            Draft::Newest => SchemaSettings::draft2020_12(),
            Draft::Seven => SchemaSettings::draft07(),
        }
    }

    /// Where definitions stand, and how the file's name ends.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Draft::Newest => ("$defs", "schema.json"),
            Draft::Seven => ("definitions", "draft07.json"),
        }
    }
}

/// The schema of the app document.
pub fn app() -> Schema {
    root::<AppDocument>(Draft::Newest)
}

/// The schema of the cluster document.
pub fn cluster() -> Schema {
    root::<ClusterDocument>(Draft::Newest)
}

/// Each file of `schema/` by its name, with its text.
pub fn files() -> Vec<(String, String)> {
    let mut files = Vec::new();
    for draft in [Draft::Newest, Draft::Seven] {
        let app = root::<AppDocument>(draft);
        let cluster = root::<ClusterDocument>(draft);
        let component = root::<ComponentDocument>(draft);
        let all = any(
            &[("app", &app), ("component", &component), ("cluster", &cluster)],
            draft,
        );
        for (name, title, schema) in [
            ("app", "A loadline app", app),
            ("cluster", "A loadline cluster", cluster),
            ("component", "A loadline component", component),
            ("loadline", "A loadline app, cluster or component", all),
        ] {
            let (_, end) = draft.names();
            let file = format!("{name}.{end}");
            files.push((file.clone(), text(schema, &file, title)));
        }
    }
    files
}

/// The schema of a document.
fn root<T: Type>(draft: Draft) -> Schema {
    let mut schema = draft.settings().into_generator().into_root_schema_for::<Of<T>>();
    let (place, _) = draft.names();
    let object = schema.ensure_object();
    object.shift_remove("title");
    if object
        .get(place)
        .is_some_and(|definitions| definitions.get(OVERLAY).is_some())
    {
        lay_over(object, place);
    }
    schema
}

/// Fills in the overlay: the app's own fields, of which nothing must be there and anything may be null.
fn lay_over(root: &mut Map<String, Json>, place: &str) {
    let mut app = root.clone();
    for key in [place, "$schema", "required", "anyOf"] {
        app.shift_remove(key);
    }
    if let Some(fields) = app.get_mut("properties").and_then(Json::as_object_mut) {
        for key in ["app", "cluster", "clusters"] {
            fields.shift_remove(key);
        }
    }
    app.insert(
        "description".to_string(),
        json!("What is different on this cluster; `null` deletes."),
    );
    let definitions = root[place].as_object_mut().expect("definitions are an object");
    let copies = definitions.clone();
    for (name, mut copy) in copies.into_iter().filter(|(name, _)| name != OVERLAY) {
        loosen(&mut copy);
        definitions.insert(format!("{OVERLAY}-{name}"), copy);
    }
    let mut app = Json::Object(app);
    loosen(&mut app);
    app["type"] = json!(["object", "null"]);
    definitions.insert(OVERLAY.to_string(), app);
}

/// Lets a schema's keys be left out or be null, and sends its references to loosened definitions.
fn loosen(schema: &mut Json) {
    match schema {
        Json::Array(items) => items.iter_mut().for_each(loosen),
        Json::Object(object) => {
            if let Some(Json::String(reference)) = object.get_mut("$ref") {
                let name = reference.rfind('/').map_or(0, |at| at + 1);
                reference.insert_str(name, &format!("{OVERLAY}-"));
            }
            let is_block = object.get("additionalProperties") == Some(&json!(false));
            if is_block || object.contains_key("required") {
                object.shift_remove("required");
            }
            // A block that needs one of several keys says so in `anyOf`.
            let needs = |choice: &Json| {
                choice
                    .as_object()
                    .is_some_and(|choice| choice.is_empty() || choice.keys().all(|key| key == "required"))
            };
            if object
                .get("anyOf")
                .and_then(Json::as_array)
                .is_some_and(|choices| choices.iter().all(needs))
            {
                object.shift_remove("anyOf");
            }
            if let Some(fields) = object.get_mut("properties").and_then(Json::as_object_mut) {
                for field in fields.values_mut() {
                    loosen(field);
                    allow_null(field);
                }
            }
            if let Some(values) = object
                .get_mut("additionalProperties")
                .filter(|values| values.is_object())
            {
                loosen(values);
                allow_null(values);
            }
            for key in ["anyOf", "allOf"] {
                if let Some(inner) = object.get_mut(key) {
                    loosen(inner);
                }
            }
        }
        _ => {}
    }
}

fn allow_null(schema: &mut Json) {
    let Json::Object(object) = schema else { return };
    let absent = json!({"type": "null"});
    if let Some(choices) = object.get_mut("anyOf").and_then(Json::as_array_mut) {
        if !choices.contains(&absent) {
            choices.push(absent);
        }
        return;
    }
    let is_words = object.contains_key("enum");
    match object.get_mut("type") {
        Some(Json::Array(kinds)) => {
            if !kinds.contains(&json!("null")) {
                kinds.push(json!("null"));
            }
        }
        Some(kind) if !is_words => *kind = json!([kind, "null"]),
        _ => {
            let about: Vec<(String, Json)> = ["description", "default"]
                .iter()
                .filter_map(|key| Some(((*key).to_string(), object.shift_remove(*key)?)))
                .collect();
            let inner = Json::Object(std::mem::take(object));
            object.extend(about);
            object.insert("anyOf".to_string(), json!([inner, absent]));
        }
    }
}

/// The schema of a document of whatever kind: the key that makes it one decides.
fn any(documents: &[(&str, &Schema)], draft: Draft) -> Schema {
    let (place, _) = draft.names();
    let mut definitions = Map::new();
    let mut choice = json!(true);
    for (name, schema) in documents.iter().rev() {
        let mut own = schema.as_object().expect("a document's schema is an object").clone();
        own.shift_remove("$schema");
        let prefix = format!("{name}-");
        for (inner, mut definition) in own
            .shift_remove(place)
            .and_then(|all| all.as_object().cloned())
            .unwrap_or_default()
        {
            redirect(&mut definition, &prefix);
            definitions.insert(format!("{prefix}{inner}"), definition);
        }
        let mut own = Json::Object(own);
        redirect(&mut own, &prefix);
        definitions.insert((*name).to_string(), own);
        let reference = json!({"$ref": format!("#/{place}/{name}")});
        choice = if choice == json!(true) {
            reference
        } else {
            json!({"if": {"required": [name]}, "then": reference, "else": choice})
        };
    }
    let meta = documents[0]
        .1
        .get("$schema")
        .cloned()
        .expect("the generator writes its draft");
    let mut all = json_schema!({"$schema": meta});
    all.ensure_object()
        .extend(choice.as_object().expect("there are documents").clone());
    all.insert(place.to_string(), Json::Object(definitions));
    all
}

fn redirect(schema: &mut Json, prefix: &str) {
    match schema {
        Json::Array(items) => items.iter_mut().for_each(|item| redirect(item, prefix)),
        Json::Object(object) => {
            for (key, value) in object {
                match value {
                    Json::String(reference) if key == "$ref" => {
                        let name = reference.rfind('/').map_or(0, |at| at + 1);
                        reference.insert_str(name, prefix);
                    }
                    _ => redirect(value, prefix),
                }
            }
        }
        _ => {}
    }
}

fn text(schema: Schema, file: &str, title: &str) -> String {
    let mut whole = Map::new();
    let mut rest = schema.as_object().expect("a document's schema is an object").clone();
    whole.insert(
        "$schema".to_string(),
        rest.shift_remove("$schema").expect("the generator writes its draft"),
    );
    let name = file.split('.').next().expect("split gives one");
    let version = if file.ends_with("draft07.json") { ".draft07" } else { "" };
    whole.insert(
        "$id".to_string(),
        format!("https://loadline.dev/schema/{name}{version}.json").into(),
    );
    whole.insert("title".to_string(), title.into());
    whole.extend(rest);
    let mut text = serde_json::to_string_pretty(&whole).expect("a schema is plain JSON");
    text.push('\n');
    text
}
