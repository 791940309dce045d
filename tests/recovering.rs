//! Requirement 16: each status of a stack has its way out, shown before it is taken, and watched to its end.

use std::time::Duration;

use loadline::cloud::Cloud;
use loadline::cloud::formation::{ChangeSetType, ChangeSetWish};
use loadline::deploy::attach::{self, Target};
use loadline::deploy::event::Event;
use loadline::deploy::recover::{self, Call, Rescue};
use loadline::deploy::watch::{Outcome, Said, View};
use loadline::deploy::{Options, lease};
use loadline::operate::recover::{self as cases, Case, Refusal, Wishes, look};
use loadline::plan::Plan;
use loadline::simulate::fault::Fault;

use crate::killed::{Mortal, leased, ready as prepared};
use crate::ready::ready;
use crate::rehearsal::example;

const STACK: &str = "production-shop";

/// What is proposed for a stack.
enum Proposes {
    Nothing,
    Calls(&'static str),
    Helpless,
}

use Proposes::{Calls, Helpless, Nothing};

/// Every status that a stack can have.
const TABLE: [(&str, Proposes); 23] = [
    ("CREATE_IN_PROGRESS", Nothing),
    ("CREATE_FAILED", Calls("RollbackStack")),
    ("CREATE_COMPLETE", Nothing),
    ("ROLLBACK_IN_PROGRESS", Nothing),
    ("ROLLBACK_FAILED", Calls("DeleteStack")),
    ("ROLLBACK_COMPLETE", Calls("DeleteStack")),
    ("DELETE_IN_PROGRESS", Nothing),
    ("DELETE_FAILED", Calls("DeleteStack")),
    ("DELETE_COMPLETE", Nothing),
    ("UPDATE_IN_PROGRESS", Nothing),
    ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Nothing),
    ("UPDATE_COMPLETE", Nothing),
    ("UPDATE_FAILED", Calls("RollbackStack")),
    ("UPDATE_ROLLBACK_IN_PROGRESS", Nothing),
    ("UPDATE_ROLLBACK_FAILED", Calls("ContinueUpdateRollback")),
    ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", Nothing),
    ("UPDATE_ROLLBACK_COMPLETE", Nothing),
    ("REVIEW_IN_PROGRESS", Calls("DeleteStack")),
    ("IMPORT_IN_PROGRESS", Nothing),
    ("IMPORT_COMPLETE", Nothing),
    ("IMPORT_ROLLBACK_IN_PROGRESS", Nothing),
    ("IMPORT_ROLLBACK_FAILED", Helpless),
    ("IMPORT_ROLLBACK_COMPLETE", Nothing),
];

fn target(plan: &Plan) -> Vec<Target> {
    let mut targets = attach::targets(plan);
    targets.retain(|target| target.stack == STACK);
    targets
}

fn seen(plan: &Plan, mortal: &Mortal, wishes: &Wishes) -> Case {
    let cases = ready(look(&target(plan), wishes, &mortal.cloud)).expect("it can be seen");
    cases.into_iter().next().expect("there is one")
}

#[test]
fn requirement_16_each_status_has_its_way_out() {
    let plan = example("shop");
    let mortal = prepared(&plan, false);
    for (status, proposes) in TABLE {
        *mortal.told.borrow_mut() = Some((STACK.to_string(), status, 1));
        let cases = ready(look(&target(&plan), &Wishes::default(), &mortal)).expect("it can be seen");
        let case = &cases[0];
        let called = case.rescue.as_ref().map(|rescue| rescue.call.operation());
        match proposes {
            Nothing => assert_eq!((called, case.is_helpless), (None, false), "{status}"),
            Calls(operation) => assert_eq!((called, case.is_helpless), (Some(operation), false), "{status}"),
            Helpless => assert_eq!((called, case.is_helpless), (None, true), "{status}"),
        }
        assert!(!case.matter.is_empty(), "{status}");
    }
    // A status that nobody knows is left alone, and a stack that is not there is no failure.
    *mortal.told.borrow_mut() = Some((STACK.to_string(), "SHIPWRECKED", 1));
    let cases = ready(look(&target(&plan), &Wishes::default(), &mortal)).expect("it can be seen");
    assert!(cases[0].is_helpless && cases[0].rescue.is_none());
    let nobody = [Target {
        stack: "nobody".to_string(),
        known: None,
    }];
    let cases = ready(look(&nobody, &Wishes::default(), &mortal.cloud)).expect("it can be seen");
    assert!(!cases[0].is_helpless && cases[0].rescue.is_none());
}

/// A release that fails, on resources that cannot be set back.
fn failed(plan: &Plan, is_first: bool, fault: &str, held: &[&str], pauses: bool) -> (Mortal, String) {
    let mortal = prepared(plan, is_first);
    mortal.cloud.hold(held);
    mortal.cloud.pause_on_failure(pauses);
    mortal.cloud.inject(&[fault.parse::<Fault>().expect("it is a fault")]);
    mortal.deploy_as(plan, Options::default()).expect("it has an end");
    let mut looks = 0;
    loop {
        let stack = ready(mortal.cloud.describe_stack(STACK)).expect("it is there");
        if !stack.status.is_under_way() {
            return (mortal, stack.status.0);
        }
        ready(mortal.cloud.sleep(Duration::from_secs(60)));
        looks += 1;
        assert!(looks < 600, "it goes on for ever");
    }
}

fn rescue(mortal: &Mortal, rescue: Rescue) -> (Option<Outcome>, String) {
    rescue_as(mortal, rescue, Options::default())
}

fn rescue_as(mortal: &Mortal, rescue: Rescue, options: Options) -> (Option<Outcome>, String) {
    let mut said = String::new();
    let mut sink = |_: &View, _: &Event, new: &[Said]| {
        said.extend(new.iter().map(|one| format!("{}: {}\n", one.subject, one.text)));
    };
    let view = ready(recover::run(&[rescue], &mortal.cloud, options, &mut sink));
    (view.outcome, said)
}

fn status(mortal: &Mortal) -> String {
    match ready(mortal.cloud.describe_stack(STACK)) {
        Ok(stack) => stack.status.0,
        Err(_) => "gone".to_string(),
    }
}

#[test]
fn a_rollback_that_failed_goes_on_with_or_without_what_it_failed_on() {
    let plan = example("shop");
    let (mortal, ended) = failed(&plan, false, "crash:web", &["WebService"], false);
    assert_eq!(ended, "UPDATE_ROLLBACK_FAILED");
    let case = seen(&plan, &mortal, &Wishes::default());
    let [stuck] = &case.stuck[..] else {
        panic!("{:?}", case.stuck);
    };
    assert_eq!(
        (stuck.logical.as_str(), stuck.owner.as_deref()),
        ("WebService", Some("service `web`"))
    );
    assert!(stuck.place.as_ref().is_some_and(|place| place.line > 1));
    assert!(
        stuck.reason.as_ref().is_some_and(|why| why.contains("Access denied")),
        "{stuck:?}"
    );

    // What is in the way still is.
    let (outcome, said) = rescue(&mortal, case.rescue.clone().expect("there is a call"));
    assert_eq!(
        (outcome, status(&mortal).as_str()),
        (Some(Outcome::Failed), "UPDATE_ROLLBACK_FAILED"),
        "{said}"
    );

    // It is left out.
    let wishes = Wishes {
        skip: vec!["WebService".to_string()],
        ..Wishes::default()
    };
    let case = seen(&plan, &mortal, &wishes);
    let (outcome, said) = rescue_as(&mortal, case.rescue.expect("there is a call"), leased("ana@one", 0));
    assert_eq!(
        (outcome, status(&mortal).as_str()),
        (Some(Outcome::Done), "UPDATE_ROLLBACK_COMPLETE"),
        "{said}"
    );
    assert!(said.contains("ContinueUpdateRollback was asked for"), "{said}");
    assert!(said.contains("it takes changes again"), "{said}");

    // It was repaired.
    let (mortal, _) = failed(&plan, false, "crash:web", &["WebService"], false);
    mortal.cloud.hold(&[]);
    let case = seen(&plan, &mortal, &Wishes::default());
    let (outcome, said) = rescue(&mortal, case.rescue.expect("there is a call"));
    assert_eq!(
        (outcome, status(&mortal).as_str()),
        (Some(Outcome::Done), "UPDATE_ROLLBACK_COMPLETE"),
        "{said}"
    );
}

#[test]
fn a_stack_that_stopped_half_way_is_taken_back() {
    let plan = example("shop");
    for (is_first, paused, back) in [
        (false, "UPDATE_FAILED", "UPDATE_ROLLBACK_COMPLETE"),
        (true, "CREATE_FAILED", "ROLLBACK_COMPLETE"),
    ] {
        let (mortal, ended) = failed(&plan, is_first, "crash:web", &[], true);
        assert_eq!(ended, paused);
        mortal.cloud.pause_on_failure(false);
        let case = seen(&plan, &mortal, &Wishes::default());
        assert!(
            case.stuck.iter().any(|one| one.logical == "WebService"),
            "{:?}",
            case.stuck
        );
        let (outcome, said) = rescue(&mortal, case.rescue.expect("there is a call"));
        assert_eq!(
            (outcome, status(&mortal).as_str()),
            (Some(Outcome::Done), back),
            "{said}"
        );
        if is_first {
            assert!(said.contains("can only be deleted"), "{said}");
            let case = seen(&plan, &mortal, &Wishes::default());
            let (outcome, said) = rescue(&mortal, case.rescue.expect("there is a call"));
            assert_eq!(
                (outcome, status(&mortal).as_str()),
                (Some(Outcome::Done), "gone"),
                "{said}"
            );
        }
    }
}

#[test]
fn what_cannot_be_deleted_is_left_behind_only_by_its_name() {
    let plan = example("shop");
    let (mortal, ended) = failed(&plan, true, "crash:web", &["WebTargetGroup"], false);
    assert_eq!(ended, "ROLLBACK_FAILED");
    let case = seen(&plan, &mortal, &Wishes::default());
    assert_eq!(case.stuck[0].logical, "WebTargetGroup");
    assert!(
        case.goes.iter().any(|one| one.logical == "WebTargetGroup"),
        "{:?}",
        case.goes
    );
    let (outcome, _) = rescue(&mortal, case.rescue.expect("there is a call"));
    assert_eq!(
        (outcome, status(&mortal).as_str()),
        (Some(Outcome::Failed), "DELETE_FAILED")
    );

    let wishes = Wishes {
        retain: vec!["WebTargetGroup".to_string()],
        ..Wishes::default()
    };
    let case = seen(&plan, &mortal, &wishes);
    let stays: Vec<&str> = case.stays.iter().map(|one| one.logical.as_str()).collect();
    assert!(stays.contains(&"WebTargetGroup"), "{stays:?}");
    let group = case
        .stays
        .iter()
        .find(|one| one.logical == "WebTargetGroup")
        .expect("it stays");
    let (outcome, said) = rescue(&mortal, case.rescue.expect("there is a call"));
    assert_eq!(
        (outcome, status(&mortal).as_str()),
        (Some(Outcome::Done), "gone"),
        "{said}"
    );
    assert!(
        ready(mortal.cloud.target_health(&group.physical)).is_ok(),
        "it is still there"
    );

    // The same in one go: what may be retained only after a failure is deleted twice.
    let (mortal, _) = failed(&plan, true, "crash:web", &["WebTargetGroup"], false);
    let case = seen(&plan, &mortal, &wishes);
    let (outcome, said) = rescue(&mortal, case.rescue.expect("there is a call"));
    assert_eq!(
        (outcome, status(&mortal).as_str()),
        (Some(Outcome::Done), "gone"),
        "{said}"
    );
}

#[test]
fn a_stack_that_was_taken_back_is_deployed_again() {
    let plan = example("shop");
    let (mortal, _) = failed(&plan, false, "crash:web", &["WebService"], false);
    let (_, said) = mortal.deploy_as(&plan, Options::default()).expect("it has an end");
    assert!(said.contains("`loadline recover production-shop`"), "{said}");
    mortal.cloud.hold(&[]);
    let case = seen(&plan, &mortal, &Wishes::default());
    rescue(&mortal, case.rescue.expect("there is a call"));
    let (view, said) = mortal.deploy_as(&plan, Options::default()).expect("it has an end");
    assert_eq!(view.outcome, Some(Outcome::RolledBack), "it crashes as before\n{said}");
}

#[test]
fn a_shell_goes_unless_somebody_else_waits_in_it() {
    let plan = example("shop");
    let mortal = prepared(&plan, true);
    let set = |name: &str| {
        let wish = ChangeSetWish {
            stack: STACK.to_string(),
            name: name.to_string(),
            token: name.to_string(),
            kind: ChangeSetType::Create,
            template: r#"{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}"#.to_string().into(),
            parameters: Vec::new(),
            capabilities: Vec::new(),
            about: String::new(),
            drift: false,
        };
        ready(mortal.cloud.create_change_set(&wish)).expect("it is taken");
    };
    set("loadline-plan-0");
    let case = seen(&plan, &mortal, &Wishes::default());
    assert!(case.matter.contains("loadline-plan-0"), "{}", case.matter);
    assert!(case.rescue.is_some());
    set("console");
    let strange = seen(&plan, &mortal, &Wishes::default());
    assert!(
        strange.is_helpless && strange.matter.contains("(console)"),
        "{}",
        strange.matter
    );
    let (outcome, said) = rescue(&mortal, case.rescue.expect("there is a call"));
    assert_eq!(
        (outcome, status(&mortal).as_str()),
        (Some(Outcome::Done), "gone"),
        "{said}"
    );
}

#[test]
fn a_name_that_fits_nothing_is_no_wish() {
    let plan = example("shop");
    let (mortal, _) = failed(&plan, false, "crash:web", &["WebService"], false);
    for wishes in [
        Wishes {
            skip: vec!["WorkerService".to_string()],
            ..Wishes::default()
        },
        Wishes {
            retain: vec!["WebService".to_string()],
            ..Wishes::default()
        },
    ] {
        let refusal = ready(look(&target(&plan), &wishes, &mortal.cloud)).err();
        assert!(matches!(refusal, Some(Refusal::Wish(_))), "{refusal:?}");
    }
}

#[test]
fn a_recovery_that_is_killed_anywhere_is_done_by_the_next() {
    let plan = example("shop");
    let mut at = 0;
    loop {
        let mut is_whole = false;
        for is_sent in [false, true] {
            let (mortal, _) = failed(&plan, false, "crash:web", &["WebService"], false);
            mortal.cloud.hold(&[]);
            let call = || seen(&plan, &mortal, &Wishes::default()).rescue;
            let first = call().expect("there is a call");
            assert_eq!(first.call, Call::Continue { skipped: Vec::new() });
            let mut sink = |_: &View, _: &Event, _: &[Said]| {};
            let rescues = [first];
            let run = recover::run(&rescues, &mortal, leased("ana@one", 0), &mut sink);
            is_whole |= mortal.killed_at(at, is_sent, run).is_some();
            ready(mortal.cloud.sleep(Duration::from_secs(120)));
            if let Some(again) = call() {
                let (outcome, said) = rescue_as(&mortal, again, leased("ana@one", 0));
                assert_eq!(outcome, Some(Outcome::Done), "{at}\n{said}");
            }
            assert_eq!(status(&mortal), "UPDATE_ROLLBACK_COMPLETE", "{at}");
        }
        if is_whole {
            break;
        }
        at += 1;
    }
    assert!(at >= 6, "it asks for more than {at}");
}

#[test]
fn the_lease_of_somebody_who_is_gone_is_shown_and_taken_away() {
    let plan = example("shop");
    let mortal = prepared(&plan, false);
    let clusters = ["production".to_string()];
    assert_eq!(ready(cases::leases(&clusters, &mortal.cloud)), Ok(Vec::new()));
    let now = mortal.cloud.now();
    let text = format!(
        r#"{{"version": 1, "who": "ana@one", "key": "1", "since": "{now}", "until": "{}"}}"#,
        now.plus_seconds(180)
    );
    let name = lease::name("production");
    ready(mortal.cloud.put_parameter(&name, &text, false)).expect("it is free");
    let held = ready(cases::leases(&clusters, &mortal.cloud)).expect("it can be read");
    assert!(held[0].is_alive && held[0].lease.holder.who == "ana@one");
    ready(mortal.cloud.sleep(Duration::from_secs(200)));
    let held = ready(cases::leases(&clusters, &mortal.cloud)).expect("it can be read");
    assert!(!held[0].is_alive);
    // In the meantime somebody else took it: that one stays.
    let other = text.replace("ana@one", "bob@two");
    ready(mortal.cloud.put_parameter(&name, &other, true)).expect("it can be put");
    ready(cases::break_lease(&held[0], &mortal.cloud)).expect("it can be tried");
    assert!(ready(mortal.cloud.parameter(&name)).is_ok());
    let held = ready(cases::leases(&clusters, &mortal.cloud)).expect("it can be read");
    ready(cases::break_lease(&held[0], &mortal.cloud)).expect("it can be done");
    assert!(ready(mortal.cloud.parameter(&name)).is_err());
}

#[test]
fn requirement_17_what_an_update_could_not_delete_is_told_and_is_no_failure() {
    let plan = example("shop");
    let mortal = prepared(&plan, false);
    mortal.cloud.hold(&["WebTaskDefinition"]);
    let (view, said) = mortal.deploy_as(&plan, Options::default()).expect("it has an end");
    assert_eq!(view.outcome.map(Outcome::exit_code), Some(0), "{said}");
    assert!(
        said.contains("CloudFormation could not delete what is no longer needed"),
        "{said}"
    );
    assert!(said.contains("production-shop-web:1 (WebTaskDefinition)"), "{said}");
}
