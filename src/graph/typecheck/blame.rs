//! Where a fault of a resource is shown: at the user's line, with the component's line beside it.
//!
//! In: the span of a value and its resource. Out: a diagnostic with its places. Must not know what is wrong.

use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::graph::Resource;
use crate::source::Span;

/// The resource whose values are checked.
#[derive(Clone, Copy)]
pub(super) struct Blame<'a> {
    pub resource: &'a Resource,
}

impl Blame<'_> {
    /// Reports a fault of what is written at `span`, which the component puts in its place at `body`.
    ///
    /// What the user wrote is underlined itself. What a component wrote is shown at the use of the component, since
    /// that is the place the user knows.
    pub fn report(
        self,
        diags: &mut Diagnostics,
        code: Code,
        span: Span,
        body: Option<Span>,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        let origin = &self.resource.origin;
        if !self.is_the_users(span, body) {
            let fault = diags.report(code, origin.user, message);
            fault.label(format!("{} makes `{}`", origin.owner, self.resource.id));
            return fault.note(span, "the component writes it here");
        }
        let fault = diags.report(code, span, message);
        match body {
            Some(body) => fault.note(body, "the component puts it in here"),
            None if self.is_of_component() => fault.note(origin.body, "the component declares the resource here"),
            None => fault,
        }
    }

    /// Whether the user wrote what stands at `span`.
    ///
    /// A value with a `body` came from an argument, by definition of [`crate::library::Value`]; without one, it is the
    /// user's when it stands in the file that holds the use (`override:`), or when no component is in play (`resources:`).
    pub fn is_the_users(self, span: Span, body: Option<Span>) -> bool {
        body.is_some() || !self.is_of_component() || span.file == self.resource.origin.user.file
    }

    /// Whether the bytes at `span` are `text` itself, plain and in the user's file, so that an edit may replace them.
    pub fn is_literal(self, text: &str, span: Span, body: Option<Span>) -> bool {
        self.is_the_users(span, body) && span.range().len() == text.len()
    }

    fn is_of_component(self) -> bool {
        self.resource.origin.body != self.resource.origin.user
    }
}
