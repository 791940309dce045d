//! How stacks are created, updated, taken back and deleted, event by event.

use std::collections::BTreeMap;

use loadline::cloud::Cloud;
use loadline::simulate::Simulated;
use serde_json::json;

use super::{Run, failing, named, one, run, settings, template, topic, update, wish};
use crate::ready::ready;

#[test]
fn a_stack_is_created_with_its_events() {
    let run = run();
    let body = template(json!({"A": topic("a"), "B": {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Name": "/b", "Type": "String", "Value": {"Fn::Sub": "${A}!"}},
    }}));
    let id = run.ask(&wish("s", "one", &body)).expect("it is granted");
    assert_eq!(
        run.describe(&id).expect("it is there").status.as_str(),
        "CREATE_PENDING"
    );
    assert_eq!(
        run.stack("s").expect("it is there").status.as_str(),
        "REVIEW_IN_PROGRESS"
    );
    let set = run.planned(&wish("s", "one", &body));
    assert_eq!(set.id, id);
    assert_eq!(set.status.as_str(), "CREATE_COMPLETE");
    let shown: Vec<&str> = set.changes.iter().map(|change| change.logical.as_str()).collect();
    assert_eq!(shown, ["A", "B"]);
    assert!(set.changes.iter().all(|change| change.action == "Add"));
    run.execute(&id, "token").expect("it is available");
    assert_eq!(run.settled("s").0, "CREATE_COMPLETE");
    assert_eq!(
        run.told("s", 0),
        [
            "s REVIEW_IN_PROGRESS",
            "s CREATE_IN_PROGRESS",
            "A CREATE_IN_PROGRESS",
            "A CREATE_IN_PROGRESS",
            "A CREATE_COMPLETE",
            "B CREATE_IN_PROGRESS",
            "B CREATE_IN_PROGRESS",
            "B CREATE_COMPLETE",
            "s CREATE_COMPLETE",
        ]
    );
    let events = run.events("s");
    assert_eq!((&events[2].physical, &events[2].reason), (&None, &None));
    assert!(events[3].physical.is_some());
    assert_eq!(events[3].reason.as_deref(), Some("Resource creation Initiated"));
    assert!(events[1..].iter().all(|event| event.token.as_deref() == Some("token")));
    let mut ids: Vec<&str> = events.iter().map(|event| event.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), events.len());
    let stored = ready(run.cloud.parameter("/b")).expect("it was stored").value;
    assert_eq!(stored, format!("{}!", run.resources("s")["A"].0));
    let set = run.describe(&id).expect("it is there");
    assert_eq!(set.execution.as_str(), "EXECUTE_COMPLETE");
}

#[test]
fn a_change_is_made_in_place_where_it_can() {
    let run = run();
    let body = |name: &str| template(json!({"A": topic(name), "B": topic("b")}));
    run.deploy(&wish("s", "one", &body("a")));
    let before = run.resources("s");
    let since = run.events("s").len();
    let set = run.planned(&update("two", &body("z")));
    assert_eq!(set.changes.len(), 1);
    let change = &set.changes[0];
    assert_eq!(
        (change.action.as_str(), change.replacement.as_deref()),
        ("Modify", Some("False"))
    );
    assert_eq!(change.physical.as_ref(), Some(&before["A"].0));
    let detail = &change.details[0];
    assert_eq!(
        (detail.source.as_str(), detail.recreation.as_str()),
        ("DirectModification", "Never")
    );
    assert_eq!(
        (detail.before.as_deref(), detail.after.as_deref()),
        (Some("a"), Some("z"))
    );
    run.execute(&set.id, "").expect("it is available");
    assert_eq!(run.settled("s").0, "UPDATE_COMPLETE");
    assert_eq!(
        run.told("s", since),
        [
            "s UPDATE_IN_PROGRESS",
            "A UPDATE_IN_PROGRESS",
            "A UPDATE_COMPLETE",
            "s UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            "s UPDATE_COMPLETE",
        ]
    );
    assert_eq!(run.resources("s")["A"].0, before["A"].0);
}

#[test]
fn a_replacement_is_made_first_and_the_old_one_deleted_last() {
    let run = run();
    run.deploy(&wish("s", "one", &named("x")));
    let before = run.resources("s");
    let since = run.events("s").len();
    let set = run.planned(&update("two", &named("y")));
    let (a, b) = (one(&set.changes, "A"), one(&set.changes, "B"));
    assert_eq!(a.replacement.as_deref(), Some("True"));
    assert_eq!(b.replacement.as_deref(), Some("False"));
    assert_eq!(b.details[0].source, "ResourceReference");
    assert_eq!(b.details[0].cause.as_deref(), Some("A"));
    assert_eq!(b.details[0].after.as_deref(), Some("{{changeSet:KNOWN_AFTER_APPLY}}"));
    run.execute(&set.id, "").expect("it is available");
    assert_eq!(run.settled("s").0, "UPDATE_COMPLETE");
    assert_eq!(
        run.told("s", since),
        [
            "s UPDATE_IN_PROGRESS",
            "A UPDATE_IN_PROGRESS",
            "A UPDATE_IN_PROGRESS",
            "A UPDATE_COMPLETE",
            "B UPDATE_IN_PROGRESS",
            "B UPDATE_COMPLETE",
            "s UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            "A DELETE_IN_PROGRESS",
            "A DELETE_COMPLETE",
            "s UPDATE_COMPLETE",
        ]
    );
    let events = run.events("s");
    assert_eq!(events[since + 7].physical.as_ref(), Some(&before["A"].0));
    let after = run.resources("s");
    assert_ne!(after["A"].0, before["A"].0);
    assert_eq!(after["A"].1, "UPDATE_COMPLETE");
}

#[test]
fn what_leaves_the_template_is_deleted_or_kept_as_its_policy_says() {
    let run = run();
    let mut kept = topic("k");
    kept["DeletionPolicy"] = json!("RetainExceptOnCreate");
    run.deploy(&wish(
        "s",
        "one",
        &template(json!({"A": topic("a"), "B": topic("b"), "Kept": kept})),
    ));
    let since = run.events("s").len();
    let set = run.planned(&update("two", &template(json!({"A": topic("a")}))));
    let actions: Vec<(&str, &str)> = set
        .changes
        .iter()
        .map(|change| (change.action.as_str(), change.logical.as_str()))
        .collect();
    assert_eq!(actions, [("Remove", "B"), ("Remove", "Kept")]);
    run.execute(&set.id, "").expect("it is available");
    run.settled("s");
    let told = run.told("s", since);
    assert!(told.contains(&"B DELETE_COMPLETE".to_string()), "{told:?}");
    assert!(told.contains(&"Kept DELETE_SKIPPED".to_string()), "{told:?}");
    assert_eq!(run.resources("s").len(), 1);
}

#[test]
fn a_create_that_fails_deletes_what_it_made() {
    let run = run();
    let mut kept = topic("k");
    kept["DeletionPolicy"] = json!("Retain");
    let mut not_kept = topic("n");
    not_kept["DeletionPolicy"] = json!("RetainExceptOnCreate");
    let slow = json!({"Type": "AWS::SQS::Queue"});
    let mut bad = failing("A");
    bad["DependsOn"] = json!(["Kept", "NotKept"]);
    let body = template(json!({"A": topic("a"), "Kept": kept, "NotKept": not_kept, "Slow": slow, "Bad": bad}));
    let set = run.planned(&wish("s", "one", &body));
    run.execute(&set.id, "token").expect("it is available");
    assert_eq!(run.settled("s").0, "ROLLBACK_COMPLETE");
    let events = run.events("s");
    let of = |logical: &str, status: &str| {
        let found = events
            .iter()
            .find(|event| event.logical == logical && event.status.as_str() == status);
        found
            .unwrap_or_else(|| panic!("{logical} {status}"))
            .reason
            .clone()
            .unwrap_or_default()
    };
    assert_eq!(
        of("Bad", "CREATE_FAILED"),
        "Template error: Fn::Select cannot select nonexistent value at index 1"
    );
    assert_eq!(of("Slow", "CREATE_FAILED"), "Resource creation cancelled");
    assert_eq!(
        of("s", "ROLLBACK_IN_PROGRESS"),
        "The following resource(s) failed to create: [Slow, Bad]. Rollback requested by user."
    );
    let resources = run.resources("s");
    assert_eq!(resources["A"].1, "DELETE_COMPLETE");
    assert_eq!(resources["Kept"].1, "DELETE_SKIPPED");
    assert_eq!(resources["NotKept"].1, "DELETE_COMPLETE");
    assert!(
        events
            .iter()
            .skip(1)
            .all(|event| event.token.as_deref() == Some("token"))
    );
    assert_eq!(
        run.describe(&set.id).expect("it is there").execution.as_str(),
        "EXECUTE_FAILED"
    );
    // Such a stack can only be deleted.
    let refusal = run.refused(&update("two", &body));
    assert!(
        refusal
            .message
            .ends_with("is in ROLLBACK_COMPLETE state and can not be updated."),
        "{refusal}"
    );
}

#[test]
fn an_update_that_fails_goes_back() {
    let run = run();
    let mut first = named("x");
    first["Resources"]["C"] = topic("c");
    run.deploy(&wish("s", "one", &first));
    let before = run.resources("s");
    let since = run.events("s").len();
    let mut second = named("y");
    second["Resources"]["New"] = topic("n");
    second["Resources"]["C"] = topic("d");
    let mut bad = failing("New");
    bad["DependsOn"] = json!(["B", "C"]);
    second["Resources"]["Bad"] = bad;
    assert_eq!(run.deploy(&update("two", &second)), "UPDATE_ROLLBACK_COMPLETE");
    let told = run.told("s", since);
    let at = |line: &str| {
        let found = told.iter().position(|told| told == line);
        found.unwrap_or_else(|| panic!("{line} in {told:#?}"))
    };
    let back = at("s UPDATE_ROLLBACK_IN_PROGRESS");
    let sweep = at("s UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS");
    assert!(at("Bad CREATE_FAILED") < back);
    let mut returned: Vec<&str> = told[back..sweep].iter().map(String::as_str).collect();
    returned.sort_unstable();
    assert_eq!(
        returned,
        [
            "A UPDATE_COMPLETE",
            "B UPDATE_COMPLETE",
            "B UPDATE_IN_PROGRESS",
            "C UPDATE_COMPLETE",
            "C UPDATE_IN_PROGRESS",
            "s UPDATE_ROLLBACK_IN_PROGRESS",
        ]
    );
    let mut swept: Vec<&str> = told[sweep..].iter().map(String::as_str).collect();
    swept.sort_unstable();
    assert_eq!(
        swept,
        [
            "A DELETE_COMPLETE",
            "A DELETE_IN_PROGRESS",
            "Bad DELETE_COMPLETE",
            "New DELETE_COMPLETE",
            "New DELETE_IN_PROGRESS",
            "s UPDATE_ROLLBACK_COMPLETE",
            "s UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        ]
    );
    let reason = run.events("s")[since + back].reason.clone();
    assert_eq!(
        reason.as_deref(),
        Some("The following resource(s) failed to create: [Bad]. ")
    );
    let after = run.resources("s");
    let physical =
        |of: &BTreeMap<String, (String, String)>| -> Vec<String> { of.values().map(|(id, _)| id.clone()).collect() };
    assert_eq!(physical(&after), physical(&before));
    // What it was is what the next change is compared with.
    let set = run.planned(&update("three", &first));
    assert!(set.is_empty(), "{set:#?}");
}

#[test]
fn a_cancelled_update_goes_back() {
    let run = run();
    let body = |name: &str| {
        template(json!({
            "A": topic(name),
            "Slow": {"Type": "AWS::SQS::Queue", "DependsOn": "A", "Properties": {"QueueName": name}},
        }))
    };
    run.deploy(&wish("s", "one", &body("a")));
    let refusal = ready(run.cloud.cancel_update_stack("s", "stop")).expect_err("nothing is under way");
    assert_eq!(refusal.code, "ValidationError");
    let set = run.planned(&update("two", &body("b")));
    run.execute(&set.id, "go").expect("it is available");
    run.pass(30);
    ready(run.cloud.cancel_update_stack("s", "stop")).expect("it is under way");
    ready(run.cloud.cancel_update_stack("s", "stop")).expect("the same request again");
    assert_eq!(run.settled("s").0, "UPDATE_ROLLBACK_COMPLETE");
    let events = run.events("s");
    let cancelled = events
        .iter()
        .find(|event| event.reason.as_deref() == Some("Resource update cancelled"));
    assert_eq!(cancelled.map(|event| event.logical.as_str()), Some("Slow"));
    let last = events.last().expect("there are events");
    assert_eq!(last.token.as_deref(), Some("stop"));
}

#[test]
fn a_deleted_stack_has_only_its_arn() {
    let run = run();
    let body = named("x");
    run.deploy(&wish("s", "one", &body));
    let arn = run.stack("s").expect("it is there").id;
    let since = run.events("s").len();
    ready(run.cloud.delete_stack("s", "away", &[])).expect("it can be deleted");
    assert_eq!(run.settled(&arn).0, "DELETE_COMPLETE");
    let events = run.events(&arn);
    let told: Vec<String> = events[since..]
        .iter()
        .map(|event| format!("{} {}", event.logical, event.status.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            "s DELETE_IN_PROGRESS",
            "B DELETE_IN_PROGRESS",
            "B DELETE_COMPLETE",
            "A DELETE_IN_PROGRESS",
            "A DELETE_COMPLETE",
            "s DELETE_COMPLETE",
        ]
    );
    let refusal = run.stack("s").expect_err("it has no name");
    assert_eq!(refusal.message, "Stack with id s does not exist");
    ready(run.cloud.delete_stack("s", "", &[])).expect("what is not there is deleted");
    assert_eq!(run.deploy(&wish("s", "again", &body)), "CREATE_COMPLETE");
    assert_ne!(run.stack("s").expect("it is there").id, arn);
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let story = |seed: u64| {
        let run = Run {
            cloud: Simulated::new(&settings(seed)),
        };
        run.deploy(&wish("s", "one", &named("x")));
        run.deploy(&update("two", &named("y")));
        run.events("s")
    };
    assert_eq!(story(3), story(3));
    assert_ne!(story(3), story(4));
}

#[test]
fn a_stack_that_was_never_executed_can_be_deleted() {
    let run = run();
    let set = run.planned(&wish("s", "one", &named("x")));
    ready(run.cloud.delete_change_set(&set.id)).expect("it can be deleted");
    let stack = run.stack("s").expect("it is still there");
    assert!(stack.status.is_in_review());
    ready(run.cloud.delete_stack("s", "", &[])).expect("it can be deleted");
    assert_eq!(run.settled(&stack.id).0, "DELETE_COMPLETE");
}

#[test]
fn a_stack_that_is_being_made_can_be_deleted_but_not_one_that_changes() {
    let run = run();
    let slow = |name: &str| template(json!({"Slow": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}}));
    let set = run.planned(&wish("s", "one", &slow("a")));
    run.execute(&set.id, "go").expect("it is available");
    run.pass(10);
    let arn = run.stack("s").expect("it is there").id;
    ready(run.cloud.delete_stack("s", "away", &[])).expect("it can be deleted");
    assert_eq!(run.settled(&arn).0, "DELETE_COMPLETE");
    run.deploy(&wish("s", "again", &slow("a")));
    let set = run.planned(&update("two", &slow("b")));
    run.execute(&set.id, "").expect("it is available");
    run.pass(10);
    let refusal = ready(run.cloud.delete_stack("s", "", &[])).expect_err("it is busy");
    assert_eq!(
        refusal.message,
        "Stack [s] cannot be deleted while in status UPDATE_IN_PROGRESS"
    );
}
