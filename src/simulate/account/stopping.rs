//! What the scheduler stops. In: what is too much of a service, or given up, its lower bound. Out: tasks told to stop. Must not
//! know how a task ends.

use std::collections::BTreeMap;

use crate::cloud::Moment;
use crate::rollout::drain::{self, Fate, Keeper};
use crate::rollout::health::Health;

use super::Account;
use super::messages;
use super::rollouts::Rolling;
use super::scheduler::Seen;
use super::task::{Cause, End, Task};

impl Account {
    /// Stops what is too much, within the lower bound.
    pub(super) fn stop_copies(&mut self, arn: &str, now: Moment) {
        let seen = self.seen(arn, now);
        let service = &self.services[arn];
        let healthy = seen.iter().filter(|one| one.healthy).count() as i64;
        let mut spare = (healthy - service.percents.lower(service.desired)).max(0);
        let mut stops = self.hopeless(arn, &seen);
        stops.extend(self.surplus(arn, &seen, &mut spare));
        // Copies on instances that are being emptied go while enough others are healthy.
        for one in seen
            .iter()
            .filter(|one| one.alive && one.leaving && one.running && !one.failing)
        {
            if !one.healthy || spare > 0 {
                stops.push(one.number);
                spare -= i64::from(one.healthy);
            }
        }
        self.stop_all(arn, &stops, now);
        let service = self.service(arn);
        if service.rollouts.len() > 1 && service.percents.is_stuck(service.desired) {
            service.say_once(messages::STUCK, now);
        }
    }

    /// Those that count for nothing: given up by a check, or not running on an instance that is being emptied.
    fn hopeless(&self, arn: &str, seen: &[Seen]) -> Vec<u64> {
        let service = &self.services[arn];
        let alive = seen.iter().filter(|one| one.alive).count() as i64;
        let good = seen.iter().filter(|one| one.is_good()).count() as i64;
        let full = alive >= service.percents.upper(service.desired);
        let first = service.rollouts.first();
        let rolling = first
            .filter(|first| first.state == Rolling::InProgress)
            .map(|first| first.id);
        let goes = |one: &&Seen| {
            if one.failing {
                // In the rollout that brings it at once; else once another has its place, or when it is in the way.
                rolling == Some(one.rollout) || full || good >= service.desired
            } else {
                one.leaving && drain::fate(Keeper::Service, self.tasks[&one.number].stage) == Fate::Stops
            }
        };
        let alive = seen.iter().filter(|one| one.alive);
        alive.filter(goes).map(|one| one.number).collect()
    }

    /// Those that are more than there shall be of their deployment: first what is not healthy, then what can be spared. Of an
    /// old deployment all that can be spared go.
    fn surplus(&mut self, arn: &str, seen: &[Seen], spare: &mut i64) -> Vec<u64> {
        let service = &self.services[arn];
        let (group, strategies, desired) = (service.group.clone(), service.strategies.clone(), service.desired);
        let rollouts: Vec<(u64, i64)> = service
            .rollouts
            .iter()
            .map(|rollout| (rollout.id, rollout.desired))
            .collect();
        let mut stops = Vec::new();
        let mut fresh = 0;
        for (at, (id, old)) in rollouts.into_iter().enumerate() {
            let good = || seen.iter().filter(|one| one.rollout == id && one.is_good());
            let numbers = |healthy: bool| good().filter(move |one| one.healthy == healthy).map(|one| one.number);
            let (mut idle, mut serving): (Vec<u64>, Vec<u64>) = (numbers(false).collect(), numbers(true).collect());
            if at == 0 {
                fresh = serving.len() as i64;
            }
            // New copies that are healthy take the place of as many old ones.
            let mut wanted = if at == 0 {
                desired
            } else {
                old.min((desired - fresh).max(0))
            };
            let mut count = (idle.len() + serving.len()) as i64;
            while count > wanted
                && let Some(number) = idle.pop()
            {
                stops.push(number);
                count -= 1;
            }
            while (count > wanted || at > 0)
                && *spare > 0
                && let Some(number) = self.choose_stop(&group, &strategies, &serving)
            {
                serving.retain(|other| *other != number);
                stops.push(number);
                count -= 1;
                *spare -= 1;
                wanted = wanted.min(count);
            }
            if at > 0
                && let Some(rollout) = self.service(arn).rollout(id)
            {
                rollout.desired = wanted;
            }
        }
        stops
    }

    /// Stops tasks of a service and tells it.
    pub(super) fn stop_all(&mut self, arn: &str, stops: &[u64], now: Moment) {
        let mut running = Vec::new();
        let mut pending = Vec::new();
        let mut left: BTreeMap<String, usize> = BTreeMap::new();
        let mut drained = 0;
        for number in stops {
            let Some(task) = self.tasks.get(number).filter(|task| task.wanted) else {
                continue;
            };
            match task.runs() {
                true => running.push(task.id.clone()),
                false => pending.push(task.id.clone()),
            }
            let end = self.stop_reason(arn, task);
            let groups = self.order(*number, end, now);
            drained += usize::from(!groups.is_empty());
            for group in groups {
                *left.entry(group).or_default() += 1;
            }
        }
        if running.is_empty() && pending.is_empty() {
            return;
        }
        let service = self.service(arn);
        service.steady = None;
        service.settled = None;
        for (group, count) in left {
            service.say(messages::targets("deregistered", count, &group), now);
        }
        if drained > 0 {
            service.say(messages::draining(drained), now);
        }
        for (ids, word) in [(running, "running"), (pending, "pending")] {
            if !ids.is_empty() {
                service.say(messages::stopped(&ids, word), now);
            }
        }
    }

    fn stop_reason(&self, arn: &str, task: &Task) -> End {
        let service = &self.services[arn];
        let unhealthy = service.attached.iter().find(|one| {
            let group = self.target_groups.get(&one.group);
            group.is_some_and(|group| group.health(task.number) == Health::Unhealthy)
        });
        let primary = service.rollouts.first().map_or(0, |first| first.id);
        let reason = match (task.failing, unhealthy) {
            (true, Some(one)) => messages::failed_targets(&one.group),
            (true, None) => messages::FAILED_CONTAINERS.to_string(),
            (false, _) => messages::scaling_activity(primary),
        };
        End {
            code: "ServiceSchedulerInitiated",
            reason,
            cause: Cause::Ordered,
        }
    }

    /// A service that is being deleted: everything stops.
    pub(super) fn empty(&mut self, arn: &str, now: Moment) {
        let seen = self.seen(arn, now);
        let stops: Vec<u64> = seen.iter().filter(|one| one.alive).map(|one| one.number).collect();
        self.stop_all(arn, &stops, now);
        if seen.is_empty() {
            let service = self.service(arn);
            service.status = "INACTIVE";
            service.rollouts.clear();
        }
    }
}
