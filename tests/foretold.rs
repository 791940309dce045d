//! What `forecast` says, `rehearse` must not contradict: where it says that all rollouts converge, none stalls in the
//! simulated cloud, and each takes as long as was said.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A cluster of so many instances, and services of a number of copies, MiB, and percents.
fn spec(instances: i64, services: &[(i64, i64, &str)]) -> String {
    let mut text = format!(
        "cluster: small\ncapacity: {{instances: {{type: m7g.large, count: {{min: {instances}, max: {instances}}}}}}}\n---\napp: notes\ncluster: small\nimage: {{repository: notes}}\nservices:\n"
    );
    for (number, (count, memory, rollout)) in services.iter().enumerate() {
        text.push_str(&format!(
            "  s{number}: {{count: {count}, cpu: 128, memory: {memory} MiB, rollout: {{{rollout}}}, place: {{spread: none}}}}\n"
        ));
    }
    text
}

/// The last line that a command prints as JSON; nothing where the spec is refused.
fn json(folder: &Path, arguments: &[&str]) -> Option<Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_loadline"))
        .args(arguments)
        .args(["--output", "json"])
        .current_dir(folder)
        .output()
        .expect("the program starts");
    let text = String::from_utf8(output.stdout).expect("the output is UTF-8");
    let whole = serde_json::from_str(&text).ok();
    whole.or_else(|| serde_json::from_str(text.lines().last()?).ok())
}

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("foretold");
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

#[test]
fn what_converges_does_not_stall_and_takes_as_long_as_was_said() {
    let folder = folder();
    let percents = [
        "healthy: 100%, surge: 200%",
        "healthy: 50%, surge: 100%",
        "healthy: 80%, surge: 130%",
    ];
    let mut judged = 0;
    let mut wrong = Vec::new();
    for instances in [2, 3, 5] {
        for (at, memory) in [256, 512, 1024, 1536, 3000].into_iter().enumerate() {
            for count in [2, 4, 7] {
                let services = [(count, memory, percents[at % 3]), (3, 700, percents[(at + 1) % 3])];
                let spec = spec(instances, &services);
                fs::write(folder.join("spec.yml"), &spec).expect("a file can be written");
                let Some(forecast) = json(&folder, &["forecast"]) else {
                    continue;
                };
                let cluster = &forecast["clusters"][0];
                if cluster["together"]["least"] != "converges" {
                    continue;
                }
                judged += 1;
                for seed in ["1", "2"] {
                    let end = json(&folder, &["rehearse", "--seed", seed]).expect("a rehearsal ends");
                    if end["outcome"] != "done" {
                        wrong.push(format!("seed {seed}: {}\n{spec}", end["outcome"]));
                    }
                    for service in cluster["services"].as_array().expect("services") {
                        let took = end["services"].as_array().expect("services").iter();
                        let took = took.clone().find(|one| one["name"] == service["name"]);
                        let took = took.and_then(|one| one["verdict"]["seconds"].as_i64());
                        let bound = |key: &str| service["seconds"][key].as_i64().expect("seconds");
                        if !took.is_some_and(|took| (bound("least")..=bound("most")).contains(&took)) {
                            let said = format!("{}–{}", bound("least"), bound("most"));
                            wrong.push(format!(
                                "seed {seed}: {} took {took:?}, not {said}\n{spec}",
                                service["name"]
                            ));
                        }
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(judged >= 20, "only {judged} converge");
}
