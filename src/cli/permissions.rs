//! `explain permissions`: policies of IAM for what a user of loadline does. In: a purpose, a project. Out: JSON documents.

use serde_json::json;

use super::failure::{Exit, Failure};
use super::sound::sound;
use super::{Output, Session};
use crate::cloud::actions::Purpose;
use crate::operate::permissions::{Policy, policies};

/// The version of the JSON shape.
const VERSION: u32 = 1;

/// Prints the policies for one purpose, or for each. A word that is no purpose is the path of the project.
pub(super) fn run(session: &Session, purpose: Option<&str>, path: Option<&str>) -> Result<Exit, Failure> {
    let named = |word: &str| Purpose::ALL.into_iter().find(|one| one.name() == word);
    let (purposes, path) = match (purpose, path) {
        (None, _) => (Purpose::ALL.to_vec(), "."),
        (Some(word), path) => match (named(word), path) {
            (Some(one), path) => (vec![one], path.unwrap_or(".")),
            (None, None) => (Purpose::ALL.to_vec(), word),
            (None, Some(_)) => {
                let names = Purpose::ALL.map(|one| format!("`{}`", one.name())).join(", ");
                return Err(Failure::usage(format!("nobody is allowed to `{word}`")).hint(format!("there is {names}")));
            }
        },
    };
    let Some(compiled) = sound(session, path, None)? else {
        return Ok(Exit::Faults);
    };
    if compiled.spec.clusters.is_empty() {
        return Err(Failure::usage(
            "there is no cluster here, and everything hangs on its name",
        ));
    }
    let found: Vec<(Purpose, Vec<Policy>)> = purposes
        .into_iter()
        .map(|purpose| (purpose, policies(purpose, &compiled.spec, &compiled.templates)))
        .collect();
    session.terminal.print(&match session.terminal.output {
        Output::Json => as_json(&found),
        _ => as_text(&found),
    })?;
    Ok(Exit::Done)
}

fn about(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Plan => {
            "to see what a deployment would do. It may delete a stack, because the shell that a change set makes of a new one is \
             deleted again: take `cloudformation:DeleteStack` out once all stacks are there."
        }
        Purpose::Watch => "to watch a deployment, and to change nothing.",
        Purpose::Apply => {
            "to deploy. `Make…` is what CloudFormation does in the caller's name, and holds only for requests that come by way of it."
        }
        Purpose::Operate => "for all that is done with an app that runs, and to deploy.",
    }
}

fn as_text(found: &[(Purpose, Vec<Policy>)]) -> String {
    let mut text = String::new();
    for (purpose, policies) in found {
        let count = policies.len();
        let noun = if count == 1 { "policy" } else { "policies" };
        text.push_str(&format!("# {}: {count} {noun} {}\n", purpose.name(), about(*purpose)));
        for policy in policies {
            text.push_str(&format!(
                "\n# {}: {} of 6144 characters\n",
                policy.name, policy.characters
            ));
            text.push_str(&format!("{:#}\n", policy.document));
        }
        text.push('\n');
    }
    text.trim_end().to_string() + "\n"
}

fn as_json(found: &[(Purpose, Vec<Policy>)]) -> String {
    let all = found.iter().flat_map(|(purpose, policies)| {
        let of = policies.iter().map(|policy| {
            json!({
                "name": policy.name,
                "purpose": purpose.name(),
                "characters": policy.characters,
                "document": policy.document,
            })
        });
        of.collect::<Vec<_>>()
    });
    let document = json!({"version": VERSION, "policies": all.collect::<Vec<_>>()});
    format!("{document:#}\n")
}
