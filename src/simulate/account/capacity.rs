//! Clusters and their capacity providers. In: properties. Out: on what a task runs. Must not know tasks.

use serde_json::Value;

use crate::cloud::Moment;
use crate::rollout::scaling::Scaling;

use super::Account;
use super::names::cluster_name;
use super::read;

/// On what tasks run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Capacity {
    /// Fargate, or its spare capacity.
    Fargate { spot: bool },
    /// The instances of a capacity provider, by its name.
    Provider(String),
    /// Any instance of the cluster.
    Instances,
}

/// A cluster.
#[derive(Clone, Debug)]
pub(super) struct Cluster {
    /// What holds where a service or task says nothing.
    pub strategy: Vec<String>,
}

/// A capacity provider of an Auto Scaling group.
#[derive(Clone, Debug)]
pub(super) struct Provider {
    pub group: String,
    /// How it scales; `None` without managed scaling.
    pub scaling: Option<Scaling>,
    /// Whether instances are emptied before they are terminated.
    pub drains: bool,
    /// For how many minutes the metric has been low.
    pub low: i64,
    /// Until when new instances warm up.
    pub warm: Moment,
    /// When the metric is looked at next.
    pub next: Moment,
}

impl Provider {
    pub fn read(properties: &Value, now: Moment) -> Provider {
        let about = &properties["AutoScalingGroupProvider"];
        let told = read::text(about, "AutoScalingGroupArn").unwrap_or_default();
        let managed = &about["ManagedScaling"];
        let scaling = Scaling {
            target: read::number(managed, "TargetCapacity").unwrap_or(100),
            least_step: read::number(managed, "MinimumScalingStepSize").unwrap_or(1),
            most_step: read::number(managed, "MaximumScalingStepSize").unwrap_or(10_000),
            most: i64::MAX,
            warm_up: read::number(managed, "InstanceWarmupPeriod").unwrap_or(300),
        };
        Provider {
            group: told.rsplit("autoScalingGroupName/").next().unwrap_or(told).to_string(),
            scaling: (read::text(managed, "Status") == Some("ENABLED")).then_some(scaling),
            drains: read::text(about, "ManagedDraining") != Some("DISABLED"),
            low: 0,
            warm: now,
            next: now,
        }
    }
}

/// The capacity providers of a strategy, the one with a base first, then the heaviest: the simulation takes the first.
pub(super) fn strategy(items: &[Value]) -> Vec<String> {
    let mut ranked: Vec<(i64, i64, &str)> = items
        .iter()
        .filter_map(|item| {
            let name = read::text(item, "CapacityProvider")?;
            let number = |key| read::number(item, key).unwrap_or(0);
            Some((-number("Base"), -number("Weight"), name))
        })
        .collect();
    ranked.sort_by_key(|(base, weight, _)| (*base, *weight));
    ranked.into_iter().map(|(_, _, name)| name.to_string()).collect()
}

impl Account {
    /// On what a task of a cluster runs, from what its service or request says.
    pub(super) fn capacity(&self, cluster: &str, launch_type: Option<&str>, provider: Option<&str>) -> Capacity {
        let cluster = self.clusters.get(cluster_name(cluster));
        let default = cluster.and_then(|cluster| cluster.strategy.first());
        match (launch_type, provider.or(default.map(String::as_str))) {
            (Some("FARGATE"), _) => Capacity::Fargate { spot: false },
            (Some(_), _) => Capacity::Instances,
            (None, Some("FARGATE")) => Capacity::Fargate { spot: false },
            (None, Some("FARGATE_SPOT")) => Capacity::Fargate { spot: true },
            (None, Some(name)) => Capacity::Provider(name.to_string()),
            (None, None) => Capacity::Instances,
        }
    }

    /// Whether a task for which there is no room waits until there is.
    pub(super) fn waits_for_room(&self, capacity: &Capacity) -> bool {
        match capacity {
            Capacity::Provider(name) => self
                .providers
                .get(name)
                .is_some_and(|provider| provider.scaling.is_some()),
            Capacity::Fargate { .. } | Capacity::Instances => false,
        }
    }
}
