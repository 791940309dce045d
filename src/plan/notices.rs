//! What a reader should know before a deployment begins, beside what it changes. In: what was found out. Out: nouns. Must not
//! know how it was found out, nor how it is printed.

use serde::{Deserialize, Serialize};

use crate::template::Place;

/// Something to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What it is about.
    pub topic: Topic,
    /// Of what: a stack, a service, an instance.
    pub subject: String,
    /// In words, without a full stop.
    pub text: String,
    /// The user's line, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// An alarm that shall stop a rollout is in ALARM before it begins.
    AlarmInAlarm,
    /// An alarm that shall stop a rollout is not there.
    AlarmMissing,
    /// A rollout is under way, and the new one takes its place.
    RolloutUnderWay,
    /// A failed rollout has no revision to go back to.
    NothingToGoBackTo,
    /// The agent of an instance does not answer.
    AgentDisconnected,
    /// Copies of today lean on something that is removed before they are replaced.
    StillNeeded,
    /// The last operation on a stack failed.
    LastOperationFailed,
    /// Somebody else has a change set on a stack.
    OtherChangeSet,
    /// A value that a stack reads is another than when it was deployed.
    ValueChanged,
    /// A stack takes changes in a moment, and is waited for.
    CleaningUp,
    /// A validation of CloudFormation, or a hook, has found something.
    Validation,
    /// Something could not be looked at.
    NotRead,
}
