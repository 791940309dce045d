//! How many copies of a service run during a rollout.

/// The percentages of a rollout:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Percents {
    /// How many of the copies stay healthy, in percent.
    pub healthy: i64,
    /// How many copies there may be at once, in percent.
    pub surge: i64,
}

impl Percents {
    /// The fewest healthy copies of `desired`: rounded up.
    pub fn lower(self, desired: i64) -> i64 {
        (desired * self.healthy + 99) / 100
    }

    /// The most copies at once of `desired`: rounded down.
    pub fn upper(self, desired: i64) -> i64 {
        desired * self.surge / 100
    }

    /// Whether no copy may start and none may stop, so that a rollout never moves.
    pub fn is_stuck(self, desired: i64) -> bool {
        desired > 0 && self.upper(desired) <= desired && self.lower(desired) >= desired
    }
}

/// The least surge with which `desired` copies can be replaced one at a time.
pub fn least_surge(desired: i64) -> i64 {
    (100 * (desired + 1) + desired - 1) / desired
}

/// The most healthy percent with which one of `desired` copies may stop.
pub fn most_healthy(desired: i64) -> i64 {
    100 * (desired - 1) / desired
}

#[cfg(test)]
mod tests {
    use super::{Percents, least_surge, most_healthy};

    #[test]
    fn the_documented_examples_hold() {
        // Desired, percents, lower, upper: from the developer guide of ECS, chapter "rolling update".
        for (desired, healthy, surge, lower, upper) in [
            (4, 50, 200, 2, 8),
            (2, 75, 200, 2, 4),
            (4, 100, 200, 4, 8),
            (3, 100, 125, 3, 3),
            (4, 100, 125, 4, 5),
            (1, 50, 100, 1, 1),
        ] {
            let percents = Percents { healthy, surge };
            assert_eq!((percents.lower(desired), percents.upper(desired)), (lower, upper));
        }
    }

    #[test]
    fn what_is_offered_as_a_repair_repairs_and_no_less_would() {
        for desired in 1..500 {
            let surge = least_surge(desired);
            let stuck = |healthy, surge| Percents { healthy, surge }.is_stuck(desired);
            assert!(!stuck(100, surge) && stuck(100, surge - 1), "{desired}");
            let healthy = most_healthy(desired);
            assert!(!stuck(healthy, 100) && stuck(healthy + 1, 100), "{desired}");
        }
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
}
