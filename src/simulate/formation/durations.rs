//! How long a resource takes. In: its type and what is done. Out: seconds. Must not know stacks.
//!
//! Create and update are the averages of `rain forecast`, which AWS took from its own stacks:
//! <https://github.com/aws-cloudformation/rain/blob/main/internal/cmd/forecast/estimate.go>. Deletion is our choice.

use std::time::Duration;

use fastrand::Rng;
use serde_json::Value;

/// What is done to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// It is created.
    Create,
    /// It is updated.
    Update,
    /// It is deleted.
    Delete,
}

/// Seconds to create, update and delete; for what is not listed, [`OTHER`].
const SECONDS: &[(&str, [u32; 3])] = &[
    ("AWS::ApplicationAutoScaling::ScalableTarget", [2, 1, 1]),
    ("AWS::ApplicationAutoScaling::ScalingPolicy", [1, 1, 1]),
    ("AWS::AutoScaling::AutoScalingGroup", [3, 3, 10]),
    ("AWS::CertificateManager::Certificate", [239, 1, 1]),
    ("AWS::CloudFront::Distribution", [266, 164, 200]),
    ("AWS::CloudWatch::Alarm", [2, 1, 1]),
    ("AWS::DynamoDB::Table", [15, 10, 10]),
    ("AWS::EC2::EIP", [17, 2, 2]),
    ("AWS::EC2::FlowLog", [2, 2, 1]),
    ("AWS::EC2::InternetGateway", [17, 16, 1]),
    ("AWS::EC2::LaunchTemplate", [6, 5, 1]),
    ("AWS::EC2::NatGateway", [106, 5, 50]),
    ("AWS::EC2::RouteTable", [12, 11, 1]),
    ("AWS::EC2::Route", [2, 1, 1]),
    ("AWS::EC2::SecurityGroup", [6, 2, 1]),
    ("AWS::EC2::SecurityGroupEgress", [3, 1, 1]),
    ("AWS::EC2::SecurityGroupIngress", [2, 1, 1]),
    ("AWS::EC2::Subnet", [4, 10, 1]),
    ("AWS::EC2::SubnetRouteTableAssociation", [2, 1, 1]),
    ("AWS::EC2::VPC", [12, 2, 1]),
    ("AWS::EC2::VPCEndpoint", [47, 11, 20]),
    ("AWS::EC2::VPCGatewayAttachment", [12, 11, 1]),
    ("AWS::ECR::Repository", [1, 2, 1]),
    ("AWS::ECS::CapacityProvider", [2, 1, 2]),
    ("AWS::ECS::Cluster", [5, 2, 2]),
    ("AWS::ECS::ClusterCapacityProviderAssociations", [13, 31, 13]),
    ("AWS::ECS::TaskDefinition", [4, 2, 1]),
    ("AWS::EFS::FileSystem", [5, 5, 5]),
    ("AWS::EFS::MountTarget", [93, 1, 20]),
    ("AWS::ElastiCache::ReplicationGroup", [712, 208, 300]),
    ("AWS::ElasticLoadBalancingV2::Listener", [2, 1, 1]),
    ("AWS::ElasticLoadBalancingV2::ListenerRule", [2, 1, 1]),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", [116, 2, 5]),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", [18, 6, 1]),
    ("AWS::Events::Rule", [62, 1, 2]),
    ("AWS::IAM::InstanceProfile", [126, 1, 2]),
    ("AWS::IAM::Policy", [17, 3, 2]),
    ("AWS::IAM::Role", [12, 17, 2]),
    ("AWS::Lambda::Function", [25, 12, 2]),
    ("AWS::Logs::LogGroup", [1, 1, 1]),
    ("AWS::Logs::ResourcePolicy", [1, 1, 1]),
    ("AWS::RDS::DBCluster", [222, 62, 100]),
    ("AWS::RDS::DBInstance", [595, 171, 200]),
    ("AWS::Route53::RecordSet", [20, 2, 20]),
    ("AWS::S3::Bucket", [30, 31, 2]),
    ("AWS::S3::BucketPolicy", [12, 12, 1]),
    ("AWS::Scheduler::Schedule", [5, 5, 1]),
    ("AWS::SNS::Topic", [4, 7, 1]),
    ("AWS::SNS::TopicPolicy", [1, 1, 1]),
    ("AWS::SQS::Queue", [72, 2, 60]),
    ("AWS::SSM::Parameter", [1, 1, 1]),
    ("AWS::ServiceDiscovery::HttpNamespace", [46, 1, 30]),
    ("AWS::ServiceDiscovery::PrivateDnsNamespace", [46, 12, 30]),
    ("AWS::StepFunctions::StateMachine", [1, 1, 30]),
];

/// Our choice for what is not listed.
const OTHER: [u32; 3] = [5, 2, 2];

/// The type whose progress ECS tells.
const SERVICE: &str = "AWS::ECS::Service";

/// How long this work takes, a fifth more or less. A service is done when ECS says so.
pub(super) fn duration(kind: &str, work: Work, chance: &mut Rng) -> Duration {
    if kind == SERVICE {
        return Duration::ZERO;
    }
    let found = SECONDS.iter().find(|(listed, _)| *listed == kind);
    let seconds = found.map_or(OTHER, |(_, seconds)| *seconds)[work as usize];
    let share = 0.8 + 0.4 * chance.f64();
    Duration::from_secs_f64((f64::from(seconds) * share).max(0.5))
}

/// After how long CloudFormation gives up.
///
/// Rolling deployments were seen to fail after three hours, although the schema of the type allows 36; that is for those
/// that bake, and canary, linear and blue/green ones.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html>. A service is deleted within 30
/// minutes, and any other type has two hours, the default of
/// <https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html>.
pub(super) fn patience(kind: &str, work: Work, properties: &Value) -> Duration {
    let rollout = &properties["DeploymentConfiguration"];
    let is_rolling = matches!(rollout["Strategy"].as_str(), None | Some("ROLLING"));
    let bakes = rollout["BakeTimeInMinutes"]
        .as_f64()
        .is_some_and(|minutes| minutes > 0.0);
    let minutes = match (kind, work) {
        (SERVICE, Work::Delete) => 30,
        (SERVICE, _) if is_rolling && !bakes => 180,
        (SERVICE, _) => 36 * 60,
        _ => 120,
    };
    Duration::from_secs(minutes * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_near_its_average() {
        let mut chance = Rng::with_seed(7);
        for _ in 0..100 {
            let time = duration("AWS::EC2::NatGateway", Work::Create, &mut chance).as_secs_f64();
            assert!((84.8..=127.2).contains(&time), "{time}");
        }
        assert_eq!(duration(SERVICE, Work::Update, &mut chance), Duration::ZERO);
    }

    #[test]
    fn no_type_is_listed_twice() {
        let mut names: Vec<&str> = SECONDS.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
