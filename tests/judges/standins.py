"""Teaches moto the types of resources that its CloudFormation leaves out of a stack without a word.

Each is made by the service's own API with the template's own properties, so that the client of the AWS SDK looks at their shape, and what
refers to it gets a value. Importing this registers them.
"""

import json
import logging

import boto3
from moto.cloudformation import parsing
from moto.core.common_models import CloudFormationModel
from moto.elbv2.models import FakeLoadBalancer, FakeTargetGroup
from moto.route53.models import Route53Backend

REGION = "eu-west-1"


def client(name):
    return boto3.client(name, REGION)


def lower(value):
    """CloudFormation's spelling of keys as ECS has it: `autoScalingGroupArn`."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: lower(inner) for key, inner in value.items()}
    return [lower(inner) for inner in value] if isinstance(value, list) else value


def alarm(name, properties):
    client("cloudwatch").put_metric_alarm(**{"AlarmName": name, **properties})
    return name, {"Arn": f"arn:aws:cloudwatch:{REGION}:123456789012:alarm:{name}"}


def bucket_policy(name, properties):
    client("s3").put_bucket_policy(Bucket=properties["Bucket"], Policy=json.dumps(properties["PolicyDocument"]))
    return properties["Bucket"], {}


def capacity_provider(name, properties):
    tags = [lower(tag) for tag in properties.get("Tags", [])]
    provider = lower(properties["AutoScalingGroupProvider"])
    found = [one for one in client("ecs").describe_capacity_providers(capacityProviders=[name])["capacityProviders"] if one["status"] == "ACTIVE"]
    if found:
        provider.pop("autoScalingGroupArn")
        client("ecs").update_capacity_provider(name=name, autoScalingGroupProvider=provider)
    else:
        client("ecs").create_capacity_provider(name=name, autoScalingGroupProvider=provider, tags=tags)
    return name, {}


def certificate(name, properties):
    options = {key: properties[key] for key in ("SubjectAlternativeNames", "ValidationMethod") if key in properties}
    return client("acm").request_certificate(DomainName=properties["DomainName"], **options)["CertificateArn"], {}


def cluster_providers(name, properties):
    client("ecs").put_cluster_capacity_providers(**lower(properties))
    return properties["Cluster"], {}


def egress(name, properties):
    group = properties["GroupId"]
    sides = {"CidrIp": "IpRanges", "CidrIpv6": "Ipv6Ranges", "DestinationSecurityGroupId": "UserIdGroupPairs"}
    rule = {"IpProtocol": str(properties["IpProtocol"])}
    rule |= {key: int(properties[key]) for key in ("FromPort", "ToPort") if key in properties}
    for key, side in sides.items():
        if key in properties:
            rule[side] = [{"GroupId" if "Group" in key else key: properties[key]}]
    made = client("ec2").authorize_security_group_egress(GroupId=group, IpPermissions=[rule])
    return made["SecurityGroupRules"][0]["SecurityGroupRuleId"], {}


def namespace(name, properties):
    aws = client("servicediscovery")
    found = [one for one in aws.list_namespaces()["Namespaces"] if one["Name"] == properties["Name"]]
    if not found:
        aws.create_http_namespace(Name=properties["Name"])
        found = [one for one in aws.list_namespaces()["Namespaces"] if one["Name"] == properties["Name"]]
    return found[0]["Id"], {"Arn": found[0]["Arn"], "Id": found[0]["Id"]}


def scalable_target(name, properties):
    kept = {key: value for key, value in properties.items() if key != "Tags"}
    client("application-autoscaling").register_scalable_target(**kept)
    return "|".join(properties[key] for key in ("ResourceId", "ScalableDimension", "ServiceNamespace")), {}


def scaling_policy(name, properties):
    kept = dict(properties)
    target = kept.pop("ScalingTargetId", None)
    if target:
        kept["ResourceId"], kept["ScalableDimension"], kept["ServiceNamespace"] = target.split("|")
    kept["PolicyName"] = kept.get("PolicyName", name)
    return client("application-autoscaling").put_scaling_policy(**kept)["PolicyARN"], {}


def schedule(name, properties):
    aws = client("scheduler")
    known = [one["Name"] for one in aws.list_schedules()["Schedules"]]
    verb = aws.update_schedule if name in known else aws.create_schedule
    arn = verb(**{"Name": name, **properties})["ScheduleArn"]
    return name, {"Arn": arn}


def topic_policy(name, properties):
    for topic in properties["Topics"]:
        policy = json.dumps(properties["PolicyDocument"])
        client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    return name, {}


MAKERS = {
    "AWS::ApplicationAutoScaling::ScalableTarget": scalable_target,
    "AWS::ApplicationAutoScaling::ScalingPolicy": scaling_policy,
    "AWS::CertificateManager::Certificate": certificate,
    "AWS::CloudWatch::Alarm": alarm,
    "AWS::EC2::SecurityGroupEgress": egress,
    "AWS::ECS::CapacityProvider": capacity_provider,
    "AWS::ECS::ClusterCapacityProviderAssociations": cluster_providers,
    "AWS::S3::BucketPolicy": bucket_policy,
    "AWS::SNS::TopicPolicy": topic_policy,
    "AWS::Scheduler::Schedule": schedule,
    "AWS::ServiceDiscovery::HttpNamespace": namespace,
}


class StandIn:
    """A resource of a type that moto does not know; moto finds it as a subclass of its own model."""

    def __init__(self, name, json):
        # The name stays over updates, as what CloudFormation names does.
        self.name = name
        self.physical_resource_id, self.attributes = MAKERS[self.cloudformation_type()](name, json.get("Properties", {}))

    @staticmethod
    def cloudformation_name_type():
        return ""

    @classmethod
    def has_cfn_attr(cls, attr):
        return True

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name, cloudformation_json, account_id, region_name, LogicalId, StackId, **_
    ):
        return cls(f"{StackId.split('/')[1]}-{LogicalId}", cloudformation_json)

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name
    ):
        return cls(original_resource.name, cloudformation_json)

    @classmethod
    def delete_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name):
        """Nothing that moto has stands in the way of anything else."""

    def get_cfn_attribute(self, name):
        return self.attributes[name]


def register():
    logging.disable()
    for type_name in MAKERS:
        assert parsing.resource_class_from_type(type_name) is None, f"moto knows {type_name} now"
    models = [
        type(name.replace("::", ""), (StandIn, CloudFormationModel), {"cloudformation_type": staticmethod(lambda name=name: name)})
        for name in MAKERS
    ]
    parsing.get_model_list.cache_clear()
    parsing.get_model_map.cache_clear()
    parsing.get_name_type_map.cache_clear()
    return models


MODELS = register()


def completed(known, more):
    """What a template may ask of a resource: what moto knows, and what it left out."""

    def attribute(resource, name):
        values = more(resource)
        return values[name] if name in values else known(resource, name)

    return attribute


FakeLoadBalancer.get_cfn_attribute = completed(
    FakeLoadBalancer.get_cfn_attribute,
    lambda balancer: {
        "CanonicalHostedZoneID": "Z32O12XQLNTSW2",
        "LoadBalancerArn": balancer.arn,
        "LoadBalancerFullName": balancer.arn.split(":loadbalancer/")[1],
    },
)
FakeTargetGroup.get_cfn_attribute = completed(
    getattr(FakeTargetGroup, "get_cfn_attribute", None),
    lambda group: {
        "TargetGroupArn": group.arn,
        "TargetGroupFullName": group.arn.split(":")[-1],
        "TargetGroupName": group.name,
    },
)


_hosted_zone = Route53Backend.get_hosted_zone


def hosted_zone(backend, zone_id):
    """A zone that a spec names was there before."""
    if zone_id not in backend.zones:
        zone = backend.create_hosted_zone("example.com.", private_zone=False)
        zone.resource_id = zone_id
        backend.zones[zone_id] = zone
    return _hosted_zone(backend, zone_id)


Route53Backend.get_hosted_zone = hosted_zone
