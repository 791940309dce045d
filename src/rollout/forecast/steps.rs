//! Which sums tasks can come to on an instance: of 1 GiB and 2 GiB never 2.5 GiB. In: sizes, an amount. Out: the next sum
//! above, the last below. Must not know what is measured.

/// Up to how many steps sums are told apart one by one; beyond that only by what divides all sizes.
const FINE: i64 = 1 << 14;
/// Up to how many different sizes.
const SIZES: usize = 256;

/// The sums of some sizes, each taken any number of times, up to a limit.
#[derive(Clone, Debug)]
pub struct Steps {
    /// What divides all sizes; 0 without any.
    unit: i64,
    /// The limit.
    limit: i64,
    /// Which multiples of the unit are sums, 64 a word; empty where that is not known.
    sums: Vec<u64>,
}

impl Steps {
    /// The sums up to `limit`.
    pub fn new(sizes: impl IntoIterator<Item = i64>, limit: i64) -> Steps {
        let mut sizes: Vec<i64> = sizes.into_iter().filter(|size| *size > 0).collect();
        sizes.sort_unstable();
        sizes.dedup();
        let unit = sizes.iter().fold(0, |unit, size| gcd(unit, *size));
        let mut steps = Steps {
            unit,
            limit: limit.max(0),
            sums: Vec::new(),
        };
        if unit == 0 || steps.limit / unit > FINE || sizes.len() > SIZES {
            return steps;
        }
        let count = (steps.limit / unit) as usize;
        let mut known = vec![false; count + 1];
        known[0] = true;
        for size in sizes {
            let size = (size / unit) as usize;
            for sum in size..known.len() {
                known[sum] |= known[sum - size];
            }
        }
        steps.sums = vec![0; count / 64 + 1];
        for (sum, _) in known.iter().enumerate().filter(|(_, known)| **known) {
            steps.sums[sum / 64] |= 1 << (sum % 64);
        }
        steps
    }

    /// The least sum of `amount` or more; `None` when none is within the limit.
    pub fn up(&self, amount: i64) -> Option<i64> {
        if amount <= 0 {
            return Some(0);
        }
        if self.unit == 0 || amount > self.limit {
            return None;
        }
        let first = (amount + self.unit - 1) / self.unit;
        let last = self.limit / self.unit;
        let mut sums = first..=last;
        Some(sums.find(|sum| self.is_sum(*sum))? * self.unit)
    }

    /// The largest sum within the limit.
    pub fn top(&self) -> i64 {
        if self.unit == 0 {
            return 0;
        }
        let last = self.limit / self.unit;
        let sum = (0..=last).rev().find(|sum| self.is_sum(*sum));
        sum.map_or(0, |sum| sum * self.unit)
    }

    fn is_sum(&self, sum: i64) -> bool {
        self.sums.is_empty() || self.sums[(sum / 64) as usize] >> (sum % 64) & 1 == 1
    }
}

fn gcd(one: i64, two: i64) -> i64 {
    match two {
        0 => one,
        _ => gcd(two, one % two),
    }
}

#[cfg(test)]
mod tests {
    use super::Steps;

    #[test]
    fn sums_are_found_above_and_below() {
        let steps = Steps::new([1024, 3072, 1024], 7664);
        assert_eq!(
            (steps.up(1025), steps.up(7000), steps.up(7169), steps.top()),
            (Some(2048), Some(7168), None, 7168)
        );
        let steps = Steps::new([3, 5], 8);
        assert_eq!(
            (steps.up(1), steps.up(4), steps.up(7), steps.top()),
            (Some(3), Some(5), Some(8), 8)
        );
        assert_eq!(
            (
                Steps::new([3, 5], 7).top(),
                Steps::new([], 9).top(),
                Steps::new([], 9).up(1)
            ),
            (6, 0, None)
        );
        // Too many steps to tell apart: what divides all sizes is still known.
        let steps = Steps::new([2, 6], 100_001);
        assert_eq!((steps.up(3), steps.top()), (Some(4), 100_000));
    }
}
