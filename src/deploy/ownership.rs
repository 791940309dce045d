//! Whose a stack is. In: a stack. Out: whether loadline has made it. Must not know what is done with it.

use crate::cloud::formation::Stack;
use crate::cloud::{Answer, Cloud};
use crate::diag::Diagnostics;
use crate::source::FileId;
use crate::syntax;

use super::preflight::OWN;

/// How the description of every template ends that `compile` writes.
const SIGNATURE: &str = "Made by loadline.";

/// Whether a stack is made from a template of ours, whoever has deployed it. One that was never more than a change set has no
/// template yet: it is ours when all its sets are.
pub async fn is_ours<C: Cloud>(stack: &Stack, cloud: &C) -> Answer<bool> {
    if is_signed(&stack.about) {
        return Ok(true);
    }
    if stack.status.is_in_review() {
        let sets = cloud.list_change_sets(&stack.id, None).await?;
        return Ok(sets.next.is_none() && sets.items.iter().all(|set| set.name.starts_with(OWN)));
    }
    // An emulator keeps what the template says of itself in the template only.
    let template = cloud.template(&stack.id).await?;
    Ok(is_signed(&description(&template)))
}

fn is_signed(about: &str) -> bool {
    about.trim_end().ends_with(SIGNATURE)
}

/// What a template says of itself, be it JSON or YAML.
fn description(template: &str) -> String {
    if let Ok(body) = serde_json::from_str::<serde_json::Value>(template) {
        return body["Description"].as_str().unwrap_or_default().to_string();
    }
    let documents = syntax::parse(FileId(0), template, &mut Diagnostics::default());
    let about = documents.first().and_then(|root| root.get("Description")?.text());
    about.unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_says_who_has_made_it() {
        for text in [
            r#"{"Description": "A. Made by loadline."}"#,
            "Description: A. Made by loadline.\nResources: {}\n",
        ] {
            assert!(is_signed(&description(text)), "{text}");
        }
        for text in ["", "{}", "Description: Made by hand.\n", r#"{"Description": 7}"#] {
            assert!(!is_signed(&description(text)), "{text}");
        }
    }
}
