//! Repairs as edits: each helps on the spec that it makes, and touches nothing but its value.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::cli::{folder, loadline, text};

/// What `forecast --output json` says of a spec.
fn forecast(folder: &Path, arguments: &[&str]) -> (Option<i32>, Value) {
    let output = loadline(folder, &["forecast", "--output", "json"])
        .args(arguments)
        .output();
    let output = output.expect("the program starts");
    let said = text(&output.stdout);
    let value = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"));
    (output.status.code(), value)
}

fn services(document: &Value) -> Vec<&Value> {
    let clusters = document["clusters"].as_array().expect("clusters").iter();
    clusters
        .flat_map(|cluster| cluster["services"].as_array().expect("services"))
        .collect()
}

/// The text after the edits of a fix, by lines and columns as the document has them.
fn apply(files: &mut BTreeMap<String, String>, fix: &Value) {
    for edit in fix["edits"].as_array().expect("edits").iter().rev() {
        let number = |key: &str| edit[key].as_u64().expect("a number") as usize;
        let file = files
            .get_mut(edit["file"].as_str().expect("a file"))
            .expect("a file of the project");
        let at = |line: usize, column: usize| {
            let start: usize = file.split_inclusive('\n').take(line - 1).map(str::len).sum();
            let columns: String = file[start..].chars().take(column - 1).collect();
            start + columns.len()
        };
        let range = at(number("line"), number("column"))..at(number("end_line"), number("end_column"));
        file.replace_range(range, edit["text"].as_str().expect("a text"));
    }
}

#[test]
fn the_case_of_the_article_is_repaired_in_place() {
    let folder = folder("forecast-never");
    let never = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/never/never.yml");
    let before = fs::read_to_string(never).expect("the example is there");
    let file = folder.join("never.yml");
    fs::write(&file, &before).expect("a file can be written");
    let (exit, refused) = forecast(&folder, &["never.yml"]);
    assert_eq!(
        (exit, &refused["clusters"][0]["refused"]),
        (Some(1), &Value::Bool(true))
    );

    let (exit, mended) = forecast(&folder, &["never.yml", "--fix"]);
    assert_eq!(exit, Some(0), "{mended:#}");
    assert_eq!(services(&mended)[0]["least"]["verdict"], "converges");
    let after = fs::read_to_string(&file).expect("the file is there");
    let changed: Vec<(&str, &str)> = before
        .lines()
        .zip(after.lines())
        .filter(|(old, new)| old != new)
        .collect();
    let expected = (
        "    port: {container: 80, host: 80}",
        "    port: {container: 80, host: 0}",
    );
    assert_eq!(changed, [expected], "one line, and no comment");
    assert_eq!(before.lines().count(), after.lines().count());
    assert_eq!(
        forecast(&folder, &["never.yml", "--fix"]).0,
        Some(0),
        "nothing is left to do"
    );
    assert_eq!(fs::read_to_string(&file).expect("the file is there"), after);
}

/// A cluster, a service that has no way to its end, the titles of its fixes.
const REFUSED: &[(&str, &str, &[&str])] = &[
    (
        "{type: m7g.large, count: {min: 3, max: 3}}",
        "{count: 3, rollout: {surge: 125%}}",
        &["write `surge: 134%`", "write `healthy: 66%`"],
    ),
    (
        "{type: m7g.large, count: {min: 3, max: 3}}",
        "{count: {min: 2, max: 20, cpu: 60%}, rollout: {healthy: 90%, surge: 110%}}",
        &["write `surge: 150%`", "write `healthy: 50%`"],
    ),
    (
        "{type: t3.small, count: {min: 2, max: 2}}",
        "{count: 2, memory: 1600 MiB, cpu: 0}",
        &[
            "write `healthy: 50%`",
            "allow 3 instances",
            "take `t3.medium`",
            "ask for 814 MiB a copy",
        ],
    ),
    (
        "{type: t3.small}",
        "{count: 6, memory: {limit: 2 GiB, reserve: 1600 MiB}, cpu: 0}",
        &[
            "write `healthy: 83%`",
            "allow 7 instances",
            "take `t3.medium`",
            "ask for 814 MiB a copy",
        ],
    ),
    (
        "{type: m7g.large, count: {min: 3, max: 3}}",
        "{count: 3, cpu: 1500, memory: 64 MiB, sidecars: {s: {image: \"a:1\", cpu: 100, memory: 64 MiB}}}",
        &[
            "write `healthy: 66%`",
            "allow 4 instances",
            "take `m7g.xlarge`",
            "ask for 1024 CPU units a copy",
        ],
    ),
    (
        "{type: m7g.large, count: {min: 4, max: 4}}",
        "{count: 4, place: {distinct: true}}",
        &[
            "write `distinct: false`",
            "write `healthy: 75%`",
            "allow 5 instances",
            "run 3 copies at most",
        ],
    ),
    (
        "{type: m7g.large, count: {min: 2, max: 2}}",
        "{count: 2, port: 80, network: host}",
        &[
            "write `network: bridge`, so that ECS chooses the port",
            "write `healthy: 50%`",
            "allow 3 instances",
            "run 1 copy at most",
        ],
    ),
    (
        "{type: m7g.large, count: {min: 2, max: 2}}",
        "{count: 2, port: {container: 80, host: 80}, network: host}",
        &[
            "write `network: bridge`, so that ECS chooses the port",
            "write `healthy: 50%`",
            "allow 3 instances",
            "run 1 copy at most",
        ],
    ),
    (
        "{type: m7g.large, count: {min: 2, max: 2}}",
        "{port: 80, route: /, health: {boot: 100s}, probe: {command: \"true\"}}",
        &["give `probe` a `boot` of 100s, as long as that of `health`"],
    ),
];

#[test]
fn each_fix_makes_its_service_converge_and_keeps_the_rest() {
    let folder = folder("forecast-fixes");
    for (instances, service, titles) in REFUSED {
        let spec = format!(
            "cluster: one # of the team\ncapacity:\n  instances: {instances}\ningress:\n  public: {{}}\n---\n# The app.\napp: shop\ncluster: one\nimage: nginx:1.27\nservices:\n  # It serves.\n  web: {service} # so it is\n"
        );
        let write = |spec: &str| fs::write(folder.join("shop.yml"), spec).expect("a file can be written");
        write(&spec);
        let (exit, refused) = forecast(&folder, &["shop.yml"]);
        assert_eq!(exit, Some(1), "{service}: {refused:#}");
        let fixes = services(&refused)[0]["fixes"].as_array().expect("fixes").clone();
        let found: Vec<&str> = fixes.iter().filter_map(|fix| fix["title"].as_str()).collect();
        assert_eq!(found, *titles, "{service}: {:#}", services(&refused)[0]);
        for fix in &fixes {
            let mut files = BTreeMap::from([("shop.yml".to_string(), spec.clone())]);
            apply(&mut files, fix);
            let after = &files["shop.yml"];
            write(after);
            let (exit, mended) = forecast(&folder, &["shop.yml"]);
            assert_eq!(exit, Some(0), "{after}: {mended:#}");
            let own = services(&mended)[0];
            assert_eq!(own["least"]["verdict"], "converges", "{after}");
            for comment in ["# of the team", "# The app.", "# It serves.", "# so it is"] {
                assert!(after.contains(comment), "{after}");
            }
            let other = |text: &str| {
                text.lines()
                    .filter(|line| !line.contains("web:") && !line.contains("instances:"))
                    .map(str::to_string)
                    .collect::<Vec<String>>()
            };
            assert_eq!(other(after), other(&spec), "nothing else changes");
        }
        write(&spec);
        assert_eq!(forecast(&folder, &["shop.yml", "--fix"]).0, Some(0), "{service}");
    }
}

#[test]
fn what_another_cluster_or_project_reads_stays_as_it_is() {
    let folder = folder("forecast-overlays");
    fs::create_dir_all(folder.join("clusters")).expect("a folder can be made");
    let small = "cluster: small\ncapacity: {instances: {type: m7g.large, count: {min: 2, max: 2}}}\n";
    let large = "cluster: large\ncapacity: {instances: {type: m7g.large, count: {min: 9, max: 9}}}\n";
    fs::write(folder.join("clusters/small.yml"), small).expect("a file can be written");
    fs::write(folder.join("clusters/large.yml"), large).expect("a file can be written");
    let app = "app: shop\nclusters:\n  small: {}\n  large:\nimage: nginx:1.27\nservices:\n  web: {port: {container: 80, host: 80}, count: 4}\n";
    fs::write(folder.join("shop.yml"), app).expect("a file can be written");
    let (_, refused) = forecast(&folder, &["shop.yml"]);
    let own = services(&refused)[0];
    let words = own["repairs"].as_array().expect("repairs").len();
    assert_eq!(
        (words, own["fixes"].as_array().map(Vec::len)),
        (2, Some(1)),
        "the cluster is of another project: {own:#}"
    );
    let (exit, mended) = forecast(&folder, &["shop.yml", "--fix"]);
    assert_eq!(exit, Some(0), "{mended:#}");
    let after = fs::read_to_string(folder.join("shop.yml")).expect("the file is there");
    assert_eq!(
        after,
        app.replace("small: {}", "small: {services: {web: {port: {host: 0}}}}")
    );
    assert_eq!(
        fs::read_to_string(folder.join("clusters/small.yml")).expect("it is there"),
        small
    );
}

#[test]
fn several_services_are_repaired_one_after_another() {
    let folder = folder("forecast-several");
    let spec = "cluster: one\ncapacity: {instances: {type: m7g.large, count: {min: 3, max: 3}}}\n---\napp: shop\ncluster: one\nimage: nginx:1.27\nservices:\n  a: {port: {container: 80, host: 80}, count: 4}\n  b: {count: 3, rollout: {surge: 125%}}\n  c: {count: 1}\n";
    fs::write(folder.join("shop.yml"), spec).expect("a file can be written");
    let output = loadline(&folder, &["forecast", "shop.yml", "--fix"])
        .output()
        .expect("the program starts");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    let said = text(&output.stderr);
    assert_eq!(
        said,
        "shop.yml:8: host: 80 → host: 0\n\
         shop.yml:9: surge: 125% → surge: 134%\n"
    );
    let refused = loadline(&folder, &["forecast", "shop.yml", "--fix", "--instances", "3"]).output();
    assert_eq!(
        refused.expect("the program starts").status.code(),
        Some(64),
        "a spec is not fixed for what is only asked"
    );
}

#[test]
fn what_stands_beside_a_repaired_value_is_not_shown() {
    let folder = folder("forecast-beside");
    let spec = "cluster: one\ncapacity: {instances: {type: m7g.large, count: {min: 3, max: 3}}}\n---\napp: shop\ncluster: one\nimage: nginx:1.27\nservices:\n  a: {environment: {KEY: hunter2}, count: 3, rollout: {surge: 125%}}\n  b: {environment: {KEY: hunter2}, port: {container: 80, host: 80}, count: 3}\n";
    fs::write(folder.join("shop.yml"), spec).expect("a file can be written");
    let run = |arguments: &[&str]| {
        let output = loadline(&folder, &["forecast", "shop.yml"]).args(arguments).output();
        let output = output.expect("the program starts");
        text(&output.stdout) + &text(&output.stderr)
    };
    let mut said = run(&["--html", "page.html"]);
    said += &fs::read_to_string(folder.join("page.html")).expect("the page is there");
    said += &run(&["--output", "json"]);
    said += &run(&["--fix"]);
    assert!(!said.contains("hunter2"), "{said}");
    assert!(said.contains("shop.yml:8: surge: 125% → surge: 134%\n"), "{said}");
    assert!(said.contains("shop.yml:9: host: 80 → host: 0\n"), "{said}");
    let after = fs::read_to_string(folder.join("shop.yml")).expect("the file is there");
    assert_eq!(after.matches("hunter2").count(), 2);
}

#[test]
fn a_key_that_is_missing_is_put_in() {
    let folder = folder("forecast-missing");
    let spec = "cluster: one\ncapacity:\n  instances: {type: t3.small, count: {min: 2, max: 2}}\n---\napp: shop\ncluster: one\nimage: nginx:1.27\nservices:\n  web: # the site\n    count: 2\n    memory: 1600 MiB\n    cpu: 0\n";
    fs::write(folder.join("shop.yml"), spec).expect("a file can be written");
    let output = loadline(&folder, &["forecast", "shop.yml", "--fix"])
        .output()
        .expect("the program starts");
    assert_eq!(text(&output.stderr), "shop.yml:13: + rollout: {healthy: 50%}\n");
    let after = fs::read_to_string(folder.join("shop.yml")).expect("the file is there");
    assert_eq!(after, format!("{spec}    rollout: {{healthy: 50%}}\n"));
}
