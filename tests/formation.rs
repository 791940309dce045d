//! The simulated CloudFormation, through the door that the deployment uses: small templates, and all stacks of the examples.

mod change_sets;
mod examples;
mod operations;

use std::collections::BTreeMap;
use std::time::Duration;

use loadline::cloud::formation::{Change, ChangeSet, ChangeSetType, ChangeSetWish, Stack, StackEvent};
use loadline::cloud::{Answer, Cloud, Error};
use loadline::simulate::{Settings, Simulated};
use serde_json::{Value, json};

use crate::ready::ready;

/// How long anything may take, in seconds of virtual time.
const LONG: u64 = 4 * 3600;

struct Run {
    cloud: Simulated,
}

fn settings(seed: u64) -> Settings {
    Settings {
        seed,
        region: "eu-west-1".to_string(),
        account: "123456789012".to_string(),
    }
}

fn run() -> Run {
    Run {
        cloud: Simulated::new(&settings(1)),
    }
}

fn wish(stack: &str, name: &str, template: &Value) -> ChangeSetWish {
    ChangeSetWish {
        stack: stack.to_string(),
        name: name.to_string(),
        token: format!("{stack}-{name}"),
        kind: ChangeSetType::Create,
        template: template.to_string().into(),
        parameters: Vec::new(),
        capabilities: vec!["CAPABILITY_NAMED_IAM".to_string()],
        about: String::new(),
        drift: false,
    }
}

fn update(name: &str, template: &Value) -> ChangeSetWish {
    ChangeSetWish {
        kind: ChangeSetType::Update,
        ..wish("s", name, template)
    }
}

impl Run {
    fn pass(&self, seconds: u64) {
        ready(self.cloud.sleep(Duration::from_secs(seconds)));
    }

    fn ask(&self, wish: &ChangeSetWish) -> Answer<String> {
        ready(self.cloud.create_change_set(wish))
    }

    fn refused(&self, wish: &ChangeSetWish) -> Error {
        self.ask(wish).expect_err("it is refused")
    }

    fn describe(&self, id: &str) -> Answer<ChangeSet> {
        Ok(ready(self.cloud.describe_change_set(id, true, None))?.0)
    }

    /// The change set once it is known.
    fn planned(&self, wish: &ChangeSetWish) -> ChangeSet {
        let id = self.ask(wish).expect("it is granted");
        for _ in 0..60 {
            let set = self.describe(&id).expect("it is there");
            if !set.status.is_under_way() && set.status.as_str() != "CREATE_PENDING" {
                return set;
            }
            self.pass(1);
        }
        panic!("the change set is never there");
    }

    fn execute(&self, id: &str, token: &str) -> Answer<()> {
        ready(self.cloud.execute_change_set(id, token))
    }

    fn stack(&self, name: &str) -> Answer<Stack> {
        ready(self.cloud.describe_stack(name))
    }

    /// The status and reason in which a stack ends up.
    fn settled(&self, name: &str) -> (String, Option<String>) {
        self.pass(3);
        for _ in 0..LONG {
            let stack = self.stack(name).expect("it is there");
            if !stack.status.is_under_way() {
                return (stack.status.0, stack.reason);
            }
            self.pass(1);
        }
        panic!("`{name}` never ends: {:#?}", self.events(name).first());
    }

    /// Makes or changes a stack; gives its last status.
    fn deploy(&self, wish: &ChangeSetWish) -> String {
        let set = self.planned(wish);
        assert_eq!(set.execution.as_str(), "AVAILABLE", "{:?}", set.reason);
        self.execute(&set.id, &format!("token-{}", wish.name))
            .expect("it is available");
        self.settled(&wish.stack).0
    }

    /// All events, oldest first.
    fn events(&self, name: &str) -> Vec<StackEvent> {
        let (mut events, mut page) = (Vec::new(), None);
        loop {
            let found = ready(self.cloud.describe_stack_events(name, page.as_deref())).expect("it is there");
            events.extend(found.items);
            page = found.next;
            if page.is_none() {
                break;
            }
        }
        events.reverse();
        events
    }

    /// What was told since an event, as `Logical STATUS`.
    fn told(&self, name: &str, since: usize) -> Vec<String> {
        let events = self.events(name);
        let told = events[since..].iter();
        told.map(|event| format!("{} {}", event.logical, event.status.as_str()))
            .collect()
    }

    fn resources(&self, name: &str) -> BTreeMap<String, (String, String)> {
        let page = ready(self.cloud.list_stack_resources(name, None)).expect("it is there");
        let items = page.items.into_iter();
        items
            .map(|item| (item.logical, (item.physical, item.status.0)))
            .collect()
    }
}

fn template(resources: Value) -> Value {
    json!({"Resources": resources})
}

fn topic(name: &str) -> Value {
    json!({"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": name}})
}

/// A topic that needs `other` and fails when it is made: an item is asked for that is not there, which only the deployment
/// can find out.
fn failing(other: &str) -> Value {
    let items = json!({"Fn::Split": ["\n", {"Ref": other}]});
    json!({"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::Select": [1, items]}}})
}

fn one<'a>(changes: &'a [Change], logical: &str) -> &'a Change {
    let found = changes.iter().find(|change| change.logical == logical);
    found.expect("it changes")
}

/// A topic whose name replaces it, and one that mentions it.
fn named(name: &str) -> Value {
    template(json!({
        "A": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}},
        "B": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "A"}}},
    }))
}
