//! Whether a plan that was saved still holds: nothing it was made on has moved since. In: a plan, and what was seen of each stack
//! then. Out: yes, or what moved. What an earlier run of the same plan has done is no move.

use crate::cloud::{Cloud, Error, ErrorKind};
use crate::plan::preview::{Live, Preview, StagePreview};
use crate::plan::{Image, Plan, StackWork, Work};

use super::Run;
use super::event::What;
use super::preflight::OWN;
use super::stack::content;
use super::watch::Outcome;

impl<C: Cloud> Run<'_, C> {
    /// Returns whether a plan may be carried out; if not, it was said why. Only one that was saved can have grown old.
    pub(super) async fn holds(&mut self, plan: &Plan) -> bool {
        let reviewed = self.options.reviewed.as_ref().filter(|reviewed| reviewed.is_saved);
        let Some(preview) = reviewed.map(|reviewed| reviewed.preview.clone()) else {
            return true;
        };
        // The run learns them stage by stage, and contents are named after them.
        for stage in &plan.stages {
            if let Work::Image(image) = &stage.work {
                self.digests.insert(image.repository.clone(), image.image.clone());
            }
        }
        let mut holds = true;
        for (stage, work) in plan.stages.iter().map(|stage| &stage.work).enumerate() {
            let moved = match work {
                Work::Stack(work) => self.moved(work, &preview).await,
                Work::Image(image) => self.gone(image, &preview).await,
                Work::Task(_) | Work::Removal(_) | Work::Records(_) => Ok(None),
            };
            let reason = match moved {
                Ok(None) => continue,
                Ok(Some((outcome, reason))) => {
                    self.emit(What::Blocked { outcome });
                    reason
                }
                Err(error) => error.to_string(),
            };
            self.emit(What::StageFailed { stage, reason });
            holds = false;
        }
        self.digests.clear();
        holds
    }

    /// What has moved of a stack.
    async fn moved(&mut self, work: &StackWork, preview: &Preview) -> Result<Option<(Outcome, String)>, Error> {
        let stack = &work.stack;
        let there = match self.ask(async |cloud: &C| cloud.describe_stack(stack).await).await {
            Ok(there) => Some(there).filter(|there| !there.status.is_in_review()),
            Err(error) if error.kind() == ErrorKind::Missing => None,
            Err(error) => return Err(error),
        };
        let there = there.filter(|there| there.status.as_str() != "DELETE_COMPLETE");
        let seen = preview.stacks().find(|seen| seen.stack == *stack);
        let seen: Option<&Live> = seen.and_then(|seen| seen.live.as_ref());
        let moved = match (seen, &there) {
            (None, None) => return Ok(None),
            (Some(seen), Some(there)) if seen.id == there.id && seen.updated == there.updated => return Ok(None),
            (Some(_), None) => "it is gone".to_string(),
            (Some(seen), Some(there)) if seen.id != there.id => {
                format!("it was deleted and made anew ({})", there.status.as_str())
            }
            (Some(seen), Some(there)) => format!(
                "it was changed at {} ({}), and the plan is of what it was since {}",
                there.updated,
                there.status.as_str(),
                seen.updated
            ),
            (None, Some(there)) => format!(
                "it was not there, and was made at {} ({})",
                there.updated,
                there.status.as_str()
            ),
        };
        if there.is_some() {
            let prefix = format!("{OWN}{}-", content(work, &self.digests));
            let last = self.operation(stack).await?;
            if last.is_some_and(|last| last.token.starts_with(&prefix)) {
                return Ok(None);
            }
        }
        Ok(Some((Outcome::Stale, format!("the plan no longer holds: {moved}"))))
    }

    /// Whether an image that was seen is gone.
    async fn gone(&mut self, image: &Image, preview: &Preview) -> Result<Option<(Outcome, String)>, Error> {
        let Image { repository, image, .. } = image;
        let was_seen = preview.stages.iter().any(
            |stage| matches!(stage, StagePreview::Image { repository: one, digest: Some(_), .. } if one == repository),
        );
        if !was_seen {
            let reason = format!("there was no image in repository {repository} yet: push one, and make another plan");
            return Ok(Some((Outcome::Waits, reason)));
        }
        let found = self
            .ask(async |cloud: &C| cloud.image_digest(repository, image).await)
            .await;
        match found {
            Ok(Some(_)) => Ok(None),
            Err(error) if error.kind() != ErrorKind::Missing => Err(error),
            _ => {
                let reason = format!("the plan no longer holds: image {image} is gone from repository {repository}");
                Ok(Some((Outcome::Stale, reason)))
            }
        }
    }
}
