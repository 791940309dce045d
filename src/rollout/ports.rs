//! Ports of an instance: which a task takes, which are free to take. Must not know where tasks run.

use std::ops::RangeInclusive;

use crate::source::Span;
use crate::spec::{Networking, Port, Protocol};

/// What the system and the agent of an instance listen on:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html>.
pub const RESERVED: &[i64] = &[22, 2375, 2376, 51678, 51679, 51680];

/// Where Linux takes dynamic ports from (`ip_local_port_range`): a fixed port among them may be taken already.
pub const DYNAMIC: RangeInclusive<i64> = 32768..=60999;

/// A port of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostPort {
    /// Its number.
    pub number: i64,
    /// Whether it is one of UDP: the same number of TCP is another port.
    pub udp: bool,
}

impl HostPort {
    /// The port of its instance that each copy takes, and where that is written: none with a network interface of its own, and
    /// none where ECS chooses (a host port of 0).
    pub fn of(port: &Port, networking: Networking) -> Option<(HostPort, Span)> {
        if networking == Networking::Task {
            return None;
        }
        let host = port.host.sound()?.as_ref().filter(|host| host.0 != 0)?;
        let place = match port.host.is_given() {
            true => port.host.span,
            false => port.container.span,
        };
        let fixed = HostPort {
            number: host.0,
            udp: *port.protocol.sound()? == Protocol::Udp,
        };
        Some((fixed, place))
    }
}

/// What stands in the way of a fixed port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The system or the agent listens on it.
    Reserved,
    /// It may have been given out at random.
    Dynamic,
}

/// What stands in the way of a fixed port, if anything.
pub fn obstacle(port: HostPort) -> Option<Obstacle> {
    if RESERVED.contains(&port.number) {
        Some(Obstacle::Reserved)
    } else if DYNAMIC.contains(&port.number) {
        Some(Obstacle::Dynamic)
    } else {
        None
    }
}
