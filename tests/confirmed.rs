//! What was looked at is what is done: over the simulated cloud, a deployment that does more than its preview showed stops
//! before it does, and one that does not never stops.

use std::time::Duration;

use loadline::cloud::Cloud;
use loadline::cloud::formation::{ChangeSetType, ChangeSetWish};
use loadline::deploy::preview::Reader;
use loadline::deploy::watch::{Outcome, Said, View};
use loadline::deploy::{self, Options, event};
use loadline::plan::preview::{Preview, StackState};
use loadline::plan::wider::Reviewed;
use loadline::plan::{self, Given, Plan, Work};
use loadline::simulate::{Settings, Simulated};
use loadline::source::Memory;
use loadline::template::Format;
use loadline::{Request, compile};

use crate::ready::ready;
use crate::rehearsal::example;

pub const SPEC: &str = "\
cluster: one
network: {zones: 2, nat: single}
capacity: {instances: {type: t4g.small, count: {min: 2, max: 3}}}
ingress: {public: {}}
logs: {retention: 30 days}
---
app: shop
cluster: one
image: {repository: shop}
environment: {GREETING: hello}
components:
  jobs: {use: queue, retention: 2 days}
services:
  web: {port: 80, count: 2, memory: 128 MiB, route: /, health: {path: /, boot: 5s}}
  worker: {command: work, memory: 64 MiB, links: {jobs: consume}}
tasks:
  migrate: {command: migrate, run: before-deploy}
";

pub fn planned(spec: &str) -> Plan {
    let world = Memory::default().with("spec.yml", spec);
    let request = Request {
        path: "spec.yml".to_string(),
        format: Format::Json,
        ..Request::default()
    };
    let compiled = compile(&world, &request).expect("the world is in memory");
    assert!(compiled.templates.len() > 1, "{:?}", compiled.diagnostics);
    plan::of(&compiled.spec, &compiled.graph, &compiled.templates, &compiled.sources)
}

pub fn account(seed: u64) -> Simulated {
    Simulated::new(&Settings {
        seed,
        region: "eu-west-1".to_string(),
        account: "111122223333".to_string(),
    })
}

pub fn push(cloud: &Simulated, plan: &Plan, digit: &str) {
    for stage in &plan.stages {
        if let Work::Image(image) = &stage.work {
            cloud.push_image(&image.repository, &format!("sha256:{}", digit.repeat(64)));
        }
    }
}

pub fn look(cloud: &impl Cloud, plan: &Plan) -> Preview {
    let reader = Reader {
        left: &|| false,
        told: &|_| {},
    };
    let (preview, halt) = ready(deploy::preview::of(plan, cloud, reader));
    assert_eq!(halt, None);
    preview
}

/// Carries a plan out: how it ended, and what was said.
pub fn run(cloud: &impl Cloud, plan: &Plan, reviewed: Option<Reviewed>) -> (Option<Outcome>, String) {
    run_as(cloud, plan, reviewed, 0)
}

/// The same, waiting for somebody else so many seconds.
fn run_as(cloud: &impl Cloud, plan: &Plan, reviewed: Option<Reviewed>, wait: u64) -> (Option<Outcome>, String) {
    let options = Options {
        reviewed,
        wait: Duration::from_secs(wait),
        ..Options::default()
    };
    let mut text = String::new();
    let mut sink = |_: &View, _: &event::Event, new: &[Said]| {
        text.extend(new.iter().map(|said| format!("{}: {}\n", said.subject, said.text)));
    };
    let view = ready(deploy::run(plan, cloud, options, &mut sink));
    (view.outcome, text)
}

fn confirmed(preview: Preview) -> Option<Reviewed> {
    Some(Reviewed {
        preview,
        is_saved: false,
    })
}

/// Looks, and carries out what was seen.
fn apply(cloud: &Simulated, plan: &Plan) -> (Option<Outcome>, String) {
    run(cloud, plan, confirmed(look(cloud, plan)))
}

fn goes_on(cloud: &Simulated, plan: &Plan, what: &str) {
    let (outcome, said) = apply(cloud, plan);
    assert_eq!(outcome, Some(Outcome::Done), "{what}\n{said}");
}

#[test]
fn without_a_fault_nothing_is_taken_for_more() {
    for name in ["hello", "shop"] {
        let plan = example(name);
        let cloud = account(3);
        push(&cloud, &plan, "a");
        goes_on(&cloud, &plan, name);
        goes_on(&cloud, &plan, name);
        push(&cloud, &plan, "b");
        goes_on(&cloud, &plan, name);
    }
}

/// Each of these after the one before, onto one account.
#[test]
fn changes_of_every_kind_go_on_when_they_were_seen() {
    let more = SPEC.replace("services:\n", "  uploads: {use: bucket}\nservices:\n");
    let linked = more.replace("links: {jobs: consume}", "links: {jobs: consume, uploads: write}");
    let routed = linked.replace(
        "services:\n",
        "services:\n  api: {port: 81, memory: 64 MiB, route: /api}\n",
    );
    let steps = [
        ("first", SPEC.to_string()),
        ("a value inside", SPEC.replace("128 MiB", "256 MiB")),
        ("a variable", SPEC.replace("hello", "bye")),
        ("a value that others read", SPEC.replace("30 days", "60 days")),
        (
            "both at once",
            SPEC.replace("30 days", "90 days").replace("128 MiB", "192 MiB"),
        ),
        ("a component", more),
        ("a link to it", linked),
        ("a service", routed.clone()),
        (
            "a port, which makes a group anew",
            routed.replace("port: 80,", "port: 8080,"),
        ),
        ("a service less", SPEC.replace("128 MiB", "192 MiB")),
        ("another cluster size", SPEC.replace("max: 3", "max: 4")),
        ("a zone more", SPEC.replace("zones: 2", "zones: 3")),
    ];
    let cloud = account(5);
    for (what, spec) in steps {
        let plan = planned(&spec);
        push(&cloud, &plan, "a");
        goes_on(&cloud, &plan, what);
    }
}

#[test]
fn requirement_9_what_somebody_else_has_done_meanwhile_is_not_undone_unseen() {
    let (plan, cloud) = (planned(SPEC), account(1));
    push(&cloud, &plan, "a");
    goes_on(&cloud, &plan, "first");
    let preview = look(&cloud, &plan);
    assert!(!preview.changes());
    // Somebody takes a service away.
    let without = planned(&SPEC.replace(
        "  worker: {command: work, memory: 64 MiB, links: {jobs: consume}}\n",
        "",
    ));
    goes_on(&cloud, &without, "another");
    let (outcome, said) = run(&cloud, &plan, confirmed(preview));
    assert_eq!(outcome, Some(Outcome::Stale), "{said}");
    assert!(said.contains("more would be done than was reviewed"), "{said}");
    let line = "WorkerTaskLog (service `worker`) would be added, of which nothing was reviewed (spec.yml:15:3)";
    assert!(said.contains(line), "{said}");
    // Nothing waits to be executed, and once more with a look it is done.
    let left = ready(cloud.list_change_sets("one-shop-base", None)).expect("the stack is there");
    assert_eq!(left.items.len(), 0, "{left:?}");
    goes_on(&cloud, &plan, "again");
}

#[test]
fn a_value_of_upstream_that_replaces_what_nobody_saw_stops() {
    let (plan, cloud) = (planned(SPEC), account(2));
    push(&cloud, &plan, "a");
    goes_on(&cloud, &plan, "first");
    // Another network: what is in it is made anew, which is seen of the cluster only.
    let moved = planned(&SPEC.replace("{zones: 2, nat: single}", "{zones: 2, nat: single, cidr: 10.9.0.0/16}"));
    let preview = look(&cloud, &moved);
    let of_app = preview.stacks().find(|stack| stack.stack == "one-shop");
    assert!(
        of_app.is_some_and(|stack| stack.possible.contains("WebTargetGroup")),
        "{of_app:#?}"
    );
    let (outcome, said) = run(&cloud, &moved, confirmed(preview));
    assert_eq!(outcome, Some(Outcome::Stale), "{said}");
    assert!(
        said.contains("WebTargetGroup (service `web`) would be replaced"),
        "{said}"
    );
    // Seen now, it is done.
    let preview = look(&cloud, &moved);
    let (outcome, said) = run(&cloud, &moved, confirmed(preview));
    assert_ne!(outcome, Some(Outcome::Stale), "{said}");
}

#[test]
fn a_stack_that_is_gone_is_not_made_anew_unseen() {
    let (plan, cloud) = (planned(SPEC), account(4));
    push(&cloud, &plan, "a");
    goes_on(&cloud, &plan, "first");
    let preview = look(&cloud, &plan);
    ready(cloud.delete_stack("one-shop", "somebody", &[])).expect("it can be deleted");
    while ready(cloud.describe_stack("one-shop")).is_ok() {
        ready(cloud.sleep(Duration::from_secs(60)));
    }
    let (outcome, said) = run(&cloud, &plan, confirmed(preview));
    assert_eq!(outcome, Some(Outcome::Stale), "{said}");
    ready(cloud.sleep(Duration::from_secs(60)));
    assert!(ready(cloud.describe_stack("one-shop")).is_err(), "no shell is left");
}

/// Somebody else begins to make a stack what another plan says.
fn begin(cloud: &Simulated, plan: &Plan, stack: &str) {
    let work = plan
        .stacks()
        .find(|work| work.stack == stack)
        .expect("it has that stack");
    let parameters = work.parameters.iter().map(|(id, given)| match given {
        Given::Known(value) => (id.clone(), Some(value.clone())),
        Given::Digest(_) | Given::Kept(_) => (id.clone(), None),
    });
    let token = format!("somebody-{}", cloud.now().0);
    let wish = ChangeSetWish {
        stack: stack.to_string(),
        name: token.clone(),
        token: token.clone(),
        kind: ChangeSetType::Update,
        template: work.template.clone().into(),
        parameters: parameters.collect(),
        capabilities: work.capabilities.clone(),
        about: String::new(),
        drift: false,
    };
    let set = ready(cloud.create_change_set(&wish)).expect("it is taken");
    ready(cloud.sleep(Duration::from_secs(20)));
    ready(cloud.execute_change_set(&set, &token)).expect("it is taken");
    ready(cloud.sleep(Duration::from_secs(5)));
}

#[test]
fn requirement_12_who_waits_for_somebody_else_looks_again() {
    let (plan, cloud) = (planned(SPEC), account(1));
    push(&cloud, &plan, "a");
    goes_on(&cloud, &plan, "first");
    begin(&cloud, &planned(&SPEC.replace("128 MiB", "256 MiB")), "one-shop");
    let told = std::cell::RefCell::new(String::new());
    let tell = |text: &str| told.borrow_mut().push_str(text);
    let reader = Reader {
        left: &|| false,
        told: &tell,
    };
    let state = |wait: u64| {
        let (preview, halt) = ready(deploy::preview::patient(
            &plan,
            &cloud,
            reader,
            Duration::from_secs(wait),
        ));
        assert_eq!(halt, None);
        let stack = preview
            .stacks()
            .find(|stack| stack.stack == "one-shop")
            .expect("it is there")
            .clone();
        (stack.state, stack.changes())
    };
    assert_eq!(state(0), (StackState::Locked, false));
    assert!(!told.borrow().contains("is waited for"));
    assert_eq!(
        state(3600),
        (StackState::Deployed, true),
        "what the other did is undone, and that is seen"
    );
    assert!(
        told.borrow()
            .contains("one-shop: another operation is under way, and is waited for")
    );
}

#[test]
fn requirement_12_what_somebody_else_did_while_waited_for_is_not_undone_unseen() {
    let (plan, cloud) = (planned(SPEC), account(1));
    push(&cloud, &plan, "a");
    goes_on(&cloud, &plan, "first");
    for (other, expected) in [
        // What it undoes was not seen.
        (SPEC.replace("128 MiB", "256 MiB"), Outcome::Stale),
        // There is nothing to undo any more.
        (SPEC.to_string(), Outcome::Done),
    ] {
        let preview = look(&cloud, &plan);
        begin(&cloud, &planned(&other), "one-shop");
        let (outcome, said) = run_as(&cloud, &plan, confirmed(preview), 7200);
        assert_eq!(outcome, Some(expected), "{said}");
        if expected == Outcome::Stale {
            assert!(
                said.contains("WebService (service `web`) would change in place"),
                "{said}"
            );
        }
    }
}
