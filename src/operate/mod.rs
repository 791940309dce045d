//! What is done with an app that runs: it is looked at, read, gone back with, mended, taken away. One file for each of these.
//!
//! In: names, and a [`crate::cloud::Cloud`]. Out: nouns that a view prints. Must not know the SDK or the terminal.

mod ask;
pub mod destroy;
pub mod image;
pub mod logs;
mod patience;
pub mod permissions;
pub mod recover;
pub mod rollback;
pub mod roster;
pub mod run;
pub mod scale;
pub mod status;
mod whereabouts;

/// The user named what is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// A lowercase phrase, no full stop.
    pub message: String,
    /// What to do, as an imperative.
    pub hint: String,
}
