//! What ECS fetches before a container starts: its image and its secrets. In: a workload's arguments. Out: the address of an
//! image in an owned repository, whose digest is a template parameter so that templates do not vary with tags; and the
//! repositories and keys that must be allowed.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::library::types::PrivateRepository;
use crate::library::{Data, Field, Reference, Target, Value, pascal};
use crate::source::{Span, Spanned};

use super::evaluate::concat;
use super::model::Input;

/// Gives the images of a task definition their addresses and their repositories.
pub(super) fn images(workload: &mut Value, shared: &mut BTreeMap<Arc<str>, Input>) {
    image_of(workload, shared);
    let Data::Map(fields) = &mut workload.data else { return };
    let sidecars = fields.iter_mut().filter(|field| &**field.key == "sidecars");
    for sidecars in sidecars {
        if let Data::Map(sidecars) = &mut sidecars.value.data {
            for sidecar in sidecars {
                image_of(&mut sidecar.value, shared);
                keys_of(&mut sidecar.value);
            }
        }
    }
}

/// Gives a sidecar `keys`: the KMS keys of its secrets.
fn keys_of(sidecar: &mut Value) {
    let span = sidecar.span;
    let Data::Map(fields) = &mut sidecar.data else { return };
    let secrets = fields.iter().find(|field| &**field.key == "secrets");
    let keys = match secrets.map(|secrets| &secrets.value.data) {
        Some(Data::Map(secrets)) => {
            let keys = secrets.iter().filter_map(|secret| secret.value.get("key"));
            keys.filter(|key| key.data != Data::Null).cloned().collect()
        }
        _ => Vec::new(),
    };
    fields.push(Field {
        key: Spanned::new("keys".into(), span),
        value: Value::new(span, Data::List(keys)),
    });
}

fn image_of(container: &mut Value, shared: &mut BTreeMap<Arc<str>, Input>) {
    if let Data::Map(fields) = &mut container.data
        && let Some(field) = fields.iter_mut().find(|field| &**field.key == "image")
    {
        image(&mut field.value, shared);
    }
}

fn image(image: &mut Value, shared: &mut BTreeMap<Arc<str>, Input>) {
    let (span, owned) = (image.span, image.get("repository").and_then(Value::as_text));
    let text = |text: &str| Value::text(span, text);
    let refer = |target: Target| {
        let reference = Reference {
            target,
            attribute: None,
        };
        Value::new(span, Data::Reference(reference))
    };
    let pseudo = |name: &str| refer(Target::Pseudo(name.into()));
    let arn = |region: Value, account: Value, name: &str| {
        let partition = pseudo("AWS::Partition");
        let name = text(&format!(":repository/{name}"));
        concat(vec![
            text("arn:"),
            partition,
            text(":ecr:"),
            region,
            text(":"),
            account,
            name,
        ])
    };
    let (mut address, mut pull) = (None, Data::Null);
    if let Some(repository) = owned {
        let id: Arc<str> = format!("{}Image", pascal(repository)).into();
        shared
            .entry(Arc::clone(&id))
            .or_insert_with(|| digest(&id, repository, span));
        pull = arn(pseudo("AWS::Region"), pseudo("AWS::AccountId"), repository);
        // https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html: the address of a private registry.
        address = Some(concat(vec![
            pseudo("AWS::AccountId"),
            text(".dkr.ecr."),
            pseudo("AWS::Region"),
            text("."),
            pseudo("AWS::URLSuffix"),
            text(&format!("/{repository}@")),
            refer(Target::Parameter(id)),
        ]));
    } else if let Some(found) = image
        .get("uri")
        .and_then(Value::as_text)
        .and_then(PrivateRepository::of)
    {
        pull = arn(text(found.region), text(found.account), found.name);
    }
    let Data::Map(fields) = &mut image.data else { return };
    if let Some(address) = address
        && let Some(field) = fields.iter_mut().find(|field| &**field.key == "uri")
    {
        field.value = Value::new(span, address);
    }
    fields.push(Field {
        key: Spanned::new("pull".into(), span),
        value: Value::new(span, pull),
    });
}

fn digest(id: &Arc<str>, repository: &str, span: Span) -> Input {
    Input {
        id: Arc::clone(id),
        kind: "String".to_string(),
        about: format!(
            "The digest of the image to run from repository {repository}: sha256 and 64 hexadecimal digits."
        ),
        attributes: vec![("AllowedPattern".to_string(), Value::text(span, "sha256:[0-9a-f]{64}"))],
        default: None,
        value: None,
        repository: Some(repository.into()),
        span,
    }
}
