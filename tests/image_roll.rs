//! `update-ami` over the simulated cloud: what is told before the roll is what happens in it, and nothing but the image changes.

use std::cell::RefCell;
use std::collections::BTreeMap;

use loadline::cloud::Cloud;
use loadline::deploy::watch::{Outcome, View};
use loadline::deploy::{self, Options, preview};
use loadline::operate::image::{self, Survey, Unfit, Wish};
use loadline::plan::{self, Plan, Work};
use loadline::rollout::forecast::declared::{Ground, WhatIf};
use loadline::rollout::forecast::roll::{Manner, Roll, Room};
use loadline::source::Memory;
use loadline::template::Format;
use loadline::{Compiled, Request, compile};

use crate::killed::{Mortal, ready};

const CLUSTER: &str = "\
cluster: far
region: eu-west-1
capacity: {instances: {type: m6i.large, count: {min: 3, max: 6}, roll: {healthy: 100%, surge: 34%, warm-up: 60s}}}
alarms: off
---
";

const APP: &str = "\
app: letters
cluster: far
image: {repository: letters}
services:
  web: {command: serve, count: 4, memory: 512 MiB}
  worker: {command: work, count: 1, memory: 512 MiB, rollout: {healthy: 0%, surge: 100%}}
  pool: {command: work, count: 4, memory: 512 MiB, rollout: {healthy: 50%, surge: 100%}}
";

const PUBLISHED: &str = "/aws/service/ecs/optimized-ami/amazon-linux-2023";

fn compiled(text: &str) -> Compiled {
    let world = Memory::default().with("all.yml", text);
    let request = Request {
        path: "all.yml".to_string(),
        format: Format::Json,
        ..Request::default()
    };
    let compiled = compile(&world, &request).expect("the world is in memory");
    assert!(!compiled.templates.is_empty(), "{:?}", compiled.diagnostics);
    compiled
}

fn planned(compiled: &Compiled) -> Plan {
    plan::of(&compiled.spec, &compiled.graph, &compiled.templates, &compiled.sources)
}

/// A newer image is published, and what AWS tells of the old one and of it.
fn publish(mortal: &Mortal) {
    let put = |name: &str, value: &str| {
        let name = format!("{PUBLISHED}/{name}");
        mortal
            .ask(mortal.cloud.put_parameter(&name, value, true))
            .expect("it is taken");
    };
    for (date, id) in [
        ("20260101", "ami-0123456789abcdef0"),
        ("20260201", "ami-00000000000000002"),
        ("20260301", "ami-00000000000000003"),
    ] {
        let name = format!("al2023-ami-ecs-hvm-2023.0.{date}-kernel-6.1-x86_64");
        let about = format!(
            r#"{{"image_name": "{name}", "image_id": "{id}", "ecs_agent_version": "1.101.0", "ecs_runtime_version": "Docker version 25.0.8"}}"#
        );
        put(&name, &about);
    }
    put("recommended/image_id", "ami-00000000000000003");
}

fn look(mortal: &Mortal, compiled: &Compiled, plan: &Plan, to: Option<&str>) -> Result<Survey, Unfit> {
    let wish = Wish {
        spec: &compiled.spec,
        plan,
        cluster: "far",
        to,
    };
    mortal
        .ask(image::look(wish, &mortal.cloud))
        .expect("nothing is refused")
}

#[test]
fn what_is_told_before_a_roll_is_what_happens_in_it() {
    let compiled = compiled(&format!("{CLUSTER}{APP}"));
    let plan = planned(&compiled);
    let mortal = ready(&plan, false);
    let survey = look(&mortal, &compiled, &plan, None).expect("it can be looked at");
    assert!(survey.is_done(), "nothing newer is published");
    publish(&mortal);
    let survey = look(&mortal, &compiled, &plan, None).expect("it can be looked at");
    assert_eq!(
        (survey.old.id.as_str(), survey.new.id.as_str()),
        ("ami-0123456789abcdef0", "ami-00000000000000003")
    );
    assert_eq!(survey.behind, Some(2));
    assert_eq!(survey.new.date.as_deref(), Some("2026-03-01"));
    // A plan tells of it, and leaves it alone.
    let reader = preview::Reader {
        left: &|| false,
        told: &|_: &str| {},
    };
    let (seen, halt) = mortal.ask(preview::of(&plan, &mortal.cloud, reader));
    assert_eq!(halt, None);
    let newer: Vec<(&str, &str)> = seen
        .newer
        .iter()
        .map(|newer| (newer.stack.as_str(), newer.newest.as_str()))
        .collect();
    assert_eq!(newer, [("far-cluster", "ami-00000000000000003")]);
    assert!(
        seen.stacks()
            .all(|stack| stack.stack != "far-cluster" || !stack.changes())
    );
    let roll = survey.roll.clone().expect("it is known");
    assert_eq!((roll.instances, roll.at_once, roll.fewest, roll.batches), (3, 1, 3, 3));
    let manners: BTreeMap<&str, Manner> = roll.rows.iter().map(|row| (&*row.name, row.manner)).collect();
    assert_eq!(
        manners,
        BTreeMap::from([
            ("web", Manner::StartsFirst),
            ("worker", Manner::StopsFirst(0)),
            ("pool", Manner::StopsFirst(2)),
        ])
    );
    assert!(roll.rows.iter().all(|row| row.room == Room::Surely), "{roll:?}");

    let services: Vec<String> = ["web", "worker", "pool"]
        .map(|name| service(&mortal, &plan, name))
        .to_vec();
    let fewest = RefCell::new(BTreeMap::new());
    let told = RefCell::new(String::new());
    let mut sink = |_: &View, _: &deploy::event::Event, new: &[deploy::watch::Said]| {
        told.borrow_mut().extend(new.iter().map(|said| said.text.as_str()));
        let shown = mortal
            .ask(mortal.cloud.describe_services("far", &services))
            .expect("they are there");
        for one in shown {
            let known = services
                .iter()
                .position(|name| *name == one.name)
                .expect("it was asked for");
            let least = *fewest.borrow().get(&known).unwrap_or(&i64::MAX);
            fewest.borrow_mut().insert(known, least.min(one.running));
        }
    };
    let began = mortal.cloud.now();
    let view = mortal.ask(deploy::run(
        &survey.plan(),
        &mortal.cloud,
        Options::default(),
        &mut sink,
    ));
    assert_eq!(view.outcome, Some(Outcome::Done));
    let told = told.into_inner();
    assert_eq!(
        told.matches("is being emptied").count(),
        3,
        "each instance is told of: {told}"
    );
    let took = mortal.cloud.now().seconds_since(began);
    assert!(
        (roll.seconds.least..=roll.seconds.most).contains(&took),
        "{took} is not in {:?}",
        roll.seconds
    );
    let fewest = fewest.into_inner();
    assert_eq!(fewest[&0], 4, "web keeps serving");
    assert_eq!(fewest[&1], 0, "worker goes down");
    assert!((2..4).contains(&fewest[&2]), "pool dips: {fewest:?}");

    let there = mortal
        .ask(mortal.cloud.describe_stack("far-cluster"))
        .expect("it is there");
    assert_eq!(there.parameters["InstanceImage"], "ami-00000000000000003");
    assert!(look(&mortal, &compiled, &plan, None).is_ok_and(|survey| survey.is_done()));
    // And back again.
    let back = look(&mortal, &compiled, &plan, Some("ami-0123456789abcdef0")).expect("it can be looked at");
    assert_eq!((back.behind, back.new.id.as_str()), (None, "ami-0123456789abcdef0"));
}

/// The physical name of a service.
fn service(mortal: &Mortal, plan: &Plan, name: &str) -> String {
    let mut works = plan.stages.iter().filter_map(|stage| match &stage.work {
        Work::Stack(work) => work.services.iter().find(|one| one.name == name),
        _ => None,
    });
    let service = works.next().expect("it is deployed");
    let resources = mortal.ask(mortal.cloud.list_stack_resources(&service.stack, None));
    let resources = resources.expect("they are listed").items;
    let own = resources
        .iter()
        .find(|one| one.logical == service.logical)
        .expect("it is there");
    own.physical.rsplit('/').next().expect("an ARN has parts").to_string()
}

#[test]
fn nothing_but_the_image_changes() {
    let before = compiled(&format!("{CLUSTER}{APP}"));
    let mortal = ready(&planned(&before), false);
    publish(&mortal);
    let template = mortal.ask(mortal.cloud.template("far-cluster")).expect("it is there");
    // The spec has moved on.
    let text = format!("{CLUSTER}{APP}")
        .replace("max: 6", "max: 9")
        .replace("alarms: off", "alarms: on");
    let after = compiled(&text);
    let plan = planned(&after);
    let survey = look(&mortal, &after, &plan, None).expect("it can be looked at");
    let view = mortal
        .deploy_as(&survey.plan(), Options::default())
        .expect("it has an end")
        .0;
    assert_eq!(view.outcome, Some(Outcome::Done));
    let there = mortal
        .ask(mortal.cloud.describe_stack("far-cluster"))
        .expect("it is there");
    assert_eq!(there.parameters["InstanceImage"], "ami-00000000000000003");
    assert_eq!(there.parameters["InstanceMaximum"], "6");
    assert_eq!(mortal.ask(mortal.cloud.template("far-cluster")), Ok(template));
}

/// A roll of three instances, of a spec with one service.
fn rolled(service: &str, copies: i64, beyond: i64) -> Roll {
    let text =
        format!("{CLUSTER}app: letters\ncluster: far\nimage: {{repository: letters}}\nservices:\n  web: {service}\n");
    let compiled = compiled(&text);
    let ground = Ground::of(&compiled.spec, 0, &WhatIf::default()).expect("it has instances");
    Roll::of(&ground, 3, |_| copies, beyond)
}

#[test]
fn percents_that_move_nothing_at_the_count_of_now_are_told() {
    // With twenty copies two may move, with four none.
    let service = "{command: serve, count: 20, memory: 256 MiB, rollout: {healthy: 90%, surge: 110%}}";
    let moves = rolled(service, 20, 0);
    assert!(moves.is_smooth(), "{moves:?}");
    let stuck = rolled(service, 4, 0);
    assert_eq!(stuck.rows[0].manner, Manner::Stuck);
    assert!(
        stuck.seconds.most >= 3 * 3600,
        "each instance waits an hour: {:?}",
        stuck.seconds
    );
}

#[test]
fn memory_that_the_next_image_may_not_have_is_told() {
    let promised = loadline::catalog::instance("m6i.large")
        .expect("there is such a type")
        .registered as i64
        - 256;
    let service = format!("{{command: serve, count: 6, memory: {} MiB}}", promised / 2 + 4);
    let row = |beyond| rolled(&service, 6, beyond).rows.remove(0);
    assert_eq!(
        (row(0).room, row(0).drifts),
        (Room::Perhaps, false),
        "nothing is known of today"
    );
    assert!(row(16).drifts, "today two fit on each");
    let service = format!("{{command: serve, count: 6, memory: {} MiB}}", promised / 2);
    assert_eq!(rolled(&service, 6, 16).rows[0].room, Room::Surely);
}

#[test]
fn what_has_no_image_to_update_is_refused() {
    let text = format!("{CLUSTER}{APP}");
    let is = |text: &str, deploy: bool| {
        let compiled = compiled(text);
        let plan = planned(&compiled);
        let mortal = ready(&plan, true);
        if deploy {
            mortal.deploy_as(&plan, Options::default()).expect("it has an end");
        }
        look(&mortal, &compiled, &plan, None).expect_err("it is refused")
    };
    assert_eq!(is(&text, false), Unfit::NotDeployed("far-cluster".to_string()));
    let pinned = text.replace("type: m6i.large", "type: m6i.large, image: ami-0aaaaaaaaaaaaaaaa");
    assert_eq!(is(&pinned, true), Unfit::Pinned("ami-0aaaaaaaaaaaaaaaa".to_string()));
    let fargate = text.replace(
        "{instances: {type: m6i.large, count: {min: 3, max: 6}, roll: {healthy: 100%, surge: 34%, warm-up: 60s}}}",
        "{fargate: true}",
    );
    assert_eq!(is(&fargate, true), Unfit::NoInstances);
}
