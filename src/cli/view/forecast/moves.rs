//! A run that stalls, move by move, with the instances as letters in brackets. In: a row with its witness. Out: lines for a
//! terminal.

use crate::rollout::forecast::board::{Key, Move};
use crate::rollout::forecast::judge::{Stall, Verdict};
use crate::rollout::forecast::outlook::Outlook;
use crate::rollout::forecast::row::Row;
use crate::rollout::forecast::script::{Frame, frames};
use crate::rollout::forecast::system::{Course, Side, System};

use super::sketch::letters;
use super::text::wrapped;

/// More instances than this are not shown after each move.
const SHOWN: usize = 8;
/// So many moves are shown at the beginning, and at the end.
const ENDS: usize = 20;

/// The run of a row that may stall, and the system it is a run of: with the fewest copies where that is enough.
pub(super) fn witness<'a>(row: &'a Row, outlook: &'a Outlook) -> Option<(&'a System, &'a [Move])> {
    let of = |verdict: &'a Verdict, system: &'a System| match verdict {
        Verdict::MayStall(Stall::Run(run)) => Some((system, &run[..])),
        _ => None,
    };
    of(&row.at_least, &outlook.small).or_else(|| of(&row.at_most, &outlook.large))
}

/// The lines of a row.
pub(super) fn moves(row: &Row, outlook: &Outlook, width: usize) -> String {
    let Some((system, run)) = witness(row, outlook) else {
        return String::new();
    };
    let frames = frames(system, Side::Least, Course::Rollout, run).unwrap_or_default();
    let letters = letters(&outlook.ground);
    let mut text = match letters {
        Some(_) => wrapped(
            "move by move; small letters are copies of today, capitals new ones:",
            6,
            width,
        ),
        None => wrapped("move by move:", 6, width),
    };
    let drawn = |frame: &Frame| match &letters {
        Some(letters) if frame.hosts.len() <= SHOWN => frame.hosts.iter().map(|key| bracket(key, letters)).collect(),
        Some(letters) => frame
            .step
            .map_or(String::new(), |step| bracket(&frame.hosts[step.host()], letters)),
        None => String::new(),
    };
    let left_out = frames.len().saturating_sub(2 * ENDS + 1);
    for (number, frame) in frames.iter().enumerate() {
        if number > ENDS && number <= ENDS + left_out {
            if number == ENDS + 1 {
                text.push_str(&format!("        … {left_out} moves more …\n"));
            }
            continue;
        }
        let said = match frame.step {
            Some(step) => format!("{number:3}. {}", step.words(system).replace('`', "")),
            None => "     today".to_string(),
        };
        text.push_str(format!("      {said:<50}  {}\n", drawn(frame)).trim_end());
        text.push('\n');
    }
    text.push_str("           then nothing can move\n");
    text
}

fn bracket(key: &Key, letters: &[char]) -> String {
    let tasks = key.iter().map(|(service, new, count)| {
        let letter = match new {
            true => letters[*service].to_ascii_uppercase(),
            false => letters[*service],
        };
        match count {
            1..=3 => letter.to_string().repeat(*count as usize),
            _ => format!("{count}{letter}"),
        }
    });
    format!("[{}]", tasks.collect::<String>())
}
