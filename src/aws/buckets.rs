//! S3: buckets on their way out.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use crate::cloud::{Answer, Error};

use super::refusal::refused;
use super::words::text;

/// `ListObjectVersions`, one page, which has a thousand at most, and `DeleteObjects` of what is on it
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>).
pub(super) async fn empty_bucket(client: &Client, name: &str) -> Answer<bool> {
    let answer = client.list_object_versions().bucket(name).send().await;
    let answer = answer.map_err(|error| refused("ListObjectVersions", error))?;
    let versions = answer
        .versions
        .into_iter()
        .flatten()
        .map(|one| (one.key, one.version_id));
    let markers = answer.delete_markers.into_iter().flatten();
    let markers = markers.map(|one| (one.key, one.version_id));
    let objects = versions.chain(markers).filter_map(|(key, version)| {
        let object = ObjectIdentifier::builder().key(key?).set_version_id(version);
        object.build().ok()
    });
    let objects: Vec<ObjectIdentifier> = objects.collect();
    if objects.is_empty() {
        return Ok(false);
    }
    let wish = Delete::builder().set_objects(Some(objects)).quiet(true).build();
    let wish = wish.map_err(|error| Error::new("DeleteObjects", "Malformed", error.to_string()))?;
    let answer = client.delete_objects().bucket(name).delete(wish).send().await;
    let answer = answer.map_err(|error| refused("DeleteObjects", error))?;
    match answer.errors.into_iter().flatten().next() {
        Some(failed) => Err(Error::new("DeleteObjects", &text(failed.code), text(failed.message))),
        None => Ok(true),
    }
}

/// `DeleteBucket`.
pub(super) async fn delete_bucket(client: &Client, name: &str) -> Answer<()> {
    let answer = client.delete_bucket().bucket(name).send().await;
    answer.map(|_| ()).map_err(|error| refused("DeleteBucket", error))
}
