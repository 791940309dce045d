//! The axis of time: moments as shares of the whole, and the ticks on it.

use std::time::Duration;

use crate::cloud::{Moment, span_of_time};

/// The most ticks: their labels keep apart on a narrow page.
const TICKS: u64 = 7;

/// How many seconds lie between two ticks.
const STEPS: [u64; 19] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800,
];

/// The axis.
#[derive(Clone, Copy)]
pub(in crate::cli::view) struct Scale {
    began: Moment,
    /// In milliseconds.
    whole: i64,
}

/// A tick.
pub(in crate::cli::view) struct Tick {
    pub at: f64,
    pub label: String,
}

/// A part of the axis, in shares of the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::cli::view) struct Span {
    pub from: f64,
    pub to: f64,
}

impl Scale {
    /// From the beginning to the end.
    pub fn new(began: Moment, end: Moment) -> Scale {
        Scale {
            began,
            whole: (end.0 - began.0).max(1000),
        }
    }

    /// Where a moment stands, from 0 to 1.
    pub fn at(self, moment: Moment) -> f64 {
        let share = (moment.0 - self.began.0) as f64 / self.whole as f64;
        share.clamp(0.0, 1.0)
    }

    /// The part between two moments.
    pub fn span(self, from: Moment, to: Moment) -> Span {
        let from = self.at(from);
        Span {
            from,
            to: self.at(to).max(from),
        }
    }

    /// The time of a moment, as on the axis.
    pub fn time(self, moment: Moment) -> String {
        span_of_time(moment.since(self.began))
    }

    /// The ticks at round times, and the end.
    pub fn ticks(self) -> Vec<Tick> {
        let seconds = self.whole as u64 / 1000;
        let last = STEPS[STEPS.len() - 1];
        let fits = STEPS.into_iter().find(|step| seconds / step < TICKS);
        let step = fits.unwrap_or(seconds.div_ceil(TICKS * last) * last);
        let label = |seconds: u64| span_of_time(Duration::from_secs(seconds));
        let mut ticks: Vec<Tick> = (0..seconds)
            .step_by(step as usize)
            .map(|at| Tick {
                at: at as f64 * 1000.0 / self.whole as f64,
                label: label(at),
            })
            // The end has its own label, which needs room.
            .filter(|tick| tick.at < 0.9)
            .collect();
        ticks.push(Tick {
            at: 1.0,
            label: label(seconds),
        });
        ticks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_few_and_apart() {
        for seconds in [1, 9, 59, 61, 242, 3599, 3601, 90_000, 2_000_000, 40_000_000] {
            let ticks = Scale::new(Moment(0), Moment(seconds * 1000)).ticks();
            assert!((2..=8).contains(&ticks.len()), "{seconds}: {}", ticks.len());
            let gaps = ticks.windows(2).map(|pair| pair[1].at - pair[0].at);
            assert!(gaps.into_iter().all(|gap| gap >= 0.09), "{seconds}");
        }
    }
}
