//! A plan as a file: what was reviewed, to be carried out later and elsewhere. In: a plan and its preview, or a text that anybody
//! may have written. Out: the text, or the plan. Must not know files.
//!
//! No change set is kept for it in AWS: the next execution on a stack would make it obsolete, values of other stacks are frozen
//! in it, and one that is forgotten counts against a quota for ever. What binds is the content of each stack, by its digest, and
//! what was seen of its change.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cloud::Moment;

use super::consequence::Consequence;
use super::digest::digest;
use super::preview::{Preview, StagePreview};
use super::withheld::has_values;
use super::{Given, Plan, StackWork, Stage, Work};

/// The version of the file's shape.
pub const VERSION: u32 = 1;

/// What such a file says it is.
const KIND: &str = "loadline-plan";

/// A plan that was saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    kind: String,
    version: u32,
    /// The version of loadline that made it.
    pub loadline: String,
    /// When it was made.
    pub made: Moment,
    /// The account it is for.
    pub account: String,
    /// The region it is for.
    pub region: String,
    /// What it was made of.
    pub project: Project,
    /// The stages. A template with values that are not for everybody is left out.
    stages: Vec<Stage>,
    /// The digest of each stack's template and parameters.
    contents: BTreeMap<String, String>,
    /// What was looked at.
    reviewed: Preview,
}

/// What a plan was made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// The spec, or a folder of specs.
    pub path: String,
    /// The cluster that was named, or the file of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
}

/// Which account and region a plan is for, and when it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Occasion {
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// When it was made.
    pub made: Moment,
}

/// Why a text is no plan that can be carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SavedError {
    /// It is cut off, or something else.
    #[error("it is no JSON, or not all of it is there: {0}")]
    Json(String),
    /// It is some other document.
    #[error("it is no plan that `loadline plan --save` has written")]
    Other,
    /// It was written by a later version.
    #[error("it has version {0}, and this loadline reads version {VERSION}; loadline {1} has written it")]
    Version(u64, String),
    /// Something in it is not as it must be.
    #[error("{0}")]
    Shape(String),
    /// It is not as it was written.
    #[error("it was changed after it was written; make another one")]
    Changed,
    /// It holds what a terminal, or a pipeline's runner, would obey.
    #[error("there are control characters in it")]
    Control,
}

/// Whether a file is meant to be a saved plan: by how its name ends, or how it begins.
pub fn is_saved(path: &str, text: &str) -> bool {
    let begins = |text: &str| {
        let plain = text.chars().filter(|letter| !letter.is_whitespace()).take(40);
        plain.collect::<String>().starts_with(&format!("{{\"kind\":\"{KIND}\""))
    };
    path.ends_with(".plan") || path.ends_with(".plan.json") || begins(text)
}

impl Saved {
    /// Makes a file of a plan and of what was seen of it. Images are those that were seen.
    pub fn of(plan: &Plan, preview: &Preview, project: Project, occasion: Occasion) -> Saved {
        let mut plan = plan.clone();
        plan.pin_seen(preview);
        let contents = plan.stacks().map(|work| (work.stack.clone(), content(work))).collect();
        for stage in &mut plan.stages {
            if let Work::Stack(work) = &mut stage.work
                && has_values(&work.template)
            {
                work.template.clear();
                for (_, given) in &mut work.parameters {
                    withhold(given);
                }
            }
        }
        let mut reviewed = preview.clone();
        for stage in &mut reviewed.stages {
            if let StagePreview::Stack(stack) = stage {
                stack.consequences.iter_mut().for_each(forget_values);
                stack.drift = None;
            }
        }
        Saved {
            kind: KIND.to_string(),
            version: VERSION,
            loadline: env!("CARGO_PKG_VERSION").to_string(),
            made: occasion.made,
            account: occasion.account,
            region: occasion.region,
            project,
            stages: plan.stages,
            contents,
            reviewed,
        }
    }

    /// The file.
    pub fn text(&self) -> String {
        let mut document = serde_json::to_value(self).expect("a plan has string keys");
        // AWS's texts may have lines.
        flatten(&mut document["reviewed"]);
        document["seal"] = Value::from(seal(&document));
        format!("{document:#}\n")
    }

    /// Reads a file.
    pub fn read(text: &str) -> Result<Saved, SavedError> {
        let mut document: Value = serde_json::from_str(text).map_err(|error| SavedError::Json(error.to_string()))?;
        if document["kind"] != KIND {
            return Err(SavedError::Other);
        }
        match document["version"].as_u64() {
            Some(version) if version == u64::from(VERSION) => {}
            Some(version) => {
                let writer = document["loadline"].as_str().unwrap_or("of another version");
                let writer = writer.chars().filter(|letter| !letter.is_control()).take(40);
                return Err(SavedError::Version(version, writer.collect()));
            }
            None => return Err(SavedError::Shape("its version is no number".to_string())),
        }
        if has_control(&document) {
            return Err(SavedError::Control);
        }
        let sealed = document.as_object_mut().and_then(|map| map.shift_remove("seal"));
        if sealed != Some(Value::from(seal(&document))) {
            return Err(SavedError::Changed);
        }
        let saved = Saved::deserialize(document).map_err(|error| SavedError::Shape(error.to_string()))?;
        match saved
            .plan()
            .stacks()
            .find(|work| !work.template.is_empty() && !saved.is_content(work))
        {
            Some(_) => Err(SavedError::Changed),
            None => Ok(saved),
        }
    }

    /// The plan. Templates that were left out are empty.
    pub fn plan(&self) -> Plan {
        Plan {
            stages: self.stages.clone(),
            ..Plan::default()
        }
    }

    /// What was looked at.
    pub fn reviewed(&self) -> &Preview {
        &self.reviewed
    }

    /// What was looked at of a part of the plan.
    pub fn reviewed_of(&self, part: &Plan) -> Preview {
        let is_part = |seen: &StagePreview| {
            part.stages.iter().any(|stage| match (&stage.work, seen) {
                (Work::Stack(work), StagePreview::Stack(seen)) => work.stack == seen.stack,
                (Work::Image(image), StagePreview::Image { repository, .. }) => image.repository == *repository,
                (Work::Task(task), StagePreview::Task { app, name, .. }) => task.app == *app && task.name == *name,
                _ => false,
            })
        };
        let mut reviewed = self.reviewed.clone();
        reviewed.stages.retain(is_part);
        reviewed
    }

    /// Whether templates were left out, so that the spec is needed.
    pub fn needs_spec(&self) -> bool {
        self.plan().stacks().any(|work| work.template.is_empty())
    }

    /// Puts back what was left out, out of the plan of the same project. Returns the stacks that are not what was reviewed.
    pub fn fill(&mut self, own: &Plan) -> Vec<String> {
        let mut others = Vec::new();
        for at in 0..self.stages.len() {
            let Work::Stack(work) = &self.stages[at].work else {
                continue;
            };
            if !work.template.is_empty() {
                continue;
            }
            match own.stacks().find(|one| one.stack == work.stack) {
                Some(one) if self.is_content(one) => self.stages[at].work = Work::Stack(one.clone()),
                _ => others.push(work.stack.clone()),
            }
        }
        others
    }

    fn is_content(&self, work: &StackWork) -> bool {
        self.contents.get(&work.stack) == Some(&content(work))
    }
}

impl Project {
    /// Whether it lies in the folder that commands run in. What a file names beyond that is not read: anybody may have written it,
    /// and faults show lines of what is read.
    pub fn is_inside(&self) -> bool {
        let leaves = |path: &str| {
            let mut steps = path.split(['/', '\\']);
            path.starts_with(['/', '\\']) || path.contains(':') || steps.any(|step| step == "..")
        };
        !leaves(&self.path) && !self.cluster.as_deref().is_some_and(leaves)
    }
}

impl Plan {
    /// The stacks.
    pub fn stacks(&self) -> impl Iterator<Item = &StackWork> {
        self.stages.iter().filter_map(|stage| match &stage.work {
            Work::Stack(work) => Some(work),
            _ => None,
        })
    }

    /// Takes the images that were seen, though another may be pushed meanwhile.
    pub fn pin_seen(&mut self, preview: &Preview) {
        for stage in &mut self.stages {
            let Work::Image(image) = &mut stage.work else { continue };
            let seen = preview.stages.iter().find_map(|stage| match stage {
                StagePreview::Image { repository, digest, .. } if *repository == image.repository => digest.clone(),
                _ => None,
            });
            if let Some(digest) = seen {
                image.image = digest;
            }
        }
    }
}

/// What a stack is made of, in a word: what it asks AWS for, without what AWS knows better.
fn content(work: &StackWork) -> String {
    let mut parts = vec![work.stack.as_str(), work.template.as_str()];
    for (id, given) in &work.parameters {
        let (kind, value) = match given {
            Given::Known(value) => ("known", value),
            Given::Digest(repository) => ("digest", repository),
            Given::Kept(name) => ("kept", name),
        };
        parts.extend([id, kind, value]);
    }
    parts.extend(work.capabilities.iter().map(String::as_str));
    digest(parts)
}

fn withhold(given: &mut Given) {
    if let Given::Known(value) = given {
        value.clear();
    }
}

/// Which values change binds nobody, and may be nobody's business.
fn forget_values(one: &mut Consequence) {
    for edit in &mut one.edits {
        (edit.before, edit.after) = (None, None);
    }
}

fn seal(document: &Value) -> String {
    digest([document.to_string().as_str()])
}

/// Makes one line of each text.
fn flatten(value: &mut Value) {
    match value {
        Value::String(text) => *text = text.replace(char::is_control, " "),
        Value::Array(list) => list.iter_mut().for_each(flatten),
        Value::Object(map) => map.values_mut().for_each(flatten),
        _ => {}
    }
}

/// Whether a text in it would move a terminal's cursor, or begin a line that a pipeline's runner obeys.
fn has_control(value: &Value) -> bool {
    let is_control = |text: &String| text.contains(char::is_control);
    match value {
        Value::String(text) => is_control(text),
        Value::Array(list) => list.iter().any(has_control),
        Value::Object(map) => map.iter().any(|(key, value)| is_control(key) || has_control(value)),
        _ => false,
    }
}
