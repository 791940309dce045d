//! What can be found in any text of AWS, wherever it stands. In: a text. Out: captures by name. Must not know the rows.

use std::sync::LazyLock;

use regex_lite::Regex;

use super::Captures;
use super::row::{captures, pattern};

/// The groups of service events stand in any order, and `(service NAME)` is `service (NAME)` in the documentation.
/// With a blue/green controller the first is `(service NAME, taskSet ecs-svc/1)`.
const EVERYWHERE: &[&str] = &[
    r"\(service (?<service>[^),\s]+)",
    r"^service (?<service>[\w-]+) ",
    r"service \((?<service>[^),\s]+)",
    r"deployment (?<deployment>ecs-svc/\d+)",
    r"taskSet (?<task_set>ecs-svc/\d+)",
    r"\(task (?<task>[^)\s]+)",
    r"\((?:container-instance|instance) (?<instance>[^)\s]+)",
    r"\(port (?<port>\d+)\)",
    r"\((?:target-group|elb) (?<target_group>[^)\s]+)",
    r"target-group \(?(?<target_group>arn:[^)\s]+)",
    r"\(reason (?<reason>[^)]+)\)",
    r"\(error (?<error>.+?)\)(?:\.|$)",
    r"(?<secret>arn:aws[\w-]*:(?:secretsmanager|ssm):[\w-]*:\d*:[\w/+=.@-]+(?::[\w/+=.@-]+)?)",
    r"(?<role>arn:aws[\w-]*:iam::\d*:role/[\w/+=.@-]+)",
    r":assumed-role/(?<role>[\w+=.@-]+)",
    r"to perform:? (?<action>[\w-]+:\w+)",
    r"log-group:(?<log_group>[\w./#-]+)",
    r"log group '?(?<log_group>/[\w./#-]+)",
    r"(?<file_system>fs-[0-9a-f]{8,})",
    r"(?<subnet>subnet-[0-9a-f]{8,})",
    r"(?:failed to resolve ref|pulling image|pull access denied for|manifest for|reference) '?(?<image>[\w./:@-]*[\w])",
    r"cannot pull (?<image>[\w.-]+[/:][\w./:@-]*\w) from",
    r"repository '?(?<image>[\w.-]+/[\w./:@-]*[\w])",
    r"(?:^|[\s'(])(?<image>\d{12}\.dkr\.ecr\.[\w.-]+/[\w./:@-]*\w)",
];

static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| EVERYWHERE.iter().map(|text| pattern(text)).collect());

/// What stands in the text beside what is known already.
pub(super) fn everywhere(text: &str, known: &Captures) -> Captures {
    let mut found = Captures::new();
    for pattern in PATTERNS.iter() {
        for (name, value) in captures(pattern, text).into_iter().flatten() {
            if !known.contains_key(&name) {
                found.entry(name).or_insert(value);
            }
        }
    }
    found
}

/// AWS writes some apostrophes and quotes curly: once agents do, once the documentation.
pub(super) fn straighten(text: &str) -> String {
    text.replace(['\u{2018}', '\u{2019}'], "'")
        .replace(['\u{201c}', '\u{201d}'], "\"")
}
