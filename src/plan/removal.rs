//! What is taken away: stacks, and what was written down beside them. In: nothing, it is data. Must not know how it is found
//! out, nor how it is done.

use serde::{Deserialize, Serialize};

use crate::cloud::formation::Change;

/// A stack to delete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    /// The stack's name.
    pub stack: String,
    /// Its ARN: another stack of the same name is another one.
    pub id: String,
    /// The cluster whose lease is taken.
    pub cluster: String,
    /// What becomes of its resources.
    pub changes: Vec<Change>,
    /// The Auto Scaling groups in it, which are emptied first.
    pub groups: Vec<String>,
    /// What would outlive it, and shall not.
    pub data: Vec<Data>,
}

/// Something that holds data, by its physical name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Data {
    /// A log group.
    Log(String),
    /// A repository of images.
    Repository(String),
    /// A bucket.
    Bucket(String),
}

/// Parameters of Systems Manager to delete: what deployments have written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Records {
    /// The cluster whose lease is taken.
    pub cluster: String,
    /// Their names.
    pub names: Vec<String>,
}
