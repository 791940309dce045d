//! A template means the same in YAML and in JSON, whatever the texts in it are.

use loadline::library::{Data, Target, Value};
use loadline::template::Format;
use proptest::prelude::*;

use super::reader::read;
use super::{
    attribute, call, compile, concat, functions, list, map, own, published, refer, resource, shop, stack, text, value,
};

/// Texts that some reader of YAML takes for something else.
const AWKWARD: &[&str] = &[
    "no",
    "No",
    "NO",
    "yes",
    "on",
    "off",
    "y",
    "n",
    "Y",
    "N",
    "true",
    "null",
    "Null",
    "~",
    "",
    "12:30",
    "1:2:3",
    "010",
    "0x1F",
    "0b1",
    "0o7",
    "1_000",
    "1e3",
    "1.",
    ".5",
    "+1",
    "-1",
    "12",
    "1.5",
    ".inf",
    "-.INF",
    ".nan",
    "2010-09-09",
    "2001-12-14t21:59:43.10-05:00",
    "=",
    "<<",
    "---",
    "...",
    "- a",
    "? a",
    ": a",
    "a: b",
    "a #b",
    "#a",
    "&a",
    "*a",
    "!a",
    "|",
    ">",
    "%a",
    "@a",
    "`a",
    "[a",
    "{a",
    "'a",
    "\"a",
    " a",
    "a ",
    "\ta",
    "a:",
    "*",
    "[]",
    "{}",
    ",a",
    "-",
    "?",
    ":",
    "\u{feff}a",
    "a\u{7}b",
    "a\u{85}b",
    "a\u{2028}b",
    "a\rb",
];

#[test]
fn what_an_older_yaml_misreads_is_quoted() {
    for awkward in AWKWARD {
        let topic = resource("Topic", "AWS::SNS::Topic", map([("A", text(awkward))]));
        let yaml = compile(stack(vec![topic]), Format::Yaml).body;
        let (_, written) = yaml.split_once(" A: ").expect("it stands in one line");
        assert!(written.starts_with(['"', '\'']), "{awkward:?} is written {written}");
        let topic = resource("Topic", "AWS::SNS::Topic", map([(*awkward, text("x"))]));
        let yaml = compile(stack(vec![topic]), Format::Yaml).body;
        let written = yaml.trim_end().lines().last().expect("a line").trim_start();
        assert!(
            written.starts_with(['"', '\'', '?']),
            "the key {awkward:?} is written {written}"
        );
    }
}

#[test]
fn the_examples_mean_the_same_in_both() {
    let same = |format| (compile(shop(), format).body, functions(format));
    let (yaml, json) = (same(Format::Yaml), same(Format::Json));
    assert_eq!(
        read(&yaml.0),
        serde_json::from_str::<serde_json::Value>(&json.0).expect("JSON")
    );
    assert_eq!(
        read(&yaml.1),
        serde_json::from_str::<serde_json::Value>(&json.1).expect("JSON")
    );
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(AWKWARD).prop_map(str::to_string),
        "[-+.0-9_:eExob]{1,6}",
        "[a-z:#$\\{\\}!'\"\\\\ \t\n-]{0,12}",
        "( {0,2}[a-z#]{0,3} {0,2}\n{0,2}){0,5}",
        any::<String>(),
        "[a-z ]{70,100}",
    ]
}

fn leaves() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(|truth| value(Data::Bool(truth))),
        any::<i64>().prop_map(|number| value(Data::Integer(number))),
        proptest::num::f64::NORMAL.prop_map(|number| value(Data::Number(number))),
        Just(value(Data::Null)),
        Just(own("Topic")),
        Just(attribute("Topic", "TopicArn")),
        Just(published("/loadline/production/v1/vpc")),
        Just(refer(Target::Pseudo("AWS::Region".into()))),
        texts().prop_map(|part| text(&part)),
        texts().prop_map(|part| text(&part)),
    ]
}

fn values() -> impl Strategy<Value = Value> {
    leaves().prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(leaves(), 0..4).prop_map(concat),
            proptest::collection::vec(inner.clone(), 0..4).prop_map(list),
            proptest::collection::btree_map(texts(), inner.clone(), 0..4).prop_map(|fields| {
                let span = text("").span;
                Value::map(span, fields)
            }),
            inner.prop_map(|argument| call("Fn::Base64", argument)),
        ]
    })
}

proptest! {
    #[test]
    fn yaml_and_json_mean_the_same(property in values()) {
        let body = |format| {
            let topic = resource("Topic", "AWS::SNS::Topic", map([("Name", property.clone())]));
            compile(stack(vec![topic]), format).body
        };
        let json: serde_json::Value = serde_json::from_str(&body(Format::Json)).expect("JSON");
        prop_assert_eq!(read(&body(Format::Yaml)), json);
    }
}
