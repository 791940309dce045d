//! Rehearsals of `examples/shop`: each fault ends as it must, and is named soon; a run is a function of its seed; nothing is
//! reported where nothing is wrong. The table in `docs/faults.md` is what many seeds gave.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use loadline::cloud::capacity::Instance;
use loadline::deploy::Options;
use loadline::deploy::event::What;
use loadline::deploy::record;
use loadline::deploy::watch::{Outcome, replay};
use loadline::plan::Plan;
use loadline::simulate::Settings;
use loadline::simulate::fault::{Fault, KINDS};
use loadline::simulate::rehearsal::{Rehearsal, Rehearsed};
use loadline::source::Memory;
use loadline::template::Format;
use loadline::{Request, compile, plan};

use crate::markdown::is_update;

/// A project of `examples/`, as a plan.
pub fn example(name: &str) -> Plan {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    let mut world = Memory::default();
    for entry in fs::read_dir(folder).expect("the example is there") {
        let path = entry.expect("an entry").path();
        let file = path.file_name().expect("a name").to_string_lossy().into_owned();
        world = world.with(file, fs::read(&path).expect("it can be read"));
    }
    planned(world)
}

fn planned(world: Memory) -> Plan {
    let request = Request {
        path: ".".to_string(),
        format: Format::Json,
        ..Request::default()
    };
    let compiled = compile(&world, &request).expect("it can be read");
    plan::of(&compiled.spec, &compiled.graph, &compiled.templates, &compiled.sources)
}

/// The release of a project that runs, with faults.
fn release(plan: &Plan, faults: &[&str]) -> Rehearsal {
    let faults = faults
        .iter()
        .map(|fault| fault.parse::<Fault>().expect("it is a fault"));
    Rehearsal {
        plan: plan.clone(),
        before: Some(plan.clone()),
        faults: faults.collect(),
        options: Options::default(),
    }
}

fn settings(seed: u64) -> Settings {
    Settings {
        seed,
        region: "eu-west-1".to_string(),
        account: "111122223333".to_string(),
    }
}

/// A fault, how it must end, and what its first cause may be called.
struct Expected {
    fault: &'static str,
    outcomes: &'static [Outcome],
    names: &'static [&'static str],
}

const fn expected(fault: &'static str, outcomes: &'static [Outcome], names: &'static [&'static str]) -> Expected {
    Expected { fault, outcomes, names }
}

const WELL: &[Outcome] = &[Outcome::Done];
const BACK: &[Outcome] = &[Outcome::RolledBack];
const FAILED: &[Outcome] = &[Outcome::Failed];

/// Every kind of fault, where it matters: a fault of all tasks ends in the migration.
const TABLE: &[Expected] = &[
    expected("image-missing", FAILED, &["image-not-found"]),
    expected("image-missing:web", BACK, &["image-not-found"]),
    expected("registry-auth:web", BACK, &["pull-denied"]),
    expected("crash:web", BACK, &["app-exited"]),
    expected("crash:worker", BACK, &["app-exited"]),
    expected("crash-after:web", BACK, &["app-exited"]),
    expected("crash-after:worker", BACK, &["app-exited"]),
    expected("unhealthy:web", BACK, &["health-app-error", "load-balancer-killed"]),
    expected("database-down:web", BACK, &["app-exited"]),
    expected("database-down:worker", BACK, &["app-exited"]),
    expected("slow-boot:web", WELL, &["slow-start"]),
    expected("oom:web", BACK, &["out-of-memory"]),
    expected("secret-missing:web", BACK, &["secret-not-found"]),
    expected("no-capacity", FAILED, &["no-capacity"]),
    expected("disk-full@80s", WELL, &["pull-disk-full"]),
    expected("instance-lost", WELL, &["instance-lost", "host-gone"]),
    expected("zone-lost", WELL, &["instance-lost", "zone-lost", "host-gone"]),
    expected("agent-disconnected", WELL, &["agent-disconnected"]),
    expected(
        "spot-reclaimed",
        WELL,
        &["instance-draining", "host-gone", "spot-interrupted", "instance-lost"],
    ),
    expected("throttled", WELL, &["throttled"]),
    expected("migration-fails", FAILED, &["app-exited"]),
];

/// What a run tells of itself.
struct Row {
    outcome: Outcome,
    seconds: i64,
    /// The name of the first cause that was told.
    first: Option<String>,
    /// How many seconds after its first task had stopped that was.
    lag: Option<i64>,
    /// Whether anything was to be seen of what went wrong.
    evidence: bool,
}

/// Whether anything but a planned stop was seen: a fault may hit nothing, as a full disk that nothing is pulled to.
fn is_evidence(what: &What) -> bool {
    match what {
        What::Task { service: Some(_), task } => task
            .stop_code
            .as_deref()
            .is_some_and(|code| code != "ServiceSchedulerInitiated"),
        What::Instances { instances, .. } => {
            let is_odd = |instance: &Instance| !instance.connected || instance.status != "ACTIVE";
            instances.len() < 3 || instances.iter().any(is_odd)
        }
        What::Slowed { .. } => true,
        _ => false,
    }
}

fn row(rehearsed: &Rehearsed) -> Row {
    let first = rehearsed.said.iter().find(|said| said.cause.is_some());
    let cause = first.and_then(|said| said.cause.as_ref());
    let stopped = rehearsed.events.iter().filter_map(|event| match &event.what {
        What::Task { task, .. } if cause.is_some_and(|cause| cause.tasks.contains(&task.arn)) => task.stopped,
        _ => None,
    });
    let lag = first
        .zip(stopped.min())
        .map(|(said, stopped)| said.at.seconds_since(stopped));
    Row {
        outcome: rehearsed.view.outcome.expect("it ended"),
        seconds: rehearsed.view.now.seconds_since(rehearsed.view.began),
        first: cause.map(|cause| cause.name.clone()),
        lag,
        evidence: rehearsed.events.iter().any(|event| is_evidence(&event.what)),
    }
}

/// Judges a fault with so many seeds. Returns its row of the table, and what was wrong.
fn judge(plan: &Plan, expected: &Expected, seeds: u64) -> (String, Vec<String>) {
    let rehearsal = release(plan, &[expected.fault]);
    let mut wrong = Vec::new();
    let mut seconds = Vec::new();
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    let mut longest = None;
    for seed in 1..=seeds {
        let row = row(&rehearsal.run(&settings(seed)));
        if !expected.outcomes.contains(&row.outcome) {
            wrong.push(format!("{} seed {seed}: {:?}", expected.fault, row.outcome));
        }
        if let Some(name) = &row.first
            && !expected.names.contains(&name.as_str())
        {
            wrong.push(format!("{} seed {seed}: first cause {name}", expected.fault));
        }
        let must_tell = row.evidence || row.outcome != Outcome::Done;
        if row.first.is_none() && must_tell {
            wrong.push(format!("{} seed {seed}: no cause", expected.fault));
        }
        // Two intervals between looks, and the second in which it happens.
        if row.lag.is_some_and(|lag| lag > 11) {
            wrong.push(format!("{} seed {seed}: told {:?} s later", expected.fault, row.lag));
        }
        longest = longest.max(row.lag);
        seconds.push(row.seconds);
        *outcomes.entry(row.outcome.words()).or_default() += 1;
        *names
            .entry(row.first.unwrap_or_else(|| "none".to_string()))
            .or_default() += 1;
    }
    seconds.sort_unstable();
    let list = |counts: Vec<(String, usize)>| {
        let shown = counts.iter().map(|(name, count)| match counts.len() {
            1 => name.clone(),
            _ => format!("{name} {count}"),
        });
        shown.collect::<Vec<_>>().join(", ")
    };
    let outcomes = list(
        outcomes
            .into_iter()
            .map(|(name, count)| (name.to_string(), count))
            .collect(),
    );
    let names = list(
        names
            .into_iter()
            .map(|(name, count)| (format!("`{name}`"), count))
            .collect(),
    );
    let lag = longest.map_or("".to_string(), |lag| format!("{lag} s"));
    let (least, most) = (seconds[0], seconds[seconds.len() - 1]);
    let line = format!(
        "| `{}` | {outcomes} | {least}–{most} s | {names} | {lag} |\n",
        expected.fault
    );
    (line, wrong)
}

#[test]
fn every_kind_of_fault_is_judged() {
    for (_, name, _) in KINDS {
        let judged = TABLE.iter().any(|row| row.fault.split([':', '@']).next() == Some(name));
        assert!(judged, "{name}");
    }
}

#[test]
fn each_fault_ends_as_it_must_and_is_named() {
    let plan = example("shop");
    let wrong: Vec<String> = TABLE.iter().flat_map(|expected| judge(&plan, expected, 3).1).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_reported_where_nothing_is_wrong() {
    let plan = example("shop");
    let rehearsal = release(&plan, &[]);
    for seed in 1..=30 {
        let row = row(&rehearsal.run(&settings(seed)));
        assert_eq!((row.outcome, row.first), (Outcome::Done, None), "seed {seed}");
    }
}

/// `UPDATE=1 cargo test --release -- --ignored many_seeds` writes the table.
#[test]
#[ignore = "takes minutes: 100 seeds a fault, 1,000 without"]
fn many_seeds() {
    let plan = example("shop");
    let mut table = String::new();
    let mut wrong = Vec::new();
    for expected in TABLE {
        let (line, faults) = judge(&plan, expected, 100);
        table.push_str(&line);
        wrong.extend(faults);
    }
    let calm = release(&plan, &[]);
    for seed in 1..=1000 {
        let row = row(&calm.run(&settings(seed)));
        if (row.outcome, &row.first) != (Outcome::Done, &None) {
            wrong.push(format!(
                "without a fault, seed {seed}: {:?} {:?}",
                row.outcome, row.first
            ));
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/faults.md");
    let page = fs::read_to_string(&path).expect("the page is there");
    let (head, rest) = page.split_once("|---|---|---|---|---|\n").expect("it has a table");
    let after: String = rest
        .lines()
        .skip_while(|line| line.starts_with('|'))
        .map(|line| format!("{line}\n"))
        .collect();
    let now = format!("{head}|---|---|---|---|---|\n{table}{after}");
    if is_update() {
        fs::write(&path, now).expect("it can be written");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_run_is_a_function_of_its_seed_and_a_recording_replays() {
    let plan = example("shop");
    let rehearsal = release(&plan, &["unhealthy:web", "instance-lost@2m"]);
    let (one, other) = (rehearsal.run(&settings(7)), rehearsal.run(&settings(7)));
    assert_eq!(one.events, other.events);
    assert_eq!(one.said, other.said);
    let lines: String = one.events.iter().map(record::line).collect();
    let events = record::read(&lines).expect("it was written so");
    assert_eq!(events, one.events);
    let (view, said) = replay(&events);
    assert_eq!((view.outcome, said), (one.view.outcome, one.said));
    let another = rehearsal.run(&settings(8));
    assert_ne!(one.events, another.events);
}

#[test]
fn every_example_comes_up() {
    for name in ["hello", "shop", "fargate", "components", "network"] {
        let plan = example(name);
        let rehearsal = Rehearsal {
            before: None,
            ..release(&plan, &[])
        };
        let rehearsed = rehearsal.run(&settings(1));
        let told: Vec<&str> = rehearsed.said.iter().map(|said| said.text.as_str()).collect();
        assert_eq!(rehearsed.view.outcome, Some(Outcome::Done), "{name}: {told:#?}");
    }
}

#[test]
fn two_services_of_one_name_are_told_apart() {
    let app =
        |name: &str| format!("app: {name}\ncluster: far\nimage: {{repository: {name}}}\nservices: {{web: {{}}}}\n");
    let spec = format!(
        "cluster: far\ncapacity: {{fargate: true}}\n---\n{}---\n{}",
        app("shop"),
        app("blog")
    );
    let plan = planned(Memory::default().with("spec.yml", spec));
    let rehearsed = release(&plan, &["crash:web"]).run(&settings(1));
    let (view, _) = replay(&rehearsed.events);
    assert_eq!(view.outcome, Some(Outcome::RolledBack));
    let told = view.causes.told();
    assert!(!told.is_empty());
    assert!(told.iter().all(|cause| cause.subject == "far-shop/web"), "{told:?}");
}
