//! What may go wrong, where and when: `crash:web@40s`. In: the user's words. Out: a [`Fault`]. Must not know how it is done.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::diag::nearest;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The image of the new revision was never pushed, or was deleted.
    ImageMissing,
    /// The registry refuses the role that pulls.
    RegistryAuth,
    /// The process ends at once.
    Crash,
    /// The process ends after it has served for a while.
    CrashAfter,
    /// The health check is answered with 500.
    Unhealthy,
    /// The process cannot reach its database and ends.
    DatabaseDown,
    /// The process takes long to start.
    SlowBoot,
    /// The process needs more memory than it may have.
    Oom,
    /// A secret does not exist.
    SecretMissing,
    /// There is no free room, and EC2 or Fargate gives none.
    NoCapacity,
    /// The disk of one instance is full.
    DiskFull,
    /// One instance fails.
    InstanceLost,
    /// All instances of a zone fail.
    ZoneLost,
    /// The agent of one instance loses its connection.
    AgentDisconnected,
    /// One instance gets a Spot interruption notice.
    SpotReclaimed,
    /// All requests are throttled for a while.
    Throttled,
    /// The task before the deployment ends with 1.
    MigrationFails,
}

/// All kinds, with their names and what they do.
pub const KINDS: &[(Kind, &str, &str)] = &[
    (
        Kind::ImageMissing,
        "image-missing",
        "the new image is not in its registry",
    ),
    (
        Kind::RegistryAuth,
        "registry-auth",
        "the role that pulls may not read the registry",
    ),
    (Kind::Crash, "crash", "new tasks end with 1 as soon as they run"),
    (Kind::CrashAfter, "crash-after", "new tasks end with 1 after 20 s"),
    (
        Kind::Unhealthy,
        "unhealthy",
        "new tasks answer their health check with 500",
    ),
    (
        Kind::DatabaseDown,
        "database-down",
        "new tasks cannot reach the database and end with 1",
    ),
    (
        Kind::SlowBoot,
        "slow-boot",
        "new tasks take as long to start as their grace allows",
    ),
    (Kind::Oom, "oom", "new tasks use more memory than they may"),
    (
        Kind::SecretMissing,
        "secret-missing",
        "a secret of new tasks does not exist",
    ),
    (Kind::NoCapacity, "no-capacity", "no room is free and none can be had"),
    (Kind::DiskFull, "disk-full", "the disk of one instance is full"),
    (Kind::InstanceLost, "instance-lost", "one instance fails"),
    (Kind::ZoneLost, "zone-lost", "all instances of one zone fail"),
    (
        Kind::AgentDisconnected,
        "agent-disconnected",
        "the agent of one instance is silent for ten minutes",
    ),
    (
        Kind::SpotReclaimed,
        "spot-reclaimed",
        "one instance is reclaimed, with two minutes' notice",
    ),
    (
        Kind::Throttled,
        "throttled",
        "every second request is throttled for five minutes",
    ),
    (
        Kind::MigrationFails,
        "migration-fails",
        "the task before the deployment ends with 1",
    ),
];

/// A fault: what, of which service or task, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: Kind,
    /// The service or task by its name in the spec; `None` for all.
    pub place: Option<String>,
    /// Seconds after the rehearsed release begins.
    pub at: i64,
}

impl Kind {
    /// Its name, as the user writes it.
    pub fn name(self) -> &'static str {
        let found = KINDS.iter().find(|(kind, ..)| *kind == self);
        found.expect("every kind is listed").1
    }

    /// The kind of this name.
    fn named(name: &str) -> Option<Kind> {
        let found = KINDS.iter().find(|(_, known, _)| *known == name);
        found.map(|(kind, ..)| *kind)
    }

    /// What it does, in words.
    pub fn about(self) -> &'static str {
        let found = KINDS.iter().find(|(kind, ..)| *kind == self);
        found.expect("every kind is listed").2
    }

    /// Whether a deployment under it ends well all the same, with the settings that loadline gives a service.
    pub fn ends_well(self) -> bool {
        match self {
            Kind::SlowBoot
            | Kind::DiskFull
            | Kind::InstanceLost
            | Kind::ZoneLost
            | Kind::AgentDisconnected
            | Kind::SpotReclaimed
            | Kind::Throttled => true,
            Kind::ImageMissing
            | Kind::RegistryAuth
            | Kind::Crash
            | Kind::CrashAfter
            | Kind::Unhealthy
            | Kind::DatabaseDown
            | Kind::Oom
            | Kind::SecretMissing
            | Kind::NoCapacity
            | Kind::MigrationFails => false,
        }
    }

    /// When it happens where no time is told, in seconds: what is done to one instance comes when tasks are on their way.
    pub fn default_time(self) -> i64 {
        match self {
            Kind::InstanceLost | Kind::ZoneLost | Kind::AgentDisconnected | Kind::SpotReclaimed => 90,
            _ => 0,
        }
    }

    /// Whether it is done to instances or capacity, and not to tasks as they start.
    pub fn strikes_instances(self) -> bool {
        matches!(
            self,
            Kind::NoCapacity | Kind::InstanceLost | Kind::ZoneLost | Kind::AgentDisconnected | Kind::SpotReclaimed
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(self.kind.name())?;
        if let Some(place) = &self.place {
            write!(formatter, ":{place}")?;
        }
        match self.at {
            at if at == self.kind.default_time() => Ok(()),
            at => write!(formatter, "@{at}s"),
        }
    }
}

/// Why a fault is not understood.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FaultError {
    /// There is no such kind.
    #[error("there is no fault `{name}`{}", meant(.name))]
    Kind {
        /// What was written.
        name: String,
    },
    /// A place was begun and not named.
    #[error("`{0}` names no service or task after its colon")]
    Place(String),
    /// The time is none.
    #[error("`{0}` is no time: write `40s`, `2m` or `1h`")]
    Time(String),
}

fn meant(name: &str) -> String {
    let names = || KINDS.iter().map(|(_, name, _)| *name);
    match nearest(name, names()) {
        Some(name) => format!("; did you mean `{name}`?"),
        None => format!("; there are {}", names().collect::<Vec<_>>().join(", ")),
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    /// Reads `KIND[:PLACE][@TIME]`.
    fn from_str(text: &str) -> Result<Fault, FaultError> {
        let (front, time) = match text.rsplit_once('@') {
            Some((front, time)) => (front, Some(time)),
            None => (text, None),
        };
        let (name, place) = match front.split_once(':') {
            Some((name, place)) => (name, Some(place)),
            None => (front, None),
        };
        let kind = Kind::named(name).ok_or_else(|| FaultError::Kind { name: name.to_string() })?;
        if place == Some("") {
            return Err(FaultError::Place(front.to_string()));
        }
        let at = match time {
            Some(time) => seconds(time).ok_or_else(|| FaultError::Time(time.to_string()))?,
            None => kind.default_time(),
        };
        Ok(Fault {
            kind,
            place: place.map(str::to_string),
            at,
        })
    }
}

/// `40s`, `2m`, `1h`.
fn seconds(text: &str) -> Option<i64> {
    let unit = match text.chars().last()? {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        _ => return None,
    };
    let number = &text[..text.len() - 1];
    let digits = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
    let number: i64 = number.parse().ok().filter(|_| digits)?;
    number.checked_mul(unit).filter(|seconds| *seconds <= 24 * 60 * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Fault, FaultError> {
        text.parse()
    }

    #[test]
    fn faults_are_read_and_written_back() {
        for text in [
            "crash",
            "crash:web",
            "crash:web@40s",
            "instance-lost",
            "no-capacity@120s",
            "zone-lost@0s",
        ] {
            assert_eq!(read(text).expect("it is one").to_string(), text);
        }
        assert_eq!(read("unhealthy:api@2m").expect("it is one").at, 120);
        assert_eq!(read("instance-lost").expect("it is one").at, 90);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let said = |text: &str| read(text).expect_err("it is none").to_string();
        assert_eq!(said("crsh:web"), "there is no fault `crsh`; did you mean `crash`?");
        assert_eq!(said("crash:"), "`crash:` names no service or task after its colon");
        assert_eq!(said("crash@soon"), "`soon` is no time: write `40s`, `2m` or `1h`");
        assert_eq!(said("crash@-1s"), "`-1s` is no time: write `40s`, `2m` or `1h`");
        assert!(said("meteorite-strike").contains("there are image-missing, "));
    }
}
