//! The rules of ECS: what is known of them, case by case, and what must hold of them always.

mod checks;
mod properties;

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use loadline::catalog::{fargate, instance, quotas};
use loadline::library::types::Cidr;
use loadline::rollout::Percents;
use loadline::rollout::breaker::Threshold;
use loadline::rollout::convergence::{Case, Verdict};
use loadline::rollout::deployments::{Updated, parameter};
use loadline::rollout::health::{self, ContainerCheck, Health, Judges, TargetCheck};
use loadline::rollout::interfaces;
use loadline::rollout::limits::least_start_time;
use loadline::rollout::memory::{Registered, registered};
use loadline::rollout::refresh::{self, Refresh};
use loadline::rollout::reservation::{self, Request};
use loadline::rollout::scaling::{Scaling, reservation};
use loadline::rollout::stage::StopPath;
use loadline::rollout::timeline::{Order, Times, run};
use loadline::rollout::zones;

const NOTHING: &str = "–";

/// A row of a table, by its columns.
struct Row<'a>(BTreeMap<&'a str, &'a str>);

impl Row<'_> {
    fn text(&self, column: &str) -> &str {
        let cell = self.0.get(column);
        cell.unwrap_or_else(|| panic!("there is a column `{column}`"))
    }

    fn maybe(&self, column: &str) -> Option<i64> {
        let cell = self.text(column);
        (cell != NOTHING).then(|| cell.parse().unwrap_or_else(|_| panic!("`{cell}` is a number")))
    }

    fn number(&self, column: &str) -> i64 {
        self.maybe(column)
            .unwrap_or_else(|| panic!("`{column}` is not nothing"))
    }

    fn percents(&self) -> Percents {
        Percents {
            healthy: self.number("healthy"),
            surge: self.number("surge"),
        }
    }
}

/// What a rule says, by the column that it must be in.
type Answers = Vec<(&'static str, String)>;

fn number(number: i64) -> String {
    number.to_string()
}

fn maybe(value: Option<i64>) -> String {
    value.map_or(NOTHING.to_string(), number)
}

fn truth(value: bool) -> String {
    if value { "yes" } else { "no" }.to_string()
}

fn list(items: impl IntoIterator<Item = impl ToString>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    match items.is_empty() {
        true => NOTHING.to_string(),
        false => items.join(" "),
    }
}

/// A kind of case and its rule.
type Kind = (&'static str, fn(&Row) -> Answers);

/// All kinds.
const KINDS: &[Kind] = &[
    ("percent bounds", percent_bounds),
    ("breaker threshold", breaker_threshold),
    ("registered memory", |row| {
        vec![("mib", number(registered(row.number("bytes"), row.number("reserve"))))]
    }),
    ("task reservation", task_reservation),
    ("memory slots", |row| {
        let has = Registered::exactly(row.number("registered"));
        assert!(instance(row.text("instance")).is_some());
        vec![("slots", number(has.slots(row.number("task")).0))]
    }),
    ("interface slots", |row| {
        let one = instance(row.text("instance")).expect("a known type");
        let trunk = one.trunk_slots.map(|_| interfaces::slots(&one, true));
        vec![
            ("plain", number(interfaces::slots(&one, false))),
            ("trunking", maybe(trunk)),
        ]
    }),
    ("provider reservation", |row| {
        vec![(
            "percent",
            reservation(row.number("needed"), row.number("present")).to_string(),
        )]
    }),
    ("scale out", |row| {
        let scaling = Scaling {
            target: row.number("target"),
            least_step: 1,
            most_step: 10_000,
            most: 100,
            warm_up: 300,
        };
        let grown = scaling.grown(row.number("needed"), row.number("present"));
        vec![("instances", number(grown))]
    }),
    ("instance refresh", instance_refresh),
    ("refresh percents", |row| {
        vec![("valid", truth(refresh_of(row).is_valid()))]
    }),
    ("successful instances", |row| {
        let number_of = refresh::must_succeed(row.number("instances"), row.number("percent"));
        vec![("must succeed", number(number_of))]
    }),
    ("rolling update", |row| {
        let moves = refresh::rolling_update_moves(row.number("in service"), row.number("maximum"));
        vec![("valid", truth(moves))]
    }),
    ("target turns unhealthy", |row| {
        let check = target(row.number("interval"), 2, row.number("failures"));
        vec![("seconds", number(check.unhealthy_after()))]
    }),
    ("target turns healthy", |row| {
        // The threshold plays no part.
        row.number("threshold");
        vec![("answers", number(TargetCheck::FIRST_ANSWERS))]
    }),
    ("target recovers", |row| {
        let check = target(row.number("interval"), row.number("answers"), 2);
        vec![("seconds", number(check.recovers_after()))]
    }),
    ("container turns unhealthy", |row| {
        let check = ContainerCheck {
            interval: row.number("interval"),
            timeout: row.number("timeout"),
            retries: row.number("retries"),
            start_period: row.number("start period"),
        };
        vec![("seconds", number(check.unhealthy_within()))]
    }),
    ("counted as healthy", |row| {
        let judges = Judges {
            targets: row.text("targets") == "yes",
            containers: row.text("containers") == "yes",
        };
        let first = (0..).find(|seconds| judges.count(*seconds, Health::Unknown, &[]));
        vec![("seconds", maybe(first))]
    }),
    ("longest stop", |row| {
        let path = StopPath {
            deregistration: row.maybe("deregistration"),
            timeout: row.number("timeout"),
        };
        vec![("seconds", number(path.longest()))]
    }),
    ("fargate size", |row| {
        let cell = |column| u64::try_from(row.number(column)).expect("a size");
        vec![("valid", truth(fargate::size(cell("cpu"), cell("memory")).is_some()))]
    }),
    ("deploying parameter", |row| {
        let known = parameter(row.text("parameter")).expect("the API has it");
        vec![("deploys", truth(known.deploys))]
    }),
    ("rapid counts", |row| {
        let count = parameter("desiredCount").expect("the API has it");
        let counts = row
            .text("counts")
            .split(' ')
            .map(|count| count.parse().expect("a count"));
        let end = counts.fold(Updated::default(), |service, desired| {
            service.then(Some(desired), &[count])
        });
        vec![
            ("desired", number(end.desired)),
            ("deployments", number(end.deployments)),
        ]
    }),
    ("zone to start in", |row| {
        vec![("zones", list(zones::emptiest(&zone_counts(row))))]
    }),
    ("zone to stop in", |row| {
        vec![("zones", list(zones::fullest(&zone_counts(row))))]
    }),
    ("rollout", rollout),
    ("drain", |row| {
        let case = Case {
            desired: row.number("desired"),
            percents: row.percents(),
            slots: row.number("slots"),
        };
        vec![("drains", truth(case.drains()))]
    }),
    ("listener rules", |row| {
        let limit = quotas::LISTENER_RULES.most as i64;
        vec![("limit", number(limit)), ("ok", truth(row.number("rules") <= limit))]
    }),
    ("subnets", subnets),
    ("start time", |row| {
        vec![(
            "seconds",
            number(least_start_time(row.number("tasks"), row.number("rate"))),
        )]
    }),
    ("task health", task_health),
    ("timeline", timeline),
];

fn percent_bounds(row: &Row) -> Answers {
    let (percents, desired) = (row.percents(), row.number("desired"));
    vec![
        ("lower", number(percents.lower(desired))),
        ("upper", number(percents.upper(desired))),
        ("stop first", number(percents.may_stop_first(desired))),
        ("start first", number(percents.may_start_first(desired))),
        ("moves", truth(!percents.is_stuck(desired))),
    ]
}

fn breaker_threshold(row: &Row) -> Answers {
    let value = row.number("value");
    let threshold = match row.text("type") {
        "COUNT" => Threshold::Count(value),
        "BOUNDED_PERCENT" => Threshold::BoundedPercent(value),
        "UNBOUNDED_PERCENT" => Threshold::UnboundedPercent(value),
        other => panic!("`{other}` is a type of threshold"),
    };
    vec![("failures", number(threshold.failures(row.number("desired"))))]
}

fn task_reservation(row: &Row) -> Answers {
    let containers: Vec<Request> = row.text("containers").split("; ").map(request).collect();
    let taken = reservation::of_task(row.maybe("task cpu"), row.maybe("task memory"), &containers);
    vec![("cpu", number(taken.cpu)), ("memory", number(taken.memory))]
}

fn request(text: &str) -> Request {
    let parts: Vec<Option<i64>> = text.split(' ').map(|part| part.parse().ok()).collect();
    let [cpu, limit, reserve] = parts[..] else {
        panic!("`{text}` is CPU, limit and reserve")
    };
    Request {
        cpu: cpu.unwrap_or(0),
        limit,
        reserve,
    }
}

fn refresh_of(row: &Row) -> Refresh {
    Refresh {
        healthy: row.number("healthy"),
        most: row.maybe("most"),
    }
}

fn instance_refresh(row: &Row) -> Answers {
    let (refresh, desired) = (refresh_of(row), row.number("desired"));
    assert!(refresh.is_valid());
    vec![
        ("in service", number(refresh.least_in_service(desired))),
        ("at once", number(refresh.replaced_at_once(desired))),
        ("total", number(refresh.most_at_once(desired))),
        ("launch first", truth(refresh.launches_first(desired))),
    ]
}

fn target(interval: i64, healthy: i64, unhealthy: i64) -> TargetCheck {
    TargetCheck {
        interval,
        healthy,
        unhealthy,
    }
}

fn zone_counts(row: &Row) -> BTreeMap<String, i64> {
    let parts = row.text("copies").split(' ').map(|part| part.split_once('='));
    let parts = parts.map(|part| part.expect("zone=copies"));
    parts
        .map(|(zone, count)| (zone.to_string(), count.parse().expect("a count")))
        .collect()
}

fn rollout(row: &Row) -> Answers {
    let case = Case {
        desired: row.number("desired"),
        percents: row.percents(),
        slots: row.number("instances") * row.number("slots"),
    };
    let (verdict, waves, unplaced) = match case.verdict() {
        Verdict::Converges { waves, .. } => ("converges", Some(waves), None),
        Verdict::NoRoom { unplaced, .. } => ("no room", None, Some(unplaced)),
        Verdict::NoMove => ("no move", None, None),
        Verdict::NoSpare => ("no spare", None, None),
    };
    vec![
        ("verdict", verdict.to_string()),
        ("waves", maybe(waves)),
        ("unplaced", maybe(unplaced)),
    ]
}

fn subnets(row: &Row) -> Answers {
    let (first, prefix) = row.text("network").split_once('/').expect("a range");
    let network = Cidr {
        first: first.parse::<Ipv4Addr>().expect("an address").into(),
        prefix: prefix.parse().expect("a prefix"),
    };
    let bits = u8::try_from(row.number("prefix")).expect("a prefix") - network.prefix;
    let count = u32::try_from(row.number("count")).expect("a count");
    let parts: Vec<Cidr> = (0..count)
        .map(|index| network.part(bits, index).expect("there is that part"))
        .collect();
    let usable = parts[0].size() - quotas::SUBNET_RESERVED.most;
    let left = (1 << bits) - i64::from(count);
    vec![
        ("subnets", list(parts.iter().map(|part| part.show()))),
        ("usable", number(usable as i64)),
        ("left", maybe(Some(left).filter(|left| *left > 0))),
    ]
}

fn task_health(row: &Row) -> Answers {
    const WORDS: [(&str, Health); 3] = [
        ("UNHEALTHY", Health::Unhealthy),
        ("UNKNOWN", Health::Unknown),
        ("HEALTHY", Health::Healthy),
    ];
    let of = |word: &str| WORDS.iter().find(|(name, _)| *name == word).expect("a health").1;
    let containers: Vec<Health> = row.text("containers").split(' ').map(of).collect();
    let task = health::of_task(&containers);
    let word = WORDS
        .iter()
        .find(|(_, health)| *health == task)
        .expect("each has a word")
        .0;
    vec![("task", word.to_string())]
}

fn timeline(row: &Row) -> Answers {
    let case = Case {
        desired: row.number("desired"),
        percents: row.percents(),
        slots: row.number("slots"),
    };
    let times = Times {
        start: row.number("start"),
        stop: row.number("stop"),
    };
    let timeline = run(case, times, Order::StartFirst);
    vec![
        ("starts", list(timeline.starts)),
        ("all healthy", maybe(timeline.healthy)),
        ("completed", maybe(timeline.completed)),
    ]
}

fn cells(line: &str) -> Vec<&str> {
    line.trim_matches('|').split('|').map(str::trim).collect()
}

#[test]
fn every_known_case_holds() {
    let text = include_str!("rollout/cases.md");
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    let mut rule: Option<Kind> = None;
    let mut columns: Option<Vec<&str>> = None;
    for (line, number) in text.lines().zip(1..) {
        if let Some(kind) = line.strip_prefix("## ") {
            rule = KINDS.iter().copied().find(|(name, _)| *name == kind);
            assert!(rule.is_some(), "line {number}: no rule is known for `{kind}`");
            columns = None;
        }
        if !line.starts_with('|') {
            continue;
        }
        let cells = cells(line);
        let Some(columns) = &columns else {
            columns = Some(cells);
            continue;
        };
        if cells.iter().all(|cell| *cell == "---") {
            continue;
        }
        let (kind, rule) = rule.unwrap_or_else(|| panic!("line {number}: a case without a kind"));
        assert_eq!(columns.len(), cells.len(), "line {number}");
        seen.insert(kind);
        let row = Row(columns.iter().copied().zip(cells).collect());
        for (column, answer) in rule(&row) {
            let expected = row.text(column);
            if answer != expected {
                faults.push(format!("{kind}, line {number}: `{column}` is {answer}, not {expected}"));
            }
        }
    }
    for (kind, _) in KINDS.iter().filter(|(kind, _)| !seen.contains(kind)) {
        faults.push(format!("{kind}: there is no case"));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
