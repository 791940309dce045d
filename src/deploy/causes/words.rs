//! Sentences with places to fill. In: a sentence and what was found. Out: the sentence as a person reads it.

use super::Captures;

/// Fills `<name>` with what was found, or with a word that stands for it.
pub(super) fn fill(sentence: &str, captures: &Captures) -> String {
    let mut result = String::new();
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('<') {
        let (name, after) = after.split_once('>').expect("every place in a sentence is closed");
        result.push_str(before);
        match captures.get(name) {
            Some(found) => result.push_str(&shown(name, found)),
            None => result.push_str(stand_in(name)),
        }
        rest = after;
    }
    result.push_str(rest);
    result
}

/// Stands for words of AWS that are not known.
pub(super) const UNSAID: &str = "…";

/// What is said when nothing was found.
fn stand_in(name: &str) -> &'static str {
    match name {
        "action" => "what it must",
        "attribute" => "an attribute",
        "code" => "a code",
        "container" => "a container",
        "count" => "some tasks",
        "deployment" => "the deployment",
        "error" | "quoted" | "reason" => UNSAID,
        "exit" => "an error code",
        "file-system" => "the file system",
        "host" => "as it is written",
        "image" => "the image",
        "instance" => "the instance",
        "json-key" => "the key",
        "log-group" => "the log group",
        "needed" => "another container",
        "peer" => "what it calls",
        "platform" => "the platform of the instances",
        "port" => "its port",
        "role" => "the role",
        "secret" => "a secret",
        "subnet" => "a subnet",
        "target-group" => "the load balancer",
        "task" => "a task",
        "variable" => "it needs",
        "zone" => "a zone",
        _ => panic!("a test fills every sentence, and `{name}` has no word that stands for it"),
    }
}

/// Numbers are plain and names are quoted; of an ARN only what a person knows it by.
fn shown(name: &str, found: &str) -> String {
    match name {
        "count" if found == "1" => "1 task".to_string(),
        "count" => format!("{found} tasks"),
        "port" => format!("port {found}"),
        "exit" | "code" => found.to_string(),
        "error" | "quoted" | "reason" => {
            let said = found.strip_prefix("Error response from daemon: ").unwrap_or(found);
            said.trim_end_matches('.').to_string()
        }
        _ => format!("`{}`", short(found)),
    }
}

fn short(found: &str) -> String {
    let Some(parts) = found.strip_prefix("arn:") else {
        return found.to_string();
    };
    // partition : service : region : account : resource
    let mut parts = parts.splitn(5, ':').skip(1);
    let (Some(service), Some(resource)) = (parts.next(), parts.nth(2)) else {
        return found.to_string();
    };
    match (service, resource.split_once([':', '/'])) {
        ("secretsmanager", Some(("secret", name))) => format!("secretsmanager:{name}"),
        ("ssm", Some(("parameter", name))) => format!("ssm:/{name}"),
        ("elasticloadbalancing", Some((_, name))) => name.split('/').next().unwrap_or(name).to_string(),
        (_, Some((_, name))) => name.rsplit('/').next().unwrap_or(name).to_string(),
        _ => found.to_string(),
    }
}
