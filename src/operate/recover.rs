//! Stuck stacks: what is the matter with each, and which call takes it on its way. In: the names of stacks, and what is wished
//! to be skipped or retained. Out: [`Case`]s, which say what would be done to which resources. Changes nothing.
//!
//! What can be done in a status is CloudFormation's to say
//! (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html>).

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::cloud::formation::{Stack, StackEvent, Status};
use crate::cloud::{Answer, Cloud, Error, ErrorKind, Moment};
use crate::deploy::attach::Target;
use crate::deploy::lease::{self, Lease};
use crate::deploy::recover::{Call, Rescue};
use crate::template::Place;

/// Between two attempts while requests are refused, and for how long.
const PAUSE: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// What the user wants left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// The logical IDs of resources that a rollback goes on without.
    pub skip: Vec<String>,
    /// The logical IDs of resources that stay when their stack is deleted.
    pub retain: Vec<String>,
}

/// Why nothing can be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// AWS refuses.
    Aws(Error),
    /// What is wished fits nothing.
    Wish(String),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        Refusal::Aws(error)
    }
}

/// A stack, and what can be done for it.
#[derive(Clone, Debug)]
pub struct Case {
    /// The stack.
    pub stack: String,
    /// Its status; empty where it is not there.
    pub status: Status,
    /// What is the matter, in a sentence.
    pub matter: String,
    /// What is called for it; nothing where nothing needs to be, or can be.
    pub rescue: Option<Rescue>,
    /// Whether it is stuck all the same.
    pub is_helpless: bool,
    /// The resources that it is stuck on.
    pub stuck: Vec<Stuck>,
    /// The resources that are deleted with it.
    pub goes: Vec<Named>,
    /// The resources that stay when it is deleted.
    pub stays: Vec<Named>,
}

/// A resource that a stack is stuck on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stuck {
    /// Its logical ID.
    pub logical: String,
    /// Its physical ID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub physical: Option<String>,
    /// Its type.
    pub kind: String,
    /// The status in which it ended.
    pub status: Status,
    /// Why, in AWS's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it is in the spec, and where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The user's line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// A resource by its names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Its logical ID.
    pub logical: String,
    /// Its physical ID.
    pub physical: String,
    /// Its type.
    pub kind: String,
}

/// A lease, and whether its holder may still be at work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The cluster.
    pub cluster: String,
    /// The lease.
    pub lease: Lease,
    /// Whether it holds.
    pub is_alive: bool,
}

/// Looks at each stack.
///
/// # Errors
/// Where AWS refuses, or a wish fits no stack.
pub async fn look<C: Cloud>(targets: &[Target], wishes: &Wishes, cloud: &C) -> Result<Vec<Case>, Refusal> {
    let mut cases = Vec::new();
    for target in targets {
        cases.push(one(target, wishes, cloud).await?);
    }
    let calls = || {
        cases
            .iter()
            .filter_map(|case| case.rescue.as_ref())
            .map(|one| &one.call)
    };
    for id in &wishes.skip {
        let fits = |call: &Call| matches!(call, Call::Continue { skipped } if skipped.contains(id));
        if !calls().any(fits) {
            let text = format!("`--skip {id}` fits nothing: only what a rollback has failed on can be skipped");
            return Err(Refusal::Wish(text));
        }
    }
    for id in &wishes.retain {
        let fits = |call: &Call| matches!(call, Call::Delete { retained } if retained.contains(id));
        if !calls().any(fits) {
            let text =
                format!("`--retain {id}` fits nothing: only a resource of a stack that is deleted can be retained");
            return Err(Refusal::Wish(text));
        }
    }
    Ok(cases)
}

/// The leases of these clusters.
///
/// # Errors
/// Where AWS refuses.
pub async fn leases<C: Cloud>(clusters: &[String], cloud: &C) -> Answer<Vec<Held>> {
    let mut held = Vec::new();
    for cluster in clusters {
        let name = lease::name(cluster);
        let found = match patiently(cloud, async |cloud: &C| cloud.parameter(&name).await).await {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::Missing => continue,
            Err(error) => return Err(error),
        };
        if let Ok(lease) = serde_json::from_str::<Lease>(&found.value) {
            let is_alive = lease.until > cloud.now();
            held.push(Held {
                cluster: cluster.clone(),
                lease,
                is_alive,
            });
        }
    }
    Ok(held)
}

/// Takes a lease away: from somebody who is gone, or by force.
///
/// # Errors
/// Where AWS refuses.
pub async fn break_lease<C: Cloud>(held: &Held, cloud: &C) -> Answer<()> {
    let name = lease::name(&held.cluster);
    // It may be another one by now, and that one holds.
    let now = match patiently(cloud, async |cloud: &C| cloud.parameter(&name).await).await {
        Ok(now) => now,
        Err(error) if error.kind() == ErrorKind::Missing => return Ok(()),
        Err(error) => return Err(error),
    };
    let is_same = serde_json::from_str::<Lease>(&now.value).is_ok_and(|lease| lease.holder == held.lease.holder);
    match is_same {
        true => patiently(cloud, async |cloud: &C| cloud.delete_parameter(&name).await).await,
        false => Ok(()),
    }
}

/// Asks until there is an answer that lasts.
async fn patiently<C: Cloud, T>(cloud: &C, request: impl AsyncFn(&C) -> Answer<T>) -> Answer<T> {
    let until: Moment = cloud.now() + PATIENCE;
    loop {
        match request(cloud).await {
            Err(error) if error.is_passing() && cloud.now() < until => cloud.sleep(PAUSE).await,
            answer => return answer,
        }
    }
}

/// What a status calls for.
enum Kind {
    Well(&'static str),
    Moves,
    Shell,
    Delete(&'static str),
    RollBack,
    Continue,
    Helpless,
}

fn kind(status: &str) -> Kind {
    match status {
        "UPDATE_ROLLBACK_FAILED" => Kind::Continue,
        "CREATE_FAILED" | "UPDATE_FAILED" => Kind::RollBack,
        "ROLLBACK_COMPLETE" => {
            Kind::Delete("its first deployment failed and was rolled back: CloudFormation only lets it be deleted")
        }
        "ROLLBACK_FAILED" => Kind::Delete(
            "its first deployment failed, and what had come up could not be deleted: it can only be deleted",
        ),
        "DELETE_FAILED" => Kind::Delete("something in it could not be deleted"),
        "REVIEW_IN_PROGRESS" => Kind::Shell,
        "DELETE_COMPLETE" => Kind::Well("it is deleted"),
        "UPDATE_ROLLBACK_COMPLETE" => Kind::Well("its last change was rolled back, and it takes changes again"),
        "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE" | "IMPORT_ROLLBACK_COMPLETE" => {
            Kind::Well("nothing is the matter")
        }
        _ if status.ends_with("_IN_PROGRESS") => Kind::Moves,
        _ => Kind::Helpless,
    }
}

async fn one<C: Cloud>(target: &Target, wishes: &Wishes, cloud: &C) -> Result<Case, Refusal> {
    let name = &target.stack;
    let there = match patiently(cloud, async |cloud: &C| cloud.describe_stack(name).await).await {
        Ok(there) => there,
        Err(error) if error.kind() == ErrorKind::Missing => return Ok(Case::plain(name, "", "it is not there")),
        Err(error) => return Err(Refusal::Aws(error)),
    };
    let status = there.status.as_str();
    match kind(status) {
        Kind::Well(matter) => Ok(Case::plain(name, status, matter)),
        Kind::Moves => {
            let matter = format!("an operation is under way: `loadline watch {name}` tells how it goes");
            Ok(Case::plain(name, status, &matter))
        }
        Kind::Helpless => {
            let because = there.reason.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            let matter = format!("no call is known that would help here{because}; AWS's support may have one");
            Ok(Case {
                is_helpless: true,
                stuck: stuck(target, &there, cloud).await?,
                ..Case::plain(name, status, &matter)
            })
        }
        Kind::Shell => shell(target, &there, cloud).await,
        Kind::Continue => {
            let stuck = stuck(target, &there, cloud).await?;
            let is_stuck = |id: &&String| stuck.iter().any(|one| one.logical == **id);
            let skipped: Vec<String> = wishes.skip.iter().filter(is_stuck).cloned().collect();
            let matter = "it was going back, and could not: repair what it is stuck on first, or name it with `--skip`";
            Ok(Case {
                rescue: Some(rescue(target, Call::Continue { skipped })),
                stuck,
                ..Case::plain(name, status, matter)
            })
        }
        Kind::RollBack => Ok(Case {
            rescue: Some(rescue(target, Call::RollBack)),
            stuck: stuck(target, &there, cloud).await?,
            ..Case::plain(
                name,
                status,
                "it stopped half-way, since it was told not to go back by itself",
            )
        }),
        Kind::Delete(matter) => {
            let stuck = stuck(target, &there, cloud).await?;
            let (goes, stays, retained) = parts(target, wishes, cloud).await?;
            Ok(Case {
                rescue: Some(rescue(target, Call::Delete { retained })),
                stuck,
                goes,
                stays,
                ..Case::plain(name, status, matter)
            })
        }
    }
}

impl Case {
    fn plain(stack: &str, status: &str, matter: &str) -> Case {
        Case {
            stack: stack.to_string(),
            status: Status::new(status),
            matter: matter.to_string(),
            rescue: None,
            is_helpless: false,
            stuck: Vec::new(),
            goes: Vec::new(),
            stays: Vec::new(),
        }
    }
}

fn rescue(target: &Target, call: Call) -> Rescue {
    let known = target.known.as_ref();
    Rescue {
        stack: target.stack.clone(),
        cluster: known.and_then(|known| known.cluster.clone()),
        origins: known.map(|known| known.origins.clone()).unwrap_or_default(),
        call,
    }
}

/// A stack that has never been more than a change set: it goes if nobody else waits with one.
async fn shell<C: Cloud>(target: &Target, there: &Stack, cloud: &C) -> Result<Case, Refusal> {
    let name = &target.stack;
    let mut page: Option<String> = None;
    let mut sets = Vec::new();
    loop {
        let answer = patiently(cloud, async |cloud: &C| {
            cloud.list_change_sets(name, page.as_deref()).await
        })
        .await?;
        sets.extend(answer.items.into_iter().map(|set| set.name));
        page = answer.next;
        if page.is_none() {
            break;
        }
    }
    let strange: Vec<String> = sets
        .iter()
        .filter(|set| !set.starts_with("loadline-"))
        .cloned()
        .collect();
    if !strange.is_empty() {
        let matter = format!(
            "it is there only as a change set that is not loadline's ({}): whoever made that decides",
            strange.join(", ")
        );
        return Ok(Case {
            is_helpless: true,
            ..Case::plain(name, there.status.as_str(), &matter)
        });
    }
    let matter = match sets.len() {
        0 => "it is an empty shell: a change set was looked at, and is gone".to_string(),
        _ => format!(
            "it is there only as a change set ({}), and nothing is in it",
            sets.join(", ")
        ),
    };
    Ok(Case {
        rescue: Some(rescue(target, Call::Delete { retained: Vec::new() })),
        ..Case::plain(name, there.status.as_str(), &matter)
    })
}

/// What goes with a stack, what stays, and what of that is so because it is wished.
async fn parts<C: Cloud>(
    target: &Target,
    wishes: &Wishes,
    cloud: &C,
) -> Result<(Vec<Named>, Vec<Named>, Vec<String>), Refusal> {
    let name = &target.stack;
    let mut page: Option<String> = None;
    let (mut goes, mut stays, mut retained) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        let answer = patiently(cloud, async |cloud: &C| {
            cloud.list_stack_resources(name, page.as_deref()).await
        })
        .await?;
        for one in answer.items {
            let is_wished = wishes.retain.contains(&one.logical);
            let named = Named {
                logical: one.logical,
                physical: one.physical,
                kind: one.kind,
            };
            match one.status.as_str() {
                "DELETE_COMPLETE" => {}
                _ if named.physical.is_empty() => {}
                "DELETE_SKIPPED" => stays.push(named),
                _ if is_wished => {
                    retained.push(named.logical.clone());
                    stays.push(named);
                }
                _ if is_kept(target, &named.logical) => stays.push(named),
                _ => goes.push(named),
            }
        }
        page = answer.next;
        if page.is_none() {
            return Ok((goes, stays, retained));
        }
    }
}

/// Whether the template keeps a resource whose stack is deleted.
fn is_kept(target: &Target, logical: &str) -> bool {
    let template = target
        .known
        .as_ref()
        .map(|known| known.template.as_str())
        .unwrap_or_default();
    let template: serde_json::Value = serde_json::from_str(template).unwrap_or_default();
    let policy = template["Resources"][logical]["DeletionPolicy"].as_str();
    matches!(policy, Some("Retain" | "RetainExceptOnCreate"))
}

/// The resources that the last attempt failed on.
async fn stuck<C: Cloud>(target: &Target, there: &Stack, cloud: &C) -> Result<Vec<Stuck>, Refusal> {
    let mut last: BTreeMap<String, Option<StackEvent>> = BTreeMap::new();
    let mut page: Option<String> = None;
    'pages: loop {
        let request = async |cloud: &C| cloud.describe_stack_events(&there.id, page.as_deref()).await;
        let answer = patiently(cloud, request).await?;
        for event in answer.items {
            if event.logical == there.name && event.kind == "AWS::CloudFormation::Stack" {
                // Here the attempt began.
                if event.status.as_str().ends_with("_IN_PROGRESS") {
                    break 'pages;
                }
                continue;
            }
            let is_failed = event.status.is_failed() && !is_cancelled(&event);
            last.entry(event.logical.clone()).or_insert(is_failed.then_some(event));
        }
        page = answer.next;
        if page.is_none() {
            break;
        }
    }
    let origins = target
        .known
        .as_ref()
        .map(|known| known.origins.as_slice())
        .unwrap_or_default();
    let failed = last.into_values().flatten().map(|event| {
        let origin = origins.iter().find(|origin| origin.logical == event.logical);
        Stuck {
            physical: event.physical,
            kind: event.kind,
            status: event.status,
            reason: event.reason,
            owner: origin.map(|origin| origin.owner.clone()),
            place: origin.map(|origin| origin.place.clone()),
            logical: event.logical,
        }
    });
    Ok(failed.collect())
}

/// Whether something failed only because something else did.
fn is_cancelled(event: &StackEvent) -> bool {
    let reason = event.reason.as_deref().unwrap_or_default();
    reason.starts_with("Resource ") && reason.ends_with(" cancelled")
}
