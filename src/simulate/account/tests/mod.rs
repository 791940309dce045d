//! The account by itself: resources from JSON, then time.

mod edges;
mod faulty;
mod random;
mod rolling;
mod waiting;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cloud::Moment;
use crate::cloud::ecs::{OneOff, Service, ServiceDeployment, Task, TaskFilter};
use crate::rollout::host::Host;
use crate::simulate::fault::Fault;
use crate::simulate::{BEGIN, Settings};

use super::{Account, Progress};

/// An account with a cluster, and the time.
struct Yard {
    account: Account,
    now: Moment,
    subnets: Vec<String>,
}

const TASK: &str = "AWS::ECS::TaskDefinition";
const SERVICE: &str = "AWS::ECS::Service";

impl Yard {
    fn new(seed: u64) -> Yard {
        let settings = Settings {
            seed,
            region: "eu-west-1".to_string(),
            account: "111122223333".to_string(),
        };
        let mut yard = Yard {
            account: Account::new(&settings),
            now: BEGIN,
            subnets: Vec::new(),
        };
        yard.make("AWS::ECS::Cluster", "Cluster", json!({"ClusterName": "prod"}));
        for zone in ["a", "b", "c"] {
            let subnet = yard.make(
                "AWS::EC2::Subnet",
                zone,
                json!({"AvailabilityZone": format!("eu-west-1{zone}")}),
            );
            yard.subnets.push(subnet);
        }
        yard
    }

    /// With instances that managed scaling looks after, or not.
    fn with_instances(mut self, kind: &str, least: i64, most: i64, managed: bool) -> Yard {
        let template = self.make(
            "AWS::EC2::LaunchTemplate",
            "Template",
            json!({"LaunchTemplateData": {
                "ImageId": "ami-1", "InstanceType": kind,
                "UserData": "#!/bin/bash\nECS_CLUSTER=prod\nECS_RESERVED_MEMORY=256\n"}}),
        );
        let group = self.make(
            "AWS::AutoScaling::AutoScalingGroup",
            "Group",
            json!({"MinSize": least.to_string(), "MaxSize": most.to_string(), "VPCZoneIdentifier": self.subnets,
                "LaunchTemplate": {"LaunchTemplateId": template, "Version": "1"}}),
        );
        let status = if managed { "ENABLED" } else { "DISABLED" };
        let provider = self.make(
            "AWS::ECS::CapacityProvider",
            "Provider",
            json!({"AutoScalingGroupProvider": {"AutoScalingGroupArn": group, "ManagedScaling": {"Status": status}}}),
        );
        self.make(
            "AWS::ECS::ClusterCapacityProviderAssociations",
            "Providers",
            json!({"Cluster": "prod", "DefaultCapacityProviderStrategy": [{"CapacityProvider": provider, "Weight": 1}]}),
        );
        self.pass(200);
        self
    }

    fn with_fargate(mut self) -> Yard {
        self.make(
            "AWS::ECS::ClusterCapacityProviderAssociations",
            "Providers",
            json!({"Cluster": "prod", "DefaultCapacityProviderStrategy": [{"CapacityProvider": "FARGATE", "Weight": 1}]}),
        );
        self
    }

    fn make(&mut self, kind: &str, logical: &str, properties: Value) -> String {
        let made = self.account.create(kind, "stack", logical, &properties, self.now);
        made.expect("it is accepted").physical
    }

    fn pass(&mut self, seconds: i64) {
        for _ in 0..seconds {
            self.now = self.now.plus_seconds(1);
            self.account.step(self.now);
        }
    }

    /// Lets time pass until CloudFormation has its answer, or two hours; how many seconds that takes.
    fn settle(&mut self, service: &str) -> (Progress, i64) {
        let begin = self.now;
        loop {
            let progress = self.account.progress(SERVICE, service);
            let seconds = self.now.seconds_since(begin);
            if progress != Progress::UnderWay || seconds > 2 * 3600 {
                return (progress, seconds);
            }
            self.pass(1);
        }
    }

    fn update(&mut self, service: &str, properties: &Value) {
        let updated = self.account.update(SERVICE, service, properties, self.now);
        updated.expect("it is accepted");
    }

    fn inject(&mut self, faults: &[&str]) {
        let faults: Vec<Fault> = faults
            .iter()
            .map(|fault| fault.parse().expect("it is a fault"))
            .collect();
        self.account.inject(&faults, self.now);
    }

    fn service(&mut self, arn: &str) -> Service {
        let found = self.account.services("prod", &[arn.to_string()]);
        found.expect("the cluster is there").remove(0)
    }

    fn deployment(&mut self, arn: &str) -> ServiceDeployment {
        let all = self
            .account
            .service_deployments("prod", arn, BEGIN)
            .expect("it is there");
        self.account
            .describe_service_deployments(&all[..1])
            .expect("it is there")
            .remove(0)
    }

    fn running(&mut self, arn: &str) -> Vec<Task> {
        let filter = TaskFilter::Running(arn.to_string());
        self.account.tasks("prod", &filter, self.now).expect("it is there")
    }

    fn stopped(&mut self, arn: &str) -> Vec<Task> {
        let filter = TaskFilter::Stopped(arn.to_string());
        self.account.tasks("prod", &filter, self.now).expect("it is there")
    }

    fn says(&mut self, arn: &str, part: &str) -> bool {
        self.service(arn)
            .events
            .iter()
            .any(|event| event.message.contains(part))
    }

    fn one_off(&mut self, definition: &str, token: &str) -> Result<String, String> {
        let wish = OneOff {
            cluster: "prod".to_string(),
            task_definition: definition.to_string(),
            token: token.to_string(),
            ..OneOff::default()
        };
        self.account.run_task(&wish, self.now).expect("it is accepted")
    }

    fn target_group(&mut self) -> String {
        self.make(
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            "TargetGroup",
            json!({"HealthCheckIntervalSeconds": 10, "UnhealthyThresholdCount": 3, "HealthyThresholdCount": 2,
                "TargetGroupAttributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": 30}]}),
        )
    }

    /// No instance gives more than it has, and none a port twice.
    fn hold_room(&self) {
        for machine in self.account.machines.values() {
            let host: &Host = &machine.host;
            let free = host.free();
            assert!(free.cpu >= 0 && free.memory >= 0, "{machine:?}");
            let mut ports: BTreeMap<i64, i64> = BTreeMap::new();
            let on_it = self
                .account
                .tasks
                .values()
                .filter(|task| task.machine() == Some(machine.number));
            for (_, port) in on_it.flat_map(|task| &task.mapped) {
                *ports.entry(*port).or_default() += 1;
            }
            assert!(ports.values().all(|count| *count == 1), "{ports:?}");
        }
    }
}

/// A task definition of a web server of 1 GiB.
fn web() -> Value {
    json!({"Family": "prod-shop-web", "NetworkMode": "bridge", "ContainerDefinitions": [{
        "Name": "web", "Image": "example.com/shop:1", "Cpu": 256, "Memory": 1024, "StopTimeout": 40,
        "PortMappings": [{"ContainerPort": 3000, "HostPort": 0}],
        "Secrets": [{"Name": "KEY", "ValueFrom": "arn:aws:ssm:eu-west-1:111122223333:parameter/key"}],
        "LogConfiguration": {"LogDriver": "awslogs", "Options": {
            "awslogs-group": "/shop/web", "awslogs-stream-prefix": "web"}}}]})
}

/// A service as the shop's: five failures trip its breaker.
fn service(definition: &str, desired: i64, group: Option<&str>) -> Value {
    let balancers: Vec<Value> = group
        .iter()
        .map(|group| json!({"TargetGroupArn": group, "ContainerName": "web", "ContainerPort": 3000}))
        .collect();
    json!({"Cluster": "prod", "TaskDefinition": definition, "DesiredCount": desired,
        "LoadBalancers": balancers, "HealthCheckGracePeriodSeconds": 50,
        "DeploymentConfiguration": {"MinimumHealthyPercent": 100, "MaximumPercent": 200,
            "DeploymentCircuitBreaker": {"Enable": true, "Rollback": true, "ResetOnHealthyTask": false,
                "ThresholdConfiguration": {"Type": "COUNT", "Value": 5}}}})
}
