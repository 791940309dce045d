//! Ranges of addresses, and the arithmetic of cutting them up.

// Addresses as plain values; nothing here reaches for the network.
use core::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::diag::{Diagnostics, code};
use crate::library::{Data, Value};
use crate::source::Span;
use crate::syntax::Node;

use super::{Type, expected, fault, text_of};

/// A range of IPv4 addresses, such as `10.0.0.0/16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cidr {
    /// The first address.
    pub first: u32,
    /// How many bits are fixed.
    pub prefix: u8,
}

impl Cidr {
    /// Reads `a.b.c.d/n`; bits after the prefix are kept.
    fn parse(text: &str) -> Option<Cidr> {
        let (address, prefix) = text.split_once('/')?;
        let address: Ipv4Addr = address.parse().ok()?;
        let prefix: u8 = prefix.parse().ok().filter(|prefix| *prefix <= 32)?;
        Some(Cidr {
            first: address.into(),
            prefix,
        })
    }

    /// The same range, named by its first address.
    fn network(self) -> Cidr {
        let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
        Cidr {
            first: self.first & mask,
            ..self
        }
    }

    /// How many addresses it has.
    pub fn size(self) -> u64 {
        1 << (32 - self.prefix)
    }

    /// Its part number `index` (from 0) of those that `bits` more bits make; `None` past the last or when too small.
    pub fn part(self, bits: u8, index: u32) -> Option<Cidr> {
        let prefix = self.prefix.checked_add(bits).filter(|prefix| *prefix <= 32)?;
        if u64::from(index) >= 1 << bits {
            return None;
        }
        let offset = u64::from(index) << (32 - prefix);
        Some(Cidr {
            first: self.first + u32::try_from(offset).ok()?,
            prefix,
        })
    }

    /// Whether the two have an address in common.
    pub fn overlaps(self, other: Cidr) -> bool {
        let end = |cidr: Cidr| u64::from(cidr.first) + cidr.size();
        u64::from(self.first) < end(other) && u64::from(other.first) < end(self)
    }

    /// As a user would write it.
    pub fn show(self) -> String {
        format!("{}/{}", Ipv4Addr::from(self.first), self.prefix)
    }
}

impl Type for Cidr {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "minLength": 1})
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<Cidr> {
        let Some(text) = text_of(node).filter(|text| !text.is_empty()) else {
            expected("a range of addresses such as `10.0.0.0/16`", node, diags);
            return None;
        };
        let Some(cidr) = Cidr::parse(text) else {
            let message = format!("`{text}` is no range of IPv4 addresses");
            fault(node, code::BAD_CIDR, message, diags).hint("write the first address and the prefix: `10.0.0.0/16`");
            return None;
        };
        let network = cidr.network();
        if network != cidr {
            let network = network.show();
            let first = text.split('/').next().unwrap_or(text);
            let message = format!("a range of `/{}` cannot begin at `{first}`", cidr.prefix);
            let fault = fault(node, code::BAD_CIDR, message, diags);
            fault.hint(format!("write `{network}`, or a longer prefix"));
            fault.suggest(format!("write `{network}`"), node.span, network);
            return None;
        }
        Some(cidr)
    }

    fn value(&self, span: Span) -> Value {
        Value::text(span, self.show())
    }

    fn example() -> serde_json::Value {
        json!("10.0.0.0/16")
    }
}

/// A range of IPv4 or IPv6 addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Range {
    /// IPv4.
    Four(Cidr),
    /// IPv6, as written.
    Six(Arc<str>),
}

impl Type for Range {
    fn schema(generator: &mut SchemaGenerator) -> Schema {
        Cidr::schema(generator)
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<Range> {
        let six = |text: &str| {
            let (address, prefix) = text.split_once('/')?;
            let prefix: u8 = prefix.parse().ok()?;
            (address.parse::<Ipv6Addr>().is_ok() && prefix <= 128).then_some(())
        };
        match text_of(node) {
            Some(text) if six(text).is_some() => Some(Range::Six(text.into())),
            _ => Cidr::decode(node, diags).map(Range::Four),
        }
    }

    fn value(&self, span: Span) -> Value {
        let null = || Value::new(span, Data::Null);
        let (four, six) = match self {
            Range::Four(cidr) => (cidr.value(span), null()),
            Range::Six(text) => (null(), Value::text(span, text.clone())),
        };
        Value::map(span, [("ipv4", four), ("ipv6", six)])
    }

    fn example() -> serde_json::Value {
        json!("0.0.0.0/0")
    }
}

#[cfg(test)]
mod tests {
    use super::Cidr;

    #[test]
    fn parts_are_equal_and_disjoint() {
        let whole = Cidr::parse("10.0.0.0/16").expect("a range");
        let parts: Vec<Cidr> = (0..8).map(|index| whole.part(3, index).expect("eight parts")).collect();
        let shown: Vec<String> = parts.iter().map(|part| part.show()).collect();
        assert_eq!(
            shown[..4],
            ["10.0.0.0/19", "10.0.32.0/19", "10.0.64.0/19", "10.0.96.0/19"]
        );
        assert_eq!(whole.part(3, 8), None);
        assert!(parts.windows(2).all(|pair| !pair[0].overlaps(pair[1])));
        assert!(parts.iter().all(|part| whole.overlaps(*part)));
    }

    #[test]
    fn the_whole_internet_is_a_range() {
        let all = Cidr::parse("0.0.0.0/0").expect("a range");
        assert_eq!(all.network(), all);
        assert_eq!(all.size(), 1 << 32);
    }
}
