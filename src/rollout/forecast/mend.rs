//! Repairs as edits of the spec: where the value stands that has to change, and what to write there. In: a [`Repair`], the
//! files. Out: a [`Fix`]. Must not judge whether it helps: see `recheck`.

use crate::diag::{Diagnostics, Edit, Fix};
use crate::library::types::{MemorySize, Setting};
use crate::source::{FileId, Sources, Span};
use crate::spec::{App, Count, Instances, Memory, Service, Spec};
use crate::syntax::{self, Content, Node, edit};

use super::declared::Ground;
use super::repair::Repair;

/// A repair, and how the spec is edited for it.
#[derive(Clone, Debug)]
pub struct Way {
    /// What to do.
    pub repair: Repair,
    /// The edit, where it is one and the same forecast has found that it helps.
    pub fix: Option<Fix>,
    /// What is declared then.
    pub after: Option<Box<Ground>>,
}

impl From<Repair> for Way {
    fn from(repair: Repair) -> Way {
        Way {
            repair,
            fix: None,
            after: None,
        }
    }
}

/// Where a repair would be written.
#[derive(Clone, Copy)]
pub struct Files<'a> {
    /// The files.
    pub sources: &'a Sources,
    /// What they declare.
    pub spec: &'a Spec,
    /// The cluster.
    pub index: usize,
}

/// A value that has to change.
struct Change {
    /// Its keys, from its block on.
    path: &'static [&'static str],
    /// Where it is written; `None` where it is not there yet.
    written: Option<Span>,
    text: String,
}

impl Files<'_> {
    /// The edit that carries out a repair for a service of an app; `None` where it is none, or where the file belongs to another
    /// project.
    pub fn fix(self, app: &str, service: &str, repair: &Repair) -> Option<Fix> {
        let mut edits = match repair {
            Repair::Instances(_) | Repair::Type(_) => vec![self.of_cluster(repair)?],
            _ => self.of_service(app, service, repair)?,
        };
        edits.sort_by_key(|edit| edit.span);
        Some(Fix {
            title: repair.words(),
            // More copies for a moment are all that a rollout which never moves can have wanted.
            safe: matches!(repair, Repair::Surge(_)),
            edits,
        })
    }

    fn of_cluster(self, repair: &Repair) -> Option<Edit> {
        let cluster = &self.spec.clusters[self.index];
        let instances = cluster.capacity.instances.sound()?.as_ref()?;
        if cluster.foreign {
            return None;
        }
        let change = in_instances(instances, repair)?;
        if let Some(span) = change.written {
            return self.replace(span, change.text);
        }
        let node = self.document(cluster.span, "cluster")?;
        let path = [&["capacity", "instances"], change.path].concat();
        insert(self.text(cluster.span.file), &node, &path, &change.text)
    }

    fn of_service(self, app: &str, service: &str, repair: &Repair) -> Option<Vec<Edit>> {
        let mut apps = self.spec.apps.iter();
        let app = apps.find(|one| *one.name == *app && one.cluster == Some(self.index))?;
        let mut services = app.services.value.sound();
        let (name, declared) = services.find(|(name, _)| *name.value == *service)?;
        let changes = in_service(declared, repair)?.into_iter();
        changes.map(|change| self.of_app(app, &name.value, change)).collect()
    }

    /// A value of an app: in the part of this cluster where the app has several, so that no other one changes.
    fn of_app(self, app: &App, service: &str, change: Change) -> Option<Edit> {
        let node = self.document(app.span, "app")?;
        let clusters = node.get("clusters").filter(|clusters| {
            let clusters = clusters.map();
            clusters.is_some_and(|clusters| clusters.entries.len() > 1)
        });
        let own = &*self.spec.clusters[self.index].name;
        let part = clusters.and_then(|clusters| clusters.get(own));
        let shared = |span: Span| clusters.is_some() && !part.is_some_and(|part| part.span.contains(span));
        if let Some(span) = change.written.filter(|span| !shared(*span)) {
            return self.replace(span, change.text);
        }
        let mut path = vec!["services", service];
        path.extend(change.path);
        if clusters.is_some() {
            path.splice(0..0, ["clusters", own]);
        }
        insert(self.text(app.span.file), &node, &path, &change.text)
    }

    fn replace(self, span: Span, text: String) -> Option<Edit> {
        let is_own = !self.sources.get(span.file).path.starts_with("std:");
        is_own.then_some(Edit { span, text })
    }

    fn text(&self, file: FileId) -> &str {
        &self.sources.get(file).text
    }

    /// The document whose name stands at a place. A file of JSON is left alone: what is put in is YAML.
    fn document(self, name: Span, key: &str) -> Option<Node> {
        let source = self.sources.get(name.file);
        if source.path.ends_with(".json") {
            return None;
        }
        let documents = syntax::parse(name.file, &source.text, &mut Diagnostics::default());
        let mut documents = documents.into_iter();
        documents.find(|node| node.get(key).is_some_and(|value| value.span == name))
    }
}

fn in_instances(instances: &Instances, repair: &Repair) -> Option<Change> {
    match repair {
        Repair::Instances(count) => Some(change(&instances.count.max, &["count", "max"], count.to_string())),
        Repair::Type(name) => Some(change(&instances.r#type, &["type"], (*name).to_string())),
        _ => None,
    }
}

fn in_service(service: &Service, repair: &Repair) -> Option<Vec<Change>> {
    let rollout = &service.rollout;
    let one = match repair {
        Repair::Surge(percent) => change(&rollout.surge, &["rollout", "surge"], format!("{percent}%")),
        Repair::Healthy(percent) => change(&rollout.healthy, &["rollout", "healthy"], format!("{percent}%")),
        Repair::DynamicPort { host_network } => {
            let network = host_network.then(|| change(&service.network, &["network"], "bridge".to_string()));
            let host = &service.port.sound()?.as_ref()?.host;
            let host = host
                .is_given()
                .then(|| change(host, &["port", "host"], "0".to_string()));
            let changes: Vec<Change> = network.into_iter().chain(host).collect();
            return Some(changes).filter(|changes| !changes.is_empty());
        }
        Repair::Shared => change(&service.place.distinct, &["place", "distinct"], "false".to_string()),
        Repair::Memory(size) => memory(service, *size)?,
        Repair::Cpu(units) => {
            let less = service.cpu.sound()?.0 - (cpu(service)? - units);
            (less > 0).then(|| change(&service.cpu, &["cpu"], less.to_string()))?
        }
        Repair::Count(count) => match service.count.sound()? {
            Count::Range(scaling) => change(&scaling.max, &["count", "max"], count.to_string()),
            Count::Fixed(_) => change(&service.count, &["count"], count.to_string()),
        },
        Repair::Boot(seconds) => {
            let boot = &service.probe.sound()?.as_ref()?.boot;
            // The longest that ECS takes.
            (*seconds <= 300).then(|| change(boot, &["probe", "boot"], format!("{seconds}s")))?
        }
        Repair::Instances(_) | Repair::Type(_) => return None,
    };
    Some(vec![one])
}

/// A value at a path, which is written or not.
fn change<T>(setting: &Setting<T>, path: &'static [&'static str], text: String) -> Change {
    Change {
        path,
        written: setting.is_given().then_some(setting.span),
        text,
    }
}

/// So much memory for a whole copy: what stands beside the container in it stays as it is.
fn memory(service: &Service, size: i64) -> Option<Change> {
    let own = kept(service.memory.sound()?)?;
    let beside = service.sidecars.value.entries.iter();
    let beside = beside.map(|entry| kept(entry.setting.sound()?.memory.sound()?));
    let beside: i64 = beside.sum::<Option<i64>>()?;
    let less = size - beside;
    // The least that ECS takes for a container.
    (6..own).contains(&less).then_some(())?;
    let text = MemorySize::<0>(less).show();
    let memory = &service.memory;
    let is_short = memory.limit.span == memory.span;
    Some(match memory.reserve.sound()? {
        _ if !memory.is_given() || is_short => change(memory, &["memory"], text),
        Some(_) => change(&memory.reserve, &["memory", "reserve"], text),
        None => change(&memory.limit, &["memory", "limit"], text),
    })
}

/// What counts of a container's memory.
fn kept(memory: &Memory) -> Option<i64> {
    let reserve = memory.reserve.sound()?.as_ref();
    let limit = memory.limit.sound()?.as_ref();
    Some(reserve.or(limit)?.0)
}

/// The CPU units of a whole copy.
fn cpu(service: &Service) -> Option<i64> {
    let beside = service.sidecars.value.entries.iter();
    let beside = beside.map(|entry| Some(entry.setting.sound()?.cpu.sound()?.0));
    Some(service.cpu.sound()?.0 + beside.sum::<Option<i64>>()?)
}

/// Puts a value in at a path: behind the last key of the innermost mapping that is there, with those that are missing around it.
fn insert(text: &str, node: &Node, path: &[&str], value: &str) -> Option<Edit> {
    let (key, rest) = path.split_first()?;
    let own = match &*node.content {
        Content::Map(map) => map.entry(key).filter(|entry| node.span.contains(entry.key.span)),
        Content::Null => None,
        _ => return None,
    };
    match own {
        Some(entry) if rest.is_empty() => Some(edit::set_value(text, &entry.value, value)),
        Some(entry) => insert(text, &entry.value, rest, value),
        None => {
            let nested = rest
                .iter()
                .rev()
                .fold(value.to_string(), |inner, key| format!("{{{key}: {inner}}}"));
            edit::insert_entry(text, node, key, &nested)
        }
    }
}
