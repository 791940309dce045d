//! How drift looks: louder than what is planned, since nobody planned it. In: a preview. Out: text for a person, or nothing where
//! nobody asked.

use super::preview::{paragraph, shortened};
use crate::plan::drift::{Drift, Drifted, Overwritten};
use crate::plan::preview::{Preview, StackPreview};

/// What somebody has changed outside of the spec, in all stacks.
pub(in crate::cli) fn section(preview: &Preview, width: usize) -> String {
    let stacks: Vec<(&StackPreview, &Drift)> = preview
        .stacks()
        .filter_map(|stack| Some((stack, stack.drift.as_ref()?)))
        .collect();
    if stacks.is_empty() {
        return String::new();
    }
    let mut text = match preview.drifts() {
        true => {
            let mut text = "\n\u{1b}[1;31mCHANGED OUTSIDE OF THE SPEC\u{1b}[0m\n".to_string();
            let note = "the spec comes back, and these values go, when a deployment changes the resource";
            paragraph(&mut text, note, width);
            text
        }
        false => "\n\u{1b}[1mnothing was changed outside of the spec\u{1b}[0m, as far as AWS compares\n".to_string(),
    };
    for (stack, drift) in stacks {
        text.push_str(&of_stack(stack, drift, width));
    }
    text
}

fn of_stack(stack: &StackPreview, drift: &Drift, width: usize) -> String {
    let mut text = String::new();
    let resources = match drift {
        Drift::Unknown { why } => {
            paragraph(&mut text, &format!("{}: not compared: {why}", stack.stack), width);
            return text;
        }
        Drift::Compared { resources } => resources,
    };
    if !resources.is_empty() {
        text.push_str(&format!("  \u{1b}[1mstack {}\u{1b}[0m\n", stack.stack));
    }
    for one in resources {
        text.push_str(&resource(one));
    }
    text
}

fn resource(one: &Drifted) -> String {
    let (colour, mark) = if one.is_changed() { ("1;31", "!") } else { ("2", "?") };
    let owner = one
        .owner
        .as_ref()
        .map(|owner| format!("  \u{1b}[2m{owner}\u{1b}[0m"))
        .unwrap_or_default();
    let Drifted {
        logical, kind, status, ..
    } = one;
    let mut text = format!("  \u{1b}[{colour}m{mark} {logical}\u{1b}[0m  {kind}  {status}{owner}\n");
    for value in &one.values {
        text.push_str(&format!("      \u{1b}[31m{}\u{1b}[0m\n", line(value)));
    }
    for part in &one.ignored {
        text.push_str(&format!(
            "      \u{1b}[2mnot compared: {} ({})\u{1b}[0m\n",
            part.path, part.reason
        ));
    }
    if let Some(place) = one.place.as_ref().filter(|_| one.is_changed()) {
        text.push_str(&format!("      \u{1b}[34m-->\u{1b}[0m {place}\n"));
    }
    text
}

fn line(value: &Overwritten) -> String {
    let shown = |value: &Option<String>| value.as_deref().map_or("nothing".to_string(), shortened);
    let [deployed, live, after] = [&value.deployed, &value.live, &value.after].map(shown);
    let then = match value.live == value.after {
        true => "the spec says the same now".to_string(),
        false => format!("would become {after}"),
    };
    format!("{}: {live} is live, {deployed} was deployed; {then}", value.property)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::formation::Ignored;
    use crate::plan::preview::StagePreview;

    #[test]
    fn what_was_changed_outside_is_told_with_all_three_values() {
        let value = |deployed: &str, live: &str, after: &str| Overwritten {
            property: "DesiredCount".to_string(),
            deployed: Some(deployed.to_string()),
            live: Some(live.to_string()),
            after: Some(after.to_string()),
        };
        let drifted = |logical: &str, status: &str, values: Vec<Overwritten>, reason: &str| Drifted {
            logical: logical.to_string(),
            kind: "AWS::ECS::Service".to_string(),
            physical: None,
            owner: Some("service `web`".to_string()),
            place: None,
            status: status.to_string(),
            values,
            ignored: vec![Ignored {
                path: "/Properties/LoadBalancers".to_string(),
                reason: reason.to_string(),
            }],
        };
        let stack = |stack: &str, drift: Drift| {
            StagePreview::Stack(StackPreview {
                stack: stack.to_string(),
                drift: Some(drift),
                ..StackPreview::default()
            })
        };
        let resources = vec![
            drifted(
                "Web",
                "MODIFIED",
                vec![value("2", "5", "2"), value("2", "5", "5")],
                "MANAGED_BY_AWS",
            ),
            drifted("Other", "IN_SYNC", Vec::new(), "MOONLIGHT"),
        ];
        let why = "DeploymentMode is not supported here".to_string();
        let stages = vec![
            stack("one", Drift::Compared { resources }),
            stack("two", Drift::Unknown { why }),
            stack("three", Drift::Compared { resources: Vec::new() }),
        ];
        let preview = Preview {
            stages,
            ..Preview::default()
        };
        let text = section(&preview, 100);
        let plain = anstream::adapter::strip_str(&text).to_string();
        assert_eq!(
            plain,
            "
CHANGED OUTSIDE OF THE SPEC
  the spec comes back, and these values go, when a deployment changes the resource
  stack one
  ! Web  AWS::ECS::Service  MODIFIED  service `web`
      DesiredCount: 5 is live, 2 was deployed; would become 2
      DesiredCount: 5 is live, 2 was deployed; the spec says the same now
      not compared: /Properties/LoadBalancers (MANAGED_BY_AWS)
  ? Other  AWS::ECS::Service  IN_SYNC  service `web`
      not compared: /Properties/LoadBalancers (MOONLIGHT)
  two: not compared: DeploymentMode is not supported here
"
        );
        assert_eq!(section(&Preview::default(), 100), "");
    }
}
