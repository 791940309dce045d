//! The registry: digests of images.

use aws_sdk_ecr::Client;
use aws_sdk_ecr::types::{ImageDetail, ImageIdentifier};

use crate::cloud::{Answer, Error};

use super::refusal::refused;

/// `DescribeImages` of one image, or of all where `image` is empty.
pub(super) async fn image_digest(client: &Client, repository: &str, image: &str) -> Answer<Option<String>> {
    if image.is_empty() {
        return newest(client, repository).await;
    }
    let identifier = match image.starts_with("sha256:") {
        true => ImageIdentifier::builder().image_digest(image),
        false => ImageIdentifier::builder().image_tag(image),
    };
    let request = client.describe_images().repository_name(repository);
    let answer = request.image_ids(identifier.build()).send().await;
    match answer {
        Ok(answer) => Ok(answer
            .image_details
            .into_iter()
            .flatten()
            .find_map(|image| image.image_digest)),
        Err(error) => match refused("DescribeImages", error) {
            Error { code, .. } if code == "ImageNotFoundException" => Ok(None),
            error => Err(error),
        },
    }
}

/// The image that was pushed last. One with a tag goes first: an image for several architectures brings one without a tag for
/// each of them.
async fn newest(client: &Client, repository: &str) -> Answer<Option<String>> {
    let mut images: Vec<ImageDetail> = Vec::new();
    let mut next = None;
    loop {
        let request = client
            .describe_images()
            .repository_name(repository)
            .set_next_token(next);
        let answer = request.send().await;
        let answer = answer.map_err(|error| refused("DescribeImages", error))?;
        images.extend(answer.image_details.into_iter().flatten());
        next = answer.next_token;
        if next.is_none() {
            break;
        }
    }
    let tagged = |image: &ImageDetail| image.image_tags.as_ref().is_some_and(|tags| !tags.is_empty());
    let pushed = |image: &ImageDetail| image.image_pushed_at.map(|time| (time.secs(), time.subsec_nanos()));
    let newest = images.into_iter().max_by_key(|image| (tagged(image), pushed(image)));
    Ok(newest.and_then(|image| image.image_digest))
}

/// `DeleteRepository`, with its images.
pub(super) async fn delete_repository(client: &Client, name: &str) -> Answer<()> {
    let answer = client
        .delete_repository()
        .repository_name(name)
        .force(true)
        .send()
        .await;
    answer.map(|_| ()).map_err(|error| refused("DeleteRepository", error))
}
