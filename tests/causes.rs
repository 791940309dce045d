//! Why rollouts fail: AWS's own words in `deploy/causes/`, and what the catalogue of causes makes of them.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::sync::LazyLock;

use loadline::cloud::capacity::TargetHealth;
use loadline::cloud::ecs::{Container, Task};
use loadline::cloud::outside::LogLine;
use loadline::deploy::causes::{self, Class, Match, Row};
use proptest::prelude::*;

use crate::markdown;

/// What AWS said, and the row that it must give.
struct Case {
    /// `A15 no-room-memory` or `none`.
    row: String,
    from: String,
    /// What was said, as it is shown to a reader.
    said: String,
    found: Option<Match>,
}

impl Case {
    fn given(&self) -> String {
        let found = self.found.as_ref();
        found.map_or("none".to_string(), |found| format!("{} {}", found.id, found.name))
    }
}

/// The cases of a file: rows of `kind` and their lines; see the head of `events.txt`.
fn cases(kind: &str) -> Vec<Case> {
    let path = format!("{}/tests/deploy/causes/{kind}.txt", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(path).expect("the file of cases is there");
    let paragraphs = text.split("\n\n").map(|paragraph| {
        let lines = paragraph.lines().filter(|line| !line.starts_with('#'));
        lines.collect::<Vec<_>>()
    });
    let mut cases = Vec::new();
    for lines in paragraphs.filter(|lines| !lines.is_empty()) {
        let (row, mut from, mut group) = (lines[0], "", "service:web");
        let mut add = |from: &str, said: String, found| {
            let (row, from) = (row.to_string(), from.to_string());
            cases.push(Case { row, from, said, found });
        };
        let mut tasks: Vec<(&str, Task)> = Vec::new();
        for line in &lines[1..] {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match (word, kind) {
                ("from", _) => (from, group) = (rest, "service:web"),
                ("group", _) => group = rest,
                ("says", "placement") => add(from, rest.to_string(), causes::of_placement(rest)),
                ("says", "signs") => add(from, rest.to_string(), causes::of_log(&log(rest))),
                ("says", "stacks") => add(from, rest.to_string(), causes::of_stack(rest)),
                ("says", _) => add(from, rest.to_string(), causes::of_message(rest)),
                ("reason", "targets") => add(from, rest.to_string(), causes::of_target(&target(rest))),
                ("stop", _) => tasks.push((from, task(group, rest))),
                ("reason", _) => last(&mut tasks).stopped_reason = Some(rest.to_string()),
                ("container", _) => last(&mut tasks).containers.push(container(rest)),
                _ => panic!("`{line}` is no line of a case"),
            }
        }
        for (from, task) in tasks {
            add(from, said(&task), causes::of_task(&task));
        }
    }
    cases
}

fn last<'a>(tasks: &'a mut [(&str, Task)]) -> &'a mut Task {
    &mut tasks.last_mut().expect("`stop` comes first").1
}

/// The lines of a log, parted by ` | `.
fn log(text: &str) -> Vec<LogLine> {
    let lines = text.split(" | ").map(|line| LogLine {
        text: line.to_string(),
        ..LogLine::default()
    });
    lines.collect()
}

fn target(text: &str) -> TargetHealth {
    let (reason, about) = text.split_once(" | ").unwrap_or((text, ""));
    TargetHealth {
        port: 3000,
        state: "unhealthy".to_string(),
        reason: Some(reason.to_string()),
        about: (!about.is_empty()).then(|| about.to_string()),
        ..TargetHealth::default()
    }
}

fn task(group: &str, code: &str) -> Task {
    Task {
        group: group.to_string(),
        stop_code: (code != "-").then(|| code.to_string()),
        ..Task::default()
    }
}

fn container(text: &str) -> Container {
    let mut parts = text.splitn(3, ' ');
    Container {
        name: parts.next().expect("a name").to_string(),
        exit_code: parts.next().and_then(|exit| exit.parse().ok()),
        reason: parts.next().map(str::to_string),
        ..Container::default()
    }
}

fn said(task: &Task) -> String {
    let mut said = task.stop_code.clone().unwrap_or("-".to_string());
    if let Some(reason) = &task.stopped_reason {
        let _ = write!(said, ": {reason}");
    }
    for container in &task.containers {
        let exit = container.exit_code.map_or("-".to_string(), |exit| exit.to_string());
        let _ = write!(said, "\n         {} {exit}", container.name);
        if let Some(reason) = &container.reason {
            let _ = write!(said, " {reason}");
        }
    }
    said
}

const KINDS: [&str; 6] = ["events", "targets", "tasks", "placement", "stacks", "signs"];

fn all_cases() -> Vec<Case> {
    KINDS.iter().flat_map(|kind| cases(kind)).collect()
}

fn name(row: &Row) -> String {
    format!("{} {}", row.id, row.name)
}

#[test]
fn each_case_gives_its_row() {
    let wrong = all_cases().into_iter().filter(|case| case.given() != case.row);
    let lines: Vec<String> = wrong
        .map(|case| format!("{} gives {}: {}", case.row, case.given(), case.said))
        .collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}

#[test]
fn each_row_has_a_case_and_each_case_a_source() {
    let cases = all_cases();
    let seen: BTreeSet<&str> = cases.iter().map(|case| &*case.row).collect();
    let missing: Vec<String> = causes::catalogue()
        .map(name)
        .filter(|name| !seen.contains(&**name))
        .collect();
    assert!(missing.is_empty(), "without a case: {missing:?}");
    for case in &cases {
        let known = ["captured", "docs", "agent", "known", "pattern", "nobody"];
        assert!(
            known.iter().any(|from| case.from.starts_with(from)),
            "{}: from?",
            case.row
        );
    }
    let ids: BTreeSet<&str> = causes::catalogue().map(|row| row.id).collect();
    let numbered = |letter: char, last: usize| (1..=last).map(move |number| format!("{letter}{number}"));
    for id in numbered('A', 48).chain(numbered('B', 42)) {
        assert!(ids.contains(&*id), "{id} has no row");
    }
}

#[test]
fn every_row_has_its_words() {
    let mut names = BTreeSet::new();
    for row in causes::catalogue() {
        let name = row.name;
        assert!(names.insert(name), "{name}: twice");
        assert!(!row.means().is_empty() && !row.remedy().is_empty(), "{name}");
        assert!(!row.means().ends_with('.'), "{name}: a phrase has no full stop");
        assert!(row.remedy().ends_with('.'), "{name}: a remedy is sentences");
    }
}

/// Of 2,190 events of 22 healthy services, 27 said that a target was unhealthy; all of them healed.
#[test]
fn what_healthy_services_say_fails_nobody() {
    let progress = ["A1", "A2", "A3", "A5", "A6", "A7", "A8", "A46", "B34", "B41"];
    let warning = ["A4", "A36", "A37", "A38", "A39", "A41"];
    for row in causes::catalogue() {
        if progress.contains(&row.id) {
            assert_eq!(row.class, Class::Progress, "{}", row.name);
        }
        if warning.contains(&row.id) {
            assert_eq!(row.class, Class::Warning, "{}", row.name);
        }
    }
}

/// A failure is one failure, whatever the task, the instance and the port it was seen on.
#[test]
fn sightings_of_one_failure_make_one_group() {
    let group = |task: &Task| causes::of_task(task).expect("it is known").group();
    let stopped = |code: &str, reason: &str, containers: &[&str]| Task {
        stop_code: Some(code.to_string()),
        stopped_reason: Some(reason.to_string()),
        containers: containers.iter().map(|text| container(text)).collect(),
        ..Task::default()
    };
    let exited = |containers| {
        stopped(
            "EssentialContainerExited",
            "Essential container in task exited",
            containers,
        )
    };
    let one = group(&exited(&["web 1", "proxy 143"]));
    assert_eq!(one, "B24 app-exited web 1");
    assert_eq!(one, group(&exited(&["proxy 0", "web 1"])));
    assert_ne!(one, group(&exited(&["proxy 0", "web 2"])));

    let reason =
        "Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/w/0)";
    let killed = |containers| stopped("ServiceSchedulerInitiated", reason, containers);
    assert_eq!(group(&killed(&["web 137"])), group(&killed(&["web 143"])));

    let unhealthy = |port: i64| {
        let reason = "Health checks failed with these codes: [404]";
        let text =
            format!("(service web) (port {port}) is unhealthy in (target-group arn:aws:x) due to (reason {reason}).");
        causes::of_message(&text).expect("it is known").group()
    };
    let seen = target("Target.ResponseCodeMismatch | Health checks failed with these codes: [404]");
    assert_eq!(unhealthy(32768), unhealthy(32769));
    assert_eq!(unhealthy(32768), causes::of_target(&seen).expect("it is known").group());
}

#[test]
fn each_key_is_a_key_of_the_spec() {
    let path = format!("{}/schema/loadline.schema.json", env!("CARGO_MANIFEST_DIR"));
    let schema = fs::read_to_string(path).expect("the schema is there");
    for row in causes::catalogue() {
        for part in row.key.iter().flat_map(|key| key.split('.')) {
            assert!(schema.contains(&format!("\"{part}\":")), "{}: `{part}`", row.name);
        }
    }
}

/// A reviewer reads here what users will.
#[test]
fn what_is_said_of_each_case() {
    for kind in KINDS {
        let mut page = String::new();
        for case in cases(kind) {
            let _ = writeln!(page, "said     {}", case.said);
            match &case.found {
                Some(found) => page.push_str(&shown(found)),
                None => page.push_str("unknown\n"),
            }
            page.push('\n');
        }
        insta::with_settings!({omit_expression => true}, { insta::assert_snapshot!(kind, page) });
    }
}

fn shown(found: &Match) -> String {
    let flags = [
        (found.is_passing, "passing"),
        (found.is_infrastructure, "infrastructure"),
        (found.is_consequence, "consequence"),
    ];
    let mut class = found.class.word().to_string();
    for (_, flag) in flags.into_iter().filter(|(is, _)| *is) {
        let _ = write!(class, ", {flag}");
    }
    let mut text = format!("{class}: {}", found.group());
    if let Some(via) = found.via {
        let _ = write!(text, ", by {via}");
    }
    let _ = writeln!(text, "\nmeans    {}\ndo       {}", found.means, found.remedy);
    if let Some(key) = found.key {
        let _ = writeln!(text, "key      {key}");
    }
    if !found.captures.is_empty() {
        let _ = writeln!(text, "found    {:?}", found.captures);
    }
    text
}

#[test]
fn the_page_of_causes_is_current() {
    let path = format!("{}/docs/causes.md", env!("CARGO_MANIFEST_DIR"));
    let page = page();
    if markdown::is_update() {
        fs::write(&path, &page).expect("the page can be written");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/causes.md is stale: run this test with UPDATE=1");
}

fn page() -> String {
    let mut page = "# Why rollouts fail

What `apply` and `watch` recognise in what AWS says, what it means, and what to do. Written by a test from
`src/deploy/causes/*.txt`; change it there and run `UPDATE=1 cargo test causes`.

*progress* is as it should be. *warning* often heals by itself and counts when it stays. *failing* is wrong now. *terminal* is
the end of the rollout. A text that is not here is shown as AWS wrote it.
"
    .to_string();
    let titles = [
        ('A', "Events of services, and health of targets"),
        ('T', "States of targets"),
        ('B', "Tasks that stopped or found no place"),
        ('S', "Resources of stacks"),
    ];
    for (letter, title) in titles {
        let _ = writeln!(
            page,
            "\n## {title}\n| id | name | class | means | what to do |\n|---|---|---|---|---|"
        );
        let mut rows: Vec<&Row> = causes::catalogue().filter(|row| row.id.starts_with(letter)).collect();
        rows.sort_by_key(|row| row.id[1..].parse::<usize>().expect("an id is a letter and a number"));
        for row in rows {
            let cells =
                [row.id, row.name, row.class.word(), &row.means(), &row.remedy()].map(|cell| cell.replace('|', "\\|"));
            let _ = writeln!(page, "| {} |", cells.join(" | "));
        }
    }
    page
}

fn any_container() -> impl Strategy<Value = Container> {
    (any::<String>(), any::<Option<i64>>(), any::<Option<String>>()).prop_map(|(name, exit_code, reason)| Container {
        name,
        exit_code,
        reason,
        ..Container::default()
    })
}

proptest! {
    #[test]
    fn any_text_is_answered(text in any::<String>(), tail in ".{0,40}") {
        let _ = causes::of_message(&text);
        let _ = causes::of_message(&format!("(service web) was unable to place a task. Reason: {tail}"));
        let _ = causes::of_placement(&text);
        let _ = causes::of_stack(&text);
        let _ = causes::of_target(&target(&text));
    }

    #[test]
    fn any_task_is_answered(
        stop_code in any::<Option<String>>(),
        stopped_reason in any::<Option<String>>(),
        containers in proptest::collection::vec(any_container(), 0..4),
    ) {
        let task = Task { stop_code, stopped_reason, containers, ..Task::default() };
        let _ = causes::of_task(&task).map(|found| found.group());
    }

    /// AWS cuts off long reasons: whatever is left must not be answered with a panic, and its first part decides.
    #[test]
    fn any_part_of_a_known_text_is_answered(which in any::<prop::sample::Index>(), length in 0usize..400) {
        static SAID: LazyLock<Vec<String>> = LazyLock::new(|| all_cases().into_iter().map(|case| case.said).collect());
        let said: String = which.get(&SAID).chars().take(length).collect();
        let _ = causes::of_message(&said);
        let _ = causes::of_stack(&said);
        let _ = causes::of_task(&Task { stopped_reason: Some(said), ..Task::default() });
    }
}
