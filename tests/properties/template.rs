//! Templates as CloudFormation sees them. In: their JSON. Out: what refers to what, and the values that references have.

use std::collections::BTreeMap;

use serde_json::Value as Json;

/// A reference in a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mention {
    /// `Ref`, or `${Id}` of `Fn::Sub`.
    Ref(String),
    /// `Fn::GetAtt`, or `${Id.Attribute}` of `Fn::Sub`.
    Attribute(String, String),
    /// `DependsOn`.
    Before(String),
}

/// A piece of the text of `Fn::Sub`.
enum Piece<'a> {
    Text(&'a str),
    Mention(Mention),
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        pieces.push(Piece::Text(before));
        let (inside, end) = after.split_once('}').expect("`${` is closed");
        rest = end;
        pieces.push(match (inside.strip_prefix('!'), inside.split_once('.')) {
            (Some(literal), _) => Piece::Text(literal),
            (None, Some((id, attribute))) => Piece::Mention(Mention::Attribute(id.to_string(), attribute.to_string())),
            (None, None) => Piece::Mention(Mention::Ref(inside.to_string())),
        });
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// The function that a mapping is: its name and argument.
fn function(json: &Json) -> Option<(&str, &Json)> {
    let map = json.as_object().filter(|map| map.len() == 1)?;
    let (name, argument) = map.iter().next()?;
    (name == "Ref" || name.starts_with("Fn::")).then_some((name.as_str(), argument))
}

/// All references below a value.
pub fn mentions(json: &Json) -> Vec<Mention> {
    let text = |json: &Json| json.as_str().expect("a string").to_string();
    match (function(json), json) {
        (Some(("Ref", id)), _) => vec![Mention::Ref(text(id))],
        (Some(("Fn::GetAtt", path)), _) => vec![Mention::Attribute(text(&path[0]), text(&path[1]))],
        (Some(("Fn::Sub", argument)), _) => {
            let pieces = pieces(argument.as_str().expect("`Fn::Sub` is written with its names in place"));
            let mentions = pieces.into_iter().filter_map(|piece| match piece {
                Piece::Mention(mention) => Some(mention),
                Piece::Text(_) => None,
            });
            mentions.collect()
        }
        (_, Json::Array(items)) => items.iter().flat_map(mentions).collect(),
        (_, Json::Object(map)) => map.values().flat_map(mentions).collect(),
        _ => Vec::new(),
    }
}

/// All references of a resource.
pub fn of_resource(resource: &Json) -> Vec<Mention> {
    let mut found = mentions(resource);
    match resource.get("DependsOn") {
        Some(Json::Array(ids)) => {
            found.extend(
                ids.iter()
                    .map(|id| Mention::Before(id.as_str().expect("an ID").to_string())),
            );
        }
        Some(id) => found.push(Mention::Before(id.as_str().expect("an ID").to_string())),
        None => {}
    }
    found
}

/// The entries of a section of a template.
pub fn section<'a>(template: &'a Json, name: &str) -> impl Iterator<Item = (&'a String, &'a Json)> {
    let entries = template.get(name).and_then(Json::as_object);
    entries.into_iter().flatten()
}

/// The value of each published name: what stands in the stack that publishes it, with its references resolved.
pub struct Resolver<'a> {
    stacks: &'a BTreeMap<String, Json>,
    published: BTreeMap<String, (&'a str, &'a Json)>,
}

impl<'a> Resolver<'a> {
    pub fn new(stacks: &'a BTreeMap<String, Json>) -> Resolver<'a> {
        let mut published = BTreeMap::new();
        for (stack, template) in stacks {
            for (_, resource) in section(template, "Resources") {
                let properties = &resource["Properties"];
                if let (Some("AWS::SSM::Parameter"), Some(name)) =
                    (resource["Type"].as_str(), properties["Name"].as_str())
                {
                    published.insert(name.to_string(), (stack.as_str(), &properties["Value"]));
                }
            }
        }
        Resolver { stacks, published }
    }

    /// A value as one text in which each reference says what it refers to, the same from whatever stack.
    pub fn resolve(&self, stack: &str, value: &Json) -> String {
        match (function(value), value) {
            (Some(("Ref", id)), _) => self.refer(stack, &Mention::Ref(id.as_str().expect("an ID").to_string())),
            (Some(("Fn::GetAtt" | "Fn::Sub", _)), _) => match value.get("Fn::Sub").and_then(Json::as_str) {
                Some(text) => pieces(text)
                    .into_iter()
                    .map(|piece| match piece {
                        Piece::Text(text) => text.to_string(),
                        Piece::Mention(mention) => self.refer(stack, &mention),
                    })
                    .collect(),
                None => self.refer(stack, &mentions(value)[0]),
            },
            (_, Json::String(text)) => text.clone(),
            (_, Json::Array(items)) => {
                let items: Vec<String> = items.iter().map(|item| self.resolve(stack, item)).collect();
                format!("[{}]", items.join(", "))
            }
            (_, Json::Object(map)) => {
                let entries = map
                    .iter()
                    .map(|(key, value)| format!("{key}: {}", self.resolve(stack, value)));
                format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
            }
            _ => value.to_string(),
        }
    }

    fn refer(&self, stack: &str, mention: &Mention) -> String {
        match mention {
            Mention::Ref(id) if id.starts_with("AWS::") => id.clone(),
            Mention::Ref(id) => {
                let parameter = self.stacks[stack].get("Parameters").and_then(|all| all.get(id));
                let name = parameter.and_then(|parameter| parameter["Default"].as_str());
                match name.and_then(|name| self.published.get(name)) {
                    Some((owner, value)) => self.resolve(owner, value),
                    None => format!("{stack}/{id}"),
                }
            }
            Mention::Attribute(id, attribute) => format!("{stack}/{id}.{attribute}"),
            Mention::Before(id) => format!("{stack}/{id}"),
        }
    }
}
