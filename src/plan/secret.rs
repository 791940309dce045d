//! The secrets that a template names. In: a template. Out: [`Secret`]s. Values are nowhere: ECS reads them when a task starts.

use std::collections::BTreeSet;

use serde_json::Value;

/// A secret that a container reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Secret {
    /// A parameter of Systems Manager, by its name.
    Parameter(String),
    /// A secret of Secrets Manager, by its name or ARN.
    Secret(String),
}

impl Secret {
    /// Its name, or its ARN.
    pub fn name(&self) -> &str {
        match self {
            Secret::Parameter(name) | Secret::Secret(name) => name,
        }
    }
}

/// The secrets of a template in JSON, those of its registries too.
pub fn secrets(template: &str) -> BTreeSet<Secret> {
    let body: Value = serde_json::from_str(template).unwrap_or_default();
    let mut found = BTreeSet::new();
    let resources = body["Resources"].as_object().into_iter().flatten();
    for (_, resource) in resources.filter(|(_, one)| one["Type"] == "AWS::ECS::TaskDefinition") {
        let containers = resource["Properties"]["ContainerDefinitions"].as_array();
        for container in containers.into_iter().flatten() {
            let own = container["Secrets"].as_array().into_iter().flatten();
            let logs = container["LogConfiguration"]["SecretOptions"].as_array();
            let named = own.chain(logs.into_iter().flatten()).map(|one| &one["ValueFrom"]);
            let registry = &container["RepositoryCredentials"]["CredentialsParameter"];
            found.extend(named.chain([registry]).filter_map(secret));
        }
    }
    found
}

/// What a value of `ValueFrom` names: an ARN, or `Fn::Sub` of one; of an ARN that is known later, nothing.
fn secret(value: &Value) -> Option<Secret> {
    let text = value.as_str().or(value["Fn::Sub"].as_str())?;
    let Some((before, name)) = text.split_once(":secret:") else {
        let Some((before, name)) = text.split_once(":parameter/") else {
            return (!text.starts_with("arn:")).then(|| Secret::Parameter(text.to_string()));
        };
        // The name of a parameter that is in no folder has no slash in front, and its ARN does not tell.
        let is_own = before.contains("${");
        return Some(Secret::Parameter(match (is_own, name.contains('/')) {
            (true, true) => format!("/{name}"),
            (true, false) => name.to_string(),
            (false, _) => text.to_string(),
        }));
    };
    // Behind the name are the key, the stage and the version.
    let name = name.split(':').next().unwrap_or(name);
    Some(Secret::Secret(match before.contains("${") {
        true => name.to_string(),
        false => format!("{before}:secret:{name}"),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_what_they_are_asked_for_with() {
        let template = r#"{"Resources": {"A": {"Type": "AWS::ECS::TaskDefinition", "Properties": {"ContainerDefinitions": [
            {"RepositoryCredentials": {"CredentialsParameter": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:login-AbCdEf"},
             "Secrets": [
                {"Name": "A", "ValueFrom": {"Fn::Sub": "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/shop/url"}},
                {"Name": "B", "ValueFrom": {"Fn::Sub": "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/url"}},
                {"Name": "C", "ValueFrom": {"Fn::Sub": "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:shop/keys:stripe::"}},
                {"Name": "D", "ValueFrom": {"Ref": "Later"}}]}]}},
            "B": {"Type": "AWS::SQS::Queue", "Properties": {"ContainerDefinitions": [{"Secrets": [{"ValueFrom": "no"}]}]}}}}"#;
        let found: Vec<Secret> = secrets(template).into_iter().collect();
        let parameter = |name: &str| Secret::Parameter(name.to_string());
        let secret = |name: &str| Secret::Secret(name.to_string());
        assert_eq!(
            found,
            [
                parameter("/shop/url"),
                parameter("url"),
                secret("arn:aws:secretsmanager:eu-west-1:111122223333:secret:login-AbCdEf"),
                secret("shop/keys"),
            ]
        );
    }
}
