//! An instance refresh at work. In: the rules of [`crate::rollout::refresh`]. Out: instances launched and emptied.

use crate::cloud::Moment;

use super::Account;
use super::group::Group;

impl Account {
    /// Replaces instances of an older launch template, where a group is asked to.
    pub(super) fn refresh_groups(&mut self, now: Moment) {
        let busy = self.groups.values().filter(|group| group.refreshing);
        for group in busy.cloned().collect::<Vec<_>>() {
            self.refresh(&group, now);
        }
    }

    fn refresh(&mut self, group: &Group, now: Moment) {
        let Some((rules, warm_up)) = group.rules else { return };
        let desired = group.desired;
        let (mut old, mut fresh, mut serving, mut all) = (Vec::new(), 0, 0, 0);
        for machine in self.machines.values().filter(|machine| machine.group == group.name) {
            all += 1;
            if machine.version != group.version {
                if !machine.is_draining() {
                    old.push(machine.number);
                }
            } else if !machine.is_draining() {
                fresh += 1;
                let warm = machine.in_service.plus_seconds(warm_up) <= now;
                serving += i64::from(machine.is_active() && warm);
            }
        }
        if all == fresh && fresh >= desired && serving >= desired {
            self.groups.get_mut(&group.name).expect("it is there").refreshing = false;
            return;
        }
        let first = rules.launches_first(desired);
        let least = match first {
            true => rules.least_in_service(desired),
            false => desired - rules.replaced_at_once(desired),
        };
        let most = rules.most_at_once(desired).max(desired);
        let room = (most - all).min(desired - fresh).max(0);
        if !self.faults.starve(now) {
            for _ in 0..room {
                self.launch(&group.name, now);
            }
        }
        let spare = (old.len() as i64 + serving - least).max(0);
        for number in old.into_iter().take(spare as usize) {
            self.drain(number, None, now);
        }
    }
}
