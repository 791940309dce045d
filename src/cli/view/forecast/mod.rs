//! How a forecast looks: lines for a person, a document for a program, a page for a browser. One file each.

mod json;
mod moves;
mod page;
mod sketch;
mod text;
mod words;

pub(in crate::cli) use json::document as json;
#[cfg(any(feature = "aws", test))]
pub(in crate::cli) use page::STYLE;
pub(in crate::cli) use page::page;
#[cfg(feature = "aws")]
pub(in crate::cli) use page::sections;
pub(in crate::cli) use text::{Telling, text};
pub(in crate::cli) use words::changed;
