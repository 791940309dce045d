//! Many rehearsals: how often each outcome, how long, and which cause was named first. In: a rehearsal by seed. Out: a table.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use super::failure::{Exit, Failure};
use super::{Output, Session};
use crate::cloud::span_of_time;
use crate::deploy::watch::{Outcome, View};

/// What many runs that ended the same way have in common.
#[derive(Default)]
struct Ended {
    seconds: Vec<i64>,
    causes: BTreeMap<String, usize>,
}

/// Runs `rehearse` for seeds from 0 on, and prints how they ended.
pub(super) fn run(session: &Session, seeds: u64, rehearse: &dyn Fn(u64) -> View) -> Result<Exit, Failure> {
    session
        .terminal
        .accept("rehearse --seeds", &[Output::Text, Output::Json])?;
    let mut all: BTreeMap<(u8, &'static str), Ended> = BTreeMap::new();
    let mut worst = Outcome::Done;
    for seed in 0..seeds {
        let view = rehearse(seed);
        let outcome = view.outcome.unwrap_or(Outcome::Failed);
        if outcome != Outcome::Done {
            worst = outcome;
        }
        let ended = all.entry((outcome.exit_code(), outcome.words())).or_default();
        ended.seconds.push(view.now.seconds_since(view.began));
        let first = view
            .causes
            .told()
            .first()
            .map(|cause| format!("{}: {}", cause.subject, cause.name));
        if let Some(first) = first {
            *ended.causes.entry(first).or_default() += 1;
        }
    }
    let mut text = String::new();
    let mut rows = Vec::new();
    for ((exit, words), ended) in &mut all {
        ended.seconds.sort_unstable();
        let at = |share: usize| ended.seconds[(ended.seconds.len() - 1) * share / 100];
        let span = |seconds: i64| span_of_time(Duration::from_secs(seconds as u64));
        text.push_str(&format!(
            "{:>6} of {seeds} {words}: {} at least, {} in the middle, {} in 95 of 100, {} at most\n",
            ended.seconds.len(),
            span(at(0)),
            span(at(50)),
            span(at(95)),
            span(at(100)),
        ));
        for (cause, count) in &ended.causes {
            text.push_str(&format!("       {count:>6}  {cause}\n"));
        }
        rows.push(json!({
            "exit": exit, "outcome": words, "runs": ended.seconds.len(),
            "seconds": {"least": at(0), "median": at(50), "p95": at(95), "most": at(100)},
            "causes": ended.causes,
        }));
    }
    match session.terminal.output {
        Output::Json => session.terminal.print(&format!(
            "{:#}\n",
            json!({"version": 1, "seeds": seeds, "outcomes": rows})
        ))?,
        _ => session.terminal.print(&text)?,
    }
    Ok(Exit::Deployment(worst))
}
