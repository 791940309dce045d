//! A plan for those who decide over it: what it adds up to, whether it can be carried out, what is grave in it. In: a preview,
//! and how looking ended. Out: words and order, which all views of it share.

use maud::Markup;

use crate::cli::failure::Exit;
use crate::deploy::watch::Outcome;
use crate::plan::consequence::{Consequence, Effect};
use crate::plan::preview::{Basis, Live, Preview, StackPreview, StackState, StagePreview};
use crate::plan::stakes::Sort;

use super::{Account, heading};

/// A plan, and how looking at it ended.
pub(in crate::cli) struct Report<'a> {
    pub preview: &'a Preview,
    pub account: &'a Account,
    /// What was planned, as it was asked for: a path, and a cluster where one was named.
    pub subject: &'a str,
    pub exit: Exit,
    /// Why looking ended before all was seen.
    pub halt: Option<String>,
    /// What else there is to say, such as the forecast of its rollouts.
    pub told: Vec<Told>,
}

/// Lines for a person that belong to a plan.
pub(in crate::cli) struct Told {
    pub title: &'static str,
    /// What they rest on, in a sentence.
    pub about: &'static str,
    /// The lines, without colours.
    pub text: String,
    /// The same, drawn for a page.
    pub drawn: Option<Markup>,
}

/// How a reader should feel about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Warning,
    Bad,
}

/// What a resource goes through, with its stack.
pub(super) type Touched<'a> = (&'a StackPreview, &'a Consequence);

impl<'a> Report<'a> {
    /// How many resources go through what.
    pub(super) fn totals(&self) -> String {
        if !self.preview.changes() {
            return "no stack changes".to_string();
        }
        let counts = Effect::ALL.iter().map(|effect| (self.preview.count(*effect), effect));
        let counts = counts.filter(|(count, _)| *count > 0);
        let counts: Vec<String> = counts
            .map(|(count, effect)| format!("{count} {}", heading(*effect).0))
            .collect();
        match counts.is_empty() {
            true => "only outputs change".to_string(),
            false => counts.join(", "),
        }
    }

    /// Whether it can be carried out, and what the gravest thing about it is.
    pub(super) fn verdict(&self) -> (Tone, String) {
        let first = |state: StackState| self.preview.stacks().find(|stack| stack.state == state);
        if let Some(halt) = &self.halt {
            return (Tone::Bad, format!("not all of it was looked at: {halt}"));
        }
        if let Some(one) = self.preview.refused().next() {
            return (Tone::Bad, format!("the rollout of `{}` cannot converge", one.service));
        }
        if let Some(stack) = first(StackState::Refused) {
            return (Tone::Bad, format!("stack `{}` takes no change", stack.stack));
        }
        if let Some(stack) = first(StackState::Locked) {
            return (Tone::Bad, format!("somebody else changes stack `{}` now", stack.stack));
        }
        let data = self.with(Sort::Data).len();
        if data > 0 {
            return (Tone::Bad, format!("data of {} is at risk", resources(data)));
        }
        if let Some(repository) = self.preview.missing().next() {
            return (Tone::Warning, format!("it waits for an image in `{repository}`"));
        }
        let down = self.with(Sort::Downtime).len();
        if down > 0 {
            let verb = if down == 1 { "does" } else { "do" };
            let text = format!("{} {verb} not answer for a while, or no longer", resources(down));
            return (Tone::Warning, text);
        }
        let perhaps = self.preview.count(Effect::MayBeReplaced);
        if perhaps > 0 {
            return (Tone::Warning, format!("{} may be replaced", resources(perhaps)));
        }
        match self.preview.changes() {
            true => (
                Tone::Good,
                "no data is at risk, and nothing stops answering".to_string(),
            ),
            false => (Tone::Good, "there is nothing to do".to_string()),
        }
    }

    /// The exit code of `plan`, and what it means.
    pub(super) fn ending(&self) -> String {
        let means = match self.exit {
            Exit::Done if self.preview.changes() => "it can be applied",
            Exit::Done => "nothing would change",
            #[cfg(feature = "aws")]
            Exit::Changes => "there are changes, and it can be applied",
            Exit::Deployment(Outcome::Failed) => "AWS refuses, until somebody acts",
            Exit::Deployment(Outcome::Interrupted) => "it was stopped",
            Exit::Deployment(outcome) => outcome.words(),
            // `run` ends so.
            Exit::Task(_) => "as its task did",
            Exit::Faults if self.preview.refused().next().is_some() => "a rollout cannot converge",
            Exit::Faults => "the spec has faults",
            Exit::Usage => "it could not be made",
            Exit::Ours => "a fault of loadline itself",
        };
        format!("exit {}: {means}", self.exit.code())
    }

    /// What is grave: all of which something is lost, or does not answer, or that is or may be replaced or removed. The gravest
    /// first, else in the order of stages.
    pub(super) fn grave(&self) -> Vec<Touched<'a>> {
        let mut found: Vec<Touched> = self.touched().filter(|(_, one)| gravity(one) < CALM).collect();
        found.sort_by_key(|(_, one)| gravity(one));
        found
    }

    /// All that is done, in order.
    pub(super) fn stages(&self) -> &'a [StagePreview] {
        &self.preview.stages
    }

    fn with(&self, sort: Sort) -> Vec<Touched<'a>> {
        let has = |one: &Consequence| one.stakes.iter().any(|stake| stake.sort == sort);
        self.touched().filter(|(_, one)| has(one)).collect()
    }

    fn touched(&self) -> impl Iterator<Item = Touched<'a>> {
        let stacks = self.preview.stacks();
        stacks.flat_map(|stack| stack.consequences.iter().map(move |one| (stack, one)))
    }
}

fn resources(count: usize) -> String {
    match count {
        1 => "1 resource".to_string(),
        many => format!("{many} resources"),
    }
}

/// From here on, nobody needs to worry.
pub(super) const CALM: usize = 20;

/// How grave it is what a resource goes through: by what is at stake, then by the effect. Less is graver.
pub(super) fn gravity(one: &Consequence) -> usize {
    let effect = Effect::ALL.iter().position(|effect| *effect == one.effect);
    let effect = effect.unwrap_or(Effect::ALL.len());
    let stake = one.stakes.iter().map(|stake| stake.sort).min();
    match (stake, one.effect) {
        (Some(Sort::Data), _) => effect,
        (Some(Sort::Downtime), _) => 5 + effect,
        (_, Effect::Replaced | Effect::MayBeReplaced) => 10 + effect,
        (Some(Sort::Room), _) => CALM + effect,
        _ => CALM + 5 + effect,
    }
}

/// The resources of a stack that go through this, the gravest first.
pub(super) fn through(stack: &StackPreview, effect: Effect) -> Vec<&Consequence> {
    let mut all: Vec<&Consequence> = stack.consequences.iter().filter(|one| one.effect == effect).collect();
    all.sort_by_key(|one| gravity(one));
    all
}

/// What a class of what is at stake is called.
pub(super) fn class(sort: Sort) -> &'static str {
    match sort {
        Sort::Data => "data at risk",
        Sort::Downtime => "downtime",
        Sort::Room => "needs room",
    }
}

/// How a stack is, in a word.
pub(super) fn state(stack: &StackPreview) -> (Tone, &'static str) {
    match (&stack.basis, stack.state) {
        (_, StackState::Locked) => (Tone::Bad, "locked"),
        (_, StackState::Refused) => (Tone::Bad, "refused"),
        (_, StackState::New) => (Tone::Good, "new"),
        (Basis::Nothing { .. }, _) => (Tone::Warning, "not known yet"),
        _ if stack.changes() => (Tone::Good, "changes"),
        _ => (Tone::Good, "no changes"),
    }
}

/// What is to be said of a stack beside its resources.
pub(super) fn remarks(stack: &StackPreview) -> Vec<String> {
    let mut found = Vec::new();
    match &stack.basis {
        Basis::ChangeSet => {}
        Basis::Template { why } => {
            let inside = match stack.state {
                StackState::New => "",
                _ => "; what changes inside its resources is seen when it is deployed",
            };
            found.push(format!("by its template alone: {why}{inside}"));
        }
        Basis::Nothing { why } => found.push(why.clone()),
    }
    if stack.beside {
        found.push("outputs change, and no resource".to_string());
    }
    let terms = stack.live.iter().filter(|_| stack.changes()).flat_map(Live::terms);
    found.extend(terms);
    if stack.state == StackState::Deployed && !stack.possible.is_empty() {
        found.push(possible(stack));
    }
    found
}

fn possible(seen: &StackPreview) -> String {
    const MOST: usize = 6;
    let mut names: Vec<&str> = seen.possible.iter().take(MOST).map(String::as_str).collect();
    let more = format!("{} more", seen.possible.len().saturating_sub(MOST));
    if seen.possible.len() > MOST {
        names.push(&more);
    }
    let before = seen.after.join(", ");
    format!(
        "once {before} is deployed, whose values it reads, these may change in place: {}",
        names.join(", ")
    )
}

/// What an image is now, or what is missing; and whether it is there.
pub(super) fn image(repository: &str, image: &str, digest: Option<&str>, account: &Account) -> (Tone, String) {
    match digest {
        Some(digest) => {
            let tag = if image.is_empty() { "pushed last" } else { image };
            (Tone::Good, format!("`{digest}` ({tag})"))
        }
        None if image.starts_with("sha256:") => (Tone::Warning, format!("there is no image `{image}`")),
        None => {
            let (what, tag) = match image {
                "" => ("no image", "1"),
                tag => ("no such image", tag),
            };
            let registry = format!("{}.dkr.ecr.{}.amazonaws.com", account.number, account.region);
            let push = format!("there is {what} in it; push one: `docker push {registry}/{repository}:{tag}`");
            (Tone::Warning, push)
        }
    }
}

/// When a task runs.
pub(super) fn runs(before: bool) -> &'static str {
    match before {
        true => "runs once, before the services change",
        false => "runs once, after the services change",
    }
}
