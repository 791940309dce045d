//! Whether a template holds what a file beside the spec must not: values of environment variables, and what stands where AWS
//! keeps a secret. In: a template. Out: yes or no. Must not know where the file goes.

use serde_json::Value;

/// How the names of properties end that take a secret.
const SECRETS: &[&str] = &[
    "Password",
    "Passphrase",
    "PrivateKey",
    "Secret",
    "SecretString",
    "Token",
    "Credentials",
];

/// Whether a template holds a value that is not for everybody who reads a plan. What cannot be read may hold anything.
pub(super) fn has_values(template: &str) -> bool {
    let Ok(body) = serde_json::from_str::<Value>(template) else {
        return true;
    };
    let mut parameters = body["Parameters"].as_object().into_iter().flatten();
    let is_hidden =
        |parameter: &Value| matches!(&parameter["NoEcho"], Value::Bool(true)) || parameter["NoEcho"] == "true";
    parameters.any(|(_, parameter)| is_hidden(parameter)) || holds(&body["Resources"])
}

fn holds(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.iter().any(|(key, value)| match key.as_str() {
            "Environment" => has_literal(value),
            key if SECRETS.iter().any(|end| key.ends_with(end)) && value.is_string() => {
                !value.as_str().unwrap_or_default().starts_with("{{resolve:")
            }
            _ => holds(value),
        }),
        Value::Array(list) => list.iter().any(holds),
        _ => false,
    }
}

/// Whether there is a text below `Environment` that is more than a name.
fn has_literal(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.iter().any(|(key, value)| match key.as_str() {
            "Name" | "Ref" | "Fn::GetAtt" => false,
            _ => has_literal(value),
        }),
        Value::Array(list) => list.iter().any(has_literal),
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_wherever_they_stand() {
        let has =
            |properties: &str| has_values(&format!(r#"{{"Resources": {{"A": {{"Properties": {properties}}}}}}}"#));
        for with in [
            r#"{"ContainerDefinitions": [{"Environment": [{"Name": "A", "Value": "b"}]}]}"#,
            r#"{"Environment": {"Variables": {"A": "b"}}}"#,
            r#"{"Environment": [{"Name": "A", "Value": {"Fn::Sub": "b ${C}"}}]}"#,
            r#"{"Environment": [{"Name": "A", "Value": 1}]}"#,
            r#"{"MasterUserPassword": "a"}"#,
            r#"{"SecretString": "a"}"#,
        ] {
            assert!(has(with), "{with}");
        }
        for without in [
            r#"{"Environment": [{"Name": "A", "Value": {"Ref": "B"}}]}"#,
            r#"{"Environment": [{"Name": "A", "Value": {"Fn::GetAtt": ["B", "Arn"]}}]}"#,
            r#"{"Environment": []}"#,
            r#"{"MasterUserPassword": "{{resolve:secretsmanager:a}}"}"#,
            r#"{"Secrets": [{"Name": "A", "ValueFrom": "arn:aws:ssm:b"}], "Text": "a"}"#,
        ] {
            assert!(!has(without), "{without}");
        }
        assert!(has_values("no template"));
        assert!(has_values(
            r#"{"Parameters": {"P": {"Type": "String", "NoEcho": true}}}"#
        ));
    }
}
