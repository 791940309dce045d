//! Looks again when what stood in the way is over. In: a plan, and for how long somebody else's operation is waited for. Out: a
//! preview that shows no lock, or shows it still.

use std::time::Duration;

use crate::cloud::formation::Status;
use crate::cloud::{Cloud, Moment};
use crate::plan::Plan;
use crate::plan::preview::{Preview, StackPreview};

use super::{Halt, Look, Reader};

/// For how long a clean-up is waited for, which ends by itself and takes no change meanwhile.
const CLEANING: Duration = Duration::from_secs(15 * 60);

/// Between two looks at what stands in the way.
const PAUSE: Duration = Duration::from_secs(5);

/// Looks at each stage of a plan in turn, and once more after each wait: what was seen before it tells nothing now.
pub async fn patient<C: Cloud>(plan: &Plan, cloud: &C, reader: Reader<'_>, wait: Duration) -> (Preview, Option<Halt>) {
    let began = cloud.now();
    loop {
        let (preview, halt) = super::of(plan, cloud, reader).await;
        let is =
            |stack: &&StackPreview, of: fn(&Status) -> bool| stack.live.as_ref().is_some_and(|live| of(&live.status));
        let locked = preview.stacks().find(|stack| is(stack, Status::is_under_way));
        let (Some(locked), None) = (locked, &halt) else {
            return (preview, halt);
        };
        let is_cleaning = is(&locked, Status::is_cleaning_up);
        let until = began + if is_cleaning { wait.max(CLEANING) } else { wait };
        if cloud.now() >= until {
            return (preview, halt);
        }
        let look = Look::new(cloud, reader);
        if let Err(halt) = look.unlocked(locked, until).await {
            return (preview, Some(halt));
        }
    }
}

impl<C: Cloud> Look<'_, C> {
    /// Waits until nobody works on a stack, or this moment is there.
    async fn unlocked(&self, locked: &StackPreview, until: Moment) -> Result<(), Halt> {
        let stack = &locked.stack;
        (self.reader.told)(&format!("{stack}: another operation is under way, and is waited for"));
        loop {
            self.pause(PAUSE).await?;
            let there = self.ask(async |cloud: &C| cloud.describe_stack(stack).await).await?;
            let is_locked = there.is_ok_and(|there| there.status.is_under_way());
            if !is_locked || self.cloud.now() >= until {
                return Ok(());
            }
        }
    }
}
