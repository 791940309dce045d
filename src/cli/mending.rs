//! `forecast --fix`: one refused service after another is repaired by the first edit that helps it; then the files are written.

use std::collections::BTreeMap;

use super::failure::Failure;
use super::forecast::is_foreign;
use super::view::forecast::changed;
use super::{Output, Session};
use crate::Request;
use crate::declare;
use crate::diag::{Fix, fix};
use crate::rollout::forecast::declared::WhatIf;
use crate::rollout::forecast::mend::Files;
use crate::rollout::forecast::recheck::Trial;
use crate::rollout::forecast::whole;
use crate::source::{Edited, Sources, World};
use crate::spec::Spec;

/// What is declared after an edit, where that has no other faults.
pub(super) fn edited(world: &dyn World, request: &Request, sources: &Sources, fix: &Fix) -> Option<Spec> {
    let mut edited = Edited::new(world);
    for file in fix::apply_one(sources, fix) {
        edited.put(&*sources.get(file.file).path, file.text);
    }
    let declared = declare(&edited, request).ok()?;
    (!declared.diagnostics.iter().any(is_foreign)).then_some(declared.spec)
}

/// Repairs what can be, and says which values have changed.
pub(super) fn mend(session: &Session, request: &Request) -> Result<(), Failure> {
    let what_if = WhatIf::default();
    let mut world = Edited::new(&session.disk);
    let mut read: BTreeMap<String, String> = BTreeMap::new();
    let mut done = String::new();
    loop {
        let declared = declare(&world, request)?;
        let sources = &declared.sources;
        // Each edit leaves one service less that is refused, and none more.
        let forecasts = whole::judged(&declared.spec, &what_if);
        let first = forecasts.iter().find_map(|one| {
            let files = Files {
                sources,
                spec: &declared.spec,
                index: one.index,
            };
            let trial = Trial {
                files,
                what_if: &what_if,
                read: &|fix| edited(&world, request, sources, fix),
            };
            trial.first(one)
        });
        let Some(fix) = first else { break };
        for change in fix::changes(sources, &fix) {
            done.push_str(&format!("{}\n", changed(&change)));
        }
        for file in fix::apply_one(sources, &fix) {
            let old = sources.get(file.file);
            read.entry(old.path.clone()).or_insert_with(|| old.text.clone());
            world.put(&*old.path, file.text);
        }
    }
    for (path, new) in world.files() {
        session.disk.rewrite(path, &read[path], new, "forecast --fix")?;
    }
    if session.terminal.output == Output::Text {
        session.terminal.remark(&done);
    }
    Ok(())
}
