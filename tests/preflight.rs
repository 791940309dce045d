//! Requirement 11: what is done with a stack in each of its statuses, before anything is changed.

use std::time::Duration;

use loadline::cloud::Cloud;
use loadline::cloud::formation::{ChangeSetType, ChangeSetWish};
use loadline::deploy::Options;
use loadline::deploy::watch::Outcome;
use loadline::plan::Plan;
use loadline::plan::notices::Topic;
use loadline::plan::preview::{Basis, Preview, StackState};
use loadline::plan::until::Until;
use loadline::simulate::fault::Fault;

use crate::preview::{look, stack};

use crate::killed::{Mortal, ready as prepared};
use crate::ready::ready;
use crate::rehearsal::example;

const STACK: &str = "production-shop";

/// What is done.
enum Does {
    /// It is changed.
    Goes,
    /// It is waited for, and changed then.
    Waits,
    /// It ends so, and says this.
    Stops(Outcome, &'static str),
}

const LOCKED: Does = Does::Stops(Outcome::Locked, "another operation is under way");

/// Every status of a stack that is there and complete, or was once.
const TABLE: &[(&str, Does)] = &[
    ("CREATE_COMPLETE", Does::Goes),
    ("UPDATE_COMPLETE", Does::Goes),
    ("UPDATE_ROLLBACK_COMPLETE", Does::Goes),
    ("IMPORT_COMPLETE", Does::Goes),
    ("IMPORT_ROLLBACK_COMPLETE", Does::Goes),
    ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Does::Waits),
    ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", Does::Waits),
    ("CREATE_IN_PROGRESS", LOCKED),
    ("UPDATE_IN_PROGRESS", LOCKED),
    ("DELETE_IN_PROGRESS", LOCKED),
    ("ROLLBACK_IN_PROGRESS", LOCKED),
    ("UPDATE_ROLLBACK_IN_PROGRESS", LOCKED),
    ("IMPORT_IN_PROGRESS", LOCKED),
    ("IMPORT_ROLLBACK_IN_PROGRESS", LOCKED),
    ("ROLLBACK_COMPLETE", Does::Stops(Outcome::Failed, "--recreate")),
    (
        "ROLLBACK_FAILED",
        Does::Stops(Outcome::Failed, "loadline recover production-shop"),
    ),
    (
        "DELETE_FAILED",
        Does::Stops(Outcome::Failed, "loadline recover production-shop"),
    ),
    (
        "CREATE_FAILED",
        Does::Stops(Outcome::Failed, "loadline recover production-shop"),
    ),
    (
        "UPDATE_FAILED",
        Does::Stops(Outcome::Failed, "loadline recover production-shop"),
    ),
    (
        "UPDATE_ROLLBACK_FAILED",
        Does::Stops(Outcome::Failed, "loadline recover production-shop"),
    ),
    ("IMPORT_ROLLBACK_FAILED", Does::Stops(Outcome::Failed, "it is stuck")),
];

fn told(status: &'static str, looks: usize, options: Options) -> (Option<Outcome>, String) {
    let plan = example("shop");
    let mortal = prepared(&plan, false);
    *mortal.told.borrow_mut() = Some((STACK.to_string(), status, looks));
    let (view, said) = mortal.deploy_as(&plan, options).expect("it has an end");
    (view.outcome, said)
}

/// What somebody else calls a change set.
const THEIRS: &str = "add-a-queue";

/// Asks for a change set as somebody else would, by hand, and lets it be made.
fn theirs(mortal: &Mortal, kind: ChangeSetType) {
    let template = r#"{"Resources":{"Queue":{"Type":"AWS::SQS::Queue"}}}"#;
    let wish = ChangeSetWish {
        stack: STACK.to_string(),
        name: THEIRS.to_string(),
        token: format!("theirs-{}", mortal.cloud.now().0),
        kind,
        template: template.to_string().into(),
        parameters: Vec::new(),
        capabilities: Vec::new(),
        about: "by hand".to_string(),
        drift: false,
    };
    ready(mortal.cloud.create_change_set(&wish)).expect("it is taken");
    ready(mortal.cloud.sleep(Duration::from_secs(300)));
}

/// The names of the change sets that wait on the stack.
fn waiting(mortal: &Mortal) -> Vec<String> {
    let sets = ready(mortal.cloud.list_change_sets(STACK, None)).expect("they can be listed");
    sets.items.into_iter().map(|set| set.name).collect()
}

/// A deployment whose stack is not there, or is there only as a change set.
fn without_a_stack(plan: &Plan) -> Mortal {
    let mortal = prepared(plan, true);
    let mut less = plan.clone();
    less.until(Until::Tasks);
    let (view, said) = mortal.deploy_as(&less, Options::default()).expect("it has an end");
    assert_eq!(view.outcome, Some(Outcome::Done), "{said}");
    mortal
}

#[test]
fn requirement_11_each_status_has_its_answer() {
    let plan = example("shop");
    for foreign in [false, true] {
        // Each deployment changes something: another image is pushed before it.
        let mortal = prepared(&plan, false);
        for ((status, does), at) in TABLE.iter().zip(0..) {
            mortal.push(&plan, &format!("{:x}", at % 16));
            if foreign && !waiting(&mortal).contains(&THEIRS.to_string()) {
                theirs(&mortal, ChangeSetType::Update);
            }
            let looks = match does {
                Does::Goes => 1,
                Does::Waits => 4,
                Does::Stops(..) => usize::MAX,
            };
            *mortal.told.borrow_mut() = Some((STACK.to_string(), status, looks));
            let (view, said) = mortal.deploy_as(&plan, Options::default()).expect("it has an end");
            let outcome = view.outcome;
            *mortal.told.borrow_mut() = None;
            match does {
                Does::Goes | Does::Waits => {
                    assert_eq!(outcome, Some(Outcome::Done), "{status}\n{said}");
                    assert_eq!(waiting(&mortal), [""; 0], "{status}: it is void");
                }
                Does::Stops(expected, words) => {
                    assert_eq!(outcome, Some(*expected), "{status}\n{said}");
                    assert!(said.contains(words), "{status}\n{said}");
                    assert_eq!(
                        waiting(&mortal).len(),
                        usize::from(foreign),
                        "{status}: it is left alone"
                    );
                }
            }
        }
    }
}

#[test]
fn requirement_11_a_stack_that_is_gone_or_only_reviewed_is_made() {
    let plan = example("shop");
    for foreign in [false, true] {
        // DELETE_COMPLETE: by its name it is not there.
        let mortal = prepared(&plan, false);
        ready(mortal.cloud.delete_stack(STACK, "gone", &[])).expect("it is taken");
        while ready(mortal.cloud.describe_stack(STACK)).is_ok() {
            ready(mortal.cloud.sleep(Duration::from_secs(60)));
        }
        let (preview, _) = look(&plan, &mortal);
        assert_eq!(stack(&preview, STACK).state, StackState::New);
        let (view, said) = mortal.deploy_as(&plan, Options::default()).expect("it has an end");
        assert_eq!(view.outcome, Some(Outcome::Done), "{said}");

        // REVIEW_IN_PROGRESS: somebody else's change set, or what is left of one.
        let mortal = without_a_stack(&plan);
        theirs(&mortal, ChangeSetType::Create);
        if !foreign {
            let sets = ready(mortal.cloud.list_change_sets(STACK, None)).expect("they can be listed");
            ready(mortal.cloud.delete_change_set(&sets.items[0].id)).expect("it is taken");
        }
        let there = ready(mortal.cloud.describe_stack(STACK)).expect("it is there");
        assert!(there.status.is_in_review());
        let (preview, halt) = look(&plan, &mortal);
        assert_eq!((halt, stack(&preview, STACK).state), (None, StackState::New));
        assert_eq!(others(&preview).len(), usize::from(foreign));
        assert_eq!(waiting(&mortal).len(), usize::from(foreign), "it is left alone");
        let (view, said) = mortal.deploy_as(&plan, Options::default()).expect("it has an end");
        assert_eq!(view.outcome, Some(Outcome::Done), "{said}");
    }
}

/// What is said of change sets of others.
fn others(preview: &Preview) -> Vec<&str> {
    let told = preview.notices.iter().filter(|one| one.topic == Topic::OtherChangeSet);
    told.map(|one| one.text.as_str()).collect()
}

#[test]
fn requirement_11_a_plan_is_made_in_each_status_or_says_why_not() {
    let plan = example("shop");
    for foreign in [false, true] {
        let mortal = prepared(&plan, false);
        if foreign {
            theirs(&mortal, ChangeSetType::Update);
        }
        for (status, does) in TABLE {
            *mortal.told.borrow_mut() = Some((STACK.to_string(), status, usize::MAX));
            let (preview, halt) = look(&plan, &mortal);
            assert_eq!(halt, None, "{status}");
            let seen = stack(&preview, STACK);
            let expected = match does {
                Does::Goes | Does::Waits => StackState::Deployed,
                Does::Stops(Outcome::Locked, _) => StackState::Locked,
                Does::Stops(..) => StackState::Refused,
            };
            assert_eq!(seen.state, expected, "{status}");
            match (does, &seen.basis) {
                (Does::Goes | Does::Waits, Basis::ChangeSet) => assert!(seen.changes(), "{status}"),
                (Does::Stops(_, words), Basis::Nothing { why }) => assert!(why.contains(words), "{status}: {why}"),
                (_, basis) => panic!("{status}: {basis:?}"),
            }
            let waits = preview.notices.iter().any(|one| one.topic == Topic::CleaningUp);
            assert_eq!(waits, matches!(does, Does::Waits), "{status}");
            let told = others(&preview);
            assert_eq!(told.len(), usize::from(foreign), "{status}: {told:?}");
            assert!(
                told.iter()
                    .all(|text| text.contains("`add-a-queue` (\"by hand\") waits on it for")),
                "{told:?}"
            );
            assert_eq!(
                waiting(&mortal).len(),
                usize::from(foreign),
                "{status}: it is left alone"
            );
        }
        // One that cleans up for a moment only is waited for.
        let status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS";
        *mortal.told.borrow_mut() = Some((STACK.to_string(), status, 3));
        let (preview, _) = look(&plan, &mortal);
        assert_eq!(stack(&preview, STACK).basis, Basis::ChangeSet);
        assert!(preview.notices.iter().all(|one| one.topic != Topic::CleaningUp));
    }
}

#[test]
fn what_a_killed_plan_left_is_deleted_when_it_is_old() {
    let plan = example("shop");
    let mortal = without_a_stack(&plan);
    let mut wish = ChangeSetWish {
        stack: STACK.to_string(),
        name: "loadline-plan-0123".to_string(),
        token: "loadline-plan-0123".to_string(),
        kind: ChangeSetType::Create,
        template: r#"{"Resources":{"Queue":{"Type":"AWS::SQS::Queue"}}}"#.to_string().into(),
        parameters: Vec::new(),
        capabilities: Vec::new(),
        about: String::new(),
        drift: false,
    };
    ready(mortal.cloud.create_change_set(&wish)).expect("it is taken");
    // Somebody may be reading it.
    look(&plan, &mortal);
    assert_eq!(waiting(&mortal), ["loadline-plan-0123"]);
    ready(mortal.cloud.sleep(Duration::from_secs(3700)));
    let (preview, _) = look(&plan, &mortal);
    assert_eq!(preview.left, Vec::<String>::new());
    assert!(
        ready(mortal.cloud.describe_stack(STACK)).is_err(),
        "the stack came with it, and goes with it"
    );
    // On a stack that is there only the set goes.
    let (view, said) = mortal.deploy_as(&plan, Options::default()).expect("it has an end");
    assert_eq!(view.outcome, Some(Outcome::Done), "{said}");
    wish.kind = ChangeSetType::Update;
    ready(mortal.cloud.create_change_set(&wish)).expect("it is taken");
    ready(mortal.cloud.sleep(Duration::from_secs(3700)));
    look(&plan, &mortal);
    assert_eq!(waiting(&mortal), [""; 0]);
    assert!(ready(mortal.cloud.describe_stack(STACK)).is_ok());
}

#[test]
fn requirement_12_somebody_elses_operation_is_waited_for_on_demand() {
    let options = Options {
        wait: Duration::from_secs(600),
        ..Options::default()
    };
    let (outcome, said) = told("UPDATE_IN_PROGRESS", 10, options);
    assert_eq!(outcome, Some(Outcome::Done), "{said}");
}

#[test]
fn requirement_16_a_stack_that_never_came_up_is_made_anew_on_demand() {
    let plan = example("shop");
    let mortal: Mortal = prepared(&plan, true);
    let fault: Fault = "crash:web".parse().expect("it is a fault");
    mortal.cloud.inject(&[fault]);
    let (view, said) = mortal.deploy_as(&plan, Options::default()).expect("it has an end");
    assert_eq!(view.outcome, Some(Outcome::Failed), "{said}");
    let mut looks = 0;
    while ready(mortal.cloud.describe_stack(STACK)).is_ok_and(|stack| stack.status.is_under_way()) {
        ready(mortal.cloud.sleep(Duration::from_secs(60)));
        looks += 1;
        assert!(looks < 600, "it goes on for ever");
    }
    let (view, said) = mortal.deploy_as(&plan, Options::default()).expect("it has an end");
    assert_eq!(view.outcome, Some(Outcome::Failed), "{said}");
    assert!(said.contains("--recreate"), "{said}");
    let options = Options {
        recreate: true,
        ..Options::default()
    };
    let (view, said) = mortal.deploy_as(&plan, options).expect("it has an end");
    assert!(said.contains("production-shop: 20 to add"), "{said}");
    assert_eq!(
        view.outcome,
        Some(Outcome::Failed),
        "what was wrong still is, and the breaker trips again"
    );
}
