//! How the releases of an app look. In: releases. Out: a table for a person, or JSON with a version.

use serde_json::json;

use crate::deploy::releases::Release;
use crate::operate::rollback::History;

/// The version of the JSON shape.
const VERSION: u32 = 1;

/// The releases for a person, the newest first.
pub(in crate::cli) fn text(history: &History, app: &str, cluster: &str) -> String {
    let releases = &history.releases;
    if releases.all.is_empty() {
        return format!(
            "no release of {app} on {cluster} is on record; `loadline apply` writes one down when it serves\n"
        );
    }
    let now = serving(history);
    let rows: Vec<[String; 5]> = releases.all.iter().rev().map(|one| row(one, now)).collect();
    let head = ["release", "when", "by", "images", ""].map(str::to_string);
    let mut widths = [0; 5];
    for row in rows.iter().chain([&head]) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let line = |row: &[String; 5]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        let cells: Vec<String> = cells.collect();
        cells.join("  ").trim_end().to_string()
    };
    let mut text = format!(
        "releases of {app} on {cluster}\n\n\u{1b}[2m  {}\u{1b}[0m\n",
        line(&head)
    );
    for (release, row) in releases.all.iter().rev().zip(&rows) {
        text.push_str(&match now == Some(release.number) {
            true => format!("\u{1b}[32m* {}\u{1b}[0m\n", line(row)),
            false => format!("  {}\n", line(row)),
        });
    }
    if history.is_past {
        text.push_str(
            "\nwhat serves now is none of them: the stack was changed since, and that was not written down\n",
        );
    }
    text
}

/// The number of the release that serves now.
fn serving(history: &History) -> Option<u64> {
    let serving = history.releases.serving().filter(|_| !history.is_past);
    serving.map(|release| release.number)
}

fn row(release: &Release, now: Option<u64>) -> [String; 5] {
    let note = match () {
        () if now == Some(release.number) => "serves",
        () if release.withdrawn => "withdrawn",
        () => "",
    };
    [
        release.number.to_string(),
        release.at.to_string(),
        release.who.clone(),
        images(release),
        note.to_string(),
    ]
}

fn images(release: &Release) -> String {
    let images = release
        .images
        .iter()
        .map(|(repository, digest)| format!("{repository}@{digest}"));
    images.collect::<Vec<_>>().join(", ")
}

/// From where to where it is gone back, and what is not.
pub(in crate::cli) fn way(history: &History, to: &Release, app: &str, cluster: &str) -> String {
    let from = match serving(history) {
        Some(number) => format!("release {number}"),
        None => "what is no release on record".to_string(),
    };
    let images = match to.images.is_empty() {
        true => String::new(),
        false => format!(", {}", images(to)),
    };
    let number = to.number;
    format!(
        "{app} on {cluster}: from {from} to release {number} ({} by {}{images})\n\
         tasks that run before a deployment do not run: what they did since, such as a migration, is not undone\n",
        to.at, to.who
    )
}

/// The releases for a program, the oldest first.
pub(in crate::cli) fn json(history: &History, app: &str, cluster: &str) -> String {
    let document = json!({
        "version": VERSION,
        "app": app,
        "cluster": cluster,
        "serves": history.releases.serves.as_ref().filter(|_| !history.is_past),
        "releases": history.releases.all,
    });
    format!("{document:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::Moment;
    use crate::deploy::releases::{Releases, Serving};

    fn two() -> History {
        let release = |number: u64, who: &str, withdrawn: bool| Release {
            number,
            at: Moment(1_767_603_600_000),
            who: who.to_string(),
            content: "ab".to_string(),
            images: [("shop".to_string(), "sha256:0123456789ab".to_string())].into(),
            withdrawn,
        };
        let releases = Releases {
            serves: Some(Serving {
                number: 10,
                since: Moment(1_767_603_600_000),
                who: "ana@laptop".to_string(),
            }),
            back: None,
            all: vec![release(9, "bo", true), release(10, "ana@laptop", false)],
        };
        History {
            releases,
            is_past: false,
            resumes: None,
        }
    }

    #[test]
    fn what_is_not_on_record_is_said() {
        let history = History { is_past: true, ..two() };
        let told = text(&history, "shop", "production");
        assert!(
            !told.contains("* 10") && told.contains("what serves now is none of them"),
            "{told}"
        );
        let told = way(&history, &history.releases.all[1], "shop", "production");
        assert!(
            told.contains("from what is no release on record to release 10"),
            "{told}"
        );
    }

    #[test]
    fn the_newest_release_comes_first_and_the_one_that_serves_is_marked() {
        let text = anstream::adapter::strip_str(&text(&two(), "shop", "production")).to_string();
        let lines = [
            "releases of shop on production",
            "",
            "  release  when                  by          images",
            "* 10       2026-01-05T09:00:00Z  ana@laptop  shop@sha256:0123456789ab  serves",
            "  9        2026-01-05T09:00:00Z  bo          shop@sha256:0123456789ab  withdrawn",
        ];
        assert_eq!(text.lines().collect::<Vec<_>>(), lines);
    }

    #[test]
    fn a_program_reads_a_version_first() {
        let text = json(&two(), "shop", "production");
        let document: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
        assert_eq!(document["version"], 1);
        assert_eq!(document["serves"]["number"], 10);
        assert_eq!(document["releases"][0]["withdrawn"], true);
    }
}
