//! `check` and `forecast` never disagree, and a proof holds of more than small systems.

use loadline::diag::Severity;
use loadline::rollout::Percents;
use loadline::rollout::convergence::Case;
use loadline::rollout::forecast::clock::{Clock, Range};
use loadline::rollout::forecast::declared::{Ground, WhatIf};
use loadline::rollout::forecast::judge::{Verdict, judge};
use loadline::rollout::forecast::system::Course;
use loadline::rollout::health::TargetCheck;
use loadline::rollout::stage::StopPath;
use loadline::rollout::timeline::{Order, Times, run};
use loadline::source::Memory;
use loadline::{Request, compile};

use super::generate::Draw;

/// The codes by which `check` says that there is no room, or that nothing moves.
const ROOM: &[&str] = &[
    "distinct-instances",
    "percent-deadlock",
    "port-clash",
    "static-port",
    "task-too-large",
    "too-few-instances",
    "too-few-interfaces",
];

/// A cluster and an app of a number.
fn spec(number: u64) -> String {
    let mut draw = Draw::new(number);
    let kind = draw.of(&["t3.small", "m7g.large", "c5.large", "m5.xlarge"]);
    let (least, more) = (draw.within(1, 4), draw.within(0, 4));
    let daemon = match draw.chance(30) {
        true => "daemons: {agent: {image: \"nginx:1\", memory: 64 MiB, port: {container: 9, host: 9000}}}\n",
        false => "",
    };
    let most = least + more;
    let mut text = format!(
        "cluster: one\ncapacity: {{instances: {{type: {kind}, count: {{min: {least}, max: {most}}}}}}}\n{daemon}---\napp: \
         shop\ncluster: one\nimage: {{repository: shop}}\nservices:\n"
    );
    for at in 0..draw.within(1, 3) {
        let count = draw.within(1, 6);
        let count = match draw.chance(30) {
            true => format!("{{min: {count}, max: {}, cpu: 60%}}", count + draw.within(0, 6)),
            false => count.to_string(),
        };
        let port = draw.of(&[
            "80",
            "80",
            "80",
            "{container: 80, host: 80}",
            "{container: 80, host: 9000}",
        ]);
        let network = if port == "80" && draw.chance(20) {
            ", network: task"
        } else {
            ""
        };
        let (healthy, surge) = draw.of(&[(100, 200), (100, 200), (50, 100), (90, 110), (100, 125), (75, 150)]);
        let distinct = if draw.chance(15) {
            ", place: {distinct: true}"
        } else {
            ""
        };
        let memory = draw.of(&[64, 256, 512, 1024, 2000, 3500, 7000]);
        let cpu = draw.of(&[0, 128, 256, 1024]);
        text.push_str(&format!(
            "  s{at}: {{count: {count}, port: {port}, memory: {memory} MiB, cpu: {cpu}, rollout: {{healthy: {healthy}%, surge: \
             {surge}%}}{network}{distinct}}}\n"
        ));
    }
    text
}

#[test]
fn what_check_refuses_never_converges() {
    let (mut refused, mut proved) = (0, 0);
    for number in 0..250 {
        let text = spec(number);
        let world = Memory::default().with("spec.yml", text.clone());
        let request = Request {
            path: "spec.yml".to_string(),
            ..Request::default()
        };
        let compiled = compile(&world, &request).expect("the world is in memory");
        let errors: Vec<&str> = compiled
            .diagnostics
            .iter()
            .filter(|fault| fault.code.severity() == Severity::Error)
            .map(|fault| fault.code.name())
            .collect();
        if errors.iter().any(|code| !ROOM.contains(code)) {
            panic!("system {number} is faulty: {errors:?}\n{text}");
        }
        let ground = Ground::of(&compiled.spec, 0, &WhatIf::default()).expect("there are instances");
        let system = ground.system(ground.instances, |member| member.least);
        let converges = judge(&system, Course::Rollout).joint == Verdict::Converges;
        assert!(errors.is_empty() || !converges, "system {number}: {errors:?}\n{text}");
        // The other way round, what surely has no room is refused by both, for one service at least.
        refused += usize::from(!errors.is_empty());
        proved += usize::from(converges);
    }
    assert!(refused > 30 && proved > 30, "{refused} refused, {proved} proved");
}

#[test]
fn a_rollout_takes_as_long_as_was_said() {
    let mut told = 0;
    for number in 0..4_000 {
        let mut draw = Draw::new(number);
        let mut within = |least: u32, most: u32| i64::from(draw.within(least, most));
        let (healthy, surge) =
            [(100, 200), (100, 150), (50, 100), (80, 120), (0, 200), (75, 134)][within(0, 5) as usize];
        let percents = Percents { healthy, surge };
        let clock = Clock {
            target: (within(0, 1) == 1).then(|| {
                let check = TargetCheck {
                    interval: within(5, 30),
                    healthy: 2,
                    unhealthy: within(2, 5),
                };
                (check, within(0, 60))
            }),
            container: None,
            stop: StopPath {
                deregistration: (within(0, 1) == 1).then(|| within(0, 120)),
                timeout: within(1, 60),
            },
            breaker: None,
            bake: 0,
        };
        let (desired, more) = (within(1, 12), within(0, 12));
        let sure = desired + within(0, 4);
        let slots = Range {
            least: sure,
            most: sure + more,
        };
        let Some((_, seconds)) = clock.rollout(desired, percents, slots) else {
            continue;
        };
        let (start, stop) = (clock.start(), clock.stop());
        for _ in 0..4 {
            let case = Case {
                desired,
                percents,
                slots: slots.least + within(0, more as u32),
            };
            let times = Times {
                start: start.least + within(0, (start.most - start.least) as u32),
                stop: stop.least + within(0, (stop.most - stop.least) as u32),
            };
            for order in [Order::StartFirst, Order::StopFirst] {
                let took = run(case, times, order).completed.expect("what surely ends does");
                assert!(
                    seconds.least <= took && took <= seconds.most,
                    "system {number}: {took} s, not {seconds:?}: {case:?} {times:?} {order:?}"
                );
                told += 1;
            }
        }
    }
    assert!(told > 10_000, "{told}");
}
