//! Repairs, each tried on the spec that it makes: only what the same forecast finds to help is offered as an edit. In: the
//! rows of a forecast, the files, a way to read edited files. Out: rows with their fixes.

use crate::diag::Fix;
use crate::spec::Spec;

use super::declared::{Ground, WhatIf};
use super::judge::Verdict;
use super::mend::Files;
use super::outlook::Outlook;
use super::repair::Repair;
use super::row::{Row, on_fargate};
use super::whole::Forecast;

/// Up to how many edits are tried for a cluster: each is a forecast of its own.
const TRIED: usize = 32;

/// What a repair is tried with.
#[derive(Clone, Copy)]
pub struct Trial<'a> {
    /// The files as they are.
    pub files: Files<'a>,
    /// What is asked in place of what is declared.
    pub what_if: &'a WhatIf,
    /// What is declared once a fix is applied; `None` where that has faults.
    pub read: &'a dyn Fn(&Fix) -> Option<Spec>,
}

impl Trial<'_> {
    /// Gives each repair of a forecast its edit, where it has one that helps: the first of each service before all others.
    pub fn run(self, forecast: &mut Forecast) {
        let before: Vec<Row> = forecast.rows().cloned().collect();
        let most = before.iter().map(|row| row.ways.len()).max().unwrap_or(0);
        let order = (0..most).flat_map(|way| (0..before.len()).map(move |row| (row, way)));
        let order = order.filter(|(row, way)| *way < before[*row].ways.len());
        for (at, way) in order.take(TRIED) {
            let Some((fix, after)) = self.tried(&before, at, &before[at].ways[way].repair) else {
                continue;
            };
            if let Some(row) = forecast.rows_mut().nth(at) {
                row.ways[way].fix = Some(fix);
                row.ways[way].after = after.map(Box::new);
            }
        }
    }

    /// The first edit that helps a service that is refused, and no other one less; `forecast` need not know any repairs.
    pub fn first(self, forecast: &Forecast) -> Option<Fix> {
        let before: Vec<Row> = forecast.rows().cloned().collect();
        let refused = before.iter().enumerate().filter(|(_, row)| row.refused);
        refused.into_iter().find_map(|(at, row)| {
            let mut repairs: Vec<Repair> = row.ways.iter().map(|way| way.repair.clone()).collect();
            if let Some(outlook) = forecast.outlook.as_ref().filter(|_| !row.fargate) {
                repairs.extend(outlook.repairs(at, self.files.spec, self.files.index, self.what_if));
            }
            let mut fixes = repairs.iter().filter_map(|repair| self.tried(&before, at, repair));
            fixes.next().map(|(fix, _)| fix)
        })
    }

    /// The edit of a repair, if it helps, and what is declared then.
    fn tried(self, before: &[Row], at: usize, repair: &Repair) -> Option<(Fix, Option<Ground>)> {
        let row = &before[at];
        let fix = self.files.fix(&row.app, own_name(&row.name), repair)?;
        let after = self.helps(before, at, repair, &fix)?;
        Some((fix, after))
    }

    /// What is declared after an edit, if a service converges then and none fares worse; nothing of that for one on Fargate.
    fn helps(self, before: &[Row], at: usize, repair: &Repair, fix: &Fix) -> Option<Option<Ground>> {
        let spec = (self.read)(fix)?;
        // What is edited is not asked for otherwise.
        let mut what_if = self.what_if.clone();
        match repair {
            Repair::Instances(_) => what_if.instances = None,
            Repair::Type(_) => what_if.kind = None,
            Repair::Count(_) => {
                let own = &before[at];
                let full = format!("{}/{}", own.app, own_name(&own.name));
                what_if
                    .counts
                    .retain(|name, _| *name != full && *name != *own_name(&own.name));
            }
            _ => {}
        }
        let outlook = Outlook::of(&spec, self.files.index, &what_if);
        let (ground, mut after) = match outlook {
            Some(outlook) => (Some(outlook.ground), outlook.rows),
            None => (None, Vec::new()),
        };
        after.extend(on_fargate(&spec, self.files.index, &what_if));
        if after.len() != before.len() {
            return None;
        }
        let mut pairs = before.iter().zip(&after);
        let worse = |(before, after): (&Row, &Row)| {
            before.name != after.name || trouble(after) > trouble(before) || (after.refused && !before.refused)
        };
        let own = &after[at];
        // With the fewest copies in trouble, the most are another matter.
        let ends = match before[at].at_least == Verdict::Converges && !before[at].killed {
            true => own.converges(),
            false => own.at_least == Verdict::Converges && !own.killed,
        };
        (ends && !pairs.any(worse)).then_some(ground.filter(|_| !own.fargate))
    }
}

/// How much is wrong with both ends of a row.
fn trouble(row: &Row) -> (u8, u8) {
    let rank = |verdict: &Verdict| match verdict {
        Verdict::Converges => 0,
        Verdict::Unproven(_) => 1,
        Verdict::MayStall(_) => 2,
        Verdict::Cannot(_) => 3,
    };
    (rank(&row.at_least), rank(&row.at_most))
}

/// The name of a service within its app.
pub fn own_name(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}
