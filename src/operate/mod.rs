//! What is done with an app that runs: it is looked at, read, gone back with, mended, taken away. One file for each of these.
//!
//! In: names, and a [`crate::cloud::Cloud`]. Out: nouns that a view prints. Must not know the SDK or the terminal.

pub mod rollback;
