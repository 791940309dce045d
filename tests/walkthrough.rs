//! The walk-through of the docs, as a reader takes it: each command as it stands there, by a shell, over an emulator that the
//! documented script has started.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use loadline::cloud::{Cloud, ErrorKind};

use crate::aws::{connect, wait};
use crate::emulators::ministack_folder;
use crate::judges::venv::scratch;
use crate::markdown::{blocks, file_name};

/// The emulator, by the script that the page names.
struct Served {
    url: String,
    child: Child,
}

impl Served {
    fn start() -> Served {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.expect("a port can be had").port();
        let mut command = Command::new("python3");
        command
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges/walk.py"))
            .arg(port.to_string())
            .arg(ministack_folder())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().expect("python3 runs");
        let mut line = String::new();
        let out = child.stdout.take().expect("it is piped");
        BufReader::new(out)
            .read_line(&mut line)
            .expect("it says that it is ready");
        let url = format!("http://127.0.0.1:{port}");
        assert!(line.contains(&url), "{line}");
        Served { url, child }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It ends when nobody is left to talk to it.
        drop(self.child.stdin.take());
        self.child.wait().ok();
    }
}

/// What a reader types, in order, and what it prints with how it ends.
fn typed(folder: &Path, url: &str, line: &str) -> String {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_loadline"));
    let programs = program.parent().expect("it is in a folder");
    let path = format!("{}:/usr/bin:/bin", programs.display());
    let mut command = Command::new("sh");
    command
        .args(["-c", line])
        .env_clear()
        .current_dir(folder)
        .stdin(Stdio::null())
        .env("PATH", path)
        .env("HOME", folder)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ENDPOINT_URL", url)
        .env("AWS_ACCESS_KEY_ID", "key")
        .env("AWS_SECRET_ACCESS_KEY", "secret");
    let output = command.output().expect("the shell starts");
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let text = text.concat();
    assert_eq!(output.status.code(), Some(0), "$ {line}\n{text}");
    text
}

#[test]
fn the_walk_through_goes_as_it_says() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/walkthrough.md");
    let page = fs::read_to_string(page).expect("the page is there");
    let served = Served::start();
    let folder = scratch("walkthrough");
    let mut said: Vec<(String, String)> = Vec::new();
    for block in blocks(&page) {
        match block.kind.as_str() {
            "yaml" => {
                let file = folder.join(file_name(&block).expect("each file has a name"));
                fs::create_dir_all(file.parent().expect("a folder")).expect("a folder can be made");
                fs::write(file, &block.text).expect("a file can be written");
            }
            "console" => {
                for line in block.text.lines().filter_map(|line| line.strip_prefix("$ ")) {
                    said.push((line.to_string(), typed(&folder, &served.url, line)));
                }
            }
            _ => {}
        }
    }
    let after = |start: &str, at: usize| {
        let mut found = said.iter().filter(|(line, _)| line.starts_with(start));
        &found.nth(at).unwrap_or_else(|| panic!("the page has `{start}`")).1
    };
    assert!(
        after("loadline plan", 0).contains("16 added"),
        "{}",
        after("loadline plan", 0)
    );
    assert!(after("loadline apply", 0).contains("far-letters-worker:1 serves"));
    assert!(after("loadline plan --save", 0).contains("Memory"));
    assert!(after("loadline apply change.plan", 0).contains("2 to change"));
    assert!(after("loadline status", 0).contains("far-letters-worker:2"));
    assert!(after("loadline run", 0).contains("arn:aws:ecs:"));
    assert!(after("loadline status", 1).contains("not deployed"));
    let page = fs::read_to_string(folder.join("change.html")).expect("the page was written");
    assert!(page.contains("WorkerTaskDefinition"));
    wait(async {
        let aws = connect(&served.url).await;
        for stack in ["far-letters", "far-letters-base"] {
            let error = aws.describe_stack(stack).await.expect_err("it is gone");
            assert_eq!(error.kind(), ErrorKind::Missing, "{error}");
        }
    });
}
