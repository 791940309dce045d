//! `status`, `logs` and `run` over the simulated cloud, on `examples/shop` as it runs.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use loadline::cloud::outside::LogLine;
use loadline::cloud::{Cloud, Moment};
use loadline::deploy::event::{Event, What};
use loadline::deploy::single::{Finish, Single, single};
use loadline::deploy::watch::{Level, Outcome, Said, View};
use loadline::operate::logs::{self, Entry, Line, Reader, Wish};
use loadline::operate::roster::Roster;
use loadline::operate::run;
use loadline::operate::status::{self, Gravity, Status};
use loadline::plan::{self, Plan, When};
use loadline::simulate::Simulated;
use loadline::simulate::fault::Fault;
use loadline::source::Memory;
use loadline::template::Format;
use loadline::{Request, compile};

use crate::killed::{Mortal, ready as prepared};
use crate::ready::ready;

/// A project of `examples/`, as a plan and as what runs.
fn project(name: &str) -> (Plan, Roster) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    let mut world = Memory::default();
    for entry in fs::read_dir(folder).expect("the example is there") {
        let path = entry.expect("an entry").path();
        let file = path.file_name().expect("a name").to_string_lossy().into_owned();
        world = world.with(file, fs::read(&path).expect("it can be read"));
    }
    let request = Request {
        path: ".".to_string(),
        format: Format::Json,
        ..Request::default()
    };
    let compiled = compile(&world, &request).expect("it can be read");
    let plan = plan::of(&compiled.spec, &compiled.graph, &compiled.templates, &compiled.sources);
    let tasks = plan::runnable(&compiled.spec, &compiled.graph, &compiled.sources);
    let roster = Roster::of(&plan, &tasks);
    (plan, roster)
}

/// The shop, as it runs.
struct Shop {
    roster: Roster,
    mortal: Mortal,
}

fn shop(faults: &[&str]) -> Shop {
    let (plan, roster) = project("shop");
    let mortal = prepared(&plan, false);
    // The count of web rises to its least once it is there.
    ready(mortal.cloud.sleep(Duration::from_secs(600)));
    let faults: Vec<Fault> = faults
        .iter()
        .map(|fault| fault.parse().expect("it is a fault"))
        .collect();
    mortal.cloud.inject(&faults);
    Shop { roster, mortal }
}

impl Shop {
    fn cloud(&self) -> &Simulated {
        &self.mortal.cloud
    }

    fn pass(&self, seconds: u64) {
        ready(self.cloud().sleep(Duration::from_secs(seconds)));
    }

    fn status(&self) -> Status {
        ready(status::of(&self.roster, self.cloud(), &|_| {})).expect("it is answered")
    }

    /// What is read of `target`, until `left` says so.
    fn read(&self, target: Option<&str>, wish: &Wish, left: &dyn Fn() -> bool) -> Vec<Entry> {
        let chosen = logs::choose(&self.roster, target).expect("it is there");
        let mut entries = Vec::new();
        let mut take = |entry: Entry| {
            entries.push(entry);
            ControlFlow::Continue(())
        };
        let reader = Reader { left, told: &|_| {} };
        ready(logs::read(&chosen, self.cloud(), wish, reader, &mut take)).expect("it is answered");
        entries
    }

    /// Runs a task: how it ended, its output, what was said of it.
    fn run(&self, name: &str, wanted: Single<'_>) -> (Finish, Vec<String>, Vec<Said>, View) {
        let (app, runnable) = run::task(&self.roster, "shop", name).expect("it is there");
        let (mut output, mut said) = (Vec::new(), Vec::new());
        let mut sink = |_: &View, event: &Event, new: &[Said]| {
            if let What::Output { lines, .. } = &event.what {
                output.extend(lines.iter().map(|line| line.text.clone()));
            }
            said.extend_from_slice(new);
        };
        let (view, finish) = ready(single(&runnable.task, &app.logs, self.cloud(), wanted, &mut sink));
        (finish, output, said, view)
    }
}

fn wanted(left: &dyn Fn() -> bool) -> Single<'_> {
    Single {
        command: None,
        timeout: None,
        is_detached: false,
        token: "one".to_string(),
        started_by: "loadline/ana".to_string(),
        left,
    }
}

fn lines(entries: &[Entry]) -> Vec<&Line> {
    let lines = entries.iter().filter_map(|entry| match entry {
        Entry::Line(line) => Some(line),
        Entry::Event(_) => None,
    });
    lines.collect()
}

fn at(entry: &Entry) -> Moment {
    match entry {
        Entry::Line(line) => line.at,
        Entry::Event(event) => event.at,
    }
}

#[test]
fn a_status_says_what_runs_where() {
    let shop = shop(&[]);
    let before = shop.cloud().requests();
    let status = shop.status();
    assert_eq!(status.attention, Vec::new());
    let [cluster] = &status.clusters[..] else {
        panic!("there is one cluster");
    };
    assert_eq!(cluster.name, "production");
    assert!(cluster.lease.is_none() && cluster.instances.len() >= 3);
    assert!(
        cluster
            .instances
            .iter()
            .all(|one| one.connected && one.memory.1 <= one.memory.0)
    );
    let app = cluster.apps.iter().find(|app| app.name == "shop").expect("the app");
    assert_eq!(app.images[0].repository, "shop");
    assert_eq!(app.images[0].digest, format!("sha256:{}", "a".repeat(64)));
    let web = &app.services[0];
    assert_eq!(
        (web.name.as_str(), web.desired, web.running, web.healthy),
        ("web", 4, 4, 4)
    );
    assert_eq!(
        (web.revision.as_str(), web.targets),
        ("production-shop-web:1", Some((4, 4)))
    );
    assert!(web.rollout.is_none() && web.copies.len() == 4);
    assert!(
        web.copies
            .iter()
            .all(|copy| copy.instance.is_some() && copy.zone.is_some() && copy.heard)
    );
    let room: BTreeMap<&str, i64> = cluster
        .room
        .iter()
        .map(|room| (room.service.as_str(), room.copies))
        .collect();
    assert_eq!(room.keys().copied().collect::<Vec<_>>(), ["web", "worker"]);
    // A worker reserves half of the memory that a copy of web does.
    assert!(room["worker"] > room["web"], "{room:?}");
    let tasks: Vec<(&str, &When)> = app.tasks.iter().map(|task| (task.name.as_str(), &task.when)).collect();
    let at_night = When::Schedule("cron(0 3 * * ? *)".to_string());
    assert_eq!(
        tasks,
        [
            ("migrate", &When::BeforeDeploy),
            ("report", &at_night),
            ("console", &When::Manual)
        ]
    );
    assert!(
        app.tasks[0]
            .last
            .as_ref()
            .is_some_and(|last| last.well && last.exit == Some(0))
    );
    assert!(app.tasks[1].last.is_none());

    let asked: u64 = shop.cloud().requests().values().sum::<u64>() - before.values().sum::<u64>();
    assert!(asked <= 16, "{asked} requests: {:?}", shop.cloud().requests());
}

#[test]
fn a_status_finds_room_as_the_scheduler_does() {
    let shop = shop(&[]);
    let status = shop.status();
    let room = status.clusters[0]
        .room
        .iter()
        .find(|room| room.service == "web")
        .expect("web has room");
    // Each instance takes so many more copies of 256 CPU units and 1,024 MiB.
    let fits = status.clusters[0]
        .instances
        .iter()
        .map(|one| (one.cpu.1 / 256).min(one.memory.1 / 1024));
    assert_eq!(room.copies, fits.sum::<i64>());
}

#[test]
fn a_status_names_copies_that_nobody_hears_of() {
    let shop = shop(&["agent-disconnected@1s"]);
    shop.pass(5);
    let status = shop.status();
    let silent = status.clusters[0]
        .instances
        .iter()
        .find(|one| !one.connected)
        .expect("one is silent");
    let texts: Vec<String> = status
        .attention
        .iter()
        .map(|one| format!("{}: {}", one.about, one.text))
        .collect();
    let about = format!("instance {}", silent.id);
    assert!(
        texts
            .iter()
            .any(|text| text.starts_with(&about) && text.contains("does not answer")),
        "{texts:?}"
    );
    let lost = texts
        .iter()
        .find(|text| text.starts_with("shop/"))
        .expect("a service is told of");
    assert!(
        lost.contains(" of ") && lost.contains(&silent.id) && lost.contains(&silent.zone),
        "{lost}"
    );
    let usable = status.clusters[0].instances.iter().filter(|one| one.connected);
    let most: i64 = usable.map(|one| (one.cpu.1 / 256).min(one.memory.1 / 1024)).sum();
    let room = status.clusters[0].room.iter().find(|room| room.service == "web");
    assert_eq!(
        room.map(|room| room.copies),
        Some(most),
        "there is no room on what takes no task"
    );
}

#[test]
fn a_status_shows_a_rollout_as_it_goes_on() {
    let (plan, roster) = project("shop");
    let mut seen = BTreeSet::new();
    // Looks at what is there after so many requests of a deployment that was killed then.
    for left in (60..400).step_by(20) {
        let mortal = prepared(&plan, false);
        mortal.stop_after(left);
        if mortal.deploy_as(&plan, loadline::deploy::Options::default()).is_some() {
            break;
        }
        let status = ready(status::of(&roster, &mortal.cloud, &|_| {})).expect("it is answered");
        for service in &status.clusters[0]
            .apps
            .iter()
            .find(|app| app.name == "shop")
            .expect("the app")
            .services
        {
            let Some(rollout) = &service.rollout else { continue };
            assert!(
                rollout.healthy <= rollout.new && rollout.new <= rollout.asked,
                "{service:?}"
            );
            assert!(
                service.revision.ends_with(":2") && rollout.since <= status.at,
                "{service:?}"
            );
            if rollout.new > 0 && rollout.old > 0 {
                seen.insert(service.name.clone());
            }
        }
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["web", "worker"]);
}

#[test]
fn a_status_says_why_a_rollout_goes_badly() {
    let (plan, roster) = project("shop");
    let mortal = prepared(&plan, false);
    mortal
        .cloud
        .inject(&["image-missing:web".parse().expect("it is a fault")]);
    let (view, _) = mortal
        .deploy_as(&plan, loadline::deploy::Options::default())
        .expect("it has an end");
    assert_eq!(view.outcome, Some(Outcome::RolledBack));
    let status = ready(status::of(&roster, &mortal.cloud, &|_| {})).expect("it is answered");
    let back = status
        .attention
        .iter()
        .find(|one| one.about == "stack production-shop")
        .expect("it went back");
    assert!(
        back.gravity == Gravity::Warning && back.text.contains("UPDATE_ROLLBACK_COMPLETE"),
        "{back:?}"
    );
}

#[test]
fn a_stack_that_is_stuck_needs_attention() {
    let shop = shop(&[]);
    for (status, word) in [
        ("UPDATE_ROLLBACK_FAILED", "stuck on its way back"),
        ("ROLLBACK_COMPLETE", "--recreate"),
        ("UPDATE_FAILED", "half-way"),
    ] {
        *shop.mortal.told.borrow_mut() = Some(("production-shop".to_string(), status, 1));
        let seen = ready(status::of(&shop.roster, &shop.mortal, &|_| {})).expect("it is answered");
        let first = seen.attention.first().expect("something needs attention");
        assert_eq!(
            (first.gravity, first.about.as_str()),
            (Gravity::Bad, "stack production-shop")
        );
        assert!(first.text.contains(word), "{first:?}");
    }
}

#[test]
fn a_status_of_what_is_not_deployed_says_so() {
    let (_, roster) = project("shop");
    let settings = loadline::simulate::Settings {
        seed: 1,
        region: "eu-west-1".to_string(),
        account: "111122223333".to_string(),
    };
    let cloud = Simulated::new(&settings);
    let status = ready(status::of(&roster, &cloud, &|_| {})).expect("it is answered");
    let app = &status.clusters[0]
        .apps
        .iter()
        .find(|app| app.name == "shop")
        .expect("the app");
    assert!(app.stacks.iter().all(|stack| stack.status.is_none()));
    assert!(app.services.iter().all(|service| !service.deployed));
    assert_eq!(status.attention, Vec::new());
}

#[test]
fn a_status_outlives_throttling_and_says_who_deploys() {
    let shop = shop(&["throttled@0s"]);
    let lease = r#"{"version": 1, "who": "bob@desk", "key": "1", "since": "2026-01-01T00:00:00Z", "until": "2999-01-01T00:00:00Z"}"#;
    while ready(shop.cloud().put_parameter("/loadline/production/lease", lease, true)).is_err() {}
    let told = RefCell::new(Vec::new());
    let tell = |text: &str| told.borrow_mut().push(text.to_string());
    let status = ready(status::of(&shop.roster, shop.cloud(), &tell)).expect("it is answered");
    assert_eq!(
        status.clusters[0].lease.as_ref().map(|lease| lease.who.as_str()),
        Some("bob@desk")
    );
    assert!(
        told.borrow().iter().any(|text| text.contains("asked again")),
        "{told:?}"
    );
}

#[test]
fn logs_are_one_story_by_time() {
    let shop = shop(&[]);
    let entries = shop.read(None, &Wish::default(), &|| false);
    assert!(
        entries.windows(2).all(|two| at(&two[0]) <= at(&two[1])),
        "they are sorted"
    );
    let all = lines(&entries);
    let web = all
        .iter()
        .find(|line| line.text == "listening on port 3000")
        .expect("web says so");
    assert_eq!(
        (web.app.as_str(), web.name.as_str(), web.container.as_str()),
        ("shop", "web", "web")
    );
    assert!(web.instance.is_some() && web.zone.is_some(), "{web:?}");
    assert_eq!(web.revision.as_deref(), Some("production-shop-web:1"));
    let events: Vec<&str> = entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Event(event) if event.name == "web" => Some(event.text.as_str()),
            _ => None,
        })
        .collect();
    assert!(events.iter().any(|text| text.starts_with("has started")), "{events:?}");
    assert!(events.contains(&"has reached a steady state."), "{events:?}");

    let only = |target: &str| -> BTreeSet<String> {
        let entries = shop.read(Some(target), &Wish::default(), &|| false);
        lines(&entries).iter().map(|line| line.name.clone()).collect()
    };
    assert_eq!(only("shop/worker"), BTreeSet::from(["worker".to_string()]));
    assert_eq!(only("shop/migrate"), BTreeSet::from(["migrate".to_string()]));
    assert!(only("shop").len() >= 3);
    let wrong = logs::choose(&shop.roster, Some("shop/wbe")).expect_err("there is none");
    assert_eq!(wrong.hint, "did you mean `web`?");
    let wrong = logs::choose(&shop.roster, Some("shoop")).expect_err("there is none");
    assert_eq!(
        (wrong.message.as_str(), wrong.hint.as_str()),
        ("there is no app `shoop`", "did you mean `shop`?")
    );
}

#[test]
fn logs_are_narrowed_by_text_task_container_and_time() {
    let shop = shop(&[]);
    let all = shop.read(Some("shop/web"), &Wish::default(), &|| false);
    let id = lines(&all)[0].task.clone();
    let wish = |change: fn(&mut Wish, &str)| {
        let mut wish = Wish::default();
        change(&mut wish, &id);
        wish
    };
    let read = |wish: &Wish| shop.read(Some("shop/web"), wish, &|| false);
    let found = read(&wish(|wish, _| wish.text = "listening".to_string()));
    assert!(found.len() == 4 && lines(&found).len() == 4, "{found:?}");
    let found = read(&wish(|wish, id| wish.task = Some(id[..8].to_string())));
    assert!(
        !lines(&found).is_empty() && lines(&found).iter().all(|line| line.task == id),
        "{found:?}"
    );
    assert!(lines(&read(&wish(|wish, _| wish.container = Some("proxy".to_string())))).is_empty());
    let late = Wish {
        since: shop.cloud().now(),
        ..Wish::default()
    };
    assert!(read(&late).is_empty());
    assert!(read(&wish(|wish, _| wish.errors = true)).is_empty());
}

#[test]
fn pages_are_read_to_their_end_and_merged() {
    let shop = shop(&[]);
    let now = shop.cloud().now();
    for number in 0..450i64 {
        let stream = format!("web/web/{}", number % 3);
        let line = LogLine {
            at: Moment(now.0 + number),
            text: format!("line {number}"),
        };
        shop.cloud().write_log("/loadline/production/shop/web", &stream, line);
    }
    let wish = Wish {
        since: now,
        ..Wish::default()
    };
    let entries = shop.read(Some("shop/web"), &wish, &|| false);
    let texts: Vec<&str> = lines(&entries).iter().map(|line| line.text.as_str()).collect();
    let expected: Vec<String> = (0..450).map(|number| format!("line {number}")).collect();
    assert_eq!(texts, expected);
}

/// Follows while a line is written before each look, every fourth of them late.
fn followed(faults: &[&str], looks: usize) -> (Vec<String>, usize) {
    let shop = shop(faults);
    let since = shop.cloud().now();
    let look = Cell::new(0usize);
    let left = || {
        let number = look.replace(look.get() + 1);
        if number < looks {
            let late = if number % 4 == 3 { 40_000 } else { 0 };
            let line = LogLine {
                at: Moment((shop.cloud().now().0 - late).max(since.0)),
                text: format!("line {number}"),
            };
            shop.cloud()
                .write_log("/loadline/production/shop/web", "web/web/0", line);
        }
        // Late lines are looked for less often.
        number >= looks + 10
    };
    let wish = Wish {
        since,
        follows: true,
        text: "line".to_string(),
        ..Wish::default()
    };
    let entries = shop.read(Some("shop/web"), &wish, &left);
    let texts = lines(&entries).iter().map(|line| line.text.clone()).collect();
    (texts, look.get())
}

#[test]
fn following_shows_each_line_once_late_ones_too() {
    for faults in [&[][..], &["throttled@5s"][..]] {
        let (texts, _) = followed(faults, 40);
        let unique: BTreeSet<&String> = texts.iter().collect();
        assert_eq!((texts.len(), unique.len()), (40, 40), "{faults:?}: {texts:?}");
    }
}

#[test]
fn who_wants_no_more_lines_gets_no_more() {
    let shop = shop(&[]);
    let chosen = logs::choose(&shop.roster, None).expect("all of it");
    let mut taken = 0;
    let mut take = |_: Entry| {
        taken += 1;
        if taken == 5 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let wish = Wish {
        follows: true,
        ..Wish::default()
    };
    let reader = Reader {
        left: &|| false,
        told: &|_| {},
    };
    ready(logs::read(&chosen, shop.cloud(), &wish, reader, &mut take)).expect("it is answered");
    assert_eq!(taken, 5);
}

#[test]
fn a_crash_is_told_among_the_lines() {
    let (plan, roster) = project("shop");
    let mortal = prepared(&plan, false);
    let since = mortal.cloud.now();
    mortal.cloud.inject(&["crash:web".parse().expect("it is a fault")]);
    mortal
        .deploy_as(&plan, loadline::deploy::Options::default())
        .expect("it has an end");
    let shop = Shop { roster, mortal };
    let wish = Wish {
        since,
        errors: true,
        ..Wish::default()
    };
    let entries = shop.read(Some("shop/web"), &wish, &|| false);
    assert!(
        lines(&entries).iter().all(|line| line.text.contains("fatal")),
        "{entries:?}"
    );
    assert!(!lines(&entries).is_empty());
    let stops = entries.iter().filter(|entry| match entry {
        Entry::Event(event) => {
            event.task.is_some() && event.level == Level::Bad && event.text.contains("exited with 1")
        }
        Entry::Line(_) => false,
    });
    assert!(stops.count() >= 3, "{entries:?}");
}

#[test]
fn a_task_runs_as_it_is_deployed() {
    let shop = shop(&[]);
    let (finish, output, said, view) = shop.run("console", wanted(&|| false));
    assert_eq!(finish, Finish::Exited(0), "{said:?}");
    assert_eq!(output[0], "booting");
    assert!(
        output.last().is_some_and(|line| line.starts_with("done in")),
        "{output:?}"
    );
    let task = view.once.expect("it was seen");
    assert_eq!(task.started_by, "loadline/ana");
    assert!(
        task.task_definition
            .ends_with("task-definition/production-shop-console:1")
    );

    // The migration of a release is found in its own stack, and another command is its container's.
    let command = vec!["rake".to_string(), "db:version".to_string()];
    let wish = Single {
        command: Some(command),
        token: "two".to_string(),
        ..wanted(&|| false)
    };
    let (finish, output, ..) = shop.run("migrate", wish);
    assert_eq!(
        (finish, output[0].as_str()),
        (Finish::Exited(0), "booting: rake db:version")
    );
}

#[test]
fn the_exit_code_is_the_tasks_own_and_its_cause_is_told() {
    for (fault, expected, name) in [
        ("migration-fails:console", Finish::Exited(1), "app-exited"),
        ("oom:console", Finish::Exited(137), "out-of-memory"),
    ] {
        let shop = shop(&[fault]);
        redefine(&shop);
        let (finish, _, said, view) = shop.run("console", wanted(&|| false));
        assert_eq!(finish, expected, "{fault}: {said:?}");
        let causes: Vec<String> = view.causes.told().iter().map(|cause| cause.name.clone()).collect();
        assert!(causes.iter().any(|cause| cause == name), "{fault}: {causes:?}");
    }
}

/// A fault acts on what is newer than itself: the same release again, with another image.
fn redefine(shop: &Shop) {
    let (plan, _) = project("shop");
    shop.mortal
        .deploy_as(&plan, loadline::deploy::Options::default())
        .expect("it has an end");
}

#[test]
fn a_task_that_does_not_start_has_no_exit_code() {
    let shop = shop(&["image-missing:console"]);
    redefine(&shop);
    let (finish, output, said, view) = shop.run("console", wanted(&|| false));
    assert!(matches!(finish, Finish::Unknown(_)), "{finish:?}");
    assert!(output.is_empty());
    assert_eq!(view.causes.told()[0].name, "image-not-found", "{said:?}");
}

#[test]
fn whoever_leaves_stops_the_task() {
    let shop = shop(&[]);
    let looks = Cell::new(0);
    let left = || {
        looks.set(looks.get() + 1);
        looks.get() > 4
    };
    let (finish, _, _, view) = shop.run("console", wanted(&left));
    assert_eq!((finish, view.outcome), (Finish::Left, Some(Outcome::Interrupted)));
    let task = view.once.expect("it was seen");
    assert!(
        task.stopped.is_some() && task.stop_code.as_deref() == Some("UserInitiated"),
        "{task:?}"
    );

    let wish = Single {
        timeout: Some(Duration::from_secs(3)),
        token: "two".to_string(),
        ..wanted(&|| false)
    };
    let (finish, _, _, view) = shop.run("console", wish);
    assert_eq!(finish, Finish::TimedOut);
    assert!(view.once.is_some_and(|task| task.stopped.is_some()));
}

#[test]
fn a_task_can_be_left_alone_from_the_start() {
    let shop = shop(&[]);
    let wish = Single {
        is_detached: true,
        ..wanted(&|| false)
    };
    let (finish, ..) = shop.run("console", wish);
    let Finish::Started(arn) = finish else {
        panic!("{finish:?}");
    };
    let found = ready(shop.cloud().describe_tasks("production", std::slice::from_ref(&arn))).expect("it is answered");
    assert_eq!(found[0].arn, arn);
    assert!(found[0].stopped.is_none());
    let status = shop.status();
    let app = status.clusters[0]
        .apps
        .iter()
        .find(|app| app.name == "shop")
        .expect("the app");
    assert_eq!(app.tasks[2].running.len(), 1);
}

#[test]
fn output_comes_once_while_requests_are_refused() {
    let shop = shop(&["throttled@0s"]);
    let (finish, output, ..) = shop.run("console", wanted(&|| false));
    assert_eq!(finish, Finish::Exited(0));
    let unique: BTreeSet<&String> = output.iter().collect();
    assert!(unique.len() == output.len() && output.len() == 3, "{output:?}");
}

#[test]
fn a_task_of_a_stack_that_is_not_there_is_not_run() {
    let (_, roster) = project("shop");
    let settings = loadline::simulate::Settings {
        seed: 1,
        region: "eu-west-1".to_string(),
        account: "111122223333".to_string(),
    };
    let cloud = Simulated::new(&settings);
    let (app, runnable) = run::task(&roster, "shop", "console").expect("it is there");
    let mut sink = |_: &View, _: &Event, _: &[Said]| {};
    let (_, finish) = ready(single(&runnable.task, &app.logs, &cloud, wanted(&|| false), &mut sink));
    let Finish::Unknown(why) = finish else {
        panic!("{finish:?}");
    };
    assert!(why.contains("loadline apply"), "{why}");
}

#[test]
fn names_that_are_no_task_are_answered_with_those_that_are() {
    let (_, roster) = project("shop");
    let said = |app: &str, task: &str| {
        let unknown = run::task(&roster, app, task).expect_err("it is none");
        format!("{}; {}", unknown.message, unknown.hint)
    };
    assert_eq!(
        said("shop", "consol"),
        "there is no task `consol`; did you mean `console`?"
    );
    assert_eq!(
        said("shop", "x"),
        "there is no task `x`; there is `migrate`, `report`, `console`"
    );
    assert_eq!(said("sho", "console"), "there is no app `sho`; did you mean `shop`?");
    let service = said("shop", "web");
    assert!(
        service.starts_with("`web` is a service") && service.contains("`console`"),
        "{service}"
    );
}

#[test]
fn the_log_of_a_migration_that_ends_well_is_told() {
    let (plan, _) = project("shop");
    let mortal = prepared(&plan, true);
    let mut told = Vec::new();
    let mut sink = |_: &View, _: &Event, said: &[Said]| told.extend_from_slice(said);
    let options = loadline::deploy::Options::default();
    ready(loadline::deploy::run(&plan, &mortal.cloud, options, &mut sink));
    let said = told
        .iter()
        .find(|said| said.subject == "shop: migrate" && said.level == Level::Good)
        .expect("it ended well");
    let texts: Vec<&str> = said.lines.iter().map(|line| line.text.as_str()).collect();
    assert!(texts.first() == Some(&"booting") && texts.len() == 3, "{texts:?}");
}
