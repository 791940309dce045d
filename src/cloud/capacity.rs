//! What tasks run on and are reached through: instances, their groups, and targets. Words of AWS stay open text.

use serde::{Deserialize, Serialize};

/// A container instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// The ARN of the container instance.
    pub arn: String,
    /// The ID of the EC2 instance.
    pub ec2: String,
    /// Its instance type.
    pub kind: String,
    /// Its availability zone.
    pub zone: String,
    /// `ACTIVE`, `DRAINING` and so on.
    pub status: String,
    /// Whether its agent answers.
    pub connected: bool,
    /// The CPU units it registered.
    pub cpu: i64,
    /// The memory it registered, in MiB.
    pub memory: i64,
    /// The CPU units that no task holds.
    pub free_cpu: i64,
    /// The memory that no task holds, in MiB.
    pub free_memory: i64,
    /// The ports that the agent or a task holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<Port>,
    /// How many tasks run on it or are on their way.
    #[serde(default)]
    pub tasks: i64,
}

/// A port of an instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Port {
    /// Its number.
    pub number: i64,
    /// Whether it is one of UDP.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub udp: bool,
}

/// An Auto Scaling group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScalingGroup {
    /// Its name.
    pub name: String,
    /// The fewest instances.
    pub least: i64,
    /// The most instances.
    pub most: i64,
    /// How many there shall be.
    pub desired: i64,
    /// Those that are there, also on their way in or out.
    pub members: Vec<Member>,
}

/// An instance of an Auto Scaling group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// The ID of the EC2 instance.
    pub ec2: String,
    /// `InService`, `Terminating:Wait` and so on.
    pub state: String,
    /// Whether it is protected from scaling in.
    pub protected: bool,
}

/// The health of a target.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetHealth {
    /// An EC2 instance or an address.
    pub target: String,
    /// Its port.
    pub port: i64,
    /// `initial`, `healthy`, `unhealthy`, `draining` and so on.
    pub state: String,
    /// `Target.ResponseCodeMismatch` and so on; absent when healthy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// AWS's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
}
