//! How the rollouts of a deployment will go, as a reader sees it before they begin. In: what was foretold. Out: nouns. Must not
//! know how it was found out, nor how it is printed.

use serde::{Deserialize, Serialize};

use crate::rollout::forecast::clock::Range;
use crate::rollout::forecast::judge::Doubt;
use crate::rollout::forecast::live::{self, Foretold};
use crate::rollout::forecast::row::Starts;
use crate::template::Place;

/// The rollout of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollout {
    /// Its stack.
    pub stack: String,
    /// Its name in the spec.
    pub service: String,
    /// How many copies there shall be.
    pub copies: i64,
    /// How many copies there are.
    pub today: i64,
    /// How it ends.
    pub end: End,
    /// Why, in words, where it is not sure to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// On what it was judged.
    pub capacity: Capacity,
    /// In how many waves copies are replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waves: Option<Range>,
    /// How long it takes, in seconds; what new instances need to come is on top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<Range>,
    /// How long until a rollout that fails is declared so, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Range>,
    /// Whether copies may have to wait for room on the way, which ECS reports as placement failures.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waits: bool,
    /// What would help, as orders, the least first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repairs: Vec<String>,
    /// The user's line.
    pub place: Place,
}

/// How a rollout ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// It is done on what is there.
    Converges,
    /// It is done once scaling has added instances.
    ConvergesAfterMore,
    /// It may wait for ever.
    MayStall,
    /// It is never done.
    Cannot,
    /// Nothing could be shown.
    Unproven,
}

/// On what a rollout was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "on", rename_all = "kebab-case")]
pub enum Capacity {
    /// On the instances that are registered.
    Registered {
        /// How many take tasks.
        instances: i64,
        /// How many more scaling may add.
        room: i64,
        /// How many more the rollout waits for.
        #[serde(default)]
        more: i64,
    },
    /// On the instances that are declared: none could be looked at, or none is there yet.
    Declared {
        /// How many.
        instances: i64,
    },
    /// On Fargate.
    Fargate,
}

impl Rollout {
    /// What was foretold of a service.
    pub(super) fn of(
        stack: &str,
        name: &str,
        place: &Place,
        copies: [i64; 2],
        on: Capacity,
        told: Foretold,
    ) -> Rollout {
        let mut capacity = on;
        let (end, why) = match told.end {
            live::End::Converges => (End::Converges, None),
            live::End::AfterMore(count) => {
                if let Capacity::Registered { more, .. } = &mut capacity {
                    *more = count;
                }
                (End::ConvergesAfterMore, None)
            }
            live::End::MayStall(why) => (End::MayStall, Some(why)),
            live::End::Cannot(why) => (End::Cannot, Some(why)),
            live::End::Unproven(doubt) => (End::Unproven, Some(doubted(doubt).to_string())),
        };
        let [copies, today] = copies;
        Rollout {
            stack: stack.to_string(),
            service: name.to_string(),
            copies,
            today,
            end,
            why,
            capacity,
            waves: told.waves,
            seconds: told.seconds,
            failure: told.failure,
            waits: told.starts != Starts::AtOnce,
            repairs: told.repairs.iter().map(|repair| repair.words()).collect(),
            place: place.clone(),
        }
    }
}

fn doubted(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::Fenced => "`where` says which instances it may use, and is not evaluated",
        Doubt::Large => "neither a proof nor a run that stalls was found",
    }
}
