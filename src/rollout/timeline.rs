//! When a rollout does what, on capacity that does not change: the scheduler's moves, and a run of them. In: a [`Case`] and
//! how long things take. Out: moments in seconds. Must not know instances: room is a number of slots.

use super::convergence::Case;

/// The copies of a service in the middle of a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Old copies that run; they are healthy.
    pub old: i64,
    /// Old copies that are stopping: each holds its slot until STOPPED, and counts no more.
    pub stopping: i64,
    /// New copies that are not healthy yet.
    pub starting: i64,
    /// New copies that are healthy.
    pub healthy: i64,
}

impl Tally {
    /// Before the first move.
    pub fn before(desired: i64) -> Tally {
        Tally {
            old: desired,
            stopping: 0,
            starting: 0,
            healthy: 0,
        }
    }

    /// How many new copies may start now.
    pub fn may_start(self, case: Case) -> i64 {
        let fresh = self.starting + self.healthy;
        let wanted = case.desired - fresh;
        let allowed = case.percents.upper(case.desired) - self.old - fresh;
        let free = case.slots - self.old - self.stopping - fresh;
        wanted.min(allowed).min(free).max(0)
    }

    /// How many old copies may stop now.
    pub fn may_stop(self, case: Case) -> i64 {
        let spare = self.old + self.healthy - case.percents.lower(case.desired);
        spare.min(self.old).max(0)
    }

    /// Whether the rollout has ended.
    pub fn is_done(self, case: Case) -> bool {
        self.healthy == case.desired && self.old + self.stopping + self.starting == 0
    }
}

/// What the scheduler does first when it may do both. AWS does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// It starts.
    StartFirst,
    /// It stops.
    StopFirst,
}

/// How long things take, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// From the start of a copy until it counts as healthy.
    pub start: i64,
    /// From the order to stop a copy until it is STOPPED.
    pub stop: i64,
}

/// A rollout, in seconds from its beginning. The scheduler itself takes no time in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// When each new copy starts.
    pub starts: Vec<i64>,
    /// When each old copy is told to stop.
    pub stops: Vec<i64>,
    /// When the last new copy becomes healthy; `None` when that never happens.
    pub healthy: Option<i64>,
    /// When the last old copy is STOPPED too; `None` when that never happens.
    pub completed: Option<i64>,
    /// How many copies are healthy at the worst moment.
    pub fewest: i64,
}

/// Runs a rollout until it ends or nothing can move.
pub fn run(case: Case, times: Times, order: Order) -> Timeline {
    let mut timeline = Timeline {
        fewest: case.desired,
        ..Timeline::default()
    };
    // What has no room has no copy that could be replaced.
    let mut tally = Tally::before(case.desired.min(case.slots));
    let mut now = 0;
    loop {
        if order == Order::StopFirst {
            stop(&mut tally, case, now, &mut timeline);
        }
        let starts = tally.may_start(case);
        tally.starting += starts;
        timeline.starts.extend((0..starts).map(|_| now));
        let stopped = stop(&mut tally, case, now, &mut timeline);
        timeline.fewest = timeline.fewest.min(tally.old + tally.healthy);
        if stopped > 0 && tally.may_start(case) > 0 {
            // A stop makes way for a start at once where there is a free slot.
            continue;
        }
        if tally.healthy == case.desired && timeline.healthy.is_none() {
            timeline.healthy = Some(now);
        }
        if tally.is_done(case) {
            timeline.completed = Some(now);
            return timeline;
        }
        // Copies take equally long, so the first to begin is the first to be done.
        let begun = |moments: &[i64], done: i64, takes: i64| moments.get(done as usize).map(|moment| moment + takes);
        let stopped = timeline.stops.len() as i64 - tally.stopping;
        let coming = begun(&timeline.starts, tally.healthy, times.start);
        let going = begun(&timeline.stops, stopped, times.stop);
        let Some(next) = coming.into_iter().chain(going).min() else {
            return timeline;
        };
        now = next;
        if coming == Some(next) {
            tally.starting -= 1;
            tally.healthy += 1;
        } else {
            tally.stopping -= 1;
        }
    }
}

fn stop(tally: &mut Tally, case: Case, now: i64, timeline: &mut Timeline) -> i64 {
    let stops = tally.may_stop(case);
    tally.old -= stops;
    tally.stopping += stops;
    timeline.stops.extend((0..stops).map(|_| now));
    stops
}
