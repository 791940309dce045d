//! Stacks that are stuck, taken up again: a rollback that failed goes on, one that was held back begins. In: requests. Out: the
//! same operation, on its way again.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-continueupdaterollback.html>

use crate::cloud::formation::Status;
use crate::cloud::{Answer, Error, Moment};

use super::Formation;
use super::job::Stage;
use super::names::uuid;
use super::operation::{Aim, Operation};
use super::site::Means;
use super::stack::{Stack, Subject};

impl Formation {
    /// `ContinueUpdateRollback`.
    pub fn continue_update_rollback(&mut self, name: &str, token: &str, skipped: &[String], now: Moment) -> Answer<()> {
        const OPERATION: &str = "ContinueUpdateRollback";
        self.take_up(
            OPERATION,
            name,
            token,
            &skipped.join(" "),
            &["UPDATE_ROLLBACK_FAILED"],
            now,
        )?
        .map_or(Ok(()), |(at, mut operation)| {
            let failed = operation.failed();
            if let Some(odd) = skipped.iter().find(|one| !failed.contains(one)) {
                self.stacks[at].stuck = Some(operation);
                let text = format!("Resource [{odd}] is not in UPDATE_FAILED because of a failed rollback");
                return Err(Error::new(OPERATION, "ValidationError", text));
            }
            let stack = &mut self.stacks[at];
            let unique = uuid(&mut self.chance);
            stack.turn(
                "UPDATE_ROLLBACK_IN_PROGRESS",
                Some("User Initiated"),
                token_of(token),
                unique,
                now,
            );
            operation.go_on(stack, token_of(token), skipped, now);
            stack.operation = Some(operation);
            Ok(())
        })
    }

    /// `RollbackStack`.
    pub fn rollback_stack(&mut self, name: &str, token: &str, now: Moment) -> Answer<()> {
        const OPERATION: &str = "RollbackStack";
        let paused = ["CREATE_FAILED", "UPDATE_FAILED"];
        if let Some((at, mut operation)) = self.take_up(OPERATION, name, token, "", &paused, now)? {
            let stack = &mut self.stacks[at];
            operation.token = token_of(token).map(str::to_string);
            operation.go_back(stack, "User Initiated", now, &mut self.chance);
            stack.operation = Some(operation);
        }
        Ok(())
    }

    /// What is stuck in one of these statuses; nothing where the same was asked for before.
    fn take_up(
        &mut self,
        operation: &'static str,
        name: &str,
        token: &str,
        of: &str,
        statuses: &[&str],
        now: Moment,
    ) -> Answer<Option<(usize, Operation)>> {
        self.now = now;
        let at = self.there(operation, name)?;
        if self.is_repeated(operation, at, token, of)? {
            return Ok(None);
        }
        let stack = &mut self.stacks[at];
        let fits = statuses.contains(&stack.status.as_str());
        match stack.stuck.take().filter(|_| fits) {
            Some(stuck) => {
                self.keep_token(operation, at, token, of);
                Ok(Some((at, stuck)))
            }
            None => {
                let status = stack.status.as_str();
                let text = format!("{operation} cannot be called from current stack status {status}");
                Err(Error::new(operation, "ValidationError", text))
            }
        }
    }
}

fn token_of(token: &str) -> Option<&str> {
    Some(token).filter(|token| !token.is_empty())
}

impl Operation {
    /// Whether an operation that ended in this status can be taken up again.
    pub(super) fn can_be_taken_up(&self, status: &Status) -> bool {
        matches!(
            status.as_str(),
            "UPDATE_ROLLBACK_FAILED" | "CREATE_FAILED" | "UPDATE_FAILED"
        )
    }

    /// The logical IDs of what failed.
    fn failed(&self) -> Vec<String> {
        let failed = self.jobs.iter().filter(|job| matches!(job.stage, Stage::Failed(_)));
        failed.map(|job| job.logical.clone()).collect()
    }

    /// Goes on with what failed; what is skipped is taken for what it was.
    fn go_on(&mut self, stack: &mut Stack, token: Option<&str>, skipped: &[String], now: Moment) {
        self.token = token.map(str::to_string);
        for job in &mut self.jobs {
            if !matches!(job.stage, Stage::Failed(_)) {
                continue;
            }
            if !skipped.contains(&job.logical) {
                job.again();
                continue;
            }
            let physical = stack.held(&job.logical).and_then(|held| held.physical.clone());
            let subject = Subject {
                logical: &job.logical,
                physical: physical.as_deref(),
                kind: &job.kind,
            };
            stack.tell(&subject, "UPDATE_COMPLETE", None, token, now);
            job.stage = Stage::Done;
        }
    }

    /// Stops where it is.
    pub(super) fn pause(&mut self, stack: &mut Stack, reason: &str, means: &mut Means) {
        let status = match self.aim {
            Aim::Create => "CREATE_FAILED",
            _ => "UPDATE_FAILED",
        };
        stack.turn(
            status,
            Some(reason),
            self.token.as_deref(),
            uuid(means.chance),
            means.now,
        );
    }
}
