//! loadline compiles an app and its cluster to CloudFormation for Amazon ECS.
//!
//! # The pipeline
//! `Tree → Spec → Graph → Template`: four nouns, one module each. Nothing else is the compiler.
//!
//! # The floors
//! Each module uses only those above it in this table; `tests/house.rs` holds it.
//!
//! | floor | module | turns | into | must not know |
//! |---|---|---|---|---|
//! | 1 | [`source`] | files, by a `World` | `Source`, `Span`, `Spanned<T>` | YAML |
//! | 2 | [`diag`] | faults of the user | `Diagnostic`, `Code`, `Fix`; text, JSON, SARIF, GitHub output | who reports |
//! | 3 | [`syntax`] | YAML text and `${…}` expressions | a spanned tree; never fails | the language |
//! | 4 | [`catalog`] | data under `schema/` | CloudFormation types, instance types, Fargate sizes, quotas | the spec |
//! | 5 | [`library`] | `stdlib/` and the user's components | `Component`: typed parameters, body, exports | cluster and app documents |
//! | 6 | [`spec`] | trees and the library | `Cluster`, `App`: typed, merged, defaulted, cross-checked | resources |
//! | 7 | [`graph`] | a `Spec` | `Graph`: resources, references, stacks, each with its span | JSON |
//! | 8 | [`template`] | a `Graph` | `Template`s: stable bytes, limits kept | the network |
//! | 9 | [`rollout`] | a `Spec` and the catalog | the rules of scheduling | CloudFormation |
//! | 10 | [`cli`] | arguments | one file a command, one file a view | |
//!
//! # Invariants
//! Floors 1–9 do no IO of their own, read no environment, clock or chance, and print nothing: what comes from outside
//! comes through [`source::World`]. Hash order never reaches output.

pub mod catalog;
pub mod cli;
pub mod diag;
pub mod graph;
pub mod library;
pub mod rollout;
pub mod source;
pub mod spec;
pub mod syntax;
pub mod template;
