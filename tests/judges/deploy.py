"""Deploys what `compile` wrote to moto, which answers as AWS does, inside this process.

In: folders, each one state of a project: `<stack>.json` or `<stack>.yml` and `<stack>.parameters.json`. The first is created, each next one is an
update, and in the end all is deleted in reverse order. Out: a line for each stack, or a traceback.
What moto does not know is taught to it in standins.py.
"""

import glob
import json
import logging
import os
import sys
import warnings

import offline  # noqa: F401
import boto3
import standins
from cfnlint.decode import decode
from moto import mock_aws
from moto.cloudformation import parsing
from moto.cloudformation.parsing import resource_class_from_type

REGION = "eu-west-1"
DIGESTS = ["sha256:" + digit * 64 for digit in "0123456789abcdef"]


_update = parsing.parse_and_update_resource


def _remember(logical, resource, resources, **where):
    """moto forgets a resource on the update of a stack when it has no update of its own for that type."""
    return _update(logical, resource, resources, **where) or resources[logical]


parsing.parse_and_update_resource = _remember
_create = parsing.parse_and_create_resource


def _named(logical, resource, resources, **where):
    """moto does not say which resource it could not create."""
    try:
        return _create(logical, resource, resources, **where)
    except Exception as error:
        raise AssertionError(f"{logical} ({resource['Type']}) could not be created: {error!r}") from error


parsing.parse_and_create_resource = _named


def stage(name):
    """The place of a stack in the order of deployment, by its name."""
    for place, ending in enumerate(["-cluster", "-registry", "-base", "-release"]):
        if name.endswith(ending):
            return place
    return 4


def load(folder):
    """The stacks of a folder in the order of deployment: (name, text, template, parameters given)."""
    stacks = []
    for path in sorted(glob.glob(os.path.join(folder, "*"))):
        name, ending = os.path.splitext(os.path.basename(path))
        if ending not in (".yml", ".json") or name.endswith((".parameters", ".map")):
            continue
        template, faults = decode(path)
        assert not faults, f"{path}: {faults}"
        given = {}
        parameters = os.path.join(folder, f"{name}.parameters.json")
        if os.path.exists(parameters):
            with open(parameters, encoding="utf-8") as file:
                given = {entry["ParameterKey"]: entry.get("ParameterValue") for entry in json.load(file)}
        with open(path, encoding="utf-8") as file:
            stacks.append((name, file.read(), template, given))
    assert stacks, f"{folder} holds no template"
    return sorted(stacks, key=lambda stack: (stage(stack[0]), stack[0]))


def supply(name, template, given, state):
    """The parameters of a stack: those of its file, and what whoever deploys must add: images."""
    declared = template.get("Parameters", {})
    unknown = sorted(set(given) - set(declared))
    assert not unknown, f"{name}: the parameter file names {unknown}, which the template does not have"
    values = {key: value for key, value in given.items() if value}
    for key, parameter in declared.items():
        if key in values or "Default" in parameter:
            continue
        if parameter["Type"] == "AWS::EC2::Image::Id":
            values[key] = boto3.client("ec2", REGION).describe_images()["Images"][state]["ImageId"]
        elif "sha256" in parameter.get("AllowedPattern", ""):
            values[key] = DIGESTS[state]
        else:
            raise AssertionError(f"{name}: nothing gives `{key}` ({parameter['Type']}) a value")
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def clients():
    names = "autoscaling cloudformation dynamodb ec2 ecr ecs elbv2 events iam logs s3 sns sqs ssm stepfunctions"
    return {name: boto3.client(name, REGION) for name in names.split()}


def active(found):
    """Those that are not only remembered."""
    return [one for one in found if (one.get("status") or one.get("State", "")).lower() in ("active", "available")]


# How to see that a resource of a type is really there: by the service's own API, given its physical ID.
SEEN = {
    "AWS::AutoScaling::AutoScalingGroup": lambda aws, id: aws["autoscaling"].describe_auto_scaling_groups(
        AutoScalingGroupNames=[id]
    )["AutoScalingGroups"],
    "AWS::DynamoDB::Table": lambda aws, id: [aws["dynamodb"].describe_table(TableName=id)],
    "AWS::EC2::EIP": lambda aws, id: aws["ec2"].describe_addresses(PublicIps=[id])["Addresses"],
    "AWS::EC2::FlowLog": lambda aws, id: aws["ec2"].describe_flow_logs(FlowLogIds=[id])["FlowLogs"],
    "AWS::EC2::InternetGateway": lambda aws, id: aws["ec2"].describe_internet_gateways(InternetGatewayIds=[id])[
        "InternetGateways"
    ],
    "AWS::EC2::LaunchTemplate": lambda aws, id: aws["ec2"].describe_launch_templates(LaunchTemplateIds=[id])[
        "LaunchTemplates"
    ],
    "AWS::EC2::NatGateway": lambda aws, id: active(
        aws["ec2"].describe_nat_gateways(NatGatewayIds=[id])["NatGateways"]
    ),
    "AWS::EC2::RouteTable": lambda aws, id: aws["ec2"].describe_route_tables(RouteTableIds=[id])["RouteTables"],
    "AWS::EC2::SecurityGroup": lambda aws, id: aws["ec2"].describe_security_groups(GroupIds=[id])["SecurityGroups"],
    "AWS::EC2::Subnet": lambda aws, id: aws["ec2"].describe_subnets(SubnetIds=[id])["Subnets"],
    "AWS::EC2::VPC": lambda aws, id: aws["ec2"].describe_vpcs(VpcIds=[id])["Vpcs"],
    "AWS::EC2::VPCEndpoint": lambda aws, id: aws["ec2"].describe_vpc_endpoints(VpcEndpointIds=[id])["VpcEndpoints"],
    "AWS::ECR::Repository": lambda aws, id: aws["ecr"].describe_repositories(repositoryNames=[id])["repositories"],
    "AWS::ECS::Cluster": lambda aws, id: active(aws["ecs"].describe_clusters(clusters=[id])["clusters"]),
    "AWS::ECS::Service": lambda aws, id: active(
        aws["ecs"].describe_services(cluster=id.split("/")[-2], services=[id])["services"]
    ),
    "AWS::ECS::TaskDefinition": lambda aws, id: active(
        [aws["ecs"].describe_task_definition(taskDefinition=id)["taskDefinition"]]
    ),
    "AWS::ElasticLoadBalancingV2::Listener": lambda aws, id: aws["elbv2"].describe_listeners(ListenerArns=[id])[
        "Listeners"
    ],
    "AWS::ElasticLoadBalancingV2::ListenerRule": lambda aws, id: aws["elbv2"].describe_rules(RuleArns=[id])["Rules"],
    "AWS::ElasticLoadBalancingV2::LoadBalancer": lambda aws, id: aws["elbv2"].describe_load_balancers(
        LoadBalancerArns=[id]
    )["LoadBalancers"],
    "AWS::ElasticLoadBalancingV2::TargetGroup": lambda aws, id: aws["elbv2"].describe_target_groups(
        TargetGroupArns=[id]
    )["TargetGroups"],
    "AWS::Events::Rule": lambda aws, id: [aws["events"].describe_rule(Name=id)],
    "AWS::IAM::InstanceProfile": lambda aws, id: [aws["iam"].get_instance_profile(InstanceProfileName=id)],
    "AWS::IAM::Role": lambda aws, id: [aws["iam"].get_role(RoleName=id)],
    "AWS::Logs::LogGroup": lambda aws, id: aws["logs"].describe_log_groups(logGroupNamePrefix=id)["logGroups"],
    "AWS::Logs::ResourcePolicy": lambda aws, id: [
        policy for policy in aws["logs"].describe_resource_policies()["resourcePolicies"] if policy["policyName"] == id
    ],
    "AWS::S3::Bucket": lambda aws, id: [aws["s3"].head_bucket(Bucket=id)],
    "AWS::SNS::Topic": lambda aws, id: [aws["sns"].get_topic_attributes(TopicArn=id)],
    "AWS::SQS::Queue": lambda aws, id: [aws["sqs"].get_queue_attributes(QueueUrl=id)],
    "AWS::SSM::Parameter": lambda aws, id: [aws["ssm"].get_parameter(Name=id)],
    "AWS::StepFunctions::StateMachine": lambda aws, id: [
        aws["stepfunctions"].describe_state_machine(stateMachineArn=id)
    ],
}
# Types without a physical ID of their own to ask for: they are seen by their effect, or only by the stack's own list.
LISTED = {
    "AWS::EC2::Route",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::Route53::RecordSet",
}


def deletes(type):
    """Whether moto knows how to delete a resource of the type: a task definition, for one, stays."""
    model = resource_class_from_type(type)
    return hasattr(model, "delete") or not getattr(model.delete_from_cloudformation_json, "__isabstractmethod__", False)


def remove_route_table(aws, id):
    for table in aws["ec2"].describe_route_tables(RouteTableIds=[id])["RouteTables"]:
        for association in table["Associations"]:
            aws["ec2"].disassociate_route_table(AssociationId=association["RouteTableAssociationId"])
    aws["ec2"].delete_route_table(RouteTableId=id)


# What moto does not delete with its stack, though it then refuses to delete what stands around it.
REMOVED = {"AWS::EC2::RouteTable": remove_route_table}


def present(aws, type, physical):
    try:
        return bool(SEEN[type](aws, physical))
    except aws["cloudformation"].exceptions.ClientError:
        return False


def inspect(aws, name, template, parameters):
    """Each resource of the template is there, each value from elsewhere is the one that was published."""
    stack = aws["cloudformation"].describe_stacks(StackName=name)["Stacks"][0]
    assert stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), f"{name}: {stack['StackStatus']}"
    pages = aws["cloudformation"].get_paginator("list_stack_resources").paginate(StackName=name)
    listed = [entry for page in pages for entry in page["StackResourceSummaries"]]
    physical = {entry["LogicalResourceId"]: entry["PhysicalResourceId"] for entry in listed if entry.get("LogicalResourceId")}
    for logical, resource in template["Resources"].items():
        type = resource["Type"]
        assert logical in physical, f"{name}: {logical} ({type}) was not created"
        if type == "AWS::SSM::Parameter":
            value = aws["ssm"].get_parameter(Name=physical[logical])["Parameter"]["Value"]
            assert value and not any(mark in value for mark in ("${", "Fn::", "None")), f"{name}: {logical} is {value!r}"
        if type not in LISTED and type not in standins.MAKERS:
            assert type in SEEN, f"{name}: say in deploy.py how to see that {logical} ({type}) is there"
            assert present(aws, type, physical[logical]), f"{name}: {logical} ({type}) is not there: {physical[logical]}"
        # moto does not update what refers to a replaced resource, so that an updated service may run the definition before.
        if type == "AWS::ECS::Service" and stack["StackStatus"] == "CREATE_COMPLETE":
            definition = physical[resource["Properties"]["TaskDefinition"]["Ref"]]
            found = SEEN[type](aws, physical[logical])[0]
            assert found["taskDefinition"] == definition, f"{name}: {logical} runs {found['taskDefinition']}, not {definition}"
    extra = sorted(set(physical) - set(template["Resources"]))
    assert not extra, f"{name}: {extra} should be gone"
    resolved = {entry["ParameterKey"]: entry.get("ResolvedValue") for entry in stack.get("Parameters", [])}
    given = {entry["ParameterKey"]: entry["ParameterValue"] for entry in parameters}
    for key, parameter in template.get("Parameters", {}).items():
        if parameter["Type"].startswith("AWS::SSM::Parameter::Value<"):
            path = given.get(key, parameter.get("Default"))
            assert path, f"{name}: {key} names no SSM parameter"
            value = aws["ssm"].get_parameter(Name=path)["Parameter"]["Value"]
            assert value, f"{name}: {path} is empty"
            if key in resolved and resolved[key] is not None:
                assert resolved[key] == value, f"{name}: {key} is {resolved[key]}, {path} is {value}"
    return {logical: (template["Resources"][logical], physical[logical]) for logical in physical}


def main(folders):
    aws = clients()
    live = {}
    for state, folder in enumerate(folders):
        for name, text, template, given in load(folder):
            parameters = supply(name, template, given, state)
            # To moto the longer word is no reason to keep anything; once a resource is there, both mean the same.
            body = text.replace("RetainExceptOnCreate", "Retain")
            request = {"StackName": name, "TemplateBody": body, "Parameters": parameters}
            capabilities = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]
            verb = "update" if name in live else "create"
            if verb == "create":
                aws["cloudformation"].create_stack(**request, Capabilities=capabilities)
            else:
                aws["cloudformation"].update_stack(**request, Capabilities=capabilities)
            live.pop(name, None)
            live[name] = inspect(aws, name, template, parameters)
            print(f"{verb} {name}: {len(live[name])} resources")
    for name in sorted(live, key=lambda name: (stage(name), name), reverse=True):
        for resource, physical in live[name].values():
            if resource["Type"] in REMOVED and not deletes(resource["Type"]):
                REMOVED[resource["Type"]](aws, physical)
        aws["cloudformation"].delete_stack(StackName=name)
        for logical, (resource, physical) in live[name].items():
            type = resource["Type"]
            if type in SEEN and deletes(type):
                kept = resource.get("DeletionPolicy", "Delete") != "Delete"
                word = "still there" if not kept else "gone"
                assert present(aws, type, physical) == kept, f"{name}: {logical} is {word} after the delete"
        print(f"delete {name}")
    left = aws["cloudformation"].list_stacks(StackStatusFilter=["CREATE_COMPLETE", "UPDATE_COMPLETE"])
    assert not left["StackSummaries"], left["StackSummaries"]


if __name__ == "__main__":
    logging.disable()
    warnings.simplefilter("ignore")
    with mock_aws():
        main(sys.argv[1:])
