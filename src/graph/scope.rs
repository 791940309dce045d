//! The names that an expression may use, and what they stand for. Must not know where the names come from.

use std::sync::Arc;

use crate::library::{Data, Field, Target, Value};
use crate::source::Span;

/// Names in reach of a body; an inner scope sees those of the outer one.
#[derive(Debug, Default)]
pub(super) struct Scope<'outer> {
    outer: Option<&'outer Scope<'outer>>,
    known: Vec<(Arc<str>, Value)>,
    locals: Vec<(Arc<str>, Local)>,
    logical: Vec<(Arc<str>, Target)>,
    unsettled: Vec<Arc<str>>,
}

/// What a capitalised name stands for.
#[derive(Clone, Debug)]
pub(super) enum Local {
    /// Its `$when` was false: it is null.
    Absent,
    /// A resource, a part or an input, with the resources that `DependsOn` means by it.
    One(Value, Vec<Member>),
    /// One for each item of its `$each`, by key.
    Each(Vec<(Arc<str>, Value)>, Vec<Member>),
}

/// A resource that was made: its stack and its logical ID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub stack: usize,
    pub id: Arc<str>,
}

impl<'outer> Scope<'outer> {
    /// An empty scope inside this one.
    pub fn inner(&'outer self) -> Scope<'outer> {
        Scope {
            outer: Some(self),
            ..Scope::default()
        }
    }

    /// Gives `name` a value that is known now.
    pub fn know(&mut self, name: &str, value: Value) {
        self.known.push((name.into(), value));
    }

    /// Gives a capitalised name its meaning.
    pub fn declare(&mut self, name: &Arc<str>, local: Local) {
        self.locals.push((Arc::clone(name), local));
    }

    /// Lets `Ref`, `Fn::GetAtt` and `Fn::Sub` reach these logical IDs, as raw CloudFormation expects. There may be others
    /// that begin with what is `unsettled`.
    pub fn reach(&mut self, logical: Vec<(Arc<str>, Target)>, unsettled: &[Arc<str>]) {
        self.logical.extend(logical);
        self.unsettled.extend(unsettled.iter().cloned());
    }

    /// Whether it is unknown if there is a logical ID.
    pub fn is_unsettled(&self, id: &str) -> bool {
        let own = self.unsettled.iter().any(|start| id.starts_with(&**start));
        own || self.outer.is_some_and(|outer| outer.is_unsettled(id))
    }

    /// The value of a lowercase name.
    pub fn known(&self, name: &str) -> Option<&Value> {
        let own = self.known.iter().rev().find(|(known, _)| &**known == name);
        own.map(|(_, value)| value).or_else(|| self.outer?.known(name))
    }

    /// The meaning of a capitalised name.
    pub fn local(&self, name: &str) -> Option<&Local> {
        let own = self.locals.iter().rev().find(|(local, _)| &**local == name);
        own.map(|(_, local)| local).or_else(|| self.outer?.local(name))
    }

    /// What a logical ID stands for, where raw CloudFormation may name it.
    pub fn logical(&self, id: &str) -> Option<&Target> {
        let own = self.logical.iter().find(|(logical, _)| &**logical == id);
        own.map(|(_, target)| target).or_else(|| self.outer?.logical(id))
    }

    /// All names in reach, for suggestions.
    pub fn names(&self) -> Vec<Arc<str>> {
        let mut names = self.outer.map_or_else(Vec::new, Scope::names);
        names.extend(self.known.iter().map(|(name, _)| Arc::clone(name)));
        names.extend(self.locals.iter().map(|(name, _)| Arc::clone(name)));
        names.extend(self.logical.iter().map(|(name, _)| Arc::clone(name)));
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl Local {
    /// The meaning of a name of which nothing was made: null where its `$when` is false, and unknown where that is.
    pub fn without(stands: Option<bool>, span: Span) -> Local {
        match stands {
            Some(_) => Local::Absent,
            None => Local::One(Value::new(span, Data::Unknown), Vec::new()),
        }
    }

    /// The resources that `DependsOn` means by it.
    pub fn members(&self) -> &[Member] {
        match self {
            Local::Absent => &[],
            Local::One(_, members) | Local::Each(_, members) => members,
        }
    }
}

/// Whether two values are the same, wherever they were written; `None` when one is faulty.
pub(super) fn same(a: &Value, b: &Value) -> Option<bool> {
    Some(match (&a.data, &b.data) {
        (Data::Unknown, _) | (_, Data::Unknown) => return None,
        (Data::List(a), Data::List(b)) => {
            let mut pairs = a.iter().zip(b);
            a.len() == b.len() && pairs.try_fold(true, |all, (a, b)| Some(all && same(a, b)?))?
        }
        (Data::Map(a), Data::Map(b)) => {
            let mut pairs = a.iter().zip(b);
            let equal = |(a, b): (&Field, &Field)| Some(*a.key == *b.key && same(&a.value, &b.value)?);
            a.len() == b.len() && pairs.try_fold(true, |all, pair| Some(all && equal(pair)?))?
        }
        (Data::Integer(a), Data::Number(b)) | (Data::Number(b), Data::Integer(a)) => *a as f64 == *b,
        (a, b) => a == b,
    })
}
