//! Looks at what a deployment would do, and leaves nothing behind. In: a [`Plan`]. Out: a [`Preview`], and how looking ended.
//!
//! A change set lives only while it is read: at most one is there at any time, and it is deleted on every way out. A stack
//! that came to be with it goes with it.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use crate::catalog::quotas::TEMPLATE_BYTES_INLINE;
use crate::cloud::formation::{Change, ChangeSet, ChangeSetType, ChangeSetWish, Stack, StackResource};
use crate::cloud::{Answer, Cloud, Error, ErrorKind};
use crate::plan::consequence::{self, Effect};
use crate::plan::preview::{self, Basis, Preview, StackPreview, StackState, StagePreview};
use crate::plan::{Given, Image, Plan, StackWork, Work};

use super::preflight::obstacle;

/// Between two looks at a change set that is being made.
const LOOK: Duration = Duration::from_secs(1);

/// The longest pause while requests are refused.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// For how long requests may be refused before it is given up.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// For how long it is tried to delete what was made, even if the reader has left.
const TIDYING: Duration = Duration::from_secs(60);

/// Who asks for a preview.
pub struct Reader<'a> {
    /// Whether the reader has left.
    pub left: &'a dyn Fn() -> bool,
    /// Told what it takes time for.
    pub told: &'a dyn Fn(&str),
}

/// Why looking ended before all was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halt {
    /// The reader has left.
    Left,
    /// AWS refused.
    Refused(Error),
}

/// Looks at each stage of a plan in turn.
pub async fn of<C: Cloud>(plan: &Plan, cloud: &C, reader: Reader<'_>) -> (Preview, Option<Halt>) {
    let mut look = Look {
        cloud,
        reader,
        digests: BTreeMap::new(),
        unborn: BTreeMap::new(),
        moving: BTreeMap::new(),
        preview: Preview::default(),
    };
    let halt = look.all(plan).await.err();
    (look.preview, halt)
}

struct Look<'a, C: Cloud> {
    cloud: &'a C,
    reader: Reader<'a>,
    /// The digest of the image in each repository.
    digests: BTreeMap<String, String>,
    /// The stack that will publish a value, by the name of one that is not there yet.
    unborn: BTreeMap<String, String>,
    /// The stack that publishes a value, by the name of one that may change.
    moving: BTreeMap<String, String>,
    preview: Preview,
}

impl<C: Cloud> Look<'_, C> {
    async fn all(&mut self, plan: &Plan) -> Result<(), Halt> {
        for stage in &plan.stages {
            let seen = match &stage.work {
                Work::Stack(work) => StagePreview::Stack(self.stack(work).await?),
                Work::Image(image) => self.image(image).await?,
                Work::Task(task) => StagePreview::Task {
                    app: task.app.clone(),
                    name: task.name.clone(),
                    before: task.before,
                    place: task.place.clone(),
                },
            };
            self.preview.stages.push(seen);
        }
        Ok(())
    }

    /// Asks until there is an answer that lasts, or the reader has left.
    async fn ask<T>(&self, request: impl AsyncFn(&C) -> Answer<T>) -> Result<Answer<T>, Halt> {
        let began = self.cloud.now();
        let mut pause = LOOK;
        loop {
            if (self.reader.left)() {
                return Err(Halt::Left);
            }
            let error = match request(self.cloud).await {
                Err(error) if error.is_passing() => error,
                answer => return Ok(answer),
            };
            if self.cloud.now().since(began) >= PATIENCE {
                return Err(Halt::Refused(error));
            }
            (self.reader.told)(&format!("{error}; it is asked again"));
            self.pause(pause).await?;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn pause(&self, time: Duration) -> Result<(), Halt> {
        let end = self.cloud.now() + time;
        while self.cloud.now() < end {
            self.cloud.sleep(LOOK).await;
            if (self.reader.left)() {
                return Err(Halt::Left);
            }
        }
        Ok(())
    }

    async fn image(&mut self, image: &Image) -> Result<StagePreview, Halt> {
        let (repository, tag) = (&image.repository, &image.image);
        let answer = self
            .ask(async |cloud: &C| cloud.image_digest(repository, tag).await)
            .await?;
        let digest = match answer {
            Ok(digest) => digest,
            Err(error) if error.kind() == ErrorKind::Missing => None,
            Err(error) => return Err(Halt::Refused(error)),
        };
        if let Some(digest) = &digest {
            self.digests.insert(repository.clone(), digest.clone());
        }
        Ok(StagePreview::Image {
            repository: repository.clone(),
            image: tag.clone(),
            digest,
            place: image.place.clone(),
        })
    }

    async fn stack(&mut self, work: &StackWork) -> Result<StackPreview, Halt> {
        (self.reader.told)(&format!("{}: looking at what changes", work.stack));
        let name = &work.stack;
        let there = match self.ask(async |cloud: &C| cloud.describe_stack(name).await).await? {
            Ok(there) => Some(there),
            Err(error) if error.kind() == ErrorKind::Missing => None,
            Err(error) => return Err(Halt::Refused(error)),
        };
        let mut seen = StackPreview {
            stack: work.stack.clone(),
            state: match &there {
                Some(there) if !there.status.is_in_review() => StackState::Deployed,
                _ => StackState::New,
            },
            basis: Basis::ChangeSet,
            consequences: Vec::new(),
            beside: false,
            after: self.upstream(&self.moving, work),
        };
        let deployed = there.as_ref().filter(|there| !there.status.is_in_review());
        if let Some(why) = deployed.and_then(obstacle) {
            let under_way = deployed.is_some_and(|there| there.status.is_under_way());
            seen.state = if under_way {
                StackState::Locked
            } else {
                StackState::Refused
            };
            seen.basis = Basis::Nothing { why };
            return Ok(seen);
        }
        let changes = match self.why_not(work) {
            Some(why) => Err(why),
            None => match self.wish(work, deployed).await? {
                Ok(wish) => match self.changes(&wish, there.is_none()).await? {
                    Ok((set, changes)) => {
                        seen.beside = !set.is_empty() && changes.is_empty();
                        Ok(changes)
                    }
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

    /// All resources of a stack that is there.
    async fn resources(&self, work: &StackWork) -> Result<Answer<Vec<StackResource>>, Halt> {
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
        if let Some(stack) = unborn.first() {
            return Some(format!(
                "it reads what {stack} will publish, and that is not deployed yet"
            ));
        }
        let (bytes, most) = (work.template.len() as u64, TEMPLATE_BYTES_INLINE.most);
        (bytes > most).then(|| format!("its template has {bytes} bytes, and AWS takes {most} in a request"))
    }

    /// Remembers which published values come to be, and which may change, with this stack.
    fn learn(&mut self, work: &StackWork, seen: &StackPreview) {
        for (logical, name) in preview::publishes(&work.template) {
            let of_it = seen.consequences.iter().find(|one| one.logical == logical);
            match of_it.map(|one| one.effect) {
                Some(Effect::Added) => self.unborn.insert(name, work.stack.clone()),
                Some(_) => self.moving.insert(name, work.stack.clone()),
                None => None,
            };
        }
    }

    /// What the change set is asked for with; or why it cannot be.
    async fn wish(&self, work: &StackWork, deployed: Option<&Stack>) -> Result<Result<ChangeSetWish, String>, Halt> {
        let mut parameters = Vec::new();
        for (id, given) in &work.parameters {
            let kept = deployed.is_some_and(|there| there.parameters.contains_key(id));
            let value = match given {
                Given::Known(value) => Some(value.clone()),
                Given::Digest(repository) => match self.digests.get(repository) {
                    Some(digest) => Some(digest.clone()),
                    None if kept => None,
                    None => return Ok(Err(format!("there is no image in repository {repository} yet"))),
                },
                Given::Kept(_) if kept => None,
                Given::Kept(name) => match self.ask(async |cloud: &C| cloud.parameter(name).await).await? {
                    Ok(newest) => Some(newest.value),
                    Err(error) => return Ok(Err(format!("{name}: {error}"))),
                },
            };
            parameters.push((id.clone(), value));
        }
        let mut hasher = DefaultHasher::new();
        (&work.stack, &work.template, &parameters, self.cloud.now().0).hash(&mut hasher);
        let name = format!("loadline-plan-{:016x}", hasher.finish());
        Ok(Ok(ChangeSetWish {
            stack: work.stack.clone(),
            token: name.clone(),
            name,
            kind: match deployed {
                Some(_) => ChangeSetType::Update,
                None => ChangeSetType::Create,
            },
            template: work.template.clone(),
            parameters,
            capabilities: work.capabilities.clone(),
            about: "Made by `loadline plan`, which deletes it when it has read it.".to_string(),
        }))
    }

    /// Makes a change set, reads it, and deletes it; what AWS refuses comes as its words.
    async fn changes(
        &mut self,
        wish: &ChangeSetWish,
        alone: bool,
    ) -> Result<Result<(ChangeSet, Vec<Change>), String>, Halt> {
        let made = self.ask(async |cloud: &C| cloud.create_change_set(wish).await).await;
        let id = match made {
            Ok(Ok(id)) => id,
            Ok(Err(error)) => return Ok(Err(error.to_string())),
            Err(halt) => {
                // It may have been made all the same, when only the answer was lost.
                if let Halt::Refused(_) = halt {
                    let text = format!("change set {} of stack {}", wish.name, wish.stack);
                    self.preview.left.push(text);
                }
                return Err(halt);
            }
        };
        let read = self.read(&id).await;
        self.tidy(wish, &id, alone).await;
        let (set, changes) = match read? {
            Ok(read) => read,
            Err(error) => return Ok(Err(error.to_string())),
        };
        if set.status.is_failed() && !set.is_empty() {
            return Ok(Err(set.reason.unwrap_or(set.status.0)));
        }
        Ok(Ok((set, changes)))
    }

    /// Waits until a change set is there, and reads all its pages, with values and without.
    async fn read(&self, id: &str) -> Result<Answer<(ChangeSet, Vec<Change>)>, Halt> {
        let (set, plain) = loop {
            match self.pages(id, false).await? {
                Ok((set, _)) if set.status.is_under_way() || set.status.as_str() == "CREATE_PENDING" => {
                    self.pause(LOOK).await?;
                }
                Ok(read) => break read,
                Err(error) => return Ok(Err(error)),
            }
        };
        if set.status.is_failed() {
            return Ok(Ok((set, plain)));
        }
        match self.pages(id, true).await? {
            Ok((_, valued)) => Ok(Ok((set, consequence::merged(&plain, &valued)))),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn pages(&self, id: &str, values: bool) -> Result<Answer<(ChangeSet, Vec<Change>)>, Halt> {
        let mut page: Option<String> = None;
        let mut changes = Vec::new();
        loop {
            let answer = self
                .ask(async |cloud: &C| cloud.describe_change_set(id, values, page.as_deref()).await)
                .await?;
            let (set, next) = match answer {
                Ok(answer) => answer,
                Err(error) => return Ok(Err(error)),
            };
            changes.extend(set.changes.iter().cloned());
            page = next;
            if page.is_none() {
                return Ok(Ok((set, changes)));
            }
        }
    }

    /// Deletes a change set, and the stack that came to be with it.
    async fn tidy(&mut self, wish: &ChangeSetWish, id: &str, alone: bool) {
        let gone = self.insist(async |cloud: &C| cloud.delete_change_set(id).await).await;
        if let Err(error) = gone
            && error.kind() != ErrorKind::Missing
        {
            let text = format!("change set {} of stack {} ({error})", wish.name, wish.stack);
            self.preview.left.push(text);
        }
        if alone && let Err(error) = self.remove(wish).await {
            let text = format!("stack {}, in which nothing is ({error})", wish.stack);
            self.preview.left.push(text);
        }
    }

    /// Deletes a stack that has never been more than a change set, and waits until it is gone.
    async fn remove(&self, wish: &ChangeSetWish) -> Answer<()> {
        let stack = &wish.stack;
        let mut asked = false;
        let began = self.cloud.now();
        loop {
            let there = match self.insist(async |cloud: &C| cloud.describe_stack(stack).await).await {
                Ok(there) => there,
                Err(error) if error.kind() == ErrorKind::Missing => return Ok(()),
                Err(error) => return Err(error),
            };
            if there.status.is_in_review() && !asked {
                self.insist(async |cloud: &C| cloud.delete_stack(stack, &wish.token).await)
                    .await?;
                asked = true;
            } else if !there.status.is_in_review() && !there.status.is_under_way() {
                // Somebody has made it more than a change set, or it is gone.
                return Ok(());
            } else if self.cloud.now().since(began) > TIDYING {
                let message = format!("it is still {} after a minute", there.status.as_str());
                return Err(Error::new("DeleteStack", "Unfinished", message));
            } else {
                self.cloud.sleep(LOOK).await;
            }
        }
    }

    /// Asks until there is an answer, also when the reader has left, but not for ever.
    async fn insist<T>(&self, request: impl AsyncFn(&C) -> Answer<T>) -> Answer<T> {
        let began = self.cloud.now();
        loop {
            let error = match request(self.cloud).await {
                Err(error) => error,
                answer => return answer,
            };
            // A set that is still being made cannot be deleted yet.
            let is_busy = error.code.starts_with("InvalidChangeSetStatus");
            let is_over = self.cloud.now().since(began) >= TIDYING;
            if is_over || !(is_busy || error.is_passing()) {
                return Err(error);
            }
            self.cloud.sleep(LOOK).await;
        }
    }
}
