//! Mappings with keys that may be there. In: a strategy a key. Out: a strategy of the mapping, in the order of its keys.

use proptest::prelude::*;
use proptest::strategy::BoxedStrategy;
use serde_json::{Map, Value as Json};

/// A key that may be there, with its value.
pub type Entry = BoxedStrategy<Option<(&'static str, Json)>>;

/// A key that is there in one of three blocks.
pub fn may(key: &'static str, value: impl Strategy<Value = Json> + 'static) -> Entry {
    let given = value.prop_map(move |value| (key, value));
    prop::option::weighted(0.3, given).boxed()
}

/// A key that is always there.
pub fn must(key: &'static str, value: impl Strategy<Value = Json> + 'static) -> Entry {
    value.prop_map(move |value| Some((key, value))).boxed()
}

/// A mapping of these keys.
pub fn block(entries: Vec<Entry>) -> BoxedStrategy<Json> {
    let given = entries.prop_map(|entries| {
        let entries = entries.into_iter().flatten();
        Json::Object(entries.map(|(key, value)| (key.to_string(), value)).collect())
    });
    given.boxed()
}

/// One of the items of a list; the first is the simplest.
pub fn pick(choices: Json) -> BoxedStrategy<Json> {
    let Json::Array(choices) = choices else {
        panic!("choices are a list")
    };
    prop::sample::select(choices).boxed()
}

/// Some entries of a mapping.
pub fn some(entries: Json) -> BoxedStrategy<Json> {
    let Json::Object(entries) = entries else {
        panic!("entries are a mapping")
    };
    let count = entries.len();
    let chosen = prop::sample::subsequence(entries.into_iter().collect::<Vec<(String, Json)>>(), 0..=count);
    chosen
        .prop_map(|entries| Json::Object(entries.into_iter().collect()))
        .boxed()
}

/// A mapping that is there already.
pub fn map(json: &mut Json) -> &mut Map<String, Json> {
    json.as_object_mut().expect("it is a mapping")
}
