//! From a spec to the model: who shares a cluster's instances, how many copies at least and at most, and what each takes. In: a
//! [`Spec`], what-ifs. Out: a [`Ground`], from which a [`System`] is made for any counts. Must not judge.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::{Architecture, Instance};
use crate::rollout::bounds::Percents;
use crate::rollout::check::fleet::{Fleet, tenants};
use crate::rollout::check::{Kept, Tenant, counts, percents, rests};
use crate::rollout::ports::HostPort;
use crate::rollout::query::{Answer, answer};
use crate::rollout::refresh::Refresh;
use crate::rollout::reservation::Reservation;
use crate::spec::{Cluster, Networking, Service as Declared, Spec};

use super::clock::Clock;
use super::system::{Amounts, Group, Mark, Service, Shape, Standing, System};

/// What is asked in place of what is declared.
#[derive(Clone, Debug, Default)]
pub struct WhatIf {
    /// So many instances.
    pub instances: Option<i64>,
    /// Instances of this type.
    pub kind: Option<Instance>,
    /// So many copies, by service.
    pub counts: BTreeMap<String, i64>,
    /// One zone less, with its instances.
    pub without_a_zone: bool,
}

/// A service of the cluster.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name: with its app's where the cluster runs several.
    pub name: Arc<str>,
    /// Its name in its app.
    pub own: Arc<str>,
    /// Its app.
    pub app: Arc<str>,
    /// The fewest copies.
    pub least: i64,
    /// The most copies.
    pub most: i64,
    /// The numbers of copies it comes to rest at.
    pub rests: Vec<i64>,
    /// Between which bounds its rollout moves.
    pub percents: Percents,
    /// What each copy takes.
    pub shape: Shape,
    /// Its fixed port.
    pub port: Option<HostPort>,
    /// Whether it has the instance's network.
    pub host_network: bool,
    /// Whether each copy needs an instance of its own.
    pub distinct: bool,
    /// Whether the instances fulfil the expression that says which it may use, where there is one.
    pub allowed: Option<Answer>,
    /// What decides its time.
    pub clock: Clock,
}

impl Member {
    /// Whether it comes to rest where its percents let nothing move.
    pub fn rests_stuck(&self) -> bool {
        self.rests.iter().any(|count| self.percents.is_stuck(*count))
    }

    /// As the analysis sees it, with some copies.
    pub fn service(&self, desired: i64) -> Service {
        Service {
            name: Arc::clone(&self.name),
            desired,
            percents: self.percents,
            old: self.shape.clone(),
            new: self.shape.clone(),
            fenced: self.allowed == Some(Answer::Unknown),
        }
    }
}

/// The instances of a cluster and all that runs on them.
#[derive(Clone, Debug)]
pub struct Ground {
    /// The cluster.
    pub cluster: Arc<str>,
    /// The types of the instances.
    pub types: Vec<Instance>,
    /// How many instances there are at least.
    pub fewest: i64,
    /// How many there are at most: what the analysis counts with.
    pub instances: i64,
    /// Over how many availability zones they are spread.
    pub zones: i64,
    /// The names of the zones, where they are declared.
    pub zone_names: Option<Vec<String>>,
    /// How they are replaced.
    pub refresh: Refresh,
    /// How long a new one warms up until it counts, in seconds.
    pub warm_up: i64,
    /// The memory of each that is kept from tasks, in MiB.
    pub reserve: i64,
    /// What an instance has when daemons are placed.
    pub group: Group,
    /// What daemons take of it.
    pub daemons: Reservation,
    /// The services on instances.
    pub members: Vec<Member>,
    /// The tasks that something starts.
    pub standing: Vec<Standing>,
    /// Of what each instance has one.
    pub marks: Vec<Mark>,
}

impl Ground {
    /// What a cluster declares; `None` without instances, or where something about them is faulty.
    pub fn of(spec: &Spec, index: usize, what_if: &WhatIf) -> Option<Ground> {
        let cluster = &spec.clusters[index];
        let tenants = tenants(spec, index, cluster);
        let mut fleet = Fleet::of(cluster, &tenants)?;
        let declared = cluster.capacity.instances.sound()?.as_ref()?;
        let roll = declared.roll.sound()?;
        if let Some(kind) = &what_if.kind {
            fleet.types = vec![kind.clone()];
        }
        fleet.most = what_if.instances.unwrap_or(fleet.most);
        let mut ground = Ground {
            cluster: Arc::clone(&cluster.name),
            fewest: what_if.instances.unwrap_or(declared.count.min.sound()?.0),
            instances: fleet.most,
            zones: zones(cluster),
            zone_names: zone_names(cluster),
            refresh: Refresh {
                healthy: roll.healthy.sound()?.0,
                most: Some(100 + roll.surge.sound()?.0),
            },
            warm_up: roll.warm_up.sound()?.0,
            reserve: fleet.reserve,
            group: group(&fleet)?,
            daemons: fleet.daemons?,
            types: fleet.types,
            members: Vec::new(),
            standing: Vec::new(),
            marks: Vec::new(),
        };
        let apps = spec.apps.iter().filter(|app| app.cluster == Some(index)).count();
        for tenant in &tenants {
            ground.add(tenant, apps > 1, what_if);
        }
        if what_if.without_a_zone {
            ground.instances = ground.after_a_zone(ground.instances);
            ground.fewest = ground.fewest.min(ground.instances);
            ground.group.count = ground.instances;
            ground.zones = (ground.zones - 1).max(1);
        }
        Some(ground)
    }

    fn add(&mut self, tenant: &Tenant, several: bool, what_if: &WhatIf) {
        match tenant.kept {
            Kept::Daemon(_) => {
                let port = tenant.port().map(|(port, _)| self.mark(Mark::Port(port)));
                self.group.taken.extend(port);
                self.group.taken.sort_unstable();
            }
            Kept::Service(service) => {
                let member = self.member(tenant, service, several, what_if);
                self.members.extend(member);
            }
            Kept::Once(task) => {
                let (Some(need), Some(timeout)) = (tenant.need(), task.timeout.sound()) else {
                    return;
                };
                self.standing.push(Standing {
                    name: Arc::clone(&tenant.name.value),
                    count: 1,
                    shape: Shape {
                        amounts: amounts(need.cpu, need.memory, tenant),
                        marks: Vec::new(),
                    },
                    seconds: timeout.0,
                });
            }
        }
    }

    fn member(&mut self, tenant: &Tenant, service: &Declared, several: bool, what_if: &WhatIf) -> Option<Member> {
        let app = tenant.app?;
        let own = &tenant.name.value;
        let name: Arc<str> = match several {
            true => format!("{app}/{own}").into(),
            false => Arc::clone(own),
        };
        let (mut least, mut most) = counts(service)?;
        let mut resting = rests(service)?;
        let asked = what_if
            .counts
            .get(&**own)
            .or_else(|| what_if.counts.get(&format!("{app}/{own}")));
        if let Some(count) = asked {
            (least, most) = (*count, *count);
            resting = vec![*count];
        }
        let need = tenant.need()?;
        let port = tenant.port().map(|(port, _)| port);
        let distinct = *service.place.distinct.sound()?;
        let mut marks = Vec::new();
        marks.extend(port.map(|port| self.mark(Mark::Port(port))));
        if distinct {
            marks.push(self.mark(Mark::Alone(Arc::clone(&name))));
        }
        let expression = service.place.r#where.sound()?.as_ref();
        let allowed = expression.map(|expression| answer(&expression.0, &|subject| self.values(subject)));
        if allowed == Some(Answer::Never) {
            let mark = self.mark(Mark::Nowhere(Arc::clone(&name)));
            self.group.taken.push(mark);
            self.group.taken.sort_unstable();
            marks.push(mark);
        }
        marks.sort_unstable();
        Some(Member {
            name,
            own: Arc::clone(own),
            app: Arc::clone(app),
            least,
            most: most.max(least),
            rests: resting,
            percents: percents(service)?,
            shape: Shape {
                amounts: amounts(need.cpu, need.memory, tenant),
                marks,
            },
            port,
            host_network: service.networking() == Some(Networking::Host),
            distinct,
            allowed,
            clock: Clock::of(service)?,
        })
    }

    /// All values that an attribute may have on the instances; `None` where that is not declared
    /// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement-constraints.html>, attributes).
    fn values(&self, subject: &str) -> Option<Vec<String>> {
        match subject {
            "attribute:ecs.instance-type" => Some(self.types.iter().map(|one| one.name.to_string()).collect()),
            "attribute:ecs.cpu-architecture" => {
                let names = self.types.iter().map(|one| match one.architecture {
                    Architecture::Arm64 => "arm64",
                    Architecture::X86_64 => "x86_64",
                });
                Some(names.map(str::to_string).collect())
            }
            "attribute:ecs.availability-zone" => self.zone_names.clone(),
            _ => None,
        }
    }

    fn mark(&mut self, mark: Mark) -> usize {
        let known = self.marks.iter().position(|known| *known == mark);
        known.unwrap_or_else(|| {
            self.marks.push(mark);
            self.marks.len() - 1
        })
    }

    /// The same where instances may be others than those that are declared, left over from before: which of them an expression allows is
    /// not known.
    pub fn undecided(mut self) -> Ground {
        let is_place = |mark: &usize| matches!(self.marks[*mark], Mark::Nowhere(_));
        self.group.taken.retain(|mark| !is_place(mark));
        for member in &mut self.members {
            member.shape.marks.retain(|mark| !is_place(mark));
            member.allowed = member.allowed.map(|_| Answer::Unknown);
        }
        self
    }

    /// The system of some counts, on some instances.
    pub fn system(&self, instances: i64, count: impl Fn(&Member) -> i64) -> System {
        let services = self.members.iter().map(|member| member.service(count(member)));
        System {
            groups: vec![Group {
                count: instances,
                ..self.group.clone()
            }],
            services: services.collect(),
            standing: self.standing.clone(),
            marks: self.marks.clone(),
        }
    }

    /// How many instances are left when a zone with as many as any is lost.
    pub fn after_a_zone(&self, instances: i64) -> i64 {
        instances - (instances + self.zones - 1) / self.zones
    }

    /// The same with instances of another type.
    pub fn with_type(&self, spec: &Spec, index: usize, kind: &Instance, what_if: &WhatIf) -> Option<Ground> {
        let asked = WhatIf {
            kind: Some(kind.clone()),
            ..what_if.clone()
        };
        Ground::of(spec, index, &asked)
    }
}

/// The services of a cluster's apps that run on Fargate, where nothing but percents can stall a rollout.
pub fn on_fargate(spec: &Spec, index: usize, what_if: &WhatIf) -> Vec<Member> {
    let apps = spec.apps.iter().filter(|app| app.cluster == Some(index));
    let services = apps.flat_map(|app| {
        app.services
            .value
            .sound()
            .map(move |(name, service)| (app, name, service))
    });
    let members = services.filter(|(_, _, service)| service.workload.is_on_fargate());
    members
        .filter_map(|(app, name, service)| {
            let (mut least, mut most) = counts(service)?;
            let mut resting = rests(service)?;
            let asked = what_if.counts.get(&*name.value);
            if let Some(count) = asked.or_else(|| what_if.counts.get(&format!("{}/{}", app.name, name.value))) {
                (least, most) = (*count, *count);
                resting = vec![*count];
            }
            Some(Member {
                name: Arc::clone(&name.value),
                own: Arc::clone(&name.value),
                app: Arc::clone(&app.name),
                least,
                most: most.max(least),
                rests: resting,
                percents: percents(service)?,
                shape: Shape::default(),
                port: None,
                host_network: false,
                distinct: false,
                allowed: None,
                clock: Clock::of(service)?,
            })
        })
        .collect()
}

/// What each instance has, whichever of its types it is.
fn group(fleet: &Fleet) -> Option<Group> {
    let (cpu, memory, interfaces) = (fleet.cpu()?, fleet.memory()?, fleet.interfaces()?);
    let gpus = || fleet.types.iter().map(|one| i64::from(one.gpus));
    let names: Vec<&str> = fleet.types.iter().map(|one| one.name).collect();
    Some(Group {
        name: names.join(" or ").into(),
        count: fleet.most,
        least: [cpu.least, memory.least, interfaces.least, gpus().min()?],
        most: [cpu.most, memory.most, interfaces.most, gpus().max()?],
        taken: Vec::new(),
    })
}

fn amounts(cpu: i64, memory: i64, tenant: &Tenant) -> Amounts {
    [cpu, memory, i64::from(tenant.has_interface()), 0]
}

fn zones(cluster: &Cluster) -> i64 {
    let network = &cluster.network;
    if let Some(Some(existing)) = network.existing.sound() {
        // Which zones they are in is not written; no two are assumed in one.
        return existing
            .private
            .sound()
            .map_or(1, |subnets| subnets.0.len() as i64)
            .max(1);
    }
    network.zones.sound().map_or(1, |zones| zones.count as i64).max(1)
}

fn zone_names(cluster: &Cluster) -> Option<Vec<String>> {
    let network = &cluster.network;
    let names = &network.zones.sound()?.names;
    let is_own = network.existing.sound()?.is_none() && !names.is_empty();
    is_own.then(|| names.iter().map(|name| name.value.to_string()).collect())
}
