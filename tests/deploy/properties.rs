//! What holds of every recording: the same events give the same sentences, a part of one is no fault, and nothing in one makes
//! the watcher panic.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use loadline::cloud::Moment;
use loadline::cloud::formation::Status;
use loadline::deploy::event::{Event, What};
use loadline::deploy::record::{self, RecordError};
use loadline::deploy::watch::{Outcome, Said, View, fold, replay};
use proptest::prelude::*;
use proptest::sample::Index;

use super::names;
use super::recordings;
use super::script;
use super::shown;

fn bytes(events: &[Event]) -> String {
    let (view, said) = replay(events);
    let lines = said
        .iter()
        .map(|said| serde_json::to_string(said).expect("a sentence is JSON"));
    lines.collect::<Vec<_>>().join("\n") + &shown(&view, &said)
}

fn lines(events: &[Event]) -> String {
    events.iter().map(record::line).collect()
}

#[test]
fn a_recording_says_the_same_each_time() {
    for (name, events) in recordings() {
        let said = bytes(&events);
        assert_eq!(said, bytes(&events), "{name}");
        let read = record::read(&lines(&events)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(read, events, "{name}");
        assert_eq!(said, bytes(&read), "{name}");
    }
}

/// Requirement 18, of every history: a part of one is a success only where its last stage is done.
#[test]
fn a_beginning_of_a_recording_folds_and_is_no_success() {
    for (name, events) in recordings() {
        let mut view = View::default();
        let mut said: Vec<Said> = Vec::new();
        for (number, event) in events.iter().enumerate() {
            said.extend(fold(&mut view, event));
            let mut cut = view.clone();
            let at = event.at;
            fold(&mut cut, &Event { at, what: What::Ended });
            let is_done = matches!(event.what, What::StageDone { .. } | What::Ended);
            assert!(cut.outcome.is_some());
            assert!(
                cut.outcome != Some(Outcome::Done) || is_done,
                "{name} after {number} events"
            );
        }
        assert!(
            said.windows(2).all(|two| two[0].at <= two[1].at),
            "{name}: time goes on"
        );
    }
}

#[test]
fn requirement_29_an_interrupted_watch_ends_with_130() {
    for (_, events) in recordings() {
        let mut cut = events[..events.len() / 2].to_vec();
        let at = cut.last().expect("an event").at;
        cut.push(Event {
            at,
            what: What::Interrupted,
        });
        cut.push(Event { at, what: What::Ended });
        assert_eq!(replay(&cut).0.outcome.map(Outcome::exit_code), Some(130));
    }
}

#[test]
fn a_stage_that_is_not_there_is_a_fault_of_the_recording() {
    let events = script::events("planned nothing\ndone");
    let text = lines(&events).replace("\"stage-done\",\"stage\":0", "\"stage-done\",\"stage\":7");
    assert_eq!(record::read(&text), Err(RecordError::Stage(4, 7, 1)));
    // And the fold passes over it, should one get there.
    let mut strange = events;
    strange.insert(2, {
        let at = names::BEGIN;
        let what = What::StageFailed {
            stage: usize::MAX,
            reason: String::new(),
        };
        Event { at, what }
    });
    assert_eq!(replay(&strange).0.outcome, Some(Outcome::Done));
}

/// A change of a recording.
#[derive(Clone, Debug)]
enum Mutation {
    Drop(Index),
    Repeat(Index, Index),
    Swap(Index, Index),
    Later(Index, i64),
    /// A word of AWS becomes another.
    Word(Index, String),
    /// A field that may be missing is.
    Forget(Index),
    Stage(Index, usize),
    Number(Index, i64),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let index = any::<Index>;
    let number = prop_oneof![any::<i64>(), Just(i64::MAX), Just(i64::MIN), -3..20i64];
    prop_oneof![
        index().prop_map(Mutation::Drop),
        (index(), index()).prop_map(|(from, to)| Mutation::Repeat(from, to)),
        (index(), index()).prop_map(|(one, other)| Mutation::Swap(one, other)),
        (index(), -1_000_000..100_000_000_000i64).prop_map(|(at, time)| Mutation::Later(at, time)),
        (index(), "[A-Z_]{0,12}|FAILED|STOPPED|SUCCESSFUL|COMPLETED|[^a]{0,3}")
            .prop_map(|(at, word)| Mutation::Word(at, word)),
        index().prop_map(Mutation::Forget),
        (index(), prop_oneof![0..4usize, Just(usize::MAX)]).prop_map(|(at, stage)| Mutation::Stage(at, stage)),
        (index(), number).prop_map(|(at, number)| Mutation::Number(at, number)),
    ]
}

fn mutate(events: &mut Vec<Event>, mutation: Mutation) {
    if events.is_empty() {
        return;
    }
    let count = events.len();
    match mutation {
        Mutation::Drop(at) => {
            events.remove(at.index(count));
        }
        Mutation::Repeat(from, to) => {
            let again = events[from.index(count)].clone();
            events.insert(to.index(count), again);
        }
        Mutation::Swap(one, other) => events.swap(one.index(count), other.index(count)),
        Mutation::Later(at, time) => {
            let at = at.index(count);
            events[at].at = Moment(events[at].at.0 + time);
        }
        Mutation::Word(at, word) => reword(&mut events[at.index(count)].what, &word),
        Mutation::Forget(at) => forget(&mut events[at.index(count)].what),
        Mutation::Stage(at, number) => match &mut events[at.index(count)].what {
            What::StageBegan { stage } | What::StageDone { stage, .. } | What::StageFailed { stage, .. } => {
                *stage = number
            }
            _ => {}
        },
        Mutation::Number(at, number) => match &mut events[at.index(count)].what {
            What::Service { counts, .. } => {
                counts.desired = number;
                for deployment in &mut counts.deployments {
                    (deployment.desired, deployment.running, deployment.pending) = (number, number, number);
                    deployment.failed = number;
                }
            }
            What::Deployment { deployment, .. } => {
                if let Some(breaker) = &mut deployment.breaker {
                    (breaker.failures, breaker.threshold) = (number, number);
                }
            }
            What::Target { health, .. } => health.port = number,
            What::Began(outline) => {
                for service in &mut outline.services {
                    service.drain = Some(number);
                    if let Some(check) = &mut service.check {
                        check.grace = number;
                    }
                }
            }
            _ => {}
        },
    }
}

fn reword(what: &mut What, word: &str) {
    let word = word.to_string();
    match what {
        What::Stack { status, .. } | What::Resource { status, .. } => *status = Status(word),
        What::Service { counts, .. } => {
            for deployment in &mut counts.deployments {
                deployment.status = word.clone();
                deployment.rollout = Some(word.clone());
            }
        }
        What::Deployment { deployment, .. } => deployment.status = word,
        What::Message { text, .. } => *text = word,
        What::Task { task, .. } => {
            task.last_status = word.clone();
            task.stop_code = Some(word);
        }
        What::Target { health, .. } => health.state = word,
        What::Planned { changes, .. } => {
            for change in changes {
                change.action = word.clone();
            }
        }
        _ => {}
    }
}

fn forget(what: &mut What) {
    match what {
        What::Began(outline) => outline.services.clear(),
        What::Resource { physical, reason, .. } => (*physical, *reason) = (None, None),
        What::Service { counts, .. } => counts.deployments.clear(),
        What::Deployment { deployment, .. } => *deployment = Default::default(),
        What::Task { task, .. } => *task = Default::default(),
        What::Target { health, .. } => *health = Default::default(),
        What::Log { lines, .. } => lines.clear(),
        What::Instances { instances, .. } => instances.clear(),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn no_recording_makes_the_watcher_panic(page in any::<Index>(), mutations in prop::collection::vec(mutation(), 1..12)) {
        static PAGES: LazyLock<Vec<(String, Vec<Event>)>> = LazyLock::new(recordings);
        let mut events = PAGES[page.index(PAGES.len())].1.clone();
        for mutation in mutations {
            mutate(&mut events, mutation);
        }
        let said = bytes(&events);
        prop_assert_eq!(said, bytes(&events));
    }
}

/// A canary of 36 hours, looked at every ten seconds: 12,960 looks.
fn canary() -> Vec<Event> {
    let mut text = String::from(
        "planned web Modify TaskDefinition\nservice web desired 10: d1 web:1 PRIMARY 10/10/0 COMPLETED\n5s resource web:2 UPDATE_COMPLETE\nresource web UPDATE_IN_PROGRESS\ndeployment d2 web:2 IN_PROGRESS stage BAKE_TIME\ntask t11..t20 web:2 RUNNING HEALTHY\nservice web desired 10: d2 web:2 PRIMARY 10/10/0 IN_PROGRESS; d1 web:1 ACTIVE 10/10/0 COMPLETED\n",
    );
    for look in 1..=12_960 {
        text.push_str(&format!("{}s quiet\n", 5 + look * 10));
    }
    text.push_str("36h1m deployment d2 web:2 SUCCESSFUL\nresource web UPDATE_COMPLETE\nstack UPDATE_COMPLETE\ndone\n");
    script::events(&text)
}

#[test]
fn a_canary_of_36_hours_is_told_of_once_a_minute() {
    let events = canary();
    assert!(events.len() > 12_960);
    let (view, said) = replay(&events);
    assert_eq!(view.outcome, Some(Outcome::Done));
    assert!((2100..2200).contains(&said.len()), "{} sentences", said.len());
}

#[test]
fn five_hundred_services_with_ten_tasks_each_are_folded() {
    let mut text = String::new();
    for number in 0..500 {
        text.push_str(&format!("service web{number} balanced grace 600\n"));
    }
    let changes: Vec<String> = (0..500)
        .map(|number| format!("web{number} Modify TaskDefinition"))
        .collect();
    text.push_str(&format!("planned {}\n", changes.join("; ")));
    for number in 0..500 {
        text.push_str(&format!(
            "service web{number} desired 10: a{number} web{number}:1 PRIMARY 10/10/0 COMPLETED\n"
        ));
    }
    for number in 0..500 {
        text.push_str(&format!(
            "5s resource web{number}:2 UPDATE_COMPLETE\nresource web{number} UPDATE_IN_PROGRESS\n"
        ));
    }
    for step in 0..40 {
        let second = 10 + step * 5;
        for number in 0..500 {
            let first = number * 10;
            let last = first + 9;
            let line = match (step, number % 8) {
                (0, _) => format!("deployment b{number} web{number}:2 IN_PROGRESS"),
                (5, _) => format!("task t{first}..t{last} web{number}:2 PENDING i1"),
                (7, _) => format!(
                    "service web{number} desired 10: b{number} web{number}:2 PRIMARY 10/10/0 IN_PROGRESS; a{number} web{number}:1 ACTIVE 10/10/0 COMPLETED"
                ),
                (8, _) => format!("task t{first}..t{last} web{number}:2 RUNNING i1"),
                (12, _) => format!("target t{first}..t{last} unhealthy Target.Timeout \"Request timed out\""),
                (15, _) => format!("target t{first}..t{last} healthy"),
                (39, _) => {
                    format!("deployment b{number} web{number}:2 SUCCESSFUL\nresource web{number} UPDATE_COMPLETE")
                }
                (20 | 30, 0) => format!("message web{number} \"(service web{number}) has started 1 tasks: (task x).\""),
                _ => continue,
            };
            text.push_str(&format!("{second}s {line}\n"));
        }
    }
    text.push_str("stack UPDATE_COMPLETE\ndone\n");
    let events = script::events(&text);
    let (view, said) = replay(&events);
    assert_eq!(view.outcome, Some(Outcome::Done));
    let mut levels: BTreeMap<String, usize> = BTreeMap::new();
    for said in &said {
        *levels.entry(format!("{:?}", said.level)).or_default() += 1;
    }
    assert_eq!(levels.get("Bad"), None, "{levels:?}");
}
