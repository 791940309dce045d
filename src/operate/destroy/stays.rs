//! What outlives its stack. In: a template as it was deployed. Out: the logical IDs of what stays, and how each is deleted by
//! hand. <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html>

use std::collections::BTreeSet;

use serde_json::Value;

use crate::diag::Diagnostics;
use crate::source::FileId;
use crate::syntax::{self, Node};

/// The resources that a deletion of their stack leaves. `RetainExceptOnCreate` keeps what it did not make in the same
/// operation.
pub(super) fn kept(template: &str) -> BTreeSet<String> {
    let keeps = |policy: Option<&str>| matches!(policy, Some("Retain" | "RetainExceptOnCreate"));
    if let Ok(body) = serde_json::from_str::<Value>(template) {
        let resources = body["Resources"].as_object().into_iter().flatten();
        let kept = resources.filter(|(_, resource)| keeps(resource["DeletionPolicy"].as_str()));
        return kept.map(|(logical, _)| logical.clone()).collect();
    }
    // Another tool may have deployed what `compile` wrote, in YAML.
    let documents = syntax::parse(FileId(0), template, &mut Diagnostics::default());
    let resources = documents.iter().filter_map(|root| root.get("Resources")?.map());
    let entries = resources.flat_map(|map| &map.entries);
    let kept = entries.filter(|entry| keeps(entry.value.get("DeletionPolicy").and_then(Node::text)));
    kept.map(|entry| entry.key.to_string()).collect()
}

/// The command of the AWS CLI that deletes a resource, of the types that components keep.
pub fn by_hand(kind: &str, physical: &str) -> Option<String> {
    Some(match kind {
        "AWS::Logs::LogGroup" => format!("aws logs delete-log-group --log-group-name {physical}"),
        "AWS::ECR::Repository" => format!("aws ecr delete-repository --force --repository-name {physical}"),
        "AWS::S3::Bucket" => format!("aws s3 rb --force s3://{physical}"),
        "AWS::SQS::Queue" => format!("aws sqs delete-queue --queue-url {physical}"),
        "AWS::DynamoDB::Table" => format!("aws dynamodb delete-table --table-name {physical}"),
        "AWS::EFS::FileSystem" => format!("aws efs delete-file-system --file-system-id {physical}"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_is_read_from_json_and_yaml() {
        let json = r#"{"Resources": {"A": {"DeletionPolicy": "RetainExceptOnCreate"}, "B": {"DeletionPolicy": "Delete"}, "C": {}}}"#;
        let yaml = "Resources:\n  A:\n    DeletionPolicy: Retain\n    Properties: {X: !Ref B}\n  B:\n    Type: X\n";
        for text in [json, yaml] {
            assert_eq!(kept(text).into_iter().collect::<Vec<_>>(), ["A"], "{text}");
        }
        assert!(kept("").is_empty());
    }
}
