//! Values of the type that a property has. In: what a template says, where `"3"` may stand for 3. Out: what a resource gets.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html>

use serde_json::{Map, Number, Value};

use crate::catalog::{Catalog, Kind, Record, ResourceType, Shape};

use super::intrinsics::text_of;

/// The properties of a resource of this type, each scalar of the type that the catalog knows for it.
///
/// `Ref` of a parameter gives text, whatever its type. What cannot be of the type stays as it is.
pub(super) fn coerce(properties: Map<String, Value>, kind: &str, catalog: &Catalog) -> Map<String, Value> {
    match catalog.resource_type(kind) {
        Some(kind) => record(properties, kind.record(), &kind),
        None => properties,
    }
}

fn record(properties: Map<String, Value>, record: &Record, of: &ResourceType) -> Map<String, Value> {
    let each = properties.into_iter().map(|(name, given)| {
        let kind = record.property(&name).map(|property| property.kind).or(record.rest());
        let given = match kind {
            Some(kind) => value(given, kind, of),
            None => given,
        };
        (name, given)
    });
    each.collect()
}

fn value(given: Value, kind: Kind, of: &ResourceType) -> Value {
    match (of.shape(kind), given) {
        (Shape::Text(_), given) => text_of(&given).map_or(given, Value::from),
        (Shape::Integer(_), Value::String(text)) => text.parse::<i64>().map_or(Value::from(text), Value::from),
        (Shape::Number(_), Value::String(text)) => {
            let number = text.parse().ok().and_then(Number::from_f64);
            number.map_or(Value::from(text), Value::from)
        }
        (Shape::Boolean, Value::String(text)) => text.parse::<bool>().map_or(Value::from(text), Value::from),
        (Shape::List(kind, _), Value::Array(items)) => items.into_iter().map(|item| value(item, kind, of)).collect(),
        (Shape::Map(kind, _), Value::Object(entries)) => {
            let entries = entries.into_iter().map(|(name, item)| (name, value(item, kind, of)));
            Value::Object(entries.collect())
        }
        (Shape::Record(inner), Value::Object(entries)) => Value::Object(record(entries, inner, of)),
        (_, given) => given,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn scalars_get_the_type_of_their_property() {
        let given = json!({
            "DesiredCount": "3",
            "EnableExecuteCommand": "true",
            "ServiceName": 7,
            "LoadBalancers": [{"ContainerPort": "80"}],
            "HealthCheckGracePeriodSeconds": "soon",
        });
        let given = given.as_object().expect("an object").clone();
        let expected = json!({
            "DesiredCount": 3,
            "EnableExecuteCommand": true,
            "ServiceName": "7",
            "LoadBalancers": [{"ContainerPort": 80}],
            "HealthCheckGracePeriodSeconds": "soon",
        });
        let coerced = coerce(given, "AWS::ECS::Service", &Catalog::new());
        assert_eq!(Value::Object(coerced), expected);
    }
}
