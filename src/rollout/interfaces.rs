//! How many tasks with a network interface of their own an instance runs.

use crate::catalog::Instance;

/// How many tasks of network mode `awsvpc` fit on an instance by its interfaces: the instance keeps one, and where the
/// account setting `awsvpcTrunking` works on the type, a task takes a branch of it instead.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-instance-eni.html>.
pub fn slots(instance: &Instance, trunking: bool) -> i64 {
    let trunk = instance.trunk_slots.filter(|_| trunking);
    i64::from(trunk.unwrap_or(instance.slots))
}
