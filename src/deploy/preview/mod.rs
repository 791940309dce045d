//! Looks at what a deployment would do, and leaves nothing behind. In: a [`Plan`]. Out: a [`Preview`], and how looking ended.
//!
//! A change set lives only while it is read: at most one is there at any time, and it is deleted on every way out. A stack
//! that came to be with it goes with it.

mod drift;
mod history;
mod live;
mod patient;
mod sets;
mod stack;
mod traps;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::cloud::{Answer, Cloud, Error, ErrorKind};
use crate::plan::preview::{Preview, StagePreview};
use crate::plan::{Image, Plan, Work};

pub use drift::drift;
pub use patient::patient;

/// Between two looks at a change set that is being made.
const LOOK: Duration = Duration::from_secs(1);

/// The longest pause while requests are refused.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// For how long requests may be refused before it is given up.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// The same, of what a plan can do without, where nobody answers.
const PATIENCE_ASIDE: Duration = Duration::from_secs(2 * 60);

/// Who asks for a preview.
#[derive(Clone, Copy)]
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
    let mut look = Look::new(cloud, reader);
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
    /// The values of Systems Manager that were read, by name; `None` of one that is not there.
    values: BTreeMap<String, Option<String>>,
    preview: Preview,
}

impl<'a, C: Cloud> Look<'a, C> {
    fn new(cloud: &'a C, reader: Reader<'a>) -> Look<'a, C> {
        Look {
            cloud,
            reader,
            digests: BTreeMap::new(),
            unborn: BTreeMap::new(),
            moving: BTreeMap::new(),
            values: BTreeMap::new(),
            preview: Preview::default(),
        }
    }

    async fn all(&mut self, plan: &Plan) -> Result<(), Halt> {
        for stage in &plan.stages {
            let seen = match &stage.work {
                // What is taken away is looked at before it becomes a plan.
                Work::Removal(_) | Work::Records(_) => continue,
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
        self.rollouts(plan).await
    }

    /// Asks until there is an answer that lasts, or the reader has left.
    async fn ask<T>(&self, request: impl AsyncFn(&C) -> Answer<T>) -> Result<Answer<T>, Halt> {
        self.ask_for(PATIENCE, request).await
    }

    /// Asks for what a plan can do without: who does not answer for long is not waited for.
    async fn ask_aside<T>(&self, request: impl AsyncFn(&C) -> Answer<T>) -> Result<Answer<T>, Halt> {
        match self.ask_for(PATIENCE_ASIDE, request).await {
            Err(Halt::Refused(error)) => Ok(Err(error)),
            answer => answer,
        }
    }

    async fn ask_for<T>(&self, patience: Duration, request: impl AsyncFn(&C) -> Answer<T>) -> Result<Answer<T>, Halt> {
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
            // Throttling passes, however long it takes.
            let patience = match error.kind() {
                ErrorKind::Throttled => PATIENCE,
                _ => patience,
            };
            if self.cloud.now().since(began) >= patience {
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
}
