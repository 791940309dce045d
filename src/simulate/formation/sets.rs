//! Change sets: how they are asked for, shown, executed and deleted. In: requests. Out: AWS's answers. Must not know jobs.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html>

use std::rc::Rc;

use crate::catalog::quotas::{TEMPLATE_BYTES, TEMPLATE_BYTES_INLINE};
use crate::cloud::formation::{Change, ChangeSet, ChangeSetType, ChangeSetWish, ListedSet, Status, Template};
use crate::cloud::{Answer, Error, Moment, Page};
use crate::simulate::account::Account;

use super::changes::Comparison;
use super::names::uuid;
use super::operation::{Aim, Operation};
use super::release::Release;
use super::stack::Stack;
use super::{Formation, capabilities, template};

/// How many changes a page shows. AWS counts bytes: our choice.
const PAGE: usize = 100;

/// A change set as it is kept.
pub(super) struct Set {
    /// What it is asked for with.
    pub(super) wish: ChangeSetWish,
    /// Its ARN.
    pub id: String,
    /// The stack's ARN.
    pub stack: String,
    status: Status,
    reason: Option<String>,
    /// Whether it can be executed.
    pub execution: Status,
    changes: Vec<Change>,
    release: Rc<Release>,
    begun: Moment,
    ready: Moment,
    fails: Option<String>,
}

impl Set {
    /// Lets time pass.
    pub fn ripen(&mut self, now: Moment) {
        let is_over = !matches!(self.status.as_str(), "CREATE_PENDING" | "CREATE_IN_PROGRESS");
        if is_over || now <= self.begun {
            return;
        }
        if now < self.ready {
            self.status = Status::new("CREATE_IN_PROGRESS");
            return;
        }
        let (status, execution) = match &self.fails {
            Some(_) => ("FAILED", "UNAVAILABLE"),
            None => ("CREATE_COMPLETE", "AVAILABLE"),
        };
        self.status = Status::new(status);
        self.reason = self.fails.clone();
        if self.execution.as_str() != "OBSOLETE" {
            self.execution = Status::new(execution);
        }
    }

    /// Whether it is being executed.
    fn is_under_way(&self) -> bool {
        self.execution.as_str() == "EXECUTE_IN_PROGRESS"
    }

    /// Whether its name is taken: until it, or another one of its stack, is executed.
    fn holds_its_name(&self) -> bool {
        matches!(self.execution.as_str(), "AVAILABLE" | "UNAVAILABLE")
    }
}

fn invalid(operation: &str, text: impl Into<String>) -> Error {
    Error::new(operation, "ValidationError", text)
}

/// The pattern of the names of stacks and change sets.
fn check_name(member: &str, name: &str) -> Answer<()> {
    let is_right = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
        && name.len() <= 128;
    match is_right {
        true => Ok(()),
        false => Err(invalid(
            "CreateChangeSet",
            format!(
                "1 validation error detected: Value '{name}' at '{member}' failed to satisfy constraint: Member must satisfy \
                 regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
            ),
        )),
    }
}

/// The text of a template, from where it is. Sizes are counted in bytes.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
fn fetch<'a>(template: &'a Template, account: &'a Account) -> Result<&'a str, String> {
    match template {
        Template::Body(body) if body.len() as u64 > TEMPLATE_BYTES_INLINE.most => Err(format!(
            "1 validation error detected: Value '{body}' at 'templateBody' failed to satisfy constraint: Member must have \
             length less than or equal to {}",
            TEMPLATE_BYTES_INLINE.most
        )),
        Template::Body(body) => Ok(body),
        Template::Object(object) => {
            let text = account
                .object(object)
                .map_err(|error| format!("S3 error: {}", error.message))?;
            match text.len() as u64 > TEMPLATE_BYTES.most {
                true => Err(format!(
                    "Template may not exceed {} bytes in size.",
                    TEMPLATE_BYTES.most
                )),
                false => Ok(text),
            }
        }
    }
}

impl Formation {
    /// `CreateChangeSet`.
    pub fn create_change_set(&mut self, wish: &ChangeSetWish, now: Moment, account: &Account) -> Answer<String> {
        const OPERATION: &str = "CreateChangeSet";
        let refuse = |text: String| invalid(OPERATION, text);
        self.now = now;
        if let Some(known) = self.repeated(wish)? {
            return Ok(known);
        }
        check_name("stackName", &wish.stack)?;
        check_name("changeSetName", &wish.name)?;
        let text = fetch(&wish.template, account).map_err(refuse)?;
        let template = template::parse(text, &self.catalog).map_err(refuse)?;
        let there = self
            .stacks
            .iter()
            .position(|stack| stack.name == wish.stack && !stack.is_gone());
        self.accepts(wish, there.map(|at| &self.stacks[at]))?;
        if let Some(missing) = capabilities::missing(&template, &wish.capabilities) {
            return Err(Error::new(OPERATION, "InsufficientCapabilitiesException", missing));
        }
        // Drawn before anything may be refused, so that a stack has one ARN in its own change set.
        let arn = self.place.arn(
            "cloudformation",
            &format!("stack/{}/{}", wish.stack, uuid(&mut self.chance)),
        );
        let fresh = Stack::new(&wish.stack, arn, now);
        let stack = there.map_or(&fresh, |at| &self.stacks[at]);
        let before = &stack.release.values.given;
        let names = (stack.name.as_str(), stack.id.as_str());
        let release = Release::new(template, wish, before, names, &self.place, account).map_err(refuse)?;
        let comparison = Comparison {
            stack,
            release: &release,
            place: &self.place,
            catalog: &self.catalog,
            drift: wish.drift,
        };
        let changes = comparison.changes().map_err(refuse)?;
        let has_other_outputs = stack.release.template.outputs != release.template.outputs;
        let fails = match changes.is_empty() && !has_other_outputs {
            true if release.template.is_transformed => Some("No updates are to be performed.".to_string()),
            true => Some(
                "The submitted information didn't contain changes. Submit different information to create a change set."
                    .to_string(),
            ),
            false => self.failed_validations(&wish.stack),
        };
        let stack_id = stack.id.clone();
        if there.is_none() {
            let mut stack = fresh;
            let event = uuid(&mut self.chance);
            stack.turn("REVIEW_IN_PROGRESS", Some("User Initiated"), None, event, now);
            self.stacks.push(stack);
        }
        let rest = format!("changeSet/{}/{}", wish.name, uuid(&mut self.chance));
        let id = self.place.arn("cloudformation", &rest);
        self.sets.push(Set {
            wish: wish.clone(),
            id: id.clone(),
            stack: stack_id,
            status: Status::new("CREATE_PENDING"),
            reason: None,
            execution: Status::new("UNAVAILABLE"),
            changes,
            release: Rc::new(release),
            begun: now,
            ready: now.plus_seconds(self.chance.i64(3..=8)),
            fails,
        });
        Ok(id)
    }

    /// The answer to a request that was made before. A name, or a token, that was used for something else is refused with
    /// the attribute that is not the same. <https://github.com/aws/aws-cdk-cli/pull/1404>
    fn repeated(&self, wish: &ChangeSetWish) -> Answer<Option<String>> {
        let of_stack = |set: &&Set| set.wish.stack == wish.stack;
        let same = self
            .sets
            .iter()
            .filter(of_stack)
            .find(|set| !wish.token.is_empty() && set.wish.token == wish.token)
            .or_else(|| {
                let mut named = self.sets.iter().filter(of_stack);
                named.find(|set| set.wish.name == wish.name && set.holds_its_name())
            });
        let Some(same) = same else {
            return Ok(None);
        };
        let other = match &same.wish {
            known if known == wish => return Ok(Some(same.id.clone())),
            known if known.template != wish.template => "Template",
            known if known.parameters != wish.parameters => "Parameters",
            _ => "ClientToken",
        };
        Err(Error::new(
            "CreateChangeSet",
            "AlreadyExistsException",
            format!(
                "ChangeSet {} cannot be created due to a mismatch with existing attribute {other}",
                wish.name
            ),
        ))
    }

    /// Whether a stack takes a change set of this type now.
    fn accepts(&self, wish: &ChangeSetWish, stack: Option<&Stack>) -> Answer<()> {
        let Some(stack) = stack else {
            return match wish.kind {
                ChangeSetType::Create => Ok(()),
                ChangeSetType::Update => {
                    let text = format!("Stack [{}] does not exist", wish.stack);
                    Err(invalid("CreateChangeSet", text))
                }
            };
        };
        let takes_updates = matches!(
            stack.status.as_str(),
            "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "UPDATE_ROLLBACK_COMPLETE"
        );
        match wish.kind {
            ChangeSetType::Create if stack.status.is_in_review() => Ok(()),
            ChangeSetType::Create if !stack.status.is_under_way() => Err(invalid(
                "CreateChangeSet",
                format!(
                    "Stack [{}] already exists and cannot be created again with the changeSet [{}].",
                    stack.name, wish.name
                ),
            )),
            ChangeSetType::Update if takes_updates => Ok(()),
            _ => Err(invalid("CreateChangeSet", not_now(stack))),
        }
    }

    /// `DescribeChangeSet`.
    pub fn change_set(&mut self, id: &str, values: bool, page: Option<&str>) -> Answer<(ChangeSet, Option<String>)> {
        let set = self.set("DescribeChangeSet", id)?;
        let from: usize = match page {
            None => 0,
            Some(page) => page
                .parse()
                .map_err(|_| invalid("DescribeChangeSet", format!("Invalid token: {page}")))?,
        };
        // Changes are not shown before all are known.
        let is_known = set.status.as_str() == "CREATE_COMPLETE";
        let all = if is_known { set.changes.as_slice() } else { &[] };
        let mut changes: Vec<Change> = all.iter().skip(from).take(PAGE).cloned().collect();
        if !values {
            for detail in changes.iter_mut().flat_map(|change| &mut change.details) {
                (detail.before, detail.after) = (None, None);
            }
        }
        let next = (from + PAGE < all.len()).then(|| (from + PAGE).to_string());
        let shown = ChangeSet {
            id: set.id.clone(),
            stack_id: set.stack.clone(),
            status: set.status.clone(),
            reason: set.reason.clone(),
            execution: set.execution.clone(),
            changes,
        };
        Ok((shown, next))
    }

    /// `ListChangeSets`. What was executed, or is obsolete, is not listed any more.
    pub fn change_sets(&self, stack: &str) -> Answer<Page<ListedSet>> {
        let Some(at) = self.place_of_stack(stack) else {
            let text = format!("Stack [{stack}] does not exist");
            return Err(invalid("ListChangeSets", text));
        };
        let id = &self.stacks[at].id;
        let is_listed = |set: &&Set| set.stack == *id && (set.holds_its_name() || set.is_under_way());
        let sets = self.sets.iter().filter(is_listed).map(|set| ListedSet {
            id: set.id.clone(),
            name: set.wish.name.clone(),
            status: set.status.clone(),
            execution: set.execution.clone(),
            about: Some(set.wish.about.clone()).filter(|about| !about.is_empty()),
            created: set.begun,
        });
        Ok(Page {
            items: sets.collect(),
            next: None,
        })
    }

    /// `ExecuteChangeSet`.
    pub fn execute_change_set(&mut self, id: &str, token: &str, now: Moment) -> Answer<()> {
        const OPERATION: &str = "ExecuteChangeSet";
        self.now = now;
        let set = self.set(OPERATION, id)?;
        let (stack_id, release, kind) = (set.stack.clone(), Rc::clone(&set.release), set.wish.kind);
        let (status, execution) = (set.status.clone(), set.execution.clone());
        if set.wish.drift {
            let text = "Executing a change set that reverts drift is not simulated";
            return Err(invalid(OPERATION, text));
        }
        let at = self.place_of_stack(&stack_id).expect("a set has a stack");
        if self.is_repeated(OPERATION, at, token, id)? {
            return Ok(());
        }
        if execution.as_str() != "AVAILABLE" {
            let what = match status.as_str() {
                "CREATE_COMPLETE" => format!("execution status of [{}]", execution.as_str()),
                status => format!("status of [{status}]"),
            };
            return Err(Error::new(
                OPERATION,
                "InvalidChangeSetStatus",
                format!("ChangeSet [{id}] cannot be executed in its current {what}"),
            ));
        }
        let stack = &mut self.stacks[at];
        if stack.status.is_under_way() {
            return Err(invalid(OPERATION, not_now(stack)));
        }
        for other in self.sets.iter_mut().filter(|set| set.stack == stack_id) {
            let execution = if other.id == id {
                "EXECUTE_IN_PROGRESS"
            } else {
                "OBSOLETE"
            };
            if other.holds_its_name() {
                other.execution = Status::new(execution);
            }
        }
        // A read right behind may be answered by a copy that does not know yet: <https://github.com/aws/aws-cdk-cli/issues/1848>
        stack.stale = self.chance.bool().then(|| {
            let until = now.plus_seconds(self.chance.i64(1..=2));
            (stack.status.clone(), stack.reason.clone(), until)
        });
        let aim = match kind {
            ChangeSetType::Create => Aim::Create,
            ChangeSetType::Update => Aim::Update,
        };
        let given = Some(token).filter(|token| !token.is_empty());
        let operation = Operation::begin(stack, aim, release, id, given, now, &mut self.chance);
        stack.operation = Some(operation);
        self.keep_token(OPERATION, at, token, id);
        Ok(())
    }

    /// `DeleteChangeSet`. One that is not there is deleted already.
    pub fn delete_change_set(&mut self, id: &str) -> Answer<()> {
        let Some(at) = self.sets.iter().position(|set| set.id == id) else {
            return Ok(());
        };
        let set = &self.sets[at];
        let is_busy = matches!(set.status.as_str(), "CREATE_PENDING" | "CREATE_IN_PROGRESS")
            || set.execution.as_str() == "EXECUTE_IN_PROGRESS";
        if is_busy {
            return Err(Error::new(
                "DeleteChangeSet",
                "InvalidChangeSetStatus",
                "An operation on this ChangeSet is currently in progress.  Please attempt this operation again later.",
            ));
        }
        self.sets.remove(at);
        Ok(())
    }

    fn set(&self, operation: &str, id: &str) -> Answer<&Set> {
        if !id.starts_with("arn:") {
            let text = "StackName must be specified if ChangeSetName is not specified as an ARN.";
            return Err(invalid(operation, text));
        }
        let found = self.sets.iter().find(|set| set.id == id);
        found.ok_or_else(|| {
            Error::new(
                operation,
                "ChangeSetNotFound",
                format!("ChangeSet [{id}] does not exist"),
            )
        })
    }
}

/// That a stack takes no change now.
fn not_now(stack: &Stack) -> String {
    let status = stack.status.as_str();
    format!("Stack:{} is in {status} state and can not be updated.", stack.id)
}
