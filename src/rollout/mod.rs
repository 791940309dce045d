//! The rules by which ECS places and replaces tasks, and the checks that follow from them alone.
//!
//! In: a [`crate::spec::Spec`] and the catalog. Out: faults that no placement and no timing can avoid. Must not know
//! CloudFormation. Each rule is a pure function with its source; counts are of tasks or instances, memory is in MiB, time in
//! seconds, shares in percent.

pub mod bounds;
pub mod breaker;
mod check;
pub mod convergence;
pub mod deployments;
pub mod drain;
pub mod forecast;
pub mod health;
pub mod host;
pub mod interfaces;
pub mod limits;
pub mod memory;
pub mod placement;
pub mod ports;
pub mod query;
pub mod refresh;
pub mod reservation;
pub mod scaling;
pub mod stage;
pub mod timeline;
pub mod zones;

pub use bounds::Percents;
pub use check::check;
