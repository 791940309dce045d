//! `check`: every fault of a spec; with `--fix`, those that need no one's leave are repaired first.

use clap::Args;

use super::failure::{Exit, Failure};
use super::{Output, Session};
use crate::Compiled;
use crate::Request;
use crate::compile;
use crate::diag::code::NOT_UTF8;
use crate::diag::fix::{self, Repaired};
use crate::diag::{Diagnostic, Severity};
use crate::source::Sources;

#[derive(Args)]
pub(super) struct Check {
    /// A spec, or a folder of specs
    #[arg(default_value = ".")]
    path: String,
    /// Repair what can be repaired without a doubt
    #[arg(long)]
    fix: bool,
    /// Fail on warnings too
    #[arg(long)]
    deny_warnings: bool,
    /// The file of the cluster, if it is no part of the project
    #[arg(long, value_name = "FILE")]
    cluster: Option<String>,
}

/// A repair may uncover another, but a few rounds must do.
const ROUNDS: usize = 10;

pub(super) fn run(session: &Session, command: &Check) -> Result<Exit, Failure> {
    let request = Request {
        path: command.path.clone(),
        cluster: command.cluster.clone(),
        ..Request::default()
    };
    let mut compiled = compile(&session.disk, &request)?;
    if command.fix {
        for _ in 0..ROUNDS {
            let mut repaired = fix::apply(&compiled.sources, &compiled.diagnostics);
            repaired.retain(|file| !is_damaged(file, &compiled.diagnostics));
            if repaired.is_empty() {
                break;
            }
            write(session, &repaired, &compiled.sources)?;
            compiled = compile(&session.disk, &request)?;
        }
    }
    report(session, &compiled)?;
    Ok(verdict(&compiled.diagnostics, command.deny_warnings))
}

/// Whether writing the file would make the loss of its unreadable bytes final.
fn is_damaged(file: &Repaired, diags: &[Diagnostic]) -> bool {
    let mut damages = diags.iter().filter(|fault| fault.code == NOT_UTF8);
    damages.any(|fault| fault.span.file == file.file)
}

fn write(session: &Session, repaired: &[Repaired], sources: &Sources) -> Result<(), Failure> {
    for file in repaired {
        let old = sources.get(file.file);
        session.disk.rewrite(&old.path, &old.text, &file.text, "check --fix")?;
        if session.terminal.output == Output::Text {
            let done = file.done.iter();
            let lines = done.map(|note| format!("{}: {}\n", sources.place(note.span), note.text));
            session.terminal.remark(&lines.collect::<String>());
        }
    }
    Ok(())
}

fn report(session: &Session, compiled: &Compiled) -> Result<(), Failure> {
    let sources = &compiled.sources;
    let faults = session.terminal.faults(&compiled.diagnostics, sources);
    if session.terminal.output != Output::Text || !compiled.diagnostics.is_empty() {
        return session.terminal.print(&faults);
    }
    let files: Vec<&str> = sources.iter().map(|(_, source)| source.path.as_str()).collect();
    let own: Vec<&&str> = files.iter().filter(|path| !path.starts_with("std:")).collect();
    let subject = match own[..] {
        [path] => path.to_string(),
        _ => format!("{} files", own.len()),
    };
    session.terminal.print(&format!("{subject}: no faults\n"))
}

fn verdict(diags: &[Diagnostic], deny_warnings: bool) -> Exit {
    let worst = diags.iter().map(|fault| fault.code.severity()).min();
    match worst {
        Some(Severity::Error) => Exit::Faults,
        Some(Severity::Warning) if deny_warnings => Exit::Faults,
        _ => Exit::Done,
    }
}
