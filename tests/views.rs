//! How a deployment looks: one recording in each mode, and what no text of a stranger may do to a reader.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::cli::{folder, loadline, text};

/// A release of `examples/shop` with the fault `crash:web`.
const RECORDING: &str = include_str!("views/rollback.jsonl");

/// Words of a container's log in it.
const LOG: &str = "fatal: uncaught exception at start";

/// Log lines that a terminal, a runner, a page and Markdown would each obey.
const HOSTILE: &str = r"\u001b[2J ::error::x <script>alert(1)</script> ##[error]y ``` | [a](b)";

/// A folder with a recording in it.
fn with(name: &str, recording: &str) -> PathBuf {
    let folder = folder(name);
    fs::write(folder.join("deployment.jsonl"), recording).expect("a file can be written");
    folder
}

fn replay(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = loadline(folder, &["watch", "--replay", "deployment.jsonl"]);
    let output = command
        .args(arguments)
        .env("GITHUB_STEP_SUMMARY", folder.join("summary.md"))
        .output()
        .expect("the program starts");
    assert_eq!(text(&output.stderr), "");
    output
}

fn shown(name: &str, arguments: &[&str]) -> String {
    let output = replay(&with(name, RECORDING), arguments);
    assert_eq!(output.status.code(), Some(3), "it was rolled back");
    text(&output.stdout)
}

#[test]
fn plain_lines() {
    let shown = shown("views-plain", &[]);
    assert!(shown.lines().all(|line| line.chars().count() <= 100), "{shown}");
    assert!(!shown.contains('\u{1b}'), "no codes where there is no terminal");
    insta::assert_snapshot!(shown);
}

#[test]
fn lines_of_json() {
    let shown = shown("views-json", &["--output", "json"]);
    let parsed = shown.lines().map(serde_json::from_str::<serde_json::Value>);
    assert!(
        parsed
            .into_iter()
            .all(|line| line.is_ok_and(|line| line["version"] == 1))
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn a_pull_request() {
    let folder = with("views-github", RECORDING);
    fs::write(folder.join("summary.md"), "# Before\n").expect("a file can be written");
    let shown = text(&replay(&folder, &["--output", "github"]).stdout);
    let errors = shown.lines().filter(|line| line.starts_with("::error"));
    assert_eq!(errors.count(), 1, "a cause is annotated once");
    let page = fs::read_to_string(folder.join("summary.md")).expect("the page of the job is there");
    insta::assert_snapshot!(format!("{shown}\n\nsummary.md:\n{page}"));
}

#[test]
fn a_timeline_needs_nothing_else() {
    let folder = with("views-timeline", RECORDING);
    let page = |file: &str| {
        replay(&folder, &["--timeline", file]);
        fs::read_to_string(folder.join(file)).expect("the page is there")
    };
    let first = page("one.html");
    assert_eq!(first, page("other.html"), "the same events make the same page");
    for word in ["<script", "http://", "https://", "src=", "@import"] {
        assert!(!first.contains(word), "{word}");
    }
    for word in [
        "production-shop",
        "rolled back",
        "eu-west-1a",
        "app-exited",
        LOG,
        "revision 1 → 2",
    ] {
        assert!(first.contains(word), "{word}");
    }
    let seen = RECORDING
        .lines()
        .filter_map(|line| line.split_once("\"task\":{\"arn\":\""));
    let tasks: std::collections::BTreeSet<&str> = seen.filter_map(|(_, rest)| rest.split('"').next()).collect();
    assert_eq!(
        first.matches("<g class=\"task").count(),
        tasks.len(),
        "each task is a bar"
    );
}

#[test]
fn what_a_container_writes_is_shown_and_not_obeyed() {
    let folder = with("views-hostile", &RECORDING.replace(LOG, HOSTILE));
    let plain = text(&replay(&folder, &["--color", "always"]).stdout);
    assert!(plain.contains("alert(1)") && !plain.contains("\u{1b}[2J"), "{plain}");
    let github = text(&replay(&folder, &["--output", "github"]).stdout);
    let obeyed = |line: &&str| line.trim_start().starts_with("::") || line.contains("##[");
    assert_eq!(github.lines().filter(obeyed).count(), 1, "{github}");
    let summary = fs::read_to_string(folder.join("summary.md")).expect("the page of the job is there");
    assert!(summary.contains("\n````text\n"), "{summary}");
    replay(&folder, &["--timeline", "page.html"]);
    let page = fs::read_to_string(folder.join("page.html")).expect("the page is there");
    assert!(
        page.contains("&lt;script&gt;") && !page.contains("<script"),
        "it is escaped"
    );
}

#[test]
fn a_pace_is_a_number() {
    let folder = with("views-pace", RECORDING);
    let mut command = loadline(&folder, &["watch", "--replay", "deployment.jsonl", "--pace", "-1"]);
    assert_eq!(command.output().expect("the program starts").status.code(), Some(64));
}
