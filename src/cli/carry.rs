//! Carries a plan out over AWS and tells of it as it goes on. In: a plan. Out: text, what is kept of it, an exit code. Whoever
//! leaves is told that AWS goes on, and how to take part again.

use std::cell::RefCell;
use std::pin::pin;
use std::time::Duration;

use super::failure::{Exit, Failure};
use super::online::Signals;
use super::view::{Teller, live, timeline};
use super::{Output, Session, story};
use crate::aws::Aws;
use crate::cloud::{Cloud, Moment};
use crate::deploy::event::{Event, What};
use crate::deploy::watch::{Outcome, Said, View, fold};
use crate::deploy::{self, Options, lease, record};
use crate::plan::Plan;

/// How often the clock on a terminal moves.
const FRAME: Duration = Duration::from_millis(500);

/// What is kept of a deployment.
pub(super) struct Kept<'a> {
    /// The file of its recording.
    pub record: Option<&'a str>,
    /// The file of its page.
    pub timeline: Option<&'a str>,
}

/// How it is shown.
enum Show<'a> {
    Live(live::Live<'a>),
    Lines(Teller),
}

/// What was seen so far, and where it is shown.
struct Seen<'a> {
    session: &'a Session,
    show: Show<'a>,
    view: View,
    events: Vec<Event>,
    /// Why nothing more can be shown.
    failure: Option<Failure>,
}

impl Seen<'_> {
    fn take(&mut self, view: &View, event: &Event, said: &[Said]) {
        self.view = view.clone();
        self.events.push(event.clone());
        let shown = match &mut self.show {
            Show::Live(live) => live.take(view, said),
            Show::Lines(teller) => self.session.terminal.print(&teller.take(view, said)),
        };
        // A deployment does not end because nobody can read of it.
        self.failure = self.failure.take().or(shown.err());
    }

    fn tick(&mut self, now: Moment) {
        if let Show::Live(live) = &mut self.show
            && !self.events.is_empty()
        {
            let shown = live.tick(&self.view, now);
            self.failure = self.failure.take().or(shown.err());
        }
    }

    /// Takes what is not AWS's to tell.
    fn add(&mut self, event: Event) {
        let mut view = std::mem::take(&mut self.view);
        let said = fold(&mut view, &event);
        self.take(&view, &event, &said);
    }

    fn end(&mut self) -> Result<(), Failure> {
        match &mut self.show {
            Show::Live(live) => live.end(&self.view),
            Show::Lines(teller) => self.session.terminal.print(&teller.end(&self.view)),
        }
    }
}

/// Carries a plan out.
pub(super) async fn out(
    session: &Session,
    plan: &Plan,
    aws: &Aws,
    options: Options,
    kept: &Kept<'_>,
) -> Result<Exit, Failure> {
    let terminal = &session.terminal;
    let live = live::Live::open(terminal, 1.0).filter(|_| terminal.output == Output::Text);
    let seen = RefCell::new(Seen {
        session,
        show: match live {
            Some(live) => Show::Live(live),
            None => Show::Lines(Teller::new(terminal.output, terminal.width())),
        },
        view: View::default(),
        events: Vec::new(),
        failure: None,
    });
    let holder = options.lease.clone();
    let again = match options.back {
        Some(number) => format!("`loadline rollback`, with `--to {number}`,"),
        None => "`loadline apply`".to_string(),
    };
    let has_left = {
        let mut sink = |view: &View, event: &Event, said: &[Said]| seen.borrow_mut().take(view, event, said);
        let mut run = pin!(deploy::run(plan, aws, options, &mut sink));
        let mut signals = Signals::new();
        loop {
            tokio::select! {
                biased;
                _ = &mut run => break false,
                () = signals.next() => break true,
                () = tokio::time::sleep(FRAME) => seen.borrow_mut().tick(aws.now()),
            }
        }
    };
    if has_left {
        terminal.remark(&format!(
            "\nno longer watched: what AWS has begun goes on. The same {again} takes part in it again, and does what is left to \
             do.\n"
        ));
        if let Some(holder) = &holder {
            let mut signals = Signals::new();
            tokio::select! {
                () = lease::release(plan, aws, holder) => {}
                () = signals.next() => {}
            }
        }
        for what in [What::Interrupted, What::Ended] {
            let event = Event { at: aws.now(), what };
            seen.borrow_mut().add(event);
        }
    }
    let mut seen = seen.into_inner();
    seen.end()?;
    let Seen {
        view, events, failure, ..
    } = seen;
    if let Some(file) = kept.record {
        let lines: String = events.iter().map(record::line).collect();
        session.disk.write(file, &lines)?;
    }
    if let Some(file) = kept.timeline {
        session.disk.write(file, &timeline::page(&events))?;
    }
    story::page(session, &view)?;
    match failure {
        Some(failure) => Err(failure),
        None => Ok(Exit::Deployment(view.outcome.unwrap_or(Outcome::Failed))),
    }
}
