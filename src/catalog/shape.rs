//! The notation of types in `schema/resources.jsonl`. In: `[string 1..64] ..10`. Out: a [`Shape`]. Must not know resources.

/// A type as it stands in the data, such as `[Tag] ..50`. [`super::ResourceType::shape`] reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind(pub(super) &'static str);

impl Kind {
    /// Whether it is a list of anything.
    pub fn is_list(self) -> bool {
        self.0.starts_with('[')
    }

    /// Whether it is certainly a string, a number or a boolean.
    pub fn is_scalar(self) -> bool {
        matches!(self.split().0, "string" | "integer" | "number" | "boolean")
    }

    /// As it stands in the data: for hover text and messages.
    pub fn text(self) -> &'static str {
        self.0
    }

    /// The type without its bounds, and the bounds.
    pub(super) fn split(self) -> (&'static str, Bounds) {
        let outside = self.0.rfind([']', '}']).map_or(0, |at| at + 1);
        let Some(space) = self.0[outside..].find(' ') else {
            return (self.0, Bounds::default());
        };
        let (shape, bounds) = self.0.split_at(outside + space);
        (shape, Bounds::parse(bounds.trim_start()))
    }
}

/// The least and the most, both allowed. Of a number its value; of a string its characters; else the count of items.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bounds {
    /// The least that is allowed.
    pub least: Option<f64>,
    /// The most that is allowed.
    pub most: Option<f64>,
}

impl Bounds {
    fn parse(text: &str) -> Bounds {
        let (least, most) = text.split_once("..").expect("the data writes bounds with `..`");
        let number = |text: &str| text.parse().ok();
        Bounds {
            least: number(least),
            most: number(most),
        }
    }

    /// Whether a value lies within.
    pub fn hold(self, value: f64) -> bool {
        self.least.is_none_or(|least| least <= value) && self.most.is_none_or(|most| value <= most)
    }
}

/// What a property takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape<'a> {
    /// A string. CloudFormation takes numbers and booleans too, as their text.
    Text(Bounds),
    /// A whole number, or its text.
    Integer(Bounds),
    /// A number, or its text.
    Number(Bounds),
    /// A boolean, or `"true"` and `"false"`.
    Boolean,
    /// One of these values.
    Choice(&'a Choice),
    /// A free-form object such as a policy document, or its text.
    Json,
    /// Anything: the data does not say.
    Any,
    /// A list, the type of its items, and how many there may be.
    List(Kind, Bounds),
    /// A mapping with free keys, the type of its values, and how many there may be.
    Map(Kind, Bounds),
    /// An object with named properties.
    Record(&'a super::Record),
}

/// The values of an enumeration.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The values; numbers as their text.
    pub values: Vec<&'static str>,
    /// Whether AWS takes them in any case.
    pub any_case: bool,
}

impl Choice {
    /// Whether a value is one of them.
    pub fn has(&self, value: &str) -> bool {
        let same = |known: &&str| match self.any_case {
            true => known.eq_ignore_ascii_case(value),
            false => *known == value,
        };
        self.values.iter().any(same)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_stand_behind_the_type_they_bind() {
        let bounds = |least, most| Bounds { least, most };
        let cases = [
            ("string", "string", bounds(None, None)),
            ("string 1..64", "string", bounds(Some(1.0), Some(64.0))),
            ("integer -1..", "integer", bounds(Some(-1.0), None)),
            ("number 0.1..100", "number", bounds(Some(0.1), Some(100.0))),
            ("[string 1..64]", "[string 1..64]", bounds(None, None)),
            (
                "[{string 1..64} 2..] ..10",
                "[{string 1..64} 2..]",
                bounds(None, Some(10.0)),
            ),
        ];
        for (text, shape, expected) in cases {
            assert_eq!(Kind(text).split(), (shape, expected), "{text}");
        }
    }
}
