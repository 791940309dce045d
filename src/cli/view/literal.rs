//! Texts of strangers in Markdown, as they are: a log line, an answer of AWS or a name must make no markup, call nobody and end
//! no block. In: text. Out: Markdown.

use super::plain::printable;

/// A sentence. What stands in backticks is a name; all else is shown letter by letter.
pub(in crate::cli) fn sentence(text: &str) -> String {
    let text = printable(text);
    let parts: Vec<&str> = text.split('`').collect();
    // One that is left open would swallow what follows.
    if parts.len().is_multiple_of(2) {
        return escaped(&text);
    }
    let shown = parts.iter().enumerate().map(|(number, part)| match number % 2 {
        1 => code(part),
        _ => escaped(part),
    });
    shown.collect()
}

fn escaped(text: &str) -> String {
    let mut shown = String::new();
    for letter in text.chars() {
        match letter {
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '&' => shown.push_str("&amp;"),
            // With nothing after it that has a width, it is no mention of a person, an issue or a merge request.
            '@' => shown.push_str("@&#8203;"),
            '#' => shown.push_str("\\#&#8203;"),
            '|' | '*' | '_' | '[' | ']' | '\\' | '`' | '~' | '$' | '!' => {
                shown.push('\\');
                shown.push(letter);
            }
            _ => shown.push(letter),
        }
    }
    shown
}

/// A name, a value, a place: on one line, in a fence that is longer than any in it.
pub(in crate::cli) fn code(text: &str) -> String {
    let text = printable(text);
    if text.trim().is_empty() {
        return String::new();
    }
    let ticks = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

/// A name in a cell of a table, which a bar would end.
pub(in crate::cli) fn cell(text: &str) -> String {
    code(&text.replace(['|', '\\'], " "))
}

/// Lines as they are, in a fence that is longer than any in them.
pub(in crate::cli) fn block(language: &str, lines: &str) -> String {
    let fence = "`".repeat(longest_run(lines).max(2) + 1);
    format!("{fence}{language}\n{lines}\n{fence}\n")
}

fn longest_run(text: &str) -> usize {
    let runs = text.split(|letter| letter != '`').map(str::len);
    runs.max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_shown_and_not_obeyed() {
        assert_eq!(sentence("service `web` *is* <b>"), "service `web` \\*is\\* &lt;b&gt;");
        assert_eq!(sentence("an open ` <script>"), "an open \\` &lt;script&gt;");
        assert_eq!(sentence("@octocat fixes #1"), "@&#8203;octocat fixes \\#&#8203;1");
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`a"), "`` `a ``");
        assert_eq!(cell("a|b\\|c"), "`a b  c`");
        assert_eq!(block("text", "```\n<b>"), "````text\n```\n<b>\n````\n");
    }
}
