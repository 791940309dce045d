//! What becomes of one stack. In: its work, and what is deployed. Out: a [`StackPreview`], by a change set, or by the
//! template where there can be none.

use std::collections::{BTreeMap, BTreeSet};

use crate::cloud::formation::{Stack, StackResource};
use crate::cloud::{Answer, Cloud, ErrorKind};
use crate::deploy::preflight::obstacle;
use crate::plan::consequence::{self, Effect};
use crate::plan::preview::{self, Basis, Live, Newer, StackPreview, StackState};
use crate::plan::{Given, StackWork, reached};

use super::{Halt, Look};

impl<C: Cloud> Look<'_, C> {
    pub(super) async fn stack(&mut self, work: &StackWork) -> Result<StackPreview, Halt> {
        (self.reader.told)(&format!("{}: looking at what changes", work.stack));
        let name = &work.stack;
        let there = match self.ask(async |cloud: &C| cloud.describe_stack(name).await).await? {
            Ok(there) => Some(there),
            Err(error) if error.kind() == ErrorKind::Missing => None,
            Err(error) => return Err(Halt::Refused(error)),
        };
        // A stack that was deleted is known for a while by some.
        let there = there.filter(|there| there.status.as_str() != "DELETE_COMPLETE");
        let mut is_left_alone = false;
        let there = match there {
            Some(there) => {
                let there = self.clean(there).await?;
                is_left_alone = self.others(&there).await?;
                self.last_failure(work, &there).await?;
                self.moved_values(work, &there).await?;
                Some(there)
            }
            None => None,
        };
        let mut seen = StackPreview {
            stack: work.stack.clone(),
            state: match &there {
                Some(there) if !there.status.is_in_review() => StackState::Deployed,
                _ => StackState::New,
            },
            basis: Basis::ChangeSet,
            consequences: Vec::new(),
            after: self.upstream(&self.moving, work),
            possible: reached(&work.template, &self.moving.keys().cloned().collect()),
            ..StackPreview::default()
        };
        let deployed = there.as_ref().filter(|there| !there.status.is_in_review());
        seen.live = deployed.map(|there| Live {
            id: there.id.clone(),
            updated: there.updated,
            status: there.status.clone(),
            standing: there.standing.clone(),
        });
        let is_cleaning = deployed.is_some_and(|there| there.status.is_cleaning_up());
        if let Some(why) = deployed.filter(|_| !is_cleaning).and_then(obstacle) {
            let under_way = deployed.is_some_and(|there| there.status.is_under_way());
            seen.state = if under_way {
                StackState::Locked
            } else {
                StackState::Refused
            };
            seen.basis = Basis::Nothing { why };
            self.learn_blind(work).await?;
            return Ok(seen);
        }
        if let Some(deployed) = deployed {
            let newer = self.newer(work, deployed).await?;
            self.preview.newer.extend(newer);
        }
        let changes = match self.why_not(work) {
            Some(why) => {
                // No set of ours comes, with which it would go.
                let token = format!("loadline-tidy-{}", self.cloud.now().0);
                if is_left_alone && let Err(error) = self.remove(name, &token).await {
                    let text = format!("stack {name}, in which nothing is ({error})");
                    self.preview.left.push(text);
                }
                Err(why)
            }
            None => match self.wish(work, deployed).await? {
                Ok(wish) => match self.changes(work, &wish, there.is_none() || is_left_alone).await? {
                    Ok((set, changes)) => {
                        seen.beside = !set.is_empty() && changes.is_empty();
                        Ok(changes)
                    }
                    Err(why) if is_cleaning => Err(format!("AWS takes no change set of it yet ({why})")),
                    Err(why) => {
                        seen.state = StackState::Refused;
                        Err(why)
                    }
                },
                Err(why) => Err(why),
            },
        };
        let changes = match (changes, seen.state) {
            (Ok(changes), _) => changes,
            (Err(why), StackState::New) => {
                seen.basis = Basis::Template { why };
                consequence::added(&work.template)
            }
            (Err(why), StackState::Deployed) => match self.resources(work).await? {
                Ok(there) => {
                    seen.basis = Basis::Template { why };
                    consequence::compared(&work.template, &there)
                }
                Err(error) => {
                    seen.basis = Basis::Nothing { why: error.to_string() };
                    Vec::new()
                }
            },
            (Err(why), _) => {
                seen.basis = Basis::Nothing { why };
                Vec::new()
            }
        };
        seen.consequences = consequence::of(&changes, &work.origins);
        self.learn(work, &seen);
        Ok(seen)
    }

    /// The newest machine image, where it is not the one that is deployed. Who may not ask is not told.
    async fn newer(&self, work: &StackWork, deployed: &Stack) -> Result<Option<Newer>, Halt> {
        for (id, given) in &work.parameters {
            let (Given::Kept(name), Some(runs)) = (given, deployed.parameters.get(id)) else {
                continue;
            };
            if name.is_empty() {
                continue;
            }
            let answer = self.ask(async |cloud: &C| cloud.parameter(name).await).await?;
            if let Some(newest) = answer.ok().filter(|newest| newest.value != *runs) {
                return Ok(Some(Newer {
                    stack: work.stack.clone(),
                    runs: runs.clone(),
                    newest: newest.value,
                }));
            }
        }
        Ok(None)
    }

    /// All resources of a stack that is there.
    pub(super) async fn resources(&self, work: &StackWork) -> Result<Answer<Vec<StackResource>>, Halt> {
        let mut page: Option<String> = None;
        let mut found = Vec::new();
        loop {
            let answer = self
                .ask(async |cloud: &C| cloud.list_stack_resources(&work.stack, page.as_deref()).await)
                .await?;
            let answer = match answer {
                Ok(answer) => answer,
                Err(error) => return Ok(Err(error)),
            };
            found.extend(answer.items);
            page = answer.next;
            if page.is_none() {
                return Ok(Ok(found));
            }
        }
    }

    /// The stacks that publish what this one reads, of those in a list.
    fn upstream(&self, publishers: &BTreeMap<String, String>, work: &StackWork) -> Vec<String> {
        let read = preview::reads(&work.template).into_iter();
        let stacks: BTreeSet<String> = read.filter_map(|name| publishers.get(&name).cloned()).collect();
        stacks.into_iter().collect()
    }

    /// Why there can be no change set of a stack yet.
    fn why_not(&self, work: &StackWork) -> Option<String> {
        let unborn = self.upstream(&self.unborn, work);
        let stack = unborn.first()?;
        Some(format!(
            "it reads what {stack} will publish, and that is not deployed yet"
        ))
    }

    /// Remembers which published values come to be, and which may change, with this stack.
    fn learn(&mut self, work: &StackWork, seen: &StackPreview) {
        for (logical, name) in preview::publishes(&work.template) {
            let of_it = seen.consequences.iter().find(|one| one.logical == logical);
            match (of_it.map(|one| one.effect), &seen.basis) {
                (Some(Effect::Added), _) => self.unborn.insert(name, work.stack.clone()),
                (Some(_), _) => self.moving.insert(name, work.stack.clone()),
                (None, Basis::ChangeSet) => None,
                // What is not known to stay as it is may change.
                (None, _) => self.moving.insert(name, work.stack.clone()),
            };
        }
    }

    /// The same for a stack of whose changes nothing is known: its values are not there yet, or may change.
    async fn learn_blind(&mut self, work: &StackWork) -> Result<(), Halt> {
        let there = self.resources(work).await?.unwrap_or_default();
        for (logical, name) in preview::publishes(&work.template) {
            let mut own = there.iter().filter(|resource| resource.logical == logical);
            let values = match own.any(|resource| resource.status.is_complete()) {
                true => &mut self.moving,
                false => &mut self.unborn,
            };
            values.insert(name, work.stack.clone());
        }
        Ok(())
    }
}
