//! The properties of one object: each known, all that must be given there, none that exclude each other.
//!
//! In: the fields of a mapping and the record that they should fit. Out: faults. Must not know what values look like.

use crate::catalog::{Kind, Record};
use crate::diag::code;
use crate::library::{Data, Field, Target, Value};

use super::hints;
use super::values::{Checker, Place, is_function};

impl Checker<'_> {
    /// Checks an object; `block` is where a property that it lacks is missed.
    pub fn record(&mut self, record: &Record, fields: &[Field], block: Place) {
        let mut meant = Vec::new();
        for field in fields {
            let name = &**field.key;
            match record.property(name).map(|property| property.kind).or(record.rest()) {
                _ if name.starts_with("Fn::") => {}
                Some(kind) => self.property(kind, field),
                None => meant.extend(self.unknown(record, field)),
            }
        }
        // A transform or a loop among the properties may bring any others.
        if !fields.iter().any(|field| field.key.starts_with("Fn::")) {
            self.missing(record, fields, &meant, block);
        }
        self.conflicts(record, fields);
    }

    /// Checks the value of one key.
    pub fn property(&mut self, kind: Kind, field: &Field) {
        let key_is_users = self.blame.is_the_users(field.key.span, None);
        let block = match key_is_users {
            true => (field.key.span, None),
            false => (field.value.span, field.value.body),
        };
        let dot = if self.path.is_empty() { "" } else { "." };
        self.below(format_args!("{dot}{}", *field.key), |this| {
            this.value(kind, &field.value, block)
        });
    }

    /// Reports a property that is not there, and says which one was probably meant.
    fn unknown(&mut self, record: &Record, field: &Field) -> Option<&'static str> {
        let (name, span) = (&**field.key, field.key.span);
        if self.path.is_empty() && self.kind.attributes().any(|(attribute, _)| attribute == name) {
            let message = format!("`{name}` of `{}` is set by AWS alone", self.kind.name());
            let fault = self.fault(code::UNKNOWN_PROPERTY, (span, None), message);
            fault.hint("remove it; others read it as an attribute");
            return None;
        }
        let (meant, hint) = hints::property(name, record, self.kind);
        let message = format!("`{name}` is no property of {}", self.subject());
        let literal = self.blame.is_literal(name, span, None);
        let fault = self.fault(code::UNKNOWN_PROPERTY, (span, None), message);
        fault.hint(hint);
        if let Some(meant) = meant
            && literal
        {
            fault.did_you_mean_word(meant, name, span);
        }
        meant
    }

    /// Reports what must be given and is not. A misspelt property counts as the one that was `meant`.
    fn missing(&mut self, record: &Record, fields: &[Field], meant: &[&str], block: Place) {
        let given = |name: &str| meant.contains(&name) || present(fields, name);
        for property in record.properties() {
            if property.required && !given(property.name) {
                let message = format!("{} lacks `{}`", self.subject(), property.name);
                self.fault(code::MISSING_PROPERTY, block, message);
            }
        }
        let rules = record.rules();
        for sets in rules.one.iter().chain(&rules.some) {
            if !sets.iter().any(|set| set.iter().all(|name| given(name))) {
                let message = format!("{} lacks one of {}", self.subject(), alternatives(sets));
                self.fault(code::MISSING_PROPERTY, block, message);
            }
        }
        for (name, needed) in &rules.requires {
            for other in needed.iter().filter(|other| present(fields, name) && !given(other)) {
                let message = format!("{} lacks `{other}`, which `{name}` needs", self.subject());
                self.fault(code::MISSING_PROPERTY, block, message);
            }
        }
    }

    /// Reports properties that exclude each other, at the later one.
    fn conflicts(&mut self, record: &Record, fields: &[Field]) {
        let rules = record.rules();
        let certain = |name: &str| {
            let field = fields.iter().find(|field| &**field.key == name);
            field.filter(|field| is_certain(&field.value))
        };
        for sets in &rules.one {
            let full = sets.iter().filter(|set| set.iter().all(|name| certain(name).is_some()));
            let mut firsts: Vec<&Field> = full.filter_map(|set| certain(set.first()?)).collect();
            firsts.sort_by_key(|field| field.key.span);
            if let [first, .., last] = firsts[..] {
                self.conflict(first, last);
            }
        }
        for (name, excluded) in &rules.excludes {
            let Some(one) = certain(name) else { continue };
            for other in excluded.iter().filter_map(|other| certain(other)) {
                // Where both exclude each other, one report is enough.
                let mutual = rules.excludes.get(&**other.key).is_some_and(|back| back.contains(name));
                if !mutual || one.key.span <= other.key.span {
                    self.conflict(one, other);
                }
            }
        }
    }

    fn conflict(&mut self, first: &Field, last: &Field) {
        let subject = self.subject();
        let message = format!("`{}` and `{}` of {subject} exclude each other", *first.key, *last.key);
        let fault = self.fault(code::PROPERTY_CONFLICT, (last.key.span, None), message);
        fault.note(first.key.span, format!("`{}` is given here", *first.key));
        fault.hint("remove one of them");
    }
}

fn present(fields: &[Field], name: &str) -> bool {
    let field = fields.iter().find(|field| &**field.key == name);
    field.is_some_and(|field| !field.value.is_null())
}

/// Whether a value is certainly there: `Fn::If` and references may turn out to be `AWS::NoValue`.
fn is_certain(value: &Value) -> bool {
    match &value.data {
        Data::Null | Data::Unknown => false,
        Data::Intrinsic(name, _) => &**name != "Fn::If",
        Data::Map(fields) => !is_function(fields),
        Data::Reference(reference) => !matches!(&reference.target, Target::Pseudo(name) if &**name == "AWS::NoValue"),
        _ => true,
    }
}

/// `` `A` with `B`, `C` ``: sets of names of which one is wanted.
fn alternatives(sets: &[Vec<&str>]) -> String {
    let sets = sets.iter().map(|set| {
        let names: Vec<String> = set.iter().map(|name| format!("`{name}`")).collect();
        names.join(" with ")
    });
    sets.collect::<Vec<String>>().join(", ")
}
