//! The command line: arguments in, an exit code out. Here are the arguments and where each command lives.

mod aimed;
mod apology;
mod apply;
#[cfg(feature = "aws")]
mod carry;
mod check;
mod compile;
mod completions;
#[cfg(feature = "aws")]
mod consent;
mod destroy;
mod disk;
mod explain;
mod failure;
mod forecast;
mod init;
mod logs;
mod mending;
#[cfg(feature = "aws")]
mod online;
mod permissions;
mod plan;
mod recover;
mod rehearse;
mod rollback;
mod run;
#[cfg(feature = "aws")]
mod running;
#[cfg(feature = "aws")]
mod saved;
mod scale;
mod schema;
mod seeds;
mod sound;
mod status;
mod story;
mod terminal;
mod unbuilt;
mod update_ami;
mod view;
mod wanted;
mod watch;
mod written;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use disk::Disk;
use failure::{Exit, Failure};
use terminal::Terminal;

/// Compile an app and its cluster to CloudFormation for Amazon ECS
///
/// Exit codes: 0 done, 1 faults in the spec or a rollout that cannot converge, 2 there are changes (`plan --detailed-exitcode`), 3
/// rolled back, 4 failed, 5 the deadline has passed, 6 locked, 7 waits for somebody to act, 8 the plan no longer holds, 9
/// superseded, 64 wrong usage or an unreadable path, 70 a fault of loadline itself, 130 interrupted. `run` ends as its task does.
#[derive(Parser)]
#[command(name = "loadline", version)]
struct Arguments {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
#[command(next_help_heading = "Global options")]
struct Global {
    /// Print for a person (text), a program (json), code scanning (sarif), a pull request's check (github) or comment (markdown)
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    output: Output,
    /// Run as if started in this folder
    #[arg(
        short = 'C',
        global = true,
        value_name = "DIR",
        default_value = ".",
        hide_default_value = true
    )]
    directory: PathBuf,
    /// Colour the output; NO_COLOR and CLICOLOR are honoured
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: Colour,
    #[command(flatten)]
    reach: Reach,
}

/// Which account of AWS is meant. What is not given here is found as the AWS CLI finds it.
#[derive(Args)]
struct Reach {
    /// Reach AWS by this profile of `~/.aws/config`
    #[arg(long, global = true, value_name = "NAME")]
    profile: Option<String>,
    /// Reach AWS in this region
    #[arg(long, global = true, value_name = "REGION")]
    region: Option<String>,
    /// Reach what answers here in place of AWS, such as an emulator
    #[arg(long, global = true, value_name = "URL")]
    endpoint_url: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    Text,
    Json,
    Sarif,
    Github,
    Markdown,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand)]
enum Command {
    /// Write a first spec to change
    Init(init::Init),
    /// Report every fault of a spec, with its place and its repair
    Check(check::Check),
    /// Write CloudFormation templates and what their parameters need
    Compile(compile::Compile),
    /// Say whether each rollout can converge, how long it takes, or why not
    Forecast(forecast::Forecast),
    /// Deploy to a simulated cloud, with faults on demand; no account is needed
    Rehearse(rehearse::Rehearse),
    /// Show what a deployment would replace, change, add and remove, and leave no trace
    Plan(plan::Plan),
    /// Show what changes, ask, deploy it, and watch until it serves or the cause is known
    Apply(apply::Apply),
    /// Watch a deployment that somebody else began, or replay a recorded one
    Watch(watch::Watch),
    /// Show what runs where, how well, what room is left, and what needs attention
    Status(status::Status),
    /// Show what containers write and what the platform did to them, as one story
    Logs(logs::Logs),
    /// Run a task of an app once, exactly as it is deployed, and end with its exit code
    Run(run::Run),
    /// Change how many copies a service has: in the spec, and deployed
    Scale(scale::Scale),
    /// Go back to a release that served before, or list them
    Rollback(rollback::Rollback),
    /// Roll the instances of a cluster to a newer machine image
    UpdateAmi(update_ami::UpdateAmi),
    /// Show what a stuck stack is stuck on, ask, take it on its way, and watch
    Recover(recover::Recover),
    /// Take an app off its cluster, or delete a cluster
    Destroy(destroy::Destroy),
    /// Print the page of a fault, list all kinds, or say what IAM must allow
    Explain(explain::Explain),
    /// Print the JSON Schema of the documents, for an editor
    Schema(schema::Schema),
    /// Print the completions for a shell
    Completions(completions::Completions),
}

/// What every command has: the files and the way to the reader.
struct Session {
    disk: Disk,
    terminal: Terminal,
    #[cfg_attr(not(feature = "aws"), expect(dead_code, reason = "this build cannot reach AWS"))]
    reach: Reach,
}

/// Runs the program.
pub fn main() -> ExitCode {
    apology::guard(|| match Arguments::try_parse() {
        Ok(arguments) => run(arguments),
        Err(error) => refuse(&error),
    })
    .into()
}

fn run(arguments: Arguments) -> Exit {
    let global = arguments.global;
    let session = Session {
        disk: Disk::new(global.directory),
        terminal: Terminal::new(global.output, global.color),
        reach: global.reach,
    };
    let done = session.disk.accept().and_then(|()| match &arguments.command {
        Command::Init(command) => init::run(&session, command),
        Command::Check(command) => check::run(&session, command),
        Command::Compile(command) => compile::run(&session, command),
        Command::Forecast(command) => forecast::run(&session, command),
        Command::Plan(command) => plan::run(&session, command),
        Command::Apply(command) => apply::run(&session, command),
        Command::Scale(command) => scale::run(&session, command),
        Command::Destroy(command) => destroy::run(&session, command),
        Command::UpdateAmi(command) => update_ami::run(&session, command),
        Command::Rollback(command) => rollback::run(&session, command),
        Command::Status(command) => status::run(&session, command),
        Command::Logs(command) => logs::run(&session, command),
        Command::Run(command) => run::run(&session, command),
        Command::Rehearse(command) => rehearse::run(&session, command),
        Command::Watch(command) => watch::run(&session, command),
        Command::Recover(command) => recover::run(&session, command),
        Command::Schema(command) => schema::run(&session, command),
        Command::Explain(command) => explain::run(&session, command),
        Command::Completions(command) => completions::run(&session, command),
    });
    done.unwrap_or_else(|failure| {
        session.terminal.complain(&failure);
        failure.exit
    })
}

/// Answers arguments that make no command: a request for help is none of the user's faults.
fn refuse(error: &clap::Error) -> Exit {
    if let Some(answer) = unbuilt::answer(error) {
        let terminal = Terminal::new(Output::Text, Colour::Auto);
        terminal.complain(&Failure::usage(answer));
        return Exit::Usage;
    }
    // A closed pipe is the only thing that can go wrong, and no one is left to tell.
    error.print().ok();
    if error.use_stderr() { Exit::Usage } else { Exit::Done }
}

/// The whole interface, for completions.
fn interface() -> clap::Command {
    Arguments::command()
}
