//! Requirement 11: what is done with a stack in each of its statuses, before anything is changed.

use std::time::Duration;

use loadline::cloud::Cloud;
use loadline::deploy::Options;
use loadline::deploy::watch::Outcome;
use loadline::simulate::fault::Fault;

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
    ("ROLLBACK_FAILED", Does::Stops(Outcome::Failed, "delete-stack")),
    ("DELETE_FAILED", Does::Stops(Outcome::Failed, "delete-stack")),
    ("CREATE_FAILED", Does::Stops(Outcome::Failed, "rollback-stack")),
    ("UPDATE_FAILED", Does::Stops(Outcome::Failed, "rollback-stack")),
    (
        "UPDATE_ROLLBACK_FAILED",
        Does::Stops(Outcome::Failed, "continue-update-rollback"),
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

#[test]
fn requirement_11_each_status_has_its_answer() {
    for (status, does) in TABLE {
        let (outcome, said) = match does {
            Does::Goes => told(status, 1, Options::default()),
            Does::Waits => told(status, 4, Options::default()),
            Does::Stops(..) => told(status, usize::MAX, Options::default()),
        };
        match does {
            Does::Goes | Does::Waits => assert_eq!(outcome, Some(Outcome::Done), "{status}\n{said}"),
            Does::Stops(expected, words) => {
                assert_eq!(outcome, Some(*expected), "{status}\n{said}");
                assert!(said.contains(words), "{status}\n{said}");
            }
        }
    }
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
