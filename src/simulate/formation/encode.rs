//! Two small calculations of templates: `Fn::Base64` and `Fn::Cidr`. In: bytes, a block. Out: text. Must not know templates.

// An address as a plain value; nothing here reaches for the network.
use core::net::Ipv4Addr;

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base 64 with padding.
pub(super) fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let number = (0..3).fold(0usize, |number, at| {
            number << 8 | usize::from(chunk.get(at).copied().unwrap_or(0))
        });
        for at in 0..4 {
            match at <= chunk.len() {
                true => text.push(char::from(DIGITS[number >> (18 - 6 * at) & 63])),
                false => text.push('='),
            }
        }
    }
    text
}

/// The first `count` parts of a block, each with room for `bits` bits of addresses.
pub(super) fn cut(block: &str, count: u32, bits: u32) -> Option<Vec<String>> {
    let (address, prefix) = block.split_once('/')?;
    let first = u64::from(u32::from(address.parse::<Ipv4Addr>().ok()?));
    let room: u32 = 32u32.checked_sub(prefix.parse().ok()?)?;
    let parts = 1u64 << room.checked_sub(bits)?;
    if !(1..=256).contains(&count) || u64::from(count) > parts {
        return None;
    }
    let part = |index: u32| {
        let address = u32::try_from(first + (u64::from(index) << bits)).ok()?;
        Some(format!("{}/{}", Ipv4Addr::from(address), 32 - bits))
    };
    (0..count).map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_right() {
        assert_eq!(base64(b""), "");
        assert_eq!(base64(b"f"), "Zg==");
        assert_eq!(base64(b"fo"), "Zm8=");
        assert_eq!(base64(b"foo"), "Zm9v");
        assert_eq!(base64("ä".as_bytes()), "w6Q=");
    }

    #[test]
    fn blocks_are_cut_as_long_as_there_is_room() {
        assert_eq!(cut("10.0.0.0/30", 4, 0).map(|parts| parts.len()), Some(4));
        assert_eq!(cut("10.0.0.0/30", 5, 0), None);
        assert_eq!(cut("10.0.0.0/16", 1, 17), None);
        assert_eq!(cut("nonsense", 1, 1), None);
    }
}
