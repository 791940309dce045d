//! Emulators of AWS, each a process of its own on a free port of this machine. In: which. Out: where it answers. It ends with
//! whoever asked for it, even if that one is killed: it reads our end of a pipe.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

use crate::judges::venv::{JUDGES, Venv, scratch, text};

/// ministack has a venv of its own.
static MINISTACK: LazyLock<Venv> = LazyLock::new(|| Venv::make("ministack", "ministack.txt"));

/// Between two looks whether it answers.
const BETWEEN: Duration = Duration::from_millis(50);

/// After so many looks without an answer it has not started.
const LOOKS: usize = 1800;

/// An emulator that runs.
pub struct Emulator {
    pub url: String,
    child: Child,
}

/// Where ministack and what stands before it are installed.
pub fn ministack_folder() -> PathBuf {
    let python = MINISTACK.python();
    let folder = python.parent().and_then(Path::parent);
    folder.expect("a venv has `bin/python`").to_path_buf()
}

impl Emulator {
    /// Starts ministack: the life of change sets and stacks.
    pub fn ministack() -> Emulator {
        Emulator::start("ministack", &MINISTACK)
    }

    /// Starts moto: nearly all types of resources, at once.
    pub fn moto() -> Emulator {
        Emulator::start("moto", &JUDGES)
    }

    /// Starts microburst before another one. It refuses by its rules, and hands on the rest.
    pub fn before(other: &Emulator, rules: &str) -> Emulator {
        let port = other.url.rsplit(':').next().expect("the last part");
        let file = scratch(&format!("before-{port}")).join("rules.yml");
        std::fs::write(&file, rules).expect("a file can be written");
        let file = file.to_string_lossy();
        Emulator::start_with("microburst", &MINISTACK, &[&other.url, &file])
    }

    fn start(name: &str, venv: &Venv) -> Emulator {
        Emulator::start_with(name, venv, &[])
    }

    fn start_with(name: &str, venv: &Venv, more: &[&str]) -> Emulator {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = free.expect("a port can be had");
        let home = scratch(&format!("{name}-{}", address.port()));
        let mut command = Command::new(venv.python());
        command
            .env_clear()
            .env("HOME", &home)
            .env("TMPDIR", &home)
            .env("PYTHONUTF8", "1")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("AWS_DEFAULT_REGION", "eu-west-1")
            // It shall not find the containers of whoever runs the tests, even where there are some.
            .env("DOCKER_HOST", "tcp://127.0.0.1:1")
            .current_dir(&home)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges/serve.py"))
            .args([name, &address.port().to_string()])
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(home.join("stderr")).expect("a file can be made"));
        let mut child = command.spawn().expect("the venv's python runs");
        let mut looks = 0;
        while TcpStream::connect(address).is_err() {
            looks += 1;
            if looks > LOOKS || child.try_wait().is_ok_and(|end| end.is_some()) {
                drop(child.stdin.take());
                let output = child.wait_with_output().expect("it can be waited for");
                let said = std::fs::read_to_string(home.join("stderr")).unwrap_or_default();
                panic!("{name} does not answer on {address}\n{}{said}", text(&output));
            }
            thread::sleep(BETWEEN);
        }
        Emulator {
            url: format!("http://{address}"),
            child,
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // It ends by itself now; nobody is left to tell if it does not.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
