//! Systems on the edge of each inequality: one more or one less, and the verdict is another. Each was reckoned by hand.

use loadline::rollout::Percents;
use loadline::rollout::forecast::judge::{Stall, Verdict, Way, judge};
use loadline::rollout::forecast::proof::{Crowd, prove};
use loadline::rollout::forecast::refute::{Limit, Moment, refute};
use loadline::rollout::forecast::steps::Steps;
use loadline::rollout::forecast::system::{Course, Group, Mark, Measure, Service, Shape, Side, Standing, System};
use loadline::rollout::ports::HostPort;

use super::generate::small;
use super::soundness;

/// Instances of one kind: how many, and how much memory each has.
fn on(count: i64, memory: i64) -> System {
    with(&[(count, memory)])
}

fn with(groups: &[(i64, i64)]) -> System {
    let groups = groups.iter().map(|(count, memory)| Group {
        name: "any".into(),
        count: *count,
        least: [1_000_000, *memory, 1_000, 1_000],
        most: [1_000_000, *memory, 1_000, 1_000],
        taken: Vec::new(),
    });
    System {
        groups: groups.collect(),
        marks: vec![
            Mark::Port(HostPort { number: 80, udp: false }),
            Mark::Alone("one".into()),
        ],
        ..System::default()
    }
}

fn shape(memory: i64) -> Shape {
    Shape {
        amounts: [0, memory, 0, 0],
        marks: Vec::new(),
    }
}

fn service(desired: i64, healthy: i64, surge: i64, old: Shape, new: Shape) -> Service {
    Service {
        name: "one".into(),
        desired,
        percents: Percents { healthy, surge },
        old,
        new,
        fenced: false,
    }
}

fn and(mut system: System, one: Service) -> System {
    system.services.push(one);
    system
}

/// A service of tasks of one size that starts first.
fn plain(desired: i64, memory: i64) -> Service {
    service(desired, 100, 200, shape(memory), shape(memory))
}

/// What the inequalities alone say: it ends, it cannot, or nothing.
fn says(system: &System, course: Course) -> &'static str {
    let proved = prove(system, course, Crowd::Settled).iter().all(Option::is_some);
    let refuted = !refute(system, course, Side::Most).is_empty();
    match (proved, refuted) {
        (true, false) => "ends",
        (false, true) => "cannot",
        (false, false) => "open",
        (true, true) => panic!("both: {system:?}"),
    }
}

#[test]
fn the_edge_of_each_inequality() {
    let roll = Course::Rollout;
    let ported = |desired: i64, healthy: i64| {
        let port = Shape {
            marks: vec![0],
            ..shape(1)
        };
        service(desired, healthy, 200, port.clone(), port)
    };
    let measured = |measure: Measure, amount: i64| {
        let mut one = Shape::default();
        one.amounts[measure.at()] = amount;
        one
    };
    let all = [
        // Two slots an instance, four in all: a rollout of three has room, one of four has not.
        ("slots to spare", on(2, 20), vec![plain(3, 10)], roll, "ends"),
        ("no slot to spare", on(2, 20), vec![plain(4, 10)], roll, "cannot"),
        (
            "all slots at first",
            on(2, 20),
            vec![plain(4, 10)],
            Course::Fill,
            "ends",
        ),
        ("a slot too few", on(2, 20), vec![plain(5, 10)], Course::Fill, "cannot"),
        ("a MiB too few", on(2, 19), vec![plain(3, 10)], Course::Fill, "cannot"),
        (
            "stop first needs no slot",
            on(2, 20),
            vec![service(4, 75, 100, shape(10), shape(10))],
            roll,
            "ends",
        ),
        // Half an instance blocks a task of all of it: two of them block two instances, three instances are needed.
        (
            "one large, two small",
            on(4, 20),
            vec![plain(1, 20), plain(2, 10)],
            roll,
            "ends",
        ),
        (
            "one large, three small",
            on(4, 20),
            vec![plain(1, 20), plain(3, 10)],
            roll,
            "open",
        ),
        ("a task that just fits", on(2, 20), vec![plain(1, 20)], roll, "ends"),
        ("a task that does not", on(2, 19), vec![plain(1, 20)], roll, "cannot"),
        // The task leaves 20 − 12 beside it: a neighbour of 8 does not block it, one of 9 does.
        (
            "a neighbour beside it",
            on(2, 20),
            vec![plain(1, 12), plain(1, 8)],
            roll,
            "ends",
        ),
        (
            "a neighbour in its way",
            on(2, 20),
            vec![plain(1, 12), plain(1, 9)],
            roll,
            "open",
        ),
        ("ports to spare", on(4, 20), vec![ported(3, 100)], roll, "ends"),
        ("no port to spare", on(4, 20), vec![ported(4, 100)], roll, "cannot"),
        ("a port to stop first", on(4, 20), vec![ported(4, 75)], roll, "ends"),
        ("a port too few", on(4, 20), vec![ported(5, 75)], roll, "cannot"),
        (
            "two want the port",
            on(5, 20),
            vec![ported(2, 100), ported(2, 100)],
            roll,
            "ends",
        ),
        (
            "two want it in vain",
            on(4, 20),
            vec![ported(2, 100), ported(2, 100)],
            roll,
            "cannot",
        ),
        // Old ones of 10 stay until new ones of 20 have come: 10 + 20 on one instance.
        (
            "a larger one beside",
            on(1, 30),
            vec![service(1, 100, 200, shape(10), shape(20))],
            roll,
            "ends",
        ),
        (
            "a larger one, not beside",
            on(1, 29),
            vec![service(1, 100, 200, shape(10), shape(20))],
            roll,
            "cannot",
        ),
        // The last new copy needs all new ones and an old one.
        (
            "the last beside an old one",
            on(1, 50),
            vec![service(2, 100, 200, shape(10), shape(20))],
            roll,
            "ends",
        ),
        (
            "the last not beside one",
            on(1, 49),
            vec![service(2, 100, 200, shape(10), shape(20))],
            roll,
            "cannot",
        ),
        (
            "the last where one may stop",
            on(1, 40),
            vec![service(2, 50, 200, shape(10), shape(20))],
            roll,
            "ends",
        ),
        // The first new copy needs those that must stay, larger ones of today.
        (
            "the first beside all",
            on(1, 50),
            vec![service(2, 100, 200, shape(20), shape(10))],
            roll,
            "ends",
        ),
        (
            "the first not beside all",
            on(1, 49),
            vec![service(2, 100, 200, shape(20), shape(10))],
            roll,
            "cannot",
        ),
        // Two services, each of which must start first: the copies of both and one more.
        (
            "one more of two",
            on(1, 30),
            vec![plain(1, 10), plain(1, 10)],
            roll,
            "ends",
        ),
        (
            "no more of two",
            on(1, 29),
            vec![plain(1, 10), plain(1, 10)],
            roll,
            "cannot",
        ),
        // What others may stop is not counted against it.
        (
            "others may go",
            on(1, 20),
            vec![plain(1, 10), service(1, 0, 200, shape(10), shape(10))],
            roll,
            "open",
        ),
        (
            "125 percent of three",
            on(9, 20),
            vec![service(3, 100, 125, shape(1), shape(1))],
            roll,
            "cannot",
        ),
        (
            "134 percent of three",
            on(9, 20),
            vec![service(3, 100, 134, shape(1), shape(1))],
            roll,
            "ends",
        ),
        (
            "66 percent of three",
            on(9, 20),
            vec![service(3, 66, 100, shape(1), shape(1))],
            roll,
            "ends",
        ),
        (
            "67 percent of three",
            on(9, 20),
            vec![service(3, 67, 100, shape(1), shape(1))],
            roll,
            "cannot",
        ),
        ("nothing runs", on(1, 1), vec![plain(0, 10)], roll, "ends"),
        // More than half an instance each: one an instance, though the sum would fit.
        (
            "halves",
            on(3, 20),
            vec![plain(2, 11), plain(1, 12)],
            Course::Fill,
            "ends",
        ),
        (
            "one half too many",
            on(3, 20),
            vec![plain(2, 11), plain(2, 12)],
            Course::Fill,
            "cannot",
        ),
        // Sums of 8 and 12 come to 20 but never to 19: an instance of 19 takes one.
        (
            "no sum in between",
            on(2, 19),
            vec![plain(2, 8), plain(1, 12)],
            Course::Fill,
            "open",
        ),
        // Each measure counts.
        (
            "CPU",
            on(1, 20),
            vec![service(
                2,
                50,
                100,
                measured(Measure::Cpu, 500_000),
                measured(Measure::Cpu, 500_000),
            )],
            roll,
            "ends",
        ),
        (
            "too much CPU",
            on(1, 20),
            vec![service(
                2,
                50,
                100,
                measured(Measure::Cpu, 500_001),
                measured(Measure::Cpu, 500_001),
            )],
            roll,
            "cannot",
        ),
        (
            "GPUs",
            on(1, 20),
            vec![service(
                2,
                50,
                100,
                measured(Measure::Gpus, 500),
                measured(Measure::Gpus, 500),
            )],
            roll,
            "ends",
        ),
        (
            "too many GPUs",
            on(1, 20),
            vec![service(
                2,
                50,
                100,
                measured(Measure::Gpus, 501),
                measured(Measure::Gpus, 501),
            )],
            roll,
            "cannot",
        ),
        (
            "interfaces",
            on(1, 20),
            vec![service(
                2,
                50,
                100,
                measured(Measure::Interfaces, 500),
                measured(Measure::Interfaces, 500),
            )],
            roll,
            "ends",
        ),
        (
            "too many interfaces",
            on(1, 20),
            vec![service(
                2,
                50,
                100,
                measured(Measure::Interfaces, 501),
                measured(Measure::Interfaces, 501),
            )],
            roll,
            "cannot",
        ),
        // Of two kinds, those that are too small do not count, and each counts with what it has.
        (
            "a kind too small",
            with(&[(5, 9), (2, 20)]),
            vec![plain(3, 10)],
            roll,
            "ends",
        ),
        (
            "a kind too small, full",
            with(&[(5, 9), (2, 20)]),
            vec![plain(4, 10)],
            roll,
            "cannot",
        ),
        (
            "kinds by their size",
            with(&[(1, 10), (1, 40)]),
            vec![plain(4, 10)],
            roll,
            "ends",
        ),
        (
            "kinds by their size, full",
            with(&[(1, 10), (1, 40)]),
            vec![plain(5, 10)],
            roll,
            "cannot",
        ),
        // Whichever goes first meets the other as it was.
        (
            "the very first",
            on(1, 50),
            vec![
                service(1, 100, 200, shape(20), shape(10)),
                service(1, 100, 200, shape(20), shape(10)),
            ],
            roll,
            "ends",
        ),
        (
            "not even the very first",
            on(1, 49),
            vec![
                service(1, 100, 200, shape(20), shape(10)),
                service(1, 100, 200, shape(20), shape(10)),
            ],
            roll,
            "cannot",
        ),
        // Many services, of which the sums alone are looked at.
        ("one more of thirty", on(1, 31), vec![plain(1, 1); 30], roll, "ends"),
        ("no more of thirty", on(1, 30), vec![plain(1, 1); 30], roll, "cannot"),
        ("all slots of many", on(24, 20), vec![plain(1, 10); 48], roll, "cannot"),
        (
            "a slot more than many",
            on(25, 20),
            vec![plain(1, 10); 48],
            roll,
            "ends",
        ),
        // Once the one that shrinks has ended, there is room for the other.
        (
            "one after another",
            on(2, 40),
            vec![
                service(1, 0, 200, shape(30), shape(10)),
                service(1, 100, 200, shape(15), shape(20)),
            ],
            roll,
            "ends",
        ),
    ];
    let mut faults = Vec::new();
    for (what, system, services, course, expected) in all {
        let system = services.into_iter().fold(system, and);
        let said = says(&system, course);
        if said != expected {
            faults.push(format!("{what}: {said}, not {expected}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn what_was_not_tried_to_the_end_is_not_known() {
    // Some system that converges, which only trying shows.
    let tried = |number: &u64| {
        let small = small(*number);
        let judgement = judge(&soundness::system(&small), soundness::course(&small));
        small.more == 0 && judgement.way == Way::Search && judgement.joint == Verdict::Converges
    };
    let number = (0..).find(tried).expect("there is one");
    let (system, course) = (soundness::system(&small(number)), soundness::course(&small(number)));
    // With instances that take nothing there are too many to try any.
    let mut wide = system.clone();
    wide.groups.push(Group {
        count: 12,
        least: [0; 4],
        most: [0; 4],
        ..wide.groups[0].clone()
    });
    assert!(matches!(judge(&wide, course).joint, Verdict::Unproven(_)));
    // With tasks that take nothing there are too many states.
    let deep = (0..3).fold(system, |system, _| and(system, plain(7, 0)));
    assert!(matches!(judge(&deep, course).joint, Verdict::Unproven(_)));
}

#[test]
fn a_refutation_has_its_numbers() {
    let port = Shape {
        marks: vec![0],
        ..shape(1)
    };
    let want = |desired| service(desired, 50, 200, port.clone(), port.clone());
    let system = and(and(on(4, 20), want(2)), want(3));
    let found = &refute(&system, Course::Rollout, Side::Most)[0];
    assert_eq!((&found.limit, found.needed, found.there), (&Limit::Mark(0), 5, 4));
    let system = and(on(2, 20), plain(4, 10));
    let found = &refute(&system, Course::Rollout, Side::Most)[0];
    assert_eq!(found.moment, Moment::First(0));
    assert_eq!((found.needed, found.there), (5, 4));
    let system = and(and(and(on(3, 20), plain(2, 11)), plain(2, 11)), plain(1, 9));
    let found = &refute(&system, Course::Fill, Side::Most)[0];
    assert_eq!(found.limit, Limit::Count(shape(11)));
    assert_eq!((found.needed, found.there, &found.who[..]), (4, 3, &[0, 1][..]));
}

#[test]
fn the_smallest_case_that_depends_on_the_order() {
    // 3 × 2 GiB, two of 1 GiB and one of 2 GiB.
    let system = and(and(on(3, 2048), plain(2, 1024)), plain(1, 2048));
    let judgement = judge(&system, Course::Rollout);
    let Verdict::MayStall(Stall::Run(run)) = &judgement.joint else {
        panic!("{judgement:?}");
    };
    assert!(judgement.way == Way::Search && !run.is_empty());
    assert_eq!(judgement.each[0], Verdict::Converges);
    // A fourth instance settles it, and so does either alone.
    let more = and(and(on(4, 2048), plain(2, 1024)), plain(1, 2048));
    assert_eq!(judge(&more, Course::Rollout).joint, Verdict::Converges);
}

#[test]
fn what_stands_there_is_counted_but_stalls_nothing() {
    let mut system = and(on(2, 20), plain(1, 20));
    system.standing.push(Standing {
        name: "report".into(),
        count: 1,
        shape: shape(1),
        seconds: 60,
    });
    assert_eq!(prove(&system, Course::Rollout, Crowd::Settled), [None]);
    assert_eq!(judge(&system, Course::Rollout).joint, Verdict::Converges);
}

#[test]
fn room_for_all_that_holds_some() {
    // Two old ones that stop and two new ones: four slots, and each start finds one at once.
    let full = |count| prove(&and(on(count, 10), plain(2, 10)), Course::Rollout, Crowd::Full)[0].is_some();
    assert!(full(4) && !full(3));
    let copies =
        |count| prove(&and(on(count, 10), plain(2, 10)), Course::Rollout, Crowd::Settled)[0].map(|spare| spare.copies);
    assert_eq!((copies(2), copies(3), copies(7)), (None, Some(3), Some(7)));
}

#[test]
fn a_fence_is_never_seen_through() {
    let mut system = and(on(9, 20), plain(1, 1));
    system.services[0].fenced = true;
    assert!(matches!(judge(&system, Course::Rollout).joint, Verdict::Unproven(_)));
}

#[test]
fn steps_end_at_the_limit() {
    let steps = Steps::new([10], 20);
    assert_eq!(
        (steps.up(20), steps.up(21), steps.up(11), steps.up(10), steps.top()),
        (Some(20), None, Some(20), Some(10), 20)
    );
}
