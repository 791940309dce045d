//! `compile`: templates, parameter files and source maps in a folder, and a table of what was written.

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::failure::{Exit, Failure};
use super::{Output, Session};
use crate::Compiled;
use crate::Request;
use crate::compile;
use crate::diag::{Diagnostic, Severity};
use crate::source::{Sources, World};
use crate::template::{self, Template};

#[derive(Args)]
pub(super) struct Compile {
    /// A spec, or a folder of specs
    #[arg(default_value = ".")]
    path: String,
    /// The file of the cluster, if it is no part of the project
    #[arg(long, value_name = "FILE")]
    cluster: Option<String>,
    /// The folder to write to
    #[arg(long, value_name = "DIR", default_value = "build")]
    out: String,
    /// How the templates are written
    #[arg(long, value_name = "FORMAT", default_value = "yaml")]
    format: Format,
    /// Also write, for each stack, which lines its resources come from
    #[arg(long)]
    source_map: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Yaml,
    Json,
}

/// A stack and the files that it makes; the template is the first.
struct Written<'a> {
    template: &'a Template,
    files: Vec<(String, String)>,
}

pub(super) fn run(session: &Session, command: &Compile) -> Result<Exit, Failure> {
    let compiled = compile(
        &session.disk,
        &Request {
            path: command.path.clone(),
            cluster: command.cluster.clone(),
            format: match command.format {
                Format::Yaml => template::Format::Yaml,
                Format::Json => template::Format::Json,
            },
        },
    )?;
    let is_error = |fault: &Diagnostic| fault.code.severity() == Severity::Error;
    if compiled.diagnostics.iter().any(is_error) {
        report(session, &compiled, &[])?;
        return Ok(Exit::Faults);
    }
    let stacks: Vec<Written> = compiled.templates.iter().map(|stack| files(stack, command)).collect();
    // Nothing is written when one file may not be: half a compile is worse than none.
    for (path, _) in stacks.iter().flat_map(|stack| &stack.files) {
        accept(session, path, &compiled.sources)?;
    }
    session.disk.create_folder(&command.out)?;
    for (path, text) in stacks.iter().flat_map(|stack| &stack.files) {
        session.disk.write(path, text)?;
    }
    report(session, &compiled, &stacks)?;
    if session.terminal.output == Output::Text {
        session.terminal.remark(&leftovers(session, command, &stacks)?);
    }
    Ok(Exit::Done)
}

fn files<'a>(template: &'a Template, command: &Compile) -> Written<'a> {
    let path = |end: &str| inside(command, &format!("{}.{end}", template.stack));
    let mut files = vec![
        (path(template.format.extension()), template.body.clone()),
        (path("parameters.json"), template.parameter_file()),
    ];
    if command.source_map {
        files.push((path("map.json"), template.map_file()));
    }
    Written { template, files }
}

/// The path of a file in the folder to write to.
fn inside(command: &Compile, name: &str) -> String {
    let path = format!("{}/{name}", command.out.trim_end_matches('/'));
    path.trim_start_matches("./").to_string()
}

/// Refuses to overwrite what no compile has written: `--out .` may meet a spec that has the name of a stack.
fn accept(session: &Session, path: &str, sources: &Sources) -> Result<(), Failure> {
    if !session.disk.holds(path) {
        return Ok(());
    }
    let read = sources.iter().any(|(_, source)| source.path == path);
    let beside = path.ends_with(".parameters.json") || path.ends_with(".map.json");
    if !read && (beside || is_template(session, path)?) {
        return Ok(());
    }
    let message = format!("`{path}` is no template of an earlier compile, so it is not overwritten");
    Err(Failure::usage(message).hint("choose another folder with `--out`"))
}

fn is_template(session: &Session, path: &str) -> Result<bool, Failure> {
    let bytes = session.disk.read(path)?;
    Ok(String::from_utf8_lossy(&bytes).contains("AWSTemplateFormatVersion"))
}

fn report(session: &Session, compiled: &Compiled, stacks: &[Written]) -> Result<(), Failure> {
    let terminal = &session.terminal;
    let faults = || terminal.faults(&compiled.diagnostics, &compiled.sources);
    match terminal.output {
        Output::Json => terminal.print(&as_json(compiled, stacks)),
        Output::Sarif => terminal.print(&faults()),
        Output::Github | Output::Markdown => {
            terminal.print(&faults())?;
            terminal.remark(&table(stacks));
            Ok(())
        }
        Output::Text => {
            terminal.remark(&faults());
            terminal.print(&table(stacks))
        }
    }
}

fn as_json(compiled: &Compiled, stacks: &[Written]) -> String {
    let stacks = stacks.iter().map(|stack| {
        let template = stack.template;
        let supply = template
            .missing()
            .map(|parameter| json!({"id": &*parameter.id, "type": parameter.kind, "about": parameter.about}));
        json!({
            "name": template.stack,
            "resources": template.resources,
            "parameters": template.parameters.len(),
            "bytes": template.body.len(),
            "files": stack.files.iter().map(|(path, _)| path).collect::<Vec<_>>(),
            "supply": supply.collect::<Value>(),
        })
    });
    let document = json!({
        "version": 1,
        "diagnostics": crate::diag::json::values(&compiled.diagnostics, &compiled.sources),
        "stacks": stacks.collect::<Value>(),
    });
    format!("{document:#}\n")
}

/// A line for each stack, in the order in which they deploy, then what the caller must supply.
fn table(stacks: &[Written]) -> String {
    if stacks.is_empty() {
        return String::new();
    }
    let mut rows = vec![["stack", "resources", "parameters", "bytes", "file"].map(str::to_string)];
    rows.extend(stacks.iter().map(|stack| {
        let template = stack.template;
        [
            template.stack.clone(),
            template.resources.to_string(),
            template.parameters.len().to_string(),
            template.body.len().to_string(),
            stack.files[0].0.clone(),
        ]
    }));
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths = [0, 1, 2, 3].map(width);
    let mut text = String::new();
    for [stack, resources, parameters, bytes, file] in &rows {
        let [first, second, third, fourth] = widths;
        text.push_str(&format!(
            "{stack:first$}  {resources:>second$}  {parameters:>third$}  {bytes:>fourth$}  {file}\n"
        ));
    }
    let supplied: Vec<[String; 3]> = stacks
        .iter()
        .flat_map(|stack| {
            stack.template.missing().map(|parameter| {
                let about = format!("{}: {}", parameter.kind, parameter.about);
                [stack.template.stack.clone(), parameter.id.to_string(), about]
            })
        })
        .collect();
    if !supplied.is_empty() {
        text.push_str("\nTo be supplied by whoever deploys:\n");
    }
    let width = |column: usize| supplied.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let (first, second) = (width(0), width(1));
    for [stack, id, about] in &supplied {
        text.push_str(&format!("  {stack:first$}  {id:second$}  {about}\n"));
    }
    text
}

/// Says which templates in the folder are not of this compile; they may be a stack that still exists.
fn leftovers(session: &Session, command: &Compile, stacks: &[Written]) -> Result<String, Failure> {
    let mut text = String::new();
    let written = |path: &String| stacks.iter().any(|stack| stack.files[0].0 == *path);
    for name in session.disk.list(&command.out)? {
        let path = inside(command, &name);
        let is_body = (name.ends_with(".yml") || name.ends_with(".json")) && !name.ends_with(".map.json");
        if is_body && !written(&path) && is_template(session, &path)? {
            text.push_str(&format!("`{path}` is not of this compile; it was left as it is\n"));
        }
    }
    Ok(text)
}
