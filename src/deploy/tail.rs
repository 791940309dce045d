//! Lines of logs as they come, each once. In: where containers write, and since when. Out: lines by their time; what comes late
//! comes later. Must not know who reads.

use std::collections::{BTreeMap, VecDeque};
use std::ops::ControlFlow;
use std::time::Duration;

use crate::cloud::outside::{FoundLine, LogSearch};
use crate::cloud::{Answer, Cloud, ErrorKind, Moment};

/// For how long after it was written a line may come: a log driver sends several at once, and CloudWatch takes its time.
const LATE: Duration = Duration::from_secs(60);

/// For how long most lines take to come.
const SOON: Duration = Duration::from_secs(10);

/// How often it is looked for late ones.
const LATE_EVERY: Duration = Duration::from_secs(10);

/// Who takes lines: the place that a line is of, by its number, and the line. Whoever breaks wants no more.
pub type Taker<'a> = dyn FnMut(usize, FoundLine) -> ControlFlow<()> + 'a;

/// What was read of some logs so far.
#[derive(Debug)]
pub struct Tail {
    /// Nothing before is wanted.
    start: Moment,
    /// When the last look began that read all there was.
    looked: Option<Moment>,
    /// When the last of these began that looked for late lines.
    looked_for_late: Option<Moment>,
    /// The lines that were told of and may be found again, with their times.
    told: BTreeMap<(usize, String), Moment>,
}

/// A place that is being read.
struct Reading {
    place: usize,
    search: LogSearch,
    waiting: VecDeque<FoundLine>,
    next: Option<String>,
    is_over: bool,
}

impl Tail {
    /// Nothing is read yet.
    pub fn new(start: Moment) -> Tail {
        Tail {
            start,
            looked: None,
            looked_for_late: None,
            told: BTreeMap::new(),
        }
    }

    /// Reads what is new, merged by time. A refusal loses nothing: the next look goes on where this one was.
    pub async fn look<C: Cloud>(&mut self, cloud: &C, places: &[LogSearch], take: &mut Taker<'_>) -> Answer<()> {
        let began = cloud.now();
        let is_for_late = self
            .looked_for_late
            .is_none_or(|looked| began.since(looked) >= LATE_EVERY);
        let (looked, back) = match is_for_late {
            true => (self.looked_for_late, LATE),
            false => (self.looked, SOON),
        };
        let from = looked.map_or(self.start, |looked| (looked - back).max(self.start));
        let mut readings: Vec<Reading> = (0..)
            .zip(places)
            .map(|(place, search)| Reading {
                place,
                search: LogSearch { from, ..search.clone() },
                waiting: VecDeque::new(),
                next: None,
                is_over: false,
            })
            .collect();
        loop {
            for reading in &mut readings {
                reading.fill(cloud).await?;
            }
            let waiting = readings.iter_mut().filter(|reading| !reading.waiting.is_empty());
            let Some(first) = waiting.min_by_key(|reading| (reading.waiting[0].line.at, reading.place)) else {
                break;
            };
            let found = first.waiting.pop_front().expect("it waits");
            let key = (first.place, found.id.clone());
            // What nobody asked for may come all the same: a text that cannot be a pattern is looked for here.
            let LogSearch { prefix, text, .. } = &first.search;
            let is_wanted =
                found.line.at >= self.start && found.line.text.contains(text) && found.stream.starts_with(prefix);
            if is_wanted && self.told.insert(key, found.line.at).is_none() && take(first.place, found).is_break() {
                return Ok(());
            }
        }
        self.looked = Some(began);
        if is_for_late {
            self.looked_for_late = Some(began);
            let oldest = began - LATE;
            self.told.retain(|_, at| *at >= oldest);
        }
        Ok(())
    }
}

impl Reading {
    /// Reads pages until a line waits, or there is none left. A group that is not there yet has no lines.
    async fn fill<C: Cloud>(&mut self, cloud: &C) -> Answer<()> {
        while self.waiting.is_empty() && !self.is_over {
            let page = match cloud.filter_log_events(&self.search, self.next.as_deref()).await {
                Err(error) if error.kind() == ErrorKind::Missing => {
                    self.is_over = true;
                    return Ok(());
                }
                answer => answer?,
            };
            self.waiting.extend(page.items);
            self.is_over = page.next.is_none();
            self.next = page.next;
        }
        Ok(())
    }
}
