//! Requirement 29: `watch` attaches to what somebody else has begun, tells it whole from history, and changes nothing.

use std::time::Duration;

use loadline::deploy::attach::{self, Nothing, Target, Watching};
use loadline::deploy::event::Event;
use loadline::deploy::watch::{Outcome, Said, Verdict, View};
use loadline::deploy::{self, Options};
use loadline::plan::Plan;
use loadline::simulate::Simulated;
use loadline::simulate::fault::Fault;

use crate::killed::{Mortal, leased, ready as prepared};
use crate::ready::ready;
use crate::rehearsal::example;

const STACK: &str = "production-shop";

/// What a watcher saw.
struct Watched {
    view: View,
    events: Vec<Event>,
    said: String,
}

fn watching() -> Watching {
    Watching {
        deadline: Duration::from_secs(3600),
        waits: false,
    }
}

/// Watches until the end.
fn watch(cloud: &Simulated, targets: &[Target]) -> Result<Watched, Nothing> {
    let (mut events, mut said) = (Vec::new(), String::new());
    let mut sink = |_: &View, event: &Event, new: &[Said]| {
        events.push(event.clone());
        said.extend(new.iter().map(|one| {
            let cause = one.cause.as_ref().map(|cause| format!(" [{}]", cause.name));
            format!("{}: {}{}\n", one.subject, one.text, cause.unwrap_or_default())
        }));
    };
    let view = ready(attach::watch(targets, cloud, &watching(), &mut sink))?;
    Ok(Watched { view, events, said })
}

/// The stack of the services by its name alone.
fn by_name() -> Vec<Target> {
    vec![Target {
        stack: STACK.to_string(),
        known: None,
    }]
}

/// A release that somebody has begun and left alone after so many seconds.
fn left(plan: &Plan, fault: &str, seconds: u64) -> Mortal {
    let mortal = prepared(plan, false);
    if !fault.is_empty() {
        mortal.cloud.inject(&[fault.parse::<Fault>().expect("it is a fault")]);
    }
    let options = Options {
        deadline: Duration::from_secs(seconds),
        ..Options::default()
    };
    let (view, said) = mortal.deploy_as(plan, options).expect("it has an end");
    assert_eq!(view.outcome, Some(Outcome::Deadline), "{said}");
    mortal
}

fn serving(view: &View) -> Vec<(&str, bool)> {
    let services = view.services.iter().filter(|service| service.verdict.is_some());
    let serves = |verdict: &Option<Verdict>| matches!(verdict, Some(Verdict::Serving { .. }));
    services.map(|one| (one.name(), serves(&one.verdict))).collect()
}

#[test]
fn a_release_that_was_left_alone_is_watched_to_its_end_with_and_without_the_spec() {
    let plan = example("shop");
    let whole = prepared(&plan, false);
    let (view, _) = whole.deploy_as(&plan, Options::default()).expect("it has an end");
    let expected: Vec<(&str, bool)> = serving(&view);
    assert!(!expected.is_empty());
    for targets in [attach::targets(&plan), by_name()] {
        let mortal = left(&plan, "", 120);
        let watched = watch(&mortal.cloud, &targets).expect("there is something to watch");
        assert_eq!(watched.view.outcome, Some(Outcome::Done), "{}", watched.said);
        assert_eq!(serving(&watched.view), expected, "{}", watched.said);
        assert!(
            watched
                .said
                .contains("production-shop: is under way, begun by loadline-"),
            "{}",
            watched.said
        );
        assert!(
            watched
                .said
                .contains("web: deployment started: production-shop-web:2 replaces"),
            "{}",
            watched.said
        );
        // It is a recording as any other.
        let (view, _) = deploy::watch::replay(&watched.events);
        assert_eq!(view.outcome, Some(Outcome::Done));
    }
}

#[test]
fn what_is_long_over_is_told_from_history_and_takes_no_time() {
    let plan = example("shop");
    for (fault, outcome, cause) in [
        ("", Outcome::Done, ""),
        ("crash:web", Outcome::RolledBack, "[app-exited]"),
        ("secret-missing:web", Outcome::RolledBack, "secret"),
    ] {
        let mortal = prepared(&plan, false);
        if !fault.is_empty() {
            mortal.cloud.inject(&[fault.parse::<Fault>().expect("it is a fault")]);
        }
        let (view, said) = mortal.deploy_as(&plan, Options::default()).expect("it has an end");
        assert_eq!(view.outcome, Some(outcome), "{said}");
        let before = loadline::cloud::Cloud::now(&mortal.cloud);
        for targets in [attach::targets(&plan), by_name()] {
            let watched = watch(&mortal.cloud, &targets).expect("there is something to tell");
            assert_eq!(watched.view.outcome, Some(outcome), "{fault}\n{}", watched.said);
            assert!(watched.said.contains(cause), "{fault}\n{}", watched.said);
            assert!(
                watched.said.contains("its last operation was begun by"),
                "{}",
                watched.said
            );
            assert!(!watched.said.contains("superseded"), "{}", watched.said);
            let told = watched.events.iter().map(|event| event.at);
            assert!(told.clone().is_sorted(), "history goes on in one direction");
            assert!(told.max() <= Some(before), "what is over is told as of then");
        }
        let took = loadline::cloud::Cloud::now(&mortal.cloud).since(before);
        assert!(took < Duration::from_secs(60), "{took:?}");
    }
}

#[test]
fn a_first_deployment_that_failed_is_told_as_such() {
    let plan = example("shop");
    let mortal = prepared(&plan, true);
    mortal
        .cloud
        .inject(&["crash:web".parse::<Fault>().expect("it is a fault")]);
    mortal.deploy_as(&plan, Options::default()).expect("it has an end");
    let watched = watch(&mortal.cloud, &attach::targets(&plan)).expect("there is something to tell");
    assert_eq!(watched.view.outcome, Some(Outcome::Failed), "{}", watched.said);
}

#[test]
fn who_watches_changes_nothing() {
    let plan = example("shop");
    let mortal = left(&plan, "crash-after:web", 120);
    let before = mortal.cloud.requests();
    let watched = watch(&mortal.cloud, &attach::targets(&plan)).expect("there is something to watch");
    assert!(watched.view.outcome.is_some());
    let after = mortal.cloud.requests();
    let writes = [
        "Create", "Execute", "Delete", "Put", "Stop", "Run", "Cancel", "Continue", "Rollback",
    ];
    for (operation, count) in after {
        if writes.iter().any(|word| operation.starts_with(word)) {
            assert_eq!(before.get(operation), Some(&count), "{operation}");
        }
    }
}

#[test]
fn a_deployment_is_followed_from_stack_to_stack() {
    let plan = example("shop");
    let mortal = prepared(&plan, true);
    let mut said = String::new();
    let mut of_it = |_: &View, _: &Event, _: &[Said]| {};
    let mut seen = |_: &View, _: &Event, new: &[Said]| {
        said.extend(new.iter().map(|one| format!("{}: {}\n", one.subject, one.text)));
    };
    let watching = Watching {
        waits: true,
        ..watching()
    };
    let targets = attach::targets(&plan);
    let options = Options {
        deadline: Duration::from_secs(3 * 3600),
        ..leased("ana@one", 0)
    };
    let run = deploy::run(&plan, &mortal, options, &mut of_it);
    let watch = attach::watch(&targets, &mortal, &watching, &mut seen);
    let (deployed, watched) = mortal.together(run, watch);
    assert_eq!(deployed.outcome, Some(Outcome::Done));
    let watched = watched.expect("there is something to watch");
    assert_eq!(watched.outcome, Some(Outcome::Done), "{said}");
    for stack in ["production-cluster", "shop-registry", "production-shop-base", STACK] {
        assert!(said.contains(&format!("{stack}: done")), "{stack}\n{said}");
    }
    assert_eq!(serving(&watched), serving(&deployed));
}

#[test]
fn a_task_that_fails_between_two_stacks_is_no_success() {
    let plan = example("shop");
    let mortal = prepared(&plan, false);
    mortal
        .cloud
        .inject(&["migration-fails".parse::<Fault>().expect("it is a fault")]);
    let mut said = String::new();
    let mut of_it = |_: &View, _: &Event, _: &[Said]| {};
    let mut seen = |_: &View, _: &Event, new: &[Said]| {
        said.extend(new.iter().map(|one| format!("{}: {}\n", one.subject, one.text)));
    };
    let targets = attach::targets(&plan);
    let run = deploy::run(&plan, &mortal, leased("ana@one", 0), &mut of_it);
    let watching = watching();
    let watch = attach::watch(&targets, &mortal, &watching, &mut seen);
    let (deployed, watched) = mortal.together(run, watch);
    assert_eq!(deployed.outcome, Some(Outcome::Failed));
    let watched = watched.expect("there is something to watch");
    assert_eq!(watched.outcome, Some(Outcome::Failed), "{said}");
    assert!(said.contains("task `migrate` ended badly"), "{said}");
}

#[test]
fn what_is_not_there_is_said() {
    let plan = example("shop");
    let mortal = prepared(&plan, true);
    let nothing = watch(&mortal.cloud, &by_name()).err();
    assert_eq!(nothing, Some(Nothing::Missing));
}
