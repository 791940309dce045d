//! What `plan` says of rollouts, over the simulated cloud: on the instances that are registered, with the copies that run.

use std::time::Duration;

use loadline::cloud::Cloud;
use loadline::cloud::outside::Alarm;
use loadline::deploy::watch::Outcome;
use loadline::deploy::{self, Options};
use loadline::plan::Plan;
use loadline::plan::notices::Topic;
use loadline::plan::preview::Preview;
use loadline::plan::rollouts::{Capacity, End, Rollout};
use loadline::simulate::Simulated;
use loadline::simulate::fault::Fault;

use crate::killed::Mortal;
use crate::preview::{empty, planned, push, seen};
use crate::ready::ready;

const CLUSTER: &str = "\
cluster: one
network: {zones: 2, nat: single}
capacity: {instances: {type: t4g.small, count: {min: 2, max: 2}}}
";

const APP: &str = "\
app: shop
cluster: one
image: {repository: shop}
services:
";

/// An app of these services, with the cluster of one instance type.
fn whole(services: &str) -> String {
    format!("{CLUSTER}---\n{APP}{services}")
}

/// The same app on the cluster of another project, whose file says something else than what is deployed.
fn alone(services: &str, cluster: &str) -> String {
    format!("{APP}{services}=====\n{cluster}")
}

/// An account in which a spec runs.
fn running(spec: &str) -> Simulated {
    let cloud = empty();
    push(&cloud);
    carry_out(&planned(spec), &cloud);
    cloud
}

fn carry_out(plan: &Plan, cloud: &Simulated) {
    let view = ready(deploy::run(plan, cloud, Options::default(), &mut |_, _, _| {}));
    assert_eq!(view.outcome, Some(Outcome::Done));
}

fn rollout<'a>(preview: &'a Preview, name: &str) -> &'a Rollout {
    let mut all = preview.rollouts.iter();
    all.find(|one| one.service == name)
        .unwrap_or_else(|| panic!("{name} is rolled out: {:#?}", preview.rollouts))
}

fn why(one: &Rollout) -> &str {
    one.why.as_deref().unwrap_or_default()
}

#[test]
fn the_case_of_the_article_is_refused_on_what_is_there() {
    let cloud = running(&whole("  web: {port: 80, count: 4, memory: 128 MiB}\n"));
    // The file allows five instances; two are all that the deployed cluster ever has.
    let stale = CLUSTER.replace("max: 2", "max: 5");
    let spec = alone(
        "  web: {port: {container: 80, host: 80}, count: 4, memory: 128 MiB}\n",
        &stale,
    );
    let preview = seen(&planned(&spec), &cloud);
    let web = rollout(&preview, "web");
    assert_eq!(web.end, End::Cannot, "{web:#?}");
    assert_eq!(
        why(web),
        "`web`: each of 4 copies wants port 80 of an instance, and there are 2 instances"
    );
    assert_eq!(
        web.capacity,
        Capacity::Registered {
            instances: 2,
            room: 0,
            more: 0
        }
    );
    assert!(web.repairs.iter().any(|one| one.contains("host: 0")), "{web:#?}");
    assert!(
        web.repairs
            .iter()
            .any(|one| one == "allow 5 instances" || one == "allow 4 instances")
    );
    assert_eq!((web.today, web.copies, web.place.line), (4, 4, 5));
    assert_eq!(preview.refused().count(), 1);
}

#[test]
fn a_cluster_that_can_grow_is_never_called_too_small() {
    let cloud = running(&whole("  web: {port: 80, count: 4, memory: 128 MiB}\n"));
    let grown = whole("  web: {port: {container: 80, host: 80}, count: 4, memory: 128 MiB}\n");
    let preview = seen(&planned(&grown.replace("max: 2", "max: 6")), &cloud);
    let web = rollout(&preview, "web");
    assert_eq!(web.end, End::ConvergesAfterMore, "{web:#?}");
    let Capacity::Registered { instances, room, more } = web.capacity else {
        panic!("{web:#?}")
    };
    assert_eq!((instances, room), (2, 4));
    // The copies of today hold no fixed port: four instances would do at best, and five surely.
    assert!((2..=3).contains(&more), "{more}");
    assert!(web.seconds.is_some() && web.waves.is_some());
    assert_eq!(preview.refused().count(), 0);
}

#[test]
fn what_runs_counts_with_its_own_size() {
    let large = "  web: {count: 2, memory: 1300 MiB, rollout: {healthy: 50%}}\n";
    let cloud = running(&whole(large));
    let small = "  web: {count: 2, memory: 500 MiB, rollout: {healthy: 100%}}\n";
    let preview = seen(&planned(&whole(small)), &cloud);
    let web = rollout(&preview, "web");
    // Four small copies would have room, and so says what is declared; beside two large ones there is room for none.
    assert_eq!(web.end, End::Cannot, "{web:#?}");
    assert!(
        why(web).contains("a new copy must start while 2 copies still run"),
        "{web:#?}"
    );
    assert!(web.repairs.iter().any(|one| one == "write `healthy: 50%`"), "{web:#?}");
    let halved = "  web: {count: 2, memory: 500 MiB, rollout: {healthy: 50%}}\n";
    let preview = seen(&planned(&whole(halved)), &cloud);
    assert_eq!(rollout(&preview, "web").end, End::Converges);
}

#[test]
fn services_that_have_room_alone_and_not_together_are_refused_together() {
    let services = |web: i64, api: i64, healthy: &str| {
        format!(
            "  web: {{count: 2, memory: {web} MiB, rollout: {{healthy: {healthy}}}}}\n  \
             api: {{count: 2, memory: {api} MiB, rollout: {{healthy: {healthy}}}}}\n"
        )
    };
    let cloud = running(&whole(&services(500, 500, "50%")));
    let preview = seen(&planned(&whole(&services(510, 510, "50%"))), &cloud);
    assert_eq!(rollout(&preview, "web").end, End::Converges);
    // Each alone has room for a third copy; both together leave none, whichever comes first.
    let spec = services(600, 600, "100%");
    let preview = seen(&planned(&whole(&spec)), &cloud);
    for name in ["web", "api"] {
        let one = rollout(&preview, name);
        assert_eq!(one.end, End::Cannot, "{one:#?}");
        assert!(
            why(one).contains("`web` and `api`")
                || why(one).contains("`api` and `web`")
                || why(one).contains("beside what the others keep"),
            "{one:#?}"
        );
    }
}

#[test]
fn without_a_new_revision_nothing_is_rolled_out() {
    let spec = whole("  web: {count: 2, memory: 128 MiB}\n");
    let cloud = running(&spec);
    assert!(seen(&planned(&spec), &cloud).rollouts.is_empty());
    let more = spec.replace("count: 2", "count: 3");
    let preview = seen(&planned(&more), &cloud);
    assert!(
        preview.changes() && preview.rollouts.is_empty(),
        "{:#?}",
        preview.rollouts
    );
}

#[test]
fn a_first_deployment_counts_with_what_is_declared() {
    let preview = seen(&planned(&whole("  web: {count: 2, memory: 128 MiB}\n")), &empty());
    let web = rollout(&preview, "web");
    assert_eq!(
        (web.end, web.today, web.capacity),
        (End::Converges, 0, Capacity::Declared { instances: 2 })
    );
    assert!(web.waves.is_none() && web.seconds.is_some());
}

#[test]
fn a_new_service_beside_one_that_runs_has_nothing_to_replace() {
    let cloud = running(&whole("  web: {count: 2, memory: 500 MiB}\n"));
    let spec =
        whole("  web: {count: 2, memory: 500 MiB}\n  api: {count: 2, memory: 400 MiB, rollout: {healthy: 50%}}\n");
    let preview = seen(&planned(&spec), &cloud);
    assert_eq!(preview.rollouts.len(), 1, "{:#?}", preview.rollouts);
    let api = rollout(&preview, "api");
    assert_eq!((api.end, api.today), (End::Converges, 0), "{api:#?}");
}

/// An account in which a spec runs, and which may refuse to be looked at.
fn guarded(spec: &str) -> Mortal {
    let mortal = Mortal::new(1);
    let plan = planned(spec);
    mortal.push(&plan, "a");
    let (view, said) = mortal.deploy_as(&plan, Options::default()).expect("it has an end");
    assert_eq!(view.outcome, Some(Outcome::Done), "{said}");
    mortal
}

fn notice(preview: &Preview, topic: Topic) -> Option<&str> {
    let mut all = preview.notices.iter();
    all.find(|one| one.topic == topic).map(|one| one.text.as_str())
}

const PLAIN: &str = "  web: {count: 2, memory: 128 MiB}\n";

#[test]
fn what_may_not_be_looked_at_is_said_and_the_rest_goes_on() {
    let mortal = guarded(&whole(PLAIN));
    let plan = planned(&whole(&PLAIN.replace("128", "256")));
    assert_eq!(seen(&plan, &mortal).notices, []);
    for (method, capacity) in [
        ("container_instances", Capacity::Declared { instances: 2 }),
        (
            "task_definition",
            Capacity::Registered {
                instances: 2,
                room: 0,
                more: 0,
            },
        ),
        (
            "describe_services",
            Capacity::Registered {
                instances: 2,
                room: 0,
                more: 0,
            },
        ),
    ] {
        mortal.denied.borrow_mut().insert(method);
        let preview = seen(&plan, &mortal);
        let web = rollout(&preview, "web");
        assert_eq!((web.end, web.capacity), (End::Converges, capacity), "{method}");
        let said = notice(&preview, Topic::NotRead).expect("it is said");
        assert!(said.contains(&format!("{method} was refused: AccessDenied")), "{said}");
        mortal.denied.borrow_mut().clear();
    }
}

#[test]
fn who_does_not_answer_is_not_waited_for_longer_than_it_is_worth() {
    let mortal = guarded(&whole(PLAIN));
    let plan = planned(&whole(&PLAIN.replace("128", "256")));
    mortal.silent.borrow_mut().insert("container_instances");
    let began = mortal.cloud.now();
    let preview = seen(&plan, &mortal);
    assert!(mortal.cloud.now().since(began) < Duration::from_secs(5 * 60));
    assert_eq!(rollout(&preview, "web").end, End::Converges);
    assert!(notice(&preview, Topic::NotRead).is_some_and(|said| said.contains("could not be asked")));
}

#[test]
fn nothing_is_called_impossible_for_the_size_of_what_nobody_may_look_at() {
    let large = "  web: {count: 2, memory: 1300 MiB, rollout: {healthy: 50%}}\n";
    let small = "  web: {count: 2, memory: 500 MiB, rollout: {healthy: 100%}}\n";
    let mortal = guarded(&whole(large));
    mortal.denied.borrow_mut().insert("task_definition");
    let preview = seen(&planned(&whole(small)), &mortal);
    assert_ne!(rollout(&preview, "web").end, End::Cannot);
}

#[test]
fn alarms_that_cannot_stop_a_rollout_are_named_with_the_users_line() {
    let watched = "  web:\n    count: 2\n    memory: 128 MiB\n    rollout: {alarms: [errors, latency]}\n";
    let mortal = guarded(&whole(watched));
    let plan = planned(&whole(&watched.replace("128", "256")));
    assert_eq!(notice(&seen(&plan, &mortal), Topic::AlarmInAlarm), None);
    *mortal.alarms.borrow_mut() = Some(vec![Alarm {
        name: "errors".to_string(),
        state: "ALARM".to_string(),
        reason: "Threshold Crossed".to_string(),
    }]);
    let preview = seen(&plan, &mortal);
    let said = notice(&preview, Topic::AlarmInAlarm).expect("it is said");
    assert!(
        said.contains("`errors` is in ALARM already (Threshold Crossed)"),
        "{said}"
    );
    let missing = notice(&preview, Topic::AlarmMissing).expect("it is said");
    assert!(missing.contains("there is no alarm `latency`"), "{missing}");
    let place = preview.notices[0].place.as_ref().expect("it has a line");
    assert_eq!((place.file.as_str(), place.line), ("spec.yml", 12));
}

#[test]
fn a_rollout_that_would_be_superseded_is_told() {
    let mortal = guarded(&whole(PLAIN));
    let plan = planned(&whole(&PLAIN.replace("128", "256")));
    let before = seen(&plan, &mortal);
    assert_eq!(notice(&before, Topic::RolloutUnderWay), None);
    mortal.is_rolling.set(true);
    let preview = seen(&plan, &mortal);
    let said = notice(&preview, Topic::RolloutUnderWay).expect("it is said");
    assert!(
        said.contains("(2 of 2 copies run): the new one takes its place"),
        "{said}"
    );
    assert_eq!(
        notice(&preview, Topic::NothingToGoBackTo),
        None,
        "the first one was completed"
    );
    mortal.is_unproven.set(true);
    let preview = seen(&plan, &mortal);
    let said = notice(&preview, Topic::NothingToGoBackTo).expect("it is said");
    assert!(said.contains("nothing to go back to"), "{said}");
    // Who has nothing rolled out is not told of it.
    assert_eq!(seen(&planned(&whole(PLAIN)), &mortal).notices, []);
}

#[test]
fn the_last_failure_is_told_in_one_line() {
    let spec = whole(PLAIN);
    let mortal = guarded(&spec);
    let fault: Fault = "crash:web".parse().expect("it is a fault");
    mortal.cloud.inject(&[fault]);
    let plan = planned(&spec.replace("128", "256"));
    let (view, _) = mortal.deploy_as(&plan, Options::default()).expect("it has an end");
    assert_eq!(view.outcome, Some(Outcome::RolledBack));
    while ready(mortal.cloud.describe_stack("one-shop")).is_ok_and(|stack| stack.status.is_under_way()) {
        ready(mortal.cloud.sleep(Duration::from_secs(60)));
    }
    let preview = seen(&plan, &mortal);
    let said = notice(&preview, Topic::LastOperationFailed).expect("it is said");
    assert!(
        said.contains("UPDATE_ROLLBACK_COMPLETE), first in WebService: "),
        "{said}"
    );
    assert!(!said.contains('\n'), "{said}");
    let told = preview
        .notices
        .iter()
        .find(|one| one.topic == Topic::LastOperationFailed);
    let place = told.and_then(|one| one.place.as_ref()).expect("it has the user's line");
    assert_eq!((place.file.as_str(), place.line), ("spec.yml", 9));
}

#[test]
fn a_silent_agent_is_told_and_its_instance_is_not_counted_on() {
    let mortal = guarded(&whole(PLAIN));
    let fault: Fault = "agent-disconnected@1s".parse().expect("it is a fault");
    mortal.cloud.inject(&[fault]);
    ready(mortal.cloud.sleep(Duration::from_secs(5)));
    let preview = seen(&planned(&whole(&PLAIN.replace("128", "256"))), &mortal);
    let said = notice(&preview, Topic::AgentDisconnected).expect("it is said");
    assert!(said.contains("the agent does not answer on i-0"), "{said}");
    let Capacity::Registered { instances: 1, .. } = rollout(&preview, "web").capacity else {
        panic!("{:#?}", preview.rollouts)
    };
}

#[test]
fn a_value_that_has_moved_since_is_named() {
    let mortal = guarded(&whole(PLAIN));
    let plan = planned(&whole(PLAIN));
    assert_eq!(notice(&seen(&plan, &mortal), Topic::ValueChanged), None);
    ready(mortal.cloud.put_parameter("/loadline/one/v1/provider", "another", true)).expect("it is taken");
    let preview = seen(&plan, &mortal);
    let said = notice(&preview, Topic::ValueChanged).expect("it is said");
    assert!(
        said.contains("`/loadline/one/v1/provider`, which it reads, is now another, and was"),
        "{said}"
    );
}

#[test]
fn what_old_copies_lean_on_and_goes_before_them_is_told() {
    let spec = |components: &str, links: &str| {
        format!(
            "{CLUSTER}---\napp: shop\ncluster: one\nimage: {{repository: shop}}\n{components}services:\n               web: {{count: 2, memory: 128 MiB{links}}}\n"
        )
    };
    let mortal = guarded(&spec("components:\n  jobs: {use: queue}\n", ", links: {jobs: consume}"));
    let preview = seen(&planned(&spec("", "")), &mortal);
    let told: Vec<_> = preview
        .notices
        .iter()
        .filter(|one| one.topic == Topic::StillNeeded)
        .collect();
    assert!(
        told.iter()
            .any(|one| one.text.contains("goes with one-shop-base, and copies of `web`")),
        "{:#?}",
        preview.notices
    );
}

#[test]
fn what_others_hold_may_go_and_proves_nothing() {
    let services = "  web: {count: 2, memory: 500 MiB}\n";
    let cloud = running(&whole(services));
    let plan = planned(&whole(&services.replace("500", "510")));
    assert_eq!(rollout(&seen(&plan, &cloud), "web").end, End::Converges);
    // Another project puts so much beside it that nothing fits any more.
    cloud.push_image("other", &format!("sha256:{}", "c".repeat(64)));
    let other = alone("  api: {count: 4, memory: 500 MiB, rollout: {healthy: 50%}}\n", CLUSTER);
    let other = other
        .replace("app: shop", "app: other")
        .replace("repository: shop", "repository: other");
    carry_out(&planned(&other), &cloud);
    let preview = seen(&plan, &cloud);
    let web = rollout(&preview, "web");
    assert_eq!(web.end, End::MayStall, "{web:#?}");
    assert!(why(web).contains("at worst"), "{web:#?}");
    assert_eq!(preview.refused().count(), 0);
    // Where both are deployed by one project, the other one is known to stay.
    let both = format!(
        "{}---\n{}",
        whole(&services.replace("500", "510")),
        other.split("=====").next().unwrap_or_default()
    );
    let preview = seen(&planned(&both), &cloud);
    let web = rollout(&preview, "web");
    assert_eq!((web.end, preview.rollouts.len()), (End::Cannot, 1), "{web:#?}");
}

#[test]
fn services_of_one_name_are_told_apart() {
    let services = "  web: {count: 2, memory: 128 MiB}\n";
    let other = format!("{APP}{services}").replace("shop", "other");
    let both = |size: &str| format!("{}---\n{}", whole(services), other.replace("128", size));
    let cloud = empty();
    push(&cloud);
    cloud.push_image("other", &format!("sha256:{}", "c".repeat(64)));
    carry_out(&planned(&both("128")), &cloud);
    let preview = seen(&planned(&both("256")), &cloud);
    assert_eq!(preview.rollouts.len(), 1, "{:#?}", preview.rollouts);
    let web = rollout(&preview, "one-other/web");
    assert_eq!((web.end, web.today), (End::Converges, 2));
}
