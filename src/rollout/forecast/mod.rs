//! Whether rollouts end, before they begin: proved, refuted, shown to stall, or said to be unknown.
//!
//! In: a [`system::System`], or a spec. Out: verdicts, waves, time, repairs. Must not know CloudFormation, and must not print.
//! `docs/forecast.md` says what is proved and under which assumptions.

pub mod bins;
pub mod board;
pub mod clock;
pub mod declared;
pub mod judge;
pub mod live;
pub mod mend;
pub mod outlook;
pub mod proof;
pub mod recheck;
pub mod refute;
pub mod repair;
pub mod roll;
pub mod row;
pub mod script;
pub mod search;
pub mod sieve;
pub mod steps;
pub mod system;
pub mod whole;
pub mod words;
