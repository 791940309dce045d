//! How stuck stacks look: what is the matter, on which resources, and what would be called. In: cases and leases. Out: text for a
//! person, or JSON with a version.

use serde_json::{Value, json};

use crate::deploy::recover::{Call, Rescue};
use crate::operate::recover::{Case, Held, Named, Stuck};

use super::plain::{Page, printable};

/// The version of the JSON shape.
const VERSION: u32 = 1;

/// For a person.
pub(in crate::cli) fn text(cases: &[Case], held: &[Held], breaks: bool, width: usize) -> String {
    let mut text = String::new();
    for case in cases {
        text.push_str(&one(case, width));
    }
    for held in held {
        text.push_str(&lease(held, breaks));
    }
    text
}

fn one(case: &Case, width: usize) -> String {
    let status = match case.status.as_str() {
        "" => String::new(),
        status => format!("  {status}"),
    };
    let colour = match (&case.rescue, case.is_helpless) {
        (None, false) => "2",
        _ => "31",
    };
    let mut text = format!("\u{1b}[1m{}\u{1b}[0m\u{1b}[{colour}m{status}\u{1b}[0m\n", case.stack);
    let page = Page::plain(width);
    for line in page.wrapped(&case.matter, 2) {
        text.push_str(&format!("  {line}\n"));
    }
    text.extend(case.stuck.iter().map(|stuck| self::stuck(stuck, page)));
    if let Some(rescue) = &case.rescue {
        text.push_str(&format!("  would call: {}\n", call(rescue)));
    }
    if !case.goes.is_empty() {
        text.push_str("  would be deleted:\n");
        text.extend(case.goes.iter().map(named));
    }
    if !case.stays.is_empty() {
        text.push_str("  would stay, in no stack:\n");
        text.extend(case.stays.iter().map(named));
    }
    text + "\n"
}

fn stuck(stuck: &Stuck, page: Page) -> String {
    let owner = stuck
        .owner
        .as_ref()
        .map(|owner| format!(" · {owner}"))
        .unwrap_or_default();
    let mut text = format!(
        "  \u{1b}[31m✗ {}\u{1b}[0m  {} · {}{owner}\n",
        stuck.logical,
        stuck.kind,
        stuck.status.as_str()
    );
    if let Some(reason) = &stuck.reason {
        for line in page.wrapped(reason, 6) {
            text.push_str(&format!("      {line}\n"));
        }
    }
    if let Some(place) = &stuck.place {
        text.push_str(&format!("    \u{1b}[34m-->\u{1b}[0m {place}\n"));
    }
    text
}

fn named(one: &Named) -> String {
    format!("    {}  {} · {}\n", one.logical, one.kind, printable(&one.physical))
}

/// A call as it would be made.
fn call(rescue: &Rescue) -> String {
    let list = |name: &str, ids: &[String]| match ids.is_empty() {
        true => String::new(),
        false => format!(", {name}={}", ids.join(" ")),
    };
    let with = match &rescue.call {
        Call::Continue { skipped } => list("ResourcesToSkip", skipped),
        Call::RollBack => String::new(),
        Call::Delete { retained } => list("RetainResources", retained),
    };
    format!("{} StackName={}{with}", rescue.call.operation(), rescue.stack)
}

fn lease(held: &Held, breaks: bool) -> String {
    let lease = &held.lease;
    let state = match (held.is_alive, breaks) {
        (true, false) => format!(
            "and it holds until {} unless it is extended: `--break-lease` takes it away",
            lease.until
        ),
        (true, true) => "and would be taken away, though that one may still be at work".to_string(),
        (false, _) => format!("and is gone since {}: the lease would be taken away", lease.until),
    };
    format!(
        "lease of \u{1b}[1m{}\u{1b}[0m  {} deploys since {}, {state}\n\n",
        held.cluster,
        printable(&lease.holder.who),
        lease.since
    )
}

/// For a program: one line.
pub(in crate::cli) fn json(cases: &[Case], held: &[Held]) -> String {
    let cases = cases.iter().map(|case| {
        let call = case.rescue.as_ref().map(|rescue| {
            let (skipped, retained) = match &rescue.call {
                Call::Continue { skipped } => (json!(skipped), json!([])),
                Call::RollBack => (json!([]), json!([])),
                Call::Delete { retained } => (json!([]), json!(retained)),
            };
            json!({"operation": rescue.call.operation(), "skipped": skipped, "retained": retained})
        });
        json!({
            "stack": case.stack,
            "status": case.status,
            "matter": case.matter,
            "helpless": case.is_helpless,
            "call": call,
            "stuck": case.stuck,
            "goes": case.goes,
            "stays": case.stays,
        })
    });
    let leases = held.iter().map(|held| {
        json!({
            "cluster": held.cluster,
            "who": held.lease.holder.who,
            "since": held.lease.since,
            "until": held.lease.until,
            "holds": held.is_alive,
        })
    });
    let document = json!({
        "version": VERSION,
        "type": "recover",
        "stacks": cases.collect::<Value>(),
        "leases": leases.collect::<Value>(),
    });
    format!("{document}\n")
}
