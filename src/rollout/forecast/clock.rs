//! How long a copy takes to come and to go, and a rollout with it. In: checks, drain, stop timeout, breaker. Out: ranges in
//! seconds. Must not know instances: room is a number of slots.
//!
//! AWS promises none of these times; `docs/forecast.md` lists what is assumed.

use serde::{Deserialize, Serialize};

use crate::rollout::bounds::Percents;
use crate::rollout::breaker::Threshold;
use crate::rollout::convergence::Case;
use crate::rollout::health::{ContainerCheck, SETTLED_SECONDS, TargetCheck};
use crate::rollout::stage::StopPath;
use crate::rollout::timeline::{Order, Times, run};
use crate::spec::{Service, Workload};

/// From the least to the most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// At least.
    pub least: i64,
    /// At most.
    pub most: i64,
}

impl Range {
    /// The smallest range with both in it.
    pub fn with(self, other: Range) -> Range {
        Range {
            least: self.least.min(other.least),
            most: self.most.max(other.most),
        }
    }
}

/// Between the order to start a copy and RUNNING, in seconds: an image that is there already, and one of a few hundred MiB
/// that is pulled. Assumed.
pub const LAUNCH: Range = Range { least: 5, most: 120 };

/// What decides the time of one service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// The check of its target groups, and how long the app takes to answer, in seconds.
    pub target: Option<(TargetCheck, i64)>,
    /// The checks of its containers.
    pub container: Option<ContainerCheck>,
    /// How it stops.
    pub stop: StopPath,
    /// When its rollout has failed; none without a breaker.
    pub breaker: Option<Threshold>,
    /// How long alarms are watched at the end, in seconds.
    pub bake: i64,
}

impl Clock {
    /// What decides the time of a service; `None` where a value is faulty.
    pub fn of(service: &Service) -> Option<Clock> {
        let rollout = service.rollout.sound()?;
        let routed = service.route.sound()?.is_some();
        let target = match (routed, service.health.sound()?) {
            (true, Some(health)) => {
                let check = TargetCheck {
                    interval: health.interval.sound()?.0,
                    healthy: 2,
                    unhealthy: health.fails.sound()?.0,
                };
                Some((check, health.boot.sound()?.0))
            }
            // What holds where nothing is written: see `Health`.
            (true, None) => {
                let check = TargetCheck {
                    interval: 10,
                    healthy: 2,
                    unhealthy: 3,
                };
                Some((check, 30))
            }
            (false, _) => None,
        };
        Some(Clock {
            target,
            container: container(&service.workload)?,
            stop: StopPath {
                deregistration: routed.then_some(rollout.drain.sound()?.0),
                timeout: service.stop.timeout.sound()?.0,
            },
            breaker: match rollout.breaker.sound()?.0.as_ref() {
                Some(breaker) => Some(Threshold::Count(breaker.failures.sound()?.0)),
                None => None,
            },
            bake: rollout.bake.sound()?.0,
        })
    }

    /// From the order to start a copy until it counts as healthy, if it ever does.
    pub fn start(self) -> Range {
        let target = self.target.map(|(check, boot)| Range {
            least: 0,
            most: boot + check.interval,
        });
        let container = self.container.map(|check| Range {
            least: check.interval.min(check.start_period),
            most: check.start_period + check.interval + check.timeout,
        });
        let judged = match (target, container) {
            (None, None) => Range {
                least: SETTLED_SECONDS,
                most: SETTLED_SECONDS,
            },
            (Some(one), None) | (None, Some(one)) => one,
            // Both must say so.
            (Some(one), Some(two)) => Range {
                least: one.least.max(two.least),
                most: one.most.max(two.most),
            },
        };
        Range {
            least: LAUNCH.least + judged.least,
            most: LAUNCH.most + judged.most,
        }
    }

    /// From the order to stop a copy until it is STOPPED: nothing is under way and it exits at once, or all takes its time.
    pub fn stop(self) -> Range {
        Range {
            least: 0,
            most: self.stop.longest(),
        }
    }

    /// From the start of a copy that fails until ECS has counted it: it exits at once, or never becomes healthy.
    fn attempt(self) -> Range {
        let target = self
            .target
            .map_or(0, |(check, boot)| boot + 2 * check.unhealthy_after());
        let container = self.container.map_or(0, ContainerCheck::unhealthy_within);
        Range {
            least: LAUNCH.least,
            most: LAUNCH.most + target.max(container) + self.stop.longest(),
        }
    }

    /// Whether the container is killed before the app answers: `probe` gives it less time than `health` says it needs.
    pub fn is_killed_at_start(self) -> bool {
        match (self.target, self.container) {
            (Some((_, boot)), Some(check)) => check.kills_at_start(boot),
            _ => false,
        }
    }

    /// The `boot` that its probe needs, in seconds, where it kills the container before the app answers.
    pub fn boot_wanted(self) -> Option<i64> {
        let (_, boot) = self.target.filter(|_| self.is_killed_at_start())?;
        Some(boot)
    }

    /// A rollout of `desired` copies, where there is room for so many of them at once: its waves, and its time in seconds;
    /// `None` when it may never end. Pauses of ECS between attempts come on top: see [`crate::rollout::limits`].
    pub fn rollout(self, desired: i64, percents: Percents, slots: Range) -> Option<(Range, Range)> {
        let case = |slots| Case {
            desired,
            percents,
            slots,
        };
        let most = slots.most.clamp(desired, i64::MAX / 4);
        let (best, worst) = (case(most), case(slots.least.clamp(desired, most)));
        let waves = |case: Case| match case.verdict() {
            crate::rollout::convergence::Verdict::Converges { waves, .. } => Some(waves),
            _ => None,
        };
        let range = Range {
            least: waves(best)?,
            most: waves(worst)?,
        };
        let times = |start, stop| Times { start, stop };
        let orders = [Order::StartFirst, Order::StopFirst];
        let done = |case, times, order| run(case, times, order).completed;
        let (start, stop) = (self.start(), self.stop());
        let fast = orders.map(|order| done(best, times(start.least, stop.least), order));
        let slow = orders.map(|order| done(worst, times(start.most, stop.most), order));
        let least = fast.into_iter().flatten().min()? + self.bake;
        let most = slow.into_iter().flatten().max()? + self.bake;
        Some((range, Range { least, most }))
    }

    /// From the first start until the rollout is declared failed, when no new copy ever becomes healthy; `None` when it never
    /// is. Pauses between attempts, which ECS lengthens up to 15 minutes, come on top.
    pub fn failure(self, desired: i64, percents: Percents) -> Option<Range> {
        let failures = self.breaker?.failures(desired);
        let first = percents.may_start_first(desired);
        let batch = if first > 0 {
            first
        } else {
            percents.may_stop_first(desired)
        }
        .max(1);
        let rounds = (failures + batch - 1) / batch;
        let attempt = self.attempt();
        Some(Range {
            least: rounds * attempt.least,
            most: rounds * attempt.most,
        })
    }
}

/// The check of a container: of the outer option nothing is a fault, of the inner one there is no probe.
fn container(workload: &Workload) -> Option<Option<ContainerCheck>> {
    let Some(probe) = workload.probe.sound()? else {
        return Some(None);
    };
    Some(Some(ContainerCheck {
        interval: probe.interval.sound()?.0,
        timeout: probe.timeout.sound()?.0,
        retries: probe.fails.sound()?.0,
        start_period: probe.boot.sound()?.0,
    }))
}
