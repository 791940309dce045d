//! Builds the tree of one document from the parser's events. In: events and their places. Out: a [`Node`], or the place
//! where the text must be repaired first. Must not know how it is repaired.

mod aliases;
mod keys;
mod scalars;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use granit_parser::{Event, Tag};

use super::masked::Masked;
use super::tree::{Content, Entry, Node};
use crate::diag::Diagnostics;
use crate::source::{FileId, Span, Spanned};

/// How deep collections may nest, aliases expanded.
pub(super) const MOST_LEVELS: usize = 64;

/// How many values a document may hold, aliases expanded.
const MOST_VALUES: u64 = 250_000;

/// Why the text must be covered somewhere and the document read again.
pub(super) enum Obstacle {
    /// An expression that is cut off by YAML: where it starts.
    CutExpression(Range<usize>),
    /// A collection that is nested too deep: where it starts.
    TooDeep(usize),
}

/// The tree of one document, as far as it was read.
pub(super) struct Builder<'a> {
    file: FileId,
    text: &'a Masked<'a>,
    frames: Vec<Frame>,
    anchors: BTreeMap<usize, Anchored>,
    names: Vec<String>,
    values: u64,
    is_too_large: bool,
    root: Option<Node>,
    /// What was reported; it holds only if the document need not be read again.
    pub diags: Diagnostics,
}

/// A finished value with what counts for limits.
#[derive(Clone)]
struct Anchored {
    content: Arc<Content>,
    tag: Option<Spanned<Arc<str>>>,
    values: u64,
    height: usize,
}

struct Frame {
    holds: Holds,
    start: usize,
    end: usize,
    is_flow: bool,
    anchor: usize,
    tag: Option<Spanned<Arc<str>>>,
    values: u64,
    height: usize,
}

enum Holds {
    List(Vec<Node>),
    Map(Entries),
}

#[derive(Default)]
struct Entries {
    list: Vec<Entry>,
    places: BTreeMap<Arc<str>, usize>,
    merged: Vec<Node>,
    key: Option<Key>,
    /// Whether it is `{{ … }}`, which its author took for text.
    is_template: bool,
}

/// The key whose value comes next.
enum Key {
    Text(Spanned<Arc<str>>),
    Merge,
    /// Reported; its value goes nowhere.
    Bad,
}

impl<'a> Builder<'a> {
    /// Nothing, yet.
    pub fn new(file: FileId, text: &'a Masked<'a>) -> Builder<'a> {
        Builder {
            file,
            text,
            frames: Vec::new(),
            anchors: BTreeMap::new(),
            names: Vec::new(),
            values: 0,
            is_too_large: false,
            root: None,
            diags: Diagnostics::default(),
        }
    }

    /// Where the outermost flow collection opens that is not closed yet.
    pub fn open_flow(&self) -> Option<usize> {
        self.frames.iter().find(|frame| frame.is_flow).map(|frame| frame.start)
    }

    /// The document, if it holds anything.
    pub fn finish(self) -> (Option<Node>, Diagnostics) {
        (self.root, self.diags)
    }

    /// Takes in the event that stands at `range`; `tag_range` is where its tag stands.
    pub fn take(&mut self, event: Event, range: Range<usize>, tag_range: Option<Range<usize>>) -> Result<(), Obstacle> {
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let local = self.local_tag(tag.as_deref(), tag_range);
                let node = self.scalar(&value, style, tag.as_deref(), &local, range)?;
                self.count(1, node.span);
                self.place(node, local, anchor, 1, 0);
            }
            Event::SequenceStart(style, anchor, tag) => {
                let tag = self.local_tag(tag.as_deref(), tag_range);
                let is_flow = style == granit_parser::StructureStyle::Flow;
                self.open(Holds::List(Vec::new()), range, is_flow, anchor, tag)?;
            }
            Event::MappingStart(style, anchor, tag) => {
                let tag = self.local_tag(tag.as_deref(), tag_range);
                let is_flow = style == granit_parser::StructureStyle::Flow;
                self.open(Holds::Map(Entries::default()), range, is_flow, anchor, tag)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(range),
            Event::Alias(anchor) => self.alias(anchor, range),
            Event::UnresolvedAlias(name) => self.unresolved(&name, range),
            Event::Anchor(_, name) => self.names.push(name.into_owned()),
            _ => {}
        }
        Ok(())
    }

    fn span(&self, range: &Range<usize>) -> Span {
        Span::new(self.file, range.start, range.end)
    }

    /// A tag that is not one of YAML's own.
    fn local_tag(&self, tag: Option<&Tag>, range: Option<Range<usize>>) -> Option<Spanned<Arc<str>>> {
        let tag = tag.filter(|tag| tag.is_custom() && tag.original() != "!")?;
        let range = range?;
        let name = tag.original();
        let name = name.strip_prefix('!').unwrap_or(&name);
        Some(Spanned::new(Arc::from(name), self.span(&range)))
    }

    fn open(
        &mut self,
        holds: Holds,
        range: Range<usize>,
        is_flow: bool,
        anchor: usize,
        tag: Option<Spanned<Arc<str>>>,
    ) -> Result<(), Obstacle> {
        if self.frames.len() == MOST_LEVELS {
            return Err(Obstacle::TooDeep(range.start));
        }
        self.frames.push(Frame {
            holds,
            start: range.start,
            end: range.end,
            is_flow,
            anchor,
            tag,
            values: 1,
            height: 1,
        });
        Ok(())
    }

    fn close(&mut self, range: Range<usize>) {
        let Some(frame) = self.frames.pop() else { return };
        let end = if frame.is_flow { range.end } else { frame.end };
        let content = match frame.holds {
            Holds::List(items) => Content::List(items),
            Holds::Map(entries) if entries.is_template => {
                self.report_template(frame.start..end);
                Content::Hole
            }
            Holds::Map(entries) => Content::Map(self.merge(entries)),
        };
        let node = Node::new(self.span(&(frame.start..end.max(frame.start))), content);
        self.count(1, node.span);
        self.place(node, frame.tag, frame.anchor, frame.values, frame.height);
    }

    /// Puts a finished value where it belongs: into the collection that is open, as key, value or item.
    fn place(&mut self, mut node: Node, tag: Option<Spanned<Arc<str>>>, anchor: usize, values: u64, height: usize) {
        node.tag = tag;
        if anchor > 0 {
            let anchored = Anchored {
                content: Arc::clone(&node.content),
                tag: node.tag.clone(),
                values,
                height,
            };
            self.anchors.insert(anchor, anchored);
        }
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(node);
            return;
        };
        frame.end = frame.end.max(node.span.end as usize);
        frame.values = frame.values.saturating_add(values);
        frame.height = frame.height.max(height + 1);
        match &mut frame.holds {
            Holds::List(items) => items.push(node),
            Holds::Map(entries) => match entries.key.take() {
                Some(Key::Text(key)) => entries.list.push(Entry { key, value: node }),
                Some(Key::Merge) => entries.merged.push(node),
                Some(Key::Bad) => {}
                None => self.key(node),
            },
        }
    }

    /// Counts values that are to be placed.
    fn count(&mut self, values: u64, span: Span) {
        self.values = self.values.saturating_add(values);
        if self.values > MOST_VALUES {
            self.too_large(span, "this document is");
        }
    }
}
