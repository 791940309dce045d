//! Requirement 10: `plan --drift` shows what somebody has changed outside of the spec, over the simulated cloud.

use loadline::cloud::Cloud;
use loadline::cloud::formation::{Change, ChangeDetail, Ignored, Live};
use loadline::deploy;
use loadline::deploy::preview::Reader;
use loadline::deploy::watch::Outcome;
use loadline::plan::Plan;
use loadline::plan::drift::{self, Drift, Drifted, Overwritten};
use loadline::plan::edit::HIDDEN;
use loadline::plan::preview::Preview;
use loadline::simulate::Simulated;
use serde_json::json;

use crate::confirmed::{SPEC, account, look, planned, push, run};
use crate::killed::ready as prepared;
use crate::ready::ready;
use crate::rehearsal::example;

fn deployed(spec: &str) -> Simulated {
    let (plan, cloud) = (planned(spec), account(7));
    push(&cloud, &plan, "a");
    let (outcome, said) = run(&cloud, &plan, None);
    assert_eq!(outcome, Some(Outcome::Done), "{said}");
    cloud
}

/// Looks at a plan, and at what was changed outside of it.
fn compare(cloud: &impl Cloud, plan: &Plan) -> Preview {
    let mut preview = look(cloud, plan);
    let reader = Reader {
        left: &|| false,
        told: &|_| {},
    };
    assert_eq!(ready(deploy::preview::drift(plan, cloud, reader, &mut preview)), None);
    assert_eq!(preview.left, [""; 0]);
    preview
}

fn resources(preview: &Preview, stack: &str) -> Vec<Drifted> {
    let stack = preview.stacks().find(|one| one.stack == stack);
    match stack.and_then(|stack| stack.drift.clone()) {
        Some(Drift::Compared { resources }) => resources,
        other => panic!("{other:?}"),
    }
}

fn value(property: &str, [deployed, live, after]: [&str; 3]) -> Overwritten {
    Overwritten {
        property: property.to_string(),
        deployed: Some(deployed.to_string()),
        live: Some(live.to_string()),
        after: Some(after.to_string()),
    }
}

#[test]
fn requirement_10_what_was_changed_outside_is_a_section_of_its_own() {
    let cloud = deployed(SPEC);
    let plan = planned(SPEC);
    let preview = compare(&cloud, &plan);
    assert!(!preview.drifts() && !preview.changes());
    assert!(cloud.drift("one-shop", "WebService", "DesiredCount", json!(5)));
    assert!(!cloud.drift("one-shop", "Nothing", "DesiredCount", json!(5)));
    let sets = |name: &str| cloud.requests().get(name).copied().unwrap_or_default();
    let before = sets("CreateChangeSet") - sets("DeleteChangeSet");
    let preview = compare(&cloud, &plan);
    assert_eq!(
        sets("CreateChangeSet") - sets("DeleteChangeSet"),
        before,
        "nothing is left behind"
    );
    // It is no change of the plan, and is told apart from one.
    assert!(preview.drifts() && !preview.changes());
    let found = resources(&preview, "one-shop");
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(
        (found[0].logical.as_str(), found[0].status.as_str()),
        ("WebService", "MODIFIED")
    );
    assert_eq!(found[0].values, [value("DesiredCount", ["2", "5", "2"])]);
    assert_eq!(found[0].place.as_ref().map(|place| place.line), Some(14));
    assert_eq!(resources(&preview, "one-shop-base"), []);

    // The spec wants something else by now, or the very same.
    for (count, after) in [("count: 3", "3"), ("count: 5", "5")] {
        let preview = compare(&cloud, &planned(&SPEC.replace("count: 2, m", &format!("{count}, m"))));
        assert!(preview.changes() && preview.drifts());
        let found = resources(&preview, "one-shop");
        assert_eq!(
            found[0].values,
            [value("DesiredCount", ["2", "5", after])],
            "{found:#?}"
        );
    }

    // A deployment that changes the service puts it back.
    let (outcome, said) = run(&cloud, &planned(&SPEC.replace("128 MiB", "256 MiB")), None);
    assert_eq!(outcome, Some(Outcome::Done), "{said}");
    assert!(!compare(&cloud, &planned(&SPEC.replace("128 MiB", "256 MiB"))).drifts());
}

#[test]
fn what_aws_moves_itself_is_no_drift_and_is_said() {
    let spec = SPEC.replace("count: 2, m", "count: {min: 2, max: 4, cpu: 60%}, m");
    let cloud = deployed(&spec);
    assert!(cloud.drift("one-shop", "WebService", "DesiredCount", json!(4)));
    let changed = planned(&spec.replace("hello", "bye"));
    let preview = compare(&cloud, &changed);
    assert!(!preview.drifts());
    let found = resources(&preview, "one-shop");
    let ignored = Ignored {
        path: "/Properties/DesiredCount".to_string(),
        reason: "MANAGED_BY_AWS".to_string(),
    };
    assert_eq!(found[0].ignored, [ignored], "{found:#?}");
}

#[test]
fn a_stack_that_is_not_there_has_none_and_a_refusal_is_said_as_it_is() {
    let plan = planned(SPEC);
    let preview = compare(&account(7), &plan);
    assert!(preview.stacks().all(|stack| stack.drift.is_none()));

    let plan = example("shop");
    let mortal = prepared(&plan, false);
    mortal.is_old.set(true);
    let preview = compare(&mortal, &plan);
    for stack in preview.stacks() {
        let Some(Drift::Unknown { why }) = &stack.drift else {
            panic!("{:?}", stack.drift)
        };
        assert!(
            why.contains("DeploymentMode REVERT_DRIFT is not supported in this region"),
            "{why}"
        );
    }
    assert!(!preview.drifts());
}

#[test]
fn no_value_of_a_variable_is_shown_and_no_word_of_aws_is_lost() {
    let list = |value: &str| format!(r#"[{{"Name":"web","Environment":[{{"Name":"KEY","Value":"{value}"}}]}}]"#);
    let detail = ChangeDetail {
        attribute: "Properties".to_string(),
        name: Some("ContainerDefinitions".to_string()),
        before: Some(list("canary1")),
        after: Some(list("canary2")),
        live: Some(Live {
            deployed: Some(list("canary3")),
            actual: Some(list("canary1")),
        }),
        ..ChangeDetail::default()
    };
    let change = |drift: Option<&str>, details: Vec<ChangeDetail>| Change {
        action: "Modify".to_string(),
        logical: "A".to_string(),
        drift: drift.map(str::to_string),
        details,
        ..Change::default()
    };
    let found = drift::of(&[change(Some("MODIFIED"), vec![detail.clone(), detail])], &[]);
    let text = format!("{found:?}");
    assert!(!text.contains("canary") && text.contains(HIDDEN), "{text}");
    assert_eq!(found[0].values.len(), 1, "{found:#?}");
    // Deleted outside, and what is new to us.
    for status in ["DELETED", "MOONLIGHT"] {
        let found = drift::of(&[change(Some(status), Vec::new())], &[]);
        assert!(found[0].is_changed(), "{found:?}");
    }
    let found = drift::of(&[change(Some("UNSUPPORTED"), Vec::new())], &[]);
    assert!(!found[0].is_changed() && found.len() == 1);
    assert_eq!(
        drift::of(&[change(Some("IN_SYNC"), Vec::new()), change(None, Vec::new())], &[]),
        []
    );
}
