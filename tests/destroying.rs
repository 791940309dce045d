//! `destroy` over the simulated cloud: the order, what stays, what forbids it, and a kill at any request.

use std::collections::BTreeSet;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use loadline::cloud::formation::{ChangeSetType, ChangeSetWish, Template};
use loadline::cloud::{Cloud, ErrorKind};
use loadline::deploy::watch::{Outcome, View};
use loadline::deploy::{self, Options};
use loadline::operate::destroy::{self, Obstacle, Survey, Wish};
use loadline::plan::{self, Plan, Work};
use loadline::source::Memory;
use loadline::template::Format;
use loadline::{Request, compile};
use serde_json::json;

use crate::killed::{Mortal, ready};
use crate::rehearsal::example;

const CLUSTER: &str = "production";

fn app() -> Wish {
    Wish::App {
        app: "shop".to_string(),
        cluster: CLUSTER.to_string(),
        registry: Some(Vec::new()),
    }
}

fn cluster() -> Wish {
    Wish::Cluster {
        cluster: CLUSTER.to_string(),
        apps: vec!["shop".to_string()],
    }
}

/// A cloud in which the shop runs.
fn running(plan: &Plan) -> Mortal {
    ready(plan, false)
}

fn look(mortal: &Mortal, wish: &Wish) -> Survey {
    mortal
        .ask(destroy::look(wish, &mortal.cloud))
        .expect("nothing is refused")
}

/// The removal of everything, data too.
fn destroy_all(mortal: &Mortal, wish: &Wish) -> (View, Survey) {
    let mut survey = look(mortal, wish);
    survey.with_data();
    let mut sink = |_: &View, _: &deploy::event::Event, _: &[deploy::watch::Said]| {};
    let view = mortal.ask(deploy::run(
        &survey.plan(wish),
        &mortal.cloud,
        Options::default(),
        &mut sink,
    ));
    (view, survey)
}

/// Looks, and takes away what may go: what was said, and how it ended; nothing where it was killed.
fn destroy(mortal: &Mortal, wish: &Wish) -> Option<(View, String)> {
    let mut text = String::new();
    let view = {
        let all = async {
            let survey = destroy::look(wish, mortal).await.expect("nothing is refused");
            assert_eq!(survey.obstacles, [], "nothing forbids it");
            let mut sink = |_: &View, _: &deploy::event::Event, new: &[deploy::watch::Said]| {
                text.extend(new.iter().map(|said| format!("{}: {}\n", said.subject, said.text)));
            };
            deploy::run(&survey.plan(wish), mortal, Options::default(), &mut sink).await
        };
        match pin!(all).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(view) => view,
            Poll::Pending => return None,
        }
    };
    Some((view, text))
}

fn is_gone(mortal: &Mortal, stack: &str) -> bool {
    let answer = mortal.ask(mortal.cloud.describe_stack(stack));
    answer.is_err_and(|error| error.kind() == ErrorKind::Missing)
}

fn stacks(plan: &Plan) -> Vec<String> {
    let stacks = plan.stages.iter().filter_map(|stage| match &stage.work {
        Work::Stack(work) => Some(work.stack.clone()),
        _ => None,
    });
    stacks.collect()
}

/// All parameters of loadline that are left.
fn parameters(mortal: &Mortal) -> Vec<String> {
    let (mut found, mut page) = (Vec::new(), None);
    loop {
        let answer = mortal.ask(mortal.cloud.parameters_below("/loadline", true, page.as_deref()));
        let answer = answer.expect("they are listed");
        found.extend(answer.items.into_iter().map(|one| one.name));
        page = answer.next;
        if page.is_none() {
            return found;
        }
    }
}

#[test]
fn an_app_goes_and_then_its_cluster() {
    let plan = example("shop");
    let mortal = running(&plan);
    let survey = look(&mortal, &app());
    let names: Vec<&str> = survey.stacks.iter().map(|found| found.stack.as_str()).collect();
    assert_eq!(
        names,
        [
            "production-shop",
            "production-shop-release",
            "production-shop-base",
            "shop-registry"
        ]
    );
    let stays: BTreeSet<&str> = survey.stays().map(|part| part.physical.as_str()).collect();
    assert!(stays.contains("shop"), "the repository stays: {stays:?}");
    assert!(stays.contains("/loadline/production/shop/web"), "logs stay: {stays:?}");

    let (view, said) = destroy(&mortal, &app()).expect("it has an end");
    assert_eq!(view.outcome, Some(Outcome::Done), "{said}");
    for stack in stacks(&plan).iter().filter(|name| *name != "production-cluster") {
        assert!(is_gone(&mortal, stack), "{stack}");
    }
    assert!(!is_gone(&mortal, "production-cluster"), "nobody asked for that");
    let left = parameters(&mortal);
    assert!(
        left.iter().all(|name| name.starts_with("/loadline/production/v1/")),
        "{left:?}"
    );
    // What stays is there: an image can still be found.
    let image = mortal.ask(mortal.cloud.image_digest("shop", ""));
    assert!(image.is_ok_and(|digest| digest.is_some()));

    let (view, said) = destroy(&mortal, &cluster()).expect("it has an end");
    assert_eq!(view.outcome, Some(Outcome::Done), "{said}");
    assert!(said.contains("instances are emptied and go"), "{said}");
    assert!(is_gone(&mortal, "production-cluster"));
    assert_eq!(parameters(&mortal), Vec::<String>::new());
    assert!(look(&mortal, &app()).is_empty() && look(&mortal, &cluster()).is_empty());
}

#[test]
fn data_goes_only_where_that_is_asked_for() {
    let plan = example("shop");
    let mortal = running(&plan);
    let kept: Vec<(String, String)> = look(&mortal, &app())
        .stays()
        .map(|part| (part.kind.clone(), part.physical.clone()))
        .collect();
    assert!(kept.len() >= 4, "{kept:?}");
    let (view, survey) = destroy_all(&mortal, &app());
    assert_eq!(view.outcome, Some(Outcome::Done));
    assert_eq!(survey.stays().count(), 0);
    for (kind, name) in kept {
        let gone = match kind.as_str() {
            "AWS::Logs::LogGroup" => mortal.ask(mortal.cloud.delete_log_group(&name)),
            "AWS::ECR::Repository" => mortal.ask(mortal.cloud.delete_repository(&name)),
            "AWS::S3::Bucket" => mortal.ask(mortal.cloud.delete_bucket(&name)),
            other => panic!("{other} is none of these"),
        };
        assert!(gone.is_err_and(|error| error.kind() == ErrorKind::Missing), "{name}");
    }
    let (view, _) = destroy_all(&mortal, &cluster());
    assert_eq!(view.outcome, Some(Outcome::Done));
}

#[test]
fn a_cluster_with_apps_is_refused() {
    let plan = example("shop");
    let mortal = running(&plan);
    let survey = look(&mortal, &cluster());
    let apps = Obstacle::Apps {
        cluster: CLUSTER.to_string(),
        apps: vec!["shop".to_string()],
    };
    assert_eq!(survey.obstacles, std::slice::from_ref(&apps));
    assert_eq!(apps.outcome(), Outcome::Failed);
    assert!(apps.words().1.contains("loadline destroy . shop --cluster production"));
    // One that the spec does not know, too.
    let alone = Wish::Cluster {
        cluster: CLUSTER.to_string(),
        apps: Vec::new(),
    };
    assert_eq!(look(&mortal, &alone).obstacles, [apps]);
}

#[test]
fn a_stack_of_somebody_else_is_never_touched() {
    let plan = example("shop");
    let mortal = ready(&plan, true);
    let template = json!({
        "Description": "The shop. Made by hand.",
        "Resources": {"Log": {"Type": "AWS::Logs::LogGroup"}},
    });
    let wish = ChangeSetWish {
        stack: "production-shop".to_string(),
        name: "theirs".to_string(),
        token: "theirs".to_string(),
        kind: ChangeSetType::Create,
        template: Template::Body(template.to_string()),
        parameters: Vec::new(),
        capabilities: Vec::new(),
        about: String::new(),
        drift: false,
    };
    let cloud = &mortal.cloud;
    let id = mortal.ask(cloud.create_change_set(&wish)).expect("it is taken");
    // Even before it is more than a change set.
    let foreign = [Obstacle::Foreign {
        stack: "production-shop".to_string(),
    }];
    mortal.ask(cloud.sleep(Duration::from_secs(10)));
    let survey = look(&mortal, &app());
    assert_eq!((survey.obstacles, survey.stacks), (foreign.to_vec(), Vec::new()));
    mortal
        .ask(cloud.execute_change_set(&id, "theirs"))
        .expect("it is taken");
    mortal.ask(cloud.sleep(Duration::from_secs(60)));
    let survey = look(&mortal, &app());
    assert_eq!((&survey.obstacles[..], survey.stacks.len()), (&foreign[..], 0));
    assert_eq!(survey.plan(&app()).stages.len(), 0, "no plan has it");
}

#[test]
fn protection_and_other_operations_are_respected() {
    let plan = example("shop");
    let mortal = running(&plan);
    mortal.cloud.protect_stack("production-shop-base", true);
    let survey = look(&mortal, &app());
    let stack = "production-shop-base".to_string();
    assert_eq!(survey.obstacles, [Obstacle::Protected { stack }]);
    assert!(
        survey.obstacles[0]
            .words()
            .1
            .contains("--no-enable-termination-protection")
    );
    mortal.cloud.protect_stack("production-shop-base", false);

    *mortal.told.borrow_mut() = Some(("production-shop".to_string(), "UPDATE_IN_PROGRESS", usize::MAX));
    let survey = mortal.ask(destroy::look(&app(), &mortal)).expect("nothing is refused");
    let busy = &survey.obstacles[..];
    assert!(matches!(busy, [Obstacle::Busy { .. }]), "{busy:?}");
    assert_eq!(busy[0].outcome(), Outcome::Locked);
}

#[test]
fn repositories_that_another_cluster_runs_from_are_kept() {
    let plan = example("shop");
    let mortal = running(&plan);
    let wish = Wish::App {
        app: "shop".to_string(),
        cluster: "staging".to_string(),
        registry: Some(vec![CLUSTER.to_string()]),
    };
    let survey = look(&mortal, &wish);
    let shared = Obstacle::Shared {
        stack: "shop-registry".to_string(),
        clusters: vec![CLUSTER.to_string()],
    };
    assert_eq!(survey.obstacles, [shared]);
}

#[test]
fn what_cannot_be_deleted_is_explained_and_deleted_the_next_time() {
    let plan = example("shop");
    let mortal = running(&plan);
    destroy(&mortal, &app()).expect("it has an end");
    // A service that no stack has holds the cluster.
    let template = json!({
        "Description": "A stranger.",
        "Resources": {
            "Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": {
                "Family": "stranger",
                "ContainerDefinitions": [{"Name": "a", "Image": "nginx", "Memory": 64}],
            }},
            "Service": {"Type": "AWS::ECS::Service", "Properties": {
                "Cluster": CLUSTER, "TaskDefinition": {"Ref": "Task"}, "DesiredCount": 0,
            }},
        },
    });
    let wish = ChangeSetWish {
        stack: "stranger".to_string(),
        name: "theirs".to_string(),
        token: "theirs".to_string(),
        kind: ChangeSetType::Create,
        template: Template::Body(template.to_string()),
        parameters: Vec::new(),
        capabilities: Vec::new(),
        about: String::new(),
        drift: false,
    };
    let cloud = &mortal.cloud;
    let id = mortal.ask(cloud.create_change_set(&wish)).expect("it is taken");
    mortal.ask(cloud.sleep(Duration::from_secs(10)));
    mortal
        .ask(cloud.execute_change_set(&id, "theirs"))
        .expect("it is taken");
    mortal.ask(cloud.sleep(Duration::from_secs(120)));
    let (view, said) = destroy(&mortal, &cluster()).expect("it has an end");
    assert_eq!(view.outcome, Some(Outcome::Failed), "{said}");
    assert!(said.contains("production (Cluster)"), "{said}");
    let causes = view.causes.told();
    assert!(
        causes
            .iter()
            .any(|cause| cause.quote.contains("ClusterContainsServices")),
        "{causes:?}"
    );
    assert!(
        causes.iter().any(|cause| cause.remedy.contains("`loadline recover`")),
        "{causes:?}"
    );

    mortal
        .ask(cloud.delete_stack("stranger", "gone", &[]))
        .expect("it is taken");
    mortal.ask(cloud.sleep(Duration::from_secs(300)));
    let (view, said) = destroy(&mortal, &cluster()).expect("it has an end");
    assert_eq!(view.outcome, Some(Outcome::Done), "{said}");
    assert!(is_gone(&mortal, "production-cluster"));
}

#[test]
fn instances_that_are_protected_are_let_go() {
    let spec = "cluster: far\nregion: eu-west-1\ncapacity: {instances: {type: m7g.large, protect: true}}\n";
    let world = Memory::default().with("far.yml", spec);
    let request = Request {
        path: "far.yml".to_string(),
        format: Format::Json,
        ..Request::default()
    };
    let compiled = compile(&world, &request).expect("the world is in memory");
    let plan = plan::of(&compiled.spec, &compiled.graph, &compiled.templates, &compiled.sources);
    let wish = Wish::of(&compiled.spec, None, Some("far"), false).expect("it is clear");

    // What `destroy` is for: a plain deletion hangs on them.
    let mortal = running(&plan);
    mortal
        .ask(mortal.cloud.delete_stack("far-cluster", "plain", &[]))
        .expect("it is taken");
    mortal.ask(mortal.cloud.sleep(Duration::from_secs(3600)));
    let there = mortal.ask(mortal.cloud.describe_stack("far-cluster"));
    assert!(there.is_ok_and(|stack| stack.status.as_str() == "DELETE_IN_PROGRESS"));

    let mortal = running(&plan);
    let began = mortal.cloud.now();
    let (view, said) = destroy(&mortal, &wish).expect("it has an end");
    assert_eq!(view.outcome, Some(Outcome::Done), "{said}");
    assert!(said.contains("3 instances are emptied and go"), "{said}");
    assert!(mortal.cloud.now().seconds_since(began) < 1800);
}

#[test]
fn what_is_meant_is_told_by_names() {
    let of = |text: &str, app: Option<&str>, cluster: Option<&str>| {
        let world = Memory::default().with("all.yml", text);
        let request = Request {
            path: "all.yml".to_string(),
            ..Request::default()
        };
        let compiled = compile(&world, &request).expect("the world is in memory");
        let wish = Wish::of(&compiled.spec, app, cluster, true);
        wish.map(|wish| format!("{wish:?}")).map_err(|unclear| unclear.message)
    };
    let clusters = "cluster: near\ncapacity: {fargate: true}\n---\ncluster: far\ncapacity: {fargate: true}\n---\n";
    let app = "app: shop\nimage: {repository: shop}\nservices: {web: {}}\nclusters: {near: {}, far: {}}\n";
    let both = format!("{clusters}{app}");
    let unclear = of(&both, None, None).expect_err("it is on two");
    assert!(
        unclear.contains("is on near, far") || unclear.contains("is on far, near"),
        "{unclear}"
    );
    let near = of(&both, Some("shop"), Some("near")).expect("it is clear");
    assert!(near.contains("registry: Some([\"far\"])"), "{near}");
    let alone = of(&both, None, Some("far")).expect("it is clear");
    assert!(
        alone.contains("Cluster { cluster: \"far\", apps: [\"shop\"] }"),
        "{alone}"
    );
    let gone = of(&both, Some("old"), Some("far")).expect("it goes by its name");
    assert!(gone.contains("app: \"old\""), "{gone}");
    assert!(of(&both, Some("old"), None).is_err());
}

/// Kills the removal of an app, or of a cluster, at each of these requests, and runs it again.
fn kill(wish: &Wish, prepare: impl Fn() -> Mortal, every: usize) -> Vec<String> {
    let whole = prepare();
    whole.asked.set(0);
    let (view, said) = destroy(&whole, wish).expect("it has an end");
    assert_eq!(view.outcome, Some(Outcome::Done), "{said}");
    let (requests, expected) = (whole.asked.get(), parameters(&whole));
    let mut wrong = Vec::new();
    for at in (0..requests).step_by(every) {
        for is_sent in [false, true] {
            let mortal = prepare();
            mortal.left.set(Some(at));
            mortal.is_sent.set(is_sent);
            assert!(destroy(&mortal, wish).is_none(), "it is killed");
            mortal.left.set(None);
            mortal.ask(mortal.sleep(Duration::from_secs(at as u64 % 40)));
            let (view, said) = destroy(&mortal, wish).expect("it has an end");
            if view.outcome != Some(Outcome::Done) {
                wrong.push(format!("{at}, sent: {is_sent}: {:?}\n{said}", view.outcome));
            }
            let left = look(&mortal, wish);
            if !left.is_empty() || parameters(&mortal) != expected {
                wrong.push(format!("{at}, sent: {is_sent}: {left:?}"));
            }
        }
    }
    wrong
}

#[test]
fn the_removal_of_an_app_that_is_killed_ends_the_same_when_run_again() {
    let plan = example("shop");
    let wrong = kill(&app(), || running(&plan), 9);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_removal_of_a_cluster_that_is_killed_ends_the_same_when_run_again() {
    let mut plan = example("shop");
    plan.until(plan::until::Until::Cluster);
    let wrong = kill(&cluster(), || running(&plan), 1);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
