//! How copies are spread over availability zones. In: copies in each zone that has instances. Out: the zones to choose
//! from. Must not know instances.

use std::collections::BTreeMap;

/// The keys with the fewest copies: where the next one starts
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html>, how the scheduler launches).
pub fn emptiest<K: Ord + Clone>(copies: &BTreeMap<K, i64>) -> Vec<K> {
    with(copies, copies.values().min())
}

/// The keys with the most copies: where the next one stops (same page, how the scheduler stops).
pub fn fullest<K: Ord + Clone>(copies: &BTreeMap<K, i64>) -> Vec<K> {
    with(copies, copies.values().max())
}

fn with<K: Ord + Clone>(copies: &BTreeMap<K, i64>, wanted: Option<&i64>) -> Vec<K> {
    let found = copies.iter().filter(|(_, number)| Some(*number) == wanted);
    found.map(|(key, _)| key.clone()).collect()
}

/// Whether ECS moves copies until the zones are even, once a service is steady: only a service of copies, with room
/// for one more by its percents, spread over zones first
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html>).
pub fn rebalances(daemon: bool, surge: i64, zones_first: bool) -> bool {
    !daemon && surge > 100 && zones_first
}
