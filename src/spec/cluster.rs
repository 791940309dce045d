//! The cluster document: network, capacity, ingress, and what watches over them.

use crate::diag::Diagnostics;
use crate::library::types::{
    Account, Arn, Cidr, ClusterName, Days, Disk, Domain, HostedZone, Integer, Label, List, Mapping, MemorySize, Name,
    Notice, OneOrMany, OrOff, Percent, Range, Raw, Region, Seconds, Subnet, Switch, TagName, Text, Type, Vpc, choice,
    expected, schema_of,
};
use crate::library::{Data, Field, Value};
use crate::source::{Span, Spanned};
use crate::syntax::Node;

use super::block::block;
use super::container::{Port, Workload};
use super::network::{Endpoints, InstanceImage, InstanceType, Zones};
use super::service::Breaker;

block! {
    /// A cluster: the network, the instances and the load balancers that apps share.
    pub struct ClusterDocument "cluster" {
        /// Its name; apps name it in `cluster:`.
        @engine cluster: ClusterName,
        /// The region it belongs in; `plan` and `apply` refuse another.
        @engine region: Option<Region> = null,
        /// The account it belongs in; `plan` and `apply` refuse another.
        @engine account: Option<Account> = null,
        /// The network.
        network: Network = {},
        /// What tasks run on.
        capacity: Capacities = {},
        /// The load balancers.
        ingress: Ingress = {},
        /// The namespace in which services find each other by name, or `off`; by default the cluster's name.
        names: Option<OrOff<Name>> = null,
        /// How long logs are kept, and which.
        logs: Logs = {},
        /// Container Insights.
        insights: Insights = "on",
        /// Who is told when something is wrong: e-mail addresses and topics of SNS.
        notify: List<Notice> = [],
        /// Whether alarms are made.
        alarms: Switch = "on",
        /// What runs once on each instance: as services, without `count` and `route`.
        @engine daemons: Mapping<Name, Daemon> = {},
        /// Tags of all its resources.
        tags: Mapping<TagName, Label> = {},
        /// Changes to the CloudFormation that comes of it, by the component's local names; `null` deletes.
        @engine r#override: Raw = {},
        /// Other CloudFormation resources in the cluster's stack, by logical ID.
        @engine resources: Raw = {},
    }
}

choice! {
    /// How private subnets reach the internet.
    pub enum Nat {
        /// A NAT gateway in each zone.
        PerZone = "per-zone",
        /// One NAT gateway: cheaper; when its zone fails, no zone reaches the internet.
        Single = "single",
        /// Not at all; AWS is reached through endpoints.
        Nothing = "none",
    }
}

block! {
    /// A network of its own, or an existing one.
    pub struct Network "network" then network_for_components {
        /// The range of its addresses.
        cidr: Cidr = "10.0.0.0/16",
        /// How many availability zones, or which.
        zones: Zones = 3,
        /// How private subnets reach the internet.
        nat: Nat = "per-zone",
        /// The interface endpoints through which AWS is reached, or `auto` for those that are needed. The gateway of S3
        /// is always there.
        endpoints: Endpoints = "auto",
        /// How long flow logs are kept, or `off`.
        flow_logs: OrOff<Days<1, 3653>> = "30 days",
        /// A network that exists already, in place of `cidr`, `zones` and `nat`.
        existing: Option<Existing> = null,
    }
}

fn network_for_components(network: &Network, fields: &mut Vec<Field>) {
    let existing = network.existing.sound().is_some_and(Option::is_some);
    if !existing {
        return;
    }
    for field in fields {
        match &**field.key {
            "cidr" => field.value.data = Data::Null,
            "zones" => field.value.data = Data::List(Vec::new()),
            "nat" => field.value.data = Data::Text("none".into()),
            _ => {}
        }
    }
}

block! {
    /// A network that exists already.
    pub struct Existing "existing" {
        /// The VPC.
        vpc: Vpc,
        /// Subnets with a route to an internet gateway; a public load balancer needs two.
        public: List<Subnet> = [],
        /// Subnets for instances and tasks.
        private: OneOrMany<Subnet>,
    }
}

block! {
    /// What tasks run on: EC2 instances, Fargate, or both.
    pub struct Capacities "capacity" {
        /// EC2 instances in an Auto Scaling group.
        instances: Option<Instances> = null,
        /// Fargate: `true`, or how much of it is Spot.
        fargate: Option<Fargate> = null,
    }
}

block! {
    /// EC2 instances in an Auto Scaling group.
    pub struct Instances "instances" then instances_for_components {
        /// The instance type, or several of one architecture.
        r#type: OneOrMany<InstanceType>,
        /// How many.
        count: Bounds = {},
        /// The machine image: `al2023`, `bottlerocket`, or the ID of one of your own.
        image: InstanceImage = "al2023",
        /// The root volume.
        disk: Disk<8, 16384> = "50 GiB",
        /// How much of it is Spot.
        spot: Percent<0, 100> = "0%",
        /// The memory kept from tasks, for the agent and the system.
        reserve: MemorySize = "256 MiB",
        /// Whether the account setting `awsvpcTrunking` is on, so that more tasks have a network interface of their own.
        trunking: bool = false,
        /// Whether instances that run tasks are protected from scale-in.
        protect: bool = false,
        /// How instances are replaced when their image or type changes.
        roll: Roll = {},
    }
}

fn instances_for_components(instances: &Instances, fields: &mut Vec<Field>) {
    for field in fields.iter_mut().filter(|field| &**field.key == "type") {
        field.key.value = "types".into();
    }
    push_rest(&instances.spot, fields);
    let family = match instances.image.sound() {
        Some(image) => Value::text(instances.image.span, image.family()),
        None => Value::new(instances.image.span, Data::Unknown),
    };
    push_value("family", family, fields);
}

fn push_value(key: &str, value: Value, fields: &mut Vec<Field>) {
    fields.push(Field {
        key: Spanned::new(key.into(), value.span),
        value,
    });
}

/// Adds the part that is not Spot.
fn push_rest(spot: &crate::library::types::Setting<Percent<0, 100>>, fields: &mut Vec<Field>) {
    let rest = spot.sound().map_or(Data::Unknown, |spot| Data::Integer(100 - spot.0));
    push_value("on-demand", Value::new(spot.span, rest), fields);
}

block! {
    /// The fewest and the most.
    pub struct Bounds "bounds" {
        /// The fewest.
        min: Integer<0, 5000> = 3,
        /// The most.
        max: Integer<1, 5000> = 6,
    }
}

block! {
    /// How instances are replaced.
    pub struct Roll "roll" then roll_for_components {
        /// How much of the capacity stays in service.
        healthy: Percent<0, 100> = "100%",
        /// How much may be there on top of it for the time being.
        surge: Percent<0, 100> = "50%",
        /// How long a new instance needs until it counts.
        warm_up: Seconds<0, 10000> = "300s",
    }
}

fn roll_for_components(roll: &Roll, fields: &mut Vec<Field>) {
    let limit = roll
        .surge
        .sound()
        .map_or(Data::Unknown, |surge| Data::Integer(100 + surge.0));
    push_value("limit", Value::new(roll.surge.span, limit), fields);
}

block! {
    /// How much of Fargate is Spot.
    pub struct FargateShare "fargate" then fargate_for_components {
        /// How much of it is Spot.
        spot: Percent<0, 100> = "0%",
    }
}

fn fargate_for_components(share: &FargateShare, fields: &mut Vec<Field>) {
    push_rest(&share.spot, fields);
}

/// Fargate: `true`, or its share of Spot.
#[derive(Clone, Debug)]
pub struct Fargate(pub FargateShare);

impl Type for Fargate {
    fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"anyOf": [{"const": true}, schema_of::<FargateShare>(generator)]})
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<Fargate> {
        use crate::syntax::Content;
        match &*node.content {
            Content::Bool(true) if node.tag.is_none() => Some(Fargate(FargateShare::stand_in(node.span))),
            Content::Map(_) => FargateShare::decode(node, diags).map(Fargate),
            _ => {
                let fault = expected("`true` or a mapping", node, diags)?;
                fault.hint("leave the key out to have no Fargate");
                None
            }
        }
    }

    fn value(&self, span: Span) -> Value {
        self.0.value(span)
    }

    fn example() -> serde_json::Value {
        serde_json::json!(true)
    }
}

block! {
    /// The load balancers: what is written is made.
    pub struct Ingress "ingress" {
        /// A load balancer that the internet reaches.
        public: Option<Entrance> = null,
        /// A load balancer that only the network reaches.
        internal: Option<Entrance> = null,
    }
}

block! {
    /// A load balancer.
    pub struct Entrance "entrance" {
        /// The domain whose hosts it answers; without it, HTTP only.
        domain: Option<Domain> = null,
        /// The hosted zone of the domain, for its records and its certificate.
        zone: Option<HostedZone> = null,
        /// `auto` for a certificate of the domain and `*.` of it, or the ARN of one; by default `auto` with a domain.
        certificate: Option<Certificate> = null,
        /// Who may connect; by default everybody, to the internal one everything in the network.
        allow: Option<List<Range>> = null,
        /// Whether access logs are kept.
        logs: Switch = "off",
    }
}

/// A certificate: made, or one of the user's.
#[derive(Clone, Debug)]
pub enum Certificate {
    /// Made for the domain.
    Auto,
    /// By its ARN.
    Given(Arn),
}

impl Type for Certificate {
    fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"anyOf": [{"const": "auto"}, schema_of::<Arn>(generator)]})
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<Certificate> {
        match node.text() {
            Some("auto") if node.tag.is_none() => Some(Certificate::Auto),
            _ => Arn::decode(node, diags).map(Certificate::Given),
        }
    }

    fn value(&self, span: Span) -> Value {
        match self {
            Certificate::Auto => Value::text(span, "auto"),
            Certificate::Given(arn) => arn.value(span),
        }
    }

    fn example() -> serde_json::Value {
        serde_json::json!("auto")
    }
}

block! {
    /// How long logs are kept, and which.
    pub struct Logs "logs" {
        /// How long they are kept.
        retention: Days<1, 3653> = "30 days",
        /// Whether the logs of the agents on the instances are kept too.
        agent: bool = true,
        /// The ARN of the KMS key that encrypts them.
        key: Option<Arn> = null,
    }
}

choice! {
    /// Container Insights.
    pub enum Insights {
        /// Off.
        Off = "off",
        /// Metrics of services and the cluster.
        On = "on",
        /// Metrics of each task and container too.
        Enhanced = "enhanced",
    }
}

block! {
    /// Something that runs once on each instance.
    pub struct Daemon "daemon" {
        flatten workload: Workload,
        /// The port that the container listens on.
        port: Option<Port> = null,
        /// How a new revision comes in.
        rollout: DaemonRollout = {},
    }
}

block! {
    /// How a new revision of a daemon comes in: on each instance the old copy stops before the new one starts.
    pub struct DaemonRollout "daemon-rollout" then daemon_rollout_for_components {
        /// How many of the copies stay in service.
        healthy: Percent<0, 99> = "0%",
        /// When a rollout counts as failed, or `off`.
        breaker: OrOff<Breaker> = {},
        /// Alarms of CloudWatch that stop it.
        alarms: List<Text> = [],
    }
}

fn daemon_rollout_for_components(rollout: &DaemonRollout, fields: &mut Vec<Field>) {
    // ECS takes nothing else of a daemon:
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
    push_value("surge", Value::new(rollout.healthy.span, Data::Integer(100)), fields);
}

/// What `insights`, `notify`, `names` and the like are in CloudFormation's words.
pub(super) fn arguments(cluster: &ClusterDocument, span: Span) -> Value {
    let mut value = cluster.value(span);
    let Data::Map(fields) = &mut value.data else {
        return value;
    };
    for field in fields {
        match &**field.key {
            "insights" => {
                let word = match cluster.insights.sound() {
                    Some(Insights::Off) => "disabled",
                    Some(Insights::On) => "enabled",
                    Some(Insights::Enhanced) => "enhanced",
                    None => continue,
                };
                field.value.data = Data::Text(word.into());
            }
            "notify" => field.value = notices(&cluster.notify.value, cluster.notify.span),
            _ => {}
        }
    }
    value
}

fn notices(list: &List<Notice>, span: Span) -> Value {
    let some = |topics: bool| {
        let chosen = list.0.iter().filter(|notice| notice.0.starts_with("arn:") == topics);
        let texts = chosen.map(|notice| Value::text(notice.span, notice.value.0.clone()));
        Value::new(span, Data::List(texts.collect()))
    };
    Value::map(span, [("emails", some(false)), ("topics", some(true))])
}

/// What holds for a list that was left out.
pub(super) fn everybody(span: Span) -> List<Range> {
    List::literal(&serde_json::json!(["0.0.0.0/0", "::/0"]), span)
}
