//! Points in time, and how spans of time are written. Must not know a clock.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A point in time, in milliseconds since 1970; written as RFC 3339, `2026-11-25T09:00:00Z`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

impl Moment {
    /// How long after `earlier` it is; nothing when it is before.
    pub fn since(self, earlier: Moment) -> Duration {
        Duration::from_millis(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }

    /// The seconds after `earlier`, rounded down; nothing when it is before.
    pub fn seconds_since(self, earlier: Moment) -> i64 {
        ((self.0 - earlier.0) / 1000).max(0)
    }

    /// This many seconds later.
    pub fn plus_seconds(self, seconds: i64) -> Moment {
        Moment(self.0.saturating_add(seconds.saturating_mul(1000)))
    }
}

impl Add<Duration> for Moment {
    type Output = Moment;

    fn add(self, time: Duration) -> Moment {
        Moment(
            self.0
                .saturating_add(i64::try_from(time.as_millis()).unwrap_or(i64::MAX)),
        )
    }
}

impl Sub<Duration> for Moment {
    type Output = Moment;

    fn sub(self, time: Duration) -> Moment {
        Moment(
            self.0
                .saturating_sub(i64::try_from(time.as_millis()).unwrap_or(i64::MAX)),
        )
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match Timestamp::from_millisecond(self.0) {
            Ok(time) => time.fmt(formatter),
            Err(_) => write!(formatter, "{} ms after 1970", self.0),
        }
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Moment, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time: Timestamp = text.parse().map_err(de::Error::custom)?;
        Ok(Moment(time.as_millisecond()))
    }
}

/// A span of time for a person, of two units at most: `45s`, `4m12s`, `2h05m`, `3d04h`.
pub fn span_of_time(time: Duration) -> String {
    let seconds = time.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, _) if seconds.is_multiple_of(60) => format!("{minutes}m"),
        (0, 0, _) => format!("{minutes}m{:02}s", seconds % 60),
        (0, _, _) if minutes.is_multiple_of(60) => format!("{hours}h"),
        (0, _, _) => format!("{hours}h{:02}m", minutes % 60),
        _ if hours.is_multiple_of(24) => format!("{days}d"),
        _ => format!("{days}d{:02}h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_short() {
        let shown = |seconds| span_of_time(Duration::from_secs(seconds));
        assert_eq!(shown(0), "0s");
        assert_eq!(shown(60), "1m");
        assert_eq!(shown(252), "4m12s");
        assert_eq!(shown(7500), "2h05m");
        assert_eq!(shown(36 * 3600), "1d12h");
    }

    #[test]
    fn moments_are_read_back() {
        let moment = Moment(1_795_600_800_250);
        let text = serde_json::to_string(&moment).expect("it is text");
        assert_eq!(
            serde_json::from_str::<Moment>(&text).expect("it was written so"),
            moment
        );
    }
}
