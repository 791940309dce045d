//! The spanned tree of a YAML document. Aliases share their target's content, so that an alias bomb stays small.

use std::ops::Range;
use std::sync::Arc;

use crate::source::{Span, Spanned};

/// One value of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where it was written; for an alias, the alias (its content keeps its own places).
    pub span: Span,
    /// What it holds.
    pub content: Arc<Content>,
    /// A local tag such as `!Sub`, without the exclamation mark.
    pub tag: Option<Spanned<Arc<str>>>,
    /// Where the value stood that this one overrides, if it came from an override.
    pub base: Option<Span>,
}

/// What a node holds, after the core schema of YAML 1.2: `no` is a string.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Something that could not be read and was reported; nothing else complains about it.
    Hole,
    /// `null`, `~` or nothing at all.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A plain number.
    Number(Number),
    /// Any other scalar.
    Text(Text),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping.
    Map(Map),
}

/// A number as written and as understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    /// As written.
    pub text: Arc<str>,
    /// Its value.
    pub value: f64,
    /// Its value when it is whole and was written without a point or exponent.
    pub integer: Option<i64>,
}

/// A string, and whether its bytes stand in the file just so.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// The string.
    pub text: Arc<str>,
    /// Where its bytes stand in the file, when file and string agree; `None` for escapes and folded lines.
    pub verbatim: Option<Verbatim>,
    /// Whether it was written in quotes or as a block.
    pub quoted: bool,
}

impl Text {
    /// Where a part of the string stands, which itself stands at `span`; `None` where the file does not hold it just so.
    pub fn place(&self, span: Span, part: Range<usize>) -> Option<Span> {
        let verbatim = self.verbatim.as_ref();
        verbatim.map(|verbatim| super::expression::place(Some(verbatim), span, part.start, part.end))
    }
}

/// Where the bytes of a string stand in its file.
#[derive(Clone, Debug, PartialEq)]
pub enum Verbatim {
    /// All in one run from here.
    Run(u32),
    /// The lines of a `|` block: where each starts in the string and in the file.
    Lines(Arc<[(u32, u32)]>),
}

impl Verbatim {
    /// Where byte `at` of the string stands in the file.
    pub fn place(&self, at: usize) -> usize {
        match self {
            Verbatim::Run(first) => *first as usize + at,
            Verbatim::Lines(lines) => {
                let line = lines.partition_point(|(start, _)| *start as usize <= at);
                let (start, first) = lines[line.saturating_sub(1)];
                first as usize + at - start as usize
            }
        }
    }
}

/// A mapping in the order it was written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map {
    /// Its entries; each key once.
    pub entries: Vec<Entry>,
}

/// One key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Spanned<Arc<str>>,
    /// The value.
    pub value: Node,
}

impl Map {
    /// The entry of a key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| &**entry.key == key)
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }
}

impl Node {
    /// A node that holds `content`, without tag.
    pub fn new(span: Span, content: Content) -> Node {
        Node {
            span,
            content: Arc::new(content),
            tag: None,
            base: None,
        }
    }

    /// The mapping it holds.
    pub fn map(&self) -> Option<&Map> {
        match &*self.content {
            Content::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The sequence it holds.
    pub fn list(&self) -> Option<&[Node]> {
        match &*self.content {
            Content::List(items) => Some(items),
            _ => None,
        }
    }

    /// The string it holds.
    pub fn text(&self) -> Option<&str> {
        match &*self.content {
            Content::Text(text) => Some(&text.text),
            _ => None,
        }
    }

    /// Whether it holds nothing.
    pub fn is_null(&self) -> bool {
        matches!(&*self.content, Content::Null)
    }

    /// Whether it could not be read.
    pub fn is_hole(&self) -> bool {
        matches!(&*self.content, Content::Hole)
    }

    /// The entry of a key, when it is a mapping that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.map()?.entry(key)
    }

    /// The value of a key, when it is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.map()?.get(key)
    }

    /// What it is, in a user's words: `a string`, `a list`.
    pub fn kind(&self) -> &'static str {
        match &*self.content {
            Content::Hole => "nothing readable",
            Content::Null => "nothing",
            Content::Bool(_) => "a boolean",
            Content::Number(_) => "a number",
            Content::Text(_) => "a string",
            Content::List(_) => "a list",
            Content::Map(_) => "a mapping",
        }
    }
}
