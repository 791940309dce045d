//! `loadline scale` as a user runs it: what is written, what is refused and then not written, and what is deployed over ministack.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::judges::venv::scratch;

const SPEC: &str = "\
cluster: far
region: eu-west-1
capacity: {instances: {type: m7g.large, count: {min: 2, max: 2}}}
---
app: letters
cluster: far
image: {repository: letters}
services:
  web:
    command: serve
    count: 2 # one in each zone
    memory: 2 GiB
";

fn scale(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let arguments = [&["scale"], arguments].concat();
    let output = crate::cli::loadline(folder, &arguments).output();
    let Output { status, stdout, stderr } = output.expect("the program starts");
    let text = [stdout, stderr].map(|bytes| String::from_utf8(bytes).expect("the output is UTF-8"));
    (status.code(), text.concat())
}

#[test]
fn what_cannot_be_deployed_is_not_written() {
    let folder = scratch("scaling");
    let file = folder.join("all.yml");
    fs::write(&file, SPEC).expect("a file can be written");
    let text = || fs::read_to_string(&file).expect("it is there");

    let (code, said) = scale(&folder, &["--print", "letters/web=3"]);
    assert_eq!((code, text().as_str()), (Some(0), SPEC), "{said}");
    assert!(said.contains("all.yml:11: letters/web: 2 becomes 3"), "{said}");

    // Eight of 2 GiB have no room on two instances of 8 GiB.
    let (code, said) = scale(&folder, &["all.yml", "letters/web=8", "--yes"]);
    assert_eq!((code, text().as_str()), (Some(1), SPEC), "{said}");
    assert!(said.contains("nothing was written"), "{said}");

    let (code, said) = scale(&folder, &["letters/api=3", "--print"]);
    assert_eq!(code, Some(64), "{said}");
    assert!(said.contains("has no service `api`"), "{said}");
    let (code, said) = scale(&folder, &["letters/web=3-1", "--print"]);
    assert_eq!(code, Some(64), "{said}");
    let (code, said) = scale(&folder, &["letters/web=3", "--print", "--output", "json"]);
    assert_eq!(code, Some(0), "{said}");
    let shown: serde_json::Value = serde_json::from_str(&said).expect("it is JSON");
    assert_eq!(shown["version"], 1);
    let text = shown["files"][0]["text"].as_str().expect("it is text");
    assert!(text.contains("count: 3 # one in each zone"), "{text}");
}

#[cfg(feature = "aws")]
#[test]
fn a_service_is_scaled_over_ministack_and_keeps_its_image() {
    use crate::aws::wait;
    use crate::contract::{Ground, Served};
    use crate::emulators::Emulator;
    use crate::planning::{loadline, project, publish};
    use loadline::cloud::Cloud;

    const APP: &str = "\
app: letters
cluster: far
image: {repository: letters}
services:
  worker: {command: work, count: 1, memory: 512 MiB} # slow
";
    let served = Served::new(Emulator::ministack());
    let url = served.emulator.url.clone();
    let folder = project("scaling-ministack", APP);
    let run = |name: &str, arguments: &[&str]| {
        let output = loadline(&folder, &url, name, arguments)
            .output()
            .expect("the program starts");
        let Output { status, stdout, stderr } = output;
        let text = [stdout, stderr].map(|bytes| String::from_utf8(bytes).expect("the output is UTF-8"));
        (status.code(), text.concat())
    };
    wait(publish(served.cloud()));
    let (code, said) = run("apply", &["--yes", "--until", "registry"]);
    assert_eq!(code, Some(0), "{said}");
    wait(served.push("letters", "1"));
    let (code, said) = run("apply", &["--yes"]);
    assert_eq!(code, Some(0), "{said}");
    let image = |stack: &str| {
        let stack = wait(served.cloud().describe_stack(stack)).expect("it is there");
        stack.parameters.clone()
    };
    let before = image("far-letters");

    // A newer image is no part of it, and nobody has confirmed it.
    wait(served.push("letters", "2"));
    let (code, said) = run("scale", &["letters/worker=2"]);
    assert_eq!(code, Some(64), "{said}");
    assert!(said.contains("nothing was written"), "{said}");
    let (_, said) = run("scale", &["letters/worker=2", "--yes"]);
    assert!(said.contains("1 becomes 2"), "{said}");
    assert!(said.contains("DesiredCount"), "{said}");
    let text = fs::read_to_string(folder.join("app.yml")).expect("it is there");
    assert!(text.contains("count: 2, memory: 512 MiB} # slow"), "{text}");
    assert_eq!(image("far-letters"), before);
}
