//! All integration tests, as one program. Tests are data: see the folders beside this file.

mod arguments;
mod cli;
mod compile;
mod editor;
mod house;
mod judges;
mod markdown;
mod pages;
mod project;
mod properties;
mod rendering;
mod schema;
mod spec;
mod stdlib;
mod syntax;
mod template;
mod typecheck;
