//! Objects in buckets, templates that come from there, and secrets of which only that they are there is asked.

use loadline::cloud::formation::{ChangeSetType, Template};
use loadline::cloud::outside::Object;
use loadline::cloud::{Cloud, ErrorKind};
use serde_json::{Value, json};

use super::stacks::{made, read, two_logs, wish};

/// The most bytes of a template in a request.
const INLINE: usize = 51_200;

/// Makes a bucket, in a stack of its own.
async fn bucket(cloud: &impl Cloud, name: &str) {
    let mut template = two_logs(name);
    template["Resources"]["Shelf"] = json!({"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}});
    made(cloud, name, &template).await;
}

fn at(bucket: &str, key: &str) -> Object {
    Object {
        bucket: bucket.to_string(),
        key: key.to_string(),
    }
}

pub async fn objects(cloud: &impl Cloud) {
    bucket(cloud, "shelf").await;
    let one = at("shelf", "templates/one.json");
    assert_eq!(cloud.has_object(&one).await, Ok(false));
    let none = cloud.object(&one).await.expect_err("there is none");
    assert_eq!(none.kind(), ErrorKind::Missing, "{none}");
    cloud.put_object(&one, "première").await.expect("it is taken");
    assert_eq!(cloud.has_object(&one).await, Ok(true));
    assert_eq!(cloud.object(&one).await, Ok("première".to_string()));
    cloud.put_object(&one, "second").await.expect("it is taken");
    assert_eq!(cloud.object(&one).await, Ok("second".to_string()));
    assert_eq!(cloud.has_object(&at("shelf", "templates/two.json")).await, Ok(false));
    let nowhere = at("nobodys-shelf", "one");
    assert_eq!(cloud.has_object(&nowhere).await, Ok(false));
    let none = cloud.object(&nowhere).await.expect_err("there is no bucket");
    assert_eq!(none.kind(), ErrorKind::Missing, "{none}");
    let none = cloud.put_object(&nowhere, "").await.expect_err("there is no bucket");
    assert_eq!(none.kind(), ErrorKind::Missing, "{none}");
}

pub async fn template_by_url(cloud: &impl Cloud) {
    bucket(cloud, "far-shelf").await;
    let mut far = wish("by-url", "first", ChangeSetType::Create, &two_logs("by-url"), "7");
    let object = at("far-shelf", "templates/far.json");
    far.template = Template::Object(object.clone());
    let none = cloud.create_change_set(&far).await.expect_err("nothing is there");
    assert_eq!(none.code, "ValidationError", "{none}");
    let text = two_logs("by-url").to_string();
    cloud.put_object(&object, &text).await.expect("it is taken");
    let id = cloud.create_change_set(&far).await.expect("it is taken");
    let (set, changes) = read(cloud, &id).await;
    assert_eq!(set.status.as_str(), "CREATE_COMPLETE", "{:?}", set.reason);
    assert_eq!(changes.len(), 2);
}

/// A template of so many bytes, with letters of two bytes in it.
fn of_size(stack: &str, bytes: usize) -> Value {
    let mut template = two_logs(stack);
    template["Metadata"] = json!({"about": ""});
    let room = bytes - template.to_string().len();
    template["Metadata"]["about"] = format!("{}{}", "é".repeat(room / 2), "e".repeat(room % 2)).into();
    assert_eq!(template.to_string().len(), bytes);
    template
}

pub async fn template_size(cloud: &impl Cloud) {
    bucket(cloud, "long-shelf").await;
    for bytes in [INLINE - 1, INLINE, INLINE + 1] {
        let stack = format!("size-{bytes}");
        let template = of_size(&stack, bytes);
        let mut sized = wish(&stack, "first", ChangeSetType::Create, &template, "7");
        let answer = cloud.create_change_set(&sized).await;
        if bytes <= INLINE {
            answer.expect("it is small enough");
            continue;
        }
        let error = answer.expect_err("it is too large");
        assert_eq!(error.code, "ValidationError");
        let text = "failed to satisfy constraint: Member must have length less than or equal to 51200";
        assert!(error.message.contains(text), "{}", error.message);
        let object = at("long-shelf", "templates/large.json");
        cloud
            .put_object(&object, &template.to_string())
            .await
            .expect("it is taken");
        sized.template = Template::Object(object);
        let id = cloud.create_change_set(&sized).await.expect("it is taken");
        let (set, _) = read(cloud, &id).await;
        assert_eq!(set.status.as_str(), "CREATE_COMPLETE", "{:?}", set.reason);
    }
}

pub async fn secrets(cloud: &impl Cloud) {
    assert_eq!(cloud.has_secret("contract/key").await, Ok(false));
    let mut template = two_logs("keys");
    template["Resources"]["Key"] = json!({"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "contract/key", "SecretString": "canary"}});
    made(cloud, "keys", &template).await;
    assert_eq!(cloud.has_secret("contract/key").await, Ok(true));
}
