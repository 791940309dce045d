//! Runs the program itself: the transcripts in `cli/`, the whole help, and what a transcript cannot say.
//!
//! A transcript is Markdown. Its `yaml` blocks are files (`# file: shop.yml` is their first line); in its `console`
//! blocks, `$ loadline …` is run in their folder, `$ cat FILE` and `$ ls` show what is there. Then follow the standard
//! output, the standard error behind `2>`, and the exit code in brackets unless it is 0.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::markdown::{blocks, file_name, is_update, pages, with_blocks};

/// An empty folder of this name, for one test.
pub fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("an earlier run's folder can be removed");
    }
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

/// The program in a folder, with arguments, and no wish for colour.
pub fn loadline(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadline"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    for variable in [
        "NO_COLOR",
        "CLICOLOR",
        "CLICOLOR_FORCE",
        "FORCE_COLOR",
        "RUST_BACKTRACE",
        "GITHUB_STEP_SUMMARY",
    ] {
        command.env_remove(variable);
    }
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    loadline(folder, arguments).output().expect("the program starts")
}

/// What was printed.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("the output is UTF-8")
}

/// What a transcript shows after a command.
fn transcript(output: &Output) -> String {
    let mut shown = text(&output.stdout);
    for line in text(&output.stderr).lines() {
        shown.push_str(format!("2> {line}").trim_end());
        shown.push('\n');
    }
    match output.status.code() {
        Some(0) => shown,
        Some(code) => format!("{shown}[{code}]\n"),
        None => format!("{shown}[killed]\n"),
    }
}

fn list(folder: &Path, prefix: &str) -> String {
    let entries = fs::read_dir(folder).expect("the folder can be listed");
    let mut names: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    names.sort();
    let shown = names.iter().map(|path| {
        let name = path.file_name().expect("a name").to_string_lossy();
        match path.is_dir() {
            true => list(path, &format!("{prefix}{name}/")),
            false => format!("{prefix}{name}\n"),
        }
    });
    shown.collect()
}

fn answer(folder: &Path, line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        ["loadline", ref arguments @ ..] => transcript(&run(folder, arguments)),
        ["cat", file] => fs::read_to_string(folder.join(file)).expect("the file is there"),
        ["ls"] => list(folder, ""),
        _ => panic!("a transcript knows `loadline`, `cat FILE` and `ls`, not `{line}`"),
    }
}

#[test]
fn transcripts_hold() {
    let mut faults = Vec::new();
    for path in pages("tests/cli") {
        let page = fs::read_to_string(&path).expect("the transcript can be read");
        let name = path.file_stem().expect("a name").to_string_lossy();
        let folder = folder(&format!("transcript-{name}"));
        let mut written = blocks(&page);
        for block in &mut written {
            if let Some(file) = file_name(block).filter(|_| block.kind == "yaml") {
                let file = folder.join(file);
                fs::create_dir_all(file.parent().expect("below the folder")).expect("a folder can be made");
                fs::write(file, &block.text).expect("a file can be written");
            }
            if block.kind == "console" {
                let commands = block.text.lines().filter_map(|line| line.strip_prefix("$ "));
                let run = commands.map(|line| format!("$ {line}\n{}", answer(&folder, line)));
                block.text = run.collect();
            }
        }
        let now = with_blocks(&page, &written);
        if now != page && is_update() {
            fs::write(&path, now).expect("the transcript can be written");
        } else if now != page {
            faults.push(format!("{}: `UPDATE=1 cargo test cli` writes\n{now}", path.display()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_whole_help() {
    let folder = folder("help");
    let help = |arguments: &[&str]| {
        let output = run(&folder, arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        text(&output.stdout)
    };
    let top = help(&["--help"]);
    let commands = top.split("Commands:\n").nth(1).expect("commands are listed");
    let commands = commands.lines().take_while(|line| !line.is_empty());
    let mut whole = format!("$ loadline --help\n{top}");
    for command in commands {
        let name = command.split_whitespace().next().expect("a name");
        if name == "help" {
            continue;
        }
        whole.push_str(&format!("\n$ loadline {name} --help\n{}", help(&[name, "--help"])));
    }
    insta::assert_snapshot!(whole);
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let folder = folder("pipe");
    let mut child = loadline(&folder, &["completions", "zsh"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}

#[test]
fn colour_is_as_asked() {
    let folder = folder("colour");
    fs::write(folder.join("a.yml"), "b: c\n").expect("a file can be written");
    let is_coloured = |arguments: &[&str], variable: Option<&str>| {
        let mut command = loadline(&folder, arguments);
        command.envs(variable.map(|name| (name, "1")));
        let output = command.output().expect("the program starts");
        assert_eq!(output.status.code(), Some(1));
        output.stdout.contains(&0x1b)
    };
    assert!(!is_coloured(&["check"], None), "a pipe is not coloured");
    assert!(is_coloured(&["check", "--color", "always"], None));
    assert!(is_coloured(&["check"], Some("CLICOLOR_FORCE")));
    assert!(!is_coloured(&["check", "--color", "never"], Some("CLICOLOR_FORCE")));
}

#[test]
fn a_repair_keeps_permissions_and_links() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = folder("permissions");
    let file = folder.join("shop.yml");
    let unquoted = "app: shop\nenvironment: {URL: ${jobs.url}}\n";
    fs::write(&file, unquoted).expect("a file can be written");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("permissions can be set");
    symlink("shop.yml", folder.join("link.yml")).expect("a link can be made");
    run(&folder, &["check", "--fix", "link.yml"]);
    let link = fs::symlink_metadata(folder.join("link.yml")).expect("the link is there");
    assert!(link.is_symlink());
    let now = fs::read_to_string(&file).expect("the file can be read");
    assert_eq!(now, unquoted.replace("${jobs.url}", "\"${jobs.url}\""));
    let mode = fs::metadata(&file).expect("the file is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert_eq!(list(&folder, ""), "link.yml\nshop.yml\n", "no draft is left");
}
