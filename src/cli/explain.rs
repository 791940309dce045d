//! `explain`: the page of a code, or the list of all; `explain permissions`: what IAM must allow.

use clap::Args;
use serde_json::json;

use super::failure::{Exit, Failure};
use super::{Output, Session, permissions};
use crate::diag::{Code, Severity, nearest};

#[derive(Args)]
pub(super) struct Explain {
    /// The name of a fault, such as `unknown-key`; without it, all are listed. Or `permissions`: the policies of IAM that a user
    /// of loadline needs
    #[arg(value_name = "CODE|permissions")]
    code: Option<String>,
    /// Of `permissions`: for `plan`, `watch`, `apply` or `operate`; for each of them without it
    purpose: Option<String>,
    /// Of `permissions`: a spec, or a folder of specs
    path: Option<String>,
}

/// What is no fault, and is explained all the same.
const PERMISSIONS: &str = "permissions";

pub(super) fn run(session: &Session, command: &Explain) -> Result<Exit, Failure> {
    let terminal = &session.terminal;
    terminal.accept("explain", &[Output::Text, Output::Json])?;
    if command.code.as_deref() == Some(PERMISSIONS) {
        return permissions::run(session, command.purpose.as_deref(), command.path.as_deref());
    }
    if let Some(more) = &command.purpose {
        return Err(Failure::usage(format!(
            "`{more}` is one word too many: one fault is explained at a time"
        )));
    }
    let codes = match &command.code {
        Some(name) => vec![found(name)?],
        None => Code::all().collect(),
    };
    let text = match (terminal.output, &codes[..]) {
        (Output::Json, _) => as_json(&codes),
        (_, [code]) if command.code.is_some() && terminal.is_person() => drawn(code.page(), terminal.width()),
        (_, [code]) if command.code.is_some() => code.page().to_string(),
        _ => listed(&codes, terminal.width()),
    };
    terminal.print(&text)?;
    Ok(Exit::Done)
}

fn found(name: &str) -> Result<Code, Failure> {
    let bare = name.trim_matches('`');
    Code::named(bare).ok_or_else(|| {
        let failure = Failure::usage(format!("there is no fault named `{bare}`"));
        match nearest(bare, Code::all().map(Code::name)) {
            Some(near) => failure.hint(format!("did you mean `loadline explain {near}`?")),
            None => failure.hint("`loadline explain` lists all"),
        }
    })
}

fn as_json(codes: &[Code]) -> String {
    let codes = codes.iter().map(|code| {
        json!({
            "code": code.name(),
            "severity": code.severity(),
            "about": code.about(),
            "page": code.page(),
        })
    });
    let document = json!({"version": 1, "codes": codes.collect::<Vec<_>>()});
    format!("{document:#}\n")
}

/// A line each: name, severity, and the first sentence of the page, cut where the line ends.
fn listed(codes: &[Code], width: usize) -> String {
    let column = codes.iter().map(|code| code.name().len()).max().unwrap_or(0);
    let mut text = String::new();
    for code in codes {
        let (severity, colour) = match code.severity() {
            Severity::Error => ("error", 31),
            Severity::Warning => ("warning", 33),
        };
        let about = code.about().replace('\n', " ");
        let sentence = about.split_inclusive(". ").next().unwrap_or("").trim_end();
        let room = width.saturating_sub(column + 11);
        let about = if sentence.chars().count() > room {
            let cut: String = sentence.chars().take(room.saturating_sub(1)).collect();
            format!("{}…", cut.trim_end())
        } else {
            sentence.to_string()
        };
        let name = code.name();
        let line = format!("{name:column$}  \u{1b}[{colour}m{severity:7}\u{1b}[0m  {about}");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A page for a terminal: sentences wrapped, examples indented, without the marks of Markdown.
fn drawn(page: &str, width: usize) -> String {
    let options = textwrap::Options::new(width).word_splitter(textwrap::WordSplitter::NoHyphenation);
    let mut text = String::new();
    let mut sentence = String::new();
    let mut fenced = false;
    for line in page.lines().chain([""]) {
        let fence = line.starts_with("```");
        let prose = !fenced && !fence && !line.is_empty() && !line.starts_with(['#', '|', '-']);
        if prose {
            sentence.push_str(line);
            sentence.push(' ');
            continue;
        }
        if !sentence.is_empty() {
            text.push_str(&textwrap::fill(sentence.trim_end(), &options));
            text.push('\n');
            sentence.clear();
        }
        if fence {
            fenced = !fenced;
        } else if let Some(title) = line.strip_prefix("# ").filter(|_| !fenced) {
            text.push_str(&format!("\u{1b}[1m{title}\u{1b}[0m\n"));
        } else {
            let indent = if fenced && !line.is_empty() { "    " } else { "" };
            text.push_str(&format!("{indent}{line}\n"));
        }
    }
    text.trim_end().to_string() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_drawn_without_marks() {
        let page = "# odd-key\nOne long\nsentence.\n\n```yaml\n# file: a.yml\na: 1\n```\n\n- kept\n\nThe end.\n";
        let plain = anstream::adapter::strip_str(&drawn(page, 10)).to_string();
        let expected = "odd-key\nOne long\nsentence.\n\n    # file: a.yml\n    a: 1\n\n- kept\n\nThe end.\n";
        assert_eq!(plain, expected);
    }
}
