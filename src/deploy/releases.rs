//! The releases of an app on a cluster: what served, and what serves now. In: what came to serve. Out: nouns, and which one is gone
//! back to. Must not know where they are kept.
//!
//! A deployment that serves is a release with a number of its own. Going back makes none: it moves the mark of what serves. What was
//! gone back from is withdrawn as soon as the next release serves, and is not gone back to unless it is named.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cloud::Moment;

/// How many releases are remembered: a parameter of Systems Manager has 4,096 bytes.
const REMEMBERED: usize = 10;

/// What served once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Its number, from 1.
    pub number: u64,
    /// When its stack had changed.
    pub at: Moment,
    /// Who deployed it.
    pub who: String,
    /// What it is made of, in a word: template, and values of parameters.
    pub content: String,
    /// The beginnings of the digests of its images, by repository.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub images: BTreeMap<String, String>,
    /// Whether it was gone back from.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
}

/// What serves now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Serving {
    /// The number of the release.
    pub number: u64,
    /// Since when.
    pub since: Moment,
    /// Who deployed it, or went back to it.
    pub who: String,
}

/// The last releases of an app on a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Releases {
    /// What serves now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serves: Option<Serving>,
    /// The number of the release that is gone back to, from before its stack changes until it serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<u64>,
    /// By their numbers, the oldest first.
    #[serde(default, rename = "releases", skip_serializing_if = "Vec::is_empty")]
    pub all: Vec<Release>,
}

impl Releases {
    /// The release of this number.
    pub fn get(&self, number: u64) -> Option<&Release> {
        self.all.iter().find(|release| release.number == number)
    }

    /// The release that serves now.
    pub fn serving(&self) -> Option<&Release> {
        self.get(self.serves.as_ref()?.number)
    }

    /// The release that served before the one that serves now, and is neither the same nor withdrawn.
    pub fn before(&self) -> Option<&Release> {
        let now = self.serving()?;
        let mut earlier = self.all.iter().filter(|one| one.number < now.number);
        earlier.rfind(|one| !one.withdrawn && one.content != now.content)
    }

    /// The number of the next release.
    pub(super) fn next(&self) -> u64 {
        self.all.last().map_or(0, |last| last.number) + 1
    }

    /// A new release serves.
    pub(super) fn add(&mut self, release: Release) {
        let serves = self.serves.as_ref().map_or(0, |serves| serves.number);
        for left in self.all.iter_mut().filter(|one| one.number > serves) {
            left.withdrawn = true;
        }
        self.back = None;
        self.serves = Some(Serving {
            number: release.number,
            since: release.at,
            who: release.who.clone(),
        });
        self.all.push(release);
        while self.all.len() > REMEMBERED {
            self.forget();
        }
    }

    /// An earlier release serves again.
    pub(super) fn go_back(&mut self, number: u64, since: Moment, who: &str) {
        self.back = None;
        self.serves = Some(Serving {
            number,
            since,
            who: who.to_string(),
        });
    }

    /// Forgets the oldest release that does not serve. Returns whether there was one.
    pub(super) fn forget(&mut self) -> bool {
        let serves = self.serves.as_ref().map(|serves| serves.number);
        let oldest = self.all.iter().position(|one| Some(one.number) != serves);
        // The newest one has the last number.
        match oldest.filter(|at| at + 1 < self.all.len()) {
            Some(at) => {
                self.all.remove(at);
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(number: u64, content: &str) -> Release {
        Release {
            number,
            content: content.to_string(),
            ..Release::default()
        }
    }

    fn deploy(releases: &mut Releases, content: &str) {
        let next = releases.next();
        releases.add(release(next, content));
    }

    fn back(releases: &mut Releases) -> Option<u64> {
        let number = releases.before()?.number;
        releases.go_back(number, Moment::default(), "ana");
        Some(number)
    }

    #[test]
    fn going_back_leads_ever_further_back() {
        let mut releases = Releases::default();
        assert_eq!(back(&mut releases), None);
        for content in ["a", "b", "c"] {
            deploy(&mut releases, content);
        }
        assert_eq!(back(&mut releases), Some(2));
        assert_eq!(back(&mut releases), Some(1));
        assert_eq!(back(&mut releases), None);
    }

    #[test]
    fn what_was_gone_back_from_is_not_gone_back_to() {
        let mut releases = Releases::default();
        for content in ["good", "bad"] {
            deploy(&mut releases, content);
        }
        assert_eq!(back(&mut releases), Some(1));
        deploy(&mut releases, "mended");
        assert_eq!(releases.serving().map(|release| release.number), Some(3));
        assert_eq!(back(&mut releases), Some(1));
    }

    #[test]
    fn the_same_content_is_no_way_back() {
        let mut releases = Releases::default();
        for content in ["a", "b", "b"] {
            deploy(&mut releases, content);
        }
        assert_eq!(back(&mut releases), Some(1));
    }

    #[test]
    fn ten_are_remembered_and_the_one_that_serves() {
        let mut releases = Releases::default();
        for number in 0..12 {
            deploy(&mut releases, &number.to_string());
        }
        let numbers: Vec<u64> = releases.all.iter().map(|one| one.number).collect();
        assert_eq!(numbers, [3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        releases.go_back(3, Moment::default(), "ana");
        while releases.forget() {}
        let numbers: Vec<u64> = releases.all.iter().map(|one| one.number).collect();
        assert_eq!(numbers, [3, 12]);
        assert_eq!(releases.next(), 13);
    }
}
