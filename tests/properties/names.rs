//! Two things of one account never share a name.

use std::collections::BTreeMap;

use loadline::catalog::{Catalog, Replacement};
use proptest::prelude::*;
use serde_json::Value as Json;

use super::generate;
use super::template::{Resolver, section};
use super::{config, one_file, stacks};

/// What an account, or the resource around it, has once: for each type the properties that say which one it is. Where one
/// of them is missing, AWS chooses.
const IDENTITIES: &[(&str, &[&str])] = &[
    (
        "AWS::ApplicationAutoScaling::ScalableTarget",
        &["ResourceId", "ScalableDimension"],
    ),
    (
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        &["ScalingTargetId", "PolicyName"],
    ),
    ("AWS::EC2::Route", &["RouteTableId", "DestinationCidrBlock"]),
    ("AWS::ECR::Repository", &["RepositoryName"]),
    ("AWS::ECS::Cluster", &["ClusterName"]),
    ("AWS::ECS::TaskDefinition", &["Family"]),
    ("AWS::ElasticLoadBalancingV2::Listener", &["LoadBalancerArn", "Port"]),
    (
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        &["ListenerArn", "Priority"],
    ),
    ("AWS::Logs::LogGroup", &["LogGroupName"]),
    ("AWS::Logs::ResourcePolicy", &["PolicyName"]),
    ("AWS::Route53::RecordSet", &["HostedZoneId", "Name", "Type"]),
    ("AWS::SSM::Parameter", &["Name"]),
    ("AWS::ServiceDiscovery::HttpNamespace", &["Name"]),
    ("AWS::EC2::SecurityGroupIngress", RULE),
    ("AWS::EC2::SecurityGroupEgress", RULE),
];

/// What a rule of a security group is known by; it has one source or destination.
const RULE: &[&str] = &["GroupId", "IpProtocol", "FromPort", "ToPort"];
const PEERS: &[&str] = &[
    "CidrIp",
    "CidrIpv6",
    "SourceSecurityGroupId",
    "DestinationSecurityGroupId",
];

/// Names that are no physical names: of things outside, or of a part of the resource.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("AWS::CertificateManager::Certificate", "DomainName"),
    ("AWS::EC2::FlowLog", "LogGroupName"),
    ("AWS::EC2::VPCEndpoint", "ServiceName"),
];

/// What a resource is known by; `None` when AWS chooses.
fn identity(resolver: &Resolver, stack: &str, resource: &Json) -> Option<String> {
    let kind = resource["Type"].as_str().expect("a resource has a type");
    let (_, keys) = IDENTITIES.iter().find(|(name, _)| *name == kind)?;
    let properties = &resource["Properties"];
    let mut parts = vec![kind.to_string()];
    for key in *keys {
        parts.push(resolver.resolve(stack, properties.get(key)?));
    }
    if *keys == RULE {
        let peers = PEERS.iter().filter_map(|peer| properties.get(peer));
        parts.extend(peers.map(|peer| resolver.resolve(stack, peer)));
    }
    Some(parts.join(" "))
}

/// What is there twice, and names that nothing is known about.
fn faults(stacks: &BTreeMap<String, Json>) -> Vec<String> {
    let catalog = Catalog::new();
    let resolver = Resolver::new(stacks);
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let mut faults = Vec::new();
    for (stack, template) in stacks {
        for (id, resource) in section(template, "Resources") {
            let place = format!("{stack}/{id}");
            if let Some(identity) = identity(&resolver, stack, resource)
                && let Some(other) = seen.insert(identity.clone(), place.clone())
            {
                faults.push(format!("{other} and {place}: {identity}"));
            }
            let kind = resource["Type"].as_str().expect("a resource has a type");
            let catalogued = catalog.resource_type(kind).expect("the type check knows it");
            for (name, _) in section(resource, "Properties") {
                let is_name = name.ends_with("Name") && catalogued.replacement(name) == Replacement::Always;
                let known = IDENTITIES
                    .iter()
                    .any(|(known, keys)| *known == kind && keys.contains(&name.as_str()));
                if is_name && !known && !OTHER_NAMES.contains(&(kind, name)) {
                    faults.push(format!("{place}: `{name}` may collide"));
                }
            }
        }
    }
    faults
}

proptest! {
    #![proptest_config(config(16))]

    #[test]
    fn two_clusters_of_an_account_share_no_name(project in generate::overlaid(3)) {
        let mut documents = project.documents();
        // The user may give both one name for their services.
        let second = documents[1].as_object_mut().expect("a mapping");
        second.shift_remove("names");
        prop_assume!(documents[2..].iter().all(|document| !document.to_string().contains("\"call\"")));
        let stacks = stacks(&one_file(&documents))?;
        prop_assert_eq!(faults(&stacks), Vec::<String>::new());
    }

    #[test]
    fn apps_of_a_cluster_share_no_name(project in generate::apps(3, 3)) {
        let stacks = stacks(&one_file(&project.documents()))?;
        prop_assert_eq!(faults(&stacks), Vec::<String>::new());
    }
}
