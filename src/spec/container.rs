//! What every container has, whether of a service, a task, a daemon or a sidecar, and what every task definition has.

use crate::diag::{Diagnostics, code, nearest};
use crate::library::types::{
    Arn, Command, Cpu, Image, Integer, Key, Label, Mapping, MemorySize, MountPath, Name, ProbeCommand, Raw, Seconds,
    Secret, Text, Type, User, Variable, VariableName, choice,
};
use crate::library::{Data, Field, Value};
use crate::source::{Span, Spanned};

use super::block::block;

block! {
    /// An image: one of your own repositories, or an image from elsewhere as it is.
    pub struct Picture "image" short "image" needs ["repository", "image"] then picture_for_components {
        /// The repository of your own that the pushed image is in. It is created.
        repository: Option<Name> = null,
        /// An image from elsewhere, such as `nginx:1.27`; it is taken as it is.
        image: Option<Image> = null,
        /// The secret with the user and password of its registry.
        credentials: Option<Credentials> = null,
    }
}

/// A secret without a key of its own.
pub type Credentials = SecretSource;

fn picture_for_components(_: &Picture, fields: &mut [Field]) {
    for field in fields.iter_mut().filter(|field| &**field.key == "image") {
        field.key.value = "uri".into();
    }
}

block! {
    /// Where a secret is kept; its content never passes through loadline.
    pub struct SecretSource "secret" short "from" then secret_for_components {
        /// Its place: `ssm:/path`, `secretsmanager:name` or either's ARN, with `#key` to take one value out of JSON.
        from: Secret,
        /// The ARN of the KMS key that encrypts it, if it is one of your own.
        key: Option<Arn> = null,
    }
}

fn secret_for_components(secret: &SecretSource, fields: &mut Vec<Field>) {
    let key = secret.key.value();
    let Data::Map(mut inner) = secret.from.value.value(secret.from.span).data else {
        return;
    };
    if secret.from.sound().is_none() {
        // A faulty place leaves nothing known of the secret.
        for field in &mut inner {
            field.value.data = Data::Unknown;
        }
    }
    for field in inner.iter_mut().filter(|field| &**field.key == "key") {
        field.value = key.clone();
    }
    *fields = inner;
}

block! {
    /// How ECS asks the container whether it is healthy.
    pub struct Probe "probe" {
        /// What to run in the container: a string for its shell, or a list of arguments.
        command: ProbeCommand,
        /// How often it runs.
        interval: Seconds<5, 300> = "10s",
        /// How long it may take.
        timeout: Seconds<2, 60> = "5s",
        /// How many failures in a row make the container unhealthy.
        fails: Integer<1, 10> = 3,
        /// How long failures do not count after the start.
        boot: Seconds<0, 300> = "30s",
    }
}

block! {
    /// How a container is stopped.
    pub struct Stop "stop" {
        /// How long it has between the signal and being killed. At most 120s on Fargate.
        timeout: Seconds<1, 86400> = "30s",
        /// The signal that asks it to stop.
        @later signal: Option<Text> = null,
    }
}

block! {
    /// The memory of a container: `limit` kills, `reserve` is kept free for it. A plain value is the limit.
    pub struct Memory "memory" short "limit" needs ["limit", "reserve"] {
        /// The most it may use; past that it is killed.
        limit: Option<MemorySize<6>> = null,
        /// What is kept free for it.
        reserve: Option<MemorySize<6>> = null,
    }
}

block! {
    /// A limit of the kernel. A plain number is both.
    pub struct Limits "ulimit" {
        /// What holds at the start.
        soft: Integer<0, 9_000_000_000_000_000>,
        /// How far the process may raise it.
        hard: Integer<0, 9_000_000_000_000_000>,
    }
}

/// A limit of the kernel, soft and hard.
#[derive(Clone, Debug)]
pub struct Ulimit {
    /// What holds at the start.
    pub soft: i64,
    /// How far the process may raise it.
    pub hard: i64,
}

impl Type for Ulimit {
    fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let number = crate::library::types::schema_of::<Integer<0, 9_000_000_000_000_000>>(generator);
        let both = crate::library::types::schema_of::<Limits>(generator);
        schemars::json_schema!({"anyOf": [number, both]})
    }

    fn decode(node: &crate::syntax::Node, diags: &mut Diagnostics) -> Option<Ulimit> {
        if node.map().is_some() {
            let limits = Limits::decode(node, diags)?;
            return Some(Ulimit {
                soft: limits.soft.sound()?.0,
                hard: limits.hard.sound()?.0,
            });
        }
        let both = Integer::<0, 9_000_000_000_000_000>::decode(node, diags)?.0;
        Some(Ulimit { soft: both, hard: both })
    }

    fn value(&self, span: Span) -> Value {
        let number = |number| Value::new(span, Data::Integer(number));
        Value::map(span, [("soft", number(self.soft)), ("hard", number(self.hard))])
    }

    fn example() -> serde_json::Value {
        serde_json::json!(65536)
    }
}

/// The names that ECS knows: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Ulimit.html>.
const ULIMITS: &[&str] = &[
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
];

/// The name of a limit of the kernel.
#[derive(Clone, Copy, Debug)]
pub struct UlimitName;

impl Key for UlimitName {
    fn schema() -> Option<serde_json::Value> {
        Some(serde_json::json!({"enum": ULIMITS}))
    }

    fn check(key: &Spanned<std::sync::Arc<str>>, diags: &mut Diagnostics) {
        if ULIMITS.contains(&&*key.value) {
            return;
        }
        let message = format!("there is no limit `{}`", key.value);
        let fault = diags.report(code::UNKNOWN_KEY, key.span, message);
        if let Some(name) = nearest(&key.value, ULIMITS.iter().copied()) {
            fault.did_you_mean_word(name, &key.value, key.span);
        }
    }

    fn example() -> &'static str {
        "nofile"
    }
}

block! {
    /// Where a volume is.
    pub struct Mount "volume" short "path" {
        /// Where it appears in the container.
        path: MountPath,
        /// A folder of the instance; without it, scratch space that goes with the task.
        host: Option<MountPath> = null,
        /// Whether the container may only read it.
        read_only: bool = false,
        /// A file system of EFS.
        @later efs: Option<Text> = null,
    }
}

choice! {
    /// Which protocol a port speaks.
    pub enum Protocol {
        /// TCP
        Tcp = "tcp",
        /// UDP
        Udp = "udp",
    }
}

block! {
    /// The port that the container listens on.
    pub struct Port "port" short "container" {
        /// The port in the container.
        container: Integer<1, 65535>,
        /// The port on the instance. 0, the default under `network: bridge`, lets ECS choose, so that an instance can
        /// run several copies.
        host: Option<Integer<0, 65535>> = null,
        /// The protocol.
        protocol: Protocol = "tcp",
    }
}

choice! {
    /// Where tasks run.
    pub enum Capacity {
        /// On the cluster's EC2 instances.
        Instances = "instances",
        /// On Fargate.
        Fargate = "fargate",
        /// On Fargate Spot: cheaper, and stopped with two minutes' notice.
        Spot = "spot",
    }
}

choice! {
    /// How containers reach the network.
    pub enum Networking {
        /// Through the instance's bridge; ports are mapped.
        Bridge = "bridge",
        /// Each task has a network interface of its own.
        Task = "task",
        /// The container uses the instance's own network.
        Host = "host",
    }
}

choice! {
    /// What copies are spread over.
    pub enum Spread {
        /// Availability zones.
        Zone = "zone",
        /// Instances.
        Instance = "instance",
        /// Nothing.
        Nothing = "none",
    }
}

choice! {
    /// By what tasks are packed together.
    pub enum Pack {
        /// By memory: the instance with the least left.
        Memory = "memory",
        /// By CPU: the instance with the least left.
        Cpu = "cpu",
        /// They are not.
        Nothing = "none",
    }
}

block! {
    /// On which instances tasks are placed.
    pub struct Place "place" then place_for_components {
        /// What copies are spread over.
        spread: Spread = "zone",
        /// By what they are packed together.
        pack: Pack = "memory",
        /// An expression of the cluster query language that an instance must fulfil.
        r#where: Option<Text> = null,
        /// Whether each copy needs an instance of its own.
        distinct: bool = false,
    }
}

fn place_for_components(place: &Place, fields: &mut Vec<Field>) {
    let spread = place.spread.sound() == Some(&Spread::Nothing);
    let pack = place.pack.sound() == Some(&Pack::Nothing);
    for field in fields {
        let nothing = (&**field.key == "spread" && spread) || (&**field.key == "pack" && pack);
        if nothing {
            field.value.data = Data::Null;
        }
    }
}

choice! {
    /// Where a container's output goes.
    pub enum LogDriver {
        /// To CloudWatch Logs.
        Awslogs = "awslogs",
        /// To a router beside the container.
        Awsfirelens = "awsfirelens",
        /// To Splunk.
        Splunk = "splunk",
        /// To a Fluentd server.
        Fluentd = "fluentd",
        /// To files on the instance.
        JsonFile = "json-file",
    }
}

block! {
    /// Where a container's output goes.
    pub struct Output "output" {
        /// The driver.
        driver: LogDriver = "awslogs",
        /// Whether the container waits when output cannot be sent, rather than losing it.
        blocking: bool = false,
    }
}

block! {
    /// What every container has.
    pub struct Container "container" {
        /// The image: `{repository: name}` for your own, `nginx:1.27` for one from elsewhere. Without it, the app's.
        image: Option<Picture> = null,
        /// What runs in place of the image's own command: a string, split as a shell would but run without one, or a list.
        command: Option<Command> = null,
        /// What runs in place of the image's entrypoint.
        entrypoint: Option<Command> = null,
        /// How ECS asks the container whether it is healthy; needed where no load balancer asks.
        probe: Option<Probe> = null,
        /// How it is stopped.
        stop: Stop = {},
        /// Variables; they go over the app's, and `null` removes one of those. Values may hold `${component.export}`.
        environment: Mapping<VariableName, Variable> = {},
        /// Variables whose values are secrets, by the place of each.
        secrets: Mapping<VariableName, SecretSource> = {},
        /// Whether an init process runs in the container, which reaps zombies and forwards signals.
        init: bool = true,
        /// Whether the root file system is read-only.
        read_only: bool = false,
        /// The user that runs in the container, in place of the image's.
        user: Option<User> = null,
        /// Limits of the kernel.
        ulimits: Mapping<UlimitName, Ulimit> = {},
    }
}

block! {
    /// A container that runs beside another one in each task.
    pub struct Sidecar "sidecar" {
        flatten container: Container,
        /// CPU units, or `0.25 vCPU`.
        cpu: Cpu<0, 196_608> = 64,
        /// Its memory.
        memory: Memory = "128 MiB",
        /// Whether the task stops when it stops.
        essential: bool = true,
    }
}

block! {
    /// What every kind of task has.
    pub struct Workload "workload" {
        flatten container: Container,
        /// Where it runs; without it, what the cluster declares, instances first.
        capacity: Option<Capacity> = null,
        /// How it reaches the network; `bridge` on instances, always `task` on Fargate.
        network: Option<Networking> = null,
        /// CPU units, or `0.25 vCPU`. On Fargate, of the whole task.
        cpu: Cpu<0, 196_608> = 256,
        /// Its memory. On Fargate, of the whole task.
        memory: Memory = "512 MiB",
        /// What it may use: the name of a service or component, and the access to it.
        @engine links: Mapping<Name, Label> = {},
        /// Containers beside it in each task.
        sidecars: Mapping<Name, Sidecar> = {},
        /// Folders that outlive the container or are shared: a path in the container, or more.
        volumes: Mapping<Name, Mount> = {},
        /// On which instances it is placed.
        place: Place = {},
        /// Where its output goes.
        logs: Output = {},
        /// Whether `aws ecs execute-command` may open a shell in it.
        exec: bool = false,
        /// Changes to the CloudFormation that comes of it, by the component's local names; `null` deletes.
        @engine r#override: Raw = {},
        /// Its name before: keeps the logical IDs and physical names that it had.
        @engine renamed_from: Option<Name> = null,
    }
}

impl Workload {
    /// Where it runs; known after the cluster is.
    pub fn seat(&self) -> Option<Capacity> {
        *self.capacity.sound()?
    }

    /// Whether it runs on Fargate.
    pub fn is_on_fargate(&self) -> bool {
        matches!(self.seat(), Some(Capacity::Fargate | Capacity::Spot))
    }

    /// How it reaches the network; known after the cluster is.
    pub fn networking(&self) -> Option<Networking> {
        *self.network.sound()?
    }
}
