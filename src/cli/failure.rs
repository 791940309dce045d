//! How a command ends, and what it says when it could not be carried out.

use std::path::Path;
use std::process::ExitCode;

use crate::deploy::watch::Outcome;
use crate::source::ReadError;

/// The exit codes that scripts may rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// Done, without a fault.
    Done,
    /// There are faults in the spec.
    Faults,
    /// There are changes, and the user wants to be told so.
    #[cfg(feature = "aws")]
    Changes,
    /// A task ended with this code, or loadline could not tell how.
    #[cfg_attr(not(feature = "aws"), expect(dead_code, reason = "this build runs no task"))]
    Task(u8),
    /// A deployment ended, and how.
    Deployment(Outcome),
    /// The command cannot be carried out as it was given.
    Usage,
    /// loadline is at fault.
    Ours,
}

impl Exit {
    /// The code.
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Faults => 1,
            #[cfg(feature = "aws")]
            Exit::Changes => 2,
            Exit::Task(code) => code,
            Exit::Deployment(outcome) => outcome.exit_code(),
            Exit::Usage => 64,
            Exit::Ours => 70,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

/// Why a command could not be carried out. Faults of the spec are no failure: they are what was asked for.
#[derive(Debug)]
pub(super) struct Failure {
    /// A lowercase phrase, names in backticks, no full stop.
    pub message: String,
    /// What to do, as an imperative.
    pub hint: Option<String>,
    pub exit: Exit,
}

impl Failure {
    /// The user asked for what is not there.
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure {
            message: message.into(),
            hint: None,
            exit: Exit::Usage,
        }
    }

    /// The system refused to write a file.
    pub fn write(path: &Path, error: &std::io::Error) -> Failure {
        Failure::usage(format!("cannot write `{}`: {error}", path.display()))
    }

    /// Says what to do.
    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hint = Some(hint.into());
        self
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Failure {
        Failure::usage(error.to_string())
    }
}
