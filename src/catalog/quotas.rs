//! Limits of AWS that the compiler holds or explains. Out: [`Quota`]s. Must not know what counts against them.

/// A limit: what is counted, the most, and whether AWS raises it on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// What is counted, as in "at most 500 resources per template".
    pub what: &'static str,
    /// The most that is allowed.
    pub most: u64,
    /// Whether AWS raises it on request.
    pub adjustable: bool,
    /// The page of AWS that says so.
    pub source: &'static str,
}

const CLOUDFORMATION: &str =
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html";
const ECS: &str = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html";
const ECS_API: &str = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html";
const PORTS: &str = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html";
const ALB: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html";
const EVENTS: &str = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html";
const VPC: &str = "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html";

/// Declares quotas: `NAME most "what" fixed|adjustable SOURCE;`.
macro_rules! quotas {
    ($($name:ident $most:literal $what:literal $kind:ident $source:ident;)*) => {
        $(
            #[doc = concat!("At most ", stringify!($most), " ", $what, ".")]
            pub const $name: Quota = Quota {
                what: $what,
                most: $most,
                adjustable: quotas!(@ $kind),
                source: $source,
            };
        )*
        /// All quotas that the compiler knows.
        pub const ALL: &[Quota] = &[$($name),*];
    };
    (@ adjustable) => { true };
    (@ fixed) => { false };
}

quotas! {
    TEMPLATE_RESOURCES 500 "resources per template" fixed CLOUDFORMATION;
    TEMPLATE_PARAMETERS 200 "parameters per template" fixed CLOUDFORMATION;
    TEMPLATE_OUTPUTS 200 "outputs per template" fixed CLOUDFORMATION;
    TEMPLATE_BYTES_INLINE 51_200 "bytes of a template in the request itself" fixed CLOUDFORMATION;
    TEMPLATE_BYTES 1_000_000 "bytes of a template in S3" fixed CLOUDFORMATION;
    SERVICE_TASKS 5_000 "tasks per service" adjustable ECS;
    SERVICE_TASKS_DISCOVERED 1_000 "tasks per service with service discovery or Service Connect" fixed ECS;
    CLUSTER_INSTANCES 5_000 "container instances per cluster" fixed ECS;
    CLUSTER_PROVIDERS 10 "capacity providers per cluster" fixed ECS;
    CONTAINERS 10 "containers per task definition" fixed ECS;
    TASK_DEFINITION_BYTES 65_536 "bytes of a task definition" fixed ECS;
    AWSVPC_SUBNETS 16 "subnets per task network" fixed ECS;
    AWSVPC_SECURITY_GROUPS 5 "security groups per task network" fixed ECS;
    SERVICE_TARGET_GROUPS 5 "target groups per service" fixed ECS;
    RESOURCE_TAGS 50 "tags per resource" fixed ECS;
    PLACEMENT_CONSTRAINTS 10 "placement constraints per service" fixed ECS_API;
    PLACEMENT_STRATEGIES 5 "placement strategies per service" fixed ECS_API;
    HOST_PORTS 100 "fixed host ports per container instance, five of them the agent's" fixed PORTS;
    LISTENERS 50 "listeners per load balancer" adjustable ALB;
    LISTENER_RULES 100 "listener rules per load balancer, without the default ones" adjustable ALB;
    LISTENER_CERTIFICATES 25 "certificates per load balancer, without the default one" adjustable ALB;
    BALANCER_TARGET_GROUPS 100 "target groups per load balancer" fixed ALB;
    BALANCER_TARGETS 1_000 "targets per load balancer" adjustable ALB;
    RULE_CONDITION_VALUES 5 "condition values per listener rule" fixed ALB;
    RULE_WILDCARDS 5 "wildcards per listener rule" fixed ALB;
    EVENT_TARGETS 5 "targets per event rule" fixed EVENTS;
    EVENT_RULES 300 "event rules per bus" adjustable EVENTS;
    SUBNET_RESERVED 5 "addresses of a subnet that AWS keeps" fixed VPC;
}
