//! Where two values differ. In: what a property was and is. Out: paths of names. Must not know what a difference does.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::catalog::{Catalog, Replacement};

/// The paths below `path` at which the values differ, as names with dots between them; steps into lists have no mark.
pub(super) fn paths(path: &str, before: Option<&Value>, after: Option<&Value>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(path, before, after, &mut found);
    found
}

fn collect(path: &str, before: Option<&Value>, after: Option<&Value>, found: &mut BTreeSet<String>) {
    match (before, after) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            for name in names(before, after) {
                collect(&format!("{path}.{name}"), before.get(name), after.get(name), found);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) if before.len() == after.len() => {
            for (before, after) in before.iter().zip(after) {
                collect(path, Some(before), Some(after), found);
            }
        }
        (before, after) if before != after => _ = found.insert(path.to_string()),
        _ => {}
    }
}

/// The names of either, those of the first first.
pub(super) fn names<'a>(before: &'a Map<String, Value>, after: &'a Map<String, Value>) -> Vec<&'a String> {
    let new = after.keys().filter(|name| !before.contains_key(*name));
    before.keys().chain(new).collect()
}

/// What a change at one of these paths does to a resource of this type. Of a type that nobody knows, nothing replaces it.
pub(super) fn worst<'a>(kind: &str, paths: impl IntoIterator<Item = &'a String>, catalog: &Catalog) -> Replacement {
    let Some(kind) = catalog.resource_type(kind) else {
        return Replacement::Never;
    };
    let each = paths.into_iter().map(|path| kind.replacement(path));
    each.max().unwrap_or(Replacement::Never)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_smallest_difference_is_found() {
        let before = json!({"A": {"B": [{"C": 1, "D": 2}], "E": 3}, "F": 4});
        let after = json!({"A": {"B": [{"C": 1, "D": 9}], "E": 3}, "G": 4});
        let found: Vec<String> = paths("P", Some(&before), Some(&after)).into_iter().collect();
        assert_eq!(found, ["P.A.B.D", "P.F", "P.G"]);
        assert!(paths("P", Some(&before), Some(&before)).is_empty());
    }
}
