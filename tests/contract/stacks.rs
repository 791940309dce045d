//! Stacks and change sets.

use std::collections::BTreeSet;
use std::time::Duration;

use loadline::cloud::formation::{Change, ChangeSet, ChangeSetType, ChangeSetWish, Stack, StackEvent, StackResource};
use loadline::cloud::{Cloud, ErrorKind};
use serde_json::{Value, json};

/// After so many looks nothing will come.
const LOOKS: usize = 120;

/// A stack of two log groups; one keeps its lines for as many days as a parameter says.
pub fn two_logs(stack: &str) -> Value {
    json!({
        "Parameters": {"Days": {"Type": "Number"}, "Word": {"Type": "String"}},
        "Resources": {
            "One": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": format!("/{stack}/one"), "RetentionInDays": {"Ref": "Days"}}},
            "Two": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": {"Fn::Sub": format!("/{stack}/${{Word}}")}}},
        },
    })
}

pub fn wish(stack: &str, name: &str, kind: ChangeSetType, template: &Value, days: &str) -> ChangeSetWish {
    let word = match kind {
        ChangeSetType::Create => Some("two".to_string()),
        ChangeSetType::Update => None,
    };
    ChangeSetWish {
        stack: stack.to_string(),
        name: name.to_string(),
        token: format!("token-{stack}-{name}"),
        kind,
        template: template.to_string().into(),
        parameters: vec![("Days".to_string(), Some(days.to_string())), ("Word".to_string(), word)],
        capabilities: Vec::new(),
        about: "The contract.".to_string(),
        drift: false,
    }
}

/// Waits until a set is there; all its changes.
pub async fn read(cloud: &impl Cloud, id: &str) -> (ChangeSet, Vec<Change>) {
    for _ in 0..LOOKS {
        let (set, mut next) = cloud
            .describe_change_set(id, false, None)
            .await
            .expect("the set is there");
        if set.status.is_under_way() || set.status.as_str() == "CREATE_PENDING" {
            cloud.sleep(Duration::from_secs(1)).await;
            continue;
        }
        let mut changes = set.changes.clone();
        while let Some(page) = next {
            let (more, after) = cloud
                .describe_change_set(id, false, Some(&page))
                .await
                .expect("it has pages");
            changes.extend(more.changes);
            next = after;
        }
        return (set, changes);
    }
    panic!("the set does not come");
}

/// Waits until nothing is under way with a stack.
pub async fn settled(cloud: &impl Cloud, stack: &str) -> Stack {
    for _ in 0..LOOKS {
        let now = cloud.describe_stack(stack).await.expect("the stack is there");
        if !now.status.is_under_way() && !now.status.is_in_review() {
            return now;
        }
        cloud.sleep(Duration::from_secs(1)).await;
    }
    panic!("the stack does not settle");
}

/// Waits until the operation with this token has ended: what `describe_stack` says right after it began may be old.
async fn ended(cloud: &impl Cloud, stack: &str, token: &str) -> Stack {
    for _ in 0..LOOKS {
        let all = events(cloud, stack).await;
        let own = |event: &&StackEvent| event.logical == stack && event.token.as_deref() == Some(token);
        if all.iter().find(own).is_some_and(|event| !event.status.is_under_way()) {
            return cloud.describe_stack(stack).await.expect("the stack is there");
        }
        cloud.sleep(Duration::from_secs(1)).await;
    }
    panic!("the operation does not end");
}

async fn events(cloud: &impl Cloud, stack: &str) -> Vec<StackEvent> {
    let mut all = Vec::new();
    let mut page: Option<String> = None;
    loop {
        let answer = cloud
            .describe_stack_events(stack, page.as_deref())
            .await
            .expect("it has events");
        all.extend(answer.items);
        page = answer.next;
        if page.is_none() {
            return all;
        }
    }
}

async fn resources(cloud: &impl Cloud, stack: &str) -> Vec<StackResource> {
    let mut all = Vec::new();
    let mut page: Option<String> = None;
    loop {
        let answer = cloud
            .list_stack_resources(stack, page.as_deref())
            .await
            .expect("it has resources");
        all.extend(answer.items);
        page = answer.next;
        if page.is_none() {
            return all;
        }
    }
}

/// Makes a stack and waits for it.
pub async fn made(cloud: &impl Cloud, stack: &str, template: &Value) -> Stack {
    let wish = wish(stack, "made", ChangeSetType::Create, template, "7");
    let id = cloud.create_change_set(&wish).await.expect("it is taken");
    read(cloud, &id).await;
    cloud.execute_change_set(&id, &wish.token).await.expect("it is taken");
    let stack = settled(cloud, stack).await;
    assert_eq!(stack.status.as_str(), "CREATE_COMPLETE");
    stack
}

pub async fn create(cloud: &impl Cloud) {
    let template = two_logs("creates");
    let wish = wish("creates", "first", ChangeSetType::Create, &template, "7");
    let id = cloud.create_change_set(&wish).await.expect("it is taken");
    let (set, changes) = read(cloud, &id).await;
    assert_eq!(set.status.as_str(), "CREATE_COMPLETE");
    assert_eq!(set.execution.as_str(), "AVAILABLE");
    assert_eq!(set.id, id);
    let review = cloud.describe_stack("creates").await.expect("the stack is in review");
    assert!(review.status.is_in_review(), "{:?}", review.status);
    let added: BTreeSet<(&str, &str, &str)> = changes
        .iter()
        .map(|change| (change.action.as_str(), change.logical.as_str(), change.kind.as_str()))
        .collect();
    let kind = "AWS::Logs::LogGroup";
    assert_eq!(added, BTreeSet::from([("Add", "One", kind), ("Add", "Two", kind)]));
    cloud.execute_change_set(&id, "the-token").await.expect("it is taken");
    let stack = settled(cloud, "creates").await;
    assert_eq!(stack.status.as_str(), "CREATE_COMPLETE");
    assert_eq!(stack.parameters["Days"], "7");
    let found: BTreeSet<String> = resources(cloud, "creates")
        .await
        .into_iter()
        .map(|one| one.physical)
        .collect();
    assert_eq!(
        found,
        BTreeSet::from(["/creates/one".to_string(), "/creates/two".to_string()])
    );
    let events = events(cloud, "creates").await;
    let ids: BTreeSet<&str> = events.iter().map(|event| event.id.as_str()).collect();
    assert_eq!(ids.len(), events.len(), "each event has an identity of its own");
    assert!(events.is_sorted_by(|one, other| one.at >= other.at), "newest first");
    let newest = &events[0];
    assert_eq!(
        (newest.logical.as_str(), newest.status.as_str()),
        ("creates", "CREATE_COMPLETE")
    );
    assert_eq!(newest.token.as_deref(), Some("the-token"));
    for logical in ["One", "Two"] {
        let done = events
            .iter()
            .any(|event| event.logical == logical && event.status.as_str() == "CREATE_COMPLETE");
        assert!(done, "{logical} has its event");
    }
}

pub async fn no_change(cloud: &impl Cloud) {
    let template = two_logs("stays");
    made(cloud, "stays", &template).await;
    let wish = wish("stays", "same", ChangeSetType::Update, &template, "7");
    let id = cloud.create_change_set(&wish).await.expect("it is taken");
    let (set, changes) = read(cloud, &id).await;
    assert_eq!(set.status.as_str(), "FAILED");
    assert!(set.is_empty(), "{:?}", set.reason);
    assert_eq!(changes, []);
    assert_ne!(set.execution.as_str(), "AVAILABLE");
    assert!(cloud.execute_change_set(&id, "no").await.is_err());
    cloud.delete_change_set(&id).await.expect("it can be deleted");
    let gone = cloud.describe_change_set(&id, false, None).await;
    assert_eq!(gone.expect_err("it is gone").kind(), ErrorKind::Missing);
    assert_eq!(settled(cloud, "stays").await.status.as_str(), "CREATE_COMPLETE");
}

pub async fn update(cloud: &impl Cloud) {
    let template = two_logs("changes");
    made(cloud, "changes", &template).await;
    let before = resources(cloud, "changes").await;
    let wish = wish("changes", "longer", ChangeSetType::Update, &template, "30");
    let id = cloud.create_change_set(&wish).await.expect("it is taken");
    let (set, changes) = read(cloud, &id).await;
    assert_eq!(set.status.as_str(), "CREATE_COMPLETE", "{:?}", set.reason);
    let [change] = &changes[..] else {
        panic!("one resource changes: {changes:?}");
    };
    assert_eq!((change.action.as_str(), change.logical.as_str()), ("Modify", "One"));
    assert_ne!(change.replacement.as_deref(), Some("True"));
    let names: Vec<Option<&str>> = change.details.iter().map(|detail| detail.name.as_deref()).collect();
    assert!(names.contains(&Some("RetentionInDays")), "{names:?}");
    cloud.execute_change_set(&id, &wish.token).await.expect("it is taken");
    let stack = ended(cloud, "changes", &wish.token).await;
    assert_eq!(stack.status.as_str(), "UPDATE_COMPLETE");
    assert_eq!(
        (stack.parameters["Days"].as_str(), stack.parameters["Word"].as_str()),
        ("30", "two")
    );
    let physical = |resources: &[StackResource]| -> BTreeSet<String> {
        resources.iter().map(|one| one.physical.clone()).collect()
    };
    assert_eq!(physical(&resources(cloud, "changes").await), physical(&before));
}

pub async fn failed_update(cloud: &impl Cloud) {
    let mut template = two_logs("fails");
    made(cloud, "fails", &template).await;
    // The name is taken, by nobody's stack.
    let put = cloud.put_parameter("/contract/fails", "mine", false).await;
    put.expect("it is free");
    template["Resources"]["Three"] = json!({
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Name": "/contract/fails", "Type": "String", "Value": "yours"},
    });
    let wish = wish("fails", "bad", ChangeSetType::Update, &template, "7");
    let id = cloud.create_change_set(&wish).await.expect("it is taken");
    let (set, _) = read(cloud, &id).await;
    assert_eq!(set.status.as_str(), "CREATE_COMPLETE", "{:?}", set.reason);
    cloud.execute_change_set(&id, &wish.token).await.expect("it is taken");
    let stack = ended(cloud, "fails", &wish.token).await;
    assert_eq!(stack.status.as_str(), "UPDATE_ROLLBACK_COMPLETE");
    let events = events(cloud, "fails").await;
    let failed = events
        .iter()
        .find(|event| event.logical == "Three" && event.status.is_failed());
    let failed = failed.expect("the resource that failed has its event");
    assert!(failed.reason.as_ref().is_some_and(|reason| !reason.is_empty()));
    let statuses: Vec<&str> = events
        .iter()
        .filter(|event| event.logical == "fails")
        .map(|event| event.status.as_str())
        .collect();
    assert!(statuses.contains(&"UPDATE_ROLLBACK_IN_PROGRESS"), "{statuses:?}");
}

pub async fn head(cloud: &impl Cloud) {
    let mut template = two_logs("headed");
    template["Description"] = json!("Two logs. Made by a test.");
    let stack = made(cloud, "headed", &template).await;
    assert_eq!(
        (stack.about.as_str(), stack.standing.protected),
        ("Two logs. Made by a test.", false)
    );
}

pub async fn template(cloud: &impl Cloud) {
    let template = two_logs("handed-in");
    made(cloud, "handed-in", &template).await;
    let text = cloud.template("handed-in").await.expect("it is kept");
    let read: Value = serde_json::from_str(&text).expect("it was JSON");
    assert_eq!(read, template);
    let none = cloud.template("nobody").await.expect_err("there is no stack");
    assert_eq!(none.kind(), ErrorKind::Missing, "{none}");
}

pub async fn delete(cloud: &impl Cloud) {
    let made = made(cloud, "goes", &two_logs("goes")).await;
    cloud
        .delete_stack("goes", "token-goes", &[])
        .await
        .expect("it is taken");
    for _ in 0..LOOKS {
        match cloud.describe_stack("goes").await {
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Missing, "{error}");
                // By its ARN it is known for a while; an emulator may forget it at once.
                match cloud.describe_stack(&made.id).await {
                    Ok(gone) => assert_eq!(gone.status.as_str(), "DELETE_COMPLETE"),
                    Err(error) => assert_eq!(error.kind(), ErrorKind::Missing, "{error}"),
                }
                return;
            }
            Ok(_) => cloud.sleep(Duration::from_secs(1)).await,
        }
    }
    panic!("the stack does not go");
}

pub async fn discard(cloud: &impl Cloud) {
    let wish = wish("unborn", "never", ChangeSetType::Create, &two_logs("unborn"), "7");
    let id = cloud.create_change_set(&wish).await.expect("it is taken");
    read(cloud, &id).await;
    cloud.delete_change_set(&id).await.expect("it can be deleted");
    cloud
        .delete_stack("unborn", "token-unborn", &[])
        .await
        .expect("it is taken");
    for _ in 0..LOOKS {
        if let Err(error) = cloud.describe_stack("unborn").await {
            assert_eq!(error.kind(), ErrorKind::Missing, "{error}");
            return;
        }
        cloud.sleep(Duration::from_secs(1)).await;
    }
    panic!("the stack does not go");
}

pub async fn taken(cloud: &impl Cloud) {
    let template = two_logs("taken");
    made(cloud, "taken", &template).await;
    let mut one = wish("taken", "name", ChangeSetType::Update, &template, "14");
    cloud.create_change_set(&one).await.expect("it is taken");
    one.token = "another".to_string();
    let error = cloud.create_change_set(&one).await.expect_err("the name is taken");
    assert_eq!(error.code, "AlreadyExistsException");
    assert_eq!(error.kind(), ErrorKind::Taken);
}

pub async fn missing(cloud: &impl Cloud) {
    let error = cloud.describe_stack("nobody").await.expect_err("there is none");
    assert_eq!(error.kind(), ErrorKind::Missing, "{error}");
    let arn = "arn:aws:cloudformation:eu-west-1:111122223333:changeSet/none/6f1d3a9e-0000-4000-8000-000000000000";
    let error = cloud
        .describe_change_set(arn, false, None)
        .await
        .expect_err("there is none");
    assert_eq!(error.kind(), ErrorKind::Missing, "{error}");
    let wish = wish("nobody", "none", ChangeSetType::Update, &two_logs("nobody"), "7");
    let error = cloud
        .create_change_set(&wish)
        .await
        .expect_err("there is nothing to update");
    assert_eq!(error.kind(), ErrorKind::Missing, "{error}");
}

pub async fn not_stuck(cloud: &impl Cloud) {
    made(cloud, "sound", &two_logs("sound")).await;
    let one = ["One".to_string()];
    let refused = [
        cloud.continue_update_rollback("sound", "token-continue", &[]).await,
        cloud.rollback_stack("sound", "token-back").await,
        cloud.delete_stack("sound", "token-retain", &one).await,
    ];
    for answer in refused {
        let error = answer.expect_err("it is not stuck");
        assert_eq!(error.code, "ValidationError", "{error}");
    }
    assert_eq!(settled(cloud, "sound").await.status.as_str(), "CREATE_COMPLETE");
}
