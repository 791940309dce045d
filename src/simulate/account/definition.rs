//! Task definitions. In: the properties of `AWS::ECS::TaskDefinition`. Out: a [`Definition`]. Must not know where tasks run.

use serde_json::Value;

use crate::cloud::Moment;
use crate::cloud::capacity::Port;
use crate::cloud::definition::{ContainerDefinition, TaskDefinition};
use crate::rollout::health::ContainerCheck;
use crate::rollout::host::Demand;
use crate::rollout::ports::HostPort;
use crate::rollout::reservation::{self, Request};

use super::read;

/// How tasks are connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// By ports of the instance.
    Bridge,
    /// As a process of the instance.
    Host,
    /// By an interface of their own.
    Task,
}

/// A revision of a task definition.
#[derive(Clone, Debug)]
pub(super) struct Definition {
    pub arn: String,
    pub family: String,
    pub mode: Mode,
    pub containers: Vec<Part>,
    /// What a task takes of an instance.
    pub demand: Demand,
    pub registered: Moment,
    /// As ECS shows it.
    pub shown: TaskDefinition,
}

/// A container of a task definition.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub name: String,
    pub image: String,
    pub essential: bool,
    /// Whether another container waits for its end, so that it is expected to end.
    pub ends: bool,
    pub ports: Vec<Mapping>,
    pub check: Option<ContainerCheck>,
    /// Where its secrets come from.
    pub secrets: Vec<String>,
    /// Log group and prefix of the streams.
    pub log: Option<(String, String)>,
    /// Seconds between SIGTERM and SIGKILL.
    pub stop_timeout: i64,
}

/// A port of a container.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mapping {
    pub container: i64,
    /// 0 where ECS chooses.
    pub host: i64,
    pub udp: bool,
}

impl Definition {
    /// Reads properties.
    pub fn read(properties: &Value, arn: String, family: String, now: Moment) -> Definition {
        let mode = match read::text(properties, "NetworkMode") {
            Some("awsvpc") => Mode::Task,
            Some("host") => Mode::Host,
            _ => Mode::Bridge,
        };
        let written = read::list(properties, "ContainerDefinitions");
        let awaited: Vec<&str> = written
            .iter()
            .flat_map(|part| read::list(part, "DependsOn"))
            .filter(|on| matches!(read::text(on, "Condition"), Some("COMPLETE" | "SUCCESS")))
            .filter_map(|on| read::text(on, "ContainerName"))
            .collect();
        let containers: Vec<Part> = written.iter().map(|part| Part::read(part, mode, &awaited)).collect();
        let requests: Vec<Request> = written.iter().map(request).collect();
        let fixed = containers.iter().flat_map(|part| &part.ports);
        let fixed = fixed.filter(|port| mode != Mode::Task && port.host != 0);
        let gpus = written.iter().flat_map(|part| read::list(part, "ResourceRequirements"));
        let gpus = gpus.filter(|need| read::text(need, "Type") == Some("GPU"));
        let demand = Demand {
            reservation: reservation::of_task(
                read::number(properties, "Cpu"),
                read::number(properties, "Memory"),
                &requests,
            ),
            interface: mode == Mode::Task,
            ports: fixed
                .map(|port| HostPort {
                    number: port.host,
                    udp: port.udp,
                })
                .collect(),
            gpus: gpus.filter_map(|need| read::number(need, "Value")).sum(),
        };
        Definition {
            shown: shown(properties, &arn, mode, &containers),
            arn,
            family,
            mode,
            containers,
            demand,
            registered: now,
        }
    }

    /// Whether any essential container has a health check.
    pub fn has_check(&self) -> bool {
        self.containers
            .iter()
            .any(|part| part.essential && part.check.is_some())
    }

    /// The index of the container that does the work: the first that is essential.
    pub fn main(&self) -> usize {
        self.containers
            .iter()
            .position(|part| part.essential && !part.ends)
            .unwrap_or(0)
    }

    /// The longest time between SIGTERM and SIGKILL.
    pub fn stop_timeout(&self) -> i64 {
        let timeouts = self.containers.iter().map(|part| part.stop_timeout);
        timeouts.max().unwrap_or(30)
    }

    /// Whether it is the definition of a service or task of this name in the spec.
    pub fn is_of(&self, place: &str) -> bool {
        let rest = self.family.strip_suffix(place);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('-'))
    }
}

impl Part {
    fn read(part: &Value, mode: Mode, awaited: &[&str]) -> Part {
        let name = read::text(part, "Name").unwrap_or("main").to_string();
        let ports = read::list(part, "PortMappings").iter().map(|port| {
            let container = read::number(port, "ContainerPort").unwrap_or(0);
            let host = read::number(port, "HostPort").unwrap_or(0);
            Mapping {
                container,
                host: match mode {
                    Mode::Bridge => host,
                    Mode::Host | Mode::Task => container,
                },
                udp: read::text(port, "Protocol") == Some("udp"),
            }
        });
        let secrets = read::list(part, "Secrets").iter();
        let check = &part["HealthCheck"];
        let runs = read::texts(check, "Command")
            .first()
            .is_some_and(|first| first != "NONE");
        let log = &part["LogConfiguration"];
        let options = &log["Options"];
        let group = read::text(options, "awslogs-group").filter(|_| read::text(log, "LogDriver") == Some("awslogs"));
        Part {
            ends: awaited.contains(&&*name),
            image: read::text(part, "Image").unwrap_or_default().to_string(),
            essential: read::flag(part, "Essential").unwrap_or(true),
            ports: ports.collect(),
            check: runs.then(|| ContainerCheck {
                interval: read::number(check, "Interval").unwrap_or(30),
                timeout: read::number(check, "Timeout").unwrap_or(5),
                retries: read::number(check, "Retries").unwrap_or(3),
                start_period: read::number(check, "StartPeriod").unwrap_or(0),
            }),
            secrets: secrets
                .filter_map(|secret| read::text(secret, "ValueFrom"))
                .map(str::to_string)
                .collect(),
            log: group.map(|group| {
                let prefix = read::text(options, "awslogs-stream-prefix").unwrap_or_default();
                (group.to_string(), prefix.to_string())
            }),
            stop_timeout: read::number(part, "StopTimeout").unwrap_or(30),
            name,
        }
    }
}

/// What `DescribeTaskDefinition` answers.
fn shown(properties: &Value, arn: &str, mode: Mode, parts: &[Part]) -> TaskDefinition {
    let written = read::list(properties, "ContainerDefinitions");
    let containers = written.iter().zip(parts).map(|(written, part)| {
        let asked = request(written);
        let fixed = part.ports.iter().filter(|port| mode != Mode::Task && port.host != 0);
        let environment = read::list(written, "Environment").iter();
        let pairs = environment.filter_map(|one| Some((read::text(one, "Name")?, read::written(&one["Value"])?)));
        ContainerDefinition {
            name: part.name.clone(),
            image: part.image.clone(),
            cpu: asked.cpu,
            memory: asked.limit,
            reserve: asked.reserve,
            ports: fixed
                .map(|port| Port {
                    number: port.host,
                    udp: port.udp,
                })
                .collect(),
            secrets: part.secrets.clone(),
            log_group: part.log.as_ref().map(|(group, _)| group.clone()),
            environment: pairs.map(|(name, value)| (name.to_string(), value)).collect(),
        }
    });
    let roles = ["TaskRoleArn", "ExecutionRoleArn"].iter();
    TaskDefinition {
        arn: arn.to_string(),
        network: match mode {
            Mode::Bridge => "bridge",
            Mode::Host => "host",
            Mode::Task => "awsvpc",
        }
        .to_string(),
        cpu: read::number(properties, "Cpu"),
        memory: read::number(properties, "Memory"),
        containers: containers.collect(),
        roles: roles
            .filter_map(|key| read::text(properties, key))
            .map(str::to_string)
            .collect(),
    }
}

fn request(part: &Value) -> Request {
    Request {
        cpu: read::number(part, "Cpu").unwrap_or(0),
        limit: read::number(part, "Memory"),
        reserve: read::number(part, "MemoryReservation"),
    }
}
