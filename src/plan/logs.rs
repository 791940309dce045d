//! Where the containers of a template write their logs. In: a template. Out: [`LogPlace`]s, of those that are known now.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where a container writes its log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPlace {
    /// The family of its task definition.
    pub family: String,
    /// The container.
    pub container: String,
    /// The log group.
    pub group: String,
    /// What its streams begin with.
    pub prefix: String,
}

/// The logs of a template in JSON.
pub(super) fn of(template: &str) -> Vec<LogPlace> {
    let body: Value = serde_json::from_str(template).unwrap_or_default();
    let resources = body["Resources"].as_object().into_iter().flatten();
    let definitions = resources.filter(|(_, resource)| resource["Type"] == "AWS::ECS::TaskDefinition");
    let mut found = Vec::new();
    for (_, definition) in definitions {
        let properties = &definition["Properties"];
        for container in properties["ContainerDefinitions"].as_array().into_iter().flatten() {
            let options = &container["LogConfiguration"]["Options"];
            let text = |value: &Value| value.as_str().map(str::to_string);
            if let (Some(family), Some(container), Some(group), Some(prefix)) = (
                text(&properties["Family"]),
                text(&container["Name"]),
                text(&options["awslogs-group"]),
                text(&options["awslogs-stream-prefix"]),
            ) {
                found.push(LogPlace {
                    family,
                    container,
                    group,
                    prefix,
                });
            }
        }
    }
    found
}
