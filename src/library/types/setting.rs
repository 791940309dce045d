//! A value together with where it comes from: the user's line, the default of its key, or a stand-in for a fault.

use std::ops::{Deref, DerefMut};

use crate::library::{Data, Value};
use crate::source::Span;

use super::Type;

/// Where the value of a key comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The user wrote it.
    Given,
    /// The user left the key out.
    Default,
    /// The user's value is faulty and was reported, or a key that must be there is missing; what stands here means nothing.
    Faulty,
}

/// The value of a key.
#[derive(Clone, Debug)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it was written; for a default, the block that could have it.
    pub span: Span,
    /// Where its key was written; `None` for a default.
    pub key: Option<Span>,
    /// Where it comes from.
    pub origin: Origin,
}

impl<T> Setting<T> {
    /// The value, unless it is a stand-in for a fault; checks go through here, so that nothing complains about a hole.
    pub fn sound(&self) -> Option<&T> {
        (self.origin != Origin::Faulty).then_some(&self.value)
    }

    /// Whether the user wrote it, and wrote it right.
    pub fn is_given(&self) -> bool {
        self.origin == Origin::Given
    }

    /// The key's place, or the block's for a default.
    pub fn place(&self) -> Span {
        self.key.unwrap_or(self.span)
    }
}

impl<T: Type> Setting<T> {
    /// What a component receives.
    pub fn value(&self) -> Value {
        match self.sound() {
            Some(value) => value.value(self.span),
            None => Value::new(self.span, Data::Unknown),
        }
    }
}

impl<T> Deref for Setting<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Setting<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}
