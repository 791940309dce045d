//! Which values must never be shown, not even to a reader who asks for values. In: where a value stands, and the value. Out:
//! yes or no.

use serde_json::Value;

use crate::spec::why_secret;

/// Ends of names of properties that take a secret itself, in small letters and without `-` and `_`: `MasterUserPassword`,
/// `SecretString`, `AuthToken`, `splunk-token`.
const ENDS: &[&str] = &[
    "password",
    "passwords",
    "passphrase",
    "secret",
    "secretstring",
    "secretstringtemplate",
    "token",
    "privatekey",
    "secretkey",
    "accesskey",
    "apikey",
    "authkey",
    "sharedkey",
    "signkey",
    "activationkey",
    "authcredentials",
];

/// A property whose name ends as if it took a secret, and that only says where something is.
const NOT: &[&str] = &["servicetoken"];

/// Whether a property takes a secret itself, whatever its value is.
pub(super) fn is_taken(steps: &[String]) -> bool {
    steps.iter().any(|step| {
        let plain = step.to_ascii_lowercase().replace(['-', '_'], "");
        !NOT.contains(&&*plain) && ENDS.iter().any(|end| plain.ends_with(end))
    })
}

/// Whether a value is, or contains, a dynamic reference: CloudFormation puts a secret in its place.
pub(super) fn is_reference(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("{{resolve:"),
        _ => false,
    }
}

/// Whether the value of a variable is a secret written in plain, by what it looks like or is called. `names` are the steps
/// that lead to it below `Environment`.
pub(super) fn is_variable(names: &[String], value: &Value) -> bool {
    let Value::String(text) = value else { return false };
    let bare = |name: &String| name.trim_matches(['[', ']']).to_string();
    names.iter().map(bare).any(|name| why_secret(&name, text).is_some())
}
