//! The names that CloudFormation itself gives a value, such as `AWS::Region`. In: a name. Out: a reference to it, or a fault.

use std::sync::Arc;

use crate::diag::{Diagnostics, code, nearest};
use crate::library::{Data, Reference, Target, Value};
use crate::source::Span;

/// All of them: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html>.
const NAMES: [&str; 8] = [
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

/// Refers to a name with `::` in it. `place` is where the name itself stands, if it is known.
pub(super) fn refer(name: Arc<str>, span: Span, place: Option<Span>, diags: &mut Diagnostics) -> Value {
    if !NAMES.contains(&&*name) {
        let message = format!("`{name}` is no pseudo parameter of CloudFormation");
        let fault = diags.report(code::UNKNOWN_REFERENCE, place.unwrap_or(span), message);
        match (nearest(&name, NAMES), place) {
            (Some(near), Some(place)) => fault.did_you_mean_word(near, &name, place),
            (Some(near), None) => fault.hint(format!("did you mean `{near}`?")),
            (None, _) => fault.hint(format!("they are {}", crate::library::types::listed(&NAMES))),
        };
        return Value::new(span, Data::Unknown);
    }
    let target = Target::Pseudo(name);
    Value::new(
        span,
        Data::Reference(Reference {
            target,
            attribute: None,
        }),
    )
}
