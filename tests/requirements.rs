//! The page of requirements: all thirty stand there, and each test and page that it names exists.

use std::fs;
use std::path::Path;

fn read(folder: &Path, into: &mut String) {
    for entry in fs::read_dir(folder).expect("the folder can be listed") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            *into += &fs::read_to_string(&path).expect("source is UTF-8");
        }
    }
}

#[test]
fn every_requirement_is_judged_by_what_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/requirements.md")).expect("the page is there");
    let mut tests = String::new();
    read(&root.join("tests"), &mut tests);
    let rows: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("| ") && !line.contains("---"))
        .collect();
    let mut missing = Vec::new();
    for (row, number) in rows[1..].iter().zip(1..) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        assert_eq!(cells[0], number.to_string(), "{row}");
        for name in cells[2].split('`').skip(1).step_by(2) {
            let is_test = tests.contains(&format!("fn {name}("));
            let is_page = root.join(format!("tests/deploy/{name}.md")).exists();
            let is_point = tests.contains(&format!("name: \"{name}\""));
            if !is_test && !is_page && !is_point && name != "false-success-*" {
                missing.push(format!("{number}: {name}"));
            }
        }
    }
    assert_eq!(rows.len(), 31, "thirty requirements and a heading");
    assert_eq!(missing, Vec::<String>::new());
}
