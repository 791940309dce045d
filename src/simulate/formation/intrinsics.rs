//! The functions of templates. In: a value with functions in it, and a [`Scope`]. Out: the value, or AWS's text.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::encode;
use super::names::Place;
use super::substitute::{Part, parts};
use super::template::Template;

/// What stands for a value that only the deployment makes known; the words are those of change sets.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets-view.html>
pub(super) const UNKNOWN: &str = "{{changeSet:KNOWN_AFTER_APPLY}}";

const SUPPORTED: &str = "[Fn::Base64, Fn::Cidr, Fn::FindInMap, Fn::GetAZs, Fn::GetAtt, Fn::If, Fn::Join, Fn::Select, \
                         Fn::Split, Fn::Sub, Ref]";

/// What gives the physical ID of a resource, or an attribute of it.
pub(super) type Lookup<'a> = dyn Fn(&str, Option<&str>) -> Result<Value, String> + 'a;

/// What names mean.
pub(super) struct Scope<'a> {
    /// The template that the value is of.
    pub template: &'a Template,
    /// The values of parameters.
    pub parameters: &'a BTreeMap<String, Value>,
    /// Which conditions hold.
    pub conditions: &'a BTreeMap<String, bool>,
    /// Region and account.
    pub place: &'a Place,
    /// The name and ARN of the stack.
    pub stack: (&'a str, &'a str),
    /// The resources.
    pub resources: &'a Lookup<'a>,
}

/// The function that an object calls, if it is a call.
pub(super) fn call(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = map.iter().next()?;
    let is_call = map.len() == 1 && (name == "Ref" || name.starts_with("Fn::"));
    is_call.then_some((name.as_str(), argument))
}

fn is_unknown(value: &Value) -> bool {
    value.as_str() == Some(UNKNOWN)
}

/// A scalar as CloudFormation writes it into text.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

impl Scope<'_> {
    /// The value without functions; `None` for `AWS::NoValue`, which takes its key or item with it.
    pub fn resolve(&self, value: &Value) -> Result<Option<Value>, String> {
        match value {
            Value::Object(map) => match call(map) {
                Some((name, argument)) => self.apply(name, argument),
                None => self.object(map).map(|map| Some(Value::Object(map))),
            },
            Value::Array(items) => {
                let items: Result<Vec<Option<Value>>, String> = items.iter().map(|item| self.resolve(item)).collect();
                Ok(Some(items?.into_iter().flatten().collect()))
            }
            scalar => Ok(Some(scalar.clone())),
        }
    }

    /// An object without functions.
    pub fn object(&self, map: &Map<String, Value>) -> Result<Map<String, Value>, String> {
        let mut resolved = Map::new();
        for (name, value) in map {
            if let Some(value) = self.resolve(value)? {
                resolved.insert(name.clone(), value);
            }
        }
        Ok(resolved)
    }

    fn apply(&self, name: &str, argument: &Value) -> Result<Option<Value>, String> {
        let list = |count: usize| match argument {
            Value::Array(items) if items.len() == count => Ok(items.as_slice()),
            _ => Err(format!("Template error: {name} takes a list of {count} items.")),
        };
        let value = match name {
            "Ref" => return self.reference(argument),
            "Fn::If" => {
                let items = list(3)?;
                let holds = self.condition(&items[0])?;
                return self.resolve(&items[if holds { 1 } else { 2 }]);
            }
            "Fn::GetAtt" => self.attribute(argument)?,
            "Fn::Sub" => self.sub(argument)?,
            "Fn::Join" => {
                let items = list(2)?;
                self.join(&items[0], &items[1])?
            }
            "Fn::Select" => {
                let items = list(2)?;
                self.select(&items[0], &items[1])?
            }
            "Fn::Split" => {
                let items = list(2)?;
                let (by, text) = (self.text(&items[0], name)?, self.text(&items[1], name)?);
                match text == UNKNOWN {
                    true => Value::from(UNKNOWN),
                    false => text.split(&by).map(Value::from).collect(),
                }
            }
            "Fn::GetAZs" => self
                .place
                .zones(&self.text(argument, name)?)
                .into_iter()
                .map(Value::from)
                .collect(),
            "Fn::Base64" => match self.text(argument, name)? {
                text if text == UNKNOWN => Value::from(UNKNOWN),
                text => Value::from(encode::base64(text.as_bytes())),
            },
            "Fn::FindInMap" => self.find(list(3)?)?,
            "Fn::Cidr" => self.cidr(argument)?,
            "Fn::ImportValue" => return Err("Template error: Fn::ImportValue is not simulated.".to_string()),
            other => {
                return Err(format!(
                    "Template error: Encountered unsupported function: {other} Supported functions are: {SUPPORTED}"
                ));
            }
        };
        Ok(Some(value))
    }

    /// Whether the condition of this name holds.
    pub fn condition(&self, name: &Value) -> Result<bool, String> {
        let name = name.as_str().unwrap_or_default();
        let known = self.conditions.get(name).copied();
        known.ok_or_else(|| format!("Template error: Unresolved condition {name} in Fn::If."))
    }

    fn reference(&self, argument: &Value) -> Result<Option<Value>, String> {
        let Some(name) = argument.as_str() else {
            return Err("Template error: every Ref object must have a single String value.".to_string());
        };
        match name {
            "AWS::NoValue" => Ok(None),
            "AWS::NotificationARNs" => Ok(Some(Value::Array(Vec::new()))),
            _ => self.named(name).map(Some),
        }
    }

    /// What `Ref` gives.
    fn named(&self, name: &str) -> Result<Value, String> {
        let pseudo = match name {
            "AWS::AccountId" => self.place.account.as_str(),
            "AWS::Region" => self.place.region.as_str(),
            "AWS::Partition" => self.place.partition(),
            "AWS::URLSuffix" => self.place.suffix(),
            "AWS::StackName" => self.stack.0,
            "AWS::StackId" => self.stack.1,
            _ => match self.parameters.get(name) {
                Some(value) => return Ok(value.clone()),
                None => return (self.resources)(name, None),
            },
        };
        Ok(Value::from(pseudo))
    }

    fn attribute(&self, argument: &Value) -> Result<Value, String> {
        let wrong = || {
            "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the \
             resource attribute"
                .to_string()
        };
        match argument {
            Value::String(dotted) => {
                let (logical, attribute) = dotted.split_once('.').ok_or_else(wrong)?;
                (self.resources)(logical, Some(attribute))
            }
            Value::Array(items) => match items.as_slice() {
                [Value::String(logical), attribute] => {
                    let attribute = self.text(attribute, "Fn::GetAtt")?;
                    (self.resources)(logical, Some(&attribute))
                }
                _ => Err(wrong()),
            },
            _ => Err(wrong()),
        }
    }

    fn sub(&self, argument: &Value) -> Result<Value, String> {
        let none = Map::new();
        let (text, variables) = match argument {
            Value::String(text) => (text, &none),
            Value::Array(items) => match items.as_slice() {
                [Value::String(text), Value::Object(variables)] => (text, variables),
                _ => return Err("Template error: Fn::Sub takes a string and a mapping of variables.".to_string()),
            },
            _ => {
                return Err("Template error: Fn::Sub takes a string, or a list of a string and a mapping.".to_string());
            }
        };
        let mut written = String::new();
        for part in parts(text) {
            let name = match part {
                Part::Text(text) => {
                    written.push_str(text);
                    continue;
                }
                Part::Name(name) => name,
            };
            let value = match variables.get(name) {
                Some(value) => self.resolve(value)?.unwrap_or_default(),
                None => match name.split_once('.') {
                    Some((logical, attribute)) => (self.resources)(logical, Some(attribute))?,
                    None => self.named(name)?,
                },
            };
            if is_unknown(&value) {
                return Ok(value);
            }
            let text = text_of(&value)
                .ok_or_else(|| format!("Template error: variable {name} in Fn::Sub expression is not a string"))?;
            written.push_str(&text);
        }
        Ok(Value::from(written))
    }

    fn join(&self, by: &Value, items: &Value) -> Result<Value, String> {
        let by = self.text(by, "Fn::Join")?;
        let Some(items) = self.items(items, "Fn::Join")? else {
            return Ok(Value::from(UNKNOWN));
        };
        if items.iter().any(is_unknown) {
            return Ok(Value::from(UNKNOWN));
        }
        let texts: Option<Vec<String>> = items.iter().map(text_of).collect();
        let texts = texts.ok_or(
            "Template error: every Fn::Join object requires two parameters, (1) a string \
             delimiter and (2) a list of strings to be joined",
        )?;
        Ok(Value::from(texts.join(&by)))
    }

    fn select(&self, index: &Value, items: &Value) -> Result<Value, String> {
        let index = self.text(index, "Fn::Select")?;
        let Some(items) = self.items(items, "Fn::Select")? else {
            return Ok(Value::from(UNKNOWN));
        };
        let chosen = index.parse::<usize>().ok().and_then(|at| items.get(at));
        chosen
            .cloned()
            .ok_or_else(|| format!("Template error: Fn::Select cannot select nonexistent value at index {index}"))
    }

    fn find(&self, path: &[Value]) -> Result<Value, String> {
        let texts: Result<Vec<String>, String> = path.iter().map(|key| self.text(key, "Fn::FindInMap")).collect();
        let texts = texts?;
        let first = self.template.mappings.get(&texts[0]);
        let found = first
            .and_then(|map| map.get(&texts[1]))
            .and_then(|map| map.get(&texts[2]));
        found
            .cloned()
            .ok_or_else(|| format!("Template error: Unable to get mapping for {}", texts.join("::")))
    }

    fn cidr(&self, argument: &Value) -> Result<Value, String> {
        let wrong =
            || "Template error: Fn::Cidr takes an IPv4 block, a count up to 256, and the bits of a part.".to_string();
        let Value::Array(items) = argument else {
            return Err(wrong());
        };
        let texts: Result<Vec<String>, String> = items.iter().map(|item| self.text(item, "Fn::Cidr")).collect();
        let (block, count, bits) = match texts?.as_slice() {
            [block, ..] if block == UNKNOWN => return Ok(Value::from(UNKNOWN)),
            [block, count] => (block.clone(), count.clone(), "8".to_string()),
            [block, count, bits] => (block.clone(), count.clone(), bits.clone()),
            _ => return Err(wrong()),
        };
        let cut = match (count.parse(), bits.parse()) {
            (Ok(count), Ok(bits)) => encode::cut(&block, count, bits),
            _ => None,
        };
        Ok(cut.ok_or_else(wrong)?.into_iter().map(Value::from).collect())
    }

    /// A list; `None` when it is not known yet.
    fn items(&self, value: &Value, function: &str) -> Result<Option<Vec<Value>>, String> {
        match self.resolve(value)? {
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(value) if is_unknown(&value) => Ok(None),
            _ => Err(format!("Template error: {function} takes a list.")),
        }
    }

    /// A text.
    fn text(&self, value: &Value, function: &str) -> Result<String, String> {
        let resolved = self.resolve(value)?;
        let text = resolved.as_ref().and_then(text_of);
        text.ok_or_else(|| format!("Template error: {function} takes a string here."))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn resolve(value: &Value) -> Result<Option<Value>, String> {
        let place = Place {
            region: "eu-west-1".to_string(),
            account: "123456789012".to_string(),
        };
        let template = Template {
            mappings: json!({"M": {"k": {"v": 7}}}).as_object().expect("an object").clone(),
            ..Template::default()
        };
        let parameters = BTreeMap::from([("P".to_string(), json!("p")), ("L".to_string(), json!(["x", "y"]))]);
        let conditions = BTreeMap::from([("Yes".to_string(), true), ("No".to_string(), false)]);
        let resources = |logical: &str, attribute: Option<&str>| match (logical, attribute) {
            ("R", None) => Ok(json!("r-1")),
            ("R", Some(attribute)) => Ok(json!(format!("r-1/{attribute}"))),
            ("New", _) => Ok(json!(UNKNOWN)),
            _ => Err("no such thing".to_string()),
        };
        let scope = Scope {
            template: &template,
            parameters: &parameters,
            conditions: &conditions,
            place: &place,
            stack: ("s", "arn"),
            resources: &resources,
        };
        scope.resolve(value)
    }

    #[test]
    fn functions_give_what_aws_documents() {
        let given = |value: Value| resolve(&value).expect("it is right").expect("a value");
        assert_eq!(given(json!({"Ref": "P"})), json!("p"));
        assert_eq!(given(json!({"Ref": "AWS::Region"})), json!("eu-west-1"));
        assert_eq!(given(json!({"Fn::GetAtt": ["R", "A.B"]})), json!("r-1/A.B"));
        assert_eq!(given(json!({"Fn::GetAtt": "R.A.B"})), json!("r-1/A.B"));
        assert_eq!(
            given(json!({"Fn::Sub": "${P}-${R}-${R.Arn}-${!x}"})),
            json!("p-r-1-r-1/Arn-${x}")
        );
        assert_eq!(
            given(json!({"Fn::Sub": ["${V}${P}", {"V": {"Ref": "R"}}]})),
            json!("r-1p")
        );
        assert_eq!(given(json!({"Fn::Join": [",", {"Ref": "L"}]})), json!("x,y"));
        assert_eq!(given(json!({"Fn::Join": [",", ["a", {"Ref": "New"}]]})), json!(UNKNOWN));
        assert_eq!(
            given(json!({"Fn::Select": ["1", {"Fn::GetAZs": ""}]})),
            json!("eu-west-1b")
        );
        assert_eq!(given(json!({"Fn::Split": ["|", "a|b"]})), json!(["a", "b"]));
        assert_eq!(given(json!({"Fn::Base64": "hello"})), json!("aGVsbG8="));
        assert_eq!(given(json!({"Fn::FindInMap": ["M", "k", "v"]})), json!(7));
        assert_eq!(given(json!({"Fn::If": ["No", 1, 2]})), json!(2));
        assert_eq!(
            given(json!({"Fn::Cidr": ["10.0.0.0/16", 2, 8]})),
            json!(["10.0.0.0/24", "10.0.1.0/24"])
        );
        assert_eq!(
            given(json!({"a": {"Ref": "AWS::NoValue"}, "b": [1, {"Fn::If": ["Yes", {"Ref": "AWS::NoValue"}, 2]}]})),
            json!({"b": [1]})
        );
    }

    #[test]
    fn what_is_not_simulated_is_refused() {
        let fault = |value: Value| resolve(&value).expect_err("it is wrong");
        assert!(fault(json!({"Fn::ImportValue": "x"})).contains("is not simulated"));
        assert!(fault(json!({"Fn::ToJsonString": {}})).starts_with("Template error: Encountered unsupported function"));
        assert_eq!(
            fault(json!({"Fn::Select": [2, {"Ref": "L"}]})),
            "Template error: Fn::Select cannot select nonexistent value at index 2"
        );
    }
}
