//! Refusals. In: an error of the SDK. Out: an [`Error`], with AWS's code and text as they came, or a code and words of our own
//! where nobody answered.

use std::error::Error as StdError;

use aws_sdk_ecs::config::http::HttpResponse;
use aws_sdk_ecs::error::{ProvideErrorMetadata, SdkError};

use crate::cloud::{Error, error};

/// The refusal of an operation.
pub(super) fn refused<E>(operation: &str, failure: SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    match &failure {
        SdkError::ServiceError(answer) => {
            let status = answer.raw().status().as_u16();
            let message = answer.err().message().unwrap_or_default();
            match answer.err().code() {
                Some(code) => Error::new(operation, code, message),
                // A proxy or a load balancer in between answers without a code of AWS.
                None if status >= 500 => Error::new(operation, "ServiceUnavailable", format!("HTTP status {status}")),
                None => Error::new(operation, &format!("Http{status}"), causes(&failure)),
            }
        }
        SdkError::TimeoutError(_) => {
            let message = "no answer came in time: check the network, the region and the endpoint";
            Error::new(operation, error::UNREACHABLE, message)
        }
        // The whole answer is there; where it broke off on the way, its body is not.
        SdkError::ResponseError(answer)
            if answer.raw().status().is_success() && answer.raw().body().bytes().is_some() =>
        {
            Error::new(operation, error::UNREADABLE, causes(&failure))
        }
        _ => {
            let causes = causes(&failure);
            // What a provider of credentials says has no type of its own by the time it arrives here.
            if causes.to_lowercase().contains("credential") {
                let message = format!(
                    "there are no credentials that work ({causes}): sign in (`aws sso login`), or set AWS_PROFILE or --profile"
                );
                return Error::new(operation, error::NO_CREDENTIALS, message);
            }
            let message = format!("AWS does not answer ({causes}): check the network, the region and the endpoint");
            Error::new(operation, error::UNREACHABLE, message)
        }
    }
}

/// The causes below an error, the outermost first.
fn causes(failure: &dyn StdError) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut next = failure.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        // Some errors repeat their cause in their own text.
        if texts.last().is_none_or(|last| !last.ends_with(&text)) {
            texts.push(text);
        }
        next = cause.source();
    }
    match texts.is_empty() {
        true => failure.to_string(),
        false => texts.join(": "),
    }
}
