//! Requirement 29: whoever deploys may leave it, or call it back and watch that to its end; nothing is left in a state that was
//! not told. Signals are no part of this: what they come to is a wish.

use loadline::cloud::Cloud;
use loadline::deploy::attach::{self, Watching};
use loadline::deploy::event::{Event, What};
use loadline::deploy::helm::{Helm, WayBack};
use loadline::deploy::watch::{Outcome, Said, View};
use loadline::deploy::{self, Options};
use loadline::plan::{Plan, Work};

use crate::killed::{Mortal, leased, ready as prepared};
use crate::ready::ready;
use crate::rehearsal::example;

const STACK: &str = "production-shop";

/// A deployment that is called back when `when` says so.
fn called_back(
    mortal: &Mortal,
    plan: &Plan,
    deletes: bool,
    when: impl Fn(&Helm, &View, &Event) -> bool,
) -> (View, String) {
    let helm = Helm::default();
    let mut said = String::new();
    let mut is_called = false;
    let mut sink = |view: &View, event: &Event, new: &[Said]| {
        said.extend(new.iter().map(|one| format!("{}: {}\n", one.subject, one.text)));
        if !is_called && when(&helm, view, event) {
            is_called = true;
            helm.turn_back(deletes);
        }
    };
    let view = ready(deploy::steered(
        plan,
        &mortal.cloud,
        leased("ana@one", 0),
        &helm,
        &mut sink,
    ));
    (view, said)
}

fn status(mortal: &Mortal) -> String {
    match ready(mortal.cloud.describe_stack(STACK)) {
        Ok(stack) => stack.status.0,
        Err(_) => "gone".to_string(),
    }
}

fn lease_is_free(mortal: &Mortal) -> bool {
    ready(mortal.cloud.parameter("/loadline/production/lease")).is_err()
}

/// When the services are being rolled out.
fn rolls(_: &Helm, view: &View, _: &Event) -> bool {
    view.services.iter().any(|service| service.started.is_some())
}

#[test]
fn requirement_29_an_update_is_called_back_and_watched_to_its_end() {
    let plan = example("shop");
    let mortal = prepared(&plan, false);
    let (view, said) = called_back(&mortal, &plan, false, rolls);
    assert_eq!(view.outcome, Some(Outcome::RolledBack), "{said}");
    assert_eq!(status(&mortal), "UPDATE_ROLLBACK_COMPLETE");
    assert!(
        said.contains("production-shop: is called back by CancelUpdateStack"),
        "{said}"
    );
    assert!(said.contains("production-shop: is back at what was before"), "{said}");
    assert!(lease_is_free(&mortal));
    assert_eq!(mortal.cloud.requests().get("CancelUpdateStack"), Some(&1));
}

#[test]
fn requirement_29_a_stack_that_is_made_is_deleted_only_with_consent() {
    let plan = example("shop");
    let making = |helm: &Helm, _: &View, _: &Event| helm.way_back() == WayBack::Delete;
    let of_app = move |helm: &Helm, view: &View, event: &Event| {
        let at_it = view
            .stacks
            .get(STACK)
            .is_some_and(|stack| stack.status.as_str() == "CREATE_IN_PROGRESS");
        at_it && making(helm, view, event)
    };
    let mortal = prepared(&plan, true);
    let (view, said) = called_back(&mortal, &plan, true, of_app);
    assert_eq!(view.outcome, Some(Outcome::RolledBack), "{said}");
    assert_eq!(status(&mortal), "gone", "{said}");
    assert!(said.contains("is called back by DeleteStack"), "{said}");

    let mortal = prepared(&plan, true);
    let (view, said) = called_back(&mortal, &plan, false, of_app);
    assert_eq!(view.outcome, Some(Outcome::Interrupted), "{said}");
    assert_eq!(status(&mortal), "CREATE_IN_PROGRESS");
    assert!(said.contains("nobody has agreed to that"), "{said}");
    assert!(lease_is_free(&mortal));
}

#[test]
fn requirement_29_a_task_that_runs_is_stopped_and_nothing_else_begins() {
    let plan = example("shop");
    let mortal = prepared(&plan, false);
    let runs = |_: &Helm, _: &View, event: &Event| matches!(&event.what, What::Task { service: None, task } if task.last_status == "RUNNING");
    let before = ready(mortal.cloud.describe_stack(STACK)).expect("it is there").updated;
    let (view, said) = called_back(&mortal, &plan, false, runs);
    assert_eq!(view.outcome, Some(Outcome::Interrupted), "{said}");
    assert_eq!(
        ready(mortal.cloud.describe_stack(STACK)).expect("it is there").updated,
        before
    );
    assert_eq!(mortal.cloud.requests().get("StopTask"), Some(&1));
    // The same deployment, once more, ends well.
    let (view, said) = mortal.deploy_as(&plan, Options::default()).expect("it has an end");
    assert_eq!(view.outcome, Some(Outcome::Done), "{said}");
}

#[test]
fn requirement_29_called_back_anywhere_it_ends_in_a_state_that_was_told() {
    let plan = example("shop");
    let whole = prepared(&plan, false);
    let mut events = 0;
    let mut sink = |_: &View, _: &Event, _: &[Said]| events += 1;
    ready(deploy::run(&plan, &whole.cloud, leased("ana@one", 0), &mut sink));
    assert!(events > 100, "{events}");
    for at in (0..events).step_by(29) {
        let mortal = prepared(&plan, false);
        let seen = std::cell::Cell::new(0);
        let (view, said) = called_back(&mortal, &plan, true, |_, _, _| {
            seen.set(seen.get() + 1);
            seen.get() > at
        });
        let outcome = view.outcome.expect("it has an end");
        let ended = status(&mortal);
        match outcome {
            Outcome::RolledBack => assert_eq!(ended, "UPDATE_ROLLBACK_COMPLETE", "{at}\n{said}"),
            Outcome::Interrupted => assert_eq!(ended, "CREATE_COMPLETE", "{at}: it had not begun\n{said}"),
            Outcome::Done => assert_eq!(ended, "UPDATE_COMPLETE", "{at}: it was too late\n{said}"),
            other => panic!("{at}: {other:?} {ended}\n{said}"),
        }
        assert!(lease_is_free(&mortal), "{at}");
        for stage in &plan.stages {
            let Work::Stack(work) = &stage.work else { continue };
            let stack = ready(mortal.cloud.describe_stack(&work.stack)).expect("it is there");
            assert!(!stack.status.is_under_way(), "{at}: {}", work.stack);
            let sets = ready(mortal.cloud.list_change_sets(&work.stack, None)).expect("they are listed");
            assert!(
                sets.items.iter().all(|set| set.execution.as_str() != "AVAILABLE"),
                "{at}: {:?}",
                sets.items
            );
        }
    }
}

#[test]
fn who_detaches_leaves_the_last_stack_alone_and_may_watch_it() {
    let plan = example("shop");
    assert!(
        plan.stages
            .iter()
            .all(|stage| !matches!(&stage.work, Work::Task(task) if !task.before)),
        "with tasks after it, there is no detaching"
    );
    for is_first in [false, true] {
        let mortal = prepared(&plan, is_first);
        let options = Options {
            detach: true,
            ..leased("ana@one", 0)
        };
        let (view, said) = mortal.deploy_as(&plan, options).expect("it has an end");
        assert_eq!(view.outcome, Some(Outcome::Detached), "{said}");
        assert_eq!(view.outcome.map(Outcome::exit_code), Some(0));
        // What is read right after it began may be old.
        ready(mortal.cloud.sleep(std::time::Duration::from_secs(3)));
        assert!(status(&mortal).ends_with("_IN_PROGRESS"), "{}", status(&mortal));
        assert!(lease_is_free(&mortal));
        let watching = Watching {
            deadline: deploy::watch::DEADLINE,
            waits: false,
        };
        let targets = attach::targets(&plan);
        let mut sink = |_: &View, _: &Event, _: &[Said]| {};
        let view = ready(attach::watch(&targets, &mortal.cloud, &watching, &mut sink)).expect("it is there");
        assert_eq!(view.outcome, Some(Outcome::Done));
    }
    // Nothing changes: then nothing is left to watch.
    let mortal = prepared(&plan, true);
    mortal.deploy_as(&plan, Options::default()).expect("it has an end");
    let options = Options {
        detach: true,
        ..Options::default()
    };
    let (view, said) = mortal.deploy_as(&plan, options).expect("it has an end");
    assert_eq!(view.outcome, Some(Outcome::Done), "{said}");
}
