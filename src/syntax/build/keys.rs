//! Keys: which nodes may be one, which are there already, and what `<<` merges.
//!
//! In: a node in the place of a key, or a finished mapping. Out: the key, or the entries. Must not know what keys mean.

use std::ops::Range;
use std::sync::Arc;

use super::{Builder, Entries, Holds, Key};
use crate::diag::code;
use crate::source::{Span, Spanned};
use crate::syntax::scalar;
use crate::syntax::tree::{Content, Map, Node};

impl Builder<'_> {
    /// Takes a node as the key of the value to come.
    pub(super) fn key(&mut self, node: Node) {
        let span = node.span;
        let written = self.text.source[span.range()].to_string();
        let text = match &*node.content {
            Content::Text(text) => Some(Arc::clone(&text.text)),
            Content::Number(number) => Some(Arc::clone(&number.text)),
            Content::Bool(value) if written.starts_with('*') => Some(Arc::from(value.to_string())),
            Content::Bool(_) => Some(Arc::from(written.as_str())),
            Content::Null if matches!(&*written, "~" | "null" | "Null" | "NULL") => Some(Arc::from(written.as_str())),
            _ => None,
        };
        let is_plain = !written.starts_with(['"', '\'']);
        let key = match text {
            Some(text) if &*text == "<<" && is_plain => Key::Merge,
            Some(text) => self.text_key(text, span),
            None => {
                self.bad_key(&node);
                Key::Bad
            }
        };
        if let Some(Holds::Map(entries)) = self.frames.last_mut().map(|frame| &mut frame.holds) {
            entries.key = Some(key);
        }
    }

    fn text_key(&mut self, text: Arc<str>, span: Span) -> Key {
        let Some(Holds::Map(entries)) = self.frames.last_mut().map(|frame| &mut frame.holds) else {
            return Key::Bad;
        };
        if let Some(first) = entries.places.get(&text) {
            let first = entries.list[*first].key.span;
            let message = format!("`{text}` is set twice");
            let fault = self.diags.report(code::DUPLICATE_KEY, span, message);
            fault.label("set again here").note(first, "first set here");
            fault.hint("keep one of the two");
            return Key::Bad;
        }
        entries.places.insert(Arc::clone(&text), entries.list.len());
        Key::Text(Spanned::new(text, span))
    }

    fn bad_key(&mut self, node: &Node) {
        let message = match &*node.content {
            Content::Hole => return,
            Content::Null => "a key is missing before `:`".to_string(),
            _ => format!("a key must be a string, not {}", node.kind()),
        };
        if let Some(frame) = self.frames.last_mut()
            && let Holds::Map(entries) = &mut frame.holds
            && frame.is_flow
            && node.map().is_some()
            && node.span.start as usize == frame.start + 1
        {
            entries.is_template = true;
            return;
        }
        self.diags.report(code::KEY_NOT_TEXT, node.span, message);
    }

    pub(super) fn report_template(&mut self, range: Range<usize>) {
        let written = &self.text.source[range.clone()];
        let span = self.span(&range);
        let message = "`{{ … }}` is a mapping as the key of a mapping";
        let fault = self.diags.report(code::KEY_NOT_TEXT, span, message);
        fault.hint("put it in quotes if it is text");
        if !written.contains('\n') {
            fault.suggest("put it in quotes", span, scalar::quote(written));
        }
    }

    /// The entries of a mapping and, behind them, those that its `<<` bring in.
    pub(super) fn merge(&mut self, entries: Entries) -> Map {
        let Entries {
            mut list,
            mut places,
            merged,
            ..
        } = entries;
        for source in merged {
            let maps = match &*source.content {
                Content::List(items) => items.clone(),
                _ => vec![source],
            };
            for node in maps {
                match &*node.content {
                    Content::Map(map) => {
                        for entry in &map.entries {
                            if !places.contains_key(&entry.key.value) {
                                places.insert(Arc::clone(&entry.key.value), list.len());
                                list.push(entry.clone());
                            }
                        }
                    }
                    Content::Hole => {}
                    _ => {
                        let message = format!("`<<` takes a mapping, not {}", node.kind());
                        let fault = self.diags.report(code::YAML_SYNTAX, node.span, message);
                        fault.hint("name the anchor of a mapping: `<<: *name`");
                    }
                }
            }
        }
        Map { entries: list }
    }
}
