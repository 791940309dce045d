//! A template as CloudFormation reads it. In: JSON. Out: a [`Template`], or AWS's text. Must not know values.

use serde_json::{Map, Value};

use crate::catalog::Catalog;

/// What a resource has beside its properties; a change of it is a change of the resource.
const BESIDE: &[&str] = &[
    "Metadata",
    "CreationPolicy",
    "UpdatePolicy",
    "DeletionPolicy",
    "UpdateReplacePolicy",
];

/// What a resource has that no change set shows.
const SILENT: &[&str] = &["Type", "Properties", "DependsOn", "Condition", "Description"];

const SECTIONS: &[&str] = &[
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Mappings",
    "Conditions",
    "Rules",
    "Transform",
    "Resources",
    "Outputs",
    "Hooks",
];

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
const MOST_RESOURCES: usize = 500;

/// A template.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Template {
    /// The parameters as they stand, by logical ID.
    pub parameters: Map<String, Value>,
    /// The mappings as they stand.
    pub mappings: Map<String, Value>,
    /// The conditions as they stand.
    pub conditions: Map<String, Value>,
    /// The resources, in the order of the template.
    pub resources: Vec<Resource>,
    /// The outputs as they stand.
    pub outputs: Map<String, Value>,
    /// Whether it asks for a macro.
    pub is_transformed: bool,
    /// What it says of itself.
    pub about: String,
    /// As it was handed in.
    pub text: String,
}

/// A resource of a template.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Resource {
    /// Its logical ID.
    pub logical: String,
    /// Its type.
    pub kind: String,
    /// Its properties, with functions in them.
    pub properties: Map<String, Value>,
    /// The condition under which it is there.
    pub condition: Option<String>,
    /// What must be there before.
    pub depends_on: Vec<String>,
    /// Metadata and policies.
    pub beside: Map<String, Value>,
}

impl Resource {
    /// Whether the policy of this name keeps the physical resource.
    pub fn retains(&self, policy: &str, on_create: bool) -> bool {
        match self.beside.get(policy).and_then(Value::as_str) {
            Some("Retain") => true,
            Some("RetainExceptOnCreate") => !on_create,
            _ => false,
        }
    }
}

/// Reads a template.
pub(super) fn parse(text: &str, catalog: &Catalog) -> Result<Template, String> {
    let root: Value = serde_json::from_str(text).map_err(|fault| {
        format!(
            "Template format error: JSON not well-formed. (line {}, column {})",
            fault.line(),
            fault.column()
        )
    })?;
    let Value::Object(mut root) = root else {
        return Err("Template format error: unsupported structure.".to_string());
    };
    let unknown: Vec<&str> = root
        .keys()
        .map(String::as_str)
        .filter(|name| !SECTIONS.contains(name))
        .collect();
    if !unknown.is_empty() {
        return Err(format!(
            "Invalid template property or properties [{}]",
            unknown.join(", ")
        ));
    }
    let is_transformed = root.contains_key("Transform");
    let about = root.get("Description").and_then(Value::as_str).unwrap_or_default();
    let about = about.to_string();
    let mut section = |name: &str| match root.remove(name) {
        None => Ok(Map::new()),
        Some(Value::Object(entries)) => Ok(entries),
        Some(_) => Err(format!("Template format error: [/{name}] '{name}' must be an object.")),
    };
    let template = Template {
        parameters: section("Parameters")?,
        mappings: section("Mappings")?,
        conditions: section("Conditions")?,
        resources: resources(section("Resources")?, catalog)?,
        outputs: section("Outputs")?,
        is_transformed,
        about,
        text: text.to_string(),
    };
    let clash = template
        .resources
        .iter()
        .find(|resource| template.parameters.contains_key(&resource.logical));
    match clash {
        None => Ok(template),
        Some(resource) => Err(format!(
            "Template format error: Duplicate identifier [{}] among parameters and resources.",
            resource.logical
        )),
    }
}

fn resources(section: Map<String, Value>, catalog: &Catalog) -> Result<Vec<Resource>, String> {
    if section.is_empty() {
        return Err("Template format error: At least one Resources member must be defined.".to_string());
    }
    if section.len() > MOST_RESOURCES {
        return Err(format!(
            "Template format error: Number of resources, {}, is greater than maximum allowed, {MOST_RESOURCES}",
            section.len()
        ));
    }
    let mut found = Vec::new();
    for (logical, value) in section {
        found.push(resource(logical, value)?);
    }
    // What has no line in the catalog but a custom type is nobody's: CloudFormation says so before anything else.
    let unknown: Vec<&str> = found
        .iter()
        .map(|resource| resource.kind.as_str())
        .filter(|kind| !kind.starts_with("Custom::") && catalog.resource_type(kind).is_none())
        .collect();
    match unknown.is_empty() {
        true => Ok(found),
        false => Err(format!(
            "Template format error: Unrecognized resource types: [{}]",
            unknown.join(", ")
        )),
    }
}

fn resource(logical: String, value: Value) -> Result<Resource, String> {
    let place = format!("Template format error: [/Resources/{logical}]");
    let Value::Object(mut value) = value else {
        return Err(format!("{place} Every Resources member must be an object."));
    };
    if let Some(name) = value
        .keys()
        .find(|name| !SILENT.contains(&name.as_str()) && !BESIDE.contains(&name.as_str()))
    {
        return Err(format!(
            "Invalid template resource property '{name}' of resource {logical}"
        ));
    }
    let Some(Value::String(kind)) = value.remove("Type") else {
        return Err(format!(
            "{place} Every Resources object must contain a Type member that is a string."
        ));
    };
    let properties = match value.remove("Properties") {
        None => Map::new(),
        Some(Value::Object(properties)) => properties,
        Some(_) => return Err(format!("{place} Properties must be an object.")),
    };
    let depends_on = match value.remove("DependsOn") {
        None => Vec::new(),
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) if many.iter().all(Value::is_string) => {
            many.iter().filter_map(Value::as_str).map(str::to_string).collect()
        }
        Some(_) => return Err(format!("{place} DependsOn must be a string or a list of strings.")),
    };
    let condition = match value.remove("Condition") {
        None => None,
        Some(Value::String(name)) => Some(name),
        Some(_) => return Err(format!("{place} Condition must be a string.")),
    };
    value.retain(|name, _| BESIDE.contains(&name.as_str()));
    Ok(Resource {
        logical,
        kind,
        properties,
        condition,
        depends_on,
        beside: value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        parse(text, &Catalog::new()).expect_err("it is faulty")
    }

    #[test]
    fn faults_are_told_in_the_words_of_aws() {
        assert_eq!(
            fault("{"),
            "Template format error: JSON not well-formed. (line 1, column 1)"
        );
        assert_eq!(fault("[]"), "Template format error: unsupported structure.");
        assert_eq!(
            fault(r#"{"Resources": {}}"#),
            "Template format error: At least one Resources member must be defined."
        );
        assert_eq!(
            fault(r#"{"Resources": {"A": {"Type": "AWS::No::Thing"}}}"#),
            "Template format error: Unrecognized resource types: [AWS::No::Thing]"
        );
        assert_eq!(
            fault(r#"{"Foo": 1, "Resources": {}}"#),
            "Invalid template property or properties [Foo]"
        );
    }
}
