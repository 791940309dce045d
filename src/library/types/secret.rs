//! Where a secret is kept: `ssm:/shop/db`, `secretsmanager:shop/keys#stripe`, or either's ARN.

use std::sync::Arc;

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::diag::{Diagnostics, code};
use crate::library::{Data, Value};
use crate::source::Span;
use crate::syntax::Node;

use super::{Type, expected, fault, text_of};

/// The service that keeps a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vault {
    /// A parameter of Systems Manager.
    Ssm,
    /// A secret of Secrets Manager.
    SecretsManager,
}

/// A secret by its place; its content is never seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// Where it is kept.
    pub vault: Vault,
    /// Its name there.
    pub name: Arc<str>,
    /// The key to take out of a secret that is a JSON object.
    pub json_key: Option<Arc<str>>,
    /// Its ARN, if the user gave that.
    pub arn: Option<Arc<str>>,
}

/// The characters of a name; `:` would break the notation that ECS reads.
fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+=.@!-".contains(&byte);
    !text.is_empty() && text.bytes().all(allowed)
}

fn parse(text: &str) -> Option<Secret> {
    let (place, json_key) = match text.split_once('#') {
        Some((place, key)) => (place, Some(key)),
        None => (text, None),
    };
    if json_key.is_some_and(|key| !is_name(key)) {
        return None;
    }
    let (vault, name, arn) = if let Some(name) = place.strip_prefix("ssm:") {
        (Vault::Ssm, name, None)
    } else if let Some(name) = place.strip_prefix("secretsmanager:") {
        (Vault::SecretsManager, name, None)
    } else {
        let mut parts = place.splitn(6, ':');
        let partition = (parts.next(), parts.next());
        let service = parts.next()?;
        let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
        let lower = |text: &str| {
            text.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        let digits = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        let aws = partition.0 == Some("arn") && partition.1.is_some_and(|name| name.starts_with("aws") && lower(name));
        if !aws || !digits || region.is_empty() || !lower(region) {
            return None;
        }
        match service {
            "ssm" => (Vault::Ssm, resource.strip_prefix("parameter")?, Some(place)),
            "secretsmanager" => (Vault::SecretsManager, resource.strip_prefix("secret:")?, Some(place)),
            _ => return None,
        }
    };
    let arn_is_whole = arn.is_none() || vault == Vault::SecretsManager || name.starts_with('/');
    let right = is_name(name) && arn_is_whole && (vault == Vault::SecretsManager || json_key.is_none());
    right.then(|| Secret {
        vault,
        name: name.into(),
        json_key: json_key.map(Arc::from),
        arn: arn.map(Arc::from),
    })
}

impl Type for Secret {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        let name = "[A-Za-z0-9/_+=.@!-]+";
        let key = format!("(#{name})?");
        let arn = "arn:aws[a-z0-9-]*:";
        let place = ":[a-z0-9-]+:[0-9]{12}:";
        json_schema!({"type": "string", "pattern": format!(
            "^(ssm:{name}|secretsmanager:{name}{key}|{arn}ssm{place}parameter/[A-Za-z0-9/_+=.@!-]*|{arn}secretsmanager{place}secret:{name}{key})$"
        )})
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<Secret> {
        let Some(text) = text_of(node) else {
            expected("the place of a secret such as `ssm:/shop/db`", node, diags);
            return None;
        };
        let parsed = parse(text);
        if parsed.is_none() {
            let places = text.starts_with("ssm:") || text.starts_with("secretsmanager:") || text.starts_with("arn:");
            let fault = match places || text.starts_with('/') {
                true => fault(
                    node,
                    code::BAD_SECRET,
                    format!("`{text}` is not the place of a secret"),
                    diags,
                ),
                false => {
                    diags.conceal(node.span);
                    let message = "this may be the secret itself, not the place where it is kept";
                    fault(node, code::BAD_SECRET, message, diags)
                }
            };
            fault.hint("keep it in AWS, and write `ssm:/path` or `secretsmanager:name#json-key`");
            if is_name(text) && text.starts_with('/') {
                fault.suggest(format!("write `ssm:{text}`"), node.span, format!("\"ssm:{text}\""));
            }
        }
        parsed
    }

    fn value(&self, span: Span) -> Value {
        let text = |text: &str| Value::text(span, text);
        let maybe = |value: &Option<Arc<str>>| match value {
            Some(value) => Value::text(span, value.clone()),
            None => Value::new(span, Data::Null),
        };
        let (service, resource, pattern) = match self.vault {
            Vault::Ssm => {
                let resource = format!("parameter/{}", self.name.trim_start_matches('/'));
                ("ssm", resource.clone(), resource)
            }
            Vault::SecretsManager => {
                let resource = format!("secret:{}", self.name);
                // A secret's ARN ends in six characters that AWS chooses.
                let end = if self.arn.is_some() { "" } else { "-??????" };
                ("secretsmanager", resource.clone(), format!("{resource}{end}"))
            }
        };
        let suffix = self.json_key.as_ref().map(|key| format!(":{key}::"));
        Value::map(
            span,
            [
                ("service", text(service)),
                ("name", text(&self.name)),
                ("resource", text(&resource)),
                ("pattern", text(&pattern)),
                ("suffix", text(suffix.as_deref().unwrap_or(""))),
                ("json-key", maybe(&self.json_key)),
                ("key", Value::new(span, Data::Null)),
                ("arn", maybe(&self.arn)),
            ],
        )
    }

    fn example() -> serde_json::Value {
        json!("ssm:/shop/database-url")
    }
}
