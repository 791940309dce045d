//! What CloudFormation's resources become, and how they live on by themselves. In: what a template asks for, the time. Out:
//! physical IDs, attributes, progress; what ECS, EC2 and the load balancer answer. Must not know templates.

mod capacity;
mod conduct;
mod daemon;
mod definition;
mod describe;
mod emptying;
mod ending;
mod fargate;
mod faults;
mod group;
mod life;
mod logs;
mod machine;
mod make;
mod messages;
mod misfortune;
mod names;
mod objects;
mod one_off;
mod outside;
mod placing;
mod plain;
mod read;
mod refreshing;
mod registry;
mod rollouts;
mod scaler;
mod scheduler;
mod service;
mod starting;
mod stopping;
mod targets;
mod task;
#[cfg(test)]
mod tests;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use fastrand::Rng;
use serde_json::Value;

use crate::cloud::Moment;
use crate::cloud::outside::Parameter;

use super::Settings;
use super::fault::Fault;

use capacity::{Cluster, Provider};
use definition::Definition;
use faults::Faults;
use group::{Group, LaunchTemplate};
use logs::Logs;
use machine::Machine;
use objects::Buckets;
use registry::Registry;
use scaler::Scalable;
use service::Service;
use targets::TargetGroup;
use task::Task;

/// A resource that was made or changed.
#[derive(Clone, Debug, Default)]
pub(super) struct Made {
    /// What `Ref` gives.
    pub physical: String,
    /// What `Fn::GetAtt` gives, by the attribute's name.
    pub attributes: BTreeMap<String, Value>,
}

/// How far the last action on a resource is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// It goes on.
    UnderWay,
    /// It is there.
    Done,
    /// It failed, with AWS's reason.
    Failed(String),
}

/// An account of AWS in one region.
pub(super) struct Account {
    region: String,
    account: String,
    rng: Rng,
    /// Counts tasks and machines, so that they are gone through in the order they were made.
    made: u64,
    faults: Faults,
    /// The attributes of each resource, by its type and physical ID.
    attributes: BTreeMap<(String, String), BTreeMap<String, Value>>,
    parameters: BTreeMap<String, Parameter>,
    /// The secrets that are gone, and the parameters that are one: all others are there.
    gone: BTreeSet<String>,
    buckets: Buckets,
    registry: Registry,
    logs: Logs,
    /// The availability zone of each subnet.
    subnets: BTreeMap<String, Arc<str>>,
    templates: BTreeMap<String, LaunchTemplate>,
    groups: BTreeMap<String, Group>,
    machines: BTreeMap<u64, Machine>,
    /// The zones that have failed.
    lost_zones: BTreeSet<Arc<str>>,
    /// The memory that a machine image registers on an instance type, in MiB.
    registered: BTreeMap<(String, String), i64>,
    clusters: BTreeMap<String, Cluster>,
    providers: BTreeMap<String, Provider>,
    target_groups: BTreeMap<String, TargetGroup>,
    /// The newest revision of each family.
    revisions: BTreeMap<String, i64>,
    definitions: BTreeMap<String, Rc<Definition>>,
    services: BTreeMap<String, Service>,
    scalables: BTreeMap<String, Scalable>,
    tasks: BTreeMap<u64, Task>,
    /// Tasks that are STOPPED, which ECS forgets after an hour.
    stopped: BTreeMap<u64, Task>,
    /// The ARN of the task that each token of `RunTask` made.
    tokens: BTreeMap<String, String>,
}

impl Account {
    /// An empty account.
    pub fn new(settings: &Settings) -> Account {
        Account {
            region: settings.region.clone(),
            account: settings.account.clone(),
            rng: Rng::with_seed(settings.seed),
            made: 0,
            faults: Faults::default(),
            attributes: BTreeMap::new(),
            parameters: BTreeMap::new(),
            gone: BTreeSet::new(),
            buckets: Buckets::default(),
            registry: Registry::default(),
            logs: Logs::default(),
            subnets: BTreeMap::new(),
            templates: BTreeMap::new(),
            groups: BTreeMap::new(),
            machines: BTreeMap::new(),
            lost_zones: BTreeSet::new(),
            registered: BTreeMap::new(),
            clusters: BTreeMap::new(),
            providers: BTreeMap::new(),
            target_groups: BTreeMap::new(),
            revisions: BTreeMap::new(),
            definitions: BTreeMap::new(),
            services: BTreeMap::new(),
            scalables: BTreeMap::new(),
            tasks: BTreeMap::new(),
            stopped: BTreeMap::new(),
            tokens: BTreeMap::new(),
        }
    }

    /// Lets things go wrong; their times count from now.
    pub fn inject(&mut self, faults: &[Fault], now: Moment) {
        self.faults.add(faults, now);
    }

    /// The faults that were injected and have found nothing to act on so far.
    pub fn idle_faults(&self) -> Vec<Fault> {
        self.faults.idle()
    }

    /// Whether a request is refused because there are too many.
    pub fn throttles(&mut self, now: Moment) -> bool {
        self.faults.throttles(now)
    }

    /// Lets happen all that is due.
    pub fn step(&mut self, now: Moment) {
        self.strike(now);
        self.run_machines(now);
        self.scale_services(now);
        self.run_tasks(now);
        self.check_targets(now);
        self.look_after_services(now);
        self.scale_groups(now);
        self.refresh_groups(now);
        self.end_groups();
    }

    /// The next number of a task or a machine.
    fn number(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    /// A whole number from `least` to `most`, by chance.
    fn between(&mut self, least: i64, most: i64) -> i64 {
        self.rng.i64(least..=most.max(least))
    }
}
