//! Strings of a fixed form: identifiers of AWS, domains, paths.

use std::sync::Arc;

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::diag::{Diagnostics, code};
use crate::library::Value;
use crate::source::Span;
use crate::syntax::Node;

use super::{Type, expected, fault, number_of, text_of};

fn lower(byte: u8) -> bool {
    byte.is_ascii_lowercase()
}

fn lower_digit_hyphen(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

fn digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

/// Whether `text` has from `least` to `most` bytes that are all `is`.
fn all(text: &str, least: usize, most: usize, is: fn(u8) -> bool) -> bool {
    (least..=most).contains(&text.len()) && text.bytes().all(is)
}

fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let (Some(last), middle) = (parts.last(), parts.len().saturating_sub(1)) else {
        return false;
    };
    middle >= 2
        && all(parts[0], 2, 4, lower)
        && parts[1..middle].iter().all(|part| all(part, 1, 20, lower))
        && all(last, 1, 2, digit)
}

fn is_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, partition, service, region, account, resource] = parts[..] else {
        return false;
    };
    arn == "arn"
        && partition.starts_with("aws")
        && all(partition, 3, 20, lower_digit_hyphen)
        && all(service, 1, 40, lower_digit_hyphen)
        && all(region, 0, 40, lower_digit_hyphen)
        && all(account, 0, 12, digit)
        && !resource.is_empty()
        && !resource.bytes().any(|byte| byte == b' ')
}

fn is_id(text: &str, kind: &str) -> bool {
    let hex = |byte: u8| digit(byte) || (b'a'..=b'f').contains(&byte);
    text.strip_prefix(kind).is_some_and(|id| all(id, 8, 17, hex))
}

fn is_domain(text: &str) -> bool {
    let labels: Vec<&str> = text.split('.').collect();
    let label =
        |label: &&str| all(label, 1, 63, lower_digit_hyphen) && !label.starts_with('-') && !label.ends_with('-');
    labels.len() > 1 && labels.iter().all(label)
}

fn is_hosted_zone(text: &str) -> bool {
    let rest = |byte: u8| byte.is_ascii_uppercase() || digit(byte);
    text.strip_prefix('Z').is_some_and(|id| all(id, 1, 31, rest))
}

fn is_notice(text: &str) -> bool {
    let graphic = |text: &str| !text.is_empty() && !text.contains([' ', '@']);
    if text.starts_with("arn:") {
        return is_arn(text) && text.split(':').nth(2) == Some("sns");
    }
    match text.split_once('@') {
        Some((name, domain)) => graphic(name) && is_domain(domain),
        None => false,
    }
}

fn is_path(text: &str) -> bool {
    text.starts_with('/') && !text.contains([' ', '\n'])
}

const ARN: &str = "arn:aws[a-z0-9-]{0,17}:[a-z0-9-]{1,40}:[a-z0-9-]{0,40}:[0-9]{0,12}:[^ ]+";
const LABEL: &str = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";

/// What `text` means, if `is` takes that: the same in lowercase, the ID of an account or a hosted zone without what the
/// console puts into it, a domain without its scheme, a path with its first `/`.
fn repaired(text: &str, is: fn(&str) -> bool) -> Option<String> {
    let trimmed = text.trim();
    let plain = trimmed.strip_prefix("/hostedzone/").unwrap_or(trimmed);
    // Case matters in an ARN, and an address of the web is no path.
    let lower = (!plain.contains(':')).then(|| plain.to_ascii_lowercase());
    let word = plain.starts_with(|first: char| first.is_ascii_alphanumeric()) && !plain.contains(':');
    let path = word.then(|| format!("/{plain}"));
    let bare = plain
        .split_once("://")
        .map(|(_, rest)| rest.trim_end_matches('/').to_string());
    let candidates = [Some(plain.to_string()), lower, Some(plain.replace('-', "")), bare, path];
    candidates.into_iter().flatten().find(|candidate| is(candidate))
}

/// As it is written in YAML: digits alone would be a number.
fn written(text: String) -> String {
    match text.bytes().all(digit) {
        true => format!("\"{text}\""),
        false => text,
    }
}

/// Declares a string of a fixed form: its check, the same as a pattern, what it is, an example, its code, and what to do
/// about one that is not.
macro_rules! form {
    (
        $(#[doc = $about:literal])*
        $name:ident, $code:ident, $is:expr, $pattern:expr, $what:literal, $example:literal, $hint:literal
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(pub Arc<str>);

        impl Type for $name {
            fn schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", "pattern": $pattern})
            }

            fn decode(node: &Node, diags: &mut Diagnostics) -> Option<$name> {
                let Some(text) = text_of(node) else {
                    let number = number_of(node).map(|number| number.text.clone());
                    let fault = expected(concat!($what, " such as `", $example, "`"), node, diags)?;
                    if let Some(number) = number {
                        fault.hint("put it in quotes, or YAML reads a number");
                        fault.fix("put it in quotes", node.span, format!("\"{number}\""));
                    }
                    return None;
                };
                let is: fn(&str) -> bool = $is;
                if !is(text) {
                    let fault = fault(node, code::$code, format!(concat!("`{}` is not ", $what), text), diags);
                    fault.hint($hint);
                    if let Some(repaired) = repaired(text, is).map(written) {
                        let title = format!("write `{repaired}`");
                        fault.hint(title.clone()).suggest(title, node.span, repaired);
                    }
                    return None;
                }
                Some($name(text.into()))
            }

            fn value(&self, span: Span) -> Value {
                Value::text(span, self.0.clone())
            }

            fn example() -> serde_json::Value {
                json!($example)
            }
        }
    };
}

form!(
    /// A region.
    Region, BAD_REGION, is_region, "^[a-z]{2,4}(-[a-z]{1,20})+-[0-9]{1,2}$", "a region", "eu-west-1",
    "write the code of a region, such as `eu-west-1`"
);
form!(
    /// The number of an account.
    Account, BAD_ACCOUNT, |text| all(text, 12, 12, digit), "^[0-9]{12}$", "the ID of an account", "111122223333",
    "write its twelve digits in quotes, such as `\"111122223333\"`"
);
form!(
    /// An ARN.
    Arn, BAD_ARN, is_arn, format!("^{ARN}$"), "an ARN",
    "arn:aws:kms:eu-west-1:111122223333:key/1234", "write it whole: `arn:aws:service:region:account:resource`"
);
form!(
    /// The ID of a VPC.
    Vpc, BAD_ID, |text| is_id(text, "vpc-"), "^vpc-[0-9a-f]{8,17}$", "the ID of a VPC", "vpc-0a1b2c3d",
    "write its ID, not its name: `vpc-` and hexadecimal digits"
);
form!(
    /// The ID of a subnet.
    Subnet, BAD_ID, |text| is_id(text, "subnet-"), "^subnet-[0-9a-f]{8,17}$", "the ID of a subnet", "subnet-0a1b2c3d",
    "write its ID, not its name: `subnet-` and hexadecimal digits"
);
form!(
    /// The ID of a hosted zone of Route 53.
    HostedZone, BAD_ID, is_hosted_zone, "^Z[A-Z0-9]{1,31}$", "the ID of a hosted zone", "Z0123456789ABC",
    "write its ID, not its domain: `Z` and letters and digits"
);
form!(
    /// A domain, in lowercase.
    Domain, BAD_DOMAIN, is_domain, format!("^{LABEL}(\\.{LABEL})+$"), "a domain", "example.com",
    "write the name alone, such as `example.com`"
);
form!(
    /// Who is told: an e-mail address or a topic of SNS.
    Notice, BAD_ADDRESS, is_notice,
    format!("^([^@ ]+@{LABEL}(\\.{LABEL})+|arn:aws[a-z0-9-]{{0,17}}:sns:[a-z0-9-]{{0,40}}:[0-9]{{0,12}}:[^ ]+)$"),
    "an e-mail address or the ARN of a topic", "ops@example.com",
    "write `ops@example.com` or `arn:aws:sns:…`"
);
form!(
    /// The path of a request.
    UrlPath, BAD_PATH, is_path, "^/[^ \\n]*$", "a path", "/check", "begin it with `/`, and write no spaces"
);
form!(
    /// An absolute path in a container or on an instance.
    MountPath, BAD_PATH, is_path, "^/[^ \\n]*$", "an absolute path", "/var/cache",
    "begin it with `/`, and write no spaces"
);
