//! What somebody has changed outside of the spec. In: a plan and its preview. Out: the preview, which says so of each stack that
//! is there. As with everything that is looked at, nothing is left behind.

use crate::cloud::{Cloud, ErrorKind};
use crate::plan::drift::{self, Drift};
use crate::plan::preview::{Basis, Preview, StackPreview, StackState, StagePreview};
use crate::plan::{Plan, StackWork};

use super::{Halt, Look, Reader};

/// Compares each deployed stack of a plan with what is live.
pub async fn drift<C: Cloud>(plan: &Plan, cloud: &C, reader: Reader<'_>, preview: &mut Preview) -> Option<Halt> {
    let mut look = Look::new(cloud, reader);
    for stage in &preview.stages {
        if let StagePreview::Image {
            repository,
            digest: Some(digest),
            ..
        } = stage
        {
            look.digests.insert(repository.clone(), digest.clone());
        }
    }
    let mut halt = None;
    for stage in &mut preview.stages {
        let StagePreview::Stack(seen) = stage else { continue };
        let Some(work) = plan.stacks().find(|work| work.stack == seen.stack) else {
            continue;
        };
        match look.drift_of(work, seen).await {
            Ok(found) => seen.drift = found,
            Err(stopped) => {
                halt = Some(stopped);
                break;
            }
        }
    }
    preview.left.append(&mut look.preview.left);
    halt
}

impl<C: Cloud> Look<'_, C> {
    async fn drift_of(&mut self, work: &StackWork, seen: &StackPreview) -> Result<Option<Drift>, Halt> {
        let unknown = |why: &str| Ok(Some(Drift::Unknown { why: why.to_string() }));
        match (seen.state, &seen.basis) {
            (StackState::New, _) => return Ok(None),
            (_, Basis::ChangeSet) => {}
            (_, Basis::Template { why } | Basis::Nothing { why }) => return unknown(why),
        }
        let stack = &work.stack;
        (self.reader.told)(&format!("{stack}: comparing it with what is live"));
        let there = match self.ask(async |cloud: &C| cloud.describe_stack(stack).await).await? {
            Ok(there) => there,
            Err(error) if error.kind() == ErrorKind::Missing => return Ok(None),
            Err(error) => return Err(Halt::Refused(error)),
        };
        let mut wish = match self.wish(work, Some(&there)).await? {
            Ok(wish) => wish,
            Err(why) => return unknown(&why),
        };
        wish.drift = true;
        wish.name.push_str("-drift");
        wish.token.push_str("-drift");
        match self.changes(work, &wish, false).await? {
            Ok((_, changes)) => Ok(Some(Drift::Compared {
                resources: drift::of(&changes, &work.origins),
            })),
            Err(why) => unknown(&why),
        }
    }
}
