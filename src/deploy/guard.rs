//! Nothing is done that nobody has seen: each change set is compared with what was reviewed before it is executed. In: a change
//! set. Out: what goes beyond, and then its end.

use crate::cloud::Cloud;
use crate::cloud::formation::{Change, ChangeSetWish};
use crate::plan::StackWork;
use crate::plan::consequence;
use crate::plan::wider::listed;

use super::event::What;
use super::preflight::tidy_token;
use super::watch::Outcome;
use super::{Ended, Run};

impl<C: Cloud> Run<'_, C> {
    /// What a change set does beyond what was reviewed, in words. It may do more than the plan that was looked at: what came
    /// before it is done now, and others may have been here.
    pub(super) fn excess(&self, work: &StackWork, is_new: bool, changes: &[Change]) -> Option<String> {
        let reviewed = self.options.reviewed.as_ref()?;
        let now = consequence::of(changes, &work.origins);
        let excess = reviewed.excess(&work.stack, is_new, &now);
        (!excess.is_empty()).then(|| listed(&excess))
    }

    /// Ends a stage before its change set is executed, and takes the set away, with the stack that came to be with it.
    pub(super) async fn stop(&mut self, wish: &ChangeSetWish, id: &str, is_new: bool, excess: String) -> Ended {
        // That something stays takes nothing from what is said.
        let _ = self.ask(async |cloud: &C| cloud.delete_change_set(id).await).await;
        // Somebody else's set may wait in it.
        if is_new && self.sets(&wish.stack).await.is_ok_and(|sets| sets.is_empty()) {
            let token = tidy_token(&wish.name);
            let _ = self
                .ask(async |cloud: &C| cloud.delete_stack(&wish.stack, &token, &[]).await)
                .await;
        }
        let outcome = Outcome::Stale;
        self.emit(What::Blocked { outcome });
        Ended::Failed(format!("more would be done than was reviewed: {excess}"))
    }
}
