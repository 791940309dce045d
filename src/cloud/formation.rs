//! The nouns of CloudFormation: stacks, change sets, events. Statuses are open: what AWS adds is shown as it is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Moment;
use super::outside::Object;

/// A status of a stack or of a resource of one, such as `UPDATE_IN_PROGRESS`; judged by its end, so that a new one is no
/// surprise.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Status(pub String);

impl Status {
    /// A status as AWS writes it.
    pub fn new(text: &str) -> Status {
        Status(text.to_string())
    }

    /// As AWS writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether an operation is under way. A stack that only cleans up behind an operation counts: it takes no new one.
    pub fn is_under_way(&self) -> bool {
        self.0.ends_with("_IN_PROGRESS") && self.0 != "REVIEW_IN_PROGRESS"
    }

    /// Whether the operation itself is over, and only what it replaced is still being deleted.
    pub fn is_cleaning_up(&self) -> bool {
        self.0.ends_with("_CLEANUP_IN_PROGRESS")
    }

    /// Whether it went back, or goes back, to what was before.
    pub fn is_rollback(&self) -> bool {
        self.0.contains("ROLLBACK") && !self.0.starts_with("IMPORT")
    }

    /// Whether something failed for good; a change set is plainly `FAILED`.
    pub fn is_failed(&self) -> bool {
        self.0 == "FAILED" || self.0.ends_with("_FAILED")
    }

    /// Whether an operation ended as it was asked to.
    pub fn is_complete(&self) -> bool {
        self.0.ends_with("_COMPLETE") && !self.is_rollback()
    }

    /// Whether the stack has never been more than a change set.
    pub fn is_in_review(&self) -> bool {
        self.0 == "REVIEW_IN_PROGRESS"
    }
}

/// A stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub id: String,
    /// Its status.
    pub status: Status,
    /// Why.
    pub reason: Option<String>,
    /// The parameters it was last deployed with.
    pub parameters: BTreeMap<String, String>,
    /// What those stand for whose value is the name of a parameter of Systems Manager, as it was then.
    pub resolved: BTreeMap<String, String>,
    /// When it was last changed.
    pub updated: Moment,
    /// What its template says of it.
    pub about: String,
    /// What stands on it.
    pub standing: Standing,
}

/// What stands on a stack and counts in each operation on it, whoever asks for that.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The role that CloudFormation takes, an ARN; without one it acts as whoever asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Alarms that take an operation back, ARNs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alarms: Vec<String>,
    /// For how many minutes after an operation these are watched.
    #[serde(default)]
    pub minutes: i64,
    /// Whether it may not be deleted: termination protection.
    #[serde(default)]
    pub protected: bool,
    /// Its own tags, which its resources get too.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

/// What an event tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackEvent {
    /// Unique among the events of the stack.
    pub id: String,
    /// When.
    pub at: Moment,
    /// The token of the operation, where its caller gave one.
    pub token: Option<String>,
    /// The logical ID; the stack's own name for the stack itself.
    pub logical: String,
    /// The physical ID, once there is one.
    pub physical: Option<String>,
    /// The type, such as `AWS::ECS::Service`.
    pub kind: String,
    /// The status.
    pub status: Status,
    /// Why.
    pub reason: Option<String>,
}

/// A resource of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackResource {
    /// The logical ID.
    pub logical: String,
    /// The physical ID.
    pub physical: String,
    /// The type.
    pub kind: String,
    /// The status.
    pub status: Status,
}

/// Whether a change set makes a stack or changes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeSetType {
    /// It makes one.
    Create,
    /// It changes one.
    Update,
}

/// Where CloudFormation finds a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Template {
    /// `TemplateBody`: in the request itself.
    Body(String),
    /// `TemplateURL`: in a bucket.
    Object(Object),
}

impl From<String> for Template {
    fn from(body: String) -> Template {
        Template::Body(body)
    }
}

/// What a change set is asked for with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSetWish {
    /// The stack's name.
    pub stack: String,
    /// The name of the set.
    pub name: String,
    /// The token that makes the request safe to repeat.
    pub token: String,
    /// Whether it makes the stack.
    pub kind: ChangeSetType,
    /// The template.
    pub template: Template,
    /// The values of parameters; `None` keeps the previous value.
    pub parameters: Vec<(String, Option<String>)>,
    /// The capabilities, such as `CAPABILITY_NAMED_IAM`.
    pub capabilities: Vec<String>,
    /// A sentence about it.
    pub about: String,
    /// Whether live values are compared too, and would be put back: `DeploymentMode` `REVERT_DRIFT`.
    pub drift: bool,
}

/// A change set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSet {
    /// Its ARN.
    pub id: String,
    /// The stack's ARN.
    pub stack_id: String,
    /// `CREATE_COMPLETE`, `FAILED` and so on.
    pub status: Status,
    /// Why.
    pub reason: Option<String>,
    /// `AVAILABLE`, `OBSOLETE` and so on.
    pub execution: Status,
    /// What it changes, as far as this page goes.
    pub changes: Vec<Change>,
}

/// What a validation of CloudFormation, or a hook, has found in a change set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// Which one: `AWS::EarlyValidation::PropertyValidation`, or the type of a hook.
    pub name: String,
    /// The logical ID of the resource, where it is about one.
    pub logical: Option<String>,
    /// Where in the template: `/Resources/Queue/Properties/DelaySeconds`.
    pub path: Option<String>,
    /// Why, with what to do about it.
    pub reason: String,
    /// Whether the set fails for it.
    pub fails: bool,
}

impl Finding {
    /// The logical ID of the resource that it is about, by its own word or by its path.
    pub fn resource(&self) -> Option<&str> {
        let of_path = || self.path.as_deref()?.strip_prefix("/Resources/")?.split('/').next();
        self.logical.as_deref().or_else(of_path)
    }

    /// In words, without a full stop: what was found, by which, and where.
    pub fn words(&self) -> String {
        let at = self
            .path
            .as_deref()
            .map_or(String::new(), |path| format!(", at {path}"));
        let reason = self.reason.trim_end_matches('.');
        format!("{reason} ({}{at})", self.name)
    }
}

/// A change set in the list of a stack's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedSet {
    /// Its ARN.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `CREATE_COMPLETE`, `FAILED` and so on.
    pub status: Status,
    /// `AVAILABLE`, `EXECUTE_IN_PROGRESS` and so on.
    pub execution: Status,
    /// What its maker says of it.
    pub about: Option<String>,
    /// When it was asked for.
    pub created: Moment,
}

impl ListedSet {
    /// Whether it waits for somebody to execute it, or will.
    pub fn is_pending(&self) -> bool {
        let is_made = matches!(
            self.status.as_str(),
            "CREATE_PENDING" | "CREATE_IN_PROGRESS" | "CREATE_COMPLETE"
        );
        is_made && !self.execution.as_str().starts_with("EXECUTE_") && self.execution.as_str() != "OBSOLETE"
    }
}

impl ChangeSet {
    /// Whether it failed because nothing changes. An empty list of changes does not say so: outputs are no changes.
    pub fn is_empty(&self) -> bool {
        const TEXTS: [&str; 2] = [
            "The submitted information didn't contain changes.",
            "No updates are to be performed",
        ];
        let reason = self.reason.as_deref().unwrap_or_default();
        self.status.as_str() == "FAILED" && TEXTS.iter().any(|text| reason.starts_with(text))
    }
}

/// A resource that a change set touches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// `Add`, `Modify`, `Remove`, `Import` or `Dynamic`.
    pub action: String,
    /// The logical ID.
    pub logical: String,
    /// The physical ID, of one that is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub physical: Option<String>,
    /// The type.
    pub kind: String,
    /// `True`, `False` or `Conditional`; of a modification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<String>,
    /// What becomes of the one that is there: `Delete`, `Retain`, `ReplaceAndDelete`, `ReplaceAndSnapshot` and so on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// What of it changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<ChangeDetail>,
    /// `MODIFIED`, `IN_SYNC`, `UNSUPPORTED` and so on; only where live values are compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<String>,
    /// What of it is not compared with what is live, only where live values are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<Ignored>,
}

/// A part of a resource whose live value is not compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ignored {
    /// Where in the resource.
    pub path: String,
    /// `WRITE_ONLY_PROPERTY`, `MANAGED_BY_AWS`, `SENSITIVE_PROPERTY` and so on.
    pub reason: String,
}

/// A part of a resource that changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeDetail {
    /// `Properties`, `Metadata`, `Tags` and so on.
    pub attribute: String,
    /// The property's name, of a property.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where in the resource, where values were asked for: `/Properties/ContainerDefinitions/0/Image`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// `Never`, `Conditionally` or `Always`.
    pub recreation: String,
    /// What causes it: `DirectModification`, `ParameterReference`, `ResourceReference` and so on.
    pub source: String,
    /// The parameter or resource that causes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The value before, where it was asked for and is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The value after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// What is live, where somebody has changed it outside of CloudFormation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<Live>,
}

/// A value that was changed outside of CloudFormation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    /// What was deployed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployed: Option<String>,
    /// What is there now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_to_do_is_told_by_the_beginning_of_a_text() {
        let set = |status: &str, reason: &str| ChangeSet {
            id: String::new(),
            stack_id: String::new(),
            status: Status::new(status),
            reason: Some(reason.to_string()),
            execution: Status::new("UNAVAILABLE"),
            changes: Vec::new(),
        };
        let text =
            "The submitted information didn't contain changes. Submit different information to create a change set.";
        assert!(set("FAILED", text).is_empty());
        assert!(set("FAILED", "No updates are to be performed. And more.").is_empty());
        assert!(!set("FAILED", "Access denied for operation").is_empty());
        assert!(!set("CREATE_COMPLETE", "").is_empty());
    }

    #[test]
    fn statuses_are_told_by_their_end() {
        let status = Status::new;
        assert!(status("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS").is_under_way());
        assert!(status("QUEUED_IN_PROGRESS").is_under_way());
        assert!(!status("REVIEW_IN_PROGRESS").is_under_way());
        assert!(status("UPDATE_ROLLBACK_COMPLETE").is_rollback());
        assert!(!status("UPDATE_ROLLBACK_COMPLETE").is_complete());
        assert!(!status("IMPORT_ROLLBACK_COMPLETE").is_failed());
        assert!(status("UPDATE_COMPLETE").is_complete());
    }
}
