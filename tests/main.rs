//! All integration tests, as one program. Tests are data: see the folders beside this file.

#[cfg(feature = "aws")]
mod applying;
mod arguments;
mod attaching;
#[cfg(feature = "aws")]
mod aws;
mod causes;
mod cli;
mod compile;
mod components;
mod confirmed;
#[cfg(feature = "aws")]
mod contract;
mod deploy;
mod destroying;
mod drift;
mod editor;
#[cfg(feature = "aws")]
mod emulators;
mod findings;
mod forecast;
mod foresight;
mod foretold;
mod formation;
mod house;
mod image_roll;
mod interrupted;
mod judges;
mod killed;
mod large;
#[cfg(feature = "aws")]
mod loopback;
mod markdown;
mod operate;
#[cfg(feature = "aws")]
mod operating;
mod pages;
mod permissions;
mod picture;
#[cfg(unix)]
mod pipelines;
#[cfg(feature = "aws")]
mod planning;
mod preflight;
mod preview;
mod project;
mod properties;
mod readme;
mod ready;
mod recovering;
mod rehearsal;
mod rendering;
mod requirements;
mod rollback;
mod rollout;
mod saved;
#[cfg(feature = "aws")]
mod saving;
mod scaling;
mod scheduler;
mod schema;
mod spec;
mod stdlib;
mod syntax;
#[cfg(feature = "aws")]
mod taken;
mod template;
#[cfg(feature = "aws")]
mod throttled;
mod typecheck;
mod views;
#[cfg(feature = "aws")]
mod walkthrough;
