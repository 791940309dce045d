//! The standard library's files, embedded. A test holds this list against the folder `stdlib/`.

macro_rules! files {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("../../stdlib/", $name, ".yml")))),*]
    };
}

/// The name and text of each component of the stdlib, sorted by name.
pub static FILES: &[(&str, &str)] = files! {
    "app"
    "bucket"
    "cluster"
    "daemon"
    "endpoints"
    "events"
    "execution-role"
    "ingress"
    "instance-alarms"
    "instance-role"
    "instances"
    "names"
    "network"
    "notices"
    "published"
    "queue"
    "registry"
    "route"
    "scaling"
    "schedule"
    "service"
    "service-alarms"
    "table"
    "task"
    "task-definition"
    "task-network"
    "topic"
    "zone"
};

/// The text of a component of the stdlib.
pub fn text(name: &str) -> Option<&'static str> {
    let found = FILES.binary_search_by_key(&name, |(name, _)| name).ok()?;
    Some(FILES[found].1)
}
