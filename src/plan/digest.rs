//! Names for content: the same content has the same name in every run. In: texts. Out: 64 hexadecimal digits.

use sha2::{Digest, Sha256};

/// The name of these texts, in this order.
pub fn digest<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // The length keeps `ab, c` and `a, bc` apart.
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn content_has_one_name_in_every_version_of_loadline() {
        assert_eq!(digest(["ab", "c"]), digest(["ab", "c"]));
        assert_ne!(digest(["ab", "c"]), digest(["a", "bc"]));
        let name = digest(["a"]);
        assert_eq!((name.len(), &name[..16]), (64, "3b196fd4907bedf5"));
    }
}
