//! How things look that are more than faults: one file a view. In: what is known. Out: text.

pub(super) mod forecast;
