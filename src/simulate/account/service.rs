//! Services. In: the properties of `AWS::ECS::Service`. Out: a [`Service`] that is made, changed and deleted. Must not know how
//! it is kept.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value;

use crate::cloud::Moment;
use crate::cloud::ecs::{ServiceDeployment, ServiceEvent};
use crate::rollout::bounds::Percents;
use crate::rollout::breaker::Threshold;
use crate::rollout::deployments;
use crate::rollout::placement::{self, Strategy};

use super::capacity::{self, Capacity};
use super::conduct::Tests;
use super::definition::Definition;
use super::names::cluster_name;
use super::rollouts::Rollout;
use super::{Account, Progress, read};

/// How many events of a service are kept.
const EVENTS: usize = 100;

/// For how long the same message is not repeated, in seconds.
pub(super) const SILENCE_SECONDS: i64 = 6 * 60 * 60;

/// A service.
pub(super) struct Service {
    pub arn: String,
    pub name: String,
    pub cluster: String,
    pub group: Arc<str>,
    pub status: &'static str,
    pub daemon: bool,
    pub desired: i64,
    pub percents: Percents,
    pub attached: Vec<Attached>,
    pub grace: i64,
    pub strategies: Vec<Strategy>,
    pub distinct: bool,
    pub rules: Option<Rules>,
    pub launch_type: Option<String>,
    pub provider: Option<String>,
    pub subnets: Vec<String>,
    pub properties: Value,
    /// Its deployments, newest first; the others still have tasks.
    pub rollouts: Vec<Rollout>,
    /// The last deployment that was completed.
    pub completed: Option<(u64, Rc<Definition>)>,
    pub records: Vec<ServiceDeployment>,
    pub events: VecDeque<ServiceEvent>,
    pub pause: Pause,
    /// When the scheduler looks at it next.
    pub next: Moment,
    /// Since when all has been as it shall be.
    pub settled: Option<Moment>,
    /// When it was last said to be steady; `None` while it is not.
    pub steady: Option<Moment>,
    /// What CloudFormation waits for.
    pub outcome: Progress,
    /// The token of CloudFormation's request.
    pub token: String,
    /// How many targets were registered since the last look, by target group.
    pub registered: BTreeMap<String, usize>,
    /// How many targets left by themselves since the last look, by target group.
    pub left: BTreeMap<String, usize>,
    /// How many tasks were given up by a check since the last start.
    pub unhealthy: usize,
    /// When each message that is not repeated was written.
    pub said: BTreeMap<String, Moment>,
}

/// A target group of a service.
#[derive(Clone, Debug)]
pub(super) struct Attached {
    pub group: String,
    pub port: i64,
}

/// The rules of the circuit breaker.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub threshold: Threshold,
    pub reset: bool,
    pub rollback: bool,
}

/// The pause between attempts to start tasks that never get to RUNNING.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pause {
    pub until: Moment,
    /// How many attempts in a row have failed.
    pub attempts: u32,
    /// When the pause began.
    pub since: Moment,
}

impl Service {
    fn read(&mut self, properties: &Value) {
        let deployment = &properties["DeploymentConfiguration"];
        let (healthy, surge) = if self.daemon { (0, 100) } else { (100, 200) };
        self.percents = Percents {
            healthy: read::number(deployment, "MinimumHealthyPercent").unwrap_or(healthy),
            surge: read::number(deployment, "MaximumPercent").unwrap_or(surge),
        };
        self.rules = breaker(&deployment["DeploymentCircuitBreaker"]);
        let attached = read::list(properties, "LoadBalancers").iter().filter_map(|one| {
            Some(Attached {
                group: read::text(one, "TargetGroupArn")?.to_string(),
                port: read::number(one, "ContainerPort")?,
            })
        });
        self.attached = attached.collect();
        self.grace = read::number(properties, "HealthCheckGracePeriodSeconds").unwrap_or(0);
        self.strategies = strategies(read::list(properties, "PlacementStrategies"));
        let mut constraints = read::list(properties, "PlacementConstraints").iter();
        self.distinct = constraints.any(|one| read::text(one, "Type") == Some("distinctInstance"));
        self.launch_type = read::text(properties, "LaunchType").map(str::to_string);
        let strategy = capacity::strategy(read::list(properties, "CapacityProviderStrategy"));
        self.provider = strategy.into_iter().next();
        self.subnets = read::texts(&properties["NetworkConfiguration"]["AwsvpcConfiguration"], "Subnets");
        self.properties = properties.clone();
    }

    /// Whether a change of its properties makes a deployment, beside one of the task definition.
    fn deploys(&self, properties: &Value) -> bool {
        let plain = deployments::PARAMETERS.iter().filter(|parameter| parameter.deploys);
        let mut names = plain.map(|parameter| {
            let (first, rest) = parameter.name.split_at(1);
            format!("{}{rest}", first.to_uppercase())
        });
        names.any(|name| name != "TaskDefinition" && self.properties[&*name] != properties[&*name])
    }

    /// Writes an event.
    pub fn say(&mut self, message: impl AsRef<str>, now: Moment) {
        let number = self.events.front().map_or(0, |event| {
            let digits = event.id.rsplit('-').next().unwrap_or_default();
            u64::from_str_radix(digits, 16).unwrap_or(0) + 1
        });
        self.events.push_front(ServiceEvent {
            id: format!("00000000-0000-4000-8000-{number:012x}"),
            at: now,
            message: format!("(service {}) {}", self.name, message.as_ref()),
        });
        self.events.truncate(EVENTS);
    }

    /// Writes an event, unless the same was written within six hours.
    pub fn say_once(&mut self, message: &str, now: Moment) {
        let last = self.said.get(message);
        if last.is_none_or(|last| now.seconds_since(*last) >= SILENCE_SECONDS) {
            self.said.insert(message.to_string(), now);
            self.say(message, now);
        }
    }
}

impl Account {
    /// Makes a service; its first deployment begins.
    pub(super) fn make_service(
        &mut self,
        stack: &str,
        logical: &str,
        properties: &Value,
        now: Moment,
    ) -> Result<String, String> {
        let definition = self.definition_of(properties)?;
        let cluster = cluster_name(read::text(properties, "Cluster").unwrap_or("default")).to_string();
        if !self.clusters.contains_key(&cluster) {
            return Err(refused("ClusterNotFoundException", "Cluster not found."));
        }
        let name = match read::text(properties, "ServiceName") {
            Some(name) => name.to_string(),
            None => self.made_up(stack, logical),
        };
        let arn = self.arn("ecs", &format!("service/{cluster}/{name}"));
        let mut service = Service {
            group: format!("service:{name}").into(),
            arn: arn.clone(),
            name,
            cluster,
            status: "ACTIVE",
            daemon: read::text(properties, "SchedulingStrategy") == Some("DAEMON"),
            desired: read::number(properties, "DesiredCount").unwrap_or(1),
            percents: Percents {
                healthy: 100,
                surge: 200,
            },
            attached: Vec::new(),
            grace: 0,
            strategies: Vec::new(),
            distinct: false,
            rules: None,
            launch_type: None,
            provider: None,
            subnets: Vec::new(),
            properties: Value::Null,
            rollouts: Vec::new(),
            completed: None,
            records: Vec::new(),
            events: VecDeque::new(),
            pause: Pause::default(),
            next: now,
            settled: None,
            steady: None,
            outcome: Progress::UnderWay,
            token: self.token(),
            registered: BTreeMap::new(),
            left: BTreeMap::new(),
            unhealthy: 0,
            said: BTreeMap::new(),
        };
        service.read(properties);
        self.services.insert(arn.clone(), service);
        self.begin_rollout(&arn, definition, now);
        Ok(arn)
    }

    /// Changes a service. Only some changes make a deployment.
    pub(super) fn change_service(&mut self, arn: &str, properties: &Value, now: Moment) -> Result<(), String> {
        let definition = self.definition_of(properties)?;
        let token = self.token();
        let missing = || refused("ServiceNotFoundException", "Service not found.");
        let service = self.services.get_mut(arn).ok_or_else(missing)?;
        let runs = service.rollouts.first().map(|rollout| rollout.definition.arn.clone());
        let deploys = runs.as_ref() != Some(&definition.arn) || service.deploys(properties);
        if let Some(desired) = read::number(properties, "DesiredCount") {
            service.desired = desired;
        }
        service.read(properties);
        service.outcome = Progress::UnderWay;
        service.token = token;
        service.settled = None;
        service.next = now;
        if deploys {
            self.begin_rollout(arn, definition, now);
        }
        Ok(())
    }

    /// Deletes a service: all its tasks stop first.
    pub(super) fn drop_service(&mut self, arn: &str, now: Moment) {
        if let Some(service) = self.services.get_mut(arn).filter(|service| service.status == "ACTIVE") {
            service.status = "DRAINING";
            service.desired = 0;
            service.next = now;
            service.outcome = Progress::UnderWay;
        }
    }

    fn definition_of(&self, properties: &Value) -> Result<Rc<Definition>, String> {
        let told = read::text(properties, "TaskDefinition").unwrap_or_default();
        let missing = || refused("ClientException", "TaskDefinition not found.");
        self.find_definition(told).ok_or_else(missing)
    }

    /// A task definition by its ARN, by its family and revision, or the newest of its family.
    pub(super) fn find_definition(&self, told: &str) -> Option<Rc<Definition>> {
        let name = told.rsplit('/').next().unwrap_or(told);
        let known = self.definitions.get(told).or_else(|| {
            let newest = self.revisions.get(name).map(|revision| format!("{name}:{revision}"));
            let full = self.arn("ecs", &format!("task-definition/{}", newest.as_deref().unwrap_or(name)));
            self.definitions.get(&full)
        });
        known.cloned()
    }

    /// The checks that tasks of a service are under.
    pub(super) fn tests_of(&self, service: &Service) -> Tests {
        let groups = service
            .attached
            .iter()
            .filter_map(|one| self.target_groups.get(&one.group));
        Tests {
            target: groups
                .map(|group| group.check)
                .min_by_key(|check| check.unhealthy_after()),
            grace: service.grace,
        }
    }

    /// On what tasks of a service run.
    pub(super) fn capacity_of(&self, service: &Service) -> Capacity {
        self.capacity(
            &service.cluster,
            service.launch_type.as_deref(),
            service.provider.as_deref(),
        )
    }
}

fn breaker(about: &Value) -> Option<Rules> {
    let limit = &about["ThresholdConfiguration"];
    let value = read::number(limit, "Value");
    let threshold = match (read::text(limit, "Type"), value) {
        (Some("COUNT"), Some(value)) => Threshold::Count(value),
        (Some("BOUNDED_PERCENT"), Some(value)) => Threshold::BoundedPercent(value),
        (Some("UNBOUNDED_PERCENT"), Some(value)) => Threshold::UnboundedPercent(value),
        _ => Threshold::DEFAULT,
    };
    (read::flag(about, "Enable") == Some(true)).then(|| Rules {
        threshold,
        reset: read::flag(about, "ResetOnHealthyTask").unwrap_or(true),
        rollback: read::flag(about, "Rollback").unwrap_or(false),
    })
}

fn strategies(written: &[Value]) -> Vec<Strategy> {
    let read = written.iter().filter_map(|one| {
        let field = read::text(one, "Field").unwrap_or_default().to_ascii_lowercase();
        match (read::text(one, "Type")?, &*field) {
            ("spread", "attribute:ecs.availability-zone") => Some(Strategy::SpreadZones),
            ("spread", _) => Some(Strategy::SpreadInstances),
            ("binpack", "cpu") => Some(Strategy::PackCpu),
            ("binpack", _) => Some(Strategy::PackMemory),
            ("random", _) => Some(Strategy::Random),
            _ => None,
        }
    });
    match written.is_empty() {
        true => placement::DEFAULT.to_vec(),
        false => read.collect(),
    }
}

fn refused(code: &str, message: &str) -> String {
    format!(
        "Resource handler returned message: \"Invalid request provided: {code}: {message}\" (RequestToken: \
         5d8f1c1e-7a63-4a52-9d0b-2f8a1d0c7e11, HandlerErrorCode: InvalidRequest)"
    )
}
