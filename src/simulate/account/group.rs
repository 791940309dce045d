//! Launch templates, Auto Scaling groups and managed scaling. In: properties, tasks that wait. Out: instances that come and go.
//! Must not know services.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::catalog;
use crate::cloud::Moment;
use crate::rollout::host::{Demand, Host};
use crate::rollout::interfaces;
use crate::rollout::memory::Registered;
use crate::rollout::refresh::Refresh;
use crate::rollout::reservation::Reservation;
use crate::rollout::scaling::{self, Waiting};

use super::Account;
use super::capacity::Capacity;
use super::read;
use super::task::Task;

/// How often the metric of managed scaling is written, in seconds.
const METRIC_SECONDS: i64 = 60;

/// A launch template: its versions, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct LaunchTemplate {
    pub versions: Vec<Version>,
}

/// What a version of a launch template says that matters here.
#[derive(Clone, Debug, Default)]
pub(super) struct Version {
    pub image: String,
    pub kind: Option<String>,
    pub cluster: Option<String>,
    /// Memory kept from tasks, in MiB.
    pub reserve: i64,
}

impl Version {
    pub fn read(properties: &Value) -> Version {
        let about = &properties["LaunchTemplateData"];
        let written = read::text(about, "UserData").unwrap_or_default();
        let script = match written.contains("ECS_") || written.contains("[settings") {
            true => written.to_string(),
            false => read::unpacked(written).unwrap_or_default(),
        };
        // Amazon Linux reads the agent's variables, Bottlerocket its own settings.
        let setting = |names: [&str; 2]| {
            let mut lines = script.lines().filter_map(|line| line.split_once('='));
            let found = lines.find(|(name, _)| names.contains(&name.trim()));
            found.map(|(_, value)| value.trim().trim_matches('"').to_string())
        };
        Version {
            image: read::text(about, "ImageId").unwrap_or_default().to_string(),
            kind: read::text(about, "InstanceType").map(str::to_string),
            cluster: setting(["ECS_CLUSTER", "cluster"]),
            reserve: setting(["ECS_RESERVED_MEMORY", "reserved-memory"])
                .and_then(|value| value.parse().ok())
                .unwrap_or(0),
        }
    }
}

/// An Auto Scaling group.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    pub name: String,
    pub least: i64,
    pub most: i64,
    pub desired: i64,
    pub zones: Vec<Arc<str>>,
    pub kinds: Vec<String>,
    pub image: String,
    pub version: i64,
    pub reserve: i64,
    pub cluster: String,
    /// How instances are replaced when the template changes; `None` where nothing replaces them.
    pub rules: Option<(Refresh, i64)>,
    /// Whether they are being replaced.
    pub refreshing: bool,
    /// Whether new instances are protected from scaling in.
    pub protects: bool,
    /// Whether it is being deleted.
    pub going: bool,
}

impl Account {
    /// Reads a group's properties. Its `UpdatePolicy` stands beside them under that name.
    pub(super) fn read_group(&self, name: &str, properties: &Value) -> Group {
        let mixed = &properties["MixedInstancesPolicy"]["LaunchTemplate"];
        let told = match properties["LaunchTemplate"].is_object() {
            true => &properties["LaunchTemplate"],
            false => &mixed["LaunchTemplateSpecification"],
        };
        let id = read::text(told, "LaunchTemplateId").or(read::text(told, "LaunchTemplateName"));
        let template = id.and_then(|id| self.templates.get(id)).cloned().unwrap_or_default();
        let newest = template.versions.len() as i64;
        let version = read::number(told, "Version").unwrap_or(newest).clamp(1, newest.max(1));
        let about = template.versions.get(version as usize - 1).cloned().unwrap_or_default();
        let overrides = read::list(mixed, "Overrides").iter();
        let mut kinds: Vec<String> = overrides
            .filter_map(|one| read::text(one, "InstanceType"))
            .map(str::to_string)
            .collect();
        if kinds.is_empty() {
            kinds.extend(about.kind);
        }
        let subnets = read::texts(properties, "VPCZoneIdentifier");
        let mut zones: Vec<Arc<str>> = subnets.iter().map(|subnet| self.zone_of(subnet)).collect();
        zones.sort();
        zones.dedup();
        if zones.is_empty() {
            zones.push(format!("{}a", self.region).into());
        }
        let least = read::number(properties, "MinSize").unwrap_or(0);
        let most = read::number(properties, "MaxSize").unwrap_or(least);
        let wanted = read::number(properties, "DesiredCapacity").unwrap_or(least);
        Group {
            name: name.to_string(),
            least,
            most,
            desired: wanted.clamp(least, most.max(least)),
            zones,
            kinds,
            image: about.image,
            version,
            reserve: about.reserve,
            cluster: about.cluster.unwrap_or_else(|| "default".to_string()),
            rules: rules(properties),
            refreshing: false,
            protects: read::flag(properties, "NewInstancesProtectedFromScaleIn").unwrap_or(false),
            going: false,
        }
    }

    /// The zone of a subnet. One that was there before is in one of three, by its ID.
    pub(super) fn zone_of(&self, subnet: &str) -> Arc<str> {
        let letter = ['a', 'b', 'c'][subnet.bytes().map(usize::from).sum::<usize>() % 3];
        let one = || format!("{}{letter}", self.region).into();
        self.subnets.get(subnet).cloned().unwrap_or_else(one)
    }

    /// What instances of an image and a type register: drawn once for all of them.
    pub(super) fn registered_memory(&mut self, group: &Group, kind: &str) -> i64 {
        let key = (group.image.clone(), kind.to_string());
        if let Some(memory) = self.registered.get(&key) {
            return *memory - group.reserve;
        }
        let range = catalog::instance(kind).map(|instance| Registered::of(&instance, 0));
        let Registered { least, most } = range.unwrap_or(Registered::exactly(4096));
        let memory = self.between(least, most);
        self.registered.insert(key, memory);
        memory - group.reserve
    }

    /// The instances of a group that are not being emptied.
    pub(super) fn staying(&self, group: &str) -> Vec<u64> {
        let all = self.machines.values().filter(|machine| machine.group == group);
        all.filter(|machine| !machine.is_draining())
            .map(|machine| machine.number)
            .collect()
    }

    /// Lets groups have as many instances as they shall, and managed scaling decide how many that are.
    pub(super) fn scale_groups(&mut self, now: Moment) {
        let due = self.providers.iter().filter(|(_, provider)| provider.next <= now);
        let due: Vec<String> = due.map(|(name, _)| name.clone()).collect();
        for name in due {
            self.scale(&name, now);
        }
        if self.faults.starve(now) {
            return;
        }
        let idle = self.groups.values().filter(|group| !group.refreshing);
        let wanted: Vec<(String, i64)> = idle.map(|group| (group.name.clone(), group.desired)).collect();
        for (name, desired) in wanted {
            let missing = desired - self.staying(&name).len() as i64;
            for _ in 0..missing {
                self.launch(&name, now);
            }
        }
    }

    fn scale(&mut self, name: &str, now: Moment) {
        let Some(provider) = self.providers.get_mut(name) else {
            return;
        };
        provider.next = now.plus_seconds(METRIC_SECONDS);
        let (Some(mut rules), drains) = (provider.scaling, provider.drains) else {
            return;
        };
        let warm = provider.warm > now;
        let Some(group) = self.groups.get(&provider.group).cloned() else {
            return;
        };
        rules.most = group.most;
        let staying = self.staying(&group.name);
        let empty: Vec<u64> = staying
            .iter()
            .copied()
            .filter(|number| self.is_empty(*number))
            .collect();
        let present = staying.len() as i64;
        let needed = scaling::needed(present - empty.len() as i64, &self.waiting(name, &group));
        let grown = rules.grown(needed, present);
        let low = scaling::reservation(needed, present) < rules.target as f64;
        let provider = self.providers.get_mut(name).expect("it was just there");
        provider.low = if low { provider.low + 1 } else { 0 };
        let shrinks = provider.low >= scaling::SCALE_IN_MINUTES && !group.refreshing;
        if grown > present && !warm && !self.faults.starve(now) {
            let provider = self.providers.get_mut(name).expect("it was just there");
            provider.warm = now.plus_seconds(rules.warm_up);
            self.groups.get_mut(&group.name).expect("it was just there").desired = grown;
        } else if shrinks {
            let wanted = rules.shrunk(needed, present).max(group.least);
            // Only instances without tasks go, so that the group may stay larger than it need be.
            let going = (present - wanted).clamp(0, empty.len() as i64);
            self.groups.get_mut(&group.name).expect("it was just there").desired = present - going;
            for number in empty.into_iter().rev().take(going as usize) {
                self.drain(number, (!drains).then_some(0), now);
            }
        }
    }

    /// Whether nothing but daemons runs on an instance.
    fn is_empty(&self, number: u64) -> bool {
        let machine = &self.machines[&number];
        let outside = machine.host.copies(super::misfortune::OUTSIDE) > 0;
        let mut on_it = self.tasks.values().filter(|task| task.machine() == Some(number));
        !outside && on_it.all(|task| self.is_daemon(task))
    }

    /// The tasks that wait for instances of a provider, by their shape.
    fn waiting(&self, provider: &str, group: &Group) -> Vec<Waiting> {
        let wants = |task: &&Task| task.waits() && task.capacity == Capacity::Provider(provider.to_string());
        let mut shapes: BTreeMap<&str, (Demand, i64)> = BTreeMap::new();
        for task in self.tasks.values().filter(wants) {
            let demand = task.definition.demand.clone();
            shapes.entry(&task.definition.arn).or_insert((demand, 0)).1 += 1;
        }
        let memory = |kind: &str| {
            let drawn = self.registered.get(&(group.image.clone(), kind.to_string()));
            let least = catalog::instance(kind).map_or(4096, |kind| kind.registered as i64);
            drawn.copied().unwrap_or(least) - group.reserve
        };
        let fits = |demand: &Demand| {
            let of = |kind: &String| room(&host(kind, memory(kind), "".into()), demand);
            let all: Vec<i64> = group.kinds.iter().map(of).collect();
            (
                all.iter().copied().min().unwrap_or(0),
                all.iter().copied().max().unwrap_or(0),
            )
        };
        let waiting = shapes.into_values().map(|(demand, tasks)| {
            let (on_smallest, on_largest) = fits(&demand);
            Waiting {
                tasks,
                on_smallest,
                on_largest,
            }
        });
        waiting.collect()
    }
}

/// How many tasks of a shape fit on an empty host.
fn room(host: &Host, demand: &Demand) -> i64 {
    let mut most = 10_000;
    let mut bound = |free: i64, wanted: i64| {
        if wanted > 0 {
            most = most.min(free / wanted);
        }
    };
    bound(host.registered.cpu, demand.reservation.cpu);
    bound(host.registered.memory, demand.reservation.memory);
    bound(host.gpus, demand.gpus);
    bound(host.interfaces, i64::from(demand.interface));
    bound(1, i64::from(!demand.ports.is_empty()));
    most
}

/// An empty host of an instance type.
pub(super) fn host(kind: &str, memory: i64, zone: Arc<str>) -> Host {
    let about = catalog::instance(kind);
    Host {
        zone,
        registered: Reservation {
            cpu: about.as_ref().map_or(2048, |about| about.cpu() as i64),
            memory,
        },
        interfaces: about.as_ref().map_or(2, |about| interfaces::slots(about, false)),
        gpus: about.as_ref().map_or(0, |about| i64::from(about.gpus)),
        tasks: Vec::new(),
    }
}

/// The rules of an instance refresh, and for how long an instance warms up.
fn rules(properties: &Value) -> Option<(Refresh, i64)> {
    let preferences = &properties["UpdatePolicy"]["AutoScalingInstanceRefresh"]["Preferences"];
    let warm_up = read::number(properties, "DefaultInstanceWarmup").unwrap_or(0);
    preferences.is_object().then(|| {
        let rules = Refresh {
            healthy: read::number(preferences, "MinHealthyPercentage").unwrap_or(90),
            most: read::number(preferences, "MaxHealthyPercentage"),
        };
        (rules, read::number(preferences, "InstanceWarmup").unwrap_or(warm_up))
    })
}
