//! What IAM must allow: the table holds every request that is made of AWS, each command asks for no more than its own, and no policy
//! is longer than IAM takes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use loadline::cloud::actions::{ACTIONS, Purpose};
use loadline::deploy::lease::Holder;
use loadline::deploy::preview::{self, Reader};
use loadline::deploy::watch::{Outcome, View};
use loadline::deploy::{self, Options};
use loadline::operate::destroy::{self, Wish};
use loadline::operate::image;
use loadline::operate::permissions::{Policy, policies};
use loadline::source::Memory;
use loadline::template::Format;
use loadline::{Compiled, Request, compile, plan};

use crate::killed::ready;
use crate::rehearsal::example;

/// The operations that the SDK is asked for, by the names of its methods: `client.describe_stacks()` is `DescribeStacks`.
fn called() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/aws");
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let text = fs::read_to_string(entry.expect("an entry").path()).expect("source is UTF-8");
        for (at, client) in [text.match_indices("client"), text.match_indices("identity")]
            .into_iter()
            .flatten()
        {
            let rest = text[at + client.len()..].trim_start();
            let Some(rest) = rest.strip_prefix('.') else { continue };
            let Some((method, _)) = rest.split_once("()") else {
                continue;
            };
            if !method.contains('_')
                || !method
                    .chars()
                    .all(|letter| letter.is_ascii_lowercase() || letter == '_')
            {
                continue;
            }
            let words = method.split('_').map(|word| word[..1].to_uppercase() + &word[1..]);
            found.insert(words.collect());
        }
    }
    found
}

#[test]
fn every_request_has_its_permission() {
    let listed: BTreeSet<String> = ACTIONS.iter().map(|action| action.operation.to_string()).collect();
    assert_eq!(listed.len(), ACTIONS.len(), "none is listed twice");
    assert_eq!(called(), listed, "src/cloud/actions.rs has what src/aws asks for");
}

/// What a purpose does not cover of what was asked.
fn beyond(purpose: Purpose, asked: impl IntoIterator<Item = &'static str>) -> Vec<&'static str> {
    let covers = |operation: &str| {
        let mut actions = ACTIONS.iter().filter(|action| action.is_for(purpose));
        actions.any(|action| action.operation == operation)
    };
    asked.into_iter().filter(|operation| !covers(operation)).collect()
}

fn leased() -> Options {
    Options {
        lease: Some(Holder {
            who: "ana".to_string(),
            key: "1".to_string(),
        }),
        ..Options::default()
    }
}

/// Somebody who stays.
const READER: Reader<'static> = Reader {
    left: &|| false,
    told: &|_: &str| {},
};

#[test]
fn each_command_asks_for_no_more_than_its_own() {
    let project = example("shop");
    let cloud = ready(&project, true);
    let mut sink = |_: &View, _: &deploy::event::Event, _: &[deploy::watch::Said]| {};
    let asked = || cloud.cloud.requests().into_keys().collect::<Vec<_>>();

    // Of what is not there, and of what is.
    cloud.ask(preview::of(&project, &cloud.cloud, READER));
    assert_eq!(beyond(Purpose::Plan, asked()), Vec::<&str>::new());
    let view = cloud.ask(deploy::run(&project, &cloud.cloud, leased(), &mut sink));
    assert_eq!(view.outcome, Some(Outcome::Done));
    cloud.ask(preview::of(&project, &cloud.cloud, READER));
    assert_eq!(beyond(Purpose::Apply, asked()), Vec::<&str>::new());

    let compiled = shop();
    let wish = image::Wish {
        spec: &compiled.spec,
        plan: &project,
        cluster: "production",
        to: Some("ami-00000000000000001"),
    };
    let survey = cloud.ask(image::look(wish, &cloud.cloud)).expect("nothing is refused");
    let survey = survey.expect("it can be looked at");
    cloud.ask(deploy::run(&survey.plan(), &cloud.cloud, leased(), &mut sink));
    let wish = Wish::App {
        app: "shop".to_string(),
        cluster: "production".to_string(),
        registry: Some(Vec::new()),
    };
    let survey = cloud
        .ask(destroy::look(&wish, &cloud.cloud))
        .expect("nothing is refused");
    cloud.ask(deploy::run(&survey.plan(&wish), &cloud.cloud, leased(), &mut sink));
    let wish = Wish::Cluster {
        cluster: "production".to_string(),
        apps: Vec::new(),
    };
    let survey = cloud
        .ask(destroy::look(&wish, &cloud.cloud))
        .expect("nothing is refused");
    let view = cloud.ask(deploy::run(&survey.plan(&wish), &cloud.cloud, leased(), &mut sink));
    assert_eq!(view.outcome, Some(Outcome::Done));
    assert_eq!(beyond(Purpose::Operate, asked()), Vec::<&str>::new());
}

fn compiled(world: &Memory) -> Compiled {
    let request = Request {
        path: ".".to_string(),
        format: Format::Json,
        ..Request::default()
    };
    compile(world, &request).expect("the world is in memory")
}

fn shop() -> Compiled {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop");
    let mut world = Memory::default();
    for entry in fs::read_dir(folder).expect("the example is there") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        world = world.with(name, fs::read(&path).expect("it can be read"));
    }
    compiled(&world)
}

fn statements(policies: &[Policy]) -> impl Iterator<Item = &serde_json::Value> {
    policies
        .iter()
        .flat_map(|policy| policy.document["Statement"].as_array().expect("it is a list"))
}

#[test]
fn policies_are_short_enough_and_narrow() {
    let shop = shop();
    for purpose in Purpose::ALL {
        let policies = policies(purpose, &shop.spec, &shop.templates);
        assert!(
            !policies.is_empty() && policies.len() <= 10,
            "ten fit on a role: {}",
            policies.len()
        );
        for policy in &policies {
            let text = policy.document.to_string();
            let characters = text.chars().filter(|letter| !letter.is_whitespace()).count();
            assert_eq!(policy.characters, characters);
            assert!(characters <= 6144, "{}: {characters}", policy.name);
        }
        for statement in statements(&policies) {
            let everywhere = statement["Resource"] == serde_json::json!(["*"]);
            let actions = statement["Action"].as_array().expect("it is a list");
            let changes = actions.iter().filter_map(|action| action.as_str()).filter(|action| {
                let (_, name) = action.split_once(':').expect("an action has a service");
                !["Describe", "List", "Get"].iter().any(|verb| name.starts_with(verb))
            });
            let changes: Vec<&str> = changes.collect();
            // Whatever changes something is bound to the project, or to CloudFormation.
            let bound = !statement["Condition"].is_null();
            assert!(!everywhere || bound || changes.is_empty(), "{purpose:?}: {changes:?}");
            assert!(
                !actions.iter().any(|action| *action == "*" || *action == "iam:*"),
                "{actions:?}"
            );
        }
    }
    let plan = policies(Purpose::Plan, &shop.spec, &shop.templates);
    assert_eq!(plan.len(), 1);
    let watch = policies(Purpose::Watch, &shop.spec, &shop.templates);
    let changes = statements(&watch).flat_map(|one| one["Action"].as_array().expect("it is a list"));
    let changes = changes.filter_map(|action| action.as_str()?.split_once(':'));
    let changes = changes.filter(|(_, name)| !["Describe", "List", "Get"].iter().any(|verb| name.starts_with(verb)));
    assert_eq!(changes.count(), 0, "watching changes nothing");
}

#[test]
fn the_policy_for_plan_reads_well() {
    let shop = shop();
    let policies = policies(Purpose::Plan, &shop.spec, &shop.templates);
    insta::assert_snapshot!(format!("{:#}", policies[0].document));
}

#[test]
fn roles_are_those_of_the_project() {
    let world = Memory::default().with(
        "all.yml",
        "cluster: far\ncapacity: {fargate: true}\nresources:\n  Own:\n    Type: AWS::IAM::Role\n    Properties: {RoleName: own, AssumeRolePolicyDocument: {}}\n",
    );
    let compiled = compiled(&world);
    let policies = policies(Purpose::Apply, &compiled.spec, &compiled.templates);
    let roles = statements(&policies).filter(|one| one["Sid"] == "MakeRoles");
    let resources: Vec<&str> = roles
        .flat_map(|one| one["Resource"].as_array().expect("it is a list"))
        .filter_map(|one| one.as_str())
        .collect();
    assert!(resources.contains(&"arn:aws:iam::*:role/own"), "{resources:?}");
    assert!(resources.contains(&"arn:aws:iam::*:role/far-*"), "{resources:?}");
    assert!(resources.iter().all(|one| !one.ends_with(":role/*")), "{resources:?}");
}

#[test]
fn what_was_planned_is_of_the_example() {
    // The plan that requests are counted with is the one that policies are made for.
    let shop = shop();
    let of = plan::of(&shop.spec, &shop.graph, &shop.templates, &shop.sources);
    assert_eq!(of.stages.len(), example("shop").stages.len());
}
