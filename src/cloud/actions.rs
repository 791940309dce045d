//! Which permission each request needs, on what, and which commands make it. In: nothing, it is a table. Must not know policies.
//!
//! Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html>. A test compares it with the
//! requests that are made of AWS, and with those that each command makes of the simulated cloud.

use Purpose::{Apply, Operate, Plan, Watch};

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// See what a deployment would do.
    Plan,
    /// Watch one.
    Watch,
    /// Deploy.
    Apply,
    /// All that is done with an app that runs; what deploying needs is part of it.
    Operate,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Purpose; 4] = [Plan, Watch, Apply, Operate];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Plan => "plan",
            Watch => "watch",
            Apply => "apply",
            Operate => "operate",
        }
    }
}

/// On what an action is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum On {
    /// It needs no permission.
    Nothing,
    /// It cannot be narrowed down.
    Everything,
    /// It cannot be narrowed down but by a condition that names the ECS cluster.
    InCluster,
    /// The stacks of the project.
    Stacks,
    /// The ECS clusters.
    Clusters,
    /// The services on them.
    Services,
    /// The deployments of those services.
    ServiceDeployments,
    /// The revisions of those services.
    ServiceRevisions,
    /// The tasks on the clusters.
    Tasks,
    /// The instances of the clusters.
    Instances,
    /// The task definitions of the apps, run on the clusters.
    Definitions,
    /// The logs of what runs.
    Logs,
    /// The repositories.
    Repositories,
    /// The parameters of the clusters, and those in which AWS publishes machine images.
    Read,
    /// The parameters of the clusters.
    Parameters,
    /// The Auto Scaling groups of the clusters.
    Groups,
    /// The buckets that stacks make.
    Buckets,
    /// What is in them.
    Objects,
}

/// A request of AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action {
    /// The operation, as AWS's API has it.
    pub operation: &'static str,
    /// The permission, as IAM has it.
    pub permission: &'static str,
    /// On what.
    pub on: On,
    /// What it is needed for. [`Purpose::Operate`] needs all that [`Purpose::Apply`] needs, and is only named alone.
    pub of: &'static [Purpose],
}

const fn action(operation: &'static str, permission: &'static str, on: On, of: &'static [Purpose]) -> Action {
    Action {
        operation,
        permission,
        on,
        of,
    }
}

const ALL: &[Purpose] = &Purpose::ALL;
const PLANNED: &[Purpose] = &[Plan, Apply];
const WATCHED: &[Purpose] = &[Watch, Apply];
const APPLIED: &[Purpose] = &[Apply];
const OPERATED: &[Purpose] = &[Operate];

/// Every request that is made of AWS.
pub const ACTIONS: &[Action] = &[
    action("GetCallerIdentity", "sts:GetCallerIdentity", On::Nothing, ALL),
    action("DescribeStacks", "cloudformation:DescribeStacks", On::Stacks, ALL),
    action(
        "ListStackResources",
        "cloudformation:ListStackResources",
        On::Stacks,
        ALL,
    ),
    action("CreateChangeSet", "cloudformation:CreateChangeSet", On::Stacks, PLANNED),
    action("DescribeChangeSet", "cloudformation:DescribeChangeSet", On::Stacks, ALL),
    action("ListChangeSets", "cloudformation:ListChangeSets", On::Stacks, ALL),
    action("DeleteChangeSet", "cloudformation:DeleteChangeSet", On::Stacks, PLANNED),
    action("DeleteStack", "cloudformation:DeleteStack", On::Stacks, PLANNED),
    action(
        "ExecuteChangeSet",
        "cloudformation:ExecuteChangeSet",
        On::Stacks,
        APPLIED,
    ),
    action(
        "ContinueUpdateRollback",
        "cloudformation:ContinueUpdateRollback",
        On::Stacks,
        OPERATED,
    ),
    action("RollbackStack", "cloudformation:RollbackStack", On::Stacks, OPERATED),
    action(
        "CancelUpdateStack",
        "cloudformation:CancelUpdateStack",
        On::Stacks,
        APPLIED,
    ),
    action(
        "DescribeStackEvents",
        "cloudformation:DescribeStackEvents",
        On::Stacks,
        ALL,
    ),
    action("DescribeEvents", "cloudformation:DescribeEvents", On::Stacks, PLANNED),
    action("GetTemplate", "cloudformation:GetTemplate", On::Stacks, OPERATED),
    action("DescribeServices", "ecs:DescribeServices", On::Services, ALL),
    action(
        "ListServiceDeployments",
        "ecs:ListServiceDeployments",
        On::Services,
        ALL,
    ),
    action(
        "DescribeServiceDeployments",
        "ecs:DescribeServiceDeployments",
        On::ServiceDeployments,
        ALL,
    ),
    action(
        "DescribeServiceRevisions",
        "ecs:DescribeServiceRevisions",
        On::ServiceRevisions,
        ALL,
    ),
    action(
        "StopServiceDeployment",
        "ecs:StopServiceDeployment",
        On::ServiceDeployments,
        APPLIED,
    ),
    action("ListTasks", "ecs:ListTasks", On::InCluster, ALL),
    action("DescribeTasks", "ecs:DescribeTasks", On::Tasks, ALL),
    action("RunTask", "ecs:RunTask", On::Definitions, APPLIED),
    action("StopTask", "ecs:StopTask", On::Tasks, APPLIED),
    action(
        "DescribeTaskDefinition",
        "ecs:DescribeTaskDefinition",
        On::Everything,
        ALL,
    ),
    action(
        "ListContainerInstances",
        "ecs:ListContainerInstances",
        On::Clusters,
        ALL,
    ),
    action(
        "DescribeContainerInstances",
        "ecs:DescribeContainerInstances",
        On::Instances,
        ALL,
    ),
    action(
        "DescribeAutoScalingGroups",
        "autoscaling:DescribeAutoScalingGroups",
        On::Everything,
        OPERATED,
    ),
    action(
        "UpdateAutoScalingGroup",
        "autoscaling:UpdateAutoScalingGroup",
        On::Groups,
        OPERATED,
    ),
    action(
        "SetInstanceProtection",
        "autoscaling:SetInstanceProtection",
        On::Groups,
        OPERATED,
    ),
    action(
        "DescribeTargetHealth",
        "elasticloadbalancing:DescribeTargetHealth",
        On::Everything,
        WATCHED,
    ),
    action("GetLogEvents", "logs:GetLogEvents", On::Logs, WATCHED),
    action("DeleteLogGroup", "logs:DeleteLogGroup", On::Logs, OPERATED),
    action("DeleteRepository", "ecr:DeleteRepository", On::Repositories, OPERATED),
    action("ListObjectVersions", "s3:ListBucketVersions", On::Buckets, OPERATED),
    // A version is deleted by another permission than an object.
    action("DeleteObjects", "s3:DeleteObject*", On::Objects, OPERATED),
    action("DeleteBucket", "s3:DeleteBucket", On::Buckets, OPERATED),
    action("FilterLogEvents", "logs:FilterLogEvents", On::Logs, OPERATED),
    action("HeadObject", "s3:GetObject", On::Objects, PLANNED),
    action("GetObject", "s3:GetObject", On::Objects, APPLIED),
    action("PutObject", "s3:PutObject", On::Objects, PLANNED),
    action(
        "DescribeSecret",
        "secretsmanager:DescribeSecret",
        On::Everything,
        OPERATED,
    ),
    action("DescribeParameters", "ssm:DescribeParameters", On::Everything, OPERATED),
    action("DescribeAlarms", "cloudwatch:DescribeAlarms", On::Everything, ALL),
    action("DescribeImages", "ecr:DescribeImages", On::Repositories, PLANNED),
    action("GetParameter", "ssm:GetParameter", On::Read, PLANNED),
    action("GetParametersByPath", "ssm:GetParametersByPath", On::Read, OPERATED),
    action("PutParameter", "ssm:PutParameter", On::Parameters, APPLIED),
    action("DeleteParameter", "ssm:DeleteParameter", On::Parameters, APPLIED),
];

/// What CloudFormation asks for in the caller's name before it looks at any resource: the values of parameters that name one of
/// Systems Manager, and whether a machine image is there
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html>).
pub const BY_CLOUDFORMATION: &[(&str, On)] = &[("ssm:GetParameters", On::Read), ("ec2:DescribeImages", On::Everything)];

impl Action {
    /// Whether it is needed for a purpose.
    pub fn is_for(&self, purpose: Purpose) -> bool {
        self.of.contains(&purpose) || purpose == Operate && self.of.contains(&Apply)
    }
}
