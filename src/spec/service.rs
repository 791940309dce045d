//! Services: their number, their routes, their health, their rollout.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::diag::Diagnostics;
use crate::library::types::{
    Codes, Integer, List, Minutes, OneOrMany, OrOff, Percent, Raw, Route, Schedule, Seconds, Text, Type, UrlPath,
    choice, schema_of,
};
use crate::library::{Data, Field, Value};
use crate::source::{Span, Spanned};
use crate::syntax::{Content, Node};

use super::block::{self, block};
use super::container::{Port, Workload};

block! {
    /// Something that runs all the time, in one copy or more.
    pub struct Service "service" {
        flatten workload: Workload,
        /// The port that the container listens on.
        port: Option<Port> = null,
        /// How many copies run: a number, or a range to scale in.
        count: Count = 1,
        /// Which requests it answers: `host/path`, a list of them, or more.
        route: Option<OneOrMany<Rule>> = null,
        /// How the load balancer asks whether a copy is healthy.
        health: Option<Health> = null,
        /// How a new revision comes in.
        rollout: Rollout = {},
    }
}

/// How many copies run.
#[derive(Clone, Debug)]
pub enum Count {
    /// A number.
    Fixed(i64),
    /// A range that the service is scaled in.
    Range(Box<Scaling>),
}

block! {
    /// A range that a service is scaled in, and what it is scaled by.
    pub struct Scaling "scaling" then scaling_for_components {
        /// The fewest copies.
        min: Integer<0, 5000>,
        /// The most copies.
        max: Integer<0, 5000>,
        /// The use of CPU to hold.
        cpu: Option<Percent<1, 100>> = null,
        /// The use of memory to hold.
        memory: Option<Percent<1, 100>> = null,
        /// The requests a minute and copy to hold.
        requests: Option<Integer<1, 1_000_000>> = null,
        /// The length of a queue to hold.
        @later queue: Option<Raw> = null,
        /// Other bounds at certain times.
        schedule: List<Shift> = [],
    }
}

block! {
    /// Other bounds from a certain time on.
    pub struct Shift "shift" needs ["min", "max"] {
        /// When.
        at: Schedule,
        /// The fewest copies from then on.
        min: Option<Integer<0, 5000>> = null,
        /// The most copies from then on.
        max: Option<Integer<0, 5000>> = null,
    }
}

fn scaling_for_components(scaling: &Scaling, fields: &mut Vec<Field>) {
    for field in fields.iter_mut().filter(|field| &**field.key == "schedule") {
        if let Data::List(shifts) = &mut field.value.data {
            number(shifts);
        }
    }
    let span = scaling.min.span;
    fields.insert(
        0,
        Field {
            key: Spanned::new("fixed".into(), span),
            value: Value::new(span, Data::Null),
        },
    );
}

/// Gives each mapping of a list its number, from 1.
fn number(items: &mut [Value]) {
    for (item, number) in items.iter_mut().zip(1..) {
        let span = item.span;
        if let Data::Map(fields) = &mut item.data {
            let key = Spanned::new("number".into(), span);
            let value = Value::new(span, Data::Integer(number));
            fields.insert(0, Field { key, value });
        }
    }
}

impl Count {
    /// The fewest and the most copies, unless one of them is faulty.
    pub fn bounds(&self) -> Option<(i64, i64)> {
        match self {
            Count::Fixed(number) => Some((*number, *number)),
            Count::Range(scaling) => Some((scaling.min.sound()?.0, scaling.max.sound()?.0)),
        }
    }
}

impl Type for Count {
    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let fixed = schema_of::<Integer<0, 5000>>(generator);
        json_schema!({"anyOf": [fixed, schema_of::<Scaling>(generator)]})
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<Count> {
        match &*node.content {
            Content::Map(_) => Scaling::decode(node, diags).map(|scaling| Count::Range(Box::new(scaling))),
            _ => Integer::<0, 5000>::decode(node, diags).map(|number| Count::Fixed(number.0)),
        }
    }

    fn value(&self, span: Span) -> Value {
        match self {
            Count::Range(scaling) => scaling.value(span),
            Count::Fixed(number) => {
                let number = || Value::new(span, Data::Integer(*number));
                let null = || Value::new(span, Data::Null);
                Value::map(
                    span,
                    [
                        ("fixed", number()),
                        ("min", number()),
                        ("max", number()),
                        ("cpu", null()),
                        ("memory", null()),
                        ("requests", null()),
                        ("schedule", Value::new(span, Data::List(Vec::new()))),
                    ],
                )
            }
        }
    }

    fn example() -> serde_json::Value {
        serde_json::json!(1)
    }
}

choice! {
    /// A load balancer of the cluster.
    pub enum Side {
        /// The one that the internet reaches.
        Public = "public",
        /// The one that only the network reaches.
        Internal = "internal",
    }
}

block! {
    /// Which requests are answered, in parts.
    pub struct RuleParts "rule" {
        /// The host, perhaps with `*` for its first label; without it, any.
        host: Option<Text> = null,
        /// The path that requests begin with, up to a `/` or the end; without it, all.
        path: Option<Text> = null,
        /// The load balancer; without it, the one whose domain the host is in, or the only one.
        ingress: Option<Side> = null,
        /// The rule's priority on the listener; lower comes first. Without it, the more specific come first.
        priority: Option<Integer<1, 50000>> = null,
    }
}

/// A rule of a listener.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Which requests.
    pub route: Route,
    /// The load balancer: the user's choice, then what follows from the cluster.
    pub ingress: Option<Spanned<Side>>,
    /// The priority that the user gave.
    pub wanted: Option<Spanned<i64>>,
    /// The priority, once all rules of the listener are known.
    pub priority: Option<i64>,
    /// Whether it is the first rule of its listener with its host.
    pub record: bool,
    /// Whether it was written in the long form.
    pub long: bool,
}

impl Type for Rule {
    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let short = schema_of::<Route>(generator);
        json_schema!({"anyOf": [short, schema_of::<RuleParts>(generator)]})
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<Rule> {
        let mut rule = Rule {
            route: Route {
                host: None,
                path: None,
                tcp: None,
            },
            ingress: None,
            wanted: None,
            priority: None,
            record: false,
            long: false,
        };
        if !matches!(&*node.content, Content::Map(_)) {
            rule.route = Route::decode(node, diags)?;
            if rule.route.tcp.is_some() {
                block::report_later("a route of TCP", node.span, diags);
            }
            return Some(rule);
        }
        let parts = RuleParts::decode(node, diags)?;
        let text = |setting: &crate::library::types::Setting<Option<Text>>| {
            let span = setting.span;
            let sound = setting.sound()?.clone();
            Some(sound.map(|text| (text.0, span)))
        };
        let (host, path) = (text(&parts.host)?, text(&parts.path)?);
        let borrowed = |part: &Option<(std::sync::Arc<str>, Span)>| part.clone();
        let (host, path) = (borrowed(&host), borrowed(&path));
        let host = host.as_ref().map(|(text, span)| (&**text, *span));
        let path = path.as_ref().map(|(text, span)| (&**text, *span));
        rule.route = Route::of_parts(host, path, diags)?;
        rule.ingress = parts
            .ingress
            .sound()?
            .map(|side| Spanned::new(side, parts.ingress.span));
        rule.wanted = parts
            .priority
            .sound()?
            .map(|priority| Spanned::new(priority.0, parts.priority.span));
        rule.long = true;
        Some(rule)
    }

    fn value(&self, span: Span) -> Value {
        let mut value = self.route.value(span);
        let side = match self.ingress {
            Some(side) => Value::text(side.span, side.word()),
            None => Value::new(span, Data::Unknown),
        };
        let priority = self.priority.map_or(Data::Unknown, Data::Integer);
        if let Data::Map(fields) = &mut value.data {
            for (key, value) in [
                ("ingress", side),
                ("priority", Value::new(span, priority)),
                ("record", Value::new(span, Data::Bool(self.record))),
            ] {
                let key = Spanned::new(key.into(), span);
                fields.push(Field { key, value });
            }
        }
        value
    }

    fn example() -> serde_json::Value {
        Route::example()
    }
}

block! {
    /// How the load balancer asks whether a copy is healthy. New copies have `boot` + `fails` × `interval` to get there.
    pub struct Health "health" then health_for_components {
        /// The path asked for.
        path: UrlPath = "/",
        /// The status codes that count as healthy.
        codes: Codes = 200,
        /// How often it asks.
        interval: Seconds<5, 300> = "10s",
        /// How long an answer may take; less than the interval.
        timeout: Seconds<2, 120> = "5s",
        /// How many failures in a row make a copy unhealthy.
        fails: Integer<2, 10> = 3,
        /// How long a new copy takes to answer.
        boot: Seconds<0, 7200> = "30s",
    }
}

impl Health {
    /// How long after its start a copy is not judged, in seconds.
    pub fn grace(&self) -> Option<i64> {
        Some(self.boot.sound()?.0 + self.fails.sound()?.0 * self.interval.sound()?.0)
    }
}

fn health_for_components(health: &Health, fields: &mut Vec<Field>) {
    let span = health.boot.span;
    let grace = health.grace().map_or(Data::Unknown, Data::Integer);
    fields.push(Field {
        key: Spanned::new("grace".into(), span),
        value: Value::new(span, grace),
    });
}

choice! {
    /// How a new revision comes in.
    pub enum Strategy {
        /// Copies are replaced some at a time.
        Rolling = "rolling",
        /// All copies twice, then all traffic at once.
        BlueGreen = "blue-green",
        /// All copies twice, then traffic in equal steps.
        Linear = "linear",
        /// All copies twice, then a little traffic, then the rest.
        Canary = "canary",
    }
}

block! {
    /// How a new revision comes in.
    pub struct Rollout "rollout" {
        /// The strategy.
        strategy: Strategy = "rolling",
        /// How many of the copies stay in service, rounded up.
        healthy: Percent<0, 100> = "100%",
        /// How many copies there may be at once, old and new, rounded down.
        surge: Percent<100, 200> = "200%",
        /// When a rollout counts as failed, or `off`.
        breaker: OrOff<Breaker> = {},
        /// Alarms of CloudWatch that stop it.
        alarms: List<Text> = [],
        /// How long alarms are watched after the last copy is replaced.
        bake: Minutes<0, 1440> = "0s",
        /// How long an old copy still answers requests that are under way.
        drain: Seconds<0, 3600> = "30s",
    }
}

block! {
    /// When a rollout counts as failed.
    pub struct Breaker "breaker" {
        /// After how many copies that fail to start or to become healthy.
        failures: Integer<1, 1000> = 5,
        /// Whether a healthy copy sets the count back to nothing.
        reset: bool = false,
        /// Whether the last good revision comes back.
        rollback: bool = true,
    }
}

/// The value of `route`: a list of numbered rules, empty without a route.
pub(super) fn rules(service: &Service) -> Value {
    let mut value = service.route.value();
    match &mut value.data {
        Data::List(rules) => number(rules),
        Data::Null => value.data = Data::List(Vec::new()),
        _ => {}
    }
    value
}
