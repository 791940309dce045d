//! Secrets written down in plain, and names that are both a variable and a secret. No value is ever shown.

use std::collections::BTreeMap;

use crate::diag::{Diagnostics, code};
use crate::library::types::Named;
use crate::spec::{Container, SecretSource};

use super::Running;

pub(super) fn check(running: &Running, diags: &mut Diagnostics) {
    check_container(&running.workload.container, diags);
    for (_, sidecar) in running.workload.sidecars.value.sound() {
        check_container(&sidecar.container, diags);
    }
}

fn check_container(container: &Container, diags: &mut Diagnostics) {
    for (name, variable) in container.environment.value.sound() {
        if let Some(text) = variable.0.text()
            && let Some(why) = why_secret(&name.value, text)
        {
            diags.conceal(variable.0.span);
            let message = format!("`{}` is written here for everybody to read: {why}", name.value);
            diags.report(code::PLAIN_SECRET, name.span, message).hint(format!(
                "keep it in SSM, write `secrets: {{{}: \"ssm:/…\"}}`, and change it: the history of this file has it",
                name.value
            ));
        }
    }
    let secrets = container.secrets.entries.iter();
    let secrets: BTreeMap<&str, &Named<SecretSource>> = secrets.map(|secret| (&**secret.name, secret)).collect();
    for (name, _) in container.environment.value.sound() {
        if let Some(secret) = secrets.get(&*name.value) {
            let message = format!("`{}` is a variable and a secret", name.value);
            diags
                .report(code::DUPLICATE_VARIABLE, name.span, message)
                .note(secret.name.span, "the secret")
                .hint("leave one of them out; `null` under `environment:` removes what the app gives");
        }
    }
}

/// Names of variables that hold secrets, as parts of the name between `_`.
const NAMES: &[&str] = &[
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "TOKEN",
    "APIKEY",
    "API_KEY",
    "ACCESS_KEY",
    "PRIVATE_KEY",
    "SECRET_KEY",
    "SECRET_KEY_BASE",
    "CREDENTIALS",
    "ENCRYPTION_KEY",
    "SIGNING_KEY",
];

/// Ends of names that only say something about a secret: where it is, how long it lives.
const ABOUT: &[&str] = &[
    "_ARN",
    "_NAME",
    "_ID",
    "_URL",
    "_URI",
    "_PATH",
    "_FILE",
    "_TTL",
    "_EXPIRY",
    "_LENGTH",
    "_TYPE",
    "_TIMEOUT",
    "_HEADER",
    "_ISSUER",
    "_AUDIENCE",
    "_ALGORITHM",
    "_ENABLED",
    "_REQUIRED",
    "_MAX_AGE",
    "_PREFIX",
];

/// How keys and tokens of well-known services begin, and how long they are at least.
const SHAPES: &[(&str, usize, &str)] = &[
    ("AKIA", 20, "it looks like an access key of AWS"),
    ("ASIA", 20, "it looks like an access key of AWS"),
    ("ghp_", 36, "it looks like a token of GitHub"),
    ("gho_", 36, "it looks like a token of GitHub"),
    ("ghs_", 36, "it looks like a token of GitHub"),
    ("github_pat_", 40, "it looks like a token of GitHub"),
    ("glpat-", 20, "it looks like a token of GitLab"),
    ("xoxb-", 24, "it looks like a token of Slack"),
    ("xoxp-", 24, "it looks like a token of Slack"),
    ("sk_live_", 24, "it looks like a key of Stripe"),
    ("rk_live_", 24, "it looks like a key of Stripe"),
    ("sk-", 32, "it looks like a key of an API"),
    ("AIza", 35, "it looks like a key of Google"),
    ("SG.", 50, "it looks like a key of SendGrid"),
    ("npm_", 36, "it looks like a token of npm"),
    ("-----BEGIN", 20, "it looks like a private key"),
];

/// Why a value must be taken for a secret; never shows the value.
pub(crate) fn why_secret(name: &str, text: &str) -> Option<&'static str> {
    // What comes from elsewhere at deployment is not written here.
    if text.contains("${") || text.is_empty() {
        return None;
    }
    let shape = SHAPES
        .iter()
        .find(|(start, least, _)| text.starts_with(start) && text.len() >= *least);
    if let Some((_, _, why)) = shape {
        return Some(why);
    }
    if has_password(text) {
        return Some("the address holds a password");
    }
    let mut parts = text.split('.');
    let is_token = text.starts_with("eyJ") && parts.by_ref().count() == 3 && text.len() > 40;
    if is_token {
        return Some("it looks like a signed token");
    }
    let upper = name.to_ascii_uppercase().replace(['-', '.'], "_");
    let about = ABOUT.iter().any(|end| upper.ends_with(end));
    let words = format!("_{upper}_");
    let named = NAMES
        .iter()
        .any(|word| words.contains(&format!("_{word}_")) || upper.ends_with(word));
    // A word such as `true` or a number is a setting, not a secret.
    let is_setting = text.len() < 6 || text.bytes().all(|byte| byte.is_ascii_digit()) || text.starts_with('/');
    (named && !about && !is_setting).then_some("by its name it is a secret")
}

/// Whether an address has a user and a password before its host: `postgres://shop:…@db/shop`.
fn has_password(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?']).next().unwrap_or("");
    let Some((user, _)) = authority.rsplit_once('@') else {
        return false;
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte);
    let password = user.split_once(':').map_or("", |(_, password)| password);
    scheme.bytes().all(plain) && !password.is_empty()
}

#[cfg(test)]
mod tests {
    use super::why_secret;

    #[test]
    fn secrets_are_known_by_name_or_shape() {
        for (name, text) in [
            ("DATABASE_URL", "postgres://shop:hunter2@db.example.com/shop"),
            ("DB_PASSWORD", "correct horse"),
            ("STRIPE_SECRET_KEY", "whatever"),
            ("KEY", "AKIAIOSFODNN7EXAMPLE"),
            ("X", "-----BEGIN RSA PRIVATE KEY-----"),
        ] {
            assert!(why_secret(name, text).is_some(), "{name}");
        }
    }

    #[test]
    fn settings_are_none() {
        for (name, text) in [
            ("DATABASE_URL", "postgres://db.example.com/shop"),
            ("TOKEN_TTL", "3600 seconds"),
            ("SECRET_NAME", "shop/keys"),
            ("DB_PASSWORD", "${db.password}"),
            ("PASSWORD_FILE", "/run/secrets/password"),
            ("SECRETS_ENABLED", "true"),
            ("MONKEY", "a banana, please"),
        ] {
            assert!(why_secret(name, text).is_none(), "{name}");
        }
    }
}
