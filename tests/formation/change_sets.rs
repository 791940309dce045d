//! How change sets are made, shown, refused and executed.

use loadline::cloud::formation::ChangeSetWish;
use loadline::cloud::{Cloud, ErrorKind};
use loadline::simulate::Simulated;
use serde_json::{Value, json};

use super::{Run, one, run, settings, template, topic, update, wish};
use crate::ready::ready;

#[test]
fn the_same_again_is_no_change() {
    let run = run();
    let body = template(json!({"A": topic("a")}));
    assert_eq!(run.deploy(&wish("s", "one", &body)), "CREATE_COMPLETE");
    let set = run.planned(&update("two", &body));
    assert!(set.is_empty(), "{set:?}");
    assert_eq!(set.execution.as_str(), "UNAVAILABLE");
    let refusal = run.execute(&set.id, "").expect_err("it failed");
    assert_eq!(refusal.code, "InvalidChangeSetStatus");
    // With a macro AWS has another text, and an output is a change without changes.
    let mut other = body.clone();
    other["Transform"] = json!("AWS::LanguageExtensions");
    let set = run.planned(&update("three", &other));
    assert_eq!(set.reason.as_deref(), Some("No updates are to be performed."));
    let mut other = body;
    other["Outputs"] = json!({"A": {"Value": {"Ref": "A"}}});
    let set = run.planned(&update("four", &other));
    assert_eq!((set.status.as_str(), set.changes.len()), ("CREATE_COMPLETE", 0));
    assert_eq!(run.deploy(&update("five", &other)), "UPDATE_COMPLETE");
}

#[test]
fn an_executed_set_makes_the_others_obsolete() {
    let run = run();
    let body = |name: &str| template(json!({"A": topic(name)}));
    run.deploy(&wish("s", "one", &body("a")));
    let (two, three) = (
        run.planned(&update("two", &body("b"))),
        run.planned(&update("three", &body("c"))),
    );
    run.execute(&two.id, "").expect("it is available");
    let refusal = run.execute(&three.id, "").expect_err("it is obsolete");
    assert_eq!(refusal.code, "InvalidChangeSetStatus");
    assert_eq!(
        refusal.message,
        format!(
            "ChangeSet [{}] cannot be executed in its current execution status of [OBSOLETE]",
            three.id
        )
    );
    let refusal = run.refused(&update("four", &body("d")));
    let arn = run.stack("s").expect("it is there").id;
    assert_eq!(
        refusal.message,
        format!("Stack:{arn} is in UPDATE_IN_PROGRESS state and can not be updated.")
    );
    run.settled("s");
    assert_eq!(
        run.describe(&three.id).expect("by its ARN").execution.as_str(),
        "OBSOLETE"
    );
    // Its name is free.
    assert_eq!(
        run.planned(&ChangeSetWish {
            token: "other".to_string(),
            ..update("three", &body("e"))
        })
        .changes
        .len(),
        1
    );
    ready(run.cloud.delete_change_set(&three.id)).expect("it can be deleted");
    assert_eq!(
        run.describe(&three.id).expect_err("it is gone").code,
        "ChangeSetNotFound"
    );
}

#[test]
fn a_request_whose_answer_was_lost_is_safe_to_repeat() {
    let run = run();
    let body = |name: &str| template(json!({"A": topic(name)}));
    let asked = wish("s", "one", &body("a"));
    let id = run.ask(&asked).expect("it is granted");
    assert_eq!(run.ask(&asked), Ok(id.clone()));
    let refusal = run.refused(&wish("s", "one", &body("b")));
    assert_eq!(
        (refusal.code.as_str(), refusal.kind()),
        ("AlreadyExistsException", ErrorKind::Taken)
    );
    let other = ChangeSetWish {
        token: "other".to_string(),
        ..asked.clone()
    };
    assert_eq!(
        run.refused(&other).message,
        "ChangeSet one cannot be created due to a mismatch with existing attribute ClientToken"
    );
    assert_eq!(run.planned(&asked).id, id);
    run.execute(&id, "token").expect("it is available");
    run.execute(&id, "token").expect("the same request again");
    assert_eq!(
        run.execute(&id, "other").expect_err("it is executed").code,
        "InvalidChangeSetStatus"
    );
    run.settled("s");
    run.execute(&id, "token").expect("the same request again");
    assert_eq!(
        run.told("s", 0)
            .iter()
            .filter(|told| *told == "s CREATE_IN_PROGRESS")
            .count(),
        1
    );
    let set = run.planned(&update("two", &body("b")));
    let refusal = run.execute(&set.id, "token").expect_err("the token was used");
    assert_eq!(
        (refusal.code.as_str(), refusal.kind()),
        ("TokenAlreadyExistsException", ErrorKind::Taken)
    );
}

#[test]
fn what_cannot_be_is_refused_in_the_words_of_aws() {
    let run = run();
    let mut body = template(json!({"A": topic("a")}));
    let text = |body: &Value| run.refused(&wish("s", "one", body)).message;
    let refusal = run.refused(&update("one", &body));
    assert_eq!(
        (refusal.message.as_str(), refusal.kind()),
        ("Stack [s] does not exist", ErrorKind::Missing)
    );
    body["Parameters"] = json!({"P": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/nowhere"}});
    assert_eq!(
        text(&body),
        "Unable to fetch parameters [/nowhere] from parameter store for this account."
    );
    body["Parameters"] = json!({"P": {"Type": "String"}});
    assert_eq!(text(&body), "Parameters: [P] must have values");
    body["Parameters"] = json!({"P": {"Type": "String", "Default": "x", "AllowedPattern": "[a-c]"}});
    assert_eq!(text(&body), "Parameter 'P' must match pattern [a-c]");
    body["Parameters"] = json!({"P": {"Type": "String", "Default": "x", "AllowedValues": ["a", "b"]}});
    assert_eq!(text(&body), "Parameter 'P' must be one of AllowedValues [a, b]");
    body["Parameters"] = json!({});
    let surplus = ChangeSetWish {
        parameters: vec![("Q".to_string(), Some("1".to_string()))],
        ..wish("s", "one", &body)
    };
    assert_eq!(
        run.refused(&surplus).message,
        "Parameters: [Q] do not exist in the template"
    );
    let mut other = body.clone();
    other["Resources"]["A"]["Properties"]["DisplayName"] = json!({"Fn::ImportValue": "x"});
    assert_eq!(text(&other), "Template error: Fn::ImportValue is not simulated.");
    other["Resources"]["A"]["Properties"]["DisplayName"] = json!("x".repeat(1_000_000));
    assert!(text(&other).contains("Member must have length less than or equal to"));
    let role = template(json!({"A": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r"}}}));
    let poor = ChangeSetWish {
        capabilities: vec!["CAPABILITY_IAM".to_string()],
        ..wish("s", "one", &role)
    };
    let refusal = run.refused(&poor);
    assert_eq!(refusal.code, "InsufficientCapabilitiesException");
    assert_eq!(refusal.message, "Requires capabilities : [CAPABILITY_NAMED_IAM]");
    // Nothing came of all this.
    assert_eq!(run.stack("s").expect_err("it is not there").kind(), ErrorKind::Missing);
}

#[test]
fn parameters_keep_their_values_and_tell_what_they_cause() {
    let run = run();
    let body = json!({
        "Parameters": {
            "Name": {"Type": "String"},
            "Stored": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/stored"},
        },
        "Conditions": {"IsBig": {"Fn::Equals": [{"Ref": "Name"}, "big"]}},
        "Resources": {
            "A": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Name"}}},
            "B": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::Sub": "${Stored}!"}}},
            "C": {"Type": "AWS::SNS::Topic", "Condition": "IsBig"},
        },
    });
    ready(run.cloud.put_parameter("/stored", "1", true)).expect("it is stored");
    let with = |wish: ChangeSetWish, value: Option<&str>| ChangeSetWish {
        parameters: vec![("Name".to_string(), value.map(str::to_string))],
        ..wish
    };
    assert_eq!(
        run.deploy(&with(wish("s", "one", &body), Some("small"))),
        "CREATE_COMPLETE"
    );
    let stack = run.stack("s").expect("it is there");
    assert_eq!(stack.parameters["Stored"], "/stored");
    assert_eq!(run.resources("s").len(), 2);
    assert!(run.planned(&with(update("two", &body), None)).is_empty());
    // A stored value is read when a change set is made.
    ready(run.cloud.put_parameter("/stored", "2", true)).expect("it is stored");
    let set = run.planned(&with(update("three", &body), Some("big")));
    let detail = |logical: &str| {
        let change = one(&set.changes, logical);
        assert_eq!(change.details.len(), 1, "{change:?}");
        let detail = &change.details[0];
        (
            detail.source.clone(),
            detail.cause.clone().unwrap_or_default(),
            detail.after.clone().unwrap_or_default(),
        )
    };
    let texts = |a: &str, b: &str, c: &str| (a.to_string(), b.to_string(), c.to_string());
    assert_eq!(detail("A"), texts("ParameterReference", "Name", "big"));
    assert_eq!(detail("B"), texts("ParameterReference", "Stored", "2!"));
    assert_eq!(one(&set.changes, "C").action, "Add");
    let plain = ready(run.cloud.describe_change_set(&set.id, false, None))
        .expect("it is there")
        .0;
    assert_eq!(one(&plain.changes, "A").details[0].after, None);
}

#[test]
fn an_attribute_of_what_changes_may_change() {
    let run = run();
    let body = |image: &str| {
        template(json!({
            "Template": {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": {"ImageId": image}}},
            "Group": {"Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": {
                "MinSize": "1",
                "MaxSize": "1",
                "LaunchTemplate": {
                    "LaunchTemplateId": {"Ref": "Template"},
                    "Version": {"Fn::GetAtt": ["Template", "LatestVersionNumber"]},
                },
            }},
        }))
    };
    run.deploy(&wish("s", "one", &body("ami-1")));
    let before = run.resources("s");
    let set = run.planned(&update("two", &body("ami-2")));
    let group = one(&set.changes, "Group");
    assert_eq!(group.replacement.as_deref(), Some("Conditional"));
    assert_eq!(group.details[0].source, "ResourceAttribute");
    assert_eq!(group.details[0].cause.as_deref(), Some("Template.LatestVersionNumber"));
    run.execute(&set.id, "").expect("it is available");
    assert_eq!(run.settled("s").0, "UPDATE_COMPLETE");
    assert_eq!(run.resources("s"), {
        let updated = before.into_iter();
        updated
            .map(|(logical, (id, _))| (logical, (id, "UPDATE_COMPLETE".to_string())))
            .collect()
    });
}

#[test]
fn long_answers_come_in_pages() {
    let run = run();
    let many: serde_json::Map<String, Value> = (0..130).map(|at| (format!("T{at:03}"), topic("t"))).collect();
    let set = run.planned(&wish("s", "one", &template(Value::Object(many))));
    assert_eq!(set.changes.len(), 100);
    let (_, next) = ready(run.cloud.describe_change_set(&set.id, true, None)).expect("it is there");
    let (rest, last) = ready(run.cloud.describe_change_set(&set.id, true, next.as_deref())).expect("it is there");
    assert_eq!((rest.changes.len(), last), (30, None));
    run.execute(&set.id, "").expect("it is available");
    run.settled("s");
    assert_eq!(run.events("s").len(), 130 * 3 + 3);
    let page = ready(run.cloud.list_stack_resources("s", None)).expect("it is there");
    assert_eq!(page.items.len(), 100);
    let page = ready(run.cloud.list_stack_resources("s", page.next.as_deref())).expect("it is there");
    assert_eq!((page.items.len(), page.next), (30, None));
}

#[test]
fn a_read_may_be_stale_for_two_seconds_and_only_then() {
    let body = template(json!({"A": topic("a")}));
    let mut stale = 0;
    for seed in 0..20 {
        let run = Run {
            cloud: Simulated::new(&settings(seed)),
        };
        let set = run.planned(&wish("s", "one", &body));
        run.execute(&set.id, "").expect("it is available");
        let status = run.stack("s").expect("it is there").status;
        stale += usize::from(status.is_in_review());
        run.pass(2);
        assert_eq!(
            run.stack("s").expect("it is there").status.as_str(),
            "CREATE_IN_PROGRESS"
        );
    }
    assert!((1..20).contains(&stale), "{stale} of 20");
}
