//! The instances as letters in brackets: a line for each zone. In: an [`Outlook`]. Out: lines for a terminal.

use std::collections::BTreeSet;

use crate::rollout::forecast::bins::{Bin, Loss, place};
use crate::rollout::forecast::declared::Ground;
use crate::rollout::forecast::outlook::{Outlook, copies_at};

const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz";

/// A letter for each service, of its own name where that can be; `None` where there are more services than letters.
pub(super) fn letters(ground: &Ground) -> Option<Vec<char>> {
    if ground.members.len() > LETTERS.len() {
        return None;
    }
    let mut letters: Vec<char> = Vec::new();
    for member in &ground.members {
        let own = member
            .name
            .rsplit('/')
            .next()
            .unwrap_or("")
            .chars()
            .chain(LETTERS.chars());
        let free = own
            .filter(char::is_ascii_alphabetic)
            .find(|letter| !letters.contains(letter));
        letters.push(free.expect("there are fewer services than letters"));
    }
    Some(letters)
}

/// A line for each zone: its instances, a letter for each copy, and what is free.
pub(super) fn sketch(outlook: &Outlook) -> String {
    let ground = &outlook.ground;
    let all = place(ground, Loss::Nothing, |member| copies_at(member, outlook.reach)).bins;
    let occupied: BTreeSet<i64> = all.iter().map(|bin| bin.zone).collect();
    let Some(letters) = letters(ground).filter(|_| !all.is_empty()) else {
        return String::new();
    };
    let drawn = |bin: &Bin| -> String {
        let copies = bin.copies.iter().zip(&letters);
        let shown = copies.map(|(count, letter)| match count {
            0 => String::new(),
            1..=3 => letter.to_string().repeat(*count as usize),
            _ => format!("{count}{letter}"),
        });
        format!("[{}]", shown.collect::<String>())
    };
    let mut text = String::new();
    for zone in occupied {
        let inside = || all.iter().filter(|bin| bin.zone == zone);
        let free: i64 = inside().map(|bin| bin.memory.1).sum();
        let has: i64 = inside().map(|bin| bin.memory.0).sum();
        let row: Vec<String> = inside().map(drawn).collect();
        text.push_str(&format!(
            "  zone {}: {}  {:.1} of {:.1} GiB free\n",
            zone + 1,
            row.join(" "),
            free as f64 / 1024.0,
            has as f64 / 1024.0
        ));
    }
    let keys = ground
        .members
        .iter()
        .zip(&letters)
        .map(|(member, letter)| format!("{letter} = {}", member.name));
    text.push_str(&format!(
        "  one placement of many; {}\n",
        keys.collect::<Vec<_>>().join(", ")
    ));
    text
}
