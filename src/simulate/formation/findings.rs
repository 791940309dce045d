//! What validations and hooks find in change sets. In: findings that a test puts there. Out: sets that fail for them, and the same
//! findings to who asks for them.

use crate::cloud::formation::Finding;
use crate::cloud::{Answer, Error};

use super::Formation;

impl Formation {
    /// Lets the next change sets of a stack be found wanting.
    pub fn find(&mut self, stack: &str, findings: Vec<Finding>) {
        self.findings.insert(stack.to_string(), findings);
    }

    /// Why the change sets of a stack fail, in AWS's words: which validations and hooks have failed, and nothing of what they have
    /// found. <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-stack-deployments.html>
    pub(super) fn failed_validations(&self, stack: &str) -> Option<String> {
        let found = self.findings.get(stack)?;
        let mut names: Vec<&str> = found.iter().filter(|one| one.fails).map(|one| &*one.name).collect();
        names.dedup();
        (!names.is_empty()).then(|| format!("The following hook(s)/validation failed: [{}].", names.join(", ")))
    }

    /// What was found in a change set.
    pub fn findings(&self, id: &str) -> Answer<Vec<Finding>> {
        let Some(set) = self.sets.iter().find(|set| set.id == id) else {
            let text = format!("ChangeSet [{id}] does not exist");
            return Err(Error::new("DescribeEvents", "ChangeSetNotFound", text));
        };
        Ok(self.findings.get(&set.wish.stack).cloned().unwrap_or_default())
    }
}
