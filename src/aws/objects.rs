//! S3: objects, and the addresses under which CloudFormation reads them.

use aws_sdk_s3::Client;
use aws_sdk_s3::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use aws_sdk_s3::primitives::ByteStream;

use crate::cloud::outside::Object;
use crate::cloud::{Answer, Error, ErrorKind};

use super::refusal::refused;

/// `HeadObject`. Its refusals have no body, so that only the status says what is meant; without the right to list the bucket
/// AWS says 403 of an object that is not there.
pub(super) async fn has_object(client: &Client, object: &Object) -> Answer<bool> {
    let request = client.head_object().bucket(&object.bucket).key(&object.key);
    match request.send().await {
        Ok(_) => Ok(true),
        Err(error) => match refused("HeadObject", error) {
            error if error.code == "NotFound" || error.kind() == ErrorKind::Missing => Ok(false),
            error if error.code == "Http403" => {
                let message = format!("{} in bucket {} may not be seen", object.key, object.bucket);
                Err(Error::new("HeadObject", "AccessDenied", message))
            }
            error => Err(error),
        },
    }
}

/// `GetObject`, as text.
pub(super) async fn object(client: &Client, object: &Object) -> Answer<String> {
    const OPERATION: &str = "GetObject";
    let request = client.get_object().bucket(&object.bucket).key(&object.key);
    let answer = request.send().await.map_err(|error| refused(OPERATION, error))?;
    let broken = |what: String| Error::new(OPERATION, crate::cloud::error::UNREACHABLE, what);
    let bytes = answer.body.collect().await;
    let bytes = bytes.map_err(|error| broken(format!("the answer broke off ({error})")))?;
    String::from_utf8(bytes.to_vec())
        .map_err(|_| Error::new(OPERATION, "NotText", format!("{} is no text", object.key)))
}

/// `PutObject`. The bucket encrypts it.
pub(super) async fn put_object(client: &Client, object: &Object, text: &str) -> Answer<()> {
    let request = client
        .put_object()
        .bucket(&object.bucket)
        .key(&object.key)
        .content_type("application/json")
        .body(ByteStream::from(text.as_bytes().to_vec()));
    let answer = request.send().await;
    answer.map(|_| ()).map_err(|error| refused("PutObject", error))
}

/// The address of an object, with the region's own host in each partition: `amazonaws.com`, `amazonaws.com.cn`. `by_path` puts the
/// bucket into the path, which is what emulators read.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>
pub(super) async fn address(region: &str, by_path: bool, object: &Object) -> Answer<String> {
    let refuse = |what: String| Error::new("the address of a template", "NoAddress", what);
    let params = Params::builder()
        .region(region.to_string())
        .bucket(&object.bucket)
        .force_path_style(by_path)
        .build()
        .map_err(|error| refuse(error.to_string()))?;
    let host = DefaultResolver::new();
    let host = ResolveEndpoint::resolve_endpoint(&host, &params).await;
    let host = host.map_err(|error| refuse(error.to_string()))?;
    Ok(format!("{}/{}", host.url().trim_end_matches('/'), object.key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(region: &str, by_path: bool) -> String {
        let object = Object {
            bucket: "shelf".to_string(),
            key: "templates/ab.json".to_string(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let runtime = runtime.expect("a runtime can be made");
        runtime
            .block_on(address(region, by_path, &object))
            .expect("every region has an address")
    }

    #[test]
    fn each_partition_has_its_own_hosts() {
        let key = "templates/ab.json";
        for (region, host) in [
            ("eu-west-1", "shelf.s3.eu-west-1.amazonaws.com"),
            ("us-east-1", "shelf.s3.us-east-1.amazonaws.com"),
            ("us-gov-west-1", "shelf.s3.us-gov-west-1.amazonaws.com"),
            ("cn-north-1", "shelf.s3.cn-north-1.amazonaws.com.cn"),
        ] {
            assert_eq!(at(region, false), format!("https://{host}/{key}"));
        }
        let by_path = at("eu-west-1", true);
        assert_eq!(by_path, format!("https://s3.eu-west-1.amazonaws.com/shelf/{key}"));
    }
}
