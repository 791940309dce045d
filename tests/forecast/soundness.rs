//! Each verdict of the analysis against all runs of a small system.

use std::collections::BTreeMap;
use std::fmt::Write;

use loadline::rollout::Percents;
use loadline::rollout::forecast::board::Move;
use loadline::rollout::forecast::judge::{Stall, Verdict, Way, judge};
use loadline::rollout::forecast::system::{Course, Group, Mark, Service, Shape, System};
use loadline::rollout::ports::HostPort;

use super::explore::{Small, Task, Truth};
use super::generate::small;

/// How many states a system may have to be a small one.
const STATES: usize = 20_000;
/// How many where time is short.
const FEW: usize = 2_000;

/// The same system, as the analysis sees it.
pub fn system(small: &Small) -> System {
    let mut system = System::default();
    for host in &small.hosts {
        let least = [i64::from(host.0), i64::from(host.1), 0, 0];
        let mut most = least;
        most[1] += i64::from(small.more);
        match system.groups.last_mut().filter(|group| group.least == least) {
            Some(group) => group.count += 1,
            None => system.groups.push(Group {
                name: format!("{}x{}", host.0, host.1).into(),
                count: 1,
                least,
                most,
                taken: Vec::new(),
            }),
        }
    }
    system.marks.push(Mark::Port(HostPort { number: 80, udp: false }));
    for (at, service) in small.services.iter().enumerate() {
        let name: std::sync::Arc<str> = ["a", "b", "c"][at].into();
        system.marks.push(Mark::Alone(name.clone()));
        let shape = |task: Task| Shape {
            amounts: [i64::from(task.cpu), i64::from(task.memory), 0, 0],
            marks: [(task.port, 0), (task.alone, at + 1)]
                .iter()
                .filter(|(wants, _)| *wants)
                .map(|(_, mark)| *mark)
                .collect(),
        };
        system.services.push(Service {
            name,
            desired: i64::from(service.desired),
            percents: Percents {
                healthy: i64::from(service.min),
                surge: i64::from(service.max),
            },
            old: shape(service.old),
            new: shape(service.new),
            fenced: false,
        });
    }
    system
}

pub fn course(small: &Small) -> Course {
    if small.rollout { Course::Rollout } else { Course::Fill }
}

/// What is true of a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Converges,
    Depends,
    Impossible,
}

impl Class {
    fn of(truths: &[Truth]) -> Class {
        let best = truths.last().expect("there is one");
        if !best.ends {
            Class::Impossible
        } else if truths.iter().all(|truth| truth.begins && truth.stuck == 0) {
            Class::Converges
        } else {
            Class::Depends
        }
    }

    fn words(self) -> &'static str {
        match self {
            Class::Converges => "converges",
            Class::Depends => "depends on the order or the memory",
            Class::Impossible => "impossible",
        }
    }
}

const VERDICTS: [&str; 7] = [
    "converges, proved",
    "converges, tried",
    "may stall, proved",
    "may stall, run",
    "cannot, proved",
    "cannot, tried",
    "unproven",
];

/// What the analysis says, and what is wrong about it.
fn verdict(small: &Small, truths: &[Truth]) -> (&'static str, Option<String>) {
    let system = system(small);
    let judgement = judge(&system, course(small));
    let (least, best) = (truths.first().expect("one"), truths.last().expect("one"));
    let tried = judgement.way == Way::Search;
    let (word, sound) = match &judgement.joint {
        Verdict::Converges => {
            let sound = truths.iter().all(|truth| truth.begins && truth.stuck == 0);
            (VERDICTS[usize::from(tried)], sound)
        }
        Verdict::MayStall(Stall::Image(_)) => (VERDICTS[2], !least.ends && best.ends),
        Verdict::MayStall(Stall::Run(run)) => {
            let steps: Vec<(usize, usize, bool)> = run
                .iter()
                .map(|step| match *step {
                    Move::Stands { service, host } => (service * 2, host, true),
                    Move::Starts { service, host } => (service * 2 + 1, host, true),
                    Move::Stops { service, host } => (service * 2, host, false),
                })
                .collect();
            (VERDICTS[3], small.stalls(&steps))
        }
        Verdict::Cannot(_) => (VERDICTS[4 + usize::from(tried)], !best.ends),
        Verdict::Unproven(_) => (VERDICTS[6], true),
    };
    let proved = judgement
        .each
        .iter()
        .zip(0..)
        .filter(|(each, _)| **each == Verdict::Converges);
    let stuck = truths.iter().fold(0, |stuck, truth| stuck | truth.stuck);
    let wrong = proved.map(|(_, at)| at).find(|at: &u8| stuck >> at & 1 == 1);
    let fault = match (sound, wrong) {
        (true, None) => None,
        _ => Some(format!(
            "{word}, service {wrong:?}\n{small:?}\n{truths:?}\n{judgement:#?}"
        )),
    };
    (word, fault)
}

/// How often each class got each verdict.
#[derive(Default)]
struct Table {
    counts: BTreeMap<(Class, &'static str), usize>,
    large: usize,
    faults: Vec<String>,
}

impl Table {
    fn fill(numbers: std::ops::Range<u64>, states: usize) -> Table {
        let mut table = Table::default();
        for number in numbers {
            let small = small(number);
            let truths: Option<Vec<Truth>> = (0..=small.more).map(|more| small.explore(more, states)).collect();
            let Some(truths) = truths else {
                table.large += 1;
                continue;
            };
            let (word, fault) = verdict(&small, &truths);
            *table.counts.entry((Class::of(&truths), word)).or_default() += 1;
            table
                .faults
                .extend(fault.map(|fault| format!("system {number}: {fault}")));
        }
        table
    }

    fn of(&self, class: Class, words: &[&str]) -> usize {
        let counts = self.counts.iter();
        let chosen = counts.filter(|((own, word), _)| *own == class && words.contains(word));
        chosen.map(|(_, count)| count).sum()
    }

    fn total(&self) -> usize {
        self.counts.values().sum()
    }

    fn share(&self, class: Class, words: &[&str]) -> f64 {
        self.of(class, words) as f64 / self.of(class, &VERDICTS).max(1) as f64
    }

    /// As the page shows it.
    fn show(&self) -> String {
        let mut text = format!("| of {} systems | share |", self.total());
        let used: Vec<&str> = VERDICTS.into_iter().collect();
        for word in &used {
            write!(text, " {word} |").expect("a string takes all");
        }
        text.push_str(&format!("\n|---|{}\n", "---:|".repeat(used.len() + 1)));
        for class in [Class::Converges, Class::Depends, Class::Impossible] {
            let all = self.of(class, &VERDICTS);
            let share = 100.0 * all as f64 / self.total() as f64;
            write!(text, "| {} | {share:.1} % |", class.words()).expect("a string takes all");
            for word in &used {
                write!(text, " {} |", self.of(class, &[word])).expect("a string takes all");
            }
            text.push('\n');
        }
        text
    }

    /// What must hold of a table.
    fn judge(&self) {
        assert!(
            self.faults.is_empty(),
            "{} unsound: {}",
            self.faults.len(),
            self.faults[0]
        );
        for class in [Class::Converges, Class::Depends, Class::Impossible] {
            let share = self.of(class, &VERDICTS) as f64 / self.total() as f64;
            assert!(share >= 0.05, "{class:?}: {share}\n{}", self.show());
        }
        let converging = self.share(Class::Converges, &["converges, proved"]);
        assert!(converging >= 0.94, "{converging}\n{}", self.show());
        let impossible = self.share(Class::Impossible, &["cannot, proved"]);
        assert!(impossible >= 0.96, "{impossible}\n{}", self.show());
        let unproven: usize = [Class::Converges, Class::Depends, Class::Impossible]
            .iter()
            .map(|class| self.of(*class, &["unproven"]))
            .sum();
        assert!(unproven * 100 <= self.total(), "{unproven}\n{}", self.show());
    }
}

#[test]
fn no_verdict_about_a_small_system_is_wrong() {
    let table = Table::fill(0..2_500, FEW);
    table.judge();
}

/// `cargo test --release forecast -- --ignored --nocapture` prints the table of `docs/forecast.md`.
#[test]
#[ignore = "takes minutes"]
#[allow(clippy::print_stdout, reason = "the table is what it is run for")]
fn no_verdict_about_200_000_small_systems_is_wrong() {
    let table = Table::fill(0..207_000, STATES);
    println!("{}\nleft out as too large: {}", table.show(), table.large);
    assert!(table.total() >= 200_000, "{}", table.total());
    table.judge();
}
