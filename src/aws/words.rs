//! AWS's values as ours. In: what the SDK read. Out: text, numbers, moments. A value that AWS leaves out is empty.

use aws_sdk_ecs::primitives::DateTime;

use crate::cloud::Moment;

/// Text, or nothing.
pub(super) fn text(value: Option<String>) -> String {
    value.unwrap_or_default()
}

/// A word of one of AWS's lists, as AWS writes it, also one that the SDK does not know.
pub(super) fn word(value: Option<impl AsRef<str>>) -> Option<String> {
    value.map(|word| word.as_ref().to_string())
}

/// A point in time, where AWS says one.
pub(super) fn moment(value: Option<DateTime>) -> Option<Moment> {
    Some(Moment(value?.to_millis().ok()?))
}
