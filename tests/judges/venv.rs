//! The judges' Python: in, a requirements file beside this one; out, the interpreter of a virtual environment under
//! `target/` that holds exactly those packages. It is made on first use, once, and again when the file changes.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

/// cfn-lint, moto and Node.js.
pub static JUDGES: LazyLock<Venv> = LazyLock::new(|| Venv::make("judges", "requirements.txt"));
/// Checkov, which cannot live beside a current boto3.
pub static CHECKOV: LazyLock<Venv> = LazyLock::new(|| Venv::make("checkov", "checkov.txt"));

/// Where cargo builds, so that a judge is installed once for all profiles.
pub fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("`target/tmp` stands in `target`")
}

/// An empty folder of this name under `target/tmp`.
pub fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("an old scratch folder can go");
    }
    fs::create_dir_all(&folder).expect("a scratch folder can be made");
    folder
}

/// A folder under `target/` that `fill` makes once, whatever runs beside it: other tests of this process, or other
/// processes. The name carries a hash of what goes in, so that a change makes a new one.
pub fn once(name: &str, inputs: &str, fill: impl FnOnce(&Path)) -> PathBuf {
    let folder = target().join(format!("{name}-{:016x}", hash(inputs)));
    let lock = File::create(folder.with_extension("lock")).expect("a lock file can be made under target");
    lock.lock().expect("the lock can be had");
    let ready = folder.join("ready");
    if !ready.exists() {
        if folder.exists() {
            fs::remove_dir_all(&folder).expect("a half-made folder can go");
        }
        fs::create_dir_all(&folder).expect("a folder can be made under target");
        fill(&folder);
        fs::write(&ready, inputs).expect("the mark can be written");
    }
    folder
}

/// FNV-1a: stable over Rust's versions, unlike the standard library's hasher.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Runs a command that reaches for the network, three times at most: registries fail now and then.
pub fn install(what: &str, command: &mut Command) {
    let mut last = String::new();
    for _ in 0..3 {
        match command.output() {
            Ok(output) if output.status.success() => return,
            Ok(output) => last = text(&output),
            Err(error) => last = error.to_string(),
        }
    }
    panic!(
        "{what} failed three times; the judges need a package registry (PyPI, npm) on their first run\n\
         {command:?}\n{last}"
    );
}

/// All that a program said.
pub fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// A Python with packages.
pub struct Venv {
    folder: PathBuf,
}

impl Venv {
    /// A venv of this name with what a file beside this one names.
    pub fn make(name: &str, requirements: &str) -> Venv {
        let requirements = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/judges")
            .join(requirements);
        let wanted = fs::read_to_string(&requirements).expect("the requirements stand beside the test");
        let version = Command::new("python3").arg("--version").output();
        let version = version.unwrap_or_else(|error| panic!("the judges need `python3` (3.10 or later): {error}"));
        let folder = once(name, &(text(&version) + &wanted), |folder| {
            let made = Command::new("python3")
                .args(["-m", "venv"])
                .arg(folder)
                .output()
                .expect("python3 ran just now");
            assert!(
                made.status.success(),
                "`python3 -m venv` failed (Debian and Ubuntu keep it in the package `python3-venv`)\n{}",
                text(&made)
            );
            let mut pip = Command::new(folder.join("bin/python"));
            pip.args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--no-input",
            ]);
            pip.args(["--retries", "10", "--timeout", "60", "--no-deps", "--requirement"]);
            install("installing the judges", pip.arg(&requirements));
        });
        Venv { folder }
    }

    /// Its interpreter.
    pub fn python(&self) -> PathBuf {
        self.folder.join("bin/python")
    }

    /// Where the packages' files stand.
    pub fn packages(&self) -> PathBuf {
        let lib = fs::read_dir(self.folder.join("lib")).expect("a venv has `lib`");
        let python = lib.map(|entry| entry.expect("an entry").path()).next();
        python.expect("`lib/python3.x` is there").join("site-packages")
    }

    /// Where it is remembered that a judge of this venv found nothing in these texts.
    pub fn remembered(&self, texts: &[&str]) -> PathBuf {
        let folder = self.folder.join("clean");
        fs::create_dir_all(&folder).expect("a folder can be made in the venv");
        folder.join(format!("{:016x}", hash(&texts.join("\0"))))
    }

    /// Runs a script of the repository with this standard input and nothing of the user's environment: no credentials, no
    /// settings of their home.
    pub fn run(&self, script: &str, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>, input: &str) -> Output {
        let mut command = Command::new(self.python());
        command
            .env_clear()
            .env("HOME", &self.folder)
            .env("PYTHONUTF8", "1")
            .env("PYTHONDONTWRITEBYTECODE", "1");
        command
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(script))
            .args(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the venv's python runs");
        let mut stdin = child.stdin.take().expect("it was piped");
        // A script that ends before it has read all says why itself.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        child.wait_with_output().expect("the script ends")
    }
}
