//! What has served is kept, and gone back to: over the simulated cloud, whatever is gone meanwhile, and wherever it is killed.

use std::time::Duration;

use loadline::cloud::Cloud;
use loadline::cloud::outside::Object;
use loadline::deploy::archive;
use loadline::deploy::lease::Holder;
use loadline::deploy::preview::{Reader, of};
use loadline::deploy::releases::Releases;
use loadline::deploy::watch::Outcome;
use loadline::deploy::{self, Options};
use loadline::operate::rollback::{self, Back, Refusal, choose, way};
use loadline::plan::Plan;
use loadline::plan::preview::Preview;
use loadline::simulate::Simulated;
use loadline::simulate::fault::Fault;

use crate::killed::Mortal;
use crate::preview::{SPEC, empty, planned};
use crate::ready::ready;

const STACK: &str = "one-shop";
const RECORD: &str = "/loadline/one/apps/shop/release";

fn spec() -> String {
    let secrets = "secrets: {URL: \"ssm:/shop/url\", KEY: \"secretsmanager:shop/keys#stripe\", WORD: \"ssm:word\"}";
    SPEC.replace("{GREETING: hello}", &format!("{{GREETING: canary}}\n{secrets}"))
}

fn digest(digit: char) -> String {
    format!("sha256:{}", digit.to_string().repeat(64))
}

fn by(who: &str) -> Options {
    Options {
        lease: Some(Holder {
            who: who.to_string(),
            key: who.to_string(),
        }),
        ..Options::default()
    }
}

fn back_to(number: u64) -> Options {
    Options {
        back: Some(number),
        ..by("ana@laptop")
    }
}

/// How it ended, and what was said.
fn run<C: Cloud>(plan: &Plan, cloud: &C, options: Options) -> (Option<Outcome>, String) {
    let mut said = String::new();
    let view = ready(deploy::run(plan, cloud, options, &mut |_, _, new| {
        said.extend(new.iter().map(|said| format!("{}: {}\n", said.subject, said.text)));
    }));
    (view.outcome, said)
}

fn deploy<C: Cloud>(plan: &Plan, cloud: &C) -> String {
    let (outcome, said) = run(plan, cloud, by("ana@laptop"));
    assert_eq!(outcome, Some(Outcome::Done), "{said}");
    said
}

/// An account in which two releases have served, one after the other.
fn two() -> (Simulated, Plan) {
    let (cloud, plan) = (empty(), planned(&spec()));
    for digit in ['a', 'b'] {
        cloud.push_image("shop", &digest(digit));
        deploy(&plan, &cloud);
    }
    (cloud, plan)
}

fn history<C: Cloud>(cloud: &C) -> Releases {
    ready(archive::releases(cloud, "one", "shop")).expect("it is answered")
}

fn serves<C: Cloud>(cloud: &C) -> Option<u64> {
    history(cloud).serving().map(|release| release.number)
}

fn find<C: Cloud>(cloud: &C, to: Option<u64>) -> Result<Back, Refusal> {
    let history = ready(rollback::history(cloud, "one", "shop", &|_| {})).expect("it is answered");
    let release = choose(&history, "shop", to)?;
    ready(way(cloud, "one", "shop", release, &|_| {}))
}

/// Goes back to a release, and says what of it was said.
fn go_back<C: Cloud>(cloud: &C, to: Option<u64>) -> String {
    let back = find(cloud, to).expect("there is a way");
    assert_eq!(back.unseen, Vec::<String>::new());
    let (outcome, said) = run(&back.plan, cloud, back_to(back.release.number));
    assert_eq!(outcome, Some(Outcome::Done), "{said}");
    said
}

fn image<C: Cloud>(cloud: &C) -> String {
    let stack = ready(cloud.describe_stack(STACK)).expect("it is there");
    stack.parameters["ShopImage"].clone()
}

fn look(plan: &Plan, cloud: &Simulated) -> Preview {
    let reader = Reader {
        left: &|| false,
        told: &|_| {},
    };
    let (preview, halt) = ready(of(plan, cloud, reader));
    assert_eq!(halt, None);
    preview
}

fn gone(refusal: Result<Back, Refusal>) -> Vec<String> {
    match refusal {
        Err(Refusal::Gone(gone)) => gone,
        other => panic!("something is gone: {other:?}"),
    }
}

fn nowhere(refusal: Result<Back, Refusal>) -> String {
    match refusal {
        Err(Refusal::Nowhere(why)) => why,
        other => panic!("there is no way: {other:?}"),
    }
}

#[test]
fn the_release_before_serves_again() {
    let (cloud, _) = two();
    assert_eq!((serves(&cloud), image(&cloud)), (Some(2), digest('b')));
    let tasks = cloud.requests()["RunTask"];
    let back = find(&cloud, None).expect("there is a way");
    let preview = look(&back.plan, &cloud);
    let stacks: Vec<&str> = preview.stacks().map(|stack| stack.stack.as_str()).collect();
    assert_eq!(stacks, [STACK]);
    assert!(preview.changes());
    let said = go_back(&cloud, None);
    assert!(said.contains("release 1 serves again"), "{said}");
    assert_eq!((serves(&cloud), image(&cloud)), (Some(1), digest('a')));
    assert_eq!(cloud.requests()["RunTask"], tasks, "a migration does not run");
    let why = nowhere(find(&cloud, None));
    assert!(
        why.contains("no other release of shop served before release 1"),
        "{why}"
    );
    // And forward again, by its number.
    go_back(&cloud, Some(2));
    assert_eq!((serves(&cloud), image(&cloud)), (Some(2), digest('b')));
}

#[test]
fn what_is_new_after_it_is_another_release() {
    let (cloud, plan) = two();
    go_back(&cloud, None);
    // What runs is not deployed again, and is no release of its own.
    cloud.push_image("shop", &digest('a'));
    let said = deploy(&plan, &cloud);
    assert!(said.contains("one-shop: no changes\n"), "{said}");
    assert_eq!(history(&cloud).all.len(), 2);
    cloud.push_image("shop", &digest('c'));
    let said = deploy(&plan, &cloud);
    assert!(said.contains("release 3 serves"), "{said}");
    let withdrawn: Vec<bool> = history(&cloud).all.iter().map(|one| one.withdrawn).collect();
    assert_eq!(withdrawn, [false, true, false]);
    let back = find(&cloud, None).expect("there is a way");
    assert_eq!(back.release.number, 1, "release 2 was gone back from");
}

#[test]
fn what_is_not_there_is_no_way() {
    let (cloud, plan) = (empty(), planned(&spec()));
    let why = nowhere(find(&cloud, None));
    assert!(why.contains("no release of shop is on record"), "{why}");
    cloud.push_image("shop", &digest('a'));
    deploy(&plan, &cloud);
    let why = nowhere(find(&cloud, None));
    assert!(why.contains("there is nothing to go back to"), "{why}");
    let why = nowhere(find(&cloud, Some(7)));
    assert!(why.contains("there is no release 7 of shop on record, only 1"), "{why}");
    let why = nowhere(find(&cloud, Some(1)));
    assert!(why.contains("release 1 of shop serves now"), "{why}");
}

#[test]
fn an_image_that_is_gone_is_said_before_anything_is_done() {
    let (cloud, _) = two();
    cloud.delete_image("shop", &digest('a'));
    let sets = cloud.requests()["CreateChangeSet"];
    let gone = gone(find(&cloud, None));
    assert_eq!(gone, [format!("image {} in repository shop", digest('a'))]);
    assert_eq!(cloud.requests()["CreateChangeSet"], sets);
}

#[test]
fn secrets_and_values_that_are_gone_are_all_said() {
    let (cloud, _) = two();
    for secret in ["shop/keys", "/shop/url", "word", "/word"] {
        cloud.take_secret(secret);
    }
    let back = history(&cloud);
    let (_, template) = ready(archive::archived(&cloud, "one", "shop", &back.all[0])).expect("it was kept");
    let read = loadline::plan::preview::reads(&template);
    let read = read.first().expect("services read what their cluster publishes");
    ready(cloud.delete_parameter(read)).expect("it is there");
    let gone = gone(find(&cloud, None));
    let text = gone.join("\n");
    for what in [
        "secret shop/keys in Secrets Manager",
        "secret /shop/url in Systems Manager",
        "secret word in Systems Manager",
        &format!("the value {read}"),
    ] {
        assert!(text.contains(what), "{what}: {text}");
    }
    assert_eq!(gone.len(), 4, "{text}");
    assert!(!cloud.requests().contains_key("GetSecretValue"));
}

#[test]
fn what_is_kept_is_what_was_deployed_or_it_is_not_used() {
    let (cloud, _) = two();
    let first = history(&cloud).all[0].clone();
    let (kept, template) = ready(archive::archived(&cloud, "one", "shop", &first)).expect("it was kept");
    assert_eq!(kept.images["shop"], digest('a'));
    assert!(
        kept.task_definitions["web"].ends_with("task-definition/one-shop-web:1"),
        "{kept:?}"
    );
    assert_eq!(kept.who, "ana@laptop");
    let bucket = ready(cloud.parameter("/loadline/one/v1/artefacts"))
        .expect("it is there")
        .value;
    let object = Object {
        bucket,
        key: format!("templates/{}.json", kept.template),
    };
    ready(cloud.put_object(&object, &template.replace("canary", "other"))).expect("it is taken");
    match find(&cloud, None) {
        Err(Refusal::Aws(error)) => assert!(error.to_string().contains("is not what was kept there"), "{error}"),
        other => panic!("it is refused: {other:?}"),
    }
}

#[test]
fn the_record_is_small_and_tells_no_values() {
    let (cloud, plan) = two();
    for number in 0..12 {
        cloud.push_image("shop", &format!("sha256:{number:064x}"));
        deploy(&plan, &cloud);
    }
    let record = ready(cloud.parameter(RECORD)).expect("it is there").value;
    assert!(record.len() < 2500, "{}", record.len());
    assert!(!record.contains("canary") && !record.contains("shop/keys"), "{record}");
    assert!(record.contains("\"migrate\""), "what has run is in it, too: {record}");
    let numbers: Vec<u64> = history(&cloud).all.iter().map(|one| one.number).collect();
    assert_eq!(numbers, [5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    let kept = archive::key("shop", 14);
    let bucket = ready(cloud.parameter("/loadline/one/v1/artefacts"))
        .expect("it is there")
        .value;
    let kept = ready(cloud.object(&Object { bucket, key: kept })).expect("it was kept");
    assert!(
        !kept.contains("canary"),
        "values of variables stand in the template alone: {kept}"
    );
}

#[test]
fn what_does_not_serve_is_no_release() {
    let (cloud, plan) = two();
    cloud.push_image("shop", &digest('c'));
    let fault: Fault = "crash:web".parse().expect("it is a fault");
    cloud.inject(&[fault]);
    let (outcome, said) = run(&plan, &cloud, by("ana@laptop"));
    assert_eq!(outcome, Some(Outcome::RolledBack), "{said}");
    assert_eq!((history(&cloud).all.len(), serves(&cloud)), (2, Some(2)));
}

#[test]
fn nobody_deploys_while_it_is_gone_back() {
    let (cloud, _) = two();
    let other = r#"{"version": 1, "who": "bob@desk", "key": "1", "since": "2026-01-01T00:00:00Z", "until": "2999-01-01T00:00:00Z"}"#;
    ready(cloud.put_parameter("/loadline/one/lease", other, false)).expect("it is free");
    let back = find(&cloud, None).expect("there is a way");
    let (outcome, said) = run(&back.plan, &cloud, back_to(1));
    assert_eq!(outcome, Some(Outcome::Locked), "{said}");
    assert!(said.contains("bob@desk deploys to one"), "{said}");
}

#[test]
fn without_a_bucket_it_serves_all_the_same() {
    let (cloud, mut plan) = two();
    let name = "/loadline/one/v1/artefacts";
    let bucket = ready(cloud.parameter(name)).expect("it is there").value;
    ready(cloud.delete_parameter(name)).expect("it is there");
    cloud.push_image("shop", &digest('c'));
    plan.stages.remove(0);
    let said = deploy(&plan, &cloud);
    let text = "release 3 serves; later it cannot be gone back to: cluster one has no bucket to keep it in";
    assert!(said.contains(text), "{said}");
    let what = gone(find(&cloud, None));
    assert!(what[0].starts_with("what was kept of release 2"), "{what:?}");
    ready(cloud.put_parameter(name, &bucket, false)).expect("it is free");
    go_back(&cloud, None);
    assert_eq!(serves(&cloud), Some(2));
    let what = gone(find(&cloud, Some(3)));
    assert!(what[0].starts_with("what was kept of release 3"), "{what:?}");
}

#[test]
fn what_is_not_on_record_is_gone_back_from_to_the_last_that_is() {
    let (cloud, plan) = two();
    cloud.push_image("shop", &digest('c'));
    // Nobody's deployment is written down.
    let (outcome, said) = run(&plan, &cloud, Options::default());
    assert_eq!((outcome, image(&cloud)), (Some(Outcome::Done), digest('c')), "{said}");
    go_back(&cloud, None);
    assert_eq!((serves(&cloud), image(&cloud)), (Some(2), digest('b')));
    // One that fails and goes back by itself leaves what was on record.
    cloud.push_image("shop", &digest('d'));
    let fault: Fault = "crash:web".parse().expect("it is a fault");
    cloud.inject(&[fault]);
    let (outcome, _) = run(&plan, &cloud, by("ana@laptop"));
    assert_eq!(outcome, Some(Outcome::RolledBack));
    let back = find(&cloud, None).expect("there is a way");
    assert_eq!(back.release.number, 1);
}

/// All that counts in the end.
fn state(cloud: &Simulated) -> (Option<u64>, String, String, Vec<String>) {
    let stack = ready(cloud.describe_stack(STACK)).expect("it is there");
    let sets = ready(cloud.list_change_sets(STACK, None)).expect("they can be listed");
    let waiting = sets.items.iter().filter(|set| set.execution.as_str() == "AVAILABLE");
    let left = waiting.map(|set| set.name.clone()).collect();
    (serves(cloud), image(cloud), stack.status.0, left)
}

/// Two releases, with the second not begun where `is_back` is false.
fn mortal(is_back: bool) -> (Mortal, Plan) {
    let (mortal, plan) = (Mortal::new(1), planned(&spec()));
    mortal.cloud.push_image("shop", &digest('a'));
    deploy(&plan, &mortal);
    mortal.cloud.push_image("shop", &digest('b'));
    if is_back {
        deploy(&plan, &mortal);
    }
    mortal.asked.set(0);
    (mortal, plan)
}

/// Kills what is done at each of these requests, and does it again. What was wrong.
fn kill(is_back: bool, every: usize) -> Vec<String> {
    let work = |mortal: &Mortal, plan: &Plan| match is_back {
        true => (find(&mortal.cloud, None).map(|back| back.plan), back_to(1)),
        false => (Ok(plan.clone()), by("ana@laptop")),
    };
    let (whole, plan) = mortal(is_back);
    let (first, options) = work(&whole, &plan);
    let (view, said) = whole
        .deploy_as(&first.expect("there is a way"), options)
        .expect("it has an end");
    assert_eq!(view.outcome, Some(Outcome::Done), "{said}");
    let (requests, expected) = (whole.asked.get(), state(&whole.cloud));
    let (numbers, record) = (history(&whole.cloud).all.len(), history(&whole.cloud));
    assert_eq!((numbers, expected.0), (2, Some(if is_back { 1 } else { 2 })));
    let mut wrong = Vec::new();
    for at in (0..requests).rev().step_by(every) {
        for is_sent in [false, true] {
            let (mortal, plan) = mortal(is_back);
            mortal.left.set(Some(at));
            mortal.is_sent.set(is_sent);
            let (first, options) = work(&mortal, &plan);
            let first = first.expect("there is a way");
            assert!(mortal.deploy_as(&first, options).is_none(), "it is killed");
            mortal.left.set(None);
            ready(mortal.cloud.sleep(Duration::from_secs(at as u64 % 40)));
            let (again, options) = work(&mortal, &plan);
            // Only what is left to do after the mark was moved is nothing.
            if let Ok(again) = again {
                let (view, said) = mortal.deploy_as(&again, options).expect("it has an end");
                if view.outcome != Some(Outcome::Done) {
                    wrong.push(format!("{at} {is_sent}: {:?}\n{said}", view.outcome));
                    continue;
                }
            }
            let (state, releases) = (state(&mortal.cloud), history(&mortal.cloud));
            let numbers = |releases: &Releases| -> Vec<(u64, String)> {
                let all = releases.all.iter();
                all.map(|one| (one.number, one.content.clone())).collect()
            };
            if state != expected || numbers(&releases) != numbers(&record) {
                wrong.push(format!("{at} {is_sent}: {state:?} {releases:?}"));
            }
        }
    }
    wrong
}

#[test]
fn a_rollback_that_is_killed_ends_the_same_when_run_again() {
    let wrong = kill(true, 9);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_release_that_is_killed_before_it_is_written_down_is_written_down_when_run_again() {
    // The last requests are those that write.
    let wrong = kill(false, 29);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let (whole, plan) = mortal(false);
    deploy(&plan, &whole);
    let (requests, expected) = (whole.asked.get(), history(&whole.cloud));
    for at in requests - 14..requests {
        let (mortal, plan) = mortal(false);
        mortal.left.set(Some(at));
        assert!(mortal.deploy_as(&plan, by("ana@laptop")).is_none(), "it is killed");
        mortal.left.set(None);
        deploy(&plan, &mortal);
        assert_eq!(history(&mortal.cloud), expected, "{at}");
    }
}
