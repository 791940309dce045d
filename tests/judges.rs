//! What others say of our templates: cfn-lint, Checkov and moto, from a venv under `target/` that the first run makes.

mod compiled;
mod matrix;
mod pairs;
pub mod venv;

use loadline::source::Memory;
use loadline::template::Format;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use venv::{CHECKOV, JUDGES, scratch, text};

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The example that must be refused: see `tests/cli/forecast.md`.
const REFUSED: &str = "never";

/// The names of the folders under `examples/`, but for the one that is refused.
fn examples() -> Vec<String> {
    let entries = fs::read_dir(repository().join("examples")).expect("there are examples");
    let folders = entries
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> = folders
        .map(|entry| entry.file_name().into_string().expect("UTF-8"))
        .filter(|name| name != REFUSED)
        .collect();
    names.sort();
    assert!(!names.is_empty(), "there are examples");
    names
}

/// Compiles an example; the compiler must have nothing to say of it.
fn compile(example: &str, out: &Path, format: Format) {
    let world = compiled::project(&repository().join("examples").join(example));
    compiled::write(&world, out, format).unwrap_or_else(|faults| panic!("{example}:\n{faults}"));
}

/// The templates of a folder and of those in it.
fn templates(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder can be listed") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .expect("UTF-8")
            .to_string();
        if path.is_dir() {
            found.extend(templates(&path));
        } else if !name.ends_with(".parameters.json") && !name.ends_with(".map.json") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// What cfn-lint finds, a line each. A text in which it once found nothing is not judged again, as long as the judge stays the same.
fn lint(templates: &[PathBuf]) -> Vec<String> {
    let script = fs::read_to_string(repository().join("tests/judges/lint.py")).expect("the script is there");
    let mut clean = BTreeMap::new();
    for path in templates {
        let body = fs::read_to_string(path).expect("a template is UTF-8");
        let extension = path
            .extension()
            .and_then(|extension| extension.to_str())
            .expect("a template has an extension");
        clean.insert(JUDGES.remembered(&[&script, extension, &body]), path);
    }
    clean.retain(|mark, _| !mark.exists());
    let new: Vec<&PathBuf> = clean.values().copied().collect();
    if new.is_empty() {
        return Vec::new();
    }
    let output = JUDGES.run("tests/judges/lint.py", [] as [&str; 0], &json!(new).to_string());
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output)));
    assert_eq!(answer["judged"], new.len(), "cfn-lint left a template out");
    let findings = answer["findings"].as_array().expect("a list of findings").iter();
    let line = |finding: &Value| {
        let field = |name: &str| finding[name].as_str().unwrap_or_default().to_string();
        format!(
            "{}:{}: {} {}",
            field("file"),
            finding["line"],
            field("rule"),
            field("message")
        )
    };
    let findings: Vec<String> = findings.map(line).collect();
    if findings.is_empty() {
        for mark in clean.keys() {
            fs::write(mark, "").expect("a mark can be left");
        }
    }
    findings
}

#[test]
fn cfn_lint_finds_nothing_in_the_examples() {
    let out = scratch("lint-examples");
    for example in examples() {
        for format in [Format::Yaml, Format::Json] {
            compile(&example, &out.join(&example).join(format.extension()), format);
        }
    }
    let findings = lint(&templates(&out));
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

#[test]
fn cfn_lint_finds_nothing_in_any_pair_of_choices() {
    let out = scratch("lint-matrix");
    let mut faults = Vec::new();
    for (name, spec) in matrix::specs() {
        let world = Memory::default().with("project/spec.yml", spec);
        faults.extend(compiled::write(&world, &out.join(name), Format::Yaml).err());
    }
    faults.extend(lint(&templates(&out)));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Policies are no templates, but a template may hold one.
#[test]
fn cfn_lint_finds_nothing_in_the_policies() {
    let out = scratch("lint-policies");
    let mut templates = Vec::new();
    for example in examples() {
        let mut command = Command::new(env!("CARGO_BIN_EXE_loadline"));
        command.args([
            "explain",
            "permissions",
            &format!("examples/{example}"),
            "--output",
            "json",
        ]);
        let output = command.current_dir(repository()).output().expect("the program starts");
        assert_eq!(output.status.code(), Some(0), "{example}: {}", text(&output));
        let answer: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
        for policy in answer["policies"].as_array().expect("it is a list") {
            let name = policy["name"].as_str().expect("it is text");
            let template = json!({
                "Resources": {"Policy": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": policy["document"]}}},
            });
            let path = out.join(format!("{}-{name}.json", example.replace('/', "-")));
            fs::write(&path, template.to_string()).expect("a file can be written");
            templates.push(path);
        }
    }
    assert!(templates.len() > 8, "{templates:?}");
    let findings = lint(&templates);
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

#[test]
fn cfn_lint_finds_what_is_wrong() {
    let out = scratch("lint-wrong");
    let wrong = out.join("wrong.yml");
    fs::write(
        &wrong,
        "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties:\n      Nmae: x\n",
    )
    .expect("written");
    let findings = lint(&[wrong]);
    assert!(
        findings.iter().any(|finding| finding.contains(":5: E3002")),
        "{findings:?}"
    );
}

#[test]
fn checkov_finds_nothing_that_the_templates_do_not_explain() {
    let out = scratch("checkov");
    for example in examples() {
        compile(&example, &out.join(&example), Format::Yaml);
    }
    let output = CHECKOV.run("tests/judges/security.py", [&out], "");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output)));
    let checks = |kind: &str| report["results"][kind].as_array().cloned().unwrap_or_default();
    let line = |check: &Value| {
        let field = |name: &str| check[name].as_str().unwrap_or_default().to_string();
        format!(
            "{}: {} {} {}",
            field("file_path"),
            field("resource"),
            field("check_id"),
            field("check_name")
        )
    };
    assert_eq!(
        report["results"]["parsing_errors"],
        json!([]),
        "Checkov reads each template"
    );
    let judged: BTreeSet<String> = checks("passed_checks")
        .iter()
        .filter_map(|check| Some(check["file_path"].as_str()?.to_string()))
        .collect();
    assert!(
        judged.len() >= examples().len(),
        "Checkov judged too little: {judged:?}"
    );
    let failed: Vec<String> = checks("failed_checks").iter().map(line).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let unexplained = |check: &&Value| {
        let comment = check["check_result"]["suppress_comment"].as_str().unwrap_or_default();
        comment.len() < 10 || comment.starts_with("No comment")
    };
    let unexplained: Vec<String> = checks("skipped_checks").iter().filter(unexplained).map(line).collect();
    assert!(
        unexplained.is_empty(),
        "a suppression gives its reason:\n{}",
        unexplained.join("\n")
    );
}

/// Creates the stacks of an example in moto, updates them to what it is after these edits of its files, and deletes them.
fn deploy(example: &str, edits: &[(&str, &str, &str)]) {
    let out = scratch(&format!("deploy-{example}"));
    let states = [out.join("first"), out.join("second")];
    compile(example, &states[0], Format::Json);
    let folder = repository().join("examples").join(example);
    let mut world = compiled::project(&folder);
    for file in edits.iter().map(|(file, ..)| *file).collect::<BTreeSet<_>>() {
        let text = fs::read_to_string(folder.join(file)).expect("the file of an edit is there");
        let edited = edits
            .iter()
            .filter(|edit| edit.0 == file)
            .fold(text, |text, (_, from, to)| {
                assert!(text.contains(from), "{file} holds {from:?}");
                text.replacen(from, to, 1)
            });
        world = world.with(format!("project/{file}"), edited);
    }
    compiled::write(&world, &states[1], Format::Json).unwrap_or_else(|faults| panic!("{example}, edited:\n{faults}"));
    let output = JUDGES.run("tests/judges/deploy.py", &states, "");
    let said = text(&output);
    assert!(output.status.success(), "{said}");
    for verb in ["create ", "update ", "delete "] {
        assert!(said.lines().any(|line| line.starts_with(verb)), "{said}");
    }
}

#[test]
fn moto_deploys_hello() {
    deploy(
        "hello",
        &[
            ("hello.yml", "memory: 128 MiB", "memory: 256 MiB"),
            ("hello.yml", "count: 2", "count: 3"),
            ("hello.yml", "max: 3", "max: 4"),
        ],
    );
}

#[test]
fn moto_deploys_the_shop() {
    let mailer = "services:\n  mailer:\n    command: mail\n    memory: 128 MiB\n";
    deploy(
        "shop",
        &[
            ("shop.yml", "services:\n", mailer),
            ("shop.yml", "memory: 1 GiB", "memory: 2 GiB"),
            ("shop.yml", "boot: 20s", "boot: 40s"),
            ("production.yml", "retention: 90 days", "retention: 30 days"),
        ],
    );
}

#[test]
fn moto_deploys_fargate() {
    deploy(
        "fargate",
        &[
            ("fargate.yml", "memory: 512 MiB", "memory: 1 GiB"),
            ("fargate.yml", "spot: 30%", "spot: 50%"),
            ("fargate.yml", "rate(1 day)", "rate(2 days)"),
        ],
    );
}
