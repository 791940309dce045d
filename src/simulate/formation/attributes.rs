//! What `Fn::GetAtt` gives. In: a resource of a stack. Out: a value, made up where the account gave none.

use serde_json::Value;

use crate::catalog::Catalog;

use super::names::Place;
use super::stack::Held;

/// The attribute of this name.
///
/// What the account does not give is given the form that its name suggests, so that any resource can be referred to: our
/// choice.
pub(super) fn attribute(held: &Held, name: &str, place: &Place, catalog: &Catalog) -> Value {
    if let Some(known) = held.attributes.get(name) {
        return known.clone();
    }
    // Many attributes are properties that AWS fills in when they are not given.
    let property = held.properties.get(name).filter(|value| !value.is_object());
    if let Some(value) = property {
        return value.clone();
    }
    let made_up = made_up(held, name, place);
    let kind = catalog
        .resource_type(&held.resource.kind)
        .and_then(|kind| kind.attribute(name));
    match kind.map(|kind| kind.text()) {
        Some("integer" | "number") => Value::from(held.revision),
        Some("boolean") => Value::from(false),
        Some(text) if text.starts_with('[') => Value::from(vec![made_up]),
        _ => Value::from(made_up),
    }
}

fn made_up(held: &Held, name: &str, place: &Place) -> String {
    let physical = held.physical.as_deref().unwrap_or(&held.resource.logical);
    let service = held.resource.kind.split("::").nth(1).unwrap_or("custom").to_lowercase();
    let lower = name.to_lowercase();
    match lower.as_str() {
        _ if lower.ends_with("arn") && physical.starts_with("arn:") => physical.to_string(),
        _ if lower.ends_with("arn") => place.arn(&service, physical),
        // A launch template has a new version after each change.
        _ if lower.ends_with("versionnumber") => held.revision.to_string(),
        "id" | "name" => physical.to_string(),
        _ if lower.ends_with("id") => physical.to_string(),
        _ if lower.ends_with("port") => "443".to_string(),
        _ if lower.ends_with("dnsname") || lower.ends_with("address") || lower.ends_with("endpoint") => {
            format!(
                "{}.{service}.{}.{}",
                physical.to_lowercase(),
                place.region,
                place.suffix()
            )
        }
        _ if lower.ends_with("url") => {
            format!(
                "https://{service}.{}.{}/{}/{physical}",
                place.region,
                place.suffix(),
                place.account
            )
        }
        _ => format!("{physical}-{lower}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::formation::Status;
    use crate::simulate::formation::template::Resource;

    #[test]
    fn any_attribute_has_a_value() {
        let held = Held {
            resource: Resource {
                logical: "Queue".to_string(),
                kind: "AWS::SQS::Queue".to_string(),
                ..Resource::default()
            },
            needs: Vec::new(),
            physical: Some("jobs".to_string()),
            attributes: [("QueueName".to_string(), Value::from("jobs"))].into(),
            properties: [("DelaySeconds".to_string(), Value::from(5))].into_iter().collect(),
            status: Status::default(),
            revision: 1,
            live: Default::default(),
        };
        let place = Place {
            region: "eu-west-1".to_string(),
            account: "123456789012".to_string(),
        };
        let given = |name: &str| attribute(&held, name, &place, &Catalog::new());
        assert_eq!(given("QueueName"), "jobs");
        assert_eq!(given("DelaySeconds"), 5);
        assert_eq!(given("Arn"), "arn:aws:sqs:eu-west-1:123456789012:jobs");
        assert_eq!(
            given("QueueUrl"),
            "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"
        );
    }
}
