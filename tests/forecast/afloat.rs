//! What is said of rollouts on what is there, against all runs of small systems: of which some copies are missing, some services
//! are new, one stays where it is, and one instance is still to come.

use loadline::rollout::Percents;
use loadline::rollout::forecast::clock::Clock;
use loadline::rollout::forecast::declared::Member;
use loadline::rollout::forecast::live::{Berth, End, Kept, Mover, on_instances};
use loadline::rollout::forecast::system::{Group, Side};
use loadline::rollout::stage::StopPath;

use super::explore::Small;
use super::generate::{Draw, small};
use super::soundness::system;

/// How many states a system may have.
const STATES: usize = 3_000;

/// A system of a number, in the middle of things.
fn drawn(number: u64) -> Small {
    let mut small = small(number);
    let mut draw = Draw::new(number ^ 0x5EED);
    small.rollout = true;
    for service in &mut small.services {
        if draw.chance(50) {
            service.today = draw.within(0, service.desired);
        }
    }
    if small.services.len() > 1 && draw.chance(40) {
        let last = small.services.last_mut().expect("there are two");
        last.stays = true;
        last.today = last.desired;
        last.new = last.old;
    }
    small
}

fn member(small: &Small, at: usize) -> Member {
    let service = &system(small).services[at];
    Member {
        name: service.name.clone(),
        own: service.name.clone(),
        app: "app".into(),
        least: service.desired,
        most: service.desired,
        rests: vec![service.desired],
        percents: Percents { ..service.percents },
        shape: service.new.clone(),
        port: None,
        host_network: false,
        distinct: false,
        allowed: None,
        clock: Clock {
            target: None,
            container: None,
            stop: StopPath {
                deregistration: None,
                timeout: 30,
            },
            breaker: None,
            bake: 0,
        },
    }
}

/// The instances, the last of which is still to come where `comes`.
fn berth(small: &Small, comes: bool) -> Berth {
    let all = system(small);
    let mut groups: Vec<Group> = all.groups.clone();
    let last = groups.last_mut().expect("there is one");
    let more = Group {
        count: i64::from(comes),
        ..last.clone()
    };
    last.count -= i64::from(comes);
    let side = |side: Side| {
        let groups = groups.iter().filter(|group| group.count > 0);
        let exact = groups.map(|group| Group {
            least: *group.has(side),
            most: *group.has(side),
            ..group.clone()
        });
        exact.collect::<Vec<Group>>()
    };
    let staying = small.services.iter().enumerate().filter(|(_, one)| one.stays);
    Berth {
        sure: side(Side::Least),
        best: side(Side::Most),
        more,
        kept: staying
            .map(|(at, one)| Kept {
                name: all.services[at].name.clone(),
                count: i64::from(one.today),
                shape: all.services[at].old.clone(),
            })
            .collect(),
        marks: all.marks,
    }
}

#[test]
fn nothing_said_of_a_small_system_in_the_middle_of_things_is_wrong() {
    let (mut converges, mut more, mut cannot, mut kept) = (0, 0, 0, 0);
    for number in 0..1_500 {
        let small = drawn(number);
        let (Some(least), Some(best)) = (small.explore(0, STATES), small.explore(small.more, STATES)) else {
            continue;
        };
        if !least.begins {
            continue;
        }
        let stays = small.services.iter().any(|one| one.stays);
        let comes = small.hosts.len() > 1 && number % 2 == 0;
        let all = system(&small);
        let moving = (0..small.services.len()).filter(|at| !small.services[*at].stays);
        let moving: Vec<usize> = moving.collect();
        let members: Vec<Member> = moving.iter().map(|at| member(&small, *at)).collect();
        let movers: Vec<Mover> = moving
            .iter()
            .zip(&members)
            .map(|(at, member)| Mover {
                member,
                desired: i64::from(small.services[*at].desired),
                today: i64::from(small.services[*at].today),
                old: Some((all.services[*at].old.clone(), all.services[*at].old.clone())),
            })
            .collect();
        for (at, told) in moving.iter().zip(on_instances(&berth(&small, comes), &movers)) {
            let is_stuck = least.stuck >> at & 1 == 1;
            match told.end {
                // Where the one that stays holds room is taken off beforehand, and not here.
                End::Converges | End::AfterMore(_) if stays => {}
                // With fewer instances than were explored there are fewer beginnings.
                End::Converges if comes => {}
                End::Converges => {
                    assert!(!is_stuck, "{number}: {small:?}");
                    converges += 1;
                }
                End::AfterMore(count) => {
                    assert!(count == 1 && !is_stuck, "{number}: {small:?}");
                    more += 1;
                }
                End::Cannot(why) => {
                    assert!(!best.ends, "{number}: {why} {small:?}");
                    cannot += 1;
                    kept += i32::from(stays);
                }
                End::MayStall(_) | End::Unproven(_) => {}
            }
        }
    }
    assert!(
        converges > 250 && more > 50 && cannot > 300 && kept > 30,
        "{converges} {more} {cannot} {kept}"
    );
}
