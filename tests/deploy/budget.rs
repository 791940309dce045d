//! A deployment over a scripted cloud: what it asks, how it bears refusals, what it keeps.

use std::collections::BTreeMap;

use loadline::deploy::record;
use loadline::deploy::watch::{Level, Outcome, Verdict, replay};

use super::names::BEGIN;
use super::scripted::{Scripted, World};

/// One service that is rolled out between the seconds 10 and 70; its stack is complete at 80.
fn plain() -> Scripted {
    Scripted::new(&["web"])
        .at(5, |world| world.stack("UPDATE_IN_PROGRESS", None))
        .at(6, |world| world.update("web"))
        .at(10, |world| world.begin("web"))
        .at(30, |world| world.serve("web"))
        .at(70, |world| world.succeed("web"))
        .at(80, |world| world.stack("UPDATE_COMPLETE", None))
}

type Happens = fn(&mut World, &str);

fn trip(world: &mut World) {
    world.stack(
        "UPDATE_ROLLBACK_IN_PROGRESS",
        Some("The following resource(s) failed to update: [WebService]."),
    );
}

#[test]
fn requirement_27_throttling_only_slows() {
    let ran = plain().throttled(20, 620).run();
    assert_eq!(ran.view.outcome, Some(Outcome::Done));
    let verdict = ran.view.services[0].verdict.clone();
    assert!(
        matches!(verdict, Some(Verdict::Serving { seconds: 60, .. })),
        "{verdict:?}"
    );
    let notes = ran.said.iter().filter(|said| said.text.contains("refuses requests"));
    assert_eq!(notes.count(), 1, "it is told once");
}

#[test]
fn requirement_27_a_refused_last_read_changes_no_verdict() {
    // ECS has said that the revision serves; only the stack has not ended yet.
    for operation in ["DescribeServices", "DescribeServiceDeployments", "ListTasks"] {
        let ran = plain().throttled_for(operation, 72).run();
        assert_eq!(ran.view.outcome, Some(Outcome::Done), "{operation} is refused");
    }
    let ran = plain().throttled(76, 100_000).run();
    assert_eq!(ran.view.outcome, Some(Outcome::Deadline), "nobody saw the stack end");
    // A rollback stays one.
    let ran = Scripted::new(&["web"])
        .at(6, |world| world.update("web"))
        .at(10, |world| world.begin("web"))
        .at(30, |world| world.roll_back("web"))
        .at(40, trip)
        .at(50, |world| world.stack("UPDATE_ROLLBACK_COMPLETE", None))
        .throttled(42, 100_000)
        .run();
    assert_eq!(ran.view.outcome, Some(Outcome::RolledBack));
}

#[test]
fn requirement_27_what_is_never_seen_is_no_success() {
    let ran = plain().throttled(12, 100_000).run();
    assert_eq!(ran.view.outcome, Some(Outcome::Deadline));
}

#[test]
fn requirement_28_a_look_has_a_budget() {
    let names: Vec<String> = (0..500).map(|number| format!("web{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut cloud = Scripted::new(&names).at(5, |world| world.stack("UPDATE_IN_PROGRESS", None));
    for (number, name) in (0i64..).zip(&names) {
        // Forty at a time.
        let from = 10 + number / 40 * 60;
        let name = name.to_string();
        let all: [(i64, Happens); 4] = [
            (0, World::update),
            (5, World::begin),
            (25, World::serve),
            (50, World::succeed),
        ];
        for (after, step) in all {
            let name = name.clone();
            cloud = cloud.at(from + after, move |world| step(world, &name));
        }
    }
    let cloud = cloud.at(900, |world| world.stack("UPDATE_COMPLETE", None));
    let ran = cloud.run();
    assert_eq!(ran.view.outcome, Some(Outcome::Done));

    let mut looks: BTreeMap<i64, BTreeMap<&str, usize>> = BTreeMap::new();
    for (second, operation) in cloud.requests.borrow().iter() {
        *looks.entry(*second).or_default().entry(operation).or_default() += 1;
    }
    for (second, look) in looks.iter().filter(|(second, _)| **second > 0) {
        let asked = |operation: &str| look.get(operation).copied().unwrap_or(0);
        // Forty services bring 120 events at most between two looks: the first page and, now and then, the second.
        assert!(asked("DescribeStackEvents") <= 2, "{second}: {look:?}");
        assert!(asked("DescribeServices") <= 50, "{second}: {look:?}");
        assert!(asked("DescribeServiceDeployments") <= 25, "{second}: {look:?}");
        assert!(asked("ListServiceDeployments") <= 40, "{second}: {look:?}");
        // Two lists of tasks for each service where something moves, which are forty at a time.
        assert!(asked("ListTasks") <= 80, "{second}: {look:?}");
        assert_eq!(asked("GetLogEvents"), 0);
    }
    let most = looks.values().map(|look| look.values().sum::<usize>()).max();
    assert!(most <= Some(160), "{most:?} requests in a look");
}

#[test]
fn requirement_28_event_reads_stop_at_the_first_seen() {
    let mut cloud = plain();
    for second in 11..60 {
        for _ in 0..10 {
            cloud = cloud.at(second, |world| world.resource("web", "UPDATE_IN_PROGRESS"));
        }
    }
    let ran = cloud.run();
    assert_eq!(ran.view.outcome, Some(Outcome::Done));
    let requests = cloud.requests.borrow();
    let mut reads: BTreeMap<i64, usize> = BTreeMap::new();
    for (second, _) in requests
        .iter()
        .filter(|(_, operation)| *operation == "DescribeStackEvents")
    {
        *reads.entry(*second).or_default() += 1;
    }
    assert!(reads.values().all(|count| *count == 1), "{reads:?}");
}

#[test]
fn requirement_20_the_first_cause_comes_within_two_looks() {
    let ran = plain().at(21, |world| world.crash("web", 1)).run();
    let cause = ran.said.iter().find(|said| said.level == Level::Bad).expect("a cause");
    let after = cause.at.seconds_since(BEGIN.plus_seconds(21));
    assert!(after <= 10, "{after} seconds later");
    let evidence = cause.cause.as_ref().expect("a cause");
    assert_eq!(
        (evidence.id.as_str(), evidence.place.as_ref().map(|place| place.line)),
        ("B24", Some(10))
    );
    assert_eq!(evidence.log.len(), 1);
    assert!(!evidence.remedy.is_empty());

    let text = "(service web) was unable to place a task because no container instance met all of its requirements. The closest matching (container-instance 1a) has insufficient memory available.";
    let ran = plain().at(21, |world| world.message("web", text)).run();
    let cause = ran.said.iter().find(|said| said.level == Level::Bad).expect("a cause");
    assert!(cause.at.seconds_since(BEGIN.plus_seconds(21)) <= 10);
}

#[test]
fn requirement_21_evidence_outlives_the_service() {
    let ran = Scripted::new(&["web"])
        .at(6, |world| world.update("web"))
        .at(10, |world| world.begin("web"))
        .at(20, |world| world.crash("web", 1))
        .at(40, trip)
        .at(45, |world| {
            world.services.clear();
            world.deployments.clear();
            world.tasks.clear();
        })
        .at(46, |world| world.resource("web", "DELETE_COMPLETE"))
        .at(90, |world| world.stack("ROLLBACK_COMPLETE", None))
        .run();
    assert_eq!(ran.view.outcome, Some(Outcome::Failed));
    let causes = ran.view.causes.told();
    let kept = causes.iter().find(|cause| cause.id == "B24").expect("the cause");
    assert_eq!(kept.log[0].text, "connection refused");
    assert!(kept.tasks.iter().any(|task| task.ends_with("web-1")));
}

#[test]
fn requirement_18_a_rollback_between_two_looks_is_found() {
    let ran = Scripted::new(&["web"])
        .at(6, |world| world.update("web"))
        .at(31, |world| world.begin("web"))
        .at(300, |world| world.roll_back("web"))
        .at(310, |world| world.resource("web", "UPDATE_COMPLETE"))
        .at(310, |world| world.stack("UPDATE_COMPLETE", None))
        .throttled(30, 400)
        .run();
    assert_eq!(ran.view.outcome, Some(Outcome::RolledBack));
}

#[test]
fn requirement_18_identity_without_service_deployments() {
    let denied = |cloud: Scripted| {
        cloud
            .denied("DescribeServiceDeployments")
            .denied("ListServiceDeployments")
    };
    let ran = denied(plain()).run();
    assert_eq!(ran.view.outcome, Some(Outcome::Done));
    assert!(
        ran.view.services[0]
            .ours
            .as_deref()
            .is_some_and(|ours| ours.starts_with("ecs-svc/"))
    );

    let ran = denied(Scripted::new(&["web"]))
        .at(6, |world| world.update("web"))
        .at(10, |world| world.begin("web"))
        .at(60, |world| world.roll_back("web"))
        .at(61, |world| world.resource("web", "UPDATE_COMPLETE"))
        .at(70, |world| world.stack("UPDATE_COMPLETE", None))
        .run();
    assert_eq!(ran.view.outcome, Some(Outcome::RolledBack));
}

#[test]
fn what_may_not_be_seen_takes_nothing_from_the_verdict() {
    let ran = plain()
        .denied("ListTasks")
        .denied("ListContainerInstances")
        .denied("GetLogEvents")
        .run();
    assert_eq!(ran.view.outcome, Some(Outcome::Done));
    let notes = ran
        .said
        .iter()
        .filter(|said| said.text.contains("causes may stay unknown"));
    assert_eq!(notes.count(), 2, "once for each operation that is refused");
}

#[test]
fn a_stack_that_is_complete_waits_for_its_services() {
    let ran = Scripted::new(&["web"])
        .at(6, |world| world.update("web"))
        .at(10, |world| world.begin("web"))
        .at(20, |world| world.resource("web", "UPDATE_COMPLETE"))
        .at(20, |world| world.stack("UPDATE_COMPLETE", None))
        .at(30, |world| world.serve("web"))
        .at(70, |world| world.roll_back("web"))
        .run();
    assert_eq!(ran.view.outcome, Some(Outcome::RolledBack));
    assert!(ran.view.now.seconds_since(BEGIN) >= 70);
}

#[test]
fn a_recording_of_a_run_says_what_the_run_said() {
    for cloud in [
        plain(),
        plain().throttled(20, 620),
        plain().at(21, |world| world.crash("web", 1)),
        plain().denied("ListTasks"),
    ] {
        let ran = cloud.run();
        let lines: String = ran.events.iter().map(record::line).collect();
        let events = record::read(&lines).expect("it was written so");
        let (view, said) = replay(&events);
        assert_eq!((said, view), (ran.said, ran.view));
    }
}

#[test]
fn requirement_30_a_sign_of_life_comes_each_minute() {
    for cloud in [
        plain().throttled(20, 620),
        Scripted::new(&["web"])
            .at(6, |world| world.update("web"))
            .at(10, |world| world.begin("web")),
    ] {
        let ran = cloud.run();
        let gaps = ran.said.windows(2).map(|two| two[1].at.seconds_since(two[0].at));
        // While requests are refused, a pause is a minute itself.
        assert!(gaps.max() <= Some(75), "{:?}", ran.said);
    }
}
