//! What a stack that somebody else has deployed is made of, by its resources and events alone. In: those. Out: what the watcher
//! needs of its services, and what the operation changes. Must not know the spec.
//!
//! The names are ours: `WebService` has `WebTaskDefinition` and `WebTargetGroup`, and the log is where `stdlib` puts it. What is
//! named otherwise is watched all the same, with less to tell.

use crate::cloud::formation::{Change, ChangeDetail, StackEvent, StackResource};
use crate::graph::StackKind;

use super::{LogPlace, Service, StackWork};

const SERVICE: &str = "AWS::ECS::Service";
const DEFINITION: &str = "AWS::ECS::TaskDefinition";
const TARGET_GROUP: &str = "AWS::ElasticLoadBalancingV2::TargetGroup";

/// How the reason of a resource begins that is made anew for another one.
const REPLACES: &str = "Requested update requires the creation of a new physical resource";

/// The stack, as far as its resources and the changes of an operation tell.
pub fn stack(name: &str, resources: &[StackResource], changes: &[Change]) -> StackWork {
    let there = resources.iter().map(|one| (one.logical.as_str(), one.kind.as_str()));
    let coming = changes.iter().filter(|change| change.action == "Add");
    let coming = coming.map(|change| (change.logical.as_str(), change.kind.as_str()));
    let mut known: Vec<(&str, &str)> = there.chain(coming).collect();
    known.sort_unstable();
    known.dedup();
    let has = |logical: &str, kind: &str| known.contains(&(logical, kind));
    let services = known.iter().filter(|(_, kind)| *kind == SERVICE);
    let services: Vec<Service> = services
        .map(|(logical, _)| {
            let stem = logical.strip_suffix("Service").unwrap_or(logical);
            let own = |local: &str, kind: &str| Some(format!("{stem}{local}")).filter(|id| has(id, kind));
            Service {
                stack: name.to_string(),
                logical: logical.to_string(),
                task_definition: own("TaskDefinition", DEFINITION),
                target_groups: own("TargetGroup", TARGET_GROUP).into_iter().collect(),
                name: words(stem),
                ..Service::default()
            }
        })
        .collect();
    let mut services_arns = resources.iter().filter(|one| one.kind == SERVICE);
    let cluster = services_arns.find_map(|one| cluster(&one.physical));
    let logs = services.iter().filter_map(|service| {
        let cluster = cluster.as_deref()?;
        let app = name.strip_prefix(cluster)?.strip_prefix('-')?;
        let service = &service.name;
        Some(LogPlace {
            family: format!("{cluster}-{app}-{service}"),
            container: service.clone(),
            group: format!("/loadline/{cluster}/{app}/{service}"),
            prefix: service.clone(),
        })
    });
    StackWork {
        stack: name.to_string(),
        kind: kind(name),
        logs: logs.collect(),
        cluster,
        template: String::new(),
        parameters: Vec::new(),
        capabilities: Vec::new(),
        services,
        origins: Vec::new(),
    }
}

impl StackWork {
    /// A stack that is watched without what is in it.
    pub fn watched_alone(name: &str) -> StackWork {
        stack(name, &[], &[])
    }
}

/// What a stack is for, by its name.
fn kind(name: &str) -> StackKind {
    match name.rsplit('-').next() {
        Some("cluster") => StackKind::Cluster,
        Some("registry") => StackKind::Registry,
        Some("base") => StackKind::Base,
        Some("release") => StackKind::Release,
        _ => StackKind::App,
    }
}

/// The cluster in the ARN of a service: `…:service/production/web`.
fn cluster(arn: &str) -> Option<String> {
    let (cluster, _) = arn.split_once(":service/")?.1.split_once('/')?;
    Some(cluster.to_string())
}

/// A name in words, as the spec has it: `WebApi` is `web-api`.
fn words(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push('-');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

/// What an operation has changed so far, by its events, the oldest first.
pub fn changes(stack: &str, events: &[StackEvent]) -> Vec<Change> {
    let mut found: Vec<Change> = Vec::new();
    for event in events {
        let known = found.iter().any(|change| change.logical == event.logical);
        let action = match event.status.as_str() {
            "CREATE_IN_PROGRESS" => "Add",
            "UPDATE_IN_PROGRESS" => "Modify",
            "DELETE_IN_PROGRESS" | "DELETE_SKIPPED" => "Remove",
            _ => continue,
        };
        // What goes after it was changed is the old one of what was replaced.
        if known || event.logical == stack {
            continue;
        }
        let is_replaced = event.reason.as_deref().is_some_and(|why| why.starts_with(REPLACES));
        found.push(Change {
            action: action.to_string(),
            logical: event.logical.clone(),
            physical: event.physical.clone().filter(|_| action != "Add"),
            kind: event.kind.clone(),
            replacement: (action == "Modify").then(|| if is_replaced { "True" } else { "False" }.to_string()),
            ..Change::default()
        });
    }
    found.iter_mut().for_each(detail);
    found
}

/// The same, with the services that were not reached yet: each may be.
pub fn with_all_services(mut changes: Vec<Change>, resources: &[StackResource]) -> Vec<Change> {
    let rest = resources.iter().filter(|one| one.kind == SERVICE);
    for one in rest {
        if !changes.iter().any(|change| change.logical == one.logical) {
            let mut change = Change {
                action: "Modify".to_string(),
                logical: one.logical.clone(),
                physical: Some(one.physical.clone()),
                kind: one.kind.clone(),
                replacement: Some("False".to_string()),
                ..Change::default()
            };
            detail(&mut change);
            changes.push(change);
        }
    }
    changes
}

/// Events do not say what of a service changes. That it is rolled out is what must be watched for; one that is not has no new
/// deployment, and is settled then.
fn detail(change: &mut Change) {
    if change.kind == SERVICE && change.action == "Modify" {
        change.details.push(ChangeDetail {
            attribute: "Properties".to_string(),
            name: Some("TaskDefinition".to_string()),
            recreation: "Never".to_string(),
            ..ChangeDetail::default()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::Moment;
    use crate::cloud::formation::Status;

    fn resource(logical: &str, kind: &str, physical: &str) -> StackResource {
        StackResource {
            logical: logical.to_string(),
            physical: physical.to_string(),
            kind: kind.to_string(),
            status: Status::new("CREATE_COMPLETE"),
        }
    }

    #[test]
    fn a_service_is_known_by_our_names() {
        let resources = [
            resource(
                "WebApiService",
                SERVICE,
                "arn:aws:ecs:eu-west-1:1:service/production/production-shop-WebApiService-x",
            ),
            resource("WebApiTaskDefinition", DEFINITION, "arn:…/production-shop-web-api:3"),
            resource("WebApiTargetGroup", TARGET_GROUP, "arn:…"),
            resource("Odd", SERVICE, "arn:aws:ecs:eu-west-1:1:service/production/odd"),
        ];
        let work = stack("production-shop", &resources, &[]);
        let [odd, web] = &work.services[..] else {
            panic!("{:?}", work.services);
        };
        assert_eq!((odd.name.as_str(), odd.task_definition.as_deref()), ("odd", None));
        assert_eq!(web.name, "web-api");
        assert_eq!(web.task_definition.as_deref(), Some("WebApiTaskDefinition"));
        assert_eq!(web.target_groups, ["WebApiTargetGroup"]);
        assert_eq!(work.cluster.as_deref(), Some("production"));
        assert_eq!(work.logs[1].group, "/loadline/production/shop/web-api");
    }

    #[test]
    fn events_tell_what_changes() {
        let event = |logical: &str, status: &str, reason: &str| StackEvent {
            id: String::new(),
            at: Moment(0),
            token: None,
            logical: logical.to_string(),
            physical: Some("p".to_string()),
            kind: "K".to_string(),
            status: Status::new(status),
            reason: (!reason.is_empty()).then(|| reason.to_string()),
        };
        let replaces = format!("{REPLACES}; hence creating one.");
        let events = [
            event("s", "UPDATE_IN_PROGRESS", "User Initiated"),
            event("New", "CREATE_IN_PROGRESS", ""),
            event("Task", "UPDATE_IN_PROGRESS", &replaces),
            event("Task", "UPDATE_COMPLETE", ""),
            event("Task", "DELETE_IN_PROGRESS", ""),
            event("Gone", "DELETE_IN_PROGRESS", ""),
        ];
        let found = changes("s", &events);
        let found: Vec<(&str, &str, Option<&str>)> = found
            .iter()
            .map(|one| (one.logical.as_str(), one.action.as_str(), one.replacement.as_deref()))
            .collect();
        assert_eq!(
            found,
            [
                ("New", "Add", None),
                ("Task", "Modify", Some("True")),
                ("Gone", "Remove", None)
            ]
        );
    }
}
