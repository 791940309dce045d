//! Resources that nothing here acts on. In: a type and a name. Out: physical IDs and the attributes that templates ask for.

use serde_json::Value;

use crate::cloud::{Answer, Error};

use super::make::made;
use super::{Account, Made, read};

impl Account {
    /// `DeleteLogGroup`.
    pub fn delete_log_group(&mut self, name: &str) -> Answer<()> {
        let error = Error::new(
            "DeleteLogGroup",
            "ResourceNotFoundException",
            "The specified log group does not exist.",
        );
        self.forget("AWS::Logs::LogGroup", name).ok_or(error)
    }

    fn forget(&mut self, kind: &str, physical: &str) -> Option<()> {
        let key = (kind.to_string(), physical.to_string());
        self.attributes.remove(&key).map(|_| ())
    }

    /// A resource that nothing here acts on.
    pub(super) fn make_plain(&mut self, kind: &str, stack: &str, logical: &str, properties: &Value) -> Made {
        let named = |keys: &[&str]| {
            keys.iter()
                .find_map(|key| read::text(properties, key))
                .map(str::to_string)
        };
        let service = kind.split("::").nth(1).unwrap_or_default().to_lowercase();
        let service = service.as_str();
        match kind {
            "AWS::ElasticLoadBalancingV2::LoadBalancer" => {
                let name = named(&["Name"]).unwrap_or_else(|| self.short(stack, logical));
                let full = format!("app/{name}/{}", self.hex(16));
                let arn = self.arn("elasticloadbalancing", &format!("loadbalancer/{full}"));
                let dns = format!(
                    "{name}-{}.{}.elb.amazonaws.com",
                    self.between(100_000_000, 999_999_999),
                    self.region
                );
                let about = [
                    ("LoadBalancerArn", &*arn),
                    ("LoadBalancerFullName", &full),
                    ("LoadBalancerName", &name),
                    ("DNSName", &dns),
                    ("CanonicalHostedZoneID", "Z32O12XQLNTSW2"),
                ];
                made(&arn, &about)
            }
            "AWS::ElasticLoadBalancingV2::Listener" | "AWS::ElasticLoadBalancingV2::ListenerRule" => {
                let path = (self.hex(16), self.hex(16), self.hex(16));
                let word = if kind.ends_with("Rule") {
                    "listener-rule"
                } else {
                    "listener"
                };
                let rest = format!("{word}/app/{stack}/{}/{}/{}", path.0, path.1, path.2);
                let arn = self.arn("elasticloadbalancing", &rest);
                made(&arn, &[("ListenerArn", &arn), ("RuleArn", &arn)])
            }
            "AWS::Logs::LogGroup" => {
                let name = named(&["LogGroupName"]).unwrap_or_else(|| self.made_up(stack, logical));
                let arn = format!("{}:*", self.arn("logs", &format!("log-group:{name}")));
                made(&name, &[("Arn", &arn)])
            }
            "AWS::IAM::Role" | "AWS::IAM::InstanceProfile" => {
                let name = named(&["RoleName", "InstanceProfileName"]);
                let name = name.unwrap_or_else(|| self.made_up(stack, logical));
                let word = if kind.ends_with("Role") {
                    "role"
                } else {
                    "instance-profile"
                };
                let arn = self.global_arn("iam", &format!("{word}/{name}"));
                let id = format!("AROA{}", self.hex(16).to_uppercase());
                made(&name, &[("Arn", &arn), ("RoleId", &id)])
            }
            "AWS::SNS::Topic" => {
                let name = named(&["TopicName"]).unwrap_or_else(|| self.made_up(stack, logical));
                let arn = self.arn("sns", &name);
                made(&arn, &[("TopicArn", &arn), ("TopicName", &name)])
            }
            "AWS::SQS::Queue" => {
                let name = named(&["QueueName"]).unwrap_or_else(|| self.made_up(stack, logical));
                let url = format!("https://sqs.{}.amazonaws.com/{}/{name}", self.region, self.account);
                let arn = self.arn("sqs", &name);
                made(&url, &[("Arn", &arn), ("QueueName", &name), ("QueueUrl", &url)])
            }
            "AWS::EC2::EIP" => {
                let id = format!("eipalloc-0{}", self.hex(16));
                let address = format!("198.51.100.{}", self.between(1, 254));
                made(&address, &[("AllocationId", &id), ("PublicIp", &address)])
            }
            _ if kind.starts_with("AWS::EC2::") => {
                let prefix = match kind {
                    "AWS::EC2::VPC" => "vpc",
                    "AWS::EC2::SecurityGroup" => "sg",
                    "AWS::EC2::InternetGateway" => "igw",
                    "AWS::EC2::NatGateway" => "nat",
                    "AWS::EC2::RouteTable" => "rtb",
                    "AWS::EC2::VPCEndpoint" => "vpce",
                    "AWS::EC2::FlowLog" => "fl",
                    "AWS::EC2::SubnetRouteTableAssociation" => "rtbassoc",
                    _ => "eni",
                };
                let id = format!("{prefix}-0{}", self.hex(16));
                let about = [
                    ("GroupId", &*id),
                    ("VpcId", &id),
                    ("Id", &id),
                    ("NatGatewayId", &id),
                    ("RouteTableId", &id),
                ];
                made(&id, &about)
            }
            _ => {
                const NAMES: &[&str] = &[
                    "Name",
                    "TableName",
                    "AlarmName",
                    "PolicyName",
                    "StateMachineName",
                    "GroupName",
                ];
                let name = named(NAMES).unwrap_or_else(|| self.made_up(stack, logical));
                let (service, rest) = match service {
                    "dynamodb" => ("dynamodb", format!("table/{name}")),
                    "cloudwatch" => ("cloudwatch", format!("alarm:{name}")),
                    "events" => ("events", format!("rule/{name}")),
                    "stepfunctions" => ("states", format!("stateMachine:{name}")),
                    "certificatemanager" => ("acm", format!("certificate/{}", self.token())),
                    "servicediscovery" => ("servicediscovery", format!("namespace/ns-{}", self.hex(16))),
                    other => (other, name.clone()),
                };
                let arn = self.arn(service, &rest);
                let host = format!("{}.{service}.{}.amazonaws.com", name.to_lowercase(), self.region);
                let is_arn = matches!(
                    kind,
                    "AWS::CertificateManager::Certificate" | "AWS::StepFunctions::StateMachine"
                );
                let about = [
                    ("Arn", &*arn),
                    ("Name", &name),
                    ("Id", &name),
                    ("Endpoint.Address", &host),
                ];
                made(if is_arn { &arn } else { &name }, &about)
            }
        }
    }

    /// A name of 32 characters at most, as Elastic Load Balancing wants it.
    pub(super) fn short(&mut self, stack: &str, logical: &str) -> String {
        let cut = |text: &str| text.chars().take(9).collect::<String>();
        let tail: String = self.made_up("", "").chars().skip(2).collect();
        format!("{}-{}-{tail}", cut(stack).trim_end_matches('-'), cut(logical))
    }
}
