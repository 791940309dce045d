//! What is at stake when a resource is replaced or removed. In: its type, and what AWS does with the one that is there. Out:
//! words for a reader.

use serde::{Deserialize, Serialize};

/// What is at stake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stake {
    /// Of which sort.
    pub sort: Sort,
    /// In words, without a full stop.
    pub text: String,
}

/// A sort of what is at stake, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sort {
    /// Data is lost, or left behind.
    Data,
    /// Something does not answer for a while, or no longer.
    Downtime,
    /// Old and new stand side by side, and both need room.
    Room,
}

/// Types that hold what cannot be made again, and what that is.
const DATA: &[(&str, &str)] = &[
    ("AWS::DynamoDB::GlobalTable", "items"),
    ("AWS::DynamoDB::Table", "items"),
    ("AWS::ECR::Repository", "images"),
    ("AWS::EFS::FileSystem", "files"),
    ("AWS::ElastiCache::CacheCluster", "entries"),
    ("AWS::ElastiCache::ReplicationGroup", "entries"),
    ("AWS::ElastiCache::ServerlessCache", "entries"),
    ("AWS::Logs::LogGroup", "logs"),
    ("AWS::OpenSearchService::Domain", "documents"),
    ("AWS::RDS::DBCluster", "data"),
    ("AWS::RDS::DBInstance", "data"),
    ("AWS::S3::Bucket", "objects"),
    ("AWS::SQS::Queue", "messages"),
    ("AWS::SecretsManager::Secret", "value"),
];

/// Types whose replacement is felt, and how.
const REPLACED: &[(&str, Sort, &str)] = &[
    (
        "AWS::ECS::Service",
        Sort::Room,
        "the new service starts beside the old one: there must be room for both",
    ),
    (
        "AWS::AutoScaling::AutoScalingGroup",
        Sort::Downtime,
        "all its instances are exchanged for new ones, without a roll",
    ),
    (
        "AWS::ECS::Cluster",
        Sort::Downtime,
        "all that runs in it has to start anew in another cluster",
    ),
    (
        "AWS::EC2::VPC",
        Sort::Downtime,
        "all that is in the network has to be made anew",
    ),
    (
        "AWS::EC2::Subnet",
        Sort::Downtime,
        "all that is in the subnet has to be made anew",
    ),
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        Sort::Downtime,
        "its name changes: whoever still has the old address is not answered",
    ),
    (
        "AWS::ElasticLoadBalancingV2::Listener",
        Sort::Downtime,
        "its port does not answer until the new one is there",
    ),
    (
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        Sort::Downtime,
        "the new group has no healthy target until copies are registered and checked",
    ),
    (
        "AWS::CertificateManager::Certificate",
        Sort::Downtime,
        "the new certificate has to be validated before anything goes on",
    ),
    (
        "AWS::ServiceDiscovery::HttpNamespace",
        Sort::Downtime,
        "links find each other again only after every service was deployed anew",
    ),
];

/// Types whose removal is felt, and how.
const REMOVED: &[(&str, Sort, &str)] = &[
    ("AWS::ECS::Service", Sort::Downtime, "its copies are stopped"),
    ("AWS::ECS::Cluster", Sort::Downtime, "nothing may run in it any more"),
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        Sort::Downtime,
        "its name is no longer answered",
    ),
    (
        "AWS::ElasticLoadBalancingV2::Listener",
        Sort::Downtime,
        "its port is no longer answered",
    ),
    (
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        Sort::Downtime,
        "its route is no longer answered",
    ),
    (
        "AWS::Route53::RecordSet",
        Sort::Downtime,
        "its name is no longer resolved",
    ),
    (
        "AWS::Scheduler::Schedule",
        Sort::Downtime,
        "its task is no longer started",
    ),
];

/// What is at stake when a resource of this type is replaced. `policy` is what AWS does with the one that is there.
pub(super) fn of_replacement(kind: &str, policy: Option<&str>) -> Vec<Stake> {
    let mut stakes: Vec<Stake> = data(kind)
        .map(|held| match policy.unwrap_or_default() {
            policy if policy.ends_with("Retain") => {
                format!("its {held} stay in the old one, which leaves the stack; the new one is empty")
            }
            policy if policy.ends_with("Snapshot") => format!("its {held} go into a snapshot; the new one is empty"),
            _ => format!("its {held} are lost: the new one is empty"),
        })
        .map(lost)
        .into_iter()
        .collect();
    stakes.extend(felt(REPLACED, kind));
    stakes
}

/// What is at stake when a resource of this type is removed.
pub(super) fn of_removal(kind: &str, policy: Option<&str>) -> Vec<Stake> {
    if policy == Some("Retain") {
        let text = match data(kind) {
            Some(held) => format!("it stays, with its {held}, without a stack"),
            None => "it stays, without a stack".to_string(),
        };
        let sort = Sort::Room;
        return vec![Stake { sort, text }];
    }
    let mut stakes: Vec<Stake> = data(kind)
        .map(|held| match policy {
            Some("Snapshot") => format!("its {held} go into a snapshot"),
            Some(_) => format!("its {held} are lost"),
            None => format!("its {held} are lost, unless the deployed template keeps it"),
        })
        .map(lost)
        .into_iter()
        .collect();
    stakes.extend(felt(REMOVED, kind));
    stakes
}

fn data(kind: &str) -> Option<&'static str> {
    let found = DATA.iter().find(|(name, _)| *name == kind);
    found.map(|(_, held)| *held)
}

fn lost(text: String) -> Stake {
    let sort = Sort::Data;
    Stake { sort, text }
}

fn felt(table: &[(&str, Sort, &str)], kind: &str) -> Option<Stake> {
    let (_, sort, text) = table.iter().find(|(name, ..)| *name == kind)?;
    Some(Stake {
        sort: *sort,
        text: text.to_string(),
    })
}
