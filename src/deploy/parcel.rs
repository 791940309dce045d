//! How a template gets to CloudFormation: in the request, or, where that is too small for it, through the bucket of its cluster.
//! In: a stack of the plan. Out: where CloudFormation finds its template, or why it cannot get there.
//!
//! An object is named after its content, so that it is uploaded once, and what was reviewed is what is deployed. It stays: somebody
//! else may be about to read the same one, a few kilobytes cost nothing, and what has served is gone back to with it.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::catalog::quotas::TEMPLATE_BYTES_INLINE;
use crate::cloud::formation::Template;
use crate::cloud::outside::Object;
use crate::cloud::{Answer, Cloud, ErrorKind};
use crate::graph::StackKind;
use crate::plan::StackWork;

/// The parameter in which a cluster publishes the name of its bucket.
pub(crate) fn bucket_parameter(cluster: &str) -> String {
    format!("/loadline/{cluster}/v1/artefacts")
}

/// The name of content in a bucket: all of its digest.
pub(crate) fn name_of(text: &str) -> String {
    let bytes = Sha256::digest(text);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The key of a template.
pub(crate) fn key(name: &str) -> String {
    format!("templates/{name}.json")
}

/// Whether a template does not fit into a request. Bytes count, not letters.
pub(super) fn is_large(template: &str) -> bool {
    template.len() as u64 > TEMPLATE_BYTES_INLINE.most
}

/// Puts text under a key, unless it is there.
pub(super) async fn keep<C: Cloud>(cloud: &C, object: &Object, text: &str) -> Answer<()> {
    match cloud.has_object(object).await? {
        true => Ok(()),
        false => cloud.put_object(object, text).await,
    }
}

/// Brings a template to where CloudFormation reads it; or says why it cannot be brought there. May be asked again.
pub(super) async fn carry<C: Cloud>(cloud: &C, work: &StackWork) -> Answer<Result<Template, String>> {
    if !is_large(&work.template) {
        return Ok(Ok(Template::Body(work.template.clone())));
    }
    let (bytes, most) = (work.template.len(), TEMPLATE_BYTES_INLINE.most);
    let large = format!("its template has {bytes} bytes, and AWS takes {most} in a request");
    let Some(cluster) = &work.cluster else {
        return Ok(Err(format!(
            "{large}; it belongs to no cluster through whose bucket it could go"
        )));
    };
    let bucket = match cloud.parameter(&bucket_parameter(cluster)).await {
        Ok(found) => found.value,
        Err(error) if error.kind() == ErrorKind::Missing && work.kind == StackKind::Cluster => {
            return Ok(Err(format!(
                "{large}; its bucket is made first, and the rest comes through that"
            )));
        }
        Err(error) if error.kind() == ErrorKind::Missing => {
            return Ok(Err(format!(
                "{large}; a larger one goes through the bucket of cluster {cluster}, which is not deployed yet"
            )));
        }
        Err(error) => return Err(error),
    };
    let object = Object {
        bucket,
        key: key(&name_of(&work.template)),
    };
    keep(cloud, &object, &work.template).await?;
    Ok(Ok(Template::Object(object)))
}

/// The stack of a cluster with its bucket alone, where its template does not fit into a request: that is made first, and the rest
/// comes through it.
pub(super) fn bucket_alone(work: &StackWork) -> Option<StackWork> {
    if work.kind != StackKind::Cluster || !is_large(&work.template) {
        return None;
    }
    let name = bucket_parameter(work.cluster.as_ref()?);
    let body: Value = serde_json::from_str(&work.template).ok()?;
    let resources = body["Resources"].as_object()?;
    let published = resources.iter().find(|(_, one)| one["Properties"]["Name"] == *name)?;
    let bucket = &published.1["Properties"]["Value"];
    let is_kept = |logical: &String, resource: &Value| {
        logical == published.0 || bucket["Ref"] == **logical || resource["Properties"]["Bucket"] == *bucket
    };
    let kept = resources
        .iter()
        .filter(|(logical, resource)| is_kept(logical, resource));
    let kept: Map<String, Value> = kept
        .map(|(logical, resource)| (logical.clone(), resource.clone()))
        .collect();
    Some(StackWork {
        template: json!({ "Resources": kept }).to_string(),
        parameters: Vec::new(),
        capabilities: Vec::new(),
        services: Vec::new(),
        logs: Vec::new(),
        ..work.clone()
    })
}
