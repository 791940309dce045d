//! A row of the catalogue. In: the text of a file of rows. Out: [`Row`]s, and a [`Match`] for what was found.
//!
//! Rows are separated by blank lines; `#` begins a comment. A row's first line has its id, its name, its class and its
//! flags (`passing`, `infrastructure`, `consequence`). Then one word a line says what the rest of the line is:
//!
//! | word | is |
//! |---|---|
//! | `when` | a pattern, found anywhere, without regard to case; of several one must be found. A named group is a capture |
//! | `stop` | stop codes, one of which the task must have |
//! | `exit` | exit codes and ranges of them, one of which the container must have |
//! | `key` | the key of the spec that it points at |
//! | `means` | what it means; `<name>` is a capture |
//! | `do` | what to do about it |

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use regex_lite::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use super::{Captures, Match, words};

/// How bad a cause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// As it should be.
    Progress,
    /// Often heals by itself; counts when it stays.
    Warning,
    /// Something is wrong now, and the rollout still goes on.
    Failing,
    /// It ends here.
    Terminal,
}

impl Class {
    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Class::Progress => "progress",
            Class::Warning => "warning",
            Class::Failing => "failing",
            Class::Terminal => "terminal",
        }
    }

    fn of(word: &str) -> Option<Class> {
        let all = [Class::Progress, Class::Warning, Class::Failing, Class::Terminal];
        all.into_iter().find(|class| class.word() == word)
    }
}

/// A cause that is known.
#[derive(Debug)]
pub struct Row {
    /// `A1` to `A48`, `B1` to `B42`, `T1` and so on for targets, `S1` and so on for stacks.
    pub id: &'static str,
    /// Its name, in kebab case; no two rows share one.
    pub name: &'static str,
    /// How bad it is.
    pub class: Class,
    /// The key of the spec that it points at.
    pub key: Option<&'static str>,
    /// What it means.
    means: &'static str,
    /// What to do.
    remedy: &'static str,
    flags: Vec<&'static str>,
    when: Vec<Regex>,
    stop: Vec<&'static str>,
    exit: Vec<RangeInclusive<i64>>,
}

impl Row {
    /// What it means, where nothing is known of the case.
    pub fn means(&self) -> String {
        words::fill(self.means, &BTreeMap::new())
    }

    /// What to do, where nothing is known of the case.
    pub fn remedy(&self) -> String {
        words::fill(self.remedy, &BTreeMap::new())
    }

    /// The stop code allows this row.
    pub(super) fn stops(&self, code: &str) -> bool {
        self.stop.is_empty() || self.stop.contains(&code)
    }

    /// Only an exit code, or nothing but a stop code, decides on this row.
    pub(super) fn needs_no_text(&self) -> bool {
        self.when.is_empty()
    }

    /// An exit code decides on this row.
    pub(super) fn needs_exit(&self) -> bool {
        !self.exit.is_empty()
    }

    /// The exit code allows this row.
    pub(super) fn exits(&self, code: Option<i64>) -> bool {
        self.exit.is_empty() || code.is_some_and(|code| self.exit.iter().any(|range| range.contains(&code)))
    }

    /// What the first of its patterns that is in the text captures; `None` when none is.
    pub(super) fn captures(&self, text: &str) -> Option<Captures> {
        self.when.iter().find_map(|pattern| captures(pattern, text))
    }

    /// The match with what was found.
    pub(super) fn found(&self, captures: Captures) -> Match {
        Match {
            id: self.id,
            name: self.name,
            class: self.class,
            means: words::fill(self.means, &captures)
                .trim_end_matches([':', ' ', '…'])
                .to_string(),
            remedy: words::fill(self.remedy, &captures),
            key: self.key,
            captures,
            via: None,
            is_passing: self.flags.contains(&"passing"),
            is_infrastructure: self.flags.contains(&"infrastructure"),
            is_consequence: self.flags.contains(&"consequence"),
        }
    }
}

/// A pattern as the rows have it.
pub(super) fn pattern(text: &str) -> Regex {
    RegexBuilder::new(text)
        .case_insensitive(true)
        .dot_matches_new_line(true)
        .build()
        .unwrap_or_else(|fault| panic!("a test compiles every pattern, and `{text}` is none: {fault}"))
}

/// The named groups that took part, when the pattern is in the text; `_` is written where a key has `-`.
pub(super) fn captures(pattern: &Regex, text: &str) -> Option<Captures> {
    let found = pattern.captures(text)?;
    let named = pattern.capture_names().flatten().filter_map(|name| {
        let value = found.name(name)?.as_str().trim();
        (!value.is_empty()).then(|| (name.replace('_', "-"), value.to_string()))
    });
    Some(named.collect())
}

/// Reads a file of rows. It is part of the program, so that a fault in it is our own.
pub(super) fn rows(text: &'static str) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut open = false;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if line.is_empty() {
            open = false;
            continue;
        }
        if !open {
            rows.push(head(line));
            open = true;
            continue;
        }
        let row = rows.last_mut().expect("a row is open");
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "when" => row.when.push(pattern(rest)),
            "stop" => row.stop = rest.split(' ').collect(),
            "exit" => row.exit = rest.split(' ').map(range).collect(),
            "key" => row.key = Some(rest),
            "means" => row.means = rest,
            "do" => row.remedy = rest,
            _ => panic!("a test reads every row, and `{line}` is no line of one"),
        }
    }
    rows
}

fn head(line: &'static str) -> Row {
    let mut words = line.split(' ');
    let mut next = || words.next().expect("a row begins with its id, its name and its class");
    Row {
        id: next(),
        name: next(),
        class: Class::of(next()).expect("a class is one of four words"),
        key: None,
        means: "",
        remedy: "",
        flags: words.collect(),
        when: Vec::new(),
        stop: Vec::new(),
        exit: Vec::new(),
    }
}

fn range(text: &str) -> RangeInclusive<i64> {
    let number = |text: &str| text.parse().expect("exit codes are whole numbers");
    match text.split_once("..") {
        Some((from, "")) => number(from)..=i64::MAX,
        Some(("", to)) => i64::MIN..=number(to),
        Some((from, to)) => number(from)..=number(to),
        None => number(text)..=number(text),
    }
}
