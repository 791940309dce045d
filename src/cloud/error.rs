//! How AWS refuses. In: a code and a message. Out: what kind of refusal it is. All matching of AWS's codes and texts is here.

use thiserror::Error;

/// A code of our own: nobody answered.
pub const UNREACHABLE: &str = "Unreachable";

/// A code of our own: there was an answer, and it cannot be read. Another time it will be the same.
pub const UNREADABLE: &str = "Unreadable";

/// A code of our own: there are no credentials to ask with.
pub const NO_CREDENTIALS: &str = "NoCredentials";

/// A code of our own: it is not said which region is meant.
pub const NO_REGION: &str = "NoRegion";

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{operation} {}{message}", self.beginning())]
pub struct Error {
    /// The operation, such as `DescribeStacks`.
    pub operation: String,
    /// AWS's code, such as `ValidationError`.
    pub code: String,
    /// AWS's text.
    pub message: String,
}

/// What a refusal means for the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Too many requests: the same one is answered later.
    Throttled,
    /// AWS failed: the same request may be answered later.
    Unavailable,
    /// The thing asked for is not there.
    Missing,
    /// The caller may not do it.
    Denied,
    /// A thing of this name, or a request with this token, is there already.
    Taken,
    /// Something else, to be shown as it is.
    Other,
}

impl Error {
    /// A refusal of `operation`.
    pub fn new(operation: &str, code: &str, message: impl Into<String>) -> Error {
        Error {
            operation: operation.to_string(),
            code: code.to_string(),
            message: message.into(),
        }
    }

    /// A code of our own is no word of AWS, and is not shown as one.
    fn beginning(&self) -> String {
        match self.code.as_str() {
            UNREACHABLE | NO_CREDENTIALS | NO_REGION => "could not be asked: ".to_string(),
            UNREADABLE => "was answered in a way that cannot be read: ".to_string(),
            code => format!("was refused: {code}: "),
        }
    }

    /// What it means. `LimitExceededException` of CloudFormation is a quota, not throttling, although the SDK retries it.
    pub fn kind(&self) -> ErrorKind {
        let code = self.code.trim_end_matches("Exception");
        match code {
            "Throttling"
            | "ThrottledException"
            | "Throttled"
            | "RequestLimitExceeded"
            | "TooManyRequests"
            | "SlowDown" => ErrorKind::Throttled,
            UNREACHABLE
            | "ServiceUnavailable"
            | "InternalFailure"
            | "InternalError"
            | "Server"
            | "InternalServerError" => ErrorKind::Unavailable,
            "AccessDenied" | "UnauthorizedOperation" | "Client.UnauthorizedOperation" => ErrorKind::Denied,
            "AlreadyExists" | "TokenAlreadyExists" | "ParameterAlreadyExists" => ErrorKind::Taken,
            "ChangeSetNotFound"
            | "ParameterNotFound"
            | "ResourceNotFound"
            | "RepositoryNotFound"
            | "ImageNotFound"
            | "ServiceNotFound"
            | "ClusterNotFound"
            | "NoSuchBucket"
            | "NoSuchKey"
            | "TargetGroupNotFound" => ErrorKind::Missing,
            // CloudFormation has no code of its own for a stack that is not there.
            "ValidationError" if self.message.ends_with("does not exist") => ErrorKind::Missing,
            // Nor has ECS one for a task definition.
            "Client" if self.message.starts_with("Unable to describe task definition") => ErrorKind::Missing,
            _ => ErrorKind::Other,
        }
    }

    /// Whether a stack takes no change because something is under way on it.
    pub fn is_busy(&self) -> bool {
        self.code == "ValidationError" && self.message.contains("_IN_PROGRESS state")
    }

    /// Whether a change set is not in a state for what was asked: it is still being made, or is executed already.
    pub fn is_untimely(&self) -> bool {
        self.code.starts_with("InvalidChangeSetStatus")
    }

    /// Whether the same request may succeed a little later.
    pub fn is_passing(&self) -> bool {
        matches!(self.kind(), ErrorKind::Throttled | ErrorKind::Unavailable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_texts_are_told_apart() {
        let kind = |code: &str, message: &str| Error::new("X", code, message).kind();
        assert_eq!(kind("Throttling", "Rate exceeded"), ErrorKind::Throttled);
        assert_eq!(kind("ThrottlingException", "Rate exceeded"), ErrorKind::Throttled);
        assert_eq!(
            kind("ValidationError", "Stack with id a does not exist"),
            ErrorKind::Missing
        );
        assert_eq!(kind("ValidationError", "Template format error"), ErrorKind::Other);
        assert_eq!(
            kind("LimitExceededException", "ChangeSet limit exceeded"),
            ErrorKind::Other
        );
        assert_eq!(kind("AccessDeniedException", "no"), ErrorKind::Denied);
        assert_eq!(kind("ParameterNotFound", ""), ErrorKind::Missing);
        assert_eq!(kind("ServerException", ""), ErrorKind::Unavailable);
    }
}
