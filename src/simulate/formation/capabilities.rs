//! Which capabilities a template asks for. In: its resources. Out: AWS's refusal, if one is missing. Must not know values.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/control-access-with-iam.html#using-iam-capabilities>

use super::template::Template;

/// The types that change permissions, each with the property that names it.
const IDENTITIES: &[(&str, &str)] = &[
    ("AWS::IAM::AccessKey", ""),
    ("AWS::IAM::Group", "GroupName"),
    ("AWS::IAM::InstanceProfile", "InstanceProfileName"),
    ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"),
    ("AWS::IAM::Policy", ""),
    ("AWS::IAM::Role", "RoleName"),
    ("AWS::IAM::User", "UserName"),
    ("AWS::IAM::UserToGroupAddition", ""),
];

/// The text of the refusal when a capability is missing.
pub(super) fn missing(template: &Template, given: &[String]) -> Option<String> {
    let mut needed = None;
    for resource in &template.resources {
        let found = IDENTITIES.iter().find(|(kind, _)| *kind == resource.kind);
        match found {
            Some((_, name)) if resource.properties.contains_key(*name) => needed = Some("CAPABILITY_NAMED_IAM"),
            Some(_) if needed.is_none() => needed = Some("CAPABILITY_IAM"),
            _ => {}
        }
    }
    let needed = needed?;
    // The one for names includes the other.
    let has = |capability: &str| given.iter().any(|given| given == capability);
    let is_given = has(needed) || has("CAPABILITY_NAMED_IAM");
    (!is_given).then(|| format!("Requires capabilities : [{needed}]"))
}
