//! The reader's side: where text goes, how wide and how colourful it is.

#[cfg(feature = "aws")]
use std::io::BufRead;
use std::io::{ErrorKind, IsTerminal, Write};

use anstream::ColorChoice;
use clap::ValueEnum;

use super::failure::Failure;
use super::view::literal;
use super::{Colour, Output};
use crate::diag::text::{self, Style};
use crate::diag::{Diagnostic, Severity, github, json, sarif};
use crate::source::Sources;

/// Wide enough for a sentence, narrow enough to read.
const WIDTH: usize = 100;

/// Where a command prints.
pub(super) struct Terminal {
    /// What the user asked for.
    pub output: Output,
}

impl Terminal {
    /// Sets the colour of both streams for the whole run.
    pub fn new(output: Output, colour: Colour) -> Terminal {
        let choice = match colour {
            Colour::Auto => ColorChoice::Auto,
            Colour::Always => ColorChoice::Always,
            Colour::Never => ColorChoice::Never,
        };
        choice.write_global();
        Terminal { output }
    }

    /// Refuses a format that a command has no output in.
    pub fn accept(&self, command: &str, outputs: &[Output]) -> Result<(), Failure> {
        if outputs.contains(&self.output) {
            return Ok(());
        }
        let names = outputs.iter().filter_map(|output| output.to_possible_value());
        let names: Vec<String> = names.map(|value| format!("`{}`", value.get_name())).collect();
        let message = format!("`loadline {command}` prints {} only", names.join(" or "));
        Err(Failure::usage(message))
    }

    /// Whether a person reads along.
    pub fn is_person(&self) -> bool {
        std::io::stdout().is_terminal()
    }

    /// The columns that text may take.
    pub fn width(&self) -> usize {
        let columns =
            terminal_size::terminal_size_of(std::io::stdout()).map_or(WIDTH, |(width, _)| usize::from(width.0));
        columns.clamp(40, WIDTH)
    }

    /// The columns and rows of the terminal, whatever they are.
    pub fn size(&self) -> (usize, usize) {
        let size = terminal_size::terminal_size_of(std::io::stdout());
        size.map_or((80, 24), |(width, height)| {
            (usize::from(width.0).max(20), usize::from(height.0).max(4))
        })
    }

    /// Prints what was asked for. A reader that has gone away is no fault: `loadline explain | head`.
    pub fn print(&self, text: &str) -> Result<(), Failure> {
        self.send(text).map(|_| ())
    }

    /// Prints a part of what goes on. Whether somebody still reads.
    pub fn send(&self, text: &str) -> Result<bool, Failure> {
        let mut stream = anstream::stdout().lock();
        match stream.write_all(text.as_bytes()).and_then(|()| stream.flush()) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
            Err(error) => Err(Failure::usage(format!("cannot write to the standard output: {error}"))),
        }
    }

    /// Prints what a person wants to know beside what was asked for.
    pub fn remark(&self, text: &str) {
        // Nowhere is left to say that this failed.
        anstream::stderr().write_all(text.as_bytes()).ok();
    }

    /// Whether somebody is there to be asked.
    #[cfg(feature = "aws")]
    pub fn is_attended(&self) -> bool {
        std::io::stdin().is_terminal() && self.output == Output::Text
    }

    /// Asks the person at the terminal; nothing where nobody is there.
    #[cfg(feature = "aws")]
    pub fn answer(&self, question: &str) -> Result<Option<String>, Failure> {
        if !self.is_attended() {
            return Ok(None);
        }
        self.remark(question);
        let mut answer = String::new();
        let read = std::io::stdin().lock().read_line(&mut answer);
        read.map_err(|error| Failure::usage(format!("cannot read an answer: {error}")))?;
        Ok(Some(answer.trim().to_string()))
    }

    /// Says why a command could not be carried out.
    pub fn complain(&self, failure: &Failure) {
        self.remark(&format!("\u{1b}[1;31merror:\u{1b}[0m {}\n", failure.message));
        if let Some(hint) = &failure.hint {
            self.remark(&format!("\u{1b}[36mhelp:\u{1b}[0m {hint}\n"));
        }
    }

    /// Faults in the format that was asked for; empty text without faults.
    pub fn faults(&self, diags: &[Diagnostic], sources: &Sources) -> String {
        let style = Style {
            width: self.width(),
            // The streams take the colours out again where they are not wanted.
            colour: true,
        };
        match self.output {
            Output::Text => text::render(diags, sources, style),
            Output::Json => json::render(diags, sources),
            Output::Sarif => sarif::render(diags, sources),
            Output::Github => github::render(diags, sources),
            Output::Markdown if diags.is_empty() => String::new(),
            Output::Markdown => {
                let style = Style { colour: false, ..style };
                let faults = literal::block("text", text::render(diags, sources, style).trim_end());
                let is_error = |fault: &Diagnostic| fault.code.severity() == Severity::Error;
                match diags.iter().any(is_error) {
                    true => format!("## ❌ The spec has faults\n\n{faults}"),
                    false => format!("## ⚠️ The spec has warnings\n\n{faults}"),
                }
            }
        }
    }
}
