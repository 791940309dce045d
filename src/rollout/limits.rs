//! How fast ECS and CloudFormation go, and how long they wait. Seconds, unless a name says otherwise.

/// How many copies of one service ECS starts a minute
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html>; less in small regions).
pub const STARTS_A_MINUTE: i64 = 500;

/// The longest pause between attempts to start copies that never get to RUNNING. Copies that do and end later are started
/// again at once (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html>).
pub const LONGEST_PAUSE_SECONDS: i64 = 15 * 60;

/// How many tasks of a cluster may wait in PROVISIONING for an instance at once (the quotas of ECS; 100 in older pages).
pub const PROVISIONING_TASKS: i64 = 300;

/// How long a task waits in PROVISIONING for an instance before it is stopped, at least and at most
/// (<https://github.com/aws/containers-roadmap/issues/2381>).
pub const PROVISIONING_SECONDS: (i64, i64) = (10 * 60, 30 * 60);

/// For how long CloudFormation waits for a rolling deployment
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html>).
pub const STACK_SECONDS: i64 = 3 * 60 * 60;

/// The same with a bake time, or with blue-green, linear and canary deployments
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-service.html>).
pub const STACK_BAKE_SECONDS: i64 = 36 * 60 * 60;

/// The least time in seconds to start `tasks` copies at `rate` a minute.
pub fn least_start_time(tasks: i64, rate: i64) -> i64 {
    (tasks * 60 + rate - 1) / rate
}
