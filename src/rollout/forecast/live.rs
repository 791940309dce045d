//! The forecast of a rollout on the instances that are there, with the copies that run now. In: instances as they are and as
//! they may become, services of which some have copies already. Out: for each service how its rollout ends. Must not know who
//! looked.
//!
//! What is said to converge does so on what is surely there: instances whose agents answer, without the room of other tasks.
//! What is said to be impossible is so on all that may come to be: instances up to the declared maximum, without what others
//! may give back.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::rollout::bounds::{Percents, least_surge, most_healthy};

use super::clock::Range;
use super::declared::Member;
use super::judge::{Doubt, Judgement, Stall, Verdict, judge};
use super::proof::{Crowd, Spare, prove};
use super::refute::{Moment, Refutation, at_best, crowded, refute};
use super::repair::{Repair, least_that, on_what_is_there};
use super::row::Starts;
use super::system::{Course, Group, Mark, Service, Shape, Side, System};
use super::words;

/// Where copies land.
#[derive(Clone, Debug)]
pub struct Berth {
    /// The instances that take tasks now, with what is surely left of them.
    pub sure: Vec<Group>,
    /// All instances that may take tasks, with what may be left of them at best.
    pub best: Vec<Group>,
    /// The instances that scaling may add, as many as its `count` says.
    pub more: Group,
    /// Copies of other services that are there all the while; where, may change: ECS moves them between zones.
    pub kept: Vec<Kept>,
    /// Of what each instance has one.
    pub marks: Vec<Mark>,
}

/// Copies of a service that is not rolled out, and that scaling never takes away.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its name.
    pub name: Arc<str>,
    /// How many.
    pub count: i64,
    /// What each takes.
    pub shape: Shape,
}

/// A service that is rolled out.
#[derive(Clone, Debug)]
pub struct Mover<'a> {
    /// What is declared of it.
    pub member: &'a Member,
    /// How many copies there shall be.
    pub desired: i64,
    /// How many there are; none of a service that is new.
    pub today: i64,
    /// What each of today takes, at least and at most; `None` where nobody could say.
    pub old: Option<(Shape, Shape)>,
}

/// How a rollout ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It is done on the instances that are there.
    Converges,
    /// It is done once so many instances more are there, which scaling adds.
    AfterMore(i64),
    /// It may wait for ever, and this is how.
    MayStall(String),
    /// It is never done, and this is why.
    Cannot(String),
    /// Nothing could be shown.
    Unproven(Doubt),
}

/// What is known of a rollout before it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foretold {
    /// How it ends.
    pub end: End,
    /// In how many waves copies are replaced.
    pub waves: Option<Range>,
    /// How long it takes, in seconds, once the instances are there.
    pub seconds: Option<Range>,
    /// How long until a rollout that fails is declared so, in seconds.
    pub failure: Option<Range>,
    /// Whether starts find room at once.
    pub starts: Starts,
    /// What would help, the least first.
    pub repairs: Vec<Repair>,
}

impl Foretold {
    fn new(member: &Member, desired: i64, end: End) -> Foretold {
        Foretold {
            end,
            waves: None,
            seconds: None,
            failure: member.clock.failure(desired, member.percents),
            starts: Starts::AtOnce,
            repairs: Vec::new(),
        }
    }
}

/// How the rollout of a service on Fargate ends, where there is room for all that its percents allow.
pub fn on_fargate(mover: &Mover) -> Foretold {
    let (member, desired) = (mover.member, mover.desired);
    let alone = System {
        services: vec![member.service(desired)],
        ..System::default()
    };
    let course = match mover.today {
        0 => Course::Fill,
        _ => Course::Rollout,
    };
    let is_stuck = course == Course::Rollout && member.percents.is_stuck(desired);
    let end = match refute(&alone, course, Side::Most).first() {
        Some(why) if is_stuck => End::Cannot(words::refutation(&alone, Side::Most, why)),
        _ => End::Converges,
    };
    let mut foretold = Foretold::new(member, desired, end);
    if is_stuck {
        foretold.repairs = vec![
            Repair::Surge(least_surge(desired)),
            Repair::Healthy(most_healthy(desired)),
        ];
    } else {
        let all = Range {
            least: i64::MAX,
            most: i64::MAX,
        };
        foretold.time(mover, course, all);
    }
    foretold
}

/// How the rollouts of services end that are deployed together.
pub fn on_instances(berth: &Berth, movers: &[Mover]) -> Vec<Foretold> {
    let course = match movers.iter().all(|mover| mover.today == 0) {
        true => Course::Fill,
        false => Course::Rollout,
    };
    let view = Sight {
        berth,
        movers,
        course,
        settled: RefCell::default(),
        full: RefCell::default(),
    };
    let now = view.system(0, Side::Least);
    let room = berth.more.count.max(0);
    let grown = view.system(room, Side::Least);
    let here = judge(&now, course);
    let there = match room {
        0 => here.clone(),
        _ => judge(&grown, course),
    };
    let best = view.refuted(room);
    let most = view.system(room, Side::Most);
    let mut all: Vec<Foretold> = movers
        .iter()
        .enumerate()
        .map(|(at, mover)| {
            let end = view.end(at, [&here, &there], &best, room);
            let mut foretold = Foretold::new(mover.member, mover.desired, end);
            let (system, judged) = match foretold.end {
                End::Converges => (now.clone(), &here),
                End::AfterMore(more) => (view.system(more, Side::Least), &there),
                _ => {
                    let instances = grown.instances();
                    let so_many = |count: i64| view.system(room + count - instances, Side::Least);
                    foretold.repairs = on_what_is_there(&grown, at, mover.member, instances, &so_many);
                    return foretold;
                }
            };
            let full = view.proof(Crowd::Full, system.instances() - now.instances())[at];
            foretold.starts = match full {
                Some(_) => Starts::AtOnce,
                None if course == Course::Rollout && crowded(&system, at) => Starts::Wait,
                None => Starts::MayWait,
            };
            // What ends has room for one copy more than must stay, whatever sizes there are.
            let least = system.services[at].lower() + 1;
            let copies = full.or(judged.spare[at]).map_or(least, |spare| spare.copies.max(least));
            let most = at_best(&most, at).max(copies);
            foretold.time(mover, course, Range { least: copies, most });
            foretold
        })
        .collect();
    in_turn(&mut all);
    all
}

/// Who has no room of its own in the thick of it goes after the others, in the worst case.
fn in_turn(all: &mut [Foretold]) {
    let is_free = |one: &Foretold| one.starts == Starts::AtOnce;
    let most = |one: &Foretold| one.seconds.map(|seconds| seconds.most);
    let free = all.iter().filter(|one| is_free(one)).filter_map(most).max();
    let queue: i64 = all.iter().filter(|one| !is_free(one)).filter_map(most).sum();
    for one in all.iter_mut().filter(|one| !is_free(one)) {
        if let Some(seconds) = &mut one.seconds {
            seconds.most = free.unwrap_or(0) + queue;
        }
    }
}

impl Foretold {
    fn time(&mut self, mover: &Mover, course: Course, slots: Range) {
        let clock = mover.member.clock;
        if mover.desired == 0 {
            return;
        }
        if course == Course::Fill {
            let start = clock.start();
            self.seconds = Some(Range {
                least: start.least + clock.bake,
                most: start.most + clock.bake,
            });
            return;
        }
        if let Some((waves, seconds)) = clock.rollout(mover.desired, mover.member.percents, slots) {
            self.waves = Some(waves);
            self.seconds = Some(seconds);
        }
    }
}

/// What is looked at.
struct Sight<'a> {
    berth: &'a Berth,
    movers: &'a [Mover<'a>],
    course: Course,
    /// What was proved, by how many instances more.
    settled: RefCell<Proofs>,
    full: RefCell<Proofs>,
}

type Proofs = BTreeMap<i64, Rc<Vec<Option<Spare>>>>;

impl Sight<'_> {
    /// What is proved of each service with some instances more.
    fn proof(&self, crowd: Crowd, more: i64) -> Rc<Vec<Option<Spare>>> {
        let known = match crowd {
            Crowd::Settled => &self.settled,
            Crowd::Full => &self.full,
        };
        if let Some(found) = known.borrow().get(&more) {
            return Rc::clone(found);
        }
        let found = Rc::new(prove(&self.system(more, Side::Least), self.course, crowd));
        known.borrow_mut().insert(more, Rc::clone(&found));
        found
    }

    /// The system with some instances more: as it surely is, or as it may be at best.
    fn system(&self, more: i64, side: Side) -> System {
        let mut groups = match side {
            Side::Least => self.berth.sure.clone(),
            Side::Most => self.berth.best.clone(),
        };
        if more > 0 {
            groups.push(Group {
                count: more,
                ..self.berth.more.clone()
            });
        }
        System {
            groups,
            services: self.movers.iter().map(|mover| self.service(mover, side)).collect(),
            standing: Vec::new(),
            marks: self.berth.marks.clone(),
        }
    }

    fn service(&self, mover: &Mover, side: Side) -> Service {
        let mut service = mover.member.service(mover.desired);
        if self.course == Course::Fill {
            return service;
        }
        if mover.today == 0 {
            // Nothing of it holds room yet, and nothing must stay.
            service.old = Shape::default();
            service.percents = Percents { healthy: 0, surge: 200 };
            return service;
        }
        service.old = match (&mover.old, side) {
            (Some((_, most)), Side::Least) => most.clone(),
            (Some((least, _)), Side::Most) => least.clone(),
            (None, Side::Least) => service.new.clone(),
            (None, Side::Most) => Shape::default(),
        };
        if side == Side::Most && mover.today < service.lower() {
            // No more can have to stay than there are.
            service.percents.healthy = 100 * mover.today / mover.desired;
        }
        service
    }

    /// Why no rollout of a service can end even on the best day, with the system of that day.
    fn refuted(&self, room: i64) -> (System, Vec<Refutation>) {
        let mut system = self.system(room, Side::Most);
        let count = system.services.len();
        system.services.extend(self.berth.kept.iter().map(|kept| Service {
            name: Arc::clone(&kept.name),
            desired: kept.count,
            percents: Percents {
                healthy: 100,
                surge: 200,
            },
            old: kept.shape.clone(),
            new: kept.shape.clone(),
            fenced: false,
        }));
        let is_as_now = |mover: &Mover| mover.today >= mover.desired && mover.old.is_some();
        let is_whole = self.course == Course::Fill || self.movers.iter().all(is_as_now);
        let counts = |one: &Refutation| match one.moment {
            // What stays is there, but nothing of it has to start.
            Moment::First(at) | Moment::Never(at) => at < count,
            // Where copies are missing, those of today stand for more than there are.
            Moment::Today => is_whole,
            _ => true,
        };
        let mut found = refute(&system, self.course, Side::Most);
        found.retain(counts);
        // That every run was tried counts only where they begin as it is now.
        if found.is_empty() && is_whole && self.berth.kept.is_empty() {
            let judged = judge(&system, self.course);
            found.extend(judged.each.iter().filter_map(|verdict| match verdict {
                Verdict::Cannot(why) => Some(why.clone()),
                _ => None,
            }));
        }
        (system, found)
    }

    fn end(&self, at: usize, [here, there]: [&Judgement; 2], best: &(System, Vec<Refutation>), room: i64) -> End {
        if here.each[at] == Verdict::Converges {
            return End::Converges;
        }
        if there.spare[at].is_some() {
            let ends = |more: i64| self.proof(Crowd::Settled, more)[at].is_some();
            if let Some(more) = least_that(1, room, ends) {
                return End::AfterMore(more);
            }
        }
        if there.each[at] == Verdict::Converges {
            return End::AfterMore(room);
        }
        let (system, refuted) = best;
        if let Some(why) = refuted.iter().find(|one| one.who.contains(&at)) {
            return End::Cannot(words::refutation(system, Side::Most, why));
        }
        let grown = self.system(room, Side::Least);
        match &there.each[at] {
            Verdict::Cannot(why) | Verdict::MayStall(Stall::Image(why)) => {
                End::MayStall(words::refutation(&grown, Side::Least, why))
            }
            Verdict::MayStall(Stall::Run(moves)) => End::MayStall(words::run(&grown, Side::Least, self.course, moves)),
            Verdict::Unproven(doubt) => End::Unproven(*doubt),
            Verdict::Converges => End::Converges,
        }
    }
}
