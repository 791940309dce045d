//! Whatever is deployed, and onto whatever: where nobody else is there, nothing is taken for more than was seen, but for what
//! only a value of a stack before could tell.

use loadline::deploy::watch::Outcome;
use loadline::plan::preview::StackState;
use loadline::plan::wider::Reviewed;
use loadline::plan::{self, Plan};
use loadline::simulate::Simulated;
use loadline::template::Format;
use proptest::prelude::*;
use serde_json::Value as Json;

use super::generate::{self, Project};
use super::{config, one_file, run};
use crate::confirmed::{account, look, push, run as carry_out};

fn planned(documents: &[Json]) -> Plan {
    let compiled = run(&one_file(documents), Format::Json);
    plan::of(&compiled.spec, &compiled.graph, &compiled.templates, &compiled.sources)
}

/// Looks, and carries out what was seen; how it ended, and what was said. Nothing where AWS refuses a change set.
fn apply(cloud: &Simulated, plan: &Plan) -> Option<(Option<Outcome>, String)> {
    let preview = look(cloud, plan);
    if preview.stacks().any(|stack| stack.state == StackState::Refused) {
        return None;
    }
    let is_saved = false;
    Some(carry_out(cloud, plan, Some(Reviewed { preview, is_saved })))
}

proptest! {
    #![proptest_config(config(6))]

    #[test]
    fn apps_come_and_go_and_nothing_is_taken_for_more(project in generate::apps(2, 3)) {
        let Project { clusters, apps, components } = project;
        let with = |apps: &[Json]| {
            let documents: Vec<Json> = clusters.iter().chain(apps).chain(&components).cloned().collect();
            planned(&documents)
        };
        let cloud = account(11);
        let steps = [("one app", with(&apps[..1]), "a"), ("again", with(&apps[..1]), "a"), ("both", with(&apps), "a"),
                     ("other images", with(&apps), "b"), ("the second", with(&apps[1..]), "b")];
        for (what, plan, image) in steps {
            push(&cloud, &plan, image);
            let Some((outcome, said)) = apply(&cloud, &plan) else { break };
            prop_assert_ne!(outcome, Some(Outcome::Stale), "{}\n{}", what, said);
        }
    }

    #[test]
    fn one_project_becomes_another_with_a_look_at_each_replacement(one in generate::apps(1, 2), other in generate::apps(1, 2)) {
        let cloud = account(12);
        for documents in [one.documents(), other.documents()] {
            let plan = planned(&documents);
            push(&cloud, &plan, "a");
            let mut last = None;
            for _ in 0..=plan.stages.len() {
                let Some((outcome, said)) = apply(&cloud, &plan) else { break };
                last = outcome;
                if outcome != Some(Outcome::Stale) {
                    break;
                }
                prop_assert!(said.contains("be replaced"), "{}", said);
                prop_assert!(!said.contains("would be added"), "{}", said);
                prop_assert!(!said.contains("would change in place, of which"), "{}", said);
            }
            prop_assert_ne!(last, Some(Outcome::Stale), "it is not done however often one looks");
        }
    }
}
