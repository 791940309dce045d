//! All integration tests, as one program. Tests are data: see the folders beside this file.

mod arguments;
mod cli;
mod compile;
mod components;
mod editor;
mod forecast;
mod house;
mod judges;
mod markdown;
mod pages;
mod picture;
mod project;
mod properties;
mod readme;
mod rendering;
mod rollout;
mod schema;
mod spec;
mod stdlib;
mod syntax;
mod template;
mod typecheck;
