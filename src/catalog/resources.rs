//! CloudFormation resource types. In: `schema/resources.jsonl`. Out: [`ResourceType`]s. Must not know graphs.
//!
//! The text is sorted by name and has no escapes, so that one line is found fast and all its strings are borrowed.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::shape::{Choice, Kind, Shape};

const TEXT: &str = include_str!("../../schema/resources.jsonl");
const START: &str = "{\"type\":\"";

/// The line of a type.
pub(super) fn line(name: &str) -> Option<&'static str> {
    super::find_line(TEXT, name, name_of)
}

/// The names of all types, sorted.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TEXT.lines().map(name_of)
}

fn name_of(line: &'static str) -> &'static str {
    let rest = line.strip_prefix(START).expect("each line starts with its type");
    rest.split('"').next().expect("split gives one")
}

/// A CloudFormation resource type, such as `AWS::ECS::Service`.
#[derive(Debug, Deserialize)]
pub struct ResourceType {
    #[serde(rename = "type")]
    name: &'static str,
    properties: Record,
    #[serde(default)]
    types: BTreeMap<&'static str, Record>,
    #[serde(default, deserialize_with = "choices")]
    enums: BTreeMap<&'static str, Choice>,
    #[serde(default)]
    replaces: Vec<&'static str>,
    #[serde(default)]
    may_replace: Vec<&'static str>,
    #[serde(default)]
    attributes: BTreeMap<&'static str, &'static str>,
    #[serde(default)]
    rules: BTreeMap<&'static str, Rules>,
}

/// What happens to a resource when a property changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Replacement {
    /// It is updated in place.
    Never,
    /// It depends on the change.
    Perhaps,
    /// A new resource takes its place, with a new physical name.
    Always,
}

impl ResourceType {
    pub(super) fn parse(line: &'static str) -> ResourceType {
        let mut parsed: ResourceType = serde_json::from_str(line).expect("the data is what `schema/make.py` writes");
        for (name, rules) in std::mem::take(&mut parsed.rules) {
            let record = match name {
                "" => &mut parsed.properties,
                name => parsed.types.get_mut(name).expect("rules are of types that there are"),
            };
            record.rules = rules;
        }
        parsed
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its properties. What only AWS sets is not among them: see [`ResourceType::attributes`].
    pub fn record(&self) -> &Record {
        &self.properties
    }

    /// The objects below its properties, by the names that the data gives them.
    pub fn records(&self) -> impl Iterator<Item = (&'static str, &Record)> {
        self.types.iter().map(|(name, record)| (*name, record))
    }

    /// What a property of this type takes.
    pub fn shape(&self, kind: Kind) -> Shape<'_> {
        let (text, bounds) = kind.split();
        let inside = |open, close| {
            text.strip_prefix(open)
                .and_then(|rest| rest.strip_suffix(close))
                .map(Kind)
        };
        match text {
            "string" => Shape::Text(bounds),
            "integer" => Shape::Integer(bounds),
            "number" => Shape::Number(bounds),
            "boolean" => Shape::Boolean,
            "json" => Shape::Json,
            "any" => Shape::Any,
            name => match (inside('[', ']'), inside('{', '}')) {
                (Some(item), _) => Shape::List(item, bounds),
                (_, Some(value)) => Shape::Map(value, bounds),
                _ => match self.types.get(name) {
                    Some(record) => Shape::Record(record),
                    None => Shape::Choice(self.enums.get(name).expect("the data defines each name it uses")),
                },
            },
        }
    }

    /// The type of an attribute that `Fn::GetAtt` gives, such as `Arn` or `Endpoint.Address`.
    pub fn attribute(&self, path: &str) -> Option<Kind> {
        let exact = self.attributes.get(path);
        let wild = || {
            let outputs = path.starts_with("Outputs.").then(|| self.attributes.get("Outputs.*"));
            outputs.flatten().or_else(|| self.attributes.get("*"))
        };
        exact.or_else(wild).map(|kind| Kind(kind))
    }

    /// All attributes that `Fn::GetAtt` gives, sorted. `*` and `Outputs.*` stand for any name.
    pub fn attributes(&self) -> impl Iterator<Item = (&'static str, Kind)> {
        self.attributes.iter().map(|(path, kind)| (*path, Kind(kind)))
    }

    /// What a change of the property at `path` does to the resource. The path is that of names, such as
    /// `AutoScalingGroupProvider.AutoScalingGroupArn`; steps into lists have no mark.
    pub fn replacement(&self, path: &str) -> Replacement {
        let among = |paths: &[&str]| {
            let covers = |above: &str, below: &str| {
                let rest = below.strip_prefix(above);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            paths.iter().any(|known| covers(known, path) || covers(path, known))
        };
        match (among(&self.replaces), among(&self.may_replace)) {
            (true, _) => Replacement::Always,
            (_, true) => Replacement::Perhaps,
            _ => Replacement::Never,
        }
    }
}

/// An object with named properties.
#[derive(Debug, Default, PartialEq)]
pub struct Record {
    properties: Vec<Property>,
    rest: Option<Kind>,
    rules: Rules,
}

/// One property of an object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// Whether it must be given.
    pub required: bool,
    /// What it takes.
    pub kind: Kind,
}

/// Which properties of an object exclude or need each other.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub struct Rules {
    /// Of each of these lists of sets, exactly one set is given in full.
    #[serde(borrow)]
    pub one: Vec<Vec<Vec<&'static str>>>,
    /// Of each of these lists of sets, at least one set is given in full.
    #[serde(borrow)]
    pub some: Vec<Vec<Vec<&'static str>>>,
    /// Beside the key, none of these is given.
    #[serde(borrow)]
    pub excludes: BTreeMap<&'static str, Vec<&'static str>>,
    /// Beside the key, all of these are given.
    #[serde(borrow)]
    pub requires: BTreeMap<&'static str, Vec<&'static str>>,
}

impl Record {
    /// Its properties, sorted by name.
    pub fn properties(&self) -> &[Property] {
        &self.properties
    }

    /// The property of this name.
    pub fn property(&self, name: &str) -> Option<&Property> {
        let found = self.properties.binary_search_by(|property| property.name.cmp(name));
        found.ok().map(|at| &self.properties[at])
    }

    /// The type of properties that are not named; `None` when there may be no others.
    pub fn rest(&self) -> Option<Kind> {
        self.rest
    }

    /// Which properties exclude or need each other.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }
}

impl<'de: 'static> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Record, D::Error> {
        struct Properties;

        impl<'de: 'static> Visitor<'de> for Properties {
            type Value = Record;

            fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
                out.write_str("types by property name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record, A::Error> {
                let mut record = Record::default();
                while let Some((name, kind)) = map.next_entry::<&'de str, &'de str>()? {
                    let kind = Kind(kind);
                    if name == "*" {
                        record.rest = Some(kind);
                        continue;
                    }
                    let bare = name.trim_end_matches('!');
                    record.properties.push(Property {
                        name: bare,
                        required: bare.len() < name.len(),
                        kind,
                    });
                }
                Ok(record)
            }
        }

        from.deserialize_map(Properties)
    }
}

/// A `~` behind the name of an enumeration says that case does not matter.
fn choices<'de: 'static, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<&'static str, Choice>, D::Error> {
    let lists = BTreeMap::<&'de str, Vec<&'de str>>::deserialize(from)?;
    let choices = lists.into_iter().map(|(name, values)| {
        let any_case = name.ends_with('~');
        (name, Choice { values, any_case })
    });
    Ok(choices.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_parses_is_in_order_and_defines_what_it_uses() {
        let mut last = "";
        for line in TEXT.lines() {
            let kind = ResourceType::parse(line);
            assert!(last < kind.name(), "`{last}` before `{}`", kind.name());
            last = kind.name();
            for (place, record) in std::iter::once(("", kind.record())).chain(kind.records()) {
                let sorted = record.properties.is_sorted_by(|a, b| a.name < b.name);
                assert!(sorted, "{last} {place}");
                let mut below: Vec<Kind> = record.properties.iter().map(|property| property.kind).collect();
                below.extend(record.rest);
                while let Some(next) = below.pop() {
                    if let Shape::List(inner, _) | Shape::Map(inner, _) = kind.shape(next) {
                        below.push(inner);
                    }
                }
            }
            for (_, attribute) in kind.attributes() {
                kind.shape(attribute);
            }
        }
    }

    #[test]
    fn every_name_is_found_and_no_other() {
        for name in names() {
            assert_eq!(line(name).map(name_of), Some(name));
        }
        for absent in ["", "AWS", "AWS::ECS::Servic", "AWS::ECS::Servicf", "ZZZ"] {
            assert_eq!(line(absent), None);
        }
    }

    #[test]
    fn the_property_that_replaces_is_known_by_its_path_and_its_parts() {
        let kind = ResourceType::parse(line("AWS::ECS::CapacityProvider").expect("in the data"));
        let path = "AutoScalingGroupProvider.AutoScalingGroupArn";
        assert_eq!(kind.replacement(path), Replacement::Always);
        assert_eq!(kind.replacement("AutoScalingGroupProvider"), Replacement::Always);
        assert_eq!(
            kind.replacement("AutoScalingGroupProvider.ManagedDraining"),
            Replacement::Never
        );
        let kind = ResourceType::parse(line("AWS::ECS::Service").expect("in the data"));
        assert_eq!(kind.replacement("LaunchType"), Replacement::Perhaps);
        assert_eq!(kind.replacement("TaskDefinition"), Replacement::Never);
    }
}
