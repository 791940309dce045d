//! What was probably meant. In: a name that is not there, and the catalog. Out: a hint. Must not know spans.

use crate::catalog::{Catalog, Choice, Kind, Record, ResourceType, Shape};
use crate::diag::nearest;

/// How many names a hint lists before it breaks off.
const LISTED: usize = 8;

/// How deep [`home`] looks: no type of AWS's own has a property of use below.
const DEPTH: usize = 5;

/// Whether a name is that of a type from a registry of others, or of a module, of which the catalog knows nothing.
pub(super) fn is_foreign(name: &str) -> bool {
    let parts: Vec<&str> = name.split("::").collect();
    let named = |part: &&str| !part.is_empty() && part.chars().all(|character| character.is_ascii_alphanumeric());
    parts.len() >= 3 && parts.iter().all(named) && !parts[0].eq_ignore_ascii_case("AWS")
}

/// The type that was meant, if one is near, and what to do.
pub(super) fn resource_type(name: &str, catalog: &Catalog) -> (Option<&'static str>, String) {
    let ending = format!("::{}", name.trim_start_matches("::"));
    let ending: Vec<&str> = catalog
        .resource_names()
        .filter(|known| known.ends_with(&ending))
        .collect();
    let meant = match ending[..] {
        [] => nearest(name, catalog.resource_names()),
        [only] => Some(only),
        _ => return (None, format!("write its whole name: {}", listed(ending))),
    };
    if let Some(meant) = meant {
        return (Some(meant), format!("did you mean `{meant}`?"));
    }
    if name.starts_with("AWS::Serverless::") {
        let hint = "write the resources that the transform would make; transforms are not run";
        return (None, hint.to_string());
    }
    let service = name.rsplit_once("::").map_or(name, |(service, _)| service);
    let within = format!("{service}::");
    let siblings = catalog.resource_names().filter(|known| known.starts_with(&within));
    let siblings: Vec<&str> = siblings.filter(|_| service.contains("::")).collect();
    let hint = match siblings.is_empty() {
        true => "write a type of CloudFormation, such as `AWS::SNS::Topic`".to_string(),
        false => format!("write a type of `{service}`: {}", listed(siblings)),
    };
    (None, hint)
}

/// Which attribute was meant.
pub(super) fn attribute(name: &str, kind: &ResourceType) -> String {
    let known: Vec<&str> = kind.attributes().map(|(path, _)| path).collect();
    match close(name, &known, kind) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if known.is_empty() => "refer to the resource itself: it has no attributes".to_string(),
        None => format!("refer to the resource itself, or to {}", listed(known)),
    }
}

/// Which property was meant, and what to do.
pub(super) fn property(name: &str, record: &Record, kind: &ResourceType) -> (Option<&'static str>, String) {
    let names: Vec<&str> = record.properties().iter().map(|property| property.name).collect();
    if let Some(meant) = close(name, &names, kind) {
        return (Some(meant), format!("did you mean `{meant}`?"));
    }
    if let Some(path) = home(name, kind) {
        let hint = match path.is_empty() {
            true => format!("move it up: `{name}` belongs to `{}` itself", kind.name()),
            false => format!("move it: `{name}` belongs to `{path}`"),
        };
        return (None, hint);
    }
    match names.is_empty() {
        true => (None, "remove it: nothing is set here".to_string()),
        false => (None, format!("write one of {}", listed(names))),
    }
}

/// The name that is near, or else the one that ends with what was written, as `TopicName` with `Name`.
fn close(name: &str, known: &[&'static str], kind: &ResourceType) -> Option<&'static str> {
    if let Some(meant) = nearest(name, known.iter().copied()) {
        return Some(meant);
    }
    let ends_so = |known: &&&str| {
        let start = known.len().saturating_sub(name.len());
        name.len() > 2 && known.get(start..).is_some_and(|end| end.eq_ignore_ascii_case(name))
    };
    let ending: Vec<&str> = known.iter().filter(ends_so).copied().collect();
    let noun = kind.name().rsplit("::").next().unwrap_or_default();
    let own = ending
        .iter()
        .find(|known| known.len() == noun.len() + name.len() && known.starts_with(noun));
    match ending[..] {
        [only] => Some(only),
        _ => own.copied(),
    }
}

/// The path of the object nearest to the top that has a property of this name; empty for the resource itself.
fn home(name: &str, kind: &ResourceType) -> Option<String> {
    let mut level: Vec<(String, &Record)> = vec![(String::new(), kind.record())];
    for _ in 0..DEPTH {
        if let Some((path, _)) = level.iter().find(|(_, record)| record.property(name).is_some()) {
            return Some(path.clone());
        }
        let mut below = Vec::new();
        for (path, record) in &level {
            for property in record.properties() {
                if let Some(inner) = record_in(property.kind, kind) {
                    let dot = if path.is_empty() { "" } else { "." };
                    below.push((format!("{path}{dot}{}", property.name), inner));
                }
            }
        }
        level = below;
    }
    None
}

/// The object that a type is, or that its items are.
fn record_in(of: Kind, kind: &ResourceType) -> Option<&Record> {
    match kind.shape(of) {
        Shape::Record(record) => Some(record),
        Shape::List(item, _) | Shape::Map(item, _) => record_in(item, kind),
        _ => None,
    }
}

/// Which value was meant, and what to do.
pub(super) fn value(given: &str, choice: &Choice) -> (Option<&'static str>, String) {
    if let Ok(number) = given.parse::<f64>() {
        return (None, format!("write {}", around(number, choice)));
    }
    match nearest(given, choice.values.iter().copied()) {
        Some(meant) => (Some(meant), format!("did you mean `{meant}`?")),
        None => (None, format!("write one of {}", listed(choice.values.iter().copied()))),
    }
}

/// The values just below and above a number, or all when they are no numbers.
fn around(number: f64, choice: &Choice) -> String {
    let values = choice
        .values
        .iter()
        .filter_map(|text| Some((text.parse::<f64>().ok()?, *text)));
    let (below, above): (Vec<_>, Vec<_>) = values.partition(|(value, _)| *value < number);
    let largest = below.iter().max_by(|a, b| a.0.total_cmp(&b.0));
    let smallest = above.iter().min_by(|a, b| a.0.total_cmp(&b.0));
    let both: Vec<String> = largest
        .into_iter()
        .chain(smallest)
        .map(|(_, text)| format!("`{text}`"))
        .collect();
    match both.is_empty() {
        true => format!("one of {}", listed(choice.values.iter().copied())),
        false => both.join(" or "),
    }
}

/// Names in backticks, the first few of them.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(LISTED);
    if more > 0 {
        names.truncate(LISTED);
        names.push(format!("{more} more"));
    }
    names.join(", ")
}
