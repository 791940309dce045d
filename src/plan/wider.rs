//! Whether a deployment would do more than was reviewed. In: a preview that somebody has looked at, and what a change set does
//! now. Out: what of it nobody has seen. Must not know how either was found out.

use std::fmt;

use crate::template::Place;

use super::consequence::{Consequence, Effect};
use super::preview::{Basis, Preview, StackPreview, StackState};

/// A preview that binds a deployment: it does this or less.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reviewed {
    /// What was looked at.
    pub preview: Preview,
    /// Whether nothing may have moved since: of a plan that was saved.
    pub is_saved: bool,
}

/// What would be done to a resource, though nobody has seen that it would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excess {
    /// The logical ID.
    pub logical: String,
    /// What it is of, in words, or else its type.
    pub owner: String,
    /// What it goes through now.
    pub effect: Effect,
    /// What was reviewed of it.
    pub reviewed: Option<Effect>,
    /// Whether it is its data that nobody knew to be at risk.
    pub is_data: bool,
    /// The user's line.
    pub place: Option<Place>,
}

impl fmt::Display for Excess {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let Excess { logical, owner, .. } = self;
        write!(formatter, "{logical} ({owner}) {}", would(self.effect))?;
        match self.reviewed {
            _ if self.is_data => write!(formatter, " and its data be lost or left behind, which nobody has seen")?,
            Some(effect) => write!(formatter, ", reviewed was that it {}", would(effect))?,
            None => write!(formatter, ", of which nothing was reviewed")?,
        }
        match &self.place {
            Some(place) => write!(formatter, " ({place})"),
            None => Ok(()),
        }
    }
}

fn would(effect: Effect) -> &'static str {
    match effect {
        Effect::Replaced => "would be replaced",
        Effect::MayBeReplaced => "may be replaced",
        Effect::Changed => "would change in place",
        Effect::Added => "would be added",
        Effect::Removed => "would be removed",
    }
}

impl Reviewed {
    /// What a stack's change set does beyond what was reviewed. `is_new` says whether it makes the stack.
    pub fn excess(&self, stack: &str, is_new: bool, now: &[Consequence]) -> Vec<Excess> {
        let Some(seen) = self.preview.stacks().find(|seen| seen.stack == stack) else {
            return now.iter().map(|one| excess(one, None)).collect();
        };
        // A stack that never came up is made anew: the user has asked for it, and it holds nothing.
        if is_new && seen.state == StackState::Refused {
            return Vec::new();
        }
        now.iter().filter_map(|one| beyond(seen, one)).collect()
    }
}

fn excess(one: &Consequence, reviewed: Option<Effect>) -> Excess {
    Excess {
        logical: one.logical.clone(),
        owner: one.owner.clone().unwrap_or_else(|| one.kind.clone()),
        effect: one.effect,
        reviewed,
        is_data: false,
        place: one.place.clone(),
    }
}

/// What goes beyond a preview of its stack, if this does.
fn beyond(seen: &StackPreview, now: &Consequence) -> Option<Excess> {
    let reviewed = seen.consequences.iter().find(|one| one.logical == now.logical);
    let effect = reviewed.map(|one| one.effect);
    if !covers(seen, effect, now) {
        return Some(excess(now, effect));
    }
    let is_data = now.loses_data() && !reviewed.is_some_and(Consequence::loses_data);
    is_data.then(|| Excess {
        is_data,
        ..excess(now, effect)
    })
}

/// Whether what was reviewed of a resource covers what happens to it now. What may happen counts as reviewed.
fn covers(seen: &StackPreview, reviewed: Option<Effect>, now: &Consequence) -> bool {
    match (now.effect, reviewed) {
        (Effect::Changed, Some(effect)) => effect != Effect::Removed,
        // A template alone does not tell what changes inside its resources, and the preview says so.
        (Effect::Changed, None) => matches!(seen.basis, Basis::Template { .. }) || seen.possible.contains(&now.logical),
        (Effect::Replaced | Effect::MayBeReplaced, reviewed) => {
            matches!(reviewed, Some(Effect::Replaced | Effect::MayBeReplaced))
        }
        (Effect::Added, reviewed) => reviewed == Some(Effect::Added),
        (Effect::Removed, reviewed) => reviewed == Some(Effect::Removed),
    }
}

/// What goes beyond, for a person; not more than can be read.
pub fn listed(excess: &[Excess]) -> String {
    const MOST: usize = 8;
    let mut lines: Vec<String> = excess.iter().take(MOST).map(Excess::to_string).collect();
    if excess.len() > MOST {
        lines.push(format!("and {} more", excess.len() - MOST));
    }
    lines.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::formation::Change;
    use crate::plan::consequence;

    fn change(action: &str, logical: &str, replacement: Option<&str>) -> Consequence {
        let change = Change {
            action: action.to_string(),
            logical: logical.to_string(),
            kind: "AWS::SQS::QueuePolicy".to_string(),
            replacement: replacement.map(str::to_string),
            ..Change::default()
        };
        consequence::of(&[change], &[]).remove(0)
    }

    /// All that can happen to a resource, the least first.
    fn all() -> [Option<Consequence>; 6] {
        [
            None,
            Some(change("Modify", "A", Some("False"))),
            Some(change("Modify", "A", Some("Conditional"))),
            Some(change("Modify", "A", Some("True"))),
            Some(change("Add", "A", None)),
            Some(change("Remove", "A", None)),
        ]
    }

    fn seen(basis: Basis, of: Option<Consequence>) -> Reviewed {
        let stack = StackPreview {
            stack: "s".to_string(),
            basis,
            consequences: of.into_iter().collect(),
            ..StackPreview::default()
        };
        Reviewed {
            preview: Preview {
                stages: vec![super::super::preview::StagePreview::Stack(stack)],
                ..Preview::default()
            },
            is_saved: false,
        }
    }

    #[test]
    fn equal_and_smaller_goes_on_and_wider_does_not() {
        // Rows: what was reviewed; columns: what happens now.
        let expected = [
            "yes no no no no no",
            "yes yes no no no no",
            "yes yes yes yes no no",
            "yes yes yes yes no no",
            "yes yes no no yes no",
            "yes no no no no yes",
        ];
        for (reviewed, row) in all().into_iter().zip(expected) {
            let reviewed = seen(Basis::ChangeSet, reviewed);
            let goes_on = |now: Option<Consequence>| {
                let now: Vec<Consequence> = now.into_iter().collect();
                match reviewed.excess("s", false, &now).is_empty() {
                    true => "yes",
                    false => "no",
                }
            };
            assert_eq!(all().map(goes_on).join(" "), row, "{reviewed:?}");
        }
    }

    #[test]
    fn what_may_change_in_place_counts_as_reviewed() {
        let why = String::new();
        let by_template = seen(Basis::Template { why }, None);
        let [_, changed, _, replaced, added, removed] = all().map(Vec::from_iter);
        assert!(by_template.excess("s", false, &changed).is_empty());
        for now in [replaced, added, removed] {
            assert_eq!(by_template.excess("s", false, &now).len(), 1);
        }
        assert_eq!(by_template.excess("other", false, &changed).len(), 1);
    }

    #[test]
    fn data_that_nobody_knew_to_be_at_risk_is_beyond() {
        let removal = |policy: &str| {
            let change = Change {
                action: "Remove".to_string(),
                logical: "A".to_string(),
                kind: "AWS::S3::Bucket".to_string(),
                policy: Some(policy.to_string()),
                ..Change::default()
            };
            consequence::of(&[change], &[]).remove(0)
        };
        let kept = seen(Basis::ChangeSet, Some(removal("Retain")));
        assert!(kept.excess("s", false, &[removal("Retain")]).is_empty());
        let found = kept.excess("s", false, &[removal("Delete")]);
        assert!(found[0].is_data, "{found:?}");
        let lost = seen(Basis::ChangeSet, Some(removal("Delete")));
        assert!(lost.excess("s", false, &[removal("Retain")]).is_empty());
    }
}
