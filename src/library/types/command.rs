//! Commands: a string, split as a shell would split it though no shell runs it, or a list of arguments.

use std::ops::Range;
use std::sync::Arc;

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::diag::{Diagnostics, code};
use crate::library::{Data, Value};
use crate::source::Span;
use crate::syntax::{Content, Node};

use super::{Text, Type, expected, fault, number_of, text_of};

/// A program and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command(pub Vec<Arc<str>>);

/// A container's health check: a string that a shell runs, or a list of arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeCommand(pub Vec<Arc<str>>);

fn schema() -> Schema {
    json_schema!({"anyOf": [
        {"type": "string", "pattern": "[^ \\t\\r\\n]"},
        {"type": "array", "minItems": 1, "items": {"type": ["string", "number"]}},
    ]})
}

fn value(words: &[Arc<str>], span: Span) -> Value {
    let words = words.iter().map(|word| Value::text(span, word.clone()));
    Value::new(span, Data::List(words.collect()))
}

fn empty(node: &Node, diags: &mut Diagnostics) {
    let fault = fault(node, code::EMPTY_LIST, "a command needs at least one word", diags);
    fault.hint("leave the key out to run the image's own");
}

/// The arguments of a list; numbers as written.
fn arguments(node: &Node, diags: &mut Diagnostics) -> Option<Vec<Arc<str>>> {
    let items = node.list().filter(|_| node.tag.is_none())?;
    if items.is_empty() {
        empty(node, diags);
        return None;
    }
    let read = items.iter().map(|item| match (text_of(item), number_of(item)) {
        (Some(text), _) => Text::plain(text, item, diags),
        (_, Some(number)) => Some(number.text.clone()),
        _ => {
            expected("a string", item, diags);
            None
        }
    });
    // All items are read before any is missed, so that all faults are reported.
    read.collect::<Vec<_>>().into_iter().collect()
}

/// The words of a line, and where the first piece of syntax in it stands that only a shell would understand.
type Words = (Vec<Arc<str>>, Option<Range<usize>>);

/// Splits a line as a shell would. Errors with the place of a quote that is left open.
fn split(line: &str) -> Result<Words, usize> {
    let mut words: Vec<Arc<str>> = Vec::new();
    let mut word: Option<String> = None;
    let mut shell: Option<Range<usize>> = None;
    let mut characters = line.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            ' ' | '\t' | '\n' | '\r' => words.extend(word.take().map(Arc::from)),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next().ok_or(at)?.1 {
                        '\'' => break,
                        inside => word.push(inside),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next().ok_or(at)? {
                        (_, '"') => break,
                        (_, '\\') => match characters.next().ok_or(at)?.1 {
                            escaped @ ('"' | '\\' | '$' | '`') => word.push(escaped),
                            '\n' => {}
                            other => word.extend(['\\', other]),
                        },
                        (at, inside) => {
                            if inside == '$' && names_variable(characters.peek()) || inside == '`' {
                                shell.get_or_insert(at..at + 1);
                            }
                            word.push(inside);
                        }
                    }
                }
            }
            '\\' => match characters.next() {
                Some((_, '\n')) | None => {}
                Some((_, escaped)) => word.get_or_insert_default().push(escaped),
            },
            _ => {
                let doubled = characters.peek().is_some_and(|(_, next)| *next == character);
                let length = match character {
                    '&' | '|' if doubled => 2,
                    '|' | ';' | '<' | '>' | '`' => 1,
                    '$' if names_variable(characters.peek()) => 1,
                    _ => 0,
                };
                if length > 0 {
                    shell.get_or_insert(at..at + length);
                }
                word.get_or_insert_default().push(character);
            }
        }
    }
    words.extend(word.map(Arc::from));
    Ok((words, shell))
}

/// Where a part of a command's line stands; the whole node where the file does not hold the line just so.
fn part(node: &Node, line: &str, range: Range<usize>) -> Span {
    let place = match &*node.content {
        Content::Text(text) if *text.text == *line => text.place(node.span, range),
        _ => None,
    };
    place.unwrap_or(node.span)
}

fn names_variable(next: Option<&(usize, char)>) -> bool {
    next.is_some_and(|(_, next)| next.is_ascii_alphabetic() || matches!(next, '_' | '(' | '{'))
}

impl Type for Command {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        schema()
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<Command> {
        if node.list().is_some() && node.tag.is_none() {
            return arguments(node, diags).map(Command);
        }
        let Some(text) = text_of(node).filter(|text| !text.trim().is_empty()) else {
            expected("a command: a string or a list of strings", node, diags);
            return None;
        };
        let line = Text::plain(text, node, diags)?;
        let part = |range| Node {
            span: part(node, &line, range),
            ..node.clone()
        };
        match split(&line) {
            Err(at) => {
                let quote = &line[at..=at];
                let message = format!("this `{quote}` is not closed");
                let fault = fault(&part(at..at + 1), code::OPEN_QUOTE, message, diags);
                fault.hint(format!("close it, or write `\\{quote}` for the sign itself"));
                None
            }
            Ok((words, _)) if words.is_empty() => {
                empty(node, diags);
                None
            }
            Ok((words, shell)) => {
                let runs_shell = matches!(
                    words.first().map(|word| &**word),
                    Some("sh" | "bash" | "/bin/sh" | "/bin/bash")
                );
                if let Some(syntax) = shell.filter(|_| !runs_shell) {
                    let sign = &line[syntax.clone()];
                    let message = format!("no shell runs this command, `{sign}` is handed over as it is");
                    let fault = fault(&part(syntax), code::SHELL_SYNTAX, message, diags);
                    fault.hint("write `[sh, -c, \"…\"]` to run it in a shell, or quote it with `'` if it is meant so");
                    if matches!(&*node.content, Content::Text(text) if !text.quoted) {
                        fault.suggest("run it in a shell", node.span, format!("[sh, -c, {}]", json!(&*line)));
                    }
                }
                Some(Command(words))
            }
        }
    }

    fn value(&self, span: Span) -> Value {
        value(&self.0, span)
    }

    fn example() -> serde_json::Value {
        json!("serve --port 3000")
    }
}

impl Type for ProbeCommand {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        schema()
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<ProbeCommand> {
        if node.list().is_some() && node.tag.is_none() {
            let words = arguments(node, diags)?;
            // ECS's own notation is understood too.
            let ecs = matches!(&*words[0], "CMD" | "CMD-SHELL");
            let first = (!ecs).then(|| Arc::from("CMD"));
            return Some(ProbeCommand(first.into_iter().chain(words).collect()));
        }
        let Some(text) = text_of(node).filter(|text| !text.trim().is_empty()) else {
            expected("a command: a string or a list of strings", node, diags);
            return None;
        };
        let line = Text::plain(text, node, diags)?;
        Some(ProbeCommand(vec!["CMD-SHELL".into(), line]))
    }

    fn value(&self, span: Span) -> Value {
        value(&self.0, span)
    }

    fn example() -> serde_json::Value {
        json!("curl -f http://localhost/")
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn a_line_is_split_as_a_shell_splits_it() {
        let cases: &[(&str, &[&str])] = &[
            ("bundle exec puma", &["bundle", "exec", "puma"]),
            ("  a\t'b c'  \"d \\\" e\" f\\ g ", &["a", "b c", "d \" e", "f g"]),
            ("a''b \"\" ''", &["ab", "", ""]),
            ("x \"\\n\" '\\n'", &["x", "\\n", "\\n"]),
        ];
        for (line, words) in cases {
            let (found, shell) = split(line).expect("quotes are closed");
            assert_eq!(found.iter().map(|word| &**word).collect::<Vec<_>>(), *words, "{line}");
            assert_eq!(shell, None, "{line}");
        }
    }

    #[test]
    fn shell_syntax_is_seen_unless_quoted() {
        for (line, seen) in [
            ("a && b", Some("&&")),
            ("a '&&' b", None),
            ("a \"$HOME\"", Some("$")),
            ("a '$HOME'", None),
            ("a > b", Some(">")),
            ("a --price=5$", None),
            ("http://x/?a=1&b=2", None),
        ] {
            let (_, shell) = split(line).expect("quotes are closed");
            assert_eq!(shell.map(|range| &line[range]), seen, "{line}");
        }
        assert_eq!(split("a 'b"), Err(2));
    }
}
