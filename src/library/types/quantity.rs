//! Numbers with a unit: `30s`, `512 MiB`, `0.25 vCPU`, `60%`, each kept in the unit that CloudFormation wants.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::diag::{Diagnostics, code};
use crate::library::{Data, Value};
use crate::source::Span;
use crate::syntax::Node;

use super::{Type, expected, fault, number_of, text_of, whole};

/// How a kind of quantity is written.
pub(super) struct Notation {
    /// What it is, with an example: "a duration such as `30s`".
    pub what: &'static str,
    /// The units and what one of them is worth, the smallest first; the first of equal worth is the one to print.
    units: &'static [(&'static str, i64)],
    /// Units people write that mean one of these.
    foreign: &'static [(&'static str, &'static str)],
    /// What is kept, in terms of the units' worth.
    kept: i64,
    /// Whether a plain number is one in the kept unit, as ECS has it.
    plain: bool,
    /// Whether a space stands between number and unit when it is printed.
    spaced: bool,
    example: &'static str,
}

pub(super) const SECONDS: Notation = Notation {
    what: "a duration such as `30s`, `10m` or `7 days`",
    units: &[
        ("s", 1),
        ("second", 1),
        ("seconds", 1),
        ("m", 60),
        ("minute", 60),
        ("minutes", 60),
        ("h", 3600),
        ("hour", 3600),
        ("hours", 3600),
        ("d", 86400),
        ("day", 86400),
        ("days", 86400),
        ("week", 604_800),
        ("weeks", 604_800),
    ],
    foreign: TIME_WORDS,
    kept: 1,
    plain: true,
    spaced: false,
    example: "30s",
};

const TIME_WORDS: &[(&str, &str)] = &[
    ("sec", "s"),
    ("secs", "s"),
    ("min", "m"),
    ("mins", "m"),
    ("hr", "h"),
    ("hrs", "h"),
    ("w", " weeks"),
];

const MINUTES: Notation = Notation {
    what: "a duration of whole minutes such as `10m`",
    units: &[
        ("m", 60),
        ("minute", 60),
        ("minutes", 60),
        ("s", 1),
        ("h", 3600),
        ("hour", 3600),
        ("hours", 3600),
        ("d", 86400),
        ("day", 86400),
        ("days", 86400),
    ],
    foreign: TIME_WORDS,
    kept: 60,
    plain: false,
    spaced: false,
    example: "10m",
};

const DAYS: Notation = Notation {
    what: "a number of days such as `30 days`",
    units: &[("days", 1), ("day", 1), ("d", 1), ("week", 7), ("weeks", 7)],
    foreign: &[("w", "weeks"), ("D", "days")],
    kept: 1,
    plain: true,
    spaced: true,
    example: "30 days",
};

pub(super) const MEMORY: Notation = Notation {
    what: "a size such as `512 MiB` or `1 GiB`",
    units: &[("MiB", 1), ("GiB", 1024)],
    foreign: BYTE_WORDS,
    kept: 1,
    plain: true,
    spaced: true,
    example: "512 MiB",
};

const BYTE_WORDS: &[(&str, &str)] = &[
    ("m", "MiB"),
    ("mb", "MiB"),
    ("mi", "MiB"),
    ("mib", "MiB"),
    ("g", "GiB"),
    ("gb", "GiB"),
    ("gi", "GiB"),
    ("gib", "GiB"),
];

const DISK: Notation = Notation {
    what: "a size such as `50 GiB`",
    units: &[("GiB", 1), ("TiB", 1024)],
    foreign: &[
        ("g", "GiB"),
        ("gb", "GiB"),
        ("gi", "GiB"),
        ("gib", "GiB"),
        ("tb", "TiB"),
    ],
    kept: 1,
    plain: true,
    spaced: true,
    example: "50 GiB",
};

pub(super) const CPU: Notation = Notation {
    what: "CPU units such as `256`, or `0.25 vCPU`",
    units: &[("vCPU", 1024)],
    foreign: &[
        ("vcpu", "vCPU"),
        ("vcpus", "vCPU"),
        ("cpu", "vCPU"),
        ("cores", "vCPU"),
        ("core", "vCPU"),
    ],
    kept: 1,
    plain: true,
    spaced: true,
    example: "0.25 vCPU",
};

pub(super) const PERCENT: Notation = Notation {
    what: "a percentage such as `60%`",
    units: &[("%", 1)],
    foreign: &[("percent", "%"), ("pct", "%")],
    kept: 1,
    plain: false,
    spaced: false,
    example: "60%",
};

/// Nine digits are more than any quantity here needs, and never overflow.
const DIGITS: usize = 9;
const LARGEST: i64 = 999_999_999;

impl Notation {
    /// The text of `number` of the kept unit, as a user would write it.
    pub fn show(&self, number: i64) -> String {
        let space = if self.spaced { " " } else { "" };
        let number = number * self.kept;
        let whole = |(_, worth): &&(&str, i64)| number % worth == 0 && (number >= *worth || number == 0);
        match self.units.iter().rev().find(whole) {
            // Two minutes read better as seconds beside a bound in seconds.
            Some((_, 60)) if self.kept == 1 => format!("{number}s"),
            Some((_, worth)) => {
                let first = self.units.iter().find(|(_, other)| other == worth);
                let (unit, _) = first.expect("a unit is as large as itself");
                format!("{}{space}{unit}", number / worth)
            }
            None => number.to_string(),
        }
    }

    fn pattern(&self) -> String {
        let units: Vec<&str> = self.units.iter().map(|(unit, _)| *unit).collect();
        format!("^[0-9]{{1,{DIGITS}}}(\\.[0-9]{{1,3}})? ?({})$", units.join("|"))
    }

    fn schema(&self) -> Schema {
        let text = json!({"type": "string", "pattern": self.pattern()});
        if self.plain {
            let number = json!({"type": "integer", "minimum": 0, "maximum": LARGEST});
            json_schema!({"anyOf": [text, number]})
        } else {
            Schema::try_from(text).expect("an object")
        }
    }

    /// Thousandths of what the units' worth is counted in. Errors with the text after the number, when that is no unit.
    fn parse(&self, text: &str) -> Result<i64, String> {
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let whole = digits(text);
        let (number, mut rest) = text.split_at(whole);
        if whole == 0 || whole > DIGITS {
            return Err(String::new());
        }
        let mut thousandths = number.parse::<i64>().map_err(|_| String::new())? * 1000;
        if let Some(after) = rest.strip_prefix('.') {
            let decimals = digits(after);
            if decimals == 0 || decimals > 3 {
                return Err(String::new());
            }
            let (decimal, after) = after.split_at(decimals);
            thousandths += format!("{decimal:0<3}").parse::<i64>().map_err(|_| String::new())?;
            rest = after;
        }
        let unit = rest.strip_prefix(' ').unwrap_or(rest);
        match self.units.iter().find(|(name, _)| *name == unit) {
            Some((_, worth)) => Ok(thousandths * worth),
            None => Err(unit.to_string()),
        }
    }

    /// The text with its unit put right, when it is plain what was meant.
    fn repaired(&self, text: &str) -> Option<String> {
        let text = text.trim();
        let digits = text
            .bytes()
            .take_while(|byte| byte.is_ascii_digit() || *byte == b'.')
            .count();
        let (number, unit) = text.split_at(digits);
        let unit = unit.trim();
        let exact = self.units.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit));
        let foreign = || self.foreign.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit));
        let known = exact
            .map(|(name, _)| *name)
            .or_else(|| foreign().map(|(_, name)| name.trim()));
        let unit = match known {
            Some(known) => known,
            // `"30"` in quotes: the plain number it would be.
            None if unit.is_empty() && self.plain && !number.contains('.') => return Some(number.to_string()),
            None if unit.is_empty() => self.units[0].0,
            None => return None,
        };
        let space = if self.spaced { " " } else { "" };
        let repaired = format!("{number}{space}{unit}");
        self.parse(&repaired).is_ok().then_some(repaired)
    }

    /// Reads a quantity between two bounds, in the kept unit.
    pub fn read(&self, node: &Node, least: i64, most: i64, diags: &mut Diagnostics) -> Option<i64> {
        let thousandths = if let Some(text) = text_of(node) {
            match self.parse(text) {
                Ok(thousandths) => thousandths,
                Err(unit) => {
                    self.bad_unit(node, text, &unit, diags);
                    return None;
                }
            }
        } else if let Some(number) = number_of(node) {
            if !self.plain {
                let written = self.units[0].0;
                let fraction = self.units[0].0 == "%" && number.value > 0.0 && number.value < 1.0;
                let message = format!("`{}` lacks its unit: expected {}", number.text, self.what);
                let fault = fault(node, code::BAD_UNIT, message, diags);
                if fraction {
                    let percent = (number.value * 100.0).round();
                    fault.suggest(format!("write `{percent}%`"), node.span, format!("{percent}%"));
                } else if number.integer.is_some_and(|number| number >= 0) {
                    let text = format!("{}{written}", number.text);
                    fault.fix(format!("write `{text}`"), node.span, text);
                }
                return None;
            }
            match whole(number) {
                Some(number) if (0..=LARGEST).contains(&number) => number * self.kept * 1000,
                Some(_) => {
                    let message = format!("`{}` is no amount: expected {}", number.text, self.what);
                    fault(node, code::OUT_OF_RANGE, message, diags);
                    return None;
                }
                None => {
                    let unit = self.units.iter().find(|(unit, _)| *unit == "vCPU");
                    let fault = expected(self.what, node, diags)?;
                    if let Some((unit, _)) = unit {
                        let text = format!("{} {unit}", number.text);
                        fault.suggest(format!("write `{text}`"), node.span, text);
                    }
                    return None;
                }
            }
        } else {
            expected(self.what, node, diags);
            return None;
        };
        let kept = self.kept * 1000;
        if thousandths % kept != 0 {
            let whole = self.show((thousandths / kept + 1).max(1));
            let step = self.show(1);
            let fault = fault(
                node,
                code::BAD_QUANTITY,
                format!("AWS counts this in steps of `{step}`"),
                diags,
            );
            fault.hint(format!("write `{whole}`, the next larger"));
            fault.suggest(format!("write `{whole}`"), node.span, whole);
            return None;
        }
        let number = thousandths / kept;
        if !(least..=most).contains(&number) {
            let found = match text_of(node) {
                Some(text) => text.to_string(),
                None => self.show(number),
            };
            let message = match most {
                LARGEST.. => format!("`{found}` is less than `{}`", self.show(least)),
                _ => format!("`{found}` is not from `{}` to `{}`", self.show(least), self.show(most)),
            };
            fault(node, code::BAD_QUANTITY, message, diags);
            return None;
        }
        Some(number)
    }

    fn bad_unit(&self, node: &Node, text: &str, unit: &str, diags: &mut Diagnostics) {
        let message = match unit {
            "" => format!("expected {}, found `{text}`", self.what),
            _ => format!("`{unit}` is no unit here: expected {}", self.what),
        };
        let fault = fault(node, code::BAD_UNIT, message, diags);
        if let Some(repaired) = self.repaired(text) {
            fault.fix(format!("write `{repaired}`"), node.span, repaired);
        }
    }
}

/// Declares a quantity between two bounds, both in the unit it is kept in.
macro_rules! quantity {
    ($(#[doc = $about:literal])* $name:ident, $notation:ident) => {
        $(#[doc = $about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name<const LEAST: i64 = 0, const MOST: i64 = LARGEST>(pub i64);

        impl<const LEAST: i64, const MOST: i64> $name<LEAST, MOST> {
            /// As a user would write it.
            pub fn show(&self) -> String {
                $notation.show(self.0)
            }
        }

        impl<const LEAST: i64, const MOST: i64> Type for $name<LEAST, MOST> {
            fn schema(_: &mut SchemaGenerator) -> Schema {
                $notation.schema()
            }

            fn decode(node: &Node, diags: &mut Diagnostics) -> Option<Self> {
                $notation.read(node, LEAST, MOST, diags).map(Self)
            }

            fn value(&self, span: Span) -> Value {
                Value::new(span, Data::Integer(self.0))
            }

            fn example() -> serde_json::Value {
                json!($notation.example)
            }

            fn stand_in(_: Span) -> Self {
                Self(LEAST)
            }
        }
    };
}

quantity!(
    /// A duration in seconds.
    Seconds, SECONDS
);
quantity!(
    /// A duration in whole minutes.
    Minutes, MINUTES
);
quantity!(
    /// A duration in days.
    Days, DAYS
);
quantity!(
    /// An amount of memory in MiB.
    MemorySize, MEMORY
);
quantity!(
    /// An amount of disk in GiB.
    Disk, DISK
);
quantity!(
    /// CPU units, 1024 to a vCPU.
    Cpu, CPU
);
quantity!(
    /// A whole number of percent.
    Percent, PERCENT
);
