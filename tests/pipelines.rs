//! The action for GitHub and the pipelines of the documentation: whether they fit the schemas of those who run them, and what
//! their scripts do, with stand-ins for `loadline`, `gh`, `curl` and `cargo`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use crate::judges::venv::{Venv, scratch, text};
use crate::markdown::{blocks, file_name};

/// check-jsonschema, which carries the schemas of SchemaStore and GitLab.
static PIPELINES: LazyLock<Venv> = LazyLock::new(|| Venv::make("pipelines", "pipelines.txt"));

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn written(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The pipelines of the documentation, by the names of their files.
fn documented() -> Vec<(String, String)> {
    let page = written("docs/pipelines.md");
    let blocks = blocks(&page);
    let found = blocks.iter().map(|block| {
        let name = file_name(block).expect("a pipeline says in which file it stands");
        (name.to_string(), block.text.clone())
    });
    found.collect()
}

fn fits(schema: &str, arguments: &[&str], file: &Path) {
    let mut command = Command::new(PIPELINES.python());
    command.args(["-m", "check_jsonschema", "--builtin-schema", schema]);
    let output = command
        .args(arguments)
        .arg(file)
        .output()
        .expect("the venv's python runs");
    assert!(output.status.success(), "{}: {}", file.display(), text(&output));
}

#[test]
fn the_action_and_the_pipelines_fit_their_schemas() {
    fits("vendor.github-actions", &[], &root().join("action.yml"));
    let folder = scratch("pipelines-schemas");
    let documented = documented();
    assert_eq!(documented.len(), 3);
    for (name, text) in documented {
        let file = folder.join(name.replace('/', "-"));
        fs::write(&file, text).expect("a file can be written");
        match name.starts_with(".github/") {
            true => fits("vendor.github-workflows", &[], &file),
            false => fits("vendor.gitlab-ci", &["--data-transform", "gitlab-ci"], &file),
        }
    }
}

/// What stands behind a key, wherever it is.
fn values<'a>(yaml: &'a str, key: &str) -> Vec<&'a str> {
    let found = yaml.lines().filter_map(|line| {
        let line = line.trim_start().trim_start_matches("- ");
        line.strip_prefix(key)?.strip_prefix(':')
    });
    found.map(str::trim).collect()
}

#[test]
fn no_input_is_written_into_a_script_and_each_action_is_pinned() {
    let action = written("action.yml");
    let scripts = values(&action, "run");
    assert_eq!(scripts.len(), values(&action, "shell").len());
    for script in &scripts {
        assert!(!script.contains("${{") && !script.starts_with('|'), "{script}");
    }
    let all = documented().into_iter().map(|(_, text)| text).chain([action]);
    for text in all {
        for used in values(&text, "uses")
            .iter()
            .filter(|used| !used.starts_with("loadline/"))
        {
            let commit = used.split(['@', ' ']).nth(1).unwrap_or_default();
            let is_commit = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(is_commit && used.contains(" # v"), "{used}");
        }
    }
}

#[test]
fn what_the_documentation_gives_the_action_is_an_input_of_it() {
    let action = written("action.yml");
    let (inputs, _) = action.split_once("\noutputs:").expect("inputs come before outputs");
    let known: Vec<&str> = inputs
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'))
        .filter(|name| !name.starts_with(' '))
        .collect();
    assert!(known.contains(&"plan-file"), "{known:?}");
    for (name, text) in documented() {
        for (_, step) in text.match_indices("uses: loadline/").map(|(at, _)| text.split_at(at)) {
            let with = step.split_once("with:\n").expect("each step says what to do").1;
            let given = with.lines().take_while(|line| line.starts_with("          "));
            for line in given {
                let key = line.trim().split(':').next().unwrap_or_default();
                assert!(known.contains(&key), "{name}: {key}");
            }
        }
    }
}

#[test]
fn each_script_can_be_read_by_bash() {
    let mut scripts: Vec<(String, String)> = Vec::new();
    for entry in fs::read_dir(root().join("action")).expect("the folder can be listed") {
        let path = entry.expect("an entry").path();
        scripts.push((
            path.display().to_string(),
            fs::read_to_string(&path).expect("it is text"),
        ));
    }
    assert_eq!(scripts.len(), 4);
    // The blocks of the documented jobs.
    for (name, text) in documented() {
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            if line.trim_start() == "- |" {
                let indent = line.len() - line.trim_start().len() + 2;
                let mut script = String::new();
                while let Some(line) = lines
                    .next_if(|line| line.trim().is_empty() || line.len() > indent && line[..indent].trim().is_empty())
                {
                    script.push_str(line.get(indent..).unwrap_or_default());
                    script.push('\n');
                }
                scripts.push((name.clone(), script));
            }
        }
    }
    assert_eq!(scripts.len(), 7);
    let folder = scratch("pipelines-scripts");
    for (name, script) in scripts {
        let file = folder.join("script.sh");
        fs::write(&file, &script).expect("a file can be written");
        let output = Command::new("bash")
            .arg("-n")
            .arg(&file)
            .output()
            .expect("there is bash");
        assert!(output.status.success(), "{name}: {}\n{script}", text(&output));
    }
}

/// Where a runner has its own programs.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// A step of the action, with stand-ins on its path.
struct Stage {
    folder: PathBuf,
}

impl Stage {
    fn new(name: &str) -> Stage {
        let folder = scratch(name);
        fs::create_dir(folder.join("bin")).expect("a folder can be made");
        let stage = Stage { folder };
        stage.file("github-output", "");
        stage
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.join(name);
        fs::write(&path, text).expect("a file can be written");
        path
    }

    /// A program that writes down what it is given, a line an argument, and does this then.
    fn stand_in(&self, name: &str, does: &str) {
        use std::os::unix::fs::PermissionsExt;
        let script = format!(
            "#!/usr/bin/env bash\n{{ echo '{name}'; printf '<%s>\\n' \"$@\"; }} >>'{}'\n{does}\n",
            self.folder.join("said").display()
        );
        let path = self.file(&format!("bin/{name}"), &script);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it can be made a program");
    }

    fn run(&self, script: &str, environment: &[(&str, &str)]) -> Output {
        let mut command = Command::new("bash");
        command
            .arg(root().join("action").join(script))
            .current_dir(&self.folder)
            .env_clear();
        command
            .env("PATH", format!("{}:{PATH}", self.folder.join("bin").display()))
            .env("HOME", &self.folder)
            .env("RUNNER_TEMP", &self.folder)
            .env("RUNNER_OS", "Linux")
            .env("RUNNER_ARCH", "X64")
            .env("GITHUB_ACTION_PATH", root())
            .env("GITHUB_OUTPUT", self.folder.join("github-output"))
            .env("GITHUB_REPOSITORY", "octo/shop");
        command.envs(environment.iter().copied());
        command.output().expect("there is bash")
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).unwrap_or_default()
    }

    /// What was set for the next steps.
    fn set(&self, name: &str) -> Option<String> {
        let text = self.read("github-output");
        let mut found = text
            .lines()
            .filter_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        found.next_back().map(str::to_string)
    }
}

/// Writes what `plan` writes, and ends with this code.
fn plans(code: u8) -> String {
    format!(
        "while [[ $# -gt 0 ]]; do case $1 in --html | --markdown | --save) echo made >\"$2\" ;; esac; shift; done\nexit {code}"
    )
}

#[test]
fn a_plan_is_run_with_what_was_given_and_nothing_is_expanded() {
    let stage = Stage::new("pipelines-plan");
    stage.stand_in("loadline", &plans(2));
    let output = stage.run(
        "run.sh",
        &[
            ("LOADLINE_COMMAND", "plan"),
            ("LOADLINE_PATH", "--yes $(touch pwned) `touch pwned` ; touch pwned"),
            ("LOADLINE_CLUSTER", "a b $HOME"),
            ("LOADLINE_IMAGES", "shop=v7\n\n  api=@sha256:abc  \n"),
            ("LOADLINE_ARGUMENTS", "--drift *\n$(touch pwned)"),
        ],
    );
    assert!(output.status.success(), "{}", text(&output));
    let work = stage.folder.join("loadline");
    let expected = format!(
        "loadline\n<plan>\n<--detailed-exitcode>\n<--html>\n<{work}/loadline-plan.html>\n<--markdown>\n<{work}/comment.md>\n\
         <--save>\n<{work}/loadline.plan>\n<--cluster>\n<a b $HOME>\n<--image>\n<shop=v7>\n<--image>\n<api=@sha256:abc>\n\
         <--output>\n<github>\n<--drift>\n<*>\n<$(touch>\n<pwned)>\n<-->\n\
         <--yes $(touch pwned) `touch pwned` ; touch pwned>\n",
        work = work.display()
    );
    assert_eq!(stage.read("said"), expected);
    assert!(!stage.folder.join("pwned").exists());
    let set = |name: &str| stage.set(name).unwrap_or_default();
    assert_eq!(
        (set("exit-code"), set("failure"), set("changes")),
        ("2".into(), "0".into(), "true".into())
    );
    for (name, file) in [
        ("comment", "comment.md"),
        ("page", "loadline-plan.html"),
        ("plan-file", "loadline.plan"),
    ] {
        assert_eq!(set(name), work.join(file).display().to_string());
    }
}

#[test]
fn a_plan_that_fails_ends_the_job_once_its_comment_is_written() {
    let stage = Stage::new("pipelines-refused");
    stage.stand_in("loadline", &plans(4));
    let output = stage.run("run.sh", &[("LOADLINE_COMMAND", "plan")]);
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(stage.set("failure").as_deref(), Some("4"));
    assert_eq!(stage.set("changes"), None, "nobody knows");
    assert!(stage.set("comment").is_some());
    // What an earlier plan has left is not taken for this one's.
    stage.stand_in("loadline", "exit 64");
    stage.file("github-output", "");
    stage.run("run.sh", &[("LOADLINE_COMMAND", "plan")]);
    assert_eq!((stage.set("comment"), stage.set("plan-file")), (None, None));
    assert_eq!(stage.set("failure").as_deref(), Some("64"));
}

#[test]
fn check_and_apply_are_run_with_what_is_theirs() {
    let stage = Stage::new("pipelines-others");
    stage.stand_in("loadline", "exit 0");
    let run = |environment: &[(&str, &str)]| {
        stage.file("said", "");
        let output = stage.run("run.sh", environment);
        (output.status.code(), stage.read("said").replace('\n', " "))
    };
    let page = format!("<{}/loadline/loadline-apply.html>", stage.folder.display());
    let check = run(&[
        ("LOADLINE_COMMAND", "check"),
        ("LOADLINE_CLUSTER", "production"),
        ("LOADLINE_PATH", "specs"),
    ]);
    assert_eq!(
        check,
        (
            Some(0),
            "loadline <check> <--output> <github> <--> <specs> ".to_string()
        )
    );
    let check = run(&[("LOADLINE_COMMAND", "check"), ("LOADLINE_CLUSTER", "clusters/a.yml")]);
    assert_eq!(
        check.1,
        "loadline <check> <--cluster> <clusters/a.yml> <--output> <github> <--> <.> "
    );
    let apply = run(&[
        ("LOADLINE_COMMAND", "apply"),
        ("LOADLINE_PLAN_FILE", "loadline.plan"),
        ("LOADLINE_CLUSTER", "production"),
        ("LOADLINE_ARGUMENTS", "--deadline 30m"),
    ]);
    let said = format!(
        "loadline <apply> <--yes> <--timeline> {page} <--output> <github> <--deadline> <30m> <--> <loadline.plan> "
    );
    assert_eq!(apply.1, said);
    let apply = run(&[
        ("LOADLINE_COMMAND", "apply"),
        ("LOADLINE_CLUSTER", "production"),
        ("LOADLINE_IMAGES", "shop=7"),
    ]);
    let said = format!(
        "loadline <apply> <--yes> <--timeline> {page} <--cluster> <production> <--image> <shop=7> <--output> <github> <--> <.> "
    );
    assert_eq!(apply.1, said);
    assert_eq!(run(&[("LOADLINE_COMMAND", "destroy")]), (Some(64), String::new()));
    assert_eq!(
        run(&[("LOADLINE_COMMAND", "plan"), ("LOADLINE_NAME", "../a")]),
        (Some(64), String::new())
    );
}

#[test]
fn a_comment_is_made_once_and_then_written_over() {
    let stage = Stage::new("pipelines-comment");
    let comment = stage.file("comment.md", "<!-- loadline plan: . -->\n## Plan `$(touch pwned)`\n");
    let comment = comment.display().to_string();
    let environment = [
        ("LOADLINE_COMMENT", comment.as_str()),
        ("LOADLINE_PAGE_URL", "https://github.com/page"),
        ("PULL_REQUEST", "17"),
        ("GH_TOKEN", "token"),
    ];
    // It keeps what is sent; `gh` reads the file behind `body=@`.
    let sends = "for word in \"$@\"; do case $word in body=@*) cp \"${word#body=@}\" sent ;; esac; done";
    stage.stand_in("gh", sends);
    let output = stage.run("comment.sh", &environment);
    assert!(output.status.success(), "{}", text(&output));
    let said = stage.read("said");
    assert!(
        said.contains("<owner=octo>\n") && said.contains("<name=shop>\n") && said.contains("<number=17>\n"),
        "{said}"
    );
    assert!(
        said.contains("viewerDidAuthor and"),
        "only one's own is written over: {said}"
    );
    assert!(
        said.contains("<POST>\n<repos/octo/shop/issues/17/comments>\n"),
        "{said}"
    );
    assert_eq!(
        stage.read("sent"),
        "<!-- loadline plan: . -->\n## Plan `$(touch pwned)`\n\n[The whole plan as a page](https://github.com/page)\n"
    );
    stage.file("said", "");
    stage.stand_in(
        "gh",
        &format!("[[ $2 == graphql ]] && {{ echo 5; echo 8; echo \"$MARKER\" >marker; }}\n{sends}"),
    );
    let output = stage.run("comment.sh", &environment);
    assert!(output.status.success(), "{}", text(&output));
    let said = stage.read("said");
    assert!(
        said.contains("<PATCH>\n<repos/octo/shop/issues/comments/5>\n") && !said.contains("<POST>"),
        "{said}"
    );
    assert_eq!(stage.read("marker"), "<!-- loadline plan: . -->\n");
    assert!(!stage.folder.join("pwned").exists());
}

#[test]
fn a_comment_that_may_not_be_written_fails_no_plan() {
    let stage = Stage::new("pipelines-fork");
    let comment = stage.file("comment.md", "<!-- loadline plan: . -->\n");
    let comment = comment.display().to_string();
    stage.stand_in("gh", "exit 1");
    let output = stage.run("comment.sh", &[("LOADLINE_COMMENT", &comment), ("PULL_REQUEST", "17")]);
    assert!(
        output.status.success() && text(&output).contains("::warning::"),
        "{}",
        text(&output)
    );
    let output = stage.run("comment.sh", &[("PULL_REQUEST", "17")]);
    assert!(output.status.success() && text(&output).contains("there is no plan to show"));
}

#[test]
fn what_is_installed_is_named_by_what_it_is_made_of() {
    let stage = Stage::new("pipelines-find");
    let key = |version: &str| {
        stage.file("github-output", "");
        let output = stage.run("find.sh", &[("LOADLINE_VERSION", version)]);
        (output.status.code(), stage.set("key").unwrap_or_default())
    };
    let (code, own) = key("");
    assert_eq!((code, own.len()), (Some(0), "loadline-Linux-X64-".len() + 64), "{own}");
    assert_eq!(key("").1, own, "the same each time");
    assert_eq!(key("0.2.0"), (Some(0), "loadline-Linux-X64-0.2.0".to_string()));
    for hostile in ["a b", "$(touch pwned)", "../x", "a\nfolder=/"] {
        assert_eq!(key(hostile), (Some(64), String::new()), "{hostile}");
    }
    stage.stand_in("loadline", "");
    assert_eq!(key("installed"), (Some(0), String::new()));
}

/// A release of which only this is there.
fn releases(stage: &Stage, sum: Option<&str>) {
    let script = match sum {
        Some(sum) => format!(
            "out=; for word in \"$@\"; do [[ $last == --output ]] && out=$word; last=$word; done\n\
             case $last in *.sha256) echo '{sum}' >\"$out\" ;; *) cp archive.tar.gz \"$out\" ;; esac"
        ),
        None => "exit 22".to_string(),
    };
    stage.stand_in("curl", &script);
}

#[test]
fn a_release_is_taken_only_with_the_right_checksum() {
    let stage = Stage::new("pipelines-install");
    stage.stand_in("uname", "[[ $1 == -s ]] && echo Linux || echo x86_64");
    let folder = stage.folder.join("place");
    let folder = folder.display().to_string();
    let install = |version: &str| {
        stage.file("said", "");
        stage.run(
            "install.sh",
            &[("LOADLINE_VERSION", version), ("LOADLINE_FOLDER", &folder)],
        )
    };
    // cargo puts a program there too.
    let builds = format!(
        "mkdir -p '{folder}/bin' && printf '#!/bin/sh\\necho built\\n' >'{folder}/bin/loadline' && chmod +x '{folder}/bin/loadline'"
    );
    stage.stand_in("cargo", &builds);
    stage.file("loadline", "#!/bin/sh\necho released\n");
    let packs = Command::new("bash")
        .args([
            "-c",
            "chmod +x loadline && tar -czf archive.tar.gz loadline && sha256sum archive.tar.gz | cut -d ' ' -f 1",
        ])
        .current_dir(&stage.folder)
        .output()
        .expect("there is bash");
    let sum = String::from_utf8(packs.stdout).expect("a checksum").trim().to_string();

    releases(&stage, Some(&sum));
    let output = install("v0.2.0");
    assert!(
        output.status.success() && text(&output).ends_with("released\n"),
        "{}",
        text(&output)
    );
    let said = stage.read("said");
    assert!(
        said.contains("<https://github.com/loadline/loadline/releases/download/v0.2.0/loadline-0.2.0-x86_64-unknown-linux-gnu.tar.gz>"),
        "{said}"
    );
    assert!(!said.contains("cargo"), "{said}");

    fs::remove_dir_all(&folder).expect("it is there");
    releases(&stage, Some(&"0".repeat(64)));
    let output = install("0.2.0");
    assert_eq!(output.status.code(), Some(70), "{}", text(&output));
    assert!(!Path::new(&folder).exists() && !stage.read("said").contains("cargo"));

    releases(&stage, None);
    let output = install("0.2.0");
    assert!(
        output.status.success() && text(&output).ends_with("built\n"),
        "{}",
        text(&output)
    );
    let cargo = stage
        .read("said")
        .split_once("cargo\n")
        .expect("it is built")
        .1
        .replace('\n', " ");
    let from = "<--git> <https://github.com/loadline/loadline>";
    assert_eq!(
        cargo,
        format!("<install> <--locked> <--root> <{folder}> {from} <--tag> <v0.2.0> <loadline> ")
    );

    let commit = "a".repeat(40);
    install(&commit);
    assert!(
        stage
            .read("said")
            .replace('\n', " ")
            .ends_with(&format!("{from} <--rev> <{commit}> <loadline> "))
    );
    install("");
    let said = stage.read("said").replace('\n', " ");
    assert!(
        said.ends_with(&format!("<--path> <{}> ", root().display())) && !said.contains("curl"),
        "{said}"
    );
}
