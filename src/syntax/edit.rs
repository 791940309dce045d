//! Edits of YAML text that keep its comments and layout. In: the text and a node of its tree. Out: an [`Edit`]. Must not
//! know what keys mean.

use super::scalar;
use super::tree::{Content, Entry, Map, Node};
use crate::diag::Edit;
use crate::source::Span;

/// Adds `key: value` behind the last entry of a mapping, in the style it is written in. Where nothing stands, a flow
/// mapping is put. Further lines of `value` are indented like the key. `None` if the node is an alias or no mapping.
pub fn insert_entry(source: &str, node: &Node, key: &str, value: &str) -> Option<Edit> {
    let entry = format!("{}: {value}", written_key(key));
    let map = match &*node.content {
        Content::Map(map) => map,
        Content::Null => return Some(set_value(source, node, &format!("{{{entry}}}"))),
        _ => return None,
    };
    match source[node.span.range()].bytes().next()? {
        b'*' => None,
        b'{' => {
            let last = own_entries(node, map).last();
            let end = last.map_or(node.span.start as usize + 1, entry_end);
            let comma = if last.is_some() { ", " } else { "" };
            Some(replace(node.span, end, end, format!("{comma}{entry}")))
        }
        _ => {
            let start = node.span.start as usize;
            let indent = " ".repeat(source[line_start(source, start)..start].chars().count());
            let line_break = if source.contains("\r\n") { "\r\n" } else { "\n" };
            let lines = entry.lines().map(|line| format!("{line_break}{indent}{line}"));
            let end = line_end(source, node.span.end as usize);
            Some(replace(node.span, end, end, lines.collect()))
        }
    }
}

/// Puts `value` in the place of a node's value; its tag, anchor and comments stay.
pub fn set_value(source: &str, node: &Node, value: &str) -> Edit {
    let range = node.span.range();
    match &*node.content {
        // What is not written stands at the sign behind which it would be.
        Content::Null if matches!(&source[range.clone()], "" | ":" | "-") => {
            replace(node.span, range.end, range.end, format!(" {value}"))
        }
        Content::Text(text) if text.quoted => {
            let start = block_header(source, range.start, range.is_empty()).unwrap_or(range.start);
            replace(node.span, start, range.end, value.to_string())
        }
        _ => replace(node.span, range.start, range.end, value.to_string()),
    }
}

/// Takes an entry out of a mapping, with the comment on its line. `None` if the mapping does not itself hold the key,
/// or if it would be left with nothing where YAML needs an entry.
pub fn remove_entry(source: &str, node: &Node, key: &str) -> Option<Edit> {
    let own: Vec<&Entry> = own_entries(node, node.map()?).collect();
    let at = own.iter().position(|entry| &**entry.key == key)?;
    let start = own[at].key.span.start as usize;
    let end = entry_end(own[at]);
    let next = own.get(at + 1).map(|entry| entry.key.span.start as usize);
    if source[node.span.range()].starts_with('{') {
        let range = match (at.checked_sub(1), next) {
            (_, Some(next)) => start..next,
            (Some(before), None) => entry_end(own[before])..end,
            (None, None) => start..end,
        };
        return Some(replace(node.span, range.start, range.end, String::new()));
    }
    let line = line_start(source, start);
    if !source[line..start].trim().is_empty() {
        return Some(replace(node.span, start, next?, String::new()));
    }
    let behind = source[end..].find('\n').map_or(source.len(), |found| end + found + 1);
    Some(replace(node.span, line, behind, String::new()))
}

/// The entries that are written in the mapping, without those that `<<` brings in.
fn own_entries<'a>(node: &Node, map: &'a Map) -> impl Iterator<Item = &'a Entry> {
    let span = node.span;
    map.entries.iter().filter(move |entry| span.contains(entry.key.span))
}

fn entry_end(entry: &Entry) -> usize {
    entry.key.span.end.max(entry.value.span.end) as usize
}

/// Where the `|` or `>` stands of a block scalar whose text starts at `start`.
fn block_header(source: &str, start: usize, is_empty: bool) -> Option<usize> {
    let line = if is_empty {
        start
    } else {
        source[..line_start(source, start)].trim_end().len()
    };
    let from = line_start(source, line);
    let header = &source[from..line_end(source, line)];
    let header = header
        .find(" #")
        .map_or(header, |comment| &header[..comment])
        .trim_end();
    let header = header.trim_end_matches(|c: char| matches!(c, '+' | '-') || c.is_ascii_digit());
    let before = header.strip_suffix(['|', '>'])?;
    before.ends_with([' ', '\t']).then_some(from + before.len())
}

fn written_key(key: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let is_name = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && key.chars().all(is_plain);
    if is_name && scalar::plain(key).is_none() {
        key.to_string()
    } else {
        scalar::quote(key)
    }
}

fn line_start(source: &str, at: usize) -> usize {
    let start = source[..at].rfind('\n').map_or(0, |found| found + 1);
    if source[start..at].starts_with('\u{feff}') {
        start + 3
    } else {
        start
    }
}

fn line_end(source: &str, at: usize) -> usize {
    let end = source[at..].find('\n').map_or(source.len(), |found| at + found);
    if source[at..end].ends_with('\r') { end - 1 } else { end }
}

fn replace(near: Span, start: usize, end: usize, text: String) -> Edit {
    Edit {
        span: Span::new(near.file, start, end),
        text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Diagnostics;
    use crate::source::FileId;
    use crate::syntax::parse;

    /// `source` after the edit that `change` makes of the node at `path`; it must still be read without faults.
    fn after(source: &str, path: &[&str], change: impl Fn(&str, &Node) -> Option<Edit>) -> Option<String> {
        let mut diags = Diagnostics::default();
        let documents = parse(FileId(0), source, &mut diags);
        let node = path
            .iter()
            .fold(&documents[0], |node, key| node.get(key).expect("it is there"));
        let edit = change(source, node)?;
        let mut changed = source.to_string();
        changed.replace_range(edit.span.range(), &edit.text);
        parse(FileId(0), &changed, &mut diags);
        assert!(diags.is_empty(), "{changed}: {:?}", diags.sorted());
        Some(changed)
    }

    #[test]
    fn an_entry_goes_behind_the_last_one() {
        let insert =
            |source: &str, path: &[&str]| after(source, path, |source, node| insert_entry(source, node, "x", "1"));
        let cases = [
            ("a:\n  b: 2 # c\nd: 3\n", "a:\n  b: 2 # c\n  x: 1\nd: 3\n"),
            ("a:\r\n  b:\r\n    c: 1\r\n", "a:\r\n  b:\r\n    c: 1\r\n  x: 1\r\n"),
            ("a: {b: 2} # c\n", "a: {b: 2, x: 1} # c\n"),
            ("a: {} # c\n", "a: {x: 1} # c\n"),
            ("a: {b: {c: 1},\n  }\n", "a: {b: {c: 1}, x: 1,\n  }\n"),
            ("a: # c\nb: 1\n", "a: {x: 1} # c\nb: 1\n"),
            ("a:\n  b: |\n    t\n\nc: 1\n", "a:\n  b: |\n    t\n  x: 1\n\nc: 1\n"),
            ("a:\n  b: |\nc: 1\n", "a:\n  b: |\n  x: 1\nc: 1\n"),
            ("a:\n  b:", "a:\n  b:\n  x: 1"),
        ];
        for (source, expected) in cases {
            assert_eq!(insert(source, &["a"]).as_deref(), Some(expected));
        }
        assert_eq!(insert("\u{feff}a: 1\n", &[]).as_deref(), Some("\u{feff}a: 1\nx: 1\n"));
        assert_eq!(insert("b: &b {c: 1}\na: *b\n", &["a"]), None);
        assert_eq!(insert("a: 1\n", &["a"]), None);
    }

    #[test]
    fn a_value_is_replaced_with_its_header_and_without_its_comment() {
        let cases = [
            ("a: 1 # c\n", "a: 7 # c\n"),
            ("a: # c\n", "a: 7 # c\n"),
            ("a: \"x\"\n", "a: 7\n"),
            ("a: |- # c | d\n  \"x\n  y\nb: 1\n", "a: 7\nb: 1\n"),
            ("a: |\nb: 1\n", "a: 7\nb: 1\n"),
            ("a:\n  'x'\n", "a:\n  7\n"),
            ("a: !Sub x\n", "a: !Sub 7\n"),
        ];
        for (source, expected) in cases {
            let changed = after(source, &["a"], |source, node| Some(set_value(source, node, "7")));
            assert_eq!(changed.as_deref(), Some(expected));
        }
    }

    #[test]
    fn an_entry_is_removed_with_its_lines() {
        let cases = [
            ("a:\n  b: 1\n  x: # c\n    y: 1\n  d: 1\n", Some("a:\n  b: 1\n  d: 1\n")),
            ("a: {x: 1, b: 2}\n", Some("a: {b: 2}\n")),
            ("a: {b: 2, x: 1}\n", Some("a: {b: 2}\n")),
            ("a: {x: 1}\n", Some("a: {}\n")),
            ("a: {b: 1}\n", None),
            ("m: &m {x: 1}\na:\n  <<: *m\n", None),
        ];
        for (source, expected) in cases {
            let changed = after(source, &["a"], |source, node| remove_entry(source, node, "x"));
            assert_eq!(changed.as_deref(), expected);
        }
    }

    #[test]
    fn keys_are_quoted_when_they_must_be() {
        for (key, expected) in [("a-b", "a-b"), ("null", "\"null\""), ("*.x", "\"*.x\""), ("1", "\"1\"")] {
            assert_eq!(written_key(key), expected);
        }
    }
}
