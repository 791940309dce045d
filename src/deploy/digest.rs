//! Short names for content, which AWS takes as names of change sets and as tokens. In: texts. Out: letters and digits.

use crate::plan::digest::digest as whole;

/// The name of these texts, in this order: 16 hexadecimal digits.
pub(super) fn digest<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut name = whole(parts);
    name.truncate(16);
    name
}
