//! The page of a forecast: what stands on it, and what it needs.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::{folder, loadline, text};

/// Two services that stall only together, and one that stalls by its percents at a number it only passes.
const PAIR: &str = "cluster: shared
capacity: {instances: {type: t3.small, count: {min: 3, max: 3}}}
---
app: pair
cluster: shared
image: nginx:1.27
services:
  small: {count: 2, cpu: 0, memory: 800 MiB}
  big: {count: 1, cpu: 0, memory: 1600 MiB, environment: {KEY: \"<script>\"}}
";

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

/// The page of a project, drawn in a folder of its own.
fn drawn(name: &str, project: &Path) -> String {
    let folder = folder(&format!("forecast-page-{name}"));
    let page = |file: &str| {
        let output = loadline(project, &["forecast", ".", "--html"])
            .arg(folder.join(file))
            .output();
        let output = output.expect("the program starts");
        assert_eq!(text(&output.stderr), "");
        fs::read_to_string(folder.join(file)).expect("the page is there")
    };
    let first = page("one.html");
    assert_eq!(first, page("other.html"), "the same forecast makes the same page");
    first
}

/// What a reader sees, a line for each piece of text behind the element it stands in; of pictures how much is in them.
fn structure(page: &str) -> String {
    let body = page.split_once("<body>").expect("there is a body").1;
    let (mut lines, mut element, mut blocks, mut pictures) = (Vec::new(), String::new(), 0, 0);
    for piece in body.split('<').skip(1) {
        let (tag, said) = piece.split_once('>').expect("each tag is closed");
        if !tag.starts_with('/') {
            let name = tag.split_whitespace().next().unwrap_or_default();
            let class = tag.split_once("class=\"").and_then(|(_, rest)| rest.split('"').next());
            element = [Some(name), class]
                .into_iter()
                .flatten()
                .collect::<Vec<&str>>()
                .join(".");
            pictures += usize::from(name == "svg");
            blocks += usize::from(class.is_some_and(|class| class.starts_with("block")));
        }
        let is_drawn = ["text", "title"].iter().any(|name| element.starts_with(name));
        if !said.trim().is_empty() && !is_drawn {
            lines.push(format!("{element}: {}", said.trim()));
        }
    }
    format!("{}\n{pictures} pictures, {blocks} blocks\n", lines.join("\n"))
}

#[test]
fn it_needs_nothing_else() {
    let pair = folder("forecast-page-of-two");
    fs::write(pair.join("pair.yml"), PAIR).expect("a file can be written");
    for (name, project) in [
        ("shop", example("shop")),
        ("never", example("never")),
        ("pair", pair),
        ("fargate", example("fargate")),
    ] {
        let page = drawn(name, &project);
        for word in [
            "<script", "http://", "https://", "src=", "@import", "url(http", "<link", "<iframe",
        ] {
            assert!(!page.contains(word), "{name}: {word}");
        }
        let opened = page.matches("<svg").count();
        assert_eq!(opened, page.matches("</svg>").count(), "{name}");
        assert!(page.contains("prefers-color-scheme: dark") && page.contains("@media print"));
        for tag in page.split('<').skip(1).filter(|tag| !tag.starts_with('/')) {
            let tag = tag.split('>').next().unwrap_or_default();
            assert!(tag.matches(" class=").count() <= 1, "{name}: {tag}");
        }
        assert!(!page.contains("NaN") && !page.contains("inf%"), "{name}");
    }
}

#[test]
fn what_stands_on_it() {
    let pair = folder("forecast-page-structure");
    fs::write(pair.join("pair.yml"), PAIR).expect("a file can be written");
    insta::assert_snapshot!(
        "forecast_page_shop",
        structure(&drawn("structure-shop", &example("shop")))
    );
    insta::assert_snapshot!(
        "forecast_page_never",
        structure(&drawn("structure-never", &example("never")))
    );
    insta::assert_snapshot!("forecast_page_pair", structure(&drawn("structure-pair", &pair)));
}
