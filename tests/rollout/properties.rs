//! What must hold of the rules for whatever goes in.

use std::collections::BTreeMap;
use std::sync::Arc;

use loadline::rollout::Percents;
use loadline::rollout::bounds::{least_surge, most_healthy};
use loadline::rollout::breaker::{Breaker, Incident, Threshold};
use loadline::rollout::convergence::{Case, Verdict};
use loadline::rollout::health::TargetCheck;
use loadline::rollout::host::{Demand, Host, Placed};
use loadline::rollout::memory::{Fit, Registered};
use loadline::rollout::placement::{DEFAULT, Strategy as Preference, Wishes, lack, start, stop};
use loadline::rollout::ports::HostPort;
use loadline::rollout::refresh::Refresh;
use loadline::rollout::reservation::Reservation;
use loadline::rollout::scaling::{Scaling, Waiting, needed};
use loadline::rollout::timeline::{Order, Times, run};
use proptest::prelude::*;

fn percents() -> impl Strategy<Value = Percents> {
    (0..=100_i64, 100..=200_i64).prop_map(|(healthy, surge)| Percents { healthy, surge })
}

fn case() -> impl Strategy<Value = Case> {
    (0..30_i64, percents(), 0..70_i64).prop_map(|(desired, percents, slots)| Case {
        desired,
        percents,
        slots,
    })
}

proptest! {
    #[test]
    fn bounds_enclose_the_count_and_grow_with_it(percents in percents(), desired in 0..5000_i64) {
        prop_assert!(percents.lower(desired) <= desired && desired <= percents.upper(desired));
        prop_assert!(percents.lower(desired) <= percents.lower(desired + 1));
        prop_assert!(percents.upper(desired) <= percents.upper(desired + 1));
        // Rounded by less than one.
        prop_assert!(percents.lower(desired) * 100 < desired * percents.healthy + 100);
        prop_assert!(percents.upper(desired) * 100 > desired * percents.surge - 100);
    }

    #[test]
    fn what_moves_with_few_copies_moves_with_more(percents in percents(), desired in 1..5000_i64) {
        prop_assert!(percents.is_stuck(desired) || !percents.is_stuck(desired + 1));
    }

    #[test]
    fn the_nearest_percents_that_work_are_the_nearest(desired in 1..5000_i64) {
        let stuck = |healthy, surge| Percents { healthy, surge }.is_stuck(desired);
        let (surge, healthy) = (least_surge(desired), most_healthy(desired));
        prop_assert!(!stuck(100, surge) && stuck(100, surge - 1));
        prop_assert!(!stuck(healthy, 100) && stuck(healthy + 1, 100));
    }

    #[test]
    fn a_rollout_ends_exactly_when_the_verdict_says_so(case in case(), begin in 1..100_i64, end in 0..100_i64) {
        let times = Times { start: begin, stop: end };
        let converges = matches!(case.verdict(), Verdict::Converges { .. });
        for order in [Order::StartFirst, Order::StopFirst] {
            let timeline = run(case, times, order);
            prop_assert_eq!(timeline.completed.is_some(), converges, "{:?}", timeline);
            if case.slots >= case.desired {
                prop_assert!(timeline.fewest >= case.percents.lower(case.desired));
            }
            if converges {
                prop_assert_eq!(timeline.starts.len() as i64, case.desired);
                prop_assert_eq!(timeline.stops.len() as i64, case.desired);
                prop_assert!(holds_room(&timeline.starts, &timeline.stops, case, times));
            }
        }
    }

    #[test]
    fn more_room_never_harms(case in case()) {
        let more = Case { slots: case.slots + 1, ..case };
        let waves = |case: Case| match case.verdict() {
            Verdict::Converges { waves, .. } => waves,
            _ => i64::MAX,
        };
        prop_assert!(waves(more) <= waves(case));
        prop_assert!(more.drains() || !case.drains());
    }

    #[test]
    fn memory_that_surely_fits_fits_as_a_slot(least in 1..100_000_i64, more in 0..1000_i64, task in 1..50_000_i64) {
        let has = Registered { least, most: least + more };
        let (sure, best) = has.slots(task);
        prop_assert!(sure <= best);
        prop_assert_eq!(has.fit(task) == Fit::Surely, sure > 0);
        prop_assert_eq!(has.fit(task) == Fit::Never, best == 0);
    }

    #[test]
    fn a_refresh_keeps_what_it_promises(desired in 1..500_i64, healthy in 0..=100_i64, more in 0..=100_i64) {
        let refresh = Refresh { healthy, most: Some(100 + more) };
        let at_once = refresh.replaced_at_once(desired);
        prop_assert!(1 <= at_once && at_once <= desired);
        prop_assert!(!refresh.launches_first(desired) || refresh.fewest(desired) == desired);
    }

    #[test]
    fn scaling_ends_where_it_is_needed(need in 0..200_i64, present in 0..200_i64, target in 1..=100_i64) {
        let scaling = Scaling { target, least_step: 1, most_step: 10_000, most: 100_000, warm_up: 300 };
        let mut now = present;
        for _ in 0..20 {
            now = scaling.grown(need, now);
        }
        for _ in 0..20 {
            now = scaling.shrunk(need, now);
        }
        prop_assert!(now >= need);
        prop_assert_eq!(now, scaling.shrunk(need, scaling.grown(need, now)));
    }

    #[test]
    fn a_grace_period_of_the_least_length_outlives_the_start(interval in 5..300_i64, passes in 2..10_i64, start in 0..600_i64) {
        let check = TargetCheck { interval, healthy: passes, unhealthy: 2 };
        let grace = check.least_grace(start);
        prop_assert!(grace == 0 && start <= check.unhealthy_after() || grace >= start + check.recovers_after());
    }

    #[test]
    fn a_task_starts_only_where_it_fits(hosts in hosts(), demand in demand(), distinct: bool, strategies in preferences()) {
        let wishes = Wishes { group: "web", distinct, strategies: &strategies };
        let found = start(&hosts, &demand, wishes);
        prop_assert_eq!(&found, &start(&hosts, &demand, wishes));
        let fits = |host: &Host| lack(host, &demand, wishes).is_none();
        prop_assert_eq!(found.is_empty(), !hosts.iter().any(fits));
        for at in found {
            let mut host = hosts[at].clone();
            prop_assert!(fits(&host) && (!distinct || host.copies("web") == 0));
            host.tasks.push(Placed { group: "web".into(), demand: demand.clone() });
            prop_assert!(host.free().cpu >= 0 && host.free().memory >= 0);
            let interfaces = host.tasks.iter().filter(|task| task.demand.interface).count() as i64;
            prop_assert!(interfaces <= host.interfaces);
            // A second one with the same fixed port fits no more.
            prop_assert!(demand.ports.is_empty() || !fits(&host));
        }
    }

    #[test]
    fn packing_takes_the_fullest_and_spreading_the_emptiest(hosts in hosts(), demand in demand()) {
        let wishes = |strategies| Wishes { group: "web", distinct: false, strategies };
        let fitting = start(&hosts, &demand, wishes(&[Preference::Random]));
        let least = fitting.iter().map(|at| hosts[*at].free().memory).min();
        for at in start(&hosts, &demand, wishes(&[Preference::PackMemory])) {
            prop_assert_eq!(Some(hosts[at].free().memory), least);
        }
        let copies = |zone: &str| -> i64 {
            hosts.iter().filter(|host| &*host.zone == zone).map(|host| host.copies("web")).sum()
        };
        let fewest = fitting.iter().map(|at| copies(&hosts[*at].zone)).min();
        for at in start(&hosts, &demand, wishes(DEFAULT)) {
            prop_assert_eq!(Some(copies(&hosts[at].zone)), fewest);
        }
        for at in stop(&hosts, wishes(DEFAULT)) {
            prop_assert!(hosts[at].copies("web") > 0);
        }
    }

    #[test]
    fn zones_stay_even_while_there_is_room(count in 1..40_usize, zones in 1..5_usize) {
        let mut hosts: Vec<Host> = (0..zones * 2).map(|at| host(at % zones, 100_000)).collect();
        let wishes = Wishes { group: "web", distinct: false, strategies: DEFAULT };
        for _ in 0..count {
            let at = start(&hosts, &Demand::default(), wishes)[0];
            hosts[at].tasks.push(Placed { group: "web".into(), demand: Demand::default() });
        }
        let mut by_zone: BTreeMap<Arc<str>, i64> = BTreeMap::new();
        for host in &hosts {
            *by_zone.entry(host.zone.clone()).or_default() += host.copies("web");
        }
        let (least, most) = (by_zone.values().min(), by_zone.values().max());
        prop_assert!(most.zip(least).is_some_and(|(most, least)| most - least <= 1));
    }
}

/// Whether no more copies than there are slots hold one, at any moment.
fn holds_room(starts: &[i64], stops: &[i64], case: Case, times: Times) -> bool {
    starts.iter().all(|now| {
        let fresh = starts.iter().filter(|start| *start <= now).count() as i64;
        let gone = stops.iter().filter(|stop| **stop + times.stop <= *now).count() as i64;
        case.desired - gone + fresh <= case.slots
    })
}

fn host(zone: usize, memory: i64) -> Host {
    Host {
        zone: format!("zone {zone}").into(),
        registered: Reservation { cpu: 2048, memory },
        interfaces: 2,
        gpus: 0,
        tasks: Vec::new(),
    }
}

fn demand() -> impl Strategy<Value = Demand> {
    (
        0..800_i64,
        100..3000_i64,
        any::<bool>(),
        proptest::option::of(80..83_i64),
    )
        .prop_map(|(cpu, memory, interface, port)| Demand {
            reservation: Reservation { cpu, memory },
            interface,
            ports: port.map(|number| HostPort { number, udp: false }).into_iter().collect(),
            gpus: 0,
        })
}

/// Instances on which tasks were put wherever they fit.
fn hosts() -> impl Strategy<Value = Vec<Host>> {
    let one = (
        0..3_usize,
        2000..8000_i64,
        proptest::collection::vec((any::<bool>(), demand()), 0..5),
    );
    let filled = one.prop_map(|(zone, memory, tasks)| {
        let mut host = host(zone, memory);
        for (own, demand) in tasks {
            if host.lack(&demand).is_none() {
                let group = if own { "web" } else { "other" };
                host.tasks.push(Placed {
                    group: group.into(),
                    demand,
                });
            }
        }
        host
    });
    proptest::collection::vec(filled, 1..6)
}

fn preferences() -> impl Strategy<Value = Vec<Preference>> {
    let one = prop_oneof![
        Just(Preference::SpreadZones),
        Just(Preference::SpreadInstances),
        Just(Preference::PackCpu),
        Just(Preference::PackMemory),
        Just(Preference::Random),
    ];
    proptest::collection::vec(one, 0..4)
}

#[test]
fn ninety_and_a_hundred_and_ten_are_stuck_below_ten() {
    let percents = Percents {
        healthy: 90,
        surge: 110,
    };
    assert!((1..10).all(|desired| percents.is_stuck(desired)));
    assert!(!percents.is_stuck(10) && !percents.is_stuck(0));
}

#[test]
fn a_default_drain_is_slow_only_where_slots_are_scarce() {
    let case = |slots| Case {
        desired: 4,
        percents: Percents {
            healthy: 100,
            surge: 200,
        },
        slots,
    };
    let times = Times { start: 50, stop: 302 };
    // Four times a start and a stop after each other, against all at once.
    assert_eq!(run(case(5), times, Order::StartFirst).completed, Some(4 * (50 + 302)));
    assert_eq!(run(case(8), times, Order::StartFirst).completed, Some(50 + 302));
}

#[test]
fn a_breaker_counts_what_it_can_see() {
    let mut breaker = Breaker::new(Threshold::Count(2), true);
    for incident in [
        Incident::FailedHealth,
        Incident::Died,
        Incident::NotStarted,
        Incident::Running,
    ] {
        breaker.see(incident);
    }
    assert_eq!((breaker.failures(), breaker.has_tripped(4)), (1, false));
    breaker.see(Incident::Healthy);
    assert_eq!(breaker.failures(), 0);
    let mut stubborn = Breaker::new(Threshold::Count(2), false);
    for incident in [
        Incident::Running,
        Incident::FailedHealth,
        Incident::Healthy,
        Incident::FailedHealth,
    ] {
        stubborn.see(incident);
    }
    assert!(stubborn.has_tripped(4));
}

#[test]
fn what_does_not_fit_the_smallest_type_never_adds_an_instance() {
    let group = |on_smallest| Waiting {
        tasks: 7,
        on_smallest,
        on_largest: 3,
    };
    assert_eq!(needed(2, &[group(0)]), 2);
    assert_eq!(needed(2, &[group(1)]), 5);
}
