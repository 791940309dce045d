//! IDs and ARNs. In: what is named. Out: text as AWS forms it, by chance where AWS does so.

use super::Account;

impl Account {
    /// Hexadecimal digits by chance.
    pub(super) fn hex(&mut self, length: usize) -> String {
        const DIGITS: &[u8] = b"0123456789abcdef";
        (0..length).map(|_| char::from(DIGITS[self.rng.usize(0..16)])).collect()
    }

    /// The name that CloudFormation makes up for a resource.
    pub(super) fn made_up(&mut self, stack: &str, logical: &str) -> String {
        const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        let tail: String = (0..12)
            .map(|_| char::from(SIGNS[self.rng.usize(0..SIGNS.len())]))
            .collect();
        format!("{stack}-{logical}-{tail}")
    }

    /// An ARN of a service of AWS.
    pub(super) fn arn(&self, service: &str, rest: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{rest}", self.region, self.account)
    }

    /// An ARN of a service of AWS that has no regions.
    pub(super) fn global_arn(&self, service: &str, rest: &str) -> String {
        format!("arn:aws:{service}::{}:{rest}", self.account)
    }

    /// A private address.
    pub(super) fn address(&mut self) -> String {
        format!("10.0.{}.{}", self.rng.u8(96..192), self.rng.u8(4..=250))
    }
}

/// A cluster by its name, whether it is told by its name or by its ARN.
pub(super) fn cluster_name(told: &str) -> &str {
    match told.split_once(":cluster/") {
        Some((_, name)) => name,
        None => told,
    }
}
