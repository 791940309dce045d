//! Requirement 6: what CloudFormation's validations and hooks find in a change set is told at the user's line, by `plan` and by
//! `apply`; a warning is told though nothing fails for it.

use loadline::cloud::formation::Finding;
use loadline::deploy::event::What;
use loadline::deploy::watch::Outcome;
use loadline::deploy::{self, Options};
use loadline::plan::notices::{Notice, Topic};
use loadline::plan::preview::StackState;

use crate::preview::{SPEC, deployed, planned, seen, stack};
use crate::ready::ready;

fn finding(fails: bool) -> Finding {
    Finding {
        name: "AWS::EarlyValidation::PropertyValidation".to_string(),
        logical: None,
        path: Some("/Resources/WebTaskDefinition/Properties/Cpu".to_string()),
        reason: "129 is no valid value: take 128 or 256.".to_string(),
        fails,
    }
}

fn said(notices: &[Notice]) -> Vec<&Notice> {
    notices.iter().filter(|one| one.topic == Topic::Validation).collect()
}

#[test]
fn requirement_6_what_validations_find_is_told_at_the_users_line() {
    let spec = SPEC.replace("memory: 128 MiB", "memory: 256 MiB");
    let plan = planned(&spec);
    let line = spec
        .lines()
        .position(|line| line.trim_start().starts_with("web:"))
        .expect("a line")
        + 1;
    let text = "129 is no valid value: take 128 or 256 (AWS::EarlyValidation::PropertyValidation, at \
                /Resources/WebTaskDefinition/Properties/Cpu)";

    // What only warns stops nothing.
    let cloud = deployed();
    cloud.find("one-shop", vec![finding(false)]);
    let preview = seen(&plan, &cloud);
    let [notice] = said(&preview.notices)[..] else {
        panic!("{:?}", preview.notices)
    };
    assert_eq!(notice.text, text);
    assert_eq!(notice.place.as_ref().map(|place| place.line), Some(line));
    assert_eq!(stack(&preview, "one-shop").state, StackState::Deployed);

    // What fails is told as a refusal.
    cloud.find("one-shop", vec![finding(true)]);
    let preview = seen(&plan, &cloud);
    assert_eq!(said(&preview.notices).len(), 1);
    assert_eq!(stack(&preview, "one-shop").state, StackState::Refused);

    // And where nobody has looked before.
    let mut reasons = Vec::new();
    let view = ready(deploy::run(&plan, &cloud, Options::default(), &mut |_, event, _| {
        if let What::StageFailed { reason, .. } = &event.what {
            reasons.push(reason.clone());
        }
    }));
    assert_eq!(view.outcome, Some(Outcome::Failed));
    let [reason] = &reasons[..] else { panic!("{reasons:?}") };
    assert!(reason.contains(text), "{reason}");
    assert!(reason.contains(&format!("--> spec.yml:{line}:")), "{reason}");
}
