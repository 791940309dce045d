//! Pairwise rows: in, how many choices each axis has and which pairs exclude each other; out, few rows that together hold every
//! other pair. Greedy and deterministic; knows nothing of what an axis means.

use std::collections::BTreeSet;

/// A choice: its axis, and its number on that axis.
pub type Choice = (usize, usize);

/// Whether two choices of different axes may stand in one row.
pub type Allowed<'a> = &'a dyn Fn(Choice, Choice) -> bool;

/// Rows, each with one choice an axis, that cover each pair of choices that may stand together.
pub fn rows(axes: &[usize], allowed: Allowed) -> Vec<Vec<usize>> {
    let mut open = pairs(axes, allowed);
    let mut rows = Vec::new();
    while let Some(&(first, second)) = open.iter().next() {
        let mut row = vec![None; axes.len()];
        row[first.0] = Some(first.1);
        row[second.0] = Some(second.1);
        if complete(&mut row, axes, allowed, &open) {
            let row: Vec<usize> = row.into_iter().map(|choice| choice.expect("a complete row")).collect();
            for pair in pairs_of(&row) {
                open.remove(&pair);
            }
            rows.push(row);
        } else {
            // No row can hold this pair: other axes leave no choice beside it.
            open.remove(&(first, second));
        }
    }
    rows
}

/// Each pair of choices that may stand together.
pub fn pairs(axes: &[usize], allowed: Allowed) -> BTreeSet<(Choice, Choice)> {
    let choices: Vec<Choice> = axes
        .iter()
        .enumerate()
        .flat_map(|(axis, count)| (0..*count).map(move |choice| (axis, choice)))
        .collect();
    let all = choices
        .iter()
        .flat_map(|first| choices.iter().map(move |second| (*first, *second)));
    all.filter(|(first, second)| first.0 < second.0 && allowed(*first, *second))
        .collect()
}

/// The pairs that a row holds.
pub fn pairs_of(row: &[usize]) -> Vec<(Choice, Choice)> {
    let choices: Vec<Choice> = row.iter().copied().enumerate().collect();
    let all = choices
        .iter()
        .flat_map(|first| choices.iter().map(move |second| (*first, *second)));
    all.filter(|(first, second)| first.0 < second.0).collect()
}

/// Fills the empty axes of a row, the one with the fewest choices first, by the choice that covers most of the open pairs; goes
/// back as soon as some axis has no choice left.
fn complete(row: &mut [Option<usize>], axes: &[usize], allowed: Allowed, open: &BTreeSet<(Choice, Choice)>) -> bool {
    let others: Vec<Choice> = row
        .iter()
        .enumerate()
        .filter_map(|(other, choice)| Some((other, (*choice)?)))
        .collect();
    let pair = |one: Choice, other: Choice| (one.min(other), one.max(other));
    let fits = |side: Choice| {
        others
            .iter()
            .map(|other| pair(side, *other))
            .all(|(first, second)| allowed(first, second))
    };
    let gain = |side: Choice| {
        others
            .iter()
            .filter(|other| open.contains(&pair(side, **other)))
            .count()
    };
    let empty = (0..axes.len()).filter(|axis| row[*axis].is_none());
    let choices = empty.map(|axis| {
        (0..axes[axis])
            .map(|choice| (axis, choice))
            .filter(|side| fits(*side))
            .collect()
    });
    let Some(mut choices) = choices.min_by_key(Vec::len) else {
        return true;
    };
    choices.sort_by_key(|side| std::cmp::Reverse(gain(*side)));
    for (axis, choice) in choices {
        row[axis] = Some(choice);
        if complete(row, axes, allowed, open) {
            return true;
        }
        row[axis] = None;
    }
    false
}

#[test]
fn rows_hold_every_allowed_pair() {
    let axes = [3, 2, 4, 3, 2, 5, 2];
    // Choice 0 of the first axis excludes all but one choice of the third, and a chain follows from that one.
    let allowed = |first: Choice, second: Choice| {
        !(first == (0, 0) && second.0 == 2 && second.1 != 3 || first == (2, 3) && second == (5, 4))
    };
    let rows = rows(&axes, &allowed);
    let held: BTreeSet<(Choice, Choice)> = rows.iter().flat_map(|row| pairs_of(row)).collect();
    assert!(held.iter().all(|(first, second)| allowed(*first, *second)));
    let missing: Vec<_> = pairs(&axes, &allowed).difference(&held).copied().collect();
    // (0, 0) forces (2, 3), which forbids (5, 4): only that pair cannot be.
    assert_eq!(missing, [((0, 0), (5, 4))]);
    assert!(rows.len() <= 30, "{} rows; twenty are the least", rows.len());
}
