//! The parts of a cluster's network that Rust decides: zones, subnets, endpoints, the machine image.

use std::sync::Arc;

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::diag::{Diagnostics, code};
use crate::library::types::{Cidr, Integer, List, Text, Type, expected, fault, listed};
use crate::library::{Data, Value};
use crate::source::{Span, Spanned};
use crate::syntax::Node;

/// The availability zones: how many, or which.
#[derive(Clone, Debug)]
pub struct Zones {
    /// How many.
    pub count: usize,
    /// Their names, if the user chose them.
    pub names: Vec<Spanned<Arc<str>>>,
    /// The subnets of each, once the range of the network is known.
    pub subnets: Vec<Subnets>,
}

/// The subnets of a zone.
#[derive(Clone, Copy, Debug)]
pub struct Subnets {
    /// The one with a route to the internet gateway.
    pub public: Cidr,
    /// The one for instances and tasks.
    pub private: Cidr,
}

/// Whether a text is the name of an availability zone, such as `eu-west-1a`.
fn is_zone(text: &str) -> bool {
    let Some((region, letter)) = text.split_at_checked(text.len().saturating_sub(1)) else {
        return false;
    };
    let parts: Vec<&str> = region.split('-').collect();
    let (Some(last), middle) = (parts.last(), parts.len().saturating_sub(1)) else {
        return false;
    };
    let lower = |part: &&str| (1..=20).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_lowercase());
    letter.bytes().all(|byte| byte.is_ascii_lowercase())
        && !letter.is_empty()
        && middle >= 2
        && (2..=4).contains(&parts[0].len())
        && parts[..middle].iter().all(lower)
        && (1..=2).contains(&last.len())
        && last.bytes().all(|byte| byte.is_ascii_digit())
}

impl Zones {
    /// Cuts the network's range into eight equal blocks: three public ones, three private ones, two spare. All six are
    /// counted even for two zones, so that a third zone later leaves the others where they are.
    pub fn cut(&mut self, network: Cidr) {
        let subnets = (0..self.count as u32).map(|zone| {
            Some(Subnets {
                public: network.part(3, zone)?,
                private: network.part(3, zone + 3)?,
            })
        });
        self.subnets = subnets.collect::<Option<_>>().unwrap_or_default();
    }
}

impl Type for Zones {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        let zone = json!({"type": "string", "pattern": "^[a-z]{2,4}(-[a-z]{1,20})+-[0-9]{1,2}[a-z]$"});
        json_schema!({"anyOf": [
            {"type": "integer", "minimum": 2, "maximum": 3},
            {"type": "array", "items": zone, "minItems": 2, "maxItems": 3},
        ]})
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<Zones> {
        let Some(items) = node.list().filter(|_| node.tag.is_none()) else {
            let count = Integer::<2, 3>::decode(node, diags)?.0 as usize;
            return Some(Zones {
                count,
                names: Vec::new(),
                subnets: Vec::new(),
            });
        };
        if !(2..=3).contains(&items.len()) {
            let message = format!("{} zones are named, it takes two or three", items.len());
            fault(node, code::OUT_OF_RANGE, message, diags);
            return None;
        }
        let names = items.iter().map(|item| match item.text().filter(|text| is_zone(text)) {
            Some(name) => Some(Spanned::new(Arc::from(name), item.span)),
            None => {
                if item.text().is_some() && item.tag.is_none() {
                    let message = format!("`{}` is not an availability zone", item.text().unwrap_or_default());
                    let fault = fault(item, code::BAD_REGION, message, diags);
                    fault.hint("write the region and a letter, such as `eu-west-1a`, or how many zones: `3`");
                } else {
                    expected("an availability zone such as `eu-west-1a`", item, diags);
                }
                None
            }
        });
        let names: Vec<Spanned<Arc<str>>> = names.collect::<Vec<_>>().into_iter().collect::<Option<_>>()?;
        Some(Zones {
            count: names.len(),
            names,
            subnets: Vec::new(),
        })
    }

    fn value(&self, span: Span) -> Value {
        let zones = self.subnets.iter().zip(0..).map(|(subnets, index)| {
            let number = |number| Value::new(span, Data::Integer(number));
            let name = match self.names.get(index as usize) {
                Some(name) => Value::text(name.span, name.value.clone()),
                None => Value::new(span, Data::Null),
            };
            Value::map(
                span,
                [
                    ("number", number(index + 1)),
                    ("index", number(index)),
                    ("name", name),
                    ("public", subnets.public.value(span)),
                    ("private", subnets.private.value(span)),
                ],
            )
        });
        Value::new(span, Data::List(zones.collect()))
    }

    fn example() -> serde_json::Value {
        json!(3)
    }
}

/// The interface endpoints of the network.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// Those the user named; `None` for `auto`.
    pub named: Option<List<Service>>,
    /// Those that are made, once the rest of the cluster is known.
    pub made: Vec<Spanned<Arc<str>>>,
}

/// The name of a service with an interface endpoint, such as `ecr.api`.
#[derive(Clone, Debug)]
pub struct Service(pub Arc<str>);

impl Type for Service {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[a-z0-9]+([.-][a-z0-9]+)*$"})
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<Service> {
        let Some(text) = node.text().filter(|_| node.tag.is_none()) else {
            expected("the name of a service such as `ecr.api`", node, diags);
            return None;
        };
        let part = |part: &str| {
            let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            !part.is_empty() && part.bytes().all(inside)
        };
        if !text.split(['.', '-']).all(part) {
            let message = format!("`{text}` is no name of a service such as `ecr.api`");
            fault(node, code::UNKNOWN_VALUE, message, diags);
            return None;
        }
        Some(Service(text.into()))
    }

    fn value(&self, span: Span) -> Value {
        Value::text(span, self.0.clone())
    }

    fn example() -> serde_json::Value {
        json!("ecr.api")
    }
}

/// What tasks and instances ask of AWS, without a way to the internet:
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html>.
const ASKED: &[&str] = &[
    "ecr.api",
    "ecr.dkr",
    "logs",
    "secretsmanager",
    "ssm",
    "ssmmessages",
    "sts",
];
const ASKED_BY_INSTANCES: &[&str] = &["ecs", "ecs-agent", "ecs-telemetry", "autoscaling", "ec2messages"];
/// The agent of CloudWatch asks EC2 for the tags of its instance, and sends no metric before it has them:
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-interface-VPC.html>.
const ASKED_BY_AGENT: &[&str] = &["ec2", "monitoring"];

/// Who asks AWS, beside the tasks.
#[derive(Clone, Copy, Debug)]
pub struct Askers {
    /// Instances.
    pub instances: bool,
    /// The agent of CloudWatch on them.
    pub agent: bool,
}

impl Endpoints {
    /// Decides what is made; `closed` when private subnets have no way to the internet.
    pub fn settle(&mut self, closed: bool, askers: Askers, span: Span) {
        self.made = match &self.named {
            Some(named) => named
                .0
                .iter()
                .map(|service| Spanned::new(service.value.0.clone(), service.span))
                .collect(),
            None if closed => {
                let of = |asks: bool, names: &'static [&'static str]| if asks { names } else { &[] };
                let names = ASKED.iter().chain(of(askers.instances, ASKED_BY_INSTANCES));
                let names = names.chain(of(askers.agent, ASKED_BY_AGENT));
                names.map(|name| Spanned::new(Arc::from(*name), span)).collect()
            }
            None => Vec::new(),
        };
    }
}

impl Type for Endpoints {
    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let service = Service::schema(generator);
        json_schema!({"anyOf": [{"const": "auto"}, {"type": "array", "items": service}]})
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<Endpoints> {
        let named = match node.text().filter(|_| node.tag.is_none()) {
            Some("auto") => None,
            Some(text) => {
                let message = format!("expected `auto` or a list of services, found `{text}`");
                fault(node, code::UNKNOWN_VALUE, message, diags);
                return None;
            }
            None => Some(List::decode(node, diags)?),
        };
        Some(Endpoints {
            named,
            made: Vec::new(),
        })
    }

    fn value(&self, span: Span) -> Value {
        // By name, so that a change of one leaves the logical IDs of the others.
        let made = self.made.iter();
        Value::map(
            span,
            made.map(|name| (name.value.clone(), Value::text(name.span, name.value.clone()))),
        )
    }

    fn example() -> serde_json::Value {
        json!("auto")
    }
}

/// The type of an instance; which there are is for the catalog to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceType(pub Arc<str>);

impl Type for InstanceType {
    fn schema(generator: &mut SchemaGenerator) -> Schema {
        Text::schema(generator)
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<InstanceType> {
        Text::decode(node, diags).map(|text| InstanceType(text.0))
    }

    fn value(&self, span: Span) -> Value {
        Value::text(span, self.0.clone())
    }

    fn example() -> serde_json::Value {
        json!("m7g.large")
    }
}

/// The machine image of instances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceImage(pub Arc<str>);

const FAMILIES: &[&str] = &["al2023", "bottlerocket"];

impl InstanceImage {
    /// What the user data is written for; an image of one's own is taken for an Amazon Linux.
    pub fn family(&self) -> &str {
        match &*self.0 {
            "bottlerocket" => "bottlerocket",
            _ => "al2023",
        }
    }
}

impl Type for InstanceImage {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [{"enum": FAMILIES}, {"type": "string", "pattern": "^ami-[0-9a-f]{8,17}$"}]})
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<InstanceImage> {
        let Some(text) = node.text().filter(|_| node.tag.is_none()) else {
            expected("a machine image such as `al2023`", node, diags);
            return None;
        };
        let hex = |id: &str| {
            let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
            (8..=17).contains(&id.len()) && id.bytes().all(hex)
        };
        if FAMILIES.contains(&text) || text.strip_prefix("ami-").is_some_and(hex) {
            return Some(InstanceImage(text.into()));
        }
        let message = format!("expected {} or `ami-…`, found `{text}`", listed(FAMILIES));
        let fault = fault(node, code::UNKNOWN_VALUE, message, diags);
        if let Some(name) = crate::diag::nearest(text, FAMILIES.iter().copied()) {
            fault.did_you_mean_word(name, text, node.span);
        }
        None
    }

    fn value(&self, span: Span) -> Value {
        Value::text(span, self.0.clone())
    }

    fn example() -> serde_json::Value {
        json!("al2023")
    }
}
