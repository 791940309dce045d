//! Small systems by chance: what must hold in each moment of each run.

use fastrand::Rng;
use serde_json::{Value, json};

use crate::rollout::bounds::Percents;
use crate::rollout::convergence::{Case, Verdict};
use crate::simulate::account::Progress;

use super::{SERVICE, TASK, Yard, service, web};

/// A service by chance: desired count, percents, fixed port, target group.
struct Draw {
    desired: i64,
    percents: Percents,
    fixed: bool,
    balanced: bool,
    instances: i64,
    managed: bool,
}

fn draw(rng: &mut Rng) -> Draw {
    let healthy = [0, 50, 75, 80, 100][rng.usize(0..5)];
    let surge = [100, 125, 150, 200][rng.usize(0..4)];
    Draw {
        desired: rng.i64(1..=6),
        percents: Percents { healthy, surge },
        fixed: rng.bool(),
        balanced: rng.bool(),
        instances: rng.i64(1..=4),
        managed: rng.bool(),
    }
}

fn definition(draw: &Draw) -> Value {
    let mut definition = web();
    if draw.fixed {
        definition["ContainerDefinitions"][0]["PortMappings"][0]["HostPort"] = json!(3000);
    }
    definition
}

fn properties(draw: &Draw, definition: &str, group: &str) -> Value {
    let mut properties = service(definition, draw.desired, draw.balanced.then_some(group));
    properties["DeploymentConfiguration"]["MinimumHealthyPercent"] = json!(draw.percents.healthy);
    properties["DeploymentConfiguration"]["MaximumPercent"] = json!(draw.percents.surge);
    properties
}

/// Lets time pass while all bounds hold; the answer of CloudFormation.
fn watch(yard: &mut Yard, arn: &str, draw: &Draw, most_seconds: i64) -> Progress {
    for _ in 0..most_seconds {
        yard.pass(1);
        yard.hold_room();
        let shown = yard.service(arn);
        let alive = shown.running + shown.pending;
        assert!(
            alive <= draw.percents.upper(draw.desired).max(draw.desired),
            "{shown:#?}"
        );
        let progress = yard.account.progress(SERVICE, arn);
        if progress != Progress::UnderWay {
            return progress;
        }
    }
    Progress::UnderWay
}

#[test]
fn bounds_and_room_hold_in_every_moment() {
    let mut rng = Rng::with_seed(20_251_130);
    let (mut done, mut stuck) = (0, 0);
    for seed in 0..200 {
        let draw = draw(&mut rng);
        let mut yard = Yard::new(seed).with_instances("m5.large", draw.instances, draw.instances, draw.managed);
        let group = yard.target_group();
        let first = yard.make(TASK, "Web", definition(&draw));
        let arn = yard.make(SERVICE, "Web", properties(&draw, &first, &group));
        let fits = if draw.fixed { draw.instances } else { draw.instances * 7 };
        let case = Case {
            desired: draw.desired,
            percents: draw.percents,
            slots: fits,
        };
        let progress = watch(&mut yard, &arn, &draw, 400);
        if draw.desired > fits {
            assert_ne!(progress, Progress::Done, "seed {seed}");
            stuck += 1;
            continue;
        }
        assert_eq!(progress, Progress::Done, "seed {seed}");
        let second = yard.make(TASK, "Web", definition(&draw));
        yard.update(&arn, &properties(&draw, &second, &group));
        let lower = draw.percents.lower(draw.desired);
        let mut fewest = draw.desired;
        let mut end = Progress::UnderWay;
        for _ in 0..1500 {
            end = watch(&mut yard, &arn, &draw, 1);
            let seen = yard.account.seen(&arn, yard.now);
            fewest = fewest.min(seen.iter().filter(|one| one.healthy).count() as i64);
            if end != Progress::UnderWay {
                break;
            }
        }
        // Nothing fails here by itself, so that the lower bound holds in every moment.
        assert!(fewest >= lower, "seed {seed}: {fewest} of {lower}");
        match case.verdict() {
            Verdict::Converges { .. } => {
                assert_eq!(end, Progress::Done, "seed {seed}: {case:?}");
                done += 1;
            }
            _ => {
                assert_ne!(end, Progress::Done, "seed {seed}: {case:?}");
                stuck += 1;
            }
        }
    }
    assert!(done > 60 && stuck > 20, "{done} converge, {stuck} do not");
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = |seed: u64| {
        let mut yard = Yard::new(seed).with_instances("m5.large", 3, 6, true);
        let group = yard.target_group();
        let first = yard.make(TASK, "Web", web());
        let arn = yard.make(SERVICE, "Web", service(&first, 4, Some(&group)));
        yard.inject(&["instance-lost", "crash:web@200s"]);
        yard.pass(60);
        let second = yard.make(TASK, "Web", web());
        yard.update(&arn, &service(&second, 4, Some(&group)));
        yard.pass(900);
        let shown = yard.service(&arn);
        (
            shown,
            yard.stopped(&arn),
            yard.account.instances("prod").expect("it is there"),
        )
    };
    assert_eq!(run(11), run(11));
    assert_ne!(run(11).0.events, run(12).0.events);
}
