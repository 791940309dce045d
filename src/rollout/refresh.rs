//! How the instances of an Auto Scaling group are replaced. In: percents and a number of instances. Out: how many stay, how
//! many go at once. Must not know tasks.

/// The bounds of an instance refresh:
/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refresh {
    /// How much of the capacity stays in service, in percent.
    pub healthy: i64,
    /// How much capacity there may be at once, in percent; without it, instances go and come at the same time.
    pub most: Option<i64>,
}

impl Refresh {
    /// Whether Auto Scaling takes them: 0–100 and 100–200 percent, no more than 100 apart.
    pub fn is_valid(self) -> bool {
        let most = self.most.unwrap_or(100);
        (0..=100).contains(&self.healthy) && (100..=200).contains(&most) && most - self.healthy <= 100
    }

    /// How many instances stay in service: rounded up.
    pub fn least_in_service(self, desired: i64) -> i64 {
        (desired * self.healthy + 99) / 100
    }

    /// How many instances there may be at once: rounded down.
    pub fn most_at_once(self, desired: i64) -> i64 {
        desired * self.most.unwrap_or(100) / 100
    }

    /// How many instances are replaced at once: one where the percents leave no room at all, because 100 percent healthy
    /// means one at a time.
    pub fn replaced_at_once(self, desired: i64) -> i64 {
        let room = self.most_at_once(desired) - self.least_in_service(desired);
        room.clamp(desired.min(1), desired)
    }

    /// Whether new instances are in service before old ones go.
    pub fn launches_first(self, desired: i64) -> bool {
        self.least_in_service(desired) >= desired && self.most_at_once(desired) > desired
    }

    /// How many of `desired` instances are there at the worst moment.
    pub fn fewest(self, desired: i64) -> i64 {
        match self.launches_first(desired) {
            true => desired,
            false => desired - self.replaced_at_once(desired),
        }
    }
}

/// How many of `instances` must report success in a rolling update of CloudFormation (`MinSuccessfulInstancesPercent`):
/// rounded up. Source:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html>.
pub fn must_succeed(instances: i64, percent: i64) -> i64 {
    (instances * percent + 99) / 100
}

/// Whether a rolling update of CloudFormation can take an instance out: `MinInstancesInService` must be less than
/// `MaxSize` (same page).
pub fn rolling_update_moves(least_in_service: i64, most: i64) -> bool {
    least_in_service < most
}
